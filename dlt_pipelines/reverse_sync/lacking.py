"""What the ERP holds of ours and the ledger lacks: nothing new is posted there.

Before anything new is posted the ERP is asked for every journal whose external id
begins as ours do. One that the ledger does not count as posted stops posting in its
legal entity, whatever key it has: what the ledger would post there has been posted. How
it is taken up is in ``recovery``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from dlt_pipelines.core.currencies import written
from dlt_pipelines.core.errors import ConfigurationError, LedgerLacks
from dlt_pipelines.reverse_sync import external_ids
from dlt_pipelines.reverse_sync.journal import Journal, PostedRecord, Target
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import Plan
from dlt_pipelines.reverse_sync.postings import FAILED, REMOVED, ZERO


@dataclass(frozen=True)
class Lacking:
    """Journals of ours in one entity's books that the ledger does not count as posted.

    ``legal_entity_code`` is None where no desired posting names the entity.
    """

    subsidiary_id: str
    legal_entity_code: str | None
    journals: tuple[Journal, ...]
    other_books: frozenset[str] = frozenset()  # marks of others' journals among them

    @property
    def error(self) -> LedgerLacks:
        """What it stops, and what to do."""
        sums: dict[str, Decimal] = {}
        for journal in self.journals:
            code = journal.currency_code
            sums[code] = sums.get(code, ZERO) + _amount(journal)
        told = ", ".join(
            f"{code} {written(total, code)}" for code, total in sorted(sums.items())
        )
        do = (
            "look for a newer copy of the ledger; where there is none, `tieout ledger "
            "recover` shows them and takes them up, then run the same command again."
        )
        if self.other_books:
            marks = ", ".join(sorted(self.other_books))
            do = (
                f"some are of other books (mark {marks}): find out which other Tieout "
                "posts to this entity, and let only one of the two."
            )
        return LedgerLacks(
            f"the ERP holds {len(self.journals)} journals of ours in "
            f"{self.legal_entity_code or f'subsidiary {self.subsidiary_id}'} that the "
            f"ledger lacks ({told}): nothing new is posted there",
            do,
        )


class Stop(Protocol):
    """What a ledger lacks, with where that stops posting and what to say of it."""

    @property
    def subsidiary_id(self) -> str:
        """Where: what slots have there."""

    @property
    def error(self) -> LedgerLacks:
        """What it stops, and what to do."""


Lookout = Callable[[Target, Ledger, Plan], Sequence[Stop]]


def _amount(journal: Journal) -> Decimal:
    return sum((line.debit for line in journal.lines), ZERO)


def journals(target: Target, ledger: Ledger, plan: Plan) -> list[Lacking]:
    """The journals that the ERP holds and the ledger lacks, by legal entity."""
    codes = entities(entry.desired for entry in plan.entries)
    records = missing(target, ledger)
    by_entity: dict[str, list[Journal]] = {}
    for journal in target.read(records) if records else []:
        by_entity.setdefault(journal.subsidiary_id, []).append(journal)
    return [
        Lacking(number, codes.get(number), tuple(found), _others(found, ledger))
        for number, found in sorted(by_entity.items())
    ]


def _others(found: Iterable[Journal], ledger: Ledger) -> frozenset[str]:
    marks = {external_ids.books_of(journal.external_id) for journal in found}
    return frozenset(marks - {"", ledger.books})


def check_books(ledger: Ledger) -> None:
    """Raises ConfigurationError when the ledger is another firm's."""
    marks = {
        external_ids.books_of(posting.external_id) for posting in ledger.postings()
    }
    if others := sorted(marks - {"", ledger.books}) if ledger.books else []:
        raise ConfigurationError(
            f"the ledger holds postings of other books (mark {', '.join(others)}, not "
            f"{ledger.books})",
            "put this firm's ledger back, or name its place under ledger_url.",
        )


def missing(target: Target, ledger: Ledger) -> list[PostedRecord]:
    """Documents of ours in a system that the ledger does not count as posted.

    What it has sent there and knows no end of is not missing: it is asked for by
    itself. What it has sent to another system is.
    """
    held = target.held()
    known = {
        posting.external_id
        for posting in ledger.postings()
        if posting.status not in (FAILED, REMOVED) and posting.target == target.name
    }
    return [record for record in held if record.external_id not in known]


def entities(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Codes of legal entities by the target's ids, as desired postings tell them."""
    return {
        str(row["erp_subsidiary_id"]): row["legal_entity_code"]
        for row in rows
        if row.get("erp_subsidiary_id") is not None
    }
