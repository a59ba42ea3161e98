"""The forecast: what is still to be earned and spent, and how good forecasts were."""

import polars as pl
import streamlit as st

from dashboards import charts, chrome, filters, formats, terms, warehouse
from dashboards.queries import forecasts, margins

QUESTION = (
    "What is still to be earned, what will it cost to finish, and how good have our "
    "forecasts been?"
)
HOW = """
- **Scheduled** is the revenue signed contracts have still to earn, by the month and the
  method of each obligation. **Backlog** is signed price not recognised yet; open-ended
  work by the hour has none, and what no month is planned for is in no schedule.
- **ETC** is the cost of the plan that is left: what is overdue, what remains of the
  as-of month, and the months after it. **EAC** is cost to date and ETC together.
- **Margin at completion** is revenue to date and scheduled, less EAC.
- **Expected** of a fiscal quarter or year is what is recognised in it so far and what
  is scheduled in the rest of it; open-ended work by the hour is in it once it is done.
- **Accuracy** compares forecasts as they were published and kept, project by project,
  with what the months show today. *WAPE* is the sum of absolute differences over the
  sum of absolute values: 0 % is perfect. *Bias* is forecast less actual over actual:
  above 0 was too high. In the group's currency.
- **Booked** is what customers signed: deals in the month they were won, changes from
  the month they hold. **Book to bill** is that over what was billed, of the fiscal year
  so far: below 100 % a practice lives off its backlog. What is sold by the hour without
  a cap is in no amount; *Without value* counts it.
- Source: `marts.mart_revenue_schedule`, `mart_project_margin_monthly`,
  `mart_forecast_accuracy`, `mart_bookings_monthly`, `canonical.fct_revenue_schedule`.
"""
SCHEDULED = {"Still to be recognised": ("scheduled_amount", charts.LIGHT)}
PROJECTS = {
    "project_code": formats.text("Project", pinned=True, width=65),
    "project_name": formats.text("Name", width=150),
    "customer_name": formats.text("Customer", width=115),
    "contract_type": formats.text("Contract", width=110),
    "revenue_amount": formats.amounts("Earned to date", width=105),
    "scheduled_amount": formats.amounts("+ Scheduled", width=95),
    "cost_amount": formats.amounts("Cost to date", width=95),
    "etc_amount": formats.amounts("+ ETC", width=90),
    "eac_amount": formats.amounts("= EAC", width=95),
    "margin_amount": formats.amounts("Margin at end", width=100),
    "margin_percent": formats.percents("Margin %", width=72),
    "backlog_amount": formats.amounts("Backlog", width=95),
    "last_month": formats.text("Last month", width=80),
}
MONTHS = {
    "period_month": formats.text("Month", pinned=True),
    "scheduled_amount": formats.amounts("Still to be recognised"),
    "projects_count": formats.counts("Projects"),
}
OBLIGATIONS = {
    "period_month": formats.text("Month", width=90),
    "obligation_code": formats.text("Obligation", width=80),
    "obligation_name": formats.text("What is promised", width=260),
    "revenue_method": formats.text("Method", width=150),
    "scheduled_amount": formats.amounts("Still to be recognised", width=150),
    "correlation_id": formats.text("Source record", width=360),
}
SPANS = {
    "name": formats.text("Fiscal quarter and year", pinned=True, width=170),
    "revenue_amount": formats.amounts("Earned to date"),
    "scheduled_amount": formats.amounts("+ Scheduled by its end"),
    "expected_amount": formats.amounts("= Expected"),
}
BOOKINGS = {
    "practice_name": formats.text("Practice", pinned=True, width=130),
    "deals_count": formats.counts("Deals won", width=80),
    "booked_amount": formats.amounts("Booked this month", width=130),
    "quarter_to_date_booked_amount": formats.amounts(
        "Booked, quarter to date", width=150
    ),
    "quarter_to_date_billed_amount": formats.amounts(
        "Billed, quarter to date", width=150
    ),
    "year_to_date_booked_amount": formats.amounts("Booked, year to date", width=140),
    "year_to_date_billed_amount": formats.amounts("Billed, year to date", width=140),
    "book_to_bill_percent": formats.percents("Book to bill %", width=100),
    "backlog_amount": formats.amounts("Backlog", width=110),
    "unvalued_count": formats.counts("Without value", width=95),
}
ACCURACY = {
    "lead_months": formats.counts("Months ahead", width=92),
    "months_count": formats.counts("Compared", width=70),
    **{
        f"{name}_{measure}_percent": formats.percents(
            f"{name.capitalize()} {label}", width=95
        )
        for name in forecasts.MEASURES
        for measure, label in (("wape", "WAPE"), ("bias", "bias"))
    },
}


SCHEDULE = "marts.mart_revenue_schedule"
MARGIN = "marts.mart_project_margin_monthly"
IN_MART = {"etc_amount": "forecast_cost_amount"}  # what is called otherwise there


def figures(view: margins.View, found: pl.DataFrame, months: pl.DataFrame) -> None:
    """What is left to earn and to spend, and the margin at the end."""
    in_currency = (
        ("Still to be recognised", months, "scheduled_amount", SCHEDULE),
        ("Backlog, signed and not earned", found, "backlog_amount", MARGIN),
        ("ETC, cost to come", found, "etc_amount", MARGIN),
        ("EAC of these projects", found, "eac_amount", MARGIN),
        ("Margin at completion", found, "margin_amount", MARGIN),
    )
    cards = []
    for label, frame, column, mart in in_currency:
        value = formats.amount(formats.sum_of(frame, column))
        value = chrome.known(value, mart, IN_MART.get(column, column))
        cards.append(chrome.Figure(f"{label}, {view.currency}", value))
    chrome.cards(cards)


def accuracy_table(view: margins.View) -> None:
    """How good forecasts were by months ahead, or why that is not known yet."""
    chrome.heading("How good past forecasts were, by months ahead")
    found = forecasts.accuracy(view)
    if found.is_empty():
        st.info(
            "No forecast can be compared yet: each publication keeps its forecast, and "
            "it is compared once its months are over."
        )
        return
    chrome.table(
        found, ACCURACY, "Error and bias of forecasts by months ahead", "accuracy"
    )


def to_date(view: margins.View) -> None:
    """Revenue of the running fiscal quarter and year, and what they will end with."""
    chrome.to_date(
        forecasts.to_date(view),
        view.period,
        "Revenue of the fiscal quarter and year",
        SPANS,
        "Fiscal quarter and year with revenue to date, scheduled and expected",
        view.currency,
    )


def bookings_table(view: margins.View) -> None:
    """What customers signed beside what was billed, by practice."""
    found = forecasts.bookings(view)
    if found.is_empty():
        return
    chrome.heading(f"Booked and billed, {view.currency}")
    chrome.table(
        found,
        BOOKINGS,
        "Bookings, billings and book to bill by practice, of the year so far",
        "bookings",
        currency=view.currency,
    )


def detail(view: margins.View, found: pl.DataFrame) -> None:
    """What each obligation of one project has still to earn."""
    code = filters.project_in_detail(found["project_code"])
    if code is None:
        return
    chrome.project_links(view.entity, view.period, code)
    months = forecasts.project_schedule(view, code)
    if months.is_empty():
        st.info("Nothing is scheduled: no month is planned for what is left to earn.")
        return
    chrome.heading(f"What {code} has still to earn, {view.currency}")
    chrome.table(
        months.with_columns(pl.col("revenue_method").str.replace_all("_", " ")),
        OBLIGATIONS,
        "Months and obligations with revenue still to be recognised and source record",
        "obligations",
        currency=view.currency,
    )


def main() -> None:
    """Draws the page for the filters chosen."""
    snapshot = warehouse.snapshot()
    chrome.header("Forecast", snapshot, QUESTION)
    with filters.row():
        view = filters.latest_view(snapshot.as_of_date)
    months, found = forecasts.schedule(view), forecasts.projects(view)
    if found.is_empty():
        told = "No project of this practice has anything left to earn or to spend."
        st.info(terms.said(told))
        with chrome.part():
            accuracy_table(view)
        with chrome.part():
            bookings_table(view)
        return
    losing = found.filter(pl.col("margin_amount") < 0).height
    end = (
        "no project will" if not losing else formats.count(losing, "project") + " will"
    )
    to_earn = formats.amount(formats.sum_of(months, "scheduled_amount"))
    to_spend = formats.amount(formats.sum_of(found, "etc_amount"))
    chrome.answer(
        f"{view.currency} {to_earn} is still to be recognised, {to_spend} still to be "
        f"spent on {formats.count(found.height, 'project')}; {end} end with a loss."
    )
    chrome.not_known(SCHEDULE, MARGIN)
    figures(view, found, months)
    to_date(view)
    left, right = st.columns([4, 7], gap="large")
    with left:
        if months.is_empty():
            st.info("Nothing is scheduled.")
        else:
            chrome.chart(
                f"Revenue still to be recognised, {view.currency}",
                charts.stacked(
                    months, formats.axis_labels(months["period_month"]), SCHEDULED
                ),
                "Scheduled revenue by month; figures under Show data",
            )
    with right, chrome.part():
        accuracy_table(view)
    chrome.heading(f"Projects, lowest margin at completion first, {view.currency}")
    shown = found.with_columns(pl.col("contract_type").str.replace_all("_", " "))
    chrome.table(
        shown,
        PROJECTS,
        "Projects with revenue, schedule, cost, ETC, EAC and margin at completion",
        "forecast_projects",
        currency=view.currency,
        **chrome.choose_from(found, "project_code", "forecast_projects", "project"),
    )
    detail(view, found)
    with chrome.part():
        bookings_table(view)
    with st.expander("Show data"):
        words = "Scheduled revenue by month"
        chrome.table(months, MONTHS, words, "schedule", currency=view.currency)
    chrome.computed(HOW)


main()
