"""More brothers of section E: methods, milestones, retainers and target prices.

Figures are worked out by hand from the case book and the standards it cites.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_more_estimates import (
    COST,
    JANUARY,
    REVENUE,
    SEPTEMBER,
    decided,
    planned,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]


def accepted(it: Case, task: str, day: date, direction: int = 1) -> None:
    """A task is accepted on a day, or taken back."""
    it.say("psa_acceptances", task_id=task, event_date=day, direction=direction)


def retainer_until(it: Case, end: date, day: date, price: int = 0, **said) -> None:
    """A retainer of 1,000 a month, January to March; a change of a day, to an end."""
    project = it.project("retainer", 3_000, date(2026, 1, 1), date(2026, 3, 31))
    it.change(project, price, day, service_end_date=end, **said)


@case("E7z1")
def percentages_of_two_obligations(it: Case) -> None:
    """01 of 6,000 is 50 % and then 80 % done, what is not named 25 %: 02 of 4,000."""
    decided(it, "percent_entered")
    project = it.project("fixed_fee", 10_000)
    it.obligation(project, "01", 6_000)
    it.obligation(project, "02", 4_000)
    it.progress(project, date(2026, 1, 31), "0.5", obligation_code="01")
    it.progress(project, date(2026, 1, 31), "0.25")
    it.progress(project, date(2026, 2, 27), "0.8", obligation_code="01")


def test_a_percentage_is_of_the_obligation_that_it_names(firm):
    assert firm.months("E7z1", REVENUE) == {"Jan": 4_000, "Feb": 1_800}


@case("E7z2")
def a_percentage_above_all_and_reopened(it: Case) -> None:
    """110 % is all of 40,000; 90 % in April, after it was finished, is 36,000.

    What is entered for a day to come does not count; travel of 500 is beside it.
    """
    decided(it, "percent_entered")
    project = it.project("fixed_fee", 40_000)
    it.progress(project, date(2026, 2, 27), "1.1")
    it.progress(project, date(2026, 4, 14), "0.9")
    it.progress(project, date(2026, 9, 30), "1")
    day = date(2026, 5, 12)
    it.expense(project, it.employee(100), day, 500, is_rechargeable=True)


def test_a_percentage_is_at_most_all_and_may_fall_after_that(firm):
    assert firm.months("E7z2", REVENUE) == {"Feb": 40_000, "Apr": -4_000, "May": 500}


@case("E8z1")
def licences_without_an_estimate(it: Case) -> None:
    """1,000 of labour and 3,000 of licences, nothing planned: cost is recovered."""
    project, person = it.project("fixed_fee", 10_000), it.employee(100)
    it.time(project, person, date(2026, 1, 12), 10)
    bought = {"category_name": "Client Software"}
    it.expense(project, person, date(2026, 1, 14), 3_000, **bought)


def test_without_an_estimate_licences_are_recovered_once(firm):
    assert firm.months("E8z1", REVENUE) == {"Jan": 4_000}
    assert firm.months("E8z1", COST) == {"Jan": 4_000}


@case("E8z2")
def licences_returned(it: Case) -> None:
    """10 of 50 h and licences of 3,000, of which 1,000 go back in March.

    20 % × 7,000 + 3,000 = 4,400; 20 % × 8,000 + 2,000 = 3,600.
    """
    project, _ = planned(it, 10_000, 10, 40)
    bought = {"category_name": "Client Software"}
    for month, amount in ((1, 3_000), (3, -1_000)):
        person = f"{it.name}-employee-1"
        it.expense(project, person, date(2026, month, 14), amount, **bought)


def test_licences_that_go_back_leave_more_of_the_price_to_the_work(firm):
    assert firm.months("E8z2", REVENUE) == {"Jan": 4_400, "Mar": -800}


def _target(it: Case, hours: int, to_come: int, cost: int = 1_000, **said) -> str:
    """The target price of E9, worked in January; the plan of what is to come."""
    terms = {"target_cost_amount": 300_000, "customer_share_rate": "0.6"}
    project = it.project("fixed_fee", 500_000, deal=terms, **said)
    person = it.employee(cost)
    it.allocation(project, person, *JANUARY, hours)
    it.time(project, person, date(2026, 1, 12), hours)
    return it.allocation(project, person, *SEPTEMBER, to_come)


@case("E9z1")
def a_target_missed_by_more(it: Case) -> None:
    """EAC 320,000: 100/320 of 512,000 is 160,000. In March EAC 400,000: the price is
    560,000, a quarter of it 140,000."""
    it.seen(_target(it, 100, 220), date(2026, 3, 16), hours=300)


def test_a_target_price_and_progress_follow_one_estimate(firm):
    assert firm.months("E9z1", REVENUE) == {"Jan": 160_000, "Mar": -20_000}


@case("E9z2", currency="UYU", country="TW")
def a_target_price_in_another_currency(it: Case) -> None:
    """125,000 of 400,000 at home are 100,000 of 320,000 of the contract, at 0.80.

    160,000 of it are 200,000 at home.
    """
    it.rate("UYU", "USD", date(2026, 1, 1), "0.80")
    it.rate("USD", "UYU", date(2026, 1, 1), "1.25")
    _target(it, 100, 220, cost=1_250, currency="USD")


def test_a_target_in_another_currency_is_compared_in_the_contracts(firm):
    assert firm.months("E9z2", REVENUE) == {"Jan": 200_000}


@case("E11z1")
def parts_of_months(it: Case) -> None:
    """20 January – 10 March: a half, a whole and a half month of 2,000."""
    project = it.project("retainer", 2_000, date(2026, 1, 20), date(2026, 3, 10))
    it.invoice(project, 2_000, date(2026, 1, 20))


def test_a_month_served_in_part_is_half_a_month(firm):
    assert firm.months("E11z1", REVENUE) == {"Jan": 500, "Feb": 1_000, "Mar": 500}
    assert firm.wip("E11z1", "deferred_amount") == {"Jan": 1_500, "Feb": 500}


@case("E11z2")
def a_retainer_extended_in_mid_month(it: Case) -> None:
    """By days 9,000 for 90 days; on 15 February 2,300 more, to the end of June.

    45 days of 100 are earned; 6,800 are left for 136 days, 50 each.
    """
    decided(
        it,
        "straight_line",
        "retainer",
        modification_treatment="prospective",
        straight_line_basis="days",
    )
    project = it.project("retainer", 9_000, date(2026, 1, 1), date(2026, 3, 31))
    end = date(2026, 6, 30)
    it.change(project, 2_300, date(2026, 2, 15), service_end_date=end)


def test_days_before_and_after_an_extension_of_mid_month_earn_each_their_own(firm):
    expected = {"Jan": 3_100, "Feb": 2_100, "Mar": 1_550}
    expected |= {"Apr": 1_500, "May": 1_550, "Jun": 1_500}
    assert firm.months("E11z2", REVENUE) == expected


@case("E11z3")
def a_retainer_renewed_after_its_end(it: Case) -> None:
    """January to March is served; from 1 May to 30 June 1,600 more, 800 a month."""
    retainer_until(it, date(2026, 6, 30), date(2026, 5, 1), price=1_600)


def test_a_retainer_renewed_after_a_gap_earns_from_its_new_day(firm):
    expected = {"Jan": 1_000, "Feb": 1_000, "Mar": 1_000, "May": 800, "Jun": 800}
    assert firm.months("E11z3", REVENUE) == expected


@case("E11z4")
def a_retainer_ended_early(it: Case) -> None:
    """From 1 February it ends with February, for 1,200 less: 800 are left."""
    retainer_until(it, date(2026, 2, 28), date(2026, 2, 1), price=-1_200)


def test_a_retainer_that_ends_early_earns_what_is_left_of_its_price(firm):
    assert firm.months("E11z4", REVENUE) == {"Jan": 1_000, "Feb": 800}


@case("E11z5")
def a_retainer_extended_twice(it: Case) -> None:
    """3,000 to March; from March 1,000 more to April; from April 900 more to May.

    January, February 1,000; 2,000 left for March and April; in April 1,000 + 900 for
    two months: 950 each.
    """
    retainer_until(it, date(2026, 4, 30), date(2026, 3, 1), price=1_000)
    project = f"{it.name}-project-1"
    it.change(project, 900, date(2026, 4, 1), service_end_date=date(2026, 5, 31))


def test_each_extension_spreads_what_is_left_when_it_is_made(firm):
    expected = {"Jan": 1_000, "Feb": 1_000, "Mar": 1_000, "Apr": 950, "May": 950}
    assert firm.months("E11z5", REVENUE) == expected


@case("E12z1")
def a_milestone_taken_back(it: Case) -> None:
    """6,000 accepted in February, taken back in March, accepted again in May."""
    project = it.project("milestone", 10_000)
    task = it.milestone(project, 6_000, date(2026, 2, 10), accepted=date(2026, 2, 10))
    accepted(it, task, date(2026, 3, 10), -1)
    accepted(it, task, date(2026, 5, 12))


def test_an_acceptance_taken_back_takes_its_revenue_back(firm):
    expected = {"Feb": 6_000, "Mar": -6_000, "May": 6_000}
    assert firm.months("E12z1", REVENUE) == expected


@case("E12z2")
def a_milestone_of_less_than_nothing(it: Case) -> None:
    """Of 10,000: 6,000; a credit of 1,000 for a delay; 5,000."""
    project = it.project("milestone", 10_000)
    for month, amount in ((2, 6_000), (3, -1_000), (4, 5_000)):
        day = date(2026, month, 10)
        it.milestone(project, amount, due=day, accepted=day)


def test_a_credit_among_milestones_takes_back(firm):
    expected = {"Feb": 6_000, "Mar": -1_000, "Apr": 5_000}
    assert firm.months("E12z2", REVENUE) == expected
    assert firm.in_question("E12z2", "milestones_above_price") == {}


@case("E12z3")
def milestones_above_the_price_no_more(it: Case) -> None:
    """60,000 and 60,000 of 100,000; the first is taken back in June: 60,000 stay."""
    project = it.project("milestone", 100_000)
    first, second = date(2026, 2, 10), date(2026, 5, 11)
    task = it.milestone(project, 60_000, first, accepted=first)
    it.milestone(project, 60_000, second, accepted=second)
    accepted(it, task, date(2026, 6, 9), -1)


def test_milestones_that_were_above_the_price_let_go_what_is_taken_back(firm):
    expected = {"Feb": 60_000, "May": 40_000, "Jun": -40_000}
    assert firm.months("E12z3", REVENUE) == expected
    assert firm.in_question("E12z3", "milestones_above_price") == {}


@case("E12z4")
def a_price_lowered_below_its_milestones(it: Case) -> None:
    """8,000 of 10,000 are accepted; from April the price is 7,000."""
    project, day = it.project("milestone", 10_000), date(2026, 2, 10)
    it.milestone(project, 8_000, day, accepted=day)
    it.change(project, -3_000, date(2026, 4, 1))


def test_a_price_that_falls_below_its_milestones_takes_back_the_rest(firm):
    assert firm.months("E12z4", REVENUE) == {"Feb": 8_000, "Apr": -1_000}
    assert firm.in_question("E12z4", "milestones_above_price") == {1_000: "USD"}
