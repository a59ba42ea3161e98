"""Estimates and progress: section E of the case book."""

from datetime import date
from decimal import Decimal

import pytest

from tests.casebook.case import Case, weekdays
from tests.casebook.telling import case, not_yet

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "total_cost_amount"


@case("E1")
def no_estimate(it: Case) -> None:
    project = it.project("fixed_fee", 80_000)
    it.time(project, it.employee(100), date(2026, 1, 12), 10)


@not_yet
def test_without_an_estimate_revenue_is_what_it_cost(firm):
    assert firm.months("E1", REVENUE) == {"Jan": 1_000}


@case("E2")
def overdue_plan(it: Case) -> None:
    project, person = it.project("fixed_fee", 60_000), it.employee(100)
    it.allocation(project, person, date(2026, 1, 1), date(2026, 1, 31), 100)
    it.allocation(project, person, date(2026, 2, 1), date(2026, 2, 28), 200)
    for day in weekdays(date(2026, 1, 5), date(2026, 1, 30)):
        it.time(project, person, day, 5)


@not_yet
def test_overdue_work_is_still_to_come(firm):
    assert firm.months("E2", REVENUE) == {"Jan": 20_000}


@case("E3")
def allocation_over_months(it: Case) -> None:
    project, person = it.project("fixed_fee", 65_000), it.employee(100)
    spring = date(2026, 4, 1), date(2026, 6, 30)
    it.allocation(project, person, *spring, 260)
    it.worked(project, person, *spring, 4)


@not_yet
def test_an_allocation_is_spread_over_working_days(firm):
    expected = {"Apr": 22_000, "May": 21_000, "Jun": 22_000}
    assert firm.months("E3", REVENUE) == expected


@case("E11")
def straight_line(it: Case) -> None:
    it.project("retainer", 12_000, date(2026, 3, 15), date(2027, 3, 14))


@not_yet
def test_a_year_from_the_middle_of_march_begins_with_half_a_month(firm):
    expected = {"Mar": 500, "Apr": 1_000, "May": 1_000, "Jun": 1_000}
    assert firm.months("E11", REVENUE) == expected


@case("E12")
def milestones_above_the_price(it: Case) -> None:
    project = it.project("milestone", 100_000)
    for accepted in (date(2026, 2, 10), date(2026, 5, 11)):
        it.milestone(project, 60_000, due=accepted, accepted=accepted)


@not_yet
def test_milestones_earn_no_more_than_the_price(firm):
    assert firm.months("E12", REVENUE) == {"Feb": 60_000, "May": 40_000}


@case("E13")
def future_time(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, date(2026, 5, 12), 8, 200)
    it.time(project, person, date(2026, 9, 30), 8, 200)


@not_yet
def test_time_of_a_day_to_come_earns_and_costs_nothing_yet(firm):
    assert firm.months("E13", REVENUE) == {"May": 1_600}
    assert firm.months("E13", COST) == {"May": 800}
    proposed = firm.rows(
        "select sum(amount) from marts.mart_invoice_proposals"
        " where legal_entity_code = 'E13'"
    )
    assert proposed == [(Decimal(1_600),)]


@case("E14")
def completed_contract(it: Case) -> None:
    it.book.decide(
        "revenue_policies",
        legal_entity_code="E14",
        contract_type="fixed_fee",
        method="completed_contract",
        modification_treatment="catch_up",
        owner="Finance",
    )
    project, person = it.project("fixed_fee", 50_000), it.employee(100)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 15)
    it.milestone(project, 50_000, date(2026, 3, 16), accepted=date(2026, 3, 16))


@not_yet
def test_a_completed_contract_earns_all_when_accepted(firm):
    assert firm.months("E14", REVENUE) == {"Mar": 50_000}
    assert firm.months("E14", COST) == {"Jan": 30_000}
