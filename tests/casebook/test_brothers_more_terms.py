"""More brothers of sections E, K, S and V: terms, methods and changes.

Figures are worked out by hand from the case book and the standards it cites.
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_more_estimates import LOSS, REVENUE, decided, planned
from tests.casebook.test_brothers_more_progress import accepted

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
COST, MARCH = "subcontractor_amount", date(2026, 3, 10)
CAPPED = "time_and_materials_capped"


@case("E5z3", currency="INR", country="IN")
def a_loss_in_another_currency(it: Case) -> None:
    """USD 7,200 are 9,000 rupees at 1.25; 4,000 of 12,000 are spent.

    A third is 3,000; of the loss of 3,000 a third is borne and 2,000 provided.
    """
    it.rate("INR", "USD", date(2026, 1, 1), "0.80")
    it.rate("USD", "INR", date(2026, 1, 1), "1.25")
    planned(it, 7_200, 40, 80, currency="USD")


def test_a_loss_in_another_currency_is_provided_in_the_books(firm):
    assert firm.months("E5z3", REVENUE) == {"Jan": 3_000}
    assert firm.months("E5z3", LOSS) == {"Jan": 2_000}


@case("E14z1")
def a_completed_contract_reopened(it: Case) -> None:
    """Accepted in March, taken back in April, accepted in June: 50,000 each time."""
    decided(it, "completed_contract")
    project, day = it.project("fixed_fee", 50_000), date(2026, 3, 16)
    task = it.milestone(project, 50_000, day, accepted=day)
    accepted(it, task, date(2026, 4, 14), -1)
    accepted(it, task, date(2026, 6, 9))


def test_a_completed_contract_that_is_reopened_earns_when_it_is_done_again(firm):
    expected = {"Mar": 50_000, "Apr": -50_000, "Jun": 50_000}
    assert firm.months("E14z1", REVENUE) == expected


@case("E14z2")
def a_completed_contract_at_a_loss(it: Case) -> None:
    """30,000 of 70,000 is spent for 50,000, and borne as it is spent.

    The whole loss is 20,000, of which 30,000 stands in the books: none is provided.
    """
    decided(it, "completed_contract")
    project, _ = planned(it, 50_000, 300, 400)
    it.milestone(project, 50_000, date(2026, 11, 16))


def test_a_loss_that_is_borne_already_is_not_provided(firm):
    assert firm.months("E14z2", REVENUE) == {}
    assert firm.months("E14z2", LOSS) == {}
    assert firm.months("E14z2", "margin_amount") == {"Jan": Decimal(-30_000)}


@case("E11z6")
def a_retainer_of_hours_that_lapse(it: Case) -> None:
    """100 h for 10,000, January to May; 30 h in January, 20 h in March.

    3,000 and 2,000; what is not called by the end of May lapses: 5,000 are earned then.
    """
    end = date(2026, 5, 31)
    project = it.project("retainer_rollover", 10_000, date(2026, 1, 1), end)
    task = it.obligation(project, "01", 10_000, included_hours=100)
    person = it.employee(60)
    for month, hours in ((1, 30), (3, 20)):
        it.time(project, person, date(2026, month, 12), hours, task_id=task)


def test_hours_of_a_retainer_are_earned_as_called_and_lapse_at_its_end(firm):
    assert firm.months("E11z6", REVENUE) == {"Jan": 3_000, "Mar": 2_000, "May": 5_000}


@case("E11z7")
def a_retainer_changed_in_its_first_month(it: Case) -> None:
    """By days, 2,800 for 28 days from 1 January; on the 16th 2,200 more, to 30 April.

    1,500 are earned in 15 days; 3,500 are left for 105 days: 16 × 33.3333 = 533.33 more
    in January; by the end of February, March and April 44, 75 and 105 of 105.
    """
    decided(
        it,
        "straight_line",
        "retainer",
        modification_treatment="prospective",
        straight_line_basis="days",
    )
    project = it.project("retainer", 2_800, date(2026, 1, 1), date(2026, 1, 28))
    end = date(2026, 4, 30)
    it.change(project, 2_200, date(2026, 1, 16), service_end_date=end)


def test_a_change_in_the_first_month_leaves_what_was_earned_before_it(firm):
    january, february = Decimal("2033.33"), Decimal("2966.67")
    assert firm.months("E11z7", REVENUE) == {
        "Jan": january,
        "Feb": february - january,
        "Mar": 4_000 - february,
        "Apr": 1_000,
    }


@case("E11z8")
def a_retainer_by_months_changed_in_mid_month(it: Case) -> None:
    """3,000 for January to March; on 15 February 1,500 more, to the end of April.

    A month and a half is served: 1,500; 3,000 are left for two and a half, 1,200 each.
    """
    project = it.project("retainer", 3_000, date(2026, 1, 1), date(2026, 3, 31))
    end = date(2026, 4, 30)
    it.change(project, 1_500, date(2026, 2, 15), service_end_date=end)


def test_half_a_month_is_earned_before_a_change_of_mid_month(firm):
    expected = {"Jan": 1_000, "Feb": 1_100, "Mar": 1_200, "Apr": 1_200}
    assert firm.months("E11z8", REVENUE) == expected


@case("E13z1")
def a_milestone_accepted_on_a_day_to_come(it: Case) -> None:
    """Of 10,000: 6,000 are accepted in February, 5,000 on 10 July: not yet."""
    project = it.project("milestone", 10_000)
    for month, amount in ((2, 6_000), (7, 5_000)):
        day = date(2026, month, 10)
        it.milestone(project, amount, day, accepted=day)


def test_what_is_accepted_on_a_day_to_come_is_neither_earned_nor_proposed(firm):
    assert firm.months("E13z1", REVENUE) == {"Feb": 6_000}
    assert firm.proposed("E13z1") == 6_000
    assert firm.in_question("E13z1", "milestones_above_price") == {}


@case("R1z1", currency="COP", country="CO")
def cost_plus_in_another_currency(it: Case) -> None:
    """10 h × 20,000 pesos are USD 50 at 0.00025; with a fee of 10 % 55: 220,000."""
    it.rate("COP", "USD", date(2026, 1, 1), "0.00025")
    it.rate("USD", "COP", date(2026, 1, 1), "4000")
    fee = {"fee_rate": "0.10"}
    project = it.project("cost_plus", currency="USD", deal=fee)
    it.time(project, it.employee(20_000), MARCH, 10)


def test_a_fee_is_earned_in_the_currency_of_the_contract(firm):
    assert firm.months("R1z1", REVENUE) == {"Mar": 220_000}
    assert firm.proposed("R1z1") == 55


def _spread(it: Case) -> str:
    """A contract in dirhams up to 10,000 riyals, with a spread from April on."""
    it.rate("AED", "QAR", date(2026, 1, 1), "1")
    it.rate("AED", "QAR", date(2026, 4, 1), "1.20")
    it.rate("QAR", "AED", date(2026, 1, 1), "1")
    it.rate("QAR", "AED", date(2026, 4, 1), "0.80")
    it.rate("AED", "USD", date(2026, 1, 1), "0.25")
    terms = {"cap_amount": 10_000, "cap_currency_code": "QAR"}
    project = it.project(CAPPED, deal=terms)
    for month in (2, 5):
        it.time(project, it.employee(50), date(2026, month, 12), 100, 100)
    return project


@case("K3z3", currency="AED", country="AE")
def a_cap_raised_in_its_own_currency(it: Case) -> None:
    """10,000 dirhams of February are all 10,000 riyals; from April 3,000 riyals more.

    At 1.20 they are 2,500 dirhams of May's 10,000.
    """
    project = _spread(it)
    raised = {"cap_change_amount": 3_000, "currency_code": "QAR"}
    it.change(project, None, date(2026, 4, 14), **raised)


def test_a_cap_that_is_raised_in_its_own_currency_is_raised_by_just_that(firm):
    assert firm.months("K3z3", REVENUE) == {"Feb": 10_000, "May": 2_500}


@case("K3z4", currency="AED", country="AE")
def a_later_deal_with_a_cap_in_its_currency(it: Case) -> None:
    """As before, by a second deal of April with a cap of 3,000 riyals."""
    terms = {"cap_amount": 3_000, "cap_currency_code": "QAR"}
    it.deal(_spread(it), CAPPED, close_date=date(2026, 4, 14), **terms)


def test_a_later_deal_adds_its_cap_in_the_currency_it_is_in(firm):
    assert firm.months("K3z4", REVENUE) == {"Feb": 10_000, "May": 2_500}


@case("K9z4")
def half_days_of_two_entries(it: Case) -> None:
    """Days of 8 h at 1,000 by half days: 3 h are a half, 2 h and 3 h a whole one."""
    project, person = it.project("time_and_materials"), it.employee(50)
    it.book.decide(
        "time_sale_policies",
        project_code=project,
        customer_number="*",
        role_name="*",
        rounding_minutes=240,
        day_hours=8,
        valid_from=date(2026, 1, 1),
        owner="Finance",
    )
    it.time(project, person, date(2026, 2, 10), 3, 125)
    for hours in (2, 3):
        it.time(project, person, MARCH, hours, 125)


def test_a_day_is_rounded_up_to_half_days_whatever_it_is_made_of(firm):
    assert firm.months("K9z4", REVENUE) == {"Feb": 500, "Mar": 1_000}


@case("K9z5")
def overtime_over_a_month_end(it: Case) -> None:
    """9 h on each day from 30 March to 3 April: 18 h; then 22 h and 5 h at 1.5."""
    project, person = it.project("time_and_materials"), it.employee(50)
    it.book.decide(
        "time_sale_policies",
        project_code=project,
        customer_number="*",
        role_name="*",
        overtime_after_hours=40,
        overtime_price_factor="1.5",
        valid_from=date(2026, 1, 1),
        owner="Finance",
    )
    it.worked(project, person, date(2026, 3, 30), date(2026, 4, 3), 9, rate=100)


def test_overtime_is_of_the_week_and_not_of_the_month(firm):
    assert firm.months("K9z5", REVENUE) == {"Mar": 1_800, "Apr": 2_950}


@case("S1z6")
def goods_that_go_back(it: Case) -> None:
    """600 received in March, 100 sent back in April, 500 billed in May."""
    project = it.project("time_and_materials")
    goods = {"quantity": None, "ordered_amount": 1_000}
    order = it.order(project, None, 1_000, 1, date(2026, 3, 2), **goods)
    for day, amount in ((MARCH, 600), (date(2026, 4, 7), -100)):
        it.say(
            "spend_receipts",
            receipt_id=it.new("receipt"),
            po_line_id=f"{order}/1",
            receipt_date=day,
            amount=amount,
        )
    it.bill(project, 500, date(2026, 5, 7), order=order)


def test_goods_that_go_back_take_their_cost_back(firm):
    assert firm.months("S1z6", COST) == {"Mar": 600, "Apr": -100}


@case("V3z2")
def a_project_deleted_with_a_bill_on_it(it: Case) -> None:
    """A contractor's bill of 900 on a deleted project stays, and somebody is told."""
    project = it.project("time_and_materials")
    bill = it.bill(project, 900, MARCH)
    it.gone("psa_projects", project_id=project)
    assert bill == "V3z2-transaction-1"


def test_a_bill_of_a_deleted_project_is_an_exception_and_stays(firm):
    assert firm.months("V3z2", COST) == {"Mar": 900}
    [(reason, amount, owner)] = firm.told("V3z2", "project_deleted")
    assert (amount, owner) == (900, "PMO")
    assert "V3z2-transaction-1" in reason
