"""The truth's credits: what they take back of invoices, and of what these bill.

A credit has a project, a day and an amount. It is for the last invoice before it of
exactly its amount; where there is none, and for what is more than is left of that one,
it takes back what was billed last before it. Of an invoice it takes back the time and
milestones that name it, the newest first, then the rest.
"""

from collections import defaultdict
from collections.abc import Callable

from dlt_pipelines.sandbox.firm.costing import cents, minutes_at_rate, spread
from dlt_pipelines.sandbox.firm.model import Firm, Invoice, Milestone, TimeEntry


def gross(invoice: Invoice) -> int:
    """What an invoice bills before discounts, in cents of its currency."""
    return cents(invoice.amount) - sum(cents(item.amount) for item in invoice.items)


class Credits:
    """What is left of every live invoice; amounts are cents of its currency.

    ``billed`` and ``credited`` are by time entry and milestone: what of it an invoice
    still bills, and what was billed and is to be billed again.
    """

    def __init__(self, firm: Firm, approved: list[TimeEntry]):
        self.firm = firm
        self.left: dict[str, int] = {}
        self.billed: dict[str, int] = {}
        self.credited: dict[str, int] = defaultdict(int)
        self._named = self._items(approved)
        projects: dict[str, list[Invoice]] = defaultdict(list)
        for invoice in firm.invoices.values():
            if invoice.status != "cancelled":
                projects[invoice.project].append(invoice)
        for invoices in projects.values():
            invoices.sort(key=lambda invoice: (invoice.invoice_date, invoice.id))
            self._credit(invoices)
            for invoice in invoices:
                self._take_back(invoice)

    def left_net(self, invoice: Invoice) -> int:
        """What is left of an invoice's net amount."""
        let_off = gross(invoice) - cents(invoice.amount)
        return self.left[invoice.id] - let_off

    def unbilled(self, milestone: Milestone) -> int:
        """What its live invoice leaves of a milestone: too small, or credited since."""
        value = cents(milestone.amount)
        return value - self.billed.get(milestone.id, value)

    def _items(self, approved: list[TimeEntry]) -> dict[str, list[tuple]]:
        """(day, id, value) of what names an invoice and is worth something."""
        named: dict[str, list[tuple]] = defaultdict(list)
        for entry in approved:
            if entry.invoice and entry.is_billable and entry.bill_rate is not None:
                value = minutes_at_rate(entry.minutes, entry.bill_rate)
                named[entry.invoice].append((entry.day, entry.id, value))
        for milestone in self.firm.milestones.values():
            if milestone.invoice:
                stands = milestone.acceptances and milestone.acceptances[-1][1]
                day = milestone.acceptances[-1][0] if stands else milestone.due
                value = cents(milestone.amount)
                named[milestone.invoice].append((day, milestone.id, value))
        return {
            number: sorted(item for item in items if item[2] > 0)
            for number, items in named.items()
        }

    def _credit(self, invoices: list[Invoice]) -> None:
        before: list[Invoice] = []
        others: list[Callable[[], None]] = []
        for invoice in invoices:
            amount = gross(invoice)
            self.left[invoice.id] = max(amount, 0)
            if amount < 0:
                alike = [one for one in before if gross(one) == -amount]
                to = before[: before.index(alike[-1]) + 1] if alike else before
                if alike:
                    self._take(to, -amount)
                else:
                    others.append(
                        lambda to=list(before), amount=amount: self._take(to, -amount)
                    )
            before.append(invoice)
        for take in others:
            take()

    def _take(self, invoices: list[Invoice], amount: int) -> None:
        for invoice in reversed(invoices):
            part = min(amount, self.left[invoice.id])
            self.left[invoice.id] -= part
            amount -= part

    def _take_back(self, invoice: Invoice) -> None:
        named, whole = self._named.get(invoice.id, []), max(gross(invoice), 0)
        if not named:
            return
        values = [(value, number) for _, number, value in named]
        worth = min(sum(value for value, _ in values), whole)
        bills = spread(worth, values)
        credit = whole - self.left[invoice.id]
        for _, number, _ in reversed(named):
            part = min(credit, bills[number])
            credit -= part
            self.billed[number] = bills[number] - part
            self.credited[number] = part
