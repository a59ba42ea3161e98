"""More brothers of sections M and Y: bookings, margins, charges, roundings."""

from datetime import date
from decimal import Decimal

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "labour_cost_amount"
JANUARY = date(2026, 1, 5), date(2026, 1, 30)  # 20 weekdays
SEPTEMBER = date(2026, 9, 1), date(2026, 9, 30)


def _bookings(firm, entity: str, columns: str) -> list[tuple]:
    return firm.rows(
        f"select strftime(period_month, '%b'), {columns}"
        " from marts.mart_bookings_monthly where legal_entity_code = $entity"
        " and fiscal_year = 2026 and period_month < date '2026-04-01'"
        " order by period_month",
        entity=entity,
    )


@case("M1z1")
def a_booking_that_is_cancelled(it: Case) -> None:
    """100,000 of January are given up in March, and the 40,000 billed credited.

    50,000 more are signed on 1 February and billed in March. Backlog 100,000; 150,000;
    50,000. Year to date 150,000 ÷ 40,000, then 50,000 ÷ 50,000.
    """
    lost = it.project("fixed_fee", 100_000, start=date(2026, 2, 1))
    kept = it.project("fixed_fee", 50_000, start=date(2026, 3, 3))
    it.change(lost, -100_000, date(2026, 3, 5))
    it.invoice(lost, 40_000, date(2026, 2, 27))
    it.invoice(lost, -40_000, date(2026, 3, 6))
    it.invoice(kept, 50_000, date(2026, 3, 31))


def test_a_cancelled_booking_is_taken_back_in_its_month(firm):
    told = "booked_amount, deals_count, billed_amount, backlog_amount"
    assert _bookings(firm, "M1z1", told) == [
        ("Jan", 100_000, 1, 0, 100_000),
        ("Feb", 50_000, 1, 40_000, 150_000),
        ("Mar", -100_000, 0, 10_000, 50_000),
    ]


def test_book_to_bill_after_a_cancellation(firm):
    rates = _bookings(firm, "M1z1", "year_to_date_book_to_bill_rate")
    assert [rate and float(rate) for _, rate in rates] == [None, 3.75, 1.0]


@case("M1z2")
def bookings_in_another_currency(it: Case) -> None:
    """200,000 signed on 12 January at 0.25, 10,000 more on 3 March at 0.30."""
    it.rate("SAR", "USD", date(2026, 1, 9), "0.25")
    it.rate("SAR", "USD", date(2026, 3, 2), "0.30")
    start = date(2026, 2, 11)
    project = it.project("fixed_fee", 200_000, start=start, currency="SAR")
    it.change(project, 10_000, date(2026, 3, 3), currency_code="SAR")


def test_a_booking_is_translated_at_the_rate_of_its_day(firm):
    assert _bookings(firm, "M1z2", "booked_amount") == [
        ("Jan", 50_000),
        ("Feb", 0),
        ("Mar", 3_000),
    ]


@case("M2z1")
def a_loss_and_a_manager_who_says_nothing_is_done(it: Case) -> None:
    """50,000; 160 h done in January and 440 to come, at 100: EAC 60,000.

    16/60 of 50,000 = 13,333.33 earned; 20,000 billed. Margins: −10,000 contracted,
    −2,666.67 recognised, 4,000 billed; 7,333.33 are provided besides. The manager says
    0 %, of which nothing follows.
    """
    project, person = it.project("fixed_fee", 50_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 160)
    it.allocation(project, person, *SEPTEMBER, 440)
    it.worked(project, person, *JANUARY, 8)
    it.invoice(project, 20_000, JANUARY[1])
    it.progress(project, JANUARY[1], "0")


def _completion(firm, entity: str, columns: str) -> list:
    [row] = firm.rows(
        f"select {columns} from marts.mart_project_completion_monthly"
        " where legal_entity_code = $entity and period_month = date '2026-01-01'",
        entity=entity,
    )
    return [value if value is None else float(value) for value in row]


def test_three_margins_of_a_loss(firm):
    told = "contracted_margin_amount, recognised_margin_amount, billed_margin_amount"
    assert _completion(firm, "M2z1", f"{told}, contracted_margin_rate") == [
        -10_000,
        -2_666.67,
        4_000,
        -0.2,
    ]
    assert firm.months("M2z1", "margin_amount") == {"Jan": -10_000}


def test_nothing_follows_from_a_manager_who_says_nothing_is_done(firm):
    assert _completion(firm, "M2z1", "eac_amount, eac_entered_amount") == [60_000, None]


@case("M2z2")
def more_hours_than_planned(it: Case) -> None:
    """200 h planned, 80 of them in January, for which 100 are worked: 120 to come.

    By plan 10,000 + 12,000 = 22,000; the manager says 40 %: 10,000 ÷ 0.4 = 25,000.
    """
    project, person = it.project("fixed_fee", 100_000), it.employee(100)
    it.allocation(project, person, *JANUARY, 80)
    it.allocation(project, person, *SEPTEMBER, 120)
    it.worked(project, person, *JANUARY, 5)
    it.progress(project, JANUARY[1], "0.4")


def test_hours_beyond_the_plan_raise_cost_at_completion(firm):
    told = "cost_to_date_amount, etc_amount, eac_amount, eac_entered_amount"
    expected = [10_000, 12_000, 22_000, 25_000]
    assert _completion(firm, "M2z2", told) == expected


@case("M4z1")
def people_lent_along_three_entities(it: Case) -> None:
    """The first lends to the second, the second to the third, each in its currency.

    10 h at 100 dollars and 9 %: 1,090 dollars, at March's end 42 each: 45,780 hryvnias.
    10 h at 400 hryvnias and 9 %: 4,360, at 3 each: 13,080 shillings. Projects bear cost
    at the day's rate: 1,000 × 40 and 4,000 × 3.125.
    """
    for day, dollar, hryvnia in (
        (date(2026, 3, 9), "40", "3.125"),
        (date(2026, 3, 31), "42", "3"),
    ):
        it.rate("USD", "UAH", day, dollar)
        it.rate("UAH", "KES", day, hryvnia)
    it.rate("UAH", "USD", date(2026, 3, 9), "0.025")
    it.rate("KES", "USD", date(2026, 3, 9), "0.008")
    second = Case(it.book, "M4z1b", currency="UAH", country="UA")
    third = Case(it.book, "M4z1c", currency="KES", country="KE")
    day = date(2026, 3, 10)
    project = second.project("time_and_materials")
    it.time(project, it.employee(100), day, 10, 9_000, currency_code="UAH")
    project = third.project("time_and_materials")
    it.time(project, second.employee(400), day, 10, 3_000, currency_code="KES")


def test_each_step_of_a_chain_charges_in_the_lenders_currency(firm):
    assert firm.rows(
        "select provider_entity_code, currency_code, charge_amount,"
        " receiver_entity_code, receiver_currency_code, receiver_charge_amount"
        " from canonical.fct_intercompany_monthly"
        " where provider_entity_code in ('M4z1', 'M4z1b')"
        " order by provider_entity_code"
    ) == [
        ("M4z1", "USD", 1_090, "M4z1b", "UAH", 45_780),
        ("M4z1b", "UAH", 4_360, "M4z1c", "KES", 13_080),
    ]


def test_projects_of_a_chain_bear_the_cost_of_the_day(firm):
    assert firm.months("M4z1b", COST) == {"Mar": 40_000}
    assert firm.months("M4z1c", COST) == {"Mar": 12_500}


def test_each_step_of_a_chain_is_mirrored(firm):
    query = """
        select legal_entity_code, currency_code, sum(desired_amount)
        from adjustments.adj_intercompany
        where legal_entity_code like 'M4z1%'
        group by all having sum(desired_amount) <> 0 order by all
    """
    assert firm.rows(query) == [
        ("M4z1", "USD", 1_090),
        ("M4z1b", "UAH", 4_360),
        ("M4z1b", "USD", 1_090),
        ("M4z1c", "UAH", 4_360),
    ]


@case("Y1z1")
def dinars_of_three_decimals(it: Case) -> None:
    """50 min at 12.345: 10.2875, which is 10.288; at 1.41 they are 14.51 dollars.

    Billed at 1.42, 14.61: nothing is left of the contract, and 0.10 are of the rate.
    """
    it.rate("JOD", "USD", date(2026, 5, 11), "1.41")
    it.rate("JOD", "USD", date(2026, 5, 25), "1.42")
    project = it.project("time_and_materials", currency="JOD")
    said = {"currency_code": "JOD"}
    invoice = it.invoice(project, "10.288", date(2026, 5, 29), **said)
    person = it.employee(50)
    entry = it.time(
        project, person, date(2026, 5, 12), 1, "12.345", invoice_id=invoice, **said
    )
    minutes = {"worked_minutes": 50, "billable_minutes": 50}
    it.changed("psa_time_entries", {"time_entry_id": entry}, **minutes)


def test_dinars_are_rounded_to_a_thousandth(firm):
    assert firm.months("Y1z1", REVENUE) == {"May": Decimal("14.51")}
    assert firm.wip("Y1z1", "billed_amount") == {"May": Decimal("14.61")}
    assert firm.wip("Y1z1", "contract_closing_amount") == {}
    assert firm.wip("Y1z1", "closing_amount") == {}
    assert firm.wip("Y1z1", "fx_amount") == {"May": Decimal("0.10")}


@case("Y1z2", currency="JPY", country="JP")
def yen_by_the_month(it: Case) -> None:
    """¥100,000 over three months: 33,333; 66,667 less that; the rest."""
    it.project("retainer", 100_000, end=date(2026, 3, 31))


def test_yen_by_the_month_add_up(firm):
    expected = {"Jan": 33_333, "Feb": 33_334, "Mar": 33_333}
    assert firm.months("Y1z2", REVENUE) == expected


@case("Y1z3", currency="JPY", country="JP")
def dollars_in_books_of_yen(it: Case) -> None:
    """3 h at 33.33 dollars: 99.99 at 151.37 are ¥15,135.49, which is ¥15,135."""
    it.rate("USD", "JPY", date(2026, 3, 9), "151.37")
    project = it.project("time_and_materials", currency="USD")
    day, said = date(2026, 3, 10), {"currency_code": "USD"}
    it.time(project, it.employee(5_000), day, 3, "33.33", **said)


def test_dollars_in_books_of_yen_are_whole_yen(firm):
    assert firm.months("Y1z3", REVENUE) == {"Mar": 15_135}


@case("Y2z1")
def a_change_without_a_rate(it: Case) -> None:
    """10,000; 4,000 more in a currency without a rate are held, never read as dollars.

    All 100 h are worked: 10,000.
    """
    project, person = it.project("fixed_fee", 10_000), it.employee(50)
    it.change(project, 4_000, date(2026, 1, 5), currency_code="GEL")
    it.allocation(project, person, *JANUARY, 100)
    it.worked(project, person, *JANUARY, 5)


def test_a_change_without_a_rate_is_held_and_told(firm):
    assert firm.months("Y2z1", REVENUE) == {"Jan": 10_000}
    assert firm.exceptions("Y2z1")
