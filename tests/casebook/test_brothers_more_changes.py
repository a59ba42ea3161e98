"""More brothers of changes of a contract, and of orders that are gone.

Figures are worked out by hand from the case book and the standards it cites.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_more_estimates import REVENUE, decided, planned

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
COST, FEBRUARY = "subcontractor_amount", date(2026, 2, 10)


@case("R2z4")
def a_price_changed_between_hours_measured_by_hours(it: Case) -> None:
    """30,000 for 300 h; 100 in January, 50 before and 50 after 16 February, when 15,000
    are added to what is left: as by cost 10,000, then 25,000. Dear hours are hours."""
    decided(it, "effort")
    project, _ = planned(it, 30_000, 100, 100)
    dear = it.employee(300)
    it.allocation(project, dear, date(2026, 2, 2), date(2026, 2, 27), 100)
    for day in (3, 20):
        it.time(project, dear, date(2026, 2, day), 50)
    it.change(project, 15_000, date(2026, 2, 16), treatment="prospective")


def test_hours_before_a_prospective_change_earn_the_old_price(firm):
    assert firm.months("R2z4", REVENUE) == {"Jan": 10_000, "Feb": 15_000}


@case("R2z5")
def a_price_changed_in_the_first_month(it: Case) -> None:
    """30,000 for 300 h; 50 h on 6 January; from the 16th 6,000 more; 50 h on the 20th.

    A sixth is 5,000; 31,000 are left for 250 h, of which 50 are 6,200.
    """
    project, person = it.project("fixed_fee", 30_000), it.employee(100)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.allocation(project, person, date(2026, 9, 1), date(2026, 9, 30), 200)
    for day in (6, 20):
        it.time(project, person, date(2026, 1, day), 50)
    it.change(project, 6_000, date(2026, 1, 16), treatment="prospective")


def test_work_before_a_change_of_the_first_month_earns_the_first_price(firm):
    assert firm.months("R2z5", REVENUE) == {"Jan": 11_200}


@case("R2z6")
def a_price_changed_between_percentages(it: Case) -> None:
    """A half of 40,000 in January; from 10 March 10,000 more for what is left; 75 % in
    April: a half of the 30,000 left."""
    decided(it, "percent_entered")
    project = it.project("fixed_fee", 40_000)
    it.progress(project, date(2026, 1, 31), "0.5")
    it.progress(project, date(2026, 4, 14), "0.75")
    it.change(project, 10_000, date(2026, 3, 10), treatment="prospective")


def test_a_percentage_after_a_prospective_change_is_of_what_was_left(firm):
    assert firm.months("R2z6", REVENUE) == {"Jan": 20_000, "Apr": 15_000}


@case("R2z7", currency="CLP", country="CL")
def a_foreign_price_changed_between_hours(it: Case) -> None:
    """As by cost before, in dollars of 800 pesos: 10,000 and 15,000 of them."""
    it.rate("CLP", "USD", date(2026, 1, 1), "0.00125")
    it.rate("USD", "CLP", date(2026, 1, 1), "800")
    project, _ = planned(it, 30_000, 100, 100, currency="USD")
    person = f"{it.name}-employee-1"
    it.allocation(project, person, date(2026, 2, 2), date(2026, 2, 27), 100)
    for day in (3, 20):
        it.time(project, person, date(2026, 2, day), 50)
    added = {"currency_code": "USD", "treatment": "prospective"}
    it.change(project, 15_000, date(2026, 2, 16), **added)


def test_a_foreign_price_is_changed_in_its_currency(firm):
    expected = {"Jan": 8_000_000, "Feb": 12_000_000}
    assert firm.months("R2z7", REVENUE) == expected


@case("V8z4")
def a_bill_of_an_order_that_is_gone(it: Case) -> None:
    """10 h × 80 of February; the order is deleted; the bill of March names it: 780."""
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 100, date(2026, 1, 5))
    it.time(project, person, FEBRUARY, 10, 150)
    it.bill(project, 780, date(2026, 3, 10), order=order)
    it.gone("spend_purchase_order_lines", purchase_order_id=order)


def test_a_bill_of_an_order_that_is_gone_settles_its_hours(firm):
    assert firm.months("V8z4", COST) == {"Feb": 800, "Mar": -20}


@case("V8z5")
def an_order_deleted_and_made_again(it: Case) -> None:
    """At 80, deleted, and made again at 90: 10 h of February are 900."""
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 100, date(2026, 1, 5))
    it.gone("spend_purchase_order_lines", purchase_order_id=order)
    it.order(project, person, 90, 100, date(2026, 1, 5))
    it.time(project, person, FEBRUARY, 10, 150)


def test_an_order_made_again_stands_in_place_of_the_one_that_is_gone(firm):
    assert firm.months("V8z5", COST) == {"Feb": 900}
    assert not [kind for kind, _ in firm.exceptions("V8z5") if "order" in kind]


@case("V8z6")
def an_order_on_a_fixed_price_that_is_gone(it: Case) -> None:
    """20 of 40 h × 80 done of 10,000 in March, the order gone since: a half stays."""
    project, person = it.project("fixed_fee", 10_000), it.contractor()
    order = it.order(project, person, 80, 40, date(2026, 1, 5))
    day = date(2026, 3, 10)
    it.allocation(project, person, day, day, 20)
    it.allocation(project, person, date(2026, 9, 1), date(2026, 9, 30), 20)
    it.time(project, person, day, 20)
    it.gone("spend_purchase_order_lines", purchase_order_id=order)


def test_progress_by_an_order_that_is_gone_stays(firm):
    assert firm.months("V8z6", REVENUE) == {"Mar": 5_000}
    assert firm.months("V8z6", COST) == {"Mar": 1_600}
