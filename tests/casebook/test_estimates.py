"""Estimates and progress: section E of the case book."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.casebook.book import Built
from tests.casebook.case import Case, weekdays
from tests.casebook.telling import case

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("casebook")]
REVENUE, COST = "recognised_revenue_amount", "total_cost_amount"


def _decided(it: Case, method: str, **policy: str) -> None:
    it.book.decide(
        "revenue_policies",
        legal_entity_code=it.name,
        contract_type="fixed_fee",
        method=method,
        modification_treatment="catch_up",
        owner="Finance",
        **policy,
    )


def _rates(it: Case) -> None:
    it.rate("AUD", "USD", date(2026, 1, 1), "0.80")
    it.rate("USD", "AUD", date(2026, 1, 1), "1.25")


@case("E1")
def no_estimate(it: Case) -> None:
    project, person = it.project("fixed_fee", 80_000), it.employee(100)
    it.changed("psa_projects", {"project_id": project}, manager_person_id=person)
    it.time(project, person, date(2026, 1, 12), 10)


def test_without_an_estimate_revenue_is_what_it_cost(firm):
    assert firm.months("E1", REVENUE) == {"Jan": 1_000}


def test_the_manager_is_told_that_there_is_no_estimate(firm):
    [(reason, amount, owner)] = firm.told("E1", "no_estimate")
    assert "no work is planned" in reason
    assert "its manager is E1-employee-1" in reason
    assert (amount, owner) == (1_000, "PMO")
    assert firm.told("E2", "no_estimate") == []


@case("E1-hours")
def no_estimate_by_hours(it: Case) -> None:
    _decided(it, "effort")
    no_estimate(it)


def test_without_planned_hours_revenue_is_what_it_cost(firm):
    assert firm.months("E1-hours", REVENUE) == {"Jan": 1_000}


@case("E1-caught-up", currency="AUD", country="AU")
def estimate_in_another_currency(it: Case) -> None:
    """Sold in USD; 10 h in January that nobody planned, 90 h planned for September."""
    _rates(it)
    project, person = it.project("fixed_fee", 80_000, currency="USD"), it.employee(100)
    it.time(project, person, date(2026, 1, 12), 10)
    it.allocation(project, it.employee(100), date(2026, 9, 1), date(2026, 9, 30), 90)


def test_a_plan_is_an_estimate_from_when_it_is_known(firm):
    """A tenth is done: 8,000 USD are 10,000 AUD. (It was known before January.)"""
    assert firm.months("E1-caught-up", REVENUE) == {"Jan": 10_000}


@case("E1-foreign", currency="AUD", country="AU")
def no_estimate_in_another_currency(it: Case) -> None:
    """100 h at 100 AUD in January and as many in February; sold for 12,000 USD."""
    _rates(it)
    project, person = it.project("fixed_fee", 12_000, currency="USD"), it.employee(100)
    it.time(project, person, date(2026, 1, 12), 100)
    it.time(project, person, date(2026, 2, 12), 100)


def test_cost_is_recovered_in_contract_currency_up_to_the_price(firm):
    """10,000 AUD are 8,000 USD; then 4,000 USD are left of the price, 5,000 AUD."""
    assert firm.months("E1-foreign", REVENUE) == {"Jan": 10_000, "Feb": 5_000}


@case("E1-sold-hours")
def hours_sold(it: Case) -> None:
    """100 hours were sold, 25 are worked, and nobody planned any."""
    _decided(it, "cost_to_cost", no_estimate="sold_hours")
    project = it.project("fixed_fee", 80_000)
    it.obligation(project, "01", 80_000, included_hours=100)
    it.time(project, it.employee(100), date(2026, 1, 12), 25)


def test_hours_sold_may_stand_in_for_a_plan(firm):
    assert firm.months("E1-sold-hours", REVENUE) == {"Jan": 20_000}


@case("E1-without-rate")
def plan_without_a_rate(it: Case) -> None:
    """90 h are planned for a contractor whom nobody has ordered."""
    project = it.project("fixed_fee", 80_000)
    it.time(project, it.employee(100), date(2026, 1, 12), 10)
    it.allocation(project, it.contractor(), date(2026, 2, 2), date(2026, 12, 31), 90)


def test_work_to_come_without_a_rate_is_no_estimate(firm):
    assert firm.months("E1-without-rate", REVENUE) == {"Jan": 1_000}


@case("E2")
def overdue_plan(it: Case) -> None:
    project, person = it.project("fixed_fee", 60_000), it.employee(100)
    it.allocation(project, person, date(2026, 1, 1), date(2026, 1, 31), 100)
    it.allocation(project, person, date(2026, 2, 1), date(2026, 2, 28), 200)
    for day in weekdays(date(2026, 1, 5), date(2026, 1, 30)):
        it.time(project, person, day, 5)


def test_overdue_work_is_still_to_come(firm):
    assert firm.months("E2", REVENUE) == {"Jan": 20_000}


def test_overdue_hours_are_an_exception(firm):
    [(reason, amount, owner)] = firm.told("E2", "overdue_plan")
    assert "200.00 h overdue" in reason
    assert (amount, owner) == (20_000, "PMO")
    assert firm.told("E2-finished", "overdue_plan") == []
    assert firm.told("E3", "overdue_plan") == []


@case("E2-done-late")
def overdue_plan_done_late(it: Case) -> None:
    """January's 100 h are worked half in January and half in March."""
    project, person = it.project("fixed_fee", 60_000), it.employee(100)
    it.allocation(project, person, date(2026, 1, 1), date(2026, 1, 31), 100)
    it.allocation(project, person, date(2026, 5, 1), date(2026, 5, 31), 100)
    it.time(project, person, date(2026, 1, 12), 50)
    it.time(project, person, date(2026, 3, 12), 50)


def test_overdue_work_that_is_done_later_is_taken_off(firm):
    """50 of 200 hours, then 100 of 200: May's hundred stay to come, overdue in June."""
    assert firm.months("E2-done-late", REVENUE) == {"Jan": 15_000, "Mar": 15_000}


@case("E2-done-by-another")
def overdue_plan_done_by_another(it: Case) -> None:
    """Of 100 h each, the cheap one works 150 and the dear one 30."""
    project = it.project("fixed_fee", 40_000)
    cheap, dear = it.employee(100), it.employee(200)
    for person, hours in ((cheap, 150), (dear, 30)):
        it.allocation(project, person, date(2026, 2, 2), date(2026, 2, 27), 100)
        it.time(project, person, date(2026, 2, 12), hours)


def test_what_somebody_else_did_is_not_overdue(firm):
    """21,000 spent; 20 h of the dear one's are left, 4,000: 21 / 25 of 40,000."""
    assert firm.months("E2-done-by-another", REVENUE) == {"Feb": 33_600}


@case("E2-dropped")
def overdue_plan_dropped(it: Case) -> None:
    _decided(it, "cost_to_cost", overdue_plan="drop")
    overdue_plan(it)


def test_a_firm_may_drop_overdue_work(firm):
    assert firm.months("E2-dropped", REVENUE) == {"Jan": 20_000, "Feb": 40_000}


@case("E2-by-hours", currency="JPY", country="JP")
def overdue_plan_by_hours(it: Case) -> None:
    _decided(it, "effort")
    overdue_plan(it)


def test_overdue_work_is_still_to_come_where_hours_measure(firm):
    assert firm.months("E2-by-hours", REVENUE) == {"Jan": 20_000}


@case("E2-loss")
def overdue_plan_at_a_loss(it: Case) -> None:
    """300 h at 100 for 24,000: a loss of 6,000 is seen, though no work is planned."""
    project, person = it.project("fixed_fee", 24_000), it.employee(100)
    it.allocation(project, person, date(2026, 1, 1), date(2026, 2, 28), 300)
    it.time(project, person, date(2026, 2, 12), 150)


def test_the_loss_of_overdue_work_is_provided(firm):
    """Half is done: 12,000 for 15,000; of the loss of 6,000 a half is still to come."""
    assert firm.months("E2-loss", REVENUE) == {"Feb": 12_000}
    assert firm.months("E2-loss", "loss_provision_amount") == {
        "Jan": 6_000,
        "Feb": -3_000,
    }


@case("E2-finished")
def finished_below_plan(it: Case) -> None:
    """90 of 100 h were enough: the task is completed in March."""
    project, person = it.project("fixed_fee", 10_000), it.employee(100)
    task = it.obligation(project, "01", 10_000)
    it.allocation(project, person, date(2026, 2, 2), date(2026, 2, 27), 100)
    it.time(project, person, date(2026, 2, 12), 90, task_id=task)
    it.say("psa_acceptances", task_id=task, event_date=date(2026, 3, 9), direction=1)


def test_nothing_is_to_come_once_all_tasks_are_completed(firm):
    assert firm.months("E2-finished", REVENUE) == {"Feb": 9_000, "Mar": 1_000}


@case("E3")
def allocation_over_months(it: Case) -> None:
    project, person = it.project("fixed_fee", 65_000), it.employee(100)
    spring = date(2026, 4, 1), date(2026, 6, 30)
    it.allocation(project, person, *spring, 260)
    it.worked(project, person, *spring, 4)


def test_an_allocation_is_spread_over_working_days(firm):
    expected = {"Apr": 22_000, "May": 21_000, "Jun": 22_000}
    assert firm.months("E3", REVENUE) == expected


@case("E3-part-time", country="GB")
def allocation_of_a_part_timer(it: Case) -> None:
    """Full days in April, half days from May on, and a holiday on Good Friday."""
    project, person = it.project("fixed_fee", 31_500), it.employee(100)
    it.assignment(person, it.name, date(2026, 5, 1), weekly_hours=20, fte_rate="0.5")
    it.say("hr_holidays", country_code="GB", holiday_date=date(2026, 4, 3))
    it.allocation(project, person, date(2026, 4, 1), date(2026, 5, 31), 315)
    it.worked(project, person, date(2026, 4, 1), date(2026, 4, 30), 10)
    it.worked(project, person, date(2026, 5, 1), date(2026, 5, 29), 5)


def test_an_allocation_is_spread_by_the_hours_that_the_person_works(firm):
    """21 full days and 21 half ones: 210 and 105 of 315 h are planned. 220 h are worked
    in April, ten more than was planned by then: 220 of 325. In May it is all done."""
    done = (Decimal(31_500) * 220 / 325).quantize(Decimal("0.01"))
    expected = {"Apr": done, "May": Decimal(31_500) - done}
    assert firm.months("E3-part-time", REVENUE) == expected


@case("E3-mid-month")
def allocation_that_runs_on(it: Case) -> None:
    """From the middle of June to the middle of July: 12 and 11 working days."""
    project, person = it.project("fixed_fee", 23_000), it.employee(100)
    it.allocation(project, person, date(2026, 6, 15), date(2026, 7, 15), 46)
    it.worked(project, person, date(2026, 6, 15), date(2026, 6, 30), 2)


def test_what_is_planned_after_the_last_day_is_to_come(firm):
    assert firm.months("E3-mid-month", REVENUE) == {"Jun": 12_000}
    scheduled = firm.rows(
        "select strftime(period_month, '%b'), sum(forecast_cost_amount)"
        " from canonical.fct_monthly_forecasts inner join canonical.dim_projects"
        " using (project_key) where legal_entity_code = 'E3-mid-month'"
        " group by period_month order by period_month"
    )
    assert scheduled == [("Jun", 2_400), ("Jul", 2_200)]


@case("E4")
def re_estimate(it: Case) -> None:
    project, person = it.project("fixed_fee", 90_000), it.employee(100)
    for month in (1, 2, 3):
        start = date(2026, month, 2)
        it.allocation(project, person, start, start + timedelta(days=25), 30)
        if month < 3:
            it.time(project, person, date(2026, month, 12), 30)
    more = it.allocation(project, person, date(2026, 3, 16), date(2026, 5, 29), 60)
    it.seen(more, date(2026, 3, 16))


def test_an_estimate_is_never_changed_backwards(firm):
    """30 and 60 of 90 h; in March 60 of 150."""
    expected = {"Jan": 30_000, "Feb": 30_000, "Mar": -24_000}
    assert firm.months("E4", REVENUE) == expected


@case("E4-cut")
def plan_that_is_given_up(it: Case) -> None:
    """100 h of 200 worked in January; in March the rest is cut to half of it."""
    project, person = it.project("fixed_fee", 60_000), it.employee(100)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.time(project, person, date(2026, 1, 12), 100)
    rest = it.allocation(project, person, date(2026, 9, 1), date(2026, 9, 30), 100)
    it.seen(rest, date(2026, 3, 31), hours=50)


def test_what_was_planned_counts_until_it_is_seen_to_be_cut(firm):
    """Half in January; two thirds from the last of March on."""
    assert firm.months("E4-cut", REVENUE) == {"Jan": 30_000, "Mar": 10_000}


@case("E5")
def loss_re_estimated(it: Case) -> None:
    """40 h done of 120; in February 30 h of the rest turn out not to be needed."""
    project, person = it.project("fixed_fee", 10_000), it.employee(100)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 40)
    it.time(project, person, date(2026, 1, 12), 40)
    rest = it.allocation(project, person, date(2026, 9, 1), date(2026, 9, 30), 80)
    it.seen(rest, date(2026, 2, 10), hours=50)


def test_a_loss_that_is_re_estimated_is_released_when_it_is(firm):
    revenue = {"Jan": Decimal("3333.33"), "Feb": Decimal("1111.11")}
    assert firm.months("E5", REVENUE) == revenue
    provision = {"Jan": Decimal("1333.33"), "Feb": Decimal("-1333.33")}
    assert firm.months("E5", "loss_provision_amount") == provision


@case("E7")
def percent_entered(it: Case) -> None:
    _decided(it, "percent_entered")
    project = it.project("fixed_fee", 40_000)
    it.progress(project, date(2026, 1, 31), "0.10")
    it.progress(project, date(2026, 2, 20), "0.35")


def test_progress_is_what_the_manager_enters(firm):
    assert firm.months("E7", REVENUE) == {"Jan": 4_000, "Feb": 10_000}


@case("E7-falls", currency="JPY", country="JP")
def percent_that_falls(it: Case) -> None:
    """Nothing is entered in January; in April the manager finds that less is done."""
    _decided(it, "percent_entered")
    project = it.project("fixed_fee", 40_000)
    it.time(project, it.employee(100), date(2026, 1, 12), 10)
    it.progress(project, date(2026, 2, 27), "0.5")
    it.progress(project, date(2026, 3, 31), "0.9")
    it.progress(project, date(2026, 4, 1), "0.4")


def test_a_percentage_may_fall_and_before_there_is_one_cost_is_recovered(firm):
    expected = {"Jan": 1_000, "Feb": 19_000, "Mar": 16_000, "Apr": -20_000}
    assert firm.months("E7-falls", REVENUE) == expected


@case("E10")
def earned_value(it: Case) -> None:
    """900 h planned at 100 an hour; the first 360 of them are done, at 125."""
    project, person = it.project("fixed_fee", 200_000), it.employee(100)
    for since, pay in ((date(2026, 2, 2), 125), (date(2026, 2, 28), 100)):
        it.say(
            "hr_pay",
            employee_pseudonym=f"pseudonym of {person}",
            valid_from=since,
            currency_code="USD",
            pay_basis="hourly",
            pay_amount=pay,
        )
    it.allocation(project, person, date(2026, 2, 1), date(2026, 2, 28), 360)
    it.allocation(project, person, date(2026, 3, 2), date(2026, 12, 31), 540)
    it.time(project, person, date(2026, 2, 9), 360)


@case("E10-thirds")
def earned_value_in_thirds(it: Case) -> None:
    """30 of 90 h at 10,000 are done, with 70,000 of expenses that nobody planned."""
    project, person = it.project("fixed_fee", 2_000_000), it.employee(10_000)
    it.allocation(project, person, date(2026, 2, 2), date(2026, 2, 6), 90)
    it.time(project, person, date(2026, 2, 6), 30)
    it.expense(project, person, date(2026, 2, 6), 70_000)


def _forecast(firm: Built, entity: str) -> tuple:
    [row] = firm.rows(
        "select bac_amount, cost_to_date_amount, earned_value_amount, cpi_rate,"
        " eac_cpi_amount from canonical.fct_project_forecasts"
        " inner join canonical.dim_projects using (project_key)"
        " where legal_entity_code = $entity and period_month = date '2026-02-01'",
        entity=entity,
    )
    return row


def test_estimate_by_cost_performance(firm):
    """EV 36,000 of BAC 90,000 for 45,000: CPI 0.8, BAC / CPI 112,500."""
    expected = (90_000, 45_000, 36_000, Decimal("0.8"), 112_500)
    assert _forecast(firm, "E10") == expected


def test_a_ratio_is_not_rounded_before_it_is_used(firm):
    """900,000 / (300,000 / 370,000) is 1,110,000.00; by 0.810811, 1,109,999.74."""
    expected = (900_000, 370_000, 300_000, Decimal("0.810811"), 1_110_000)
    assert _forecast(firm, "E10-thirds") == expected


@case("E11")
def straight_line(it: Case) -> None:
    it.project("retainer", 12_000, date(2026, 3, 15), date(2027, 3, 14))


def test_a_year_from_the_middle_of_march_begins_with_half_a_month(firm):
    expected = {"Mar": 500, "Apr": 1_000, "May": 1_000, "Jun": 1_000}
    assert firm.months("E11", REVENUE) == expected
    assert firm.scheduled("E11")["2027-03"] == 500
    assert sum(firm.scheduled("E11").values()) == 8_500


@case("E11days")
def straight_line_by_days(it: Case) -> None:
    it.book.decide(
        "revenue_policies",
        legal_entity_code="E11days",
        contract_type="retainer",
        method="straight_line",
        modification_treatment="prospective",
        straight_line_basis="days",
        owner="Finance",
    )
    it.project("retainer", 12_000, date(2026, 3, 15), date(2027, 3, 14))


def test_by_days_a_year_from_the_middle_of_march_begins_with_17_of_365(firm):
    march = Decimal("558.90")  # then 47, 78 and 108 of 365 days, to the cent
    assert firm.months("E11days", REVENUE) == {
        "Mar": march,
        "Apr": Decimal("1545.21") - march,
        "May": Decimal("2564.38") - Decimal("1545.21"),
        "Jun": Decimal("3550.68") - Decimal("2564.38"),
    }


@case("E11long")
def straight_line_that_is_extended(it: Case) -> None:
    """Half a year for 6,000; in April half a year more for 3,000, to the end."""
    project = it.project("retainer", 6_000, date(2026, 1, 1), date(2026, 6, 30))
    year_end = date(2026, 12, 31)
    it.change(project, 3_000, date(2026, 4, 1), service_end_date=year_end)
    person = it.employee(100)
    it.expense(project, person, date(2026, 2, 3), 150, is_rechargeable=True)


def test_what_is_left_of_an_extended_retainer_is_spread_and_travel_is_beside_it(firm):
    """3,000 by March; 6,000 are left for nine months."""
    left = [Decimal("666.67"), Decimal("666.66"), Decimal("666.67")]
    expected = {"Jan": 1_000, "Feb": 1_150, "Mar": 1_000}
    expected |= dict(zip(("Apr", "May", "Jun"), left, strict=True))
    assert firm.months("E11long", REVENUE) == expected
    assert firm.wip("E11long", "deferred_amount") == {}


@case("E12")
def milestones_above_the_price(it: Case) -> None:
    project = it.project("milestone", 100_000)
    for accepted in (date(2026, 2, 10), date(2026, 5, 11)):
        it.milestone(project, 60_000, due=accepted, accepted=accepted)


def test_milestones_earn_no_more_than_the_price(firm):
    assert firm.months("E12", REVENUE) == {"Feb": 60_000, "May": 40_000}
    assert firm.proposed("E12") == 100_000
    assert firm.in_question("E12", "milestones_above_price") == {20_000: "USD"}


@case("E12more")
def milestones_above_a_price_that_is_raised(it: Case) -> None:
    """Also in another currency than the books: 1.25 when accepted, 1.20 when raised."""
    it.rate("NZD", "USD", date(2026, 1, 1), "1.25")
    it.rate("NZD", "USD", date(2026, 5, 1), "1.20")
    project = it.project("milestone", 1_000, currency="NZD")
    for accepted in (date(2026, 2, 10), date(2026, 3, 11)):
        it.milestone(project, 600, accepted, accepted, currency_code="NZD")
    it.change(project, 150, date(2026, 5, 4), currency_code="NZD")


def test_a_price_that_is_raised_lets_in_what_was_accepted_above_it(firm):
    expected = {"Feb": 750, "Mar": 500, "May": 180}
    assert firm.months("E12more", REVENUE) == expected
    assert firm.in_question("E12more", "milestones_above_price") == {50: "NZD"}


@case("E13")
def future_time(it: Case) -> None:
    project, person = it.project("time_and_materials"), it.employee(100)
    it.time(project, person, date(2026, 5, 12), 8, 200)
    it.time(project, person, date(2026, 9, 30), 8, 200)


def test_time_of_a_day_to_come_earns_and_costs_nothing_yet(firm):
    assert firm.months("E13", REVENUE) == {"May": 1_600}
    assert firm.months("E13", COST) == {"May": 800}
    assert firm.proposed("E13") == 1_600


def test_time_of_a_day_to_come_is_an_exception(firm):
    [(reason, amount, owner)] = firm.told("E13", "future_time")
    assert "8.00 h are approved for 2026-09-30" in reason
    assert (amount, owner) == (1_600, "PMO")
    [posted] = firm.rows(
        "select count(*) from adjustments.adj_desired_postings"
        " where legal_entity_code = 'E13' and period_month > date '2026-06-30'"
    )
    assert posted == (0,)


@case("E14")
def completed_contract(it: Case) -> None:
    _decided(it, "completed_contract")
    project, person = it.project("fixed_fee", 50_000), it.employee(100)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 15)
    it.milestone(project, 50_000, date(2026, 3, 16), accepted=date(2026, 3, 16))


def test_a_completed_contract_earns_all_when_accepted(firm):
    assert firm.months("E14", REVENUE) == {"Mar": 50_000}
    assert firm.months("E14", COST) == {"Jan": 30_000}


@case("E14two")
def completed_in_two_steps(it: Case) -> None:
    """Travel is charged beside the price when it is spent, whatever is accepted."""
    it.book.decide(
        "revenue_policies",
        legal_entity_code="E14two",
        contract_type="fixed_fee",
        method="completed_contract",
        modification_treatment="catch_up",
        owner="Finance",
    )
    project, person = it.project("fixed_fee", 50_000), it.employee(100)
    it.expense(project, person, date(2026, 1, 14), 70, is_rechargeable=True)
    for accepted in (date(2026, 2, 16), date(2026, 4, 16)):
        it.milestone(project, 25_000, accepted, accepted=accepted)
    it.change(project, 5_000, date(2026, 5, 4))


def test_a_completed_contract_waits_for_all_that_is_to_be_accepted(firm):
    expected = {"Jan": 70, "Apr": 50_000, "May": 5_000}
    assert firm.months("E14two", REVENUE) == expected


@case("E8")
def materials_passed_through(it: Case) -> None:
    """500,000 of labour, 100,000 of it done; licences of 300,000 are delivered."""
    project, person = it.project("fixed_fee", 1_000_000), it.employee(1_000)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.allocation(project, person, date(2026, 7, 6), date(2026, 7, 31), 400)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 5)
    it.expense(
        project, person, date(2026, 1, 14), 300_000, category_name="Client Software"
    )


def test_materials_earn_their_cost_and_are_no_progress(firm):
    assert firm.months("E8", REVENUE) == {"Jan": 440_000}
    assert firm.months("E8", COST) == {"Jan": 400_000}


@case("E8order", currency="MAD", country="MA")
def materials_on_order_in_another_currency(it: Case) -> None:
    """As E8 in a contract of USD at 1.10; the licences are ordered, not delivered."""
    it.rate("MAD", "USD", date(2026, 1, 1), "1.10")
    it.rate("USD", "MAD", date(2026, 1, 1), "0.90909091")
    project = it.project("fixed_fee", 1_100_000, currency="USD")
    person = it.employee(1_000)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.allocation(project, person, date(2026, 7, 6), date(2026, 7, 31), 400)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 5)
    it.order(project, None, 300_000, 1, date(2026, 1, 7), is_pass_through=True)


def test_materials_on_order_earn_nothing_and_take_their_part_of_the_price(firm):
    """20 % of 1,100,000 - 330,000 USD: 154,000 USD, 140,000.00 MAD."""
    assert firm.months("E8order", REVENUE) == {"Jan": 140_000}


@case("E9")
def target_price(it: Case) -> None:
    terms = {"target_cost_amount": 300_000, "customer_share_rate": "0.6"}
    project = it.project("fixed_fee", 500_000, deal=terms)
    person = it.employee(1_000)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.allocation(project, person, date(2026, 7, 6), date(2026, 7, 31), 220)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 5)


def test_a_target_price_follows_the_estimate_at_completion(firm):
    assert firm.months("E9", REVENUE) == {"Jan": 160_000}
    assert sum(firm.scheduled("E9").values()) == 512_000 - 160_000


@case("E9under")
def target_price_under_its_target(it: Case) -> None:
    """EAC 250,000: the customer gets back 60 % of 50,000; travel is beside the cost."""
    terms = {"target_cost_amount": 300_000, "customer_share_rate": "0.6"}
    project = it.project("fixed_fee", 500_000, deal=terms)
    person = it.employee(1_000)
    it.allocation(project, person, date(2026, 1, 5), date(2026, 1, 30), 100)
    it.allocation(project, person, date(2026, 7, 6), date(2026, 7, 31), 150)
    it.worked(project, person, date(2026, 1, 5), date(2026, 1, 30), 5)
    it.expense(project, person, date(2026, 1, 14), 900, is_rechargeable=True)


def test_a_target_price_falls_when_cost_stays_under_its_target(firm):
    assert firm.months("E9under", REVENUE) == {"Jan": 188_000 + 900}
