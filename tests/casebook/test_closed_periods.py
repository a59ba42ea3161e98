"""Closed periods: case E6 and its brothers.

What an earlier publication showed is told beside what the systems say now. Figures are
worked out by hand: an hour costs 100 and is sold at 150.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "total_cost_amount"
JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
OWN = {"own_systems": True}


def hours(worked: int, **said) -> dict:
    """What a day of some hours was published with."""
    return {
        "approved_minutes": 60 * worked,
        "standard_value_amount": 0,
        "recognised_amount": 150 * worked,
        "labour_cost_amount": 100 * worked,
        "labour_provisional_amount": 100 * worked,
        "labour_raw_provisional_amount": 100 * worked,
        **said,
    }


def by_the_hour(it: Case, **said) -> tuple[str, str]:
    """A project by the hour, and somebody who costs 100 an hour."""
    return it.project("time_and_materials", **said), it.employee(100)


def closing_lines(firm, entity: str) -> list[tuple]:
    """What the margin lines say of closed periods: period, component, amount, why."""
    return firm.rows(
        "select strftime(lines.period_month, '%b'), lines.component,"
        " cast(lines.margin_amount as integer), lines.item"
        " from canonical.fct_margin_lines as lines"
        " inner join canonical.dim_projects using (project_key)"
        " where legal_entity_code = $entity and starts_with(valued_by, 'learned_')"
        " order by lines.period_month, component, item",
        entity=entity,
    )


@case("E6", **OWN)
def a_late_correction_of_a_closed_month(it: Case) -> None:
    """40 h in January, closed in March with them; then 8 h of them are deleted."""
    project, person = by_the_hour(it)
    for day in (12, 13, 14, 15):
        it.time(project, person, date(2026, 1, day), 8, 150)
    late = it.time(project, person, date(2026, 1, 16), 8, 150)
    it.gone("psa_time_entries", time_entry_id=late)
    it.time(project, person, date(2026, 3, 10), 8, 150)
    it.closes(JANUARY, {project: hours(40)})
    it.closes(FEBRUARY, {})


def test_a_closed_month_stays_and_the_open_one_has_the_difference(firm):
    assert firm.months("E6", REVENUE) == {"Jan": 6_000}
    assert firm.months("E6", COST) == {"Jan": 4_000}
    assert firm.months("E6", "approved_hours") == {"Jan": 40}


def test_the_difference_says_which_month_it_is_of_and_what_it_comes_of(firm):
    assert closing_lines(firm, "E6") == [
        ("Jan", "labour", -800, "counted in 2026-03-01: time"),
        ("Jan", "revenue", 1_200, "counted in 2026-03-01: time"),
        ("Mar", "labour", 800, "of 2026-01-01: time"),
        ("Mar", "revenue", -1_200, "of 2026-01-01: time"),
    ]


def test_wip_of_a_closed_month_stays_too(firm):
    assert firm.wip("E6", "earned_amount") == {"Jan": 6_000}
    assert firm.wip("E6", "unbilled_amount")["Jan"] == 6_000
    assert firm.wip("E6", "unbilled_amount")["Mar"] == 6_000
    assert firm.told("E6", "closed_period_waits") == []


@case("E6x1", **OWN)
def a_correction_corrected_again(it: Case) -> None:
    """January closed with 40 h, February with 8 h less of it; then 3 h come back.

    35 h are known now: March has 450 of revenue and 300 of cost, not the 8 h again.
    """
    project, person = by_the_hour(it)
    it.time(project, person, date(2026, 1, 12), 35, 150)
    it.closes(JANUARY, {project: hours(40)})
    taken = {"activity_date": FEBRUARY, "closed_period_month": JANUARY}
    it.closes(FEBRUARY, {project: hours(-8, **taken)})


def test_a_correction_that_is_corrected_again_counts_what_is_new(firm):
    assert firm.months("E6x1", REVENUE) == {"Jan": 6_000, "Feb": -1_200, "Mar": 450}
    assert firm.months("E6x1", COST) == {"Jan": 4_000, "Feb": -800, "Mar": 300}


@case("E6x2", **OWN)
def closed_before_it_was_ever_published(it: Case) -> None:
    """January is closed and was never published: it comes out as it is known."""
    project, person = by_the_hour(it)
    it.time(project, person, date(2026, 1, 12), 8, 150)
    it.closes(JANUARY)


def test_a_month_closed_before_the_first_publication_is_as_it_is_known(firm):
    assert firm.months("E6x2", REVENUE) == {"Jan": 1_200}


@case("E6x3", **OWN)
def opened_again(it: Case) -> None:
    """January was published as closed with 40 h, and is open again: 8 h are known."""
    project, person = by_the_hour(it)
    it.time(project, person, date(2026, 1, 12), 8, 150)
    it.closes(JANUARY, {project: hours(40)})
    it.changed(
        "erp_fiscal_periods",
        {"source_instance": it.instance, "start_date": JANUARY},
        is_closed=False,
    )


def test_a_month_that_is_open_again_is_as_it_is_known(firm):
    assert firm.months("E6x3", REVENUE) == {"Jan": 1_200}


@case("E6x4", **OWN)
def no_period_is_open(it: Case) -> None:
    """All months to June are closed, published with nothing but January's 40 h."""
    project, person = by_the_hour(it)
    it.time(project, person, date(2026, 1, 12), 8, 150)
    it.closes(JANUARY, {project: hours(40)})
    for month in range(2, 7):
        it.closes(date(2026, month, 1), {})


def test_without_an_open_month_the_difference_waits_and_is_an_exception(firm):
    assert firm.months("E6x4", REVENUE) == {"Jan": 6_000}
    [(reason, amount, owner)] = firm.told("E6x4", "closed_period_waits")
    assert (amount, owner) == (-32 * 50, "Finance")
    assert "time of 2026-01-01" in reason
    assert "no period is open" in reason


@case("E6x5", **OWN)
def moved_to_another_entity(it: Case) -> None:
    """January of the first entity was published with what is another's project now."""
    project, person = by_the_hour(it)
    it.time(project, person, date(2026, 1, 12), 8, 150)
    it.entity("E6x5-other")
    for contract in ("psa_projects", "crm_deals"):
        it.changed(contract, {"project_code": project}, legal_entity_code="E6x5-other")
    it.changed("erp_projects", {"project_code": project}, entity_id="E6x5-other-entity")
    it.closes(JANUARY, {project: hours(8)})


def test_the_entity_that_a_project_left_keeps_its_closed_month(firm):
    query = """
        select legal_entity_code, strftime(period_month, '%b'),
            cast(revenue_amount as integer)
        from marts.mart_entity_margin_monthly
        where starts_with(legal_entity_code, 'E6x5') and revenue_amount <> 0
        order by legal_entity_code, period_month
    """
    assert firm.rows(query) == [
        ("E6x5", "Jan", 1_200),
        ("E6x5", "Feb", -1_200),
        ("E6x5-other", "Jan", 1_200),
    ]


@case("E6x6", currency="EUR", **OWN)
def the_contract_in_another_currency(it: Case) -> None:
    """January was published at 1,200 USD = 1,000 EUR; the contract is in EUR after all.

    What is known now is 1,100 EUR: January stays, February has 100, in both currencies.
    """
    it.rate("USD", "EUR", date(2026, 1, 1), "0.8")
    it.rate("EUR", "USD", date(2026, 1, 1), "1.25")
    project, person = by_the_hour(it)
    it.time(project, person, date(2026, 1, 12), 11, 100)
    was = hours(10, recognised_amount=1_000, contract_recognised_amount=1_200)
    it.closes(JANUARY, {project: was | {"currency": "USD"}})


def test_a_contract_in_another_currency_leaves_the_closed_month(firm):
    assert firm.months("E6x6", REVENUE) == {"Jan": 1_000, "Feb": 100}
    assert firm.wip("E6x6", "contract_closing_amount")["Jan"] == 1_000
    assert firm.wip("E6x6", "contract_closing_amount")["Feb"] == 1_100


@case("E6x7", **OWN)
def a_closed_month_that_lacks_a_record_now(it: Case) -> None:
    """Published complete with 8 h; now 4 h more of somebody without a rate of pay."""
    project, person = by_the_hour(it)
    it.time(project, person, date(2026, 1, 12), 8, 150)
    newcomer = it.employee(100, since=date(2026, 2, 1))
    it.time(project, newcomer, date(2026, 1, 13), 4, 150)
    it.closes(JANUARY, {project: hours(8)})


def test_a_closed_month_stays_complete_and_the_open_one_lacks_what_is_lacking(firm):
    query = """
        select strftime(period_month, '%b'), is_complete
        from marts.mart_project_margin_monthly
        where legal_entity_code = 'E6x7' and period_month < date '2026-04-01'
        order by period_month
    """
    assert firm.rows(query) == [("Jan", True), ("Feb", False), ("Mar", True)]
    assert firm.months("E6x7", REVENUE) == {"Jan": 1_200, "Feb": 600}
