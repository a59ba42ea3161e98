"""The sandbox's S/4HANA: the firm as its entity sets have it, a list of rows each.

As SAP keeps it: amounts signed, with a code for the side; general ledger accounts with
leading zeros; a project named by an element of it; customers' and suppliers' items
cleared by a document; rates with at most five decimals, for units in a ratio, some of
them quoted indirectly; special periods behind the last one of a fiscal year; which
periods are open by intervals.
"""

import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dlt_pipelines.sandbox.accounting.finance import period_of
from dlt_pipelines.sandbox.firm.calendars import add_months, month_end
from dlt_pipelines.sandbox.firm.denominations import least_of
from dlt_pipelines.sandbox.firm.model import (
    Firm,
    FxRate,
    JournalLine,
    LedgerTransaction,
    Period,
    Project,
)
from dlt_pipelines.vendors.s4hana import assumptions

Row = dict[str, Any]

CHART, CONTROLLING_AREA = "YCOA", "A000"
LEADING, LOCAL = "0L", "2L"  # a second ledger has every item again
OPEN_VARIANT = "0001"
SALES_AREA = {
    "SalesOrganization": "1010",
    "DistributionChannel": "10",
    "Division": "00",
}
PAYMENT_TERM = timedelta(days=30)
DOCUMENT_TYPES = {
    "Journal": "SA",
    "CustInvc": "DR",
    "CustCred": "DG",
    "CustPymt": "DZ",
    "VendBill": "KR",
    "VendCred": "KG",
    "VendPymt": "KZ",
    "ExpRept": "ER",
}
RECONCILING = {"AcctRec": "D", "AcctPay": "K"}
BALANCE_SHEET = {
    "Bank", "AcctRec", "AcctPay", "UnbilledRec", "OthCurrAsset", "FixedAsset",
    "OthAsset", "OthCurrLiab", "LongTermLiab", "DeferRevenue", "DeferExpense", "Equity",
}  # fmt: skip
UNITS = 5  # decimals that a rate has


def padded(number: str) -> str:
    """An account's number as it is kept: ten digits."""
    return number.zfill(10) if number.isdigit() else number


def guid(kind: str, key: str) -> str:
    """The technical id of a record."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"tieout sandbox s4hana {kind} {key}"))


def document_number(transaction: int) -> str:
    """The number of a document, ten digits."""
    return f"{transaction:010}"


class Calendar:
    """Fiscal years and periods by SAP's numbers: ordinary ones, then special ones."""

    def __init__(self, firm: Firm) -> None:
        """Number the firm's periods."""
        self.periods = sorted(
            firm.periods.values(), key=lambda p: (p.end, p.is_adjustment, p.start)
        )
        self.is_monthly = all(
            p.name == f"{p.start:%b %Y}" and self.year(p) == p.start.year
            for p in self.periods
        )
        self.numbers: dict[int, int] = {}
        counts: dict[int, int] = {}
        for period in self.periods:
            year = self.year(period)
            ordinary = counts.get(year, 0)
            if period.is_adjustment:
                self.numbers[period.id] = max(12, ordinary) + 1
                continue
            counts[year] = ordinary + 1
            number = period.start.month if self.is_monthly else ordinary + 1
            self.numbers[period.id] = number

    @staticmethod
    def year(period: Period) -> int:
        """The fiscal year of a period."""
        return period.fiscal_year or period.start.year

    def place(self, period: Period) -> tuple[int, int]:
        """Fiscal year and number."""
        return self.year(period), self.numbers[period.id]

    def rows(self) -> Iterator[Row]:
        """The periods with their quarters and years."""
        for period in self.periods:
            year, number = self.place(period)
            quarter = self._bounds(year, period.quarter) if period.quarter else None
            if self.is_monthly:
                quarter = self._bounds(year, (period.start.month - 1) // 3 + 1)
            first, last = self._bounds(year, None)
            yield {
                "FiscalYearVariant": "K4" if self.is_monthly else "Z1",
                "FiscalYear": str(year),
                "FiscalPeriod": f"{number:03}",
                "FiscalPeriodStartDate": period.start,
                "FiscalPeriodEndDate": period.end,
                "FiscalQuarterStartDate": quarter[0] if quarter else None,
                "FiscalYearStartDate": first,
                "FiscalYearEndDate": last,
            }

    def _bounds(self, year: int, quarter: int | None) -> tuple[date, date]:
        """A year or quarter, whole, though the firm's first one has months missing."""
        if self.is_monthly:
            first = date(year, 3 * quarter - 2 if quarter else 1, 1)
            return first, month_end(add_months(first, 2 if quarter else 11))
        inside = [
            period
            for period in self.periods
            if self.year(period) == year and quarter in (None, period.quarter)
        ]
        return min(p.start for p in inside), max(p.end for p in inside)

    def open_rows(self) -> Iterator[Row]:
        """The intervals of periods that are open: ordinary ones, then special ones."""
        intervals: Row = {}
        for which, special in ((1, False), (2, True)):
            opened = [
                self.place(period)
                for period in self.periods
                if period.is_adjustment is special and not period.is_closed
            ]
            first, last = (min(opened), max(opened)) if opened else ((0, 0), (0, 0))
            intervals |= {
                f"FromFiscalYear{which}": first[0], f"FromPeriod{which}": first[1],
                f"ToFiscalYear{which}": last[0], f"ToPeriod{which}": last[1],
            }  # fmt: skip
        for account_type in ("+", "D", "K", "S"):
            yield {
                "PostingPeriodVariant": OPEN_VARIANT,
                "FinancialAccountType": account_type,
                **intervals,
            }


def company_codes(firm: Firm) -> Iterator[Row]:
    """The legal entities."""
    variant = "K4" if Calendar(firm).is_monthly else "Z1"
    for entity in firm.entities.values():
        yield {
            "CompanyCode": entity.code,
            "CompanyCodeName": entity.name[:25],
            "Country": entity.country,
            "Currency": entity.currency,
            "ChartOfAccounts": CHART,
            "FiscalYearVariant": variant,
            "PostingPeriodVariant": OPEN_VARIANT,
        }


def profit_centers(firm: Firm) -> Iterator[Row]:
    """The practices."""
    for practice in firm.practices.values():
        yield {
            "ControllingArea": CONTROLLING_AREA,
            "ProfitCenter": practice.code,
            "ProfitCenterName": practice.name,
            "ProfitCenterIsBlocked": False,
        }


def gl_accounts(firm: Firm) -> Iterator[Row]:
    """The chart of accounts."""
    for account in firm.accounts.values():
        on_balance = account.kind in BALANCE_SHEET
        yield {
            "ChartOfAccounts": CHART,
            "GLAccount": padded(account.number),
            "GLAccountName": account.name,
            "GLAccountType": "X" if on_balance else "P",
            "IsBalanceSheetAccount": on_balance,
            "AccountIsBlockedForPosting": account.is_inactive,
        }


def company_accounts(firm: Firm) -> Iterator[Row]:
    """Each company code's accounts: whose items they sum up."""
    for entity in firm.entities:
        for account in firm.accounts.values():
            yield {
                "CompanyCode": entity,
                "GLAccount": padded(account.number),
                "ReconciliationAccountType": RECONCILING.get(account.kind, ""),
            }


def exchange_rates(firm: Firm) -> Iterator[Row]:
    """The rates, as SAP has room for them."""
    for rate in firm.fx_rates:
        yield {
            "ExchangeRateType": "M",
            "SourceCurrency": rate.currency,
            "TargetCurrency": rate.base,
            "ValidityStartDate": rate.effective_date,
            **_quoted(rate),
        }
        yield {  # a type that nothing is translated by
            "ExchangeRateType": "P",
            "SourceCurrency": rate.currency,
            "TargetCurrency": rate.base,
            "ValidityStartDate": rate.effective_date,
            "ExchangeRate": Decimal("1.00000"),
            "NumberOfSourceCurrencyUnits": 1,
            "NumberOfTargetCurrencyUnits": 1,
        }


def _quoted(rate: FxRate) -> Row:
    """A rate for a thousand units; of half the pairs indirectly, below nought."""
    # Of others the quote, with five decimals, would not tell all eight of the rate.
    is_exact = Decimal("0.11") < rate.rate < 3
    is_indirect = rate.base < rate.currency and is_exact
    if not is_indirect:
        return {
            "ExchangeRate": (rate.rate * 1000).quantize(Decimal(1).scaleb(-UNITS)),
            "NumberOfSourceCurrencyUnits": 1000,
            "NumberOfTargetCurrencyUnits": 1,
        }
    units = 10_000 if rate.rate > 1 else 1000
    quote = -(units / rate.rate).quantize(Decimal(1).scaleb(-UNITS))
    return {
        "ExchangeRate": quote,
        "NumberOfSourceCurrencyUnits": 1,
        "NumberOfTargetCurrencyUnits": units,
    }


def business_partners(firm: Firm) -> Iterator[Row]:
    """Customers and suppliers, one list."""
    for customer in firm.customers.values():
        yield _partner(customer.number, customer.name, customer=customer.number)
    for supplier in firm.suppliers.values():
        yield _partner(supplier.number, supplier.name, supplier=supplier.number)


def _partner(number: str, name: str, customer: str = "", supplier: str = "") -> Row:
    return {
        "BusinessPartner": number,
        "BusinessPartnerUUID": guid("partner", number),
        "Customer": customer,
        "Supplier": supplier,
        "BusinessPartnerFullName": name,
    }


def sales_areas(firm: Firm) -> Iterator[Row]:
    """What customers are billed in."""
    for customer in firm.customers.values():
        yield {
            "Customer": customer.number,
            **SALES_AREA,
            "Currency": customer.currency,
        }


def _projects_set_up(firm: Firm) -> Iterator[Project]:
    return (p for p in firm.projects.values() if p.netsuite_id is not None)


def projects(firm: Firm) -> Iterator[Row]:
    """The projects that the ERP has."""
    for project in _projects_set_up(firm):
        yield {
            "ProjectUUID": guid("project", project.code),
            "Project": project.code,
            "ProjectDescription": project.name[:60],
            "CustomerUUID": guid("partner", project.customer),
            "CompanyCode": project.entity,
            "ProfitCenter": project.erp_department or "",
            "ProjectCurrency": project.currency,
            "LastChangeDateTime": project.updated_at,
        }


def project_elements(firm: Firm) -> Iterator[Row]:
    """A project's own element and one below it, which travel is booked to."""
    for project in _projects_set_up(firm):
        for element in (project.code, below(project.code)):
            yield {
                "ProjectElementUUID": guid("element", element),
                "ProjectElement": element,
                "ProjectUUID": guid("project", project.code),
                "LastChangeDateTime": project.updated_at,
            }


def below(project: str) -> str:
    """The element of a project that its travel is booked to."""
    return f"{project}.1"


PARTNERS = "/sap/opu/odata/sap/API_BUSINESS_PARTNER"
PROJECTS = "/sap/opu/odata/sap/API_ENTERPRISE_PROJECT_SRV;v=0002"
SETS: dict[str, Callable[[Firm], Iterator[Row]]] = {
    assumptions.COMPANY_CODES: company_codes,
    assumptions.PROFIT_CENTERS: profit_centers,
    assumptions.GL_ACCOUNTS: gl_accounts,
    assumptions.COMPANY_ACCOUNTS: company_accounts,
    assumptions.EXCHANGE_RATES: exchange_rates,
    assumptions.FISCAL_PERIODS: lambda firm: Calendar(firm).rows(),
    assumptions.POSTING_PERIODS: lambda firm: Calendar(firm).open_rows(),
    f"{PARTNERS}/A_BusinessPartner": business_partners,
    f"{PARTNERS}/A_CustomerSalesArea": sales_areas,
    f"{PROJECTS}/A_EnterpriseProject": projects,
    f"{PROJECTS}/A_EnterpriseProjectElement": (project_elements),
}


class Ledger:
    """The firm's ledger as journal entries and items."""

    def __init__(self, firm: Firm) -> None:
        """Find out what clears what."""
        self.firm = firm
        self.calendar = Calendar(firm)
        self.cleared, self.clearings = _clearings(firm)

    def entries(self, transactions: list[LedgerTransaction]) -> list[Row]:
        """The heads, of documents that clear without an item of their own too."""
        twice = set(self.firm.served_twice.get("transactions", ()))
        rows = []
        for transaction in transactions:
            row = self._entry(transaction)
            rows += [row, row] if str(transaction.id) in twice else [row]
        return rows

    def all_entries(self) -> list[Row]:
        """The heads of the firm's own documents."""
        rows = self.entries(list(self.firm.ledger.values()))
        for number, cleared in self.clearings.items():
            assert cleared.closed_on is not None
            place = self.calendar.place(_period(self.firm, cleared.closed_on))
            rows.append(
                self._entry(cleared)
                | {
                    "AccountingDocument": number,
                    "AccountingDocumentType": "AB",
                    "FiscalYear": str(place[0]),
                    "FiscalPeriod": f"{place[1]:03}",
                    "PostingDate": cleared.closed_on,
                    "DocumentDate": cleared.closed_on,
                    "DocumentReferenceID": "",
                    "AccountingDocumentHeaderText": "",
                }
            )
        return rows

    def _entry(self, transaction: LedgerTransaction) -> Row:
        year, number = self._place(transaction)
        text = transaction.external_id or transaction.memo or ""
        return {
            "CompanyCode": transaction.entity,
            "FiscalYear": str(year),
            "AccountingDocument": document_number(transaction.id),
            "AccountingDocumentType": DOCUMENT_TYPES[transaction.kind],
            "DocumentDate": transaction.date,
            "PostingDate": transaction.date,
            "FiscalPeriod": f"{number:03}",
            "TransactionCurrency": transaction.currency,
            "DocumentReferenceID": (transaction.memo or "")[: assumptions.REFERENCE],
            "AccountingDocumentHeaderText": text[: assumptions.HEADER_TEXT],
            "IsReversal": False,
            "IsReversed": False,
            "ReverseDocument": "",
            assumptions.CHANGED: transaction.updated_at,
        }

    def items(self, transactions: list[LedgerTransaction]) -> list[Row]:
        """The items, in each ledger."""
        rows = []
        for transaction in transactions:
            for number, line in enumerate(transaction.lines, 1):
                item = self._item(transaction, number, line)
                rows += [item | {"Ledger": name} for name in (LEADING, LOCAL)]
        return rows

    def _item(self, document: LedgerTransaction, number: int, line: JournalLine) -> Row:
        kind = RECONCILING.get(self.firm.accounts[line.account].kind, "S")
        currency = self.firm.entities[document.entity].currency
        amount = line.debit - line.credit
        is_of_party = kind != "S"
        year, _ = self._place(document)
        cleared = self.cleared.get(document.id) if is_of_party else None
        part_of = _part_payment_of(document, self.firm) if is_of_party else None
        return {
            "CompanyCode": document.entity,
            "FiscalYear": str(year),
            "AccountingDocument": document_number(document.id),
            "LedgerGLLineItem": f"{number:06}",
            "ChartOfAccounts": CHART,
            "GLAccount": padded(line.account),
            "FinancialAccountType": kind,
            "DebitCreditCode": "S" if line.debit else "H",
            "AmountInCompanyCodeCurrency": amount,
            "CompanyCodeCurrency": currency,
            "AmountInTransactionCurrency": _foreign_amount(document, line),
            "TransactionCurrency": document.currency,
            "WBSElement": self._element(document, line),
            "ProfitCenter": line.practice or "",
            "Customer": document.party if kind == "D" else "",
            "Supplier": document.party if kind == "K" else "",
            "NetDueDate": document.date + PAYMENT_TERM
            if is_of_party and document.kind in ("CustInvc", "VendBill")
            else None,
            "InvoiceReference": document_number(part_of.id) if part_of else "",
            "InvoiceReferenceFiscalYear": str(self._place(part_of)[0])
            if part_of
            else "0000",
            "AssignmentReference": line.source_line or "",
            "ServicesRenderedDate": line.service_month,
            "DocumentItemText": (line.memo or "")[: assumptions.ITEM_TEXT],
            "Quantity": line.hours if line.hours is not None else Decimal(0),
            "BaseUnit": "" if line.hours is None else assumptions.HOURS_UNIT_SHOWN,
            "ClearingJournalEntry": cleared[0] if cleared else "",
            "ClearingJournalEntryFiscalYear": cleared[1] if cleared else "0000",
            "ClearingDate": cleared[2] if cleared else None,
            assumptions.CHANGED: document.updated_at,
        }

    def _element(self, document: LedgerTransaction, line: JournalLine) -> str:
        if line.project is None:
            return ""
        return below(line.project) if document.kind == "ExpRept" else line.project

    def _place(self, transaction: LedgerTransaction) -> tuple[int, int]:
        return self.calendar.place(self.firm.periods[transaction.period])


Clearing = tuple[str, str, date]


def _clearings(
    firm: Firm,
) -> tuple[dict[int, Clearing], dict[str, LedgerTransaction]]:
    """What each document is cleared by, and the documents made only to clear.

    A payment clears the invoice with what was credited of it, and itself. Where nothing
    was left to pay, a clearing document does.
    """
    calendar = Calendar(firm)
    paying: dict[int, LedgerTransaction] = {}
    for settling in firm.ledger.values():
        if settling.kind in ("CustPymt", "VendPymt"):
            paying |= dict.fromkeys(settling.settles, settling)
    cleared: dict[int, Clearing] = {}
    made: dict[str, LedgerTransaction] = {}
    for document in firm.ledger.values():
        if document.closed_on is None:
            continue
        settled = next(iter(document.settles), document.id)  # of a credit, its invoice
        payment = paying.get(settled)
        number = document_number(payment.id) if payment else f"8{settled:09}"
        day = payment.date if payment else document.closed_on
        year = str(calendar.place(_period(firm, day))[0])
        if payment is not None:
            cleared[payment.id] = (number, year, day)
        else:
            made.setdefault(number, document)
        cleared[document.id] = (number, year, document.closed_on)
    return cleared, made


def _period(firm: Firm, day: date) -> Period:
    period = period_of(firm, day)
    assert period is not None, f"the ERP has no period for {day}"
    return period


def _part_payment_of(
    payment: LedgerTransaction, firm: Firm
) -> LedgerTransaction | None:
    """The invoice or bill that is still open after a payment, which names it."""
    if payment.kind not in ("CustPymt", "VendPymt"):
        return None
    paid = [firm.ledger[number] for number in payment.settles]
    return next((document for document in paid if document.closed_on is None), None)


def _foreign_amount(transaction: LedgerTransaction, line: JournalLine) -> Decimal:
    """Debit less credit in the transaction's currency."""
    if line.foreign is not None:
        return line.foreign if line.debit else -line.foreign
    amount = line.debit - line.credit
    if transaction.exchange_rate == 1:
        return amount
    return (amount / transaction.exchange_rate).quantize(least_of(transaction.currency))
