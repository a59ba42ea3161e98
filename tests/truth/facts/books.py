"""The truth's facts: time, labour, purchases, expenses and billing, day by day."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from dlt_pipelines.sandbox.firm import calendars
from dlt_pipelines.sandbox.firm.costing import (
    CostRates,
    Fx,
    cents,
    half_up,
    minutes_at_rate,
    spread,
)
from dlt_pipelines.sandbox.firm.model import (
    Allocation,
    Firm,
    PurchaseOrder,
    TimeEntry,
    VendorBill,
)
from dlt_pipelines.sandbox.firm.policies import (
    ENTITY_CURRENCY,
    NOT_ALLOWABLE_CATEGORIES,
    PASS_THROUGH_CATEGORIES,
)
from tests.truth.facts.contracts import Contracts
from tests.truth.facts.credits import Credits
from tests.truth.facts.labour import EMPLOYER_SECTIONS, capacity, payroll_shares
from tests.truth.facts.plans import Left, Planning, days_of
from tests.truth.periods import month_end, month_of, months_between

__all__ = ["COUNTED_REPORTS", "EMPLOYER_SECTIONS", "Books", "Facts"]

COUNTED_REPORTS = ("approved_for_payment", "paid")
COSTS = ("labour", "subcontractor", "expenses")

Facts = dict[str, int]  # by measure; amounts in cents
Days = dict[date, Facts]


def _facts() -> Facts:
    return defaultdict(int)


def _days() -> Days:
    return defaultdict(_facts)


@dataclass
class Hours:
    """A contractor's day on an obligation: cents as ordered, of cost, and billed."""

    day: date
    obligation: str
    stated: int = 0
    cost: int = 0
    done: int = 0


def cover(hours: list[Hours], amount: int, day: date) -> dict[str, int]:
    """Bill the oldest hours for ``amount``; return the cost covered by obligation.

    Within a tenth of the bill it is for all to the end of a month that is over, or to
    its own day, or to the end of its own month, whichever is nearest.
    """
    done = sum(held.done for held in hours)
    ends = [calendars.month_end(calendars.month_of(held.day)) for held in hours]
    marks = [end for end in ends if end <= day] + [
        day,
        calendars.month_end(calendars.month_of(day)),
    ]
    wholes = [sum(h.stated for h in hours if h.day <= mark) for mark in marks]
    near = [
        (abs(done + amount - whole), place, whole)
        for place, whole in enumerate(wholes)
        if whole > done and abs(done + amount - whole) * 10 <= amount
    ]
    left = max(min(near)[2] - done if near else amount, 0)
    covered: dict[str, int] = defaultdict(int)
    for held in hours:
        part = min(held.stated - held.done, left)
        if part > 0:
            before = half_up(held.cost * held.done, held.stated)
            left, held.done = left - part, held.done + part
            after = half_up(held.cost * held.done, held.stated)
            covered[held.obligation] += after - before
    return covered


class Books:
    """Facts by obligation and day, in cents of the project's functional currency.

    ``daily[code, obligation][day]`` holds: minutes, standard; raw provisional,
    provisional, raw actual, actual, actualisation, labour, labour minutes;
    subcontractor, accrual; expenses, pass through, disallowed; recharged cost,
    recharged and contract recharged; value and contract value (of time and recharges);
    billed and contract billed, let off and contract let off; accepted and contract
    accepted (milestones, negative when taken back).
    """

    def __init__(self, firm: Firm, earlier: Sequence[Firm] = ()):
        self.firm = firm
        self.earlier = earlier
        self.as_of = firm.clock.date()
        self.fx = Fx(firm.fx_rates)
        self.rates = CostRates(firm.people, stated_by=self.as_of)
        self.contracts = Contracts(firm)
        self.orders = {
            (o.person, o.project): o
            for o in firm.purchase_orders.values()
            if o.person is not None
        }
        self.contractors = {person for person, _ in self.orders}
        self.daily: dict[tuple[str, str], Days] = defaultdict(_days)
        self.planning = Planning(firm, self.as_of, self.contracts.is_finished, earlier)
        self.first_fact: dict[str, date] = {}
        self.goods: dict[str, list[tuple[date, int]]] = defaultdict(list)
        self.approved = self._approved_entries()
        self.credits = Credits(firm, self.approved)
        self.capacities = {
            person.number: capacity(firm, person, self.as_of)
            for person in firm.people.values()
            if person.in_hr
        }
        self.shares = payroll_shares(firm, self._by_person(), self.capacities)
        self._add_values()
        self._add_labour()
        self._add_subcontractors()
        self._add_goods()
        self._add_expenses()
        self._add_billing()
        self._add_acceptances()
        self._add_plans()

    def currency(self, code: str) -> str:
        """Return the functional currency of the project's legal entity."""
        return ENTITY_CURRENCY[self.firm.projects[code].entity]

    def months(self, code: str) -> list[date]:
        """Return the months from the first fact or service day to the as-of month."""
        terms = self.contracts.of(code)[0].terms
        starts = [self.first_fact[code]] if code in self.first_fact else []
        if terms is not None and terms.service_start is not None:
            starts.append(terms.service_start)
        return months_between(min(starts), self.as_of) if starts else []

    def measured_to(self, month: date) -> date:
        """Return the month's last day, or the as-of date in the current month."""
        return min(month_end(month), self.as_of)

    def to_functional(self, code: str, amount: int, currency: str, day: date) -> int:
        """Return round2(amount × FX(currency → functional) on ``day``)."""
        return self.fx.convert(amount, currency, self.currency(code), day)

    def add(
        self, code: str, obligation: str, day: date, measure: str, amount: int
    ) -> None:
        """Add an amount to a measure of a day."""
        self.daily[code, obligation][day][measure] += amount
        self._see(code, day)

    def of_month(self, code: str, month: date) -> Facts:
        """Return the sums of a project's month."""
        total = _facts()
        for obligation in self.contracts.of(code):
            for day, facts in self.daily[code, obligation.code].items():
                if month_of(day) == month:
                    for measure, amount in facts.items():
                        total[measure] += amount
        return total

    def by_month(self, code: str) -> dict[date, Facts]:
        """Return the sums of a project's months."""
        months: dict[date, Facts] = defaultdict(_facts)
        for obligation in self.contracts.of(code):
            for day, facts in self.daily[code, obligation.code].items():
                for measure, amount in facts.items():
                    months[month_of(day)][measure] += amount
        return months

    def cost_on(self, facts: Facts) -> int:
        """Return the whole cost of a day."""
        return sum(facts[measure] for measure in COSTS)

    @cached_property
    def labour_in_erp(self) -> dict[tuple[str, str], tuple[int, Decimal]]:
        """(net cents, hours) on 5000 by project and month of the posting period."""
        held: dict[tuple[str, str], tuple[int, Decimal]] = {}
        for posted in self.firm.ledger.values():
            month = self.firm.periods[posted.period].start.isoformat()
            for line in posted.lines:
                if line.account == "5000":
                    net, hours = held.get((line.project, month), (0, Decimal(0)))
                    net += cents(line.debit) - cents(line.credit)
                    held[line.project, month] = (net, hours + line.hours)
        return held

    def _see(self, code: str, day: date) -> None:
        self.first_fact[code] = min(day, self.first_fact.get(code, day))

    def _first(self, code: str) -> str:
        return self.contracts.of(code)[0].code

    def _obligation(self, entry: TimeEntry) -> str:
        return self.contracts.of_task(entry.project, entry.task)

    def _approved_entries(self) -> list[TimeEntry]:
        """Return the live entries whose timesheet is approved."""
        sheets, found = self.firm.timesheets, []
        for entry in self.firm.time_entries.values():
            if entry.deleted_at is not None or entry.day > self.as_of:
                continue
            self._see(entry.project, entry.day)
            if entry.timesheet and sheets[entry.timesheet].status == "approved":
                found.append(entry)
                ob = self._obligation(entry)
                self.add(entry.project, ob, entry.day, "minutes", entry.minutes)
        return found

    def _by_person(self) -> dict[str, list[TimeEntry]]:
        people: dict[str, list[TimeEntry]] = defaultdict(list)
        for entry in sorted(self.approved, key=lambda entry: entry.day):
            people[entry.person].append(entry)
        return people

    def _add_values(self) -> None:
        """Standard value = round2(hours × standard rate of the role) → functional.

        Value = round2(hours × the entry's own rate), billable entries only.
        """
        table: dict[tuple[str, str], list] = defaultdict(list)
        for rate in sorted(self.firm.bill_rates, key=lambda rate: rate.effective_date):
            table[rate.role, rate.currency].append((rate.effective_date, rate.rate))
        for entry in self.approved:
            code, day = entry.project, entry.day
            if self.contracts.of(code)[0].terms is None:
                continue
            ob, currency = self._obligation(entry), self.firm.projects[code].currency
            rate = [r for since, r in table[entry.role, currency] if since <= day][-1]
            amount = minutes_at_rate(entry.minutes, rate)
            standard = self.to_functional(code, amount, currency, day)
            self.add(code, ob, day, "standard", standard)
            if entry.is_billable and entry.bill_rate is not None:
                amount = minutes_at_rate(entry.minutes, entry.bill_rate)
                self._add_value(code, ob, day, amount, currency)

    def _add_value(
        self, code: str, ob: str, day: date, amount: int, currency: str
    ) -> None:
        contract = self.firm.projects[code].currency
        in_contract = self.fx.convert(amount, currency, contract, day)
        self.add(code, ob, day, "contract value", in_contract)
        self.add(
            code, ob, day, "value", self.to_functional(code, amount, currency, day)
        )

    def _add_labour(self) -> None:
        """Labour cost of an entry = actual where payroll is final, else provisional.

        Actual = share of the payroll + round2(hours × rate × what payroll does not
        hold), at the burden rates known on the as-of date.
        """
        for entry in self.approved:
            if entry.person in self.contractors:
                continue
            code, day, ob = entry.project, entry.day, self._obligation(entry)
            number, minutes = entry.person, entry.minutes
            raw, currency = self.rates.raw(number, day, minutes)
            home, _ = self.rates.provisional(number, day, minutes)
            cost = self.to_functional(code, home, currency, day)
            self.add(code, ob, day, "labour minutes", minutes)
            self.add(code, ob, day, "provisional", cost)
            raw = self.to_functional(code, raw, currency, day)
            self.add(code, ob, day, "raw provisional", raw)
            if entry.id in self.shares.entries:
                cost = self._add_actual(entry, ob, currency)
            self.add(code, ob, day, "labour", cost)

    def _add_actual(self, entry: TimeEntry, ob: str, currency: str) -> int:
        code, day = entry.project, entry.day
        known, provisional = self.rates.borne(entry.person, day, entry.minutes)
        known = self.to_functional(code, known, currency, day)
        provisional = self.to_functional(code, provisional, currency, day)
        share = self.shares.entries[entry.id]
        cost = self.to_functional(code, share, currency, day) + known
        gross = self.to_functional(code, self.shares.gross[entry.id], currency, day)
        self.add(code, ob, day, "raw actual", gross)
        self.add(code, ob, day, "actual", cost)
        self.add(code, ob, day, "actualisation", known - provisional)
        return cost

    def _add_subcontractors(self) -> None:
        """An entry costs round2(hours × order rate) → functional, on its day, for good.

        A bill is for hours of its order: of its month if all of the order's state one.
        """
        worked: dict[tuple[str, str], list[TimeEntry]] = defaultdict(list)
        for entry in self.approved:
            if entry.person in self.contractors:
                worked[entry.person, entry.project].append(entry)
        bills: dict[str, list[VendorBill]] = defaultdict(list)
        for bill in self.firm.vendor_bills.values():
            bills[bill.order].append(bill)
        for key, order in self.orders.items():
            pools: dict[date | None, tuple[list, list]] = defaultdict(lambda: ([], []))
            own = bills[order.number]
            by_month = all(bill.service_month is not None for bill in own)
            for entry in worked[key]:
                month = calendars.month_of(entry.day) if by_month else None
                pools[month][0].append(entry)
            for bill in own:
                pools[bill.service_month if by_month else None][1].append(bill)
            for entries, of_month in pools.values():
                hours = self._ordered(order, entries)
                for bill in sorted(
                    of_month, key=lambda bill: (bill.bill_date, bill.id)
                ):
                    self._bill_hours(order, hours, bill)
                for held in hours:
                    done = half_up(held.cost * held.done, held.stated)
                    left = held.cost - done
                    self.add(order.project, held.obligation, held.day, "accrual", left)

    def _ordered(self, order: PurchaseOrder, entries: list[TimeEntry]) -> list[Hours]:
        """Cost what was worked and return it day by day: a correction takes back hours
        of its own day."""
        code, days = order.project, {}
        for entry in entries:
            stated = minutes_at_rate(entry.minutes, order.hourly_rate)
            cost = self.to_functional(code, stated, order.currency, entry.day)
            ob = self._obligation(entry)
            self.add(code, ob, entry.day, "subcontractor", cost)
            self._consume(order, entry.day, cost)
            held = days.setdefault((entry.day, ob), Hours(entry.day, ob))
            held.stated, held.cost = held.stated + stated, held.cost + cost
        return [days[key] for key in sorted(days) if days[key].stated]

    def _bill_hours(
        self, order: PurchaseOrder, hours: list[Hours], bill: VendorBill
    ) -> None:
        """Let a bill cover hours; what it is more or less is a cost of its own day.

        Without hours a bill is a cost of the last day of its month.
        """
        code, amount = order.project, cents(bill.amount)
        cost = self.to_functional(code, amount, bill.currency, bill.bill_date)
        covered = cover(hours, amount, bill.bill_date)
        month = bill.service_month
        is_dated = not hours and month is not None and amount > 0
        day = month_end(month) if is_dated else bill.bill_date
        more = cost - sum(covered.values())
        if not more:
            return
        self._consume(order, day, more)
        shares = [(part, ob) for ob, part in covered.items()]
        if not any(covered.values()):
            shares = [(1, self._first(code))]
        for ob, share in spread(more, shares).items():
            self.add(code, ob, day, "subcontractor", share)

    def _consume(self, order: PurchaseOrder, day: date, amount: int) -> None:
        self.goods[order.id].append((day, amount))

    def _add_goods(self) -> None:
        """Cost to date of an order for goods = max(received, billed) while it is open,
        what was billed once it is closed."""
        events: dict[str, dict[date, list[int]]] = defaultdict(
            lambda: defaultdict(lambda: [0, 0])
        )
        numbers = {o.number: o for o in self.firm.purchase_orders.values()}
        for receipt in self.firm.receipts.values():
            order = self.firm.purchase_orders[receipt.order]
            amount, day = cents(receipt.amount), receipt.day
            amount = self.to_functional(order.project, amount, order.currency, day)
            events[order.id][day][0] += amount
        for bill in self.firm.vendor_bills.values():
            if bill.person is None:
                order, day = numbers[bill.order], bill.bill_date
                amount = cents(bill.amount)
                amount = self.to_functional(order.project, amount, bill.currency, day)
                events[order.id][day][1] += amount
        for order in self.firm.purchase_orders.values():
            if order.person is None:
                closed = self.closed_on(order)
                if closed is not None:
                    events[order.id][closed][0] += 0
                self._add_order(order, dict(sorted(events[order.id].items())))

    def _add_order(self, order: PurchaseOrder, events: dict[date, list[int]]) -> None:
        received = billed = before = accrued = 0
        closed = self.closed_on(order)
        code, ob = order.project, self._first(order.project)
        flows: list[list] = []  # what began to accrue, day by day
        for day, (more, bill) in events.items():
            received, billed = received + more, billed + bill
            is_closed = closed is not None and closed <= day
            waiting = 0 if is_closed else max(received - billed, 0)
            cost = billed + waiting
            if cost != before or waiting != accrued:
                self.add(code, ob, day, "subcontractor", cost - before)
                flows.append([day, max(waiting - accrued, 0)])
                passed = cost - before if order.is_pass_through else 0
                self.add(code, ob, day, "pass through", passed)
                self._consume(order, day, cost - before)
            before, accrued = cost, waiting
        for day, flow in reversed(flows):  # what is still accrued was received last
            self.add(code, ob, day, "accrual", min(flow, accrued))
            accrued -= min(flow, accrued)

    def closed_on(self, order: PurchaseOrder) -> date | None:
        """The day an order was closed; None while it is open."""
        return order.updated_at.date() if order.status == "closed" else None

    def _add_expenses(self) -> None:
        """Approved lines of known projects → functional; recharges add to the value.

        What the customer is charged beside the price is no part of what it buys.
        """
        for line in self.firm.expense_lines.values():
            report = self.firm.expense_reports[line.report]
            known = line.project in self.firm.projects
            if report.status not in COUNTED_REPORTS or not known:
                continue
            code, day = line.project, line.day
            ob, amount = self._first(code), cents(line.amount)
            cost = self.to_functional(code, amount, line.currency, day)
            self.add(code, ob, day, "expenses", cost)
            if line.category in PASS_THROUGH_CATEGORIES and not line.is_rechargeable:
                self.add(code, ob, day, "pass through", cost)
            if line.category in NOT_ALLOWABLE_CATEGORIES:
                self.add(code, ob, day, "disallowed", cost)
            if line.is_rechargeable:
                self._add_value(code, ob, day, amount, line.currency)
                contract = self.firm.projects[code].currency
                charged = self.fx.convert(amount, line.currency, contract, day)
                self.add(code, ob, day, "contract recharged", charged)
                self.add(code, ob, day, "recharged", cost)
                self.add(code, ob, day, "recharged cost", cost)

    def _add_billing(self) -> None:
        """Billed = invoices not cancelled → functional at the invoice date."""
        for invoice in self.firm.invoices.values():
            if invoice.status == "cancelled":
                continue
            code, day = invoice.project, invoice.invoice_date
            let_off = -sum(cents(item.amount) for item in invoice.items)
            for measure, amount in (
                ("billed", cents(invoice.amount)),
                ("let off", let_off),
            ):
                ob = self._first(code)
                own = self.to_functional(code, amount, invoice.currency, day)
                self.add(code, ob, day, measure, own)
                self.add(code, ob, day, f"contract {measure}", amount)

    def _add_acceptances(self) -> None:
        for milestone in self.firm.milestones.values():
            code = milestone.project
            ob = self.contracts.of_task(code, milestone.task)
            for day, is_accepted in milestone.acceptances:
                amount = cents(milestone.amount) * (1 if is_accepted else -1)
                value = self.to_functional(code, amount, milestone.currency, day)
                self.add(code, ob, day, "accepted", value)
                self.add(code, ob, day, "contract accepted", amount)

    def _add_plans(self) -> None:
        """Every allocation with its cost, and the minutes that people worked."""
        for entry in self.approved:
            month = month_of(entry.day)
            self.planning.worked[entry.project][entry.person, month] += entry.minutes
        for firm in (*self.earlier, self.firm):
            landed = firm.clock.date()
            for allocation in firm.allocations.values():
                ob = self.contracts.of_plan(allocation.project, allocation.start)
                cost = self.planned_cost(allocation)
                self.planning.add(allocation, landed, ob, cost or 0, cost is not None)

    def to_come(self, code: str, month: date) -> list[Left]:
        """Return what of a project's plan is to come at a month's end."""
        return self.planning.left(code, month, self.measured_to(month))

    def planned_expenses(self, code: str, day: date) -> int:
        """Return the cents of expenses that a project was planned to have on a day.

        As with plans, what was landed last by then counts, of the days before the first
        landing what that one found, and on the as-of date what is known.
        """
        landed = sorted((*self.earlier, self.firm), key=lambda firm: firm.clock)
        seen = [firm for firm in landed if firm.clock.date() <= day] or landed[:1]
        known = seen[-1] if day < self.as_of else self.firm
        project = known.projects.get(code)
        planned = project.expense_budget if project else None
        return 0 if planned is None else cents(planned)

    def planned_cost(self, allocation: Allocation) -> int | None:
        """Return the functional cents of an allocation at the rates of its first day,
        or of the first one on which its person has one; None unrated."""
        code, day = allocation.project, allocation.start
        if allocation.person in self.contractors:
            order = self.orders.get((allocation.person, code))
            if order is None:
                return None
            home = minutes_at_rate(allocation.minutes, order.hourly_rate)
            currency = order.currency
        else:
            days = days_of(allocation.start, allocation.end)
            rated = (d for d in days if self.rates.loaded(allocation.person, d))
            day = next(rated, None)
            if day is None:
                return None
            home, currency = self.rates.provisional(
                allocation.person, day, allocation.minutes
            )
        return self.to_functional(code, home, currency, day)
