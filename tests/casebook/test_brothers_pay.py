"""Brothers of the cases of section W: pay.

Figures are worked out by hand from the case book and ``domain.md``'s section Pay.
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.casebook.case import Case, weekdays
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
COST = "labour_cost_amount"
JANUARY = date(2026, 1, 1), date(2026, 1, 31)  # 22 weekdays, 176 h
MARCH = date(2026, 3, 1), date(2026, 3, 31)  # 22 weekdays, 176 h


def _line(it: Case, run: str, person: str, section: str, amount, **said) -> None:
    """A further line of a payroll run."""
    it.say(
        "payroll_lines",
        **{
            "payroll_run_id": run,
            "line_number": len(it.book.rows["payroll_lines"]) + 1,
            "person_pseudonym": f"payroll pseudonym of {person}",
            "section": section,
            "pay_code": section.upper(),
            "currency_code": it.currency,
            "amount": amount,
        }
        | said,
    )


@case("W0x1")
def employer_cost_and_deductions(it: Case) -> None:
    """17,600 and 1,346.40 that the employer bears; 4,000 withheld is within pay."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    run = it.paid(person, MARCH, 17_600)
    _line(it, run, person, "employer_taxes", "1346.40")
    _line(it, run, person, "employee_deductions", 4_000)


def test_labour_costs_what_the_employer_bears(firm):
    assert firm.months("W0x1", COST) == {"Mar": Decimal("18946.40")}


@case("W0x2")
def unpaid_overtime_on_two_projects(it: Case) -> None:
    """176 h paid 17,600; 110 h on each of two projects: 8,800 each, 80 an hour."""
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(100)
    for project in (left, right):
        it.worked(project, person, *MARCH, 5, rate=200)
    it.paid(person, MARCH, 17_600)


def test_unpaid_overtime_lowers_what_an_hour_costs(firm):
    expected = {"W0X2-PROJECT-1": 8_800, "W0X2-PROJECT-2": 8_800}
    assert firm.by_project("W0x2", COST) == expected


@case("W0x3", currency="JPY", country="JP")
def payroll_in_yen(it: Case) -> None:
    """¥400,001 over three projects and internal work: to the yen."""
    person = it.employee(2_273)
    for contract, hours in (
        ("time_and_materials", 3),
        ("fixed_fee", 3),
        ("time_and_materials", 1),
        ("non_billable", 1),
    ):
        it.worked(it.project(contract), person, *MARCH, hours, rate=9_000)
    it.paid(person, MARCH, 400_001)


def test_payroll_in_yen_is_spread_to_the_yen(firm):
    spread = firm.payroll_spread("W0x3")
    assert sum(spread.values()) == 400_001
    amounts = firm.by_project("W0x3", COST).values()
    assert len(amounts) == 4
    assert all(amount == int(amount) for amount in amounts)


@case("W1x1")
def two_currencies_in_a_register(it: Case) -> None:
    """16,000 dollars and 1,000 kroner: translated at 0.15 or held, never 17,000."""
    it.rate("DKK", "USD", date(2026, 3, 30), "0.15")
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    run = it.paid(person, MARCH, 16_000)
    kroner = {"currency_code": "DKK"}
    _line(it, run, person, "employer_contributions", 1_000, **kroner)


def test_two_currencies_of_a_register_are_never_summed(firm):
    translated, held = {"Mar": 16_150}, {"Mar": 16_000}
    assert firm.months("W1x1", COST) in (translated, held)


@case("W2x1")
def a_bonus_for_the_year_before(it: Case) -> None:
    """A run for 2025 with 12,000 of bonus: 1,000 for December, 184 h × 100 paid."""
    december = date(2025, 12, 1), date(2025, 12, 31)
    start = date(2025, 12, 1)
    project = it.project("time_and_materials", start=start)
    person = it.employee(100)
    it.worked(project, person, *december, 8, rate=200)
    it.paid(person, december, 18_400)
    it.paid(person, (date(2025, 1, 1), date(2025, 12, 31)), 12_000, pay_code="BONUS")


def test_a_bonus_is_spread_over_the_months_of_its_run(firm):
    assert firm.months("W2x1", COST) == {"Dec": 19_400}


@case("W2x2")
def a_bonus_of_somebody_who_left(it: Case) -> None:
    """Left on 31 March; 24,000 of bonus in a run of 15 May, after the last day.

    The year's months are 2,000 each, those of this employment 8,000 each; either
    way March bears its share and May's projects bear nothing.
    """
    project, person = it.project("time_and_materials"), it.employee(100)
    it.changed("hr_workers", {"worker_id": person}, termination_date=MARCH[1])
    it.worked(project, person, *MARCH, 8, rate=200)
    it.paid(person, MARCH, 17_600)
    it.paid(person, (date(2026, 5, 15),) * 2, 24_000, pay_code="BONUS")
    it.worked(project, it.employee(100), date(2026, 5, 15), date(2026, 5, 15), 8)


def test_a_bonus_of_somebody_who_left_is_for_the_year_too(firm):
    year, employed = {"Mar": 19_600, "May": 800}, {"Mar": 25_600, "May": 800}
    assert firm.months("W2x2", COST) in (year, employed)


@case("W3x1")
def arrears_of_january_paid_in_march(it: Case) -> None:
    """January on one project, March on another; 880 more for January.

    17,600 + 880 on the first; 17,600 on the second.
    """
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(100)
    it.worked(left, person, *JANUARY, 8, rate=200)
    it.worked(right, person, *MARCH, 8, rate=200)
    it.paid(person, JANUARY, 17_600)
    it.paid(person, MARCH, 17_600)
    run = it.paid(person, JANUARY, 880)
    it.changed("payroll_runs", {"payroll_run_id": run}, pay_date=MARCH[1])


def test_arrears_cost_the_projects_of_the_month_they_are_for(firm):
    expected = {"W3X1-PROJECT-1": 18_480, "W3X1-PROJECT-2": 17_600}
    assert firm.by_project("W3x1", COST) == expected


@case("W3x2")
def pay_taken_back(it: Case) -> None:
    """17,600 of March and a run of −600 for March: 17,000 for its 176 h."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    it.paid(person, MARCH, 17_600)
    it.paid(person, MARCH, -600)


def test_pay_taken_back_lowers_the_month_it_is_for(firm):
    assert firm.months("W3x2", COST) == {"Mar": 17_000}


@case("W3x3")
def a_preview_of_a_run(it: Case) -> None:
    """20,000 in a preview, 17,600 in the run as it was paid."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    preview = it.paid(person, MARCH, 20_000)
    it.changed("payroll_runs", {"payroll_run_id": preview}, is_final=False)
    it.paid(person, MARCH, 17_600)


def test_a_preview_costs_nothing(firm):
    assert firm.months("W3x3", COST) == {"Mar": 17_600}


@case("W4x1")
def hours_moved_after_the_payroll(it: Case) -> None:
    """176 h − 16 h and 16 h on another project: 160 : 16 of 17,600."""
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(100)
    it.worked(left, person, *MARCH, 8, rate=200)
    it.paid(person, MARCH, 17_600)
    it.time(left, person, date(2026, 3, 31), -16, 200)
    it.time(right, person, date(2026, 3, 31), 16, 200)


def test_hours_moved_take_their_pay_with_them(firm):
    expected = {"W4X1-PROJECT-1": 16_000, "W4X1-PROJECT-2": 1_600}
    assert firm.by_project("W4x1", COST) == expected
    assert sum(firm.payroll_spread("W4x1").values()) == 17_600


@case("W4x2")
def hours_that_net_to_nothing(it: Case) -> None:
    """All of March is taken back: nobody's labour, 17,600 of bench."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, date(2026, 3, 10), 8, 200)
    it.time(project, person, date(2026, 3, 10), -8, 200)
    it.paid(person, MARCH, 17_600)


def test_payroll_of_hours_that_net_to_nothing_is_bench(firm):
    assert firm.payroll_spread("W4x2") == {
        "labour": 0,
        "bench": 17_600,
        "absence": 0,
    }


@case("W5x1")
def a_rehire_overwrites_the_hire_date(it: Case) -> None:
    """Left in March, hired again on 4 May: February's 8 h × 100 stay as they were."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.changed("hr_workers", {"worker_id": person}, hire_date=date(2026, 5, 4))
    it.time(project, person, date(2026, 2, 10), 8, 200)
    it.time(project, person, date(2026, 5, 12), 8, 200)


def test_a_rehire_leaves_the_first_employment_its_cost(firm):
    assert firm.months("W5x1", COST) == {"Feb": 800, "May": 800}


@case("W6x1")
def paid_leave_and_work(it: Case) -> None:
    """176 h of capacity: 88 h worked and 88 h of leave, half of 17,600 each."""
    project, person = it.project("time_and_materials"), it.employee(100)
    first = MARCH[0], date(2026, 3, 16)  # 11 weekdays
    it.worked(project, person, *first, 8, rate=200)
    for day in weekdays(date(2026, 3, 17), MARCH[1]):  # 11 of them
        it.absence(person, day, 8)
    it.paid(person, MARCH, 17_600)


def test_leave_is_paid_by_its_pool_and_not_by_projects(firm):
    assert firm.payroll_spread("W6x1") == {
        "labour": 8_800,
        "bench": 0,
        "absence": 8_800,
    }


def _annual(it: Case, pay: int, fte: str, hours: int) -> str:
    person = it.employee(pay, fte_rate=fte, weekly_hours=hours)
    it.changed(
        "hr_pay", {"employee_pseudonym": f"pseudonym of {person}"}, pay_basis="annual"
    )
    return person


@case("W7x1")
def annual_pay_at_half_time(it: Case) -> None:
    """50,000 a year for half of 2,000 h: 50 an hour, 10 h are 500."""
    person = _annual(it, 50_000, "0.5", 20)
    it.time(it.project("time_and_materials"), person, date(2026, 2, 10), 10, 200)


def test_pay_of_a_part_time_year_is_for_its_hours(firm):
    assert firm.months("W7x1", COST) == {"Feb": 500}


@case("W7x2")
def paid_twice_a_month(it: Case) -> None:
    """8,200 for 1 – 15 March (80 h), 9,400 for the rest (96 h).

    One project in the first half, another in the second: each bears its half.
    """
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(100)
    first, second = (MARCH[0], date(2026, 3, 15)), (date(2026, 3, 16), MARCH[1])
    it.worked(left, person, *first, 8, rate=200)
    it.worked(right, person, *second, 8, rate=200)
    it.paid(person, first, 8_200)
    it.paid(person, second, 9_400)


def test_pay_of_half_a_month_is_for_its_hours(firm):
    expected = {"W7X2-PROJECT-1": 8_200, "W7X2-PROJECT-2": 9_400}
    assert firm.by_project("W7x2", COST) == expected


@case("W7x3")
def paid_for_two_weeks_over_a_month_end(it: Case) -> None:
    """8,000 for 23 March – 5 April, 80 h: 7 days of 800 in March, 3 in April."""
    project, person = it.project("time_and_materials"), it.employee(90)
    weeks = date(2026, 3, 23), date(2026, 4, 5)
    it.worked(project, person, *weeks, 8, rate=200)
    it.paid(person, weeks, 8_000)


def test_pay_over_a_month_end_is_for_the_days_worked(firm):
    assert firm.months("W7x3", COST) == {"Mar": 5_600, "Apr": 2_400}


def _half_then(it: Case, halves: bool) -> None:
    """Share of full time changes on 15 April, pay on the 25th; 8 h on the 20th."""
    before, after = (100_000, 50_000) if halves else (50_000, 100_000)
    fte = ("1", "0.5") if halves else ("0.5", "1")
    hours = (40, 20) if halves else (20, 40)
    person = _annual(it, before, fte[0], hours[0])
    it.assignment(
        person, it.name, date(2026, 4, 15), fte_rate=fte[1], weekly_hours=hours[1]
    )
    it.say(
        "hr_pay",
        employee_pseudonym=f"pseudonym of {person}",
        valid_from=date(2026, 4, 25),
        currency_code="USD",
        pay_basis="annual",
        pay_amount=after,
    )
    project = it.project("time_and_materials")
    for day in (14, 20, 27):
        it.time(project, person, date(2026, 4, day), 8, 200)


@case("W8x1")
def half_time_before_its_pay(it: Case) -> None:
    """50 an hour throughout: three days of 8 h are 1,200."""
    _half_then(it, halves=True)


def test_half_time_before_its_pay_never_doubles_the_rate(firm):
    assert firm.months("W8x1", COST) == {"Apr": 1_200}


@case("W8x2")
def full_time_before_its_pay(it: Case) -> None:
    """50 an hour throughout: three days of 8 h are 1,200."""
    _half_then(it, halves=False)


def test_full_time_before_its_pay_never_halves_the_rate(firm):
    assert firm.months("W8x2", COST) == {"Apr": 1_200}
