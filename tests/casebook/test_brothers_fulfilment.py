"""E14 with its other policy: cost to fulfil a contract waits for its acceptance.

Of ASC 340-40-25-5 and IFRS 15.95 it is an asset as far as the price covers it beyond
the cost still to come (340-40-35-3); the rest is cost at once. Figures are worked out
by hand.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_more_estimates import (
    JANUARY,
    LOSS,
    REVENUE,
    decided,
    planned,
)
from tests.casebook.test_brothers_more_terms import accepted

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
COST, MARGIN, CARRIED = "total_cost_amount", "margin_amount", "carried_cost_amount"
MAR_16 = date(2026, 3, 16)


def _deferred(it: Case, how: str = "deferred") -> None:
    decided(it, "completed_contract", fulfilment_cost=how)


def _worked(it: Case, price: int = 50_000) -> str:
    """300 h at 100 in January on a fixed price."""
    project, person = it.project("fixed_fee", price), it.employee(100)
    it.allocation(project, person, *JANUARY, 300)
    it.worked(project, person, *JANUARY, 15)
    return project


def _posted(firm, entity: str) -> dict[str, int]:
    """What the ERP should hold of cost that waits, by month."""
    query = """
        select strftime(period_month, '%b'), desired_amount
        from adjustments.adj_fulfilment_cost where legal_entity_code = $entity
        order by period_month
    """
    return dict(firm.rows(query, entity=entity))


@case("E14w1")
def cost_that_waits_for_acceptance(it: Case) -> None:
    """30,000 in January for 50,000, accepted on 16 March: cost of March."""
    _deferred(it)
    it.milestone(_worked(it), 50_000, MAR_16, accepted=MAR_16)


def test_cost_put_off_is_cost_when_the_customer_accepts(firm):
    assert firm.months("E14w1", REVENUE) == {"Mar": 50_000}
    assert firm.months("E14w1", COST) == {"Mar": 30_000}
    assert firm.months("E14w1", MARGIN) == {"Mar": 20_000}
    assert firm.months("E14w1", "labour_cost_amount") == {"Jan": 30_000}


def test_cost_put_off_is_an_asset_until_then(firm):
    assert firm.wip("E14w1", CARRIED) == {"Jan": 30_000, "Feb": 30_000}
    assert _posted(firm, "E14w1") == {"Jan": 30_000, "Mar": -30_000}


def test_cost_put_off_is_explained_line_by_line(firm):
    query = """
        select strftime(period_month, '%b'), component, valued_by, margin_amount
        from marts.mart_margin_explained
        where project_code = 'E14W1-PROJECT-1' and component = 'deferred_cost'
        order by period_month
    """
    assert firm.rows(query) == [
        ("Jan", "deferred_cost", "put_off", 30_000),
        ("Mar", "deferred_cost", "no_longer_put_off", -30_000),
    ]


@case("E14w2")
def cost_that_the_price_does_not_cover(it: Case) -> None:
    """30,000 of 70,000 is spent for 50,000: 10,000 are covered, 20,000 are cost at
    once.

    The whole loss is 20,000, and stands in the books: none is provided.
    """
    _deferred(it)
    project, _ = planned(it, 50_000, 300, 400)
    it.milestone(project, 50_000, date(2026, 11, 16))


def test_what_the_price_does_not_cover_is_not_put_off(firm):
    assert firm.months("E14w2", MARGIN) == {"Jan": -20_000}
    assert firm.months("E14w2", LOSS) == {}
    assert firm.wip("E14w2", CARRIED) == dict.fromkeys(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun"), 10_000
    )


@case("E14w3")
def cost_to_come_above_the_price(it: Case) -> None:
    """5,000 spent and 55,000 to come for 50,000: nothing is covered, and 5,000 of what
    is to come are provided for: the loss of 10,000."""
    _deferred(it)
    project, _ = planned(it, 50_000, 50, 550)
    it.milestone(project, 50_000, date(2026, 11, 16))


def test_nothing_is_put_off_of_a_contract_whose_cost_to_come_is_above_its_price(firm):
    assert firm.months("E14w3", COST) == {"Jan": 5_000}
    assert firm.months("E14w3", LOSS) == {"Jan": 5_000}
    assert firm.wip("E14w3", CARRIED) == {}


def _a_better_estimate(it: Case, how: str) -> None:
    """30,000 spent for 50,000; 40,000 to come, from March on 10,000."""
    _deferred(it, how)
    project, plan = planned(it, 50_000, 300, 400)
    it.milestone(project, 50_000, date(2026, 11, 16))
    it.seen(plan, date(2026, 3, 10), 100)


@case("E14w4")
def impaired_for_good(it: Case) -> None:
    """20,000 impaired in January stay so (ASC 340-40-35-6)."""
    _a_better_estimate(it, "deferred")


@case("E14w5")
def impaired_until_the_estimate_is_better(it: Case) -> None:
    """20,000 impaired in January come back in March (IFRS 15.104)."""
    _a_better_estimate(it, "deferred_ifrs")


def test_an_impairment_stays_or_comes_back_by_policy(firm):
    assert firm.months("E14w4", COST) == {"Jan": 20_000}
    assert firm.months("E14w5", COST) == {"Jan": 20_000, "Mar": -20_000}


@case("E14w6")
def cost_of_an_acceptance_taken_back(it: Case) -> None:
    """Accepted in March, taken back in April, accepted in June."""
    _deferred(it)
    task = it.milestone(_worked(it), 50_000, MAR_16, accepted=MAR_16)
    accepted(it, task, date(2026, 4, 14), -1)
    accepted(it, task, date(2026, 6, 9))


def test_cost_waits_again_when_an_acceptance_is_taken_back(firm):
    expected = {"Mar": 30_000, "Apr": -30_000, "Jun": 30_000}
    assert firm.months("E14w6", COST) == expected


@case("E14w7")
def travel_charged_beside_the_price(it: Case) -> None:
    """Travel of 70 is charged when it is spent, and is cost then; 30 of another are not
    charged and wait."""
    _deferred(it)
    project, person = it.project("fixed_fee", 50_000), it.employee(100)
    day = date(2026, 2, 10)
    it.expense(project, person, day, 70, is_rechargeable=True)
    it.expense(project, person, day, 30)
    it.milestone(project, 50_000, MAR_16, accepted=MAR_16)


def test_what_is_charged_beside_the_price_is_not_put_off(firm):
    assert firm.months("E14w7", REVENUE) == {"Feb": 70, "Mar": 50_000}
    assert firm.months("E14w7", COST) == {"Feb": 70, "Mar": 30}


@case("E14w8", currency="CLP", country="CL")
def a_foreign_price_covers_pesos(it: Case) -> None:
    """30 m pesos are spent for 50,000 dollars, worth 40 m: all wait."""
    it.rate("CLP", "USD", date(2026, 1, 1), "0.00125")
    it.rate("USD", "CLP", date(2026, 1, 1), "800")
    _deferred(it)
    project = it.project("fixed_fee", 50_000, currency="USD")
    person = it.employee(100_000)
    it.allocation(project, person, *JANUARY, 300)
    it.worked(project, person, *JANUARY, 15)
    it.milestone(project, 50_000, MAR_16, accepted=MAR_16, currency_code="USD")


def test_a_foreign_price_covers_cost_at_the_rate_of_the_months_end(firm):
    assert firm.months("E14w8", COST) == {"Mar": 30_000_000}
    assert firm.wip("E14w8", CARRIED) == {"Jan": 30_000_000, "Feb": 30_000_000}


@case("E14w9")
def a_contractor_and_goods_that_wait(it: Case) -> None:
    """10 h × 80 in February and 1,000 of goods wait; the bill of 780 comes after the
    acceptance of March, so its −20 are cost of April."""
    _deferred(it)
    project, person = it.project("fixed_fee", 50_000), it.contractor()
    order = it.order(project, person, 80, 10, date(2026, 1, 5))
    it.time(project, person, date(2026, 2, 10), 10)
    goods = it.order(project, None, 1_000, 1, date(2026, 1, 5), quantity=None)
    it.bill(project, 1_000, date(2026, 2, 12), order=goods)
    it.bill(project, 780, date(2026, 4, 7), order=order)
    it.milestone(project, 50_000, MAR_16, accepted=MAR_16)


def test_cost_of_others_waits_and_what_comes_after_acceptance_does_not(firm):
    assert firm.months("E14w9", COST) == {"Mar": 1_800, "Apr": -20}
