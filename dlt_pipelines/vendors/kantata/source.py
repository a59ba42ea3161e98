"""What is read from Kantata, feed by feed.

Volume listings are read by ``updated_after`` in ascending order, small ones whole.
Archived projects hide their time and tasks unless asked for, so every feed asks.
Deletions are hard and leave no trace in the listings: they come from the events feed,
which forgets after nine days, or from comparing all ids when it has.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dlt_pipelines.core.currencies import minor_unit, plain
from dlt_pipelines.core.errors import BadAnswer, Refused
from dlt_pipelines.landing.tenant_settings import in_force
from dlt_pipelines.vendors.feeds import Batch, Feed, Window
from dlt_pipelines.vendors.kantata.assumptions import (
    ADJUSTMENTS,
    CHOICES,
    EVENT_OVERLAP,
    EXPENSES,
    INVOICE_ITEMS,
    MONEY,
    MOST_PER_PAGE,
    OVERLAP,
    STATE_CHANGE_IDS,
    STATE_CHANGES,
    TASK_FIELDS,
)
from dlt_pipelines.vendors.kantata.client import KantataClient, Page, Shifted

BATCH_ROWS = 5_000
SWEEP_EVERY = timedelta(days=1)  # of all ids, where the events feed is closed
RESTARTS = 100  # of one listing whose rows keep moving, before giving up
FRUITLESS = 5  # restarts without getting on, before its order is taken for none

Row = dict[str, Any]
Reader = Callable[[KantataClient, Window], Iterator[Batch]]

# Listings with an updated filter and order: path, what to ask for.
TIME_ENTRIES = {
    "from_archived_workspaces": "true",
    "include": "workspace,user,story,role,active_submission,recent_submission,invoice",
}
STORIES = {
    "show_archived": "true",
    "show_deleted": "true",
    "show_from_archived_workspaces": "true",
    "include": "workspace,parent",
}
INVOICES = {"include": ",".join(("workspaces", *INVOICE_ITEMS))}
ITEM_MEMBERS = (
    *("amount_in_cents", "currency", "currency_base_unit", "notes"),
    *("workspace_id", "story_id", "created_at", "updated_at"),
)
ALLOCATIONS = {"include": "workspace,workspace_resource"}
RESOURCES = {"include_unnamed": "true", "include": "workspace,user,role"}

# Listings read whole. Users and roles have no order that tells their rows apart.
WORKSPACES = {
    "include_archived": "true",
    "include": "workspace_groups,primary_workspace_group,primary_maven",
    "optional_fields": "stage",
    "order": "created_at:asc",
}
USERS = {"include": "role", "optional_fields": "classification"}
# Who is on a project, of whatever account; who is on the account, without one too.
USER_LISTINGS: tuple[dict[str, str], ...] = ({}, {"on_my_account": "true"})
TIME_ADJUSTMENTS = {
    "include": "workspace,user,story,active_invoice",
    "order": "created_at:asc",
}
RATE_CARDS = {"order": "created_at:asc"}
RATE_CARD_VERSIONS = {
    "include": "rate_card,rate_card_set_version",
    "order": "created_at:asc",
}
RATE_CARD_ROLES = {"include": "rate_card_version,role"}
ROLES = {"only_active": "false"}  # work was done and priced in those that are retired
BILLING_MILESTONES = {"include": "invoices", "order": "created_at:asc"}
FIELD_SUBJECTS = ("Workspace", "WorkspaceGroup", "User", TASK_FIELDS)

# Deletable things that are not read whole each time: the listing that shows all of
# them, and the events' word for them.
SWEPT = {
    "time_entries": ("time_entry", {"from_archived_workspaces": "true"}),
    "stories": ("story", {k: v for k, v in STORIES.items() if k.startswith("show_")}),
    "invoices": ("invoice", {}),
    "workspace_allocations": ("workspace_allocation", {}),
    "workspace_resources": ("workspace_resource", {"include_unnamed": "true"}),
}
EVENT_TYPES = {
    "workspace:deleted": "workspaces",
    **{f"{subject}:deleted": table for table, (subject, _) in SWEPT.items()},
}


def moment(text: str) -> datetime:
    """Kantata's timestamp (with the account's offset) as UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def changes(
    client: KantataClient, path: str, params: dict[str, str], since: datetime | None
) -> Iterator[list[Page]]:
    """Blocks of pages of what changed since (less the overlap), oldest change first.

    When rows move while reading, goes on from the last row that is certain; where it
    does not get on, as with many that changed at one moment, reads in any order.
    """
    anchor = since - OVERLAP if since else None
    fruitless = 0
    for _ in range(RESTARTS):
        asked, begun = {**params, "order": "updated_at:asc"}, anchor
        if anchor:
            asked["updated_after"] = anchor.isoformat()
        try:
            if fruitless == FRUITLESS:
                yield from _in_order(_gathered(client, path, asked))
                return
            for block in _blocks(client.listing(path, asked)):
                yield block
                anchor = _last_change(block) - timedelta(seconds=1)
            return
        except Shifted:
            fruitless = fruitless + 1 if anchor == begun else 0
    raise _restless(client, path)


def whole(
    client: KantataClient, path: str, params: dict[str, str]
) -> Iterator[list[Page]]:
    """Blocks of pages of a listing with no usable order; read again when rows move."""
    for _ in range(FRUITLESS):
        try:
            yield from _blocks(client.listing(path, params))
            return
        except Shifted:
            continue
    yield from _blocks(iter([_gathered(client, path, params)]))


def _gathered(client: KantataClient, path: str, params: dict[str, str]) -> Page:
    try:
        return client.gathered(path, params)
    except Shifted:
        raise _restless(client, path) from None


def _in_order(whole: Page) -> Iterator[list[Page]]:
    """Blocks of what was gathered in any order, oldest change first."""
    rows = sorted(whole.rows, key=lambda row: moment(row["updated_at"]))
    for start in range(0, len(rows), BATCH_ROWS):
        yield [Page(rows[start : start + BATCH_ROWS], whole.maps, whole.count)]


def _blocks(pages: Iterator[Page]) -> Iterator[list[Page]]:
    """Pages gathered to some 5,000 rows; what came before a Shifted is given first."""
    block: list[Page] = []
    try:
        for page in pages:
            block.append(page)
            if sum(len(p.rows) for p in block) >= BATCH_ROWS:
                yield block
                block = []
    except Shifted:
        if block:
            yield block
        raise
    if block and block[0].rows:
        yield block


def _rows(block: list[Page]) -> list[Row]:
    return [row for page in block for row in page.rows]


def _last_change(block: list[Page]) -> datetime:
    return moment(block[-1].rows[-1]["updated_at"])


def _restless(client: KantataClient, path: str) -> BadAnswer:
    return BadAnswer(
        f"{client.instance.name}: /{path} kept changing and was begun again and "
        "again without an end",
        "run the same command again at a quieter hour; what was read is kept.",
    )


def by_change(table: str, params: dict[str, str], *, has_money: bool = False) -> Reader:
    """A reader of what changed; its cursor is the last change it has yielded."""

    def read(client: KantataClient, window: Window) -> Iterator[Batch]:
        if has_money:
            client.require_money()
        for block in changes(client, table, params, window.since):
            yield Batch(table, _rows(block), _last_change(block))

    return read


def read_stories(client: KantataClient, window: Window) -> Iterator[Batch]:
    """Tasks by change; deleted ones as tombstones; milestones' changes of state."""
    for block in changes(client, "stories", STORIES, window.since):
        rows = _rows(block)
        deleted = [row for row in rows if row.get("deleted_at")]
        if deleted:
            yield Batch("stories", deleted, deleted=True)
        milestones = [
            row["id"]
            for row in rows
            if row["story_type"] == "milestone" and not row.get("deleted_at")
        ]
        yield from _state_changes(client, milestones)
        live = [row for row in rows if not row.get("deleted_at")]
        yield Batch("stories", live, _last_change(block))


def _state_changes(client: KantataClient, stories: list[str]) -> Iterator[Batch]:
    for start in range(0, len(stories), MOST_PER_PAGE):
        ids = ",".join(stories[start : start + MOST_PER_PAGE])
        asked = _showing(only=ids, include=STATE_CHANGES)
        for block in whole(client, "stories", asked):
            rows = [change for page in block for change in _changes_of_state(page)]
            if rows:
                yield Batch(STATE_CHANGES, rows)


def _changes_of_state(page: Page) -> Iterator[Row]:
    known = page.maps.get(STATE_CHANGES, {})
    for story in page.rows:
        for change in story.get(STATE_CHANGE_IDS, ()):
            if change in known:
                yield {**known[change], "story_id": story["id"]}


def _showing(**params: str) -> dict[str, str]:
    return {**SWEPT["stories"][1], **params}


def read_invoices(client: KantataClient, window: Window) -> Iterator[Batch]:
    """Invoices by change, with what they list beside time and milestones.

    An item that a changed invoice no longer lists is gone.
    """
    client.require_money()
    for block in changes(client, "invoices", INVOICES, window.since):
        items = [item for page in block for item in _items(page)]
        listed = {f"{item['invoice_id']}|{item['id']}" for item in items}
        changed = {row["id"] for row in _rows(block)}
        gone = {
            key
            for key in window.ids("invoice_items") - listed
            if key.partition("|")[0] in changed
        }
        yield Batch("invoice_items", items)
        yield Batch(
            "invoice_items",
            [dict(zip(("invoice_id", "id"), k.split("|"), strict=True)) for k in gone],
            deleted=True,
        )
        yield Batch("invoices", _rows(block), _last_change(block))


def _items(page: Page) -> Iterator[Row]:
    for invoice in page.rows:
        for kind, ids in INVOICE_ITEMS.items():
            known = page.maps.get(kind, {})
            listed = (str(id_) for id_ in invoice.get(ids) or ())
            for id_ in (id_ for id_ in listed if id_ in known):
                yield _item(kind, id_, known[id_], invoice)


def _item(kind: str, id_: str, told: Row, invoice: Row) -> Row:
    """An item of an invoice; ids of its kinds may be the same."""
    of_invoice = ("currency", "currency_base_unit") if kind != EXPENSES else ()
    return {
        **{name: told.get(name) for name in ITEM_MEMBERS},
        **{name: invoice[name] for name in of_invoice},
        "id": id_ if kind == "additional_items" else f"{kind}:{id_}",
        "kind": kind,
        "invoice_id": invoice["id"],
    }


def read_timesheets(client: KantataClient, window: Window) -> Iterator[Batch]:
    """Timesheets by change. Their order is by date only, so the cursor comes last."""
    params = {"include": "workspace,user", "order": "date:asc"}
    if window.since:
        params["updated_after"] = (window.since - OVERLAP).isoformat()
    newest: datetime | None = window.since
    held: list[Row] = []
    for block in whole(client, "timesheet_submissions", params):
        if held:
            yield Batch("timesheet_submissions", held)
        held = _rows(block)
        latest = max(moment(row["updated_at"]) for row in held)
        newest = max(newest, latest) if newest else latest
    if held:
        yield Batch("timesheet_submissions", held, newest)


def read_deletions(client: KantataClient, window: Window) -> Iterator[Batch]:
    """Tombstones of what is gone, from the events or from comparing all ids.

    The cursor is the newest event of any kind, by Kantata's own clock. A feed that
    begins after the cursor has forgotten something, an empty one tells nothing: then
    all ids are compared. A closed feed (it is an add-on, for administrators) leaves
    only that, once a day, with our own clock as cursor.
    """
    span = _event_span(client)
    if span is None:
        due = window.since is None or window.until - window.since >= SWEEP_EVERY
        gone = _missing_ids(client, window) if due else {}
        cursor = window.until if due else None
    else:
        cursor, oldest = span
        if window.since and oldest and oldest <= window.since:
            gone = _deleted_by_events(client, window, window.since)
        else:
            gone = _missing_ids(client, window)
    for table, ids in gone.items():
        known = sorted(ids & window.ids(table))
        if known:
            yield Batch(table, [{"id": id_} for id_ in known], deleted=True)
    if cursor:
        yield Batch("time_entries", [], cursor)


def _event_span(
    client: KantataClient,
) -> tuple[datetime | None, datetime | None] | None:
    """The moments of the newest and the oldest event; None when the feed is closed."""
    try:
        ends = [
            client.page("subscribed_events", {"order": f"created_at:{way}"}, limit=1)
            for way in ("desc", "asc")
        ]
    except Refused:  # a bad token is refused again by the next listing
        return None
    newest, oldest = (
        moment(page.rows[0]["created_at"]) if page.rows else None for page in ends
    )
    return newest, oldest


def _deleted_by_events(
    client: KantataClient, window: Window, since: datetime
) -> dict[str, set[str]]:
    gone: dict[str, set[str]] = {}
    params = {
        "event_types": ",".join(EVENT_TYPES),
        "created_after": (since - EVENT_OVERLAP).isoformat(),
        "order": "created_at:asc",
    }
    for block in whole(client, "subscribed_events", params):
        for event in _rows(block):
            table = EVENT_TYPES.get(event["event_type"])
            if table:
                gone.setdefault(table, set()).add(str(event["subject_id"]))
    # Whether what goes with a project has events of its own is not documented.
    if gone.pop("workspaces", set()) & window.ids("workspaces"):
        return _missing_ids(client, window)
    return gone


def _missing_ids(client: KantataClient, window: Window) -> dict[str, set[str]]:
    gone = {}
    for table, (_, params) in SWEPT.items():
        known = window.ids(table)
        if not known:
            continue
        gone[table] = known - _all_ids(client, table, params)
    return gone


def _all_ids(client: KantataClient, path: str, params: dict[str, str]) -> set[str]:
    found: set[str] = set()
    for block in changes(client, path, params, None):
        found.update(
            row["id"]
            for page in block
            for row in page.rows
            if not row.get("deleted_at")
        )
    return found


def complete(
    table: str,
    params: dict[str, str] | None = None,
    *,
    has_money: bool = False,
    nested: tuple[str, str] | None = None,
) -> Reader:
    """A reader that lists a whole table; landing finds what is missing.

    ``nested`` (field, map) puts the side-loaded object that ``<field>_id`` names into
    the row under ``field``.
    """

    def read(client: KantataClient, window: Window) -> Iterator[Batch]:
        if has_money:
            client.require_money()
        for block in whole(client, table, params or {}):
            if nested:
                for page in block:
                    _nest(page, *nested)
            yield Batch(table, _rows(block))

    return read


def _nest(page: Page, field: str, map_name: str) -> None:
    known = page.maps.get(map_name, {})
    for row in page.rows:
        row[field] = known.get(str(row.get(f"{field}_id")))


def read_users(client: KantataClient, window: Window) -> Iterator[Batch]:
    """Everybody who works or worked on a project or is or was on the account.

    Those who may no longer sign in are listed only when they are asked for, and nothing
    on them says so: it is who is not listed otherwise.
    """
    del window  # read whole each time
    everybody = _users(client, {**USERS, "show_disabled": "true"})
    able = _users(client, USERS)
    rows = [{**row, "disabled": id_ not in able} for id_, row in everybody.items()]
    yield Batch("users", rows)


def _users(client: KantataClient, params: dict[str, str]) -> dict[str, Row]:
    return {
        row["id"]: row
        for listing in USER_LISTINGS
        for block in whole(client, "users", {**params, **listing})
        for row in _rows(block)
    }


def read_milestones(client: KantataClient, window: Window) -> Iterator[Batch]:
    """Billing milestones, each with the invoice it is on: of several the last that is
    not cancelled. What they wait for, which is a task of any type and may have been
    completed before, brings its changes of state."""
    del window  # read whole each time
    client.require_money()
    for block in whole(client, "billing_milestones", BILLING_MILESTONES):
        for page in block:
            _choose_invoices(page)
        rows = _rows(block)
        stories = {str(row["story_id"]) for row in rows if row.get("story_id")}
        yield from _state_changes(client, sorted(stories))
        yield Batch("billing_milestones", rows)


def _choose_invoices(page: Page) -> None:
    known = page.maps.get("invoices", {})
    for row in page.rows:
        for invoice in row.get("invoice_ids") or ():
            if known.get(invoice, {}).get("status", "cancelled") != "cancelled":
                row["invoice_id"] = invoice


def read_custom_field_values(client: KantataClient, window: Window) -> Iterator[Batch]:
    """The values of projects', customers', users' and tasks' custom fields; all of
    them, or a kind that was left out would count as deleted."""
    budget = in_force(client.instance)["fields.expense_budget"]
    for subject in FIELD_SUBJECTS:
        params = {
            "subject_type": subject,
            "include": "custom_field",
            "order": "created_at:asc",
        }
        for block in whole(client, "custom_field_values", params):
            rows = [_as_text(row, budget) for row in _rows(block)]
            yield Batch("custom_field_values", rows)


def _as_text(row: Row, budget: str) -> Row:
    """A custom field's value as people read it, whatever the field's type.

    Of choices that is what they are called, of an amount of money the whole units. What
    is planned for expenses is told as a number too, and in which currency if it says.
    """
    value, kind = row["value"], row["type"]
    told = {"amount": None, "currency_code": None, **row}
    if kind in CHOICES:
        told["value"] = row["display_value"]
    elif kind == MONEY and isinstance(value, list):
        units, code = value
        told |= {
            "value": plain(Decimal(units) * minor_unit(code), code),
            "currency_code": code,
        }
    if row["custom_field_name"] == budget:
        told["amount"] = told["value"]
    return told


BY_CHANGE = {
    "workspace_resources": by_change("workspace_resources", RESOURCES),
    "workspace_allocations": by_change("workspace_allocations", ALLOCATIONS),
    "time_entries": by_change("time_entries", TIME_ENTRIES, has_money=True),
}
COMPLETE = {
    "workspace_groups": complete("workspace_groups"),
    "workspaces": complete("workspaces", WORKSPACES, has_money=True),
    "roles": complete("roles", ROLES),
    "rate_cards": complete("rate_cards", RATE_CARDS, has_money=True),
    "rate_card_versions": complete(
        "rate_card_versions",
        RATE_CARD_VERSIONS,
        has_money=True,
        nested=("rate_card_set_version", "rate_card_set_versions"),
    ),
    "rate_card_roles": complete("rate_card_roles", RATE_CARD_ROLES, has_money=True),
    ADJUSTMENTS: complete(ADJUSTMENTS, TIME_ADJUSTMENTS, has_money=True),
}

# Deletions first: whatever is deleted after their cursor is taken has not been
# listed yet, or is found by the next landing.
FEEDS: tuple[Feed, ...] = (
    Feed("deletions", read_deletions, tables=tuple(SWEPT)),
    *(Feed(name, read) for name, read in COMPLETE.items()),
    Feed("users", read_users),
    Feed(
        "billing_milestones",
        read_milestones,
        tables=("billing_milestones", STATE_CHANGES),
    ),
    Feed("custom_field_values", read_custom_field_values),
    Feed("stories", read_stories, tables=("stories", STATE_CHANGES)),
    Feed("timesheet_submissions", read_timesheets),
    Feed("invoices", read_invoices, tables=("invoices", "invoice_items")),
    *(Feed(name, read) for name, read in BY_CHANGE.items()),
)
