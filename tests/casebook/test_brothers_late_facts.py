"""Brothers of E6 and others: what becomes known of a month after it was closed.

Figures are worked out by hand: an hour costs 100 and is sold at 150.
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_more_estimates import LOSS, decided, planned
from tests.casebook.test_brothers_more_payments import _collected, _invoiced
from tests.casebook.test_closed_periods import by_the_hour, hours

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "total_cost_amount"
JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
JAN_12 = date(2026, 1, 12)
OWN = {"own_systems": True}


@case("E6q1", **OWN)
def hours_of_a_closed_month_moved(it: Case) -> None:
    """40 h of the first project in January, closed; 8 of them are the second's now."""
    left, person = by_the_hour(it)
    right = it.project("time_and_materials")
    it.time(left, person, JAN_12, 32, 150)
    it.time(right, person, JAN_12, 8, 150)
    it.closes(JANUARY, {left: hours(40)})
    it.closes(FEBRUARY, {})


def test_hours_that_move_after_the_close_move_in_the_open_month(firm):
    assert firm.months("E6q1", REVENUE) == {"Jan": 6_000}
    expected = {"E6Q1-PROJECT-1": -1_200, "E6Q1-PROJECT-2": 1_200}
    assert firm.by_project("E6q1", REVENUE, "Mar") == expected
    expected = {"E6Q1-PROJECT-1": -800, "E6Q1-PROJECT-2": 800}
    assert firm.by_project("E6q1", COST, "Mar") == expected


@case("E6q2", **OWN)
def a_bill_of_a_closed_month(it: Case) -> None:
    """20 h × 80 accrued in January, closed; the bill of April states January: 1,500."""
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 20, date(2026, 1, 2))
    it.time(project, person, JAN_12, 20, 150)
    it.bill(project, 1_500, date(2026, 4, 7), order=order, service=JAN_12)
    none = {name: 0 for name in hours(1) if name.startswith("labour_")}
    shown = hours(20, **none) | {
        "subcontractor_amount": 1_600,
        "subcontractor_accrual_amount": 1_600,
    }
    it.closes(JANUARY, {project: shown})
    it.closes(FEBRUARY, {})


def test_a_bill_that_states_a_closed_month_corrects_the_open_one(firm):
    months = firm.months("E6q2", COST)
    assert months["Jan"] == 1_600
    assert sum(months.values()) == 1_500


@case("E6q3", **OWN)
def travel_of_a_closed_month(it: Case) -> None:
    """Closed with 8 h; 300 of travel of 14 January come late, at 10 % mark-up: 330."""
    decided(
        it,
        "time_and_materials",
        "time_and_materials",
        recharge_mark_up_rate="0.1",
    )
    project, person = by_the_hour(it)
    it.time(project, person, JAN_12, 8, 150)
    it.expense(project, person, date(2026, 1, 14), 300, is_rechargeable=True)
    it.closes(JANUARY, {project: hours(8)})


def test_late_travel_is_earned_and_costs_in_the_open_month(firm):
    assert firm.months("E6q3", REVENUE) == {"Jan": 1_200, "Feb": 330}
    assert firm.months("E6q3", COST) == {"Jan": 800, "Feb": 300}


@case("E6q4", **OWN)
def arrears_of_a_closed_month(it: Case) -> None:
    """January's 176 h were paid 17,600; arrears of 1,760 for it are paid in March."""
    project, person = by_the_hour(it)
    january = JANUARY, date(2026, 1, 31)
    it.worked(project, person, *january, 8, rate=150)
    it.paid(person, january, 17_600)
    run = it.paid(person, (MARCH, date(2026, 3, 31)), 1_760, pay_code="ARREARS")
    it.changed(
        "payroll_lines",
        {"payroll_run_id": run},
        earned_from_date=january[0],
        earned_to_date=january[1],
    )
    it.closes(JANUARY, {project: hours(176)})
    it.closes(FEBRUARY, {})


def test_arrears_of_a_closed_month_cost_the_open_one(firm):
    assert firm.months("E6q4", COST) == {"Jan": 17_600, "Mar": 1_760}


@case("E6q5", **OWN)
def lent_time_of_a_closed_month(it: Case) -> None:
    """40 h lent in January, at 872 a day charged 4,360; 8 h of them are deleted late.

    January stays as both closed it: revenue from lending 4,360 for the lender. March
    takes −872 of it and −800 of cost.
    """
    borrower = Case(it.book, "E6q5b", instance=it.instance)
    project, person = borrower.project("time_and_materials"), it.employee(100)
    it.time(project, person, JAN_12, 32, 150)
    charge = {"currency_code": "USD", "charge_amount": 4_360, "cost_amount": 4_000}
    lent = charge | {"leg": "provided", "counterpart_entity_code": "E6q5b"}
    borrowed = charge | {"leg": "received", "counterpart_entity_code": "E6q5"}
    it.closes(JANUARY, {}, [lent], [{"people_count": 1, "approved_minutes": 2_400}])
    it.closes(FEBRUARY, {}, [], [])
    borrower.closes(JANUARY, {project: hours(40)}, [borrowed])
    borrower.closes(FEBRUARY, {}, [])


def test_the_project_that_borrows_takes_the_difference_when_open(firm):
    assert firm.months("E6q5b", REVENUE) == {"Jan": 6_000, "Mar": -1_200}


def test_what_is_lent_in_a_closed_month_stays_charged(firm):
    query = """
        select strftime(period_month, '%b'), intercompany_revenue_amount,
            cost_amount, revenue_amount, intercompany_cost_amount
        from marts.mart_entity_margin_monthly
        where legal_entity_code = $entity and margin_amount <> 0
        order by period_month
    """
    assert firm.rows(query, entity="E6q5") == [
        ("Jan", 4_360, 4_000, 0, 0),
        ("Mar", -872, -800, 0, 0),
    ]
    assert firm.rows(query, entity="E6q5b") == [
        ("Jan", 0, 0, 6_000, 4_360),
        ("Mar", 0, 0, -1_200, -872),
    ]


def test_utilisation_of_a_closed_month_stays(firm):
    assert firm.rows(
        "select strftime(period_month, '%b'), sum(approved_hours)"
        " from marts.mart_practice_utilisation_monthly"
        " where legal_entity_code = 'E6q1' and approved_hours <> 0 group by 1"
    ) == [("Jan", 40)]
    assert firm.rows(
        "select strftime(period_month, '%b'), sum(approved_hours)"
        " from marts.mart_practice_utilisation_monthly"
        " where legal_entity_code = 'E6q5' and approved_hours <> 0"
        " group by period_month order by period_month"
    ) == [("Jan", 40), ("Mar", -8)]


@case("E6q6", **OWN)
def hours_of_a_price_taken_out_of_a_closed_month(it: Case) -> None:
    """60,000; 100 of 300 h in January are 20,000, closed. 10 h of them are deleted.

    They are still to be done: 90 of 300 h are 18,000, so March loses 2,000.
    """
    project, person = it.project("fixed_fee", 60_000), it.employee(100)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.allocation(project, person, date(2026, 9, 1), date(2026, 9, 30), 200)
    it.time(project, person, JAN_12, 90)
    it.closes(JANUARY, {project: hours(100, recognised_amount=20_000)})
    it.closes(FEBRUARY, {})


@case("E6q7", **OWN)
def a_change_signed_after_the_close(it: Case) -> None:
    """A third of 60,000 is closed in January; 6,000 more hold from the 15th."""
    project, _ = planned(it, 60_000, 100, 200)
    it.change(project, 6_000, date(2026, 1, 15))
    it.closes(JANUARY, {project: hours(100, recognised_amount=20_000)})
    it.closes(FEBRUARY, {})


def test_progress_of_a_closed_month_catches_up_in_the_open_one(firm):
    assert firm.months("E6q6", REVENUE) == {"Jan": 20_000, "Mar": -2_000}
    assert firm.months("E6q6", COST) == {"Jan": 10_000, "Mar": -1_000}
    assert firm.months("E6q7", REVENUE) == {"Jan": 20_000, "Mar": 2_000}


@case("E6q8", **OWN)
def an_invoice_of_a_closed_month(it: Case) -> None:
    """Closed with 8 h and nothing billed; an invoice of 30 January comes late."""
    project, person = by_the_hour(it)
    invoice = it.invoice(project, 1_200, date(2026, 1, 30))
    it.time(project, person, JAN_12, 8, 150, invoice_id=invoice)
    it.closes(JANUARY, {project: hours(8)})
    it.closes(FEBRUARY, {})


def test_an_invoice_that_comes_late_bills_the_open_month(firm):
    assert firm.wip("E6q8", "billed_amount") == {"Mar": 1_200}
    assert firm.wip("E6q8", "unbilled_amount") == {"Jan": 1_200, "Feb": 1_200}


@case("E5q1")
def a_loss_that_grows_and_is_used_up(it: Case) -> None:
    """10,000: 4,000 of 12,000 in January; 6,000 of 15,000 in February; then the rest.

    3,333.33 with 1,333.33 provided; 4,000 with 3,000; 10,000 with none.
    """
    project, plan = planned(it, 10_000, 40, 80)
    person = f"{it.name}-employee-1"
    it.seen(plan, date(2026, 1, 2))
    more = it.allocation(project, person, date(2026, 2, 2), date(2026, 2, 27), 20)
    it.seen(more, date(2026, 2, 4))
    it.seen(plan, date(2026, 2, 4), 90)
    it.time(project, person, date(2026, 2, 12), 20)
    it.seen(plan, date(2026, 3, 3), 0)
    it.time(project, person, date(2026, 3, 12), 90)


def test_a_loss_grows_with_the_estimate_and_goes_with_the_work(firm):
    third = Decimal("3333.33")
    assert firm.months("E5q1", REVENUE) == {
        "Jan": third,
        "Feb": 4_000 - third,
        "Mar": 6_000,
    }
    assert firm.months("E5q1", LOSS) == {
        "Jan": Decimal("1333.33"),
        "Feb": Decimal("1666.67"),
        "Mar": -3_000,
    }


@case("S1q1")
def hours_rejected_after_their_bill(it: Case) -> None:
    """20 h × 80 in March, billed 1,600 in April; 5 h are rejected in May: 1,600 stay.

    March is 15 h, 1,200; that the bill is above them is cost of its month, April.
    """
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 20, date(2026, 1, 2))
    it.time(project, person, date(2026, 3, 10), 15, 150)
    it.time(project, person, date(2026, 3, 11), 5, 150, approval_status="rejected")
    it.bill(project, 1_600, date(2026, 4, 7), order=order)


@case("S1q2")
def two_parts_that_come_to_more(it: Case) -> None:
    """20 h × 80 in March; 800 in April, 900 in May: 100 more than was accrued."""
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 20, date(2026, 1, 2))
    it.time(project, person, date(2026, 3, 10), 20, 150)
    it.bill(project, 800, date(2026, 4, 7), order=order)
    it.bill(project, 900, date(2026, 5, 7), order=order)


@case("S1q3")
def two_parts_that_come_to_less(it: Case) -> None:
    """20 h × 80 in March; 800 in April, 740 in May, which is for the rest: 60 less."""
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 20, date(2026, 1, 2))
    it.time(project, person, date(2026, 3, 10), 20, 150)
    it.bill(project, 800, date(2026, 4, 7), order=order)
    it.bill(project, 740, date(2026, 5, 7), order=order)


def test_bills_stand_for_hours_as_they_come(firm):
    assert firm.months("S1q1", COST) == {"Mar": 1_200, "Apr": 400}
    assert firm.months("S1q2", COST) == {"Mar": 1_600, "May": 100}
    assert firm.months("S1q3", COST) == {"Mar": 1_600, "May": -60}


@case("B6q1")
def invoices_applied_to_what_was_taken_back(it: Case) -> None:
    """1,000 in January, 1,000 in March, −300 in April; 1,200 billed without lines.

    500 of March's are open at June's end, 112 days old.
    """
    project, person = it.project("time_and_materials"), it.employee(50)
    it.time(project, person, JAN_12, 10, 100)
    it.time(project, person, date(2026, 3, 10), 10, 100)
    it.time(project, person, date(2026, 4, 14), -3, 100)
    it.invoice(project, 1_200, date(2026, 4, 20))


def test_what_is_open_is_as_old_as_its_work(firm):
    assert firm.rows(
        "select unbilled_amount, age_0_30_amount, age_31_60_amount, age_61_90_amount,"
        " age_over_90_amount from canonical.fct_wip_ageing"
        " inner join canonical.dim_projects using (project_key)"
        " where legal_entity_code = 'B6q1' and period_month = date '2026-06-01'"
    ) == [(500, 0, 0, 0, 500)]


@case("Y8q1", currency="ISK", country="IS")
def a_month_of_two_rates(it: Case) -> None:
    """0.010 from 1 April, 0.012 from the 16th: 0.011 on average of 30 days.

    100,000 krónur of the 20th are 1,100 dollars; the cost of 10,000 is 110.
    """
    it.rate("ISK", "USD", date(2026, 4, 1), "0.010")
    it.rate("ISK", "USD", date(2026, 4, 16), "0.012")
    project, person = it.project("time_and_materials"), it.employee(1_000)
    it.time(project, person, date(2026, 4, 20), 10, 10_000)


def test_a_flow_is_reported_at_the_average_of_its_month(firm):
    assert firm.months("Y8q1", "reporting_revenue_amount") == {"Apr": 1_100}
    assert firm.months("Y8q1", "reporting_total_cost_amount") == {"Apr": 110}


@case("Y5q1")
def recovered_after_it_was_written_off(it: Case) -> None:
    """600 of 1,000 are paid and 400 written off; 150 of them are paid in June.

    The write-off goes back for as much: 750 are collected and 250 lost.
    """
    _, receivable = _invoiced(it)
    cash = [("1000", 600, None), ("1100", -600, None)]
    may, june = date(2026, 5, 4), date(2026, 6, 10)
    it.settled(receivable, 600, may, it.document("customer_payment", may, cash))
    lost = [("6100", 400, None), ("1100", -400, None)]
    it.settled(receivable, 400, may, it.document("journal", may, lost))
    back = [("6100", -150, None), ("1100", 150, None)]
    it.settled(receivable, -150, june, it.document("journal", june, back))
    cash = [("1000", 150, None), ("1100", -150, None)]
    it.settled(receivable, 150, june, it.document("customer_payment", june, cash))


def test_what_is_recovered_is_collected_after_all(firm):
    assert _collected(firm, "Y5q1") == (1_000, 750, 250)


@case("K9q1")
def leave_in_a_week_of_long_days(it: Case) -> None:
    """9 h on four days and a day of leave: 36 h are worked, none is overtime.

    36 × 150 = 5,400 and 36 × 100 = 3,600.
    """
    project, person = by_the_hour(it)
    it.book.decide(
        "time_sale_policies",
        project_code=project,
        customer_number="*",
        role_name="*",
        overtime_after_hours=40,
        overtime_price_factor="1.5",
        overtime_cost_factor="1.5",
        valid_from=date(2026, 1, 1),
        owner="Finance",
    )
    for day in (9, 10, 11, 12):
        it.time(project, person, date(2026, 3, day), 9, 150)
    it.absence(person, date(2026, 3, 13), 8)


def test_leave_is_no_hour_worked(firm):
    assert firm.months("K9q1", REVENUE) == {"Mar": 5_400}
    assert firm.months("K9q1", COST) == {"Mar": 3_600}


@case("W4q1")
def pay_over_three_projects(it: Case) -> None:
    """10,000 for three days of 8 h, each on a project of its own: thirds."""
    person = it.employee(100)
    for day in (9, 10, 11):
        project = it.project("time_and_materials")
        it.time(project, person, date(2026, 3, day), 8, 150)
    it.paid(person, (date(2026, 3, 9), date(2026, 3, 11)), 10_000)


def test_thirds_of_pay_add_up_to_it(firm):
    assert firm.months("W4q1", COST) == {"Mar": 10_000}


@case("S3q1")
def travel_on_a_card_of_the_firm(it: Case) -> None:
    """300 that nobody is paid back, charged on; 200 paid back and not charged on."""
    project, person = by_the_hour(it)
    day = date(2026, 3, 10)
    card = {"is_reimbursable": False, "is_rechargeable": True}
    it.expense(project, person, day, 300, **card)
    it.expense(project, person, day, 200)


def test_what_is_paid_back_and_what_is_charged_on_are_two_things(firm):
    assert firm.months("S3q1", REVENUE) == {"Mar": 300}
    assert firm.months("S3q1", COST) == {"Mar": 500}


@case("E6q9", **OWN)
def hours_of_two_closed_months(it: Case) -> None:
    """40 h of January are 32 now, 8 h of February 12: March has −1,200 and 600."""
    project, person = by_the_hour(it)
    it.time(project, person, JAN_12, 32, 150)
    it.time(project, person, date(2026, 2, 12), 12, 150)
    it.closes(JANUARY, {project: hours(40)})
    it.closes(FEBRUARY, {project: hours(8, activity_date=date(2026, 2, 12))})


@case("E6q10", **OWN)
def room_under_a_cap_in_closed_months(it: Case) -> None:
    """Cap 5,000. Closed with 40 h in January, 5,000, and 10 h in February for nothing.

    January's 40 h are 30 now, 4,500, so 500 of February's are within the cap: in all
    5,000 as before, and 1,000 less of cost.
    """
    deal = {"cap_amount": 5_000}
    project, person = (
        it.project("time_and_materials_capped", deal=deal),
        it.employee(100),
    )
    it.time(project, person, JAN_12, 30, 150)
    it.time(project, person, date(2026, 2, 12), 10, 150)
    it.closes(JANUARY, {project: hours(40, recognised_amount=5_000)})
    february = {"activity_date": date(2026, 2, 12), "recognised_amount": 0}
    it.closes(FEBRUARY, {project: hours(10, **february)})


@case("E6q11", **OWN)
def sold_no_more_after_the_close(it: Case) -> None:
    """8 h are closed in January; then the project turns out to be an internal one."""
    project, person = by_the_hour(it)
    it.time(project, person, JAN_12, 8, 150)
    for contract in ("psa_projects", "crm_deals"):
        it.changed(contract, {"project_code": project}, contract_type="non_billable")
    it.closes(JANUARY, {project: hours(8)})
    it.closes(FEBRUARY, {})


def test_what_changes_in_closed_months_adds_up_in_the_open_one(firm):
    assert firm.months("E6q9", REVENUE) == {"Jan": 6_000, "Feb": 1_200, "Mar": -600}
    assert firm.months("E6q9", COST) == {"Jan": 4_000, "Feb": 800, "Mar": -400}
    assert firm.months("E6q10", REVENUE) == {"Jan": 5_000}
    assert firm.months("E6q10", COST) == {"Jan": 4_000, "Feb": 1_000, "Mar": -1_000}
    assert firm.months("E6q11", REVENUE) == {"Jan": 1_200, "Mar": -1_200}
    assert firm.months("E6q11", COST) == {"Jan": 800}
