"""What the truth says of the months to come holds together."""

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dlt_pipelines.sandbox.firm.costing import money
from dlt_pipelines.sandbox.simulation import simulate
from tests.truth.facts.books import Books
from tests.truth.figures.balances import PeriodRates
from tests.truth.figures.closing import Closings
from tests.truth.truth import ProjectTruth, truth

pytestmark = pytest.mark.xdist_group("truth")

CLOCK = datetime(2025, 6, 10, 6, tzinfo=UTC)
PRICED = ("straight_line", "cost_to_cost", "effort", "completed_contract", "milestone")


@pytest.fixture(scope="module")
def firm():
    return simulate(7, 1, CLOCK)


@pytest.fixture(scope="module")
def told(firm):
    return truth(firm)


@pytest.fixture(scope="module")
def contracts(firm):
    """(obligation, recognised so far of its price) of all sold, in contract cents."""
    books = Books(firm)
    rates = PeriodRates(books.fx, books.as_of)
    nothing = Closings()  # was published of closed periods yet
    projects = [ProjectTruth(books, rates, code, nothing) for code in firm.projects]
    return [
        (obligation, sum(project.revenues[obligation.code].of_price.values()))
        for project in projects
        for obligation in project.obligations
        if obligation.method != "none"
    ]


def _scheduled(told):
    found = defaultdict(Decimal)
    for row in told.revenue_schedule:
        found[row.project_code, row.obligation_code] += row.contract_amount
    return found


def test_recognised_and_scheduled_revenue_are_the_signed_price(told, contracts):
    scheduled, methods = _scheduled(told), set()
    for obligation, recognised in contracts:
        key = (obligation.project.code, obligation.code)
        signed = money(obligation.price_on(told.as_of))
        if obligation.method in PRICED:
            assert money(recognised) + scheduled[key] == signed, key
            methods |= {obligation.method} if scheduled[key] else set()
        elif obligation.method == "time_and_materials":
            assert scheduled[key] <= max(signed - money(recognised), 0)
    assert methods == set(PRICED), "a method has nothing left: choose another clock"


def test_nothing_is_scheduled_for_a_month_that_is_over(told):
    assert min(row.period_month for row in told.revenue_schedule) == date(2025, 6, 1)
    assert min(row.period_month for row in told.month_forecasts) == date(2025, 6, 1)


def test_the_months_to_come_add_up_to_the_estimate_to_complete(told):
    etc = defaultdict(Decimal)
    for row in told.month_forecasts:
        etc[row.project_code] += row.etc
    last = {row.project_code: row.etc for row in told.project_months}
    assert sum(last.values()) > 100_000
    assert {code: etc[code] for code in last} == last


def test_the_as_of_month_shows_at_least_what_it_shows_so_far(told):
    this_month = date(2025, 6, 1)
    shown = {
        row.project_code: row
        for row in told.project_months
        if row.period_month == this_month
    }
    for row in told.month_forecasts:
        if row.period_month == this_month and row.project_code in shown:
            now = shown[row.project_code]
            so_far = now.labour_cost + now.subcontractor + now.expenses
            assert row.cost >= so_far
            assert row.margin == row.revenue - row.cost


def test_a_proposal_foots_and_is_taxed_as_its_region_is(firm, told):
    assert len(told.invoice_proposals) > 10
    for row in told.invoice_proposals:
        parts = (row.time, row.expenses, row.milestones, row.balance)
        parts += (row.instalments, row.cost, row.over_cap)
        assert sum(parts) == row.net >= 0
        assert row.gross == row.net + row.tax
        is_german = firm.projects[row.project_code].entity == "DE30"
        if is_german and row.net > 1:
            assert row.tax / row.net == pytest.approx(Decimal("0.19"), abs=0.01)
