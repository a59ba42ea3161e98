"""Brothers of E4: what was ordered and planned for expenses is as it was known.

Each project has a price of 60,000, is measured by cost to cost, and has 100 h at 100
planned and worked in each of January to March: 30,000 of labour.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE = "recognised_revenue_amount"
FIRST, LATER = datetime(2026, 1, 1, 6, tzinfo=UTC), datetime(2026, 3, 16, 6, tzinfo=UTC)


def _worked(it: Case) -> str:
    project = it.project("fixed_fee", 60_000, end=date(2027, 12, 31))
    person = it.employee(100)
    for month in (1, 2, 3):
        it.allocation(project, person, date(2026, month, 2), date(2026, month, 27), 100)
        it.time(project, person, date(2026, month, 12), 100)
    return project


def _ordered(it: Case, project: str, **values: int) -> None:
    """Goods of 7 January that do not come; ``values`` by when they were seen."""
    *_, latest = values.values()
    order = it.order(project, None, latest, 1, date(2026, 1, 7), quantity=None)
    for version, (seen, value) in enumerate(values.items(), 1):
        it.say(
            "spend_order_line_versions",
            purchase_order_id=order,
            po_line_id=f"{order}/1",
            ordered_amount=Decimal(value),
            source_id=order,
            source_version=version,
            landed_at={"first": FIRST, "later": LATER}[seen],
        )


def _planned(
    it: Case, project: str, *versions: tuple[datetime, Any, str | None]
) -> None:
    """What is planned for expenses, as it was landed; None: nothing any more."""
    for version, (landed_at, amount, currency) in enumerate(versions, 1):
        it.say(
            "psa_expense_budget_versions",
            project_id=project,
            expense_budget_amount=amount,
            expense_budget_currency_code=currency,
            source_id=f"budget of {project}",
            source_version=version,
            is_deleted=amount is None,
            landed_at=landed_at,
        )


@case("E4-order")
def an_order_is_raised(it: Case) -> None:
    _ordered(it, _worked(it), first=10_000, later=30_000)


def test_an_order_that_is_raised_changes_no_month_before(firm):
    """10 and 20 of 40; from March on 30 of 60."""
    assert firm.months("E4-order", REVENUE) == {"Jan": 15_000, "Feb": 15_000}


@case("E4-late-order")
def an_order_is_seen_late(it: Case) -> None:
    _ordered(it, _worked(it), later=10_000)


def test_an_order_counts_from_its_day_though_it_was_seen_later(firm):
    """10, 20 and 30 of 40."""
    expected = dict.fromkeys(("Jan", "Feb", "Mar"), 15_000)
    assert firm.months("E4-late-order", REVENUE) == expected


@case("E4-budget")
def a_budget_is_raised(it: Case) -> None:
    _planned(it, _worked(it), (FIRST, 10_000, None), (LATER, 30_000, None))


def test_a_budget_that_is_raised_changes_no_month_before(firm):
    assert firm.months("E4-budget", REVENUE) == {"Jan": 15_000, "Feb": 15_000}


@case("E4-budget-gone")
def a_budget_is_taken_back(it: Case) -> None:
    _planned(it, _worked(it), (FIRST, 10_000, None), (LATER, None, None))


def test_a_budget_that_is_taken_back_counts_until_then(firm):
    """10 and 20 of 40; all from March on."""
    expected = {"Jan": 15_000, "Feb": 15_000, "Mar": 30_000}
    assert firm.months("E4-budget-gone", REVENUE) == expected


@case("E4-budget-new")
def a_budget_is_made_later(it: Case) -> None:
    _planned(it, _worked(it), (LATER, 10_000, None))


def test_a_budget_made_later_was_none_before(firm):
    """10 and 20 of 30; from March on 30 of 40."""
    expected = {"Jan": 20_000, "Feb": 20_000, "Mar": 5_000}
    assert firm.months("E4-budget-new", REVENUE) == expected


@case("E4-budget-euro")
def a_budget_is_in_another_currency(it: Case) -> None:
    it.rate("MKD", "USD", date(2026, 1, 1), "2.00")
    _planned(it, _worked(it), (FIRST, 10_000, "MKD"))


def test_a_budget_in_another_currency_is_translated(firm):
    """10, 20 and 30 of 50."""
    expected = dict.fromkeys(("Jan", "Feb", "Mar"), 12_000)
    assert firm.months("E4-budget-euro", REVENUE) == expected


@case("E4-budget-nowhere")
def a_budget_has_no_rate(it: Case) -> None:
    _planned(it, _worked(it), (FIRST, 10_000, "XAF"))


def test_a_budget_without_a_rate_of_exchange_is_told(firm):
    [(reason, amount, owner)] = firm.told("E4-budget-nowhere", "missing_exchange_rate")
    assert "no rate of exchange to USD" in reason
    assert (amount, owner) == (10_000, "Finance")
