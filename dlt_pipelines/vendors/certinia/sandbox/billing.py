"""The firm's invoices as billing events with items, and their batches.

Splits and milestones are billed by items of their own. What is invoiced without either
is a budget's (instalments of a fixed price, retainers) or, beside time, an adjustment:
expenses that are passed on, a discount. PSA holds the number and date of the ERP's
invoice, which is written back; whether it was paid it does not know. An invoice that
was cancelled has been cleared: its event is deleted, its sources are billed again.
"""

from datetime import date
from decimal import Decimal

from dlt_pipelines.sandbox.firm.calendars import month_of
from dlt_pipelines.sandbox.firm.model import (
    Firm,
    Invoice,
    LedgerTransaction,
    Milestone,
)
from dlt_pipelines.vendors.certinia.sandbox.records import Row, id_of, kept
from dlt_pipelines.vendors.certinia.sandbox.timecards import Timecard, charged

ADJUSTMENT = "Miscellaneous Adjustment"


def split_id(card: Timecard, start: date, made: int) -> str:
    """The id of a split as it was made for the ``made``-th time."""
    return id_of("split", card.first.id, month_of(start), made)


def item_of_split(card: Timecard, start: date) -> str | None:
    """The item that bills a live split, if one does."""
    invoice = card.first.invoice
    if invoice is None or card.is_deleted:
        return None
    return id_of("item", invoice, split_id(card, start, len(card.made)))


def item_of_milestone(milestone: Milestone | None) -> str | None:
    """The item that bills a milestone, if one does."""
    if milestone is None or milestone.invoice is None:
        return None
    return id_of("item", milestone.invoice, milestone.id)


def _booked(firm: Firm) -> dict[str, LedgerTransaction]:
    """The ERP's own invoices and credits, by the number that PSA gave them."""
    return {
        posted.memo: posted
        for posted in firm.ledger.values()
        if posted.kind in ("CustInvc", "CustCred") and posted.memo
    }


def billing_events(firm: Firm) -> list[Row]:
    """One for each invoice."""
    booked = _booked(firm)
    return [_event(firm, invoice, booked) for invoice in firm.invoices.values()]


def _event(firm: Firm, invoice: Invoice, booked: dict[str, LedgerTransaction]) -> Row:
    is_cleared = invoice.status == "cancelled"
    posted = booked.get(invoice.number)
    touched = max(
        invoice.updated_at, posted.created_at if posted else invoice.created_at
    )
    return {
        "Id": id_of("event", invoice.id),
        "Name": f"BE-{invoice.id}",
        "pse__Project__c": id_of("project", invoice.project),
        "pse__Billing_Event_Batch__c": _batch(firm, invoice),
        "pse__Status__c": "Completed",
        "pse__Date__c": invoice.invoice_date,
        "pse__Is_Approved__c": True,
        "pse__Is_Released__c": True,
        "pse__Invoiced__c": True,
        "pse__Invoice_Number__c": invoice.number,
        "pse__Invoice_Date__c": invoice.invoice_date,
        "ERP_Invoice__c": posted.external_id if posted else None,
        "CurrencyIsoCode": invoice.currency,
        "pse__Summary_Amount__c": invoice.amount,
        "pse__Rounded_Summary_Amount__c": invoice.amount,
        **kept(invoice.created_at, touched, is_cleared),
    }


def _batch(firm: Firm, invoice: Invoice) -> str:
    customer = firm.projects[invoice.project].customer
    return id_of("batch", customer, month_of(invoice.invoice_date))


def billing_event_batches(firm: Firm) -> list[Row]:
    """The events of a customer in a month."""
    rows: dict[str, Row] = {}
    for invoice in firm.invoices.values():
        customer = firm.customers.get(firm.projects[invoice.project].customer)
        row = {
            "Id": _batch(firm, invoice),
            "Name": f"BEB {month_of(invoice.invoice_date)}",
            "pse__Account__c": customer.salesforce_id if customer else None,
            "pse__Is_Released__c": True,
            **kept(invoice.created_at, invoice.updated_at),
        }
        rows.setdefault(row["Id"], row)
    return list(rows.values())


def billing_event_items(firm: Firm, cards: list[Timecard]) -> list[Row]:
    """What each invoice bills; together it is the invoice's amount.

    Of time beyond a cap the last items bill less than it is charged at.
    """
    sources: dict[str, list[Row]] = {name: [] for name in firm.invoices}
    for card in cards:
        for start, _, entries in card.splits:
            item = item_of_split(card, start)
            if item and entries and (card.first.invoice in firm.invoices):
                invoice = firm.invoices[card.first.invoice]
                split = split_id(card, start, len(card.made))
                told = {"pse__Timecard_Split__c": split, "pse__Object_Id__c": split}
                amount = charged(entries, invoice.currency)
                sources[invoice.id].append(
                    _item(invoice, item, "Timecard", amount) | told
                )
    for milestone in firm.milestones.values():
        item = item_of_milestone(milestone)
        if item and milestone.invoice in firm.invoices:
            of = id_of("milestone", milestone.task)
            told = {"pse__Milestone__c": of, "pse__Object_Id__c": of}
            invoice = firm.invoices[milestone.invoice]
            sources[invoice.id].append(
                _item(invoice, item, "Milestone", milestone.amount) | told
            )
    rows: list[Row] = []
    last: dict[str, Row] = {}  # of each project's invoices
    for name, items in sources.items():
        invoice = firm.invoices[name]
        if invoice.amount < 0:
            rows.append(_taken_back(invoice, last.get(invoice.project)))
            continue
        rows += _made_whole(invoice, items)
        if items:
            last[invoice.project] = items[0]
    return rows


def _taken_back(credit: Invoice, billed: Row | None) -> Row:
    """What a credit takes back of time billed before, else of a budget."""
    row = _item(credit, id_of("item", credit.id), "Budget", credit.amount)
    named = ("pse__Category__c", "pse__Timecard_Split__c", "pse__Object_Id__c")
    return row | {name: billed[name] for name in named} if billed else row


def _made_whole(invoice: Invoice, items: list[Row]) -> list[Row]:
    """The items, with what an invoice bills beside time and milestones."""
    let_off = [
        _item(invoice, id_of("item", discount.id), ADJUSTMENT, discount.amount)
        | {"pse__Description__c": discount.notes}
        for discount in invoice.items
    ]
    rest = invoice.amount - sum(
        (item["pse__Amount__c"] for item in [*items, *let_off]), Decimal(0)
    )
    for item in reversed(items):
        if rest < 0 < item["pse__Amount__c"]:
            less = min(-rest, item["pse__Amount__c"])
            item["pse__Amount__c"] -= less
            item["pse__Rounded_Amount__c"] = item["pse__Amount__c"]
            rest += less
    if rest > 0:
        category = ADJUSTMENT if items else "Budget"
        let_off.append(_item(invoice, id_of("item", invoice.id), category, rest))
    return [*items, *let_off]


def _item(invoice: Invoice, id_: str, category: str, amount: Decimal) -> Row:
    is_cleared = invoice.status == "cancelled"
    return {
        "Id": id_,
        "Name": f"BEI {invoice.id}",
        "pse__Billing_Event__c": id_of("event", invoice.id),
        "pse__Project__c": id_of("project", invoice.project),
        "pse__Milestone__c": None,
        "pse__Timecard_Split__c": None,
        "pse__Object_Id__c": id_of("project", invoice.project),
        "pse__Category__c": category,
        "pse__Description__c": None,
        "CurrencyIsoCode": invoice.currency,
        "pse__Amount__c": amount,
        "pse__Rounded_Amount__c": amount,
        **kept(invoice.created_at, invoice.updated_at, is_cleared),
    }
