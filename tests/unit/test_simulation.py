import csv
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.sandbox.firm.calendars import holiday_dates, working_days
from dlt_pipelines.sandbox.firm.costing import assignment_on, cents, half_up, spread
from dlt_pipelines.sandbox.firm.denominations import redenominated
from dlt_pipelines.sandbox.firm.faults import FAULT_KINDS
from dlt_pipelines.sandbox.firm.policies import (
    CONTRACT_MIX,
    ENTITY_COUNTRY,
    ENTITY_CURRENCY,
    FLAGSHIP,
    HOURLY_CONTRACTS,
    PAYROLL_GROUPS,
    REVENUE_METHODS,
)
from dlt_pipelines.sandbox.simulation import simulate
from tests.reverse_sync import books
from tests.unit.conftest import CLOCK

pytestmark = pytest.mark.xdist_group("truth")

LATER = datetime(2026, 7, 20, 6, tzinfo=UTC)
SHORT = datetime(2025, 5, 5, 6, tzinfo=UTC)
KINDS = (
    "people customers opportunities projects tasks milestones allocations timesheets "
    "time_entries expense_reports expense_lines suppliers purchase_orders receipts "
    "vendor_bills payroll_runs invoices periods accounts ledger"
)
APPENDED = "holidays bill_rates payroll_lines fx_rates"


@pytest.fixture(scope="module")
def later():
    return simulate(7, 1, LATER)


@pytest.fixture(scope="module")
def clean():
    return simulate(7, 1, SHORT, faults=False)


def test_the_same_seed_gives_the_same_firm(clean):
    assert simulate(7, 1, SHORT, faults=False) == clean


def test_another_draw_of_pay_changes_what_all_are_paid_and_nothing_else(clean):
    other = simulate(7, 1, SHORT, faults=False, pay=1)
    assert other.time_entries == clean.time_entries
    assert other.tasks == clean.tasks
    assert other.expense_lines == clean.expense_lines
    for number, person in clean.people.items():
        assert other.people[number].assignments == person.assignments
        for paid, otherwise in zip(person.pay, other.people[number].pay, strict=True):
            assert not 0.74 < otherwise.amount / paid.amount < 1.36
    for id, order in clean.purchase_orders.items():
        if order.person:
            assert other.purchase_orders[id].hourly_rate != order.hourly_rate


def test_another_seed_gives_another_firm(clean):
    other = simulate(8, 1, SHORT, faults=False)
    assert [e.minutes for e in other.time_entries.values()] != [
        e.minutes for e in clean.time_entries.values()
    ]


@pytest.mark.parametrize("kind", KINDS.split())
def test_a_later_clock_keeps_every_record_and_its_id(firm, later, kind):
    before, after = getattr(firm, kind), getattr(later, kind)
    assert list(after)[: len(before)] == list(before)
    for key, record in before.items():
        since = getattr(record, "created_at", None)
        assert getattr(after[key], "created_at", None) == since


@pytest.mark.parametrize("kind", KINDS.split())
def test_whatever_changed_since_says_when(firm, later, kind):
    for key, record in getattr(firm, kind).items():
        now = getattr(later, kind)[key]
        if getattr(now, "updated_at", CLOCK) <= CLOCK:
            assert _own_facts(now) == _own_facts(record)


def test_a_part_that_came_since_says_when(firm, later):
    for kind, parts in (("opportunities", "lines"), ("invoices", "items")):
        count = 0
        for key, record in getattr(later, kind).items():
            known = getattr(firm, kind).get(key)
            before = getattr(known, parts) if known else []
            for part in getattr(record, parts)[len(before) :]:
                assert part.created_at > CLOCK
                count += 1
        assert count, kind


def _own_facts(record) -> dict:
    """A record without a person's absences, which carry times of their own."""
    return {name: value for name, value in vars(record).items() if name != "absences"}


def test_absences_are_kept_and_say_when_they_changed(firm, later):
    for number, person in firm.people.items():
        known = {absence.id: absence for absence in later.people[number].absences}
        for absence in person.absences:
            now = known[absence.id]
            assert now == absence or now.updated_at > CLOCK


@pytest.mark.parametrize("kind", APPENDED.split())
def test_a_later_clock_only_appends(firm, later, kind):
    before = getattr(firm, kind)
    assert getattr(later, kind)[: len(before)] == before


def test_a_fault_once_planted_stays(firm, later):
    before = [(fault.kind, fault.day, fault.records) for fault in firm.faults]
    after = [(fault.kind, fault.day, fault.records) for fault in later.faults]
    assert after[: len(before)] == before


def test_nothing_is_dated_after_the_clock(firm):
    for kind in KINDS.split():
        for record in getattr(firm, kind).values():
            assert getattr(record, "updated_at", CLOCK) <= CLOCK
            assert getattr(record, "created_at", CLOCK) <= CLOCK


def test_the_firm_has_its_size(firm):
    assert 85 <= sum(not p.is_contractor for p in firm.people.values()) <= 110
    assert sum(p.is_contractor for p in firm.people.values()) == 15
    assert len(firm.customers) == 61  # with the firm itself, for internal projects
    assert 110 <= len(firm.projects) <= 130
    assert 45_000 <= len(firm.time_entries) <= 75_000


def test_every_contract_type_has_its_share(firm):
    counts = Counter(project.contract_type for project in firm.projects.values())
    assert counts.keys() == REVENUE_METHODS.keys()
    assert counts.pop("non_billable") == 8
    counts["fixed_fee"] -= 1  # the flagship
    rounds = sum(share for _, share in CONTRACT_MIX)
    for kind, share in CONTRACT_MIX:
        assert abs(counts[kind] / counts.total() - share / rounds) <= 0.02, kind


def test_some_contracts_are_in_a_foreign_currency(firm):
    foreign = [
        project
        for project in firm.projects.values()
        if project.currency != ENTITY_CURRENCY[project.entity]
    ]
    kinds = Counter(project.contract_type for project in foreign)
    hourly = sum(kinds[kind] for kind in HOURLY_CONTRACTS)
    assert 3 <= kinds["time_and_materials"] <= 8
    assert 3 <= len(foreign) - hourly <= 10
    assert kinds["cost_plus"] == kinds["non_billable"] == 0
    assert {project.entity for project in foreign} == firm.entities.keys()


def test_the_flagship_is_won_whatever_the_seed(firm, clean):
    for business in (firm, clean, simulate(8, 1, SHORT)):
        flagship = business.projects[FLAGSHIP]
        assert (flagship.entity, flagship.contract_type) == ("DE30", "fixed_fee")
        assert flagship.currency == "EUR"
        assert flagship.start <= date(2024, 12, 31)


def test_the_seeds_that_name_a_project_mean_the_one_they_say(firm, clean):
    for business in (firm, clean, simulate(8, 1, SHORT)):
        internal = {
            code: project.name
            for code, project in business.projects.items()
            if project.contract_type == "non_billable"
        }
        assert list(internal) == [f"P{1001 + place}" for place in range(8)]
        credited = _seed("utilisation_credits")
        assert {row["project_code"] for row in credited} <= internal.keys()
        [trained] = [row for row in credited if "Certification" in row["reason"]]
        assert "certification" in internal[trained["project_code"]]
        overridden = {r["project_code"] for r in _seed("revenue_policy_overrides")}
        assert overridden == {FLAGSHIP}


def _seed(name: str) -> list[dict[str, str]]:
    with (ROOT / "seeds" / f"{name}.csv").open(newline="", encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


def test_amendments_change_price_cap_and_end_by_both_treatments(firm):
    changes = [deal for deal in firm.opportunities.values() if deal.amends]
    signed = [deal for deal in changes if deal.stage == "Closed Won"]
    assert {deal.treatment for deal in signed} == {None, "catch_up", "prospective"}
    assert min(deal.amount for deal in signed) < 0 < max(deal.amount for deal in signed)
    assert any(deal.cap_amount for deal in signed)
    assert any(deal.service_end for deal in signed)
    for deal in signed:
        original = firm.opportunities[deal.amends]
        project = firm.projects[original.project_code]
        assert original.stage == "Closed Won"
        assert original.amends is None
        assert project.start < deal.effective_date < project.end
    for project in firm.projects.values():
        if project.opportunity:
            own = [d.amount for d in signed if d.project_code == project.code]
            sold = firm.opportunities[project.opportunity].amount
            assert project.price == sold + sum(own)


def test_some_deals_sell_several_things_or_hours(firm):
    won = [
        deal
        for deal in firm.opportunities.values()
        if deal.stage == "Closed Won" and not deal.amends
    ]
    double = [deal for deal in won if len(deal.lines) == 2]
    assert {deal.contract_type for deal in double} == {"fixed_fee"}
    assert len(double) >= 5
    for deal in won:
        if deal.lines:
            assert sum(line.total_price for line in deal.lines) == deal.amount
        sells_hours = deal.contract_type == "retainer_rollover"
        assert any(line.included_hours for line in deal.lines) is sells_hours


def test_orders_for_goods_are_received_billed_and_closed(firm):
    goods = {o.id: o for o in firm.purchase_orders.values() if o.person is None}
    assert len(goods) >= 15
    assert {order.status for order in goods.values()} == {"issued", "closed"}
    assert {order.is_pass_through for order in goods.values()} == {True, False}
    received = Counter()
    for receipt in firm.receipts.values():
        order = goods[receipt.order]
        assert receipt.amount > 0
        assert order.created_at.date() <= receipt.day <= CLOCK.date()
        received[order.id] += receipt.amount
    assert all(received[key] <= goods[key].amount for key in received)
    assert len(received) >= 15


def test_some_acceptances_are_taken_back_and_some_invoices_written_down(firm):
    histories = [
        [is_accepted for _, is_accepted in milestone.acceptances]
        for milestone in firm.milestones.values()
    ]
    assert any(len(history) > 1 for history in histories)
    assert all(
        history == [place % 2 == 0 for place in range(len(history))]
        for history in histories
    )
    for milestone in firm.milestones.values():
        is_accepted = bool(milestone.acceptances) and milestone.acceptances[-1][1]
        assert (milestone.accepted_on is not None) is is_accepted
    items = [item for invoice in firm.invoices.values() for item in invoice.items]
    assert len(items) >= 10
    assert all(item.amount < 0 for item in items)


def test_people_move_between_entities_and_their_payroll_with_them(firm):
    movers = [
        person
        for person in firm.people.values()
        if len({place.entity for place in person.assignments}) > 1
    ]
    assert len(movers) >= 3
    for person in movers:
        places = [p for p in person.assignments if p.effective_date <= CLOCK.date()]
        groups = {
            firm.payroll_runs[line.run].group
            for line in firm.payroll_lines
            if line.person == person.number
        }
        paid_in = {PAYROLL_GROUPS[group][0] for group in groups}
        assert paid_in == {place.entity for place in places}
        currencies = {ENTITY_CURRENCY[place.entity] for place in person.assignments}
        assert {pay.currency for pay in person.pay} == currencies


def test_who_is_paid_by_the_hour_has_a_biweekly_payroll_and_overtime(firm):
    hourly = {
        person.number
        for person in firm.people.values()
        if person.pay and person.pay[0].frequency == "Hourly"
    }
    assert len(hourly) >= 3
    runs = {run.id: run for run in firm.payroll_runs.values() if run.group == "QX4"}
    assert len(runs) > 36
    assert all((r.period_end - r.period_start).days == 13 for r in runs.values())
    paid = {line.person for line in firm.payroll_lines if line.run in runs}
    assert paid == hourly
    assert {line.person for line in firm.payroll_lines if line.code == "OT"} <= hourly
    assert any(line.code == "OT" for line in firm.payroll_lines)


def test_intercompany_journals_mirror_each_other_but_for_the_faults(firm):
    sides = Counter()
    for posted in firm.ledger.values():
        accounts = {line.account for line in posted.lines} & {"4900", "5900"}
        for account in accounts:
            sides[account] += 1
    missing = sum(f.kind == "intercompany_leg_missing" for f in firm.faults)
    assert sides["4900"] - sides["5900"] == missing >= 2


def test_people_sell_most_of_their_time_and_not_all_of_it(firm):
    billable = total = capacity = 0
    for entry in firm.time_entries.values():
        if not firm.people[entry.person].is_contractor and entry.day.year == 2025:
            internal = firm.projects[entry.project].contract_type == "non_billable"
            billable += 0 if internal else entry.minutes
            total += entry.minutes
    for person in firm.people.values():
        if not person.is_contractor and person.in_psa:
            first = max(person.hired, date(2025, 1, 1))
            last = min(person.left or date(2025, 12, 31), date(2025, 12, 31))
            country = firm.entities[person.assignments[0].entity].country
            hours = person.assignments[0].weekly_hours
            if first <= last:
                capacity += float(hours) * 12 * working_days(country, first, last)
    assert 0.60 <= billable / capacity <= 0.80
    assert 0.80 <= total / capacity <= 0.98


def test_time_is_in_quarters_of_an_hour_on_the_working_days_of_the_place(firm):
    for entry in firm.time_entries.values():
        assert entry.minutes % 15 == 0
        assert 0 < entry.minutes <= 12 * 60
        assert entry.day.weekday() < 5
        place = assignment_on(firm.people[entry.person], entry.day)
        assert entry.day not in holiday_dates(ENTITY_COUNTRY[place.entity])


def test_nobody_works_before_joining_or_after_leaving(firm):
    for entry in firm.time_entries.values():
        person = firm.people[entry.person]
        assert person.hired <= entry.day
        assert person.left is None or entry.day <= person.left


def test_the_latest_weeks_are_pending_or_unsubmitted(firm):
    last = [e for e in firm.time_entries.values() if e.day >= date(2026, 6, 8)]
    assert last
    assert all(entry.timesheet is None for entry in last)
    states = Counter(sheet.status for sheet in firm.timesheets.values())
    assert states["pending"] > 50
    assert states["rejected"] > 100
    assert states["cancelled"] > 5
    assert states["approved"] > 15_000


def test_contractors_work_on_orders_only(firm):
    orders = {(o.person, o.project) for o in firm.purchase_orders.values()}
    assert len(orders) == len(firm.purchase_orders)
    for entry in firm.time_entries.values():
        if firm.people[entry.person].is_contractor:
            assert (entry.person, entry.project) in orders


def test_every_ledger_transaction_balances_in_an_open_period(firm):
    for posted in firm.ledger.values():
        debit = sum(line.debit for line in posted.lines)
        assert debit == sum(line.credit for line in posted.lines) > 0
        assert all((line.debit == 0) != (line.credit == 0) for line in posted.lines)
        period = firm.periods[posted.period]
        assert period.start <= posted.date <= period.end
        closed = period.closed_on
        assert closed is None or posted.created_at.date() <= closed


def test_periods_close_in_the_second_month_after(firm):
    states = {p.start: p.is_closed for p in firm.periods.values()}
    assert states[date(2026, 4, 1)]
    assert not states[date(2026, 5, 1)]
    assert not states[date(2026, 6, 1)]


def test_labour_journals_end_before_the_last_full_month(firm):
    months = {
        firm.periods[posted.period].start
        for posted in firm.ledger.values()
        for line in posted.lines
        if line.account == "5000"
    }
    assert max(months) == date(2026, 4, 1)
    assert min(months) == date(2024, 12, 1)


def test_the_accountant_leaves_later_months_to_tieout(later):
    assert not any(
        line.account == "5000" and posted.date > date(2026, 4, 30)
        for posted in later.ledger.values()
        for line in posted.lines
    )


def test_every_pair_of_currencies_has_a_rate_every_monday(firm):
    pairs = Counter((rate.base, rate.currency) for rate in firm.fx_rates)
    assert len(pairs) == 6
    assert len(set(pairs.values())) == 1
    assert all(rate.effective_date.weekday() == 0 for rate in firm.fx_rates)


def test_payroll_runs_are_final_from_their_pay_date(firm):
    for run in firm.payroll_runs.values():
        final = run.pay_date < CLOCK.date()
        assert run.status == ("NTC" if final else "PVC")
    assert {run.status for run in firm.payroll_runs.values()} == {"NTC", "PVC"}


def test_a_years_earnings_follow_the_pay(clean):
    person = next(
        p
        for p in clean.people.values()
        if p.pay and p.pay[0].frequency == "Annual" and p.hired < date(2024, 12, 1)
    )
    run = f"{clean.entities[person.assignments[0].entity].payroll_group}-20241231"
    earned = sum(
        line.amount
        for line in clean.payroll_lines
        if line.person == person.number and line.run == run and line.code == "REG"
    )
    periods = 24 if person.assignments[0].entity == "US10" else 12
    assert abs(earned - person.pay[0].amount / periods) <= 1


def test_every_fault_is_planted_several_times(firm):
    counts = Counter(fault.kind for fault in firm.faults)
    assert set(counts) == set(FAULT_KINDS)
    assert all(count >= 2 for count in counts.values())
    assert all(fault.day < CLOCK.date() for fault in firm.faults)


def test_managers_of_a_clean_firm_leave_no_plan_behind(clean, firm):
    """Of a month that is over only what was worked or awaits approval is planned."""

    def left(of):
        minutes = Counter()
        for plan in of.allocations.values():
            if plan.end < date(2025, 5, 1):
                minutes[plan.project, plan.person, plan.start.month] += plan.minutes
        for entry in of.time_entries.values():
            sheet = of.timesheets.get(entry.timesheet or "")
            is_there = sheet is not None and sheet.status in ("pending", "approved")
            if is_there and entry.deleted_at is None and entry.day < date(2025, 5, 1):
                minutes[entry.project, entry.person, entry.day.month] -= entry.minutes
        return [rest for rest in minutes.values() if rest > 0]

    assert left(clean) == []
    assert left(firm), "and those of a firm with faults do"


def test_a_forgotten_milestone_is_late_by_the_acceptance_that_counts():
    """It was accepted on 23 January, taken back, and accepted again on 27 February."""
    found = {}
    for day in (10, 14):
        firm = simulate(4, 1, datetime(2025, 3, day, 6, tzinfo=UTC), wild=True)
        [found[day]] = (
            (fault.control, fault.keys)
            for fault in firm.faults
            if fault.records.get("milestone") == "66001"
        )
    assert firm.milestones["66001"].accepted_on == date(2025, 2, 27)
    assert found == {10: (None, []), 14: ("C09", ["66001"])}


def test_a_clean_firm_has_no_faults(clean):
    assert clean.faults == []
    assert clean.served_twice == {}
    assert all(p.in_hr and p.in_psa for p in clean.people.values())


def test_scale_multiplies_the_firm(clean):
    twice = simulate(7, 2, datetime(2025, 1, 10, 6, tzinfo=UTC), faults=False)
    assert sum(p.is_contractor for p in twice.people.values()) == 30
    assert len(twice.customers) == 121


@pytest.mark.parametrize(
    ("scale", "clock"),
    [
        (0, CLOCK),
        (1, datetime(2026, 6, 10)),  # noqa: DTZ001
        (1, datetime(2024, 12, 1, 6, tzinfo=UTC)),
    ],
)
def test_a_senseless_order_is_refused(scale, clock):
    with pytest.raises(ValueError, match="give"):
        simulate(7, scale, clock)


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [(1, "a"), (1, "b"), (1, "c")], {"a": 34, "b": 33, "c": 33}),
        (5, [(1, "b"), (1, "a")], {"a": 3, "b": 2}),
        (-5, [(1, "b"), (1, "a")], {"a": -3, "b": -2}),
        (10, [(1, "a"), (2, "b")], {"a": 3, "b": 7}),
    ],
)
def test_a_spread_foots(amount, weights, parts):
    assert spread(amount, weights) == parts


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (0, 7, 0)],
)
def test_halves_are_rounded_away_from_zero(numerator, denominator, rounded):
    assert half_up(numerator, denominator) == rounded


def test_invoices_never_exceed_a_cap(firm):
    for project in firm.projects.values():
        if project.cap_amount is not None:
            billed = sum(
                cents(invoice.amount)
                for invoice in firm.invoices.values()
                if invoice.project == project.code and invoice.status != "cancelled"
            )
            assert billed <= cents(project.cap_amount)


def test_no_bill_is_booked_on_a_project_the_erp_does_not_know(firm):
    for bill in firm.vendor_bills.values():
        assert firm.projects[bill.project].netsuite_id is not None


def test_what_a_payment_settles_is_told_in_the_firms_currency():
    payment = replace(books.invoice(1003), settles={1002: Decimal("300.50")})
    made = redenominated(replace(books.firm(), ledger={1003: payment}), "yen")
    assert made.ledger[1003].settles == {1002: Decimal(30_050)}
