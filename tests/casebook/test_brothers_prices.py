"""Brothers of the cases of sections K and Y: caps, prices and currencies.

Figures are worked out by hand from the case book and the standards it cites.
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "labour_cost_amount"


@case("K1x1")
def a_cap_and_corrections(it: Case) -> None:
    """Cap 10,000. Value to date 12,000; 10,000; 7,000: earned 10,000 twice, 7,000."""
    terms = {"cap_amount": 10_000}
    project = it.project("time_and_materials_capped", deal=terms)
    person = it.employee(50)
    for month, hours in ((2, 120), (3, -20), (4, -30)):
        it.time(project, person, date(2026, month, 10), hours, 100)


def test_a_correction_above_the_cap_takes_nothing_back(firm):
    assert firm.months("K1x1", REVENUE) == {"Feb": 10_000, "Apr": -3_000}


@case("K1x2")
def a_cap_raised(it: Case) -> None:
    """Value 12,000 under a cap of 10,000; from 11 May the cap is 15,000."""
    terms = {"cap_amount": 10_000}
    project = it.project("time_and_materials_capped", deal=terms)
    it.time(project, it.employee(50), date(2026, 2, 10), 120, 100)
    it.say(
        "crm_deal_changes",
        deal_change_id=it.new("change"),
        amended_deal_id="K1x2-deal-1",
        treatment="catch_up",
        currency_code="USD",
        effective_date=date(2026, 5, 11),
        cap_change_amount=5_000,
        is_won=True,
    )


def test_a_higher_cap_earns_what_was_above_it(firm):
    assert firm.months("K1x2", REVENUE) == {"Feb": 10_000, "May": 2_000}
    assert firm.proposed("K1x2") == 12_000


@case("K1x3")
def a_cap_reached_within_a_day(it: Case) -> None:
    """9,900 in February; of 1,600 on the last of March 100 are left."""
    terms = {"cap_amount": 10_000}
    project = it.project("time_and_materials_capped", deal=terms)
    person = it.employee(100)
    it.time(project, person, date(2026, 2, 10), "49.5", 200)
    it.time(project, person, date(2026, 3, 31), 8, 200)


def test_a_day_earns_what_the_cap_leaves(firm):
    assert firm.months("K1x3", REVENUE) == {"Feb": 9_900, "Mar": 100}
    assert firm.proposed("K1x3") == 10_000


@case("K1x4")
def a_cap_over_two_people_and_obligations(it: Case) -> None:
    """Cap 5,000, the later obligation worked first: 3,000, then 2,000 of 4,000."""
    terms = {"cap_amount": 5_000}
    project = it.project("time_and_materials_capped", deal=terms)
    first, second = it.obligation(project, "01"), it.obligation(project, "02")
    it.time(project, it.employee(50), date(2026, 3, 3), 30, 100, task_id=second)
    it.time(project, it.employee(50), date(2026, 3, 4), 40, 100, task_id=first)


def test_a_cap_is_used_up_in_order_of_work_whoever_works(firm):
    assert firm.months("K1x4", REVENUE) == {"Mar": 5_000}
    assert firm.proposed("K1x4") == 5_000


@case("K1x5")
def a_cap_lowered(it: Case) -> None:
    """Value 8,000 under 10,000; from 10 March the cap is 5,000: 3,000 go back."""
    terms = {"cap_amount": 10_000}
    project = it.project("time_and_materials_capped", deal=terms)
    it.time(project, it.employee(50), date(2026, 2, 10), 80, 100)
    it.say(
        "crm_deal_changes",
        deal_change_id=it.new("change"),
        amended_deal_id="K1x5-deal-1",
        treatment="catch_up",
        currency_code="USD",
        effective_date=date(2026, 3, 10),
        cap_change_amount=-5_000,
        is_won=True,
    )


def test_a_lower_cap_takes_back_what_is_above_it(firm):
    assert firm.months("K1x5", REVENUE) == {"Feb": 8_000, "Mar": -3_000}
    assert firm.proposed("K1x5") == 5_000


@case("K3x1")
def a_cap_raised_in_another_currency(it: Case) -> None:
    """Value 20,000, cap 10,000; from 10 March CHF 5,000 more, at 1.10: 5,500."""
    it.rate("CHF", "USD", date(2026, 2, 9), "1.20")
    it.rate("CHF", "USD", date(2026, 3, 9), "1.10")
    terms = {"cap_amount": 10_000}
    project = it.project("time_and_materials_capped", deal=terms)
    it.time(project, it.employee(50), date(2026, 2, 10), 100, 200)
    it.say(
        "crm_deal_changes",
        deal_change_id=it.new("change"),
        amended_deal_id="K3x1-deal-1",
        treatment="catch_up",
        currency_code="CHF",
        effective_date=date(2026, 3, 10),
        cap_change_amount=5_000,
        is_won=True,
    )


def test_a_cap_in_another_currency_is_compared_at_the_rate_of_its_day(firm):
    assert firm.months("K3x1", REVENUE) == {"Feb": 10_000, "Mar": 5_500}


@case("K5x1")
def worked_and_not_charged(it: Case) -> None:
    """8 h worked and 0 charged; a call-out of 2 h charged and none worked."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, date(2026, 2, 10), 8, 200, billable_minutes=0)
    it.time(project, person, date(2026, 4, 14), 0, 200, billable_minutes=120)


def test_hours_charged_and_hours_worked_are_two_things(firm):
    assert firm.months("K5x1", COST) == {"Feb": 800}
    assert firm.months("K5x1", REVENUE) == {"Apr": 400}
    assert firm.proposed("K5x1") == 400


@case("K5x2")
def an_hour_at_no_price(it: Case) -> None:
    """Goodwill: 8 h at 0 cost what they cost; so does internal work at 200."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, date(2026, 2, 10), 8, 0)
    it.time(it.project("non_billable"), person, date(2026, 3, 10), 8, 200)


def test_an_hour_at_no_price_costs_and_earns_nothing(firm):
    assert firm.months("K5x2", COST) == {"Feb": 800, "Mar": 800}
    assert firm.months("K5x2", REVENUE) == {}
    assert not firm.proposed("K5x2")


@case("K5x3")
def prices_changed_in_mid_month(it: Case) -> None:
    """8 h at 150, from 16 March 8 h at 180; pay 100, from 16 March 120.

    Revenue 1,200 + 1,440; cost 800 + 960.
    """
    project, person = it.project("time_and_materials"), it.employee(100)
    it.say(
        "hr_pay",
        employee_pseudonym=f"pseudonym of {person}",
        valid_from=date(2026, 3, 16),
        currency_code="USD",
        pay_basis="hourly",
        pay_amount=120,
    )
    it.time(project, person, date(2026, 3, 15), 8, 150)
    it.time(project, person, date(2026, 3, 16), 8, 180)


def test_a_new_price_and_a_new_pay_hold_from_their_day(firm):
    assert firm.months("K5x3", REVENUE) == {"Mar": 2_640}
    assert firm.months("K5x3", COST) == {"Mar": 1_760}


@case("K7x1")
def a_draft_of_a_card(it: Case) -> None:
    """150 in force; 300 from February is a draft: 8 h of March are worth 1,200."""
    role = it.new("role")
    it.say("psa_roles", role_id=role, role_name=role)
    for since, price, published in (
        (date(2026, 1, 1), 150, True),
        (date(2026, 2, 1), 300, False),
    ):
        it.say(
            "psa_bill_rates",
            rate_card_id=f"{role} card {price}",
            rate_card_name="Standard",
            role_id=role,
            role_name=role,
            currency_code="USD",
            valid_from=since,
            valid_to=date(9999, 12, 31),
            bill_rate=price,
            is_published=published,
        )
    project, person = it.project("time_and_materials"), it.employee(100)
    it.changed("psa_people", {"person_id": person}, role_id=role, role_name=role)
    it.time(project, person, date(2026, 3, 10), 8, None, role_name=role)


def test_a_draft_of_a_card_prices_nothing(firm):
    """An entry without its own rate waits for it: what a card says is a list price."""
    value = """
        select sum(standard_amount) from marts.mart_billing_waterfall_monthly
        where legal_entity_code = 'K7x1'
    """
    waits = """
        select kind from reconciliation.rec_exceptions
        where legal_entity_code = 'K7x1' and source_system is not null
    """
    assert firm.rows(value) == [(1_200,)]
    assert ("missing_bill_rate",) in firm.rows(waits)
    assert firm.months("K7x1", REVENUE) == {}


@case("Y1x1", currency="KWD", country="KW")
def three_decimals(it: Case) -> None:
    """50 min at 12.345 dinars: 10.2875 is 10.288; at a cost of 7.777: 6.481."""
    project, person = it.project("time_and_materials"), it.employee("7.777")
    minutes = {"worked_minutes": 50, "billable_minutes": 50}
    it.time(project, person, date(2026, 2, 10), 1, "12.345", **minutes)


def test_a_dinar_has_three_decimals(firm):
    assert firm.months("Y1x1", REVENUE) == {"Feb": Decimal("10.288")}
    assert firm.months("Y1x1", COST) == {"Feb": Decimal("6.481")}
    assert firm.proposed("Y1x1") == Decimal("10.288")


@case("Y1x2", currency="KRW", country="KR")
def a_third_of_a_won(it: Case) -> None:
    """₩1,000,000 by thirds of 30 h: to date 333,333, 666,667 and 1,000,000."""
    project, person = it.project("fixed_fee", 1_000_000), it.employee(20_000)
    for day in (date(2026, 4, 14), date(2026, 5, 12), date(2026, 6, 9)):
        it.allocation(project, person, day, day, 10)
        it.time(project, person, day, 10)


def test_thirds_of_won_add_up_to_the_price(firm):
    expected = {"Apr": 333_333, "May": 333_334, "Jun": 333_333}
    assert firm.months("Y1x2", REVENUE) == expected


@case("Y3x1")
def a_rate_of_exchange_on_a_holiday(it: Case) -> None:
    """8 h at CHF 200 on a Sunday: Friday's 1.10 holds, not Monday's 1.20."""
    it.rate("CHF", "USD", date(2026, 2, 6), "1.10")
    it.rate("CHF", "USD", date(2026, 2, 9), "1.20")
    project, person = it.project("time_and_materials"), it.employee(50)
    it.time(project, person, date(2026, 2, 8), 8, 200, currency_code="CHF")


def test_on_a_day_without_a_rate_the_last_one_holds(firm):
    assert firm.months("Y3x1", REVENUE) == {"Feb": 1_760}


@case("Y3x2")
def pay_in_another_currency(it: Case) -> None:
    """Paid CHF 100 an hour: 8 h on 9 February at 1.20 cost 960."""
    it.rate("CHF", "USD", date(2026, 2, 6), "1.10")
    it.rate("CHF", "USD", date(2026, 2, 9), "1.20")
    project, person = it.project("time_and_materials"), it.employee(100, "CHF")
    it.time(project, person, date(2026, 2, 9), 8, 200)


def test_pay_in_another_currency_costs_by_the_rate_of_the_day(firm):
    assert firm.months("Y3x2", COST) == {"Feb": 960}
    assert firm.months("Y3x2", REVENUE) == {"Feb": 1_600}


def _francs(it: Case) -> None:
    """1.20 dollars from 9 February, 1.10 from 9 March."""
    it.rate("CHF", "USD", date(2026, 2, 9), "1.20")
    it.rate("CHF", "USD", date(2026, 3, 9), "1.10")


@case("Y3x3")
def a_contract_in_another_currency_than_the_books(it: Case) -> None:
    """8 h at CHF 200 on a day at 1.20 and on one at 1.10: 1,920 and 1,760."""
    _francs(it)
    project, person = it.project("time_and_materials", currency="CHF"), it.employee(50)
    for day in (date(2026, 2, 10), date(2026, 3, 10)):
        it.time(project, person, day, 8, 200, currency_code="CHF")


def test_a_contract_in_another_currency_is_earned_at_each_days_rate(firm):
    assert firm.months("Y3x3", REVENUE) == {"Feb": 1_920, "Mar": 1_760}
    assert firm.months("Y3x3", COST) == {"Feb": 400, "Mar": 400}
    assert firm.proposed("Y3x3") == 3_200


@case("Y3x4")
def a_milestone_in_another_currency_than_its_contract(it: Case) -> None:
    """CHF 1,000 accepted on a day at 1.10: 1,100 of a price of 5,000 dollars."""
    _francs(it)
    project, day = it.project("milestone", 5_000), date(2026, 3, 10)
    task = it.milestone(project, 1_000, due=day, accepted=day)
    it.changed("psa_billing_milestones", {"milestone_id": task}, currency_code="CHF")


def test_a_milestone_in_another_currency_is_translated(firm):
    assert firm.months("Y3x4", REVENUE) == {"Mar": 1_100}


def test_a_milestone_in_another_currency_is_open_and_proposed_translated(firm):
    assert firm.wip("Y3x4", "unbilled_amount")["Mar"] == 1_100
    assert firm.proposed("Y3x4") == 1_100


@case("Y3x5")
def a_contract_priced_in_two_currencies(it: Case) -> None:
    """A contract in dollars: 8 h at $200, 8 h at CHF 200 at 1.10: 1,600 + 1,760."""
    _francs(it)
    project, person = it.project("time_and_materials"), it.employee(50)
    day = date(2026, 3, 10)
    it.time(project, person, day, 8, 200)
    it.time(project, person, day, 8, 200, currency_code="CHF")


def test_prices_in_two_currencies_are_never_summed(firm):
    assert firm.months("Y3x5", REVENUE) == {"Mar": 3_360}


@case("Y0x1")
def hours_at_the_ends_of_a_year(it: Case) -> None:
    """8 h on 31 December, 4 h on 1 January; what nobody approved counts nowhere."""
    start = date(2025, 12, 1)
    project = it.project("time_and_materials", start=start)
    person = it.employee(100)
    it.time(project, person, date(2025, 12, 31), 8, 200)
    it.time(project, person, date(2026, 1, 1), 4, 200)
    for status in ("pending", "rejected", "cancelled", "unsubmitted"):
        day = date(2026, 1, 31)
        it.time(project, person, day, 8, 200, approval_status=status)


def test_hours_belong_to_the_year_of_their_day(firm):
    assert firm.months("Y0x1", REVENUE) == {"Dec": 1_600, "Jan": 800}
    assert firm.months("Y0x1", COST) == {"Dec": 800, "Jan": 400}
    assert firm.proposed("Y0x1") == 2_400
