"""The truth's burden pools: what hours were charged for each against what it cost.

Amounts are cents of the entity's currency; rates and factors are millionths. Days of an
entity's month with the same rates are one range.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dlt_pipelines.sandbox.firm.costing import cents, half_up, money, pool_rates, spread
from dlt_pipelines.sandbox.firm.policies import (
    BURDEN_ACTUALS,
    PAYROLL_POOLS,
    PRECEDENCE_POOLS,
)
from tests.truth.facts.books import Books
from tests.truth.facts.labour import Part
from tests.truth.periods import month_of

UNIT = 10**6
SMALLEST_GROUP = 5  # of fewer people no pay is told
SECTIONS = {"employer_taxes": "employer_taxes", "employer_contributions": "benefits"}

Pool = tuple[str, str, date]  # entity, pool, month


@dataclass(frozen=True)
class BurdenPool:
    """A pool's month in an entity: applied against actual."""

    entity: str
    pool: str
    period_month: date
    people: int
    paid_people: int
    raw: Decimal | None  # None: of too few people to be shown
    applied: Decimal | None
    settled: Decimal | None  # the part of it whose actual cost is known
    actual: Decimal | None
    over_absorbed: Decimal | None
    actualisation: Decimal | None


class Burden:
    """Approved hours and payroll of every entity by pool and month."""

    def __init__(self, books: Books):
        self.books = books
        self.held: dict[Pool, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.people: dict[tuple[str, date], set[str]] = defaultdict(set)
        self.paid: dict[tuple[str, date], set[str]] = defaultdict(set)
        self._apply()
        self._settle()

    def pools(self) -> list[BurdenPool]:
        """Every pool's months."""
        return [self._pool(key) for key in sorted(self.held)]

    def _pool(self, key: Pool) -> BurdenPool:
        held, (entity, _, month) = self.held[key], key
        people, paid = len(self.people[entity, month]), len(self.paid[entity, month])
        working = [held["raw"], held["applied"]]
        settled = [
            held["settled"],
            held["actual"],
            held["settled"] - held["actual"],
            held["actualisation"],
        ]
        hides = 0 < people < SMALLEST_GROUP
        hides_paid = hides or 0 < paid < SMALLEST_GROUP
        return BurdenPool(
            *key,
            people,
            paid,
            *(None if hides else money(amount) for amount in working),
            *(None if hides_paid else money(amount) for amount in settled),
        )

    def _apply(self) -> None:
        """Share the burden of each entity's range of a month out over the pools."""
        ranges: dict[tuple, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for entry in self.books.approved:
            if entry.person in self.books.contractors:
                continue
            rates, day, number = self.books.rates, entry.day, entry.person
            entity = rates.loaded(number, day)[2]
            raw, _ = rates.raw(number, day, entry.minutes)
            loaded, _ = rates.provisional(number, day, entry.minutes)
            month = month_of(day)
            total = ranges[entity, month, self._rates_on(entity, day)]
            is_paid = entry.id in self.books.shares.entries
            for slot, amount in enumerate((raw, loaded - raw)):
                total[slot] += amount
                total[slot + 2] += amount if is_paid else 0
            self.people[entity, month].add(number)
        for (entity, month, (provisional, known, stated)), total in ranges.items():
            factors = _factors(dict(provisional)), _factors(dict(known))
            self._apply_range(entity, month, factors, stated, total)

    def _rates_on(self, entity: str, day: date) -> tuple:
        """Provisional rates, the rates known, and the pools whose rate is stated."""
        as_of = self.books.as_of
        return (
            tuple(pool_rates(entity, day).items()),
            tuple(pool_rates(entity, day, as_of).items()),
            _stated(entity, day, as_of),
        )

    def _apply_range(
        self,
        entity: str,
        month: date,
        factors: tuple[dict[str, int], dict[str, int]],
        stated: frozenset[str],
        total: list[int],
    ) -> None:
        raw, burden, paid_raw, paid_burden = total
        weights = [(factor, pool) for pool, factor in factors[0].items()]
        applied, to_paid = spread(burden, weights), spread(paid_burden, weights)
        for pool, part in applied.items():
            held = self.held[entity, pool, month]
            held["raw"] += raw
            held["applied"] += part
            change = factors[1][pool] - factors[0][pool]
            if pool in PAYROLL_POOLS:
                held["settled"] += to_paid[pool]
                held["actualisation"] -= to_paid[pool]
            elif pool in stated:
                held["settled"] += part
                held["actual"] += part + half_up(raw * change, UNIT)
                held["actualisation"] += half_up(paid_raw * change, UNIT)

    def _settle(self) -> None:
        """Add what the employer paid, by the minutes that bear each run's pay."""
        sections: dict[tuple[str, str, str], int] = defaultdict(int)
        for line in self.books.firm.payroll_lines:
            if line.section in SECTIONS:
                pool = SECTIONS[line.section]
                sections[line.run, line.person, pool] += cents(line.amount)
        for (run_id, number, pool), amount in sections.items():
            parts = self.books.shares.parts.get((run_id, number), [])
            loaded = sum(abs(part.employer) for part in parts) > 0
            weights = [
                (abs(part.employer) if loaded else 1, place)
                for place, part in enumerate(parts)
            ]
            of_parts = spread(amount, weights) if parts else {}
            for place, of_part in of_parts.items():
                if parts[place].weights:
                    part = parts[place]
                    self._settle_part(run_id, number, pool, part, of_part)

    def _settle_part(
        self, run_id: str, number: str, pool: str, part: Part, amount: int
    ) -> None:
        entity = self.books.firm.payroll_runs[run_id].entity
        for key, share in spread(amount, self._bearers(part)).items():
            day, _, bearer = key.partition("|")
            month = date.fromisoformat(day)
            held = self.held[entity, pool, month]
            held["actual"] += share
            held["actualisation"] += share if bearer == "1" else 0
            self.paid[entity, month].add(number)

    def _bearers(self, part: Part) -> list[tuple[int, str]]:
        """Minutes that bear a part of pay, by month and whether they are work."""
        minutes: dict[str, int] = defaultdict(int)
        for weight, bearer in part.weights:
            kind, _, month = bearer.partition(":")
            if kind not in ("absence", "bench"):  # an entry, by its id
                day = self.books.firm.time_entries[bearer].day
                minutes[f"{month_of(day)}|1"] += weight
            elif month == "none":
                minutes[f"{month_of(part.last)}|0"] += weight
            else:
                minutes[f"{month}|0"] += weight
        return [(weight, key) for key, weight in minutes.items()]


def _stated(entity: str, day: date, as_of: date) -> frozenset[str]:
    """The pools whose actual rate of a day Finance has stated."""
    return frozenset(
        pool
        for pool, _, valid_from, valid_to, stated_on in BURDEN_ACTUALS[entity]
        if stated_on <= as_of and valid_from <= day < valid_to
    )


def _factors(rates: dict[str, int]) -> dict[str, int]:
    """What each pool adds to 1 of raw cost; a precedence pool loads all before it."""
    found, before = {}, UNIT
    for pool, rate in rates.items():
        if pool not in PRECEDENCE_POOLS:
            found[pool] = rate
            before += rate
    for pool in PRECEDENCE_POOLS:
        if pool in rates:
            found[pool] = half_up(rates[pool] * before, UNIT)
            before += found[pool]
    return found
