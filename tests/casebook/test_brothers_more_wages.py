"""More brothers of section W: pay across months, runs taken back, leave, leavers.

An hour costs 100 and all weekdays of a month are worked unless said otherwise: March
has 22 of them, April 22, June 22, at 8 h.
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.casebook.case import Case, weekdays
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
COST = "labour_cost_amount"
MARCH = date(2026, 3, 1), date(2026, 3, 31)
APRIL = date(2026, 4, 1), date(2026, 4, 30)
JUNE = date(2026, 6, 1), date(2026, 6, 30)


def _works(it: Case, *months: tuple[date, date]) -> tuple[str, str]:
    """Somebody who works all of some months on one project, and is paid for it."""
    project, person = it.project("time_and_materials"), it.employee(100)
    for month in months:
        it.worked(project, person, *month, 8, rate=200)
        it.paid(person, month, 800 * len(weekdays(*month)))
    return project, person


@case("W7z1")
def a_pay_period_across_two_months(it: Case) -> None:
    """8,800 for 26 February to 11 March, 10 weekdays of which 2 are February's."""
    project, person = it.project("time_and_materials"), it.employee(100)
    period = date(2026, 2, 26), date(2026, 3, 11)
    it.worked(project, person, *period, 8, rate=200)
    it.paid(person, period, 8_800)


def test_a_pay_period_across_months_costs_each_its_days(firm):
    assert firm.months("W7z1", COST) == {"Feb": 1_760, "Mar": 7_040}


@case("W7z2")
def a_week_across_two_years(it: Case) -> None:
    """4,500 for 29 December to 4 January: 3 days of 2025, 2 of 2026, 900 each."""
    project = it.project("time_and_materials", start=date(2025, 12, 1))
    person, week = it.employee(100), (date(2025, 12, 29), date(2026, 1, 4))
    it.worked(project, person, *week, 8, rate=200)
    it.paid(person, week, 4_500)


def test_a_week_across_years_costs_each_its_days(firm):
    assert firm.months("W7z2", COST) == {"Dec": 2_700, "Jan": 1_800}


@case("W2z1")
def a_thirteenth_salary(it: Case) -> None:
    """6,000 with June's pay, which policy calls a bonus: 500 for every month."""
    it.book.decide(
        "pay_code_classes",
        pay_code="13TH",
        legal_entity_code=it.name,
        payroll_group_code="*",
        pay_class="bonus",
        owner="Human resources",
    )
    _, person = _works(it, MARCH, JUNE)
    it.also_paid(f"{it.name}-run-2", person, 6_000, "13TH")


def test_a_thirteenth_salary_is_every_months(firm):
    assert firm.months("W2z1", COST) == {"Mar": 18_100, "Jun": 18_100}
    assert sum(firm.payroll_spread("W2z1").values()) == 35_200 + 6_000


@case("W2z2")
def a_bonus_that_is_clawed_back(it: Case) -> None:
    """12,000 paid in April and 7,200 of it taken back in June: 400 a month are left."""
    _, person = _works(it, MARCH)
    it.paid(person, (date(2026, 4, 15),) * 2, 12_000, pay_code="BONUS")
    it.paid(person, (date(2026, 6, 15),) * 2, -7_200, pay_code="BONUS")


def test_a_bonus_clawed_back_leaves_its_rest(firm):
    assert firm.months("W2z2", COST) == {"Mar": 18_000}
    assert sum(firm.payroll_spread("W2z2").values()) == 17_600 + 4_800


@case("W2z3")
def severance_after_the_last_day(it: Case) -> None:
    """Leaves on 16 March, after 11 weekdays; 9,000 of severance in April's run."""
    project, person = it.project("time_and_materials"), it.employee(100)
    worked = MARCH[0], date(2026, 3, 16)
    it.changed("hr_workers", {"worker_id": person}, termination_date=worked[1])
    it.worked(project, person, *worked, 8, rate=200)
    it.paid(person, worked, 8_800)
    it.paid(person, APRIL, 9_000, pay_code="SEVERANCE")


def test_severance_is_no_cost_of_projects(firm):
    assert firm.months("W2z3", COST) == {"Mar": 8_800}
    spread = {"labour": 8_800, "bench": 9_000, "absence": 0}
    assert firm.payroll_spread("W2z3") == spread


@case("W3z1")
def overtime_paid_next_month(it: Case) -> None:
    """20 h of overtime in March, paid with April's as the register says: 3,000."""
    _overtime_of_march(it, earned_from_date=MARCH[0], earned_to_date=MARCH[1])


@case("W3z2")
def overtime_of_which_the_register_says_nothing(it: Case) -> None:
    """The same without days: pay of the run's own period, April."""
    _overtime_of_march(it)


def _overtime_of_march(it: Case, **said) -> None:
    project, person = _works(it, MARCH, APRIL)
    for day in (7, 14):
        it.time(project, person, date(2026, 3, day), 10, 200)
    it.also_paid(f"{it.name}-run-2", person, 3_000, "OVERTIME", **said)


def test_overtime_paid_later_is_of_the_days_that_the_register_names(firm):
    assert firm.months("W3z1", COST) == {"Mar": 20_600, "Apr": 17_600}
    assert firm.months("W3z2", COST) == {"Mar": 17_600, "Apr": 20_600}


@case("W10z1")
def a_run_taken_back_and_run_again(it: Case) -> None:
    """17,600 and 1,760 of taxes, all taken back, then 16,720 and 1,672: 18,392."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    for amount in (17_600, -17_600, 16_720):
        run = it.paid(person, MARCH, amount)
        tax = Decimal(amount) / 10
        it.also_paid(run, person, tax, "TAX", section="employer_taxes")


def test_a_run_taken_back_and_run_again_counts_once(firm):
    assert firm.months("W10z1", COST) == {"Mar": 18_392}
    assert sum(firm.payroll_spread("W10z1").values()) == 18_392


@case("W10z2")
def a_run_taken_back_in_another_month(it: Case) -> None:
    """March's 17,600 were paid twice; the second goes back by a run of 9 April."""
    _, person = _works(it, MARCH, APRIL)
    it.paid(person, MARCH, 17_600)
    run = it.paid(person, MARCH, -17_600)
    it.changed("payroll_runs", {"payroll_run_id": run}, pay_date=date(2026, 4, 9))


def test_a_run_paid_twice_and_taken_back_counts_once(firm):
    assert firm.months("W10z2", COST) == {"Mar": 17_600, "Apr": 17_600}


@case("W5z1")
def hired_again_for_more(it: Case) -> None:
    """100 an hour until February, hired again on 1 April for 120; HR forgot the rest.

    February's 8 h are 800, April's 960, and March has neither capacity nor cost.
    """
    project, person = it.project("time_and_materials"), it.employee(100)
    it.changed("hr_workers", {"worker_id": person}, hire_date=APRIL[0])
    it.say(
        "hr_pay",
        employee_pseudonym=f"pseudonym of {person}",
        valid_from=APRIL[0],
        currency_code="USD",
        pay_basis="hourly",
        pay_amount=120,
    )
    it.time(project, person, date(2026, 2, 10), 8, 200)
    it.time(project, person, date(2026, 4, 10), 8, 200)


def test_who_is_hired_again_for_more_keeps_the_first_rate_before(firm):
    assert firm.months("W5z1", COST) == {"Feb": 800, "Apr": 960}


@case("W6z1")
def unpaid_leave(it: Case) -> None:
    """11 days worked and paid, 8,800; 11 days of leave that nobody pays.

    An hour costs 100 as ever: leave that is not paid bears no pay.
    """
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, MARCH[0], date(2026, 3, 16), 8, rate=200)
    for day in weekdays(date(2026, 3, 17), MARCH[1]):
        it.absence(person, day, 8)
    it.changed("hr_absences", {"worker_id": person}, absence_type="Unpaid leave")
    it.paid(person, MARCH, 8_800)


def test_unpaid_leave_bears_no_pay(firm):
    assert firm.months("W6z1", COST) == {"Mar": 8_800}
    spread = {"labour": 8_800, "bench": 0, "absence": 0}
    assert firm.payroll_spread("W6z1") == spread


@case("W6z2")
def sick_for_two_days(it: Case) -> None:
    """16,000 for 20 days of work and 1,600 of sick pay for two days."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, MARCH[0], date(2026, 3, 27), 8, rate=200)
    for day in (30, 31):
        it.absence(person, date(2026, 3, day), 8)
    it.changed("hr_absences", {"worker_id": person}, absence_type="Sick")
    run = it.paid(person, MARCH, 16_000)
    it.also_paid(run, person, 1_600, "SICK")


def test_sick_pay_is_paid_absence(firm):
    spread = {"labour": 16_000, "bench": 0, "absence": 1_600}
    assert firm.payroll_spread("W6z2") == spread


@case("W8z1")
def half_time_from_the_middle_of_a_pay_period(it: Case) -> None:
    """10 days of 8 h on one project, then 12 of 4 h on another: 128 h, 12,800."""
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person, half = it.employee(100), {"fte_rate": "0.5", "weekly_hours": 20}
    it.assignment(person, it.name, date(2026, 3, 16), **half)
    it.worked(left, person, MARCH[0], date(2026, 3, 13), 8, rate=200)
    it.worked(right, person, date(2026, 3, 16), MARCH[1], 4, rate=200)
    it.paid(person, MARCH, 12_800)


def test_half_time_within_a_pay_period_leaves_nothing_on_the_bench(firm):
    expected = {"W8Z1-PROJECT-1": 8_000, "W8Z1-PROJECT-2": 4_800}
    assert firm.by_project("W8z1", COST) == expected
    assert firm.payroll_spread("W8z1")["bench"] == 0


@case("W1z1")
def paid_here_and_abroad(it: Case) -> None:
    """8,800 dollars, and a run of 200,000 rupees at 0.044, 8,800 dollars too."""
    it.rate("LKR", "USD", date(2026, 3, 30), "0.044")
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    it.paid(person, MARCH, 8_800)
    abroad = it.paid(person, MARCH, 200_000)
    it.changed("payroll_lines", {"payroll_run_id": abroad}, currency_code="LKR")


def test_pay_of_two_countries_is_one_cost(firm):
    assert firm.months("W1z1", COST) == {"Mar": 17_600}


@case("W4z1")
def half_of_the_time_is_not_approved(it: Case) -> None:
    """88 h approved and 88 h submitted of 17,600: the rest waits on the bench."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, MARCH[0], date(2026, 3, 16), 8, rate=200)
    pending = {"rate": 200, "approval_status": "pending"}
    it.worked(project, person, date(2026, 3, 17), MARCH[1], 8, **pending)
    it.paid(person, MARCH, 17_600)


def test_time_that_nobody_approved_bears_no_pay(firm):
    assert firm.payroll_spread("W4z1") == {
        "labour": 8_800,
        "bench": 8_800,
        "absence": 0,
    }
