"""More brothers of section B: what is billed, taken back and billed again.

12 h at 200 are worked on 12 May unless said otherwise; figures are worked out by hand.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, WRITE_DOWN = "recognised_revenue_amount", "write_down_amount"
BILLED, UNBILLED, DEFERRED = "billed_amount", "unbilled_amount", "deferred_amount"
MAY, MAY_29, JUNE = date(2026, 5, 12), date(2026, 5, 29), date(2026, 6, 9)


@case("B1z1")
def taken_back_and_issued_again_as_two(it: Case) -> None:
    """2,400 of May credited on 1 June; 1,400 and 1,000 issued then for the same time.

    Billed May 2,400, June −2,400 + 1,400 + 1,000 = 0. Nothing is open.
    """
    project, person = it.project("time_and_materials"), it.employee(100)
    first = it.invoice(project, 2_400, MAY_29)
    it.invoice(project, -2_400, date(2026, 6, 1), credited_invoice_id=first)
    for hours, amount in ((7, 1_400), (5, 1_000)):
        invoice = it.invoice(project, amount, JUNE)
        it.time(project, person, MAY, hours, 200, invoice_id=invoice)


def test_an_invoice_issued_again_as_two_leaves_nothing_open(firm):
    assert firm.wip("B1z1", BILLED) == {"May": 2_400}
    assert firm.wip("B1z1", UNBILLED) == {}
    assert not firm.proposed("B1z1")


@case("B1z2")
def cancelled_and_issued_again_in_the_next_month(it: Case) -> None:
    """May's invoice is cancelled, June's bills the time: unbilled at May's end."""
    project = it.project("time_and_materials")
    it.invoice(project, 2_400, MAY_29, invoice_status="cancelled")
    invoice = it.invoice(project, 2_400, JUNE)
    it.time(project, it.employee(100), MAY, 12, 200, invoice_id=invoice)


def test_what_is_issued_again_is_billed_in_its_own_month(firm):
    assert firm.wip("B1z2", BILLED) == {"Jun": 2_400}
    assert firm.wip("B1z2", UNBILLED) == {"May": 2_400}
    assert not firm.proposed("B1z2")


@case("B1z3")
def a_line_below_zero(it: Case) -> None:
    """Time of 2,400 and an agreed −240 on one invoice: 2,160 billed and earned."""
    project = it.project("time_and_materials")
    invoice = it.invoice(project, 2_160, MAY_29)
    it.time(project, it.employee(100), MAY, 12, 200, invoice_id=invoice)
    it.invoice_line(invoice, project, 2_400)
    it.invoice_line(invoice, project, -240, line_type="item")


def test_a_line_below_zero_is_let_off(firm):
    assert firm.wip("B1z3", BILLED) == {"May": 2_160}
    assert firm.months("B1z3", REVENUE) == {"May": 2_160}
    assert firm.months("B1z3", WRITE_DOWN) == {"May": 240}
    assert firm.wip("B1z3", UNBILLED) == {}
    assert not firm.proposed("B1z3")


@case("B1z4")
def a_line_takes_time_back_from_an_earlier_invoice(it: Case) -> None:
    """June's invoice bills 5 h, 1,000, and takes 2 h of May's back, −400: 600.

    Earned 3,400, billed 2,400 + 600 = 3,000: the 400 are to be billed again.
    """
    project, person = it.project("time_and_materials"), it.employee(100)
    first = it.invoice(project, 2_400, MAY_29)
    old = it.time(project, person, MAY, 12, 200, invoice_id=first)
    second = it.invoice(project, 600, JUNE)
    new = it.time(project, person, date(2026, 6, 2), 5, 200, invoice_id=second)
    it.invoice_line(second, project, 1_000, time_entry_id=new)
    it.invoice_line(second, project, -400, time_entry_id=old)


def test_a_line_that_takes_time_back_opens_it_again(firm):
    assert firm.wip("B1z4", BILLED) == {"May": 2_400, "Jun": 600}
    assert firm.months("B1z4", REVENUE) == {"May": 2_400, "Jun": 1_000}
    assert firm.wip("B1z4", UNBILLED) == {"Jun": 400}
    assert firm.proposed("B1z4") == 400


@case("B2z1")
def time_billed_twice(it: Case) -> None:
    """Two invoices of 2,400 name the same entry: 2,400 earned, 2,400 owed back."""
    project, first, second = it.project("time_and_materials"), MAY_29, JUNE
    invoices = [it.invoice(project, 2_400, day) for day in (first, second)]
    person = it.employee(100)
    entry = it.time(project, person, MAY, 12, 200, invoice_id=invoices[1])
    for invoice in invoices:
        it.invoice_line(invoice, project, 2_400, time_entry_id=entry)


def test_time_billed_twice_is_earned_once(firm):
    assert firm.wip("B2z1", BILLED) == {"May": 2_400, "Jun": 2_400}
    assert firm.months("B2z1", REVENUE) == {"May": 2_400}
    assert firm.wip("B2z1", DEFERRED) == {"Jun": 2_400}
    assert not firm.proposed("B2z1")


@case("B4z1")
def lines_below_zero_of_two_projects(it: Case) -> None:
    """700 − 70 of one project, 300 − 30 of the other: 900."""
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(50)
    invoice = it.invoice(None, 900, MAY_29)
    for project, hours in ((left, 7), (right, 3)):
        it.time(project, person, MAY, hours, 100, invoice_id=invoice)
        it.invoice_line(invoice, project, 100 * hours)
        it.invoice_line(invoice, project, -10 * hours, line_type="item")


def test_each_project_is_let_off_its_own_line(firm):
    expected = {"B4Z1-PROJECT-1": 630, "B4Z1-PROJECT-2": 270}
    assert firm.by_project("B4z1", BILLED) == expected
    assert firm.by_project("B4z1", REVENUE) == expected
    assert firm.wip("B4z1", UNBILLED) == {}


@case("B5z1")
def a_milestone_billed_in_two_parts(it: Case) -> None:
    """5,000 accepted on 4 May; 2,000 invoiced in May, 3,000 in June."""
    _milestone_in_parts(it, 2_000, 3_000)


@case("B5z2")
def the_second_part_is_still_to_come(it: Case) -> None:
    """5,000 accepted on 4 May, of which 2,000 are invoiced: 3,000 are open."""
    _milestone_in_parts(it, 2_000)


def _milestone_in_parts(it: Case, *amounts: int) -> None:
    project, day = it.project("milestone", 5_000), date(2026, 5, 4)
    days = (MAY, JUNE)
    invoices = [
        it.invoice(project, amount, on)
        for amount, on in zip(amounts, days, strict=False)
    ]
    milestone = it.milestone(project, 5_000, due=day, accepted=day, invoice=invoices[0])
    for invoice, amount in zip(invoices, amounts, strict=True):
        it.invoice_line(
            invoice, project, amount, line_type="milestone", milestone_id=milestone
        )


def test_a_milestone_billed_in_two_parts_is_billed_once(firm):
    assert firm.wip("B5z1", BILLED) == {"May": 2_000, "Jun": 3_000}
    assert firm.wip("B5z1", UNBILLED) == {"May": 3_000}
    assert not firm.proposed("B5z1")


def test_the_part_of_a_milestone_that_is_not_billed_is_proposed(firm):
    assert firm.wip("B5z2", UNBILLED) == {"May": 3_000, "Jun": 3_000}
    assert firm.proposed("B5z2") == 3_000


@case("B6z1")
def a_retainer_credited_in_part(it: Case) -> None:
    """1,000 a month; January to March billed, 400 credited: 2,600 of 6,000 by June.

    The 400 and three instalments of 1,000 are to be billed: 3,400.
    """
    project = it.project("retainer", 12_000)
    for month in (1, 2, 3):
        it.invoice(project, 1_000, date(2026, month, 1))
    it.invoice(project, -400, date(2026, 3, 20))


def test_the_credited_part_of_an_instalment_is_proposed_with_what_follows(firm):
    assert firm.wip("B6z1", BILLED) == {"Jan": 1_000, "Feb": 1_000, "Mar": 600}
    assert firm.wip("B6z1", UNBILLED) == {
        "Mar": 400,
        "Apr": 1_400,
        "May": 2_400,
        "Jun": 3_400,
    }
    assert firm.proposed("B6z1") == 3_400


@case("B7z1")
def a_deposit_given_back(it: Case) -> None:
    """4,000 invoiced in January before any work, credited in March."""
    project = it.project("fixed_fee", 10_000)
    deposit = it.invoice(project, 4_000, date(2026, 1, 12))
    it.invoice(project, -4_000, date(2026, 3, 10), credited_invoice_id=deposit)


def test_a_deposit_given_back_is_no_liability_any_more(firm):
    assert firm.months("B7z1", REVENUE) == {}
    assert firm.wip("B7z1", DEFERRED) == {"Jan": 4_000, "Feb": 4_000}


@case("B7z2")
def billed_above_the_time(it: Case) -> None:
    """12 h × 200 = 2,400 on an invoice of 2,500: 100 are billed ahead."""
    project = it.project("time_and_materials")
    invoice = it.invoice(project, 2_500, MAY_29)
    it.time(project, it.employee(100), MAY, 12, 200, invoice_id=invoice)


def test_what_is_billed_above_the_time_is_deferred(firm):
    assert firm.months("B7z2", REVENUE) == {"May": 2_400}
    assert firm.wip("B7z2", DEFERRED) == {"May": 100, "Jun": 100}
    assert not firm.proposed("B7z2")


@case("B7z3")
def hours_taken_back_after_they_were_billed(it: Case) -> None:
    """12 h billed in May; −2 h in June that nobody credited yet: 400 owed back."""
    project, person = it.project("time_and_materials"), it.employee(100)
    invoice = it.invoice(project, 2_400, MAY_29)
    it.time(project, person, MAY, 12, 200, invoice_id=invoice)
    it.time(project, person, date(2026, 6, 2), -2, 200)


def test_hours_taken_back_after_billing_are_owed_to_the_customer(firm):
    assert firm.months("B7z3", REVENUE) == {"May": 2_400, "Jun": -400}
    assert firm.wip("B7z3", DEFERRED) == {"Jun": 400}
    assert (firm.proposed("B7z3") or 0) in (0, -400)
