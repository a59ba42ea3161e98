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


# A case's project has no cost centre and its people are on no payroll.
SET_UP = "'person_not_everywhere', 'project_not_set_up', 'posting_held', 'record_held'"


def _exceptions(firm, entity: str) -> list[tuple]:
    """What stands in the exceptions of an entity: reason, amount, currency, owner."""
    return firm.rows(
        "select reason, amount, currency_code, owner from reconciliation.rec_exceptions"
        f" where legal_entity_code = $entity and kind not in ({SET_UP})"
        " order by exception_key",
        entity=entity,
    )


@case("V1x3")
def one_code_of_two_customers(it: Case) -> None:
    """30,000 of one customer, 20,000 of another: nobody knows whose it is.

    Whatever is earned meanwhile, an exception says so; one of two is not taken.
    """
    project, person = it.project("fixed_fee", 30_000), it.employee(100)
    it.deal(project, "fixed_fee", 20_000, customer_id=it.customer())
    january = date(2026, 1, 5), date(2026, 1, 30)
    it.allocation(project, person, *january, 100)
    it.worked(project, person, *january, 5)


def test_one_code_of_two_customers_is_an_exception(firm):
    assert all(owner for *_, owner in _exceptions(firm, "V1x3"))
    assert _exceptions(firm, "V1x3")
    said = "select distinct contract_type from marts.mart_project_margin_monthly"
    [(contract_type,)] = firm.rows(f"{said} where legal_entity_code = 'V1x3'")
    assert contract_type != "non_billable"


@case("V3x1")
def a_project_deleted_with_time_on_it(it: Case) -> None:
    """8 h × 100 of cost, 8 h × 200 of value."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, FEBRUARY, 8, 200)
    it.gone("psa_projects", project_id=project)


def test_a_project_deleted_with_time_on_it_is_an_exception_that_says_so(firm):
    [(reason, amount, currency, owner)] = _exceptions(firm, "V3x1")
    assert "deleted" in reason
    assert amount in (800, 1_600)
    assert currency == "USD"
    assert owner


@case("V3x2")
def hours_without_pay(it: Case) -> None:
    """Somebody whose pay HR does not say: earned 1,600, and not for nothing."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.changed(
        "hr_pay",
        {"employee_pseudonym": f"pseudonym of {person}"},
        valid_from=date(2026, 4, 1),
    )
    it.time(project, person, FEBRUARY, 8, 200)


def test_hours_without_pay_are_an_exception(firm):
    assert firm.months("V3x2", REVENUE) == {"Feb": 1_600}
    assert len(_exceptions(firm, "V3x2")) == 1


@case("V3x3")
def a_contractor_without_an_order(it: Case) -> None:
    project = it.project("time_and_materials")
    it.time(project, it.contractor(), FEBRUARY, 8, 200)


def test_a_contractor_without_an_order_is_an_exception(firm):
    assert firm.months("V3x3", REVENUE) == {"Feb": 1_600}
    assert len(_exceptions(firm, "V3x3")) == 1


@case("V3x4")
def an_expense_of_no_project(it: Case) -> None:
    """Travel of 100 and of 200 for a code that nobody has."""
    person = it.employee(100)
    it.project("time_and_materials")
    for amount in (100, 200):
        it.expense("V3X4-NOBODY", person, FEBRUARY, amount, is_rechargeable=True)


def test_expenses_of_a_code_that_nobody_has_are_exceptions(firm):
    found = _exceptions(firm, "V3x4")
    amounts = [amount for reason, amount, *_ in found if "project" in reason]
    assert sorted(amounts) == [100, 200]


@case("V3x5")
def a_clean_project(it: Case) -> None:
    """Nothing is wrong: nothing is said."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.changed("erp_projects", {"project_id": project}, dimension_id="PR-1")
    it.paid(person, (date(2026, 2, 1), date(2026, 2, 28)), 16_000)
    day = date(2026, 2, 27)
    invoice = it.invoice(project, 1_600, day)
    it.time(project, person, FEBRUARY, 8, 200, invoice_id=invoice)
    it.document(
        "customer_invoice",
        day,
        [("1100", 1_600, project), ("4000", -1_600, project)],
        party_id=f"{it.name}-customer-1",
        transaction_number=invoice,
        external_id=invoice,
    )
    it.changed("psa_invoices", {"invoice_id": invoice}, erp_external_id=invoice)


def test_a_clean_project_has_no_exception(firm):
    assert _exceptions(firm, "V3x5") == []


@case("Y7x1")
def a_rate_of_ten_weeks(it: Case) -> None:
    """Peruvian soles of 2 March, hours of 11 May: 70 days, more than 7."""
    it.rate("PEN", "USD", date(2026, 3, 2), "0.10")  # no other case's: a rate is all's
    project, person = it.project("time_and_materials"), it.employee(50)
    day = date(2026, 5, 11)
    it.time(project, person, day, 8, 2_000, currency_code="PEN")


def test_a_rate_that_is_too_old_is_an_exception(firm):
    told = [(amount, currency) for _, amount, currency, _ in _exceptions(firm, "Y7x1")]
    assert (16_000, "PEN") in told


@case("E12x2")
def milestones_above_the_price_by_a_late_one(it: Case) -> None:
    """Price 10,000; 6,000, 3,000 and 2,500 accepted: 1,500 are too much."""
    project = it.project("milestone", 10_000)
    for month, amount in ((2, 6_000), (3, 3_000), (5, 2_500)):
        day = date(2026, month, 10)
        it.milestone(project, amount, due=day, accepted=day)


def test_what_milestones_exceed_the_price_by_is_an_exception(firm):
    expected = {"Feb": 6_000, "Mar": 3_000, "May": 1_000}
    assert firm.months("E12x2", REVENUE) == expected
    assert 1_500 in [amount for _, amount, *_ in _exceptions(firm, "E12x2")]
