"""Brothers of the cases of section S: costs of others.

Figures are worked out by hand from the case book and ``domain.md``.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
COST, LABOUR, TOTAL = "subcontractor_amount", "labour_cost_amount", "total_cost_amount"
REVENUE = "recognised_revenue_amount"


def _worked(it: Case, project: str, day: date, hours: int, price: int) -> str:
    """A contractor's hours under an order of their own; the order's number."""
    person = it.contractor()
    order = it.order(project, person, price, hours, date(2025, 11, 3))
    it.time(project, person, day, hours, 150)
    return order


@case("S1x1")
def the_bill_comes_before_the_hours(it: Case) -> None:
    """1,600 billed on 20 February for 20 h × 80 of March: paid ahead until March."""
    project = it.project("time_and_materials")
    order = _worked(it, project, date(2026, 3, 11), 20, 80)
    it.bill(project, 1_600, date(2026, 2, 20), order=order)


def test_a_bill_before_the_hours_is_counted_once(firm):
    assert sum(firm.months("S1x1", COST).values()) == 1_600


def test_a_bill_before_the_hours_is_for_the_month_worked(firm):
    assert firm.months("S1x1", COST) == {"Mar": 1_600}


@case("S1x2")
def one_of_two_orders_is_billed(it: Case) -> None:
    """March 20 h × 80 + 10 h × 100 = 2,600; April's bill is of the first alone."""
    project = it.project("time_and_materials")
    billed = _worked(it, project, date(2026, 3, 11), 20, 80)
    _worked(it, project, date(2026, 3, 12), 10, 100)
    it.bill(project, 1_600, date(2026, 4, 7), order=billed)


def test_a_bill_settles_its_own_order_alone(firm):
    assert firm.months("S1x2", COST) == {"Mar": 2_600}


@case("S1x3")
def the_bill_comes_next_year(it: Case) -> None:
    """20 h × 80 on 31 December, billed on 9 January."""
    project = it.project("time_and_materials", start=date(2025, 12, 1))
    order = _worked(it, project, date(2025, 12, 31), 20, 80)
    it.bill(project, 1_600, date(2026, 1, 9), order=order)


def test_a_bill_of_the_next_year_is_for_the_year_worked(firm):
    assert firm.months("S1x3", COST) == {"Dec": 1_600}


@case("S1x4")
def two_bills_for_the_parts_of_an_order(it: Case) -> None:
    """March 1,600; bills of 800 in April and 900 in May: the last is 100 too much."""
    project = it.project("time_and_materials")
    order = _worked(it, project, date(2026, 3, 11), 20, 80)
    it.bill(project, 800, date(2026, 4, 7), order=order)
    it.bill(project, 900, date(2026, 5, 7), order=order)


def test_what_bills_exceed_an_accrual_by_is_cost_of_their_month(firm):
    assert firm.months("S1x4", COST) == {"Mar": 1_600, "May": 100}


@case("S1x5")
def a_bill_that_names_no_order(it: Case) -> None:
    """1,600 in the month of the hours: the bill stands for them, whatever it names."""
    project = it.project("time_and_materials")
    _worked(it, project, date(2026, 3, 11), 20, 80)
    it.bill(project, 1_600, date(2026, 3, 31))


def test_a_bill_of_the_same_month_is_counted_once(firm):
    assert firm.months("S1x5", COST) == {"Mar": 1_600}


@case("S2x1")
def a_contractor_on_two_projects(it: Case) -> None:
    """One order of each project: 10 h × 90 and 10 h × 120."""
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.contractor()
    for project, price in ((left, 90), (right, 120)):
        it.order(project, person, price, 100, date(2026, 1, 5))
        it.time(project, person, date(2026, 2, 10), 10, 200)


def test_hours_cost_what_the_order_of_their_project_says(firm):
    expected = {"S2X1-PROJECT-1": 900, "S2X1-PROJECT-2": 1_200}
    assert firm.by_project("S2x1", COST) == expected


@case("S2x2")
def more_hours_than_ordered(it: Case) -> None:
    """20 h ordered at 80, 30 h approved: 2,400 accrues; −5 h in April: −400."""
    project, person = it.project("time_and_materials"), it.contractor()
    it.order(project, person, 80, 20, date(2026, 1, 5))
    it.time(project, person, date(2026, 3, 10), 30, 150)
    it.time(project, person, date(2026, 4, 14), -5, 150)


def test_hours_beyond_the_order_and_taken_back_cost_its_price(firm):
    assert firm.months("S2x2", COST) == {"Mar": 2_400, "Apr": -400}


@case("S2x3")
def a_contractor_and_an_employee(it: Case) -> None:
    """On a fixed price of 9,000: 10 h × 80 and 10 h × 100 of March, as planned."""
    project, person, other = (
        it.project("fixed_fee", 9_000),
        it.contractor(),
        it.employee(100),
    )
    it.order(project, person, 80, 10, date(2026, 1, 5))
    for who in (person, other):
        it.allocation(project, who, date(2026, 3, 10), date(2026, 3, 10), 10)
        it.time(project, who, date(2026, 3, 10), 10)


def test_a_contractor_and_an_employee_cost_each_their_own(firm):
    assert firm.months("S2x3", COST) == {"Mar": 800}
    assert firm.months("S2x3", LABOUR) == {"Mar": 1_000}
    assert firm.months("S2x3", TOTAL) == {"Mar": 1_800}
    assert firm.months("S2x3", REVENUE) == {"Mar": 9_000}


@case("S5x1")
def an_order_in_another_currency(it: Case) -> None:
    """20 h × 800 kronor on 11 March at 0.10: 1,600; April's rate is not theirs."""
    it.rate("SEK", "USD", date(2026, 3, 11), "0.10")
    it.rate("SEK", "USD", date(2026, 4, 8), "0.12")
    project, person = it.project("time_and_materials"), it.contractor()
    it.order(project, person, 800, 20, date(2026, 1, 5), currency_code="SEK")
    it.time(project, person, date(2026, 3, 11), 20, 150)


def test_hours_of_an_order_cost_the_rate_of_exchange_of_their_day(firm):
    assert firm.months("S5x1", COST) == {"Mar": 1_600}


@case("S5x2")
def an_expense_in_another_currency(it: Case) -> None:
    """1,000 kronor on 11 March at 0.10: 100 of cost and of recharge."""
    it.rate("SEK", "USD", date(2026, 3, 11), "0.10")
    project, person = it.project("time_and_materials"), it.employee(100)
    day, kronor = date(2026, 3, 11), {"currency_code": "SEK"}
    it.expense(project, person, day, 1_000, is_rechargeable=True, **kronor)


def test_an_expense_in_another_currency_is_recharged_translated(firm):
    assert firm.months("S5x2", TOTAL) == {"Mar": 100}
    assert firm.months("S5x2", REVENUE) == {"Mar": 100}
    assert firm.proposed("S5x2") == 100
