"""More brothers of section Y: payments, credits and refunds in other currencies.

Books are in dollars unless said otherwise. What is realised on a part that is settled
is what it is worth on that day less what that part was booked at; what is unpaid at a
month's end is worth the closing rate, and the difference reverses.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
MAR_10, MAR_31 = date(2026, 3, 10), date(2026, 3, 31)
APR_7, APR_14, APR_20 = (date(2026, 4, day) for day in (7, 14, 20))
APR_30, MAY_4, MAY_29 = date(2026, 4, 30), date(2026, 5, 4), date(2026, 5, 29)
JUN_10, JUN_30 = date(2026, 6, 10), date(2026, 6, 30)


def _rates(it: Case, currency: str, *rates: tuple[date, str]) -> None:
    for day, rate in rates:
        it.rate(currency, "USD", day, rate)


def _document(
    it: Case, kind: str, day: date, account: str, amount, dollars, currency: str
) -> str:
    """An amount of a currency on receivables or payables, as it is in the books."""
    return it.document(
        kind,
        day,
        [(account, dollars, None), ("1000", -dollars, None)],
        foreign=[amount, -amount],
        transaction_currency_code=currency,
    )


def _realised(firm, entity: str) -> dict[str, int]:
    """What all settlements of an entity realise, by month; months of 0 aside."""
    query = """
        select strftime(settled_date, '%b'), sum(realised_fx_amount)
        from canonical.fct_settlements where legal_entity_code = $entity
        group by all having sum(realised_fx_amount) <> 0
        order by min(settled_date)
    """
    return dict(firm.rows(query, entity=entity))


def _revalued(firm, entity: str) -> dict[str, tuple]:
    """What is open at months' ends, and its difference, all items together."""
    query = """
        select strftime(period_month, '%b'), sum(balance_amount),
            sum(revaluation_amount)
        from canonical.fct_fx_revaluations where legal_entity_code = $entity
        group by period_month order by period_month
    """
    return {month: told for month, *told in firm.rows(query, entity=entity)}


def _posted(firm, entity: str) -> dict[str, int]:
    """What the ERP should hold of revaluation, by month."""
    query = """
        select strftime(period_month, '%b'), sum(desired_amount)
        from adjustments.adj_fx_revaluation where legal_entity_code = $entity
        group by period_month having sum(desired_amount) <> 0
        order by period_month
    """
    return dict(firm.rows(query, entity=entity))


@case("Y4z1")
def a_bill_paid_over_three_months(it: Case) -> None:
    """10,000 owed at 0.20; 4,000 paid at 0.22, 3,500 at 0.21, 2,500 at 0.20.

    Realised: −4,000 × 0.02 = −80; −3,500 × 0.01 = −35; 0. Open at the ends: 10,000 at
    0.21 is −100; 6,000 at 0.23 is −180; 2,500 at 0.19 is +25; then nothing.
    """
    ron = "RON"
    _rates(it, ron, (MAR_10, "0.20"), (MAR_31, "0.21"), (date(2026, 4, 15), "0.22"))
    _rates(it, ron, (APR_30, "0.23"), (date(2026, 5, 14), "0.21"))
    _rates(it, ron, (MAY_29, "0.19"), (JUN_10, "0.20"), (JUN_30, "0.25"))
    bill = _document(it, "vendor_bill", MAR_10, "2000", -10_000, -2_000, ron)
    for amount, dollars, day in (
        (4_000, 880, date(2026, 4, 15)),
        (3_500, 735, date(2026, 5, 14)),
        (2_500, 500, JUN_10),
    ):
        payment = _document(it, "vendor_payment", day, "2000", amount, dollars, ron)
        it.settled(bill, amount, day, payment)


def test_a_bill_paid_in_parts_is_revalued_for_what_is_left_each_month(firm):
    assert _realised(firm, "Y4z1") == {"Apr": -80, "May": -35}
    assert _revalued(firm, "Y4z1") == {
        "Mar": [-10_000, -100],
        "Apr": [-6_000, -180],
        "May": [-2_500, 25],
    }


def test_each_months_revaluation_goes_back_before_the_next(firm):
    """−100; 100 − 180; 180 + 25; −25."""
    expected = {"Mar": -100, "Apr": -80, "May": 205, "Jun": -25}
    assert _posted(firm, "Y4z1") == expected


@case("Y4z2")
def paid_too_much_and_refunded(it: Case) -> None:
    """1,000 at 0.20, paid by 1,200 at 0.22; the 200 are refunded at 0.21.

    Realised 1,000 × 0.02 = 20 in April; 200 owed at 0.22 and refunded at 0.21 are a
    gain of 2. At 0.24 in April's end the 200 owed are a loss of 4.
    """
    brl = "BRL"
    _rates(it, brl, (APR_7, "0.20"), (APR_20, "0.22"), (APR_30, "0.24"))
    _rates(it, brl, (MAY_4, "0.21"), (MAY_29, "0.30"), (JUN_30, "0.30"))
    invoice = _document(it, "customer_invoice", APR_7, "1100", 1_000, 200, brl)
    payment = _document(it, "customer_payment", APR_20, "1100", -1_200, -264, brl)
    it.settled(invoice, 1_000, APR_20, payment)
    refund = _document(it, "customer_payment", MAY_4, "1100", 200, 42, brl)
    it.settled(payment, 200, MAY_4, refund)


def test_a_refund_ends_what_was_paid_too_much(firm):
    assert _revalued(firm, "Y4z2") == {"Apr": [-200, -4]}
    assert _realised(firm, "Y4z2") == {"Apr": 20, "May": 2}


@case("Y4z3")
def paid_in_a_third_currency(it: Case) -> None:
    """10,000 pesos at 0.018, paid by 5,937.50 of another at 0.032: 190 dollars.

    190 is what 10,000 are worth at 0.019 too: 10 realised, and nothing is open.
    """
    _rates(it, "PHP", (APR_7, "0.018"), (APR_20, "0.019"), (APR_30, "0.017"))
    _rates(it, "TWD", (APR_20, "0.032"), (APR_30, "0.031"), (MAY_29, "0.030"))
    invoice = _document(it, "customer_invoice", APR_7, "1100", 10_000, 180, "PHP")
    payment = it.document(
        "customer_payment",
        APR_20,
        [("1100", -190, None), ("1000", 190, None)],
        foreign=["-5937.50", "5937.50"],
        transaction_currency_code="TWD",
    )
    it.settled(invoice, 10_000, APR_20, payment)


def test_a_payment_in_a_third_currency_leaves_nothing_open(firm):
    assert _realised(firm, "Y4z3") == {"Apr": 10}
    assert _revalued(firm, "Y4z3") == {}


@case("Y4z4")
def a_credit_for_two_invoices(it: Case) -> None:
    """300 at 0.22 and 400 at 0.23; a credit of 500 at 0.24 takes 300 and 200 of them.

    300 × 0.02 + 200 × 0.01 = 8. 200 are open, at 0.25 a gain of 4.
    """
    inr = "INR"
    _rates(it, inr, (APR_7, "0.22"), (APR_14, "0.23"), (APR_20, "0.24"))
    _rates(it, inr, (APR_30, "0.25"))
    first = _document(it, "customer_invoice", APR_7, "1100", 300, 66, inr)
    second = _document(it, "customer_invoice", APR_14, "1100", 400, 92, inr)
    credit = _document(it, "customer_credit", APR_20, "1100", -500, -120, inr)
    it.settled(first, 300, APR_20, credit)
    it.settled(second, 200, APR_20, credit)


def test_a_credit_applied_to_two_invoices_leaves_the_rest_of_the_second(firm):
    assert _realised(firm, "Y4z4") == {"Apr": 8}
    assert _revalued(firm, "Y4z4")["Apr"] == [200, 4]


@case("Y4z5")
def a_credit_applied_later(it: Case) -> None:
    """300 at 0.22; a credit of 300 at 0.24 of April is applied in May, at 0.26.

    At April's end 0.25 both are open: +9 and −3. In all 72 − 66 = 6 are realised, the
    invoice's 12 less the 6 by which the credit rose too.
    """
    myr = "MYR"
    _rates(it, myr, (APR_7, "0.22"), (APR_20, "0.24"), (APR_30, "0.25"))
    _rates(it, myr, (MAY_4, "0.26"), (MAY_29, "0.30"))
    invoice = _document(it, "customer_invoice", APR_7, "1100", 300, 66, myr)
    credit = _document(it, "customer_credit", APR_20, "1100", -300, -72, myr)
    it.settled(invoice, 300, MAY_4, credit)


def test_a_credit_applied_later_realises_what_it_was_booked_at(firm):
    assert _realised(firm, "Y4z5") == {"May": 6}
    assert _revalued(firm, "Y4z5") == {"Apr": [0, 6]}


@case("Y4z6")
def a_payment_that_bounces(it: Case) -> None:
    """1,000 at 1.20, paid at 1.25, taken back in May, paid again in June at 1.28.

    50 are realised in April and taken back; in June 80. At May's end 1,000 are open.
    """
    omr = "OMR"
    _rates(it, omr, (APR_7, "1.20"), (APR_20, "1.25"), (APR_30, "1.30"))
    _rates(it, omr, (MAY_4, "1.25"), (MAY_29, "1.40"), (JUN_10, "1.28"))
    invoice = _document(it, "customer_invoice", APR_7, "1100", 1_000, 1_200, omr)
    payment = _document(it, "customer_payment", APR_20, "1100", -1_000, -1_250, omr)
    it.settled(invoice, 1_000, APR_20, payment)
    it.settled(invoice, -1_000, MAY_4, payment)
    void = _document(it, "customer_payment", MAY_4, "1100", 1_000, 1_250, omr)
    it.settled(payment, 1_000, MAY_4, void)
    again = _document(it, "customer_payment", JUN_10, "1100", -1_000, -1_280, omr)
    it.settled(invoice, 1_000, JUN_10, again)


def test_a_payment_that_bounced_realised_nothing_and_its_invoice_is_open(firm):
    assert _realised(firm, "Y4z6") == {"Apr": 50, "May": -50, "Jun": 80}
    assert _revalued(firm, "Y4z6") == {"May": [1_000, 200]}


def _collected(firm, entity: str) -> tuple:
    """Of an entity's invoices: billed, collected, written off."""
    query = """
        select sum(billed_amount), sum(collected_amount), sum(bad_debt_amount)
        from canonical.fct_collections where legal_entity_code = $entity
    """
    [row] = firm.rows(query, entity=entity)
    return row


def _invoiced(it: Case, tax: int = 0) -> tuple[str, str]:
    """10 h × 100 invoiced, with tax in the ERP: project and receivable."""
    project, name = it.project("time_and_materials"), f"INV-{it.name}"
    invoice = it.invoice(project, 1_000, APR_30, erp_external_id=name)
    it.time(project, it.employee(50), APR_14, 10, 100, invoice_id=invoice)
    lines = [("1100", 1_000 + tax, None), ("4000", -1_000, project)]
    lines += [("2200", -tax, None)] if tax else []
    receivable = it.document("customer_invoice", APR_30, lines, external_id=name)
    return project, receivable


def _cash(it: Case, amount: int, receivable: str) -> None:
    lines = [("1000", amount, None), ("1100", -amount, None)]
    payment = it.document("customer_payment", MAY_4, lines)
    it.settled(receivable, amount, MAY_4, payment)


@case("Y5z1")
def two_per_cent_for_paying_early(it: Case) -> None:
    """980 are paid, 20 taken off by a journal to sales allowances: 980 is cash."""
    _, receivable = _invoiced(it)
    _cash(it, 980, receivable)
    lines = [("4900", 20, None), ("1100", -20, None)]
    it.settled(receivable, 20, MAY_4, it.document("journal", MAY_4, lines))


def test_a_discount_for_paying_early_is_not_collected(firm):
    assert _collected(firm, "Y5z1")[:2] == (1_000, 980)


@case("B0z1")
def tax_on_an_invoice_paid_in_full(it: Case) -> None:
    """1,000 and 200 of tax: 1,200 paid are 1,000 collected."""
    _, receivable = _invoiced(it, tax=200)
    _cash(it, 1_200, receivable)


@case("B0z2")
def tax_on_an_invoice_paid_in_half(it: Case) -> None:
    """1,000 and 200 of tax: 600 paid are 500 collected."""
    _, receivable = _invoiced(it, tax=200)
    _cash(it, 600, receivable)


def test_tax_is_neither_billed_nor_collected(firm):
    assert _collected(firm, "B0z1") == (1_000, 1_000, 0)
    assert _collected(firm, "B0z2") == (1_000, 500, 0)


def test_tax_is_no_difference_of_an_invoice(firm):
    query = """
        select match_status from reconciliation.rec_invoices_psa_to_erp
        where legal_entity_code in ('B0z1', 'B0z2')
    """
    assert firm.rows(query) == [("matched",), ("matched",)]
