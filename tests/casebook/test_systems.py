"""Who says it makes no difference: one system of each kind, or one for each case."""

import pytest

from tests.casebook.telling import book

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
FIGURES = {
    "mart_project_margin_monthly": [
        "legal_entity_code",
        "project_code",
        "period_month",
    ],
    "mart_project_wip_monthly": ["legal_entity_code", "project_code", "period_month"],
}


def of_one_currency(firm, mart: str) -> list[tuple]:
    """The rows of cases that state no rate of exchange.

    A rate is everybody's; of several that state it, who there is decides whose counts.
    """
    stated = {
        row["source_instance"]
        for row in book(systems_of_their_own=True).rows["erp_currency_rates"]
    }
    found = firm.rows(
        f"select lower(legal_entity_code), * from marts.{mart}"
        f" order by {', '.join(FIGURES[mart])}"
    )
    return [row[1:] for row in found if row[0] not in stated]


@pytest.mark.nightly  # tests/warehouse/test_several asks it of a whole firm
@pytest.mark.parametrize("mart", FIGURES)
def test_cases_come_out_the_same_from_systems_of_their_own(firm, group, mart):
    assert of_one_currency(group, mart) == of_one_currency(firm, mart)
    assert len(of_one_currency(firm, mart)) > 1_000
