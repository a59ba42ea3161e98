"""Kantata's endpoints: which objects each lists, their fields, links and filters."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dlt_pipelines.sandbox.firm.denominations import digits_of
from dlt_pipelines.sandbox.firm.model import (
    Allocation,
    Customer,
    Invoice,
    InvoiceItem,
    Milestone,
    Person,
    Project,
    Task,
    TimeAdjustment,
    TimeEntry,
    Timesheet,
)
from dlt_pipelines.vendors.kantata.assumptions import (
    ADJUSTMENTS,
    CUSTOM_FIELDS,
    EXPENSES,
    INVOICE_ITEMS,
    REFERENCES,
    STATE_CHANGE_IDS,
    STATE_CHANGES,
    STATUS_KEYS,
)
from dlt_pipelines.vendors.kantata.sandbox.objects import (
    ACCOUNT_ID,
    Derived,
    Directory,
    minor_units,
    when,
)

Fields = dict[str, Any]
SYMBOLS = {"USD": "$", "GBP": "£", "EUR": "€"}
STATUS_COLOURS = {"Not Started": "grey", "In Progress": "green", "Completed": "blue"}


@dataclass(frozen=True)
class Link:
    """An association: including it shows ``field`` and side-loads ``resource``."""

    field: str
    resource: str
    ids: Callable[[Directory, Any], str | list[str] | None]


@dataclass(frozen=True)
class Resource:
    """An endpoint.

    ``hidden`` names the switches that reveal what is left out by default, with the
    test of what they reveal. ``filters`` test an object against a parameter's text.
    ``money`` fields are null for a token without financial visibility; an endpoint
    ``for_administrators`` refuses such a token.
    """

    things: Callable[[Directory], Iterable[Any]]
    fields: Callable[[Directory, Any], Fields]
    identify: Callable[[Any], str] = lambda thing: thing.id
    links: dict[str, Link] = field(default_factory=dict)
    orders: tuple[str, ...] = ("created_at", "updated_at")
    default_order: str = "updated_at:desc"
    hidden: dict[str, Callable[[Directory, Any], bool]] = field(default_factory=dict)
    filters: dict[str, Callable[[Directory, Any, str], bool]] = field(
        default_factory=dict
    )
    optional: dict[str, Callable[[Directory, Any], Any]] = field(default_factory=dict)
    has_updated_filter: bool = True
    money: tuple[str, ...] = ()
    for_administrators: bool = False
    kind: str | None = None  # the firm's own name of these objects, if it differs


def _currency(code: str) -> Fields:
    return {
        "currency": code,
        "currency_symbol": SYMBOLS.get(code, code),
        "currency_base_unit": 10 ** digits_of(code),
    }


def _stamps(thing: Any) -> Fields:
    return {"created_at": when(thing.created_at), "updated_at": when(thing.updated_at)}


def _one_of(text: str, value: str | None) -> bool:
    return value in text.split(",")


def _between(text: str, day: date) -> bool:
    first, _, last = text.partition(":")
    return first <= day.isoformat() <= last


def _joined(words: str) -> str:
    """«WorkspaceGroup» and «workspace_group» are the same."""
    return words.replace("_", "").lower()


def _has(name: str) -> Callable[[Directory, Derived, str], bool]:
    return lambda _, thing, text: thing.fields.get(name) == text


def _time_adjustment(d: Directory, adjustment: TimeAdjustment) -> Fields:
    currency = d.firm.projects[adjustment.project].currency
    return {
        "original_date": adjustment.day.isoformat(),
        "posted_on_date": adjustment.posted_on.isoformat(),
        "time": adjustment.minutes,
        "billable": adjustment.is_billable,
        "taxable": False,
        "is_invoiced": adjustment.invoice is not None,
        "notes": None,
        "bill_rate_in_cents": minor_units(adjustment.bill_rate, currency),
        "cost_rate_in_cents": None,
        **_currency(currency),
        **_stamps(adjustment),
    }


def _workspace(_: Directory, project: Project) -> Fields:
    budgeted = project.contract_type != "non_billable"
    internal = project.opportunity is None
    price = minor_units(project.price, project.currency) if budgeted else None
    return {
        "title": project.name,
        "description": None,
        "account_id": ACCOUNT_ID,
        "archived": project.is_archived,
        "access_level": "invitation",
        "start_date": project.start.isoformat(),
        # A cleared date comes back as an empty string.
        "due_date": "" if internal else project.end.isoformat(),
        "effective_due_date": "" if internal else project.end.isoformat(),
        "status": {
            "color": STATUS_COLOURS[project.status],
            "key": STATUS_KEYS[project.status],
            "message": project.status,
        },
        "budgeted": budgeted,
        "price": f"${project.price:,.0f}" if budgeted else "TBD",
        "price_in_cents": price,
        "percentage_complete": 100 if project.status == "Completed" else 0,
        "rate_card_id": None,
        "workspace_invoice_preference_id": int(project.kantata_id) + 1_000_000,
        "stories_are_fixed_fee_by_default": project.contract_type == "fixed_fee",
        "tasks_default_non_billable": not budgeted,
        "require_time_approvals": True,
        "require_expense_approvals": True,
        "change_orders_enabled": False,
        "target_margin": None,
        **_currency(project.currency),
        **_stamps(project),
    }


def _story(d: Directory, task: Task) -> Fields:
    return {
        "title": task.title,
        "description": None,
        "story_type": task.kind,
        "state": task.state,
        "status": task.state.capitalize(),
        "archived": False,
        "deleted_at": when(task.deleted_at),
        "start_date": task.start.isoformat(),
        "due_date": task.due.isoformat(),
        "percentage_complete": 100 if task.state == "completed" else 0,
        "weight": None,
        "priority": "normal",
        "position": 1,
        "ancestry_depth": 0,
        "ancestor_ids": [],
        "billable": task.is_billable,
        "fixed_fee": task.is_fixed_fee,
        "time_trackable": task.kind == "task",
        "sub_story_count": 0,
        **_stamps(task),
    }


def _time_entry(d: Directory, entry: TimeEntry) -> Fields:
    project = d.firm.projects[entry.project]
    return {
        "date_performed": entry.day.isoformat(),
        "time_in_minutes": entry.minutes,
        "billable": entry.is_billable,
        "taxable": False,
        "notes": None,
        "rate_in_cents": minor_units(entry.bill_rate, project.currency),
        "cost_rate_in_cents": None,  # recorded as null even for those who see money
        "approved": _sheet_is(d, entry, "approved"),
        "is_invoiced": entry.invoice is not None,
        # Recorded as present whether or not they are included.
        "workspace_id": d.projects[entry.project],
        "user_id": d.people[entry.person],
        "story_id": entry.task,
        "location": None,
        **_currency(project.currency),
        **_stamps(entry),
    }


def _sheet_is(d: Directory, entry: TimeEntry, *statuses: str) -> bool:
    sheet = d.firm.timesheets.get(entry.timesheet or "")
    return sheet is not None and sheet.status in statuses


def _active_submission(d: Directory, entry: TimeEntry) -> str | None:
    return entry.timesheet if _sheet_is(d, entry, "pending", "approved") else None


def _timesheet(d: Directory, sheet: Timesheet) -> Fields:
    return {
        "title": None,
        "comment": None,
        "type": "TimesheetSubmission",
        "start_date": sheet.start.isoformat(),
        "end_date": sheet.end.isoformat(),
        "status": sheet.status,
        "current_resolution_description": None,
        "current_resolution_creator_id": None,
        "current_resolution_created_at_date": (
            None if sheet.status == "pending" else when(sheet.updated_at)
        ),
        "resolution_description": None,
        "permissions": {},
        "line_item_total_formatted": None,
        "line_item_total_in_cents": None,
        **_currency(d.firm.projects[sheet.project].currency),
        **_stamps(sheet),
    }


def _milestone(d: Directory, milestone: Milestone) -> Fields:
    return {
        "title": milestone.title,
        "date_to_invoice": milestone.due.isoformat(),
        "amount_in_cents": minor_units(milestone.amount, milestone.currency),
        "billing_type": "upon_completion",
        # Documented without a base unit and with its references always shown.
        "currency": milestone.currency,
        "workspace_id": d.projects[milestone.project],
        "story_id": milestone.task,
        "invoice_id": next(iter(_invoices_of(d, milestone)), None),
        **_stamps(milestone),
    }


def _invoices_of(d: Directory, milestone: Milestone) -> list[str]:
    """The invoices a milestone was put on: first those that were cancelled."""
    if milestone.invoice is None:
        return []
    return [*d.cancelled.get(milestone.project, ()), milestone.invoice]


def _invoice(d: Directory, invoice: Invoice) -> Fields:
    digits = "".join(c for c in invoice.number if c.isdigit()) or invoice.id
    return {
        "invoice_date": invoice.invoice_date.isoformat(),
        "due_date": invoice.due_date.isoformat(),
        "status": invoice.status,
        "draft": False,
        "title": f"Invoice #{digits}",
        "message": None,
        "user_invoice_number": int(digits),
        "user_invoice_title": None,
        "balance_in_cents": minor_units(invoice.amount, invoice.currency),
        "tax_rate": "0.0",
        "payment_schedule": (invoice.due_date - invoice.invoice_date).days,
        "purchase_order": None,
        "project_code": invoice.project,
        "user_id": d.people.get(d.firm.projects[invoice.project].manager),
        "recipient_id": None,
        **_currency(invoice.currency),
        **_stamps(invoice),
    }


def _invoice_item(d: Directory, item: InvoiceItem) -> Fields:
    return {
        "amount_in_cents": minor_units(item.amount, d.item_currencies[item.id]),
        "notes": item.notes,
        "taxable": False,
        "story_id": None,
        "workspace_id": None,  # recorded as empty on items of a whole invoice
        **(_currency(d.item_currencies[item.id]) if item.kind == EXPENSES else {}),
        **_stamps(item),
    }


def _items_of(kind: str) -> Callable[[Directory, Invoice], list[str]]:
    return lambda _, invoice: [item.id for item in invoice.items if item.kind == kind]


def _all_items(kind: str) -> Callable[[Directory], Iterable[InvoiceItem]]:
    return lambda d: (
        item
        for invoice in d.firm.invoices.values()
        for item in invoice.items
        if item.kind == kind
    )


def _user(d: Directory, person: Person) -> Fields:
    return {
        "full_name": f"{person.first_name} {person.last_name}",
        "email_address": person.email,
        "headline": d.role_of(person),
        "photo_path": None,
        "account_id": ACCOUNT_ID,
        "account_permission": "collaborator",
    }


def _has_left(d: Directory, person: Person) -> bool:
    return person.left is not None and person.left < d.firm.clock.date()


def _is_on_account(d: Directory, person: Person) -> bool:
    """Whether a person is on the firm's account: who helps out on a project is not."""
    return not person.is_contractor or person.number not in d.participants


def _group(_: Directory, customer: Customer) -> Fields:
    return {
        "name": customer.name,
        "company": True,
        "contact_name": None,
        "email": None,
        "phone_number": None,
        "address": None,
        "website": None,
        "notes": None,
        **_stamps(customer),
    }


def _allocation(d: Directory, allocation: Allocation) -> Fields:
    return {
        "start_date": allocation.start.isoformat(),
        "end_date": allocation.end.isoformat(),
        "minutes": allocation.minutes,
        "percentage": None,
        "hard": True,
        "notes": None,
        "workspace_resource_id": d.seat(allocation.project, allocation.person),
        **_stamps(allocation),
    }


def _derived(*conditional: str) -> Callable[[Directory, Derived], Fields]:
    """The fields of a derived object, less those that only an include shows."""

    def fields(_: Directory, thing: Derived) -> Fields:
        shown = {k: v for k, v in thing.fields.items() if k not in conditional}
        return {**shown, **_stamps(thing)}

    return fields


def _own(name: str, resource: str) -> Link:
    return Link(name, resource, lambda _, thing: thing.fields[name])


def _kantata_id(thing: Any) -> str:
    return thing.kantata_id


def _in_archived(d: Directory, thing: Any) -> bool:
    return thing.project in d.archived


def _workspace_link(field_: str = "workspace_id") -> Link:
    return Link(field_, "workspaces", lambda d, thing: d.projects[thing.project])


def _customer_ids(d: Directory, project: Project) -> list[str]:
    known = d.customers.get(project.customer)
    return [known] if known else []


def _completed_between(_: Directory, task: Task, text: str) -> bool:
    return task.completed_at is not None and _between(text, task.completed_at.date())


WORKSPACES = Resource(
    things=lambda d: d.firm.projects.values(),
    fields=_workspace,
    identify=_kantata_id,
    money=("price", "price_in_cents", "target_margin"),
    optional={"stage": lambda _, p: "project"},
    hidden={"include_archived": lambda _, p: p.is_archived},
    links={
        "workspace_groups": Link(
            "workspace_group_ids", "workspace_groups", _customer_ids
        ),
        "primary_workspace_group": Link(
            "primary_workspace_group_id",
            "workspace_groups",
            lambda d, p: d.customers.get(p.customer),
        ),
        "primary_maven": Link(
            "primary_maven_id", "users", lambda d, p: d.people.get(p.manager)
        ),
    },
    kind="projects",
)

STORIES = Resource(
    things=lambda d: d.firm.tasks.values(),
    fields=_story,
    hidden={
        "show_deleted": lambda _, t: t.deleted_at is not None,
        "show_from_archived_workspaces": _in_archived,
    },
    filters={
        "story_type": lambda _, t, text: _one_of(text, t.kind),
        "workspace_id": lambda d, t, text: d.projects[t.project] == text,
        "only_deleted": lambda _, t, __: t.deleted_at is not None,
        "completed_between": _completed_between,
    },
    links={
        "workspace": _workspace_link(),
        "parent": Link("parent_id", "stories", lambda _, __: None),
        STATE_CHANGES: Link(
            STATE_CHANGE_IDS,
            STATE_CHANGES,
            lambda d, t: [change.id for change in d.state_changes(t)],
        ),
    },
    kind="tasks",
)

TIME_ENTRIES = Resource(
    things=lambda d: (e for e in d.firm.time_entries.values() if not e.deleted_at),
    fields=_time_entry,
    orders=("created_at", "updated_at", "date_performed"),
    default_order="date_performed:desc",
    money=("rate_in_cents", "cost_rate_in_cents"),
    hidden={"from_archived_workspaces": _in_archived},
    filters={
        "date_performed_between": lambda _, e, text: _between(text, e.day),
        "approved": lambda d, e, __: _sheet_is(d, e, "approved"),
        "invoiced": lambda _, e, __: e.invoice is not None,
        "uninvoiced": lambda _, e, __: e.invoice is None,
        "workspace_id": lambda d, e, text: d.projects[e.project] == text,
        "workspace_ids": lambda d, e, text: _one_of(text, d.projects[e.project]),
        "with_user_ids": lambda d, e, text: _one_of(text, d.people[e.person]),
    },
    links={
        "workspace": _workspace_link(),
        "user": Link("user_id", "users", lambda d, e: d.people[e.person]),
        "story": Link("story_id", "stories", lambda _, e: e.task),
        "role": Link("role_id", "roles", lambda d, e: d.role(e.role)),
        "active_submission": Link(
            "active_submission_id", "timesheet_submissions", _active_submission
        ),
        "recent_submission": Link(
            "recent_submission_id", "timesheet_submissions", lambda _, e: e.timesheet
        ),
        "invoice": Link("invoice_id", "invoices", lambda _, e: e.invoice),
    },
)

TIME_ADJUSTMENTS = Resource(
    things=lambda d: d.firm.time_adjustments.values(),
    fields=_time_adjustment,
    money=("bill_rate_in_cents", "cost_rate_in_cents"),
    links={
        "workspace": _workspace_link(),
        "user": Link("user_id", "users", lambda d, a: d.people[a.person]),
        "story": Link("story_id", "stories", lambda _, a: a.task),
        "active_invoice": Link("active_invoice_id", "invoices", lambda _, a: a.invoice),
    },
)

TIMESHEETS = Resource(
    things=lambda d: d.firm.timesheets.values(),
    fields=_timesheet,
    orders=("date",),
    default_order="date:desc",
    money=("line_item_total_in_cents",),
    filters={
        "statuses": lambda _, s, text: _one_of(text, s.status),
        "not_cancelled": lambda _, s, __: s.status != "cancelled",
        "user_ids": lambda d, s, text: _one_of(text, d.people[s.person]),
        "workspace_ids": lambda d, s, text: _one_of(text, d.projects[s.project]),
    },
    links={
        "workspace": _workspace_link(),
        "user": Link("user_id", "users", lambda d, s: d.people[s.person]),
    },
    kind="timesheets",
)

BILLING_MILESTONES = Resource(
    things=lambda d: d.firm.milestones.values(),
    fields=_milestone,
    orders=("created_at",),
    default_order="created_at:desc",
    has_updated_filter=False,
    money=("amount_in_cents",),
    filters={
        "workspace_ids": lambda d, m, text: _one_of(text, d.projects[m.project]),
        "story_ids": lambda _, m, text: _one_of(text, m.task),
        "date_between": lambda _, m, text: _between(text, m.due),
    },
    links={
        "workspace": _workspace_link(),
        "story": Link("story_id", "stories", lambda _, m: m.task),
        "invoices": Link("invoice_ids", "invoices", _invoices_of),
    },
    kind="milestones",
)

INVOICES = Resource(
    things=lambda d: d.firm.invoices.values(),
    fields=_invoice,
    money=("balance_in_cents",),
    filters={
        "workspace_id": lambda d, i, text: d.projects[i.project] == text,
        "paid": lambda _, i, __: i.status == "accepted payment",
        "pending": lambda _, i, __: i.status == "new",
    },
    links={
        "workspaces": Link(
            "workspace_ids", "workspaces", lambda d, i: [d.projects[i.project]]
        ),
        **{
            kind: Link(ids, kind, _items_of(kind))
            for kind, ids in INVOICE_ITEMS.items()
        },
    },
)

USERS = Resource(
    things=lambda d: d.users,
    fields=_user,
    identify=_kantata_id,
    orders=(),
    has_updated_filter=False,
    hidden={
        "show_disabled": _has_left,
        "on_my_account": lambda d, p: p.number not in d.participants,
    },
    filters={"on_my_account": lambda d, p, _: _is_on_account(d, p)},
    links={
        "role": Link(
            "role_id", "roles", lambda d, p: d.role_of(p) and d.role(d.role_of(p))
        )
    },
    optional={
        "classification": lambda _, p: "External" if p.is_contractor else "Internal"
    },
    kind="people",
)

WORKSPACE_RESOURCES = Resource(
    things=lambda d: d.seats,
    fields=_derived("user_id", "workspace_id", "role_id"),
    links={
        "user": _own("user_id", "users"),
        "workspace": _own("workspace_id", "workspaces"),
        "role": _own("role_id", "roles"),
    },
)

WORKSPACE_ALLOCATIONS = Resource(
    things=lambda d: d.firm.allocations.values(),
    fields=_allocation,
    orders=("updated_at",),
    filters={"workspace_ids": lambda d, a, text: _one_of(text, d.projects[a.project])},
    links={
        "workspace": _workspace_link(),
        "workspace_resource": Link(
            "workspace_resource_id",
            "workspace_resources",
            lambda d, a: d.seat(a.project, a.person),
        ),
    },
    kind="allocations",
)

RATE_CARD_VERSIONS = Resource(
    things=lambda d: d.rate_card_versions,
    fields=_derived("rate_card_id", "rate_card_set_version_id"),
    for_administrators=True,
    links={
        "rate_card": _own("rate_card_id", "rate_cards"),
        "rate_card_set_version": _own(
            "rate_card_set_version_id", "rate_card_set_versions"
        ),
    },
)

RATE_CARD_ROLES = Resource(
    things=lambda d: d.rate_card_roles,
    fields=_derived("rate_card_version_id", "role_id"),
    for_administrators=True,
    links={
        "rate_card_version": _own("rate_card_version_id", "rate_card_versions"),
        "role": _own("role_id", "roles"),
    },
)

CUSTOM_FIELD_VALUES = Resource(
    things=lambda d: d.custom_field_values,
    fields=_derived("custom_field_id"),
    filters={
        # Recorded as workspace_group, documented as WorkspaceGroup.
        "subject_type": lambda _, v, text: (
            _joined(text) == _joined(v.fields["subject_type"])
        )
    },
    links={"custom_field": _own("custom_field_id", "custom_fields")},
)

SUBSCRIBED_EVENTS = Resource(
    things=lambda d: d.events,
    fields=_derived(),
    orders=("created_at",),
    default_order="created_at:desc",
    has_updated_filter=False,
    for_administrators=True,
    filters={
        "event_types": lambda _, e, text: _one_of(text, e.fields["event_type"]),
        "subject_type": lambda _, e, text: text == e.fields["subject_type"],
        "subject_id": lambda _, e, text: text == str(e.fields["subject_id"]),
    },
)

RESOURCES: dict[str, Resource] = {
    "workspaces": WORKSPACES,
    "stories": STORIES,
    "time_entries": TIME_ENTRIES,
    "timesheet_submissions": TIMESHEETS,
    ADJUSTMENTS: TIME_ADJUSTMENTS,
    "billing_milestones": BILLING_MILESTONES,
    "invoices": INVOICES,
    "users": USERS,
    "workspace_groups": Resource(
        things=lambda d: d.firm.customers.values(),
        fields=_group,
        identify=_kantata_id,
        has_updated_filter=False,
        kind="customers",
    ),
    "workspace_resources": WORKSPACE_RESOURCES,
    "workspace_allocations": WORKSPACE_ALLOCATIONS,
    "rate_cards": Resource(lambda d: d.rate_cards, _derived()),
    "rate_card_set_versions": Resource(
        lambda d: d.rate_card_set_versions, _derived(), for_administrators=True
    ),
    "rate_card_versions": RATE_CARD_VERSIONS,
    "rate_card_roles": RATE_CARD_ROLES,
    "roles": Resource(
        lambda d: d.roles,
        _derived(),
        hidden={"only_active": lambda _, role: role.fields["deleted_at"] is not None},
        has_updated_filter=False,
    ),
    "custom_field_values": CUSTOM_FIELD_VALUES,
    "subscribed_events": SUBSCRIBED_EVENTS,
    CUSTOM_FIELDS: Resource(
        lambda d: d.custom_fields,
        _derived(),
        filters={
            "subject_type": lambda _, f, text: (
                _joined(text) == _joined(f.fields["subject_type"])
            )
        },
    ),
    REFERENCES: Resource(
        lambda d: d.references,
        _derived(),
        filters={
            name: _has(name)
            for name in ("subject_type", "service_name", "service_model_ref")
        },
    ),
}
# Only ever side-loaded: listing them asks for a story.
SIDE_LOADED: dict[str, Resource] = {
    STATE_CHANGES: Resource(
        lambda d: (c for t in d.firm.tasks.values() for c in d.state_changes(t)),
        _derived(),
    ),
    **{
        kind: Resource(_all_items(kind), _invoice_item, money=("amount_in_cents",))
        for kind in INVOICE_ITEMS
    },
}


def moment_of(thing: Any, which: str, clock: datetime) -> datetime:
    """An object's created_at or updated_at (or date) to order and filter it by."""
    if which == "date":
        return thing.start
    if which == "date_performed":
        return thing.day
    return getattr(thing, which) or clock
