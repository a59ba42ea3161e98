"""Credits of customer invoices: in whole, to be billed again, or in part.

No system says which invoice a credit is for: it has a project, a day and an amount.
"""

from datetime import timedelta

from dlt_pipelines.sandbox.accounting import billing, ledger
from dlt_pipelines.sandbox.firm.costing import cents, money
from dlt_pipelines.sandbox.firm.model import Invoice
from dlt_pipelines.sandbox.firm.world import World

KINDS = ("invoice_credited", "invoice_billed_again", "invoice_credited_in_part")


def consider(world: World, issued: Invoice) -> None:
    """Let some invoices without a discount be credited before they are paid."""
    for kind in KINDS:
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
    credit = _issue(world, issued, part)
    world.situations.record(kind, invoice=issued.id, credit=credit.id)
    if kind == "invoice_billed_again":
        again = billing.invoice(world, issued.project, whole)
        billing.name_anew(world, issued, again)


def _issue(world: World, issued: Invoice, part: int) -> Invoice:
    world.plans[issued.project].billed_cents -= part
    count = world.count("invoice", 330_001)
    now = world.moment("credit", count, first=15, last=18)
    credit = Invoice(
        id=str(count),
        number=f"CM-{count - 320_000:06d}",
        project=issued.project,
        invoice_date=world.today,
        due_date=world.today + timedelta(days=billing.PAYMENT_TERM),
        status="new",
        currency=issued.currency,
        amount=money(-part),
        created_at=now,
        updated_at=now,
    )
    world.firm.invoices[credit.id] = credit
    world.credits[issued.id] = credit.id
    days = world.fixed("invoice", credit.id).randrange(1, 4)
    world.after(days, _hand_over, issued, credit)
    return credit


def _hand_over(world: World, issued: Invoice, credit: Invoice) -> None:
    """Book the credit of what the ERP has; where nothing is left to pay, both are
    settled."""
    if issued.id in world.booked:
        ledger.post_invoice(world, credit)
    if issued.amount + credit.amount == 0:
        billing.collect(world, issued)
