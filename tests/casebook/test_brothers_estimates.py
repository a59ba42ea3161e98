"""Brothers of the cases of section E: estimates and progress.

Figures are worked out by hand from the case book and the standards it cites.
"""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.casebook.case import ACCOUNTS, Case, weekdays
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "total_cost_amount"
JANUARY = date(2026, 1, 5), date(2026, 1, 30)  # 20 weekdays
FEBRUARY = date(2026, 2, 2), date(2026, 2, 27)  # 20 weekdays
MARCH = date(2026, 3, 2), date(2026, 3, 27)  # 20 weekdays
SEPTEMBER = date(2026, 9, 1), date(2026, 9, 30)  # to come


@case("E1x1")
def no_estimate_two_people(it: Case) -> None:
    """Cost recovery, ASC 606-10-25-37: 10 h × 100 in January, 8 h × 75 in March."""
    project = it.project("fixed_fee", 80_000)
    it.time(project, it.employee(100), date(2026, 1, 12), 10)
    it.time(project, it.employee(75), date(2026, 3, 31), 8)


def test_without_an_estimate_every_month_earns_its_cost(firm):
    assert firm.months("E1x1", REVENUE) == {"Jan": 1_000, "Mar": 600}


@case("E1x2")
def no_estimate_and_cost_above_the_price(it: Case) -> None:
    """10 h × 100 = 1,000 of cost; a price of 800 is all that can be recovered."""
    project = it.project("fixed_fee", 800)
    it.time(project, it.employee(100), date(2026, 1, 12), 10)


def test_without_an_estimate_no_more_than_the_price_is_recovered(firm):
    assert firm.months("E1x2", REVENUE) == {"Jan": 800}


@case("E1x3")
def a_price_of_nothing(it: Case) -> None:
    """A free pilot, planned and worked: 50 h × 100 of cost and a price of 0."""
    project, person = it.project("fixed_fee", 0), it.employee(100)
    it.allocation(project, person, *JANUARY, 50)
    it.worked(project, person, *JANUARY, "2.5")


def test_a_price_of_nothing_earns_nothing_and_costs_what_it_costs(firm):
    assert firm.months("E1x3", REVENUE) == {}
    assert firm.months("E1x3", COST) == {"Jan": 5_000}


@case("E2x1")
def an_overdue_plan_worked_late(it: Case) -> None:
    """100 h planned for January, 200 h for February; 100 h worked in each of three.

    Of 300 h 100, 200 and 300 are done at the months' ends: 20,000 each of 60,000.
    """
    project, person = it.project("fixed_fee", 60_000), it.employee(100)
    it.allocation(project, person, date(2026, 1, 1), date(2026, 1, 31), 100)
    it.allocation(project, person, date(2026, 2, 1), date(2026, 2, 28), 200)
    for month in (JANUARY, FEBRUARY, MARCH):
        it.worked(project, person, *month, 5)


def test_overdue_work_earns_when_it_is_done(firm):
    expected = {"Jan": 20_000, "Feb": 20_000, "Mar": 20_000}
    assert firm.months("E2x1", REVENUE) == expected


@case("E2x2")
def more_worked_than_planned(it: Case) -> None:
    """100 h planned for January; 60 h worked then and 60 h in February.

    January 60 ÷ (60 + 40 overdue) = 60 % of 20,000; February all of it, never 120 %.
    """
    project, person = it.project("fixed_fee", 20_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 100)
    it.worked(project, person, *JANUARY, 3)
    it.worked(project, person, *FEBRUARY, 3)


def test_work_beyond_the_plan_earns_no_more_than_the_price(firm):
    assert firm.months("E2x2", REVENUE) == {"Jan": 12_000, "Feb": 8_000}


@case("E2x4")
def worked_more_than_planned_and_then_not(it: Case) -> None:
    """20,000; 100 h planned in January and in March, 150 h worked in January alone.

    January 150 ÷ (150 + 100 to come) = 60 %. March's 100 h are not done and still to
    come, so March is 0: a month without work earns nothing.
    """
    project, person = it.project("fixed_fee", 20_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 100)
    it.allocation(project, person, *MARCH, 100)
    it.worked(project, person, *JANUARY, "7.5")


def test_a_month_without_work_earns_nothing(firm):
    assert firm.months("E2x4", REVENUE) == {"Jan": 12_000}


@case("E2x3")
def worked_the_day_after_the_plan(it: Case) -> None:
    """All 8 h are planned for the last of March and worked on the first of April."""
    day = date(2026, 3, 31)
    project = it.project("fixed_fee", 1_000, start=day, end=day)
    person = it.employee(100)
    it.allocation(project, person, day, day, 8)
    it.time(project, person, date(2026, 4, 1), 8)


def test_a_day_late_is_a_month_later(firm):
    assert firm.months("E2x3", REVENUE) == {"Apr": 1_000}


@case("E3x1")
def an_allocation_over_the_new_year(it: Case) -> None:
    """60 h, 22 December – 9 January: 8 and 7 weekdays of 4 h; 15,000 ÷ 15 a day."""
    project = it.project("fixed_fee", 15_000, start=date(2025, 12, 1))
    person, winter = it.employee(100), (date(2025, 12, 22), date(2026, 1, 9))
    it.allocation(project, person, *winter, 60)
    it.worked(project, person, *winter, 4)


def test_an_allocation_over_the_new_year_is_spread_over_working_days(firm):
    assert firm.months("E3x1", REVENUE) == {"Dec": 8_000, "Jan": 7_000}


@case("E3x2", country="AT")
def an_allocation_with_holidays(it: Case) -> None:
    """240 h, April to June, with five Austrian holidays on weekdays.

    22 − 1, 21 − 3 and 22 − 1 working days of 4 h: 60 days, 1,000 a day of 60,000.
    """
    holidays = [
        date(2026, 4, 6),  # Easter Monday
        date(2026, 5, 1),  # Labour Day
        date(2026, 5, 14),  # Ascension
        date(2026, 5, 25),  # Whit Monday
        date(2026, 6, 4),  # Corpus Christi
    ]
    for day in holidays:
        it.say("hr_holidays", country_code="AT", holiday_date=day, holiday_name="Day")
    project, person = it.project("fixed_fee", 60_000), it.employee(100)
    spring = date(2026, 4, 1), date(2026, 6, 30)
    it.allocation(project, person, *spring, 240)
    for day in weekdays(*spring):
        if day not in holidays:
            it.time(project, person, day, 4)


def test_an_allocation_is_not_spread_over_holidays(firm):
    expected = {"Apr": 21_000, "May": 18_000, "Jun": 21_000}
    assert firm.months("E3x2", REVENUE) == expected


@case("E3x3")
def a_project_of_one_day(it: Case) -> None:
    """Planned and worked on the last day of a month: all of it is earned there."""
    day = date(2026, 3, 31)
    project = it.project("fixed_fee", 1_000, start=day, end=day)
    person = it.employee(100)
    it.allocation(project, person, day, day, 8)
    it.time(project, person, day, 8)


def test_a_project_of_one_day_is_earned_on_it(firm):
    assert firm.months("E3x3", REVENUE) == {"Mar": 1_000}


@case("E3x4")
def two_people_of_different_cost(it: Case) -> None:
    """Cost, not hours: 50 h × 100 done of (50 × 100 + 100 × 50) is half of 20,000."""
    project = it.project("fixed_fee", 20_000)
    dear, cheap = it.employee(100), it.employee(50)
    it.allocation(project, dear, *JANUARY, 50)
    it.allocation(project, cheap, *SEPTEMBER, 100)
    it.worked(project, dear, *JANUARY, "2.5")


def test_progress_is_by_cost_and_not_by_hours(firm):
    assert firm.months("E3x4", REVENUE) == {"Jan": 10_000}


@case("E3x5")
def an_allocation_of_somebody_who_joins(it: Case) -> None:
    """172 h, April to June, of somebody who joins on 1 May: 21 and 22 days of 4 h."""
    project = it.project("fixed_fee", 43_000)
    person = it.employee(100, since=date(2026, 5, 1))
    it.allocation(project, person, date(2026, 4, 1), date(2026, 6, 30), 172)
    it.worked(project, person, date(2026, 5, 1), date(2026, 6, 30), 4)


def test_an_allocation_begins_when_the_person_does(firm):
    assert firm.months("E3x5", REVENUE) == {"May": 21_000, "Jun": 22_000}


@case("E3x6")
def an_allocation_of_a_weekend(it: Case) -> None:
    """8 h on a Saturday, planned and worked so, and 8 h in September: half."""
    project, person = it.project("fixed_fee", 1_000), it.employee(100)
    saturday = date(2026, 6, 6)
    it.allocation(project, person, saturday, saturday, 8)
    it.allocation(project, person, *SEPTEMBER, 8)
    it.time(project, person, saturday, 8)


def test_a_range_without_a_working_day_keeps_its_plan(firm):
    assert firm.months("E3x6", REVENUE) == {"Jun": 500}


@case("E3x7")
def a_weekend_not_worked(it: Case) -> None:
    """8 h planned for a Saturday and not worked are overdue; 8 h worked before."""
    project, person = it.project("fixed_fee", 1_000), it.employee(100)
    friday, saturday = date(2026, 5, 29), date(2026, 5, 30)
    it.allocation(project, person, friday, friday, 8)
    it.allocation(project, person, saturday, saturday, 8)
    it.time(project, person, friday, 8)


def test_a_weekend_planned_and_not_worked_is_still_to_come(firm):
    assert firm.months("E3x7", REVENUE) == {"May": 500}


def _periods(it: Case, year_end: date, *ends: date) -> None:
    """An ERP of its own, whose fiscal year begins on the day before the first."""
    erp = f"{it.name.lower()}-erp"
    entity = f"{it.name}-entity"
    it.changed("erp_entities", {"entity_id": entity}, source_instance=erp)
    accounts = [
        row
        for row in it.book.rows["erp_accounts"]
        if row["source_instance"] == it.instance and row["account_number"] in ACCOUNTS
    ]
    for row in accounts:
        it.book.rows["erp_accounts"].append(row | {"source_instance": erp})
    dimension = {"dimension_id": "PR-1", "practice_code": "PR-1"}
    it.say("erp_dimensions", source_instance=erp, **dimension)
    for number, (last, end) in enumerate(pairwise(ends), start=1):
        it.say(
            "erp_fiscal_periods",
            source_instance=erp,
            period_id=f"{number}",
            start_date=last + timedelta(days=1),
            end_date=end,
            period_name=f"P{number}",
            fiscal_year_start_date=ends[0] + timedelta(days=1),
            fiscal_year_end_date=year_end,
        )


def _by_period(firm, entity: str, column: str) -> dict:
    query = f"""
        select period_end_date, sum({column})
        from marts.mart_project_margin_monthly
        where legal_entity_code = $entity
        group by period_end_date having sum({column}) <> 0
        order by period_end_date
    """
    return dict(firm.rows(query, entity=entity))


@case("P1x1")
def an_allocation_in_4_4_5(it: Case) -> None:
    """A quarter of 4, 4 and 5 weeks, planned and worked 4 h a weekday.

    13,000 ÷ 65 weekdays: 20, 20 and 25 of them.
    """
    ends = [date(2025, 12, 28), date(2026, 1, 25), date(2026, 2, 22)]
    ends += [date(2026, 3, 29), date(2026, 4, 26), date(2026, 5, 24)]
    ends += [date(2026, 6, 28), date(2026, 7, 26), date(2026, 8, 23)]
    ends += [date(2026, 9, 27), date(2026, 10, 25), date(2026, 11, 22)]
    _periods(it, date(2026, 12, 27), *ends, date(2026, 12, 27))
    project = it.project("fixed_fee", 13_000, start=date(2025, 12, 29))
    it.changed("erp_projects", {"project_id": project}, source_instance="p1x1-erp")
    person, quarter = it.employee(100), (date(2025, 12, 29), date(2026, 3, 29))
    it.allocation(project, person, *quarter, 260)
    it.worked(project, person, *quarter, 4)


def test_an_allocation_is_spread_over_the_weeks_of_periods(firm):
    expected = {
        date(2026, 1, 25): 4_000,
        date(2026, 2, 22): 4_000,
        date(2026, 3, 29): 5_000,
    }
    assert _by_period(firm, "P1x1", REVENUE) == expected


@case("P1x2")
def two_periods_that_begin_in_january(it: Case) -> None:
    """13 periods of four weeks from 1 January: the second begins on the 29th."""
    ends = [date(2025, 12, 31) + timedelta(days=28 * n) for n in range(14)]
    ends[-1] = date(2026, 12, 31)
    _periods(it, date(2026, 12, 31), *ends)
    project, person = it.project("time_and_materials"), it.employee(100)
    it.changed("erp_projects", {"project_id": project}, source_instance="p1x2-erp")
    it.time(project, person, date(2026, 1, 28), 8, 200)
    it.time(project, person, date(2026, 1, 29), 4, 200)


def test_each_of_two_periods_that_begin_in_a_month_has_its_days(firm):
    expected = {date(2026, 1, 28): 1_600, date(2026, 2, 25): 800}
    assert _by_period(firm, "P1x2", REVENUE) == expected
    expected = {date(2026, 1, 28): 800, date(2026, 2, 25): 400}
    assert _by_period(firm, "P1x2", COST) == expected


@case("E5x1")
def a_loss_foreseen(it: Case) -> None:
    """Price 10,000; cost 4,000 in January, 8,000 to come: EAC 12,000.

    Revenue 4/12 × 10,000 = 3,333.33; of the loss of 2,000 666.67 is borne already,
    so 1,333.33 is provided at once (ASC 605-35-25-45).
    """
    project, person = it.project("fixed_fee", 10_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 40)
    it.allocation(project, person, *SEPTEMBER, 80)
    it.worked(project, person, *JANUARY, 2)


def test_a_loss_foreseen_earns_by_progress(firm):
    assert firm.months("E5x1", REVENUE) == {"Jan": Decimal("3333.33")}
    assert firm.months("E5x1", "loss_provision_amount") == {"Jan": Decimal("1333.33")}
    assert firm.months("E5x1", "margin_amount") == {"Jan": -2_000}


@case("E8x1")
def licences_delivered_a_month_later(it: Case) -> None:
    """10,000 fixed; 50 h × 100 and licences of 3,000 passed through.

    January 10 h of 50: 20 % × (10,000 − 3,000) = 1,400. February the licences at
    their cost, 3,000, and nothing else (ASC 606-10-55-21).
    """
    project, person = it.project("fixed_fee", 10_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 10)
    it.allocation(project, person, *SEPTEMBER, 40)
    it.worked(project, person, *JANUARY, "0.5")
    order = it.order(
        project, None, 3_000, 1, date(2026, 1, 7), is_pass_through=True, quantity=None
    )
    it.say(
        "spend_receipts",
        receipt_id=it.new("receipt"),
        po_line_id=f"{order}/1",
        receipt_date=date(2026, 2, 10),
        currency_code="USD",
        amount=3_000,
    )
    it.bill(project, 3_000, date(2026, 2, 12), order=order)


def test_licences_earn_their_cost_when_they_are_delivered(firm):
    assert firm.months("E8x1", REVENUE) == {"Jan": 1_400, "Feb": 3_000}


@case("E12x1")
def an_acceptance_taken_back(it: Case) -> None:
    """60,000 accepted in February, taken back in March, accepted again in May."""
    project = it.project("milestone", 100_000)
    day = date(2026, 2, 10)
    task = it.milestone(project, 60_000, due=day, accepted=day)
    for day, direction in ((date(2026, 3, 10), -1), (date(2026, 5, 11), 1)):
        it.say("psa_acceptances", task_id=task, event_date=day, direction=direction)
    it.milestone(project, 40_000, due=date(2026, 12, 1))


def test_an_acceptance_taken_back_takes_its_revenue_back(firm):
    expected = {"Feb": 60_000, "Mar": -60_000, "May": 60_000}
    assert firm.months("E12x1", REVENUE) == expected


@case("E13x1")
def future_time_on_a_fixed_price(it: Case) -> None:
    """50 h of 100 worked in January; the 50 h of September are approved already."""
    project, person = it.project("fixed_fee", 20_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 50)
    it.allocation(project, person, *SEPTEMBER, 50)
    it.worked(project, person, *JANUARY, "2.5")
    it.time(project, person, date(2026, 9, 30), 50)


def test_time_of_a_day_to_come_is_no_progress(firm):
    assert firm.months("E13x1", REVENUE) == {"Jan": 10_000}
    assert firm.months("E13x1", COST) == {"Jan": 5_000}


@case("E13x2")
def a_future_expense(it: Case) -> None:
    """A rail ticket of 300 for September, approved in June."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, date(2026, 5, 12), 1, 200)
    it.expense(project, person, date(2026, 9, 30), 300, is_rechargeable=True)


def test_an_expense_of_a_day_to_come_earns_and_costs_nothing_yet(firm):
    assert firm.months("E13x2", REVENUE) == {"May": 200}
    assert firm.months("E13x2", COST) == {"May": 100}
    assert firm.proposed("E13x2") == 200


@case("E14x1")
def a_completed_contract_never_accepted(it: Case) -> None:
    """All is worked and nothing accepted: no revenue, cost as incurred (default)."""
    it.book.decide(
        "revenue_policies",
        legal_entity_code="E14x1",
        contract_type="fixed_fee",
        method="completed_contract",
        modification_treatment="catch_up",
        owner="Finance",
    )
    project, person = it.project("fixed_fee", 50_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 300)
    it.worked(project, person, *JANUARY, 15)
    it.milestone(project, 50_000, date(2026, 3, 16))


def test_a_completed_contract_earns_nothing_before_it_is_accepted(firm):
    assert firm.months("E14x1", REVENUE) == {}
    assert firm.months("E14x1", COST) == {"Jan": 30_000}
