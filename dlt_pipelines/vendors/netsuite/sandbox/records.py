"""The sandbox's jobs and invoices written over the record API, and changed fields.

As NetSuite has it: one record of a type owns an external id, references must exist, a
draft invoice (pending approval) is a transaction that does not post. What a job or a
customer was given shows in SuiteQL afterwards.

Not confirmed by documentation, and kept in this list only: that an invoice takes its
project as ``job``, that ``approvalStatus`` 1 keeps it from posting at once, and the
words of a duplicate external id of a job ("This record already exists").
"""

import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from dlt_pipelines.sandbox.firm.model import (
    Firm,
    JournalLine,
    LedgerTransaction,
    Project,
)
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.overlay import Overlay
from dlt_pipelines.sandbox.serving.store import DuplicateExternalId
from dlt_pipelines.vendors.netsuite.sandbox.books import Ids
from dlt_pipelines.vendors.netsuite.sandbox.journals import (
    DUPLICATE,
    EXTERNAL_ID,
    Failure,
    Written,
    amount_of,
    bad_reference,
    names_of,
    reference_of,
    unknown_in,
)

JOB_FIELDS = {
    "externalId", "entityId", "companyName", "parent", "subsidiary", "currency",
    "startDate", "projectedEndDate", "comments", "jobBillingType",
    "custentity_department", "custentity_contract_type", "custentity_tax_code",
    "custentity_segment",
}  # fmt: skip
CHANGEABLE = {
    "job": {"companyName", "startDate", "projectedEndDate", "custentity_department"},
    "customer": {"companyName", "parent"},
}
INVOICE_FIELDS = {
    "externalId", "entity", "job", "subsidiary", "currency", "tranDate", "memo",
    "approvalStatus", "department", "custbody_tax_code", "custbody_segment", "item",
}  # fmt: skip
ITEM_FIELDS = {"item", "quantity", "rate", "amount", "description"}
SERVICE_ITEM = "PROJECT-SERVICES"  # external id of the firm's service item
RECEIVABLE, REVENUE = "1100", "4000"
PENDING = "1"
CREATED = {"job": JOB_FIELDS, "invoice": INVOICE_FIELDS}
CHANGED = "change"
TYPES = ("job", "customer", "invoice")


class Lists(Overlay):
    """The sandbox's NetSuite as a host: the firm with what was written to its lists."""

    def __init__(self, host: Host) -> None:
        """Read what earlier servers kept."""
        super().__init__(host, self._applied)
        self.store = host.records("netsuite")
        self.lock = threading.RLock()

    # -- the record API -------------------------------------------------------

    def find(self, kind: str, reference: str) -> dict[str, Any]:
        """A job, customer or invoice as the record API shows it."""
        if reference.startswith("eid:"):
            made = self.store.find(kind, reference[4:]) if kind in CREATED else None
            id_ = str(made["id"]) if made else ""
        else:
            id_ = reference
        shown = {"job": self._job, "customer": self._customer}
        body = self._invoice(id_) if kind == "invoice" else shown[kind](id_)
        if body is None:
            detail = (
                "The record instance does not exist. "
                f"Provide a valid record instance ID. ({reference})"
            )
            raise Failure(404, "NONEXISTENT_ID", detail)
        return {key: value for key, value in body.items() if value is not None}

    def create(self, kind: str, body: dict[str, Any], *, strict: bool) -> Written:
        """Keep a new job or invoice."""
        if kind not in CREATED:
            raise Failure(405, "INVALID_METHOD", f"{kind} is not created here.")
        with self.lock:
            dropped = unknown_in(body, CREATED[kind], "", strict)
            external_id = body.get("externalId")
            if external_id is not None and not EXTERNAL_ID.fullmatch(str(external_id)):
                detail = f"Invalid external id: {external_id!r}"
                raise Failure(400, "INVALID_CONTENT", detail, "externalId")
            check = self._checked_job if kind == "job" else self._checked_invoice
            kept = check(body, strict)
            try:
                number = self.store.add(kind, kept, external_id, self.now())
            except DuplicateExternalId as error:
                raise Failure(400, "USER_ERROR", DUPLICATE, "externalId") from error
            self.written()
            return Written(number, dropped)

    def change(
        self, kind: str, reference: str, body: dict[str, Any], *, strict: bool
    ) -> Written:
        """Change fields of a job or customer."""
        if kind not in CHANGEABLE:
            raise Failure(405, "INVALID_METHOD", f"{kind} is not changed here.")
        with self.lock:
            found = self.find(kind, reference)
            dropped = unknown_in(body, CHANGEABLE[kind], "", strict)
            ids = Ids(self.firm)
            if "parent" in body:
                self._known(body, "parent", self._customers().keys())
            if "custentity_department" in body:
                known = {str(n) for n in ids.departments.values()}
                self._known(body, "custentity_department", known)
            told = {"of": kind, "object": found["id"], "fields": body}
            self.store.add(CHANGED, told, None, self.now())
            self.written()
            return Written(int(found["id"]), dropped)

    # -- what is kept ----------------------------------------------------------

    def _known(self, body: dict[str, Any], name: str, known: Any) -> str:
        number = reference_of(body.get(name), name)
        if number not in known:
            raise bad_reference(name, number)
        return number

    def _customers(self) -> dict[str, str]:
        """Customer numbers by internal id."""
        return {str(c.netsuite_id): c.number for c in self.firm.customers.values()}

    def _checked_job(self, body: dict[str, Any], strict: bool) -> dict[str, Any]:
        del strict  # a job has no lines
        ids = Ids(self.firm)
        for name in ("companyName", "entityId"):
            if not body.get(name):
                detail = f"Please enter value(s) for: {name}"
                raise Failure(400, "USER_ERROR", detail, name)
        taken = {p.code for p in self.firm.projects.values() if p.netsuite_id}
        if body["entityId"] in taken:
            detail = "Uniqueness error - that entity name/ID is already in use."
            raise Failure(400, "USER_ERROR", detail, "entityId")
        self._known(body, "parent", self._customers().keys())
        self._known(body, "subsidiary", {str(n) for n in ids.subsidiaries.values()})
        if "custentity_department" in body:
            known = {str(n) for n in ids.departments.values()}
            self._known(body, "custentity_department", known)
        return body

    def _checked_invoice(self, body: dict[str, Any], strict: bool) -> dict[str, Any]:
        ids = Ids(self.firm)
        self._known(body, "entity", self._customers().keys())
        self._known(body, "subsidiary", {str(n) for n in ids.subsidiaries.values()})
        codes = names_of(ids.currencies)
        currency = codes[self._known(body, "currency", codes)]
        jobs = {str(p.netsuite_id) for p in self.firm.projects.values()}
        self._known(body, "job", jobs)
        items = (body.get("item") or {}).get("items") or []
        if not items:
            detail = "Please enter value(s) for: at least one line item"
            raise Failure(400, "USER_ERROR", detail, "item")
        for position, item in enumerate(items):
            path = f"item.items[{position}]"
            unknown_in(item, ITEM_FIELDS, f"{path}.", strict)
            if (item.get("item") or {}).get("externalId") != SERVICE_ITEM:
                raise bad_reference(f"{path}.item", str(item.get("item")))
            item["amount"] = str(
                amount_of(item.get("amount"), f"{path}.amount", currency)
            )
        return {**body, "item": {"items": items}}

    # -- what is shown ---------------------------------------------------------

    def _job(self, id_: str) -> dict[str, Any] | None:
        ids = Ids(self.firm)
        for project in self.firm.projects.values():
            if str(project.netsuite_id) == id_:
                return {
                    "id": id_,
                    "externalId": self._made("job", id_).get("external_id"),
                    "entityId": project.code,
                    "companyName": project.name,
                    "parent": _link(ids.party(project.customer)),
                    "subsidiary": _link(ids.subsidiaries.get(project.entity)),
                    "startDate": project.start.isoformat(),
                    "projectedEndDate": project.end.isoformat(),
                    "custentity_department": _link(
                        ids.department(project.erp_department)
                    ),
                    "comments": self._made("job", id_).get("comments"),
                }
        return None

    def _customer(self, id_: str) -> dict[str, Any] | None:
        ids = Ids(self.firm)
        for customer in self.firm.customers.values():
            if str(customer.netsuite_id) == id_:
                return {
                    "id": id_,
                    "entityId": customer.number,
                    "companyName": customer.name,
                    "parent": _link(ids.party(customer.parent)),
                }
        return None

    def _invoice(self, id_: str) -> dict[str, Any] | None:
        made = self._made("invoice", id_)
        if not made:
            return None
        items = [{**i, "amount": Decimal(i["amount"])} for i in made["item"]["items"]]
        return {
            "id": id_,
            "externalId": made["external_id"],
            "tranId": f"DRAFT{id_}",
            **{
                k: made.get(k)
                for k in INVOICE_FIELDS
                if k not in ("externalId", "item")
            },
            "item": {"items": items},
        }

    def _made(self, kind: str, id_: str) -> dict[str, Any]:
        found = [r for r in self.store.all(kind) if str(r["id"]) == id_]
        return found[0] if found else {}

    def drafts(self) -> list[LedgerTransaction]:
        """The invoices that await approval, as the ledger would have them."""
        ids = Ids(self.firm)
        return [self._draft(record, ids) for record in self.store.all("invoice")]

    def _draft(self, record: dict[str, Any], ids: Ids) -> LedgerTransaction:
        jobs = {str(p.netsuite_id): p.code for p in self.firm.projects.values()}
        project = jobs.get(record["job"]["id"])
        lines = [
            JournalLine(REVENUE, Decimal(0), Decimal(i["amount"]), project=project,
                        memo=i.get("description"))
            for i in record["item"]["items"]
        ]  # fmt: skip
        total = sum((line.credit for line in lines), Decimal(0))
        day = date.fromisoformat(record["tranDate"])
        periods = self.firm.periods.values()
        period = [p.id for p in periods if p.start <= day <= p.end]
        return LedgerTransaction(
            id=record["id"], kind="CustInvc", number=f"DRAFT{record['id']}",
            entity=names_of(ids.subsidiaries)[record["subsidiary"]["id"]],
            date=day, period=period[0] if period else 0,
            currency=names_of(ids.currencies)[record["currency"]["id"]],
            exchange_rate=Decimal(1), external_id=record["external_id"],
            party=self._customers().get(record["entity"]["id"]),
            memo=record.get("memo"),
            lines=[JournalLine(RECEIVABLE, total, Decimal(0)), *lines],
            created_at=record["created_at"], updated_at=record["updated_at"],
        )  # fmt: skip

    # -- the firm as NetSuite has it -------------------------------------------

    def _applied(self, firm: Firm) -> Firm:
        made, changes = self.store.all("job"), self.store.all(CHANGED)
        if not made and not changes:
            return firm
        shown = replace(
            firm, projects=dict(firm.projects), customers=dict(firm.customers)
        )
        for record in made:
            _set_up(shown, record)
        for change in changes:
            apply = _change_job if change["of"] == "job" else _change_customer
            apply(shown, change)
        return shown


def _link(number: Any) -> dict[str, str] | None:
    return None if number is None else {"id": str(number)}


def _set_up(firm: Firm, record: dict[str, Any]) -> None:
    """The job that was created, on the firm's project of that code if there is one."""
    ids, code = Ids(firm), record["entityId"]
    customers = {str(c.netsuite_id): c.number for c in firm.customers.values()}
    entity = names_of(ids.subsidiaries)[record["subsidiary"]["id"]]
    department = (record.get("custentity_department") or {}).get("id", "")
    start = _day(record.get("startDate"), record["created_at"].date())
    known = {
        "code": code,
        "name": record["companyName"],
        "customer": customers[record["parent"]["id"]],
        "entity": entity,
        "start": start,
        "end": _day(record.get("projectedEndDate"), start),
        "netsuite_id": record["id"],
        "erp_department": names_of(ids.departments).get(department),
        "updated_at": record["updated_at"],
        "erp_external_id": record["external_id"],
        "erp_comments": record.get("comments"),
    }
    project = firm.projects.get(code)
    if project is not None:
        firm.projects[code] = replace(project, **known)
        return
    codes = names_of(ids.currencies)
    currency = (record.get("currency") or {}).get("id", "")
    firm.projects[code] = Project(
        **known, practice=known["erp_department"] or "", contract_type="non_billable",
        currency=codes.get(currency, firm.entities[entity].currency), price=Decimal(0),
        cap_amount=None, fee_rate=None, fee_ceiling=None, status="Not Started",
        is_archived=False, manager="", opportunity=None, kantata_id="",
        created_at=record["created_at"],
    )  # fmt: skip


def _change_job(firm: Firm, change: dict[str, Any]) -> None:
    told, practices = change["fields"], names_of(Ids(firm).departments)
    for key, project in firm.projects.items():
        if str(project.netsuite_id) != change["object"]:
            continue
        department = project.erp_department
        if "custentity_department" in told:
            department = practices.get(told["custentity_department"]["id"])
        firm.projects[key] = replace(
            project,
            name=told.get("companyName", project.name),
            start=_day(told.get("startDate"), project.start),
            end=_day(told.get("projectedEndDate"), project.end),
            erp_department=department,
            updated_at=max(project.updated_at, change["created_at"]),
        )


def _change_customer(firm: Firm, change: dict[str, Any]) -> None:
    told = change["fields"]
    customers = {str(c.netsuite_id): c.number for c in firm.customers.values()}
    for key, customer in firm.customers.items():
        if str(customer.netsuite_id) != change["object"]:
            continue
        parent = customer.parent
        if "parent" in told:
            parent = customers[told["parent"]["id"]]
        firm.customers[key] = replace(
            customer,
            name=told.get("companyName", customer.name),
            parent=parent,
            updated_at=max(customer.updated_at, change["created_at"]),
        )


def _day(text: str | None, otherwise: date) -> date:
    return date.fromisoformat(text) if text else otherwise
