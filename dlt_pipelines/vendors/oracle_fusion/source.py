"""Oracle Fusion: lists whole each time, documents and journals by what changed.

Journals of the general ledger are read with their lines. A journal that a subledger has
transferred is not: its lines are the subledger's own, document by document, and no REST
resource has those, so they come from a report (see ``assumptions``). What is posted is
never deleted: corrections are documents and journals of their own.

An invoice, receipt or payment that is deleted before it was accounted stays as last
known. It has no lines, so it is in no figure.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, product
from typing import Any

from dlt_pipelines.vendors.feeds import Batch, Feed, Window
from dlt_pipelines.vendors.oracle_fusion import assumptions
from dlt_pipelines.vendors.oracle_fusion.client import OracleFusionClient, Row

OVERLAP = timedelta(hours=assumptions.OVERLAP_HOURS)
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
LEDGER = "101"  # the application that is the general ledger
JOURNALS_AT_ONCE = 50  # batches with all their lines in one answer
CHANGED = "LastUpdateDate"

Read = Callable[[OracleFusionClient, Window], Iterator[Batch]]


@dataclass(frozen=True)
class Listing:
    """A collection that is read whole: its resource, unique key and attributes."""

    resource: str
    key: str
    fields: str
    condition: str = ""


LISTS = {
    "ledgers": Listing(
        "ledgersLOV",
        "LedgerId",
        "LedgerId,Name,CurrencyCode,ChartOfAccountsId,PeriodSetName,"
        "AccountedPeriodType,LedgerCategoryCode",
    ),
    "legal_entities": Listing(
        "legalEntitiesLOV", "LegalEntityId", "LegalEntityId,Name,LegalEntityIdentifier"
    ),
    "business_units": Listing(
        "finBusinessUnitsLOV",
        "BusinessUnitId",
        "BusinessUnitId,BusinessUnitName,LegalEntityId,PrimaryLedgerId",
    ),
    "period_statuses": Listing(
        "accountingPeriodStatusLOV",
        "LedgerId,EffectivePeriodNumber",
        "PeriodNameId,ApplicationId,LedgerId,ClosingStatus,StartDate,EndDate,"
        "EffectivePeriodNumber,PeriodYear,PeriodNumber,AdjustmentPeriodFlag",
        f"ApplicationId={LEDGER}",
    ),
    "suppliers": Listing(
        "suppliers", "SupplierId", "SupplierId,SupplierNumber,Supplier,LastUpdateDate"
    ),
}


def read_list(table: str) -> Read:
    """The reader of a list that is read whole each time."""
    listing = LISTS[table]

    def read(client: OracleFusionClient, window: Window) -> Iterator[Batch]:
        del window  # complete each time
        asked = {"fields": listing.fields}
        if listing.condition:
            asked["q"] = listing.condition
        for rows in client.pages(listing.resource, listing.key, asked):
            yield Batch(table, rows)

    return read


def read_values(table: str, value_set: str) -> Read:
    """The reader of the values of a segment of the chart of accounts."""

    def read(client: OracleFusionClient, window: Window) -> Iterator[Batch]:
        del window
        for rows in client.values_of(client.values[value_set]):
            yield Batch(table, rows)

    return read


def read_combinations(client: OracleFusionClient, window: Window) -> Iterator[Batch]:
    """What kind of account each combination's is; the account under one name."""
    del window
    own = client.values["account"]
    for rows in client.pages("accountCombinationsLOV", "_CODE_COMBINATION_ID"):
        yield Batch(
            "account_combinations", [row | {"account": row.get(own)} for row in rows]
        )


def read_customers(client: OracleFusionClient, window: Window) -> Iterator[Batch]:
    """Customer accounts, and what receipts and credit memos settle of invoices."""
    del window
    kinds = {
        "standardReceiptApplications": "receipt",
        "creditMemoApplications": "credit memo",
    }
    resource = "receivablesCustomerAccountActivities"
    expand = {"expand": ",".join(kinds)}
    for rows in client.pages(resource, "AccountId", expand, links=True):
        yield Batch("customers", rows)
        yield Batch(
            "receivables_applications",
            [
                child | {"Kind": kind}
                for row in rows
                for name, kind in kinds.items()
                for child in client.children(row, name, "ApplicationId")
            ],
        )


def read_projects(client: OracleFusionClient, window: Window) -> Iterator[Batch]:
    """Projects and the customers they name."""
    del window
    expand = {"expand": "ProjectCustomers"}
    for rows in client.pages("projects", "ProjectId", expand, links=True):
        yield Batch("projects", rows)
        yield Batch(
            "project_customers",
            [
                child | {"ProjectId": row["ProjectId"]}
                for row in rows
                for child in client.children(row, "ProjectCustomers", "ProjectPartyId")
            ],
        )


def read_rates(client: OracleFusionClient, window: Window) -> Iterator[Batch]:
    """Daily rates between all currencies of ledgers, projects and the settings.

    The finder wants a pair and the days, so it is asked for each pair and calendar year
    since the first period, to the landing's day.
    """
    ledgers = client.rows("ledgersLOV", "LedgerId", {"fields": "LedgerId,CurrencyCode"})
    told = client.rows(
        "projects", "ProjectId", {"fields": "ProjectId,ProjectCurrencyCode"}
    )
    used = {row["CurrencyCode"] for row in ledgers}
    used |= {row["ProjectCurrencyCode"] for row in told} - {None}
    used |= {code.strip() for code in client.values["currencies"].split(",")} - {""}
    until = window.until.date()
    years = range(_first_day(client, window).year, until.year + 1)
    for one, other, year in product(sorted(used), sorted(used), years):
        if one == other:
            continue
        finder = (
            f"CurrencyRatesFinder;fromCurrency={one},toCurrency={other},"
            f"userConversionType={client.values['conversion_type']},"
            f"startDate={year}-01-01,endDate={min(date(year, 12, 31), until)}"
        )
        found = client.pages("currencyRates", "ConversionDate", {"finder": finder})
        for rows in found:
            yield Batch("currency_rates", rows)


@dataclass(frozen=True)
class Documents:
    """Documents that are read by what changed, and the children read with them."""

    resource: str
    key: str
    children: tuple[tuple[str, str, str], ...] = ()  # name, their table, their key


DOCUMENTS = {
    "receivables_invoices": Documents("receivablesInvoices", "CustomerTransactionId"),
    "receivables_credit_memos": Documents(
        "receivablesCreditMemos", "CustomerTransactionId"
    ),
    "receipts": Documents("standardReceipts", "StandardReceiptId"),
    "payables_invoices": Documents(
        "invoices",
        "InvoiceId",
        (("invoiceInstallments", "payables_installments", "InstallmentNumber"),),
    ),
    "payables_payments": Documents(
        "payablesPayments",
        "CheckId",
        (("relatedInvoices", "payment_invoices", "InvoicePaymentId"),),
    ),
    "project_costs": Documents("projectCosts", "TransactionNumber"),
}


def read_documents(table: str) -> Read:
    """The reader of documents that changed since the cursor, with their children."""
    documents = DOCUMENTS[table]
    expand = ",".join(name for name, _, _ in documents.children)

    def read(client: OracleFusionClient, window: Window) -> Iterator[Batch]:
        asked = {"q": _since(window)}
        if expand:
            asked["expand"] = expand
        latest = window.since
        for rows in client.pages(
            documents.resource, documents.key, asked, links=bool(expand)
        ):
            yield Batch(table, rows)
            for name, children, key in documents.children:
                yield Batch(children, _children(client, rows, documents, name, key))
            latest = _latest(rows, latest)
        yield Batch(table, [], cursor=latest)

    return read


def _children(
    client: OracleFusionClient, rows: list[Row], documents: Documents, *told: str
) -> list[Row]:
    name, key = told
    return [
        child | {documents.key: row[documents.key]}
        for row in rows
        for child in client.children(row, name, key)
    ]


def read_journals(client: OracleFusionClient, window: Window) -> Iterator[Batch]:
    """Journals that changed since the cursor with all their lines.

    Those of subledgers are left to them. Lines that a journal has no more (it was
    changed before it was posted) are deletions.
    """
    left = {name.strip() for name in client.values["subledgers"].split(",")}
    latest = window.since
    held = window.ids("journal_lines") if window.since else set()
    for batches in client.pages(
        "journalBatches",
        "JeBatchId",
        {"q": _since(window), "expand": "journalHeaders.journalLines"},
        size=JOURNALS_AT_ONCE,
        links=True,
    ):
        own = [batch for batch in batches if batch["UserJeSourceName"] not in left]
        journals = [row for batch in own for row in journals_of(client, batch)]
        lines = [line for row in journals for line in row.pop("Lines")]
        yield Batch("journals", journals)
        yield Batch("journal_lines", lines)
        if gone := _gone(journals, held - {_key(line) for line in lines}):
            yield Batch("journal_lines", gone, deleted=True)
        latest = _latest(batches, latest)
    yield Batch("journals", [], cursor=latest)


def journals_of(client: OracleFusionClient, batch: Row) -> list[Row]:
    """The journals of a batch, each with what is the batch's and its own lines."""
    journals = []
    for header in client.children(batch, "journalHeaders", "JournalName"):
        known = {"JeBatchId": batch["JeBatchId"], "JournalName": header["JournalName"]}
        lines = client.children(header, "journalLines", "JeLineNumber")
        own = {k: v for k, v in header.items() if k not in ("journalLines", "links")}
        journals.append(
            own
            | known
            | {
                "BatchName": batch["BatchName"],
                "Status": batch["Status"],
                "UserJeSourceName": batch["UserJeSourceName"],
                "PostedDate": batch.get("PostedDate"),
                # a change of the batch may not move that of its journals
                CHANGED: max(batch[CHANGED], header.get(CHANGED) or ""),
                "Lines": [
                    {k: v for k, v in line.items() if k != "links"} | known
                    for line in lines
                ],
            }
        )
    return journals


def read_accounting_lines(
    client: OracleFusionClient, window: Window
) -> Iterator[Batch]:
    """Lines that subledgers accounted for since the cursor, a while at a time.

    Without a cursor all that is older than the first period is asked for at once.
    """
    ends = [window.since - OVERLAP if window.since else LONG_AGO]
    first = datetime.combine(_first_day(client, window), time.min, UTC)
    step = timedelta(days=assumptions.REPORT_DAYS)
    while ends[-1] <= window.until:
        ends.append(max(ends[-1] + step, first))
    latest = window.since
    for since, until in pairwise(ends):
        told = {assumptions.SINCE: _second(since), assumptions.UNTIL: _second(until)}
        rows = client.report(assumptions.LINES_REPORT, **told)
        for row in rows:
            changed = datetime.fromisoformat(str(row["LAST_UPDATE_DATE"]))
            latest = max(latest, changed) if latest else changed
        yield Batch("accounting_lines", rows, cursor=latest)


def _first_day(client: OracleFusionClient, window: Window) -> date:
    """The first day of the first period; the landing's where there is none."""
    listing = LISTS["period_statuses"]
    told = client.rows(listing.resource, listing.key, {"q": listing.condition})
    days = (date.fromisoformat(row["StartDate"]) for row in told)
    return min(days, default=window.until.date())


def _second(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _since(window: Window) -> str:
    since = window.since - OVERLAP if window.since else LONG_AGO
    moment = since.astimezone(UTC).isoformat(timespec="milliseconds")
    return f"{CHANGED} >= '{moment}'"


def _latest(rows: list[Row], latest: datetime | None) -> datetime | None:
    """The latest change seen, so that it is the vendor's clock that counts."""
    seen = [datetime.fromisoformat(row[CHANGED]) for row in rows]
    return max([*seen, *([latest] if latest else [])], default=None)


def _gone(journals: list[Row], unread: set[str]) -> list[Row]:
    """Lines of these journals that raw holds and that were not read."""
    read = {
        f"{row['JeBatchId']}|{row['JournalName']}": {
            "JeBatchId": row["JeBatchId"],
            "JournalName": row["JournalName"],
        }
        for row in journals
    }
    parted = [key.rpartition("|") for key in sorted(unread)]
    return [read[of] | {"JeLineNumber": line} for of, _, line in parted if of in read]


def _key(line: dict[str, Any]) -> str:
    return f"{line['JeBatchId']}|{line['JournalName']}|{line['JeLineNumber']}"


FEEDS: tuple[Feed, ...] = (
    *(Feed(table, read_list(table)) for table in LISTS),
    Feed("accounts", read_values("accounts", "account_values")),
    Feed("cost_centres", read_values("cost_centres", "cost_centre_values")),
    Feed("account_combinations", read_combinations),
    Feed("customers", read_customers, ("customers", "receivables_applications")),
    Feed("projects", read_projects, ("projects", "project_customers")),
    Feed("currency_rates", read_rates),
    *(
        Feed(table, read_documents(table), (table, *(c[1] for c in told.children)))
        for table, told in DOCUMENTS.items()
    ),
    Feed("journals", read_journals, ("journals", "journal_lines")),
    Feed("accounting_lines", read_accounting_lines),
)
