"""Sums of closed periods as they were published, and what of them moves where.

The rule is that of ``closing`` for what is of no project: what an entity charges and is
charged, and how its people were utilised.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date

from tests.truth.facts.books import Books, Facts
from tests.truth.figures.closing import closed_periods, first_open

Key = Hashable
Sums = dict[tuple[Key, date], Facts]  # by what they are of and the period
PEOPLE = "people"  # counted in a period, and in no difference


def _facts() -> Facts:
    return defaultdict(int)


@dataclass
class ClosedSums:
    """What closed periods were published with, in the order of the publications."""

    months: set[date] = field(default_factory=set)
    kept: Sums = field(default_factory=dict)  # with what they took of earlier ones
    told: Sums = field(default_factory=lambda: defaultdict(_facts))  # of each by now

    def shown(self, known: Mapping[tuple[Key, date], Facts], as_of: date) -> Sums:
        """The sums as they are shown: closed periods stay, the first open one takes."""
        shown = {
            (key, month): facts
            for (key, month), facts in known.items()
            if month not in self.months
        } | {at: defaultdict(int, facts) for at, facts in self.kept.items()}
        taker = first_open(self.months, as_of)
        for (key, _), owed in self._owed(known).items():
            if taker is not None:
                taken = _facts() | shown.get((key, taker), {})
                for measure, amount in owed.items():
                    taken[measure] += amount
                shown[key, taker] = taken
        return shown

    def close(self, known: Mapping[tuple[Key, date], Facts], books: Books) -> None:
        """Take in a publication: what it is the first to show as closed stays."""
        new = closed_periods(books) - self.months
        taker = first_open(self.months, books.as_of)
        told = {at: facts for at, facts in known.items() if at[1] in new}
        shown, owed = self.shown(known, books.as_of), self._owed(known)
        self.kept |= {at: facts for at, facts in shown.items() if at[1] in new}
        for stated in (told, owed if taker in new else {}):
            for at, facts in stated.items():
                for measure, amount in facts.items():
                    self.told[at][measure] += amount
        self.months |= new

    def _owed(self, known: Mapping[tuple[Key, date], Facts]) -> Sums:
        """What is known of closed periods beyond what was told of them."""
        owed: Sums = defaultdict(_facts)
        for sign, sums in ((1, known), (-1, self.told)):
            for (key, month), facts in sums.items():
                for measure, amount in facts.items():
                    if month in self.months and measure != PEOPLE:
                        owed[key, month][measure] += sign * amount
        return {at: facts for at, facts in owed.items() if any(facts.values())}
