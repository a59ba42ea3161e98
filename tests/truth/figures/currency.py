"""The truth's revaluations: foreign monetary items at closing rates, month by month."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dlt_pipelines.sandbox.firm.costing import cents, money
from dlt_pipelines.sandbox.firm.policies import ENTITY_CURRENCY, UNBILLED_IS_MONETARY
from tests.truth.facts.books import Books
from tests.truth.figures.balances import Balance, PeriodRates
from tests.truth.periods import month_end, months_between

OWED = {
    "CustInvc": ("receivable", "1100"),
    "CustCred": ("receivable", "1100"),
    "VendBill": ("payable", "2000"),
    "VendCred": ("payable", "2000"),
}


@dataclass(frozen=True)
class Revaluation:
    """An open foreign item at a month's end; what the firm owes is negative."""

    item_type: str  # receivable | payable | unbilled_receivable
    item_number: str  # the ERP's document, or the project's code
    legal_entity_code: str
    period_month: date
    transaction_currency_code: str
    balance: Decimal
    currency_code: str
    carrying: Decimal
    closing: Decimal
    revaluation: Decimal  # reverses on the first day after


def revaluations(
    books: Books, rates: PeriodRates, balances: dict[tuple[str, date], Balance]
) -> list[Revaluation]:
    """Return the revaluations of every month that has ended."""
    found = [*_documents(books, rates), *_unbilled(books, balances)]
    return sorted(
        found, key=lambda row: (row.period_month, row.item_type, row.item_number)
    )


def _documents(books: Books, rates: PeriodRates) -> Iterator[Revaluation]:
    """Invoices and bills of the ERP, in full from their date until they are paid."""
    for posted in books.firm.ledger.values():
        own = ENTITY_CURRENCY[posted.entity]
        if posted.kind not in OWED or posted.currency == own:
            continue
        kind, account = OWED[posted.kind]
        owed = [line for line in posted.lines if line.account == account]
        balance = sum(cents(line.foreign) * (1 if line.debit else -1) for line in owed)
        carrying = sum(cents(line.debit - line.credit) for line in owed)
        for month in _ended(books, posted.date):
            paid = posted.closed_on
            if paid is None or paid > month_end(month):
                closing = rates.closing(balance, posted.currency, own, month)
                yield _row(
                    kind, posted.number, posted.entity, month,
                    (posted.currency, balance), (own, carrying, closing),
                )  # fmt: skip


def _unbilled(
    books: Books, balances: dict[tuple[str, date], Balance]
) -> Iterator[Revaluation]:
    """Assets of foreign contracts, where the entity calls them monetary."""
    for (code, month), balance in balances.items():
        project = books.firm.projects[code]
        own, left = books.currency(code), balance.contract_closing
        is_foreign = project.currency != own and UNBILLED_IS_MONETARY[project.entity]
        if is_foreign and left > 0 and month_end(month) <= books.as_of:
            yield _row(
                "unbilled_receivable", code, project.entity, month,
                (project.currency, left), (own, balance.booked, balance.closing),
            )  # fmt: skip


def _ended(books: Books, since: date) -> list[date]:
    """Return the months from a day's to the last one that has ended."""
    months = months_between(since, books.as_of)
    return [month for month in months if month_end(month) <= books.as_of]


def _row(
    kind: str,
    number: str,
    entity: str,
    month: date,
    owed: tuple[str, int],
    held: tuple[str, int, int],
) -> Revaluation:
    currency, carrying, closing = held
    return Revaluation(
        kind,
        number,
        entity,
        month,
        owed[0],
        money(owed[1]),
        currency,
        money(carrying),
        money(closing),
        money(closing - carrying),
    )
