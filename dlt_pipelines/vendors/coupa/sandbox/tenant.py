"""The sandbox firm as its Coupa tenant shows it: records in Coupa's shape.

Not confirmed by any source, and assumed here and in tables.yml alone: the members of a
receiving transaction. The names of custom fields are the tenant's own choice, and so is
what kind of field each is: an expense's project is a lookup, an order's a text.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from dlt_pipelines.sandbox.firm.denominations import least_of
from dlt_pipelines.sandbox.firm.model import (
    ExpenseLine,
    ExpenseReport,
    Firm,
    PurchaseOrder,
    Receipt,
    Supplier,
    VendorBill,
)
from dlt_pipelines.vendors.coupa.assumptions import ORIGINAL

ZONE = ZoneInfo("America/Los_Angeles")  # the tenant's; moments carry its offset
ITEMISED_ONE_IN = 10  # reports whose first two lines are parts of one hotel bill
PARENT_IDS = 900_000_000  # ids of itemised lines, far above every line's own

Body = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A record of a listing, with what listings are ordered and filtered by."""

    number: int
    updated_at: datetime
    body: Body


def expense_reports(firm: Firm) -> list[Row]:
    """Reports with their lines inside, by id."""
    lines = _lines_by_report(firm)
    return _ordered(
        Row(int(report.id), report.updated_at, _report(firm, report, lines[report.id]))
        for report in _twice(firm, "expense_reports", firm.expense_reports.values())
    )


def expense_lines(firm: Firm) -> list[Row]:
    """Lines of all reports, by id."""
    return _ordered(
        Row(line["id"], datetime.fromisoformat(line["updated-at"]), line)
        for lines in _lines_by_report(firm).values()
        for line in lines
    )


def purchase_orders(firm: Firm) -> list[Row]:
    """Orders with their lines inside, by id."""
    bills, received = _bills_by_order(firm), _receipts_by_order(firm)
    return _ordered(
        Row(
            int(order.id),
            order.updated_at,
            _order(firm, order, bills[order.number], received[order.id]),
        )
        for order in _twice(firm, "purchase_orders", firm.purchase_orders.values())
    )


def purchase_order_lines(firm: Firm) -> list[Row]:
    """Lines of all orders, by id."""
    bills, received = _bills_by_order(firm), _receipts_by_order(firm)
    bodies = [
        _order_line(order, bills[order.number], received[order.id])
        for order in firm.purchase_orders.values()
    ]
    return _ordered(
        Row(body["id"], datetime.fromisoformat(body["updated-at"]), body)
        for body in bodies
    )


def receiving_transactions(firm: Firm) -> list[Row]:
    """Receipts of goods, by id."""
    return _ordered(
        Row(
            int(receipt.id),
            receipt.updated_at,
            _receipt(firm.purchase_orders[receipt.order], receipt),
        )
        for receipt in firm.receipts.values()
    )


def suppliers(firm: Firm) -> list[Row]:
    """Suppliers, by id."""
    since = datetime.combine(firm.start, time(9), ZONE)
    return _ordered(
        Row(supplier.coupa_id, since, _supplier(supplier, since))
        for supplier in firm.suppliers.values()
    )


RESOURCES: dict[str, Callable[[Firm], list[Row]]] = {
    "expense_reports": expense_reports,
    "expense_lines": expense_lines,
    "purchase_orders": purchase_orders,
    "purchase_order_lines": purchase_order_lines,
    "receiving_transactions": receiving_transactions,
    "suppliers": suppliers,
}


def _ordered(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.number)


def _twice(firm: Firm, kind: str, things: Iterable[Any]) -> Iterable[Any]:
    """Each thing, those of «duplicate delivery» a second time."""
    again = set(firm.served_twice.get(kind, ()))
    for thing in things:
        yield thing
        if thing.id in again:
            yield thing


# Expenses


def _lines_by_report(firm: Firm) -> dict[str, list[Body]]:
    own: dict[str, list[ExpenseLine]] = defaultdict(list)
    for line in firm.expense_lines.values():
        own[line.report].append(line)
    again = {int(line) for line in firm.served_twice.get("expense_lines", ())}
    listed: dict[str, list[Body]] = defaultdict(list)
    for number, lines in own.items():
        bodies = _report_lines(firm, firm.expense_reports[number], lines)
        listed[number] = bodies + [body for body in bodies if body["id"] in again]
    return listed


def _report_lines(
    firm: Firm, report: ExpenseReport, lines: list[ExpenseLine]
) -> list[Body]:
    """A report's lines; some are itemised: a parent beside the parts it sums up."""
    accounting = firm.entities[report.entity].currency
    bodies = [
        _line(line, report, accounting, number)
        for number, line in enumerate(lines, start=1)
    ]
    if int(report.id) % ITEMISED_ONE_IN or len(lines) < 2:
        return bodies
    parts = bodies[:2]
    parent = _itemised(report, lines[:2], parts, accounting)
    for part in parts:
        part["parent-expense-line-id"] = parent["id"]
    return [parent, *bodies]


def _line(
    line: ExpenseLine, report: ExpenseReport, accounting: str, number: int
) -> Body:
    return {
        "id": int(line.id),
        "created-at": _at(line.created_at),
        "updated-at": _at(line.updated_at),
        "expense-report-id": int(report.id),
        "line-number": number,
        "type": "ExpenseLine",
        "status": report.status,
        **_amounts(line, accounting),
        "employee-reimbursable": line.is_reimbursable,
        "expense-category": {
            "id": crc32(line.category.encode()),
            "name": line.category,
        },
        "expense-date": _midnight(line.day),
        "merchant": None,
        "description": line.category,
        "reason": None,
        "account": {
            "code": "-".join(
                (report.entity, line.cost_centre or "", line.project or "")
            )
        },
        "account-allocations": [],
        "parent-expense-line-id": None,
        "itemized-expense-lines": [],
        "expense-line-taxes": [],
        "external-src-ref": None,
        "custom-fields": {
            "project-code": _lookup_value("Projects", line.project),
            "cost-centre": line.cost_centre,
            "rechargeable": line.is_rechargeable,
        },
    }


def _lookup_value(lookup: str, code: str | None) -> Body | None:
    """A choice of a custom field that is a lookup."""
    if code is None:
        return None
    return {
        "id": crc32(f"{lookup} {code}".encode()),
        "name": f"{code} (project)",
        "active": True,
        "external-ref-num": code,
        "external-ref-code": code,
        "lookup": {"id": crc32(lookup.encode()), "name": lookup},
    }


def _amounts(line: ExpenseLine, accounting: str) -> Body:
    spent, currency = line.foreign_amount, line.foreign_currency
    return {
        "amount": _money(line.amount),
        "currency": {"code": line.currency},
        "foreign-currency-amount": _money(spent),
        "foreign-currency": {"code": currency} if currency else None,
        "exchange-rate": _rate(line.amount, spent),
        "accounting-total": _money(line.amount),
        "accounting-total-currency": {"code": accounting},
    }


def _itemised(
    report: ExpenseReport, lines: list[ExpenseLine], parts: list[Body], accounting: str
) -> Body:
    total = _money(sum((line.amount for line in lines), Decimal(0)))
    day = min(line.day for line in lines)
    changed = max(line.updated_at for line in lines)
    return parts[0] | {
        "id": PARENT_IDS + int(report.id),
        "updated-at": _at(changed),
        "line-number": 0,
        "amount": total,
        "foreign-currency-amount": None,
        "foreign-currency": None,
        "exchange-rate": None,
        "accounting-total": total,
        "accounting-total-currency": {"code": accounting},
        "expense-date": _midnight(day),
        "description": "Hotel bill",
        "account": None,
        "itemized-expense-lines": [{"id": part["id"]} for part in parts],
        "custom-fields": {
            "project-code": None,
            "cost-centre": None,
            "rechargeable": False,
        },
    }


def _report(firm: Firm, report: ExpenseReport, lines: list[Body]) -> Body:
    own = {line["id"]: line for line in lines if not line["itemized-expense-lines"]}
    total = _money(sum((Decimal(x["amount"]) for x in own.values()), Decimal(0)))
    person = _user(firm, report.person_number)
    currency = {"code": report.currency}
    return {
        "id": int(report.id),
        "created-at": _at(report.created_at),
        "updated-at": _at(report.updated_at),
        "title": f"Expenses {report.submitted_at:%B %Y}",
        "status": report.status,
        "total": total,
        "currency": currency,
        "reimbursable-total-amount": total,
        "reimbursable-total-currency": currency,
        "expensed-by": person,
        "submitted-by": person,
        "submitted-at": _at(report.submitted_at),
        "exported": False,
        "last-exported-at": None,
        "paid": report.status == "paid",
        "payment-channel": "ERP",
        "external-src-name": None,
        "external-src-ref": None,
        "erp-document-id": None,
        "erp-document-status": None,
        "approvals": [],
        "reject-reason": None,
        "past-due": False,
        "expense-lines": lines,
    }


def _user(firm: Firm, number: str) -> Body:
    person = firm.people.get(number)
    return {
        "id": crc32(number.encode()),
        "login": person.email if person else number.lower(),
        "email": person.email if person else None,
        "employee-number": number,
        "firstname": person.first_name if person else None,
        "lastname": person.last_name if person else None,
    }


# Purchasing


def _bills_by_order(firm: Firm) -> dict[str, list[VendorBill]]:
    bills: dict[str, list[VendorBill]] = defaultdict(list)
    for bill in firm.vendor_bills.values():
        bills[bill.order].append(bill)
    return bills


def _receipts_by_order(firm: Firm) -> dict[str, list[Receipt]]:
    receipts: dict[str, list[Receipt]] = defaultdict(list)
    for receipt in firm.receipts.values():
        receipts[receipt.order].append(receipt)
    return receipts


def _order(
    firm: Firm,
    order: PurchaseOrder,
    bills: list[VendorBill],
    receipts: list[Receipt],
) -> Body:
    supplier = firm.suppliers[order.supplier]
    return {
        "id": int(order.id),
        "created-at": _at(order.created_at),
        "updated-at": _at(order.updated_at),
        "po-number": order.number,
        "status": order.status,
        "version": 1,
        "internal-revision": 1,
        "supplier": {
            "id": supplier.coupa_id,
            "number": supplier.number,
            "name": supplier.name,
        },
        "currency": {"code": order.currency},
        "total": _money(_ordered_value(order)),
        "exported": False,
        "last-exported-at": None,
        "order-lines": [_order_line(order, bills, receipts)],
    }


def _order_line(
    order: PurchaseOrder, bills: list[VendorBill], receipts: list[Receipt]
) -> Body:
    """The order's one line; a bill changes it and leaves the order's head alone.

    Hours are received as they are billed, goods by receipts of their own.
    """
    billed = _money(sum((bill.amount for bill in bills), Decimal(0)))
    changed = max([order.updated_at, *(bill.updated_at for bill in bills)])
    is_hours = order.hourly_rate is not None
    received = sum((r.amount for r in receipts), Decimal(0))
    return {
        "id": int(order.id) * 10 + 1,
        "created-at": _at(order.created_at),
        "updated-at": _at(changed),
        "order-header-id": int(order.id),
        "line-num": "1",
        "type": "OrderQuantityLine" if is_hours else "OrderAmountLine",
        "status": "created" if order.status == "issued" else order.status,
        "description": "Consulting hours" if is_hours else "Licences and equipment",
        "price": str(order.hourly_rate) if is_hours else _money(order.amount),
        "quantity": str(order.quantity) if is_hours else None,
        "uom": {"code": "HR", "name": "Hour"} if is_hours else None,
        "total": _money(_ordered_value(order)),
        "invoiced": billed,
        "received": billed if is_hours else _money(received),
        "currency": {"code": order.currency},
        "accounting-total": _money(_ordered_value(order)),
        "accounting-total-currency": {"code": order.currency},
        "account": {"code": f"{order.entity}--{order.project}"},
        "account-allocations": [],
        "custom-fields": {
            "project-code": order.project,
            "employee-number": order.person,
            "pass-through": order.is_pass_through,
        },
    }


def _receipt(order: PurchaseOrder, receipt: Receipt) -> Body:
    return {
        "id": int(receipt.id),
        "created-at": _at(receipt.created_at),
        "updated-at": _at(receipt.updated_at),
        "type": "ReceivingAmountConsumption",
        ORIGINAL: None,
        "status": "created",
        "quantity": None,
        "price": None,
        "total": _money(receipt.amount),
        "currency": {"code": order.currency},
        "transaction-date": _midnight(receipt.day),
        "order-line": {"id": int(order.id) * 10 + 1},
    }


def _ordered_value(order: PurchaseOrder) -> Decimal | None:
    if order.hourly_rate is None or order.quantity is None:
        return order.amount
    value = order.hourly_rate * order.quantity
    return value.quantize(least_of(order.currency), ROUND_HALF_UP)


def _supplier(supplier: Supplier, since: datetime) -> Body:
    return {
        "id": supplier.coupa_id,
        "created-at": _at(since),
        "updated-at": _at(since),
        "number": supplier.number,
        "name": supplier.name,
        "display-name": supplier.name,
        "status": "active",
        "payment-term": {"code": "Net 30"},
        "tax-id": None,
    }


# Values as Coupa writes them


def _at(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat(timespec="seconds")


def _midnight(day: date) -> str:
    return _at(datetime.combine(day, time(), ZONE))


def _money(amount: Decimal | None) -> str | None:
    """With two decimals, or what the amount has beyond."""
    if amount is None:
        return None
    return f"{amount:.{max(2, -int(amount.as_tuple().exponent))}f}"


def _rate(amount: Decimal, spent: Decimal | None) -> str | None:
    return f"{amount / spent:.9f}" if spent else None
