"""What is read from Coupa.

A report comes with its lines, an order with its own; they land as tables of their own
rows. That a changed line touches its parent is nowhere promised, so once a first
reading is done lines are also read by their own ``updated-at``. Coupa has no feed of
deletions: a line that its parent no longer lists, or that has moved to another
parent, is gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dlt_pipelines.landing.tenant_settings import as_declared, names_of
from dlt_pipelines.vendors.coupa.assumptions import CODES_OF_A_CHOICE
from dlt_pipelines.vendors.coupa.client import CoupaClient
from dlt_pipelines.vendors.feeds import Batch, Feed, Window

# Rows of a transaction that was open during the last reading show up behind it.
OVERLAP = timedelta(hours=1)
ROWS_A_BATCH = 2_000

Row = dict[str, Any]


@dataclass(frozen=True)
class Family:
    """A document and its lines: the listings, the document's member that holds the
    lines, and the line's member that names the document."""

    documents: str
    lines: str
    member: str
    reference: str


EXPENSES = Family(
    "expense_reports", "expense_lines", "expense-lines", "expense-report-id"
)
ORDERS = Family(
    "purchase_orders", "purchase_order_lines", "order-lines", "order-header-id"
)


def read_expenses(client: CoupaClient, window: Window) -> Iterator[Batch]:
    """Expense reports and lines, itemised parents and children both."""
    yield from _read_family(EXPENSES, client, window)


def read_purchase_orders(client: CoupaClient, window: Window) -> Iterator[Batch]:
    """Purchase orders and their lines."""
    yield from _read_family(ORDERS, client, window)


def read_suppliers(client: CoupaClient, window: Window) -> Iterator[Batch]:
    """Suppliers; they are made inactive, never deleted."""
    return _read_listing("suppliers", client, window)


def read_receipts(client: CoupaClient, window: Window) -> Iterator[Batch]:
    """What was received of orders; a wrong receipt is voided, not deleted."""
    return _read_listing("receiving_transactions", client, window)


def _read_listing(
    resource: str, client: CoupaClient, window: Window
) -> Iterator[Batch]:
    latest = window.since
    for rows in _batches(client, resource, window):
        latest = _latest(latest, rows)
        yield Batch(resource, rows)
    yield Batch(resource, [], cursor=latest)


def _read_family(
    family: Family, client: CoupaClient, window: Window
) -> Iterator[Batch]:
    latest = window.since
    listed: dict[str, set[str]] = {}  # the lines that each document read lists
    home: dict[str, str] = {}  # the document that each line read belongs to
    for documents in _batches(client, family.documents, window):
        lines = [line for d in documents for line in _own_lines(family, d)]
        lines = _as_declared(client, family.lines, lines)
        for document in documents:
            listed[str(document["id"])] = set()
        for line in lines:
            listed[str(line[family.reference])].add(str(line["id"]))
            home[str(line["id"])] = str(line[family.reference])
        latest = _latest(latest, documents, lines)
        yield Batch(family.lines, lines)
        yield Batch(family.documents, documents)
    if window.since is not None:
        for lines in _batches(client, family.lines, window):
            lines = [line for line in lines if line.get(family.reference) is not None]
            lines = _as_declared(client, family.lines, lines)
            home |= {str(line["id"]): str(line[family.reference]) for line in lines}
            latest = _latest(latest, lines)
            yield Batch(family.lines, lines)
    gone = _gone(family, window.ids(family.lines), listed, home)
    yield Batch(family.lines, gone, deleted=True)
    yield Batch(family.documents, [], cursor=latest)


def _own_lines(family: Family, document: Row) -> list[Row]:
    """A document's lines, each naming it as the lines' own listing does."""
    lines = document.get(family.member) or []
    return [{**line, family.reference: document["id"]} for line in lines]


def _as_declared(client: CoupaClient, resource: str, rows: list[Row]) -> list[Row]:
    """Rows with what is the tenant's own under the declared names.

    A custom field is in the namespace ``custom-fields`` or, as in older instances,
    beside it.
    """
    names = names_of(client.instance, resource)
    told = []
    for row in rows:
        custom = row.get("custom-fields") or {}
        beside = {own: row[own] for own in names.values() if own in row}
        rest = {name: value for name, value in row.items() if name not in beside}
        own = {name: _plain(value) for name, value in (beside | custom).items()}
        told.append(rest | {"custom-fields": as_declared(own, names)})
    return told


def _plain(value: Any) -> Any:
    """A custom field's value; of a choice its code, of no choice null.

    Several choices are no one code: they stay a list, which landing reports.
    """
    if isinstance(value, list) and len(value) < 2:
        value = value[0] if value else None
    if not isinstance(value, dict):
        return value
    codes = (value.get(name) for name in CODES_OF_A_CHOICE)
    return next((code for code in codes if code not in (None, "")), value)


def _gone(
    family: Family,
    known: set[str],
    listed: dict[str, set[str]],
    home: dict[str, str],
) -> list[Row]:
    """The lines raw holds that their document no longer has.

    ``known`` has the key «<document>|<line>» that tables.yml declares for lines.
    """
    gone = []
    for key in sorted(known):
        document, line = key.split("|")
        moved = home.get(line, document) != document
        dropped = document in listed and line not in listed[document]
        if moved or (dropped and line not in home):
            gone.append({family.reference: int(document), "id": int(line)})
    return gone


def _batches(client: CoupaClient, resource: str, window: Window) -> Iterator[list[Row]]:
    since = None if window.since is None else window.since - OVERLAP
    gathered: list[Row] = []
    for rows in client.changed(resource, since, window.until):
        gathered += rows
        if len(gathered) >= ROWS_A_BATCH:
            yield gathered
            gathered = []
    if gathered:
        yield gathered


def _latest(latest: datetime | None, *listings: list[Row]) -> datetime | None:
    """The latest moment on Coupa's clock, which need not agree with this machine's."""
    moments = [
        datetime.fromisoformat(row["updated-at"])
        for rows in listings
        for row in rows
        if row.get("updated-at")
    ]
    return max([*moments, *([latest] if latest else [])], default=None)


FEEDS = (
    Feed("expenses", read_expenses, (EXPENSES.documents, EXPENSES.lines)),
    Feed("purchase_orders", read_purchase_orders, (ORDERS.documents, ORDERS.lines)),
    Feed("receiving_transactions", read_receipts),
    Feed("suppliers", read_suppliers),
)
