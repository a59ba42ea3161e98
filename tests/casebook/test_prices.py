"""Caps and prices: section K of the case book."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "labour_cost_amount"


@case("K1")
def one_cap_two_obligations(it: Case) -> None:
    project, person = (
        it.project("time_and_materials_capped", deal={"cap_amount": 50_000}),
        it.employee(100),
    )
    first, second = it.obligation(project, "01"), it.obligation(project, "02")
    it.time(project, person, date(2026, 2, 10), 150, 200, task_id=first)
    it.time(project, person, date(2026, 4, 14), 175, 200, task_id=second)


def test_a_cap_holds_over_all_obligations_in_order_of_work(firm):
    assert firm.months("K1", REVENUE) == {"Feb": 30_000, "Apr": 20_000}
    assert firm.proposed("K1") == 50_000


def test_what_is_above_the_cap_leaks(firm):
    leaks = """
        select sum(chargeable_amount), sum(within_cap_amount), sum(above_cap_amount)
        from marts.mart_billing_waterfall_monthly
        where legal_entity_code = 'K1'
    """
    assert firm.rows(leaks) == [(65_000, 50_000, 15_000)]


@case("K1raised")
def a_cap_raised_by_a_change_of_the_second_obligation(it: Case) -> None:
    project, person = (
        it.project("time_and_materials_capped", deal={"cap_amount": 10_000}),
        it.employee(100),
    )
    first, second = it.obligation(project, "01"), it.obligation(project, "02")
    it.time(project, person, date(2026, 2, 10), 40, 200, task_id=second)
    it.time(project, person, date(2026, 2, 11), 30, 200, task_id=first)
    it.say(
        "crm_deal_changes",
        deal_change_id=it.new("change"),
        amended_deal_id=it.name + "-deal-1",
        obligation_code="02",
        currency_code="USD",
        effective_date=date(2026, 4, 1),
        cap_change_amount=3_000,
        is_won=True,
    )
    it.time(project, person, date(2026, 5, 5), -10, 200, task_id=second)


def test_a_raised_cap_lets_in_what_was_above_it_and_a_correction_makes_room(firm):
    """14,000 worked of 10,000; 13,000 from April on; 12,000 are left in May."""
    expected = {"Feb": 10_000, "Apr": 3_000, "May": -1_000}
    assert firm.months("K1raised", REVENUE) == expected
    assert firm.proposed("K1raised") == 12_000


@case("K4")
def a_very_large_deal(it: Case) -> None:
    project, person = it.project("fixed_fee", 95_000_000), it.employee(100)
    it.obligation(project, "01", price=95_000_000)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 5)


def test_a_very_large_deal_is_earned_to_the_cent(firm):
    assert firm.months("K4", REVENUE) == {"Jan": 95_000_000}


@case("K4yen", currency="JPY", country="JP")
def a_very_large_project_in_yen(it: Case) -> None:
    project, person = (
        it.project("fixed_fee", 40_000_000_000),
        it.employee(20_000_000),
    )
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 150)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), "7.5")


def test_a_very_large_project_in_yen_is_earned_to_the_yen(firm):
    assert firm.months("K4yen", COST) == {"Jan": 3_000_000_000}
    assert firm.months("K4yen", REVENUE) == {"Jan": 40_000_000_000}


@case("K5")
def billable_hours_differ(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    less, more = date(2026, 2, 10), date(2026, 4, 14)
    it.time(project, person, less, 8, 200, billable_minutes=6 * 60)
    it.time(project, person, more, 8, 200, billable_minutes=10 * 60)


def test_what_is_billed_is_not_what_is_worked(firm):
    assert firm.months("K5", COST) == {"Feb": 800, "Apr": 800}
    assert firm.months("K5", REVENUE) == {"Feb": 1_200, "Apr": 2_000}
    assert firm.proposed("K5") == 3_200


def test_hours_worked_on_sold_projects_are_chargeable_or_not(firm):
    hours = """
        select approved_hours, billable_hours, non_billable_hours
        from marts.mart_utilisation_weekly
        where legal_entity_code = 'K5' and approved_hours > 0
        order by week_start_date
    """
    assert firm.rows(hours) == [(8, 6, 2), (8, 10, 0)]


def test_hours_that_are_not_charged_leak_before_the_cap(firm):
    steps = """
        select approved_amount, unchargeable_amount, chargeable_amount
        from marts.mart_billing_waterfall_monthly
        where legal_entity_code = 'K5'
        order by period_month
    """
    assert firm.rows(steps) == [(1_600, 400, 1_200), (1_600, -400, 2_000)]


@case("Y1", currency="JPY", country="JP")
def no_decimals(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(3_001)
    minutes = {"worked_minutes": 50, "billable_minutes": 50}
    it.time(project, person, date(2026, 2, 10), 1, 8_345, **minutes)


def test_a_yen_has_no_decimals(firm):
    assert firm.months("Y1", REVENUE) == {"Feb": 6_954}
    assert firm.months("Y1", COST) == {"Feb": 2_501}


@case("Y3", currency="EUR", country="DE")
def another_currency_than_the_contract(it: Case) -> None:
    it.rate("USD", "EUR", date(2026, 1, 1), "0.90909091")
    it.rate("EUR", "USD", date(2026, 1, 1), "1.10")
    project, person = it.project("time_and_materials"), it.employee(50)
    it.time(project, person, date(2026, 2, 10), 8, 200, currency_code="USD")


def test_a_price_in_another_currency_is_translated(firm):
    assert firm.months("Y3", REVENUE) == {"Feb": Decimal("1454.55")}
    assert firm.proposed("Y3") == Decimal("1454.55")


@case("Y3none", currency="EUR", country="DE")
def no_rate_for_the_price(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(50)
    it.time(project, person, date(2026, 2, 10), 8, 200, currency_code="THB")
    it.time(project, person, date(2026, 3, 10), 1, 200)


def test_a_price_without_a_rate_of_exchange_is_nothing_but_an_exception(firm):
    named = """
        select amount, currency_code, since
        from reconciliation.rec_exceptions
        where legal_entity_code = 'Y3none' and kind = 'missing_exchange_rate'
    """
    assert firm.months("Y3none", REVENUE) == {"Mar": 200}
    assert firm.proposed("Y3none") == 200
    assert firm.rows(named) == [(1_600, "THB", date(2026, 2, 10))]


@case("K2")
def caps_at_several_levels(it: Case) -> None:
    project, person = (
        it.project("time_and_materials_capped", deal={"cap_amount": 50_000}),
        it.employee(100),
    )
    for level, role, cap in (("role", "Partner", 10_000), ("month", "", 20_000)):
        it.book.decide(
            "cap_policies",
            project_code=project,
            cap_level=level,
            role_name=role,
            cap_amount=cap,
            currency_code=it.currency,
            valid_from=date(2026, 1, 1),
            owner="Finance",
        )
    for month, partner, consultant in ((1, 14, 100), (2, 30, 40), (3, 4, 150)):
        first, second = date(2026, month, 12), date(2026, month, 13)
        it.time(project, person, first, partner, 500, role_name="Partner")
        it.time(project, person, second, consultant, 200)


def test_the_tightest_cap_holds_at_each_moment_and_says_what_it_cut(firm):
    """January: the Partner's 7,000, and 13,000 of the others' 20,000 in the month.

    February: 3,000 are left to the Partner; 8,000 beside it. March: none is left to the
    Partner, of 30,000 the month has 20,000, of which the contract has 19,000 left.
    """
    cut = """
        select
            strftime(period_month, '%b'), sum(above_role_cap_amount),
            sum(above_month_cap_amount), sum(above_contract_cap_amount)
        from canonical.int_work_within_caps as pieces
        inner join canonical.dim_projects as projects using (project_key)
        where projects.legal_entity_code = 'K2' and pieces.is_in_force
        group by period_month order by period_month
    """
    assert firm.months("K2", REVENUE) == {"Jan": 20_000, "Feb": 11_000, "Mar": 19_000}
    assert firm.proposed("K2") == 50_000
    assert firm.rows(cut) == [
        ("Jan", 0, 7_000, 0),
        ("Feb", 12_000, 0, 0),
        ("Mar", 2_000, 10_000, 1_000),
    ]


@case("K3", currency="EUR", country="DE")
def a_cap_in_another_currency(it: Case) -> None:
    it.rate("EUR", "GBP", date(2026, 1, 1), "0.80")
    it.rate("EUR", "GBP", date(2026, 4, 1), "0.75")
    deal = {"cap_amount": 40_000, "cap_currency_code": "GBP"}
    project = it.project("time_and_materials_capped", deal=deal)
    person = it.employee(50)
    it.time(project, person, date(2026, 2, 10), 200, 200)
    it.time(project, person, date(2026, 4, 14), 100, 200)


def test_a_cap_in_another_currency_counts_work_at_the_days_rate(firm):
    """40,000 EUR are 32,000 GBP in February; the 8,000 left are 10,666.67 in April."""
    expected = {"Feb": 40_000, "Apr": Decimal("10666.67")}
    assert firm.months("K3", REVENUE) == expected
    assert firm.proposed("K3") == Decimal("50666.67")


@case("K3none", currency="EUR", country="DE")
def a_cap_in_a_currency_without_a_rate(it: Case) -> None:
    deal = {"cap_amount": 40_000, "cap_currency_code": "MYR"}
    project = it.project("time_and_materials_capped", deal=deal)
    it.time(project, it.employee(50), date(2026, 2, 10), 8, 200)


def test_a_cap_nobody_can_compare_lets_nothing_through_but_an_exception(firm):
    named = """
        select amount, currency_code, since
        from reconciliation.rec_exceptions
        where legal_entity_code = 'K3none' and kind = 'work_not_counted_in_cap'
    """
    assert firm.months("K3none", REVENUE) == {}
    assert firm.rows(named) == [(1_600, "EUR", date(2026, 2, 10))]


def card(it: Case, name: str, rate: int, since: date, **said) -> None:
    """A rate card of the case's currency that prices a Consultant."""
    it.say(
        "psa_bill_rates",
        rate_card_id=f"{it.name} {name}",
        rate_card_name=f"{it.name} {name}",
        role_id="role",
        role_name="Consultant",
        currency_code=it.currency,
        bill_rate=rate,
        valid_from=since,
        **({"valid_to": date(9999, 12, 31), "is_published": True} | said),
    )


def standard(firm, entity: str) -> dict:
    """The standard value of an entity's projects."""
    query = """
        select project_code, sum(standard_amount)
        from marts.mart_billing_waterfall_monthly
        where legal_entity_code = $entity group by project_code order by project_code
    """
    return dict(firm.rows(query, entity=entity))


@case("K6", currency="CZK", country="CZ")
def rate_cards_of_one_currency(it: Case) -> None:
    for name, rate in (("own", 160), ("customer", 180), ("standard", 200)):
        card(it, name, rate, date(2025, 1, 1))
    person = it.employee(50)
    projects = [it.project("time_and_materials") for _ in range(3)]
    for project in projects:
        it.time(project, person, date(2026, 2, 10), 10, 150)
    for row in it.book.rows["psa_projects"]:
        if row["project_id"] == projects[0]:
            row["rate_card_id"] = "K6 own"
    for number in it._customers[projects[0]], it._customers[projects[1]]:
        it.book.decide(
            "rate_card_policies",
            project_code="*",
            customer_number=number,
            legal_entity_code="*",
            rate_card_name="K6 customer",
            owner="Finance",
        )


def test_the_nearest_card_prices_an_hour_and_none_twice(firm):
    expected = {"K6-PROJECT-1": 1_600, "K6-PROJECT-2": 1_800, "K6-PROJECT-3": 2_000}
    assert standard(firm, "K6") == expected
    assert firm.months("K6", REVENUE) == {"Feb": 4_500}


@case("K6unclear", currency="HUF", country="HU")
def two_cards_that_nobody_chose_from(it: Case) -> None:
    card(it, "one", 160, date(2025, 1, 1))
    card(it, "two", 180, date(2025, 1, 1))
    project = it.project("time_and_materials")
    it.time(project, it.employee(50), date(2026, 2, 10), 10, 150)


def test_of_two_cards_none_is_taken_but_an_exception_is_told(firm):
    named = """
        select amount, since from reconciliation.rec_exceptions
        where legal_entity_code = 'K6unclear' and kind = 'rate_card_unclear'
    """
    assert standard(firm, "K6unclear") == {"K6UNCLEAR-PROJECT-1": 1_500}
    assert firm.rows(named) == [(1_500, date(2026, 2, 10))]


@case("K7", currency="RON", country="RO")
def a_draft_card(it: Case) -> None:
    card(it, "standard", 200, date(2025, 1, 1))
    card(it, "standard", 300, date(2026, 3, 1), is_published=False)
    project, person = it.project("time_and_materials"), it.employee(50)
    it.time(project, person, date(2026, 2, 10), 10, 150)
    it.time(project, person, date(2026, 4, 10), 10, 150)


def test_a_draft_is_not_in_force_and_ends_nothing(firm):
    assert standard(firm, "K7") == {"K7-PROJECT-1": 4_000}


@case("K8")
def a_price_book_that_changes_after_the_sale(it: Case) -> None:
    """Won at list prices of 60,000 and 40,000; 90,000 and 40,000 from May."""
    project, person = (
        it.project("fixed_fee", 80_000, start=date(2026, 1, 31)),
        it.employee(1),
    )
    tasks = [it.obligation(project, code) for code in ("01", "02")]
    lines = it.book.rows["crm_deal_lines"][-2:]
    for line, (sold, now) in zip(
        lines, ((60_000, 90_000), (40_000, 40_000)), strict=True
    ):
        line["list_price_amount"] = now
        for version, (price, month) in enumerate(((sold, 1), (now, 5)), start=1):
            it.say(
                "crm_deal_line_versions",
                deal_line_id=line["deal_line_id"],
                list_price_amount=price,
                source_version=version,
                landed_at=datetime(2026, month, 1, 6, tzinfo=UTC),
            )
    it.allocation(project, person, date(2026, 2, 10), date(2026, 2, 10), 8)
    it.time(project, person, date(2026, 2, 10), 8, task_id=tasks[0])


def test_shares_of_the_price_stay_as_at_contract_inception(firm):
    shares = """
        select obligation_code, price_amount from canonical.dim_obligations
        where legal_entity_code = 'K8' order by obligation_code
    """
    assert firm.rows(shares) == [("01", 48_000), ("02", 32_000)]


def sells(it: Case, **said) -> None:
    """A policy of how time is sold, from 2026 on."""
    everybody = {"project_code": "*", "customer_number": "*", "role_name": "*"}
    since = {"valid_from": date(2026, 1, 1), "owner": "Finance"}
    it.book.decide("time_sale_policies", **(everybody | since | said))


@case("K9quarters")
def quarter_hours_for_one_customer(it: Case) -> None:
    project, other = it.project("time_and_materials"), it.project("time_and_materials")
    sells(it, customer_number=it._customers[project], rounding_minutes=15)
    person = it.employee(60)
    for minutes, day in ((50, 10), (61, 11), (60, 12)):
        said = {"worked_minutes": minutes, "billable_minutes": minutes}
        it.time(project, person, date(2026, 2, day), 1, 120, **said)
        it.time(other, person, date(2026, 2, day), 1, 120, **said)


def test_quarter_hours_are_rounded_up_for_the_customer_who_pays_them(firm):
    """60, 75 and 60 minutes at 120, to the other 171; both cost 171."""
    expected = {"K9QUARTERS-PROJECT-1": 390, "K9QUARTERS-PROJECT-2": 342}
    assert firm.by_project("K9quarters", REVENUE) == expected
    assert firm.months("K9quarters", COST) == {"Feb": 342}
    assert firm.proposed("K9quarters") == 732


@case("K9days")
def days_of_eight_hours(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(50)
    sells(it, project_code=project, day_hours=8)
    it.time(project, person, date(2026, 2, 10), 6, 125)
    it.time(project, person, date(2026, 2, 10), 4, 125)
    it.time(project, person, date(2026, 2, 11), 4, 125)
    it.time(project, it.employee(50), date(2026, 2, 11), 9, 125)


def test_a_day_is_sold_as_a_day_however_long(firm):
    """A day, half a day and another person's day of 1,000; 23 hours cost 50."""
    assert firm.months("K9days", REVENUE) == {"Feb": 2_500}
    assert firm.months("K9days", COST) == {"Feb": 1_150}
    assert firm.proposed("K9days") == 2_500


@case("K9overtime")
def overtime_from_the_41st_hour(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(50)
    overtime = {"overtime_price_factor": "1.5", "overtime_cost_factor": "1.5"}
    sells(it, project_code=project, overtime_after_hours=40, **overtime)
    it.time(it.project("non_billable"), person, date(2026, 2, 9), 6)
    it.worked(project, person, date(2026, 2, 10), date(2026, 2, 13), 9, rate=100)
    it.time(project, person, date(2026, 2, 16), 9, 100)


def test_overtime_costs_and_bills_more_from_the_41st_hour_of_the_week(firm):
    """6 h beside it and 4 days of 9 are 42: 34 h at 100, 2 at 150; then 9 at 100."""
    assert firm.months("K9overtime", REVENUE) == {"Feb": 4_600}
    assert firm.months("K9overtime", COST) == {"Feb": 6 * 50 + 34 * 50 + 2 * 75 + 450}
    assert firm.proposed("K9overtime") == 4_600
