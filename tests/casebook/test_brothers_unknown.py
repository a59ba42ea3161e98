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
            "a change of 6000.00 USD from 2026-01-05 changes a deal or obligation that no"
            " project delivers",
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
