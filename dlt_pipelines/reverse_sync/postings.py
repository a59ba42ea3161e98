"""What the ledger keeps, as values: intents, what became of them, decisions.

- sent: the call was about to be made. With nothing after it, nobody knows.
- posted: the ERP holds it, under ``erp_id``.
- failed: the ERP looked at it and refused. Final.
- removed: it was posted, and somebody took it out of the ERP on purpose. Final.
- uncertain: no answer, or none that could be read.
- said to exist: the ERP refused it, as it holds its external id already, and shows no
  such record: it may be ours. Asked again until it does.

An intent is *open* until it is posted or failed. Of several ends the last counts.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from dlt_pipelines.reverse_sync.journal import Journal
from dlt_pipelines.reverse_sync.records import Document, document_of

SENT, POSTED, FAILED, UNCERTAIN = "sent", "posted", "failed", "uncertain"
SAID_TO_EXIST, REMOVED = "said to exist", "removed"
OPEN = "open"
PREPARED, APPROVED, REJECTED = "prepared", "approved", "rejected"
REVOKED = "revoked"
ZERO = Decimal(0)


class Sum(NamedTuple):
    """Money in the slot's currency, and hours."""

    amount: Decimal = ZERO
    hours: Decimal = ZERO


NOUGHT = Sum()


@dataclass(frozen=True)
class Slot:
    """Where in the ERP's books an amount stands: a pair of accounts and dimensions.

    Ids are the target's. A positive amount debits the one account and credits the
    other.
    """

    subsidiary_id: str
    currency_code: str
    debit_account: str
    credit_account: str
    debit_project_id: str | None
    credit_project_id: str | None
    department_id: str | None

    def text(self) -> str:
        """The slot as the ledger keeps it."""
        return json.dumps(astuple(self))

    @classmethod
    def of(cls, text: str) -> "Slot":
        """The slot that ``text`` wrote."""
        return cls(*json.loads(text))

    @classmethod
    def desired_in(cls, row: Mapping[str, Any]) -> "Slot":
        """Where a row of the desired postings wants its amount to stand."""
        project = _text(row["erp_project_id"])
        return cls(
            subsidiary_id=str(row["erp_subsidiary_id"]),
            currency_code=row["currency_code"],
            debit_account=str(row["debit_account_number"]),
            credit_account=str(row["credit_account_number"]),
            debit_project_id=project,
            credit_project_id=_text(row["credit_erp_project_id"]) or project,
            department_id=_text(row["erp_department_id"]),
        )

    @classmethod
    def of_record(cls, system: str, record_type: str) -> "Slot":
        """Where a record stands: in a system, with no amount and in no account."""
        return cls("", "", system, record_type, None, None, None)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


@dataclass(frozen=True)
class Intent:
    """What is about to be posted for a posting key, on top of what is posted.

    ``standing`` is what the plan saw as posted until then: the ledger takes the intent
    only while that is still so.
    """

    posting_key: str
    version: int
    kind: str
    legal_entity_code: str
    project_code: str | None
    period_month: date
    slot: Slot
    amount: Decimal
    hours: Decimal
    standing: Sum
    correlation_id: str | None
    document: Document

    @property
    def journal(self) -> Journal:
        """What is about to be posted, of an intent that is no record's."""
        assert isinstance(self.document, Journal)
        return self.document


@dataclass(frozen=True)
class Attempt:
    """What became of a call for one intent; ``outcome`` as the module says."""

    posting_id: str
    attempt_no: int
    outcome: str
    erp_id: str | None = None
    request_id: str | None = None
    detail: str | None = None
    latency_ms: int | None = None


@dataclass(frozen=True)
class Decision:
    """What somebody decided on an entry, bound to its content.

    prepared: brought before the approvers; approved; rejected. revoked is on no entry:
    no decision before it counts any more.
    """

    posting_key: str
    content_hash: str
    decision: str
    decided_by: str
    reason: str | None
    amount: Decimal
    currency_code: str

    @classmethod
    def revocation(cls, by: str | None, reason: str) -> "Decision":
        """What a ledger says that is known to have lost rows."""
        return cls("*", "", REVOKED, by or "unknown", reason, ZERO, "")


@dataclass(frozen=True)
class KeptDecision(Decision):
    """A decision as the ledger holds it."""

    decided_at: datetime  # the ledger's clock


@dataclass(frozen=True)
class Posting:
    """An intent as the ledger holds it, with what became of it."""

    posting_id: str
    posting_key: str
    version: int
    kind: str
    legal_entity_code: str
    project_code: str | None
    period_month: date
    posting_date: date
    currency_code: str
    slot: Slot
    amount: Decimal
    hours: Decimal
    content_hash: str
    external_id: str
    target: str
    payload: str
    created_at: datetime
    status: str  # open | posted | failed | removed
    attempts: int = 0
    erp_id: str | None = None
    detail: str | None = None
    sent_at: datetime | None = None  # the latest call
    ended_at: datetime | None = None
    created_by: str | None = None  # who ran the posting, if that was kept
    ended_no: int = 0  # the ledger's number of the row that ended it; 0 while open
    said_to_exist: bool = False  # by the ERP, which did not show it

    @property
    def document(self) -> Document:
        """What is posted."""
        return document_of(self.payload)

    @property
    def journal(self) -> Journal:
        """What is posted, of a posting that is no record's."""
        return Journal.of(self.payload)


@dataclass(frozen=True)
class Position:
    """What the ledger knows of one posting key."""

    slots: Mapping[Slot, Sum] = field(default_factory=dict)  # what is posted, and where
    version: int = 0  # of the latest intent
    open: Posting | None = None
    refused: Posting | None = None  # the latest intent, if the ERP refused it
    latest: Posting | None = None
    newest: Posting | None = None  # the latest that the target holds, or held
    removed: tuple[Posting, ...] = ()  # since anything was posted last
    targets: frozenset[str] = frozenset()  # in which of them what is posted stands

    @property
    def posted(self) -> Sum:
        """What is posted, wherever it stands."""
        return Sum(
            sum((s.amount for s in self.slots.values()), ZERO),
            sum((s.hours for s in self.slots.values()), ZERO),
        )

    @classmethod
    def of(cls, held: Iterable[Posting]) -> "Position":
        """The position of one key's postings, oldest first."""
        slots: dict[Slot, Sum] = {}
        placed: dict[tuple[str, Slot], Sum] = {}  # ids of two targets may be the same
        unsettled, latest, newest = None, None, None
        held = list(held)
        for latest in held:
            if latest.status in (POSTED, REMOVED):
                newest = latest
            if latest.status == POSTED:
                _add(slots, latest.slot, latest)
                _add(placed, (latest.target, latest.slot), latest)
            elif latest.status == OPEN:
                unsettled = latest
        return cls(
            slots={slot: total for slot, total in slots.items() if any(total)},
            version=latest.version if latest else 0,
            open=unsettled,
            refused=latest if latest and latest.status == FAILED else None,
            latest=latest,
            newest=newest,
            removed=_removed(held),
            targets=frozenset(
                name for (name, _), total in placed.items() if any(total)
            ),
        )


def _removed(held: Sequence[Posting]) -> tuple[Posting, ...]:
    last = max((p.ended_no for p in held if p.status == POSTED), default=0)
    return tuple(p for p in held if p.status == REMOVED and p.ended_no > last)


def _add(sums: dict[Any, Sum], place: Any, posting: Posting | Intent) -> None:
    was = sums.get(place, NOUGHT)
    sums[place] = Sum(was.amount + posting.amount, was.hours + posting.hours)


def by_slot(made: Iterable[Posting | Intent]) -> dict[Slot, Sum]:
    """What journals add up to where they stand."""
    sums: dict[Slot, Sum] = {}
    for posting in made:
        _add(sums, posting.slot, posting)
    return sums


NOTHING = Position()


class Row(Protocol):
    """A row of a table, one that was read or one to be written."""

    def __getitem__(self, column: str, /) -> Any: ...


def posting_of(row: Row, tried: Sequence[Row]) -> Posting:
    """A posting from its row of intents and its rows of attempts, oldest first."""
    final = [r for r in tried if r["outcome"] in (POSTED, FAILED, REMOVED)]
    last = final[-1] if final else (tried[-1] if tried else None)
    calls = [r for r in tried if r["outcome"] == SENT]
    return Posting(
        posting_id=row["posting_id"],
        posting_key=row["posting_key"],
        version=row["version"],
        kind=row["kind"],
        legal_entity_code=row["legal_entity_code"],
        project_code=row["project_code"],
        period_month=date.fromisoformat(row["period_month"]),
        posting_date=date.fromisoformat(row["posting_date"]),
        currency_code=row["currency_code"],
        slot=Slot.of(row["slot"]),
        amount=Decimal(row["amount"]),
        hours=Decimal(row["hours"]),
        content_hash=row["content_hash"],
        external_id=row["external_id"],
        target=row["target"],
        payload=row["payload"],
        created_at=datetime.fromisoformat(row["created_at"]),
        status=final[-1]["outcome"] if final else OPEN,
        attempts=max((r["attempt_no"] for r in tried), default=0),
        erp_id=last["erp_id"] if last else None,
        detail=last["detail"] if last else None,
        sent_at=datetime.fromisoformat(calls[-1]["at"]) if calls else None,
        ended_at=datetime.fromisoformat(final[-1]["at"]) if final else None,
        created_by=row["created_by"],
        ended_no=final[-1]["sequence"] if final else 0,
        said_to_exist=any(r["outcome"] == SAID_TO_EXIST for r in tried),
    )
