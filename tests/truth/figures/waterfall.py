"""The truth's leakage waterfall: what becomes of work's value until it is collected.

Value and invoices are cents of the contract currency; each loss of a day is translated
at the day's rate. Invoices are applied to what they name, then oldest first, by taking
from queues.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from dlt_pipelines.sandbox.firm.costing import (
    cents,
    half_up,
    minutes_at_rate,
    money,
    spread,
)
from dlt_pipelines.sandbox.firm.model import (
    Invoice,
    LedgerTransaction,
    Milestone,
    TimeEntry,
)
from dlt_pipelines.sandbox.firm.policies import GRACE_DAYS, HOURLY_CONTRACTS
from tests.truth.facts.books import COUNTED_REPORTS, Books
from tests.truth.facts.contracts import Obligation
from tests.truth.facts.credits import gross
from tests.truth.facts.revenue import earned
from tests.truth.figures.balances import half_up_signed
from tests.truth.periods import month_of

STEPS = ("standard", "recorded", "approved", "chargeable", "within")
LOSSES = (
    "discount",
    "unapproved",
    "unchargeable",
    "above_cap",
    "unbilled",
    "write_down",
    "uncollected",
    "collected",
)

Slot = tuple[date, str]  # day of the work, obligation


@dataclass(frozen=True)
class Waterfall:
    """A project's month of work, from standard value to collected."""

    project_code: str
    period_month: date
    standard: Decimal
    discount: Decimal
    recorded: Decimal
    unapproved: Decimal
    approved: Decimal
    unchargeable: Decimal
    chargeable: Decimal
    above_cap: Decimal
    within_cap: Decimal
    unbilled: Decimal
    write_down: Decimal
    invoiced: Decimal
    uncollected: Decimal
    collected: Decimal
    overdue: Decimal
    leakage: Decimal


@dataclass(frozen=True)
class Piece:
    """What an invoice is for: an obligation's day, or nothing done yet (no slot)."""

    invoice: Invoice
    slot: Slot | None
    is_named: bool
    amount: int

    @property
    def order(self) -> str:
        """How pieces of an invoice are ordered, as text."""
        day, code = self.slot or ("9999-12-31", "~")
        return f"{day}|{code}|{int(self.is_named)}"


class Collections:
    """What customers have paid of their invoices; the ERP's word goes first."""

    def __init__(self, books: Books):
        self.books = books
        self.receivables = {
            posted.external_id: posted
            for posted in books.firm.ledger.values()
            if posted.kind in ("CustInvc", "CustCred")
        }

    def billed(self, invoice: Invoice) -> int:
        """The net amount in functional cents."""
        return self.books.to_functional(
            invoice.project,
            cents(invoice.amount),
            invoice.currency,
            invoice.invoice_date,
        )

    def collected(self, invoice: Invoice) -> int:
        """What has come in, in functional cents: credits are paid back.

        Where the ERP does not have it, what credits leave of what the PSA says is paid.
        """
        booked = self.receivables.get(f"KANTATA-INV-{invoice.id}")
        if booked is not None:
            return owed(booked) if booked.closed_on is not None else 0
        if invoice.status != "accepted payment":
            return 0
        left = self.books.credits.left_net(invoice)
        return half_up_signed(self.billed(invoice) * left, cents(invoice.amount))

    def share(self, invoice: Invoice, amount: int) -> int:
        """The part of an amount of the invoice, in its currency, that came in."""
        whole, left = cents(invoice.amount), self.books.credits.left_net(invoice)
        paid = half_up(whole * self.collected(invoice), self.billed(invoice))
        return half_up(amount * min(paid, left), left) if left else 0


class Records:
    """The firm's records by project."""

    def __init__(self, books: Books):
        firm = books.firm
        self.entries = _by_project(
            entry
            for entry in firm.time_entries.values()
            if entry.deleted_at is None and entry.day <= books.as_of
        )
        self.approved = _by_project(books.approved)
        self.recharges = _by_project(
            line
            for line in firm.expense_lines.values()
            if line.is_rechargeable
            and firm.expense_reports[line.report].status in COUNTED_REPORTS
        )
        self.milestones = _by_project(
            milestone
            for milestone in firm.milestones.values()
            if accepted_on(milestone)
        )
        billed = (i for i in firm.invoices.values() if i.status != "cancelled")
        self.invoices = _by_project(
            sorted(billed, key=lambda invoice: (invoice.invoice_date, invoice.id))
        )


def _by_project(records: Iterable) -> dict[str, list]:
    found: dict[str, list] = defaultdict(list)
    for record in records:
        found[record.project].append(record)
    return found


def waterfalls(books: Books) -> list[Waterfall]:
    """Every project's months of work."""
    collections, records, found = Collections(books), Records(books), []
    for code in sorted(books.firm.projects):
        found += ProjectWaterfall(books, collections, records, code).months()
    return found


def owed(booked: LedgerTransaction) -> int:
    """What an invoice of the ERP is on the receivables account, in cents."""
    lines = [line for line in booked.lines if line.account == "1100"]
    return sum(cents(line.debit) - cents(line.credit) for line in lines)


class ProjectWaterfall:
    """A project's value by obligation and day, and what invoices are for of it."""

    def __init__(
        self, books: Books, collections: Collections, records: Records, code: str
    ):
        self.books = books
        self.collections = collections
        self.records = records
        self.code = code
        self.obligations = {o.code: o for o in books.contracts.of(code)}
        self.delivered: dict[Slot, dict[str, int]] = defaultdict(
            lambda: dict.fromkeys(STEPS, 0)
        )
        self.free: dict[Slot, int] = {}  # value that invoices do not name
        for obligation in self.obligations.values():
            self._deliver(obligation)

    def months(self) -> list[Waterfall]:
        """The months of work with any value."""
        months: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for slot, losses in self._losses().items():
            total = months[month_of(slot[0])]
            for name, amount in losses.items():
                total[name] += amount
        return [_waterfall(self.code, month, months[month]) for month in sorted(months)]

    # What is delivered

    def _deliver(self, obligation: Obligation) -> None:
        if obligation.method in HOURLY_CONTRACTS:
            self._by_the_hour(obligation)
        elif obligation.method == "milestone":
            self._by_milestones(obligation)
            beside: dict[date, int] = defaultdict(int)
            for day, amount in self._recharged(obligation):
                beside[day] += amount
            for day, amount in _lasting(sorted(beside.items())):
                self._whole((day, obligation.code), amount)
                self.free[day, obligation.code] = amount
        elif obligation.method != "none":
            spine = self.books.months(self.code)
            days = earned(self.books, obligation, spine).contract
            for day, amount in _lasting(sorted(days.items())):
                self._whole((day, obligation.code), amount)
                self.free[day, obligation.code] = amount

    def _by_milestones(self, obligation: Obligation) -> None:
        """What is accepted and stands, the oldest first, up to the price."""
        days: dict[date, int] = defaultdict(int)
        for milestone in self.records.milestones[self.code]:
            day, code = self._slot_of(milestone)
            if code == obligation.code:
                days[day] += cents(milestone.amount)
        price = obligation.price_on(self.books.as_of)
        for day, amount in _capped(sorted(days.items()), price):
            self._whole((day, obligation.code), amount)

    def _whole(self, slot: Slot, amount: int) -> None:
        for step in STEPS:
            self.delivered[slot][step] += amount

    def _by_the_hour(self, obligation: Obligation) -> None:
        is_capped = obligation.method == "time_and_materials_capped"
        time: dict[date, int] = defaultdict(int)
        recharges: dict[date, int] = defaultdict(int)
        for entry in self.records.entries[self.code]:
            if self._code_of(entry) == obligation.code:
                time[entry.day] += self._priced(entry, (entry.day, obligation.code))
        for day, amount in self._recharged(obligation):
            recharges[day] += amount
            for step in STEPS[:-1]:
                self.delivered[day, obligation.code][step] += amount
        if not is_capped:
            for day, amount in time.items():
                self.delivered[day, obligation.code]["within"] += amount
        else:
            for day, amount in time.items():
                recharges[day] += amount
        cap = obligation.cap_on(self.books.as_of) if is_capped else None
        for day, amount in _lasting(_capped(sorted(recharges.items()), cap)):
            self.delivered[day, obligation.code]["within"] += amount
            self.free[day, obligation.code] = amount

    def _code_of(self, entry: TimeEntry) -> str:
        return self.books.contracts.of_task(self.code, entry.task)

    def _priced(self, entry: TimeEntry, slot: Slot) -> int:
        """Add an entry to its day's steps; return what is chargeable of it."""
        standard = minutes_at_rate(entry.minutes, self._standard_rate(entry))
        own = standard
        if entry.bill_rate is not None:
            own = minutes_at_rate(entry.minutes, entry.bill_rate)
        steps = self.delivered[slot]
        steps["standard"] += standard
        steps["recorded"] += own
        if not _is_approved(self.books, entry):
            return 0
        steps["approved"] += own
        if not entry.is_billable or entry.bill_rate is None:
            return 0
        steps["chargeable"] += own
        return own

    def _standard_rate(self, entry: TimeEntry) -> Decimal:
        currency = self.books.firm.projects[self.code].currency
        known = [
            rate
            for rate in self.books.firm.bill_rates
            if (rate.role, rate.currency) == (entry.role, currency)
            and rate.effective_date <= entry.day
        ]
        return max(known, key=lambda rate: rate.effective_date).rate

    def _recharged(self, obligation: Obligation) -> Iterator[tuple[date, int]]:
        if not obligation.is_first:
            return
        fx, currency = self.books.fx, obligation.project.currency
        for line in self.records.recharges[self.code]:
            amount = cents(line.amount)
            yield line.day, fx.convert(amount, line.currency, currency, line.day)

    # What invoices are for

    def _slot_of(self, milestone: Milestone) -> Slot:
        code = self.books.contracts.of_task(self.code, milestone.task)
        return accepted_on(milestone), code

    def _named(self) -> dict[str, dict[Slot, int]]:
        """What invoices bill of the time and milestones that name them, by invoice."""
        credits = self.books.credits
        named: dict[str, dict[Slot, int]] = defaultdict(lambda: defaultdict(int))
        for entry in self.records.approved[self.code]:
            if not entry.invoice:
                continue
            code = self._code_of(entry)
            is_named = self.obligations[code].method == "time_and_materials"
            is_moved = self.books.firm.invoices[entry.invoice].project != self.code
            if is_named and not is_moved and entry.id in credits.billed:
                named[entry.invoice][entry.day, code] += credits.billed[entry.id]
        for milestone in self.records.milestones[self.code]:
            if milestone.invoice:
                slot = self._slot_of(milestone)
                named[milestone.invoice][slot] += credits.billed[milestone.id]
        return named

    def _pieces(self) -> list[Piece]:
        """Name first; the rest of the invoices takes the oldest value not named."""
        named, pieces, rests = self._named(), [], []
        for invoice in self.records.invoices[self.code]:
            left = self.books.credits.left[invoice.id]
            for slot, amount in named[invoice.id].items():
                if amount:
                    pieces.append(Piece(invoice, slot, True, amount))
                left -= amount
            rests.append((invoice, left))
        waiting = deque([slot, amount] for slot, amount in sorted(self.free.items()))
        for invoice, amount in _lasting(rests):
            while amount and waiting:
                slot, value = waiting[0]
                part = min(amount, value)
                if part:
                    pieces.append(Piece(invoice, slot, False, part))
                amount -= part
                waiting[0][1] -= part
                if not waiting[0][1]:
                    waiting.popleft()
            if amount:
                pieces.append(Piece(invoice, None, False, amount))
        return pieces

    def _invoiced(self) -> dict[Slot, dict[str, int]]:
        """Gross, let off and collected of each slot."""
        by_invoice: dict[str, list[Piece]] = defaultdict(list)
        for piece in self._pieces():
            by_invoice[piece.invoice.id].append(piece)
        found: dict[Slot, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for pieces in by_invoice.values():
            invoice = pieces[0].invoice
            let_off = gross(invoice) - cents(invoice.amount)
            parts = spread(let_off, [(p.amount, p.order) for p in pieces])
            for piece in pieces:
                if piece.slot is not None:
                    held, less = found[piece.slot], parts[piece.order]
                    held["gross"] += piece.amount
                    held["write_down"] += less
                    net = piece.amount - less
                    held["collected"] += self.collections.share(invoice, net)
        return found

    def _losses(self) -> dict[Slot, dict[str, int]]:
        invoiced = self._invoiced()
        found = {}
        for slot, steps in self.delivered.items():
            held = invoiced[slot]
            lost = {
                "discount": steps["standard"] - steps["recorded"],
                "unapproved": steps["recorded"] - steps["approved"],
                "unchargeable": steps["approved"] - steps["chargeable"],
                "above_cap": steps["chargeable"] - steps["within"],
                "unbilled": steps["within"] - held["gross"],
                "write_down": held["write_down"],
                "uncollected": held["gross"] - held["write_down"] - held["collected"],
                "collected": held["collected"],
            }
            found[slot] = self._in_functional_currency(slot, lost)
        return found

    def _in_functional_currency(self, slot: Slot, lost: dict[str, int]):
        day, code = slot
        obligation = self.obligations[code]
        currency = obligation.project.currency
        own = {
            name: self.books.to_functional(self.code, amount, currency, day)
            for name, amount in lost.items()
        }
        grace = GRACE_DAYS[obligation.contract_type]
        is_overdue = (self.books.as_of - day).days >= grace
        own["overdue"] = own["unbilled"] if is_overdue else 0
        return own


def accepted_on(milestone: Milestone) -> date | None:
    """The day a milestone's last acceptance stands since; None when none does."""
    if not milestone.acceptances or not milestone.acceptances[-1][1]:
        return None
    return milestone.acceptances[-1][0]


def _is_approved(books: Books, entry: TimeEntry) -> bool:
    sheet = books.firm.timesheets.get(entry.timesheet or "")
    return sheet is not None and sheet.status == "approved"


def _capped(steps: list[tuple], cap: int | None) -> list[tuple]:
    """Steps of a running total that stops at a cap."""
    total, found = 0, []
    for place, amount in steps:
        before, total = total, total + amount
        if cap is not None:
            amount = min(total, cap) - min(before, cap)
        found.append((place, amount))
    return found


def _lasting(steps: list[tuple]) -> list[tuple]:
    """Steps without what is taken back later: the newest ones before it go first."""
    kept: list[list] = []
    debt = 0
    for place, amount in steps:
        left = amount - debt
        debt = 0
        while left < 0 and kept:
            taken = min(kept[-1][1], -left)
            kept[-1][1] -= taken
            left += taken
            if not kept[-1][1]:
                kept.pop()
        if left < 0:
            debt = -left
        elif left:
            kept.append([place, left])
    return [(place, amount) for place, amount in kept]


def _waterfall(code: str, month: date, lost: dict[str, int]) -> Waterfall:
    invoiced = lost["collected"] + lost["uncollected"]
    within = invoiced + lost["write_down"] + lost["unbilled"]
    chargeable = within + lost["above_cap"]
    approved = chargeable + lost["unchargeable"]
    recorded = approved + lost["unapproved"]
    steps = {
        **{name: lost[name] for name in LOSSES},
        "standard": recorded + lost["discount"],
        "recorded": recorded,
        "approved": approved,
        "chargeable": chargeable,
        "within_cap": within,
        "invoiced": invoiced,
        "overdue": lost["overdue"],
        "leakage": lost["overdue"] + lost["write_down"] + lost["above_cap"],
    }
    names = [field.name for field in fields(Waterfall)][2:]
    return Waterfall(code, month, *(money(steps[name]) for name in names))
