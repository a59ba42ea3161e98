"""Exact arithmetic of hours, rates and currencies, in integers.

Money is whole cents, hourly cost rates are millionths, FX rates are 10⁻⁸ and every
division rounds half up, away from zero.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from dlt_pipelines.sandbox.model import Assignment, FxRate, Pay, Person
from dlt_pipelines.sandbox.policies import BURDEN_RATES, ENTITIES

_STANDARD_HOURS = {entity.code: entity.annual_standard_hours for entity in ENTITIES}
_FX_UNIT = 10**8
_RATE_UNIT = 10**6
_BURDEN_UNIT = 10**4
_FTE_UNIT = 10**4


def half_up(numerator: int, denominator: int) -> int:
    """Return numerator ÷ denominator (> 0) rounded half away from zero."""
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def cents(amount: Decimal) -> int:
    """Return an amount of at most two decimals as whole cents."""
    return int(amount.scaleb(2))


def money(amount_cents: int) -> Decimal:
    """Return whole cents as an amount with two decimals."""
    return Decimal(amount_cents).scaleb(-2)


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


def cost_rate(pay: Pay, assignment: Assignment) -> int:
    """Return an hour's raw cost in millionths.

    Annual: round6(amount ÷ (annual standard hours × FTE)); hourly: the amount.
    """
    amount = scaled(pay.amount, 100)
    if pay.frequency == "Hourly":
        return amount * (_RATE_UNIT // 100)
    fte = scaled(assignment.fte, _FTE_UNIT)
    hours = _STANDARD_HOURS[assignment.entity]
    return half_up(amount * (_RATE_UNIT // 100) * _FTE_UNIT, hours * fte)


def burden(entity: str, day: date) -> int:
    """Return Σ burden rates of the entity valid on ``day``, in ten-thousandths."""
    return sum(
        scaled(rate, _BURDEN_UNIT)
        for _, rate, valid_from, valid_to in BURDEN_RATES[entity]
        if valid_from <= day < valid_to
    )


class CostRates:
    """Burdened cost of an hour by person and day, looked up once each."""

    def __init__(self, people: dict[str, Person]):
        self._people = people
        self._known: dict[tuple[str, date], tuple[int, str] | None] = {}

    def loaded(self, number: str, day: date) -> tuple[int, str] | None:
        """Return (cost rate × (1 + burden) in 10⁻¹⁰, currency), None if unknown."""
        key = (number, day)
        if key not in self._known:
            self._known[key] = self._look_up(number, day)
        return self._known[key]

    def provisional(self, number: str, day: date, minutes: int) -> tuple[int, str]:
        """Return (round2(minutes ÷ 60 × rate × (1 + burden)) in cents, currency)."""
        loaded = self.loaded(number, day)
        if loaded is None:
            raise ValueError(f"{number} has no pay on {day}: hire people with a pay")
        unit = 60 * _RATE_UNIT * _BURDEN_UNIT // 100
        return half_up(minutes * loaded[0], unit), loaded[1]

    def _look_up(self, number: str, day: date) -> tuple[int, str] | None:
        person = self._people[number]
        pay, assignment = pay_on(person, day), assignment_on(person, day)
        if pay is None or assignment is None:
            return None
        load = _BURDEN_UNIT + burden(assignment.entity, day)
        return cost_rate(pay, assignment) * load, pay.currency
