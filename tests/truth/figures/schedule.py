"""The truth's schedule: revenue still to be recognised and cost to come, by month.

What is left of a price is spread over the months by what the method measures. All
amounts are whole cents until the end.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dlt_pipelines.sandbox.firm.calendars import DAY
from dlt_pipelines.sandbox.firm.costing import (
    assignment_on,
    cents,
    half_up,
    minor_units,
    minutes_at_rate,
    money,
    scaled,
    spread,
)
from dlt_pipelines.sandbox.firm.model import Allocation, Project
from tests.truth.facts.books import Books, Facts
from tests.truth.facts.contracts import Obligation
from tests.truth.facts.plans import UNIT, Left
from tests.truth.facts.revenue import Earned, Position, position, served
from tests.truth.periods import month_end, month_of, months_between

Months = dict[date, int]


@dataclass(frozen=True)
class ScheduledRevenue:
    """What an obligation has still to earn in a month."""

    project_code: str
    obligation_code: str
    period_month: date
    contract_amount: Decimal
    amount: Decimal  # functional, at the rate of the as-of date


@dataclass(frozen=True)
class MonthForecast:
    """What a project's month is expected to show, in functional currency."""

    project_code: str
    period_month: date
    currency_code: str
    revenue: Decimal  # in the as-of month with what is recognised so far
    cost: Decimal
    margin: Decimal  # before provisions for losses
    etc: Decimal  # the month's part of it
    eac: Decimal | None  # of the whole project


@dataclass
class Work:
    """Planned work of an obligation's month after the as-of date."""

    minutes: int = 0
    cost: int = 0  # functional
    value: int = 0  # contract


class Plans:
    """What every allocation leaves to do, by obligation and month."""

    def __init__(self, books: Books):
        self.books = books
        self.rates = self._agreed_rates()
        self.standard: dict[tuple[str, str], list] = defaultdict(list)
        for rate in sorted(books.firm.bill_rates, key=lambda rate: rate.effective_date):
            known = (rate.effective_date, rate.rate)
            self.standard[rate.role, rate.currency].append(known)
        self.work: dict[tuple[str, str], dict[date, Work]] = defaultdict(dict)
        for code in books.firm.projects:
            self._add(code)

    def _agreed_rates(self) -> dict[tuple[str, str], Decimal]:
        """Return the rate that a role last billed on a project."""
        priced = [e for e in self.books.approved if e.is_billable and e.bill_rate]
        priced.sort(key=lambda entry: (entry.day, entry.id))
        return {(entry.project, entry.role): entry.bill_rate for entry in priced}

    def _add(self, code: str) -> None:
        """What is overdue is expected from the next day on."""
        today = self.books.as_of
        parts: dict[tuple[str, date], list[Left]] = defaultdict(list)
        for rest in self.books.to_come(code, month_of(today)):
            month = month_of(today + DAY) if rest.is_overdue else rest.part.month
            parts[rest.part.allocation.id, month].append(rest)
        for (_, month), held in parts.items():
            work = self.work[code, held[0].part.obligation].setdefault(month, Work())
            minutes = half_up(sum(rest.minutes for rest in held), UNIT)
            work.minutes += minutes
            work.cost += sum(rest.cost for rest in held)
            work.value += self._value(held[0].part.allocation, minutes)

    def _value(self, allocation: Allocation, minutes: int) -> int:
        project = self.books.firm.projects[allocation.project]
        place = assignment_on(
            self.books.firm.people[allocation.person], allocation.start
        )
        if self.books.contracts.of(project.code)[0].terms is None or place is None:
            return 0
        rate = self.rates.get((project.code, place.role))
        if rate is None:
            card = self.standard[place.role, project.currency]
            rate = [price for since, price in card if since <= allocation.start][-1]
        return minutes_at_rate(minutes, rate)


class ProjectSchedule:
    """What a project has still to earn and to cost."""

    def __init__(
        self,
        books: Books,
        plans: Plans,
        project: Project,
        spine: list[date],
        revenues: dict[str, Earned],
    ):
        self.books = books
        self.plans = plans
        self.project = project
        self.code = project.code
        self.month = month_of(books.as_of)
        self.has_begun = bool(spine)
        self.revenues = revenues
        self.obligations = books.contracts.of(project.code)

    def revenue(self) -> list[ScheduledRevenue]:
        """Every month's revenue still to be recognised."""
        return [
            ScheduledRevenue(
                self.code,
                obligation.code,
                month,
                money(amount),
                money(self._functional(amount)),
            )
            for obligation in self.obligations
            for month, amount in sorted(self.scheduled(obligation).items())
            if amount
        ]

    def forecast(self, so_far: Facts, eac: int | None) -> list[MonthForecast]:
        """What the months show: ``so_far`` is the as-of month's revenue and cost."""
        revenue: Months = defaultdict(int)
        cost: Months = defaultdict(int)
        etc: Months = defaultdict(int)
        if self.has_begun:
            revenue[self.month] += so_far["revenue"]
            cost[self.month] += so_far["cost"]
        for obligation in self.obligations:
            for month, amount in self.scheduled(obligation).items():
                if amount:
                    revenue[month] += self._functional(amount)
            others = self._others(obligation)[0]
            for month, amount in others.items():
                cost[month] += amount
                etc[month] += amount
            for month, work in self._work(obligation).items():
                cost[month] += work.cost
                etc[month] += work.cost
        return [
            MonthForecast(
                self.code,
                month,
                self.books.currency(self.code),
                money(revenue[month]),
                money(cost[month]),
                money(revenue[month] - cost[month]),
                money(etc[month]),
                None if eac is None else money(eac),
            )
            for month in sorted(revenue.keys() | cost.keys())
        ]

    def scheduled(self, obligation: Obligation) -> Months:
        """Return an obligation's months, in contract cents."""
        if obligation.method == "none":
            return {}
        if obligation.method == "cost_plus":
            return self._cost_plus(obligation)
        is_capped = obligation.method == "time_and_materials_capped"
        signed = (obligation.cap_on if is_capped else obligation.price_on)(
            self.books.as_of
        )
        left = signed - sum(self.revenues[obligation.code].of_price.values())
        if is_capped or obligation.method == "time_and_materials":
            return self._by_value(obligation, max(left, 0))
        if obligation.method == "milestone":
            return self._milestones(obligation, left)
        weights = MEASURES[obligation.method](self, obligation)
        if not any(weights.values()):
            weights = self._service_days(obligation)
        keyed = [(weight, month.isoformat()) for month, weight in weights.items()]
        return {date.fromisoformat(m): part for m, part in spread(left, keyed).items()}

    # What methods measure

    def by_time(self, obligation: Obligation) -> Months:
        """Service months left, in millionths."""
        today = self.books.as_of
        start, end = obligation.start, obligation.end_on(today)
        if end is None or end <= today:
            return self._service_days(obligation)
        found, since = {}, max(today, start - DAY)
        for month in self._service_days(obligation):
            until = min(end, month_end(month))
            left = served(start, end, until) - served(start, end, since)
            found[month] = half_up(left.numerator * 10**6, left.denominator)
            since = until
        return found

    def by_cost(self, obligation: Obligation) -> Months:
        """Planned cost, in whole units; what is passed through is left out."""
        found: Months = dict(self._others(obligation)[1])
        for month, work in self._work(obligation).items():
            found[month] = found.get(month, 0) + work.cost
        return {month: half_up(cost, minor_units()) for month, cost in found.items()}

    def by_hours(self, obligation: Obligation) -> Months:
        """Scheduled minutes; sold ones that nobody is scheduled for lapse last."""
        found = {m: work.minutes for m, work in self._work(obligation).items()}
        if obligation.included_minutes is not None:
            used = self._position(obligation).minutes + sum(found.values())
            last = max(self._service_days(obligation))
            unused = max(obligation.included_minutes - used, 0)
            found[last] = found.get(last, 0) + unused
        return found

    def at_the_end(self, obligation: Obligation) -> Months:
        """All in the last month of service."""
        return {max(self._service_days(obligation)): 1}

    def _service_days(self, obligation: Obligation) -> Months:
        """Return the service days after the as-of date; else the as-of month's one."""
        today = self.books.as_of
        end = obligation.end_on(today) if obligation.end else None
        if end is None or end <= today:
            return {self.month: 1}
        first = max(today + DAY, obligation.start or today + DAY)
        return {
            month: (min(end, month_end(month)) - max(first, month)).days + 1
            for month in months_between(first, end)
        }

    def _work(self, obligation: Obligation) -> dict[date, Work]:
        return self.plans.work[self.code, obligation.code]

    def _position(self, obligation: Obligation) -> Position:
        return position(self.books, obligation, self.month)

    def _others(self, obligation: Obligation) -> tuple[Months, Months]:
        """Return open orders and planned expenses by month: all, and all measured."""
        if not self.has_begun:
            return {}, {}
        at = self._position(obligation)
        whole = at.etc_commitments + at.etc_expenses
        if not whole:
            return {}, {}
        days = self._service_days(obligation)
        keyed = [(count, month.isoformat()) for month, count in days.items()]
        parts = spread(whole, keyed), spread(whole - at.etc_passed, keyed)
        every, measured = (
            {date.fromisoformat(month): part for month, part in shares.items()}
            for shares in parts
        )
        return every, measured

    def _by_value(self, obligation: Obligation, left: int) -> Months:
        found, value, before = {}, 0, 0
        for month, work in sorted(self._work(obligation).items()):
            value += work.value
            found[month] = min(value, left) - before
            before = min(value, left)
        return found

    def _milestones(self, obligation: Obligation, left: int) -> Months:
        found: Months = defaultdict(int)
        for milestone in self.books.firm.milestones.values():
            own = self.books.contracts.of_task(milestone.project, milestone.task)
            if (milestone.project, own) != (self.code, obligation.code):
                continue
            if milestone.accepted_on is None:
                amount = cents(milestone.amount)
                found[max(month_of(milestone.due), self.month)] += amount
                left -= amount
        found[max(self._service_days(obligation))] += left
        return found

    def _cost_plus(self, obligation: Obligation) -> Months:
        """Planned cost with the fee, less what is recognised so far."""
        books, terms = self.books, obligation.terms
        own, contract = books.currency(self.code), self.project.currency
        fee = 10**6 + scaled(terms.fee_rate, 10**6)
        allowed = 0
        for day, facts in books.daily[self.code, obligation.code].items():
            cost = books.cost_on(facts) - facts["disallowed"]
            allowed += books.fx.convert(cost, own, contract, day)
        planned: Months = dict(self._others(obligation)[0])
        for month, work in self._work(obligation).items():
            planned[month] = planned.get(month, 0) + work.cost
        found = {}
        before = sum(self.revenues[obligation.code].contract.values())
        for month in sorted(planned):
            allowed += books.fx.convert(planned[month], own, contract, books.as_of)
            earned = half_up(allowed * fee, 10**6)
            if terms.fee_ceiling is not None:
                earned = min(earned, allowed + cents(terms.fee_ceiling))
            found[month] = earned - before
            before = earned
        return found

    def _functional(self, amount: int) -> int:
        contract, today = self.project.currency, self.books.as_of
        return self.books.to_functional(self.code, amount, contract, today)


MEASURES: dict[str, Callable[[ProjectSchedule, Obligation], Months]] = {
    "straight_line": ProjectSchedule.by_time,
    "cost_to_cost": ProjectSchedule.by_cost,
    "effort": ProjectSchedule.by_hours,
    "completed_contract": ProjectSchedule.at_the_end,
}
