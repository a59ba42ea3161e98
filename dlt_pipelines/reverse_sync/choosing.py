"""Several entries at once: chosen by what they are, and summed before anybody decides.

What somebody may not decide on is left out and counted, with why, not refused with all
the others.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from dlt_pipelines.reverse_sync.approvals import NotYours
from dlt_pipelines.reverse_sync.plan import Entry
from dlt_pipelines.reverse_sync.postings import ZERO


@dataclass(frozen=True)
class Filter:
    """Which entries are meant; what is None takes any.

    ``below`` is in the legal entity's currency: every journal must be below it, so what
    is held before it has journals is never meant.
    """

    kind: str | None = None
    legal_entity_code: str | None = None
    period_month: date | None = None
    below: Decimal | None = None

    def takes(self, entry: Entry) -> bool:
        """Whether an entry is meant."""
        return all(
            wanted in (None, entry.desired[column])
            for column, wanted in (
                ("kind", self.kind),
                ("legal_entity_code", self.legal_entity_code),
                ("period_month", self.period_month),
            )
        ) and (self.below is None or _is_below(entry, self.below))

    @property
    def is_empty(self) -> bool:
        """Whether it takes everything."""
        return self == Filter()


def _is_below(entry: Entry, limit: Decimal) -> bool:
    return bool(entry.intents) and entry.weight < limit


@dataclass(frozen=True)
class Total:
    """Entries of one kind, legal entity and currency together."""

    entries: int = 0
    amount: Decimal = ZERO  # what the ERP would hold more, negative if less
    largest: Decimal = ZERO  # of the journals

    def plus(self, entry: Entry) -> "Total":
        """With one more."""
        return Total(
            self.entries + 1,
            self.amount + entry.amount,
            max(self.largest, entry.largest),
        )


@dataclass(frozen=True)
class Choice:
    """The entries that somebody may decide on at once, and why not on the others."""

    entries: list[Entry] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)  # how many, by why

    def totals(self) -> dict[tuple[str, str, str], Total]:
        """The entries by kind, legal entity and currency."""
        sums: dict[tuple[str, str, str], Total] = {}
        for entry in self.entries:
            row = entry.desired
            key = (row["kind"], row["legal_entity_code"], row["currency_code"])
            sums[key] = sums.get(key, Total()).plus(entry)
        return dict(sorted(sums.items()))


def choose(
    waiting: Iterable[Entry],
    wanted: Filter,
    objection: Callable[[Entry], NotYours | None],
) -> Choice:
    """Those of ``waiting`` that are meant, less what ``objection`` says no to."""
    entries, left_out = [], Counter[str]()
    for entry in filter(wanted.takes, waiting):
        if entry.takes_back:
            left_out["a leg to take back, by its key alone"] += 1
        elif no := objection(entry):
            left_out[no.why] += 1
        else:
            entries.append(entry)
    return Choice(entries, left_out)
