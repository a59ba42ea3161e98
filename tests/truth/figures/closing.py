"""What was published of closed periods, and what of it moves where.

The rule (case E6): a period that the ERP has closed is what was known of it at the
first publication after its end that had it closed. What is learned of it later counts
in the first period that no publication had closed yet, on its first day.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from tests.truth.facts.books import Books, Facts
from tests.truth.periods import add_months, month_of

if TYPE_CHECKING:
    from tests.truth.figures.balances import Forecast
    from tests.truth.truth import ProjectTruth

Days = dict[date, Facts]
Corrections = dict[date, Days]  # by period and the closed period that they are of


def _facts() -> Facts:
    return defaultdict(int)


@dataclass
class Closings:
    """The closed periods of a firm, in the order of its publications.

    ``own`` and ``taken`` are by project and closed period: the days it was published
    with, and what later periods were published with of it.
    """

    months: set[date] = field(default_factory=set)
    own: dict[tuple[str, date], Days] = field(default_factory=dict)
    taken: dict[tuple[str, date], Facts] = field(
        default_factory=lambda: defaultdict(_facts)
    )
    carried: dict[tuple[str, date], Days] = field(default_factory=dict)
    forecasts: dict[tuple[str, date], "Forecast"] = field(default_factory=dict)

    def shown(self, code: str, known: Days, as_of: date) -> tuple[Days, Corrections]:
        """A project's days as they are shown, and beside them what periods have of
        closed ones: by period and closed period."""
        own = {day: facts for day, facts in known.items() if not self._has(day)}
        corrections: Corrections = {}
        for month in self.months:
            own |= self.own.get((code, month), {})
            if (code, month) in self.carried:
                corrections[month] = self.carried[code, month]
        owed = {month: self._owed(code, month, known) for month in sorted(self.months)}
        owed = {month: facts for month, facts in owed.items() if any(facts.values())}
        taker = first_open(self.months, as_of)
        if owed and taker is not None:
            corrections[taker] = owed
        return own, corrections

    def close(self, books: Books, projects: list["ProjectTruth"]) -> None:
        """Take in a publication: what it is the first to show as closed stays."""
        closed = closed_periods(books)
        new = sorted(closed - self.months)
        for project in projects:
            for month in new:
                key = (project.code, month)
                corrections = project.corrections.get(month, {})
                self.own[key] = {
                    day: facts
                    for day, facts in project.own_days.items()
                    if month_of(day) == month
                }
                if corrections:
                    self.carried[key] = corrections
                for of, facts in corrections.items():
                    for measure, amount in facts.items():
                        self.taken[project.code, of][measure] += amount
                if month in project.spine:
                    self.forecasts[key] = project.forecast(month)
        self.months |= closed

    def _has(self, day: date) -> bool:
        return month_of(day) in self.months

    def _owed(self, code: str, month: date, known: Days) -> Facts:
        """What is known of a closed period beyond what was published of it."""
        facts = _facts()
        for day, found in known.items():
            if month_of(day) == month:
                for measure, amount in found.items():
                    facts[measure] += amount
        for found in self.own.get((code, month), {}).values():
            for measure, amount in found.items():
                facts[measure] -= amount
        for measure, amount in self.taken[code, month].items():
            facts[measure] -= amount
        return facts


def closed_periods(books: Books) -> set[date]:
    """The periods that are closed and over."""
    return {
        period.start
        for period in books.firm.periods.values()
        if period.is_closed and not period.is_adjustment
        if period.end <= books.as_of
    }


def first_open(closed: set[date], as_of: date) -> date | None:
    """The first period that is not closed, after those that are."""
    month = add_months(max(closed), 1) if closed else month_of(as_of)
    return month if month <= as_of else None


def with_corrections(own: Days, corrections: Corrections) -> Days:
    """All of a project's days: what a period has of closed ones is of its first."""
    days = defaultdict(_facts)
    stacked = [(period, of.values()) for period, of in corrections.items()]
    for day, found in (*((day, [facts]) for day, facts in own.items()), *stacked):
        for facts in found:
            for measure, amount in facts.items():
                days[day][measure] += amount
    return days
