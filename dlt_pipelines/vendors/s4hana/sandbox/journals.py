"""The sandbox's journal entry service: messages in, journal entries or a log out.

Each rule is one SAP applies: the message must be as its schema has it (else a SOAP
fault); an entry must balance, on accounts, elements and profit centres that exist, in
an open period. Entries of a bulk succeed or fail each for itself. Sent to the
asynchronous service a message is answered at once with nothing; its confirmation can be
fetched later.
"""

import threading
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from dlt_pipelines.sandbox.accounting.finance import period_of
from dlt_pipelines.sandbox.firm.denominations import least_of
from dlt_pipelines.sandbox.firm.model import JournalLine, LedgerTransaction
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.s4hana import assumptions
from dlt_pipelines.vendors.s4hana.sandbox.books import (
    RECONCILING,
    Calendar,
    document_number,
    padded,
    project_elements,
)

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SFIN = "http://sap.com/xi/SAPSCORE/SFIN"
REQUEST = f"{{{SFIN}}}JournalEntryBulkCreateRequest"
KIND, CONFIRMED = "journal", "confirmation"
SYSTEM = "0M32TI1"
HOURS = {assumptions.HOURS_UNIT}
LENGTHS = {
    "DocumentReferenceID": assumptions.REFERENCE,
    "DocumentHeaderText": assumptions.HEADER_TEXT,
    "DocumentItemText": assumptions.ITEM_TEXT,
    "CompanyCode": 4,
    "AccountingDocumentType": 2,
    "ID": 35,
}

LogItem = tuple[str, str]  # type id, note


class Fault(Exception):
    """A message that is not as its schema has it."""


@dataclass
class Refused(Exception):
    """An entry that is not posted, for these reasons."""

    log: list[LogItem]


@dataclass
class Service:
    """Posts messages. What tests may turn: how long a message lies before it is
    processed (in fetches of its confirmation), and whether a repeat of its UUID is the
    same message."""

    host: Host
    guards_repeats: bool = False
    lies_for: int = 0
    waiting: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    version: int = 0  # rises with each entry
    answered: dict[str, bytes] = field(default_factory=dict)  # by a message's UUID
    lock: threading.RLock = field(default_factory=threading.RLock)

    def synchronous(self, body: bytes) -> bytes:
        """The confirmation of a message. Raises Fault."""
        with self.lock:
            return self._processed(_message(body))

    def asynchronous(self, body: bytes) -> None:
        """Take a message. Raises Fault; all else is in its confirmation."""
        with self.lock:
            message = _message(body)
            self.waiting[_header(message)] = (self.lies_for, body)
            self._work()

    def confirmation(self, message_id: str) -> bytes | None:
        """What became of a message, if it was processed yet."""
        with self.lock:
            left, body = self.waiting.get(message_id, (0, b""))
            if body:
                self.waiting[message_id] = (left - 1, body)
            self._work()
            told = [
                record["told"]
                for record in self.host.records("s4hana").all(CONFIRMED)
                if record["message_id"] == message_id
            ]
            return told[-1].encode() if told else None

    def process_all(self) -> None:
        """Process every message that still lies here."""
        with self.lock:
            self.waiting = {name: (0, body) for name, (_, body) in self.waiting.items()}
            self._work()

    def _work(self) -> None:
        due = [name for name, (left, _) in self.waiting.items() if left <= 0]
        for name in due:
            _, body = self.waiting.pop(name)
            told = self._processed(_message(body))
            self.host.records("s4hana").add(
                CONFIRMED,
                {"message_id": name, "told": told.decode()},
                None,
                self.host.now(),
            )

    def _processed(self, message: Element) -> bytes:
        """The confirmation; of a repeat, where repeats are known, the first one."""
        name = message.findtext("MessageHeader/UUID") or ""
        if not (self.guards_repeats and name in self.answered):
            self.answered[name] = self._posted(message)
        return self.answered[name]

    def _posted(self, message: Element) -> bytes:
        confirmation = Element(f"{{{SFIN}}}JournalEntryBulkCreateConfirmation")
        header = SubElement(confirmation, "MessageHeader")
        SubElement(header, "UUID").text = str(uuid.uuid4())
        SubElement(header, "ReferenceID").text = _header(message)
        for request in message.findall("JournalEntryCreateRequest"):
            self._confirm(confirmation, request)
        envelope = Element(f"{{{SOAP}}}Envelope")
        SubElement(envelope, f"{{{SOAP}}}Body").append(confirmation)
        return ElementTree.tostring(envelope, encoding="utf-8", xml_declaration=True)

    def _confirm(self, confirmation: Element, request: Element) -> None:
        told = SubElement(confirmation, "JournalEntryCreateConfirmation")
        header = SubElement(told, "MessageHeader")
        SubElement(header, "ReferenceID").text = _header(request)
        inner = SubElement(told, "JournalEntryCreateConfirmation")
        document = ("0000000000", "", "0000")
        try:
            kept = self._kept(request)
        except Refused as refused:
            log = [("609(RW)", f"Error in document: BKPFF $ {SYSTEM}"), *refused.log]
            severity = "3"
        else:
            number = document_number(kept["id"])
            document = (number, kept["company"], kept["year"])
            words = f"BKPFF {number}{kept['company']}{kept['year']} {SYSTEM}"
            log = [("605(RW)", f"Document posted successfully: {words}")]
            severity = "1"
        names = ("AccountingDocument", "CompanyCode", "FiscalYear")
        for name, value in zip(names, document, strict=True):
            SubElement(inner, name).text = value
        logged = SubElement(told, "Log")
        SubElement(logged, "MaximumLogItemSeverityCode").text = severity
        for type_id, note in log:
            item = SubElement(logged, "Item")
            SubElement(item, "TypeID").text = type_id
            SubElement(item, "SeverityCode").text = severity
            SubElement(item, "Note").text = note

    def _kept(self, request: Element) -> dict[str, Any]:
        """The entry as it is kept. Raises Refused."""
        body = self._checked(_needed(request, "JournalEntry"))
        number = self.host.records("s4hana").add(KIND, body, None, self.host.now())
        self.version += 1
        return body | {"id": number}

    def records(self) -> list[dict[str, Any]]:
        """What was posted here."""
        return self.host.records("s4hana").all(KIND)

    # -- the rules --------------------------------------------------------------

    def _checked(self, entry: Element) -> dict[str, Any]:
        firm = self.host.firm
        log: list[LogItem] = []
        company = _text(entry, "CompanyCode")
        if company not in firm.entities:
            raise Refused([("001(F5)", f"Company code {company} does not exist")])
        day = _day(_text(entry, "PostingDate"))
        period = period_of(firm, day)
        if period is None or period.is_closed:
            log.append(
                ("201(F5)", f"Period {day:%m/%Y} is not open for account type S")
            )
        items = [self._item(item, log) for item in entry.findall("Item")]
        if not items:
            raise Refused([("701(F5)", "The document has no line items")])
        currencies = {item["currency"] for item in items}
        if len(currencies) > 1:
            log.append(("702(F5)", "One currency is needed in a document"))
        elif sum(Decimal(item["amount"]) for item in items):
            log.append(("702(F5)", "Balance in transaction currency"))
        rate = self._rate(min(currencies), firm.entities[company].currency, day, log)
        if log:
            raise Refused(log)
        assert period is not None
        return {
            "company": company,
            "year": str(Calendar(firm).year(period)),
            "day": day.isoformat(),
            "type": _text(entry, "AccountingDocumentType"),
            "reference": entry.findtext("DocumentReferenceID") or "",
            "header_text": entry.findtext("DocumentHeaderText") or "",
            "currency": currencies.pop(),
            "rate": str(rate),
            "items": items,
        }

    def _item(self, item: Element, log: list[LogItem]) -> dict[str, Any]:
        firm = self.host.firm
        number = _text(item, "GLAccount")
        accounts = {padded(a.number): a for a in firm.accounts.values()}
        account = accounts.get(number)
        if account is None or account.is_inactive:
            log.append(("507(F5)", f"G/L account {number} is not there, or is blocked"))
        elif account.kind in RECONCILING:
            words = f"Account {number} is a reconciliation account"
            log.append(("354(F5)", f"{words} and cannot be posted to directly"))
        element = item.findtext("AccountAssignment/WBSElement") or ""
        known = {row["ProjectElement"] for row in project_elements(firm)}
        if element and element not in known:
            log.append(("001(CJ)", f"WBS element {element} does not exist"))
        center = item.findtext("AccountAssignment/ProfitCenter") or ""
        if center and center not in firm.practices:
            log.append(("001(KM)", f"Profit center {center} does not exist"))
        amount, currency = _amount(item)
        quantity = item.find("QuantityInEntryUnit")
        if quantity is not None and quantity.get("unitCode") not in HOURS:
            raise Fault(f"unitCode {quantity.get('unitCode')}")
        return {
            "account": account.number if account else number,
            "amount": str(amount),
            "currency": currency,
            "side": _text(item, "DebitCreditCode"),
            "element": element,
            "center": center,
            "text": item.findtext("DocumentItemText") or "",
            "hours": None if quantity is None else quantity.text,
        }

    def _rate(self, currency: str, own: str, day: date, log: list[LogItem]) -> Decimal:
        """What an amount is translated by into the company code's own currency."""
        if currency == own:
            return Decimal(1)
        rates = [
            rate
            for rate in self.host.firm.fx_rates
            if (rate.base, rate.currency) == (own, currency)
            and rate.effective_date <= day
        ]
        if not rates:
            log.append(("105(SG)", f"Enter rate {currency} / {own} rate type M"))
            return Decimal(1)
        return max(rates, key=lambda rate: rate.effective_date).rate

    # -- what it shows ----------------------------------------------------------

    def transactions(self) -> list[LedgerTransaction]:
        """What was posted here, as ledger transactions."""
        return [self._transaction(record) for record in self.records()]

    def _transaction(self, record: dict[str, Any]) -> LedgerTransaction:
        firm, day = self.host.firm, date.fromisoformat(record["day"])
        period = period_of(firm, day)
        entity = firm.entities[record["company"]]
        return LedgerTransaction(
            id=record["id"],
            kind="Journal",
            number=str(record["id"]),
            entity=entity.code,
            date=day,
            period=period.id if period else 0,
            currency=record["currency"],
            exchange_rate=Decimal(record["rate"]),
            external_id=record["header_text"],
            party=None,
            memo=record["reference"],
            lines=[
                self._line(item, record, entity.currency) for item in record["items"]
            ],
            created_at=record["created_at"],
            updated_at=record["updated_at"],
        )

    def _line(
        self, item: dict[str, Any], record: dict[str, Any], currency: str
    ) -> JournalLine:
        foreign = abs(Decimal(item["amount"]))
        own = (foreign * Decimal(record["rate"])).quantize(least_of(currency))
        return JournalLine(
            account=item["account"],
            debit=own if item["side"] == "S" else Decimal(0),
            credit=own if item["side"] == "H" else Decimal(0),
            project=item["element"] or None,
            practice=item["center"] or None,
            hours=None if item["hours"] is None else Decimal(item["hours"]),
            memo=item["text"],
            foreign=foreign,
        )


def _message(body: bytes) -> Element:
    """The message in an envelope. Raises Fault."""
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise Fault(f"XML parsing error: {error}") from error
    message = root.find(f"{{{SOAP}}}Body/{REQUEST}")
    if message is None:
        raise Fault("The operation is not known")
    for name, most in LENGTHS.items():
        for element in message.iter(name):
            if len(element.text or "") > most:
                raise Fault(f"{name} is longer than {most} characters")
    _header(message)
    for request in message.findall("JournalEntryCreateRequest"):
        _header(request)
    return message


def _header(message: Element) -> str:
    header = _needed(message, "MessageHeader")
    _moment(_text(header, "CreationDateTime"))
    return _text(header, "ID")


def _needed(element: Element, name: str) -> Element:
    found = element.find(name)
    if found is None:
        raise Fault(f"{name} is missing")
    return found


def _text(element: Element, name: str) -> str:
    found = element.findtext(name)
    if not found:
        raise Fault(f"{name} is missing")
    return found


def _day(told: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError as error:
        raise Fault(f"{told} is no date") from error


def _moment(told: str) -> datetime:
    try:
        return datetime.fromisoformat(told)
    except ValueError as error:
        raise Fault(f"{told} is no moment") from error


def _amount(item: Element) -> tuple[Decimal, str]:
    """The signed amount and its currency; a side of nought or less is none. Fault."""
    told = _needed(item, "AmountInTransactionCurrency")
    currency = told.get("currencyCode") or ""
    side = _text(item, "DebitCreditCode")
    try:
        amount = Decimal(told.text or "")
    except InvalidOperation as error:
        raise Fault(f"{told.text} is no amount") from error
    sides = {"S": 1, "H": -1}
    if side not in sides or len(currency) != 3 or amount % least_of(currency):
        raise Fault(f"{amount} {currency} {side} is no amount")
    # Where sign and side disagree SAP makes a negative posting of it; none is wanted.
    if amount * sides[side] <= 0:
        raise Fault("the sign of an amount is that of its side")
    return amount, currency


def fault(words: str) -> bytes:
    """A SOAP fault."""
    envelope = Element(f"{{{SOAP}}}Envelope")
    told = SubElement(SubElement(envelope, f"{{{SOAP}}}Body"), f"{{{SOAP}}}Fault")
    SubElement(told, "faultcode").text = "soap-env:Client"
    SubElement(told, "faultstring").text = words
    return ElementTree.tostring(envelope, encoding="utf-8", xml_declaration=True)
