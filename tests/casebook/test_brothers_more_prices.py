"""More brothers of section K: caps and prices.

Figures are worked out by hand from the case book and the standards it cites.
"""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_more_estimates import decided

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "labour_cost_amount"
CAPPED = "time_and_materials_capped"


def _capped(it: Case, cap: int, **said) -> tuple[str, str]:
    """A contract by the hour up to a cap, and somebody who costs 50 an hour."""
    terms = {"cap_amount": cap, **said.pop("deal", {})}
    return it.project(CAPPED, deal=terms, **said), it.employee(50)


def _cap(it: Case, project: str, level: str, amount: int, **said) -> None:
    """A cap on a part of a contract, from 2026 on unless said otherwise."""
    usual = {"role_name": "", "currency_code": "USD", "owner": "Finance"}
    it.book.decide(
        "cap_policies",
        project_code=project,
        cap_level=level,
        cap_amount=amount,
        **(usual | {"valid_from": date(2026, 1, 1)} | said),
    )


@case("K1z1")
def a_second_deal_adds_its_cap(it: Case) -> None:
    """10,000 and, of a second deal of the customer, 5,000: 15,000 of 18,000."""
    project, person = _capped(it, 10_000)
    it.deal(project, CAPPED, cap_amount=5_000)
    for month in (2, 3, 4):
        it.time(project, person, date(2026, month, 10), 60, 100)


def test_caps_of_two_deals_add_up(firm):
    assert firm.months("K1z1", REVENUE) == {"Feb": 6_000, "Mar": 6_000, "Apr": 3_000}


@case("K1z2")
def a_second_deal_lost_again(it: Case) -> None:
    """As before, but the second was won and is lost again, and so is its change."""
    project, person = _capped(it, 10_000)
    lost = it.deal(project, CAPPED, cap_amount=5_000)
    it.changed("crm_deals", {"deal_id": lost}, is_won=False)
    it.change(project, None, date(2026, 3, 2), cap_change_amount=2_000, is_won=False)
    for month in (2, 3, 4):
        it.time(project, person, date(2026, month, 10), 60, 100)


def test_what_is_lost_raises_no_cap(firm):
    assert firm.months("K1z2", REVENUE) == {"Feb": 6_000, "Mar": 4_000}
    assert firm.proposed("K1z2") == 10_000


@case("K1z3")
def a_cap_of_nothing(it: Case) -> None:
    """Cap 0: 10 h cost 500 and earn nothing; from May it is 700."""
    project, person = _capped(it, 0)
    it.time(project, person, date(2026, 2, 10), 10, 100)
    it.change(project, None, date(2026, 5, 11), cap_change_amount=700)


def test_under_a_cap_of_nothing_nothing_is_earned(firm):
    assert firm.months("K1z3", COST) == {"Feb": 500}
    assert firm.months("K1z3", REVENUE) == {"May": 700}


@case("K1z4")
def travel_before_work_under_a_cap(it: Case) -> None:
    """Cap 1,000: 300 of travel in January, 900 of work in February, −400 in March."""
    project, person = _capped(it, 1_000)
    it.expense(project, person, date(2026, 1, 14), 300, is_rechargeable=True)
    it.time(project, person, date(2026, 2, 10), 9, 100)
    it.time(project, person, date(2026, 3, 10), -4, 100)


def test_travel_and_work_use_up_a_cap_in_their_order(firm):
    assert firm.months("K1z4", REVENUE) == {"Jan": 300, "Feb": 700, "Mar": -200}


@case("K1z5")
def a_cap_raised_and_lowered_in_one_month(it: Case) -> None:
    """Cap 1,000; 1,500 worked on 10 March; +800 from the 2nd, −500 from the 20th."""
    project, person = _capped(it, 1_000)
    it.time(project, person, date(2026, 3, 10), 15, 100)
    for day, amount in ((2, 800), (20, -500)):
        it.change(project, None, date(2026, 3, day), cap_change_amount=amount)


def test_at_a_months_end_the_cap_of_its_last_day_holds(firm):
    assert firm.months("K1z5", REVENUE) == {"Mar": 1_300}


@case("K2z1")
def a_cap_of_a_role_for_two_months(it: Case) -> None:
    """At most 10,000 of Partners' work of March and April; 8,000 in each of four."""
    project, person = _capped(it, 50_000)
    dates = {"valid_from": date(2026, 3, 1), "valid_to": date(2026, 5, 1)}
    _cap(it, project, "role", 10_000, role_name="Partner", **dates)
    for month in (2, 3, 4, 5):
        day = date(2026, month, 12)
        it.time(project, person, day, 16, 500, role_name="Partner")


def test_a_cap_of_a_role_holds_for_its_days(firm):
    expected = {"Feb": 8_000, "Mar": 8_000, "Apr": 2_000, "May": 8_000}
    assert firm.months("K2z1", REVENUE) == expected


@case("K2z2")
def a_cap_of_a_month_and_corrections(it: Case) -> None:
    """5,000 a month: 7,000 in February less 1,000 then, and −1,000 in March."""
    project, person = _capped(it, 50_000)
    _cap(it, project, "month", 5_000)
    for month, day, hours in ((2, 10, 40), (2, 11, 30), (2, 20, -10), (3, 10, -10)):
        it.time(project, person, date(2026, month, day), hours, 100)


def test_what_a_month_is_above_its_cap_is_not_made_up_in_another(firm):
    assert firm.months("K2z2", REVENUE) == {"Feb": 5_000, "Mar": -1_000}


@case("K2z3")
def a_cap_of_a_role_in_another_currency(it: Case) -> None:
    """100,000 pesos at 50, from April at 40: 1,200 are 60,000; 1,000 of 1,500."""
    it.rate("USD", "PHP", date(2026, 1, 1), "50")
    it.rate("USD", "PHP", date(2026, 4, 1), "40")
    it.rate("PHP", "USD", date(2026, 1, 1), "0.02")
    project, person = _capped(it, 50_000)
    said = {"role_name": "Partner", "currency_code": "PHP"}
    _cap(it, project, "role", 100_000, **said)
    for month, hours in ((2, 12), (4, 15)):
        day = date(2026, month, 14)
        it.time(project, person, day, hours, 100, role_name="Partner")


def test_a_cap_of_a_role_in_another_currency_counts_work_at_its_days_rate(firm):
    assert firm.months("K2z3", REVENUE) == {"Feb": 1_200, "Apr": 1_000}


@case("K2z4")
def two_roles_in_one_day(it: Case) -> None:
    """4 h at 150 and, as a Partner, 4 h at 250, of which 600 are within a cap."""
    project, person = _capped(it, 50_000)
    _cap(it, project, "role", 600, role_name="Partner")
    day = date(2026, 2, 10)
    it.time(project, person, day, 4, 150)
    it.time(project, person, day, 4, 250, role_name="Partner")


def test_a_person_of_two_roles_earns_by_each(firm):
    assert firm.months("K2z4", REVENUE) == {"Feb": 1_200}
    assert firm.months("K2z4", COST) == {"Feb": 400}


@case("K3z1", currency="IDR", country="ID")
def a_cap_and_a_contract_in_another_currency_than_the_books(it: Case) -> None:
    """Cap USD 8,000; 5,000 in February at 16,000, 5,000 in April at 15,000.

    80,000,000 rupiah, and 3,000 at April's rate: 45,000,000.
    """
    it.rate("USD", "IDR", date(2026, 1, 1), "16000")
    it.rate("USD", "IDR", date(2026, 4, 1), "15000")
    it.rate("IDR", "USD", date(2026, 1, 1), "0.0000625")
    project, person = _capped(it, 8_000, currency="USD")
    for month in (2, 4):
        day = date(2026, month, 14)
        it.time(project, person, day, 25, 200, currency_code="USD")


def test_a_cap_in_the_contracts_currency_is_held_there(firm):
    assert firm.months("K3z1", REVENUE) == {"Feb": 80_000_000, "Apr": 45_000_000}
    assert firm.proposed("K3z1") == 8_000


@case("K3z2", currency="AED", country="AE")
def a_cap_in_another_currency_lowered_in_the_contracts(it: Case) -> None:
    """Cap QAR 10,000 at par; 8,000 are worked; from April it is 3,000 dirhams less.

    At 1.20 they are QAR 3,600: 6,400 are left, 1,600 go back, of hours at par.
    """
    it.rate("AED", "QAR", date(2026, 1, 1), "1")
    it.rate("AED", "QAR", date(2026, 4, 1), "1.20")
    it.rate("QAR", "AED", date(2026, 1, 1), "1")
    it.rate("AED", "USD", date(2026, 1, 1), "0.25")
    project, person = _capped(it, 10_000, deal={"cap_currency_code": "QAR"})
    it.time(project, person, date(2026, 2, 10), 80, 100)
    it.change(project, None, date(2026, 4, 14), cap_change_amount=-3_000)


def test_a_cap_is_changed_at_the_rate_of_the_changes_day(firm):
    assert firm.months("K3z2", REVENUE) == {"Feb": 8_000, "Apr": -1_600}


@case("K5z1")
def hours_charged_that_are_taken_back(it: Case) -> None:
    """8 h of February, 2 of them taken off the bill in March; 3 h that are not sold."""
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, date(2026, 2, 10), 8, 200)
    it.time(project, person, date(2026, 3, 10), 0, 200, billable_minutes=-120)
    it.time(project, person, date(2026, 4, 14), 3, 200, is_billable=False)


def test_what_is_taken_off_a_bill_costs_as_before(firm):
    assert firm.months("K5z1", REVENUE) == {"Feb": 1_600, "Mar": -400}
    assert firm.months("K5z1", COST) == {"Feb": 800, "Apr": 300}
    assert firm.proposed("K5z1") == 1_200


@case("K9z1")
def quarter_hours_taken_back(it: Case) -> None:
    """50 minutes are sold as 60, and taken back as 60: 120 and −120."""
    project, person = it.project("time_and_materials"), it.employee(60)
    it.sells(project, rounding_minutes=15)
    for month, minutes in ((1, 50), (2, -50)):
        said = {"worked_minutes": minutes, "billable_minutes": minutes}
        it.time(project, person, date(2026, month, 12), 1, 120, **said)


def test_what_is_taken_back_is_rounded_as_it_was_sold(firm):
    assert firm.months("K9z1", REVENUE) == {"Jan": 120, "Feb": -120}
    assert firm.months("K9z1", COST) == {"Jan": 50, "Feb": -50}


@case("K9z2")
def overtime_at_another_rate_under_a_cap(it: Case) -> None:
    """40 h at 100, on Saturday 2 h at 200: × 1.5 is 600. Cap 4,400; cost 2,150."""
    project, person = _capped(it, 4_400)
    factors = {"overtime_price_factor": "1.5", "overtime_cost_factor": "1.5"}
    it.sells(project, overtime_after_hours=40, **factors)
    it.worked(project, person, date(2026, 2, 9), date(2026, 2, 13), 8, rate=100)
    it.time(project, person, date(2026, 2, 14), 2, 200)


def test_overtime_is_at_its_own_rate_and_within_the_cap(firm):
    assert firm.months("K9z2", REVENUE) == {"Feb": 4_400}
    assert firm.months("K9z2", COST) == {"Feb": 2_150}


@case("K9z3")
def half_days_over_a_month_end(it: Case) -> None:
    """Days of 8 h at 1,000: 3 h on 31 March, 9 h on 1 April: 375 and 1,000."""
    project, person = it.project("time_and_materials"), it.employee(50)
    it.sells(project, day_hours=8)
    it.time(project, person, date(2026, 3, 31), 3, 125)
    it.time(project, person, date(2026, 4, 1), 9, 125)
    it.time(project, person, date(2026, 4, 2), 2, 125, billable_minutes=0)


def test_a_part_of_a_day_is_sold_in_proportion(firm):
    assert firm.months("K9z3", REVENUE) == {"Mar": 375, "Apr": 1_000}
    assert firm.months("K9z3", COST) == {"Mar": 150, "Apr": 550}


@case("K8z1")
def products_of_several_pieces(it: Case) -> None:
    """10 × 500 and 1 × 5,000 alone, 8,000 together: 4,000 each; 01 is half done."""
    decided(it, "percent_entered")
    project = it.project("fixed_fee", 8_000)
    it.obligation(project, "01", 500)
    it.obligation(project, "02", 5_000)
    line = {"deal_id": f"{it.name}-deal-1", "obligation_code": "01"}
    it.changed("crm_deal_lines", line, quantity=10, total_price_amount=3_000)
    it.progress(project, date(2026, 3, 31), "0.5", obligation_code="01")
    it.progress(project, date(2026, 3, 31), "0", obligation_code="02")


def test_a_price_is_shared_by_all_pieces_of_a_product(firm):
    assert firm.months("K8z1", REVENUE) == {"Mar": 2_000}
