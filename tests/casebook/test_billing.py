"""Billing: section B of the case book."""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case, not_yet

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
BILLED, UNBILLED = "billed_amount", "unbilled_amount"


@case("B1")
def part_credit(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    invoice = it.invoice(project, 2_400, date(2026, 6, 12))
    it.time(project, person, date(2026, 6, 3), 12, 200, invoice_id=invoice)
    it.invoice(project, -600, date(2026, 6, 19))


@not_yet
def test_a_part_credit_is_billed_less_and_open_again(firm):
    assert firm.wip("B1", BILLED) == {"Jun": 1_800}
    assert firm.wip("B1", UNBILLED) == {"Jun": 600}
    assert firm.proposed("B1") == 600


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


@case("B4")
def one_invoice_two_projects(it: Case) -> None:
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(100)
    invoice = it.invoice(None, 1_000, date(2026, 6, 12))
    it.time(left, person, date(2026, 6, 3), 7, 100, invoice_id=invoice)
    it.time(right, person, date(2026, 6, 4), 3, 100, invoice_id=invoice)
    it.invoice_line(invoice, left, 700)
    it.invoice_line(invoice, right, 300)


@not_yet
def test_each_project_is_billed_its_lines(firm):
    assert firm.by_project("B4", BILLED, "Jun") == {
        "B4-PROJECT-1": 700,
        "B4-PROJECT-2": 300,
    }


@case("B5")
def credited_milestone(it: Case) -> None:
    project = it.project("milestone", 5_000)
    invoice = it.invoice(project, 5_000, date(2026, 5, 12))
    day = date(2026, 5, 4)
    it.milestone(project, 5_000, due=day, accepted=day, invoice=invoice)
    it.invoice(project, -5_000, date(2026, 6, 2))


@not_yet
def test_a_credited_milestone_is_proposed_again(firm):
    assert firm.wip("B5", BILLED) == {"May": 5_000, "Jun": -5_000}
    assert firm.proposed("B5") == 5_000
