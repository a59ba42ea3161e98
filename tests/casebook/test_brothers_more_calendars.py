"""More brothers of section P: years of 53 weeks, short years, periods that adjust."""

from datetime import date

import pytest

from tests.casebook.case import Case
from tests.casebook.telling import case
from tests.casebook.test_brothers_estimates import _periods

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "total_cost_amount"
OWN = {"own_systems": True}


def _shown(firm, entity: str, columns: str) -> list[tuple]:
    """First day of a period with revenue or cost, and columns of its margin."""
    return firm.rows(
        f"select period_month, {columns} from marts.mart_project_margin_monthly"
        " where legal_entity_code = $entity"
        " and (recognised_revenue_amount <> 0 or total_cost_amount <> 0)"
        " order by period_month",
        entity=entity,
    )


def _calendar_of_policy(it: Case, calendar: str, begins: str) -> None:
    """The ERP has no periods; policy says which there are."""
    periods = it.book.rows["erp_fiscal_periods"]
    periods[:] = [row for row in periods if row["source_instance"] != it.instance]
    for row in it.book.policies["legal_entity_policies"]:
        if row["legal_entity_code"] == it.name:
            row.update(fiscal_calendar=calendar, fiscal_year_begins=begins)


@case("P1z1", **OWN)
def a_year_of_53_weeks(it: Case) -> None:
    """4-4-5 from the Saturday nearest to 1 April: 29 March 2025 to 3 April 2026.

    That is 371 days. The last quarter begins on 27 December: 4 weeks, 4 weeks from 24
    January, and the rest, 6, from 21 February. The next year begins on 4 April.
    """
    _calendar_of_policy(it, "4-4-5", "2023-04-01")
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, date(2026, 1, 23), 1, 200)
    it.time(project, person, date(2026, 1, 26), 2, 200)
    it.time(project, person, date(2026, 3, 27), 8, 200)
    it.time(project, person, date(2026, 4, 1), 4, 200)
    it.time(project, person, date(2026, 4, 6), 3, 200)


def test_the_53rd_week_is_the_last_periods(firm):
    told = f"period_end_date, fiscal_year, quarter_no, period_no, {REVENUE}"
    assert _shown(firm, "P1z1", told) == [
        (date(2025, 12, 27), date(2026, 1, 23), 2026, 4, 10, 200),
        (date(2026, 1, 24), date(2026, 2, 20), 2026, 4, 11, 400),
        (date(2026, 2, 21), date(2026, 4, 3), 2026, 4, 12, 2_400),
        (date(2026, 4, 4), date(2026, 5, 1), 2027, 1, 1, 600),
    ]


def test_a_year_of_53_weeks_adds_up_to_its_end(firm):
    told = "quarter_to_date_revenue_amount, year_to_date_revenue_amount"
    assert [row[1:] for row in _shown(firm, "P1z1", told)] == [
        (200, 200),
        (600, 600),
        (3_000, 3_000),
        (600, 600),
    ]


@case("P1z2", **OWN)
def a_fiscal_year_that_is_moved(it: Case) -> None:
    """Calendar years to 2025, a short one to 31 March 2026, then from 1 April on.

    1, 2 and 4 h at 200 in January, February and March; 8 h in April.
    """
    years = {
        2025: (date(2025, 1, 1), date(2025, 12, 31)),
        2026: (date(2026, 1, 1), date(2026, 3, 31)),
        2027: (date(2026, 4, 1), date(2027, 3, 31)),
    }
    for row in it.book.rows["erp_fiscal_periods"]:
        if row["source_instance"] == it.instance:
            [year] = [y for y in years.values() if y[0] <= row["start_date"] <= y[1]]
            row["fiscal_year_start_date"], row["fiscal_year_end_date"] = year
    project, person = it.project("time_and_materials"), it.employee(100)
    for month, hours in ((1, 1), (2, 2), (3, 4), (4, 8)):
        it.time(project, person, date(2026, month, 10), hours, 200)


def test_a_short_year_is_a_year_of_its_own(firm):
    told = "fiscal_year, quarter_no, period_no, year_to_date_revenue_amount"
    assert [row[1:] for row in _shown(firm, "P1z2", told)] == [
        (2026, 1, 1, 200),
        (2026, 1, 2, 600),
        (2026, 1, 3, 1_400),
        (2027, 1, 1, 1_600),
    ]


@case("P2z1", **OWN)
def an_adjustment_period_in_the_middle_of_a_year(it: Case) -> None:
    """A period of its own on 31 March takes the auditors' entries of the quarter.

    8 h of that day are March's: 1,600. A bill of 500 is posted to it: March's too.
    """
    it.say(
        "erp_fiscal_periods",
        period_id="2026-03A",
        start_date=date(2026, 3, 31),
        end_date=date(2026, 3, 31),
        period_name="Adjust Q1 2026",
        is_adjustment=True,
    )
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, date(2026, 3, 31), 8, 200)
    it.bill(project, 500, date(2026, 3, 31), period_id="2026-03A")
    it.bill(project, 70, date(2026, 4, 1))


def test_an_adjustment_period_doubles_nothing_and_loses_nothing(firm):
    assert _shown(firm, "P2z1", f"{REVENUE}, {COST}, subcontractor_amount") == [
        (date(2026, 3, 1), 1_600, 1_300, 500),
        (date(2026, 4, 1), 0, 70, 70),
    ]


@case("P3z1")
def bills_posted_to_other_periods(it: Case) -> None:
    """One of 2 April in March's period, one of 30 March in April's."""
    project = it.project("time_and_materials")
    it.bill(project, 500, date(2026, 4, 2), period_id="2026-03")
    it.bill(project, 70, date(2026, 3, 30), period_id="2026-04")


def test_a_bill_is_of_the_period_that_it_is_posted_to(firm):
    assert firm.months("P3z1", "subcontractor_amount") == {"Mar": 500, "Apr": 70}


@case("P3z2")
def a_receivable_posted_to_the_period_before(it: Case) -> None:
    """Dated 2 April and posted to March in the ERP; the PSA's invoice is of 31 March.

    The control compares 1,000 with 1,000.
    """
    project, name = it.project("time_and_materials"), "INV-P3z2"
    invoice = it.invoice(project, 1_000, date(2026, 3, 31), erp_external_id=name)
    day = date(2026, 3, 10)
    it.time(project, it.employee(50), day, 10, 100, invoice_id=invoice)
    it.document(
        "customer_invoice",
        date(2026, 4, 2),
        [("1100", 1_000, None), ("4000", -1_000, project)],
        period_id="2026-03",
        external_id=name,
    )


def test_a_receivable_posted_to_the_period_before_is_its_invoice(firm):
    assert firm.rows(
        "select strftime(period_month, '%b'), match_status"
        " from reconciliation.rec_invoices_psa_to_erp"
        " where legal_entity_code = 'P3z2'"
    ) == [("Mar", "matched")]


@case("P4z1")
def a_lender_with_a_calendar_of_weeks(it: Case) -> None:
    """4-4-5 lends to calendar months: 8 h on 27 January, 8 h on 30 March.

    Cost 100 an hour and 9 % on it: 872 each time. The lender's periods are 26 January
    to 22 February and 30 March to 26 April; the borrower's months January and March,
    which end in them. The borrower sells an hour at 200.
    """
    ends = [date(2025, 12, 28), date(2026, 1, 25), date(2026, 2, 22)]
    ends += [date(2026, 3, 29), date(2026, 4, 26), date(2026, 5, 24)]
    ends += [date(2026, 6, 28), date(2026, 7, 26), date(2026, 8, 23)]
    ends += [date(2026, 9, 27), date(2026, 10, 25), date(2026, 11, 22)]
    _periods(it, date(2026, 12, 27), *ends, date(2026, 12, 27))
    project = Case(it.book, "P4z1b").project("time_and_materials")
    person = it.employee(100)
    for day in (date(2026, 1, 27), date(2026, 3, 30)):
        it.time(project, person, day, 8, 200)


def test_a_charge_between_calendars_is_in_the_periods_of_both(firm):
    assert firm.rows(
        "select period_month, provider_period_month, charge_amount,"
        " receiver_charge_amount from canonical.fct_intercompany_monthly"
        " where provider_entity_code = 'P4z1' order by period_month"
    ) == [
        (date(2026, 1, 1), date(2026, 1, 26), 872, 872),
        (date(2026, 3, 1), date(2026, 3, 30), 872, 872),
    ]


def test_lender_and_borrower_have_their_own_margins_of_lent_people(firm):
    query = """
        select period_month, revenue_amount, intercompany_revenue_amount,
            cost_amount, intercompany_cost_amount, margin_amount
        from marts.mart_entity_margin_monthly
        where legal_entity_code = $entity and (margin_amount <> 0)
        order by period_month
    """
    assert firm.rows(query, entity="P4z1") == [
        (date(2026, 1, 26), 0, 872, 800, 0, 72),
        (date(2026, 3, 30), 0, 872, 800, 0, 72),
    ]
    assert firm.rows(query, entity="P4z1b") == [
        (date(2026, 1, 1), 1_600, 0, 0, 872, 728),
        (date(2026, 3, 1), 1_600, 0, 0, 872, 728),
    ]
