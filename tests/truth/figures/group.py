"""The truth's group: practice overhead, and each entity's own margin by month."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from dlt_pipelines.sandbox.firm.costing import cents, cents_told, money, spread
from dlt_pipelines.sandbox.firm.policies import (
    OVERHEAD_ACCOUNT,
    OVERHEAD_BASES,
)
from tests.truth.facts.books import Books, Facts
from tests.truth.periods import months_between

Activity = dict[tuple[str, date], Facts]  # by project and month, in cents
COSTS = ("labour", "subcontractor", "expenses")
ELIMINATION = "ELIMINATION"
Charges = dict[tuple[tuple[str, str, str], date], Facts]  # leg, entity, other; month
SIDES = {"provided": (1, "intercompany revenue"), "received": (-1, "intercompany cost")}


@dataclass(frozen=True)
class OverheadShare:
    """What a project bears of its practice's overhead; None: what no project does."""

    legal_entity_code: str
    practice_code: str
    period_month: date
    project_code: str | None
    overhead: Decimal


@dataclass(frozen=True)
class EntityMonth:
    """An entity's month in its own view, or the elimination, without own amounts."""

    legal_entity_code: str
    period_month: date
    revenue: Decimal | None
    intercompany_revenue: Decimal | None
    cost: Decimal | None
    intercompany_cost: Decimal | None
    provision: Decimal | None
    margin: Decimal | None
    reporting_revenue: Decimal
    reporting_intercompany_revenue: Decimal
    reporting_cost: Decimal
    reporting_intercompany_cost: Decimal
    reporting_provision: Decimal
    reporting_margin: Decimal


def overhead_shares(books: Books, activity: Activity) -> list[OverheadShare]:
    """Share the ledger's overhead of a practice and month among its projects."""
    overheads: dict[tuple[str, str, date], int] = defaultdict(int)
    for posted in books.firm.ledger.values():
        month = books.firm.periods[posted.period].start
        for line in posted.lines:
            if line.account == OVERHEAD_ACCOUNT:
                amount = cents(line.debit - line.credit)
                overheads[posted.entity, line.practice, month] += amount
    weights: dict[tuple[str, str, date], list[tuple[int, str]]] = defaultdict(list)
    for (code, month), facts in activity.items():
        project = books.firm.projects[code]
        weight = facts[OVERHEAD_BASES[project.entity]]
        if weight > 0:
            weights[project.entity, project.practice, month].append((weight, code))
    found = []
    for key, amount in sorted(overheads.items()):
        based = weights.get(key)
        parts = spread(amount, based) if based else {None: amount}
        found += [
            OverheadShare(*key, code, money(part)) for code, part in parts.items()
        ]
    return found


class Overheads:
    """What a project bears in a month; None until its entity has booked the month."""

    def __init__(self, books: Books, shares: list[OverheadShare]):
        self.books = books
        self.booked = {(row.legal_entity_code, row.period_month) for row in shares}
        self.borne = {
            (row.project_code, row.period_month): cents_told(row.overhead)
            for row in shares
        }

    def of(self, code: str, month: date) -> int | None:
        """Return a project's overhead of a month in cents."""
        if (self.books.firm.projects[code].entity, month) not in self.booked:
            return None
        return self.borne.get((code, month), 0)


@dataclass
class _View:
    """An entity's month in cents, own and reported, by measure."""

    own: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    reported: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, measure: str, own: int, reported: int) -> None:
        self.own[measure] += own
        self.reported[measure] += reported


def entity_months(
    books: Books, activity: Activity, charges: Charges
) -> list[EntityMonth]:
    """Return each entity's months and the eliminations.

    Cost of lent people moves from the project's entity to theirs, the charge instead
    is the one's revenue and the other's cost.
    """
    views: dict[tuple[str, date], _View] = defaultdict(_View)
    for (code, month), facts in activity.items():
        view = views[books.firm.projects[code].entity, month]
        view.add("revenue", facts["revenue"], facts["reported revenue"])
        view.add("provision", facts["provision"], facts["reported provision"])
        for name in COSTS:
            view.add("cost", facts[name], facts[f"reported {name}"])
    for ((leg, entity, _), month), facts in charges.items():
        sign, measure = SIDES[leg]
        view, reported = views[entity, month], facts["reported charge"]
        view.add("cost", sign * facts["cost"], sign * facts["reported cost"])
        view.add(measure, facts["charge"], reported)
        views[ELIMINATION, month].add(measure, 0, -reported)
    first = min(month for _, month in activity)
    return [
        _entity_month(entity, month, views[entity, month])
        for month in months_between(first, books.as_of)
        for entity in (*books.firm.entities, ELIMINATION)
    ]


def _entity_month(entity: str, month: date, view: _View) -> EntityMonth:
    own = [None] * 6 if entity == ELIMINATION else _amounts(view.own)
    return EntityMonth(entity, month, *own, *_amounts(view.reported))


def _amounts(amounts: dict[str, int]) -> list[Decimal]:
    earned = amounts["revenue"], amounts["intercompany revenue"]
    borne = amounts["cost"], amounts["intercompany cost"], amounts["provision"]
    margin = sum(earned) - sum(borne)
    ordered = (earned[0], earned[1], borne[0], borne[1], borne[2], margin)
    return [money(amount) for amount in ordered]
