"""What nobody knows is never nothing: a record that lacks what makes it count.

Such a record is told and its project's months are not complete; a figure that went on
without it would be wrong in silence.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
JANUARY = date(2026, 1, 12)
COMPLETE = """
    select is_complete from marts.mart_project_margin_monthly
    where legal_entity_code = $entity and period_month = date '2026-01-01'
"""


def half_done(it: Case) -> str:
    """A price of 12,000; of 20 h at 50 an hour 10 are worked in January."""
    project, person = it.project("fixed_fee", 12_000), it.employee(50)
    it.time(project, person, JANUARY, 10, 100)
    it.allocation(project, person, date(2026, 7, 1), date(2026, 7, 31), 10)
    return project


@case("N1")
def an_order_in_a_currency_without_a_rate(it: Case) -> None:
    """500 h of goods come to 5,000 lari."""
    project = half_done(it)
    it.order(project, None, 500, 10, date(2026, 1, 2), currency_code="GEL")


@case("N3")
def a_service_that_ends_before_it_begins(it: Case) -> None:
    it.project("retainer", 12_000, start=date(2026, 5, 1), end=date(2026, 3, 1))


@case("N4")
def a_rate_of_nothing(it: Case) -> None:
    """Somebody states on 10 January that a dollar of Trinidad is worth nothing."""
    it.rate("TTD", "USD", date(2026, 1, 8), "0.15")
    it.rate("TTD", "USD", date(2026, 1, 10), "0")
    project, person = it.project("time_and_materials"), it.employee(50)
    it.expense(project, person, JANUARY, 100, currency_code="TTD")


@case("N5")
def a_change_signed_without_a_day(it: Case) -> None:
    """6,000 more are signed, and from when on nobody says."""
    it.change(half_done(it), 6_000, None)


@case("N6")
def a_change_signed_without_its_price(it: Case) -> None:
    it.change(half_done(it), None, date(2026, 1, 5))


@case("N7")
def a_cap_raised_in_a_currency_without_a_rate(it: Case) -> None:
    """The cap of 1,000 is raised by 500 lari; 20 h at 100."""
    project = it.project("time_and_materials_capped", deal={"cap_amount": 1_000})
    it.time(project, it.employee(50), JANUARY, 20, 100)
    day = date(2026, 1, 2)
    it.change(project, None, day, cap_change_amount=500, currency_code="GEL")


@case("N8")
def a_change_of_an_obligation_that_nobody_sold(it: Case) -> None:
    it.change(half_done(it), 6_000, date(2026, 1, 5), obligation_code="ZZZ")


@case("N9")
def a_receipt_of_an_order_that_waits_for_approval(it: Case) -> None:
    """An order was changed, and the change is not approved yet; 900 were received."""
    order = it.order(half_done(it), None, 90, 10, JANUARY, order_status="pending")
    it.say(
        "spend_receipts",
        receipt_id="N9-receipt",
        po_line_id=f"{order}/1",
        receipt_date=JANUARY,
        currency_code="USD",
        amount=900,
    )


@case("N10")
def a_bill_in_nobodys_books(it: Case) -> None:
    """Of a contractor's 10 h at 80 the bill of 1,500 names no subsidiary."""
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 20, date(2026, 1, 2))
    it.time(project, person, JANUARY, 10, 100)
    bill = it.bill(project, 1_500, date(2026, 1, 31), order=order)
    it.changed("erp_ledger_lines", {"transaction_id": bill}, entity_id=None)


@case("N11")
def a_line_of_another_currency_than_its_invoice(it: Case) -> None:
    """An invoice of one project has a line of 300 EUR for another."""
    one, other = it.project("time_and_materials"), it.project("time_and_materials")
    invoice = it.invoice(one, 1_000, date(2026, 1, 31))
    it.invoice_line(invoice, other, 300, currency_code="EUR")


@case("N12")
def a_line_without_a_currency(it: Case) -> None:
    """It is in its invoice's: of 1,000 the other project is billed 300."""
    one, other = it.project("time_and_materials"), it.project("time_and_materials")
    invoice = it.invoice(one, 1_000, date(2026, 1, 31))
    it.invoice_line(invoice, other, 300, currency_code=None)
    it.invoice_line(invoice, one, 700, currency_code=None)


@case("N13")
def a_payment_that_does_not_say_what_it_is(it: Case) -> None:
    """Of 1,600 paid for 10 h of January, 400 are of no section."""
    project, person = it.project("time_and_materials"), it.employee(50)
    it.time(project, person, JANUARY, 10, 100)
    run = it.paid(person, (date(2026, 1, 1), date(2026, 1, 31)), 1_200)
    it.also_paid(run, person, 400, "REGULAR", section=None)


@pytest.mark.parametrize(
    ("of", "kind", "why"),
    [
        (
            "N5",
            "change_without_terms",
            "change N5-change-1 of 6000.00 USD is signed and says no day that it holds"
            " from",
        ),
        (
            "N6",
            "change_without_terms",
            "change N6-change-1 is signed and says nothing that it changes",
        ),
        (
            "N7",
            "contract_currency_without_rate",
            "change N7-change-1 of the cap is 500.00 GEL, of which no rate to USD is"
            " known on 2026-01-02",
        ),
        (
            "N8",
            "modification_of_unknown_project",
            "a change of 6000.00 USD from 2026-01-05 changes a deal or obligation that"
            " no project delivers",
        ),
    ],
)
def test_a_change_that_cannot_count_leaves_the_margin_incomplete(firm, of, kind, why):
    assert [reason for reason, *_ in firm.told(of, kind)] == [why]
    assert firm.rows(COMPLETE, entity=of) == [(False,)]


def test_an_open_order_of_no_known_value_leaves_the_estimate_incomplete(firm):
    assert firm.told("N1", "order_without_value") == [
        (
            "order N1-order-1: no rate of exchange from GEL to USD on 2026-01-02",
            5_000,
            "Procurement",
        )
    ]
    assert firm.rows(COMPLETE, entity="N1") == [(False,)]


def test_a_service_without_days_has_no_known_revenue(firm):
    assert [r for r, *_ in firm.told("N3", "missing_sold_terms")] == [
        "obligation 01 of N3-PROJECT-1: its service ends before it begins"
    ]
    complete = COMPLETE.replace("2026-01-01", "2026-05-01")
    assert firm.rows(complete, entity="N3") == [(False,)]


def test_a_rate_of_nothing_is_none(firm):
    assert firm.months("N4", "expense_amount") == {"Jan": 15}


@pytest.mark.parametrize(
    ("of", "kind", "why", "amount"),
    [
        (
            "N9",
            "receipt_without_order",
            "receipt N9-receipt of 900.00 USD is of order N9-order-1, which is not"
            " ordered",
            900,
        ),
        (
            "N10",
            "bill_without_entity",
            "bill N10-transaction-1 over 1500.00 USD is of project N10-PROJECT-1 and of"
            " no legal entity that is known",
            1_500,
        ),
    ],
)
def test_a_cost_that_lands_nowhere_is_told(firm, of, kind, why, amount):
    assert [told[:2] for told in firm.told(of, kind)] == [(why, amount)]
    assert firm.rows(COMPLETE, entity=of) == [(False,)]


def test_a_line_that_cannot_be_read_is_told(firm):
    assert [reason for reason, *_ in firm.told("N11", "invoice_lines")] == [
        "the lines of invoice N11-invoice-1 leave 1000.00 of its 1000.00 USD to project"
        " N11-PROJECT-1; of other projects 1 say no amount in its currency"
    ]


def test_a_line_without_a_currency_is_in_its_invoices(firm):
    assert firm.by_project("N12", "billed_amount") == {
        "N12-PROJECT-1": 700,
        "N12-PROJECT-2": 300,
    }
    assert not firm.told("N12", "invoice_lines")


def test_pay_without_a_section_is_a_cost_and_told(firm):
    assert sum(firm.payroll_spread("N13").values()) == 1_600
    [(reason, amount, _)] = firm.told("N13", "pay_code_unknown")
    assert reason.startswith("run N13-run-1 pays by the code REGULAR, of which no")
    assert amount == 400


def test_an_order_that_waits_and_pay_without_a_section_are_carried_whole(firm):
    assert "I04 passed" in firm.controls
