"""Costs of others: section S of the case book."""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case, not_yet

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
COST = "subcontractor_amount"


def _billed_in_april(it: Case, amount: int) -> None:
    """20 hours of March at 80, and a bill of April that names their order."""
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 20, date(2026, 2, 20))
    it.time(project, person, date(2026, 3, 11), 8, 150)
    it.time(project, person, date(2026, 3, 12), 12, 150)
    it.bill(project, amount, date(2026, 4, 7), order=order)


@case("S1")
def the_bill_comes_next_month(it: Case) -> None:
    _billed_in_april(it, 1_600)


@not_yet
def test_a_bill_of_the_next_month_is_for_the_month_worked(firm):
    assert firm.months("S1", COST) == {"Mar": 1_600}


@case("S1less")
def the_bill_is_less(it: Case) -> None:
    _billed_in_april(it, 1_500)


@not_yet
def test_a_lower_bill_shows_its_difference_when_it_comes(firm):
    assert firm.months("S1less", COST) == {"Mar": 1_600, "Apr": -100}


@case("S1part")
def the_bill_is_for_a_part(it: Case) -> None:
    _billed_in_april(it, 800)


@not_yet
def test_what_a_part_bill_leaves_open_stays_accrued(firm):
    assert firm.months("S1part", COST) == {"Mar": 1_600}


@case("S2")
def a_second_order_at_another_rate(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.contractor()
    it.order(project, person, 90, 500, date(2026, 1, 2))
    it.order(project, person, 120, 500, date(2026, 5, 1))
    it.time(project, person, date(2026, 4, 30), 10, 200)
    it.time(project, person, date(2026, 5, 4), 10, 200)


@not_yet
def test_hours_cost_what_the_order_of_their_day_says(firm):
    assert firm.months("S2", COST) == {"Apr": 900, "May": 1_200}


@case("S3")
def recharge_on_a_fixed_price(it: Case) -> None:
    project, person = it.project("fixed_fee", 20_000), it.employee(100)
    january = date(2026, 1, 5), date(2026, 1, 30)
    it.allocation(project, person, *january, 100)
    it.worked(project, person, *january, 5)
    it.expense(project, person, date(2026, 1, 14), 800, is_rechargeable=True)
    it.invoice(project, 20_800, date(2026, 1, 30))


def test_rechargeable_travel_is_revenue_on_a_fixed_price_too(firm):
    assert firm.months("S3", "recognised_revenue_amount") == {"Jan": 20_800}
    assert firm.wip("S3", "deferred_amount") == {}
    assert firm.proposed("S3") is None


@case("S3half")
def recharge_is_no_progress(it: Case) -> None:
    project, person = it.project("fixed_fee", 20_000), it.employee(100)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.allocation(project, person, date(2026, 7, 6), date(2026, 7, 31), 100)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 5)
    it.expense(project, person, date(2026, 1, 14), 800, is_rechargeable=True)


def test_rechargeable_travel_is_no_progress(firm):
    assert firm.months("S3half", "recognised_revenue_amount") == {"Jan": 10_800}


@case("S3mark")
def recharge_with_a_mark_up(it: Case) -> None:
    it.book.decide(
        "revenue_policies",
        legal_entity_code="S3mark",
        contract_type="fixed_fee",
        method="cost_to_cost",
        modification_treatment="catch_up",
        recharge_mark_up_rate="0.1",
        owner="Finance",
    )
    project, person = it.project("fixed_fee", 20_000), it.employee(100)
    january = date(2026, 1, 5), date(2026, 1, 30)
    it.allocation(project, person, *january, 100)
    it.worked(project, person, *january, 5)
    it.expense(project, person, date(2026, 1, 14), 800, is_rechargeable=True)
    it.invoice(project, 20_000, date(2026, 1, 30))


def test_a_mark_up_by_policy_is_earned_and_proposed(firm):
    assert firm.months("S3mark", "recognised_revenue_amount") == {"Jan": 20_880}
    assert firm.months("S3mark", "total_cost_amount") == {"Jan": 10_800}
    assert firm.wip("S3mark", "unbilled_amount")["Jun"] == 880
    assert firm.proposed("S3mark") == 880


@case("S3mile")
def recharge_beside_milestones(it: Case) -> None:
    project, person = it.project("milestone", 5_000), it.employee(100)
    it.expense(project, person, date(2026, 1, 14), 300, is_rechargeable=True)
    it.expense(project, person, date(2026, 3, 3), -50, is_rechargeable=True)
    day = date(2026, 2, 10)
    it.milestone(project, 5_000, due=day, accepted=day)


def test_travel_beside_milestones_earns_when_spent_and_a_refund_takes_it_back(firm):
    expected = {"Jan": 300, "Feb": 5_000, "Mar": -50}
    assert firm.months("S3mile", "recognised_revenue_amount") == expected
    assert firm.proposed("S3mile") == 5_250


@case("S3eur", currency="EUR", country="DE")
def recharge_in_another_currency_than_the_contract(it: Case) -> None:
    it.rate("EUR", "USD", date(2026, 1, 1), "1.10")
    it.rate("USD", "EUR", date(2026, 1, 1), "0.90909091")
    project = it.project("fixed_fee", 11_000, currency="USD")
    person = it.employee(100)
    it.expense(project, person, date(2026, 1, 14), 100, is_rechargeable=True)


def test_travel_is_charged_in_the_contracts_currency_at_its_days_rate(firm):
    assert firm.months("S3eur", "recognised_revenue_amount") == {"Jan": 100}
    assert firm.proposed("S3eur") == 110


@case("S3cap")
def recharge_within_a_cap(it: Case) -> None:
    project, person = (
        it.project("time_and_materials_capped", deal={"cap_amount": 1_000}),
        it.employee(100),
    )
    it.time(project, person, date(2026, 2, 10), 6, 150)
    it.expense(project, person, date(2026, 2, 11), 200, is_rechargeable=True)


def test_what_is_recharged_within_a_cap_is_capped(firm):
    assert firm.months("S3cap", "recognised_revenue_amount") == {"Feb": 1_000}
