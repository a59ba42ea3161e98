"""The truth's plans: what of every allocation is still to come at a month's end.

An allocation is spread over the days that its person works. Worked hours are taken from
the oldest of the person's own plan, then what is more from the oldest of the others';
what of the days gone by is left then is overdue, and still to come until the obligation
is finished. No month's hours do what falls due after it: what is more than all that was
due by then took longer than planned. Minutes of a plan are whole ten-thousandths.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP
from functools import cache

from dlt_pipelines.sandbox.firm.calendars import DAY, holiday_dates
from dlt_pipelines.sandbox.firm.costing import assignment_on, half_up, spread
from dlt_pipelines.sandbox.firm.model import Allocation, Firm, Person
from dlt_pipelines.sandbox.firm.policies import ENTITY_COUNTRY
from tests.truth.periods import month_of

UNIT = 10**4


@dataclass(frozen=True)
class Part:
    """A month's part of an allocation, before or after the as-of date."""

    allocation: Allocation
    obligation: str
    month: date
    is_after: bool
    minutes: int  # ten-thousandths
    cost: int
    is_rated: bool


@dataclass(frozen=True)
class Left:
    """What of a part is still to come."""

    part: Part
    minutes: int  # ten-thousandths
    cost: int
    is_overdue: bool


def planned_days(firm: Firm, allocation: Allocation) -> dict[date, int]:
    """Return the days that an allocation is spread over, each with its weight."""
    person = firm.people[allocation.person]
    days = days_of(allocation.start, allocation.end)
    chosen: list[dict[date, int]] = []
    if person.in_hr and not person.is_contractor:
        chosen.append({day: _working_minutes(person, day) for day in days})
    week_days = [day for day in days if day.weekday() < 5]
    chosen.append({day: 1 for day in week_days if not _is_holiday(person, day)})
    chosen.append(dict.fromkeys(week_days, 1))
    chosen.append(dict.fromkeys(days, 1))
    return next(weights for weights in chosen if sum(weights.values()))


def _working_minutes(person: Person, day: date) -> int:
    """Return the minutes of a working day of somebody employed on it."""
    place = assignment_on(person, day)
    left = person.left or day
    if place is None or not person.hired <= day <= left or day.weekday() > 4:
        return 0
    if _is_holiday(person, day):
        return 0
    return int((place.weekly_hours * 12).to_integral_value(ROUND_HALF_UP))


def days_of(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def _is_holiday(person: Person, day: date) -> bool:
    place = assignment_on(person, day) if person.in_hr else None
    return place is not None and day in holiday_dates(ENTITY_COUNTRY[place.entity])


def _age(part: Part) -> tuple[date, date, str]:
    return part.month, part.allocation.start, part.allocation.id


class Planning:
    """Every allocation in parts, and what was worked on each project by whom.

    The plan that counts at a month's end is the one known then: of the last of the
    firms that were landed by that day, of the first of all before it.
    """

    def __init__(
        self,
        firm: Firm,
        as_of: date,
        finished: Callable[[str, str, date], bool],
        earlier: Sequence[Firm] = (),
    ):
        self.firm = firm
        self.finished = finished
        self.as_of = as_of
        self.landed = sorted(one.clock.date() for one in earlier)
        # by project and the day that the plan was landed on
        self.known: dict[tuple[str, date], list[Part]] = defaultdict(list)
        self.worked: dict[str, dict[tuple[str, date], int]] = defaultdict(
            lambda: defaultdict(int)
        )
        self.left = cache(self._left)

    def parts(self, code: str, day: date) -> list[Part]:
        """Return the plan of a project that counts at the end of a day."""
        landed = [*self.landed, self.as_of] if day < self.as_of else [self.as_of]
        seen = [other for other in landed if other <= day] or landed[:1]
        return self.known[code, seen[-1]]

    def add(
        self,
        allocation: Allocation,
        landed: date,
        obligation: str,
        cost: int,
        is_rated: bool,
    ) -> None:
        """Add an allocation, which costs so many functional cents in all."""
        weights: dict[str, int] = defaultdict(int)
        for day, weight in planned_days(self.firm, allocation).items():
            after = int(day > self.as_of)
            weights[f"{month_of(day).isoformat()} {after}"] += weight
        keyed = [(weight, key) for key, weight in weights.items() if weight]
        minutes = spread(allocation.minutes * UNIT, keyed)
        costs = spread(cost, keyed)
        for _, key in keyed:
            month, after = key.split()
            self.known[allocation.project, landed].append(
                Part(
                    allocation,
                    obligation,
                    date.fromisoformat(month),
                    after == "1",
                    minutes.get(key, 0),
                    costs.get(key, 0),
                    is_rated,
                )
            )

    def _left(self, code: str, month: date, day: date) -> list[Left]:
        """Return what is to come of a project at the end of a month, on a day of it."""
        plan = self.parts(code, day)
        due = [p for p in plan if p.month <= month and not p.is_after]
        later = [p for p in plan if p.month > month or p.is_after]
        found = [Left(part, part.minutes, part.cost, False) for part in later]
        late = self._overdue(code, month, due)
        found.extend(
            rest for rest in late if not self.finished(code, rest.part.obligation, day)
        )
        return found

    def _overdue(self, code: str, month: date, due: list[Part]) -> Iterator[Left]:
        own: dict[str, dict[date, list[int]]] = defaultdict(_pairs)
        every = _pairs()
        for part in due:
            for person in (own[part.allocation.person], every):
                person[part.month][0] += part.minutes
        for (person, worked_in), minutes in self.worked[code].items():
            if worked_in <= month:
                for whose in (own[person], every):
                    whose[worked_in][1] += minutes * UNIT
        hours = {person: _done(months) for person, months in own.items()}
        others = _done(every) - sum(hours.values())
        undone = []
        for part in sorted(due, key=_age):
            taken = min(part.minutes, hours[part.allocation.person])
            hours[part.allocation.person] -= taken
            undone.append([part, part.minutes - taken])
        for part, minutes in undone:
            taken = min(minutes, others)
            others -= taken
            if minutes > taken:
                rest = minutes - taken
                cost = half_up(part.cost * rest, part.minutes)
                yield Left(part, rest, cost, True)


def _pairs() -> dict[date, list[int]]:
    """Of each month what falls due in it and what is worked."""
    return defaultdict(lambda: [0, 0])


def _done(months: dict[date, list[int]]) -> int:
    """Return how much of what was due by its month was worked, month after month."""
    still_open = done = 0
    for _, (falls_due, worked) in sorted(months.items()):
        still_open += falls_due
        taken = min(still_open, worked)
        still_open -= taken
        done += taken
    return done
