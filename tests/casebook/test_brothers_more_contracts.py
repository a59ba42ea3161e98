"""More brothers of sections E, K, S and V: losses of all methods, mixed contracts.

Figures are worked out by hand from the case book and the standards it cites.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_more_estimates import (
    JANUARY,
    LOSS,
    REVENUE,
    SEPTEMBER,
    planned,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
COST, MARCH = "subcontractor_amount", date(2026, 3, 11)


@case("E5z4")
def a_loss_of_milestones(it: Case) -> None:
    """10,000; 4,000 of 12,000 is spent in January, 6,000 accepted in February.

    What is left earns 10,000 for 8,000 to come, so nothing is provided in January; in
    February 4,000 for 8,000: 4,000 (ASC 605-35-25-45: all that is left of the loss).
    """
    project, person = it.project("milestone", 10_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 40)
    it.time(project, person, date(2026, 1, 12), 40)
    it.allocation(project, person, *SEPTEMBER, 80)
    it.milestone(project, 6_000, date(2026, 2, 10), accepted=date(2026, 2, 10))
    it.milestone(project, 4_000, date(2026, 9, 30))


def test_a_loss_of_milestones_is_what_is_left_to_earn_less_what_is_to_come(firm):
    assert firm.months("E5z4", REVENUE) == {"Feb": 6_000}
    assert firm.months("E5z4", LOSS) == {"Feb": 4_000}


@case("E5z5")
def a_loss_of_a_retainer(it: Case) -> None:
    """1,000 a month in 2026; 15 h at 100 in January, 165 h to come: EAC 18,000.

    11,000 are left for 16,500: 5,500. Then 1,000 less is left every month.
    """
    project, person = it.project("retainer", 12_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 15)
    it.time(project, person, date(2026, 1, 12), 15)
    it.allocation(project, person, *SEPTEMBER, 165)


def test_a_retainer_at_a_loss_is_provided_for(firm):
    months = dict.fromkeys(("Feb", "Mar", "Apr", "May", "Jun"), 1_000)
    assert firm.months("E5z5", LOSS) == {"Jan": 5_500} | months


@case("E5z6")
def a_loss_under_a_cap(it: Case) -> None:
    """Cap 5,000; 40 h at 100 cost 4,000 and earn 4,000; 40 h are to come: 1,000 are
    left for 4,000, a loss of 3,000."""
    terms = {"cap_amount": 5_000}
    project = it.project("time_and_materials_capped", deal=terms)
    person = it.employee(100)
    it.allocation(project, person, *JANUARY, 40)
    it.time(project, person, date(2026, 1, 12), 40, 100)
    it.allocation(project, person, *SEPTEMBER, 40)


def test_a_loss_that_a_cap_brings_is_provided_for(firm):
    assert firm.months("E5z6", REVENUE) == {"Jan": 4_000}
    assert firm.months("E5z6", LOSS) == {"Jan": 3_000}


@case("R2z1")
def a_contract_cancelled(it: Case) -> None:
    """A third of 30,000 is earned; from 10 March the price is nothing.

    10,000 go back, and the 200 h to come cost 20,000 for nothing: a loss.
    """
    project, _ = planned(it, 30_000, 100, 200)
    it.change(project, -30_000, date(2026, 3, 10))


def test_a_price_that_becomes_nothing_takes_all_back(firm):
    assert firm.months("R2z1", REVENUE) == {"Jan": 10_000, "Mar": -10_000}
    assert firm.months("R2z1", LOSS) == {"Mar": 20_000}


@case("R2z2")
def a_change_of_a_day_to_come(it: Case) -> None:
    """A third of 30,000; 6,000 more from July do not count yet."""
    project, _ = planned(it, 30_000, 100, 200)
    it.change(project, 6_000, date(2026, 7, 1))


def test_a_change_counts_from_its_day(firm):
    assert firm.months("R2z2", REVENUE) == {"Jan": 10_000}


@case("E2z3")
def work_that_is_not_billable(it: Case) -> None:
    """Half of 20 h planned for January is worked, not billable: half of 20,000."""
    project, person = it.project("fixed_fee", 20_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 20)
    day = date(2026, 1, 12)
    it.time(project, person, day, 10, is_billable=False, billable_minutes=0)


def test_work_on_a_price_is_progress_whether_billable_or_not(firm):
    assert firm.months("E2z3", REVENUE) == {"Jan": 10_000}


@case("V1z4")
def a_price_and_hours_in_one_deal(it: Case) -> None:
    """01 for 10,000, nothing planned: 10 h × 100 are recovered. 02 by the hour: 5 h ×
    200 in January, 5 h in March; and travel of 70 in April."""
    project, person = it.project("fixed_fee", 10_000), it.employee(100)
    priced = it.obligation(project, "01", 10_000, contract_type="fixed_fee")
    hourly = it.obligation(project, "02", contract_type="time_and_materials")
    it.time(project, person, date(2026, 1, 12), 10, task_id=priced)
    for month in (1, 3):
        day = date(2026, month, 13)
        it.time(project, person, day, 5, 200, task_id=hourly)
    it.expense(project, person, date(2026, 4, 14), 70, is_rechargeable=True)


def test_a_price_and_hours_of_one_deal_are_earned_each_by_its_own(firm):
    expected = {"Jan": 2_000, "Mar": 1_000, "Apr": 70}
    assert firm.months("V1z4", REVENUE) == expected


@case("S1z7")
def a_bill_in_another_currency_than_its_order(it: Case) -> None:
    """20 h × 80 euro of March at 1.10: 1,760. The bill of April is 1,700 dollars."""
    it.rate("EUR", "USD", date(2026, 1, 1), "1.10")
    project, person = it.project("time_and_materials"), it.contractor()
    euro = {"currency_code": "EUR"}
    order = it.order(project, person, 80, 20, date(2026, 1, 5), **euro)
    it.time(project, person, MARCH, 20, 150)
    it.bill(project, 1_700, date(2026, 4, 7), order=order)


def test_a_bill_in_another_currency_than_its_order_settles_its_hours(firm):
    assert firm.months("S1z7", COST) == {"Mar": 1_760, "Apr": -60}


@case("S1z8")
def a_bill_of_two_people_and_hours_taken_back(it: Case) -> None:
    """Two contractors of one order: 10 h × 80 and 5 h × 120 = 1,400 in March; −1 h of
    the dear one in April; the bill of May is 1,280."""
    project, first = it.project("time_and_materials"), it.contractor()
    order = it.order(project, first, 80, 100, date(2026, 1, 5))
    second = it.contractor()
    same = {"purchase_order_id": order, "po_number": order, "po_line_id": f"{order}/2"}
    it.order(project, second, 120, 100, date(2026, 1, 5), **same)
    it.time(project, first, MARCH, 10, 150)
    it.time(project, second, MARCH, 5, 150)
    it.time(project, second, date(2026, 4, 14), -1, 150)
    it.bill(project, 1_280, date(2026, 5, 7), order=order)


def test_a_bill_of_two_people_settles_what_is_left_of_both(firm):
    assert firm.months("S1z8", COST) == {"Mar": 1_400, "Apr": -120}


@case("V1z5")
def a_retainer_sold_anew_by_a_later_deal(it: Case) -> None:
    """100 a month for January to June; in April 300 more are sold for May and June."""
    project = it.project("retainer", 600, end=date(2026, 6, 30))
    term = date(2026, 5, 1), date(2026, 6, 30)
    it.deal(project, "retainer", 300, *term, close_date=date(2026, 4, 14))


def test_a_later_retainer_is_earned_over_its_own_term(firm):
    months = dict.fromkeys(("Jan", "Feb", "Mar", "Apr"), 100)
    assert firm.months("V1z5", REVENUE) == months | {"May": 250, "Jun": 250}


@case("V1z6")
def a_later_deal_in_another_currency(it: Case) -> None:
    """A half of 30,000 in January; SAR 40,000 more in April, at 0.30 then: 12,000.

    A half of it is caught up, 6,000.
    """
    it.rate("SAR", "USD", date(2025, 1, 1), "0.25")
    it.rate("SAR", "USD", date(2026, 3, 1), "0.30")
    project, _ = planned(it, 30_000, 100, 100)
    later = {"close_date": date(2026, 4, 14), "currency_code": "SAR"}
    it.deal(project, "fixed_fee", 40_000, **later)


def test_a_later_deal_is_translated_on_the_day_it_is_closed(firm):
    assert firm.months("V1z6", REVENUE) == {"Jan": 15_000, "Apr": 6_000}


@case("E2z4")
def overdue_work_of_who_left(it: Case) -> None:
    """50 of 100 h of January are done; who planned them leaves in February."""
    project, person = it.project("fixed_fee", 20_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 100)
    it.time(project, person, date(2026, 1, 12), 50)
    left = {"termination_date": date(2026, 2, 27), "is_active": False}
    it.changed("hr_workers", {"worker_id": person}, **left)
    it.changed("psa_people", {"person_id": person}, is_active=False)


def test_what_somebody_left_undone_is_still_to_come(firm):
    assert firm.months("E2z4", REVENUE) == {"Jan": 10_000}


@case("E2z5")
def overdue_work_of_an_order_that_ended(it: Case) -> None:
    """10 of 20 h at 80 are done in March, when the order ends: half of 10,000."""
    project, person = it.project("fixed_fee", 10_000), it.contractor()
    ends = {"service_end_date": date(2026, 3, 31)}
    it.order(project, person, 80, 20, date(2026, 1, 5), **ends)
    it.allocation(project, person, MARCH, MARCH, 20)
    it.time(project, person, MARCH, 10)


def test_overdue_work_costs_what_the_last_order_said(firm):
    assert firm.months("E2z5", REVENUE) == {"Mar": 5_000}


def _licences(it: Case) -> str:
    """10 of 50 h × 100 done for 10,000; licences of 3,000 ordered; the order."""
    project, _ = planned(it, 10_000, 10, 40)
    said = {"is_pass_through": True, "quantity": None}
    return it.order(project, None, 3_000, 1, date(2026, 1, 7), **said)


def _delivered(it: Case, order: str, day: date, amount: int) -> None:
    """A part of an order is received."""
    it.say(
        "spend_receipts",
        receipt_id=it.new("receipt"),
        po_line_id=f"{order}/1",
        receipt_date=day,
        currency_code="USD",
        amount=amount,
    )


@case("E8z3")
def licences_delivered_in_parts(it: Case) -> None:
    """20 % × 7,000 = 1,400 in January; 1,000 of licences in February, 2,000 in May."""
    order = _licences(it)
    _delivered(it, order, date(2026, 2, 10), 1_000)
    _delivered(it, order, date(2026, 5, 12), 2_000)


def test_each_part_of_the_licences_earns_its_cost(firm):
    expected = {"Jan": 1_400, "Feb": 1_000, "May": 2_000}
    assert firm.months("E8z3", REVENUE) == expected


@case("E8z4")
def licences_dearer_than_ordered(it: Case) -> None:
    """Billed at 3,300 in February: 20 % × 6,700 + 3,300 = 4,640, 3,240 more."""
    order = _licences(it)
    _delivered(it, order, date(2026, 2, 10), 3_000)
    it.bill(f"{it.name}-project-1", 3_300, date(2026, 2, 12), order=order)


def test_licences_that_cost_more_leave_less_of_the_price_to_the_work(firm):
    assert firm.months("E8z4", REVENUE) == {"Jan": 1_400, "Feb": 3_240}


@case("R2z3")
def a_price_changed_between_hours_of_one_month(it: Case) -> None:
    """30,000 for 300 h; 100 in January, 50 before and 50 after 16 February, when 15,000
    are added to what is left.

    10,000; then 150 of 300 h are 15,000; of the 30,000 left for 150 h a third: 25,000.
    """
    project, _ = planned(it, 30_000, 100, 100)
    person = f"{it.name}-employee-1"
    it.allocation(project, person, date(2026, 2, 2), date(2026, 2, 27), 100)
    for day in (3, 20):
        it.time(project, person, date(2026, 2, day), 50)
    it.change(project, 15_000, date(2026, 2, 16), treatment="prospective")


def test_work_before_a_prospective_change_earns_the_old_price(firm):
    assert firm.months("R2z3", REVENUE) == {"Jan": 10_000, "Feb": 15_000}
