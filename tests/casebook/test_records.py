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


@case("V5")
def a_code_in_two_psas(it: Case) -> None:
    """The seller of both is the entity of the east; each is for another customer."""
    east, west = (
        it.project("time_and_materials", code="V5-P1001"),
        "v5-west",
    )
    it.time(east, it.employee(100), date(2026, 2, 10), 8, 200)
    it.entity("V5W")
    customer, person = it.customer(), it.employee(50)
    it.deal(east, "time_and_materials", customer_id=customer)
    number = {"employee_number": person, "person_id": person}
    it.say("psa_people", source_instance=west, role_id="role", is_active=True, **number)
    it.say(
        "psa_customers",
        source_instance=west,
        customer_id=customer,
        crm_customer_id=customer,
    )
    it.say(
        "psa_projects",
        source_instance=west,
        project_id=east,
        project_code=east,
        customer_id=customer,
        legal_entity_code="V5W",
        practice_code="PR-1",
        currency_code="USD",
    )
    it.time(east, person, date(2026, 2, 10), 4, 300, source_instance=west)


def test_a_code_in_two_psas_is_two_projects_each_with_its_customers_deal(firm):
    assert firm.by_project("V5", REVENUE) == {"V5-P1001": 1_600}
    assert firm.by_project("V5W", REVENUE) == {"v5-west:V5-P1001": 1_200}
