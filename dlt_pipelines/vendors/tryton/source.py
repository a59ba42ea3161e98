"""Tryton's records: lists complete each time, what grows without end by change.

A record has no write date until it is first changed, so a change is a write date or,
with none, a create date. Both are the beginning of the transaction that made them: a
long one comes into sight late, which the overlap covers. Deletions leave no trace that
can be read, so the ids that are gone are found by reading all ids.

What a person costs per hour (``cost_price``) is pay and is not read.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from dlt_pipelines.vendors.feeds import Batch, Feed, Window
from dlt_pipelines.vendors.tryton.client import TrytonClient

Read = Callable[[TrytonClient, Window], Iterator[Batch]]

# A request has a minute, a batch job half an hour.
OVERLAP = timedelta(hours=2)
CHANGED = ["create_date", "write_date"]

LISTS: dict[str, tuple[str, list[str]]] = {
    "companies": (
        "company.company",
        ["party.code", "party.name", "currency.code"],
    ),
    "currencies": ("currency.currency", ["code", "name", "digits", "active"]),
    "currency_rates": ("currency.currency.rate", ["currency", "date", "rate"]),
    "periods": (
        "account.period",
        [
            "name",
            "company",
            "fiscalyear",
            "type",
            "state",
            "start_date",
            "end_date",
            "fiscalyear.start_date",
            "fiscalyear.end_date",
        ],
    ),
    "journals": ("account.journal", ["code", "name", "type", "active"]),
    "accounts": (
        "account.account",
        [
            "code",
            "name",
            "company",
            "type.name",
            "type.statement",
            "type.receivable",
            "type.payable",
            "type.assets",
            "type.revenue",
            "closed",
            "active",
        ],
    ),
    "analytic_accounts": (
        "analytic_account.account",
        ["code", "name", "company", "type", "root", "parent", "state", "active"],
    ),
    "parties": ("party.party", ["code", "name", "active"]),
    "employees": (
        "company.employee",
        ["party.code", "party.name", "company", "start_date", "end_date", "active"],
    ),
    "projects": (
        "project.work",
        ["number", "name", "type", "company", "party", "parent", "status.name"],
    ),
}

GROWING: dict[str, tuple[str, list[str]]] = {
    "moves": (
        "account.move",
        ["number", "company", "period", "journal", "date", "post_date", "description",
         "origin", "state"],
    ),
    "move_lines": (
        "account.move.line",
        ["move", "account", "party", "debit", "credit", "description",
         "second_currency", "amount_second_currency", "maturity_date",
         "reconciliation", "reconciliation.date"],
    ),
    "analytic_lines": (
        "analytic_account.line",
        ["move_line", "account", "date", "debit", "credit"],
    ),
    "timesheet_lines": (
        "timesheet.line",
        ["company", "employee", "work.origin", "date", "duration", "description"],
    ),
}  # fmt: skip


def read_list(table: str) -> Read:
    """The reader of a list that is read whole each time."""
    model, fields = LISTS[table]

    def read(client: TrytonClient, window: Window) -> Iterator[Batch]:
        del window  # complete each time
        for rows in client.pages(model, fields + CHANGED):
            yield Batch(table, [_changed(row) for row in rows])

    return read


def read_growing(table: str) -> Read:
    """The reader of what changed since the cursor and of the ids that are gone.

    The cursor is the latest change seen, so it is Tryton's clock that counts.
    """
    model, fields = GROWING[table]

    def read(client: TrytonClient, window: Window) -> Iterator[Batch]:
        held, latest = window.ids(table), window.since
        domain = _changed_since(window.since - OVERLAP) if window.since else []
        for rows in client.pages(model, fields + CHANGED, domain):
            rows = [_changed(row) for row in rows]
            seen = max(datetime.fromisoformat(row["changed_at"]) for row in rows)
            latest = max(latest, seen) if latest else seen
            yield Batch(table, rows)
        gone = _gone(client, model, held)
        yield Batch(table, [{"id": id_} for id_ in gone], cursor=latest, deleted=True)

    return read


def _changed(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its last change in one place."""
    created, written = row.pop("create_date"), row.pop("write_date")
    return {**row, "changed_at": written or created}


def _changed_since(moment: datetime) -> list[Any]:
    return [["OR", ["write_date", ">=", moment], ["create_date", ">=", moment]]]


def _gone(client: TrytonClient, model: str, held: set[str]) -> set[str]:
    """Ids that raw holds and Tryton does not."""
    if not held:
        return set()
    pages = client.pages(model, ["id"])
    return held - {str(row["id"]) for page in pages for row in page}


FEEDS = (
    *(Feed(table, read_list(table)) for table in LISTS),
    *(Feed(table, read_growing(table)) for table in GROWING),
)
