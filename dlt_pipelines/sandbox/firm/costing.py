"""Exact arithmetic of hours, rates and currencies, in integers.

Money is whole cents, hourly cost rates are millionths, FX rates are 10⁻⁸ and every
division rounds half up, away from zero. Of a firm whose amounts have other decimals a
cent is a minor unit (see ``denominations``): what comes out is told in its decimals
while it is ``denominated``, and a cost rate is a millionth of its currency.
"""

import contextlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from dlt_pipelines.sandbox.firm.model import (
    Assignment,
    Firm,
    FxRate,
    LegalEntity,
    Pay,
    Person,
)
from dlt_pipelines.sandbox.firm.policies import (
    BURDEN_ACTUALS,
    BURDEN_RATES,
    ENTITIES_OF,
    GROUP,
    PAYROLL_POOLS,
    PRECEDENCE_POOLS,
)

_STANDARD_HOURS = {e.code: e.annual_standard_hours for e in ENTITIES_OF[GROUP]}
_FX_UNIT = 10**8
_RATE_UNIT = 10**6
_FTE_UNIT = 10**4
_decimals = 2  # of the amounts that come out


@contextlib.contextmanager
def denominated(decimals: int) -> Iterator[None]:
    """Tell amounts with so many decimals, each of as many minor units as cents."""
    global _decimals
    before, _decimals = _decimals, decimals
    try:
        yield
    finally:
        _decimals = before


def minor_units() -> int:
    """How many minor units, told in cents, an amount of 1 has."""
    return 10**_decimals


def half_up(numerator: int, denominator: int) -> int:
    """Return numerator ÷ denominator (> 0) rounded half away from zero."""
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def cents(amount: Decimal) -> int:
    """Return an amount of at most two decimals as whole cents."""
    return int(amount.scaleb(2))


def money(amount_cents: int) -> Decimal:
    """Return whole cents as an amount with two decimals, or as it is denominated."""
    return Decimal(amount_cents).scaleb(-_decimals)


def cents_told(amount: Decimal) -> int:
    """Return the whole cents that ``money`` told as ``amount``."""
    return int(amount.scaleb(_decimals))


def scaled(value: Decimal, unit: int) -> int:
    """Return ``value`` in whole parts of ``1 ÷ unit``; it must be a whole number."""
    return int(value * unit)


def minutes_at_rate(minutes: int, rate: Decimal) -> int:
    """Return round2(minutes ÷ 60 × rate) in cents; the rate has six decimals."""
    return half_up(minutes * scaled(rate, _RATE_UNIT), 60 * _RATE_UNIT // 100)


def spread(amount_cents: int, weights: list[tuple[int, str]]) -> dict[str, int]:
    """Share cents among (weight, key) so that the parts add up to the whole.

    Each gets floor(cents × weight ÷ total); the cents left go one each to the
    largest remainders, ties to the smaller key. Negative amounts mirror positive ones.
    """
    sign, whole = (-1, -amount_cents) if amount_cents < 0 else (1, amount_cents)
    total = sum(weight for weight, _ in weights)
    parts = [(*divmod(whole * weight, total), key) for weight, key in weights]
    left = whole - sum(floor for floor, _, _ in parts)
    parts.sort(key=lambda part: (-part[1], part[2]))
    return {
        key: sign * (floor + (place < left))
        for place, (floor, _, key) in enumerate(parts)
    }


class Fx:
    """Exchange rates by pair and date; the latest one not after a date holds."""

    def __init__(self, rates: Iterable[FxRate] = ()):
        self._dates: dict[tuple[str, str], list[date]] = {}
        self._rates: dict[tuple[str, str], list[int]] = {}
        for rate in sorted(rates, key=lambda rate: rate.effective_date):
            self.add(rate)

    def add(self, rate: FxRate) -> None:
        """Take in a rate; rates of a pair come in the order of their dates."""
        pair = (rate.currency, rate.base)
        self._dates.setdefault(pair, []).append(rate.effective_date)
        self._rates.setdefault(pair, []).append(scaled(rate.rate, _FX_UNIT))

    def convert(self, amount_cents: int, source: str, target: str, day: date) -> int:
        """Return round2(amount × rate of ``source`` in ``target`` on ``day``)."""
        if source == target:
            return amount_cents
        rate = self._rates[source, target][self._place(source, target, day)]
        return half_up(amount_cents * rate, _FX_UNIT)

    def rate(self, source: str, target: str, day: date) -> Decimal:
        """Return one unit of ``source`` in ``target`` on ``day``."""
        if source == target:
            return Decimal(1)
        rate = self._rates[source, target][self._place(source, target, day)]
        return Decimal(rate).scaleb(-8)

    def _place(self, source: str, target: str, day: date) -> int:
        return bisect_right(self._dates[source, target], day) - 1


def assignment_on(person: Person, day: date) -> Assignment | None:
    """Return the assignment in force on ``day``: the latest not after it."""
    best = None
    for assignment in person.assignments:
        if assignment.effective_date <= day and (
            best is None
            or (assignment.effective_date, assignment.entered_at)
            >= (best.effective_date, best.entered_at)
        ):
            best = assignment
    return best


def pay_on(person: Person, day: date) -> Pay | None:
    """Return the pay in force on ``day``; of equal dates the one entered last."""
    best = None
    for pay in person.pay:
        if pay.is_rescinded or pay.effective_date > day:
            continue
        key = (pay.effective_date, pay.entered_at)
        if best is None or key >= (best.effective_date, best.entered_at):
            best = pay
    return best


def payroll_group_on(firm: Firm, person: Person, day: date) -> str | None:
    """Return the payroll group that pays the person on ``day``."""
    assignment, pay = assignment_on(person, day), pay_on(person, day)
    if person.is_contractor or assignment is None or pay is None:
        return None
    return group_of(firm.entities[assignment.entity], pay.frequency)


def group_of(entity: LegalEntity, frequency: str) -> str:
    """Return the group of an entity's people paid by the year or the hour."""
    if frequency == "Hourly" and entity.hourly_group is not None:
        return entity.hourly_group
    return entity.payroll_group


def cost_rate(pay: Pay, assignment: Assignment) -> int:
    """Return an hour's raw cost in millionths of the currency.

    Annual: round6(amount ÷ (annual standard hours × FTE)); hourly: the amount.
    """
    amount = scaled(pay.amount, 100) * (_RATE_UNIT // minor_units())
    if pay.frequency == "Hourly":
        return amount
    fte = scaled(assignment.fte, _FTE_UNIT)
    hours = _STANDARD_HOURS[assignment.entity]
    return half_up(amount * _FTE_UNIT, hours * fte)


def pool_rates(entity: str, day: date, stated_by: date | None = None) -> dict[str, int]:
    """Return the entity's burden rates on ``day`` by pool, in millionths.

    Provisional ones, unless an actual rate of the day was stated by ``stated_by``.
    """
    found = {
        pool: scaled(rate, _RATE_UNIT)
        for pool, rate, valid_from, valid_to in BURDEN_RATES[entity]
        if valid_from <= day < valid_to
    }
    for pool, rate, valid_from, valid_to, stated_on in BURDEN_ACTUALS[entity]:
        if stated_by and stated_on <= stated_by and valid_from <= day < valid_to:
            found[pool] = scaled(rate, _RATE_UNIT)
    return found


def burden_factor(rates: dict[str, int]) -> int:
    """Return round6((1 + Σ additive rates) × Π (1 + precedence rate)) in millionths."""
    factor = _RATE_UNIT + sum(
        rate for pool, rate in rates.items() if pool not in PRECEDENCE_POOLS
    )
    exact, unit = factor, 1
    for pool in PRECEDENCE_POOLS:
        exact, unit = exact * (_RATE_UNIT + rates.get(pool, 0)), unit * _RATE_UNIT
    return half_up(exact, unit)


def rate_borne(rates: dict[str, int]) -> int:
    """Return what the pools that payroll does not hold add, in millionths of raw cost:
    the whole factor less that of the payroll's own pools."""
    in_payroll = {pool: rate for pool, rate in rates.items() if pool in PAYROLL_POOLS}
    return burden_factor(rates) - burden_factor(in_payroll)


class CostRates:
    """Cost of an hour by person and day, looked up once each.

    ``stated_by``: the day up to which actual burden rates are known.
    """

    def __init__(self, people: dict[str, Person], stated_by: date | None = None):
        self._people = people
        self._stated_by = stated_by
        self._known: dict[tuple[str, date], tuple[int, str, str] | None] = {}
        self._factors: dict[tuple[str, date], tuple[int, int, int]] = {}

    def loaded(self, number: str, day: date) -> tuple[int, str, str] | None:
        """Return (raw cost rate in millionths, currency, entity), None if unknown."""
        key = (number, day)
        if key not in self._known:
            self._known[key] = self._look_up(number, day)
        return self._known[key]

    def raw(self, number: str, day: date, minutes: int) -> tuple[int, str]:
        """Return (round2(minutes ÷ 60 × rate) in cents, currency)."""
        rate, currency, _ = self._must(number, day)
        return _at(minutes, rate, _RATE_UNIT), currency

    def provisional(self, number: str, day: date, minutes: int) -> tuple[int, str]:
        """Return (round2(minutes ÷ 60 × rate × burden factor) in cents, currency)."""
        rate, currency, entity = self._must(number, day)
        return _at(minutes, rate, self._factors_on(entity, day)[0]), currency

    def borne(self, number: str, day: date, minutes: int) -> tuple[int, int]:
        """Return what an hour bears besides its payroll: (at the rates known, at the
        provisional ones), round2(minutes ÷ 60 × rate × rate borne) in cents."""
        rate, _, entity = self._must(number, day)
        _, known, provisional = self._factors_on(entity, day)
        return _at(minutes, rate, known), _at(minutes, rate, provisional)

    def _factors_on(self, entity: str, day: date) -> tuple[int, int, int]:
        if (entity, day) not in self._factors:
            provisional = pool_rates(entity, day)
            known = pool_rates(entity, day, self._stated_by)
            self._factors[entity, day] = (
                burden_factor(provisional),
                rate_borne(known),
                rate_borne(provisional),
            )
        return self._factors[entity, day]

    def _must(self, number: str, day: date) -> tuple[int, str, str]:
        loaded = self.loaded(number, day)
        if loaded is None:
            raise ValueError(f"{number} has no pay on {day}: hire people with a pay")
        return loaded

    def _look_up(self, number: str, day: date) -> tuple[int, str, str] | None:
        person = self._people[number]
        pay, assignment = pay_on(person, day), assignment_on(person, day)
        if pay is None or assignment is None:
            return None
        return cost_rate(pay, assignment), pay.currency, assignment.entity


def _at(minutes: int, rate: int, factor: int) -> int:
    return half_up(
        minutes * rate * factor, 60 * _RATE_UNIT * _RATE_UNIT // minor_units()
    )
