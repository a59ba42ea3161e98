"""The truth's labour: who could work when, and what payroll paid for.

Per person and final run: earnings + employer taxes + contributions, spread by minutes
over the approved entries of the days the run pays, the paid absence and the capacity
nobody used, so that the parts are the payroll to the cent.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from dlt_pipelines.sandbox.firm.calendars import DAY, holiday_dates
from dlt_pipelines.sandbox.firm.costing import assignment_on, cents, spread
from dlt_pipelines.sandbox.firm.model import Firm, PayrollRun, Person, TimeEntry
from dlt_pipelines.sandbox.firm.policies import ENTITY_COUNTRY, PAYROLL_GROUPS
from tests.truth.periods import month_of

EMPLOYER_SECTIONS = ("earnings", "employer_taxes", "employer_contributions")


@dataclass(frozen=True)
class Capacity:
    """A person's weekday: whose it is and its minutes."""

    entity: str
    practice: str
    working: int
    holiday: int
    absent: int
    available: int


@dataclass
class PayrollShares:
    """Payroll cost in cents of the pay's currency, by what bears it."""

    entries: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    gross: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    absence: dict[tuple[str, str, date], int] = field(default_factory=dict)
    bench: dict[tuple[str, str, date], int] = field(default_factory=dict)
    # (minutes, bearer) by run and person
    weights: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)


def capacity(firm: Firm, person: Person, as_of: date) -> dict[date, Capacity]:
    """Return the weekdays from hire to ``as_of`` or the last day with their minutes.

    Leave of a week that is more than its days hold where it is booked is taken from the
    week's other days, the first ones first.
    """
    absent: dict[date, Decimal] = defaultdict(Decimal)
    for absence in person.absences:
        if absence.status == "Approved":
            absent[absence.day] += absence.hours
    days = {}
    first = min((a.effective_date for a in person.assignments), default=as_of)
    day = max(person.hired, first)
    last = min(as_of, person.left or as_of)
    while day <= last:
        if day.weekday() < 5:
            days[day] = _weekday(person, day, absent[day])
        day += DAY
    for monday in {day - DAY * day.weekday() for day in days}:
        _carry(days, monday, absent)
    return days


def _carry(
    days: dict[date, Capacity],
    monday: date,
    absent: dict[date, Decimal],
) -> None:
    week = [monday + DAY * n for n in range(7)]
    booked = sum(
        int((absent[day] * 60).to_integral_value(ROUND_HALF_UP))
        for day in week
        if day in days or day.weekday() > 4
    )
    held = sum(
        min(int((absent[day] * 60).to_integral_value(ROUND_HALF_UP)), days[day].working)
        for day in week
        if day in days
    )
    beyond = booked - held
    for day in week:
        if beyond > 0 and day in days and days[day].available:
            taken = min(beyond, days[day].available)
            was = days[day]
            days[day] = replace(
                was, absent=was.absent + taken, available=was.available - taken
            )
            beyond -= taken


def _weekday(person: Person, day: date, absent_hours: Decimal) -> Capacity:
    place = assignment_on(person, day)
    working = int((place.weekly_hours * 12).to_integral_value(ROUND_HALF_UP))
    if day in holiday_dates(ENTITY_COUNTRY[place.entity]):
        return Capacity(place.entity, place.practice, working, working, 0, 0)
    absent = int((absent_hours * 60).to_integral_value(ROUND_HALF_UP))
    absent = min(absent, working)
    left = working - absent
    return Capacity(place.entity, place.practice, working, 0, absent, left)


def payroll_shares(
    firm: Firm,
    entries: dict[str, list[TimeEntry]],
    capacities: dict[str, dict[date, Capacity]],
) -> PayrollShares:
    """Spread every final run; ``entries`` are a person's approved ones, by day."""
    shares = PayrollShares()
    pools: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for line in firm.payroll_lines:
        run = firm.payroll_runs[line.run]
        known = firm.people[line.person].in_hr
        if run.status == "NTC" and known and line.section in EMPLOYER_SECTIONS:
            pool = pools[line.run, line.person]
            pool[0] += cents(line.amount)
            pool[1] += cents(line.amount) if line.section == "earnings" else 0
    for (run_id, number), (whole, gross) in pools.items():
        run, person = firm.payroll_runs[run_id], firm.people[number]
        weights = _weights(
            run, person, entries.get(number, []), capacities.get(number, {})
        )
        shares.weights[run_id, number] = weights
        _share(shares, run_id, number, spread(whole, weights), spread(gross, weights))
    return shares


def _share(
    shares: PayrollShares,
    run: str,
    number: str,
    parts: dict[str, int],
    gross: dict[str, int],
) -> None:
    for bearer, amount in parts.items():
        kind, _, month = bearer.partition(":")
        if not month:
            shares.entries[bearer] += amount
            shares.gross[bearer] += gross[bearer]
            continue
        period = shares.absence if kind == "absence" else shares.bench
        first = date.min if month == "none" else date.fromisoformat(month)
        period[run, number, first] = amount


def _weights(
    run: PayrollRun,
    person: Person,
    entries: list[TimeEntry],
    days: dict[date, Capacity],
) -> list[tuple[int, str]]:
    """Return (minutes, bearer): an entry's id, absence:month, bench:month."""
    entity = PAYROLL_GROUPS[run.group][0]
    start = bisect_left(entries, run.period_start, key=lambda e: e.day)
    end = bisect_right(entries, run.period_end, key=lambda e: e.day)
    own = [e for e in entries[start:end] if _works_for(person, e.day, entity)]
    weights = [(entry.minutes, entry.id) for entry in own if entry.minutes > 0]
    worked: dict[date, int] = defaultdict(int)
    for entry in own:
        worked[month_of(entry.day)] += entry.minutes
    absent: dict[date, int] = defaultdict(int)
    available: dict[date, int] = defaultdict(int)
    day = run.period_start
    while day <= run.period_end:
        if day in days and days[day].entity == entity:
            absent[month_of(day)] += days[day].holiday + days[day].absent
            available[month_of(day)] += days[day].available
        day += DAY
    for month in available:
        if absent[month]:
            weights.append((absent[month], f"absence:{month}"))
        unused = available[month] - worked[month]
        if unused > 0:
            weights.append((unused, f"bench:{month}"))
    return weights or [(1, "bench:none")]


def _works_for(person: Person, day: date, entity: str) -> bool:
    place = assignment_on(person, day)
    return place is None or place.entity == entity
