"""Pay: section W of the case book."""

from datetime import date
from decimal import Decimal

import pytest

from tests.casebook.book import Built
from tests.casebook.case import Case, weekdays
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
COST = "labour_cost_amount"
MARCH = date(2026, 3, 1), date(2026, 3, 31)


def _of_pay(firm: Built, entity: str) -> dict[str, Decimal | None]:
    """What of an entity's pay is in question, by kind."""
    found = firm.exceptions(entity).items()
    return {kind: amount for (kind, _), amount in found if kind.startswith("pay_")}


@case("W2")
def a_bonus_off_cycle(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    it.paid(person, MARCH, 17_600)
    it.paid(person, (date(2026, 3, 17),) * 2, 48_000, pay_code="BONUS")


def test_a_bonus_is_spread_over_its_year(firm):
    """A twelfth is March's, on what was worked and paid in it; nothing is lost."""
    assert firm.months("W2", COST) == {"Mar": 17_600 + 4_000}
    assert sum(firm.payroll_spread("W2").values()) == 17_600 + 48_000


@case("W2b")
def pay_of_every_class_in_one_run(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    run = it.paid(person, MARCH, 17_600)
    it.also_paid(run, person, 9_000, "SEVERANCE")
    it.also_paid(run, person, 500, "REIMBURSEMENT")
    it.also_paid(run, person, 880, "NOBODY KNOWS")


def test_severance_is_the_benchs_a_reimbursement_no_labour_and_nothing_is_lost(firm):
    """What nobody knows counts as worked pay, and somebody is told."""
    spread = firm.payroll_spread("W2b")
    assert spread == {"labour": 17_600 + 880, "bench": 9_000, "absence": 0}
    assert _of_pay(firm, "W2b") == {"pay_code_unknown": 880}


@case("W2c")
def a_bonus_of_the_quarter_with_what_the_employer_pays_on_it(it: Case) -> None:
    it.book.decide(
        "pay_code_classes",
        pay_code="BONUS",
        legal_entity_code="W2c",
        payroll_group_code="*",
        pay_class="bonus",
        spread_over="fiscal_quarter",
        owner="Human resources",
    )
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    run = it.paid(person, MARCH, 17_600)
    it.also_paid(run, person, 3_000, "bonus")
    it.also_paid(run, person, 2_060, "TAX", section="employer_taxes")


def test_a_bonus_takes_its_part_of_employer_cost_along(firm):
    """A tenth on all pay: 1,760 on March's and 300 on the bonus, a third a month."""
    assert firm.months("W2c", COST) == {"Mar": 17_600 + 1_760 + 1_100}
    assert firm.payroll_spread("W2c")["bench"] == 2_200


@case("W3")
def arrears_of_days_that_the_register_names(it: Case) -> None:
    person = _a_rise_from_january(it)
    it.also_paid(
        f"{it.name}-run-3",
        person,
        3_360,
        "ARREARS",
        earned_from_date=date(2026, 1, 1),
        earned_to_date=date(2026, 2, 28),
    )


@case("W3b")
def arrears_of_which_the_register_says_nothing(it: Case) -> None:
    person = _a_rise_from_january(it)
    it.also_paid(f"{it.name}-run-3", person, 3_360, "ARREARS")


def _a_rise_from_january(it: Case) -> str:
    """From 100 to 110 an hour, known in March: January and February are on another
    project than March."""
    first, second = (it.project("time_and_materials") for _ in range(2))
    person = it.employee(100)
    for month, project, amount in (
        ((date(2026, 1, 1), date(2026, 1, 31)), first, 17_600),
        ((date(2026, 2, 1), date(2026, 2, 28)), first, 16_000),
        (MARCH, second, 19_360),
    ):
        it.worked(project, person, *month, 8, rate=200)
        it.paid(person, month, amount)
    return person


def test_arrears_never_land_on_the_project_of_the_month_they_are_paid_in(firm):
    """10 an hour for 176 and 160 hours; else half of them in each month before."""
    assert firm.months("W3", COST) == {"Jan": 19_360, "Feb": 17_600, "Mar": 19_360}
    assert firm.months("W3b", COST) == {"Jan": 19_280, "Feb": 17_680, "Mar": 19_360}
    assert firm.by_project("W3", COST, "Mar") == {"W3-PROJECT-2": 19_360}
    assert firm.by_project("W3b", COST, "Mar") == {"W3B-PROJECT-2": 19_360}


@case("W4")
def a_negative_correction_after_the_payroll(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    it.time(project, person, date(2026, 3, 31), -2, 200)
    it.paid(person, MARCH, 17_600)


def test_payroll_is_spread_over_net_hours(firm):
    spread = firm.payroll_spread("W4")
    assert spread["labour"] + spread["bench"] + spread["absence"] == 17_600
    assert spread["bench"] == 200
    assert firm.months("W4", COST) == {"Mar": 17_400}


@case("W4b")
def a_correction_in_a_month_of_its_own(it: Case) -> None:
    first, second = (it.project("time_and_materials") for _ in range(2))
    person, april = it.employee(100), (date(2026, 4, 1), date(2026, 4, 30))
    it.worked(first, person, *MARCH, 8, rate=200)
    it.paid(person, MARCH, 17_600)
    it.time(first, person, date(2026, 4, 1), -2, 200)
    it.worked(second, person, date(2026, 4, 6), date(2026, 4, 10), 8, rate=200)
    it.paid(person, april, 17_600)


def test_a_correction_in_another_month_costs_less_there(firm):
    """22 weekdays in April: 38 of 176 hours worked, 100 an hour."""
    assert firm.by_project("W4b", COST, "Mar") == {"W4B-PROJECT-1": 17_600}
    assert firm.by_project("W4b", COST, "Apr") == {
        "W4B-PROJECT-1": -200,
        "W4B-PROJECT-2": 4_000,
    }
    assert firm.payroll_spread("W4b")["bench"] == 13_800


@case("W4c")
def a_credit_run_and_a_person_without_hours(it: Case) -> None:
    project, person, idle = (
        it.project("time_and_materials"),
        it.employee(100),
        it.employee(90),
    )
    it.worked(project, person, *MARCH, 8, rate=200)
    it.paid(person, MARCH, 17_600)
    it.paid(person, MARCH, -1_760)
    it.paid(idle, MARCH, 17_600)


def test_a_credit_run_lowers_the_hours_and_nobodys_pay_is_lost(firm):
    assert firm.months("W4c", COST) == {"Mar": 15_840}
    assert firm.payroll_spread("W4c")["bench"] == 17_600


@case("W1")
def a_line_in_a_second_currency(it: Case) -> None:
    it.rate("THB", "USD", date(2026, 3, 1), "0.11")
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    run = it.paid(person, MARCH, 16_000)
    it.also_paid(run, person, 10_000, "REGULAR", currency_code="THB")
    it.also_paid(run, person, 700, "REGULAR", currency_code="PLN")


def test_a_second_currency_is_translated_or_held_and_never_summed(firm):
    assert firm.months("W1", COST) == {"Mar": 17_100}
    assert _of_pay(firm, "W1") == {"pay_without_exchange_rate": 700}


@case("W10")
def a_correction_run_that_comes_late(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    for month, amount in (
        (MARCH, 17_600),
        ((date(2026, 5, 1), date(2026, 5, 31)), 16_800),
    ):
        it.worked(project, person, *month, 8, rate=200)
        it.paid(person, month, amount)
    it.paid(person, MARCH, 440)


def test_a_late_run_for_march_is_marchs(firm):
    assert firm.months("W10", COST) == {"Mar": 18_040, "May": 16_800}


@case("W5")
def a_rehire_overwrites_the_first_employment(it: Case) -> None:
    """Paid for February, of which one day was a project's; hired again on 4 May."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.changed("hr_workers", {"worker_id": person}, hire_date=date(2026, 5, 4))
    it.time(project, person, date(2026, 2, 10), 8, 200)
    it.paid(person, (date(2026, 2, 1), date(2026, 2, 28)), 16_000)


def test_the_first_employment_keeps_its_capacity(firm):
    """20 weekdays, 160 h: 8 of them cost 800 and the bench the rest."""
    assert firm.payroll_spread("W5") == {"labour": 800, "bench": 15_200, "absence": 0}


@case("W6")
def part_time_on_leave(it: Case) -> None:
    person = it.employee(100, weekly_hours=30, fte_rate="0.75")
    for day in weekdays(date(2026, 3, 9), date(2026, 3, 12)):
        it.absence(person, day, "7.5")


def test_a_whole_week_of_leave_leaves_no_capacity(firm):
    hours = firm.rows(
        "select sum(capacity_minutes) from canonical.fct_utilisation_daily"
        " where legal_entity_code = 'W6' and date_day between '2026-03-09' and"
        " '2026-03-15'"
    )
    assert hours == [(0,)]


@case("W7")
def pay_of_every_frequency(it: Case) -> None:
    project = it.project("time_and_materials")
    for basis, amount in (
        ("weekly", 1_000),
        ("biweekly", 2_000),
        ("four_weekly", 4_000),
        ("semi_monthly", 2_000),
        ("monthly", 4_000),
    ):
        person = it.employee(amount)
        known = {"employee_pseudonym": f"pseudonym of {person}"}
        it.changed("hr_pay", known, pay_basis=basis)
        it.time(project, person, date(2026, 2, 10), 10, 200)


def test_pay_of_every_frequency_has_a_cost_rate(firm):
    """52,000 a year are 26 an hour of 2,000, 48,000 are 24: 10 h of each."""
    assert firm.months("W7", COST) == {"Feb": 3 * 260 + 2 * 240}


@case("W8b")
def pay_before_half_time(it: Case) -> None:
    person = it.employee(100_000)
    known = {"employee_pseudonym": f"pseudonym of {person}"}
    it.changed("hr_pay", known, pay_basis="annual")
    it.say(
        "hr_pay",
        **known,
        valid_from=date(2026, 4, 15),
        currency_code="USD",
        pay_basis="annual",
        pay_amount=50_000,
    )
    half = {"fte_rate": "0.5", "weekly_hours": 20}
    it.assignment(person, it.name, date(2026, 4, 25), **half)
    project = it.project("time_and_materials")
    for day in (14, 20, 27):
        it.time(project, person, date(2026, 4, day), 8, 200)


@case("W8c")
def half_time_and_never_other_pay(it: Case) -> None:
    person = it.employee(100_000)
    known = {"employee_pseudonym": f"pseudonym of {person}"}
    it.changed("hr_pay", known, pay_basis="annual")
    half = {"fte_rate": "0.5", "weekly_hours": 20}
    it.assignment(person, it.name, date(2026, 4, 15), **half)
    project = it.project("time_and_materials")
    for day in (14, 20, 27):
        it.time(project, person, date(2026, 4, day), 8, 200)


def test_pay_before_its_hours_never_halves_the_rate(firm):
    assert firm.months("W8b", COST) == {"Apr": 1_200}
    assert _of_pay(firm, "W8b") == {}


def test_pay_that_never_follows_the_hours_leaves_the_rate_and_is_an_exception(firm):
    assert firm.months("W8c", COST) == {"Apr": 1_200}
    assert _of_pay(firm, "W8c") == {"pay_hours_unclear": None}


@case("W9", currency="USD")
def two_half_positions(it: Case) -> None:
    other = it.entity("W9b")
    person = it.employee(100, weekly_hours=20, fte_rate="0.5")
    it.assignment(person, other, weekly_hours=20, fte_rate="0.5")
    project = it.project("time_and_materials")
    it.time(project, person, date(2026, 2, 10), 4, 200)


def test_half_a_position_in_each_of_two_entities_never_doubles(firm):
    assert firm.months("W9", COST) == {"Feb": 400}
    places = _of_pay(firm, "W9") | _of_pay(firm, "W9b")
    assert places == {"pay_place_unclear": None}
