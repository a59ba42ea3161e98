"""Expense reports: spent, submitted, approved, paid; and their faults."""

import random
from datetime import date, timedelta
from decimal import Decimal

from dlt_pipelines.sandbox.accounting import ledger
from dlt_pipelines.sandbox.firm.calendars import month_of
from dlt_pipelines.sandbox.firm.model import (
    Allocation,
    Assignment,
    ExpenseLine,
    ExpenseReport,
    Fault,
    Person,
)
from dlt_pipelines.sandbox.firm.policies import (
    CLIENT_CATEGORIES,
    ENTITY_CURRENCY,
    FIXED_CONTRACTS,
    OVERHEAD_CATEGORIES,
    RECHARGING_CONTRACTS,
)
from dlt_pipelines.sandbox.firm.world import World, touch

REPORT_CHANCE = 0.021  # a person and weekday
REJECTED_SHARE = 0.03
_FOREIGN = {"USD": "EUR", "GBP": "EUR", "EUR": "GBP"}


def spend(world: World) -> None:
    """Let some people submit an expense report today."""
    if world.today.weekday() > 4:
        return
    for person in world.firm.people.values():
        if person.is_contractor or not person.in_hr or not world.is_here(person):
            continue
        since = max(person.hired, world.firm.start)
        if world.chance("expenses", person.number) < REPORT_CHANCE:
            draw = world.draw("expenses", person.number)
            if since < world.today:
                _report(world, person, draw)


def _report(world: World, person: Person, draw: random.Random) -> None:
    """Create a report with one to five lines and schedule its way."""
    assignment = world.assignment(person)
    number = str(world.count("expense report", 60_001))
    now = world.moment("report", number, first=9, last=15)
    report = ExpenseReport(
        id=number,
        person_number=person.number,
        entity=assignment.entity,
        status="pending_approval",
        currency=ENTITY_CURRENCY[assignment.entity],
        submitted_at=now,
        created_at=now,
        updated_at=now,
    )
    world.firm.expense_reports[report.id] = report
    planned = [
        allocation
        for allocation in world.staffed.get((person.number, month_of(world.today)), ())
        if allocation.minutes and allocation.start <= world.today
    ]
    trip = draw.choice(planned) if planned and draw.random() < 0.85 else None
    faults = []
    for _ in range(draw.choice((1, 1, 2, 2, 3, 3, 4, 5))):
        line = _line(world, report, person, assignment, trip, draw)
        faults += _spoil(world, line)
    faults += _spoil_report(world, report)
    rejected = draw.random() < REJECTED_SHARE
    days = draw.randrange(2, 7)
    world.after(days, _reject if rejected else _approve, report, faults)


def _line(
    world: World,
    report: ExpenseReport,
    person: Person,
    assignment: Assignment,
    trip: Allocation | None,
    draw: random.Random,
) -> ExpenseLine:
    """Create a line: spent for a client's project, or the firm's overhead."""
    table = CLIENT_CATEGORIES if trip else OVERHEAD_CATEGORIES
    category = draw.choice(list(table))
    amount = Decimal(draw.randrange(*(100 * value for value in table[category])))
    foreign = _FOREIGN[report.currency] if draw.random() < 0.1 else None
    amount, foreign_amount = _amounts(world, report, amount.scaleb(-2), foreign)
    contract = world.firm.projects[trip.project].contract_type if trip else ""
    rechargeable = contract in RECHARGING_CONTRACTS or contract == "fixed_fee"
    number = str(world.count("expense line", 310_001))
    line = ExpenseLine(
        id=number,
        report=report.id,
        day=_spent_on(world, person, trip, draw),
        category=category,
        amount=amount,
        currency=report.currency,
        foreign_amount=foreign_amount,
        foreign_currency=foreign,
        project=trip.project if trip else None,
        cost_centre=assignment.cost_centre,
        is_reimbursable=draw.random() < 0.93,
        is_rechargeable=rechargeable and draw.random() < 0.8,
        created_at=report.created_at,
        updated_at=report.created_at,
    )
    beside = contract in FIXED_CONTRACTS and not line.is_rechargeable
    if world.situations.strikes("recharged_beside_a_price", beside):
        line.is_rechargeable = True
        world.situations.record("recharged_beside_a_price", expense_line=number)
    world.firm.expense_lines[number] = line
    world.report_lines[report.id].append(line)
    return line


def _amounts(
    world: World, report: ExpenseReport, amount: Decimal, foreign: str | None
) -> tuple[Decimal, Decimal | None]:
    """Return (amount in the report's currency, amount spent abroad)."""
    if foreign is None:
        return amount, None
    rate = world.fx.rate(foreign, report.currency, world.today)
    return (amount * rate).quantize(Decimal("0.01")), amount


def _spent_on(
    world: World, person: Person, trip: Allocation | None, draw: random.Random
) -> date:
    """Return a day of the last three weeks, after the person joined."""
    first = max(person.hired, world.firm.start)
    if trip:
        first = max(first, world.firm.projects[trip.project].start)
    return max(min(first, world.today), world.today - timedelta(draw.randrange(1, 22)))


def _spoil(world: World, line: ExpenseLine) -> list[Fault]:
    """Perhaps leave out the line's project or cost centre, or serve it twice."""
    found, records = [], {"expense_line": line.id}
    strikes, plant = world.faults.strikes, world.faults.plant
    if strikes("missing_project_code", line.project is not None):
        line.project, line.is_rechargeable = None, False
        found.append(plant("missing_project_code", records))
    elif strikes("missing_cost_centre"):
        line.cost_centre = None
        found.append(plant("missing_cost_centre", records, note="on an expense line"))
    if strikes("duplicate_expense_line"):
        world.firm.served_twice.setdefault("expense_lines", []).append(line.id)
        plant("duplicate_expense_line", records)
    return found


def _spoil_report(world: World, report: ExpenseReport) -> list[Fault]:
    """Perhaps let an employee number nobody knows submit the report."""
    if not world.faults.strikes("unknown_employee_expense"):
        return []
    report.person_number = f"E8{world.count('unknown number'):03d}"
    records = {"expense_report": report.id, "person_number": report.person_number}
    plant = world.faults.plant
    note = "submitted an expense report"
    return [plant("unknown_employee_expense", records, note=note)]


def _reject(world: World, report: ExpenseReport, faults: list[Fault]) -> None:
    report.status = "rejected"
    touch(report, world.moment("reject report", report.id))


def _approve(world: World, report: ExpenseReport, faults: list[Fault]) -> None:
    """Approve a report: cost now; the ERP hears of it days later, then it is paid."""
    report.status = "approved_for_payment"
    touch(report, world.moment("approve report", report.id))
    lines = world.report_lines[report.id]
    for line in lines:
        touch(line, report.updated_at)
        if line.project is not None and line.is_rechargeable:
            world.recharges[line.project].append(line)
    for fault in faults:  # from now on the control must show them
        fault.control = "C08"
        own = fault.records.get("expense_line")
        fault.keys += [own] if own else [line.id for line in lines]
    draw = world.draw("approve report", report.id)
    world.after(draw.randrange(1, 5), ledger.post_expenses, report)
    world.after(draw.randrange(8, 15), _pay, report)


def _pay(world: World, report: ExpenseReport) -> None:
    report.status = "paid"
    touch(report, world.moment("pay report", report.id))
    ledger.pay_expenses(world, report)
