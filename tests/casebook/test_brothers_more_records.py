"""More brothers of section V and of closed periods: records that fit badly together.

Figures are worked out by hand from the case book.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_more_estimates import JANUARY, SEPTEMBER, decided
from tests.casebook.test_closed_periods import hours

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST, TOTAL = (
    "recognised_revenue_amount",
    "labour_cost_amount",
    "total_cost_amount",
)
FEBRUARY, MARCH = date(2026, 2, 10), date(2026, 3, 10)
HALF = ("Jan", "Feb", "Mar", "Apr", "May", "Jun")


@case("E6z1", own_systems=True)
def late_hours_of_a_closed_month_on_a_fixed_price(it: Case) -> None:
    """60,000: January closed with 100 h of 300, 20,000. Then 20 h of it come late.

    120 h of 320 are done: 22,500. March, the first open month, has 2,500 more, and
    2,000 of cost.
    """
    project, person = it.project("fixed_fee", 60_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 100)
    it.allocation(project, person, *SEPTEMBER, 200)
    it.time(project, person, date(2026, 1, 12), 100)
    it.time(project, person, date(2026, 1, 13), 20)
    it.closes(date(2026, 1, 1), {project: hours(100, recognised_amount=20_000)})
    it.closes(date(2026, 2, 1), {})


def test_late_hours_of_a_closed_month_catch_up_in_the_open_one(firm):
    assert firm.months("E6z1", REVENUE) == {"Jan": 20_000, "Mar": 2_500}
    assert firm.months("E6z1", TOTAL) == {"Jan": 10_000, "Mar": 2_000}


@case("V1z1")
def a_retainer_and_milestones_in_one_deal(it: Case) -> None:
    """6,000 for the year by months, 500 each, and 5,000 accepted in March."""
    project = it.project("retainer", 11_000)
    year = {
        "service_start_date": date(2026, 1, 1),
        "service_end_date": date(2026, 12, 31),
    }
    it.obligation(project, "01", 6_000, contract_type="retainer", **year)
    it.obligation(project, "02", 5_000, contract_type="milestone", **year)
    task = it.milestone(project, 5_000, MARCH, accepted=MARCH)
    it.changed("psa_tasks", {"task_id": task}, obligation_code="02")


def test_each_obligation_is_earned_by_its_own_method(firm):
    expected = dict.fromkeys(HALF, 500) | {"Mar": 5_500}
    assert firm.months("V1z1", REVENUE) == expected


@case("V1z2")
def a_deal_lost_again_and_its_change(it: Case) -> None:
    """30,000 are won; of a deal won and lost again neither price nor change counts."""
    project, person = it.project("fixed_fee", 30_000), it.employee(100)
    lost = it.deal(project, "fixed_fee", 20_000)
    it.changed("crm_deals", {"deal_id": lost}, is_won=False)
    it.change(project, 5_000, FEBRUARY, amended_deal_id=lost)
    it.change(project, 3_000, MARCH)
    it.allocation(project, person, *JANUARY, 100)
    it.time(project, person, date(2026, 1, 12), 100)


def test_a_deal_lost_again_is_no_part_of_the_contract_nor_is_its_change(firm):
    assert firm.months("V1z2", REVENUE) == {"Jan": 30_000, "Mar": 3_000}


@case("V1z3")
def a_second_deal_of_milestones_in_another_currency(it: Case) -> None:
    """1,000 and SAR 800 won on a day at 0.25: 1,200. 1,150 are accepted in March."""
    it.rate("SAR", "USD", date(2025, 1, 1), "0.25")
    it.rate("SAR", "USD", date(2026, 3, 1), "0.30")
    project = it.project("milestone", 1_000)
    it.deal(project, "milestone", 800, currency_code="SAR")
    for month, amount in ((3, 1_150), (5, 100)):
        day = date(2026, month, 10)
        it.milestone(project, amount, day, accepted=day)


def test_a_second_deal_in_another_currency_adds_to_the_price(firm):
    assert firm.months("V1z3", REVENUE) == {"Mar": 1_150, "May": 50}


@case("V2z1")
def a_user_deleted_and_made_again(it: Case) -> None:
    """8 h of the old user, 4 h of the new one of the same number: one person at 100."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, FEBRUARY, 8, 200)
    it.gone("psa_people", person_id=person)
    it.say(
        "psa_people",
        person_id=f"{person} again",
        employee_number=person,
        role_id="role",
        role_name="Consultant",
        full_name=person,
        work_email=f"{person.lower()}@cases.example",
        is_active=True,
    )
    it.time(project, f"{person} again", MARCH, 4, 200)


def test_a_user_made_again_is_the_same_person(firm):
    assert firm.months("V2z1", REVENUE) == {"Feb": 1_600, "Mar": 800}
    assert firm.months("V2z1", COST) == {"Feb": 800, "Mar": 400}


@case("V3z1")
def a_project_deleted_with_travel_and_a_milestone_on_it(it: Case) -> None:
    """300 of travel and an accepted milestone of 5,000 stay as they were known."""
    project, person = it.project("milestone", 5_000), it.employee(100)
    line = it.expense(project, person, FEBRUARY, 300)
    it.milestone(project, 5_000, MARCH, accepted=MARCH)
    it.gone("psa_projects", project_id=project)
    assert line == "V3z1-expense-1"


def test_travel_of_a_deleted_project_is_an_exception_and_stays(firm):
    assert firm.months("V3z1", TOTAL) == {"Feb": 300}
    assert firm.months("V3z1", REVENUE) == {"Mar": 5_000}
    found = firm.exceptions("V3z1")
    assert found["project_deleted", "V3z1-expense-1"] == 300


@case("V4z1")
def a_person_in_two_psas_by_number(it: Case) -> None:
    """The second PSA has the number and no address: 4 h × 100 there, 8 h here."""
    here, east = it.project("time_and_materials"), f"{it.name.lower()}-east"
    there, person = it.project("time_and_materials"), it.employee(100)
    it.time(here, person, FEBRUARY, 8, 200)
    it.changed("psa_projects", {"project_id": there}, source_instance=east)
    customer = {"customer_id": f"{it.name}-customer-2"}
    it.changed("psa_customers", customer, source_instance=east)
    it.say(
        "psa_people",
        source_instance=east,
        person_id="18",
        role_id="role",
        employee_number=person,
        is_active=True,
    )
    it.time(there, "18", FEBRUARY, 4, 200, source_instance=east)


def test_a_number_without_an_address_is_one_person(firm):
    assert firm.months("V4z1", REVENUE) == {"Feb": 2_400}
    assert firm.months("V4z1", COST) == {"Feb": 1_200}


@case("V8z1")
def pay_that_is_gone(it: Case) -> None:
    """HR's record of pay is deleted: 8 h × 100 stay, and an exception says so."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, FEBRUARY, 8, 200)
    it.gone("hr_pay", employee_pseudonym=f"pseudonym of {person}")


def test_time_keeps_the_cost_of_pay_that_is_gone(firm):
    assert firm.months("V8z1", COST) == {"Feb": 800}
    assert [kind for kind, _ in firm.exceptions("V8z1") if "deleted" in kind]


@case("V8z2")
def an_assignment_that_is_gone(it: Case) -> None:
    """HR's record of where somebody works is deleted: 8 h × 100 stay."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, FEBRUARY, 8, 200)
    it.gone("hr_assignments", employee_number=person)


def test_time_keeps_its_cost_when_an_assignment_is_gone(firm):
    assert firm.months("V8z2", COST) == {"Feb": 800}
    assert firm.months("V8z2", REVENUE) == {"Feb": 1_600}
    assert [kind for kind, _ in firm.exceptions("V8z2") if "deleted" in kind]


@case("V8z3")
def an_order_that_is_gone(it: Case) -> None:
    """An order is deleted: 10 h × 80 worked under it are owed, and somebody is told."""
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 100, date(2026, 1, 5))
    it.time(project, person, FEBRUARY, 10, 150)
    it.gone("spend_purchase_order_lines", purchase_order_id=order)


def test_hours_under_an_order_that_is_gone_are_owed(firm):
    told = [key for key in firm.exceptions("V8z3") if "order" in key[0]]
    assert told
    assert firm.months("V8z3", "subcontractor_amount") == {"Feb": 800}


@case("V9z1")
def a_mark_up_written_as_per_cent(it: Case) -> None:
    """« 10 % » is a tenth: travel of 100 is charged at 110."""
    decided(it, "milestone", "milestone", recharge_mark_up_rate=" 10 %")
    project, person = it.project("milestone", 1_000), it.employee(100)
    it.expense(project, person, FEBRUARY, 100, is_rechargeable=True)


def test_a_mark_up_is_read_as_meant(firm):
    assert firm.months("V9z1", REVENUE) == {"Feb": 110}


@case("V9z2")
def a_cap_of_a_role_written_carelessly(it: Case) -> None:
    """« usd » and «1,000.00» with blanks: 1,000 of 1,500 of a Partner's work."""
    terms = {"cap_amount": 50_000}
    project = it.project("time_and_materials_capped", deal=terms)
    it.book.decide(
        "cap_policies",
        project_code=f" {project}",
        cap_level="role",
        role_name="Partner ",
        cap_amount="1,000.00",
        currency_code="usd ",
        valid_from="2026-01-01",
        owner="Finance",
    )
    it.time(project, it.employee(50), MARCH, 3, 500, role_name="Partner")


def test_a_cap_is_read_as_meant(firm):
    assert firm.months("V9z2", REVENUE) == {"Mar": 1_000}


@case("V1z7")
def a_product_that_is_deleted(it: Case) -> None:
    """9,000 for 01 alone, as 02 is deleted: 50 % are 4,500."""
    decided(it, "percent_entered")
    project = it.project("fixed_fee", 9_000)
    it.obligation(project, "01", 6_000)
    it.obligation(project, "02", 3_000)
    it.gone("crm_deal_lines", deal_id=f"{it.name}-deal-1", obligation_code="02")
    it.progress(project, date(2026, 3, 31), "0.5")


def test_a_deleted_product_has_no_share_of_the_price(firm):
    assert firm.months("V1z7", REVENUE) == {"Mar": 4_500}
