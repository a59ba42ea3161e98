"""What is posted, free of any vendor's shape, and what a target must be able to do."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from dlt_pipelines.errors import TieoutError


class EntryRefused(TieoutError):
    """The target looked at the entry and will not keep it: repeating cures nothing."""


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
    """A journal as the target holds it."""

    erp_id: str
    external_id: str
    memo: str


class Target(Protocol):
    """An ERP that journals can be posted to.

    ``request_id`` names the last request for the vendor's support, if it has a name.
    """

    name: str
    request_id: str | None

    def find(self, external_id: str) -> PostedRecord | None:
        """The journal with an external id, read so that a fresh one is seen."""

    def post(self, journal: Journal) -> str:
        """Send a journal once, without retrying, and return its id in the ERP.

        Raises EntryRefused when the ERP will not keep it, Unreachable or BadAnswer
        when it may or may not have been kept, Refused when the login is not good.
        """
