"""Who says it makes no difference: one system of each kind, or one for each case."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
FIGURES = {
    "mart_project_margin_monthly": [
        "legal_entity_code",
        "project_code",
        "period_month",
    ],
    "mart_project_wip_monthly": ["legal_entity_code", "project_code", "period_month"],
}


@pytest.mark.parametrize("mart", FIGURES)
def test_cases_come_out_the_same_from_systems_of_their_own(firm, group, mart):
    rows = f"select * from marts.{mart} order by {', '.join(FIGURES[mart])}"
    assert group.rows(rows) == firm.rows(rows)
