"""Whether a rate that an attack believes in is the one somebody has."""

from dataclasses import dataclass

import numpy as np

from dlt_pipelines.sandbox.firm.costing import (
    Fx,
    assignment_on,
    burden_factor,
    cost_rate,
    pay_on,
    pool_rates,
)
from dlt_pipelines.sandbox.firm.model import Firm, Person
from tests.security.solving import Solution

RECOVERED = 0.10  # as near as that is recovered
BELIEVED = 0.05  # a solution with a larger standard error tells its finder nothing


@dataclass(frozen=True)
class Truth:
    """Each unknown's true rates one after another, with the first day of each."""

    unknowns: list[str]
    rates: np.ndarray  # unknowns × rates, nan where there are no more
    since: np.ndarray
    burden: np.ndarray  # what a rate is multiplied by to be loaded; 1 of contractors

    def latest(self) -> np.ndarray:
        """The rate that each unknown had last."""
        known = np.isfinite(self.rates)
        last = np.maximum(known.sum(axis=1) - 1, 0)
        return self.rates[np.arange(len(last)), last]


def truth_of(firm: Firm, unknowns: list[str]) -> Truth:
    """The rates from the firm's simulation, which no attack has seen."""
    found = [_rates(firm, *unknown.split(":")) for unknown in unknowns]
    width = max(map(len, found))
    rates = np.full((len(found), width), np.nan)
    since = np.full((len(found), width), "9999-12-31", dtype="datetime64[D]")
    for i, steps in enumerate(found):
        for j, (day, rate) in enumerate(steps):
            rates[i, j], since[i, j] = rate, day
    return Truth(unknowns, rates, since, np.array([*_burdens(firm, unknowns)]))


def _rates(firm: Firm, number: str, currency: str) -> list[tuple[np.datetime64, float]]:
    person = firm.people[number]
    of = _contractor_rates if person.is_contractor else _employee_rates
    return of(firm, person, currency)


def _employee_rates(
    firm: Firm, person: Person, currency: str
) -> list[tuple[np.datetime64, float]]:
    days = {p.effective_date for p in person.pay}
    days |= {a.effective_date for a in person.assignments}
    steps = []
    for day in sorted(days):
        pay, place = pay_on(person, day), assignment_on(person, day)
        if pay and place and pay.currency == currency and day <= firm.clock.date():
            steps.append((np.datetime64(day), cost_rate(pay, place) / 10**6))
    return steps


def _contractor_rates(
    firm: Firm, person: Person, currency: str
) -> list[tuple[np.datetime64, float]]:
    """What a contractor charges on each order, in the currency of its project."""
    fx, steps = Fx(firm.fx_rates), []
    for order in firm.purchase_orders.values():
        own = firm.entities[order.entity].currency
        if order.person == person.number and own == currency:
            day = order.created_at.date()
            rate = order.hourly_rate * fx.rate(order.currency, own, day)
            steps.append((np.datetime64(day), float(rate)))
    return sorted(steps)


def _burdens(firm: Firm, unknowns: list[str]):
    day = firm.clock.date()
    by_currency = {
        entity.currency: burden_factor(pool_rates(code, day)) / 10**6
        for code, entity in firm.entities.items()
    }
    for unknown in unknowns:
        number, currency = unknown.split(":")
        person = firm.people[number]
        yield 1.0 if person.is_contractor else by_currency[currency]


def hits(truth: Truth, solution: Solution, within: float = RECOVERED) -> np.ndarray:
    """Which unknowns a solution recovers: as an hour's raw cost, and as its loaded."""
    factors = (np.ones_like(truth.burden), truth.burden)
    return np.array([_near(truth, solution, within, factor) for factor in factors])


def _near(
    truth: Truth, solution: Solution, within: float, factor: np.ndarray
) -> np.ndarray:
    rates = solution.rates / factor
    until = np.roll(truth.since, -1, axis=1)
    until[:, -1] = np.datetime64("9999-12-31")
    in_force = (truth.since <= solution.until) & (until > solution.since)
    with np.errstate(invalid="ignore"):
        near = np.abs(rates[:, None] / truth.rates - 1) < within
        believed = (solution.errors < BELIEVED) & (rates > 0)
    return (near & in_force).any(axis=1) & believed
