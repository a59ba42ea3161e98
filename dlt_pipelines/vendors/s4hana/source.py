"""S/4HANA through OData: lists complete each time, journal entries by what changed.

Entries are read by their last change, items by that of their entry: an entry is never
deleted, only reversed by another. Clearing changes items, and whether it moves their
entry's last change is not known, nor does a reset leave a trace: what is cleared is
read whole each time.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.vendors.feeds import Batch, Feed, Window
from dlt_pipelines.vendors.s4hana import assumptions
from dlt_pipelines.vendors.s4hana.client import S4Client, quoted

Rows = list[dict[str, Any]]

# A change is stamped before it is committed, and a posting run may commit late.
OVERLAP = timedelta(hours=2)
BATCH_ROWS = 5000
ODATA = "/sap/opu/odata/sap"
PARTNERS = f"{ODATA}/API_BUSINESS_PARTNER"
PROJECTS = f"{ODATA}/API_ENTERPRISE_PROJECT_SRV;v=0002"
LISTS: dict[str, tuple[str, tuple[str, ...]]] = {  # where, and the keys of a row
    "company_codes": (assumptions.COMPANY_CODES, ("CompanyCode",)),
    "profit_centers": (
        assumptions.PROFIT_CENTERS,
        ("ControllingArea", "ProfitCenter"),
    ),
    "gl_accounts": (assumptions.GL_ACCOUNTS, ("ChartOfAccounts", "GLAccount")),
    "gl_company_accounts": (
        assumptions.COMPANY_ACCOUNTS,
        ("CompanyCode", "GLAccount"),
    ),
    "exchange_rates": (
        assumptions.EXCHANGE_RATES,
        ("ExchangeRateType", "SourceCurrency", "TargetCurrency", "ValidityStartDate"),
    ),
    "fiscal_periods": (
        assumptions.FISCAL_PERIODS,
        ("FiscalYearVariant", "FiscalYear", "FiscalPeriod"),
    ),
    "posting_periods": (
        assumptions.POSTING_PERIODS,
        ("PostingPeriodVariant", "FinancialAccountType"),
    ),
    "business_partners": (f"{PARTNERS}/A_BusinessPartner", ("BusinessPartner",)),
    "customer_sales_areas": (
        f"{PARTNERS}/A_CustomerSalesArea",
        ("Customer", "SalesOrganization", "DistributionChannel", "Division"),
    ),
    "projects": (f"{PROJECTS}/A_EnterpriseProject", ("Project",)),
    "project_elements": (
        f"{PROJECTS}/A_EnterpriseProjectElement",
        ("ProjectElement",),
    ),
}
ENTRY = ("CompanyCode", "FiscalYear", "AccountingDocument")
ITEM = (*ENTRY, "LedgerGLLineItem")
CLEARED = "ClearingJournalEntry ne '' and FinancialAccountType ne 'S'"


def fields_of(table: str) -> tuple[str, ...]:
    """The properties that a table's columns are of."""
    columns = declared_tables("s4hana")[table].columns
    return tuple(dict.fromkeys(column.path[0] for column in columns))


def read_list(table: str) -> Callable[[S4Client, Window], Iterator[Batch]]:
    """The reader of a list that is read whole each time."""
    path, keys = LISTS[table]

    def read(client: S4Client, window: Window) -> Iterator[Batch]:
        del window  # complete each time
        yield from _batches(table, client.pages(path, fields_of(table), keys))

    return read


def read_entries(client: S4Client, window: Window) -> Iterator[Batch]:
    """Entries changed since the cursor, with the items of the leading ledger.

    The cursor is the latest change seen, so it is the vendor's clock that counts.
    """
    since = window.since - OVERLAP if window.since else None
    changed = (
        f"{assumptions.CHANGED} ge datetimeoffset'{since:%Y-%m-%dT%H:%M:%SZ}'"
        if since
        else ""
    )
    latest = window.since
    pages = client.pages(
        assumptions.JOURNAL_ENTRIES, fields_of("journal_entries"), ENTRY, changed
    )
    for batch in _batches("journal_entries", pages):
        moments = [row[assumptions.CHANGED] for row in batch.rows]
        seen = max(datetime.fromisoformat(told) for told in moments)
        latest = max(latest, seen) if latest else seen
        yield batch
    names = client.names["I_JournalEntryItem"]
    fields = tuple(names.get(name, name) for name in fields_of("journal_items"))
    items = client.pages(
        assumptions.JOURNAL_ITEMS,
        tuple(name for name in fields if name),
        ITEM,
        " and ".join(filter(None, (_leading(client), changed))),
    )
    for batch in _batches("journal_items", items):
        rows = [tenant_settings.as_declared(row, names) for row in batch.rows]
        yield Batch("journal_items", rows)
    yield Batch("journal_entries", [], cursor=latest)


def read_cleared(client: S4Client, window: Window) -> Iterator[Batch]:
    """Which items of customers and suppliers are cleared, by what, whole each time."""
    del window
    pages = client.pages(
        assumptions.JOURNAL_ITEMS,
        fields_of("cleared_items"),
        ITEM,
        f"{_leading(client)} and {CLEARED}",
    )
    yield from _batches("cleared_items", pages)


def _leading(client: S4Client) -> str:
    """Only the leading ledger: each other one has the same items again."""
    ledger = tenant_settings.in_force(client.instance)["values.leading_ledger"]
    return f"Ledger eq {quoted(ledger)}"


def _batches(table: str, pages: Iterator[Rows]) -> Iterator[Batch]:
    """Several pages together: landing's cost is per batch."""
    held: Rows = []
    for page in pages:
        held += page
        if len(held) >= BATCH_ROWS:
            yield Batch(table, held)
            held = []
    if held:
        yield Batch(table, held)


FEEDS: tuple[Feed, ...] = (
    *(Feed(table, read_list(table)) for table in LISTS),
    Feed("entries", read_entries, ("journal_entries", "journal_items")),
    Feed("cleared_items", read_cleared),
)
