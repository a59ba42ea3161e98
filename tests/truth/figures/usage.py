"""The truth's utilisation: what employees' hours count for, against their capacity.

Minutes are whole ten-thousandths until they are hours. Contractors have no capacity and
no part in it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dlt_pipelines.sandbox.firm.calendars import monday_of
from dlt_pipelines.sandbox.firm.costing import (
    assignment_on,
    half_up,
    minutes_at_rate,
    scaled,
    spread,
)
from dlt_pipelines.sandbox.firm.model import Allocation, Firm, Person, TimeEntry
from dlt_pipelines.sandbox.firm.policies import (
    AMBER_WIDTH,
    UTILISATION_CREDITS,
    UTILISATION_MEASURES,
    UTILISATION_TARGETS,
)
from tests.truth.facts.books import Books
from tests.truth.facts.labour import capacity
from tests.truth.facts.plans import planned_days
from tests.truth.figures.closed_sums import PEOPLE
from tests.truth.periods import month_of

UNIT = 10**4
WEEKDAYS_OF_A_YEAR = 260
MEASURES = (
    "working",
    "available",
    "capacity",
    "annual",
    "approved",
    "billable",
    "billed",
    "internal",
    "credited",
    "submitted",
    "utilised",
    "base",
    "target",
)

Minutes = dict[str, int]
Place = tuple[str, str, str]  # entity, practice, grade


@dataclass(frozen=True)
class Utilisation:
    """Hours of a group or a person in a period, in every measure, and their band."""

    entity: str
    practice: str
    grade: str
    person: str | None  # None: all of the group
    starts: date
    people: int
    working: Decimal
    available: Decimal
    capacity: Decimal
    annual: Decimal
    approved: Decimal
    billable: Decimal
    billed: Decimal
    internal: Decimal
    credited: Decimal
    submitted: Decimal
    utilised: Decimal
    base: Decimal
    target: Decimal
    rate: Decimal | None
    target_rate: Decimal | None
    band: str | None


@dataclass(frozen=True)
class Schedule:
    """A group's week to come: allocated against capacity."""

    entity: str
    practice: str
    grade: str
    starts: date
    people: int
    capacity: Decimal
    scheduled: Decimal
    rate: Decimal | None
    target_rate: Decimal | None
    band: str | None


class Usage:
    """Minutes of every employee, day by day."""

    def __init__(self, books: Books):
        self.books = books
        self.employees = {
            person.number: person
            for person in books.firm.people.values()
            if person.in_hr and not person.is_contractor
        }
        self.live = [
            entry
            for entry in books.firm.time_entries.values()
            if entry.deleted_at is None and entry.day <= books.as_of
        ]
        self.first = month_of(min(entry.day for entry in self.live))
        self.days: dict[tuple[str, date], Minutes] = defaultdict(
            lambda: defaultdict(int)
        )
        self._add_capacity()
        self._add_time()
        self._add_measures()

    def sums(self, start: Callable[[date], date]) -> dict[tuple[Place, date], Minutes]:
        """Minutes by group and the period that a day ``start``s in, and its people."""
        held: dict[tuple, Minutes] = defaultdict(lambda: defaultdict(int))
        people: dict[tuple, set[str]] = defaultdict(set)
        for (number, day), minutes in self.days.items():
            key = (self._place(number, day), start(day))
            people[key].add(number)
            _add(held[key], minutes)
        return {key: held[key] | {PEOPLE: len(people[key])} for key in held}

    def people(self) -> list[Utilisation]:
        """Sums by person and week; the week's last day says where they belong."""
        held: dict[tuple, Minutes] = defaultdict(lambda: defaultdict(int))
        last: dict[tuple, date] = {}
        for (number, day), minutes in self.days.items():
            key = (number, monday_of(day))
            last[key] = max(day, last.get(key, day))
            _add(held[key], minutes)
        return [
            _utilisation(self._place(key[0], last[key]), key[0], key[1], 1, held[key])
            for key in sorted(held)
        ]

    def scheduled(self) -> list[Schedule]:
        """The weeks after the as-of week, to the last one with a plan."""
        planned: Minutes = defaultdict(int)
        for allocation in self.books.firm.allocations.values():
            for week, minutes in _by_week(self.books.firm, allocation):
                planned[allocation.person, week] += minutes
        horizon = max((week for _, week in planned), default=self.books.as_of)
        weeks: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0, 0])
        for number, person in self.employees.items():
            days = capacity(self.books.firm, person, horizon + timedelta(days=6))
            for day, held in days.items():
                weeks[number, monday_of(day)][0] += held.available
        for (number, week), minutes in planned.items():
            if number in self.employees:
                weeks[number, week][1] += minutes
        return self._schedules(
            {key: held for key, held in weeks.items() if key[1] > self.books.as_of}
        )

    def _schedules(self, weeks: dict[tuple[str, date], list[int]]) -> list[Schedule]:
        held: dict[tuple, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for (number, week), (available, minutes) in weeks.items():
            place = self._place(number, week + timedelta(days=6))
            total = held[(*place, week)]
            target = available * scaled(UTILISATION_TARGETS[place[2]], 100)
            for slot, amount in enumerate((available, minutes, target, 1)):
                total[slot] += amount
        found = []
        for key in sorted(held):
            available, minutes, target, people = held[key]
            rate, goal = _rate(minutes, available), _rate(target, available * 100)
            hours = (_hours(available * UNIT), _hours(minutes * UNIT))
            found.append(Schedule(*key, people, *hours, rate, goal, _band(rate, goal)))
        return found

    def _place(self, number: str, day: date) -> Place:
        place = assignment_on(self.employees[number], day)
        return place.entity, place.practice, place.grade

    def _add_capacity(self) -> None:
        for number, person in self.employees.items():
            for day, held in self.books.capacities[number].items():
                if day < self.first:
                    continue
                minutes = self.days[number, day]
                minutes["working"] = held.working * UNIT
                minutes["available"] = (held.working - held.holiday) * UNIT
                minutes["capacity"] = held.available * UNIT
                minutes["annual"] = self._annual(person, day)

    def _annual(self, person: Person, day: date) -> int:
        """A weekday's part of the annual standard hours at the share of full time."""
        place = assignment_on(person, day)
        year = self.books.firm.entities[place.entity].annual_standard_hours * 60
        share = year * scaled(place.fte, UNIT)
        return half_up(share, WEEKDAYS_OF_A_YEAR)

    def _add_time(self) -> None:
        sheets = self.books.firm.timesheets
        for entry in self.live:
            if entry.person not in self.employees or entry.timesheet is None:
                self._see(entry)
                continue
            minutes = self.days[entry.person, entry.day]
            if sheets[entry.timesheet].status == "pending":
                minutes["submitted"] += entry.minutes * UNIT
            elif sheets[entry.timesheet].status == "approved":
                self._add_approved(minutes, entry)

    def _see(self, entry: TimeEntry) -> None:
        """A day with time on it counts, whatever becomes of the time."""
        if entry.person in self.employees:
            self.days[entry.person, entry.day]["approved"] += 0

    def _add_approved(self, minutes: Minutes, entry: TimeEntry) -> None:
        worked = entry.minutes * UNIT
        minutes["approved"] += worked
        if self.books.contracts.of(entry.project)[0].terms is None:
            minutes["internal"] += worked
            credit = UTILISATION_CREDITS.get(entry.project, Decimal(0))
            minutes["credited"] += entry.minutes * scaled(credit, UNIT)
        elif entry.is_billable:
            minutes["billable"] += worked
            minutes["credited"] += worked
            invoice = self.books.firm.invoices.get(entry.invoice or "")
            if invoice is not None and invoice.status != "cancelled":
                minutes["billed"] += self._billed(entry) * UNIT

    def _billed(self, entry: TimeEntry) -> int:
        """Minutes of an entry that its invoice still bills after credits."""
        credited = self.books.credits.credited[entry.id]
        if not credited:
            return entry.minutes
        value = minutes_at_rate(entry.minutes, entry.bill_rate)
        return half_up(entry.minutes * (value - credited), value)

    def _add_measures(self) -> None:
        for (number, day), minutes in self.days.items():
            entity, _, grade = self._place(number, day)
            counted, base = UTILISATION_MEASURES[entity]
            minutes["utilised"] = minutes[counted]
            minutes["base"] = minutes[base]
            target = scaled(UTILISATION_TARGETS[grade], 100)
            minutes["target"] = half_up(minutes["base"] * target, 100)


def groups(sums: Mapping[tuple[Place, date], Minutes]) -> list[Utilisation]:
    """Hours of groups in their periods."""
    return [
        _utilisation(place, None, starts, minutes[PEOPLE], minutes)
        for (place, starts), minutes in sorted(sums.items(), key=lambda item: item[0])
    ]


def _by_week(firm: Firm, allocation: Allocation) -> Iterator[tuple[date, int]]:
    """An allocation's minutes by week, spread over the person's working days."""
    weeks: dict[str, int] = defaultdict(int)
    for day, weight in planned_days(firm, allocation).items():
        weeks[monday_of(day).isoformat()] += weight
    keyed = [(weight, key) for key, weight in weeks.items() if weight]
    for key, minutes in spread(allocation.minutes, keyed).items():
        yield date.fromisoformat(key), minutes


def _add(total: Minutes, minutes: Minutes) -> None:
    for measure, amount in minutes.items():
        total[measure] += amount


def _utilisation(
    place: Place, person: str | None, starts: date, people: int, minutes: Minutes
) -> Utilisation:
    rate = _rate(minutes["utilised"], minutes["base"])
    target = _rate(minutes["target"], minutes["base"])
    hours = (_hours(minutes[measure]) for measure in MEASURES)
    band = _band(rate, target)
    return Utilisation(*place, person, starts, people, *hours, rate, target, band)


def _hours(minutes: int) -> Decimal:
    return Decimal(half_up(minutes, 60 * UNIT // 100)).scaleb(-2)


def _rate(minutes: int, base: int) -> Decimal | None:
    return Decimal(half_up(minutes * 10**6, base)).scaleb(-6) if base else None


def _band(rate: Decimal | None, target: Decimal | None) -> str | None:
    if rate is None or target is None:
        return None
    if rate >= target:
        return "green"
    return "amber" if rate >= target - AMBER_WIDTH else "red"
