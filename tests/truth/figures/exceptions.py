"""The truth's exceptions: records that a figure cannot be right for, of some kinds."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from dlt_pipelines.sandbox.firm.costing import minutes_at_rate, money
from tests.truth.facts.books import Books
from tests.truth.facts.plans import UNIT
from tests.truth.facts.revenue import lacks_estimate, position
from tests.truth.periods import month_end, month_of


@dataclass(frozen=True)
class Exceptional:
    """A record, what is the matter with it, and what it is about."""

    kind: str
    record: str  # its id in its system
    project_code: str
    amount: Decimal | None
    currency_code: str


def exceptions(books: Books) -> list[Exceptional]:
    """The exceptions of ``KINDS``."""
    return [row for find in KINDS.values() for row in find(books)]


def _future_time(books: Books) -> Iterator[Exceptional]:
    """Approved time of a day to come, at what it will bill."""
    for entry in books.firm.time_entries.values():
        sheet = books.firm.timesheets.get(entry.timesheet or "")
        is_approved = sheet is not None and sheet.status == "approved"
        if entry.deleted_at or not is_approved or entry.day <= books.as_of:
            continue
        amount = None
        if entry.is_billable and entry.bill_rate is not None:
            amount = money(minutes_at_rate(entry.minutes, entry.bill_rate))
        currency = books.firm.projects[entry.project].currency
        yield Exceptional("future_time", entry.id, entry.project, amount, currency)


def _billed_time_moved(books: Books) -> Iterator[Exceptional]:
    """Invoices that bill a project for time which is another one's now."""
    moved: dict[str, int] = {}
    for entry in books.approved:
        invoice = books.firm.invoices.get(entry.invoice or "")
        billed = books.credits.billed.get(entry.id)
        if invoice is not None and invoice.project != entry.project and billed:
            moved[invoice.id] = moved.get(invoice.id, 0) + billed
    for number, amount in moved.items():
        invoice = books.firm.invoices[number]
        yield Exceptional(
            "billed_time_moved",
            number,
            invoice.project,
            money(amount),
            invoice.currency,
        )


def _mixed_currencies(books: Books) -> Iterator[Exceptional]:
    """What was signed in another currency than the contract it changes."""
    deals = books.firm.opportunities
    for deal in deals.values():
        if not deal.amends or deal.stage != "Closed Won":
            continue
        code = deals[deal.amends].project_code
        if code in books.firm.projects:
            project = books.firm.projects[code]
            if deal.currency != project.currency:
                yield Exceptional(
                    "contract_of_mixed_currencies",
                    deal.salesforce_id,
                    code,
                    deal.amount,
                    deal.currency,
                )


def _no_estimate(books: Books) -> Iterator[Exceptional]:
    """Work that is measured by an estimate, and nobody knows how much is left."""
    for code, project in books.firm.projects.items():
        for obligation in books.contracts.of(code):
            months = books.months(code)
            if not months or not lacks_estimate(books, obligation, months[-1]):
                continue
            at = position(books, obligation, months[-1])
            days = books.daily[code, obligation.code].values()
            if any(books.cost_on(facts) for facts in days):
                yield Exceptional(
                    "no_estimate",
                    f"{project.kantata_id} {obligation.code}",
                    code,
                    money(at.cost),
                    books.currency(code),
                )


def _overdue_plans(books: Books) -> Iterator[Exceptional]:
    """Work of periods that are over which nobody did, nor has submitted since."""
    today = month_of(books.as_of)
    pending: dict[tuple[str, str], int] = defaultdict(int)
    for entry in books.firm.time_entries.values():
        sheet = books.firm.timesheets.get(entry.timesheet or "")
        if sheet is not None and sheet.status == "pending" and not entry.deleted_at:
            pending[entry.project, entry.person] += entry.minutes * UNIT
    for code, project in books.firm.projects.items():
        late = [
            rest
            for rest in books.to_come(code, today)
            if rest.is_overdue
            and (rest.part.month < today or books.as_of == month_end(today))
        ]
        minutes: dict[str, int] = defaultdict(int)
        for rest in late:
            minutes[rest.part.allocation.person] += rest.minutes
        costs: dict[str, int] = defaultdict(int)
        for rest in late:
            person = rest.part.allocation.person
            if minutes[person] > pending[code, person]:
                costs[rest.part.obligation] += rest.cost
        for obligation, cost in costs.items():
            record = f"{project.kantata_id} {obligation}"
            currency = books.currency(code)
            yield Exceptional("overdue_plan", record, code, money(cost), currency)


KINDS: dict[str, Callable[[Books], Iterator[Exceptional]]] = {
    "future_time": _future_time,
    "billed_time_moved": _billed_time_moved,
    "no_estimate": _no_estimate,
    "overdue_plan": _overdue_plans,
    "contract_of_mixed_currencies": _mixed_currencies,
}
