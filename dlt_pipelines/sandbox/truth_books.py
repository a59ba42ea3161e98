"""The truth's facts: time, labour, subcontractors, expenses and billing by month."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from datetime import date
from decimal import Decimal
from functools import cached_property

from dlt_pipelines.sandbox.calendars import month_end, month_of, months_between
from dlt_pipelines.sandbox.costing import (
    CostRates,
    Fx,
    cents,
    minutes_at_rate,
    spread,
)
from dlt_pipelines.sandbox.model import (
    Firm,
    Opportunity,
    PayrollRun,
    PurchaseOrder,
    TimeEntry,
)
from dlt_pipelines.sandbox.policies import ENTITY_CURRENCY, HOURLY_CONTRACTS

EMPLOYER_SECTIONS = ("earnings", "employer_taxes", "employer_contributions")
COUNTED_REPORTS = ("approved_for_payment", "paid")


class Books:
    """Facts by project and month, in cents of the project's functional currency.

    ``facts[code][month]`` holds minutes, standard, provisional, actual, labour,
    subcontractor, expenses, value (of time and recharges, for T&M) and billed.
    """

    def __init__(self, firm: Firm):
        self.firm = firm
        self.as_of = firm.clock.date()
        self.fx = Fx(firm.fx_rates)
        self.rates = CostRates(firm.people)
        self.orders = {(o.person, o.project): o for o in firm.purchase_orders.values()}
        self.contractors = {order.person for order in firm.purchase_orders.values()}
        self.facts: dict[str, dict[date, dict[str, int]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(int))
        )
        self.planned: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
        self.first_fact: dict[str, date] = {}
        self.approved = self._approved_entries()
        self._add_standard_value()
        self._add_labour()
        self._add_subcontractors()
        self._add_expenses()
        self._add_billing()
        self._add_plans()

    def currency(self, code: str) -> str:
        """Return the functional currency of the project's legal entity."""
        return ENTITY_CURRENCY[self.firm.projects[code].entity]

    def terms(self, code: str) -> Opportunity | None:
        """Return the won deal with the project's sold terms; None if internal."""
        number = self.firm.projects[code].opportunity
        return self.firm.opportunities[number] if number else None

    def contract_type(self, code: str) -> str:
        """Return the contract type sold; internal projects are non-billable."""
        terms = self.terms(code)
        return terms.contract_type if terms else "non_billable"

    def months(self, code: str) -> list[date]:
        """Return the months from the first fact or service day to the as-of month."""
        terms = self.terms(code)
        starts = [self.first_fact[code]] if code in self.first_fact else []
        if terms is not None and terms.service_start is not None:
            starts.append(terms.service_start)
        return months_between(min(starts), self.as_of) if starts else []

    def to_functional(self, code: str, amount: int, currency: str, day: date) -> int:
        """Return round2(amount × FX(currency → functional) on ``day``)."""
        return self.fx.convert(amount, currency, self.currency(code), day)

    def add(self, code: str, day: date, measure: str, amount: int) -> None:
        """Add an amount to a measure of the day's month."""
        self.facts[code][month_of(day)][measure] += amount
        self._see(code, day)

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

    def _approved_entries(self) -> list[TimeEntry]:
        """Return the live entries whose timesheet is approved."""
        sheets, found = self.firm.timesheets, []
        for entry in self.firm.time_entries.values():
            if entry.deleted_at is not None:
                continue
            self._see(entry.project, entry.day)
            if entry.timesheet and sheets[entry.timesheet].status == "approved":
                found.append(entry)
                self.add(entry.project, entry.day, "minutes", entry.minutes)
        return found

    def _add_standard_value(self) -> None:
        """Standard value = round2(hours × standard rate of the role) → functional.

        Value (T&M) = round2(hours × the entry's own rate), billable entries only.
        """
        table: dict[tuple[str, str], list] = defaultdict(list)
        for rate in sorted(self.firm.bill_rates, key=lambda rate: rate.effective_date):
            table[rate.role, rate.currency].append((rate.effective_date, rate.rate))
        for entry in self.approved:
            code, day = entry.project, entry.day
            if self.contract_type(code) == "non_billable":
                continue
            currency = self.firm.projects[code].currency
            rate = [r for since, r in table[entry.role, currency] if since <= day][-1]
            amount = minutes_at_rate(entry.minutes, rate)
            self.add(
                code, day, "standard", self.to_functional(code, amount, currency, day)
            )
            if entry.is_billable and entry.bill_rate is not None:
                amount = minutes_at_rate(entry.minutes, entry.bill_rate)
                value = self.to_functional(code, amount, currency, day)
                self.add(code, day, "value", value)

    def _add_labour(self) -> None:
        """Labour cost of an entry = actual where payroll is final, else provisional."""
        actual = self.actual_labour()
        for entry in self.approved:
            if entry.person in self.contractors:
                continue
            code, day = entry.project, entry.day
            home, currency = self.rates.provisional(entry.person, day, entry.minutes)
            provisional = cost = self.to_functional(code, home, currency, day)
            self.add(code, day, "provisional", provisional)
            self.add(code, day, "labour minutes", entry.minutes)
            if entry.id in actual:
                cost = self.to_functional(code, actual[entry.id], currency, day)
                self.add(code, day, "actual", cost)
            self.add(code, day, "labour", cost)

    def actual_labour(self) -> dict[str, int]:
        """Return payroll cost by time entry id, in cents of the pay's currency.

        Per person and final run: earnings + employer taxes + contributions, spread
        over the person's approved entries of the period by minutes, to the cent.
        """
        pools = self._payroll_pools()
        by_person: dict[str, list[TimeEntry]] = defaultdict(list)
        for entry in self.approved:
            by_person[entry.person].append(entry)
        days = {}
        for number, entries in by_person.items():
            entries.sort(key=lambda entry: entry.day)
            days[number] = [entry.day for entry in entries]
        found: dict[str, int] = {}
        for (run_id, number), pool in pools.items():
            run: PayrollRun = self.firm.payroll_runs[run_id]
            start = bisect_left(days.get(number, []), run.period_start)
            end = bisect_right(days.get(number, []), run.period_end)
            worked = by_person[number][start:end]
            if worked:
                found |= spread(pool, [(entry.minutes, entry.id) for entry in worked])
        return found

    def _payroll_pools(self) -> dict[tuple[str, str], int]:
        """Return payroll cost in cents by (run, person) of the final runs."""
        pools: dict[tuple[str, str], int] = defaultdict(int)
        for line in self.firm.payroll_lines:
            final = self.firm.payroll_runs[line.run].status == "NTC"
            if final and line.section in EMPLOYER_SECTIONS:
                pools[line.run, line.person] += cents(line.amount)
        return pools

    def _add_subcontractors(self) -> None:
        """Bills of contractor, project and month, spread by minutes; else accruals.

        Accrual of an entry = round2(hours × order rate). A bill without approved time
        counts on the last day of its service month.
        """
        worked: dict[tuple[str, str, date], list[TimeEntry]] = defaultdict(list)
        for entry in self.approved:
            if entry.person in self.contractors:
                worked[entry.person, entry.project, month_of(entry.day)].append(entry)
        billed: dict[tuple[str, str, date], int] = defaultdict(int)
        for bill in self.firm.vendor_bills.values():
            key = (bill.person, bill.project, bill.service_month)
            billed[key] += cents(bill.amount)
        for key in worked.keys() | billed.keys():
            number, code, month = key
            entries = worked.get(key, [])
            order = self.orders.get((number, code))
            if order is None:
                continue
            if not entries:
                self._add_cost(code, month_end(month), order, billed[key])
                continue
            amounts = self._subcontracted(order, entries, billed.get(key))
            for entry in entries:
                self._add_cost(code, entry.day, order, amounts[entry.id])

    def _subcontracted(
        self, order: PurchaseOrder, entries: list[TimeEntry], billed: int | None
    ) -> dict[str, int]:
        """Return each entry's cost in cents of the order's currency."""
        if billed is not None:
            return spread(billed, [(entry.minutes, entry.id) for entry in entries])
        return {
            entry.id: minutes_at_rate(entry.minutes, order.hourly_rate)
            for entry in entries
        }

    def _add_cost(self, code: str, day: date, order: PurchaseOrder, amount: int):
        cost = self.to_functional(code, amount, order.currency, day)
        self.add(code, day, "subcontractor", cost)

    def _add_expenses(self) -> None:
        """Approved lines of known projects → functional; recharges add to the value."""
        for line in self.firm.expense_lines.values():
            report = self.firm.expense_reports[line.report]
            known = line.project in self.firm.projects
            if report.status not in COUNTED_REPORTS or not known:
                continue
            code, day = line.project, line.day
            cost = self.to_functional(code, cents(line.amount), line.currency, day)
            self.add(code, day, "expenses", cost)
            if line.is_rechargeable and self.contract_type(code) in HOURLY_CONTRACTS:
                self.add(code, day, "value", cost)

    def _add_billing(self) -> None:
        """Billed = invoices not cancelled → functional at the invoice date."""
        for invoice in self.firm.invoices.values():
            if invoice.status == "cancelled":
                continue
            code, day = invoice.project, invoice.invoice_date
            amount = cents(invoice.amount)
            billed = self.to_functional(code, amount, invoice.currency, day)
            self.add(code, day, "billed", billed)
        for milestone in self.firm.milestones.values():
            if milestone.accepted_on is not None:
                code, day = milestone.project, milestone.accepted_on
                amount = cents(milestone.amount)
                value = self.to_functional(code, amount, milestone.currency, day)
                self.add(code, day, "accepted", value)

    def _add_plans(self) -> None:
        """Planned cost of an allocation at the rates of its first day; 0 unrated."""
        for allocation in self.firm.allocations.values():
            code, day = allocation.project, allocation.start
            if allocation.person in self.contractors:
                order = self.orders.get((allocation.person, code))
                if order is None:
                    continue
                home = minutes_at_rate(allocation.minutes, order.hourly_rate)
                currency = order.currency
            elif self.rates.loaded(allocation.person, day) is None:
                continue
            else:
                home, currency = self.rates.provisional(
                    allocation.person, day, allocation.minutes
                )
            planned = self.to_functional(code, home, currency, day)
            self.planned[code][month_of(day)] += planned
