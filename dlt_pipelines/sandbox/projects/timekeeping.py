"""Time: who works on what each day, and which weeks are submitted when."""

import random
from datetime import date, timedelta

from dlt_pipelines.sandbox.firm.calendars import (
    holiday_dates,
    monday_of,
    month_of,
)
from dlt_pipelines.sandbox.firm.model import Person, TimeEntry
from dlt_pipelines.sandbox.firm.policies import (
    ENTITY_COUNTRY,
    HOURLY_CONTRACTS,
)
from dlt_pipelines.sandbox.firm.world import World, touch
from dlt_pipelines.sandbox.projects import corrections, timefaults, timesheets


def work(world: World) -> None:
    """Let everybody who is at work today enter their time; weeks are submitted."""
    if world.today.weekday() > 4:
        return
    for person in world.firm.people.values():
        if person.in_psa and world.is_here(person) and not _is_off(world, person):
            _work_day(world, person)
    if world.today.weekday() == 4:
        for number in world.week:
            _plan_submission(world, number)


def _is_off(world: World, person: Person) -> bool:
    """Say whether the person is absent or has a public holiday today."""
    country = ENTITY_COUNTRY[world.assignment(person).entity]
    return (
        person.number,
        world.today,
    ) in world.absent or world.today in holiday_dates(country)


def _work_day(world: World, person: Person) -> None:
    """Enter a person's day, spread over one to three projects."""
    draw = world.draw("work", person.number)
    assignment = world.assignment(person)
    shares = _shares(world, person)
    daily = float(assignment.weekly_hours) * 12
    total = sum(share for _, share in shares)
    if person.is_contractor:
        if draw.random() > total:
            return
        worked = daily
    else:
        rest = max(0.07, 1 - total)
        code = draw.choice(world.internal[assignment.entity])
        shares.append((code, rest))
        worked = daily * draw.choice((0.94, 1.0, 1.0, 1.0, 1.03, 1.06, 1.12))
    chosen = _choose(draw, shares, draw.choice((1, 1, 1, 2, 2, 2, 2, 3)))
    weight = sum(share for _, share in chosen)
    for code, share in chosen:
        minutes = round(worked * share / weight / 15) * 15
        if minutes:
            _enter(world, person, code, minutes, draw)


def _shares(world: World, person: Person) -> list[tuple[str, float]]:
    """Return (project code, share of the day) of the projects to work on today."""
    today, shares = world.today, {}
    for allocation in world.staffed.get((person.number, month_of(today)), ()):
        if allocation.minutes and allocation.start <= today <= allocation.end:
            plan = world.plans[allocation.project]
            if (person.number, allocation.project, month_of(today)) in world.idle:
                continue
            share = plan.team.get(person.number)
            if share:
                shares[allocation.project] = share * plan.effort
    return list(shares.items())


def _choose(
    draw: random.Random, shares: list[tuple[str, float]], count: int
) -> list[tuple[str, float]]:
    """Draw up to ``count`` different projects, likelier the larger their share."""
    rest = list(shares)
    chosen: list[tuple[str, float]] = []
    while rest and len(chosen) < count:
        point = draw.random() * sum(share for _, share in rest)
        for item in rest:
            point -= item[1]
            if point <= 0:
                break
        rest.remove(item)
        chosen.append(item)
    return chosen


def _enter(
    world: World, person: Person, code: str, minutes: int, draw: random.Random
) -> None:
    """Enter time on a project; a fault may do it late or in the wrong place."""
    project = world.firm.projects[code]
    billable = project.contract_type != "non_billable" and draw.random() < 0.95
    strike = timefaults.before_entry(world, person, project)
    if strike is not None:
        timefaults.enter_late(world, strike, person, project, minutes, billable)
        return
    entry = timesheets.create_entry(
        world, person, project, world.today, minutes, billable
    )
    if project.contract_type in HOURLY_CONTRACTS and billable and draw.random() < 0.002:
        entry.bill_rate = None  # priced some days later
        world.after(draw.randrange(2, 6), _price, entry)
    world.week[person.number].append(entry)
    timefaults.after_entry(world, person, entry)
    corrections.consider(world, entry)


def _price(world: World, entry: TimeEntry) -> None:
    """Give an unpriced entry the rate it should have had."""
    project = world.firm.projects[entry.project]
    if entry.bill_rate is None and entry.deleted_at is None:
        entry.bill_rate = timesheets.bill_rate(world, project, entry.role, entry.day)
        touch(entry, world.moment("price", entry.id))


def _plan_submission(world: World, number: str) -> None:
    """Submit a person's week tonight, on Monday, or a little late."""
    chance = world.chance("submit", number)
    if chance < 0.7:
        submit_week(world, number)
    else:
        world.after(3 if chance < 0.97 else 5, submit_week, number)


def submit_week(world: World, number: str) -> None:
    """Submit what a person has entered and not submitted, a sheet per project."""
    sheets: dict[tuple[date, str], list[TimeEntry]] = {}
    for entry in world.week[number]:
        if entry.deleted_at is None and entry.day <= _last_day(world):
            week = monday_of(entry.day)
            sheets.setdefault((week, entry.project), []).append(entry)
    submitted = {entry.id for entries in sheets.values() for entry in entries}
    world.week[number] = [
        entry for entry in world.week[number] if entry.id not in submitted
    ]
    for (week, code), entries in sheets.items():
        timesheets.submit(world, number, code, week, entries)


def _last_day(world: World) -> date:
    """Return the last day whose time may be submitted: Friday of a full week."""
    monday = monday_of(world.today)
    if world.today.weekday() >= 4:
        return monday + timedelta(days=6)
    return monday - timedelta(days=1)
