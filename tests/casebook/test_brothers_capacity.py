"""Brothers of sections W and M: capacity, utilisation and people who are lent.

March 2026 has 22 weekdays of 8 h, 176 h, of which the 11th is a Wednesday. An hour
costs 100, is sold at 200 and lent at cost and 9 %, unless said otherwise.
"""

from datetime import date

import pytest

from tests.casebook.case import Case, weekdays
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "labour_cost_amount"
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
MAR_9, MAR_11, MAR_13 = (date(2026, 3, day) for day in (9, 11, 13))
MAR_16, MAR_20 = date(2026, 3, 16), date(2026, 3, 20)


def _march(firm, entity: str, columns: str = "sum(capacity_hours)") -> list[tuple]:
    """What March's utilisation of an entity's practices says."""
    return firm.rows(
        f"select {columns} from marts.mart_practice_utilisation_monthly"
        " where legal_entity_code = $entity and period_month = date '2026-03-01'",
        entity=entity,
    )


@case("W6q1", country="QA")
def a_week_of_leave_with_a_holiday(it: Case) -> None:
    """Leave from Monday to Friday is told for all five days; Wednesday is a holiday.

    176 − 8 of the holiday − 32 of leave: 136; the holiday is no leave besides.
    """
    it.say("hr_holidays", country_code="QA", holiday_date=MAR_11, holiday_name="Day")
    person = it.employee(100)
    for day in weekdays(MAR_9, MAR_13):
        it.absence(person, day, 8)


@case("W6q2")
def leave_on_a_saturday(it: Case) -> None:
    """A week's leave is told for Saturday and Sunday too: 176 − 40."""
    person = it.employee(100)
    for day in range(9, 16):
        it.absence(person, date(2026, 3, day), 8)


@case("W6q3")
def leave_that_is_taken_back(it: Case) -> None:
    """8 h of leave on the 11th and −8 h that take it back; 4 h are left of the 13th's.

    176 − 8 + 8 − 8 + 4 = 172.
    """
    person = it.employee(100)
    for day, hours in ((MAR_11, 8), (MAR_11, -8), (MAR_13, 8), (MAR_13, -4)):
        it.absence(person, day, hours)


@case("W6q4")
def leave_of_half_a_part_time_week(it: Case) -> None:
    """30 h a week of 6 h a day: 22 days are 132 h; two days of leave: 120."""
    person = it.employee(100, weekly_hours=30, fte_rate="0.75")
    for day in (9, 10):
        it.absence(person, date(2026, 3, day), 6)


def test_leave_takes_from_capacity_what_would_have_been_worked(firm):
    assert _march(firm, "W6q1") == [(136,)]
    assert _march(firm, "W6q2") == [(136,)]
    assert _march(firm, "W6q3") == [(172,)]
    assert _march(firm, "W6q4") == [(120,)]


@case("W5q1")
def who_comes_in_mid_month(it: Case) -> None:
    """Hired on the 16th: 12 weekdays, 96 h; 48 h sold are half of it."""
    person = it.employee(100, since=MAR_16)
    project = it.project("time_and_materials")
    it.worked(project, person, MAR_16, date(2026, 3, 23), 8, rate=200)


@case("W5q2")
def who_goes_in_mid_month(it: Case) -> None:
    """The last day is the 16th: 11 weekdays, 88 h; 44 h sold are half of it."""
    person = it.employee(100)
    it.changed("hr_workers", {"worker_id": person}, termination_date=MAR_16)
    project = it.project("time_and_materials")
    it.worked(project, person, FIRST, MAR_16, 4, rate=200)


def test_who_comes_or_goes_has_capacity_for_the_days_between(firm):
    told = "capacity_hours, billable_hours, billable_utilisation_rate"
    assert [tuple(map(float, row)) for row in _march(firm, "W5q1", told)] == [
        (96, 48, 0.5)
    ]
    assert [tuple(map(float, row)) for row in _march(firm, "W5q2", told)] == [
        (88, 44, 0.5)
    ]


@case("W8q1")
def another_practice_from_mid_month(it: Case) -> None:
    """PR-1 until the 15th: 10 days, 80 h; then PR-2: 12 days, 96 h, all sold."""
    person = it.employee(100)
    it.assignment(person, it.name, MAR_16, practice_code="PR-2")
    project = it.project("time_and_materials")
    it.worked(project, person, FIRST, date(2026, 3, 13), 4, rate=200)
    it.worked(project, person, MAR_16, LAST, 8, rate=200)


def test_hours_and_capacity_are_of_the_practice_of_their_day(firm):
    told = "practice_code, sum(capacity_hours), sum(billable_hours)"
    rows = firm.rows(
        f"select {told} from marts.mart_practice_utilisation_monthly"
        " where legal_entity_code = 'W8q1' and period_month = date '2026-03-01'"
        " group by practice_code order by practice_code"
    )
    assert rows == [("PR-1", 80, 40), ("PR-2", 96, 96)]


@case("M5q1")
def time_taken_back_in_the_next_month(it: Case) -> None:
    """88 of 176 h in March; −8 h dated April: April's utilisation is below nothing."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, FIRST, LAST, 4, rate=200)
    it.time(project, person, date(2026, 4, 7), -8, 200)


def test_time_taken_back_lowers_the_month_of_its_day(firm):
    told = "billable_hours, billable_utilisation_rate"
    assert [tuple(map(float, row)) for row in _march(firm, "M5q1", told)] == [(88, 0.5)]
    assert firm.rows(
        "select billable_hours from marts.mart_practice_utilisation_monthly"
        " where legal_entity_code = 'M5q1' and period_month = date '2026-04-01'"
    ) == [(-8,)]


@case("M5q2")
def worked_and_not_charged_and_internal(it: Case) -> None:
    """Of 176 h: 44 charged, 44 on a sold project and not charged, 22 internal."""
    project, person = it.project("time_and_materials"), it.employee(100)
    inside = it.project("non_billable")
    it.worked(project, person, FIRST, LAST, 2, rate=200)
    not_charged = {"billable_minutes": 0, "is_billable": False}
    it.worked(project, person, FIRST, LAST, 2, rate=200, **not_charged)
    it.worked(inside, person, FIRST, LAST, 1)


def test_utilisation_is_by_what_is_charged(firm):
    told = (
        "billable_hours, non_billable_hours, internal_hours,"
        " billable_utilisation_rate, total_utilisation_rate,"
        " internal_utilisation_rate"
    )
    assert [tuple(map(float, row)) for row in _march(firm, "M5q2", told)] == [
        (44, 44, 22, 0.25, 0.625, 0.125)
    ]


def _charged(firm, entity: str) -> list[tuple]:
    """What an entity charges for people it lends, by month."""
    return firm.rows(
        "select strftime(period_month, '%b'), sum(charge_amount)"
        " from canonical.fct_intercompany_monthly"
        " where provider_entity_code = $entity group by period_month"
        " having sum(charge_amount) <> 0 order by period_month",
        entity=entity,
    )


def _lent(it: Case, *prices: dict) -> tuple[str, str]:
    """A project of another entity, and somebody of the case's who works on it."""
    for price in prices:
        it.book.decide(
            "transfer_price_policies",
            provider_entity_code=it.name,
            receiver_entity_code="*",
            owner="Finance",
            **price,
        )
    borrower = Case(it.book, f"{it.name}b", it.currency, it.country, it.instance)
    return borrower.project("time_and_materials"), it.employee(100)


@case("M4q1")
def a_transfer_price_that_rises_in_mid_month(it: Case) -> None:
    """9 % to the 15th, 20 % from the 16th: 8 h each are 872 and 960; −3 h of the 13th
    entered late go back at 9 %: −327."""
    plus = {"method": "cost_plus_percent"}
    until = {"valid_from": date(2020, 1, 1), "valid_to": MAR_16}
    project, person = _lent(
        it,
        plus | until | {"rate": "0.09"},
        plus | {"valid_from": MAR_16, "rate": "0.2"},
    )
    for day, hours in ((MAR_9, 8), (MAR_16, 8), (MAR_13, -3)):
        it.time(project, person, day, hours, 200)


def test_a_transfer_price_is_that_of_the_day_worked(firm):
    assert _charged(firm, "M4q1") == [("Mar", 872 + 960 - 327)]


@case("M4q2")
def charged_by_the_price_to_the_customer(it: Case) -> None:
    """70 % of 200: 8 h are 1,120, and −2 h of April −280."""
    price = {"method": "percent_of_bill_rate", "rate": "0.7"}
    project, person = _lent(it, price | {"valid_from": date(2020, 1, 1)})
    it.time(project, person, MAR_9, 8, 200)
    it.time(project, person, date(2026, 4, 8), -2, 200)


def test_a_share_of_the_price_is_charged_and_taken_back(firm):
    assert _charged(firm, "M4q2") == [("Mar", 1_120), ("Apr", -280)]


@case("M4q3")
def who_moves_to_the_entity_that_borrowed(it: Case) -> None:
    """Lent until the 15th, employed there from then on: the first 8 h are charged.

    Of March's capacity each has its days: 80 and 96 h.
    """
    project, person = _lent(it)
    it.assignment(person, f"{it.name}b", MAR_16)
    for day in (MAR_9, MAR_20):
        it.time(project, person, day, 8, 200)


def test_who_moves_is_lent_until_the_move(firm):
    assert _charged(firm, "M4q3") == [("Mar", 872)]
    assert _march(firm, "M4q3") == [(80,)]
    assert _march(firm, "M4q3b") == [(96,)]
    assert firm.months("M4q3b", COST) == {"Mar": 1_600}


@case("M4q4")
def lent_time_that_moves_to_a_project_at_home(it: Case) -> None:
    """8 h lent in March, of which the lender's own project gets 3 instead: 545."""
    project, person = _lent(it)
    home = it.project("time_and_materials")
    it.time(project, person, MAR_9, 5, 200)
    it.time(home, person, MAR_9, 3, 200)


def test_time_at_home_is_charged_to_nobody(firm):
    assert _charged(firm, "M4q4") == [("Mar", 545)]


@case("M4q5", currency="JPY", country="JP")
def lent_in_yen(it: Case) -> None:
    """10 h at ¥3,333 and 9 %: 36,329.7, which is ¥36,330 in both books."""
    project, _ = _lent(it)
    it.time(project, it.employee(3_333), MAR_9, 10, 9_000)


def test_a_charge_in_yen_is_whole_yen(firm):
    assert _charged(firm, "M4q5") == [("Mar", 36_330)]
    assert firm.rows(
        "select legal_entity_code, sum(desired_amount)"
        " from adjustments.adj_intercompany where legal_entity_code like 'M4q5%'"
        " group by all order by all"
    ) == [("M4q5", 36_330), ("M4q5b", 36_330)]


@case("M4q6")
def lent_and_paid_more(it: Case) -> None:
    """All 176 h of March are lent; the payroll is 19,360: 110 an hour.

    The borrower's project bears 19,360; the charge is on what both knew at the month's
    end, 17,600 and 9 %: 19,184.
    """
    project, person = _lent(it)
    it.worked(project, person, FIRST, LAST, 8, rate=200)
    it.paid(person, (FIRST, LAST), 19_360)


def test_lent_people_cost_what_they_were_paid(firm):
    assert firm.months("M4q6b", COST) == {"Mar": 19_360}
    assert _charged(firm, "M4q6") == [("Mar", 19_184)]


@case("M4q7")
def lent_for_more_than_a_week(it: Case) -> None:
    """44 h in a week, 4 of them overtime at 1.5: 4,600, and 9 % on it are 5,014."""
    project, person = _lent(it)
    said = {"overtime_price_factor": "1.5", "overtime_cost_factor": "1.5"}
    it.sells(project, overtime_after_hours=40, **said)
    for day, hours in ((9, 10), (10, 10), (11, 10), (12, 10), (13, 4)):
        it.time(project, person, date(2026, 3, day), hours, 200)


@case("M4q8")
def lent_and_rounded_up(it: Case) -> None:
    """50 min are sold as an hour of 200; 70 % of it are 140."""
    price = {"method": "percent_of_bill_rate", "rate": "0.7"}
    project, person = _lent(it, price | {"valid_from": date(2020, 1, 1)})
    it.sells(project, rounding_minutes=15)
    minutes = {"worked_minutes": 50, "billable_minutes": 50}
    it.time(project, person, MAR_9, 1, 200, **minutes)


def test_what_is_lent_is_charged_as_it_costs_and_as_it_is_sold(firm):
    assert _charged(firm, "M4q7") == [("Mar", 5_014)]
    assert _charged(firm, "M4q8") == [("Mar", 140)]
