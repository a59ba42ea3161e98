import json
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dlt_pipelines.sandbox.firm.costing import cents, money
from dlt_pipelines.sandbox.firm.policies import (
    ENTITY_CURRENCY,
    ENTITY_REVENUE_METHODS,
    FIXED_CONTRACTS,
    REVENUE_METHODS,
)
from dlt_pipelines.sandbox.simulation import simulate
from tests.truth.controls import LAGS
from tests.truth.facts.books import COUNTED_REPORTS, EMPLOYER_SECTIONS, Books
from tests.truth.facts.revenue import earned
from tests.truth.truth import truth

pytestmark = pytest.mark.xdist_group("truth")


@pytest.fixture(scope="module")
def books(firm):
    return Books(firm)


@pytest.fixture(scope="module")
def clean():
    clock = datetime(2025, 9, 10, 6, tzinfo=UTC)
    return truth(simulate(7, 1, clock, faults=False))


def _by_project(told, measure):
    found = defaultdict(list)
    for row in told.project_months:
        found[row.project_code].append(getattr(row, measure))
    return found


def _in_home_currency(firm) -> list:
    return [
        project
        for project in firm.projects.values()
        if project.currency == ENTITY_CURRENCY[project.entity]
    ]


@pytest.fixture(scope="module")
def earnings(books):
    """Every obligation and what it earned of its price to date, in contract cents."""
    found = []
    for code in books.firm.projects:
        for obligation in books.contracts.of(code):
            by_day = earned(books, obligation, books.months(code)).of_price
            found.append((obligation, sum(by_day.values())))
    return found


def test_labour_absence_and_bench_are_the_payroll_to_the_cent(firm, books):
    paid = defaultdict(int)
    for line in firm.payroll_lines:
        run, person = firm.payroll_runs[line.run], firm.people[line.person]
        is_cost = line.section in EMPLOYER_SECTIONS
        if run.status == "NTC" and is_cost and person.in_hr:
            paid[line.person] += cents(line.amount)
    spread = defaultdict(int)
    for entry in books.approved:
        spread[entry.person] += books.shares.entries.get(entry.id, 0)
    for shares in (books.shares.absence, books.shares.bench):
        assert sum(shares.values()) > 0
        for (_, number, _), amount in shares.items():
            spread[number] += amount
    for (_, number, _), amount in books.shares.to_come.items():
        spread[number] += amount
    assert {number: amount for number, amount in spread.items() if amount} == paid


def test_only_approved_time_bears_payroll_and_gross_pay_is_part_of_it(books):
    approved = {entry.id for entry in books.approved}
    shares = books.shares
    assert shares.entries.keys() <= approved
    assert shares.gross.keys() == shares.entries.keys()
    assert all(0 <= shares.gross[key] <= shares.entries[key] for key in shares.entries)


def test_every_method_is_in_use(earnings):
    methods = {obligation.method for obligation, _ in earnings}
    assert methods == {method for method, _ in REVENUE_METHODS.values()} | {
        method for method, _ in ENTITY_REVENUE_METHODS.values()
    }


def test_revenue_never_exceeds_price_or_cap(firm, books, earnings):
    for obligation, revenue in earnings:
        if obligation.method == "none":
            assert revenue == 0
        elif obligation.method == "time_and_materials_capped":
            assert 0 <= revenue <= obligation.cap_on(books.as_of)
        elif obligation.contract_type in FIXED_CONTRACTS:
            assert 0 <= revenue <= obligation.price_on(books.as_of)


def test_obligations_share_the_price_of_their_project(firm, books):
    for code, project in firm.projects.items():
        obligations = books.contracts.of(code)
        assert [o.is_first for o in obligations].count(True) == 1
        if project.opportunity:
            prices = [o.price_on(books.as_of) for o in obligations]
            assert sum(prices) == cents(project.price)


def test_finished_fixed_fee_work_has_earned_its_price(firm, told, books, earnings):
    done = {
        project.code: project
        for project in firm.projects.values()
        if project.contract_type == "fixed_fee"
        and project.status == "Completed"
        and project.end < date(2026, 5, 1)
    }
    assert len(done) > 5
    in_contract = defaultdict(int)
    for obligation, revenue in earnings:
        in_contract[obligation.project.code] += revenue
    assert {code: in_contract[code] for code in done} == {
        code: cents(project.price) for code, project in done.items()
    }
    at_home = [project for project in _in_home_currency(firm) if project.code in done]
    assert len(at_home) > 5
    revenue, beside = _by_project(told, "earned"), defaultdict(Decimal)
    for line in firm.expense_lines.values():
        counts = firm.expense_reports[line.report].status in COUNTED_REPORTS
        if counts and line.is_rechargeable and line.project in done:
            currency = firm.projects[line.project].currency
            charged = books.fx.convert(
                cents(line.amount), line.currency, currency, line.day
            )
            beside[line.project] += money(charged)
    assert any(beside.values())
    assert all(
        sum(revenue[project.code]) == project.price + beside[project.code]
        for project in at_home
    )


def test_the_balance_rolls_forward_to_unbilled_less_deferred(firm, told):
    at_home = {project.code for project in _in_home_currency(firm)}
    closing = defaultdict(Decimal)
    in_contract = defaultdict(Decimal)
    for row in told.project_months:
        code = row.project_code
        assert row.revenue == row.earned - row.write_down
        assert row.opening == closing[code]
        assert row.closing == row.opening + row.revenue - row.billed + row.fx
        assert row.closing == row.unbilled - row.deferred
        assert min(row.unbilled, row.deferred) == 0
        if code in at_home:
            assert row.fx == 0
            assert row.contract_closing == row.closing
        ages = (row.age_0_30, row.age_31_60, row.age_61_90, row.age_over_90)
        assert min(ages) >= 0
        assert sum(ages) == max(row.contract_closing, 0)
        closing[code] = row.closing
        in_contract[code] = row.contract_closing
    assert any(row.fx for row in told.project_months)
    assert any(row.write_down for row in told.project_months)
    assert any(row.age_over_90 for row in told.project_months)


def test_only_what_is_not_in_dollars_is_translated(told):
    for row in told.project_months:
        if row.currency_code == "USD":
            assert row.translation_adjustment == 0
            assert row.reporting_closing == row.closing
            assert row.reporting_revenue == row.revenue
            assert row.reporting_margin == row.margin
        elif abs(row.closing) > 1:
            assert row.reporting_closing != row.closing
    assert any(row.translation_adjustment for row in told.project_months)


def test_margin_is_revenue_less_cost_and_the_losses_to_come(told):
    for row in told.project_months:
        cost = row.labour_cost + row.subcontractor + row.expenses
        assert row.margin == row.revenue - cost - row.loss_provision
        assert row.labour_raw_provisional <= row.labour_provisional
        reported = row.reporting_revenue - row.reporting_cost
        if row.loss_provision == 0:
            assert row.reporting_margin == reported
    provided = _by_project(told, "loss_provision")
    assert all(sum(changes) >= 0 for changes in provided.values())
    assert any(any(changes) for changes in provided.values())


def test_weeks_add_up_to_months(told):
    for measure in ("revenue", "margin", "reporting_margin"):
        weeks, months = defaultdict(Decimal), defaultdict(Decimal)
        for row in told.project_weeks:
            assert row.week_start.weekday() == 0
            weeks[row.project_code] += getattr(row, measure)
        for row in told.project_months:
            months[row.project_code] += getattr(row, measure)
        assert {code: amount for code, amount in weeks.items() if amount} == {
            code: amount for code, amount in months.items() if amount
        }


def test_the_estimate_is_cost_to_date_and_what_is_to_come(firm, told):
    to_date = defaultdict(Decimal)
    for row in told.project_months:
        code = row.project_code
        to_date[code] += row.labour_cost + row.subcontractor + row.expenses
        assert row.eac == to_date[code] + row.etc
        assert row.etc >= 0
        is_sold = firm.projects[code].contract_type != "non_billable"
        assert (row.backlog is not None) is is_sold
        assert row.backlog is None or row.backlog >= 0
    assert any(row.eac_cpi is not None for row in told.project_months)
    assert any(row.eac_cpi_spi is not None for row in told.project_months)


def test_hours_are_the_approved_minutes(books, told):
    hours = sum(row.hours for row in told.project_months)
    minutes = sum(entry.minutes for entry in books.approved)
    assert hours == Decimal(minutes) / 60


def test_labour_is_actual_where_payroll_is_final(told):
    for row in told.project_months:
        if row.period_month <= date(2026, 4, 1):
            assert row.labour_cost == row.labour_actual
    june = [r for r in told.project_months if r.period_month == date(2026, 6, 1)]
    assert sum(row.labour_actual for row in june) == 0
    assert sum(row.labour_cost for row in june) > 0


def test_subcontractors_cost_their_bills(firm, books, told):
    billed = sum(bill.amount for bill in firm.vendor_bills.values())
    total = sum(row.subcontractor for row in told.project_months)
    assert billed > 1_000_000
    assert billed < total < billed * Decimal("1.2")  # May's and June's bills to come


def test_margins_look_like_a_firms(firm, told):
    cost, revenue = defaultdict(Decimal), defaultdict(Decimal)
    for row in told.project_months:
        code = row.project_code
        cost[code] += row.labour_cost + row.subcontractor + row.expenses
        revenue[code] += row.revenue
    margins = [1 - cost[code] / revenue[code] for code in cost if revenue[code] > 5000]
    assert 2 <= sum(margin < 0 for margin in margins) <= 12
    middle = sorted(margins)[len(margins) // 2]
    assert Decimal("0.25") < middle < Decimal("0.5")
    firmwide = 1 - sum(cost.values()) / sum(revenue.values())
    assert Decimal("0.10") < firmwide < Decimal("0.45")


def test_provisional_and_actual_cost_are_near_each_other(told):
    months = [r for r in told.project_months if r.period_month <= date(2026, 4, 1)]
    ratio = sum(r.labour_actual for r in months) / sum(
        r.labour_provisional for r in months
    )
    assert Decimal("0.85") < ratio < Decimal("1.25")


def test_every_controlled_fault_shows_in_its_control(told):
    for fault in told.faults:
        for key in fault.keys:
            assert key in told.differences[fault.control], fault


def test_every_difference_is_a_fault_or_a_lag(told):
    kinds = {fault.kind for fault in told.faults} | set(LAGS)
    for control, keys in told.differences.items():
        assert set(told.causes[control]) == set(keys)
        assert set(told.causes[control].values()) <= kinds


def test_a_clean_firm_differs_by_its_lags_only(clean):
    assert clean.faults == []
    causes = {cause for keys in clean.causes.values() for cause in keys.values()}
    assert causes <= set(LAGS)
    for control in ("C04", "C05", "C08", "C09"):
        assert clean.differences[control] == {}
    assert clean.differences["C01"]


def test_truth_reads_back_from_its_file(told, tmp_path):
    path = tmp_path / "truth.json"
    told.write(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["as_of"] == "2026-06-10"
    first = told.project_months[0]
    assert content["project_months"][0]["revenue"] == str(first.revenue)
    assert len(content["faults"]) == len(told.faults)


def test_cents_and_money_are_inverse():
    assert money(cents(Decimal("-12.30"))) == Decimal("-12.30")
