"""Costs of others: section S of the case book."""

from datetime import date
from decimal import Decimal

import pytest

from tests.casebook.book import Built
from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
COST = "subcontractor_amount"


def _billed_in_april(it: Case, amount: int) -> None:
    """20 hours of March at 80, and a bill of April that names their order."""
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 20, date(2026, 2, 20))
    it.time(project, person, date(2026, 3, 11), 8, 150)
    it.time(project, person, date(2026, 3, 12), 12, 150)
    it.bill(project, amount, date(2026, 4, 7), order=order)


def _worked(it: Case, *days: tuple[date, int], **said: str) -> tuple[str, str]:
    """A contractor's hours at 80 of days, on a project; that and the order's number."""
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 100, date(2026, 2, 20), **said)
    for day, hours in days:
        it.time(project, person, day, hours, 150)
    return project, order


def _accrued(firm: Built, entity: str) -> dict[str, Decimal]:
    """What the ERP should hold as accrued of contractors; months of 0 aside."""
    query = """
        select strftime(period_month, '%b'), sum(desired_amount) as amount
        from adjustments.adj_subcontractor_accrual
        where legal_entity_code = $entity
        group by period_month having sum(desired_amount) <> 0
        order by period_month
    """
    return dict(firm.rows(query, entity=entity))


def _unpriced(firm: Built, entity: str) -> list[tuple]:
    """What control C10 says of an entity: reason, month, what is not explained."""
    query = """
        select reason, strftime(period_month, '%b'), difference_amount
        from reconciliation.rec_unpriced_facts
        where legal_entity_code = $entity
        order by all
    """
    return firm.rows(query, entity=entity)


@case("S1")
def the_bill_comes_next_month(it: Case) -> None:
    _billed_in_april(it, 1_600)


def test_a_bill_of_the_next_month_is_for_the_month_worked(firm):
    assert firm.months("S1", COST) == {"Mar": 1_600}
    assert _accrued(firm, "S1") == {"Mar": 1_600, "Apr": -1_600}


@case("S1less")
def the_bill_is_less(it: Case) -> None:
    _billed_in_april(it, 1_500)


def test_a_lower_bill_shows_its_difference_when_it_comes(firm):
    assert firm.months("S1less", COST) == {"Mar": 1_600, "Apr": -100}


@case("S1part")
def the_bill_is_for_a_part(it: Case) -> None:
    _billed_in_april(it, 800)


def test_what_a_part_bill_leaves_open_stays_accrued(firm):
    assert firm.months("S1part", COST) == {"Mar": 1_600}
    assert _accrued(firm, "S1part") == {"Mar": 1_600, "Apr": -800}


@case("S1twice")
def a_bill_for_each_month(it: Case) -> None:
    project, order = _worked(it, (date(2026, 3, 12), 20), (date(2026, 4, 2), 20))
    it.bill(project, 1_500, date(2026, 4, 7), order=order)
    it.bill(project, 1_600, date(2026, 5, 7), order=order)


def test_each_bill_settles_the_hours_to_the_end_of_a_month(firm):
    assert firm.months("S1twice", COST) == {"Mar": 1_600, "Apr": 1_500}
    accrued = {"Mar": 1_600, "May": -1_600}  # April's own, and March's taken back
    assert _accrued(firm, "S1twice") == accrued


@case("S1both")
def a_bill_for_two_months(it: Case) -> None:
    project, order = _worked(it, (date(2026, 3, 12), 20), (date(2026, 4, 14), 10))
    it.bill(project, 2_430, date(2026, 5, 7), order=order)


def test_a_bill_may_cover_the_hours_of_two_months(firm):
    assert firm.months("S1both", COST) == {"Mar": 1_600, "Apr": 800, "May": 30}


@case("S1parts")
def two_bills_for_parts(it: Case) -> None:
    project, order = _worked(it, (date(2026, 3, 12), 20))
    it.bill(project, 800, date(2026, 4, 7), order=order)
    it.bill(project, 780, date(2026, 5, 7), order=order)


def test_what_is_left_is_settled_by_the_last_part(firm):
    assert firm.months("S1parts", COST) == {"Mar": 1_600, "May": -20}
    assert _accrued(firm, "S1parts") == {"Mar": 1_600, "Apr": -800, "May": -800}


@case("S1shortparts")
def two_bills_for_less_than_was_worked(it: Case) -> None:
    project, order = _worked(it, (date(2026, 3, 12), 20))
    it.bill(project, 800, date(2026, 4, 7), order=order)
    it.bill(project, 700, date(2026, 5, 7), order=order)


def test_bills_of_one_month_settle_it_together(firm):
    assert firm.months("S1shortparts", COST) == {"Mar": 1_600, "May": -100}
    assert _accrued(firm, "S1shortparts") == {"Mar": 1_600, "Apr": -800, "May": -800}


@case("S1more")
def a_bill_for_more_than_was_worked(it: Case) -> None:
    project, order = _worked(it, (date(2026, 3, 12), 20))
    it.bill(project, 2_400, date(2026, 4, 7), order=order)


def test_what_no_hours_explain_is_a_cost_of_the_bill_and_an_exception(firm):
    assert firm.months("S1more", COST) == {"Mar": 1_600, "Apr": 800}
    assert _unpriced(firm, "S1more") == [("bill_beyond_hours", "Apr", 800)]


@case("S1credit")
def a_credit_later(it: Case) -> None:
    project, order = _worked(it, (date(2026, 3, 12), 20))
    it.bill(project, 1_600, date(2026, 4, 7), order=order)
    it.bill(project, -300, date(2026, 5, 6), order=order)


def test_a_credit_lowers_cost_when_it_comes(firm):
    assert firm.months("S1credit", COST) == {"Mar": 1_600, "May": -300}
    assert _accrued(firm, "S1credit") == {"Mar": 1_600, "Apr": -1_600}


@case("S1creditm")
def a_credit_that_states_its_month(it: Case) -> None:
    project, _ = _worked(it, (date(2026, 3, 12), 20))
    it.bill(project, 1_600, date(2026, 4, 7), service=date(2026, 3, 1))
    it.bill(project, -300, date(2026, 5, 6), service=date(2026, 3, 1))


def test_a_credit_of_a_month_moves_no_month_that_is_over(firm):
    assert firm.months("S1creditm", COST) == {"Mar": 1_600, "May": -300}


@case("S1before")
def the_bill_comes_before_the_hours(it: Case) -> None:
    project, order = _worked(it, (date(2026, 3, 12), 20))
    it.bill(project, 1_600, date(2026, 2, 27), order=order)


def test_a_bill_before_the_hours_is_a_cost_of_the_month_worked(firm):
    assert firm.months("S1before", COST) == {"Mar": 1_600}
    assert _accrued(firm, "S1before") == {}, "accrued and taken back in one month"


@case("S1month")
def a_bill_that_states_its_month(it: Case) -> None:
    project, _ = _worked(it, (date(2026, 3, 12), 20), (date(2026, 4, 2), 20))
    it.bill(project, 1_500, date(2026, 5, 7), service=date(2026, 4, 1))
    it.bill(project, 1_600, date(2026, 5, 8), service=date(2026, 3, 1))


def test_a_bill_that_states_its_month_is_for_that_one(firm):
    cost = {"Mar": 1_600, "Apr": 1_600, "May": -100}
    assert firm.months("S1month", COST) == cost


@case("S1none")
def a_bill_of_a_month_without_hours(it: Case) -> None:
    project, _ = _worked(it)
    it.bill(project, 900, date(2026, 5, 7), service=date(2026, 4, 1))


def test_a_bill_without_hours_is_a_cost_of_the_month_it_states(firm):
    assert firm.months("S1none", COST) == {"Apr": 900}
    assert _unpriced(firm, "S1none") == [("bill_without_hours", "Apr", 900)]


@case("S1two")
def two_contractors_on_one_order(it: Case) -> None:
    project = it.project("time_and_materials")
    order = it.order(project, it.contractor(), 80, 100, date(2026, 2, 20))
    second, price = it.contractor(), 100
    it.order(
        project,
        second,
        price,
        100,
        date(2026, 2, 20),
        purchase_order_id=order,
        po_number=order,
        po_line_id=f"{order}/2",
    )
    first = second.replace("-2", "-1")
    it.time(project, first, date(2026, 3, 11), 10, 150)
    it.time(project, second, date(2026, 3, 12), 10, 150)
    it.bill(project, 1_790, date(2026, 4, 7), order=order)


def test_a_bill_covers_the_hours_of_all_whom_its_order_names(firm):
    assert firm.months("S1two", COST) == {"Mar": 1_800, "Apr": -10}
    assert _unpriced(firm, "S1two") == []


@case("S1euro")
def an_order_in_euro(it: Case) -> None:
    it.rate("EUR", "USD", date(2026, 1, 1), "1.10")
    it.rate("EUR", "USD", date(2026, 4, 1), "1.05")
    project, order = _worked(it, (date(2026, 3, 12), 20), currency_code="EUR")
    it.bill(
        project,
        840,
        date(2026, 4, 7),
        order=order,
        stated=800,
        transaction_currency_code="EUR",
    )


def test_a_bill_in_another_currency_covers_what_it_states_in_it(firm):
    """Half of 1,600 euro: 880 of 1,760 as accrued, and 840 on the day of the bill."""
    assert firm.months("S1euro", COST) == {"Mar": 1_760, "Apr": -40}
    assert _accrued(firm, "S1euro") == {"Mar": 1_760, "Apr": -880}


@case("S1back")
def hours_taken_back_at_another_rate(it: Case) -> None:
    """10 h at 1.10 and 10 h at 1.20, of which 4 are taken back; a bill of 16 h.

    In a currency that no other case has a rate of.
    """
    it.rate("HKD", "USD", date(2026, 1, 1), "1.10")
    it.rate("HKD", "USD", date(2026, 3, 15), "1.20")
    it.rate("HKD", "USD", date(2026, 4, 1), "1.05")
    late = date(2026, 3, 20)
    days = (date(2026, 3, 3), 10), (late, 10), (late, -4)
    project, order = _worked(it, *days, currency_code="HKD")
    it.bill(
        project,
        1_344,
        date(2026, 4, 7),
        order=order,
        stated=1_280,
        transaction_currency_code="HKD",
    )


def test_what_is_taken_back_of_a_contractor_is_of_its_own_day(firm):
    """800 in theirs at 1.10 and 480 at 1.20; the bill is 1,280 at 1.05."""
    assert firm.months("S1back", COST) == {"Mar": 1_456, "Apr": -112}
    assert _accrued(firm, "S1back") == {"Mar": 1_456, "Apr": -1_456}


def _goods(it: Case) -> tuple[str, str]:
    """600 received in March of an order for 1,000; the project and the order."""
    project = it.project("time_and_materials")
    goods = {"quantity": None, "ordered_amount": 1_000}
    order = it.order(project, None, 1_000, 1, date(2026, 3, 2), **goods)
    it.say(
        "spend_receipts",
        receipt_id=it.new("receipt"),
        po_line_id=f"{order}/1",
        receipt_date=date(2026, 3, 20),
        amount=600,
    )
    return project, order


@case("S1goods")
def goods_are_billed_in_the_month_after(it: Case) -> None:
    project, order = _goods(it)
    it.bill(project, 630, date(2026, 4, 7), order=order)


def test_goods_cost_when_received_and_their_bill_what_it_differs_by(firm):
    assert firm.months("S1goods", COST) == {"Mar": 600, "Apr": 30}
    assert _accrued(firm, "S1goods") == {"Mar": 600, "Apr": -600}


@case("S1goodsp")
def goods_are_billed_in_part_and_posted_late(it: Case) -> None:
    """The bill of 30 April is posted to May."""
    project, order = _goods(it)
    it.bill(project, 400, date(2026, 4, 30), order=order, period_id="2026-05")


def test_goods_that_no_bill_covers_stay_accrued(firm):
    assert firm.months("S1goodsp", COST) == {"Mar": 600}
    assert _accrued(firm, "S1goodsp") == {"Mar": 600, "May": -400}


@case("S1posted")
def a_bill_that_is_posted_to_the_next_period(it: Case) -> None:
    project, order = _worked(it, (date(2026, 3, 12), 20))
    it.bill(project, 1_500, date(2026, 4, 30), order=order, period_id="2026-05")


def test_a_bill_counts_in_the_period_that_it_is_posted_to(firm):
    assert firm.months("S1posted", COST) == {"Mar": 1_600, "May": -100}
    assert _accrued(firm, "S1posted") == {"Mar": 1_600, "May": -1_600}


@case("S2")
def a_second_order_at_another_rate(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.contractor()
    it.order(project, person, 90, 500, date(2026, 1, 2))
    it.order(project, person, 120, 500, date(2026, 5, 1))
    it.time(project, person, date(2026, 4, 30), 10, 200)
    it.time(project, person, date(2026, 5, 4), 10, 200)


def test_hours_cost_what_the_order_of_their_day_says(firm):
    assert firm.months("S2", COST) == {"Apr": 900, "May": 1_200}


@case("S2early")
def an_order_that_is_made_before_it_begins(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.contractor()
    it.order(project, person, 90, 500, date(2026, 1, 2))
    begins = date(2026, 5, 1)
    said = {"service_start_date": begins}
    it.order(project, person, 120, 500, date(2026, 4, 10), **said)
    it.time(project, person, date(2026, 4, 30), 10, 200)
    it.time(project, person, begins, 10, 200)


def test_an_order_prices_the_hours_from_the_day_it_says(firm):
    assert firm.months("S2early", COST) == {"Apr": 900, "May": 1_200}


@case("S2ended")
def an_order_that_ended(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.contractor()
    ended = {"service_end_date": date(2026, 4, 30)}
    it.order(project, person, 90, 500, date(2026, 1, 2), **ended)
    it.order(project, person, 120, 500, date(2026, 6, 1))
    it.time(project, person, date(2026, 5, 4), 10, 200)
    it.time(project, person, date(2026, 6, 1), 10, 200)


def test_hours_between_two_orders_cost_what_the_last_one_said(firm):
    assert firm.months("S2ended", COST) == {"May": 900, "Jun": 1_200}
    query = """
        select kind, amount, strftime(period_month, '%b')
        from reconciliation.exc_hours_without_order
        where legal_entity_code = 'S2ended'
    """
    assert firm.rows(query) == [("hours_without_order", 900, "May")]


@case("S2same")
def two_orders_of_one_day(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.contractor()
    for price in (90, 120):
        it.order(project, person, price, 500, date(2026, 1, 2))
    it.time(project, person, date(2026, 5, 4), 10, 200)


def test_hours_that_two_orders_price_are_an_exception(firm):
    query = """
        select kind, amount from reconciliation.exc_hours_of_two_orders
        where legal_entity_code = 'S2same'
    """
    assert firm.rows(query) == [("hours_of_two_orders", 900)]


@case("S3")
def recharge_on_a_fixed_price(it: Case) -> None:
    project, person = it.project("fixed_fee", 20_000), it.employee(100)
    january = date(2026, 1, 5), date(2026, 1, 30)
    it.allocation(project, person, *january, 100)
    it.worked(project, person, *january, 5)
    it.expense(project, person, date(2026, 1, 14), 800, is_rechargeable=True)
    it.invoice(project, 20_800, date(2026, 1, 30))


def test_rechargeable_travel_is_revenue_on_a_fixed_price_too(firm):
    assert firm.months("S3", "recognised_revenue_amount") == {"Jan": 20_800}
    assert firm.wip("S3", "deferred_amount") == {}
    assert firm.proposed("S3") is None


@case("S3half")
def recharge_is_no_progress(it: Case) -> None:
    project, person = it.project("fixed_fee", 20_000), it.employee(100)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.allocation(project, person, date(2026, 7, 6), date(2026, 7, 31), 100)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 5)
    it.expense(project, person, date(2026, 1, 14), 800, is_rechargeable=True)


def test_rechargeable_travel_is_no_progress(firm):
    assert firm.months("S3half", "recognised_revenue_amount") == {"Jan": 10_800}


@case("S3mark")
def recharge_with_a_mark_up(it: Case) -> None:
    it.book.decide(
        "revenue_policies",
        legal_entity_code="S3mark",
        contract_type="fixed_fee",
        method="cost_to_cost",
        modification_treatment="catch_up",
        recharge_mark_up_rate="0.1",
        owner="Finance",
    )
    project, person = it.project("fixed_fee", 20_000), it.employee(100)
    january = date(2026, 1, 5), date(2026, 1, 30)
    it.allocation(project, person, *january, 100)
    it.worked(project, person, *january, 5)
    it.expense(project, person, date(2026, 1, 14), 800, is_rechargeable=True)
    it.invoice(project, 20_000, date(2026, 1, 30))


def test_a_mark_up_by_policy_is_earned_and_proposed(firm):
    assert firm.months("S3mark", "recognised_revenue_amount") == {"Jan": 20_880}
    assert firm.months("S3mark", "total_cost_amount") == {"Jan": 10_800}
    assert firm.wip("S3mark", "unbilled_amount")["Jun"] == 880
    assert firm.proposed("S3mark") == 880


@case("S3mile")
def recharge_beside_milestones(it: Case) -> None:
    project, person = it.project("milestone", 5_000), it.employee(100)
    it.expense(project, person, date(2026, 1, 14), 300, is_rechargeable=True)
    it.expense(project, person, date(2026, 3, 3), -50, is_rechargeable=True)
    day = date(2026, 2, 10)
    it.milestone(project, 5_000, due=day, accepted=day)


def test_travel_beside_milestones_earns_when_spent_and_a_refund_takes_it_back(firm):
    expected = {"Jan": 300, "Feb": 5_000, "Mar": -50}
    assert firm.months("S3mile", "recognised_revenue_amount") == expected
    assert firm.proposed("S3mile") == 5_250


@case("S3eur", currency="EUR", country="DE")
def recharge_in_another_currency_than_the_contract(it: Case) -> None:
    it.rate("EUR", "USD", date(2026, 1, 1), "1.10")
    it.rate("USD", "EUR", date(2026, 1, 1), "0.90909091")
    project = it.project("fixed_fee", 11_000, currency="USD")
    person = it.employee(100)
    it.expense(project, person, date(2026, 1, 14), 100, is_rechargeable=True)


def test_travel_is_charged_in_the_contracts_currency_at_its_days_rate(firm):
    assert firm.months("S3eur", "recognised_revenue_amount") == {"Jan": 100}
    assert firm.proposed("S3eur") == 110


@case("S3cap")
def recharge_within_a_cap(it: Case) -> None:
    project, person = (
        it.project("time_and_materials_capped", deal={"cap_amount": 1_000}),
        it.employee(100),
    )
    it.time(project, person, date(2026, 2, 10), 6, 150)
    it.expense(project, person, date(2026, 2, 11), 200, is_rechargeable=True)


def test_what_is_recharged_within_a_cap_is_capped(firm):
    assert firm.months("S3cap", "recognised_revenue_amount") == {"Feb": 1_000}


@case("S4")
def an_expense_with_tax_that_is_got_back(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    said = {"is_rechargeable": True, "recoverable_tax_amount": 40}
    it.expense(project, person, date(2026, 3, 11), 240, **said)


def test_tax_that_is_got_back_is_no_cost_and_not_charged_on(firm):
    assert firm.months("S4", "expense_amount") == {"Mar": 200}
    assert firm.months("S4", "recognised_revenue_amount") == {"Mar": 200}
    assert firm.proposed("S4") == 200


@case("S4rate")
def tax_is_known_by_its_rate(it: Case) -> None:
    """A fifth on top: all of it is got back, of rail's half; without a rate none."""
    project, person = it.project("time_and_materials"), it.employee(100)
    for category, share in (("*", 1), ("Rail", "0.5")):
        it.book.decide(
            "expense_tax_policies",
            legal_entity_code="S4rate",
            category_name=category,
            recoverable_rate=share,
            owner="Finance",
        )
    it.expense(project, person, date(2026, 3, 11), 240, tax_rate="0.2")
    hotel = {"category_name": "Hotel"}
    it.expense(project, person, date(2026, 4, 8), 240, tax_rate="0.2", **hotel)
    it.expense(project, person, date(2026, 5, 6), 240, tax_amount=30, **hotel)
    it.expense(project, person, date(2026, 6, 3), 240, **hotel)


def test_policy_says_how_much_of_a_tax_is_got_back(firm):
    cost = {"Mar": 220, "Apr": 200, "May": 210, "Jun": 240}
    assert firm.months("S4rate", "expense_amount") == cost


@case("S3none")
def recharge_that_nobody_sold(it: Case) -> None:
    project, person = it.project("fixed_fee", 1_000), it.employee(100)
    for row in it.book.rows["crm_deals"]:
        if row["project_code"] == project:
            row["is_won"] = False
    it.expense(project, person, date(2026, 2, 11), 200, is_rechargeable=True)


def test_a_recharge_that_nobody_sold_is_an_exception(firm):
    assert firm.months("S3none", "recognised_revenue_amount") == {}
    assert firm.in_question("S3none", "recharge_without_contract") == {200: "USD"}
