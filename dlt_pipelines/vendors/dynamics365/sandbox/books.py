"""The firm as an environment of Dynamics 365 Finance has it, set by set.

Companies are the legal entities, of four letters; customers and suppliers have an
account in each company and are one party in the address book. What a line is coded to
stands in its display value; the environment has extended the ledger's entity with two
columns of its own. Dates are the middle of the day, an empty one is 1900-01-01, and no
record says when it changed.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dlt_pipelines.sandbox.firm.calendars import month_end
from dlt_pipelines.sandbox.firm.denominations import least_of
from dlt_pipelines.sandbox.firm.model import (
    Firm,
    JournalLine,
    LedgerTransaction,
    Period,
)
from dlt_pipelines.vendors.dynamics365.assumptions import (
    LEDGER_ENTRIES,
    LEDGER_PERIODS,
    SETTLEMENTS,
    TEXT,
    TRANSACTIONS,
)

Row = dict[str, Any]

CHART, CALENDAR, RATE_TYPE, JOURNAL_NAME = "Shared", "Fiscal", "Default", "GenJrn"
DELIMITER = "|"  # the practices' codes have hyphens
OWN_COLUMNS = {"source_line": "ExpenseLineId", "service_month": "ServiceMonth"}
PAYMENT_TERM = timedelta(days=30)
EMPTY = "1900-01-01T12:00:00Z"
# Type and category of an account, by the simulation's kind of it.
ACCOUNTS = {
    "Bank": ("Asset", "CASH"),
    "AcctRec": ("Asset", "AR"),
    "UnbilledRec": ("Asset", "OTHERCA"),
    "OthCurrAsset": ("Asset", "OTHERCA"),
    "FixedAsset": ("Asset", "FIXED"),
    "AcctPay": ("Liability", "AP"),
    "OthCurrLiab": ("Liability", "OTHERCL"),
    "DeferRevenue": ("Liability", "OTHERCL"),
    "Equity": ("Equity", "EQUITY"),
    "Income": ("Revenue", "SALES"),
    "OthIncome": ("Revenue", "OTHERINC"),
    "COGS": ("Expense", "COGS"),
    "Expense": ("Expense", "OPEX"),
    "OthExpense": ("Expense", "OTHEREXP"),
}
# What posted a document, in the ledger's words.
CATEGORIES = {
    "CustInvc": "Cust",
    "CustCred": "Cust",
    "CustPymt": "Payment",
    "VendBill": "Vend",
    "VendCred": "Vend",
    "VendPymt": "Payment",
}
WRITES_OFF = "WriteOff"
SIDES = {"Cust": ("customer", "AcctRec"), "Vend": ("vendor", "AcctPay")}


class Books:
    """The firm's sets of entities, computed once while it stays as it is."""

    def __init__(self, firm: Firm) -> None:
        """Fill the sets from the firm; ``home`` is the company of the app's user."""
        self.home = company(next(iter(firm.entities), ""))
        transactions = _transactions(firm)
        settlements = _settlements(firm)
        self.sets: dict[str, list[Row]] = {
            "LegalEntities": [
                {"LegalEntityId": e.code.upper(), "Name": e.name}
                for e in firm.entities.values()
            ],
            "Ledgers": [
                {
                    "LegalEntityId": e.code.upper(),
                    "Name": e.code,
                    "AccountingCurrency": e.currency,
                    "ReportingCurrency": "USD",
                    "FiscalCalendar": CALENDAR,
                    "ChartOfAccounts": CHART,
                }
                for e in firm.entities.values()
            ],
            "JournalNames": [
                {"dataAreaId": company(code), "Name": JOURNAL_NAME}
                for code in firm.entities
            ],
            "MainAccounts": list(_accounts(firm)),
            "FinancialDimensionValues": list(_dimension_values(firm)),
            "FiscalPeriods": [row for row, _ in _periods(firm)],
            LEDGER_PERIODS: list(_ledger_periods(firm)),
            "ExchangeRates": list(_rates(firm)),
            "CustomersV3": list(_customers(firm)),
            "VendorsV2": list(_vendors(firm)),
            "ProjectsV2": list(_projects(firm)),
            "PSAActuals": list(_actuals(firm)),
            LEDGER_ENTRIES: [
                row for t in firm.ledger.values() for row in entries(firm, t)
            ],
            **{TRANSACTIONS[side]: transactions[side] for side in TRANSACTIONS},
            **{SETTLEMENTS[side]: settlements[side] for side in SETTLEMENTS},
        }


def company(code: str) -> str:
    """The id that records of a legal entity have."""
    return code.lower()


def midday(day: date | None) -> str:
    """A day as the environment tells it; none is 1900-01-01."""
    return EMPTY if day is None else f"{day.isoformat()}T12:00:00Z"


def display(*parts: str | None) -> str:
    """A display value of these parts, in the order of its format."""
    return DELIMITER.join(part or "" for part in parts)


def _accounts(firm: Firm) -> Iterator[Row]:
    for account in firm.accounts.values():
        kind, category = ACCOUNTS[account.kind]
        yield {
            "ChartOfAccounts": CHART,
            "MainAccountId": account.number,
            "Name": account.name,
            "MainAccountType": kind,
            "MainAccountCategory": category,
            "IsSuspended": "Yes" if account.is_inactive else "No",
        }


def _dimension_values(firm: Firm) -> Iterator[Row]:
    named = [("Department", p.code, p.name) for p in firm.practices.values()]
    named += [
        ("Project", p.code, p.name) for p in firm.projects.values() if p.netsuite_id
    ]
    for dimension, value, name in named:
        yield {
            "FinancialDimension": dimension,
            "LegalEntityId": "",
            "DimensionValue": value,
            "Description": name,
            "IsSuspended": "No",
        }


def _periods(firm: Firm) -> Iterator[tuple[Row, Period | None]]:
    """The periods of whole fiscal years; those before the firm's first are its None."""
    years: dict[int, list[Period]] = defaultdict(list)
    for period in firm.periods.values():
        years[period.fiscal_year or period.start.year].append(period)
    for year, periods in years.items():
        for start, end in _missing(year, periods):
            yield _period(year, f"{start:%b %Y}", start, end, is_adjustment=False), None
        for own in periods:
            told = _period(
                year, own.name, own.start, own.end, is_adjustment=own.is_adjustment
            )
            yield told, own


def _missing(year: int, periods: list[Period]) -> Iterator[tuple[date, date]]:
    """The months of a calendar year that the firm was not there for yet."""
    if all(p.name == f"{p.start:%b %Y}" and p.start.year == year for p in periods):
        first = min(p.start for p in periods)
        for month in range(1, first.month):
            start = date(year, month, 1)
            yield start, month_end(start)


def _period(
    year: int, name: str, start: date, end: date, *, is_adjustment: bool
) -> Row:
    return {
        "Calendar": CALENDAR,
        "FiscalYear": str(year),
        "PeriodName": name,
        "StartDate": midday(start),
        "EndDate": midday(end),
        "Type": "Closing" if is_adjustment else "Operating",
    }


def _ledger_periods(firm: Firm) -> Iterator[Row]:
    for entity in firm.entities:
        for told, own in _periods(firm):
            is_open = own is not None and not own.is_closed
            yield {
                "LedgerName": entity,
                "Calendar": CALENDAR,
                "YearName": told["FiscalYear"],
                "PeriodName": told["PeriodName"],
                "LegalEntityId": entity.upper(),
                "PeriodStatus": "Open" if is_open else "Closed",
                "LedgerAccessLevel": "All",
            }


def _rates(firm: Firm) -> Iterator[Row]:
    """Rates of dollars for one, others for a hundred units."""
    for rate in firm.fx_rates:
        is_for_one = rate.currency == "USD"
        yield {
            "RateTypeName": RATE_TYPE,
            "FromCurrency": rate.currency,
            "ToCurrency": rate.base,
            "StartDate": midday(rate.effective_date),
            "EndDate": EMPTY,
            "Rate": rate.rate if is_for_one else rate.rate * 100,
            "ConversionFactor": "One" if is_for_one else "Hundred",
        }


def _customers(firm: Firm) -> Iterator[Row]:
    home = next(iter(firm.entities), "")
    places = {(home, number) for number in firm.customers}
    places |= {(p.entity, p.customer) for p in firm.projects.values()}
    for entity, number in sorted(places):
        if number not in firm.customers:
            continue
        customer = firm.customers[number]
        yield {
            "dataAreaId": company(entity),
            "CustomerAccount": number,
            "PartyNumber": f"CP{customer.netsuite_id:07}",
            "OrganizationName": customer.name,
            "SalesCurrencyCode": customer.currency,
        }


def _vendors(firm: Firm) -> Iterator[Row]:
    for entity in firm.entities:
        for supplier in firm.suppliers.values():
            yield {
                "dataAreaId": company(entity),
                "VendorAccountNumber": supplier.number,
                "VendorPartyNumber": f"VP{supplier.netsuite_id:07}",
                "VendorOrganizationName": supplier.name,
            }


def _projects(firm: Firm) -> Iterator[Row]:
    for project in firm.projects.values():
        if project.netsuite_id is None:
            continue
        yield {
            "dataAreaId": company(project.entity),
            "ProjectId": project.code,
            "ProjectName": project.name,
            "CustomerAccountNumber": project.customer or "",
            "ProjectStage": "Completed" if project.is_archived else "InProcess",
            "DimensionDisplayValue": display(project.erp_department, project.code),
        }


def _actuals(firm: Firm) -> Iterator[Row]:
    for transaction in firm.ledger.values():
        for number, line in enumerate(transaction.lines, 1):
            if not is_set_up(firm, line.project):
                continue
            account = firm.accounts[line.account]
            if ACCOUNTS[account.kind][0] not in ("Revenue", "Expense"):
                continue
            is_revenue = ACCOUNTS[account.kind][0] == "Revenue"
            kind = "Hour" if line.hours is not None else "Cost"
            yield {
                "dataAreaId": company(transaction.entity),
                "TransId": f"T{transaction.id}-{number}",
                "ProjId": line.project,
                "ProjTransDate": midday(transaction.date),
                "LedgerTransDate": midday(transaction.date),
                "ProjTransType": "Revenue" if is_revenue else kind,
                "TransactionOrigin": "GeneralJournal",
                "CategoryId": account.name[:TEXT],
                "Qty": line.hours or Decimal(0),
                "AmountMst": line.debit - line.credit,
                "Voucher": transaction.number,
            }


def is_set_up(firm: Firm, project: str | None) -> bool:
    """Whether the environment knows a project."""
    found = firm.projects.get(project) if project else None
    return found is not None and found.netsuite_id is not None


def entries(firm: Firm, transaction: LedgerTransaction) -> Iterator[Row]:
    """The ledger's entries of a transaction."""
    category = CATEGORIES.get(transaction.kind, "None")
    for number, line in enumerate(transaction.lines, 1):
        project = line.project if is_set_up(firm, line.project) else None
        yield {
            "dataAreaId": company(transaction.entity),
            "GeneralJournalAccountEntryRecId": transaction.id * 1000 + number,
            "JournalNumber": f"J{transaction.id}",
            "Voucher": transaction.number,
            "AccountingDate": midday(transaction.date),
            "AccountDisplayValue": display(line.account, line.practice, project),
            "TransactionCurrencyCode": transaction.currency,
            "TransactionCurrencyAmount": foreign(transaction, line),
            "AccountingCurrencyAmount": line.debit - line.credit,
            "Quantity": line.hours or Decimal(0),
            "PostingLayer": "Current",
            "PostingType": "LedgerJournal",
            "JournalCategory": category,
            "DocumentNumber": transaction.external_id or "",
            "Description": (line.memo or transaction.memo or "")[:TEXT],
            OWN_COLUMNS["source_line"]: line.source_line or "",
            OWN_COLUMNS["service_month"]: midday(line.service_month),
        }


def foreign(transaction: LedgerTransaction, line: JournalLine) -> Decimal:
    """Debit less credit in the transaction's currency."""
    if line.foreign is not None:
        return line.foreign if line.debit else -line.foreign
    amount = line.debit - line.credit
    if transaction.exchange_rate == 1:
        return amount
    least = least_of(transaction.currency)
    return (amount / transaction.exchange_rate).quantize(least)


def _side(firm: Firm, transaction: LedgerTransaction) -> tuple[str, str] | None:
    """Whose account a transaction is on, customer or vendor, and its number."""
    party = transaction.party
    if transaction.kind in CATEGORIES and party:
        side, _ = SIDES[transaction.kind[:4]]
        known = firm.customers if side == "customer" else firm.suppliers
        return (side, party) if party in known else None
    if transaction.settles:  # a journal that writes off, on the account of what it does
        settled = firm.ledger[next(iter(transaction.settles))]
        return _side(firm, settled)
    return None


def _owed(firm: Firm, transaction: LedgerTransaction, side: str) -> Decimal:
    """Debit less credit on receivables or payables, in the transaction's currency."""
    kinds = dict(SIDES.values())
    lines = [
        x for x in transaction.lines if firm.accounts[x.account].kind == kinds[side]
    ]
    return sum((foreign(transaction, line) for line in lines), Decimal(0))


def _transactions(firm: Firm) -> dict[str, list[Row]]:
    """The lines on customers' and on suppliers' accounts."""
    found: dict[str, list[Row]] = {side: [] for side in TRANSACTIONS}
    for transaction in firm.ledger.values():
        placed = _side(firm, transaction)
        if placed is None:
            continue
        side, party = placed
        is_document = transaction.kind in (
            "CustInvc",
            "CustCred",
            "VendBill",
            "VendCred",
        )
        is_due = transaction.kind in ("CustInvc", "VendBill")
        amount = _owed(firm, transaction, side)
        closed = transaction.closed_on
        if not is_document and sum(transaction.settles.values()) == abs(amount):
            closed = transaction.date
        found[side].append(
            {
                "dataAreaId": company(transaction.entity),
                "SourceKey": transaction.id,
                "AccountNum": party,
                "Voucher": transaction.number,
                "Invoice": transaction.number if is_document else "",
                "TransType": CATEGORIES.get(transaction.kind, WRITES_OFF),
                "TransDate": midday(transaction.date),
                "DueDate": midday(transaction.date + PAYMENT_TERM if is_due else None),
                "Closed": midday(closed),
                "CurrencyCode": transaction.currency,
                "AmountCur": amount,
            }
        )
    return found


def _settlements(firm: Firm) -> dict[str, list[Row]]:
    """Both sides of each settlement; a credit's day is the one it was used up on."""
    found: dict[str, list[Row]] = {side: [] for side in SETTLEMENTS}
    number = 0
    for settling in firm.ledger.values():
        for document, amount in settling.settles.items():
            settled = firm.ledger[document]
            placed = _side(firm, settled)
            if placed is None:
                continue
            used_up = (
                settling.closed_on
                if settling.kind in ("CustCred", "VendCred")
                else (None)
            )
            day = max(settled.date, used_up or settling.date)
            sign = 1 if _owed(firm, settled, placed[0]) > 0 else -1
            for own, other, side_sign in (
                (settled, settling, sign),
                (settling, settled, -sign),
            ):
                number += 1
                found[placed[0]].append(
                    {
                        "dataAreaId": company(own.entity),
                        "SourceKey": number,
                        "TransRecId": own.id,
                        "OffsetRecid": other.id,
                        "OffsetCompany": company(other.entity),
                        "TransDate": midday(day),
                        "SettleAmountCur": amount * side_sign,
                    }
                )
    return found
