"""The truth's billing ratios: realisation, time to invoice, lock-up.

Amounts are whole cents until the end. A level is what figures are stated for: a
project, a practice, a customer, a legal entity, the firm.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from dlt_pipelines.sandbox.firm.costing import (
    cents,
    cents_told,
    half_up,
    minor_units,
    minutes_at_rate,
    money,
)
from dlt_pipelines.sandbox.firm.model import Milestone
from dlt_pipelines.sandbox.firm.policies import BALANCE_BASIS
from tests.truth.facts.books import Books, Facts
from tests.truth.figures.balances import REPORTING, PeriodRates, half_up_signed
from tests.truth.figures.waterfall import Collections, accepted_on, owed
from tests.truth.periods import add_months, month_end, month_of, months_between

if TYPE_CHECKING:
    from tests.truth.truth import ProjectMonth

WITHIN = timedelta(days=351)  # a year's periods begin, up to the last of them


@dataclass(frozen=True)
class Realisation:
    """Realisation of a level's month, and to date, in an entity's currency."""

    level: str  # project | practice | customer
    code: str
    entity: str
    period_month: date
    hours: Decimal
    standard: Decimal
    revenue: Decimal
    billed: Decimal
    collected: Decimal
    billing_rate: Decimal | None
    collection_rate: Decimal | None
    hour_rate: Decimal | None
    hours_to_date: Decimal
    standard_to_date: Decimal
    revenue_to_date: Decimal
    billed_to_date: Decimal
    collected_to_date: Decimal
    billing_rate_to_date: Decimal | None
    collection_rate_to_date: Decimal | None
    hour_rate_to_date: Decimal | None


@dataclass(frozen=True)
class TimeToInvoice:
    """Median days to invoice of a level's month, in reporting currency."""

    level: str  # firm | legal_entity | practice | project
    code: str
    period_month: date
    items: int
    value: Decimal
    invoicing: Decimal | None
    approval: Decimal | None
    billing: Decimal | None


@dataclass(frozen=True)
class LockUp:
    """Receivables and unbilled work of a level at a month's end, in days of revenue."""

    level: str  # legal_entity | practice | customer
    code: str
    entity: str
    period_month: date
    receivable: Decimal
    unbilled: Decimal
    revenue: Decimal
    days: int
    dso: Decimal | None
    wip_days: Decimal | None
    lock_up: Decimal | None


# Realisation

FLOWS = ("minutes", "standard", "revenue", "billed", "collected")


def realisations(
    books: Books,
    months: "list[ProjectMonth]",
    activity: dict[tuple[str, date], Facts],
) -> list[Realisation]:
    """Return the realisation of every sold project, practice and customer."""
    collected = _collected(books)
    held: dict[tuple, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in months:
        if not _is_sold(books, row.project_code):
            continue
        flows = {
            "minutes": activity[row.project_code, row.period_month]["minutes"],
            "standard": cents_told(row.standard_value),
            "revenue": cents_told(row.revenue),
            "billed": cents_told(row.billed),
            "collected": collected[row.project_code, row.period_month],
        }
        for key in _realising(books, row.project_code):
            for name, amount in flows.items():
                held[(*key, row.period_month)][name] += amount
    return list(_realised(held))


def _collected(books: Books) -> dict[tuple[str, date], int]:
    """What has come in of the invoices of each project and month."""
    found: dict[tuple[str, date], int] = defaultdict(int)
    collections = Collections(books)
    for invoice in books.firm.invoices.values():
        if invoice.status != "cancelled":
            key = (invoice.project, month_of(invoice.invoice_date))
            found[key] += collections.collected(invoice)
    return found


def _is_sold(books: Books, code: str) -> bool:
    return books.contracts.of(code)[0].terms is not None


def _realising(books: Books, code: str) -> Iterator[tuple[str, str, str]]:
    project = books.firm.projects[code]
    yield "project", code, project.entity
    yield "practice", project.practice, project.entity
    yield "customer", project.customer, project.entity


def _realised(held: dict[tuple, dict[str, int]]) -> Iterator[Realisation]:
    total: dict[tuple, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for key in sorted(held):
        so_far = total[key[:3]]
        for name in FLOWS:
            so_far[name] += held[key][name]
        yield Realisation(*key, *_ratios(held[key]), *_ratios(so_far))


def _ratios(flows: dict[str, int]) -> Iterator[Decimal | None]:
    yield Decimal(half_up(flows["minutes"] * 100, 60)).scaleb(-2)
    for name in FLOWS[1:]:
        yield money(flows[name])
    yield _rate(flows["billed"], flows["standard"])
    yield _rate(flows["collected"], flows["billed"])
    yield _rate(flows["revenue"] * 60, flows["minutes"] * minor_units())


def _rate(amount: int, base: int) -> Decimal | None:
    if not base:
        return None
    return Decimal(half_up_signed(amount * 10**6, base)).scaleb(-6)


# Time to invoice


@dataclass(frozen=True)
class _Item:
    project: str
    month: date  # of the invoice
    value: int  # reporting cents
    invoicing: int  # days
    approval: int | None
    billing: int | None


def times_to_invoice(books: Books, rates: PeriodRates) -> list[TimeToInvoice]:
    """Return the value-weighted median days of every level and month."""
    held: dict[tuple, list[_Item]] = defaultdict(list)
    for item in _items(books, rates):
        project = books.firm.projects[item.project]
        for key in (
            ("firm", "firm"),
            ("legal_entity", project.entity),
            ("practice", project.practice),
            ("project", project.code),
        ):
            held[(*key, item.month)].append(item)
    return [
        TimeToInvoice(
            *key,
            len(items),
            money(sum(item.value for item in items)),
            *(_median(items, stage) for stage in ("invoicing", "approval", "billing")),
        )
        for key, items in sorted(held.items())
    ]


def _items(books: Books, rates: PeriodRates) -> Iterator[_Item]:
    firm = books.firm
    for entry in books.approved:
        if entry.invoice and entry.is_billable and entry.bill_rate is not None:
            amount = minutes_at_rate(entry.minutes, entry.bill_rate)
            amount -= books.credits.credited[entry.id]
            approved = firm.timesheets[entry.timesheet].updated_at.date()
            yield from _item(
                books, rates, entry.invoice, entry.project, entry.day, approved, amount
            )
    for milestone in firm.milestones.values():
        if milestone.invoice and accepted_on(milestone):
            amount = cents(milestone.amount) - books.credits.credited[milestone.id]
            since = _billable_since(books, milestone)
            yield from _item(
                books, rates, milestone.invoice, milestone.project, since, None, amount
            )


def _billable_since(books: Books, milestone: Milestone) -> date:
    """The last acceptance before the invoice, whatever became of it afterwards."""
    invoiced = books.firm.invoices[milestone.invoice].invoice_date
    given = [day for day, is_accepted in milestone.acceptances if is_accepted]
    return max((day for day in given if day <= invoiced), default=given[-1])


def _item(
    books: Books,
    rates: PeriodRates,
    number: str,
    code: str,
    since: date,
    approved: date | None,
    amount: int,
) -> Iterator[_Item]:
    invoice = books.firm.invoices[number]
    if invoice.status == "cancelled" or amount <= 0:
        return
    day, month = invoice.invoice_date, month_of(invoice.invoice_date)
    value = books.to_functional(code, amount, books.firm.projects[code].currency, since)
    value = rates.average(value, books.currency(code), REPORTING, month)
    yield _Item(
        code,
        month,
        value,
        (day - since).days,
        None if approved is None else (approved - since).days,
        None if approved is None else (day - approved).days,
    )


def _median(items: list[_Item], stage: str) -> Decimal | None:
    """The days up to which half of the value lies; halfway to the next at a tie."""
    waits: dict[int, int] = defaultdict(int)
    for item in items:
        days = getattr(item, stage)
        if days is not None:
            waits[days] += item.value
    days, so_far = sorted(waits), 0
    for place, waited in enumerate(days):
        so_far += waits[waited]
        if so_far * 2 == sum(waits.values()):
            return Decimal(waited + days[place + 1]) / 2
        if so_far * 2 > sum(waits.values()):
            return Decimal(waited)
    return None


# Lock-up


def lock_ups(books: Books, months: "list[ProjectMonth]") -> list[LockUp]:
    """Return the lock-up of every entity, practice and customer, month by month."""
    held: dict[tuple, dict[date, list[int]]] = defaultdict(
        lambda: defaultdict(lambda: [0, 0, 0])
    )
    for row in months:
        if _is_sold(books, row.project_code):
            for key in _locking(books, row.project_code):
                slot = held[key][row.period_month]
                slot[1] += cents_told(row.unbilled)
                slot[2] += cents_told(row.revenue)
    for code, month, amount in _receivables(books):
        for key in _locking(books, code):
            held[key][month][0] += amount
    return [
        found for key in sorted(held) for found in _locked(books, key, dict(held[key]))
    ]


def _locking(books: Books, code: str) -> Iterator[tuple[str, str, str]]:
    project = books.firm.projects[code]
    yield "legal_entity", project.entity, project.entity
    yield "practice", project.practice, project.entity
    yield "customer", project.customer, project.entity


def _receivables(books: Books) -> Iterator[tuple[str, date, int]]:
    """(project, month, cents) of every ERP invoice open at a month's end."""
    for posted in books.firm.ledger.values():
        if posted.kind not in ("CustInvc", "CustCred"):
            continue
        invoice = books.firm.invoices[posted.external_id.removeprefix("KANTATA-INV-")]
        for month in months_between(posted.date, books.as_of):
            day = min(month_end(month), books.as_of)
            is_open = posted.closed_on is None or posted.closed_on > day
            if is_open and posted.date <= day:
                yield invoice.project, month, owed(posted)


def _locked(
    books: Books, key: tuple[str, str, str], held: dict[date, list[int]]
) -> Iterator[LockUp]:
    first, opening = min(held), [0, 0]
    for month in months_between(first, books.as_of):
        closing = held.get(month, [0, 0, 0])[:2]
        start = max(first, add_months(month_of(month - WITHIN), 1))
        revenue = sum(held.get(m, [0, 0, 0])[2] for m in months_between(start, month))
        days = (min(month_end(month), books.as_of) - start).days + 1
        twice = [2 * amount for amount in closing]
        if BALANCE_BASIS[key[2]] == "average":
            twice = [a + b for a, b in zip(opening, closing, strict=True)]
        dso, wip = (
            Decimal(half_up_signed(amount * days * 100, 2 * revenue)).scaleb(-2)
            if revenue > 0
            else None
            for amount in twice
        )
        yield LockUp(
            *key,
            month,
            *map(money, closing),
            money(revenue),
            days,
            dso,
            wip,
            None if dso is None else dso + wip,
        )
        opening = closing
