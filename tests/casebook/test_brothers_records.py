"""Brothers of the cases of section V: records that fit badly together.

Figures are worked out by hand from the case book.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST, TOTAL = (
    "recognised_revenue_amount",
    "labour_cost_amount",
    "total_cost_amount",
)
FEBRUARY = date(2026, 2, 10)


@case("V2x1")
def a_worker_deleted_in_hr(it: Case) -> None:
    """Gone is not zero: 8 h × 200 earned and 8 h × 100 of cost stay."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, FEBRUARY, 8, 200)
    it.gone("hr_workers", worker_id=person)


def test_the_time_of_a_worker_deleted_in_hr_keeps_its_cost(firm):
    assert firm.months("V2x1", REVENUE) == {"Feb": 1_600}
    assert firm.months("V2x1", COST) == {"Feb": 800}


@case("V2x2")
def a_task_deleted_with_time_on_it(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    task = it.obligation(project, "01")
    it.time(project, person, FEBRUARY, 8, 200, task_id=task)
    it.gone("psa_tasks", task_id=task)


def test_time_on_a_deleted_task_is_earned_all_the_same(firm):
    assert firm.months("V2x2", REVENUE) == {"Feb": 1_600}
    assert firm.months("V2x2", COST) == {"Feb": 800}


@case("V2x3")
def an_entry_deleted(it: Case) -> None:
    """Of two entries of 8 h one is deleted: what is left is one."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, FEBRUARY, 8, 200)
    entry = it.time(project, person, FEBRUARY, 8, 200)
    it.gone("psa_time_entries", time_entry_id=entry)


def test_an_entry_that_was_deleted_counts_no_more(firm):
    assert firm.months("V2x3", REVENUE) == {"Feb": 1_600}
    assert firm.months("V2x3", COST) == {"Feb": 800}
    assert firm.proposed("V2x3") == 1_600


@case("V2x4")
def a_person_who_left(it: Case) -> None:
    """Left and no longer active in any system: the time before stays."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, FEBRUARY, 8, 200)
    left = {"termination_date": date(2026, 2, 28), "is_active": False}
    it.changed("hr_workers", {"worker_id": person}, **left)
    it.changed("psa_people", {"person_id": person}, is_active=False)


def test_the_time_of_a_person_who_left_keeps_its_cost(firm):
    assert firm.months("V2x4", REVENUE) == {"Feb": 1_600}
    assert firm.months("V2x4", COST) == {"Feb": 800}


@case("V4x1")
def a_person_in_two_psas_by_address(it: Case) -> None:
    """The second PSA has the address alone: 4 h × 100 there, 8 h × 100 here."""
    here, west = it.project("time_and_materials"), f"{it.name.lower()}-west"
    there, person = it.project("time_and_materials"), it.employee(100)
    it.time(here, person, FEBRUARY, 8, 200)
    it.changed("psa_projects", {"project_id": there}, source_instance=west)
    customer = f"{it.name}-customer-2"
    it.changed("psa_customers", {"customer_id": customer}, source_instance=west)
    it.say(
        "psa_people",
        source_instance=west,
        person_id="17",
        role_id="role",
        work_email=f"{person.lower()}@cases.example",
        is_active=True,
    )
    it.time(there, "17", FEBRUARY, 4, 200, source_instance=west)


def test_a_person_known_by_address_is_one_person(firm):
    assert firm.months("V4x1", REVENUE) == {"Feb": 2_400}
    assert firm.months("V4x1", COST) == {"Feb": 1_200}


@case("V9x1")
def a_code_in_small_letters(it: Case) -> None:
    """An expense of 300 that names the project in other letters and with a blank."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.expense(f" {project.lower()} ", person, FEBRUARY, 300)


def test_a_code_is_read_as_meant(firm):
    assert firm.months("V9x1", TOTAL) == {"Feb": 300}


@case("V9x2")
def two_rows_of_one_day(it: Case) -> None:
    """One person, one day, two projects, 5 h and 7 h: 12 h are a long day, no error."""
    fee = {"fee_rate": "0.10"}
    left, right = it.project("time_and_materials"), it.project("cost_plus", deal=fee)
    person = it.employee(100)
    it.time(left, person, FEBRUARY, 5, 200)
    it.time(right, person, FEBRUARY, 7, 200)


def test_a_long_day_over_two_contracts_is_priced_by_each(firm):
    """T&M 5 × 200; cost plus 7 × 100 × 1.1 = 770."""
    expected = {"V9X2-PROJECT-1": 1_000, "V9X2-PROJECT-2": 770}
    assert firm.by_project("V9x2", REVENUE) == expected
