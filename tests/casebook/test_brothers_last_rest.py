"""Brothers of the sections with fewest cases: large, small, periods, PSAs, losses.

Figures are worked out by hand from the case book and the standards it cites.
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_more_estimates import REVENUE, planned
from tests.casebook.test_brothers_more_payments import (
    APR_7,
    APR_20,
    _collected,
    _document,
    _rates,
    _realised,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
COST, LABOUR = "total_cost_amount", "labour_cost_amount"
OTHERS = "subcontractor_amount"
FEBRUARY = date(2026, 2, 10)
ALL_FEBRUARY = date(2026, 2, 1), date(2026, 2, 28)
OWN = {"own_systems": True}


@case("K4w1")
def a_very_large_price_in_a_small_currency(it: Case) -> None:
    """95,000,000,000 dong at 0.00004 a dollar, half done: 1,900,000."""
    it.rate("VND", "USD", date(2026, 1, 1), "0.00004")
    it.rate("USD", "VND", date(2026, 1, 1), "25000")
    planned(it, 95_000_000_000, 100, 100, currency="VND")


@case("K4w2")
def a_very_small_price(it: Case) -> None:
    """Two cents, half done."""
    planned(it, Decimal("0.02"), 100, 100)


def test_large_and_small_prices_are_earned_to_the_cent(firm):
    assert firm.months("K4w1", REVENUE) == {"Jan": 1_900_000}
    assert firm.months("K4w2", REVENUE) == {"Jan": Decimal("0.01")}


@case("Y1w1", currency="TND", country="TN")
def minutes_at_a_rate_of_thousandths(it: Case) -> None:
    """50 min at 8.345 dinars an hour: 6.954; they cost 50 / 60 of 1.111: 0.926."""
    project, person = it.project("time_and_materials"), it.employee("1.111")
    minutes = {"worked_minutes": 50, "billable_minutes": 50}
    it.time(project, person, FEBRUARY, 1, "8.345", **minutes)


def test_dinars_of_a_part_of_an_hour_have_three_decimals(firm):
    assert firm.months("Y1w1", REVENUE) == {"Feb": Decimal("6.954")}
    assert firm.months("Y1w1", COST) == {"Feb": Decimal("0.926")}


@case("P2w1", **OWN)
def an_invoice_in_an_adjustment_period(it: Case) -> None:
    """The ERP has the receivable in the period that adjusts March; it is March's."""
    last = date(2026, 3, 31)
    it.say(
        "erp_fiscal_periods",
        period_id="2026-03A",
        start_date=last,
        end_date=last,
        period_name="Adjust Q1 2026",
        is_adjustment=True,
    )
    project, name = it.project("time_and_materials"), f"INV-{it.name}"
    invoice = it.invoice(project, 1_000, last, erp_external_id=name)
    day = date(2026, 3, 10)
    it.time(project, it.employee(50), day, 10, 100, invoice_id=invoice)
    lines = [("1100", 1_000, None), ("4000", -1_000, project)]
    said = {"period_id": "2026-03A", "external_id": name}
    it.document("customer_invoice", last, lines, **said)


def test_a_receivable_of_an_adjustment_period_is_of_the_period_it_adjusts(firm):
    assert firm.rows(
        "select strftime(period_month, '%b'), right_amount, match_status"
        " from reconciliation.rec_invoices_psa_to_erp where legal_entity_code = 'P2w1'"
    ) == [("Mar", 1_000, "matched")]


@case("P3w1")
def a_suppliers_credit_posted_to_the_period_before(it: Case) -> None:
    """A bill of 500 of March; a credit of 100, dated 2 April, is in March's period."""
    project = it.project("time_and_materials")
    it.bill(project, 500, date(2026, 3, 10))
    it.bill(project, -100, date(2026, 4, 2), period_id="2026-03")


def test_a_credit_is_of_the_period_that_it_is_posted_to(firm):
    assert firm.months("P3w1", OTHERS) == {"Mar": 400}


def _in_another_psa(it: Case, project: str, customer: str, **said) -> str:
    """The project is of a PSA of its own; returns that PSA."""
    west = f"{it.name.lower()}-west"
    it.changed("psa_projects", {"project_id": project}, source_instance=west, **said)
    it.changed("psa_customers", {"customer_id": customer}, source_instance=west)
    return west


@case("V4w1")
def a_person_of_two_psas_on_one_payroll(it: Case) -> None:
    """4 h in each PSA on one day; 16,000 for February's 160 h are 100 an hour."""
    here, there = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(100)
    west = _in_another_psa(it, there, f"{it.name}-customer-2")
    it.say(
        "psa_people",
        source_instance=west,
        person_id=person,
        employee_number=person,
        role_id="role",
        is_active=True,
    )
    it.time(here, person, FEBRUARY, 4, 200)
    it.time(there, person, FEBRUARY, 4, 200, source_instance=west)
    it.paid(person, ALL_FEBRUARY, 16_000)


def test_pay_is_spread_over_the_hours_of_both_psas(firm):
    expected = {"V4W1-PROJECT-1": 400, "V4W1-PROJECT-2": 400}
    assert firm.by_project("V4w1", LABOUR) == expected
    spread = firm.payroll_spread("V4w1")
    assert (spread["labour"], spread["bench"]) == (800, 15_200)


@case("V5w1")
def an_expense_under_a_code_of_two_psas(it: Case) -> None:
    """Somebody of the entity of the east spends 300 under the code that both have."""
    east, west = it.project("time_and_materials", code="V5W1-P1001"), "v5w1-west"
    it.time(east, it.employee(100), FEBRUARY, 8, 200)
    it.entity("V5w1W")
    customer = it.customer()
    it.deal(east, "time_and_materials", customer_id=customer)
    number = {"customer_id": customer, "crm_customer_id": customer}
    it.say("psa_customers", source_instance=west, **number)
    it.say(
        "psa_projects",
        source_instance=west,
        project_id=east,
        project_code=east,
        customer_id=customer,
        legal_entity_code="V5w1W",
        practice_code="PR-1",
        currency_code="USD",
    )
    it.expense(east, f"{it.name}-employee-1", FEBRUARY, 300)


def test_an_expense_is_of_the_project_of_the_entity_that_bears_it(firm):
    assert firm.by_project("V5w1", "expense_amount") == {"V5W1-P1001": 300}
    assert firm.by_project("V5w1W", "expense_amount") == {}


@case("E13w1")
def a_contractors_time_of_a_day_to_come(it: Case) -> None:
    """10 h × 80 of June and 10 h of September are approved, and all are billed."""
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 100, date(2026, 1, 5))
    it.time(project, person, date(2026, 6, 10), 10, 150)
    it.time(project, person, date(2026, 9, 10), 10, 150)
    it.bill(project, 800, date(2026, 6, 25), order=order)


def test_a_contractors_time_costs_nothing_before_its_day(firm):
    assert firm.months("E13w1", OTHERS) == {"Jun": 800}
    assert firm.months("E13w1", REVENUE) == {"Jun": 1_500}
    assert [reason for reason, *_ in firm.told("E13w1", "future_time")] != []


@case("Y5w1")
def a_part_of_a_foreign_receivable_written_off(it: Case) -> None:
    """1,000 pula at 0.08; 600 are paid at 0.085, 400 written off at 0.09.

    600 × 0.005 are realised; what is lost is what it was booked at: 32.
    """
    _rates(it, "BWP", (APR_7, "0.08"), (APR_20, "0.085"), (date(2026, 5, 4), "0.09"))
    project, name = it.project("time_and_materials", currency="BWP"), f"INV-{it.name}"
    it.rate("USD", "BWP", date(2026, 1, 1), "12.5")
    said = {"currency_code": "BWP"}
    invoice = it.invoice(project, 1_000, APR_7, erp_external_id=name, **said)
    time = {"invoice_id": invoice, "currency_code": "BWP"}
    it.time(project, it.employee(5), date(2026, 4, 7), 10, 100, **time)
    receivable = it.document(
        "customer_invoice",
        APR_7,
        [("1100", 80, None), ("4000", -80, project)],
        foreign=[1_000, -1_000],
        transaction_currency_code="BWP",
        external_id=name,
    )
    payment = _document(it, "customer_payment", APR_20, "1100", -600, -51, "BWP")
    it.settled(receivable, 600, APR_20, payment)
    may = date(2026, 5, 4)
    lines = [("6000", 32, None), ("1100", -32, None)]
    foreign = {"foreign": [400, -400], "transaction_currency_code": "BWP"}
    it.settled(receivable, 400, may, it.document("journal", may, lines, **foreign))


def test_what_is_written_off_realises_nothing_and_is_lost_as_booked(firm):
    assert _realised(firm, "Y5w1") == {"Apr": 3}
    assert _collected(firm, "Y5w1") == (80, 48, 32)


@case("B6w1")
def a_retainers_invoice_that_is_cancelled(it: Case) -> None:
    """1,000 a month: January's invoice is cancelled, February's and March's stand.

    Of the six that are due by June four are to be billed.
    """
    project = it.project("retainer", 12_000)
    it.invoice(project, 1_000, date(2026, 1, 1), invoice_status="cancelled")
    for month in (2, 3):
        it.invoice(project, 1_000, date(2026, month, 1))


def test_a_cancelled_instalment_is_billed_again(firm):
    assert firm.wip("B6w1", "billed_amount") == {"Feb": 1_000, "Mar": 1_000}
    assert firm.proposed("B6w1") == 4_000
