"""Brothers of changes of a contract: several in one month, and what is entered between.

Figures are worked out by hand from ASC 606-10-25-13: what was earned until a
prospective change stays, and what is left of the price is spread over the work that is
left.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_more_estimates import REVENUE, decided, planned

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
FEB_9, FEB_16 = date(2026, 2, 9), date(2026, 2, 16)
PROSPECTIVE = {"treatment": "prospective"}


def _worked_in_february(it: Case) -> str:
    """30,000 for 300 h: 100 in January, then 50, 30 and 20 around the days."""
    project, _ = planned(it, 30_000, 100, 100)
    person = f"{it.name}-employee-1"
    it.allocation(project, person, date(2026, 2, 2), date(2026, 2, 27), 100)
    for day, hours in ((3, 50), (11, 30), (20, 20)):
        it.time(project, person, date(2026, 2, day), hours)
    return project


@case("R2w1")
def two_prospective_changes_in_a_month(it: Case) -> None:
    """6,000 more from the 9th, 9,000 from the 16th: 15,000 are earned before the first,
    then 30 of 150 h of 21,000 are 4,200, then 20 of 120 h of 25,800 are 4,300."""
    project = _worked_in_february(it)
    it.change(project, 6_000, FEB_9, **PROSPECTIVE)
    it.change(project, 9_000, FEB_16, **PROSPECTIVE)


def test_each_change_of_a_month_counts_from_its_own_day(firm):
    assert firm.months("R2w1", REVENUE) == {"Jan": 10_000, "Feb": 13_500}


@case("R2w2")
def a_catch_up_and_then_a_prospective_change(it: Case) -> None:
    """6,000 more by catch-up on the 9th: by the 15th 180 of 300 h of 36,000 are 21,600;
    of the 23,400 left for 120 h then 20 h are 3,900."""
    project = _worked_in_february(it)
    it.change(project, 6_000, FEB_9, treatment="catch_up")
    it.change(project, 9_000, FEB_16, **PROSPECTIVE)


def test_a_catch_up_counts_on_the_eve_of_a_prospective_change(firm):
    assert firm.months("R2w2", REVENUE) == {"Jan": 10_000, "Feb": 15_500}


@case("R2w3")
def a_service_extended_twice_in_a_month(it: Case) -> None:
    """9,000 for 90 days; on the 41st 9,100 more and 181 days, on the 51st 3,100 more
    and 212.

    4,000 by then; 10 of 141 days of 14,100 are 1,000; 9 of 162 of 16,200 are 900.
    """
    decided(it, "straight_line", straight_line_basis="days")
    project = it.project("fixed_fee", 9_000, end=date(2026, 3, 31))
    for day, price, end in (
        (date(2026, 2, 10), 9_100, date(2026, 6, 30)),
        (date(2026, 2, 20), 3_100, date(2026, 7, 31)),
    ):
        it.change(project, price, day, service_end_date=end, **PROSPECTIVE)


def test_a_service_is_spread_anew_from_each_day(firm):
    after = {"Mar": 3_100, "Apr": 3_000, "May": 3_100, "Jun": 3_000}
    assert firm.months("R2w3", REVENUE) == {"Jan": 3_100, "Feb": 2_800} | after


@case("R2w4")
def percentages_between_changes_of_a_month(it: Case) -> None:
    """50 % of 40,000 in January, 60 % on 5 March; 10,000 more from the 10th and 5,000
    from the 20th for what is left: 24,000, and of 31,000 for 40 % a half with 80 %."""
    decided(it, "percent_entered")
    project = it.project("fixed_fee", 40_000)
    for day, rate in (
        (date(2026, 1, 31), "0.5"),
        (date(2026, 3, 5), "0.6"),
        (date(2026, 3, 25), "0.8"),
    ):
        it.progress(project, day, rate)
    it.change(project, 10_000, date(2026, 3, 10), **PROSPECTIVE)
    it.change(project, 5_000, date(2026, 3, 20), **PROSPECTIVE)


def test_a_percentage_entered_before_a_change_is_of_the_price_before(firm):
    assert firm.months("R2w4", REVENUE) == {"Jan": 20_000, "Mar": 19_500}


@case("R2w5")
def two_changes_in_the_first_month(it: Case) -> None:
    """50 of 300 h of 30,000; 6,000 more: 25 of 250 h of 31,000 are 3,100; 5,000 more:
    45 of 225 h of 32,900 are 6,580."""
    project, person = it.project("fixed_fee", 30_000), it.employee(100)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 120)
    it.allocation(project, person, date(2026, 9, 1), date(2026, 9, 30), 180)
    for day, hours in ((6, 50), (12, 25), (20, 45)):
        it.time(project, person, date(2026, 1, day), hours)
    it.change(project, 6_000, date(2026, 1, 9), **PROSPECTIVE)
    it.change(project, 5_000, date(2026, 1, 16), **PROSPECTIVE)


def test_changes_of_the_first_month_count_from_their_own_days(firm):
    assert firm.months("R2w5", REVENUE) == {"Jan": 14_680}
