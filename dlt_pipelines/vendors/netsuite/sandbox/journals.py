"""The sandbox's journal entries: what is written through the record API, validated.

Every rule here is one NetSuite applies before it keeps a journal: balanced lines, known
active accounts, known names and departments, an open period for the date, one owner per
external id. Amounts stay text from the request to SuiteQL, so no cent is lost.

Not confirmed by documentation, and kept in this list only: the code and wording of a
duplicate external id and of an unbalanced journal, that a closed period is refused over
REST with the text known from SOAP, how properties that NetSuite does not know are
reported, and that a journal without approval routing posts at once.
"""

import re
import threading
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from dlt_pipelines.sandbox.accounting.finance import period_of
from dlt_pipelines.sandbox.firm.denominations import least_of
from dlt_pipelines.sandbox.firm.model import (
    Account,
    JournalLine,
    LedgerTransaction,
    Period,
)
from dlt_pipelines.sandbox.serving.overlay import Overlay
from dlt_pipelines.sandbox.serving.store import DuplicateExternalId
from dlt_pipelines.vendors.netsuite.sandbox.books import Books, Ids, Row, moment_kept

KIND = "journalEntry"
CLOSED_PERIOD = (
    "The transaction date you specified is not within the date range of your "
    "accounting period."
)
DUPLICATE = "This record already exists"
UNBALANCED = "The amounts in a journal entry must balance."
MOST = Decimal(10) ** 15
EXTERNAL_ID = re.compile(r"[A-Za-z0-9_-]+")
FIELDS = {
    "externalId", "subsidiary", "currency", "exchangeRate", "tranDate", "memo",
    "approved", "line",
}  # fmt: skip
LINE_FIELDS = {
    "line", "account", "debit", "credit", "entity", "department", "memo",
    "custcol_hours", "custcol_source_line", "custcol_service_month",
}  # fmt: skip
NOBODYS = -1  # an internal id that no record has
LINE_REFERENCES = ("account", "entity", "department")


@dataclass
class Failure(Exception):
    """An answer other than success: HTTP status, NetSuite's code, its words."""

    status: int
    code: str
    detail: str
    path: str | None = None


@dataclass
class Written:
    """A journal that was accepted, and properties that were dropped on the way."""

    number: int
    dropped: list[str] = field(default_factory=list)


class Journals:
    """The journals written to the sandbox, by id and by external id."""

    def __init__(self, host: Overlay) -> None:
        """Read what earlier servers kept."""
        self.host = host
        self.store = host.records("netsuite")
        self.lock = threading.RLock()
        self.version = 0
        self.records: dict[int, dict[str, Any]] = {}
        self.by_external_id: dict[str, int] = {}
        for record in self.store.all(KIND):
            self._remember(record)

    def _remember(self, record: dict[str, Any]) -> None:
        self.version += 1
        self.records[record["id"]] = record
        if not record["external_id"]:
            return
        if record["deleted"]:
            self.by_external_id.pop(record["external_id"], None)
        else:
            self.by_external_id[record["external_id"]] = record["id"]

    def _changed(self, record: dict[str, Any], kept: dict[str, Any]) -> None:
        now = self.host.now()
        self.store.change(KIND, record["id"], kept, now)
        self._remember({**record, **kept, "updated_at": now})

    def transactions(self) -> tuple[list[LedgerTransaction], list[Row]]:
        """Live journals as ledger transactions, and the rows of ``deletedrecord``."""
        with self.lock:
            live = [r for r in self.records.values() if not r["deleted"]]
            gone: list[Row] = [
                (record["id"], KIND.lower(), moment_kept(record["updated_at"]))
                for record in self.records.values()
                if record["deleted"]
            ]
            return [self._transaction(record) for record in live], gone

    def find(self, reference: str) -> dict[str, Any]:
        """The journal by internal id or ``eid:<external id>``."""
        with self.lock:
            if reference.startswith("eid:"):
                number = self.by_external_id.get(reference[4:], NOBODYS)
            else:
                number = int(reference) if reference.isdigit() else NOBODYS
            record = self.records.get(number)
        if record is None or record["deleted"]:
            raise Failure(
                404,
                "NONEXISTENT_ID",
                "The record instance does not exist. "
                f"Provide a valid record instance ID. ({reference})",
            )
        return record

    def create(self, body: dict[str, Any], *, strict: bool) -> Written:
        """Keep a new journal."""
        with self.lock:
            external_id = body.get("externalId")
            if external_id is not None:
                self._check_external_id(external_id)
            kept, dropped = self._checked(body, strict)
            now = self.host.now()
            try:
                number = self.store.add(KIND, kept, external_id, now)
            except DuplicateExternalId as error:
                raise Failure(400, "USER_ERROR", DUPLICATE, "externalId") from error
            ids = {"id": number, "external_id": external_id}
            self._remember({**kept, **ids, "created_at": now, "updated_at": now})
            return Written(number, dropped)

    def change(
        self, reference: str, body: dict[str, Any], *, strict: bool, replace: bool
    ) -> Written:
        """Change a journal. Lines without ``replace`` merge: those that name no line
        id are added to the ones there are, which is how a repeated upsert doubles."""
        with self.lock:
            record = self.find(reference)
            merged = {**_as_body(record), **body}
            merged.pop("externalId", None)
            if "line" in body and not replace:
                merged["line"] = _merged(record["lines"], body["line"])
            kept, dropped = self._checked(merged, strict)
            self._changed(record, kept)
            return Written(record["id"], dropped)

    def delete(self, reference: str) -> None:
        """Delete a journal, as anyone with the right may."""
        with self.lock:
            record = self.find(reference)
            kept = {key: record[key] for key in KEPT} | {"deleted": True}
            self._changed(record, kept)

    def _check_external_id(self, external_id: Any) -> None:
        if not isinstance(external_id, str) or not EXTERNAL_ID.fullmatch(external_id):
            detail = f"Invalid external id: {external_id!r}"
            raise Failure(400, "INVALID_CONTENT", detail, "externalId")
        taken = external_id in self.by_external_id or any(
            t.external_id == external_id and t.kind == "Journal"
            for t in self.host.firm.ledger.values()
        )
        if taken:
            raise Failure(400, "USER_ERROR", DUPLICATE, "externalId")

    def _checked(
        self, body: dict[str, Any], strict: bool
    ) -> tuple[dict[str, Any], list[str]]:
        """The journal as it is kept, and properties that were dropped."""
        ids = self._ids()
        dropped = unknown_in(body, FIELDS, "", strict)
        items = (body.get("line") or {}).get("items") or []
        for position, item in enumerate(items):
            dropped += unknown_in(item, LINE_FIELDS, f"line.items[{position}].", strict)
        subsidiary = reference_of(body.get("subsidiary"), "subsidiary")
        if subsidiary not in {str(n) for n in ids.subsidiaries.values()}:
            raise bad_reference("subsidiary", subsidiary)
        day = self._open_day(body.get("tranDate"))
        currency = self._currency(body.get("currency"), subsidiary, ids)
        lines = [self._line(item, n, currency, ids) for n, item in enumerate(items)]
        if len(lines) < 2:
            detail = "Please enter value(s) for: at least two lines"
            raise Failure(400, "USER_ERROR", detail, "line")
        if sum(Decimal(x["debit"]) - Decimal(x["credit"]) for x in lines):
            raise Failure(400, "USER_ERROR", UNBALANCED, "line")
        kept = {
            "subsidiary": subsidiary,
            "currency": currency,
            "tranDate": day.isoformat(),
            "memo": body.get("memo"),
            "approved": body.get("approved", True),
            "lines": lines,
            "deleted": False,
        }
        return kept, dropped

    def _ids(self) -> Ids:
        return self.host.cached("netsuite ids", Ids)

    def _open_day(self, told: Any) -> date:
        try:
            day = date.fromisoformat(told)
        except (TypeError, ValueError) as error:
            detail = f"Invalid value {told!r} for a date"
            raise Failure(400, "INVALID_CONTENT", detail, "tranDate") from error
        period = self.period_of(day)
        if period is None or period.is_closed:
            raise Failure(400, "USER_ERROR", CLOSED_PERIOD, "tranDate")
        return day

    def period_of(self, day: date) -> Period | None:
        """The fiscal period of a day."""
        return period_of(self.host.firm, day)

    def _currency(self, reference: Any, subsidiary: str, ids: Ids) -> str:
        codes = names_of(ids.currencies)
        if reference is None:
            entity = names_of(ids.subsidiaries)[subsidiary]
            return self.host.firm.entities[entity].currency
        number = reference_of(reference, "currency")
        if number not in codes:
            raise bad_reference("currency", number)
        return codes[number]

    def _line(
        self, item: dict[str, Any], position: int, currency: str, ids: Ids
    ) -> dict[str, Any]:
        path = f"line.items[{position}]"
        account = self._account(item, path)
        debit = amount_of(item.get("debit"), f"{path}.debit", currency)
        credit = amount_of(item.get("credit"), f"{path}.credit", currency)
        if (debit == 0) == (credit == 0):
            detail = "A line takes either a debit or a credit"
            raise Failure(400, "USER_ERROR", detail, path)
        names = {str(n) for n in ids.parties.values()}
        names |= {str(p.netsuite_id) for p in self.host.firm.projects.values()}
        known = {
            "entity": names,
            "department": {str(n) for n in ids.departments.values()},
        }
        kept: dict[str, Any] = {"line": position + 1, "account": str(account.id)}
        kept |= {"debit": str(debit), "credit": str(credit), "memo": item.get("memo")}
        for name, numbers in known.items():
            told = item.get(name)
            kept[name] = reference_of(told, f"{path}.{name}") if told else None
            if kept[name] and kept[name] not in numbers:
                raise bad_reference(f"{path}.{name}", kept[name])
        for name in ("custcol_hours", "custcol_source_line", "custcol_service_month"):
            told = item.get(name)
            kept[name] = str(told) if told is not None else None
        return kept

    def _account(self, item: dict[str, Any], path: str) -> Account:
        number = reference_of(item.get("account"), f"{path}.account")
        for account in self.host.firm.accounts.values():
            if str(account.id) == number and not account.is_inactive:
                return account
        raise bad_reference(f"{path}.account", number)

    def _transaction(self, record: dict[str, Any]) -> LedgerTransaction:
        ids, firm = self._ids(), self.host.firm
        day = date.fromisoformat(record["tranDate"])
        period = self.period_of(day)
        projects = {str(p.netsuite_id): p.code for p in firm.projects.values()}
        parties, practices = names_of(ids.parties), names_of(ids.departments)
        accounts = {str(a.id): a.number for a in firm.accounts.values()}
        return LedgerTransaction(
            id=record["id"],
            kind="Journal",
            number=f"JE{record['id']}",
            entity=names_of(ids.subsidiaries)[record["subsidiary"]],
            date=day,
            period=period.id if period else 0,
            currency=record["currency"],
            exchange_rate=Decimal(1),
            external_id=record["external_id"],
            party=None,
            memo=record["memo"],
            lines=[
                JournalLine(
                    account=accounts[line["account"]],
                    debit=Decimal(line["debit"]),
                    credit=Decimal(line["credit"]),
                    project=projects.get(line["entity"]),
                    practice=practices.get(line["department"]),
                    hours=_decimal(line["custcol_hours"]),
                    source_line=line["custcol_source_line"],
                    person=parties.get(line["entity"]),
                    service_month=_day(line["custcol_service_month"]),
                    memo=line["memo"],
                )
                for line in record["lines"]
            ],
            created_at=record["created_at"],
            updated_at=record["updated_at"],
        )


KEPT = ("subsidiary", "currency", "tranDate", "memo", "approved", "lines", "deleted")


def load_into(
    books: Books, journals: Journals, drafts: list[LedgerTransaction]
) -> None:
    """Let SuiteQL see the journals written so far, and invoices that do not post."""
    books.written(*journals.transactions(), drafts)


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


def names_of(numbers: dict[str, int]) -> dict[str, str]:
    """The names that told internal ids stand for."""
    return {str(number): name for name, number in numbers.items()}


def unknown_in(
    body: dict[str, Any], known: set[str], path: str, strict: bool
) -> list[str]:
    """Properties that are not known; raises Failure in strict mode."""
    unknown = [path + name for name in sorted(body.keys() - known)]
    if unknown and strict:
        detail = f"Invalid property: {unknown[0]}"
        raise Failure(400, "INVALID_CONTENT", detail, unknown[0])
    return unknown


def reference_of(told: Any, path: str) -> str:
    """The internal id of a reference; raises Failure when it has none."""
    if not isinstance(told, dict) or "id" not in told:
        raise Failure(400, "USER_ERROR", f"Please enter value(s) for: {path}", path)
    return str(told["id"])


def bad_reference(path: str, number: str) -> Failure:
    """The answer to a reference to nothing."""
    detail = (
        f"You have entered an Invalid Field Value {number} for the following field: "
        f"{path.rpartition('.')[2]}"
    )
    return Failure(400, "INVALID_CONTENT", detail, path)


def amount_of(told: Any, path: str, currency: str) -> Decimal:
    """A positive amount in minor units of its currency, 0 for none; raises Failure."""
    try:
        amount = Decimal(str(told)) if told is not None else Decimal(0)
    except InvalidOperation as error:
        detail = f"Invalid value {told!r} for an amount"
        raise Failure(400, "INVALID_CONTENT", detail, path) from error
    if not amount.is_finite() or not 0 <= amount < MOST or amount % least_of(currency):
        detail = f"Invalid value {told} for an amount"
        raise Failure(400, "INVALID_CONTENT", detail, path)
    return amount.quantize(least_of(currency))


def _as_body(record: dict[str, Any]) -> dict[str, Any]:
    """A kept journal as a request would state it."""
    return {
        "subsidiary": {"id": record["subsidiary"]},
        "tranDate": record["tranDate"],
        "memo": record["memo"],
        "approved": record["approved"],
        "line": {"items": [_as_item(line) for line in record["lines"]]},
    }


def _as_item(line: dict[str, Any]) -> dict[str, Any]:
    item = {key: value for key, value in line.items() if value is not None}
    for name in LINE_REFERENCES:
        if name in item:
            item[name] = {"id": item[name]}
    return item


def _merged(lines: list[dict[str, Any]], told: dict[str, Any]) -> dict[str, Any]:
    items = {line["line"]: _as_item(line) for line in lines}
    added = []
    for item in told.get("items") or []:
        number = item.get("line")
        if number in items:
            items[number] |= item
        else:
            added.append(item)
    return {"items": [*items.values(), *added]}


def answer_body(
    record: dict[str, Any], journals: Journals, base: str, *, expand: bool
) -> dict[str, Any]:
    """A journal as the record API shows it; amounts are Decimals."""
    ids = journals.host.cached("netsuite ids", Ids)
    period = journals.period_of(date.fromisoformat(record["tranDate"]))
    accounts = {str(a.id): a.number for a in journals.host.firm.accounts.values()}
    link = f"{base}/{record['id']}"
    body = {
        "links": [{"rel": "self", "href": link}],
        "id": str(record["id"]),
        "externalId": record["external_id"],
        "tranId": f"JE{record['id']}",
        "tranDate": record["tranDate"],
        "memo": record["memo"],
        "approved": record["approved"],
        "subsidiary": {"id": record["subsidiary"]},
        "currency": {"id": str(ids.currencies.get(record["currency"]))},
        "postingPeriod": period and {"id": str(period.id), "refName": period.name},
        "createdDate": _iso(record["created_at"]),
        "lastModifiedDate": _iso(record["updated_at"]),
        "line": {"links": [{"rel": "self", "href": f"{link}/line"}]},
    }
    if expand:
        items = []
        for line in record["lines"]:
            item = _as_item(line)
            item["account"]["refName"] = accounts[line["account"]]
            for name in ("debit", "credit", "custcol_hours"):
                if name in item:
                    item[name] = Decimal(item[name])
            items.append(item)
        body["line"] |= {"items": items, "totalResults": len(items)}
    return {key: value for key, value in body.items() if value is not None}


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
