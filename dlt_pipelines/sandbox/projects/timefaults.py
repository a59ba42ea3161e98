"""Faults of time: entered late, changed, moved, deleted or repriced after the fact."""

from datetime import date, timedelta

from dlt_pipelines.sandbox.firm.calendars import (
    add_months,
    monday_of,
    month_of,
    on_weekday,
)
from dlt_pipelines.sandbox.firm.faults import TIME_FAULTS
from dlt_pipelines.sandbox.firm.model import (
    Fault,
    Person,
    Project,
    TimeEntry,
    Timesheet,
)
from dlt_pipelines.sandbox.firm.policies import HOURLY_CONTRACTS
from dlt_pipelines.sandbox.firm.world import World, touch
from dlt_pipelines.sandbox.projects import timesheets

_LATE = TIME_FAULTS[:2]
_LATER = TIME_FAULTS[2:]


def labour_key(entry: TimeEntry) -> str:
    """Return the key of the entry's project and month in control C01."""
    return f"{entry.project}|{month_of(entry.day)}"


def before_entry(world: World, person: Person, project: Project) -> str | None:
    """Return the kind of lateness that strikes the entry about to be made."""
    for kind in _LATE:
        if world.faults.strikes(kind, not person.is_contractor):
            return kind
    return None


def enter_late(
    world: World,
    kind: str,
    person: Person,
    project: Project,
    minutes: int,
    billable: bool,
) -> None:
    """Schedule an entry for today's work: after the labour journal of its month,
    or after even the period has been closed."""
    month = add_months(month_of(world.today), 2 if kind == "closed_period" else 1)
    draw = world.draw(kind, person.number)
    day = on_weekday(month.replace(day=draw.randrange(14, 26)))
    arguments = (kind, person, project, world.today, minutes, billable)
    world.at(day, _late_entry, *arguments)


def _late_entry(
    world: World,
    kind: str,
    person: Person,
    project: Project,
    day: date,
    minutes: int,
    billable: bool,
) -> None:
    """Make the late entry and get it approved."""
    entry = timesheets.create_entry(world, person, project, day, minutes, billable)
    records = {"time_entry": entry.id}
    fault = world.faults.plant(kind, records, note=f"work of {day}")
    sheet = timesheets.submit(
        world, person.number, project.code, monday_of(day), [entry], False
    )
    world.after(5, _show_in_labour, fault, entry, sheet)


def _show_in_labour(
    world: World, fault: Fault, entry: TimeEntry, sheet: Timesheet
) -> None:
    """The late time is approved by now: control C01 must show its month."""
    if sheet.status == "approved":
        fault.control = "C01"
        fault.keys.append(labour_key(entry))


def after_entry(world: World, person: Person, entry: TimeEntry) -> None:
    """Schedule what will go wrong with an entry made as it should be."""
    for kind in _LATER:
        eligible = not person.is_contractor
        if kind == "changed_rate":
            contract = world.firm.projects[entry.project].contract_type
            eligible = contract in HOURLY_CONTRACTS and entry.is_billable
        if world.faults.strikes(kind, eligible):
            _EVENTS[kind](world, entry)
            return


def _after_posting(world: World, entry: TimeEntry) -> date:
    """Return a day after the labour journal of the entry's month was made."""
    month = add_months(month_of(entry.day), 1)
    day = month.replace(day=world.draw("posted", entry.id).randrange(15, 27))
    return on_weekday(day)


def is_approved(world: World, entry: TimeEntry) -> bool:
    """Say whether an entry stands on an approved timesheet."""
    sheet = world.firm.timesheets.get(entry.timesheet or "")
    return sheet is not None and sheet.status == "approved" and entry.deleted_at is None


def _correct_soon(world: World, entry: TimeEntry) -> None:
    world.at(entry.day + timedelta(days=14), _correct, entry, "approval")


def _correct_later(world: World, entry: TimeEntry) -> None:
    world.at(_after_posting(world, entry), _correct, entry, "posting")


def _correct(world: World, entry: TimeEntry, after: str) -> None:
    """Change the minutes of approved time."""
    if not is_approved(world, entry):
        return
    entry.minutes += 60 if entry.minutes <= 240 else -45
    touch(entry, world.moment("correct", entry.id))
    records = {"time_entry": entry.id}
    fault = world.faults.plant(f"correction_after_{after}", records)
    if after == "posting" or _is_posted(world, entry):
        fault.control = "C01"
        fault.keys.append(labour_key(entry))


def _is_posted(world: World, entry: TimeEntry) -> bool:
    """Say whether the labour journal of the entry's month has been made."""
    entity = world.firm.projects[entry.project].entity
    return (entity, month_of(entry.day)) in world.journals


def _delete(world: World, entry: TimeEntry) -> None:
    world.at(_after_posting(world, entry), _vanish, entry)


def _vanish(world: World, entry: TimeEntry) -> None:
    """Delete approved time for good, as an administrator can."""
    if not is_approved(world, entry):
        return
    entry.deleted_at = world.moment("delete", entry.id)
    touch(entry, entry.deleted_at)
    world.faults.plant(
        "deletion", {"time_entry": entry.id}, "C01", (labour_key(entry),)
    )


def _misplace(world: World, entry: TimeEntry) -> None:
    """Plan the move of an entry to the project it really belongs to; half stay."""
    person = world.firm.people[entry.person]
    others = [
        code
        for code in world.internal[world.assignment(person).entity]
        if code != entry.project
    ]
    team = [
        code
        for code, plan in world.plans.items()
        if person.number in plan.team
        and code != entry.project
        and world.firm.projects[code].status == "In Progress"
    ]
    right = (sorted(team) or others)[0]
    records = {"time_entry": entry.id, "right_project": right}
    if world.count("misplaced") % 2:
        world.at(_after_posting(world, entry), _move, entry, right)
    else:
        world.faults.plant("wrong_project", records, note="still on the wrong project")


def _move(world: World, entry: TimeEntry, right: str) -> None:
    """Move approved time to the right project, after its cost was posted."""
    if not is_approved(world, entry):
        return
    wrong_key = labour_key(entry)
    entry.invoice = None
    relocate(world, entry, right)
    records = {"time_entry": entry.id, "right_project": right}
    keys = (wrong_key, labour_key(entry))
    world.faults.plant("wrong_project", records, "C01", keys, "moved after posting")


def relocate(world: World, entry: TimeEntry, right: str) -> None:
    """Put approved time on another project, at its price."""
    month = month_of(entry.day)
    world.worked[entry.project, month].remove(entry)
    project = world.firm.projects[right]
    sheet = _sheet_of(world, entry, right)
    entry.project, entry.timesheet = right, sheet.id
    plan = world.plans[right]
    entry.task = plan.tasks[0].id if plan.tasks else None
    entry.is_billable = project.contract_type != "non_billable"
    entry.bill_rate = timesheets.bill_rate(world, project, entry.role, entry.day)
    touch(entry, world.moment("move", entry.id))
    world.worked[right, month].append(entry)
    world.sheet_entries[sheet.id].append(entry)
    if entry.is_billable and entry.invoice is None:
        world.billable[right].append(entry)


def _sheet_of(world: World, entry: TimeEntry, code: str) -> Timesheet:
    """Return an approved timesheet of the entry's week and another project."""
    week, now = monday_of(entry.day), world.moment("move", entry.id)
    for sheet in world.firm.timesheets.values():
        if (sheet.person, sheet.project, sheet.start, sheet.status) == (
            entry.person,
            code,
            week,
            "approved",
        ):
            return sheet
    number = str(world.count("timesheet", 7_700_001))
    end = week + timedelta(days=6)
    sheet = Timesheet(number, entry.person, code, week, end, "approved", now, now)
    world.firm.timesheets[number] = sheet
    world.sheet_entries[number] = []
    return sheet


def _change_rate(world: World, entry: TimeEntry) -> None:
    days = world.draw("rate", entry.id).randrange(25, 60)
    world.at(on_weekday(entry.day + timedelta(days=days)), _reprice, entry)


def _reprice(world: World, entry: TimeEntry) -> None:
    """Change the price of an hour long after it was worked, perhaps invoiced."""
    if entry.deleted_at is not None or entry.bill_rate is None:
        return
    entry.bill_rate -= 15
    touch(entry, world.moment("reprice", entry.id))
    world.faults.plant("changed_rate", {"time_entry": entry.id})


def _serve_twice(world: World, entry: TimeEntry) -> None:
    world.firm.served_twice.setdefault("time_entries", []).append(entry.id)
    world.faults.plant("duplicate_time_entry", {"time_entry": entry.id})


_EVENTS = {
    "correction_after_approval": _correct_soon,
    "correction_after_posting": _correct_later,
    "deletion": _delete,
    "wrong_project": _misplace,
    "changed_rate": _change_rate,
    "duplicate_time_entry": _serve_twice,
}
