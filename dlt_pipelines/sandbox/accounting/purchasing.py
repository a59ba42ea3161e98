"""Subcontractors: purchase orders, and the suppliers' monthly bills."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from dlt_pipelines.sandbox.accounting import ledger
from dlt_pipelines.sandbox.firm.calendars import add_months, month_of, on_weekday
from dlt_pipelines.sandbox.firm.costing import cents, minutes_at_rate, money, spread
from dlt_pipelines.sandbox.firm.model import (
    Person,
    Project,
    PurchaseOrder,
    Receipt,
    Supplier,
    VendorBill,
)
from dlt_pipelines.sandbox.firm.names import SUPPLIER_FORMS
from dlt_pipelines.sandbox.firm.policies import (
    CONTRACTOR_RATES,
    ENTITY_COUNTRY,
    ENTITY_CURRENCY,
)
from dlt_pipelines.sandbox.firm.world import World, touch

GOODS_SHARE = 0.22  # of the projects buy something besides hours
GOODS_CONTRACTS = ("fixed_fee", "milestone", "time_and_materials", "cost_plus")
_FOREIGN = {"USD": "EUR", "GBP": "EUR", "EUR": "GBP"}


def order(
    world: World, project: Project, person: Person, share: float, months: int
) -> None:
    """Order a contractor's hours for a project, or more of them."""
    hours = Decimal(max(10, round(share * 160 * months * 1.1 / 10) * 10))
    known = world.orders.get((person.number, project.code))
    if known is not None and known.quantity is not None:
        known.quantity += hours
        touch(known, world.moment("order", known.id))
        return
    assert person.supplier is not None  # contractors work through one
    count = world.count("purchase order")
    now = world.moment("order", str(4000 + count))
    low, high = CONTRACTOR_RATES[project.entity]
    rate = world.fixed("rate", person.number, project.entity).randrange(low, high)
    purchase = PurchaseOrder(
        id=str(4000 + count),
        number=f"PO-{10_000 + count}",
        supplier=person.supplier,
        person=person.number,
        project=project.code,
        entity=project.entity,
        currency=_currency(person, project),
        hourly_rate=world.paid(person.number, Decimal(rate)),
        quantity=hours,
        status="issued",
        created_at=now,
        updated_at=now,
    )
    world.firm.purchase_orders[purchase.id] = purchase
    world.orders[person.number, project.code] = purchase
    if world.situations.strikes("bills_without_month"):
        world.unsaid.add(purchase.id)
        world.situations.record("bills_without_month", order=purchase.id)
    world.at(project.end + timedelta(days=75), _close, purchase)


def _currency(person: Person, project: Project) -> str:
    """Return what a contractor charges in: every fifth not the entity's currency."""
    own = ENTITY_CURRENCY[project.entity]
    return _FOREIGN[own] if int(person.number[1:]) % 5 == 3 else own


def plan_goods(world: World, project: Project) -> None:
    """Let some projects order goods or a fixed-price service, delivered in parts."""
    draw = world.fixed("goods", project.code)
    wanted = project.contract_type in GOODS_CONTRACTS and draw.random() < GOODS_SHARE
    if not wanted:
        return
    span = (project.end - project.start).days
    day = on_weekday(project.start + timedelta(days=span // 5))
    amount = Decimal(draw.randrange(6_000, 30_000, 250))
    world.at(day, _order_goods, project, amount, draw.random() < 0.5)


def _order_goods(
    world: World, project: Project, amount: Decimal, is_pass_through: bool
) -> None:
    """Order for a sum; half to nine tenths of it will be delivered and billed."""
    count = world.count("purchase order")
    now = world.moment("order", str(4000 + count))
    purchase = PurchaseOrder(
        id=str(4000 + count),
        number=f"PO-{10_000 + count}",
        supplier=_goods_supplier(world, project.entity).number,
        person=None,
        project=project.code,
        entity=project.entity,
        currency=ENTITY_CURRENCY[project.entity],
        hourly_rate=None,
        quantity=None,
        status="issued",
        created_at=now,
        updated_at=now,
        amount=amount,
        is_pass_through=is_pass_through,
    )
    world.firm.purchase_orders[purchase.id] = purchase
    draw = world.fixed("deliveries", purchase.id)
    weights = [
        (draw.randrange(20, 50), str(part)) for part in range(draw.randint(2, 4))
    ]
    for part, share in spread(cents(amount), weights).items():
        left = max((project.end - world.today).days, 20)
        day = world.today + timedelta(days=left * int(part) // len(weights) + 6)
        world.at(on_weekday(day), _receive, purchase, money(share))
    world.at(project.end + timedelta(days=75), _close, purchase)


def _goods_supplier(world: World, entity: str) -> Supplier:
    """Return the entity's supplier of goods, who is found at the first order."""
    number = f"V9{entity[2:]}"
    if number not in world.firm.suppliers:
        form = SUPPLIER_FORMS[ENTITY_COUNTRY[entity]]
        world.firm.suppliers[number] = Supplier(
            number,
            f"Northlight Systems {form}",
            900 + int(entity[2:]),
            3900 + int(entity[2:]),
            ENTITY_CURRENCY[entity],
        )
    return world.firm.suppliers[number]


def _receive(world: World, purchase: PurchaseOrder, amount: Decimal) -> None:
    """Take a delivery; the supplier's bill follows, one in six for a bit more."""
    number = str(world.count("receipt", 73_001))
    now = world.moment("receipt", number)
    world.firm.receipts[number] = Receipt(
        number, purchase.id, world.today, amount, now, now
    )
    touch(purchase, now)
    draw = world.fixed("goods bill", number)
    if draw.random() < 1 / 6:
        amount += (amount * Decimal("0.03")).quantize(Decimal("0.01"))
    day = on_weekday(world.today + timedelta(days=draw.randrange(6, 34)))
    world.at(day, _bill_goods, purchase, amount)


def _bill_goods(world: World, purchase: PurchaseOrder, amount: Decimal) -> None:
    """Book the supplier's bill for a delivery, unless the ERP lacks the project."""
    if world.firm.projects[purchase.project].netsuite_id is not None:
        _book(world, purchase, None, amount)


def _close(world: World, purchase: PurchaseOrder) -> None:
    purchase.status = "closed"
    touch(purchase, world.moment("close", purchase.id))


def receive_bills(world: World) -> None:
    """On a month's first day, schedule the bills for the month before."""
    if world.today.day != 1:
        return
    month = add_months(world.today, -1)
    for purchase in world.firm.purchase_orders.values():
        if purchase.person is None:
            continue
        draw = world.draw("bill", purchase.id)
        day = on_weekday(world.today.replace(day=draw.randrange(8, 19)))
        if world.situations.strikes("billed_late"):
            world.situations.record("billed_late", order=purchase.id, month=f"{month}")
            day = on_weekday(add_months(day, 1).replace(day=draw.randrange(1, 24)))
        world.at(day, _bill, purchase, month)


def _bill(world: World, purchase: PurchaseOrder, month: date) -> None:
    """Bill the hours approved by now; one bill in twelve is off by an hour or two.

    A bill for a project the ERP does not know cannot be coded and is not booked.
    """
    if world.firm.projects[purchase.project].netsuite_id is None:
        return
    minutes = _approved_minutes(world, purchase, month)
    minutes += world.held_back.pop(purchase.id, 0)
    if minutes <= 0:
        return
    kept = _held_back(world, purchase, minutes)
    if kept:
        world.held_back[purchase.id] = kept
        minutes -= kept
        if not minutes:
            return
    assert purchase.hourly_rate is not None  # goods are billed as they are received
    draw = world.draw("bill amount", purchase.id)
    if draw.random() < 1 / 12:
        minutes += draw.choice((-60, 60, 120))
    _book(world, purchase, month, money(minutes_at_rate(minutes, purchase.hourly_rate)))


def _approved_minutes(world: World, purchase: PurchaseOrder, month: date) -> int:
    return sum(
        entry.minutes
        for entry in world.worked.get((purchase.project, month), ())
        if entry.person == purchase.person
        and entry.deleted_at is None
        and entry.timesheet is not None
        and world.firm.timesheets[entry.timesheet].status == "approved"
    )


def _held_back(world: World, purchase: PurchaseOrder, minutes: int) -> int:
    """Return the minutes that wait for the next bill; of orders whose bills state no
    month, which such a bill could not be right about."""
    is_unsaid = purchase.id in world.unsaid
    for kind in ("billed_for_two_months", "billed_in_part"):
        if world.situations.strikes(kind, is_unsaid):
            world.situations.record(kind, order=purchase.id)
            return minutes if kind == "billed_for_two_months" else minutes // 2
    return 0


def _book(
    world: World, purchase: PurchaseOrder, month: date | None, amount: Decimal
) -> None:
    """Book a supplier's bill for a month of hours, or for goods, and pay it later."""
    draw = world.draw("bill terms", purchase.id)
    count = world.count("vendor bill")
    now = world.moment("vendor bill", count, first=8, last=12)
    bill = VendorBill(
        id=str(88_000 + count),
        number=f"{purchase.supplier}-{month or world.today:%y%m}-{count % 100:02d}",
        order=purchase.number,
        supplier=purchase.supplier,
        person=purchase.person,
        project=purchase.project,
        entity=purchase.entity,
        currency=purchase.currency,
        service_month=None if purchase.id in world.unsaid else month,
        amount=amount,
        bill_date=world.today,
        created_at=now,
        updated_at=now,
    )
    world.firm.vendor_bills[bill.id] = bill
    ledger.post_vendor_bill(world, bill)
    world.after(draw.randrange(20, 40), ledger.pay_vendor_bill, bill)
    if world.situations.strikes("bill_credited", purchase.person is not None):
        world.after(draw.randrange(4, 19), _credit, bill)


def _credit(world: World, bill: VendorBill) -> None:
    """Book a supplier's credit of a part of a bill; it names what the bill names."""
    count = world.count("vendor bill")
    now = world.moment("vendor bill", count, first=8, last=12)
    share = world.draw("bill credit", bill.id).randrange(3, 30)
    credit = replace(
        bill,
        id=str(88_000 + count),
        number=f"{bill.number}-CR",
        amount=-(bill.amount * share / 100).quantize(Decimal("0.01")),
        bill_date=world.today,
        created_at=now,
        updated_at=now,
    )
    world.firm.vendor_bills[credit.id] = credit
    ledger.post_vendor_bill(world, credit)
    world.credits[f"bill {bill.id}"] = credit.id
    world.situations.record("bill_credited", bill=bill.id, credit=credit.id)


def accrued_cents(world: World, project: Project, month: date, day: date) -> int:
    """Return what the project's contractors cost in ``month`` as known today, in cents
    of the entity's currency."""
    total, own = 0, ENTITY_CURRENCY[project.entity]
    for entry in world.worked.get((project.code, month_of(month)), ()):
        purchase = world.orders.get((entry.person, project.code))
        if purchase is None or purchase.hourly_rate is None:
            continue
        if entry.deleted_at is None and entry.day <= day:
            amount = minutes_at_rate(entry.minutes, purchase.hourly_rate)
            total += world.fx.convert(amount, purchase.currency, own, entry.day)
    return total
