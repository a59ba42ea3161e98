"""More brothers of section E: estimates, plans and losses.

Figures are worked out by hand from the case book and the standards it cites.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST, LOSS = (
    "recognised_revenue_amount",
    "total_cost_amount",
    "loss_provision_amount",
)
JANUARY = date(2026, 1, 5), date(2026, 1, 30)  # 20 weekdays
FEBRUARY = date(2026, 2, 2), date(2026, 2, 27)  # 20 weekdays
SEPTEMBER = date(2026, 9, 1), date(2026, 9, 30)  # to come


def decided(it: Case, method: str, contract_type: str = "fixed_fee", **policy) -> None:
    """How the case's entity recognises a contract type."""
    it.book.decide(
        "revenue_policies",
        legal_entity_code=it.name,
        contract_type=contract_type,
        method=method,
        **({"modification_treatment": "catch_up", "owner": "Finance"} | policy),
    )


def planned(it: Case, price: int, done: int, to_come: int, **said) -> tuple[str, str]:
    """Hours at 100 planned and worked in January, more in September; project, plan."""
    project, person = it.project("fixed_fee", price, **said), it.employee(100)
    it.allocation(project, person, *JANUARY, done)
    it.time(project, person, date(2026, 1, 12), done)
    return project, it.allocation(project, person, *SEPTEMBER, to_come)


@case("E1z1")
def cost_recovered_and_taken_back(it: Case) -> None:
    """Without an estimate 10 h × 100 in January; −3 h in March; 2 h in April."""
    project, person = it.project("fixed_fee", 80_000), it.employee(100)
    for month, hours in ((1, 10), (3, -3), (4, 2)):
        it.time(project, person, date(2026, month, 12), hours)


def test_cost_that_is_taken_back_is_no_longer_recovered(firm):
    assert firm.months("E1z1", REVENUE) == {"Jan": 1_000, "Mar": -300, "Apr": 200}


@case("E1z2")
def two_obligations_by_hours_sold(it: Case) -> None:
    """01: 6,000 for 100 h, 02: 4,000 for 50 h; 25 h of 01, then 25 h of 02.

    A quarter of 6,000 is 1,500; a half of 4,000 is 2,000. From 1 March 02 is sold for
    1,000 more: a half of it, 500. In April 40 h more of 02 are worked: all 5,000,
    never 65 of 50 h, so 2,500.
    """
    decided(it, "effort", no_estimate="sold_hours")
    project, person = it.project("fixed_fee", 10_000), it.employee(100)
    first = it.obligation(project, "01", 6_000, included_hours=100)
    second = it.obligation(project, "02", 4_000, included_hours=50)
    it.time(project, person, date(2026, 1, 12), 25, task_id=first)
    it.time(project, person, date(2026, 2, 12), 25, task_id=second)
    it.change(project, 1_000, date(2026, 3, 1), obligation_code="02")
    it.time(project, person, date(2026, 4, 14), 40, task_id=second)


def test_hours_sold_measure_each_obligation_by_itself(firm):
    expected = {"Jan": 1_500, "Feb": 2_000, "Mar": 500, "Apr": 2_500}
    assert firm.months("E1z2", REVENUE) == expected


@case("E1z3")
def an_estimate_that_comes_late(it: Case) -> None:
    """1,000 of cost in January, planned by nobody; 90 h more are planned in March.

    A tenth of 80,000 is done then: 8,000, of which 1,000 was recovered before.
    """
    project, person = it.project("fixed_fee", 80_000), it.employee(100)
    it.time(project, person, date(2026, 1, 12), 10)
    plan = it.allocation(project, person, *SEPTEMBER, 90)
    it.seen(plan, date(2026, 3, 16))


def test_an_estimate_counts_from_the_month_it_is_made(firm):
    assert firm.months("E1z3", REVENUE) == {"Jan": 1_000, "Mar": 7_000}


@case("E2z1")
def hours_taken_back(it: Case) -> None:
    """20,000 for 100 h of January; 50 h are worked, 10 h taken back in February.

    Half, then 40 of 100: what is taken back is to be done again, overdue.
    """
    project, person = it.project("fixed_fee", 20_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 100)
    it.time(project, person, date(2026, 1, 12), 50)
    it.time(project, person, date(2026, 2, 12), -10)


def test_hours_taken_back_are_to_come_again(firm):
    assert firm.months("E2z1", REVENUE) == {"Jan": 10_000, "Feb": -2_000}


@case("E2z2")
def a_project_reopened(it: Case) -> None:
    """100 h planned, 90 worked in February, completed in March, reopened in April.

    9,000; then nothing is to come: 10,000; then 10 h are again: 9,000; done in May.
    """
    project, person = it.project("fixed_fee", 10_000), it.employee(100)
    task = it.obligation(project, "01", 10_000)
    it.allocation(project, person, *FEBRUARY, 100)
    it.time(project, person, date(2026, 2, 12), 90, task_id=task)
    for month, direction in ((3, 1), (4, -1)):
        it.say(
            "psa_acceptances",
            task_id=task,
            event_date=date(2026, month, 9),
            direction=direction,
        )
    it.time(project, person, date(2026, 5, 12), 10, task_id=task)


def test_what_was_left_is_to_come_again_when_a_project_is_reopened(firm):
    expected = {"Feb": 9_000, "Mar": 1_000, "Apr": -1_000, "May": 1_000}
    assert firm.months("E2z2", REVENUE) == expected


@case("E3z1")
def two_plans_that_overlap(it: Case) -> None:
    """88 h in April (22 days of 4 h) and 86 h in April and May (43 days of 2 h).

    132 h in April and 42 h in May, worked so: 100 an hour of 17,400.
    """
    project, person = it.project("fixed_fee", 17_400), it.employee(60)
    it.allocation(project, person, date(2026, 4, 1), date(2026, 4, 30), 88)
    it.allocation(project, person, date(2026, 4, 1), date(2026, 5, 29), 86)
    it.worked(project, person, date(2026, 4, 1), date(2026, 4, 30), 6)
    it.worked(project, person, date(2026, 5, 1), date(2026, 5, 29), 2)


def test_plans_that_overlap_add_up_day_by_day(firm):
    assert firm.months("E3z1", REVENUE) == {"Apr": 13_200, "May": 4_200}


@case("E4z1")
def an_estimate_raised_and_cut(it: Case) -> None:
    """60,000; 100 h done, 100 to come; 200 from 10 February; 50 from 10 April.

    A half, a third and two thirds: 30,000, 20,000 and 40,000.
    """
    _, plan = planned(it, 60_000, 100, 100)
    versions = it.book.rows["psa_allocation_versions"]
    it.seen(plan, date(2026, 2, 10), hours=200)
    it.seen(plan, date(2026, 4, 10), hours=50)
    assert [v["planned_minutes"] for v in versions if v["source_id"] == plan] == [
        6_000,
        12_000,
        3_000,
    ]


def test_each_re_estimate_counts_in_its_month(firm):
    expected = {"Jan": 30_000, "Feb": -10_000, "Apr": 20_000}
    assert firm.months("E4z1", REVENUE) == expected


@case("E4z2")
def an_estimate_of_the_first_of_a_month(it: Case) -> None:
    """The rest is cut from 100 h to 50 h on 1 April: March knew nothing of it."""
    _, plan = planned(it, 60_000, 100, 100)
    it.seen(plan, date(2026, 4, 1), hours=50)


def test_an_estimate_of_the_first_day_is_of_that_month(firm):
    assert firm.months("E4z2", REVENUE) == {"Jan": 30_000, "Apr": 10_000}


@case("E4z3")
def a_plan_that_is_deleted(it: Case) -> None:
    """100 h of 200 are done; the plan of the rest is deleted on 10 April.

    Until then it counts: January has a half. Deleting it changes no month before.
    """
    _, plan = planned(it, 60_000, 100, 100)
    gone = datetime(2026, 4, 10, 6, tzinfo=UTC)
    it.gone("psa_allocations", allocation_id=plan)
    it.changed("psa_allocations", {"allocation_id": plan}, landed_at=gone)
    [row] = [
        row for row in it.book.rows["psa_allocations"] if row["allocation_id"] == plan
    ]
    it.book.rows["psa_allocation_versions"].append(row | {"source_version": 2})


def test_a_plan_that_is_deleted_counts_for_the_months_before(firm):
    before = firm.months("E4z3", REVENUE)
    assert {m: before.get(m) for m in ("Jan", "Feb", "Mar")} == {
        "Jan": 30_000,
        "Feb": None,
        "Mar": None,
    }
    assert [amount for _, amount, _ in firm.told("E4z3", "plan_deleted")] != []


@case("E4z4")
def pay_that_rises_before_the_rest_is_done(it: Case) -> None:
    """50 h at 100 in January; 50 h in September, when an hour costs 125.

    5,000 of 5,000 + 6,250: four ninths of 22,500 are 10,000.
    """
    project, person = it.project("fixed_fee", 22_500), it.employee(100)
    it.say(
        "hr_pay",
        employee_pseudonym=f"pseudonym of {person}",
        valid_from=date(2026, 7, 1),
        currency_code="USD",
        pay_basis="hourly",
        pay_amount=125,
    )
    it.allocation(project, person, *JANUARY, 50)
    it.time(project, person, date(2026, 1, 12), 50)
    it.allocation(project, person, *SEPTEMBER, 50)


def test_work_to_come_costs_what_it_will_cost_then(firm):
    assert firm.months("E4z4", REVENUE) == {"Jan": 10_000}


@case("E4z5")
def a_re_estimate_by_hours(it: Case) -> None:
    """By hours, of two who cost 200 and 50: 30 of 90 h; 60 of 90; 60 of 150."""
    decided(it, "effort")
    project = it.project("fixed_fee", 90_000)
    dear, cheap = it.employee(200), it.employee(50)
    it.allocation(project, dear, *JANUARY, 30)
    it.allocation(project, cheap, *FEBRUARY, 30)
    it.allocation(project, cheap, *SEPTEMBER, 30)
    it.time(project, dear, date(2026, 1, 12), 30)
    it.time(project, cheap, date(2026, 2, 12), 30)
    it.time(project, cheap, date(2026, 2, 13), 30, approval_status="pending")
    more = it.allocation(project, dear, date(2026, 8, 3), date(2026, 8, 28), 60)
    it.seen(more, date(2026, 3, 16))


def test_hours_that_are_re_estimated_catch_up_in_their_month(firm):
    expected = {"Jan": 30_000, "Feb": 30_000, "Mar": -24_000}
    assert firm.months("E4z5", REVENUE) == expected


@case("E5z1")
def a_loss_that_a_higher_price_ends(it: Case) -> None:
    """4,000 of 12,000 for 10,000: 3,333.33, and 1,333.33 provided. 13,000 from March:
    a third is 4,333.33, and no loss is left."""
    project, _ = planned(it, 10_000, 40, 80)
    it.change(project, 3_000, date(2026, 3, 10))


def test_a_loss_is_released_when_the_price_is_raised(firm):
    assert firm.months("E5z1", REVENUE) == {"Jan": Decimal("3333.33"), "Mar": 1_000}
    provided = {"Jan": Decimal("1333.33"), "Mar": Decimal("-1333.33")}
    assert firm.months("E5z1", LOSS) == provided


@case("E5z2")
def a_loss_used_up_beside_travel(it: Case) -> None:
    """As before, the 80 h worked in February; travel of 600 is charged beside.

    Travel is no part of the estimate: January 3,333.33 + 600, provided 1,333.33;
    February 6,666.67 for 8,000 of cost, and 1,333.33 is used up.
    """
    project, person = it.project("fixed_fee", 10_000), it.employee(100)
    for month, hours in ((JANUARY, 40), (FEBRUARY, 80)):
        it.allocation(project, person, *month, hours)
        it.time(project, person, month[0], hours)
    it.expense(project, person, date(2026, 1, 14), 600, is_rechargeable=True)


def test_a_loss_is_used_up_as_the_work_is_done_and_travel_is_no_part_of_it(firm):
    revenue = {"Jan": Decimal("3933.33"), "Feb": Decimal("6666.67")}
    assert firm.months("E5z2", REVENUE) == revenue
    provided = {"Jan": Decimal("1333.33"), "Feb": Decimal("-1333.33")}
    assert firm.months("E5z2", LOSS) == provided
    assert firm.months("E5z2", "margin_amount") == {"Jan": -2_000}
