"""Records that fit badly together: section V of the case book."""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "labour_cost_amount"


@case("V1")
def one_code_two_won_deals(it: Case) -> None:
    project = it.project("fixed_fee", 30_000)
    it.deal(project, "fixed_fee", 20_000)
    person, january = it.employee(100), (date(2026, 1, 5), date(2026, 1, 30))
    it.allocation(project, person, *january, 100)
    it.worked(project, person, *january, 5)


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


@case("V3")
def a_project_deleted_with_cost_on_it(it: Case) -> None:
    """Its deal and its job are there: what is gone is the PSA's project."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, date(2026, 2, 10), 8, 200)
    it.invoice(project, 500, date(2026, 2, 28))
    it.gone("psa_projects", project_id=project)


def test_what_stands_on_a_deleted_project_stays_as_it_was_last_known(firm):
    assert firm.months("V3", REVENUE) == {"Feb": 1_600}
    assert firm.months("V3", COST) == {"Feb": 800}
    assert firm.wip("V3", "billed_amount") == {"Feb": 500}


def test_a_deleted_project_is_the_reason_and_not_a_rate(firm):
    found = firm.exceptions("V3")
    assert found["project_deleted", "V3-time-1"] == 800
    assert found["project_deleted", "V3-invoice-1"] == 500
    assert not {kind for kind, _ in found if kind.startswith("missing_")}


def test_postings_of_a_deleted_project_are_held_and_not_taken_back(firm):
    rows = firm.rows(
        "select kind, sum(desired_amount) from adjustments.adj_desired_postings"
        " where project_code like 'V3-%' and policy_action = 'hold' group by kind"
    )
    assert dict(rows)["labour_cost_accrual"] == 800
    assert firm.rows(
        "select distinct holds_postings from reconciliation.rec_exceptions"
        " where kind = 'project_deleted'"
    ) == [(True,)]


@case("V3B")
def a_project_deleted_and_made_again(it: Case) -> None:
    """A new project has the code: whose the old one's time is nobody can say."""
    project, person = it.project("time_and_materials"), it.employee(100, currency="GBP")
    it.rate("GBP", "USD", date(2026, 1, 1), "1.25")
    it.say(
        "psa_projects",
        project_id="old",
        project_code=project,
        legal_entity_code="V3B",
        is_deleted=True,
    )
    it.time("old", person, date(2026, 2, 10), 8, 200)
    it.time(project, person, date(2026, 2, 11), 4, 200)


def test_time_of_a_project_that_was_made_again_is_told_in_its_own_currency(firm):
    assert firm.months("V3B", REVENUE) == {"Feb": 800}
    assert firm.months("V3B", COST) == {"Feb": 500}
    assert firm.exceptions("V3B")["project_deleted", "V3B-time-1"] == 800
    assert firm.rows(
        "select currency_code from reconciliation.rec_exceptions"
        " where source_id = 'V3B-time-1'"
    ) == [("GBP",)]


@case("V8")
def a_user_and_a_plan_are_gone(it: Case) -> None:
    project, gone, there = (
        it.project("fixed_fee", 30_000),
        it.employee(100),
        it.employee(100),
    )
    it.worked(project, gone, date(2026, 6, 1), date(2026, 6, 5), 8)
    plan = it.allocation(project, there, date(2026, 7, 1), date(2026, 7, 31), 100)
    other = it.allocation(project, there, date(2026, 8, 3), date(2026, 8, 28), 60)
    it.gone("psa_allocations", allocation_id=plan)
    it.gone("psa_people", person_id=gone)
    assert (plan, other) == ("V8-allocation-1", "V8-allocation-2")


def test_a_user_and_a_plan_that_are_gone_are_exceptions(firm):
    found = firm.exceptions("V8")
    assert ("user_deleted", "V8-employee-1") in found
    assert ("plan_deleted", "V8-allocation-1") in found
    assert ("plan_deleted", "V8-allocation-2") not in found


def test_time_of_a_deleted_user_costs_what_it_did(firm):
    assert firm.months("V8", COST) == {"Jun": 4_000}


@case("V8-milestone")
def a_milestone_is_gone(it: Case) -> None:
    project = it.project("milestone", 9_000)
    it.milestone(project, 4_000, date(2026, 6, 8), accepted=date(2026, 6, 9))
    gone = it.milestone(project, 5_000, date(2026, 6, 8), accepted=date(2026, 6, 10))
    it.gone("psa_billing_milestones", milestone_id=gone)


def test_an_accepted_milestone_that_is_gone_is_an_exception(firm):
    [(reason, amount, owner)] = firm.told("V8-milestone", "milestone_deleted")
    assert "accepted on 2026-06-10, is deleted in the PSA" in reason
    assert (amount, owner) == (5_000, "PMO")


@case("V3C")
def an_invoice_without_a_project(it: Case) -> None:
    it.project("time_and_materials")
    it.invoice(None, 700, date(2026, 2, 28))


def test_an_invoice_without_a_project_lacks_no_rate_of_exchange(firm):
    rows = firm.rows(
        "select kind, amount, currency_code, owner"
        " from reconciliation.rec_exceptions where source_id = 'V3C-invoice-1'"
    )
    assert rows == [("invoice_without_project", 700, "USD", "Finance")]


@case("V3D")
def time_without_pay_or_a_rate_of_exchange(it: Case) -> None:
    """One is paid from April on, one in yen that no rate is stated of."""
    project = it.project("time_and_materials")
    late, yen = it.employee(100, since=date(2026, 4, 1)), it.employee(3_000, "JPY")
    it.time(project, late, date(2026, 5, 11), 8, 200)
    it.time(project, yen, date(2026, 5, 12), 8, 200)
    it.time(project, yen, date(2026, 6, 12), 8)


def test_each_reason_names_its_own_cause(firm):
    found = firm.exceptions("V3D")
    assert found["missing_exchange_rate_of_cost", "V3D-time-2"] == 24_000
    assert ("missing_cost_rate", "V3D-time-2") not in found
    assert ("missing_bill_rate", "V3D-time-3") in found
    assert not [kind for kind, record in found if record == "V3D-time-1"]


def test_a_margin_that_an_exception_touches_is_not_complete(firm):
    query = (
        "select strftime(period_month, '%b') from marts.{mart}"
        " where legal_entity_code = 'V3D' and not is_complete order by period_month"
    )
    for mart in ("mart_project_margin_monthly", "mart_entity_margin_monthly"):
        assert firm.rows(query.format(mart=mart)) == [("May",), ("Jun",)], mart


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


@case("V1later")
def a_second_deal_won_later(it: Case) -> None:
    """30,000 from January, half done by its end; 20,000 more from the 1st of April."""
    project = it.project("fixed_fee", 30_000)
    it.deal(project, "fixed_fee", 20_000, close_date=date(2026, 4, 1))
    person = it.employee(100)
    for first, last in (
        (date(2026, 1, 5), date(2026, 1, 30)),
        (date(2026, 4, 1), date(2026, 4, 28)),
    ):
        it.allocation(project, person, first, last, 100)
        it.worked(project, person, first, last, 5)


def test_a_deal_won_later_leaves_the_months_before_as_they_were(firm):
    assert firm.months("V1later", REVENUE) == {"Jan": 15_000, "Apr": 35_000}


@case("V1two")
def one_code_two_customers(it: Case) -> None:
    """The PSA delivers to the first one's customer; the other's is no part of it."""
    project = it.project("fixed_fee", 30_000)
    it.deal(project, "fixed_fee", 20_000, customer_id=it.customer())
    person, january = it.employee(100), (date(2026, 1, 5), date(2026, 1, 30))
    it.allocation(project, person, *january, 100)
    it.worked(project, person, *january, 5)


def test_a_deal_of_another_customer_is_an_exception_and_no_part_of_the_contract(firm):
    assert firm.months("V1two", REVENUE) == {"Jan": 30_000}
    assert firm.in_question("V1two", "deal_of_another_customer") == {20_000: "USD"}


@case("V1none")
def one_code_two_customers_and_neither_is_served(it: Case) -> None:
    project = it.project("fixed_fee", 30_000)
    for row in it.book.rows["psa_projects"]:
        if row["project_id"] == project:
            row["customer_id"] = None
    it.deal(project, "fixed_fee", 20_000, customer_id=it.customer())
    it.time(project, it.employee(100), date(2026, 1, 12), 10)


def test_what_several_customers_claim_is_never_non_billable(firm):
    unmeasured = firm.rows(
        "select projects.contract_type, unmeasured.absence_reason"
        " from canonical.dim_projects as projects"
        " inner join canonical.dim_projects_unmeasured as unmeasured"
        " on projects.project_key = unmeasured.project_key"
        " where projects.legal_entity_code = 'V1none'"
    )
    assert unmeasured == [(None, "no contract terms")]
    found = firm.in_question("V1none", "deal_of_another_customer")
    assert found == {20_000: "USD", 30_000: "USD"}


@case("V1gone")
def a_deal_that_is_gone(it: Case) -> None:
    """10 h × 200 are worked and billable; the only deal was deleted in the CRM."""
    project = it.project("time_and_materials")
    it.time(project, it.employee(100), date(2026, 1, 12), 10, 200)
    it.gone("crm_deals", project_code=project)


def test_what_customers_are_charged_for_and_nobody_sold_is_not_known(firm):
    assert firm.months("V1gone", COST) == {"Jan": 1_000}
    complete = firm.rows(
        "select distinct is_complete from marts.mart_project_margin_monthly"
        " where legal_entity_code = 'V1gone'"
    )
    assert complete == [(False,)]
    found = firm.rows(
        "select unmeasured.absence_reason, exceptions.reason"
        " from canonical.dim_projects_unmeasured as unmeasured"
        " inner join reconciliation.rec_exceptions as exceptions"
        " on unmeasured.project_key = exceptions.project_key"
        " where exceptions.legal_entity_code = 'V1gone'"
        " and exceptions.kind = 'missing_sold_terms'"
    )
    [(absence, reason)] = found
    assert absence == "no contract terms"
    assert "no won deal of its customer says what was sold" in reason


@case("Y2")
def an_amendment_in_another_currency(it: Case) -> None:
    it.rate("EUR", "USD", date(2026, 1, 1), "1.10")
    project = it.project("fixed_fee", 200_000)
    it.change(project, 30_000, date(2026, 3, 10), currency_code="EUR")
    it.change(project, -10_000, date(2026, 3, 10), currency_code="EUR")
    person, june = it.employee(100), (date(2026, 6, 1), date(2026, 6, 26))
    it.allocation(project, person, *june, 100)
    it.worked(project, person, *june, 5)


def test_an_amendment_in_another_currency_counts_at_its_days_rate(firm):
    assert firm.months("Y2", REVENUE) == {"Jun": 222_000}
    found = firm.in_question("Y2", "contract_of_mixed_currencies")
    assert found == {-10_000: "EUR", 30_000: "EUR"}


@case("Y2deal", currency="USD")
def a_second_deal_in_another_currency(it: Case) -> None:
    it.rate("NOK", "USD", date(2025, 1, 1), "0.10")
    project = it.project("milestone", 1_000)
    it.deal(project, "milestone", 800, currency_code="NOK")
    it.deal(project, "milestone", 90, currency_code="ISK")


def test_a_second_deal_in_another_currency_is_translated_or_the_price_not_known(firm):
    parts = firm.rows(
        "select price_amount, is_without_rate from canonical.int_contract_deals"
        " where project_code like 'Y2DEAL-%' order by deal_number"
    )
    assert parts == [(1_000, False), (80, False), (None, True)]
    [(price,)] = firm.rows(
        "select price_amount from canonical.dim_obligations"
        " where legal_entity_code = 'Y2deal'"
    )
    assert price is None
    assert firm.in_question("Y2deal", "contract_of_mixed_currencies") == {800: "NOK"}
    assert firm.in_question("Y2deal", "contract_currency_without_rate") == {90: "ISK"}
