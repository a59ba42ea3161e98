"""When what is billed to customers: by the part, the month or the milestone."""

from datetime import date, timedelta

from dlt_pipelines.sandbox.accounting import invoices, purchasing
from dlt_pipelines.sandbox.firm.calendars import (
    DAY,
    add_months,
    month_end,
    months_between,
    on_weekday,
)
from dlt_pipelines.sandbox.firm.costing import (
    CostRates,
    cents,
    half_up,
    minutes_at_rate,
    spread,
)
from dlt_pipelines.sandbox.firm.model import (
    ExpenseLine,
    Fault,
    Milestone,
    Project,
)
from dlt_pipelines.sandbox.firm.policies import (
    ENTITY_CURRENCY,
    HOURLY_CONTRACTS,
    MILESTONE_GRACE_DAYS,
)
from dlt_pipelines.sandbox.firm.world import World, touch

WRITE_DOWN_SHARE = 0.09  # of the invoices for time, a part is let off


def schedule(world: World, project: Project) -> None:
    """Schedule the invoices a new project's contract fixes in advance."""
    price, code = cents(project.price), project.code
    if project.contract_type == "fixed_fee":
        span = (project.end - project.start).days
        parts = spread(price, [(30, "a"), (40, "b"), (30, "c")])
        days = (project.start + 6 * DAY, project.start + timedelta(span // 2))
        last = project.end + 7 * DAY
        for key, day in zip("abc", (*days, last), strict=True):
            world.at(on_weekday(day), _bill_part, code, parts[key])
    elif project.contract_type in ("retainer", "retainer_rollover"):
        months = months_between(project.start, project.end)
        parts = spread(price, [(1, month.isoformat()) for month in months])
        for month in months:
            day = on_weekday(max(month, project.start) + 2 * DAY)
            world.at(day, _bill_part, code, parts[month.isoformat()])


def _bill_part(world: World, code: str, amount_cents: int) -> None:
    """Invoice a part of a fixed price, less what has been taken off the price."""
    plan = world.plans[code]
    waived = min(plan.waived_cents, amount_cents)
    plan.waived_cents -= waived
    invoices.invoice(world, code, amount_cents - waived)


def bill_monthly(world: World) -> None:
    """On a month's first day, schedule the invoices for the month before."""
    if world.today.day != 1:
        return
    month = add_months(world.today, -1)
    for project in world.firm.projects.values():
        draw = world.draw("invoice day", project.code)
        day = on_weekday(world.today.replace(day=draw.randrange(4, 10)))
        if project.contract_type in HOURLY_CONTRACTS:
            world.at(day, _bill_time, project, month_end(month))
        elif project.contract_type == "cost_plus":
            world.at(day, _bill_cost, project, month)


def _bill_time(world: World, project: Project, last: date) -> None:
    """Invoice approved time not invoiced yet, and expenses, up to the cap."""
    ready, later, amount = [], [], 0
    for entry in world.billable[project.code]:
        if entry.project != project.code or entry.invoice is not None:
            continue
        if entry.day <= last and entry.bill_rate is not None:
            if entry.deleted_at is None:
                ready.append(entry)
                amount += minutes_at_rate(entry.minutes, entry.bill_rate)
        else:
            later.append(entry)
    world.billable[project.code] = later
    amount += _recharged(world, project, last)
    if project.cap_amount is not None:
        left = cents(project.cap_amount) - world.plans[project.code].billed_cents
        amount = min(amount, left)
    issued = invoices.invoice(
        world, project.code, amount, _let_off(world, project, amount)
    )
    if issued is None:
        return
    for entry in ready:
        entry.invoice = issued.id
        touch(entry, issued.created_at)


def _let_off(world: World, project: Project, amount_cents: int) -> int:
    """Return the cents of an invoice that the customer is let off, mostly none."""
    draw = world.draw("write down", project.code)
    if amount_cents < 100_00 or draw.random() >= WRITE_DOWN_SHARE:
        return 0
    return half_up(amount_cents * draw.randrange(15, 60), 1000)


def _recharged(world: World, project: Project, last: date) -> int:
    """Return the approved expenses to recharge, in cents of the contract currency."""
    lines = [line for line in world.recharges[project.code] if line.day <= last]
    world.recharges[project.code] = [
        line for line in world.recharges[project.code] if line.day > last
    ]
    return sum(_in_contract(world, project, line) for line in lines)


def _in_contract(world: World, project: Project, line: ExpenseLine) -> int:
    amount = cents(line.amount)
    return world.fx.convert(amount, line.currency, project.currency, line.day)


def _bill_cost(world: World, project: Project, month: date) -> None:
    """Invoice the month's provisional cost with the fee."""
    last, rates = month_end(month), CostRates(world.firm.people)
    currency = ENTITY_CURRENCY[project.entity]
    cost = purchasing.accrued_cents(world, project, month, last)
    cost += _recharged(world, project, last)
    for entry in world.worked.get((project.code, month), ()):
        if entry.deleted_at is None and rates.loaded(entry.person, entry.day):
            home = rates.provisional(entry.person, entry.day, entry.minutes)
            cost += world.fx.convert(*home, currency, entry.day)
    assert project.fee_rate is not None  # cost plus it
    factor = 10_000 + int(project.fee_rate * 10_000)
    cost = world.fx.convert(cost, currency, project.currency, last)
    invoices.invoice(world, project.code, half_up(cost * factor, 10_000))


def bill_milestone(world: World, milestone: Milestone) -> None:
    """Invoice an accepted milestone within days; a fault forgets it."""
    project = world.firm.projects[milestone.project]
    if world.faults.strikes("milestone_not_invoiced"):
        records = {"milestone": milestone.id, "project": project.code}
        world.forgotten[milestone.id] = world.faults.plant(
            "milestone_not_invoiced", records
        )
        count_grace(world, milestone)
        return
    days = world.draw("bill milestone", milestone.id).randrange(2, 10)
    world.after(days, _invoice_milestone, milestone)


def count_grace(world: World, milestone: Milestone) -> None:
    """Count anew the days in which an accepted milestone that is forgotten is not late.

    Nothing is late of one whose acceptance was taken back.
    """
    fault = world.forgotten.get(milestone.id)
    if fault is None:
        return
    fault.control = None
    fault.keys.clear()
    if milestone.accepted_on is not None:
        days = MILESTONE_GRACE_DAYS - 1
        world.after(days, _is_late, fault, milestone, milestone.accepted_on)


def _is_late(world: World, fault: Fault, milestone: Milestone, accepted: date) -> None:
    """The days of grace are over tomorrow: control C09 must show the milestone."""
    if milestone.accepted_on == accepted:
        fault.control = "C09"
        fault.keys.append(milestone.id)


def _invoice_milestone(world: World, milestone: Milestone) -> None:
    issued = invoices.issue(world, milestone.project, cents(milestone.amount))
    milestone.invoice = issued.id
    touch(milestone, issued.created_at)
