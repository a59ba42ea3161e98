"""What can be posted to S/4HANA, and how a repeat is avoided.

A journal goes out as an entry of a bulk message to the journal entry service. The
header text (25 characters) is the external id, the reference (16) the content's hash:
FI holds neither to be unique, so nothing there refuses a repeat. Therefore

- an answer that confirms is read entry by entry: each was posted, or not, with a log;
- an answer without a confirmation means the message was only taken (the asynchronous
  service): its confirmation is fetched, for a while. None by then, and nobody knows;
- what nobody knows is looked up by header text and only sent again once a message must
  have been processed, with the same UUIDs as before: a tenant whose service knows them
  posts nothing twice in any case. The id of a message is new each time, or an earlier
  one's confirmation would be taken for its own.

Looking up reads the head of the entry itself, which is there as soon as it was posted.
"""

import time
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from dlt_pipelines.core.errors import BadAnswer, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.reverse_sync.journal import (
    OURS,
    Journal,
    Kept,
    Line,
    PostedRecord,
    Refusal,
    hash_in,
)
from dlt_pipelines.vendors.s4hana import assumptions
from dlt_pipelines.vendors.s4hana.client import connect, quoted

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SFIN = "http://sap.com/xi/SAPSCORE/SFIN"
# A write may take SAP a while; giving up early only makes the outcome uncertain.
WRITE_TIMEOUT = (5.0, 120.0)
CALLS_AT_ONCE = 1  # document numbers are given one after the other
TAKES_FOREIGN_CURRENCIES = True  # beside the company code's own
ASKED_AT_ONCE = 20  # entries in one condition: an address has a limit
POLLS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 10.0, 10.0, 20.0)  # seconds between them
NO_DOCUMENT = {"", "0" * 10}
WORST_GOOD = "2"  # severities: 1 information, 2 warning, 3 error
ENTRY_FIELDS = (
    "CompanyCode",
    "FiscalYear",
    "AccountingDocument",
    "DocumentReferenceID",
    "AccountingDocumentHeaderText",
    "PostingDate",
    "TransactionCurrency",
)
ITEM_FIELDS = (
    "CompanyCode",
    "FiscalYear",
    "AccountingDocument",
    "LedgerGLLineItem",
    "GLAccount",
    "AmountInTransactionCurrency",
    "WBSElement",
    "ProfitCenter",
    "DocumentItemText",
    "Quantity",
    "BaseUnit",
)


class S4Target:
    """A session with a tenant to post journals to."""

    batch_size = 20
    guards_repeats = assumptions.GUARDS_REPEATS
    lookup_lag = assumptions.LONGEST_QUEUED
    external_id_limit = assumptions.HEADER_TEXT
    polls: tuple[float, ...] = POLLS

    def __init__(self, instance: Instance) -> None:
        """Open the sessions; nothing is sent yet."""
        self.name = instance.name
        self.reader = connect(instance)
        self.writer = connect(instance)
        self.writer.attempts = 1  # whether to send again is not HTTP's to decide
        self.writer.timeout = WRITE_TIMEOUT
        self.path = str(
            instance.options.get("journal_path") or assumptions.JOURNAL_PATH
        )
        self.confirmations = instance.options.get("confirmations_path")
        ledger = tenant_settings.in_force(instance)["values.leading_ledger"]
        self._leading = f"Ledger eq {quoted(ledger)}"
        self.request_id: str | None = None

    def find(self, documents: Sequence[Journal]) -> dict[str, PostedRecord]:
        """The entries whose header text is the external id of one of these."""
        wanted = [journal.external_id for journal in documents]
        found: dict[str, PostedRecord] = {}
        for first in range(0, len(wanted), ASKED_AT_ONCE):
            some = wanted[first : first + ASKED_AT_ONCE]
            condition = " or ".join(
                f"AccountingDocumentHeaderText eq {quoted(id_)}" for id_ in some
            )
            found |= {r.external_id: r for r in map(_record, self._entries(condition))}
        return found

    def held(self) -> list[PostedRecord]:
        """Every entry whose header text begins as ours do (see ``Target.held``)."""
        condition = f"startswith(AccountingDocumentHeaderText,{quoted(OURS)})"
        rows = {_number(row): row for row in self._entries(condition)}
        return [_record(row) for row in rows.values()]  # a page may show a row twice

    def read(self, held: Sequence[PostedRecord]) -> list[Journal]:
        """Entries as the tenant keeps them now (see ``Target.read``)."""
        heads: dict[str, dict[str, Any]] = {}
        items: dict[str, dict[str, dict[str, Any]]] = {}
        for first in range(0, len(held), ASKED_AT_ONCE):
            these = " or ".join(
                _is_entry(record) for record in held[first : first + ASKED_AT_ONCE]
            )
            heads |= {_number(row): row for row in self._entries(these)}
            pages = self.reader.pages(
                assumptions.JOURNAL_ITEMS,
                ITEM_FIELDS,
                ITEM_FIELDS[:4],
                f"{self._leading} and ({these})",
            )
            for row in (row for page in pages for row in page):
                items.setdefault(_number(row), {})[row["LedgerGLLineItem"]] = row
        gone = [record.external_id for record in held if record.erp_id not in items]
        if gone:
            raise BadAnswer(
                f"{self.name} lists {', '.join(gone)} and shows no items of it",
                "run the same command again; if it repeats, give the communication "
                "user the rights for those company codes.",
            )
        return [
            _journal(record, heads[record.erp_id], items[record.erp_id].values())
            for record in held
        ]

    def withdraw(self, external_ids: Sequence[str]) -> None:
        """Nothing: SAP keeps an entry whole or not at all."""

    def post(self, documents: Sequence[Journal]) -> list[Kept | Refusal]:
        """Send journals once, in one message (see ``Target.post``)."""
        self.request_id = uuid.uuid4().hex
        answer = self.writer.send(
            "POST",
            self.path,
            headers={"Content-Type": "text/xml; charset=utf-8"},
            data=_message(documents, self.request_id),
        )
        told = answer.content or self._fetched(self.request_id)
        results = _confirmed(told, self.name)
        if lacking := [d for d in documents if d.external_id not in results]:
            raise BadAnswer(
                f"{self.name} confirmed a message without saying what became of "
                f"{lacking[0].external_id}",
                "run `tieout post` again: it asks for it first.",
            )
        return [results[journal.external_id] for journal in documents]

    def _fetched(self, message_id: str) -> bytes:
        """The confirmation of a message that was only taken. BadAnswer: none yet."""
        if not self.confirmations:
            raise BadAnswer(
                f"{self.name} took a message and confirmed nothing",
                f"name confirmations_path of [sources.{self.name}], where the "
                "confirmations of the asynchronous service are kept, or journal_path "
                "of the synchronous one.",
            )
        path = assumptions.CONFIRMATION.format(
            path=self.confirmations, message_id=message_id
        )
        for wait in (0.0, *self.polls):
            time.sleep(wait)
            try:
                return self.reader.send("GET", path).content
            except Refused:
                if self.reader.last_status != 404:
                    raise
        raise BadAnswer(
            f"{self.name} took a message and has not confirmed it within "
            f"{sum(self.polls):.0f} seconds",
            "look for it in SAP's message monitor; `tieout post` asks for its journals "
            "before it sends anything again.",
        )

    def _entries(self, condition: str) -> Iterable[dict[str, Any]]:
        pages = self.reader.pages(
            assumptions.JOURNAL_ENTRIES,
            ENTRY_FIELDS,
            ENTRY_FIELDS[:3],
            f"({condition})",
        )
        return (row for page in pages for row in page)


# -- messages -----------------------------------------------------------------------


def _message(documents: Sequence[Journal], message_id: str) -> bytes:
    envelope = Element(f"{{{SOAP}}}Envelope")
    SubElement(envelope, f"{{{SOAP}}}Header")
    body = SubElement(envelope, f"{{{SOAP}}}Body")
    request = SubElement(body, f"{{{SFIN}}}JournalEntryBulkCreateRequest")
    _header(request, message_id, *[journal.external_id for journal in documents])
    for journal in documents:
        entry = SubElement(request, "JournalEntryCreateRequest")
        _header(entry, journal.external_id, journal.external_id)
        _entry(SubElement(entry, "JournalEntry"), journal)
    return ElementTree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def _header(parent: Element, id_: str, *external_ids: str) -> None:
    header = SubElement(parent, "MessageHeader")
    _add(header, "ID", id_)
    _add(header, "UUID", str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(external_ids))))
    _add(header, "CreationDateTime", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")


def _entry(entry: Element, journal: Journal) -> None:
    day = journal.posting_date.isoformat()
    _add(entry, "OriginalReferenceDocumentType", assumptions.REFERENCE_TYPE)
    _add(entry, "BusinessTransactionType", assumptions.BUSINESS_TRANSACTION)
    _add(entry, "AccountingDocumentType", assumptions.DOCUMENT_TYPE)
    _add(entry, "DocumentReferenceID", journal.content_hash[: assumptions.REFERENCE])
    _add(entry, "DocumentHeaderText", journal.external_id)
    _add(entry, "CompanyCode", journal.subsidiary_id)
    _add(entry, "DocumentDate", day)
    _add(entry, "PostingDate", day)
    for number, line in enumerate(journal.lines, 1):
        _item(SubElement(entry, "Item"), number, line, journal.currency_code)


def _item(item: Element, number: int, line: Line, currency: str) -> None:
    _add(item, "ReferenceDocumentItem", str(number))
    _add(item, "GLAccount", _padded(line.account_number))
    amount = line.debit - line.credit
    told = f"{amount.normalize():f}"  # yen without decimals
    _add(item, "AmountInTransactionCurrency", told, currencyCode=currency)
    _add(item, "DebitCreditCode", "S" if line.debit else "H")
    _add(item, "DocumentItemText", line.memo[: assumptions.ITEM_TEXT])
    if line.hours is not None:
        unit = assumptions.HOURS_UNIT
        _add(item, "QuantityInEntryUnit", f"{line.hours:f}", unitCode=unit)
    assignment = {"ProfitCenter": line.department_id, "WBSElement": line.project_id}
    if any(assignment.values()):
        assigned = SubElement(item, "AccountAssignment")
        for name, value in assignment.items():
            if value:
                _add(assigned, name, value)


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = text


def _padded(number: str) -> str:
    """An account's number as SAP keeps it: ten digits."""
    return number.zfill(10) if number.isdigit() else number


def _confirmed(told: bytes, name: str) -> dict[str, Kept | Refusal]:
    """What became of each entry of a message, by its id. Raises BadAnswer."""
    try:
        root = ElementTree.fromstring(told)
    except ElementTree.ParseError as error:
        raise BadAnswer(
            f"{name} confirmed with {len(told)} bytes that are no whole XML",
            "run `tieout post` again: it asks for the journals first.",
        ) from error
    path = f".//{{{SFIN}}}JournalEntryBulkCreateConfirmation"
    results: dict[str, Kept | Refusal] = {}
    for confirmation in root.iterfind(path):
        for entry in confirmation.iterfind("JournalEntryCreateConfirmation"):
            id_ = entry.findtext("MessageHeader/ReferenceID") or ""
            results[id_] = _result(entry, name)
    return results


def _result(entry: Element, name: str) -> Kept | Refusal:
    document = [
        (entry.findtext(f"JournalEntryCreateConfirmation/{part}") or "").strip()
        for part in ("CompanyCode", "FiscalYear", "AccountingDocument")
    ]
    severity = entry.findtext("Log/MaximumLogItemSeverityCode") or ""
    is_posted = document[2] not in NO_DOCUMENT
    log = "; ".join(
        f"{item.findtext('TypeID') or ''} {item.findtext('Note') or ''}".strip()
        for item in entry.iterfind("Log/Item")
    )
    if is_posted and severity <= WORST_GOOD:
        return Kept("|".join(document))
    if not is_posted and severity > WORST_GOOD:
        return Refusal(log or "SAP gave no reason")
    raise BadAnswer(
        f"{name} confirmed document {document[2] or 'none'} with severity "
        f"{severity or 'none'}: {log}",
        "run `tieout post` again: it asks for the journals first.",
    )


# -- what is kept -------------------------------------------------------------------


def _number(row: dict[str, Any]) -> str:
    """An entry's own id: company code, fiscal year and number."""
    return f"{row['CompanyCode']}|{row['FiscalYear']}|{row['AccountingDocument']}"


def _is_entry(record: PostedRecord) -> str:
    company, year, number = map(quoted, record.erp_id.split("|"))
    return (
        f"(CompanyCode eq {company} and FiscalYear eq {year} "
        f"and AccountingDocument eq {number})"
    )


def _record(row: dict[str, Any]) -> PostedRecord:
    memo = f"[{row['DocumentReferenceID']}]"  # where others keep the content's hash
    return PostedRecord(_number(row), row["AccountingDocumentHeaderText"], memo)


def _journal(
    record: PostedRecord, head: dict[str, Any], items: Iterable[dict[str, Any]]
) -> Journal:
    rows = sorted(items, key=lambda row: row["LedgerGLLineItem"])
    return Journal(
        external_id=record.external_id,
        content_hash=hash_in(record.memo),
        subsidiary_id=head["CompanyCode"],
        currency_code=head["TransactionCurrency"],
        posting_date=date.fromisoformat(head["PostingDate"][:10]),
        memo=record.memo,
        lines=tuple(map(_line, rows)),
    )


def _line(row: dict[str, Any]) -> Line:
    amount = Decimal(row["AmountInTransactionCurrency"])
    is_hours = row["BaseUnit"] == assumptions.HOURS_UNIT_SHOWN
    number = row["GLAccount"]
    return Line(
        account_number=number.lstrip("0") if number.isdigit() else number,
        debit=max(amount, Decimal(0)),
        credit=max(-amount, Decimal(0)),
        project_id=row["WBSElement"] or None,
        department_id=row["ProfitCenter"] or None,
        hours=Decimal(row["Quantity"]) if is_hours else None,
        memo=row["DocumentItemText"] or "",
    )


def open_target(instance: Instance) -> S4Target:
    """The target of a configured tenant."""
    return S4Target(instance)
