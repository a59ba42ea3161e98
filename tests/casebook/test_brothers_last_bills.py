"""Brothers of sections B, S and Y: parts of milestones, goods, third currencies.

Figures are worked out by hand from the case book and the standards it cites.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_more_estimates import REVENUE, planned
from tests.casebook.test_brothers_more_payments import (
    APR_7,
    APR_20,
    APR_30,
    _document,
    _rates,
    _realised,
    _revalued,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
MAY_4, MAY_20 = date(2026, 5, 4), date(2026, 5, 20)
UNBILLED, COST = "unbilled_amount", "subcontractor_amount"


def _told(firm, entity: str) -> list[tuple]:
    """Of an entity's milestones: worth, billed, how the control finds it."""
    query = """
        select left_amount, right_amount, match_status
        from reconciliation.rec_milestones_to_invoices
        where legal_entity_code = $entity order by left_amount
    """
    return firm.rows(query, entity=entity)


@case("B5w1")
def an_invoice_too_small_for_its_milestone(it: Case) -> None:
    """5,000 accepted; the invoice that it names is for 2,000 and has no lines."""
    project = it.project("milestone", 5_000)
    invoice = it.invoice(project, 2_000, MAY_20)
    it.milestone(project, 5_000, due=MAY_4, accepted=MAY_4, invoice=invoice)


def test_what_an_invoice_leaves_of_its_milestone_is_told_and_proposed(firm):
    assert _told(firm, "B5w1") == [(5_000, 2_000, "missing_invoice")]
    assert firm.in_question("B5w1", "milestone_not_invoiced") == {3_000: "USD"}
    assert firm.wip("B5w1", UNBILLED) == {"May": 3_000, "Jun": 3_000}
    assert firm.proposed("B5w1") == 3_000


def test_what_lines_leave_of_a_milestone_is_told_until_they_bill_it(firm):
    """B5z2 has a line of 2,000 of 5,000, B5z1 another of 3,000."""
    assert _told(firm, "B5z2") == [(5_000, 2_000, "missing_invoice")]
    assert _told(firm, "B5z1") == [(5_000, 5_000, "matched")]


@case("B5w2")
def a_milestone_with_a_discount(it: Case) -> None:
    """5,000 billed by its line, and 500 let off: all is billed, nothing is due."""
    project = it.project("milestone", 5_000)
    invoice = it.invoice(project, 4_500, MAY_20)
    milestone = it.milestone(project, 5_000, due=MAY_4, accepted=MAY_4, invoice=invoice)
    of_milestone = {"line_type": "milestone", "milestone_id": milestone}
    it.invoice_line(invoice, project, 5_000, **of_milestone)
    it.invoice_line(invoice, project, -500, line_type="item")


def test_a_discount_leaves_nothing_of_a_milestone_to_be_billed(firm):
    assert _told(firm, "B5w2") == [(5_000, 5_000, "matched")]
    assert not firm.proposed("B5w2")


@case("B5w3")
def a_foreign_milestone_billed_in_part(it: Case) -> None:
    """1,000 francs worth 1,100; a line bills 400 of them: 440, and 660 are left."""
    for day, rate in ((date(2026, 1, 1), "1.10"), (date(2026, 5, 15), "1.20")):
        it.rate("XCD", "USD", day, rate)
    project = it.project("milestone", 5_000)
    invoice = it.invoice(project, 400, MAY_20, currency_code="XCD")
    milestone = it.milestone(
        project,
        1_000,
        due=MAY_4,
        accepted=MAY_4,
        invoice=invoice,
        currency_code="XCD",
    )
    of_milestone = {"line_type": "milestone", "milestone_id": milestone}
    it.invoice_line(invoice, project, 400, currency_code="XCD", **of_milestone)


def test_a_part_of_a_foreign_milestone_is_a_part_of_what_it_is_worth(firm):
    assert _told(firm, "B5w3") == [(1_100, 440, "missing_invoice")]
    assert firm.in_question("B5w3", "milestone_not_invoiced") == {660: "USD"}


def _goods(it: Case, project: str, ordered: int, received: int = 0) -> str:
    """An order of 5 January for a sum, of which a part is received in February."""
    order = it.order(project, None, ordered, 1, date(2026, 1, 5), quantity=None)
    if received:
        it.say(
            "spend_receipts",
            receipt_id=it.new("receipt"),
            po_line_id=f"{order}/1",
            receipt_date=date(2026, 2, 10),
            currency_code="USD",
            amount=received,
        )
    return order


def _gone(it: Case, order: str) -> None:
    """The order is deleted on 15 March."""
    it.changed(
        "spend_purchase_order_lines",
        {"purchase_order_id": order},
        is_deleted=True,
        source_updated_at=datetime(2026, 3, 15, 9, tzinfo=UTC),
    )


@case("S5w1")
def goods_received_under_an_order_that_is_gone(it: Case) -> None:
    """1,000 of 3,000 received in February, the order gone in March: 1,000 are owed."""
    order = _goods(it, it.project("time_and_materials"), 3_000, 1_000)
    _gone(it, order)


def test_goods_received_stay_owed_when_their_order_is_gone(firm):
    assert firm.months("S5w1", COST) == {"Feb": 1_000}
    assert firm.in_question("S5w1", "order_deleted") == {1_000: "USD"}


@case("S5w2")
def goods_billed_under_an_order_that_is_gone(it: Case) -> None:
    """1,000 received in February; the order is gone; the bill of April is 1,100."""
    order = _goods(it, it.project("time_and_materials"), 3_000, 1_000)
    _gone(it, order)
    it.bill(None, 1_100, date(2026, 4, 7), order=order)


def test_a_bill_of_goods_settles_them_when_their_order_is_gone(firm):
    assert firm.months("S5w2", COST) == {"Feb": 1_000, "Apr": 100}
    assert not firm.in_question("S5w2", "order_deleted")


@case("S5w3")
def goods_ordered_again_under_the_number(it: Case) -> None:
    """The order is deleted before anything came, and made again for another project."""
    order = _goods(it, it.project("time_and_materials"), 3_000)
    _gone(it, order)
    other = it.project("time_and_materials")
    line = {"po_number": order, "po_line_id": f"{order}/2", "quantity": None}
    it.order(other, None, 2_000, 1, date(2026, 3, 16), **line)
    it.bill(None, 2_000, date(2026, 4, 7), order=order)


def test_a_bill_is_for_the_order_that_has_the_number_now(firm):
    assert firm.by_project("S5w3", COST) == {"S5W3-PROJECT-2": 2_000}
    assert not firm.in_question("S5w3", "order_deleted")


@case("S5w4")
def an_order_that_is_gone_from_an_estimate(it: Case) -> None:
    """12,000; 1,000 done, 2,000 to come, 3,000 ordered: a sixth. Without the order,
    gone in March, a third: an estimate is never changed backwards."""
    project, _ = planned(it, 12_000, 10, 20)
    _gone(it, _goods(it, project, 3_000))


def test_an_order_that_is_gone_leaves_the_estimate_when_it_goes(firm):
    assert firm.months("S5w4", REVENUE) == {"Jan": 2_000, "Mar": 2_000}


def _third(it: Case, *rates: tuple[date, str]) -> str:
    """10,000 leva at 0.018 are 180 dollars, on 20 April 190; rates of the rupee."""
    _rates(it, "BGN", (APR_7, "0.018"), (APR_20, "0.019"), (APR_30, "0.017"))
    _rates(
        it, "PKR", (APR_20, "0.032"), (APR_30, "0.031"), (date(2026, 5, 29), "0.031")
    )
    return _document(it, "customer_invoice", APR_7, "1100", 10_000, 180, "BGN")


def _of_payment(firm, entity: str) -> list:
    """What settlements take of payments, in their currency."""
    query = """
        select settlements.transaction_amount
        from canonical.fct_settlements as settlements
        inner join canonical.fct_open_items as items using (open_item_key)
        where items.legal_entity_code = $entity and not items.is_document
        order by settlements.transaction_amount
    """
    return [amount for (amount,) in firm.rows(query, entity=entity)]


@case("Y4w1")
def a_third_currency_paid_on_account(it: Case) -> None:
    """8,000 rupees are 256 dollars; 190 pay the invoice: 5,937.50. The 2,062.50 left
    are owed back, on 30 April at 0.031 for 63.94, booked at 66: a gain of 2.06."""
    invoice = _third(it)
    payment = _document(it, "customer_payment", APR_20, "1100", -8_000, -256, "PKR")
    it.settled(invoice, 10_000, APR_20, payment)


def test_of_a_payment_in_a_third_currency_only_its_worth_is_used(firm):
    assert _of_payment(firm, "Y4w1") == [Decimal("-5937.50")]
    assert _realised(firm, "Y4w1") == {"Apr": 10}
    expected = [Decimal("-2062.50"), Decimal("2.06")]
    assert _revalued(firm, "Y4w1")["Apr"] == expected


@case("Y4w2")
def a_third_currency_for_invoices_of_two(it: Case) -> None:
    """10,000 leva at 0.019 and 500 dinars at 0.52: 190 and 260 of 450 dollars.

    14,062.50 rupees: 5,937.50 and 8,125. 10 are realised of each.
    """
    first = _third(it)
    _rates(it, "RSD", (APR_7, "0.50"), (APR_20, "0.52"))
    second = _document(it, "customer_invoice", APR_7, "1100", 500, 250, "RSD")
    amount = Decimal("-14062.50")
    payment = _document(it, "customer_payment", APR_20, "1100", amount, -450, "PKR")
    it.settled(first, 10_000, APR_20, payment)
    it.settled(second, 500, APR_20, payment)


def test_invoices_of_two_currencies_take_of_a_third_what_they_are_worth(firm):
    assert _of_payment(firm, "Y4w2") == [-8_125, Decimal("-5937.50")]
    assert _realised(firm, "Y4w2") == {"Apr": 20}
    assert _revalued(firm, "Y4w2") == {}


@case("Y4w3")
def a_third_currency_beside_its_own(it: Case) -> None:
    """1,000 rupees pay an invoice in rupees, 5,937.50 one in leva."""
    first = _third(it)
    own = _document(it, "customer_invoice", APR_20, "1100", 1_000, 32, "PKR")
    amount = Decimal("-6937.50")
    payment = _document(it, "customer_payment", APR_20, "1100", amount, -222, "PKR")
    it.settled(first, 10_000, APR_20, payment)
    it.settled(own, 1_000, APR_20, payment)


def test_what_pays_an_invoice_in_its_own_currency_is_just_that(firm):
    assert _of_payment(firm, "Y4w3") == [Decimal("-5937.50"), -1_000]
    assert _realised(firm, "Y4w3") == {"Apr": 10}
    assert _revalued(firm, "Y4w3") == {}


@case("Y4w4")
def a_bank_has_rates_of_its_own(it: Case) -> None:
    """5,900 rupees, 188.80 dollars, for what is worth 190 and stood at 180: 8.80."""
    invoice = _third(it)
    amount = Decimal("-188.80")
    payment = _document(it, "customer_payment", APR_20, "1100", -5_900, amount, "PKR")
    it.settled(invoice, 10_000, APR_20, payment)


@case("Y4w5")
def paid_in_the_books_currency(it: Case) -> None:
    """188 dollars pay what is worth 190 and was booked at 180: 8 are realised."""
    invoice = _third(it)
    payment = _document(it, "customer_payment", APR_20, "1100", -188, -188, "USD")
    it.settled(invoice, 10_000, APR_20, payment)


def test_what_was_really_paid_is_realised(firm):
    assert _realised(firm, "Y4w4") == {"Apr": Decimal("8.80")}
    assert _realised(firm, "Y4w5") == {"Apr": 8}
    assert _revalued(firm, "Y4w4") == _revalued(firm, "Y4w5") == {}
