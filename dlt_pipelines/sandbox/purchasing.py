"""Subcontractors: purchase orders, and the suppliers' monthly bills."""

from datetime import date, timedelta
from decimal import Decimal

from dlt_pipelines.sandbox import ledger
from dlt_pipelines.sandbox.calendars import add_months, month_of, on_weekday
from dlt_pipelines.sandbox.costing import half_up, minutes_at_rate, money
from dlt_pipelines.sandbox.model import Person, Project, PurchaseOrder, VendorBill
from dlt_pipelines.sandbox.policies import CONTRACTOR_RATES, ENTITY_CURRENCY
from dlt_pipelines.sandbox.world import World, touch


def order(
    world: World, project: Project, person: Person, share: float, months: int
) -> None:
    """Order a contractor's hours for a project, or more of them."""
    hours = Decimal(max(10, round(share * 160 * months * 1.1 / 10) * 10))
    known = world.orders.get((person.number, project.code))
    if known is not None:
        known.quantity += hours
        touch(known, world.moment("order", known.id))
        return
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
        currency=ENTITY_CURRENCY[project.entity],
        hourly_rate=Decimal(rate),
        quantity=hours,
        status="issued",
        created_at=now,
        updated_at=now,
    )
    world.firm.purchase_orders[purchase.id] = purchase
    world.orders[person.number, project.code] = purchase
    world.at(project.end + timedelta(days=75), _close, purchase)


def _close(world: World, purchase: PurchaseOrder) -> None:
    purchase.status = "closed"
    touch(purchase, world.moment("close", purchase.id))


def receive_bills(world: World) -> None:
    """On a month's first day, schedule the bills for the month before."""
    if world.today.day != 1:
        return
    month = add_months(world.today, -1)
    for purchase in world.firm.purchase_orders.values():
        draw = world.draw("bill", purchase.id)
        day = on_weekday(world.today.replace(day=draw.randrange(8, 19)))
        world.at(day, _bill, purchase, month)


def _bill(world: World, purchase: PurchaseOrder, month: date) -> None:
    """Bill the hours approved by now; one bill in twelve is off by an hour or two.

    A bill for a project the ERP does not know cannot be coded and is not booked.
    """
    if world.firm.projects[purchase.project].netsuite_id is None:
        return
    minutes = sum(
        entry.minutes
        for entry in world.worked.get((purchase.project, month), ())
        if entry.person == purchase.person
        and entry.deleted_at is None
        and entry.timesheet is not None
        and world.firm.timesheets[entry.timesheet].status == "approved"
    )
    if not minutes:
        return
    draw = world.draw("bill amount", purchase.id)
    if draw.random() < 1 / 12:
        minutes += draw.choice((-60, 60, 120))
    count = world.count("vendor bill")
    now = world.moment("vendor bill", count, first=8, last=12)
    bill = VendorBill(
        id=str(88_000 + count),
        number=f"{purchase.supplier}-{month:%y%m}-{count % 100:02d}",
        order=purchase.number,
        supplier=purchase.supplier,
        person=purchase.person,
        project=purchase.project,
        entity=purchase.entity,
        currency=purchase.currency,
        service_month=month,
        amount=money(minutes_at_rate(minutes, purchase.hourly_rate)),
        bill_date=world.today,
        created_at=now,
        updated_at=now,
    )
    world.firm.vendor_bills[bill.id] = bill
    ledger.post_vendor_bill(world, bill)
    world.after(draw.randrange(20, 40), ledger.pay_vendor_bill, bill)


def accrued_cents(world: World, code: str, month: date, day: date) -> int:
    """Return what the project's contractors cost in ``month`` as known today."""
    total = 0
    for entry in world.worked.get((code, month_of(month)), ()):
        purchase = world.orders.get((entry.person, code))
        if purchase is not None and entry.deleted_at is None and entry.day <= day:
            rate = half_up(int(purchase.hourly_rate * 10**6), 1)
            total += minutes_at_rate(entry.minutes, Decimal(rate).scaleb(-6))
    return total
