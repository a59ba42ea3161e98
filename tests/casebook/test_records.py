"""Records that fit badly together: section V of the case book."""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case, not_yet

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "labour_cost_amount"


@case("V1")
def one_code_two_won_deals(it: Case) -> None:
    project = it.project("fixed_fee", 30_000)
    it.deal(project, "fixed_fee", 20_000)
    person, january = it.employee(100), (date(2026, 1, 5), date(2026, 1, 30))
    it.allocation(project, person, *january, 100)
    it.worked(project, person, *january, 5)


@not_yet
def test_two_deals_of_one_customer_are_one_contract(firm):
    assert firm.months("V1", REVENUE) == {"Jan": 50_000}


@case("V2")
def a_user_deleted_in_the_psa(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, date(2026, 2, 10), 8, 200)
    it.gone("psa_people", person_id=person)


def test_the_time_of_a_deleted_user_stays_with_its_cost(firm):
    assert firm.months("V2", REVENUE) == {"Feb": 1_600}
    assert firm.months("V2", COST) == {"Feb": 800}
