"""What the ERP's general ledger is given: late, incomplete, but always in balance.

Lines are in the entity's functional currency; a transaction in another currency names
it with the rate of its date.
"""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import TypedDict, Unpack

from dlt_pipelines.sandbox.accounting.finance import period_of
from dlt_pipelines.sandbox.accounting.transfers import TransferPrices
from dlt_pipelines.sandbox.firm.calendars import add_months, month_end, on_weekday
from dlt_pipelines.sandbox.firm.costing import CostRates, cents, money
from dlt_pipelines.sandbox.firm.model import (
    ExpenseLine,
    ExpenseReport,
    Invoice,
    JournalLine,
    LedgerTransaction,
    PayrollRun,
    Project,
    TimeEntry,
    VendorBill,
)
from dlt_pipelines.sandbox.firm.policies import (
    DUE_FROM,
    DUE_TO,
    ENTITY_CURRENCY,
    LAST_MANUAL_JOURNAL_MONTH,
    MANUAL_JOURNAL_DAY,
)
from dlt_pipelines.sandbox.firm.world import World, touch

LEFT_OUT_SHARE = 0.015  # of the lines of a manual labour journal
PREFIXES = {
    "Journal": "JE",
    "CustInvc": "INV",
    "CustCred": "CM",
    "VendBill": "BILL",
    "VendCred": "BC",
}
ZERO = Decimal(0)


class Job(TypedDict):
    """A project and its practice as the ERP knows them."""

    project: str | None
    practice: str | None


class Dimensions(TypedDict, total=False):
    """What a ``JournalLine`` may say besides its account and amount."""

    project: str | None
    practice: str | None
    hours: Decimal
    source_line: str
    service_month: date | None
    memo: str
    foreign: Decimal


_OVERHEAD_SIZES = {"US10": 9_000, "UK20": 5_000, "DE30": 4_000, "IE40": 3_500}


def _debit(
    account: str, amount: Decimal, **dimensions: Unpack[Dimensions]
) -> JournalLine:
    return JournalLine(account, amount, ZERO, **dimensions)


def _credit(
    account: str, amount: Decimal, **dimensions: Unpack[Dimensions]
) -> JournalLine:
    return JournalLine(account, ZERO, amount, **dimensions)


def _foreign(line: JournalLine) -> Decimal:
    """The amount in the currency of an invoice, a bill or what pays it."""
    assert line.foreign is not None
    return line.foreign


def _post(
    world: World,
    kind: str,
    entity: str,
    day: date,
    lines: list[JournalLine],
    *,
    external_id: str | None = None,
    party: str | None = None,
    memo: str | None = None,
    currency: str | None = None,
    rate: Decimal = Decimal(1),
) -> LedgerTransaction:
    """Post a transaction dated ``day`` in the period of that date, which is open."""
    number = world.count("ledger", 500_001)
    now = world.moment("post", number, first=18, last=22)
    period = period_of(world.firm, day)
    assert period is not None, f"the ERP has no period for {day}"
    prefix = PREFIXES.get(kind, kind)
    posted = LedgerTransaction(
        id=number,
        kind=kind,
        number=f"{prefix}{world.count('number ' + kind, 1001)}",
        entity=entity,
        date=day,
        period=period.id,
        currency=currency or ENTITY_CURRENCY[entity],
        exchange_rate=rate,
        external_id=external_id,
        party=party,
        memo=memo,
        lines=lines,
        created_at=now,
        updated_at=now,
    )
    world.firm.ledger[number] = posted
    return posted


def _job(world: World, code: str | None) -> Job:
    """Return the job of a project's code; nothing where the ERP has none."""
    project: Project | None = world.firm.projects.get(code) if code else None
    if project is None or project.netsuite_id is None:
        return {"project": None, "practice": None}
    return {"project": project.code, "practice": project.erp_department}


def post_invoice(world: World, issued: Invoice) -> None:
    """Book a PSA invoice or credit at its date's rate; a fault books another amount."""
    project = world.firm.projects[issued.project]
    functional = ENTITY_CURRENCY[project.entity]
    amount = cents(issued.amount)
    if world.faults.strikes("amount_mismatch", amount > 0):
        amount -= max(100, amount // 50)
        records = {"invoice": issued.id}
        world.faults.plant("amount_mismatch", records, "C02", (issued.id,))
    booked = money(
        world.fx.convert(amount, issued.currency, functional, issued.invoice_date)
    )
    where, foreign = _job(world, issued.project), money(abs(amount))
    sides = ("1100", "4000") if amount > 0 else ("4000", "1100")
    posted = _post(
        world,
        "CustInvc" if amount > 0 else "CustCred",
        project.entity,
        issued.invoice_date,
        [
            _debit(sides[0], abs(booked), foreign=foreign, **where),
            _credit(sides[1], abs(booked), foreign=foreign, **where),
        ],
        external_id=f"KANTATA-INV-{issued.id}",
        party=project.customer,
        memo=issued.number,
        currency=issued.currency,
        rate=world.fx.rate(issued.currency, functional, issued.invoice_date),
    )
    world.booked[issued.id] = posted


def post_payment(world: World, issued: Invoice, credit: Invoice | None = None) -> None:
    """Book a customer's payment of an invoice the ERP has, at the invoice's rate.

    It is less by what the ERP has of a ``credit``, which is settled with it.
    """
    booked = world.booked.get(issued.id)
    credited = world.booked.get(credit.id) if credit else None
    if credited is not None:
        _settle(world, credited)
    if booked is None:
        return
    _settle(world, booked)
    owed = booked.lines[0]
    amount, foreign = owed.debit, _foreign(owed)
    if credited is not None:
        amount -= credited.lines[1].credit
        foreign -= _foreign(credited.lines[1])
        credited.settles[booked.id] = _foreign(credited.lines[1])
    if foreign <= 0:
        return
    project = world.firm.projects[issued.project]
    functional = ENTITY_CURRENCY[project.entity]
    where = _job(world, issued.project)
    paid = _post(
        world,
        "CustPymt",
        project.entity,
        world.today,
        [
            _debit("1000", amount, foreign=foreign),
            _credit("1100", amount, foreign=foreign, **where),
        ],
        party=project.customer,
        memo=issued.number,
        currency=issued.currency,
        rate=world.fx.rate(issued.currency, functional, issued.invoice_date),
    )
    paid.settles[booked.id] = foreign


def _settle(world: World, paid: LedgerTransaction) -> None:
    """Mark an invoice or bill as paid today."""
    paid.closed_on = world.today
    touch(paid, world.moment("settle", paid.id, first=18, last=22))


def post_vendor_bill(world: World, bill: VendorBill) -> None:
    """Book a supplier's bill or credit on its order's project, at its date's rate."""
    where = _job(world, bill.project)
    functional = ENTITY_CURRENCY[bill.entity]
    amount = abs(cents(bill.amount))
    booked = money(world.fx.convert(amount, bill.currency, functional, bill.bill_date))
    is_bill = bill.amount > 0
    cost, owed = (_debit, _credit) if is_bill else (_credit, _debit)
    lines = [
        cost(
            "5100",
            booked,
            memo=bill.order,
            service_month=bill.service_month,
            foreign=money(amount),
            **where,
        ),
        owed("2000", booked, foreign=money(amount)),
    ]
    world.payables[bill.id] = _post(
        world,
        "VendBill" if is_bill else "VendCred",
        bill.entity,
        bill.bill_date,
        lines,
        party=bill.supplier,
        memo=bill.number,
        external_id=f"BILL-{bill.id}",
        currency=bill.currency,
        rate=world.fx.rate(bill.currency, functional, bill.bill_date),
    )


def pay_vendor_bill(world: World, bill: VendorBill) -> None:
    """Pay a supplier what credits leave of a bill, at the rates they were booked at."""
    booked = world.payables[bill.id]
    _settle(world, booked)
    owed = booked.lines[0]
    amount, foreign = owed.debit, _foreign(owed)
    credit = world.credits.get(f"bill {bill.id}")
    if credit is not None:
        credited = world.payables[credit]
        _settle(world, credited)
        amount -= credited.lines[0].credit
        foreign -= _foreign(credited.lines[0])
        credited.settles[booked.id] = _foreign(credited.lines[0])
    lines = [
        _debit("2000", amount, foreign=foreign),
        _credit("1000", amount, foreign=foreign),
    ]
    paid = _post(
        world,
        "VendPymt",
        bill.entity,
        world.today,
        lines,
        party=bill.supplier,
        memo=bill.number,
        currency=booked.currency,
        rate=booked.exchange_rate,
    )
    paid.settles[booked.id] = foreign


def post_expenses(world: World, report: ExpenseReport) -> None:
    """Book an approved report, one line per expense line."""
    lines, total = [], ZERO
    for line in world.report_lines[report.id]:
        lines.append(_expense(world, line))
        total += line.amount
        if world.faults.strikes("cost_booked_twice", line.project is not None):
            day = world.draw("twice", line.id).randrange(3, 12)
            world.after(day, _book_twice, report, line)
    lines.append(_credit("2200", total))
    _post(
        world,
        "ExpRept",
        report.entity,
        world.today,
        lines,
        external_id=f"COUPA-ER-{report.id}",
        party=report.person_number,
    )


def _expense(world: World, line: ExpenseLine) -> JournalLine:
    where, memo = _job(world, line.project), line.category
    return _debit("5200", line.amount, source_line=line.id, memo=memo, **where)


def _book_twice(world: World, report: ExpenseReport, line: ExpenseLine) -> None:
    """Book an expense again by a manual journal, as happens at month ends."""
    lines = [_expense(world, line), _credit("2200", line.amount)]
    posted = _post(
        world, "Journal", report.entity, world.today, lines, memo="Travel, manual"
    )
    records = {"expense_line": line.id, "transaction": str(posted.id)}
    world.faults.plant("cost_booked_twice", records, "C03", (line.id,))


def pay_expenses(world: World, report: ExpenseReport) -> None:
    """Reimburse an employee."""
    total = sum((line.amount for line in world.report_lines[report.id]), ZERO)
    lines = [_debit("2200", total), _credit("1000", total)]
    _post(
        world,
        "VendPymt",
        report.entity,
        world.today,
        lines,
        party=report.person_number,
        memo=f"Expense report {report.id}",
    )


def post_payroll(world: World, run: PayrollRun, cost: dict[str, Decimal]) -> None:
    """Book a final payroll run by practice."""
    lines = [
        _debit("6000", amount, practice=practice)
        for practice, amount in sorted(cost.items())
    ]
    lines.append(_credit("1000", sum(cost.values(), ZERO)))
    _post(
        world,
        "Journal",
        run.entity,
        world.today,
        lines,
        memo=f"Payroll {run.id}",
        external_id=f"PAYROLL-{run.id}",
    )


def accrue_labour(world: World) -> None:
    """Make the accountant's monthly labour journals on their day."""
    day = on_weekday(world.today.replace(day=MANUAL_JOURNAL_DAY))
    month = add_months(world.today.replace(day=1), -1)
    if world.today != day or month > LAST_MANUAL_JOURNAL_MONTH:
        return
    rates = CostRates(world.firm.people)
    for entity in world.firm.entities:
        _post_labour(world, entity, month, rates)
    if month >= world.firm.start:
        _post_intercompany(world, month, rates)


def _post_labour(world: World, entity: str, month: date, rates: CostRates) -> None:
    """Book an entity's labour of ``month`` as approved by now, a line a project."""
    if month < world.firm.start:
        return
    lines, total = [], ZERO
    for project in world.firm.projects.values():
        if project.entity != entity or project.netsuite_id is None:
            continue
        minutes, amount = labour_so_far(world, project, month, rates)
        skipped = world.draw("skip", project.code).random() < LEFT_OUT_SHARE
        if not minutes or skipped:
            continue
        hours = (Decimal(minutes) / 60).quantize(Decimal("0.01"))
        booked = money(amount)
        where = _job(world, project.code)
        lines.append(_debit("5000", booked, hours=hours, **where))
        total += booked
    world.journals[entity, month] = lines
    if lines:
        lines = [*lines, _credit("2100", total)]
        memo = f"Project labour {month:%B %Y}"
        _post(world, "Journal", entity, month_end(month), lines, memo=memo)


def _is_approved(world: World, entry: TimeEntry) -> bool:
    sheet = world.firm.timesheets.get(entry.timesheet or "")
    return entry.deleted_at is None and sheet is not None and sheet.status == "approved"


def labour_so_far(
    world: World, project: Project, month: date, rates: CostRates
) -> tuple[int, int]:
    """Return (minutes, provisional cents in functional currency) approved by now."""
    minutes = amount = 0
    currency = ENTITY_CURRENCY[project.entity]
    for entry in world.worked.get((project.code, month), ()):
        if not _is_approved(world, entry):
            continue
        if rates.loaded(entry.person, entry.day) is None:
            continue  # a contractor: billed by the supplier
        home = rates.provisional(entry.person, entry.day, entry.minutes)
        minutes += entry.minutes
        amount += world.fx.convert(*home, currency, entry.day)
    return minutes, amount


def _post_intercompany(world: World, month: date, rates: CostRates) -> None:
    """Charge the month's hours between entities, a journal in the books of each.

    A fault forgets the receiver's.
    """
    transfers = TransferPrices(world.firm, rates, world.fx)
    owed: dict[tuple[str, str], int] = {}
    for code, project in world.firm.projects.items():
        for entry in world.worked.get((code, month), ()):
            if not _is_approved(world, entry):
                continue
            charge = transfers.charge(entry)
            if charge is not None:
                pair = (charge.provider, project.entity)
                owed[pair] = owed.get(pair, 0) + charge.cents
    for (provider, receiver), amount in sorted(owed.items()):
        currency, day = ENTITY_CURRENCY[provider], month_end(month)
        rate = world.fx.rate(currency, ENTITY_CURRENCY[receiver], day)
        booked = world.fx.convert(amount, currency, ENTITY_CURRENCY[receiver], day)
        memo = f"Intercompany {provider}>{receiver} {month:%Y-%m}"
        own, other = money(amount), money(booked)
        debit, credit = partial(_debit, foreign=own), partial(_credit, foreign=own)
        due_from, due_to = DUE_FROM[receiver], DUE_TO[provider]
        legs = (
            (provider, [debit(due_from, own), credit("4900", own)], Decimal(1)),
            (receiver, [debit("5900", other), credit(due_to, other)], rate),
        )
        forgotten = world.faults.strikes("intercompany_leg_missing")
        for place, (entity, lines, at) in enumerate(legs):
            if forgotten and place == 1:
                key = f"{provider}>{receiver}|{month.isoformat()}|mirror"
                records = {"provider": provider, "receiver": receiver}
                world.faults.plant("intercompany_leg_missing", records, "C11", (key,))
                continue
            _post(
                world, "Journal", entity, day, lines,
                memo=memo, currency=currency, rate=at,
            )  # fmt: skip


def post_overheads(world: World) -> None:
    """Book what the practices cost besides their people, early each month."""
    if world.today != on_weekday(world.today.replace(day=4)):
        return
    month = add_months(world.today.replace(day=1), -1)
    if month < world.firm.start:
        return
    for entity in world.firm.entities:
        size = _OVERHEAD_SIZES[entity]
        lines, total = [], ZERO
        for practice in world.firm.practices:
            draw = world.draw("overhead", f"{entity}{practice}")
            amount = Decimal(draw.randrange(60, 140) * size).scaleb(-2)
            lines.append(_debit("6100", amount, practice=practice, memo="Overheads"))
            total += amount
        lines.append(_credit("2000", total))
        _post(world, "Journal", entity, month_end(month), lines, memo="Overheads")
