"""Taking up what the ERP holds of ours and the ledger lacks (see ``lacking``).

`tieout ledger recover` adds it to a ledger that was lost, or restored, as the ERP keeps
it now: which posting key and version it is, its id and its memo say, and the id proves
it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dlt_pipelines.core import periods
from dlt_pipelines.reverse_sync import external_ids
from dlt_pipelines.reverse_sync.corrections import Change, external_id, hash_of
from dlt_pipelines.reverse_sync.journal import Journal, Line, PostedRecord, Target
from dlt_pipelines.reverse_sync.lacking import check_books, entities, missing
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.postings import (
    NOUGHT,
    POSTED,
    ZERO,
    Attempt,
    Intent,
    Posting,
    Slot,
    Sum,
)

DETAIL = "recovered from the ERP"
MOST_VERSIONS = 50  # of a key that are tried where a memo does not tell
PERIOD_STATES = ("open", "closed", None)
MEMO = re.compile(
    r"Tieout (?P<kind>.+) (?P<project>\S+) (?P<month>\d{4}-\d{2}) v(?P<version>\d+) "
    r"\[[0-9a-f]{16}\](?: (?P<key>\S.*))?"
)


@dataclass(frozen=True)
class Recovery:
    """What can be taken up into the ledger, and what cannot, with the reason."""

    found: list[Intent] = field(default_factory=list)
    ends: list[Attempt] = field(default_factory=list)
    known: list[Posting] = field(default_factory=list)  # refused or open, and held
    unclear: list[tuple[Journal, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there is anything to take up."""
        return bool(self.ends)

    def sums(self) -> dict[tuple[str, str], tuple[int, Decimal]]:
        """Journals and their sum by legal entity and currency."""
        sums: dict[tuple[str, str], tuple[int, Decimal]] = {}
        journals = [(i.legal_entity_code, i.journal.currency_code, i.amount)
                    for i in self.found]  # fmt: skip
        journals += [
            (p.legal_entity_code, p.currency_code, p.amount) for p in self.known
        ]
        for entity, currency, amount in journals:
            count, total = sums.get((entity, currency), (0, ZERO))
            sums[(entity, currency)] = (count + 1, total + amount)
        return dict(sorted(sums.items()))


def recover(
    target: Target, ledger: Ledger, rows: Sequence[Mapping[str, Any]], keys: set[str]
) -> Recovery:
    """What the ERP tells of postings that the ledger lacks; nothing is written yet.

    ``rows`` are the desired postings of this ERP, ``keys`` further posting keys that
    may be held.
    """
    check_books(ledger)
    records = missing(target, ledger)
    if not records:
        return Recovery()
    postings = ledger.postings()
    known = {posting.external_id: posting for posting in postings}
    by_key = {(posting.posting_key, posting.version): posting for posting in postings}
    told = _Told(rows, keys)
    recovery = Recovery()
    lost: dict[tuple[str, int], tuple[PostedRecord, Journal]] = {}
    for record, journal in zip(records, target.read(records), strict=True):
        key = told.key_of(journal)
        posting = known.get(record.external_id) or (by_key.get(key) if key else None)
        if reason := _unclear(record, target.name, ledger.books, posting, key):
            recovery.unclear.append((journal, reason))
        elif posting:
            recovery.known.append(posting)
            number = posting.attempts + 1
            recovery.ends.append(end(posting.posting_id, number, record.erp_id))
        elif key:
            lost[key] = (record, journal)
    _take_up(lost, told, ledger, recovery)
    return recovery


def _unclear(
    record: PostedRecord,
    target: str,
    books: str,
    posting: Posting | None,
    key: tuple[str, int] | None,
) -> str | None:
    """Why a journal cannot be taken up; None: it can."""
    mark = external_ids.books_of(record.external_id)
    if mark not in ("", books):
        return f"it is of other books (mark {mark})"
    if posting and posting.target != target:
        return f"the ledger knows it as {posting.posting_id}, sent to {posting.target}"
    if posting and posting.status == POSTED:
        return f"it is {posting.posting_id}, sent as {posting.external_id}: name it so"
    if posting and posting.content_hash[:16] != record.content_hash:
        return f"the ledger knows it as {posting.posting_id}, with other content"
    if posting is None and key is None:
        return "neither its memo nor any desired posting says what it is"
    return None


def _take_up(
    lost: Mapping[tuple[str, int], tuple[PostedRecord, Journal]],
    told: "_Told",
    ledger: Ledger,
    recovery: Recovery,
) -> None:
    """Add lost postings to a recovery, a key's versions on top of each other."""
    held: dict[str, list[tuple[int, Sum]]] = {}
    for posting in ledger.postings():
        if posting.status == POSTED:
            sums = Sum(posting.amount, posting.hours)
            held.setdefault(posting.posting_key, []).append((posting.version, sums))
    for (key, version), (record, journal) in sorted(lost.items()):
        before = [sums for number, sums in held.get(key, []) if number < version]
        intent = told.intent(key, version, journal, _sum(before))
        held.setdefault(key, []).append((version, Sum(intent.amount, intent.hours)))
        recovery.found.append(intent)
        recovery.ends.append(end(f"{key}|v{version}", 1, record.erp_id))


def _sum(sums: Iterable[Sum]) -> Sum:
    total = NOUGHT
    for amount, hours in sums:
        total = Sum(total.amount + amount, total.hours + hours)
    return total


def end(posting_id: str, number: int, erp_id: str | None) -> Attempt:
    """How a posting ends that is taken up."""
    return Attempt(posting_id, number, POSTED, erp_id=erp_id, detail=DETAIL)


class ProvenIds:
    """Posting keys by the external ids that are made of them and of a version."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.by_digits = {
            self._digits(external_id(key, version)): (key, version)
            for key in keys
            for version in range(1, MOST_VERSIONS + 1)
        }

    def key_of(self, sent_id: str) -> tuple[str, int] | None:
        """Posting key and version of an id, where they are known and prove it."""
        likely = self.by_digits.get(self._digits(sent_id))
        return likely if likely and external_ids.is_of(sent_id, *likely) else None

    @staticmethod
    def _digits(sent_id: str) -> str:
        return sent_id.rpartition("-")[2][: external_ids.FEWEST_DIGITS]


class _Told:
    """What desired postings and memos tell of the journals that an ERP holds."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], keys: set[str]) -> None:
        self.rows = {row["posting_key"]: row for row in rows}
        self.entities = entities(rows)
        self.ids = ProvenIds(keys | self.rows.keys())

    def key_of(self, journal: Journal) -> tuple[str, int] | None:
        """Posting key and version of a journal, where its external id proves them."""
        for key, version in self._in_memo(journal):
            if external_ids.is_of(journal.external_id, key, version):
                return key, version
        return self.ids.key_of(journal.external_id)

    def _in_memo(self, journal: Journal) -> Iterator[tuple[str, int]]:
        memo = MEMO.fullmatch(journal.memo)
        if memo is None:
            return
        if memo["key"]:
            yield memo["key"], int(memo["version"])
        entity = self.entities.get(journal.subsidiary_id, "")
        kind = memo["kind"].replace(" ", "_")
        project = "-" if memo["project"] == "–" else memo["project"]
        yield f"{kind}|{entity}|{project}|{memo['month']}", int(memo["version"])

    def intent(self, key: str, version: int, journal: Journal, standing: Sum) -> Intent:
        """The intent that a journal came of, with what the ERP holds of it now."""
        kind, entity, project, month, *_ = key.split("|")
        first = journal.lines[0]
        stands = Change(
            _slot_kept(journal), first.debit - first.credit, first.hours or ZERO
        )
        change = self._proven(key, stands, journal, standing) or stands
        return Intent(
            posting_key=key,
            version=version,
            kind=kind,
            legal_entity_code=entity,
            project_code=None if project == "-" else project,
            period_month=periods.first_day(month),
            slot=change.slot,
            amount=change.amount,
            hours=change.hours,
            standing=standing,
            correlation_id=None,
            document=journal,
        )

    def _proven(
        self, key: str, stands: Change, journal: Journal, standing: Sum
    ) -> Change | None:
        """The change in the slot that is desired now, where the journal was of that.

        An ERP may keep no dimension on some lines; the content's hash knows them all.
        """
        row = self.rows.get(key)
        if row is None:
            return None
        change = stands._replace(slot=Slot.desired_in(row))
        hashes = {
            hash_of(key, change, journal.posting_date, state, standing)[:16]
            for state in PERIOD_STATES
        }
        return change if journal.content_hash in hashes else None


def _slot_kept(journal: Journal) -> Slot:
    debit, credit = _sides(journal)
    return Slot(
        subsidiary_id=journal.subsidiary_id,
        currency_code=journal.currency_code,
        debit_account=debit.account_number,
        credit_account=credit.account_number,
        debit_project_id=debit.project_id,
        credit_project_id=credit.project_id,
        department_id=debit.department_id,
    )


def _sides(journal: Journal) -> tuple[Line, Line]:
    first, second, *_ = journal.lines
    return first, second
