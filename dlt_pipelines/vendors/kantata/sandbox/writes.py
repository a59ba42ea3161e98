"""What is written to the sandbox's Kantata: projects created, fields changed.

As the vendor has it: a create answers 200 and is not guarded against repeats, neither
by a key nor by its external reference; unknown references are refused by field.
"""

import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from dlt_pipelines.sandbox.firm.model import Firm, Project
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.overlay import Overlay
from dlt_pipelines.vendors.kantata.assumptions import CREATE_PRICE_BASE_UNIT
from dlt_pipelines.vendors.kantata.sandbox.objects import Directory

CREATED, CHANGED = "workspace", "change"
CHANGEABLE = {
    "workspaces": {"title", "start_date", "due_date", "primary_maven_id"},
    "workspace_groups": {"name"},
    "users": {"role_id"},
}
SINGULAR = {"workspaces": "workspace", "workspace_groups": "workspace_group",
            "users": "user"}  # fmt: skip
KNOWN = {
    "title", "creator_role", "budgeted", "price", "currency", "start_date", "due_date",
    "workspace_group_ids", "primary_workspace_group_id", "primary_maven_id",
    "custom_fields", "external_reference",
}  # fmt: skip


class Invalid(Exception):
    """What was sent cannot be kept: the field and what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Writes(Overlay):
    """The sandbox's Kantata as a host: the firm with what was written to Kantata."""

    def __init__(self, host: Host) -> None:
        """Read what earlier servers kept."""
        super().__init__(host, self._applied)
        self.store = host.records("kantata")
        self.lock = threading.RLock()

    def created(self) -> list[dict[str, Any]]:
        """Every workspace that was created here, as it was sent."""
        return self.store.all(CREATED)

    def create(self, told: dict[str, Any]) -> str:
        """Keep a workspace; its id."""
        with self.lock:
            kept = self._checked(told)
            number = self.store.add(CREATED, kept, None, self.now())
            self.written()
        return str(number)

    def change(self, name: str, id_: str, told: dict[str, Any]) -> None:
        """Keep changed fields of an object that exists."""
        for field in told:
            if field not in CHANGEABLE[name]:
                raise Invalid(field, "cannot be changed here")
        firm = Directory(self.firm)
        if "role_id" in told and told["role_id"] not in {r.id for r in firm.roles}:
            raise Invalid("role_id", "is not a role of the account")
        if "title" in told and not told["title"]:
            raise Invalid("title", "can't be blank")
        with self.lock:
            body = {"of": name, "object": id_, "fields": told}
            self.store.add(CHANGED, body, None, self.now())
            self.written()

    def _checked(self, told: dict[str, Any]) -> dict[str, Any]:
        """What of a create is kept; unknown attributes are ignored."""
        kept = {k: v for k, v in told.items() if k in KNOWN}
        if not kept.get("title"):
            raise Invalid("title", "can't be blank")
        if kept.setdefault("budgeted", True) and kept.get("price") is None:
            raise Invalid("price", "can't be blank")
        try:
            price = Decimal(str(kept.get("price") or 0)) / CREATE_PRICE_BASE_UNIT
        except InvalidOperation as error:
            raise Invalid("price", "is not a number") from error
        known = {
            "primary_workspace_group_id": {
                c.kantata_id for c in self.firm.customers.values()
            },
            "primary_maven_id": {p.kantata_id for p in self.firm.people.values()},
        }
        for field, ids in known.items():
            if kept.get(field) is not None and kept[field] not in ids:
                raise Invalid(field, "is invalid")
        names = {f.id: f.fields["name"] for f in Directory(self.firm).custom_fields}
        values = {}
        for field in kept.pop("custom_fields", ()):
            if field["custom_field_id"] not in names:
                raise Invalid("custom_field_id", "is not a field of the account")
            values[names[field["custom_field_id"]]] = field["value"]
        return {**kept, "price": str(price), "values": values}

    def _applied(self, firm: Firm) -> Firm:
        """The firm with the workspaces created and the fields changed here."""
        made = [_project(record, firm) for record in self.created()]
        changes = self.store.all(CHANGED)
        if not made and not changes:
            return firm
        shown = replace(
            firm,
            # Of two projects of one code the firm's own is the one that is worked on.
            projects={f"new {p.kantata_id}": p for p in made} | firm.projects,
            customers=dict(firm.customers),
            people=dict(firm.people),
        )
        for change in changes:
            APPLY[change["of"]](shown, change)
        return shown


def _project(record: dict[str, Any], firm: Firm) -> Project:
    """A workspace that was created, as the firm would have made it."""
    values = record["values"]
    code = values.get("Project Code", f"#{record['id']}")
    sold = {o.project_code: o for o in firm.opportunities.values() if not o.amends}
    deal = sold.get(code)
    groups = {c.kantata_id: c.number for c in firm.customers.values()}
    people = {p.kantata_id: p.number for p in firm.people.values()}
    today = record["created_at"].date()
    start = record.get("start_date")
    end = record.get("due_date")
    return Project(
        code=code,
        name=record["title"],
        customer=groups.get(record.get("primary_workspace_group_id", ""), "C0000"),
        entity=values.get("Legal Entity", ""),
        practice=values.get("Practice", ""),
        contract_type=deal.contract_type
        if deal
        else values.get("Contract Type", "non_billable"),
        currency=record.get("currency") or "USD",
        price=Decimal(record["price"]),
        cap_amount=None,
        fee_rate=None,
        fee_ceiling=None,
        start=date.fromisoformat(start) if start else today,
        end=date.fromisoformat(end) if end else today,
        status="Not Started",
        is_archived=False,
        manager=people.get(record.get("primary_maven_id", ""), ""),
        opportunity=deal.salesforce_id if deal else None,
        kantata_id=str(record["id"]),
        netsuite_id=None,
        erp_department=None,
        created_at=record["created_at"],
        updated_at=record["updated_at"],
    )


def _change_project(firm: Firm, change: dict[str, Any]) -> None:
    told, people = (
        change["fields"],
        {p.kantata_id: p.number for p in firm.people.values()},
    )
    for key, project in firm.projects.items():
        if project.kantata_id != change["object"]:
            continue
        firm.projects[key] = replace(
            project,
            name=told.get("title", project.name),
            start=_day(told.get("start_date"), project.start),
            end=_day(told.get("due_date"), project.end),
            manager=people.get(told.get("primary_maven_id"), project.manager),
            updated_at=max(project.updated_at, change["created_at"]),
        )


def _change_group(firm: Firm, change: dict[str, Any]) -> None:
    for key, customer in firm.customers.items():
        if customer.kantata_id == change["object"]:
            firm.customers[key] = replace(customer, name=change["fields"]["name"])


def _change_user(firm: Firm, change: dict[str, Any]) -> None:
    """The role of a user: from the day of the change on, until HR's next one."""
    names = {role.id: role.fields["name"] for role in Directory(firm).roles}
    day = change["created_at"].date()
    for key, person in firm.people.items():
        if person.kantata_id != change["object"] or not person.assignments:
            continue
        held = [a for a in person.assignments if a.effective_date <= day]
        latest = max(held or person.assignments, key=lambda a: a.effective_date)
        role = names[change["fields"]["role_id"]]
        now = replace(
            latest, role=role, effective_date=day, entered_at=change["created_at"]
        )
        firm.people[key] = replace(person, assignments=[*person.assignments, now])


def _day(text: str | None, otherwise: date) -> date:
    return date.fromisoformat(text) if text else otherwise


APPLY = {
    "workspaces": _change_project,
    "workspace_groups": _change_group,
    "users": _change_user,
}
