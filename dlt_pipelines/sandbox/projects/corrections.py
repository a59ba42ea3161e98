"""Time that is taken back, moved after it was billed, or approved ahead of its day."""

from datetime import timedelta

from dlt_pipelines.sandbox.firm.calendars import monday_of, on_weekday
from dlt_pipelines.sandbox.firm.model import TimeEntry
from dlt_pipelines.sandbox.firm.policies import HOURLY_CONTRACTS
from dlt_pipelines.sandbox.firm.world import World, touch
from dlt_pipelines.sandbox.projects import timefaults, timesheets

AFTER = {"taken_back_before_payroll": 9, "taken_back_after_payroll": 47}  # days


def consider(world: World, entry: TimeEntry) -> None:
    """Let some entries be corrected later, and some invoiced ones be moved."""
    for kind, days in AFTER.items():
        if world.situations.strikes(kind, entry.minutes > 30):
            day = on_weekday(entry.day + timedelta(days=days))
            world.at(day, _take_back, entry, kind)
            return
    if world.situations.strikes("approved_for_a_day_to_come"):
        _enter_ahead(world, entry)
        return
    by_the_hour = world.firm.projects[entry.project].contract_type in HOURLY_CONTRACTS
    if world.situations.strikes("moved_after_billing", by_the_hour):
        world.at(on_weekday(entry.day + timedelta(days=42)), _move, entry)


def _take_back(world: World, entry: TimeEntry, kind: str) -> None:
    """Enter a part of approved time below 0, to be approved the next day."""
    if not timefaults.is_approved(world, entry):
        return
    project, person = (
        world.firm.projects[entry.project],
        world.firm.people[entry.person],
    )
    part = entry.minutes * world.draw("part", entry.id).choice((1, 2, 4)) // 4
    correction = timesheets.create_entry(
        world, person, project, entry.day, -max(part // 15 * 15, 15), entry.is_billable
    )
    correction.task, correction.role = entry.task, entry.role
    correction.bill_rate = entry.bill_rate
    week = monday_of(entry.day)
    timesheets.submit(world, person.number, project.code, week, [correction], False)
    world.situations.record(kind, time_entry=entry.id, correction=correction.id)


def _enter_ahead(world: World, entry: TimeEntry) -> None:
    """Enter the same work for a day weeks ahead too, and get it approved."""
    project, person = (
        world.firm.projects[entry.project],
        world.firm.people[entry.person],
    )
    day = on_weekday(world.today + timedelta(days=95))
    ahead = timesheets.create_entry(
        world, person, project, day, entry.minutes, entry.is_billable
    )
    timesheets.submit(
        world, person.number, project.code, monday_of(day), [ahead], False
    )
    world.situations.record("approved_for_a_day_to_come", time_entry=ahead.id)


def _move(world: World, entry: TimeEntry) -> None:
    """Put time on another project of its team though an invoice of the first has it."""
    others = [
        code
        for code, plan in sorted(world.plans.items())
        if entry.person in plan.team
        and code != entry.project
        and world.firm.projects[code].contract_type in HOURLY_CONTRACTS
        and world.firm.projects[code].start <= entry.day
        and world.firm.projects[code].currency
        == world.firm.projects[entry.project].currency
    ]
    if entry.invoice is None or not others or not timefaults.is_approved(world, entry):
        return
    wrong = entry.project
    timefaults.relocate(world, entry, others[0])
    touch(entry, world.moment("move", entry.id))
    world.situations.record(
        "moved_after_billing", time_entry=entry.id, wrong_project=wrong
    )
