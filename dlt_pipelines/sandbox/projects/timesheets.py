"""Time entries as they are made, priced, submitted and decided on."""

from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from dlt_pipelines.sandbox.firm.calendars import add_weekdays, month_of
from dlt_pipelines.sandbox.firm.model import Person, Project, TimeEntry, Timesheet
from dlt_pipelines.sandbox.firm.policies import (
    RATE_CARD_DATES,
    ROLES,
    STANDARD_RATES,
)
from dlt_pipelines.sandbox.firm.world import World, touch

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
