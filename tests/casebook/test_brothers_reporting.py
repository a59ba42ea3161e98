"""Brothers of Y: a currency of the books that nothing translates for the group.

Figures are worked out by hand: what is not known in the reporting currency is not 0
in it.
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
JANUARY, MARCH = date(2026, 1, 12), date(2026, 3, 12)
REVENUE, COST = "recognised_revenue_amount", "total_cost_amount"
WHOLE = """
    select strftime(period_month, '%b'), {amount}, is_complete
    from marts.{mart}
    where legal_entity_code = $entity and {amount} is distinct from 0
    order by period_month
"""


def hours_in(it: Case, *days: date) -> str:
    """10 h at 100 on each day, at a cost of 50 an hour."""
    project, person = it.project("time_and_materials"), it.employee(50)
    for day in days:
        it.time(project, person, day, 10, 100)
    return project


@case("Y8w1", currency="GEL", country="GE")
def books_that_nothing_translates(it: Case) -> None:
    """No system states a rate from lari to dollars."""
    hours_in(it, JANUARY)


@case("Y8w2", currency="MZN", country="MZ")
def books_that_are_translated_from_march(it: Case) -> None:
    """The first rate, 0.02, is of 1 March."""
    it.rate("MZN", "USD", date(2026, 3, 1), "0.02")
    hours_in(it, JANUARY, MARCH)


def test_what_nothing_translates_is_not_known_and_told(firm):
    told = firm.rows(
        WHOLE.format(mart="mart_project_margin_monthly", amount="margin_amount"),
        entity="Y8w1",
    )
    assert told == [("Jan", 500, False)]
    amount = "reporting_margin_amount"
    mart = "mart_project_margin_monthly"
    assert firm.rows(WHOLE.format(mart=mart, amount=amount), entity="Y8w1") == [
        ("Jan", None, False)
    ]
    [(reason, amount, owner)] = [
        row
        for row in firm.told("Y8w1", "missing_reporting_rate")
        if "2026-01" in row[0]
    ]
    assert reason.endswith("in 2026-01-01: no rate of exchange from GEL to USD")
    assert (amount, owner) == (1_000, "Finance")


def test_the_months_with_a_rate_are_known(firm):
    for mart in ("mart_project_margin_monthly", "mart_entity_margin_monthly"):
        query = WHOLE.format(mart=mart, amount="reporting_margin_amount")
        found = firm.rows(query, entity="Y8w2")
        assert found == [("Jan", None, False), ("Mar", Decimal(10), True)], mart


def test_a_balance_without_a_rate_is_not_known_either(firm):
    query = WHOLE.replace(", is_complete", "").format(
        mart="mart_project_wip_monthly", amount="reporting_closing_amount"
    )
    found = firm.rows(query, entity="Y8w2")
    assert found == [
        ("Jan", None),
        ("Feb", None),
        *[(m, 40) for m in ("Mar", "Apr")],
    ] + [(m, 40) for m in ("May", "Jun")]


def test_an_entity_is_not_known_where_one_of_its_projects_is_not(firm):
    query = WHOLE.format(
        mart="mart_entity_margin_monthly", amount="reporting_cost_amount"
    )
    assert firm.rows(query, entity="Y8w1") == [("Jan", None, False)]
