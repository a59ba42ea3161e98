"""What is posted, free of any vendor's shape, and what a target must be able to do."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from dlt_pipelines.reverse_sync.records import Document

OURS = "TIEOUT-"  # how every external id begins
HASH = re.compile(r"\[([0-9a-f]{16})\]")  # of a content, in a memo


@dataclass(frozen=True)
class Line:
    """One side of a journal; exactly one of debit and credit is not 0."""

    account_number: str
    debit: Decimal
    credit: Decimal
    project_id: str | None  # the target's id
    department_id: str | None  # the target's id
    hours: Decimal | None  # hours the line costs, negative when taken back
    memo: str


@dataclass(frozen=True)
class Journal:
    """A balanced entry in one legal entity and currency.

    ``content_hash`` stands in the memo too, so that a record found in the ERP by its
    external id can be told from another one that merely has the same id.
    """

    external_id: str
    content_hash: str
    subsidiary_id: str  # the target's id
    currency_code: str
    posting_date: date
    memo: str
    lines: tuple[Line, ...]

    def payload(self) -> str:
        """The journal as JSON text, amounts as text: what the ledger keeps."""
        return json.dumps(asdict(self), default=str, sort_keys=True)

    @classmethod
    def of(cls, payload: str) -> "Journal":
        """The journal that ``payload`` wrote."""
        told: dict[str, Any] = json.loads(payload)
        told["posting_date"] = date.fromisoformat(told["posting_date"])
        told["lines"] = tuple(_line(line) for line in told["lines"])
        return cls(**told)


def _line(told: dict[str, Any]) -> Line:
    for name in ("debit", "credit", "hours"):
        if told[name] is not None:
            told[name] = Decimal(told[name])
    return Line(**told)


@dataclass(frozen=True)
class PostedRecord:
    """A document as the target holds it."""

    erp_id: str
    external_id: str
    memo: str

    @property
    def content_hash(self) -> str:
        """The first digits of the content's hash, as the memo tells them."""
        return hash_in(self.memo)


def hash_in(memo: str) -> str:
    """The first digits of a content's hash in a memo; nothing where it has none."""
    told = HASH.search(memo)
    return told[1] if told else ""


@dataclass(frozen=True)
class Kept:
    """What became of a document that was sent: the system holds it."""

    erp_id: str


@dataclass(frozen=True)
class Refusal:
    """What became of a document that was sent: the system looked at it: no.

    ``says_it_exists``: because it holds a record of that external id, it says. That is
    no end: it may be ours, kept by a call whose answer was lost.
    """

    what: str
    says_it_exists: bool = False


class Target(Protocol):
    """A system that documents can be posted to, through one session.

    An ERP takes journals; a target of records takes those (see ``records``).

    ``request_id`` names the last request for the vendor's support, if it has a name;
    ``batch_size`` is how many documents one call takes; ``guards_repeats`` says that a
    repeat under the same external id cannot make a second record; ``lookup_lag`` is
    for how many seconds after a call was sent ``find`` may miss what it keeps: as long
    as a call whose caller died can still be under way, and as look-ups lag behind.
    ``external_id_limit`` is how many characters of an external id the system keeps.
    """

    name: str
    request_id: str | None
    batch_size: int
    guards_repeats: bool
    lookup_lag: float
    external_id_limit: int

    def find(self, documents: "Sequence[Document]") -> dict[str, PostedRecord]:
        """What the system holds of ``documents``, by external id."""

    def held(self) -> list[PostedRecord]:
        """Every journal whose external id begins as ours do, whoever's ledger knows it.

        Of a target of records, every record that was created: a value that was set in
        one leaves no id there.
        """

    def read(self, held: Sequence[PostedRecord]) -> list[Journal]:
        """Journals as the system keeps them now, in the order of ``held``.

        Of each the line of the slot's debit account comes first. Where the system
        keeps no dimension, a line has none.
        """

    def withdraw(self, external_ids: Sequence[str]) -> None:
        """Remove what a call that was cut off may have left half done, e.g. drafts."""

    def post(self, documents: "Sequence[Document]") -> list[Kept | Refusal]:
        """Send documents once, without retrying; one result each, in their order.

        Raises Unreachable or BadAnswer when any of them may or may not have been kept
        (Throttled when the ERP asks for patience), Refused when the login is no good.
        """
