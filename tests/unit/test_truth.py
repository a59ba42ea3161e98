import json
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dlt_pipelines.sandbox.costing import cents, money
from dlt_pipelines.sandbox.simulation import simulate
from dlt_pipelines.sandbox.truth import truth
from dlt_pipelines.sandbox.truth_books import EMPLOYER_SECTIONS, Books
from dlt_pipelines.sandbox.truth_controls import LAGS

CLOCK = datetime(2026, 6, 10, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def firm():
    return simulate(7, 1, CLOCK)


@pytest.fixture(scope="module")
def told(firm):
    return truth(firm)


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


def test_actual_labour_and_bench_are_the_payroll_to_the_cent(firm, books):
    paid = defaultdict(int)
    for line in firm.payroll_lines:
        run = firm.payroll_runs[line.run]
        if run.status == "NTC" and line.section in EMPLOYER_SECTIONS:
            paid[run.id, line.person] += cents(line.amount)
    actual = books.actual_labour()
    spread = defaultdict(int)
    for entry in books.approved:
        if entry.id in actual:
            spread[entry.person] += actual[entry.id]
    worked = {
        (run.id, entry.person)
        for entry in books.approved
        for run in firm.payroll_runs.values()
        if run.period_start <= entry.day <= run.period_end
    }
    expected = defaultdict(int)
    for (run, number), amount in paid.items():
        if (run, number) in worked:
            expected[number] += amount
    assert dict(spread) == dict(expected)


def test_revenue_never_exceeds_price_or_cap(firm, told):
    for code, revenue in _by_project(told, "revenue").items():
        terms = firm.opportunities.get(firm.projects[code].opportunity)
        if terms is None:
            assert sum(revenue) == 0
        elif terms.contract_type in ("fixed_fee", "milestone", "retainer"):
            assert 0 <= sum(revenue) <= terms.amount
        elif terms.contract_type == "time_and_materials_capped":
            assert sum(revenue) <= terms.cap_amount


def test_finished_fixed_fee_work_has_earned_its_price(firm, told):
    done = [
        project
        for project in firm.projects.values()
        if project.contract_type == "fixed_fee"
        and project.status == "Completed"
        and project.end < date(2026, 5, 1)
    ]
    assert len(done) > 5
    revenue = _by_project(told, "revenue")
    assert all(sum(revenue[project.code]) == project.price for project in done)


def test_earned_less_billed_is_unbilled_less_deferred(told):
    balance = defaultdict(Decimal)
    for row in told.project_months:
        balance[row.project_code] += row.revenue - row.billed
        assert balance[row.project_code] == row.unbilled - row.deferred
        assert min(row.unbilled, row.deferred) == 0


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
