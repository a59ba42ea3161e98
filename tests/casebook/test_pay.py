"""Pay: section W of the case book."""

from datetime import date

import pytest

from tests.casebook.case import Case, weekdays
from tests.casebook.telling import case, not_yet

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
COST = "labour_cost_amount"
MARCH = date(2026, 3, 1), date(2026, 3, 31)


@case("W2")
def a_bonus_off_cycle(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    it.paid(person, MARCH, 17_600)
    it.paid(person, (date(2026, 3, 17),) * 2, 48_000, pay_code="BONUS")


@not_yet
def test_a_bonus_is_spread_over_its_year(firm):
    assert firm.months("W2", COST) == {"Mar": 17_600 + 4_000}


@case("W4")
def a_negative_correction_after_the_payroll(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    it.time(project, person, date(2026, 3, 31), -2, 200)
    it.paid(person, MARCH, 17_600)


def test_payroll_is_spread_over_net_hours(firm):
    spread = firm.payroll_spread("W4")
    assert spread["labour"] + spread["bench"] + spread["absence"] == 17_600


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


@case("W9", currency="USD")
def two_half_positions(it: Case) -> None:
    other = it.entity("W9b")
    person = it.employee(100, weekly_hours=20, fte_rate="0.5")
    it.assignment(person, other, weekly_hours=20, fte_rate="0.5")
    project = it.project("time_and_materials")
    it.time(project, person, date(2026, 2, 10), 4, 200)


def test_half_a_position_in_each_of_two_entities_never_doubles(firm):
    assert firm.months("W9", COST) == {"Feb": 400}
