"""The truth's labour: who could work when, and what payroll paid for.

Per person and final run: earnings + employer taxes + contributions, spread by minutes
over the approved entries of the days the run pays, the paid absence and the capacity
nobody used, so that the parts are the payroll to the cent. A bonus is the fiscal
year's, in equal parts by period, and takes its share of what the employer pays on top
along; a period has its part once the person's payroll group has paid all of it. Arrears
are of the fiscal year's periods that were over before the run, likewise.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from dlt_pipelines.sandbox.firm import calendars
from dlt_pipelines.sandbox.firm.calendars import DAY, holiday_dates
from dlt_pipelines.sandbox.firm.costing import assignment_on, cents, spread
from dlt_pipelines.sandbox.firm.model import Firm, Person, TimeEntry
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


@dataclass(frozen=True)
class Part:
    """What a run pays somebody for some days, in cents: (minutes, bearer) bear it."""

    first: date
    last: date
    gross: int
    employer: int
    weights: list[tuple[int, str]]  # none: it is to come


@dataclass
class PayrollShares:
    """Payroll cost in cents of the pay's currency, by what bears it."""

    entries: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    gross: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    absence: dict[tuple[str, str, date], int] = field(
        default_factory=lambda: defaultdict(int)
    )
    bench: dict[tuple[str, str, date], int] = field(
        default_factory=lambda: defaultdict(int)
    )
    to_come: dict[tuple[str, str, date], int] = field(
        default_factory=lambda: defaultdict(int)
    )
    # by run and person
    parts: dict[tuple[str, str], list[Part]] = field(
        default_factory=lambda: defaultdict(list)
    )


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
    paid: dict[str, set[str]] = defaultdict(set)  # entries of a person
    paid_to: dict[str, date] = {}  # by payroll group
    later = []  # run, person, kind, gross, employer
    for (run_id, number), (worked, arrears, bonus, employer) in _earned(firm).items():
        run, person = firm.payroll_runs[run_id], firm.people[number]
        earned = [(arrears, "arrears"), (bonus, "bonus"), (worked, "worked")]
        if not arrears + bonus + worked:
            earned = [(1, "worked")]
        on_top = defaultdict(int, spread(employer, earned))
        for kind, amount in (("bonus", bonus), ("arrears", arrears)):
            if amount:
                later.append((run, person, kind, amount, on_top[kind]))
        weights = _weights(
            PAYROLL_GROUPS[run.group][0],
            (run.period_start, run.period_end),
            person,
            entries.get(number, []),
            capacities.get(number, {}),
        ) or [(1, "bench:none")]
        paid[number] |= {bearer for _, bearer in weights}
        paid_to[run.group] = max(run.period_end, paid_to.get(run.group, date.min))
        part = Part(run.period_start, run.period_end, worked, on_top["worked"], weights)
        shares.parts[run_id, number].append(part)
    for run, person, kind, amount, employer in later:
        number = person.number
        own = [e for e in entries.get(number, []) if e.id in paid[number]]
        months = _fiscal_year(firm, run.period_end)
        if kind == "arrears":
            months = [span for span in months if span[1] < run.period_start]
            months = months or [(run.period_start, run.period_end)]
        gross = spread(amount, [(1, first.isoformat()) for first, _ in months])
        on_top = spread(employer, [(1, first.isoformat()) for first, _ in months])
        for place, (first, last) in enumerate(months):
            weights = []
            if last <= paid_to[run.group]:
                entity = PAYROLL_GROUPS[run.group][0]
                days = capacities.get(number, {})
                weights = _weights(entity, (first, last), person, own, days)
                weights = weights or [(1, f"bench:{first}")]
            key = first.isoformat()
            part = Part(first, last, gross[key], on_top[key], weights)
            shares.parts[run.id, number].insert(place, part)
    for (run_id, number), parts in shares.parts.items():
        for part in parts:
            _share(shares, run_id, number, part)
    return shares


def _earned(firm: Firm) -> dict[tuple[str, str], list[int]]:
    """By final run and person in HR: worked pay, arrears, bonus and employer cost in
    cents."""
    pools: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for line in firm.payroll_lines:
        run = firm.payroll_runs[line.run]
        if run.status != "NTC" or not firm.people[line.person].in_hr:
            continue
        if line.section == "earnings":
            kind = {"RETRO": 1, "BON": 2}.get(line.code, 0)
            pools[line.run, line.person][kind] += cents(line.amount)
        elif line.section in EMPLOYER_SECTIONS:
            pools[line.run, line.person][3] += cents(line.amount)
    return pools


def _fiscal_year(firm: Firm, day: date) -> list[tuple[date, date]]:
    """First and last days of the periods of a day's fiscal year.

    A year that began before the ERP's first period has calendar months before it.
    """
    periods = [p for p in firm.periods.values() if not p.is_adjustment]
    [year] = {p.fiscal_year for p in periods if p.start <= day <= p.end}
    own = sorted((p.start, p.end) for p in periods if p.fiscal_year == year)
    first = own[0][0]
    if first == min(p.start for p in periods):
        begins = calendars.add_months(own[-1][1], -11)
        before = calendars.months_between(begins, first - DAY)
        own = [(month, calendars.month_end(month)) for month in before] + own
    return own


def _share(shares: PayrollShares, run: str, number: str, part: Part) -> None:
    whole = part.gross + part.employer
    if not part.weights:
        shares.to_come[run, number, part.first] += whole
        return
    gross = spread(part.gross, part.weights)
    for bearer, amount in spread(whole, part.weights).items():
        kind, _, month = bearer.partition(":")
        if kind not in ("absence", "bench"):  # an entry, by its id
            shares.entries[bearer] += amount
            shares.gross[bearer] += gross[bearer]
            continue
        period = shares.absence if kind == "absence" else shares.bench
        first = date.min if month == "none" else date.fromisoformat(month)
        period[run, number, first] += amount


def _weights(
    entity: str,
    span: tuple[date, date],
    person: Person,
    entries: list[TimeEntry],
    days: dict[date, Capacity],
) -> list[tuple[int, str]]:
    """Return (minutes, bearer): an entry's id, absence:month, bench:month.

    Corrections take minutes off; nothing bears pay where they leave none.
    """
    first, last = span
    start = bisect_left(entries, first, key=lambda e: e.day)
    end = bisect_right(entries, last, key=lambda e: e.day)
    own = [e for e in entries[start:end] if _works_for(person, e.day, entity)]
    weights = [(entry.minutes, entry.id) for entry in own if entry.minutes]
    worked: dict[date, int] = defaultdict(int)
    for entry in own:
        worked[month_of(entry.day)] += entry.minutes
    absent: dict[date, int] = defaultdict(int)
    available: dict[date, int] = defaultdict(int)
    day = first
    while day <= last:
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
    return weights if sum(minutes for minutes, _ in weights) > 0 else []


def _works_for(person: Person, day: date, entity: str) -> bool:
    place = assignment_on(person, day)
    return place is None or place.entity == entity
