"""Dynamics 365 Finance over OData: lists complete each time, the ledger by its days.

No entity that is read here has a date of change, and OData tells no deletions. So lists
are read whole. What is posted is never changed or deleted, only reversed by what is
posted later: of the ledger and of projects the days are read again that can still be
posted to, and the numbers of rows are compared. Where they differ (a closed period was
opened meanwhile, old entries were archived) all of it is read.

A line's dimensions are told in its display value, in the order that the environment's
format has, or in columns of their own: both come to ``Dimensions`` here.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.vendors.dynamics365.assumptions import (
    LEDGER_ENTRIES,
    LEDGER_PERIODS,
    SETTLEMENTS,
    TRANSACTIONS,
)
from dlt_pipelines.vendors.dynamics365.client import (
    MAIN_ACCOUNT,
    Dynamics365Client,
    literal,
)
from dlt_pipelines.vendors.feeds import Batch, Feed, Window

TRANSACTION = (
    "dataAreaId SourceKey AccountNum Voucher Invoice TransType TransDate DueDate "
    "Closed CurrencyCode AmountCur"
)
SETTLEMENT = (
    "dataAreaId SourceKey TransRecId OffsetRecid OffsetCompany TransDate "
    "SettleAmountCur"
)
PERIODS = "LedgerName Calendar YearName PeriodName LegalEntityId PeriodStatus"
LISTS = {
    "companies": ("LegalEntities", "LegalEntityId Name"),
    "ledgers": (
        "Ledgers",
        "LegalEntityId Name AccountingCurrency ReportingCurrency FiscalCalendar "
        "ChartOfAccounts",
    ),
    "main_accounts": (
        "MainAccounts",
        "ChartOfAccounts MainAccountId Name MainAccountType MainAccountCategory "
        "IsSuspended",
    ),
    "fiscal_periods": (
        "FiscalPeriods",
        "Calendar FiscalYear PeriodName StartDate EndDate Type",
    ),
    "ledger_periods": (LEDGER_PERIODS, f"{PERIODS} LedgerAccessLevel"),
    "exchange_rates": (
        "ExchangeRates",
        "RateTypeName FromCurrency ToCurrency StartDate EndDate Rate ConversionFactor",
    ),
    "customers": (
        "CustomersV3",
        "dataAreaId CustomerAccount PartyNumber OrganizationName SalesCurrencyCode",
    ),
    "vendors": (
        "VendorsV2",
        "dataAreaId VendorAccountNumber VendorPartyNumber VendorOrganizationName",
    ),
    "customer_transactions": (TRANSACTIONS["customer"], TRANSACTION),
    "vendor_transactions": (TRANSACTIONS["vendor"], TRANSACTION),
    "customer_settlements": (SETTLEMENTS["customer"], SETTLEMENT),
    "vendor_settlements": (SETTLEMENTS["vendor"], SETTLEMENT),
}
VALUES = "FinancialDimension LegalEntityId DimensionValue Description IsSuspended"
PROJECTS = (
    "dataAreaId ProjectId ProjectName CustomerAccountNumber ProjectStage "
    "DimensionDisplayValue"
)
ENTRIES = (
    "dataAreaId GeneralJournalAccountEntryRecId JournalNumber Voucher AccountingDate "
    "AccountDisplayValue TransactionCurrencyCode TransactionCurrencyAmount "
    "AccountingCurrencyAmount Quantity PostingLayer PostingType JournalCategory "
    "DocumentNumber Description"
)
ACTUALS = (
    "dataAreaId TransId ProjId ProjTransDate LedgerTransDate ProjTransType "
    "TransactionOrigin CategoryId Qty AmountMst Voucher"
)
OPEN = "Open"

Reader = Callable[[Dynamics365Client, Window], Iterator[Batch]]


def read_list(table: str) -> Reader:
    """The reader of a list that is read whole each time."""
    entity_set, fields = LISTS[table]

    def read(client: Dynamics365Client, window: Window) -> Iterator[Batch]:
        del window  # complete each time
        for rows in client.pages(entity_set, fields.split()):
            yield Batch(table, rows)

    return read


def read_dimension_values(client: Dynamics365Client, window: Window) -> Iterator[Batch]:
    """The values of the dimension that stands for practices, whole each time."""
    del window
    where = f"FinancialDimension eq {literal(client.department)}"
    for rows in client.pages("FinancialDimensionValues", VALUES.split(), where):
        yield Batch("dimension_values", rows)


def read_projects(client: Dynamics365Client, window: Window) -> Iterator[Batch]:
    """Projects with their default dimensions, whole each time."""
    del window
    for rows in client.pages("ProjectsV2", PROJECTS.split()):
        for row in rows:
            told = client.default_dimensions.parts(row["DimensionDisplayValue"])
            row["Dimensions"] = {"Department": told.get(client.department)}
        yield Batch("projects", rows)


def read_ledger(client: Dynamics365Client, window: Window) -> Iterator[Batch]:
    """Entries of the ledger, those of days that are open and what else is new."""
    own = {
        name: column
        for name in ("source_line", "service_month")
        if (column := tenant_settings.field(client.instance, name))
    }

    def coded(row: dict[str, Any]) -> dict[str, Any]:
        told = client.dimensions.parts(row["AccountDisplayValue"])
        row["Dimensions"] = {
            "MainAccount": told.get(MAIN_ACCOUNT),
            "Department": told.get(client.department),
            "Project": told.get(client.project),
        } | {name: row.pop(column) for name, column in client.columns.items()}
        row["Own"] = {name: row.pop(column) for name, column in own.items()}
        return row

    posted = _Posted(
        client,
        window,
        "ledger_entries",
        LEDGER_ENTRIES,
        "AccountingDate",
        ("dataAreaId", "GeneralJournalAccountEntryRecId"),
        [*ENTRIES.split(), *own.values(), *client.columns.values()],
    )
    for batch in posted.read():
        rows = batch.rows if batch.deleted else [coded(row) for row in batch.rows]
        yield Batch(batch.table, rows, deleted=batch.deleted)


def read_actuals(client: Dynamics365Client, window: Window) -> Iterator[Batch]:
    """What is posted on projects, those of days that are open and what else is new."""
    yield from _Posted(
        client, window, "project_actuals", "PSAActuals", "LedgerTransDate",
        ("dataAreaId", "TransId"), ACTUALS.split(),
    ).read()  # fmt: skip


class _Posted:
    """A set of what is posted: it grows, on the days that can be posted to."""

    def __init__(
        self,
        client: Dynamics365Client,
        window: Window,
        table: str,
        entity_set: str,
        day: str,
        key: tuple[str, str],
        fields: list[str],
    ) -> None:
        self.client, self.table, self.entity_set = client, table, entity_set
        self.day, self.key, self.fields = day, key, fields
        self.held = window.ids(table)
        self.seen: set[str] = set()

    def read(self) -> Iterator[Batch]:
        """What is new, then whatever the numbers of rows say is missing or gone."""
        before = self.client.count(self.entity_set)
        first = first_open_day(self.client) if self.held else None
        where = f"{self.day} ge {first}T00:00:00Z" if first else None
        yield from self._batches(where)
        if where and not self._is_all(before):
            self.seen.clear()
            yield from self._batches(None)
            where = None
        if where is None and (gone := self.held - self.seen):
            rows = [dict(zip(self.key, key.split("|"), strict=True)) for key in
                    sorted(gone)]  # fmt: skip
            yield Batch(self.table, rows, deleted=True)

    def _batches(self, where: str | None) -> Iterator[Batch]:
        for rows in self.client.pages(
            self.entity_set, self.fields, where, order=",".join(self.key)
        ):
            self.seen |= {"|".join(str(row[name]) for name in self.key) for row in rows}
            yield Batch(self.table, rows)

    def _is_all(self, before: int) -> bool:
        """Whether what is held and was seen is all there is: what was posted while it
        was read may or may not have been seen."""
        return (
            before <= len(self.held | self.seen) <= self.client.count(self.entity_set)
        )


def first_open_day(client: Dynamics365Client) -> date | None:
    """The first day that a company can post to; None where that is not known."""
    open_ = {
        (row["Calendar"], row["YearName"], row["PeriodName"])
        for row in client.rows(LEDGER_PERIODS, PERIODS.split())
        if row["PeriodStatus"] == OPEN
    }
    days = [
        date.fromisoformat(row["StartDate"][:10])
        for row in client.rows("FiscalPeriods", LISTS["fiscal_periods"][1].split())
        if (row["Calendar"], row["FiscalYear"], row["PeriodName"]) in open_
    ]
    return min(days, default=None)


FEEDS: tuple[Feed, ...] = (
    *(Feed(table, read_list(table)) for table in LISTS),
    Feed("dimension_values", read_dimension_values),
    Feed("projects", read_projects),
    Feed("project_actuals", read_actuals),
    Feed("ledger_entries", read_ledger),
)
