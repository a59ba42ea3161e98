"""What becomes of a customer's invoice: booked, paid, cancelled, credited.

No system says which invoice a credit is for: it has a project, a day and an amount.
"""

from datetime import timedelta

from dlt_pipelines.sandbox.accounting import ledger
from dlt_pipelines.sandbox.firm.costing import cents, money
from dlt_pipelines.sandbox.firm.model import Invoice, InvoiceItem
from dlt_pipelines.sandbox.firm.world import World, touch

PAYMENT_TERM = 30
CREDITS = ("invoice_credited", "invoice_billed_again", "invoice_credited_in_part")


def invoice(
    world: World, code: str, amount_cents: int, let_off: int = 0
) -> Invoice | None:
    """Issue an invoice; None when there is nothing to bill."""
    return issue(world, code, amount_cents, let_off) if amount_cents > 0 else None


def issue(world: World, code: str, amount_cents: int, let_off: int = 0) -> Invoice:
    """Issue an invoice of what there is to bill and hand it to the ERP.

    ``let_off`` cents of the amount stand on it as a discount and are not charged.
    """
    assert amount_cents > 0, f"there is nothing to bill on {code}"
    project = world.firm.projects[code]
    world.plans[code].billed_cents += amount_cents
    count = world.count("invoice", 330_001)
    now = world.moment("invoice", count, first=15, last=18)
    issued = Invoice(
        id=str(count),
        number=f"INV-{count - 320_000:06d}",
        project=code,
        invoice_date=world.today,
        due_date=world.today + timedelta(days=PAYMENT_TERM),
        status="new",
        currency=project.currency,
        amount=money(amount_cents - let_off),
        created_at=now,
        updated_at=now,
    )
    if let_off:
        number = str(world.count("invoice item", 440_001))
        discount = InvoiceItem(number, money(-let_off), "Goodwill discount", now, now)
        issued.items.append(discount)
    world.firm.invoices[issued.id] = issued
    _hand_over(world, issued)
    return issued


def _hand_over(world: World, issued: Invoice) -> None:
    """Schedule what becomes of an invoice: the ERP, payment, or a fault instead."""
    draw = world.fixed("invoice", issued.id)
    if draw.random() < 0.012:
        world.after(1, _cancel, issued)
        return
    if world.faults.strikes("invoice_not_in_erp"):
        records = {"invoice": issued.id}
        world.faults.plant("invoice_not_in_erp", records, "C02", (issued.id,))
    else:
        world.after(draw.randrange(1, 4), ledger.post_invoice, issued)
    world.after(draw.randrange(24, 52), collect, issued)
    consider_credit(world, issued)


def _cancel(world: World, issued: Invoice) -> None:
    """Cancel an invoice before the ERP has it and issue it afresh."""
    issued.status = "cancelled"
    touch(issued, world.moment("cancel", issued.id))
    let_off = -sum(cents(item.amount) for item in issued.items)
    amount = cents(issued.amount) + let_off
    world.plans[issued.project].billed_cents -= amount
    name_anew(world, issued, issue(world, issued.project, amount, let_off))


def name_anew(world: World, issued: Invoice, again: Invoice) -> None:
    """Let what an invoice bills name the one that bills it again."""
    records = (world.firm.time_entries, world.firm.milestones)
    for record in (record for kind in records for record in kind.values()):
        if record.invoice == issued.id:
            record.invoice = again.id
            touch(record, again.created_at)


def collect(world: World, issued: Invoice) -> None:
    """Let the customer pay; the ERP books the money the same day if it knows why.

    What was credited until then is settled with it.
    """
    if issued.status == "accepted payment":
        return
    credit = world.firm.invoices.get(world.credits.get(issued.id, ""))
    for settled in (issued, credit) if credit else (issued,):
        settled.status = "accepted payment"
        settled.paid_on = world.today
        touch(settled, world.moment("payment", settled.id))
    ledger.post_payment(world, issued, credit)


def consider_credit(world: World, issued: Invoice) -> None:
    """Let some invoices without a discount be credited before they are paid."""
    for kind in CREDITS:
        if world.situations.strikes(kind, not issued.items):
            days = world.fixed("credit", issued.id).randrange(5, 48)
            world.after(days, _credit, issued, kind)
            return


def _credit(world: World, issued: Invoice, kind: str) -> None:
    """Issue the credit; what it leaves of the invoice is paid on the invoice's day.

    What was paid by then is not credited.
    """
    if issued.status != "new":
        return
    whole = cents(issued.amount)
    part = whole
    if kind == "invoice_credited_in_part":
        part = max(1, whole * world.draw("credit", issued.id).randrange(8, 60) // 100)
    credit = _issue_credit(world, issued, part)
    world.situations.record(kind, invoice=issued.id, credit=credit.id)
    if kind == "invoice_billed_again":
        again = issue(world, issued.project, whole)
        name_anew(world, issued, again)


def _issue_credit(world: World, issued: Invoice, part: int) -> Invoice:
    world.plans[issued.project].billed_cents -= part
    count = world.count("invoice", 330_001)
    now = world.moment("credit", count, first=15, last=18)
    credit = Invoice(
        id=str(count),
        number=f"CM-{count - 320_000:06d}",
        project=issued.project,
        invoice_date=world.today,
        due_date=world.today + timedelta(days=PAYMENT_TERM),
        status="new",
        currency=issued.currency,
        amount=money(-part),
        created_at=now,
        updated_at=now,
    )
    world.firm.invoices[credit.id] = credit
    world.credits[issued.id] = credit.id
    days = world.fixed("invoice", credit.id).randrange(1, 4)
    world.after(days, _hand_over_credit, issued, credit)
    return credit


def _hand_over_credit(world: World, issued: Invoice, credit: Invoice) -> None:
    """Book the credit of what the ERP has; where nothing is left to pay, both are
    settled."""
    if issued.id in world.booked:
        ledger.post_invoice(world, credit)
    if issued.amount + credit.amount == 0:
        collect(world, issued)
