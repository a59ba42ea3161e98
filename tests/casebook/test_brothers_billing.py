"""Brothers of the cases of section B: billing.

What is billed is a flow of its month, what is unbilled or deferred a position at a
month's end: earned less billed to date. Figures are worked out by hand.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE = "recognised_revenue_amount"
BILLED, UNBILLED, DEFERRED = "billed_amount", "unbilled_amount", "deferred_amount"
MAY, JUNE = date(2026, 5, 12), date(2026, 6, 9)


def _billed(it: Case, amount: int = 2_400, **said) -> tuple[str, str]:
    """12 h × 200 worked and put on an invoice in May: project and invoice."""
    project = it.project("time_and_materials")
    invoice = it.invoice(project, amount, date(2026, 5, 29), **said)
    it.time(project, it.employee(100), MAY, 12, 200, invoice_id=invoice)
    return project, invoice


@case("B1x1")
def a_credit_in_the_next_month(it: Case) -> None:
    """2,400 of May, −600 of June: 600 are open again at the end of June."""
    project, _ = _billed(it)
    it.invoice(project, -600, JUNE)


def test_a_credit_of_the_next_month_opens_its_part_then(firm):
    assert firm.wip("B1x1", BILLED) == {"May": 2_400, "Jun": -600}
    assert firm.wip("B1x1", UNBILLED) == {"Jun": 600}
    assert firm.proposed("B1x1") == 600


@case("B1x2")
def a_credit_larger_than_the_invoice(it: Case) -> None:
    """Earned 2,400; billed 2,400 − 3,000 = −600: 3,000 are unbilled."""
    project, _ = _billed(it)
    it.invoice(project, -3_000, JUNE)


def test_a_credit_larger_than_the_invoice_is_owed_besides(firm):
    assert firm.wip("B1x2", BILLED) == {"May": 2_400, "Jun": -3_000}
    assert firm.wip("B1x2", UNBILLED) == {"Jun": 3_000}


@case("B1x3")
def credited_and_billed_anew(it: Case) -> None:
    """2,400 of May credited in June and invoiced again at once: nothing is open."""
    project = it.project("time_and_materials")
    it.invoice(project, 2_400, date(2026, 5, 29))
    it.invoice(project, -2_400, JUNE)
    invoice = it.invoice(project, 2_400, JUNE)
    it.time(project, it.employee(100), MAY, 12, 200, invoice_id=invoice)


def test_what_is_billed_anew_is_not_proposed(firm):
    assert firm.wip("B1x3", BILLED) == {"May": 2_400}
    assert firm.wip("B1x3", UNBILLED) == {}
    assert not firm.proposed("B1x3")


@case("B1x6")
def credited_and_billed_anew_after_another(it: Case) -> None:
    """12 h of April billed, 4 h of May too; April's credited and invoiced again."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.invoice(project, 2_400, date(2026, 4, 30))
    second = it.invoice(project, 800, date(2026, 5, 29))
    it.time(project, person, MAY, 4, 200, invoice_id=second)
    it.invoice(project, -2_400, JUNE)
    again = it.invoice(project, 2_400, JUNE)
    it.time(project, person, date(2026, 4, 14), 12, 200, invoice_id=again)


def test_a_credit_of_an_invoices_amount_is_not_for_a_later_invoice(firm):
    """What nothing says: a credit of exactly 2,400 is for the invoice of 2,400."""
    assert firm.wip("B1x6", BILLED) == {"Apr": 2_400, "May": 800}
    assert not firm.proposed("B1x6")


@case("B1x4")
def a_cancelled_invoice(it: Case) -> None:
    """Never billed: 12 h × 200 are open from May on and proposed."""
    _billed(it, invoice_status="cancelled")


def test_time_on_a_cancelled_invoice_is_open(firm):
    assert firm.wip("B1x4", BILLED) == {}
    assert firm.wip("B1x4", UNBILLED) == {"May": 2_400, "Jun": 2_400}
    assert firm.proposed("B1x4") == 2_400


@case("B1x5")
def an_invoice_not_sent(it: Case) -> None:
    _billed(it, is_draft=True)


def test_an_invoice_that_was_not_sent_bills_nothing(firm):
    assert firm.wip("B1x5", BILLED) == {}
    assert firm.wip("B1x5", UNBILLED) == {"May": 2_400, "Jun": 2_400}


@case("B2x1")
def a_part_of_billed_time_moved(it: Case) -> None:
    """Of 12 h on A's invoice of 2,400 3 h are B's now: A earns 1,800, B 600."""
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(100)
    invoice = it.invoice(left, 2_400, date(2026, 5, 29))
    it.time(left, person, MAY, 9, 200, invoice_id=invoice)
    it.time(right, person, MAY, 3, 200, invoice_id=invoice)


def test_a_part_moved_after_it_was_billed_is_overbilled_where_it_was(firm):
    earned = {"B2X1-PROJECT-1": 1_800, "B2X1-PROJECT-2": 600}
    assert firm.by_project("B2x1", REVENUE) == earned
    overbilled = firm.by_project("B2x1", DEFERRED, "May")
    assert overbilled == {"B2X1-PROJECT-1": 600}
    assert firm.by_project("B2x1", UNBILLED, "May") == {"B2X1-PROJECT-2": 600}


@case("B2x2")
def billed_time_moved_beside_billed_travel(it: Case) -> None:
    """8 h of A's invoice are B's now, which had 500 of travel invoiced by itself."""
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(100)
    invoice = it.invoice(left, 1_600, date(2026, 5, 29))
    it.time(right, person, MAY, 8, 200, invoice_id=invoice)
    it.expense(left, person, MAY, 300, is_rechargeable=True)
    it.expense(right, person, MAY, 500, is_rechargeable=True)
    it.invoice(right, 500, date(2026, 5, 29))


def test_moved_time_hides_no_travel_and_bills_none_again(firm):
    """A's travel of 300 is to be billed; B's is, whatever time has come to it."""
    assert firm.proposed("B2x2") == 300


@case("B4x1")
def one_invoice_two_projects_and_no_lines(it: Case) -> None:
    """Time names the invoice: 7 h × 100 of one project, 3 h × 100 of the other."""
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(50)
    invoice = it.invoice(None, 1_000, date(2026, 6, 12))
    it.time(left, person, date(2026, 6, 3), 7, 100, invoice_id=invoice)
    it.time(right, person, date(2026, 6, 4), 3, 100, invoice_id=invoice)


def test_without_lines_each_project_is_billed_its_time(firm):
    assert firm.by_project("B4x1", BILLED, "Jun") == {
        "B4X1-PROJECT-1": 700,
        "B4X1-PROJECT-2": 300,
    }
    assert not firm.proposed("B4x1")


@case("B4x2")
def a_credit_over_two_projects(it: Case) -> None:
    """700 and 300 invoiced; of each 100 credited by the lines of one credit."""
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(50)
    invoice = it.invoice(None, 1_000, date(2026, 6, 12))
    it.time(left, person, date(2026, 6, 3), 7, 100, invoice_id=invoice)
    it.time(right, person, date(2026, 6, 4), 3, 100, invoice_id=invoice)
    credit = it.invoice(None, -200, date(2026, 6, 19))
    for project, amount in ((left, 700), (right, 300)):
        it.invoice_line(invoice, project, amount)
        it.invoice_line(credit, project, -100)


def test_a_credit_over_two_projects_is_each_its_line(firm):
    assert firm.by_project("B4x2", BILLED, "Jun") == {
        "B4X2-PROJECT-1": 600,
        "B4X2-PROJECT-2": 200,
    }
    assert firm.by_project("B4x2", UNBILLED, "Jun") == {
        "B4X2-PROJECT-1": 100,
        "B4X2-PROJECT-2": 100,
    }


@case("B5x1")
def a_milestone_billed_ahead(it: Case) -> None:
    """5,000 invoiced in April and accepted in June: a liability for two months."""
    project = it.project("milestone", 5_000)
    invoice = it.invoice(project, 5_000, date(2026, 4, 7))
    it.milestone(project, 5_000, JUNE, accepted=JUNE, invoice=invoice)


def test_a_milestone_billed_ahead_is_deferred_until_accepted(firm):
    assert firm.months("B5x1", REVENUE) == {"Jun": 5_000}
    assert firm.wip("B5x1", DEFERRED) == {"Apr": 5_000, "May": 5_000}
    assert not firm.proposed("B5x1")


@case("B5x2")
def a_milestone_credited_in_part(it: Case) -> None:
    """5,000 invoiced in May, 2,000 credited in June: 3,000 billed, 2,000 open."""
    project = it.project("milestone", 5_000)
    invoice = it.invoice(project, 5_000, MAY)
    day = date(2026, 5, 4)
    it.milestone(project, 5_000, due=day, accepted=day, invoice=invoice)
    it.invoice(project, -2_000, JUNE)


def test_a_milestone_credited_in_part_is_open_in_part(firm):
    assert firm.wip("B5x2", BILLED) == {"May": 5_000, "Jun": -2_000}
    assert firm.wip("B5x2", UNBILLED) == {"Jun": 2_000}
    assert firm.proposed("B5x2") == 2_000


@case("B6x1")
def a_retainer_billed_for_the_half_year(it: Case) -> None:
    """6,000 for January to June invoiced on 2 January, 1,000 earned a month."""
    project = it.project("retainer", 6_000, end=date(2026, 6, 30))
    it.invoice(project, 6_000, date(2026, 1, 2))


def test_a_retainer_billed_ahead_is_earned_month_by_month(firm):
    assert firm.wip("B6x1", DEFERRED) == {
        "Jan": 5_000,
        "Feb": 4_000,
        "Mar": 3_000,
        "Apr": 2_000,
        "May": 1_000,
    }


@case("B7x1")
def a_cap_billed_in_part(it: Case) -> None:
    """Cap 10,000; 6,000 worked and billed, 6,000 more worked: 4,000 are open."""
    terms = {"cap_amount": 10_000}
    project = it.project("time_and_materials_capped", deal=terms)
    person = it.employee(50)
    invoice = it.invoice(project, 6_000, date(2026, 4, 30))
    it.time(project, person, date(2026, 4, 14), 60, 100, invoice_id=invoice)
    it.time(project, person, MAY, 60, 100)


def test_what_is_proposed_and_billed_is_never_above_the_cap(firm):
    assert firm.wip("B7x1", BILLED) == {"Apr": 6_000}
    assert firm.wip("B7x1", UNBILLED) == {"May": 4_000, "Jun": 4_000}
    assert firm.proposed("B7x1") == 4_000


@case("B7x2")
def billed_below_the_price_worked(it: Case) -> None:
    """12 h × 200 on an invoice of 2,000: 400 are unbilled, or written down.

    Either way 2,000 are billed and the time is not proposed a second time in full.
    """
    _billed(it, 2_000)


def test_an_invoice_below_its_time_bills_what_it_says(firm):
    assert firm.wip("B7x2", BILLED) == {"May": 2_000}
    assert (firm.proposed("B7x2") or 0) <= 400
