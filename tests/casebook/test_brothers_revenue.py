"""Contracts, methods and recharges: brothers of E11, S3, V1, Y2 and of the methods.

Figures are worked out by hand from the case book and the standards it cites.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "total_cost_amount"
JANUARY = date(2026, 1, 5), date(2026, 1, 30)  # 20 weekdays
MARCH = date(2026, 3, 2), date(2026, 3, 27)  # 20 weekdays
SEPTEMBER = date(2026, 9, 1), date(2026, 9, 30)  # to come
HALF = ("Jan", "Feb", "Mar", "Apr", "May", "Jun")


@case("E11x1")
def two_years_to_a_leap_day(it: Case) -> None:
    """24 months, 1 March 2026 – 29 February 2028: 24,000 ÷ 24 in each."""
    it.project("retainer", 24_000, date(2026, 3, 1), date(2028, 2, 29))


def test_a_term_that_ends_on_a_leap_day_has_whole_months(firm):
    expected = dict.fromkeys(("Mar", "Apr", "May", "Jun"), 1_000)
    assert firm.months("E11x1", REVENUE) == expected


@case("E11x2")
def a_month_over_two_months(it: Case) -> None:
    """15 March – 14 April: half a month at each end of 1,000."""
    it.project("retainer", 1_000, date(2026, 3, 15), date(2026, 4, 14))


def test_a_month_over_two_months_is_half_in_each(firm):
    assert firm.months("E11x2", REVENUE) == {"Mar": 500, "Apr": 500}


@case("E11x3")
def a_retainer_of_one_day(it: Case) -> None:
    it.project("retainer", 900, date(2026, 4, 30), date(2026, 4, 30))


def test_a_retainer_of_one_day_is_earned_on_it(firm):
    assert firm.months("E11x3", REVENUE) == {"Apr": 900}


@case("E11x4")
def a_calendar_year(it: Case) -> None:
    """12,000 for 12 months: February is a month like others."""
    it.project("retainer", 12_000)


def test_a_short_month_earns_as_much_as_a_long_one(firm):
    assert firm.months("E11x4", REVENUE) == dict.fromkeys(HALF, 1_000)


@case("E11x5", currency="JPY", country="JP")
def a_third_of_a_yen(it: Case) -> None:
    """¥100,000 over three months: to date 33,333, 66,667 and 100,000."""
    it.project("retainer", 100_000, date(2026, 4, 1), date(2026, 6, 30))


def test_thirds_of_yen_add_up_to_the_price(firm):
    expected = {"Apr": 33_333, "May": 33_334, "Jun": 33_333}
    assert firm.months("E11x5", REVENUE) == expected


@case("S3x1")
def recharge_on_a_milestone(it: Case) -> None:
    project, person = it.project("milestone", 5_000), it.employee(100)
    day = date(2026, 5, 4)
    it.milestone(project, 5_000, due=day, accepted=day)
    it.expense(project, person, date(2026, 4, 14), 400, is_rechargeable=True)


def test_rechargeable_travel_is_revenue_on_a_milestone(firm):
    assert firm.months("S3x1", REVENUE) == {"Apr": 400, "May": 5_000}


@case("S3x2")
def recharge_on_a_retainer(it: Case) -> None:
    """3,000 for April to June, 1,000 a month by months; 300 of travel in May."""
    project = it.project("retainer", 3_000, date(2026, 4, 1), date(2026, 6, 30))
    it.expense(project, it.employee(100), date(2026, 5, 4), 300, is_rechargeable=True)


def test_rechargeable_travel_is_revenue_on_a_retainer(firm):
    expected = {"Apr": 1_000, "May": 1_300, "Jun": 1_000}
    assert firm.months("S3x2", REVENUE) == expected


@case("S3x3")
def recharge_refunded(it: Case) -> None:
    """A flight of 800 in March, refunded in April; the invoice was of March."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.expense(project, person, date(2026, 3, 10), 800, is_rechargeable=True)
    it.expense(project, person, date(2026, 4, 14), -800, is_rechargeable=True)


def test_a_refund_takes_revenue_and_cost_back(firm):
    assert firm.months("S3x3", REVENUE) == {"Mar": 800, "Apr": -800}
    assert firm.months("S3x3", COST) == {"Mar": 800, "Apr": -800}


@case("S3x4")
def expenses_not_approved(it: Case) -> None:
    """Only what is approved counts; what is not rechargeable costs and earns not."""
    project, person = it.project("time_and_materials"), it.employee(100)
    for status in ("pending", "rejected"):
        day, said = date(2026, 3, 10), {"approval_status": status}
        it.expense(project, person, day, 500, is_rechargeable=True, **said)
    it.expense(project, person, date(2026, 3, 11), 70)


def test_expenses_that_nobody_approved_count_nowhere(firm):
    assert firm.months("S3x4", REVENUE) == {}
    assert firm.months("S3x4", COST) == {"Mar": 70}


@case("R1x1")
def cost_plus_at_its_ceiling(it: Case) -> None:
    """Fee 8 %, at most 500. Cost 5,000; +5,000; −1,000; −4,000.

    To date 5,000 + 400; 10,000 + 500 (not 800); 9,000 + 500 (not 720);
    5,000 + 400: so 5,400, 5,100, −1,000 and −4,100.
    """
    terms = {"fee_rate": "0.08", "fee_ceiling_amount": 500}
    project, person = it.project("cost_plus", deal=terms), it.employee(100)
    for month, hours in ((1, 50), (2, 50), (3, -10), (4, -40)):
        it.time(project, person, date(2026, month, 12), hours)


def test_a_fee_stops_at_its_ceiling_and_comes_back_below_it(firm):
    expected = {"Jan": 5_400, "Feb": 5_100, "Mar": -1_000, "Apr": -4_100}
    assert firm.months("R1x1", REVENUE) == expected


@case("R1x2")
def a_contractor_on_cost_plus(it: Case) -> None:
    """10 h × 80 and 10 h × 100, and a fee of 10 %: 1,980."""
    fee = {"fee_rate": "0.10"}
    project, person = it.project("cost_plus", deal=fee), it.contractor()
    order = it.order(project, person, 80, 10, date(2026, 1, 5))
    it.time(project, person, date(2026, 3, 10), 10)
    it.time(project, it.employee(100), date(2026, 3, 10), 10)
    it.bill(project, 800, date(2026, 3, 31), order=order)


def test_cost_plus_is_on_the_cost_of_contractors_too(firm):
    assert firm.months("R1x2", REVENUE) == {"Mar": 1_980}


@case("R1x3")
def a_lower_bill_on_cost_plus(it: Case) -> None:
    """March 20 h × 80 = 1,600 and 10 %; the bill of April is 100 less, so 110."""
    fee = {"fee_rate": "0.10"}
    project, person = it.project("cost_plus", deal=fee), it.contractor()
    order = it.order(project, person, 80, 20, date(2026, 1, 5))
    it.time(project, person, date(2026, 3, 10), 20)
    it.bill(project, 1_500, date(2026, 4, 7), order=order)


def test_cost_plus_follows_the_cost_accrued_and_then_billed(firm):
    assert firm.months("R1x3", REVENUE) == {"Mar": 1_760, "Apr": -110}


@case("R1x4")
def a_bill_of_the_next_month_on_a_fixed_price(it: Case) -> None:
    """20 h of 40 h × 80 in March: half of 10,000; the bill of April is no progress."""
    project, person = it.project("fixed_fee", 10_000), it.contractor()
    order = it.order(project, person, 80, 40, date(2026, 1, 5))
    it.allocation(project, person, date(2026, 3, 10), date(2026, 3, 10), 20)
    it.allocation(project, person, *SEPTEMBER, 20)
    it.time(project, person, date(2026, 3, 10), 20)
    it.bill(project, 1_600, date(2026, 4, 7), order=order)


def test_a_bill_of_hours_that_were_accrued_is_no_progress(firm):
    assert firm.months("R1x4", REVENUE) == {"Mar": 5_000}


def _third_done(it: Case, **change) -> None:
    """30,000; 100 h of 300 worked in January; a change from 10 February."""
    project, person = it.project("fixed_fee", 30_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 100)
    it.allocation(project, person, *MARCH, 100)
    it.allocation(project, person, *SEPTEMBER, 100)
    it.worked(project, person, *JANUARY, 5)
    it.worked(project, person, *MARCH, 5)
    it.say(
        "crm_deal_changes",
        **{
            "deal_change_id": it.new("change"),
            "amended_deal_id": f"{it.name}-deal-1",
            "treatment": "catch_up",
            "currency_code": "USD",
            "effective_date": date(2026, 2, 10),
            "is_won": True,
        }
        | change,
    )


@case("R2x1")
def a_higher_price(it: Case) -> None:
    """January 10,000; from February 45,000: a third is 15,000; March two thirds."""
    _third_done(it, price_change_amount=15_000)


def test_a_higher_price_catches_up_from_its_day(firm):
    expected = {"Jan": 10_000, "Feb": 5_000, "Mar": 15_000}
    assert firm.months("R2x1", REVENUE) == expected


@case("R2x2")
def a_lower_price(it: Case) -> None:
    """January 10,000; from February 15,000: a third is 5,000; March two thirds."""
    _third_done(it, price_change_amount=-15_000)


def test_a_lower_price_takes_back_from_its_day(firm):
    expected = {"Jan": 10_000, "Feb": -5_000, "Mar": 5_000}
    assert firm.months("R2x2", REVENUE) == expected


@case("R2x3")
def a_higher_price_for_what_is_left(it: Case) -> None:
    """January 10,000; the 20,000 left and 15,000 more for 200 h: March half."""
    _third_done(it, price_change_amount=15_000, treatment="prospective")


def test_a_prospective_change_is_spread_over_what_is_left(firm):
    assert firm.months("R2x3", REVENUE) == {"Jan": 10_000, "Mar": 17_500}


@case("R2x4")
def a_change_not_signed(it: Case) -> None:
    _third_done(it, price_change_amount=15_000, is_won=False)


def test_a_change_that_nobody_signed_changes_nothing(firm):
    assert firm.months("R2x4", REVENUE) == {"Jan": 10_000, "Mar": 10_000}


def _changed_year(it: Case, **change) -> None:
    """A retainer of 12,000 for 2026, 1,000 a month; a change from 1 April."""
    it.project("retainer", 12_000)
    it.say(
        "crm_deal_changes",
        deal_change_id=it.new("change"),
        amended_deal_id=f"{it.name}-deal-1",
        currency_code="USD",
        effective_date=date(2026, 4, 1),
        is_won=True,
        **change,
    )


@case("R2x5")
def a_dearer_retainer_caught_up(it: Case) -> None:
    """15,000 from April: 4/12, 5/12 and 6/12 of it are 5,000, 6,250 and 7,500."""
    _changed_year(it, price_change_amount=3_000, treatment="catch_up")


def test_a_dearer_retainer_catches_up_for_months_gone(firm):
    expected = dict(zip(HALF, (1_000, 1_000, 1_000, 2_000, 1_250, 1_250), strict=True))
    assert firm.months("R2x5", REVENUE) == expected


@case("R2x6")
def a_dearer_retainer_from_now_on(it: Case) -> None:
    """9,000 left and 3,600 more over nine months: 1,400 each (ASC 606-10-25-13)."""
    _changed_year(it, price_change_amount=3_600, treatment="prospective")


def test_a_dearer_retainer_is_spread_over_months_to_come(firm):
    expected = dict(zip(HALF, (1_000, 1_000, 1_000, 1_400, 1_400, 1_400), strict=True))
    assert firm.months("R2x6", REVENUE) == expected


@case("R2x7")
def a_retainer_shortened(it: Case) -> None:
    """The same price until the end of June: 9,000 left over three months."""
    end = date(2026, 6, 30)
    _changed_year(it, service_end_date=end, treatment="prospective")


def test_a_retainer_shortened_earns_what_is_left_sooner(firm):
    expected = dict(zip(HALF, (1_000, 1_000, 1_000, 3_000, 3_000, 3_000), strict=True))
    assert firm.months("R2x7", REVENUE) == expected


@case("Y2x1")
def a_change_in_another_currency(it: Case) -> None:
    """−20,000 Canadian dollars on a day at 0.75: 30,000 − 15,000 = 15,000.

    A rate of a later day changes nothing: as in R2x2.
    """
    it.rate("CAD", "USD", date(2026, 2, 9), "0.75")
    it.rate("CAD", "USD", date(2026, 3, 9), "0.80")
    _third_done(it, price_change_amount=-20_000, currency_code="CAD")


def test_a_change_is_translated_at_the_rate_of_its_day(firm):
    expected = {"Jan": 10_000, "Feb": -5_000, "Mar": 5_000}
    assert firm.months("Y2x1", REVENUE) == expected


def _line(it: Case, project: str, code: str, prices: tuple, term: tuple) -> None:
    it.say(
        "crm_deal_lines",
        deal_line_id=it.new("line"),
        deal_id=f"{it.name}-deal-1",
        obligation_code=code,
        line_name=code,
        contract_type="retainer",
        service_start_date=term[0],
        service_end_date=term[1],
        quantity=1,
        list_price_amount=prices[0],
        total_price_amount=prices[1],
    )


@case("K8x1")
def a_discount_over_two_obligations(it: Case) -> None:
    """Alone 8,000 and 4,000, together 9,000: shares 6,000 and 3,000.

    ASC 606-10-32-31: the second line bears no more of the discount than its part.
    6,000 over 12 months, 3,000 over April to June: 500, then 1,500 a month.
    """
    project = it.project("retainer", 9_000)
    year = date(2026, 1, 1), date(2026, 12, 31)
    _line(it, project, "01", (8_000, 8_000), year)
    quarter = date(2026, 4, 1), date(2026, 6, 30)
    _line(it, project, "02", (4_000, 1_000), quarter)


def test_a_discount_is_shared_by_stand_alone_prices(firm):
    expected = dict(zip(HALF, (500, 500, 500, 1_500, 1_500, 1_500), strict=True))
    assert firm.months("K8x1", REVENUE) == expected


@case("V1x1")
def a_lost_deal_of_the_same_code(it: Case) -> None:
    """30,000 are won; 20,000 lost and 7,000 deleted are no part of the contract."""
    project = it.project("fixed_fee", 30_000)
    it.deal(project, "fixed_fee", 20_000, is_won=False)
    it.deal(project, "fixed_fee", 7_000, is_deleted=True)
    person = it.employee(100)
    it.allocation(project, person, *JANUARY, 100)
    it.worked(project, person, *JANUARY, 5)


def test_only_won_deals_are_the_contract(firm):
    assert firm.months("V1x1", REVENUE) == {"Jan": 30_000}


@case("V1x2")
def two_won_deals_one_after_the_other(it: Case) -> None:
    """A retainer of 600 for January to June and one of 300 for April to June.

    100 a month, and from April 100 more.
    """
    project = it.project("retainer", 600, end=date(2026, 6, 30))
    term = date(2026, 4, 1), date(2026, 6, 30)
    it.deal(project, "retainer", 300, *term)


def test_obligations_of_two_deals_add_up_each_over_its_term(firm):
    expected = dict(zip(HALF, (100, 100, 100, 200, 200, 200), strict=True))
    assert firm.months("V1x2", REVENUE) == expected
