"""The last brothers of Y, B, W and M: on account, taxed credits, pay cut back."""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "labour_cost_amount"
JANUARY = date(2026, 1, 1), date(2026, 1, 31)  # 22 weekdays
MARCH = date(2026, 3, 1), date(2026, 3, 31)  # 22 weekdays
APR_7, APR_20, APR_30, MAY_4 = (
    date(2026, *day) for day in ((4, 7), (4, 20), (4, 30), (5, 4))
)


@case("Y4z7")
def a_payment_on_account(it: Case) -> None:
    """1,000 at 0.20, paid on account at 0.22, and applied in May when it is 0.21.

    220 were got for 200: 20 are realised, 10 by the invoice and 10 by the payment. At
    0.24 in April's end both are open: +40 and −20.
    """
    for day, rate in ((APR_7, "0.20"), (APR_20, "0.22"), (APR_30, "0.24")):
        it.rate("EGP", "USD", day, rate)
    it.rate("EGP", "USD", MAY_4, "0.21")
    pounds = {"transaction_currency_code": "EGP"}
    invoice = it.document(
        "customer_invoice",
        APR_7,
        [("1100", 200, None), ("4000", -200, None)],
        foreign=[1_000, -1_000],
        **pounds,
    )
    payment = it.document(
        "customer_payment",
        APR_20,
        [("1100", -220, None), ("1000", 220, None)],
        foreign=[-1_000, 1_000],
        **pounds,
    )
    it.settled(invoice, 1_000, MAY_4, payment)


def test_a_payment_on_account_realises_what_was_got(firm):
    assert firm.rows(
        "select settled_date, sum(realised_fx_amount) from canonical.fct_settlements"
        " where legal_entity_code = 'Y4z7' group by all"
    ) == [(MAY_4, 20)]
    assert firm.rows(
        "select strftime(period_month, '%b'), sum(revaluation_amount)"
        " from canonical.fct_fx_revaluations where legal_entity_code = 'Y4z7'"
        " group by all"
    ) == [("Apr", 20)]


@case("B0z3")
def a_credit_with_tax_that_only_the_erp_has(it: Case) -> None:
    """1,000 and 200 of tax; a credit of 200 and 40; 960 paid: 800 collected."""
    project, name = it.project("time_and_materials"), "INV-B0z3"
    invoice = it.invoice(project, 1_000, APR_30, erp_external_id=name)
    it.time(project, it.employee(50), APR_7, 10, 100, invoice_id=invoice)
    receivable = it.document(
        "customer_invoice",
        APR_30,
        [("1100", 1_200, None), ("4000", -1_000, project), ("2200", -200, None)],
        external_id=name,
    )
    credit = it.document(
        "customer_credit",
        MAY_4,
        [("1100", -240, None), ("4000", 200, project), ("2200", 40, None)],
    )
    it.settled(receivable, 240, MAY_4, credit)
    cash = [("1000", 960, None), ("1100", -960, None)]
    it.settled(receivable, 960, MAY_4, it.document("customer_payment", MAY_4, cash))


def test_a_credit_with_tax_is_a_difference_without_it(firm):
    assert firm.rows(
        "select left_amount, right_amount, match_status"
        " from reconciliation.rec_invoices_psa_to_erp"
        " where legal_entity_code = 'B0z3'"
    ) == [(1_000, 800, "amount_differs")]
    assert firm.rows(
        "select billed_amount, collected_amount, bad_debt_amount"
        " from canonical.fct_collections where legal_entity_code = 'B0z3'"
    ) == [(1_000, 800, 0)]


@case("B5z3")
def part_of_a_milestone_beside_another(it: Case) -> None:
    """6,000 and 4,000 accepted; of the first 2,500 are billed by a line, then 1,500.

    2,000 of it and all of the second are due: 6,000 of 10,000.
    """
    project, day = it.project("milestone", 10_000), MAY_4
    invoices = [
        it.invoice(project, amount, date(2026, 5, 12 + number))
        for number, amount in enumerate((2_500, 1_500))
    ]
    first = it.milestone(project, 6_000, due=day, accepted=day, invoice=invoices[0])
    it.milestone(project, 4_000, due=day, accepted=day)
    for invoice, amount in zip(invoices, (2_500, 1_500), strict=True):
        said = {"line_type": "milestone", "milestone_id": first}
        it.invoice_line(invoice, project, amount, **said)


def test_what_two_lines_leave_of_a_milestone_is_proposed_beside_the_next(firm):
    assert firm.proposed("B5z3") == 6_000
    assert firm.wip("B5z3", "unbilled_amount") == {"May": 6_000, "Jun": 6_000}


@case("W2z4")
def a_bonus_of_a_quarter_by_its_run(it: Case) -> None:
    """A run for January to March with 3,000 of bonus: 1,000 of them March's."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, *MARCH, 8, rate=200)
    it.paid(person, MARCH, 17_600)
    it.paid(person, (JANUARY[0], MARCH[1]), 3_000, pay_code="BONUS")


def test_a_bonus_of_a_quarters_run_is_its_months(firm):
    assert firm.months("W2z4", COST) == {"Mar": 18_600}
    assert sum(firm.payroll_spread("W2z4").values()) == 20_600


@case("W3z3")
def pay_cut_back(it: Case) -> None:
    """January was paid too high: −880 with March's pay, which the register says."""
    left, right = it.project("time_and_materials"), it.project("time_and_materials")
    person = it.employee(100)
    for project, month in ((left, JANUARY), (right, MARCH)):
        it.worked(project, person, *month, 8, rate=200)
        it.paid(person, month, 17_600)
    days = {"earned_from_date": JANUARY[0], "earned_to_date": JANUARY[1]}
    it.also_paid(f"{it.name}-run-2", person, -880, "ARREARS", **days)


def test_pay_cut_back_costs_less_where_it_was_earned(firm):
    expected = {"W3Z3-PROJECT-1": 16_720, "W3Z3-PROJECT-2": 17_600}
    assert firm.by_project("W3z3", COST) == expected


@case("W6z3")
def paid_and_unpaid_leave_of_a_week(it: Case) -> None:
    """160 h paid: 152 worked, one day of vacation; and two days that nobody pays."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, MARCH[0], date(2026, 3, 26), 8, rate=200)
    for day in (27, 30, 31):
        it.absence(person, date(2026, 3, day), 8)
    for day in (30, 31):
        days = {"worker_id": person, "absence_date": date(2026, 3, day)}
        it.changed("hr_absences", days, absence_type="Leave without pay")
    it.paid(person, MARCH, 16_000)


def test_leave_without_pay_bears_none_beside_a_vacation(firm):
    spread = {"labour": 15_200, "bench": 0, "absence": 800}
    assert firm.payroll_spread("W6z3") == spread


@case("M1z3")
def a_cap_that_is_raised(it: Case) -> None:
    """30,000 of a cap signed on 2 January, 5,000 more on 3 March; 10,000 are worked.

    Backlog 30,000 in January, before the work begins; 20,000 in February; 25,000.
    """
    terms = {"cap_amount": 30_000}
    start = date(2026, 2, 1)
    project = it.project("time_and_materials_capped", start=start, deal=terms)
    it.change(project, None, date(2026, 3, 3), cap_change_amount=5_000)
    it.time(project, it.employee(50), date(2026, 2, 10), 100, 100)


def test_a_raised_cap_is_booked_and_backlog(firm):
    assert firm.rows(
        "select strftime(period_month, '%b'), booked_amount, backlog_amount"
        " from marts.mart_bookings_monthly where legal_entity_code = 'M1z3'"
        " and period_month < date '2026-04-01' and fiscal_year = 2026"
        " order by period_month"
    ) == [("Jan", 30_000, 30_000), ("Feb", 0, 20_000), ("Mar", 5_000, 25_000)]
