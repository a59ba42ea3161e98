"""Billing: section B of the case book."""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
BILLED, UNBILLED = "billed_amount", "unbilled_amount"


@case("B1")
def part_credit(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    invoice = it.invoice(project, 2_400, date(2026, 6, 12))
    it.time(project, person, date(2026, 6, 3), 12, 200, invoice_id=invoice)
    it.invoice(project, -600, date(2026, 6, 19))


def test_a_part_credit_is_billed_less_and_open_again(firm):
    assert firm.wip("B1", BILLED) == {"Jun": 1_800}
    assert firm.wip("B1", UNBILLED) == {"Jun": 600}
    assert firm.proposed("B1") == 600
    assert _waterfall(firm, "B1") == (2_400, 1_800, 600)


def _waterfall(firm, entity: str) -> tuple:
    """Of all that an entity delivered: within the cap, invoiced, not invoiced."""
    query = """
        select sum(within_cap_amount), sum(invoiced_amount), sum(unbilled_amount)
        from marts.mart_billing_waterfall_monthly
        where legal_entity_code = $entity
    """
    [row] = firm.rows(query, entity=entity)
    return row


def _lines(firm, entity: str) -> list[tuple]:
    """The lines that an entity's next invoices would have, oldest first."""
    query = """
        select service_date, line_type, billable_minutes, net_amount
        from canonical.fct_invoice_proposal_lines
        where legal_entity_code = $entity
        order by service_date, line_type
    """
    return firm.rows(query, entity=entity)


def _exceptions(firm, entity: str, kind: str) -> list[tuple]:
    """An entity's exceptions of a kind: reason, amount and currency, day, owner."""
    query = """
        select reason, amount, currency_code, since, owner
        from reconciliation.rec_exceptions
        where legal_entity_code = $entity and kind = $kind
        order by source_id
    """
    return firm.rows(query, entity=entity, kind=kind)


@case("B1named")
def credit_of_what_its_lines_name(it: Case) -> None:
    """The credit names an entry of the first invoice, not what was billed last."""
    project, person = it.project("time_and_materials"), it.employee(100)
    first = it.invoice(project, 2_000, date(2026, 4, 30))
    early = it.time(project, person, date(2026, 4, 8), 4, 200, invoice_id=first)
    it.time(project, person, date(2026, 4, 9), 6, 200, invoice_id=first)
    second = it.invoice(project, 800, date(2026, 5, 29))
    it.time(project, person, date(2026, 5, 7), 4, 200, invoice_id=second)
    credit = it.invoice(project, -200, date(2026, 6, 5))
    it.invoice_line(credit, project, -200, time_entry_id=early)


def test_a_credit_takes_back_the_time_that_its_line_names(firm):
    assert _lines(firm, "B1named") == [(date(2026, 4, 8), "time", 60, 200)]
    assert _waterfall(firm, "B1named") == (2_800, 2_600, 200)
    assert firm.wip("B1named", BILLED) == {"Apr": 2_000, "May": 800, "Jun": -200}
    assert firm.wip("B1named", UNBILLED) == {"Jun": 200}


@case("B1of")
def credit_of_an_invoice(it: Case) -> None:
    """The credit says which invoice it is for: the newest time of that one."""
    project, person = it.project("time_and_materials"), it.employee(100)
    first = it.invoice(project, 2_000, date(2026, 4, 30))
    it.time(project, person, date(2026, 4, 8), 4, 200, invoice_id=first)
    it.time(project, person, date(2026, 4, 9), 6, 200, invoice_id=first)
    second = it.invoice(project, 800, date(2026, 5, 29))
    it.time(project, person, date(2026, 5, 7), 4, 200, invoice_id=second)
    it.invoice(project, -1_400, date(2026, 6, 5), credited_invoice_id=first)


def test_a_credit_of_an_invoice_takes_back_its_newest_time(firm):
    assert _lines(firm, "B1of") == [
        (date(2026, 4, 8), "time", 60, 200),
        (date(2026, 4, 9), "time", 360, 1_200),
    ]
    assert _waterfall(firm, "B1of") == (2_800, 1_400, 1_400)


@case("B1last")
def credit_over_two_invoices(it: Case) -> None:
    """Nothing says what it is for: all of May's invoice and 200 of April's."""
    project, person = it.project("time_and_materials"), it.employee(100)
    first = it.invoice(project, 2_000, date(2026, 4, 30))
    it.time(project, person, date(2026, 4, 8), 10, 200, invoice_id=first)
    second = it.invoice(project, 800, date(2026, 5, 29))
    it.time(project, person, date(2026, 5, 7), 4, 200, invoice_id=second)
    it.invoice(project, -1_000, date(2026, 6, 5))


def test_a_credit_that_says_nothing_takes_back_what_was_billed_last(firm):
    assert _lines(firm, "B1last") == [
        (date(2026, 4, 8), "time", 60, 200),
        (date(2026, 5, 7), "time", 240, 800),
    ]
    assert _waterfall(firm, "B1last") == (2_800, 1_800, 1_000)


@case("B1again")
def credited_and_billed_again(it: Case) -> None:
    """Credited in full, and a new invoice names the time now."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.invoice(project, 2_400, date(2026, 5, 12))
    it.invoice(project, -2_400, date(2026, 5, 19))
    invoice = it.invoice(project, 2_400, date(2026, 6, 2))
    it.time(project, person, date(2026, 5, 4), 12, 200, invoice_id=invoice)


def test_what_is_billed_again_is_billed_once(firm):
    assert firm.proposed("B1again") is None
    assert _waterfall(firm, "B1again") == (2_400, 2_400, 0)
    assert firm.wip("B1again", UNBILLED) == {"May": 2_400}


@case("B1pound", currency="GBP", country="GB")
def credit_in_another_currency(it: Case) -> None:
    """A contract in złoty in books in pounds: billed at 0.80, credited at 0.90."""
    it.rate("PLN", "GBP", date(2026, 1, 1), "0.80")
    it.rate("PLN", "GBP", date(2026, 6, 15), "0.90")
    project = it.project("time_and_materials", currency="PLN")
    invoice = it.invoice(project, 2_400, date(2026, 6, 12), currency_code="PLN")
    it.time(
        project,
        it.employee(100),
        date(2026, 6, 3),
        12,
        200,
        invoice_id=invoice,
        currency_code="PLN",
    )
    it.invoice(project, -600, date(2026, 6, 19), currency_code="PLN")


def test_a_credit_is_translated_at_its_own_day(firm):
    """2,400 x 0.80 less 600 x 0.90; 600 EUR are open again."""
    assert firm.wip("B1pound", BILLED) == {"Jun": 1_380}
    assert firm.proposed("B1pound") == 600


@case("B1goodwill")
def a_concession_is_no_credit_of_time(it: Case) -> None:
    """The credit's line is for neither time nor milestone: it lets the customer off."""
    project, person = it.project("time_and_materials"), it.employee(100)
    invoice = it.invoice(project, 2_400, date(2026, 6, 12))
    it.time(project, person, date(2026, 6, 3), 12, 200, invoice_id=invoice)
    credit = it.invoice(project, -600, date(2026, 6, 19))
    it.invoice_line(credit, project, -600, line_type="item")


def test_what_a_customer_is_let_off_later_is_not_billed_again(firm):
    assert firm.months("B1goodwill", "recognised_revenue_amount") == {"Jun": 1_800}
    assert firm.wip("B1goodwill", BILLED) == {"Jun": 1_800}
    assert firm.wip("B1goodwill", UNBILLED) == {}
    assert firm.proposed("B1goodwill") is None


@case("B2")
def billed_time_moved(it: Case) -> None:
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    invoice = it.invoice(left, 1_600, date(2026, 5, 29))
    it.time(right, it.employee(100), date(2026, 5, 12), 8, 200, invoice_id=invoice)


def test_time_moved_after_it_was_billed_earns_where_it_is_now(firm):
    earned = firm.by_project("B2", "recognised_revenue_amount")
    assert earned == {"B2-PROJECT-2": 1_600}
    deferred = firm.by_project("B2", "deferred_amount", "May")
    assert deferred == {"B2-PROJECT-1": 1_600}


def test_one_exception_names_both_projects_of_moved_time(firm):
    reason = (
        "invoice B2-invoice-1 bills project B2-PROJECT-1 for time or milestones"
        " that are of project B2-PROJECT-2 now"
    )
    since = date(2026, 5, 29)
    assert _exceptions(firm, "B2", "billed_time_moved") == [
        (reason, 1_600, "USD", since, "Finance")
    ]


@case("B2credited")
def moved_time_is_credited(it: Case) -> None:
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    invoice = it.invoice(left, 1_600, date(2026, 5, 29))
    it.time(right, it.employee(100), date(2026, 5, 12), 8, 200, invoice_id=invoice)
    it.invoice(left, -1_600, date(2026, 6, 5))


def test_moved_time_that_was_credited_can_be_billed_where_it_is_now(firm):
    billed = firm.by_project("B2credited", BILLED)
    assert billed == {}
    assert firm.proposed("B2credited") == 1_600
    assert _exceptions(firm, "B2credited", "billed_time_moved") == []


@case("B4")
def one_invoice_two_projects(it: Case) -> None:
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(100)
    invoice = it.invoice(None, 1_000, date(2026, 6, 12))
    it.time(left, person, date(2026, 6, 3), 7, 100, invoice_id=invoice)
    it.time(right, person, date(2026, 6, 4), 3, 100, invoice_id=invoice)
    it.invoice_line(invoice, left, 700)
    it.invoice_line(invoice, right, 300)


def test_each_project_is_billed_its_lines(firm):
    assert firm.by_project("B4", BILLED, "Jun") == {
        "B4-PROJECT-1": 700,
        "B4-PROJECT-2": 300,
    }
    assert firm.wip("B4", UNBILLED) == {}
    assert firm.proposed("B4") is None


@case("B4short")
def lines_do_not_sum_to_the_invoice(it: Case) -> None:
    """1,000 of the left project by its head, of which 300 are the right one's."""
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(100)
    invoice = it.invoice(left, 1_000, date(2026, 6, 12))
    it.time(left, person, date(2026, 6, 3), 7, 100, invoice_id=invoice)
    it.time(right, person, date(2026, 6, 4), 3, 100, invoice_id=invoice)
    it.invoice_line(invoice, left, 650)
    it.invoice_line(invoice, right, 300)


def test_what_lines_leave_of_an_invoice_is_its_own_projects_and_an_exception(firm):
    assert firm.by_project("B4short", BILLED) == {
        "B4SHORT-PROJECT-1": 700,
        "B4SHORT-PROJECT-2": 300,
    }
    reason = (
        "the lines of invoice B4short-invoice-1 leave 50.00 of its 1000.00 USD to"
        " project B4SHORT-PROJECT-1"
    )
    assert _exceptions(firm, "B4short", "invoice_lines") == [
        (reason, 50, "USD", date(2026, 6, 12), "Finance")
    ]


@case("B4items")
def items_stand_in_for_lines(it: Case) -> None:
    """The PSA keeps no lines; its time names the invoice. The credit is the right's."""
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(100)
    invoice = it.invoice(None, 1_000, date(2026, 5, 12))
    it.time(left, person, date(2026, 5, 4), 7, 100, invoice_id=invoice)
    it.time(right, person, date(2026, 5, 5), 3, 100, invoice_id=invoice)
    it.invoice(right, -100, date(2026, 6, 12))


def test_time_that_names_an_invoice_says_which_projects_it_bills(firm):
    assert firm.by_project("B4items", BILLED) == {
        "B4ITEMS-PROJECT-1": 700,
        "B4ITEMS-PROJECT-2": 200,
    }
    assert _lines(firm, "B4items") == [(date(2026, 5, 5), "time", 60, 100)]


@case("B5")
def credited_milestone(it: Case) -> None:
    project = it.project("milestone", 5_000)
    invoice = it.invoice(project, 5_000, date(2026, 5, 12))
    day = date(2026, 5, 4)
    it.milestone(project, 5_000, due=day, accepted=day, invoice=invoice)
    it.invoice(project, -5_000, date(2026, 6, 2))


def test_a_credited_milestone_is_proposed_again(firm):
    assert firm.wip("B5", BILLED) == {"May": 5_000, "Jun": -5_000}
    assert firm.proposed("B5") == 5_000


@case("B5part")
def part_of_a_milestone_credited(it: Case) -> None:
    project, day = it.project("milestone", 9_000), date(2026, 4, 6)
    for amount in (5_000, 4_000):
        invoice = it.invoice(project, amount, date(2026, 4, 20))
        it.milestone(project, amount, due=day, accepted=day, invoice=invoice)
    it.invoice(
        project, -1_500, date(2026, 6, 2), credited_invoice_id="B5part-invoice-1"
    )


def test_the_credited_part_of_a_milestone_is_proposed_and_missing_in_the_control(firm):
    assert firm.proposed("B5part") == 1_500
    assert _waterfall(firm, "B5part") == (9_000, 7_500, 1_500)
    query = """
        select left_amount, right_amount, match_status
        from reconciliation.rec_milestones_to_invoices
        where legal_entity_code = 'B5part' order by left_amount
    """
    assert firm.rows(query) == [
        (4_000, 4_000, "matched"),
        (5_000, 3_500, "missing_invoice"),
    ]


@case("B5retainer")
def credited_instalment(it: Case) -> None:
    """12,000 a year; January to March billed monthly, March credited."""
    project = it.project("retainer", 12_000)
    for month in (1, 2, 3):
        it.invoice(project, 1_000, date(2026, month, 1))
    it.invoice(project, -1_000, date(2026, 3, 20))


def test_a_credited_instalment_is_proposed_with_those_that_follow(firm):
    """March to June of twelve equal instalments."""
    assert firm.proposed("B5retainer") == 4_000
    assert [day for day, *_ in _lines(firm, "B5retainer")] == [
        date(2026, month, 1) for month in (3, 4, 5, 6)
    ]


@case("B5plus")
def credited_cost_with_fee(it: Case) -> None:
    """10 h at 100 with a fee of 10 %: 1,100 invoiced, 400 credited."""
    project = it.project("cost_plus", deal={"fee_rate": 0.1})
    it.time(project, it.employee(100), date(2026, 5, 5), 10)
    it.invoice(project, 1_100, date(2026, 5, 29))
    it.invoice(project, -400, date(2026, 6, 5))


def test_credited_cost_with_fee_is_proposed_again(firm):
    assert firm.proposed("B5plus") == 400
    assert firm.wip("B5plus", UNBILLED) == {"Jun": 400}


@case("B5travel")
def credited_travel(it: Case) -> None:
    """Travel alone was billed, and a part of it credited."""
    project = it.project("time_and_materials")
    person = it.employee(100)
    it.expense(project, person, date(2026, 5, 5), 300, is_rechargeable=True)
    it.invoice(project, 300, date(2026, 5, 29))
    it.invoice(project, -120, date(2026, 6, 5))


def test_credited_travel_is_proposed_again(firm):
    assert firm.proposed("B5travel") == 120
    assert _waterfall(firm, "B5travel") == (300, 180, 120)
