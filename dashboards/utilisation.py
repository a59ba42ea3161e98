"""Utilisation against target, what is scheduled, and what the work's value becomes."""

from datetime import date

import polars as pl
import streamlit as st

from dashboards import charts, chrome, filters, formats, terms, warehouse
from dashboards.queries import margins, utilisations
from dashboards.warehouse import Row

MART = "marts.mart_practice_utilisation_monthly"
WATERFALL = "marts.mart_billing_waterfall_monthly"
RATES: tuple[tuple[str, str, chrome.Direction], ...] = (
    ("Utilisation, policy measure", "percent", "normal"),
    ("Target", "target_percent", "off"),
    ("Billable, % of capacity", "billable_percent", "normal"),
    ("Billed, % of capacity", "billed_percent", "normal"),
)
MEASURED = {  # what the figures are in the mart
    "percent": "utilisation_rate",
    "target_percent": "target_rate",
    "billable_percent": "billable_utilisation_rate",
    "billed_percent": "billed_utilisation_rate",
}
QUESTION = (
    "Who is busy and who is not, against target and in the weeks to come, and how much "
    "of the work's value reaches the bank?"
)
HOW = """
- **Utilisation** is what the legal entity's policy counts over what it divides by;
  *billable* and *billed* hours are over capacity: working hours less holidays and
  approved absence. The **target** is that of the grades, weighted by their hours.
- Weeks to come are hours allocated over capacity.
- A group of fewer than five people is shown only together with other small ones.
- **Realisation** is billed over the value at the standard rate card; billing follows
  work by weeks, so the figures to date say more than those of a month.
- The **waterfall** follows the value of the month's work, at standard rates, to what is
  collected until now. *Leakage* is what is overdue to be invoiced, let off or above the
  cap, of what is chargeable.
- The records behind the hours are time entries: by project below, one by one under
  *Explain the margin*.
- Source: `canonical.fct_time_entries`, `marts.mart_practice_utilisation_monthly` and
  `_weekly`, `mart_scheduled_utilisation_weekly`, `mart_practice_realisation_monthly`,
  `mart_billing_waterfall_monthly`.
"""
GROUPS = {
    "group_name": formats.text("Group", pinned=True, width=190),
    "people_count": formats.counts("People", width=60),
    "capacity_hours": formats.hours("Capacity", width=85),
    "percent": formats.percents("Utilisation", width=80),
    "target_percent": formats.percents("Target", width=70),
    "gap_points": st.column_config.NumberColumn("Δ pts", format="%+.1f", width=60),
    "billable_percent": formats.percents("Billable", width=70),
    "billed_percent": formats.percents("Billed", width=70),
}
REALISATION = {
    "practice_name": formats.text("Practice", pinned=True, width=150),
    "billing_percent": formats.percents("Billed", width=62),
    "billing_to_date_percent": formats.percents("to date", width=68),
    "collection_percent": formats.percents("Collected", width=78),
    "effective_rate": st.column_config.NumberColumn(
        "An hour", format="%,.2f", width=68
    ),
}
WEEKS = {
    "week": formats.text("Week", pinned=True),
    "kind": formats.text("Kind"),
    "worked_hours": formats.hours("Utilised or scheduled"),
    "base_hours": formats.hours("Of"),
    "percent": formats.percents("Utilisation"),
    "target_percent": formats.percents("Target"),
}
HOURS = {
    "project_code": formats.text("Project", pinned=True, width=65),
    "project_name": formats.text("Name", width=250),
    "customer_name": formats.text("Customer", width=200),
    "billable_hours": formats.hours("Billable"),
    "other_hours": formats.hours("Not billable"),
    "entries_count": formats.counts("Time entries"),
}
LEAKS = {
    "project_code": formats.text("Project", pinned=True, width=65),
    "project_name": formats.text("Name", width=150),
    "customer_name": formats.text("Customer", width=115),
    "leakage_amount": formats.amounts("Leakage", width=85),
    "leakage_percent": formats.percents("Leakage", width=68),
    "standard_amount": formats.amounts("At standard", width=95),
    **{
        name: formats.amounts(f"{formats.MINUS} {label}", width=82)
        for label, name in zip(
            ("Price", "Unapproved", "Uncharged", "Cap", "To invoice", "Let off", "Due"),
            (name for _, name in utilisations.STEPS),
            strict=True,
        )
    },
    "collected_amount": formats.amounts("= Collected", width=90),
}


def figures(view: margins.View, sums: dict[date, Row], value: Row | None) -> None:
    """The month's rates, each with its change from the month before."""
    now, before = sums[view.period], sums.get(view.previous)
    against = f"vs {formats.period(view.previous)}"
    shown = []
    for label, column, direction in RATES:
        moved = formats.moved_points(now, before, column)
        told = against if moved else None
        figure = chrome.known(formats.percent(now[column]), MART, MEASURED[column])
        shown.append(chrome.Figure(label, figure, moved, told, direction))
    leakage = formats.percent(value["leakage_percent"] if value else None)
    leakage = chrome.known(leakage, WATERFALL, "leakage_rate")
    shown.append(chrome.Figure("Leakage, % of chargeable", leakage))
    chrome.cards(shown)


def sentence(view: margins.View, now: Row) -> str:
    """The page in one sentence."""
    if now["percent"] is None or now["target_percent"] is None:
        reason = chrome.known(formats.MISSING, MART, "utilisation_rate")
        if reason != formats.MISSING:
            return f"{formats.period(view.period)}: utilisation is not known: {reason}."
        return f"{formats.period(view.period)}: nobody had capacity."
    gap = now["percent"] - now["target_percent"]
    side = "above" if gap >= 0 else "below"
    hours = formats.amount(abs(now["utilised_hours"] - now["target_hours"]))
    return (
        f"{formats.period(view.period)}: {formats.percent(now['percent'])} utilised, "
        f"{formats.points(abs(gap)).removeprefix('+')} {side} the target of "
        f"{formats.percent(now['target_percent'])}, which is {hours} hours."
    )


def week_chart(found: pl.DataFrame) -> None:
    """Utilisation by week, worked and scheduled, against the target."""
    chrome.heading("Utilisation by week, %; the mark is the target")
    if found.is_empty():
        st.info("There is no week to show.")
        return
    labels = formats.axis_labels(found["week_start_date"], "week")
    st.altair_chart(
        charts.target_columns(found, labels),
        alt="Utilisation by week, worked and scheduled; figures under Show data",
    )
    st.caption("Only approved time counts, so the latest weeks still fill up.")


def waterfall(view: margins.View, value: Row | None) -> None:
    """From standard value to what is collected."""
    chrome.heading(
        f"What becomes of {formats.period(view.period)}'s work, {view.currency}"
    )
    if value is None and (WATERFALL, "standard_amount") in warehouse.absences():
        st.info("What becomes of this month's work is not known of every project.")
        return
    if value is None:
        st.info(terms.said("No work of this practice has a value in this month."))
        return
    if None in (value["standard_amount"], value["collected_amount"]):
        st.info("What becomes of this month's work is not known of every project.")
        return
    steps = [(label, -value[name]) for label, name in utilisations.STEPS if value[name]]
    words = ", ".join(f"{label} {formats.change(step)}" for label, step in steps)
    st.altair_chart(
        charts.bridge(
            ("At standard rates", value["standard_amount"]),
            steps,
            ("Collected", value["collected_amount"]),
            utilisations.TIMING,
        ),
        alt=f"At standard rates {formats.amount(value['standard_amount'])}, {words}, "
        f"collected {formats.amount(value['collected_amount'])}",
    )


def hour_table(view: margins.View) -> pl.DataFrame:
    """Where the hours went; a row chosen leads to its time entries."""
    found = utilisations.hours(view)
    chrome.heading("Where the approved hours went, contractors' among them")
    chrome.table(
        found,
        HOURS,
        "Projects with billable and other hours and time entries",
        "hours",
        **chrome.choose_from(found, "project_code", "hours", "project"),
    )
    return found


def detail(view: margins.View, found: pl.DataFrame, codes: set[str]) -> None:
    """Where value is lost, by project, with the ways to its records."""
    chrome.heading(f"Projects, greatest leakage first, {view.currency}")
    chrome.table(
        found,
        LEAKS,
        "Projects from standard value to collected, with leakage",
        "leaks",
        currency=view.currency,
        **chrome.choose_from(found, "project_code", "leaks", "project"),
    )
    code = filters.project_in_detail(codes | {*found["project_code"]})
    if code:
        chrome.project_links(view.entity, view.period, code)


def tables(view: margins.View) -> None:
    """Groups against target, and realisation of the practices."""
    left, right = st.columns([3, 2], gap="large")
    if (MART, "people_count") not in warehouse.absences():
        with left:
            what = "Grades" if view.practice else "Practices"
            told = f"{what}, furthest below target first"
            chrome.heading(terms.said(told, markdown=False))
            chrome.table(
                utilisations.groups(view),
                GROUPS,
                f"{what} with people, hours, utilisation and target",
                "groups",
            )
    with right, chrome.part():
        chrome.heading(f"Realisation, lowest to date first, % and {view.currency}")
        chrome.table(
            utilisations.realisation(view),
            REALISATION,
            "Practices with billing and collection realisation",
            "realisation",
            currency=view.currency,
        )


def main() -> None:
    """Draws the page for the filters chosen."""
    snapshot = warehouse.snapshot()
    chrome.header("Utilisation", snapshot, QUESTION)
    with filters.row():
        view = filters.month_view(snapshot.as_of_date)
    sums, value = utilisations.months(view), utilisations.value(view)
    now = sums.get(view.period)
    weeks = pl.DataFrame()
    chrome.not_known(MART, WATERFALL)
    if (MART, "people_count") in warehouse.absences():
        st.info("Who has capacity is not known, nor how much of it was used.")
    elif now is None and not snapshot.shows_people:
        st.info("Utilisation is not shown: no group of it has five people or more.")
    elif now is None:
        st.info(
            terms.said("Nobody of this practice had capacity or time in this month.")
        )
    elif now["people_count"] < utilisations.SMALL:
        st.info(
            "Utilisation is not shown: this group has fewer than "
            f"{utilisations.SMALL} people."
        )
    else:
        weeks = utilisations.weeks(view)
        chrome.answer(sentence(view, now))
        figures(view, sums, value)
    if not snapshot.shows_people:
        st.caption("Groups of fewer than five people are left out of these figures.")
    left, right = st.columns([6, 5], gap="large")
    with left:
        if weeks.height:
            week_chart(weeks)
    with right:
        waterfall(view, value)
    tables(view)
    codes = set()
    with chrome.part():
        codes = {*hour_table(view)["project_code"]} if weeks.height else set()
    detail(view, utilisations.leaks(view), codes - {None})
    if weeks.height:
        with st.expander("Show data"):
            shown = weeks.with_columns(
                week=pl.col("week_start_date").dt.to_string(),
                kind=pl.when("is_planned")
                .then(pl.lit("Scheduled"))
                .otherwise(pl.lit("Worked")),
            )
            chrome.table(shown, WEEKS, "Utilisation by week", "weeks")
    chrome.computed(HOW)


main()
