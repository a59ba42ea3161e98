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


def test_a_year_from_the_middle_of_march_begins_with_half_a_month(firm):
    expected = {"Mar": 500, "Apr": 1_000, "May": 1_000, "Jun": 1_000}
    assert firm.months("E11", REVENUE) == expected
    assert firm.scheduled("E11")["2027-03"] == 500
    assert sum(firm.scheduled("E11").values()) == 8_500


@case("E11days")
def straight_line_by_days(it: Case) -> None:
    it.book.decide(
        "revenue_policies",
        legal_entity_code="E11days",
        contract_type="retainer",
        method="straight_line",
        modification_treatment="prospective",
        straight_line_basis="days",
        owner="Finance",
    )
    it.project("retainer", 12_000, date(2026, 3, 15), date(2027, 3, 14))


def test_by_days_a_year_from_the_middle_of_march_begins_with_17_of_365(firm):
    march = Decimal("558.90")  # then 47, 78 and 108 of 365 days, to the cent
    assert firm.months("E11days", REVENUE) == {
        "Mar": march,
        "Apr": Decimal("1545.21") - march,
        "May": Decimal("2564.38") - Decimal("1545.21"),
        "Jun": Decimal("3550.68") - Decimal("2564.38"),
    }


@case("E11long")
def straight_line_that_is_extended(it: Case) -> None:
    """Half a year for 6,000; in April half a year more for 3,000, to the end."""
    project = it.project("retainer", 6_000, date(2026, 1, 1), date(2026, 6, 30))
    year_end = date(2026, 12, 31)
    it.change(project, 3_000, date(2026, 4, 1), service_end_date=year_end)
    person = it.employee(100)
    it.expense(project, person, date(2026, 2, 3), 150, is_rechargeable=True)


def test_what_is_left_of_an_extended_retainer_is_spread_and_travel_is_beside_it(firm):
    """3,000 by March; 6,000 are left for nine months."""
    left = [Decimal("666.67"), Decimal("666.66"), Decimal("666.67")]
    expected = {"Jan": 1_000, "Feb": 1_150, "Mar": 1_000}
    expected |= dict(zip(("Apr", "May", "Jun"), left, strict=True))
    assert firm.months("E11long", REVENUE) == expected
    assert firm.wip("E11long", "deferred_amount") == {}


@case("E12")
def milestones_above_the_price(it: Case) -> None:
    project = it.project("milestone", 100_000)
    for accepted in (date(2026, 2, 10), date(2026, 5, 11)):
        it.milestone(project, 60_000, due=accepted, accepted=accepted)


def test_milestones_earn_no_more_than_the_price(firm):
    assert firm.months("E12", REVENUE) == {"Feb": 60_000, "May": 40_000}
    assert firm.proposed("E12") == 100_000
    assert firm.in_question("E12", "milestones_above_price") == {20_000: "USD"}


@case("E12more")
def milestones_above_a_price_that_is_raised(it: Case) -> None:
    """Also in another currency than the books: 1.25 when accepted, 1.20 when raised."""
    it.rate("NZD", "USD", date(2026, 1, 1), "1.25")
    it.rate("NZD", "USD", date(2026, 5, 1), "1.20")
    project = it.project("milestone", 1_000, currency="NZD")
    for accepted in (date(2026, 2, 10), date(2026, 3, 11)):
        it.milestone(project, 600, accepted, accepted, currency_code="NZD")
    it.change(project, 150, date(2026, 5, 4), currency_code="NZD")


def test_a_price_that_is_raised_lets_in_what_was_accepted_above_it(firm):
    expected = {"Feb": 750, "Mar": 500, "May": 180}
    assert firm.months("E12more", REVENUE) == expected
    assert firm.in_question("E12more", "milestones_above_price") == {50: "NZD"}


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


def test_a_completed_contract_earns_all_when_accepted(firm):
    assert firm.months("E14", REVENUE) == {"Mar": 50_000}
    assert firm.months("E14", COST) == {"Jan": 30_000}


@case("E14two")
def completed_in_two_steps(it: Case) -> None:
    """Travel is charged beside the price when it is spent, whatever is accepted."""
    it.book.decide(
        "revenue_policies",
        legal_entity_code="E14two",
        contract_type="fixed_fee",
        method="completed_contract",
        modification_treatment="catch_up",
        owner="Finance",
    )
    project, person = it.project("fixed_fee", 50_000), it.employee(100)
    it.expense(project, person, date(2026, 1, 14), 70, is_rechargeable=True)
    for accepted in (date(2026, 2, 16), date(2026, 4, 16)):
        it.milestone(project, 25_000, accepted, accepted=accepted)
    it.change(project, 5_000, date(2026, 5, 4))


def test_a_completed_contract_waits_for_all_that_is_to_be_accepted(firm):
    expected = {"Jan": 70, "Apr": 50_000, "May": 5_000}
    assert firm.months("E14two", REVENUE) == expected


@case("E8")
def materials_passed_through(it: Case) -> None:
    """500,000 of labour, 100,000 of it done; licences of 300,000 are delivered."""
    project, person = it.project("fixed_fee", 1_000_000), it.employee(1_000)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.allocation(project, person, date(2026, 7, 6), date(2026, 7, 31), 400)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 5)
    it.expense(
        project, person, date(2026, 1, 14), 300_000, category_name="Client Software"
    )


def test_materials_earn_their_cost_and_are_no_progress(firm):
    assert firm.months("E8", REVENUE) == {"Jan": 440_000}
    assert firm.months("E8", COST) == {"Jan": 400_000}


@case("E8order", currency="EUR", country="DE")
def materials_on_order_in_another_currency(it: Case) -> None:
    """As E8 in a contract of USD at 1.10; the licences are ordered, not delivered."""
    it.rate("EUR", "USD", date(2026, 1, 1), "1.10")
    it.rate("USD", "EUR", date(2026, 1, 1), "0.90909091")
    project = it.project("fixed_fee", 1_100_000, currency="USD")
    person = it.employee(1_000)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.allocation(project, person, date(2026, 7, 6), date(2026, 7, 31), 400)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 5)
    it.order(project, None, 300_000, 1, date(2026, 1, 7), is_pass_through=True)


def test_materials_on_order_earn_nothing_and_take_their_part_of_the_price(firm):
    """20 % of 1,100,000 - 330,000 USD: 154,000 USD, 140,000.00 EUR."""
    assert firm.months("E8order", REVENUE) == {"Jan": 140_000}


@case("E9")
def target_price(it: Case) -> None:
    terms = {"target_cost_amount": 300_000, "customer_share_rate": "0.6"}
    project = it.project("fixed_fee", 500_000, deal=terms)
    person = it.employee(1_000)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.allocation(project, person, date(2026, 7, 6), date(2026, 7, 31), 220)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 5)


def test_a_target_price_follows_the_estimate_at_completion(firm):
    assert firm.months("E9", REVENUE) == {"Jan": 160_000}
    assert sum(firm.scheduled("E9").values()) == 512_000 - 160_000


@case("E9under")
def target_price_under_its_target(it: Case) -> None:
    """EAC 250,000: the customer gets back 60 % of 50,000; travel is beside the cost."""
    terms = {"target_cost_amount": 300_000, "customer_share_rate": "0.6"}
    project = it.project("fixed_fee", 500_000, deal=terms)
    person = it.employee(1_000)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.allocation(project, person, date(2026, 7, 6), date(2026, 7, 31), 150)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 5)
    it.expense(project, person, date(2026, 1, 14), 900, is_rechargeable=True)


def test_a_target_price_falls_when_cost_stays_under_its_target(firm):
    assert firm.months("E9under", REVENUE) == {"Jan": 188_000 + 900}
