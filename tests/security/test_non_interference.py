"""What an audience without pay can open is the same whatever anybody is paid.

That is more than that no attack finds anything: there is nothing to be found. Standard
rates are the one thing that may differ, if policy leaves them to be computed.
"""

import pytest

from tests.end_to_end.conftest import Firm
from tests.security.comparing import differences
from tests.security.standards import Standards, apart

pytestmark = [
    pytest.mark.slow, pytest.mark.soak, pytest.mark.xdist_group("twins"),
]  # fmt: skip

CHANGES = {
    "rise": "update {paid} set hourly_rate = hourly_rate * 1.05 where {who}",
    "goes": "delete from {paid} where {who}",
    "comes": "insert into {paid} select * replace (resource_key || '+' as resource_key)"
    " from {paid} where {who}",
}


@pytest.mark.parametrize("audience", ["analyst", "delivery"])
def test_nothing_but_standard_rates_moves_with_pay(at_equal_standard, audience):
    one, other = at_equal_standard.files(audience)
    assert [str(found) for found in differences(one, other)] == []


def test_what_finance_sees_moves_with_pay(at_equal_standard):
    moving = {found.table for found in differences(*at_equal_standard.files("finance"))}
    assert moving >= {
        "marts.mart_project_margin_monthly",
        "marts.mart_project_margin_weekly",
        "canonical.fct_revenue",
        "canonical.fct_subcontractor_costs",
        "adjustments.adj_desired_postings",
    }


@pytest.mark.parametrize("change", CHANGES)
def test_one_person_moves_no_standard_rate_by_more_than_a_step(twins, change):
    assert moved_by_one_person(twins.firm, change) == {}


def moved_by_one_person(firm: Firm, change: str) -> dict[str, list[str]]:
    """The groups that each person, paid otherwise, gone or doubled, moves too far."""
    standards = Standards.of(firm.work)
    before, moved = standards.rates(), {}
    for person in standards.people():
        with standards.changed(CHANGES[change], person):
            moved[person] = apart(before, standards.rates())
    return {person: groups for person, groups in moved.items() if groups}
