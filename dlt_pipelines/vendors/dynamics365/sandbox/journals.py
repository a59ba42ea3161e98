"""The sandbox's general journals: a header, its lines, and a posting of its own.

What a journal names is looked at when its lines are made; whether it balances and its
period is open only when it is posted, as Dynamics does. Until then it is in no ledger.
Integration keys may repeat. What is posted can be neither deleted nor posted again.
"""

import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from dlt_pipelines.sandbox.accounting.finance import period_of
from dlt_pipelines.sandbox.firm.denominations import least_of
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.dynamics365.assumptions import (
    COMPANY_WORD,
    DOCUMENT,
    JOURNAL_WORD,
    TEXT,
)
from dlt_pipelines.vendors.dynamics365.sandbox.books import (
    DELIMITER,
    JOURNAL_NAME,
    OWN_COLUMNS,
    Row,
    company,
    is_set_up,
    midday,
)

HEADERS, LINES = "LedgerJournalHeaders", "LedgerJournalLines"
KIND = "generalJournal"
YES, NO = "Yes", "No"
NUMBERS = ("DebitAmount", "CreditAmount", "Quantity")
LINE_FIELDS = {
    "dataAreaId", "JournalBatchNumber", "LineNumber", "TransDate", "AccountType",
    "AccountDisplayValue", "DebitAmount", "CreditAmount", "CurrencyCode", "Text",
    "Document", "Quantity",
}  # fmt: skip
HEADER_FIELDS = {"dataAreaId", "JournalName", "Description", "IntegrationKey"}


class Failure(Exception):
    """An answer other than success: its status, and the words in its body."""

    def __init__(self, status: int, told: str) -> None:
        super().__init__(told)
        self.status, self.told = status, told


def _infolog(entity: str, what: str) -> Failure:
    told = f"Write failed for table row of type '{entity}'. Infolog: Error: {what}"
    return Failure(500, told)


class Journals:
    """The journals that were written, by their batch numbers."""

    def __init__(self, host: Host) -> None:
        """Read what earlier servers kept."""
        self.host = host
        self.store = host.records("dynamics365")
        self.lock = threading.RLock()

    def all(self) -> list[Row]:
        """The journals that are there, posted or not."""
        return [record for record in self.store.all(KIND) if not record["deleted"]]

    def rows(self, entity_set: str) -> list[Row]:
        """What was written of a set: headers, lines, or the ledger's entries."""
        journals = self.all()
        if entity_set == HEADERS:
            return [_header(journal) for journal in journals]
        if entity_set == LINES:
            return [line for journal in journals for line in _lines(journal)]
        posted = [journal for journal in journals if journal["is_posted"]]
        return [row for journal in posted for row in self._entries(journal)]

    def add_header(self, told: dict[str, Any]) -> Row:
        """Keep a journal without lines; it gets a number of the sequence."""
        _known_fields("LedgerJournalHeaderEntity", told, HEADER_FIELDS)
        if told.get("JournalName") != JOURNAL_NAME:
            what = (
                f"The value '{told.get('JournalName')}' in field 'Name' is not found."
            )
            raise _infolog("LedgerJournalHeaderEntity", what)
        if told.get("dataAreaId") not in {company(c) for c in self.host.firm.entities}:
            raise _infolog("LedgerJournalHeaderEntity", "The company does not exist.")
        _fits("Description", told, TEXT)
        kept = {
            "dataAreaId": told["dataAreaId"],
            "Description": told.get("Description", ""),
            "IntegrationKey": told.get("IntegrationKey", ""),
            "lines": [],
            "is_posted": False,
            "deleted": False,
        }
        with self.lock:
            number = self.store.add(KIND, kept, None, self.host.now())
            return _header({**kept, "id": number})

    def add_lines(self, told: list[dict[str, Any]]) -> list[Row]:
        """Give journals lines: all of them, or none."""
        with self.lock:
            journals: dict[str, Row] = {}
            added = []
            for line in told:
                number = str(line.get("JournalBatchNumber"))
                journal = journals.setdefault(number, self._open(line))
                kept = self._line(line)
                if kept["LineNumber"] in {x["LineNumber"] for x in journal["lines"]}:
                    raise _infolog("LedgerJournalLineEntity", "The record exists.")
                journal["lines"].append(kept)
                added.append(kept)
            for journal in journals.values():
                self._keep(journal)
            return [{**line} for line in added]

    def delete(self, key: dict[str, str]) -> None:
        """Delete a journal with its lines."""
        with self.lock:
            journal = self._open(key)
            self._keep({**journal, "deleted": True})

    def post(self, told: dict[str, Any]) -> None:
        """Post a journal; raises Failure with what stands against it."""
        with self.lock:
            journal = self._open(
                {
                    "dataAreaId": told.get(COMPANY_WORD),
                    "JournalBatchNumber": told.get(JOURNAL_WORD),
                }
            )
            objection = self._objection(journal)
            if objection:
                raise Failure(500, f"Infolog: Error: {objection}")
            self._keep({**journal, "is_posted": True})

    def _open(self, key: dict[str, Any]) -> Row:
        """An unposted journal; raises Failure where there is none."""
        company_id, number = key.get("dataAreaId"), key.get("JournalBatchNumber")
        for journal in self.all():
            if (journal["dataAreaId"], _number(journal)) == (company_id, number):
                if journal["is_posted"]:
                    what = f"Journal {number} has been posted."
                    raise _infolog("LedgerJournalHeaderEntity", what)
                return journal
        raise Failure(404, f"No resource was found for the journal {number}.")

    def _keep(self, journal: Row) -> None:
        own = ("id", "external_id", "created_at", "updated_at")
        body = {name: value for name, value in journal.items() if name not in own}
        self.store.change(KIND, journal["id"], body, self.host.now())

    def _line(self, told: dict[str, Any]) -> Row:
        """A line as it is kept; raises Failure for what it names and is not there."""
        entity = "LedgerJournalLineEntity"
        _known_fields(entity, told, LINE_FIELDS)
        firm = self.host.firm
        account, practice, project = _parts(told.get("AccountDisplayValue", ""))
        known = firm.accounts.get(account)
        if known is None:
            raise _infolog(entity, f"Main account {account} does not exist.")
        if practice and practice not in firm.practices:
            raise _infolog(entity, f"Department {practice} does not exist.")
        if project and not is_set_up(firm, project):
            raise _infolog(entity, f"Project {project} does not exist.")
        _fits("Text", told, TEXT)
        _fits("Document", told, DOCUMENT)
        numbers = {name: _amount(entity, told.get(name, 0)) for name in NUMBERS}
        date.fromisoformat(told["TransDate"][:10])
        return {**told, **{name: str(value) for name, value in numbers.items()}}

    def _objection(self, journal: Row) -> str | None:
        """What stands against posting a journal."""
        if not journal["lines"]:
            return "The journal has no lines."
        sums = sum(
            Decimal(x["DebitAmount"]) - Decimal(x["CreditAmount"])
            for x in journal["lines"]
        )
        if sums:
            return "The transactions on the voucher do not balance."
        for line in journal["lines"]:
            account, *_ = _parts(line["AccountDisplayValue"])
            if self.host.firm.accounts[account].is_inactive:
                return f"Account {account} is suspended."
            day = date.fromisoformat(line["TransDate"][:10])
            period = period_of(self.host.firm, day)
            if period is None or period.is_closed:
                return f"Fiscal period for {day} is not open."
            least = least_of(line["CurrencyCode"])
            if any(Decimal(line[name]) % least for name in NUMBERS[:2]):
                return "The amount has more decimals than its currency."
        return None

    def _entries(self, journal: Row) -> Iterator[Row]:
        """A posted journal in the ledger."""
        entity = {company(c): e for c, e in self.host.firm.entities.items()}
        base = entity[journal["dataAreaId"]].currency
        for line in journal["lines"]:
            amount = Decimal(line["DebitAmount"]) - Decimal(line["CreditAmount"])
            day = date.fromisoformat(line["TransDate"][:10])
            yield {
                "dataAreaId": journal["dataAreaId"],
                "GeneralJournalAccountEntryRecId": journal["id"] * 1000
                + int(line["LineNumber"]),
                "JournalNumber": f"J{journal['id']}",
                "Voucher": f"GNJ{journal['id']}",
                "AccountingDate": midday(day),
                "AccountDisplayValue": line["AccountDisplayValue"],
                "TransactionCurrencyCode": line["CurrencyCode"],
                "TransactionCurrencyAmount": amount,
                "AccountingCurrencyAmount": self._in(
                    base, line["CurrencyCode"], amount, day
                ),
                "Quantity": Decimal(line["Quantity"]),
                "PostingLayer": "Current",
                "PostingType": "LedgerJournal",
                "JournalCategory": "None",
                "DocumentNumber": line.get("Document", ""),
                "Description": line.get("Text", ""),
                OWN_COLUMNS["source_line"]: "",
                OWN_COLUMNS["service_month"]: midday(None),
            }

    def _in(self, base: str, currency: str, amount: Decimal, day: date) -> Decimal:
        """An amount in the books' currency, at the rate of its day."""
        if currency == base:
            return amount
        rates = [
            rate
            for rate in self.host.firm.fx_rates
            if (rate.currency, rate.base) == (currency, base)
            and rate.effective_date <= day
        ]
        latest = max(rates, key=lambda rate: rate.effective_date)
        return (amount * latest.rate).quantize(least_of(base))


def _number(journal: Row) -> str:
    return f"{journal['id']:08}"


def _header(journal: Row) -> Row:
    return {
        "dataAreaId": journal["dataAreaId"],
        "JournalBatchNumber": _number(journal),
        "JournalName": JOURNAL_NAME,
        "Description": journal["Description"],
        "IntegrationKey": journal["IntegrationKey"],
        "IsPosted": YES if journal["is_posted"] else NO,
    }


def _lines(journal: Row) -> Iterator[Row]:
    for line in journal["lines"]:
        yield {
            **dict.fromkeys(sorted(LINE_FIELDS), ""),
            **line,
            **{name: Decimal(line[name]) for name in NUMBERS},
        }


def _parts(told: str) -> tuple[str, str, str]:
    account, practice, project, *_ = [*told.split(DELIMITER), "", "", ""]
    return account, practice, project


def _known_fields(entity: str, told: dict[str, Any], known: set[str]) -> None:
    if unknown := sorted(told.keys() - known):
        message = f"The property '{unknown[0]}' does not exist on type '{entity}'."
        raise Failure(400, message)


def _fits(name: str, told: dict[str, Any], most: int) -> None:
    if len(told.get(name, "")) > most:
        raise Failure(400, f"The field '{name}' keeps {most} characters.")


def _amount(entity: str, told: Any) -> Decimal:
    try:
        return Decimal(str(told))
    except InvalidOperation as error:
        raise _infolog(entity, f"{told!r} is no amount.") from error
