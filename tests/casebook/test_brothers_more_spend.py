"""More brothers of section S: costs of others.

Figures are worked out by hand from the case book and ``domain.md``.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_more_estimates import decided, planned

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
COST, TOTAL, REVENUE = (
    "subcontractor_amount",
    "total_cost_amount",
    "recognised_revenue_amount",
)
MARCH, APRIL = date(2026, 3, 11), date(2026, 4, 7)


def _ordered(it: Case, project: str, hours: int, price: int) -> tuple[str, str]:
    """A contractor's hours of 11 March under an order: that and who worked."""
    person = it.contractor()
    order = it.order(project, person, price, 100, date(2026, 1, 5))
    it.time(project, person, MARCH, hours, 150)
    return order, person


@case("S1z1")
def a_bill_of_two_orders(it: Case) -> None:
    """20 h × 80 and 10 h × 100; April's bill has a line of each: 1,500 and 1,000."""
    project = it.project("time_and_materials")
    first, _ = _ordered(it, project, 20, 80)
    second, _ = _ordered(it, project, 10, 100)
    bill = it.bill(project, 1_500, APRIL, order=first)
    it.changed("erp_transactions", {"transaction_id": bill}, memo=None)
    [line] = [
        row
        for row in it.book.rows["erp_ledger_lines"]
        if row["transaction_id"] == bill and row["line_id"] == "0"
    ]
    amounts = {"debit_amount": 1_000, "transaction_amount": 1_000}
    said = {"line_id": "2", "source_id": f"{bill}/2", "memo": second}
    it.book.rows["erp_ledger_lines"].append(line | amounts | said)
    whole = {"credit_amount": 2_500, "transaction_amount": -2_500}
    it.changed("erp_ledger_lines", {"transaction_id": bill, "line_id": "1"}, **whole)


def test_each_line_of_a_bill_settles_the_order_it_names(firm):
    assert firm.months("S1z1", COST) == {"Mar": 2_600, "Apr": -100}


@case("S1z2")
def a_bill_of_hours_less_those_taken_back(it: Case) -> None:
    """20 h × 80 of March, −5 h in April; the bill of May is of 15 h."""
    project = it.project("time_and_materials")
    order, person = _ordered(it, project, 20, 80)
    it.time(project, person, date(2026, 4, 14), -5, 150)
    it.bill(project, 1_200, date(2026, 5, 7), order=order)


def test_a_bill_of_hours_net_of_those_taken_back_settles_all(firm):
    assert firm.months("S1z2", COST) == {"Mar": 1_600, "Apr": -400}


@case("S1z3")
def a_bill_credited_and_sent_again(it: Case) -> None:
    """1,600 in April, credited whole in May, 1,500 in June: 1,500 in all."""
    project = it.project("time_and_materials")
    order, _ = _ordered(it, project, 20, 80)
    for month, amount in ((4, 1_600), (5, -1_600), (6, 1_500)):
        it.bill(project, amount, date(2026, month, 7), order=order)


def test_a_bill_sent_again_is_counted_once(firm):
    months = firm.months("S1z3", COST)
    assert months["Mar"] == 1_600
    assert sum(months.values()) == 1_500


@case("S1z4")
def a_bill_deleted_in_the_erp(it: Case) -> None:
    """The bill of 1,500 is deleted: what was accrued for the hours is still owed."""
    project = it.project("time_and_materials")
    order, _ = _ordered(it, project, 20, 80)
    bill = it.bill(project, 1_500, APRIL, order=order)
    for contract in ("erp_transactions", "erp_ledger_lines"):
        it.gone(contract, transaction_id=bill)


def test_the_accrual_comes_back_when_a_bill_is_deleted(firm):
    assert firm.months("S1z4", COST) == {"Mar": 1_600}


@case("S1z5")
def a_bill_without_an_order_for_hours_of_two_months(it: Case) -> None:
    """20 h × 80 in March, 10 h × 80 in April; a bill of each, at its month's end."""
    project = it.project("time_and_materials")
    _, person = _ordered(it, project, 20, 80)
    it.time(project, person, date(2026, 4, 14), 10, 150)
    it.bill(project, 1_600, date(2026, 3, 31))
    it.bill(project, 790, date(2026, 4, 30))


def test_bills_of_their_own_months_stand_for_the_hours(firm):
    assert firm.months("S1z5", COST) == {"Mar": 1_600, "Apr": 790}


@case("S2z1")
def an_order_that_ends_in_mid_month(it: Case) -> None:
    """At 90 to 15 May, at 120 from the 16th: 10 h on each day are 900 and 1,200."""
    project, person = it.project("time_and_materials"), it.contractor()
    ends = {"service_end_date": date(2026, 5, 15)}
    it.order(project, person, 90, 500, date(2026, 1, 2), **ends)
    begins = {"service_start_date": date(2026, 5, 16)}
    it.order(project, person, 120, 500, date(2026, 5, 4), **begins)
    for day in (15, 16):
        it.time(project, person, date(2026, 5, day), 10, 200)


def test_two_orders_price_each_their_days_of_one_month(firm):
    assert firm.months("S2z1", COST) == {"May": 2_100}


@case("S2z2")
def an_order_cancelled(it: Case) -> None:
    """10 h × 80 of March are owed, though the order is cancelled on 1 April."""
    project, person = it.project("time_and_materials"), it.contractor()
    ended = {"order_status": "cancelled", "closed_date": date(2026, 4, 1)}
    it.order(project, person, 80, 100, date(2026, 1, 5), **ended)
    it.time(project, person, MARCH, 10, 150)


def test_hours_before_an_order_was_cancelled_are_owed(firm):
    assert firm.months("S2z2", COST) == {"Mar": 800}


@case("S2z3")
def dearer_hours_on_a_fixed_price(it: Case) -> None:
    """20 h × 90 done of 20 h × 90 and, from August, 20 h × 110: 45 % of 10,000."""
    project, person = it.project("fixed_fee", 10_000), it.contractor()
    ends = {"service_end_date": date(2026, 7, 31)}
    it.order(project, person, 90, 20, date(2026, 1, 5), **ends)
    begins = {"service_start_date": date(2026, 8, 1)}
    it.order(project, person, 110, 20, date(2026, 5, 4), **begins)
    it.allocation(project, person, MARCH, MARCH, 20)
    it.time(project, person, MARCH, 20)
    it.allocation(project, person, date(2026, 9, 1), date(2026, 9, 30), 20)


def test_hours_to_come_cost_what_the_order_of_their_day_says(firm):
    assert firm.months("S2z3", REVENUE) == {"Mar": 4_500}


@case("S3z1")
def travel_with_tax_and_mark_up_in_another_currency(it: Case) -> None:
    """1,230 reais, 230 of them tax that is got back, at 0.25: 250; with 10 %: 275."""
    decided(it, "cost_to_cost", recharge_mark_up_rate="0.1")
    it.rate("BRL", "USD", date(2026, 1, 1), "0.25")
    project, person = it.project("fixed_fee", 20_000), it.employee(100)
    said = {"currency_code": "BRL", "recoverable_tax_amount": 230}
    it.expense(project, person, MARCH, 1_230, is_rechargeable=True, **said)


def test_travel_is_charged_net_of_tax_marked_up_and_translated(firm):
    assert firm.months("S3z1", TOTAL) == {"Mar": 250}
    assert firm.months("S3z1", REVENUE) == {"Mar": 275}
    assert firm.proposed("S3z1") == 275


@case("S3z2")
def marked_up_travel_on_a_retainer(it: Case) -> None:
    """1,000 a month, April to June; 300 of travel in May, and 10 %; −100 in June."""
    decided(it, "straight_line", "retainer", recharge_mark_up_rate="0.1")
    project, person = (
        it.project("retainer", 3_000, date(2026, 4, 1), date(2026, 6, 30)),
        it.employee(100),
    )
    it.expense(project, person, date(2026, 5, 12), 300, is_rechargeable=True)
    it.expense(project, person, date(2026, 6, 9), -100, is_rechargeable=True)


def test_a_refund_takes_back_its_mark_up_too(firm):
    expected = {"Apr": 1_000, "May": 1_330, "Jun": 890}
    assert firm.months("S3z2", REVENUE) == expected


@case("S3z3")
def marked_up_travel_within_a_cap(it: Case) -> None:
    """Cap 1,000: 900 of work and 220 for travel of 200; in March travel is refunded.

    1,000 of 1,120, then 900 of 900.
    """
    decided(
        it,
        "time_and_materials_capped",
        "time_and_materials_capped",
        recharge_mark_up_rate="0.1",
    )
    cap = {"cap_amount": 1_000}
    project, person = (
        it.project("time_and_materials_capped", deal=cap),
        it.employee(100),
    )
    it.time(project, person, date(2026, 2, 10), 6, 150)
    it.expense(project, person, date(2026, 2, 11), 200, is_rechargeable=True)
    it.expense(project, person, MARCH, -200, is_rechargeable=True)


def test_what_is_recharged_with_a_mark_up_is_capped_and_refunded(firm):
    assert firm.months("S3z3", REVENUE) == {"Feb": 1_000, "Mar": -100}
    assert firm.proposed("S3z3") == 900


@case("S3z4")
def travel_and_meals_on_cost_plus(it: Case) -> None:
    """Rail of 200 and a fee of 8 %: 216. Client meals of 100 are not allowable."""
    project = it.project("cost_plus", deal={"fee_rate": "0.08"})
    person = it.employee(100)
    for amount, category in ((200, "Rail"), (100, "Client Meals")):
        it.expense(project, person, MARCH, amount, category_name=category)


def test_cost_plus_is_on_what_is_allowable_alone(firm):
    assert firm.months("S3z4", TOTAL) == {"Mar": 300}
    assert firm.months("S3z4", REVENUE) == {"Mar": 216}


@case("S3z4b")
def gifts_on_cost_plus(it: Case) -> None:
    """Nobody has said whether such a contract reimburses gifts: 100 of them."""
    project = it.project("cost_plus", deal={"fee_rate": "0.08"})
    it.expense(project, it.employee(100), MARCH, 100, category_name="Gifts")


def test_a_category_that_no_policy_names_is_told_and_its_revenue_waits(firm):
    [(reason, amount, _)] = firm.told("S3z4b", "expense_category_unknown")
    assert reason.startswith("expenses of category Gifts, 100.00 USD: no policy says")
    assert amount == 100
    assert firm.rows(
        "select distinct is_complete from marts.mart_project_margin_monthly"
        " where legal_entity_code = $entity and total_cost_amount != 0",
        entity="S3z4b",
    ) == [(False,)]
    assert firm.rows(
        "select distinct holds_postings from reconciliation.rec_exceptions"
        " where legal_entity_code = $entity and kind = 'expense_category_unknown'",
        entity="S3z4b",
    ) == [(True,)]


@case("S3z5")
def travel_that_the_firm_paid(it: Case) -> None:
    """Two flags: 100 by the firm's card, charged; 50 of one's own, not charged."""
    project, person = it.project("time_and_materials"), it.employee(100)
    card = {"is_reimbursable": False}
    it.expense(project, person, MARCH, 100, is_rechargeable=True, **card)
    it.expense(project, person, MARCH, 50)


def test_who_paid_does_not_say_who_is_charged(firm):
    assert firm.months("S3z5", TOTAL) == {"Mar": 150}
    assert firm.months("S3z5", REVENUE) == {"Mar": 100}


@case("S3z6")
def travel_in_another_currency_than_contract_and_books(it: Case) -> None:
    """A contract in lira at 0.05, travel of 100 reais at 0.25: 25, or 500 lira."""
    it.rate("BRL", "USD", date(2026, 1, 1), "0.25")
    it.rate("TRY", "USD", date(2026, 1, 1), "0.05")
    it.rate("USD", "TRY", date(2026, 1, 1), "20")
    it.rate("BRL", "TRY", date(2026, 1, 1), "5")
    project = it.project("time_and_materials", currency="TRY")
    said = {"currency_code": "BRL", "is_rechargeable": True}
    it.expense(project, it.employee(100), MARCH, 100, **said)


def test_travel_is_charged_in_a_third_currency(firm):
    assert firm.months("S3z6", TOTAL) == {"Mar": 25}
    assert firm.months("S3z6", REVENUE) == {"Mar": 25}
    assert firm.proposed("S3z6") == 500


@case("S4z1")
def tax_of_a_refund(it: Case) -> None:
    """240 with 40 of tax, half refunded; 120 with 20 of tax that nobody is charged."""
    project, person = it.project("time_and_materials"), it.employee(100)
    for day, amount, tax, charged in (
        (MARCH, 240, 40, True),
        (APRIL, -120, -20, True),
        (APRIL, 120, 20, False),
    ):
        said = {"recoverable_tax_amount": tax, "is_rechargeable": charged}
        it.expense(project, person, day, amount, **said)


def test_a_refund_takes_back_cost_without_tax(firm):
    assert firm.months("S4z1", TOTAL) == {"Mar": 200}
    assert firm.months("S4z1", REVENUE) == {"Mar": 200, "Apr": -100}


@case("S4z2")
def tax_on_progress(it: Case) -> None:
    """Of 10,000: 3,000 of labour is planned in all, 1,500 done; equipment of 1,200
    with 200 of tax is cost and progress: 2,500 of 4,000."""
    project, _ = planned(it, 10_000, 15, 15)
    said = {"category_name": "Software", "recoverable_tax_amount": 200}
    it.expense(project, f"{it.name}-employee-1", date(2026, 1, 14), 1_200, **said)


def test_tax_that_is_got_back_is_no_progress(firm):
    assert firm.months("S4z2", REVENUE) == {"Jan": 6_250}
