"""The truth's invoice proposals: what may be billed today and no invoice bills.

All amounts are whole cents of the contract currency until the end.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dlt_pipelines.sandbox.firm.calendars import month_of, months_between
from dlt_pipelines.sandbox.firm.costing import (
    cents,
    half_up,
    minutes_at_rate,
    money,
    scaled,
    spread,
)
from dlt_pipelines.sandbox.firm.model import Project
from dlt_pipelines.sandbox.firm.policies import (
    BILLING_BASES,
    CUSTOMER_REGIONS,
    HOME_REGIONS,
    REVENUE_ACCOUNT,
    TAXES,
)
from tests.truth.facts.books import COUNTED_REPORTS, Books
from tests.truth.facts.revenue import Earned


@dataclass(frozen=True)
class InvoiceProposal:
    """What a project's next invoice would bill."""

    project_code: str
    currency_code: str
    time: Decimal
    expenses: Decimal
    milestones: Decimal
    balance: Decimal
    instalments: Decimal
    cost: Decimal
    over_cap: Decimal  # 0 or negative
    net: Decimal
    tax_code: str
    tax: Decimal
    gross: Decimal
    revenue_account: str
    segment: str
    region: str
    status: str  # ready | nothing_due


def proposals(
    books: Books, revenues: dict[str, dict[str, Earned]]
) -> list[InvoiceProposal]:
    """Return the proposals of all projects; ``revenues`` by project and obligation."""
    billing = Billing(books)
    found = (
        billing.proposal(books.firm.projects[code], earned)
        for code, earned in revenues.items()
    )
    return [proposal for proposal in found if proposal]


class Billing:
    """What was billed of every project, and what of it bills what."""

    def __init__(self, books: Books):
        self.books = books
        self.firm = books.firm
        self.live = {
            i.id for i in self.firm.invoices.values() if i.status != "cancelled"
        }
        self.billed: dict[str, int] = dict.fromkeys(self.firm.projects, 0)
        for number in self.live:
            invoice = self.firm.invoices[number]
            let_off = -sum(cents(item.amount) for item in invoice.items)
            self.billed[invoice.project] += cents(invoice.amount) + let_off
        self.open_time: dict[str, int] = dict.fromkeys(self.firm.projects, 0)
        self.billed_time: dict[str, int] = dict.fromkeys(self.firm.projects, 0)
        for entry in books.approved:
            if entry.is_billable and entry.bill_rate is not None:
                value = minutes_at_rate(entry.minutes, entry.bill_rate)
                if entry.invoice in self.live:
                    open_again = books.credits.credited[entry.id]
                    billing = self.firm.invoices[entry.invoice].project
                    self.billed_time[billing] += value - open_again
                    value = open_again
                self.open_time[entry.project] += value
        self.recharged: dict[str, int] = dict.fromkeys(self.firm.projects, 0)
        for line in self.firm.expense_lines.values():
            approved = self.firm.expense_reports[line.report].status in COUNTED_REPORTS
            if approved and line.is_rechargeable and line.project in self.recharged:
                contract = self.firm.projects[line.project].currency
                amount = books.fx.convert(
                    cents(line.amount), line.currency, contract, line.day
                )
                self.recharged[line.project] += amount

    def proposal(
        self, project: Project, revenues: dict[str, Earned]
    ) -> InvoiceProposal | None:
        """Return a project's proposal; None when there is nothing to bill."""
        basis = BILLING_BASES.get(project.contract_type)
        for_price, for_expenses = self._billed_beside(project)
        parts = dict.fromkeys(
            ("time", "expenses", "milestones", "balance", "instalments", "cost"), 0
        )
        over_cap = 0
        if basis == "time_and_expenses":
            parts["time"] = self.open_time[project.code]
            parts["expenses"] = self._expenses(project)
            over_cap = self._over_cap(project, sum(parts.values()))
        elif basis == "milestones":
            parts["milestones"] = self._milestones(project, for_price)
            parts["balance"] = self._balance(project, for_price)
        elif basis == "monthly_instalments":
            parts["instalments"] = self._instalments(project, for_price)
        elif basis == "cost_with_fee":
            earned = sum(sum(r.contract.values()) for r in revenues.values())
            parts["cost"] = max(earned - self.billed[project.code], 0)
        if basis in ("milestones", "monthly_instalments"):
            left = self.recharged[project.code] - for_expenses
            parts["expenses"] = max(left, 0)
        if not any(parts.values()):
            return None
        return self._taxed(project, parts, over_cap)

    def _taxed(
        self, project: Project, parts: dict[str, int], over_cap: int
    ) -> InvoiceProposal:
        country = self.firm.customers[project.customer].country
        region = CUSTOMER_REGIONS[country]
        code, rate = TAXES[project.entity, region]
        net = sum(parts.values()) + over_cap
        tax = half_up(net * scaled(rate, 10**6), 10**6)
        at_home = region == HOME_REGIONS[project.entity]
        return InvoiceProposal(
            project.code,
            project.currency,
            *map(money, parts.values()),
            money(over_cap),
            money(net),
            code,
            money(tax),
            money(net + tax),
            REVENUE_ACCOUNT,
            "S-DOMESTIC" if at_home else "S-EXPORT",
            region,
            "ready" if net > 0 else "nothing_due",
        )

    def _expenses(self, project: Project) -> int:
        """Recharges less what was billed beside time."""
        beside = max(self.billed[project.code] - self.billed_time[project.code], 0)
        return max(self.recharged[project.code] - beside, 0)

    def _over_cap(self, project: Project, amount: int) -> int:
        if project.cap_amount is None:
            return 0
        first = self.books.contracts.of(project.code)[0]
        left = first.cap_on(self.books.as_of) - self.billed[project.code]
        return min(max(left, 0) - amount, 0)

    def _milestones(self, project: Project, billed: int) -> int:
        """Accepted and not invoiced, as far as what is left of the price."""
        accepted = sum(
            self.books.credits.unbilled(milestone)
            if milestone.invoice in self.live
            else cents(milestone.amount)
            for milestone in self.firm.milestones.values()
            if milestone.project == project.code and milestone.accepted_on is not None
        )
        return min(accepted, max(self._price(project) - billed, 0))

    def _billed_beside(self, project: Project) -> tuple[int, int]:
        """Return what was billed of a price, and what beyond it of expenses."""
        if BILLING_BASES.get(project.contract_type) not in (
            "milestones",
            "monthly_instalments",
        ):
            return 0, 0
        billed = self.billed[project.code]
        beyond = max(billed - self._price(project), 0)
        return billed - beyond, beyond

    def _balance(self, project: Project, billed: int) -> int:
        """Without milestones the rest of the price is due when service has ended."""
        hung = {milestone.project for milestone in self.firm.milestones.values()}
        if project.code in hung or self._end(project) > self.books.as_of:
            return 0
        return max(self._price(project) - billed, 0)

    def _instalments(self, project: Project, billed: int) -> int:
        """Equal parts of the price, each due on the first day of its month."""
        start = min(o.start for o in self.books.contracts.of(project.code))
        months = months_between(start, self._end(project))
        keyed = [(1, month.isoformat()) for month in months]
        parts = spread(self._price(project), keyed)
        today = month_of(self.books.as_of).isoformat()
        due = sum(part for month, part in parts.items() if month <= today)
        return max(due - billed, 0)

    def _price(self, project: Project) -> int:
        obligations = self.books.contracts.of(project.code)
        return sum(o.price_on(self.books.as_of) for o in obligations)

    def _end(self, project: Project) -> date:
        obligations = self.books.contracts.of(project.code)
        return max(o.end_on(self.books.as_of) for o in obligations)
