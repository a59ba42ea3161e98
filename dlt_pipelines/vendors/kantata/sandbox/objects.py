"""The sandbox firm as Kantata objects: what each endpoint would show of it.

Nothing here knows about HTTP. Derived objects (seats on projects, rate cards, custom
field values, events) get ids that stay the same however far the firm's clock moves.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

from dlt_pipelines.sandbox.firm.denominations import digits_of
from dlt_pipelines.sandbox.firm.model import (
    BillRate,
    Firm,
    Person,
    Project,
    Task,
)
from dlt_pipelines.vendors.kantata.assumptions import (
    CHOICES,
    EVENT_RETENTION,
    MONEY,
    TASK_FIELDS,
)

ZONE = ZoneInfo("America/Los_Angeles")  # the account's: both of its offsets occur
ACCOUNT_ID = 8_101_234
# The tenant's own fields, by what they are of.
CUSTOM_FIELDS = {
    "Workspace": (
        "Project Code", "Legal Entity", "Practice", "Expense Budget", "Contract Type",
        "Billing Method", "Tax Code", "Segment",
    ),
    "WorkspaceGroup": ("CRM Account ID",),
    "User": ("Employee ID",),
    TASK_FIELDS: ("Obligation",),
}  # fmt: skip

# A field's value names what it is of so, though it is asked for as above (recorded).
RECORDED_AS = {
    "Workspace": "workspace",
    "WorkspaceGroup": "workspace_group",
    "User": "user",
    TASK_FIELDS: "story",
}


def number(*parts: object) -> str:
    """A stable id for an object that the firm itself has no id for."""
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=6)
    return str(int.from_bytes(digest.digest()))


def when(moment: datetime | None) -> str | None:
    """A timestamp as Kantata writes it."""
    return moment.astimezone(ZONE).isoformat(timespec="seconds") if moment else None


def minor_units(amount: Decimal | None, currency: str) -> int | None:
    """An amount in minor units of its currency."""
    if amount is None:
        return None
    return int(amount.scaleb(digits_of(currency)).to_integral_value())


def day_start(day: date) -> datetime:
    """Midnight UTC of a day."""
    return datetime.combine(day, time(), UTC)


@dataclass(frozen=True)
class Derived:
    """An object of Kantata's that the firm has no record of its own for."""

    id: str
    fields: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class Directory:
    """Kantata's ids for the firm's records, and the objects derived from them."""

    def __init__(self, firm: Firm, created: Sequence[Mapping[str, Any]] = ()) -> None:
        """Look things up in ``firm`` as it is now; ``created`` are the workspaces
        that were created over the API, as they were sent."""
        self.firm = firm
        self.created = [c for c in created if f"new {c['id']}" in firm.projects]
        self.projects = {p.code: p.kantata_id for p in firm.projects.values()}
        self.people = {p.number: p.kantata_id for p in firm.people.values()}
        self.customers = {c.number: c.kantata_id for c in firm.customers.values()}
        self.archived = {p.code for p in firm.projects.values() if p.is_archived}

    @staticmethod
    @cache
    def role(name: str) -> str:
        """The id of a role."""
        return number("role", name)

    @staticmethod
    def seat(project: str, person: str) -> str:
        """The id of a person's seat on a project (a workspace resource)."""
        return number("seat", project, person)

    def role_of(self, person: Person) -> str | None:
        """The name of a person's role at the firm's clock."""
        today = self.firm.clock.date()
        held = [a for a in person.assignments if a.effective_date <= today]
        latest = max(held, key=lambda a: (a.effective_date, a.entered_at), default=None)
        if latest is None and person.assignments:
            latest = person.assignments[0]
        return latest.role if latest else None

    @cached_property
    def roles(self) -> list[Derived]:
        """Every role that people hold or the rate card prices."""
        names = {r.role for r in self.firm.bill_rates}
        names |= {a.role for p in self.firm.people.values() for a in p.assignments}
        start = day_start(self.firm.start)
        return [
            Derived(
                self.role(name),
                {"name": name, "deleted_at": when(self._retired(name))},
                start,
                start,
            )
            for name in sorted(names)
        ]

    def _retired(self, role: str) -> datetime | None:
        """When a role that has no price was last held, if nobody holds it now."""
        if any(rate.role == role for rate in self.firm.bill_rates):
            return None
        ends = []
        for person in self.firm.people.values():
            held = sorted(person.assignments, key=lambda a: a.effective_date)
            for place, one in enumerate(held):
                if one.role == role:
                    later = [a.effective_date for a in held[place + 1 : place + 2]]
                    ends.append(later[0] if later else person.left)
        last = max((end for end in ends if end), default=None)
        gone = None not in ends and last and last < self.firm.clock.date()
        return day_start(last) if gone and last else None

    @cached_property
    def participants(self) -> set[str]:
        """The people who are on a project: it plans them, they worked or manage it."""
        planned = {a.person for a in self.firm.allocations.values()}
        worked = {e.person for e in self.firm.time_entries.values()}
        return planned | worked | {p.manager for p in self.firm.projects.values()}

    @cached_property
    def seats(self) -> list[Derived]:
        """A named resource for every person planned on a project."""
        planned: dict[tuple[str, str], list[Any]] = {}
        for allocation in self.firm.allocations.values():
            key = (allocation.project, allocation.person)
            planned.setdefault(key, []).append(allocation)
        return [self._seat(*key, held) for key, held in planned.items()]

    def _seat(self, project: str, person: str, held: list[Any]) -> Derived:
        role = self.role_of(self.firm.people[person])
        fields = {
            "label": None,
            "user_id": self.people[person],
            "workspace_id": self.projects[project],
            "role_id": self.role(role) if role else None,
            "total_allocated_minutes": sum(a.minutes for a in held),
            "earliest_allocation_date": min(a.start for a in held).isoformat(),
            "latest_allocation_date": max(a.end for a in held).isoformat(),
        }
        created = min(a.created_at for a in held)
        updated = max(a.updated_at for a in held)
        return Derived(self.seat(project, person), fields, created, updated)

    @cached_property
    def cancelled(self) -> dict[str, list[str]]:
        """The cancelled invoices of each project."""
        found: dict[str, list[str]] = {}
        for invoice in self.firm.invoices.values():
            if invoice.status == "cancelled":
                found.setdefault(invoice.project, []).append(invoice.id)
        return found

    @cached_property
    def item_currencies(self) -> dict[str, str]:
        """The currency of an invoice's item, by the item."""
        invoices = self.firm.invoices.values()
        return {item.id: one.currency for one in invoices for item in one.items}

    @cached_property
    def effective_dates(self) -> dict[str, list[date]]:
        """The days the standard rates change, by currency, ascending."""
        days: dict[str, set[date]] = {}
        for rate in (*self.firm.bill_rates, *self.firm.drafted_rates):
            days.setdefault(rate.currency, set()).add(rate.effective_date)
        return {currency: sorted(found) for currency, found in days.items()}

    @cached_property
    def rate_cards(self) -> list[Derived]:
        """One card of the account's standard set for each currency."""
        start = day_start(self.firm.start)
        return [
            Derived(
                number("card", currency),
                {
                    "currency": currency,
                    "rate_card_set_title": f"Standard rates ({currency})",
                    "removable": False,
                    "uses": len(self.firm.projects),
                },
                start,
                start,
            )
            for currency in sorted(self.effective_dates)
        ]

    @cached_property
    def rate_card_set_versions(self) -> list[Derived]:
        """The dated versions of the standard set."""
        days = sorted({d for days in self.effective_dates.values() for d in days})
        drafted = {rate.effective_date for rate in self.firm.drafted_rates}
        return [
            Derived(
                number("set version", day),
                {"effective_date": day.isoformat(), "active": day not in drafted},
                day_start(day),
                day_start(day),
            )
            for day in days
        ]

    @cached_property
    def rate_card_versions(self) -> list[Derived]:
        """Each card as it is from one of those days on."""
        return [
            Derived(
                number("version", currency, day),
                {
                    "default_rate": 0,
                    "rate_card_id": number("card", currency),
                    "rate_card_set_version_id": number("set version", day),
                },
                day_start(day),
                day_start(day),
            )
            for currency, days in sorted(self.effective_dates.items())
            for day in days
        ]

    @cached_property
    def rate_card_roles(self) -> list[Derived]:
        """The rates of a version: a whole copy of those in force on its day."""
        rows = []
        for currency, days in sorted(self.effective_dates.items()):
            for day in days:
                for role, rate in sorted(self._rates_on(currency, day).items()):
                    fields = {
                        "rate": minor_units(rate, currency),
                        "rate_card_version_id": number("version", currency, day),
                        "role_id": self.role(role),
                    }
                    id_ = number("card role", currency, day, role)
                    rows.append(Derived(id_, fields, day_start(day), day_start(day)))
        return rows

    def _drafted_on(self, day: date) -> list[BillRate]:
        return [r for r in self.firm.drafted_rates if r.effective_date == day]

    def _rates_on(self, currency: str, day: date) -> dict[str, Decimal]:
        dated = sorted(
            (r.effective_date, r.role, r.rate)
            for r in (*self.firm.bill_rates, *self._drafted_on(day))
            if r.currency == currency and r.effective_date <= day
        )
        return {role: rate for _, role, rate in dated}

    @cached_property
    def custom_field_values(self) -> list[Derived]:
        """The tenant's own fields of projects, customers and people."""
        rows = []
        for project in self.firm.projects.values():
            for name, value in (
                ("Project Code", project.code),
                ("Legal Entity", project.entity),
                ("Practice", project.practice),
            ):
                rows.append(_field("Workspace", project, name, value))
            if project.expense_budget is not None:
                code = self.firm.entities[project.entity].currency
                amount = [minor_units(project.expense_budget, code), code]
                shown = f"{project.expense_budget:,.2f}"
                budget = _field("Workspace", project, "Expense Budget", shown)
                rows.append({**budget, "type": MONEY, "value": amount})
        for made in self.created:
            for name in CUSTOM_FIELDS["Workspace"][4:]:
                if name in made["values"]:
                    project = self.firm.projects[f"new {made['id']}"]
                    value = made["values"][name]
                    rows.append(_field("Workspace", project, name, value))
        for customer in self.firm.customers.values():
            value = customer.salesforce_id
            rows.append(_field("WorkspaceGroup", customer, "CRM Account ID", value))
        for person in self.users:
            rows.append(_field("User", person, "Employee ID", person.number))
        for task in self.firm.tasks.values():
            if task.obligation is not None and task.deleted_at is None:
                part = _field(TASK_FIELDS, task, "Obligation", task.obligation)
                choice = [int(number("choice", task.obligation))]
                rows.append({**part, "type": CHOICES[0], "value": choice})
        start = day_start(self.firm.start)
        return [Derived(r["id"], r, start, start) for r in rows]

    @cached_property
    def custom_fields(self) -> list[Derived]:
        """The tenant's own fields."""
        start = day_start(self.firm.start)
        return [
            Derived(
                number("custom field", subject_type, name),
                {"name": name, "subject_type": subject_type, "type": "string"},
                start,
                start,
            )
            for subject_type, names in CUSTOM_FIELDS.items()
            for name in names
        ]

    @cached_property
    def references(self) -> list[Derived]:
        """The external references that workspaces were created with."""
        return [
            Derived(
                number("reference", made["id"]),
                {
                    "subject_type": "Workspace",
                    "subject_id": str(made["id"]),
                    **made["external_reference"],
                },
                made["created_at"],
                made["updated_at"],
            )
            for made in self.created
            if made.get("external_reference")
        ]

    @property
    def users(self) -> list[Person]:
        """The people who have a Kantata user."""
        return [p for p in self.firm.people.values() if p.in_psa]

    def state_changes(self, task: Task) -> list[Derived]:
        """A task's changes of state, oldest first."""
        return [
            Derived(
                f"{task.id}{place}",
                {"state": state, "formatted_state": state.title()},
                moment,
                moment,
            )
            for place, (state, moment) in enumerate(task.changes, start=1)
        ]

    @cached_property
    def events(self) -> list[Derived]:
        """What happened in the days that the events feed still remembers."""
        first = self.firm.clock - EVENT_RETENTION
        found = []
        for kind, thing in self._subjects():
            moments = {
                "created": thing.created_at,
                "updated": thing.updated_at,
                "deleted": getattr(thing, "deleted_at", None),
            }
            for verb, moment in moments.items():
                told = verb != "updated" or moment not in (
                    moments["created"],
                    moments["deleted"],
                )
                if moment and moment >= first and told:
                    found.append(_event(kind, verb, thing, moment))
        return sorted(found, key=lambda e: (e.created_at, e.id))

    def _subjects(self) -> Iterator[tuple[str, Any]]:
        firm = self.firm
        for kind, things in (
            ("time_entry", firm.time_entries),
            ("story", firm.tasks),
            ("workspace", firm.projects),
            ("invoice", firm.invoices),
            ("billing_milestone", firm.milestones),
            ("workspace_allocation", firm.allocations),
        ):
            yield from ((kind, thing) for thing in things.values())


def _field(subject_type: str, subject: Any, name: str, value: str) -> dict[str, Any]:
    id_ = subject.id if isinstance(subject, Task) else subject.kantata_id
    return {
        "id": number("field", subject_type, id_, name),
        "subject_type": RECORDED_AS[subject_type],
        "subject_id": int(id_),
        "custom_field_id": number("custom field", subject_type, name),
        "custom_field_name": name,
        "type": "string",
        "value": value,
        "display_value": value,
        "can_edit": False,
        "account_id": ACCOUNT_ID,
        "setter_id": None,
    }


def _event(kind: str, verb: str, thing: Any, moment: datetime) -> Derived:
    subject = thing.kantata_id if isinstance(thing, Project) else thing.id
    words = "".join(part.title() for part in kind.split("_"))
    fields = {
        "event_type": f"{kind}:{verb}",
        "subject_type": words,
        "subject_id": int(subject) if subject.isdigit() else subject,
        "subject_changed_at": when(moment),
        "user_id": None,
        "subject_ref": None if verb == "deleted" else {"key": kind, "id": subject},
    }
    return Derived(number("event", kind, verb, subject, moment), fields, moment, moment)
