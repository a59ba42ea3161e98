"""Payroll: a run per group and pay period, with what the employer pays on top."""

from datetime import date, timedelta
from decimal import Decimal

from dlt_pipelines.sandbox.accounting import ledger
from dlt_pipelines.sandbox.firm.calendars import (
    DAY,
    add_months,
    month_end,
    on_weekday,
    weekdays,
)
from dlt_pipelines.sandbox.firm.costing import (
    assignment_on,
    half_up,
    money,
    pay_on,
    payroll_group_on,
    scaled,
)
from dlt_pipelines.sandbox.firm.model import Firm, Pay, PayrollLine, PayrollRun, Person
from dlt_pipelines.sandbox.firm.policies import BIWEEKLY_ANCHOR, PAYROLL_GROUPS
from dlt_pipelines.sandbox.firm.world import World, touch

PREVIEW_DAYS = 12  # a run can be seen so long before its pay date

# (section, code, share of gross)
_SHARES = {
    "US10": (
        ("employer_taxes", "ER-FICA", Decimal("0.0765")),
        ("employer_contributions", "ER-401K", Decimal("0.04")),
        ("employee_deductions", "EE-FICA", Decimal("0.0765")),
        ("employee_deductions", "EE-FIT", Decimal("0.17")),
    ),
    "UK20": (
        ("employer_taxes", "ER-NI", Decimal("0.138")),
        ("employer_contributions", "ER-PENSION", Decimal("0.05")),
        ("employee_deductions", "EE-NI", Decimal("0.08")),
        ("employee_deductions", "EE-PAYE", Decimal("0.21")),
    ),
    "DE30": (
        ("employer_taxes", "ER-SV", Decimal("0.196")),
        ("employer_contributions", "ER-BAV", Decimal("0.02")),
        ("employee_deductions", "EE-SV", Decimal("0.20")),
        ("employee_deductions", "EE-LST", Decimal("0.19")),
    ),
    "IE40": (
        ("employer_taxes", "ER-PRSI", Decimal("0.1115")),
        ("employer_contributions", "ER-PENSION", Decimal("0.05")),
        ("employee_deductions", "EE-PRSI", Decimal("0.04")),
        ("employee_deductions", "EE-PAYE", Decimal("0.22")),
    ),
}
_INSURANCE = {
    "US10": 310_00,
    "UK20": 85_00,
    "DE30": 0,
    "IE40": 110_00,
}  # cents a person and run
_EXPENSED = ("earnings", "employer_taxes", "employer_contributions")


def pay_people(world: World) -> None:
    """On the first day of pay periods, schedule their runs."""
    month, last = world.today, month_end(world.today)
    for group, (entity, frequency) in PAYROLL_GROUPS.items():
        if entity not in world.firm.entities:
            continue
        if frequency == "biweekly":
            if (world.today - BIWEEKLY_ANCHOR).days % 14 == 0:
                end = world.today + timedelta(days=13)
                _schedule(world, group, world.today, end, end + 5 * DAY)
        elif world.today.day != 1:
            continue
        elif frequency == "semi_monthly":
            middle = month.replace(day=15)
            _schedule(world, group, month, middle, month.replace(day=20))
            later = add_months(month, 1).replace(day=5)
            _schedule(world, group, middle + DAY, last, later)
        else:
            _schedule(world, group, month, last, month.replace(day=27))


def _schedule(world: World, group: str, start: date, end: date, pay_date: date) -> None:
    pay_date = on_weekday(pay_date, -1)
    day = pay_date - timedelta(days=PREVIEW_DAYS)
    world.at(day, _preview, group, start, end, pay_date)


def _preview(world: World, group: str, start: date, end: date, pay_date: date) -> None:
    """Create a run as previewed, with a line for everything of everybody."""
    count = world.count("payroll run")
    now = world.moment("payroll", count)
    run = PayrollRun(
        id=f"{group}-{end:%Y%m%d}",
        group=group,
        entity=PAYROLL_GROUPS[group][0],
        period_start=start,
        period_end=end,
        pay_date=pay_date,
        status="PVC",
        created_at=now,
        updated_at=now,
    )
    world.firm.payroll_runs[run.id] = run
    lines: list[PayrollLine] = []
    for person in world.firm.people.values():
        if _segments(world.firm, run, person):
            _pay_person(world, run, person, lines)
    world.firm.payroll_lines += lines
    world.at(pay_date, _complete, run, lines)


def _pay_person(
    world: World, run: PayrollRun, person: Person, lines: list[PayrollLine]
) -> None:
    """Add a person's earnings, employer cost and deductions to the run."""
    gross, currency = 0, _segments(world.firm, run, person)[0][0].currency

    def add(section: str, code: str, amount: int, hours: Decimal | None = None) -> None:
        lines.append(
            PayrollLine(
                run.id,
                len(lines) + 1,
                person.number,
                section,
                code,
                money(amount),
                currency,
                hours,
            )
        )

    for pay, days, hours in _segments(world.firm, run, person):
        amount = _earned(run, pay, days, hours)
        gross += amount
        add("earnings", "REG", amount, hours)
    overtime = _overtime(world, run, person)
    if overtime is not None:
        gross += overtime[0]
        add("earnings", "OT", *overtime)
    arrears = world.arrears.pop(person.number, 0)
    if world.situations.strikes("paid_arrears"):
        arrears += half_up(gross, 7)
        world.situations.record("paid_arrears", run=run.id, person=person.number)
    if arrears:
        gross += arrears
        add("earnings", "RETRO", arrears)
    bonus = _bonus(world, run, person, gross)
    if world.situations.strikes("paid_a_bonus_by_itself", not bonus):
        bonus = half_up(gross, 3)
        world.situations.record(
            "paid_a_bonus_by_itself", run=run.id, person=person.number
        )
    if bonus:
        gross += bonus
        add("earnings", "BON", bonus)
    for section, code, share in _SHARES[run.entity]:
        add(section, code, half_up(gross * scaled(share, 10_000), 10_000))
    if _INSURANCE[run.entity]:
        add("employer_contributions", "ER-MED", _INSURANCE[run.entity])


def _segments(
    firm: Firm, run: PayrollRun, person: Person
) -> list[tuple[Pay, int, Decimal]]:
    """Return (pay, weekdays, scheduled hours) for each stretch of equal pay that the
    run's group pays; nothing when it does not pay the person."""
    first = max(run.period_start, person.hired)
    last = min(run.period_end, person.left or run.period_end)
    if first > last:
        return []
    changes = sorted(
        {first}
        | {pay.effective_date for pay in person.pay}
        | {assignment.effective_date for assignment in person.assignments}
    )
    starts = [day for day in changes if first <= day <= last]
    stretches = []
    for start, following in zip(starts, [*starts[1:], last + DAY], strict=True):
        place, pay = assignment_on(person, start), pay_on(person, start)
        is_of_group = payroll_group_on(firm, person, start) == run.group
        if place is None or pay is None or not is_of_group:
            continue
        days = weekdays(start, following - DAY)
        hours = (place.weekly_hours / 5 * days).quantize(Decimal("0.01"))
        stretches.append((pay, days, hours))
    return stretches


def _overtime(
    world: World, run: PayrollRun, person: Person
) -> tuple[int, Decimal] | None:
    """Return (pay in cents, hours) of paid overtime, at one and a half times the rate;
    one in four of those paid by the hour has some."""
    pay = _segments(world.firm, run, person)[-1][0]
    draw = world.fixed("overtime", run.id, person.number)
    if pay.frequency != "Hourly" or draw.random() > 0.25:
        return None
    hours = Decimal(draw.randrange(2, 18)) / 2
    return half_up(scaled(pay.amount, 100) * scaled(hours, 100) * 3, 200), hours


def _earned(run: PayrollRun, pay: Pay, days: int, hours: Decimal) -> int:
    """Return a stretch's gross pay in cents: its part of the period's weekdays."""
    amount = scaled(pay.amount, 100)
    if pay.frequency == "Hourly":
        return half_up(amount * scaled(hours, 100), 100)
    periods = 24 if PAYROLL_GROUPS[run.group][1] == "semi_monthly" else 12
    whole = weekdays(run.period_start, run.period_end)
    return half_up(amount * days, periods * whole)


def _bonus(world: World, run: PayrollRun, person: Person, gross: int) -> int:
    """Return a bonus in cents: some people get one in the last run of March."""
    if run.period_end != run.period_end.replace(month=3, day=31):
        return 0
    draw = world.fixed("bonus", run.id, person.number)
    return half_up(gross * draw.randrange(20, 60), 100) if draw.random() < 0.3 else 0


def _complete(world: World, run: PayrollRun, lines: list[PayrollLine]) -> None:
    """Pay: the run is final and its journal is booked."""
    run.status = "NTC"
    for number in dict.fromkeys(line.person for line in lines):
        if number in world.unknown:
            file = world.firm.people[number].payroll_file
            key = f"{run.id}|PAYROLL:{run.group}:{file}"
            world.unknown[number].keys.append(key)
    touch(run, world.moment("paid", run.id, first=8, last=10))
    cost: dict[str, Decimal] = {}
    for line in lines:
        if line.section in _EXPENSED:
            person = world.firm.people[line.person]
            practice = assignment_on(person, run.period_end) or person.assignments[0]
            cost[practice.practice] = cost.get(practice.practice, 0) + line.amount
    ledger.post_payroll(world, run, cost)
