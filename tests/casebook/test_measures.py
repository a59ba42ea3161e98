"""Measures that a firm asks for (M): bookings, margins side by side, estimates."""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]


@case("M1")
def a_firm_that_signs_and_bills(it: Case) -> None:
    """100,000 signed on 2 January, a cap of 30,000 on 16 March; 10,000 less in March.

    40,000 are billed in February, 20,000 in April. Work by the hour without a cap is
    signed too, and nobody knows for how much.
    """
    project = it.project("fixed_fee", 100_000, start=date(2026, 2, 1))
    capped = {"cap_amount": 30_000}
    it.project("time_and_materials_capped", start=date(2026, 4, 15), deal=capped)
    it.project("time_and_materials", start=date(2026, 4, 15))
    it.change(project, -10_000, date(2026, 3, 5))
    it.invoice(project, 40_000, date(2026, 2, 27))
    it.invoice(project, 20_000, date(2026, 4, 30))


def test_what_is_signed_is_booked_in_its_month(firm):
    booked = firm.rows(
        "select strftime(period_month, '%b'), booked_amount, deals_count,"
        " unvalued_count, billed_amount from marts.mart_bookings_monthly"
        " where legal_entity_code = 'M1' and fiscal_year = 2026"
        " and period_month < date '2026-05-01' order by period_month"
    )
    assert booked == [
        ("Jan", 100_000, 1, 0, 0),
        ("Feb", 0, 0, 0, 40_000),
        ("Mar", 20_000, 2, 1, 0),
        ("Apr", 0, 0, 0, 20_000),
    ]


def test_book_to_bill_is_of_the_month_and_of_the_year_so_far(firm):
    rates = firm.rows(
        "select strftime(period_month, '%b'), book_to_bill_rate,"
        " year_to_date_book_to_bill_rate from marts.mart_bookings_monthly"
        " where legal_entity_code = 'M1' and fiscal_year = 2026"
        " and period_month < date '2026-05-01' order by period_month"
    )
    # 100,000 ÷ 40,000; 120,000 ÷ 40,000; 120,000 ÷ 60,000.
    assert [(month, *map(_rate, told)) for month, *told in rates] == [
        ("Jan", None, None),
        ("Feb", 0.0, 2.5),
        ("Mar", None, 3.0),
        ("Apr", 0.0, 2.0),
    ]


@case("M2")
def a_project_billed_ahead(it: Case) -> None:
    """80 of 200 h at 100 are done by the end of January; 50,000 of 100,000 are billed.

    Its manager says half is done: 8,000 ÷ 50 % = 16,000 in all.
    """
    project, person = it.project("fixed_fee", 100_000), it.employee(100)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 80)
    it.allocation(project, person, date(2026, 9, 1), date(2026, 9, 30), 120)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 4)
    it.invoice(project, 50_000, date(2026, 1, 30))
    it.progress(project, date(2026, 1, 30), "0.5")


def test_three_margins_stand_side_by_side(firm):
    # 100,000 − 20,000; 40,000 − 8,000; 50,000 − 8,000
    assert _completion(
        firm,
        "M2",
        "contract_value_amount, contracted_margin_amount, recognised_margin_amount,"
        " billed_margin_amount, contracted_margin_rate",
    ) == [100_000, 80_000, 32_000, 42_000, 0.8]


def test_cost_at_completion_is_told_by_plan_by_cpi_and_by_the_manager(firm):
    told = "cost_to_date_amount, eac_amount, eac_cpi_amount, eac_entered_amount"
    assert _completion(firm, "M2", told) == [8_000, 20_000, 20_000, 16_000]


def _completion(firm, entity: str, columns: str) -> list[float]:
    """What the end of January knew of an entity's one project."""
    [row] = firm.rows(
        f"select {columns} from marts.mart_project_completion_monthly"
        " where legal_entity_code = $entity and period_month = date '2026-01-01'",
        entity=entity,
    )
    return [float(value) for value in row]


def _rate(value) -> float | None:
    return None if value is None else float(value)
