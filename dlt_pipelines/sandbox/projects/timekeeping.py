"""Time: daily entries, weekly timesheets, their approval, and what goes wrong."""

import random
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from dlt_pipelines.sandbox.firm.calendars import (
    add_weekdays,
    holiday_dates,
    monday_of,
    month_of,
)
from dlt_pipelines.sandbox.firm.model import Person, Project, TimeEntry, Timesheet
from dlt_pipelines.sandbox.firm.policies import (
    ENTITY_COUNTRY,
    HOURLY_CONTRACTS,
    RATE_CARD_DATES,
    ROLES,
    STANDARD_RATES,
)
from dlt_pipelines.sandbox.firm.world import World, touch
from dlt_pipelines.sandbox.projects import corrections, timefaults

REJECTED_SHARE = 0.03
_DECISION_DAYS = (1, 1, 2, 2, 3, 4)
_RATES = {
    (currency, role): rate
    for currency, rates in STANDARD_RATES.items()
    for role, rate in zip(ROLES, rates, strict=True)
}


def standard_rate(role: str, currency: str, day: date) -> Decimal:
    """Return the standard price of an hour of a role on ``day``."""
    factor = dict(RATE_CARD_DATES)[standard_from(day)]
    return (_RATES[currency, role] * factor).quantize(Decimal("0.01"))


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
    rest, chosen = list(shares), []
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
    entry = create_entry(world, person, project, world.today, minutes, billable)
    if project.contract_type in HOURLY_CONTRACTS and billable and draw.random() < 0.002:
        entry.bill_rate = None  # priced some days later
        world.after(draw.randrange(2, 6), _price, entry)
    world.week[person.number].append(entry)
    timefaults.after_entry(world, person, entry)
    corrections.consider(world, entry)


def create_entry(
    world: World,
    person: Person,
    project: Project,
    day: date,
    minutes: int,
    billable: bool,
) -> TimeEntry:
    """Create a time entry of today for work done on ``day``."""
    count = world.count("time entry", 120_000_001)
    plan = world.plans[project.code]
    role = world.assignment(person).role
    tasks = [t for t in plan.tasks if t.obligation is None or t.start <= day <= t.due]
    tasks = tasks or plan.tasks
    task = tasks[count % len(tasks)].id if tasks else None
    now = world.moment("entry", count, first=15, last=19)
    entry = TimeEntry(
        id=str(count),
        person=person.number,
        project=project.code,
        task=task,
        day=day,
        minutes=minutes,
        is_billable=billable,
        bill_rate=bill_rate(world, project, role, day),
        role=role,
        timesheet=None,
        invoice=None,
        created_at=now,
        updated_at=now,
    )
    world.firm.time_entries[entry.id] = entry
    world.worked[project.code, month_of(day)].append(entry)
    return entry


def bill_rate(world: World, project: Project, role: str, day: date) -> Decimal | None:
    """Return the agreed price of an hour; None on the firm's own projects."""
    if project.contract_type == "non_billable":
        return None
    discount = world.plans[project.code].discount
    return _agreed_rate(role, project.currency, discount, standard_from(day))


@cache
def _agreed_rate(role: str, currency: str, discount: float, since: date) -> Decimal:
    share = Decimal(str(round(1 - discount, 3)))
    return (standard_rate(role, currency, since) * share).quantize(Decimal(1))


def standard_from(day: date) -> date:
    """Return since when the standard rates of ``day`` have been in force."""
    return max(start for start, _ in RATE_CARD_DATES if start <= day)


def _price(world: World, entry: TimeEntry) -> None:
    """Give an unpriced entry the rate it should have had."""
    project = world.firm.projects[entry.project]
    if entry.bill_rate is None and entry.deleted_at is None:
        entry.bill_rate = bill_rate(world, project, entry.role, entry.day)
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
        submit(world, number, code, week, entries)


def _last_day(world: World) -> date:
    """Return the last day whose time may be submitted: Friday of a full week."""
    monday = monday_of(world.today)
    if world.today.weekday() >= 4:
        return monday + timedelta(days=6)
    return monday - timedelta(days=1)


def submit(
    world: World,
    number: str,
    code: str,
    week: date,
    entries: list[TimeEntry],
    first_time: bool = True,
) -> Timesheet:
    """Submit entries as one timesheet and schedule the manager's decision."""
    count = world.count("timesheet", 7_700_001)
    now = world.moment("sheet", count, first=19, last=21)
    end = week + timedelta(days=6)
    sheet = Timesheet(str(count), number, code, week, end, "pending", now, now)
    world.firm.timesheets[sheet.id] = sheet
    world.sheet_entries[sheet.id] = entries
    for entry in entries:
        entry.timesheet = sheet.id
        touch(entry, now)
    if first_time and world.chance("recall", sheet.id) < 0.004:
        world.after(1, _recall, sheet)
        return sheet
    days = (
        _DECISION_DAYS[int(world.chance("decide", sheet.id) * 6)] if first_time else 1
    )
    rejected = first_time and world.chance("reject", sheet.id) < REJECTED_SHARE
    event = _reject if rejected else approve
    world.at(add_weekdays(world.today, days), event, sheet)
    return sheet


def _recall(world: World, sheet: Timesheet) -> None:
    """Cancel a submission and submit the same time again."""
    sheet.status = "cancelled"
    touch(sheet, world.moment("recall", sheet.id))
    resubmit(world, sheet)


def _reject(world: World, sheet: Timesheet) -> None:
    """Send a timesheet back; it is corrected and submitted again within days."""
    now = world.moment("reject", sheet.id)
    sheet.status = "rejected"
    touch(sheet, now)
    for entry in world.sheet_entries[sheet.id]:
        touch(entry, now)
    day = add_weekdays(world.today, world.draw("fix", sheet.id).choice((1, 1, 2)))
    world.at(day, _correct_rejected, sheet)


def _correct_rejected(world: World, sheet: Timesheet) -> None:
    entries = [e for e in world.sheet_entries[sheet.id] if e.deleted_at is None]
    if entries:
        longest = max(entries, key=lambda entry: (entry.minutes, entry.id))
        longest.minutes = max(15, longest.minutes - 30)
        touch(longest, world.moment("correct", longest.id))
    resubmit(world, sheet)


def resubmit(world: World, sheet: Timesheet) -> None:
    """Submit a timesheet's live entries again under a new submission."""
    entries = [e for e in world.sheet_entries[sheet.id] if e.deleted_at is None]
    if entries:
        submit(world, sheet.person, sheet.project, sheet.start, entries, False)


def approve(world: World, sheet: Timesheet) -> None:
    """Approve a timesheet: its time reaches cost, revenue and invoices."""
    now = world.moment("approve", sheet.id)
    sheet.status = "approved"
    touch(sheet, now)
    for entry in world.sheet_entries[sheet.id]:
        if entry.deleted_at is not None:
            continue
        touch(entry, now)
        if entry.is_billable:
            world.billable[entry.project].append(entry)
