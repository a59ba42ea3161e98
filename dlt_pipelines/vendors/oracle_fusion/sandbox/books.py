"""The firm's books as Oracle Fusion has them: a ledger for each legal entity, documents
in receivables and payables with what was accounted for of them, journals beside.

An account combination is company.cost centre.account.project.intercompany.future. What
is charged to a project by payables is a project cost too. A credit of a supplier is set
off in a payment; a journal is a batch of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dlt_pipelines.sandbox.firm.calendars import add_months, month_end
from dlt_pipelines.sandbox.firm.denominations import least_of
from dlt_pipelines.sandbox.firm.model import (
    Firm,
    JournalLine,
    LedgerTransaction,
    Period,
    Project,
)
from dlt_pipelines.vendors.oracle_fusion.sandbox.collections import Collection, Row

FIRST_ID = 300_000_000_000_000
GENERAL_LEDGER, PAYABLES, RECEIVABLES = 101, 200, 222
PAYMENT_TERM = timedelta(days=30)
DELIMITER = "."
NO_COST_CENTRE, NO_PROJECT, NO_VALUE = "0000", "00000", "000"
PARTY = 20_000_000  # between the ids of an account and of its party
ACCOUNT_TYPES = {
    **dict.fromkeys(
        ("Bank", "UnbilledRec", "OthCurrAsset", "FixedAsset", "OthAsset", "AcctRec"),
        "A",
    ),
    **dict.fromkeys(
        ("OthCurrLiab", "DeferRevenue", "CredCard", "LongTermLiab", "AcctPay"), "L"
    ),
    **dict.fromkeys(("Income", "OthIncome"), "R"),
    **dict.fromkeys(("COGS", "Expense", "OthExpense"), "E"),
    "Equity": "O",
}
CONTROLS = {"AcctRec": "CUSTOMER", "AcctPay": "SUPPLIER"}
INVOICE_TYPES = {
    "VendBill": "Standard",
    "VendCred": "Credit memo",
    "ExpRept": "Expense report",
}
SUBLEDGERS = {  # of a document: the subledger, what its lines call it
    "CustInvc": (RECEIVABLES, "TRANSACTIONS"),
    "CustCred": (RECEIVABLES, "TRANSACTIONS"),
    "CustPymt": (RECEIVABLES, "RECEIPTS"),
    "VendBill": (PAYABLES, "AP_INVOICES"),
    "VendCred": (PAYABLES, "AP_INVOICES"),
    "ExpRept": (PAYABLES, "AP_INVOICES"),
    "VendPymt": (PAYABLES, "AP_PAYMENTS"),
}
EXPENSE_REPORT = "Expense report "  # what a payment of one is called


def big(number: int) -> int:
    """An id as Oracle gives them."""
    return FIRST_ID + number


def moment(value: datetime) -> str:
    """A moment as REST tells it."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds")


class Ids:
    """The ids of a firm's ledgers and legal entities."""

    def __init__(self, firm: Firm) -> None:
        """Number entities in their order."""
        self.entities = {code: big(n) for n, code in enumerate(firm.entities, 1)}
        self.ledgers = {code: big(100 + n) for n, code in enumerate(firm.entities, 1)}
        self.ledger_names = {
            code: f"{entity.name} Ledger" for code, entity in firm.entities.items()
        }


def combination(line: JournalLine, entity: str) -> str:
    """The account combination of a line in the books of an entity."""
    return DELIMITER.join((
        entity,
        line.practice or NO_COST_CENTRE,
        line.account,
        line.project or NO_PROJECT,
        NO_VALUE,
        NO_VALUE,
    ))  # fmt: skip


def foreign(
    transaction: LedgerTransaction, amount: Decimal, line: JournalLine
) -> Decimal:
    """One side of a line in the transaction's currency."""
    if not amount or line.foreign is not None:
        return line.foreign or Decimal(0) if amount else Decimal(0)
    if transaction.exchange_rate == 1:
        return amount
    return (amount / transaction.exchange_rate).quantize(least_of(transaction.currency))


def collections(firm: Firm) -> dict[str, Collection]:
    """Every collection but the journals that were imported (see ``journals``)."""
    ids = Ids(firm)
    documents = _by_kind(firm)
    applied = Collection("ApplicationId", [])
    return {
        "ledgersLOV": Collection("LedgerId", list(_ledgers(firm, ids))),
        "legalEntitiesLOV": Collection("LegalEntityId", list(_entities(firm, ids))),
        "finBusinessUnitsLOV": Collection("BusinessUnitId", list(_units(firm, ids))),
        "accountingPeriodStatusLOV": Collection(
            "PeriodNameId", list(_statuses(firm, ids)), is_opaque=True
        ),
        "valueSets": Collection(
            "ValueSetId",
            list(_value_sets(firm)),
            {"values": Collection("ValueId", [])},
        ),
        "accountCombinationsLOV": Collection(
            "_CODE_COMBINATION_ID", list(_combinations(firm, ids))
        ),
        "receivablesCustomerAccountActivities": Collection(
            "AccountId",
            list(_customers(firm, documents)),
            {"standardReceiptApplications": applied, "creditMemoApplications": applied},
        ),
        "suppliers": Collection("SupplierId", list(_suppliers(firm))),
        "projects": Collection(
            "ProjectId",
            list(_projects(firm, ids)),
            {"ProjectCustomers": Collection("ProjectPartyId", [])},
        ),
        "currencyRates": Collection("ConversionDate", list(_rates(firm))),
        "receivablesInvoices": Collection(
            "CustomerTransactionId", list(_invoices(firm, documents["CustInvc"]))
        ),
        "receivablesCreditMemos": Collection(
            "CustomerTransactionId", list(_credit_memos(firm, documents["CustCred"]))
        ),
        "standardReceipts": Collection(
            "StandardReceiptId", list(_receipts(firm, documents["CustPymt"]))
        ),
        "invoices": Collection(
            "InvoiceId",
            list(_payables_invoices(firm, documents)),
            {"invoiceInstallments": Collection("InstallmentNumber", [])},
        ),
        "payablesPayments": Collection(
            "CheckId",
            list(_payments(firm, documents)),
            {"relatedInvoices": Collection("InvoicePaymentId", [])},
        ),
        "projectCosts": Collection("TransactionNumber", list(_costs(firm))),
    }


def _by_kind(firm: Firm) -> dict[str, list[LedgerTransaction]]:
    """The firm's documents by kind; some are there twice, as when pages drift."""
    twice = set(firm.served_twice.get("transactions", ()))
    found: dict[str, list[LedgerTransaction]] = defaultdict(list)
    for transaction in firm.ledger.values():
        found[transaction.kind] += [transaction] * (1 + (str(transaction.id) in twice))
    return found


def _ledgers(firm: Firm, ids: Ids) -> Iterator[Row]:
    for code, entity in firm.entities.items():
        yield {
            "LedgerId": ids.ledgers[code],
            "Name": ids.ledger_names[code],
            "CurrencyCode": entity.currency,
            "ChartOfAccountsId": 5001,
            "PeriodSetName": "Meridian Calendar",
            "AccountedPeriodType": "Month",
            "LedgerCategoryCode": "PRIMARY",
        }
    first = next(iter(firm.entities), None)
    if first:
        yield {
            "LedgerId": big(199),
            "Name": "Group Reporting Ledger",
            "CurrencyCode": firm.entities[first].currency,
            "ChartOfAccountsId": 5001,
            "PeriodSetName": "Meridian Calendar",
            "AccountedPeriodType": "Month",
            "LedgerCategoryCode": "SECONDARY",
        }


def _entities(firm: Firm, ids: Ids) -> Iterator[Row]:
    for code, entity in firm.entities.items():
        yield {
            "LegalEntityId": ids.entities[code],
            "Name": entity.name,
            "LegalEntityIdentifier": code,
        }
    yield {
        "LegalEntityId": big(99),
        "Name": "Meridian Holding",
        "LegalEntityIdentifier": "HOLD",
    }


def _units(firm: Firm, ids: Ids) -> Iterator[Row]:
    for number, (code, entity) in enumerate(firm.entities.items(), 1):
        yield {
            "BusinessUnitId": big(200 + number),
            "BusinessUnitName": f"{entity.name} Business Unit",
            "LegalEntityId": ids.entities[code],
            "PrimaryLedgerId": ids.ledgers[code],
        }


def _statuses(firm: Firm, ids: Ids) -> Iterator[Row]:
    """The statuses of periods, by ledger, in the general and two other ledgers."""
    numbers: dict[int, int] = defaultdict(int)
    periods = sorted(firm.periods.values(), key=lambda p: (p.start, p.is_adjustment))
    for name, start, end, year, is_adjustment, status in [
        *_before(periods),
        *(
            (p.name, p.start, p.end, p.fiscal_year or p.start.year, p.is_adjustment,
             _status(p, firm.clock.date()))
            for p in periods
        ),
    ]:  # fmt: skip
        numbers[year] += 1
        for code in firm.entities:
            for application in (GENERAL_LEDGER, PAYABLES, RECEIVABLES):
                yield {
                    "PeriodNameId": name,
                    "ApplicationId": application,
                    "LedgerId": ids.ledgers[code],
                    "ClosingStatus": status if application == GENERAL_LEDGER else "C",
                    "StartDate": start.isoformat(),
                    "EndDate": end.isoformat(),
                    "EffectivePeriodNumber": year * 10_000 + numbers[year],
                    "PeriodYear": year,
                    "PeriodNumber": numbers[year],
                    "AdjustmentPeriodFlag": is_adjustment,
                }


def _before(
    periods: list[Period],
) -> Iterator[tuple[str, date, date, int, bool, str]]:
    """The months of the first calendar year that nobody ever opened."""
    if not periods or periods[0].fiscal_year not in (None, periods[0].start.year):
        return
    first = periods[0].start
    if first.day != 1 or periods[0].end != month_end(first):
        return
    month = first.replace(month=1)
    while month < first:
        yield f"{month:%b %Y}", month, month_end(month), month.year, False, "N"
        month = add_months(month, 1)


def _status(period: Period, today: date) -> str:
    if period.is_closed:
        return "C"
    return "F" if period.start > today else "O"


def _value_sets(firm: Firm) -> Iterator[Row]:
    accounts = [
        _value(300 + n, a.number, a.name, firm, is_enabled=not a.is_inactive)
        for n, a in enumerate(firm.accounts.values())
    ]
    practices = [
        _value(800 + n, p.code, p.name, firm)
        for n, p in enumerate(firm.practices.values())
    ]
    none = _value(799, NO_COST_CENTRE, "No cost centre", firm)
    sets = {"Account": accounts, "Cost Center": [none, *practices], "Company": []}
    for number, (code, values) in enumerate(sets.items(), 1):
        yield {"ValueSetId": number, "ValueSetCode": code, "values": values}


def _value(
    number: int, value: str, name: str, firm: Firm, *, is_enabled: bool = True
) -> Row:
    return {
        "ValueId": big(number),
        "Value": value,
        "Description": name,
        "EnabledFlag": "Y" if is_enabled else "N",
        "LastUpdateDate": f"{firm.start}T00:00:00.000+00:00",
    }


def _combinations(firm: Firm, ids: Ids) -> Iterator[Row]:
    number = 0
    for code in firm.entities:
        for account in firm.accounts.values():
            number += 1
            yield {
                "_CODE_COMBINATION_ID": number,
                "_CHART_OF_ACCOUNTS_ID": 5001,
                "AccountType": ACCOUNT_TYPES[account.kind],
                "Reference3": CONTROLS.get(account.kind),
                "EnabledFlag": "Y",
                "DetailPostingAllowedFlag": "Y",
                "company": code,
                "costCenter": NO_COST_CENTRE,
                "account": account.number,
                "project": NO_PROJECT,
                "intercompany": NO_VALUE,
                "future": NO_VALUE,
            }


def _customers(
    firm: Firm, documents: dict[str, list[LedgerTransaction]]
) -> Iterator[Row]:
    receipts: dict[str | None, list[Row]] = defaultdict(list)
    credits: dict[str | None, list[Row]] = defaultdict(list)
    for paid in _once(documents["CustPymt"]):
        receipts[paid.party] += _applications(firm, paid, "StandardReceiptId")
    for credit in _once(documents["CustCred"]):
        credits[credit.party] += _applications(firm, credit, "CreditMemoId")
    for customer in firm.customers.values():
        yield {
            "AccountId": big(customer.netsuite_id),
            "AccountNumber": customer.number,
            "CustomerId": big(PARTY + customer.netsuite_id),
            "CustomerName": customer.name,
            "TotalOpenReceivablesForAccount": Decimal(len(firm.ledger)),
            "LastUpdateDate": moment(customer.updated_at),
            "standardReceiptApplications": receipts[customer.number],
            "creditMemoApplications": credits[customer.number],
        }


def _once(documents: Iterable[LedgerTransaction]) -> list[LedgerTransaction]:
    return list({document.id: document for document in documents}.values())


def _applications(firm: Firm, settling: LedgerTransaction, name: str) -> Iterator[Row]:
    for number, (document, amount) in enumerate(settling.settles.items(), 1):
        settled = firm.ledger[document]
        used = settling.date if name == "StandardReceiptId" else settling.closed_on
        yield {
            "ApplicationId": big(settling.id * 100 + number),
            "ApplicationDate": max(settled.date, used or settling.date).isoformat(),
            "ApplicationAmount": amount,
            "ApplicationStatus": "Applied",
            "ReferenceTransactionId": big(document),
            name: big(settling.id),
            "LastUpdateDate": moment(settling.updated_at),
        }


def _suppliers(firm: Firm) -> Iterator[Row]:
    for supplier in firm.suppliers.values():
        yield {
            "SupplierId": big(supplier.netsuite_id),
            "SupplierNumber": supplier.number,
            "Supplier": supplier.name,
            "LastUpdateDate": f"{firm.start}T00:00:00.000+00:00",
        }


def _projects(firm: Firm, ids: Ids) -> Iterator[Row]:
    for project in firm.projects.values():
        if project.netsuite_id is None:
            continue
        practice = firm.practices.get(project.erp_department or "")
        entity = firm.entities[project.entity]
        yield {
            "ProjectId": big(project.netsuite_id),
            "ProjectNumber": project.code,
            "ProjectName": project.name,
            "ProjectStatus": project.status,
            "LegalEntityId": ids.entities[project.entity],
            "OwningOrganizationName": practice.name if practice else entity.name,
            "ProjectCurrencyCode": project.currency,
            "ProjectStartDate": project.start.isoformat(),
            "ProjectEndDate": project.end.isoformat(),
            "LastUpdateDate": moment(project.updated_at),
            "ProjectCustomers": list(_project_customers(firm, project)),
        }


def _project_customers(firm: Firm, project: Project) -> Iterator[Row]:
    customer = firm.customers.get(project.customer)
    if customer is not None and project.netsuite_id is not None:
        yield {
            "ProjectPartyId": big(project.netsuite_id * 10),
            "PartyId": big(PARTY + customer.netsuite_id),
            "PartyName": customer.name,
        }


def _rates(firm: Firm) -> Iterator[Row]:
    for rate in firm.fx_rates:
        yield {
            "FromCurrency": rate.currency,
            "ToCurrency": rate.base,
            "UserConversionType": "Corporate",
            "ConversionDate": rate.effective_date.isoformat(),
            "ConversionRate": rate.rate,
        }


def _invoices(firm: Firm, documents: list[LedgerTransaction]) -> Iterator[Row]:
    for document in documents:
        yield {
            "CustomerTransactionId": big(document.id),
            "TransactionNumber": document.number,
            "TransactionDate": document.date.isoformat(),
            "AccountingDate": document.date.isoformat(),
            "DueDate": (document.date + PAYMENT_TERM).isoformat(),
            "InvoiceCurrencyCode": document.currency,
            "BillToCustomerNumber": document.party,
            "TransactionType": "Services",
            "InvoiceStatus": "Complete",
            "CrossReference": document.external_id,
            "Comments": document.memo,
            "LastUpdateDate": moment(document.updated_at),
        }


def _credit_memos(firm: Firm, documents: list[LedgerTransaction]) -> Iterator[Row]:
    for document in documents:
        yield {
            "CustomerTransactionId": big(document.id),
            "TransactionNumber": document.number,
            "TransactionDate": document.date.isoformat(),
            "AccountingDate": document.date.isoformat(),
            "CreditMemoCurrency": document.currency,
            "BillToCustomerNumber": document.party,
            "TransactionType": "Services credit",
            "CreditMemoStatus": "Complete",
            "CrossReference": document.external_id,
            "CreditMemoComments": document.memo,
            "LastUpdateDate": moment(document.updated_at),
        }


def _receipts(firm: Firm, documents: list[LedgerTransaction]) -> Iterator[Row]:
    for document in documents:
        yield {
            "StandardReceiptId": big(document.id),
            "ReceiptNumber": document.number,
            "ReceiptDate": document.date.isoformat(),
            "AccountingDate": document.date.isoformat(),
            "Currency": document.currency,
            "CustomerAccountNumber": document.party,
            "ReceiptMethod": "Wire",
            "State": "Applied",
            "Comments": document.memo,
            "LastUpdateDate": moment(document.updated_at),
        }


def _payables_invoices(
    firm: Firm, documents: dict[str, list[LedgerTransaction]]
) -> Iterator[Row]:
    for kind, invoice_type in INVOICE_TYPES.items():
        for document in documents[kind]:
            supplier = firm.suppliers.get(document.party or "")
            yield {
                "InvoiceId": big(document.id),
                "InvoiceNumber": document.number,
                "InvoiceDate": document.date.isoformat(),
                "AccountingDate": document.date.isoformat(),
                "InvoiceType": invoice_type,
                "InvoiceCurrency": document.currency,
                "SupplierNumber": supplier.number if supplier else None,
                "ReferenceKeyOne": document.external_id,
                "Description": document.memo,
                "LastUpdateDate": moment(document.updated_at),
                "invoiceInstallments": [
                    {
                        "InstallmentNumber": 1,
                        "DueDate": (document.date + PAYMENT_TERM).isoformat(),
                    }
                ],
            }


def _payments(
    firm: Firm, documents: dict[str, list[LedgerTransaction]]
) -> Iterator[Row]:
    """Payments, with the credits that were set off in them; one of nothing where that
    is all there was."""
    credits: dict[int, list[tuple[LedgerTransaction, Decimal]]] = defaultdict(list)
    for credit in _once(documents["VendCred"]):
        for bill, amount in credit.settles.items():
            credits[bill].append((credit, amount))
    reports = {
        (document.external_id or "").removeprefix("COUPA-ER-"): document
        for document in documents["ExpRept"]
    }
    for payment in _once(documents["VendPymt"]):
        paid = dict(payment.settles)
        report = reports.get((payment.memo or "").removeprefix(EXPENSE_REPORT))
        if report is not None and (payment.memo or "").startswith(EXPENSE_REPORT):
            paid[report.id] = payment.lines[0].debit
        related = [
            part
            for bill, amount in paid.items()
            for part in _set_off(bill, amount, credits.pop(bill, []))
        ]
        yield _payment(
            firm, payment, payment.id, sum(paid.values(), Decimal(0)), related
        )
    for bill, left in credits.items():
        credit = left[0][0]
        yield _payment(
            firm, credit, credit.id + 50_000_000, Decimal(0),
            list(_set_off(bill, Decimal(0), left)),
        )  # fmt: skip


def _set_off(
    bill: int, amount: Decimal, credits: list[tuple[LedgerTransaction, Decimal]]
) -> Iterator[tuple[int, Decimal]]:
    """What a payment says of a bill and of the credits that are set off against it."""
    yield bill, amount + sum((x for _, x in credits), Decimal(0))
    for credit, set_off in credits:
        yield credit.id, -set_off


def _payment(
    firm: Firm,
    payment: LedgerTransaction,
    number: int,
    amount: Decimal,
    related: list[tuple[int, Decimal]],
) -> Row:
    supplier = firm.suppliers.get(payment.party or "")
    day = payment.date if payment.kind == "VendPymt" else payment.closed_on
    return {
        "CheckId": big(number),
        "PaymentNumber": number,
        "PaymentDate": (day or payment.date).isoformat(),
        "PaymentCurrency": payment.currency,
        "PaymentAmount": amount,
        "PaymentStatus": "Negotiable",
        "SupplierNumber": supplier.number if supplier else None,
        "Description": payment.memo,
        "LastUpdateDate": moment(payment.updated_at),
        "relatedInvoices": [
            {
                "InvoicePaymentId": big(number * 10 + n),
                "InvoiceId": big(invoice),
                "AmountPaidInvoiceCurrency": paid,
            }
            for n, (invoice, paid) in enumerate(related)
        ],
    }


def _is_cost(transaction: LedgerTransaction, line: JournalLine) -> bool:
    return transaction.kind in INVOICE_TYPES and line.project is not None


def _costs(firm: Firm) -> Iterator[Row]:
    for transaction in firm.ledger.values():
        for number, line in enumerate(transaction.lines, 1):
            if not _is_cost(transaction, line):
                continue
            yield {
                "TransactionNumber": big(transaction.id * 1000 + number),
                "ProjectNumber": line.project,
                "ExpenditureItemDate": (
                    line.service_month or transaction.date
                ).isoformat(),
                "Quantity": line.debit - line.credit,
                "UnitOfMeasureCode": "DOLLARS",
                "OriginalTransactionReference": line.source_line,
                "LastUpdateDate": moment(transaction.updated_at),
            }


def accounting_lines(firm: Firm) -> Iterator[Row]:
    """What subledgers accounted for, as the report tells it; with its moment."""
    ids = Ids(firm)
    for transaction in firm.ledger.values():
        if transaction.kind not in SUBLEDGERS:
            continue
        application, document = SUBLEDGERS[transaction.kind]
        for number, line in enumerate(transaction.lines, 1):
            debit = foreign(transaction, line.debit, line)
            credit = foreign(transaction, line.credit, line)
            is_cost = _is_cost(transaction, line)
            yield {
                "APPLICATION_ID": application,
                "AE_HEADER_ID": transaction.id,
                "AE_LINE_NUM": number,
                "ENTITY_CODE": document,
                "SOURCE_ID_INT_1": big(transaction.id),
                "LEDGER_ID": ids.ledgers[transaction.entity],
                "PERIOD_NAME": firm.periods[transaction.period].name,
                "ACCOUNT_COMBINATION": combination(line, transaction.entity),
                "ACCOUNTING_DATE": transaction.date.isoformat(),
                "CURRENCY_CODE": transaction.currency,
                "ACCOUNTED_DR": line.debit or None,
                "ACCOUNTED_CR": line.credit or None,
                "ENTERED_DR": debit or None,
                "ENTERED_CR": credit or None,
                "DESCRIPTION": line.memo,
                "EXPENDITURE_ITEM_ID": (
                    big(transaction.id * 1000 + number) if is_cost else None
                ),
                "SOURCE_REFERENCE": None if is_cost else line.source_line,
                "SERVICE_DATE": None,
                "LAST_UPDATE_DATE": moment(transaction.updated_at),
            }


def journals(firm: Firm, imported: list[Row]) -> Collection:
    """Batches with their journals and lines: the firm's, what subledgers transferred,
    and what was imported."""
    lines = Collection("JeLineNumber", [], is_opaque=True)
    headers = Collection("JournalName", [], {"journalLines": lines}, is_opaque=True)
    twice = set(firm.served_twice.get("transactions", ()))
    ids = Ids(firm)
    own = [
        batch
        for transaction in firm.ledger.values()
        if transaction.kind == "Journal" or transaction.id % 10 == 0
        for batch in [_batch(firm, transaction, ids)]
        * (1 + (str(transaction.id) in twice))
    ]
    return Collection("JeBatchId", [*own, *imported], {"journalHeaders": headers})


def _batch(firm: Firm, transaction: LedgerTransaction, ids: Ids) -> Row:
    """A journal as a batch. Of a subledger's documents a few are transferred here."""
    source = {RECEIVABLES: "Receivables", PAYABLES: "Payables"}.get(
        SUBLEDGERS.get(transaction.kind, (GENERAL_LEDGER, ""))[0], "Manual"
    )
    return {
        "JeBatchId": big(transaction.id),
        "BatchName": f"{transaction.number} {source} {transaction.id}: A",
        "Status": "P",
        "UserJeSourceName": source,
        "PostedDate": moment(transaction.updated_at),
        "LastUpdateDate": moment(transaction.updated_at),
        "journalHeaders": [
            {
                "JournalName": f"{transaction.number} {transaction.currency}",
                "JournalDescription": transaction.memo,
                "LedgerName": ids.ledger_names[transaction.entity],
                "CurrencyCode": transaction.currency,
                "PeriodName": firm.periods[transaction.period].name,
                "DefaultEffectiveDate": transaction.date.isoformat(),
                "UserJeCategoryName": "Adjustment",
                "ExternalReference": transaction.external_id,
                "LastUpdateDate": moment(transaction.updated_at),
                "journalLines": [
                    _journal_line(transaction, number, line)
                    for number, line in enumerate(transaction.lines, 1)
                ],
            }
        ],
    }


def _journal_line(
    transaction: LedgerTransaction, number: int, line: JournalLine
) -> Row:
    told: dict[str, Any] = {
        "JeLineNumber": number,
        "AccountCombination": combination(line, transaction.entity),
        "AccountedDr": line.debit or None,
        "AccountedCr": line.credit or None,
        "EnteredDr": foreign(transaction, line.debit, line) or None,
        "EnteredCr": foreign(transaction, line.credit, line) or None,
        "StatAmount": line.hours,
        "ReconciliationReference": line.source_line,
        "Description": line.memo,
        "LastUpdateDate": moment(transaction.updated_at),
    }
    return told
