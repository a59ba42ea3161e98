"""Brothers of E13 and others: documents and pay of days to come, and figures below 0.

All is told as of the last of June 2026; figures are worked out by hand.
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_more_estimates import LOSS, decided, planned
from tests.casebook.test_brothers_more_payments import _collected, _invoiced

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "total_cost_amount"
LABOUR = "labour_cost_amount"
JUN_16, JUN_30, JUL_7 = date(2026, 6, 16), date(2026, 6, 30), date(2026, 7, 7)
JUL_15, SEP_1, SEP_30 = date(2026, 7, 15), date(2026, 9, 1), date(2026, 9, 30)


@case("E13q1")
def an_invoice_of_a_day_to_come(it: Case) -> None:
    """8 h × 150 of June are on an invoice dated 7 July: unbilled at June's end, and
    proposed to nobody again."""
    project = it.project("time_and_materials")
    invoice = it.invoice(project, 1_200, JUL_7)
    said = {"invoice_id": invoice}
    it.time(project, it.employee(100), date(2026, 6, 10), 8, 150, **said)


@case("E13q2")
def a_bill_of_a_day_to_come(it: Case) -> None:
    """20 h × 80 accrued in June; the bill of 1,500 is dated 7 July."""
    project, person = it.project("time_and_materials"), it.contractor()
    order = it.order(project, person, 80, 20, date(2026, 1, 2))
    it.time(project, person, date(2026, 6, 10), 20, 150)
    it.bill(project, 1_500, JUL_7, order=order)


@case("E13q3")
def a_payment_of_a_day_to_come(it: Case) -> None:
    """1,000 billed, of which 400 are paid on 7 July: nothing is collected in June."""
    _, receivable = _invoiced(it)
    lines = [("1000", 400, None), ("1100", -400, None)]
    it.settled(receivable, 400, JUL_7, it.document("customer_payment", JUL_7, lines))


@case("E13q4")
def pay_of_a_period_that_is_not_over(it: Case) -> None:
    """17,600 for 16 June to 15 July, 22 weekdays; the 11 of June are worked: 8,800."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.worked(project, person, JUN_16, JUN_30, 8, rate=150)
    it.paid(person, (JUN_16, JUL_15), 17_600)


@case("E13q5")
def a_credit_of_a_day_to_come(it: Case) -> None:
    """1,200 billed in June and credited on 7 July: billed 1,200 at June's end."""
    project, day = it.project("time_and_materials"), date(2026, 6, 10)
    invoice = it.invoice(project, 1_200, date(2026, 6, 12))
    it.time(project, it.employee(100), day, 8, 150, invoice_id=invoice)
    it.invoice(project, -1_200, JUL_7, credited_invoice_id=invoice)


def test_documents_of_days_to_come_move_no_month_before(firm):
    assert firm.wip("E13q1", "unbilled_amount") == {"Jun": 1_200}
    assert not firm.proposed("E13q1")
    assert firm.months("E13q2", COST) == {"Jun": 1_600}
    assert _collected(firm, "E13q3")[1] == 0
    assert firm.wip("E13q5", "billed_amount")["Jun"] == 1_200


def test_pay_of_days_to_come_is_no_cost_yet(firm):
    assert firm.months("E13q4", LABOUR) == {"Jun": 8_800}
    assert firm.payroll_spread("E13q4") == {
        "labour": 8_800,
        "bench": 8_800,
        "absence": 0,
    }


@case("E15q1")
def a_credit_before_any_cost(it: Case) -> None:
    """10,000; 90 h × 100 to come; a supplier credits 500 in January: nothing is done.

    Progress is never below nothing: no revenue. In February 45 h are worked: 4,000 of
    8,500.
    """
    project, person = it.project("fixed_fee", 10_000), it.employee(100)
    plan = it.allocation(project, person, SEP_1, SEP_30, 90)
    it.seen(plan, date(2026, 1, 2))
    it.seen(plan, date(2026, 2, 2), 45)
    it.bill(project, -500, date(2026, 1, 12))
    it.time(project, person, date(2026, 2, 12), 45)


def test_progress_is_never_below_nothing(firm):
    expected = {"Feb": Decimal("4705.88")}
    assert firm.months("E15q1", REVENUE) == expected


@case("E15q2")
def a_price_that_becomes_nothing_at_a_loss(it: Case) -> None:
    """10,000 and 4,000 of 12,000 spent; in February the customer pays nothing at all.

    3,333.33 go back; of the loss of 12,000 4,000 are borne and 8,000 provided.
    """
    project, _ = planned(it, 10_000, 40, 80)
    it.change(project, -10_000, date(2026, 2, 9))


def test_all_that_is_to_come_is_a_loss_when_nothing_is_paid(firm):
    third, loss = Decimal("3333.33"), Decimal("1333.33")
    assert firm.months("E15q2", REVENUE) == {"Jan": third, "Feb": -third}
    assert firm.months("E15q2", LOSS) == {"Jan": loss, "Feb": 8_000 - loss}


def _hours_of_a_retainer(it: Case) -> tuple[str, str, str]:
    """100 h for 10,000, January to May: project, task, and who works."""
    end = date(2026, 5, 31)
    project = it.project("retainer_rollover", 10_000, date(2026, 1, 1), end)
    task = it.obligation(project, "01", 10_000, included_hours=100)
    return project, task, it.employee(60)


@case("E11q1")
def more_hours_than_a_retainer_has(it: Case) -> None:
    """60 h in January and 60 in March: 6,000, and then 4,000, not more."""
    project, task, person = _hours_of_a_retainer(it)
    for month in (1, 3):
        it.time(project, person, date(2026, month, 12), 60, task_id=task)


@case("E11q2")
def hours_taken_back_after_they_lapsed(it: Case) -> None:
    """30 h in January; 70 lapse in May; −10 h in June are of no use to anybody."""
    project, task, person = _hours_of_a_retainer(it)
    it.time(project, person, date(2026, 1, 12), 30, task_id=task)
    it.time(project, person, date(2026, 6, 12), -10, task_id=task)


@case("E11q3")
def a_retainer_of_hours_that_gets_dearer(it: Case) -> None:
    """30 h in January are 3,000; 2,000 more from 9 March: 30 % of it, 600, then."""
    project, task, person = _hours_of_a_retainer(it)
    it.time(project, person, date(2026, 1, 12), 30, task_id=task)
    it.change(project, 2_000, date(2026, 3, 9))


def test_a_retainer_of_hours_earns_its_price_and_no_more(firm):
    assert firm.months("E11q1", REVENUE) == {"Jan": 6_000, "Mar": 4_000}
    assert firm.months("E11q2", REVENUE) == {"Jan": 3_000, "May": 7_000}
    assert firm.months("E11q3", REVENUE) == {"Jan": 3_000, "Mar": 600, "May": 8_400}


@case("E12q1")
def milestones_of_one_obligation_above_its_price(it: Case) -> None:
    """Two of 60,000 and 40,000; 70,000 of the first are accepted: 60,000."""
    decided(it, "milestone", "milestone")
    project = it.project("milestone", 100_000)
    it.obligation(project, "01", 60_000)
    it.obligation(project, "02", 40_000)
    for month in (2, 3):
        day = date(2026, month, 10)
        task = it.milestone(project, 35_000, day, accepted=day)
        it.changed("psa_tasks", {"task_id": task}, obligation_code="01")


def test_an_obligation_earns_no_more_than_its_price(firm):
    assert firm.months("E12q1", REVENUE) == {"Feb": 35_000, "Mar": 25_000}
    assert list(firm.in_question("E12q1", "milestones_above_price")) == [10_000]


@case("E9q1")
def a_target_price_in_a_loss(it: Case) -> None:
    """Target price 10,000 and cost 9,000, 60 % shared; 40 of 200 h at 100 are done.

    EAC 20,000: the price is 10,000 + 6,600 = 16,600; a fifth is 3,320. Of the loss of
    3,400 a fifth, 680, is borne and 2,720 provided.
    """
    deal = {"target_cost_amount": 9_000, "customer_share_rate": Decimal("0.6")}
    planned(it, 10_000, 40, 160, deal=deal)


def test_a_loss_is_of_the_price_that_follows_the_target(firm):
    assert firm.months("E9q1", REVENUE) == {"Jan": 3_320}
    assert firm.months("E9q1", LOSS) == {"Jan": 2_720}


@case("E13q6")
def a_percentage_of_a_day_to_come(it: Case) -> None:
    """10 % of 40,000 at the end of June; 50 % are stated as of 7 July: not yet."""
    decided(it, "percent_entered")
    project = it.project("fixed_fee", 40_000)
    it.progress(project, JUN_30, "0.1")
    it.progress(project, JUL_7, "0.5")


@case("E13q7")
def a_contract_completed_on_a_day_to_come(it: Case) -> None:
    """Accepted on 7 July: nothing is earned, and 4,000 of cost are borne in January."""
    decided(it, "completed_contract")
    project, _ = planned(it, 50_000, 40, 80)
    it.milestone(project, 50_000, JUL_7, accepted=JUL_7)


@case("E13q8")
def a_bill_of_a_day_to_come_on_cost_plus(it: Case) -> None:
    """1,000 of cost and 10 % in June; a bill of 2,000 is dated 7 July."""
    deal = {"fee_rate": Decimal("0.1")}
    project, person = it.project("cost_plus", deal=deal), it.employee(100)
    it.time(project, person, date(2026, 6, 10), 10)
    it.bill(project, 2_000, JUL_7)


@case("E13q9")
def a_bill_of_a_day_to_come_on_a_price(it: Case) -> None:
    """100 of 300 h of 60,000 in January; a bill of 5,000 is dated 7 July."""
    project, _ = planned(it, 60_000, 100, 200)
    it.bill(project, 5_000, JUL_7)


def test_what_is_dated_to_come_earns_nothing_yet(firm):
    assert firm.months("E13q6", REVENUE) == {"Jun": 4_000}
    assert firm.months("E13q7", REVENUE) == {}
    assert firm.months("E13q8", REVENUE) == {"Jun": 1_100}
    assert firm.proposed("E13q8") == 1_100


def test_a_bill_to_come_moves_no_estimate_before(firm):
    assert firm.months("E13q9", REVENUE) == {"Jan": 20_000}
    assert firm.in_question("E13q9", "future_bill") == {5_000: "USD"}


@case("W11q1")
def who_goes_within_a_period_that_is_not_over(it: Case) -> None:
    """16 to 26 June, 9 weekdays, for 7,200 of the run to 15 July: all have come."""
    project, person = it.project("time_and_materials"), it.employee(100)
    last = date(2026, 6, 26)
    it.changed("hr_workers", {"worker_id": person}, termination_date=last)
    it.worked(project, person, JUN_16, last, 8, rate=150)
    it.paid(person, (JUN_16, JUL_15), 7_200)


@case("W11q2")
def part_time_in_a_period_that_is_not_over(it: Case) -> None:
    """Half time from 1 July: 11 days of 8 h and 11 of 4 h, 13,200: 8,800 have come."""
    project, person = it.project("time_and_materials"), it.employee(100)
    half = {"fte_rate": "0.5", "weekly_hours": 20}
    it.assignment(person, it.name, date(2026, 7, 1), **half)
    it.worked(project, person, JUN_16, JUN_30, 8, rate=150)
    it.paid(person, (JUN_16, JUL_15), 13_200)


@case("W11q3")
def pay_of_a_period_that_has_not_begun(it: Case) -> None:
    """June is paid 17,600 and July too, in advance: June's hours cost 17,600."""
    project, person = it.project("time_and_materials"), it.employee(100)
    june = date(2026, 6, 1), JUN_30
    it.worked(project, person, *june, 8, rate=150)
    it.paid(person, june, 17_600)
    it.paid(person, (date(2026, 7, 1), date(2026, 7, 31)), 17_600)


def test_each_day_of_a_period_that_is_not_over_bears_its_pay(firm):
    assert firm.months("W11q1", LABOUR) == {"Jun": 7_200}
    assert firm.months("W11q2", LABOUR) == {"Jun": 8_800}
    assert firm.months("W11q3", LABOUR) == {"Jun": 17_600}
