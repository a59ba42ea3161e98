"""Margin by legal entity, practice and project, by month or week."""

from datetime import date
from decimal import Decimal

import polars as pl
import streamlit as st

from dashboards import charts, chrome, filters, formats, terms, warehouse
from dashboards.queries import margins
from dashboards.warehouse import Row

FIGURES: tuple[tuple[str, str, chrome.Direction], ...] = (
    ("Recognised revenue", "revenue_amount", "normal"),
    ("Cost", "cost_amount", "inverse"),
    ("Margin", "margin_amount", "normal"),
)

MART = {  # what they are in the mart
    "revenue_amount": "recognised_revenue_amount",
    "cost_amount": "total_cost_amount",
    "margin_amount": "margin_amount",
}
QUESTION = (
    "Which projects, practices and entities make money, and what moved the margin?"
)
COST = {
    "Labour": ("labour_amount", charts.DARK),
    "Subcontractors": ("subcontractor_amount", charts.MIDDLE),
    "Expenses": ("expense_amount", charts.PALE),
}
TO_DATE = {
    "Earned to date": ("earned_to_date_amount", charts.DARK),
    "Billed to date": ("billed_to_date_amount", charts.WORSE),
}

HOW = """
- **Margin** is recognised revenue, net of discounts, less labour, subcontractors and
  expenses, and less what is provided for losses to come. Only approved time counts;
  submitted time stands beside it.
- **Labour** is payroll cost where payroll has landed, else hours at cost rate and
  burden: that part is *provisional*, and so is a subcontractor's cost until the bill
  is in.
- **Margin %** is the sum of margin over the sum of revenue, and is missing where
  revenue is nil or negative.
- Amounts are in the legal entity's functional currency, at the rate of the day of each
  transaction, and are never added across currencies. Totals are computed from exact
  amounts and rounded only when shown.
- **To date** is the sum of the fiscal quarter or year of the legal entity up to the
  period; its margin % is that of the sums. Where a period in it is not complete,
  neither is the sum.
- A project has activity when it has approved hours, revenue or cost in the period.
"""


def sentence(
    view: margins.View, now: Row, before: Row | None, losing: int, partial: bool
) -> str:
    """The page in one sentence, all of it computed."""
    if now["margin_amount"] is None:
        first = "The margin is not known"
    elif now["margin_percent"] is None:
        first = f"Margin {view.currency} {formats.amount(now['margin_amount'])}"
    else:
        first = f"Margin {formats.percent(now['margin_percent'])}"
    if moved := formats.moved_points(now, before, "margin_percent"):
        first += f", {moved} vs {formats.period(view.previous, view.grain)}"
    if now["margin_amount"] is None and not losing:
        return f"{first}."
    lose = formats.count(losing, "project loses", "projects lose") + " money"
    so_far = f"{formats.period(view.period, view.grain)} so far: " if partial else ""
    return f"{so_far}{first}; {lose if losing else 'no project loses money'}."


def cards(view: margins.View, now: Row, before: Row | None) -> None:
    """The figures of the period, each with its change from the one before."""
    earlier = f"vs {formats.period(view.previous, view.grain)}" if before else None
    places = st.columns(5, gap="small")
    table, _ = margins.GRAINS[view.grain]
    for place, (label, column, direction) in zip(places, FIGURES, strict=False):
        moved = formats.moved(now, before, column)
        chrome.card(
            place,
            f"{label}, {view.currency}",
            chrome.known(formats.amount(now[column]), table, MART[column]),
            moved,
            earlier if moved else None,
            direction,
        )
    share = formats.moved_points(now, before, "margin_percent")
    chrome.card(
        places[3],
        "Margin, % of revenue",
        chrome.known(formats.percent(now["margin_percent"]), table, "margin_rate"),
        share,
        earlier if share else None,
    )
    share = formats.moved_points(now, before, "provisional_percent")
    chrome.card(
        places[4],
        "Provisional, % of cost",
        chrome.known(
            formats.percent(now["provisional_percent"]),
            table,
            "provisional_cost_share_rate",
        ),
        share,
        earlier if share else None,
        "off",
    )


def to_date(view: margins.View) -> None:
    """The fiscal quarter and year up to the period, beside it."""
    chrome.to_date(
        margins.to_date(view),
        view.period,
        "Fiscal quarter and year to date",
        SPAN_COLUMNS,
        "Period, fiscal quarter and fiscal year to date with revenue, cost and margin",
        view.currency,
    )


def visuals(
    view: margins.View,
    series: pl.DataFrame,
    now: Row,
    before: Row | None,
    partial: date | None,
) -> None:
    """Margin over time, the bridge from the period before, and the practices."""
    trend, steps, practices = st.columns([10, 8, 9], gap="medium")
    labels = formats.axis_labels(series["period"], view.grain)
    with trend:
        chrome.heading(f"Margin, {view.currency}; above each, margin %")
        if series["margin_amount"].null_count() == series.height:
            st.info("The margin is not known.")
        else:
            st.altair_chart(
                charts.margin_trend(series, labels, labels[-1] if partial else None),
                alt=f"Margin in {view.currency} and in % by {view.grain}, "
                f"{labels[0]} to {labels[-1]}; figures under Show data",
            )
    with steps:
        chrome.heading(f"What moved the margin, {view.currency}")
        draw_bridge(view, now, before)
    with practices:
        st.markdown(terms.said("##### Practices, lowest margin % first"), anchors=False)
        practice_table(view)


def draw_bridge(view: margins.View, now: Row, before: Row | None) -> None:
    """The waterfall, or why there is none."""
    if before is None:
        st.info("There is no earlier period to compare with.")
        return
    if None in (now["margin_amount"], before["margin_amount"]):
        st.info("The margin is not known, nor what moved it.")
        return
    start = formats.period(view.previous, view.grain)
    end = formats.period(view.period, view.grain)
    moves = margins.bridge(now, before)
    words = ", ".join(f"{label} {formats.change(step)}" for label, step in moves)
    st.altair_chart(
        charts.bridge(
            (start, before["margin_amount"]), moves, (end, now["margin_amount"])
        ),
        alt=f"Margin bridge in {view.currency} from {start} to {end}: {words}",
    )


def practice_table(view: margins.View) -> None:
    """Revenue, margin and margin percentage of each practice."""
    st.dataframe(
        formats.cells(margins.by_practice(view)).select(
            "practice_name", "revenue_amount", "margin_amount", "margin_percent"
        ),
        column_config=terms.headed(
            {
                "practice_name": formats.text("Practice", width=150),
                "revenue_amount": formats.amounts("Revenue", view.currency, width=95),
                "margin_amount": formats.amounts("Margin", view.currency, width=90),
                "margin_percent": formats.percents("Margin %", width=70),
            }
        ),
        alt=terms.said("Practices with revenue, margin and margin percentage"),
        key="practices",
        **formats.TABLE,
    )


def project_table(view: margins.View, projects: pl.DataFrame) -> None:
    """Every project of the view; choosing a row shows its detail below."""
    shown = projects.with_columns(
        pl.col("contract_type").str.replace_all("_", " ")
    ).select(*project_columns(view))
    st.dataframe(
        formats.cells(shown),
        column_config=terms.headed(project_columns(view)),
        height=formats.height(shown.height),
        key="project_rows",
        alt="Projects with hours, revenue, cost and margin",
        **chrome.choose_from(shown, "project_code", "project_rows", "project"),
        **formats.TABLE,
    )


def project_columns(view: margins.View) -> formats.Columns:
    """The columns of the project table, units in their headers."""
    return {
        "project_code": formats.text("Project", pinned=True, width=65),
        "project_name": formats.text("Name", width=165),
        "customer_name": formats.text("Customer", width=135),
        "practice_name": formats.text("Practice", width=140),
        "contract_type": formats.text("Contract", width=105),
        "approved_hours": formats.hours("Approved", width=74),
        "revenue_amount": formats.amounts("Revenue", view.currency, width=93),
        "cost_amount": formats.amounts("Cost", view.currency, width=93),
        "margin_amount": formats.amounts("Margin", view.currency, width=93),
        "margin_percent": formats.percents("Margin %", width=72),
        "margin_points": st.column_config.NumberColumn(
            "Δ pts", format="%+.1f", width=52
        ),
        "provisional_percent": formats.percents("Provisional", width=74),
        "margin_history": st.column_config.BarChartColumn(
            f"Margin, 12 {view.grain}s", color=charts.GREY, width=105
        ),
    }


def detail(view: margins.View, projects: pl.DataFrame) -> None:
    """One project: its months, what its cost is made of, and its WIP."""
    code = filters.project_in_detail(projects["project_code"])
    if code is None:
        return
    facts = projects.row(by_predicate=pl.col("project_code") == code, named=True)
    st.subheader(
        f"{formats.plain(code)} {formats.plain(facts['project_name'])}", anchor=False
    )
    st.caption(
        " · ".join(
            (
                formats.plain(facts["customer_name"]),
                formats.plain(facts["practice_name"]),
                formats.plain((facts["contract_type"] or "unknown").replace("_", " ")),
                f"manager {formats.plain(facts['manager_name'])}",
            )
        )
    )
    if view.grain == "month":
        label = f"Explain this margin of {formats.period(view.period)}"
        chrome.explained_link(label, view.entity, view.period, code)
    months = view.ask(margins.PROJECT_MONTHS, project=code)
    wip = view.ask(margins.PROJECT_WIP, project=code)
    detail_charts(view, months.head(13).reverse(), wip.head(13).reverse())
    detail_tables(view, months, wip)


def detail_charts(view: margins.View, months: pl.DataFrame, wip: pl.DataFrame) -> None:
    """Cost by kind, and earned against billed to date."""
    left, right = st.columns(2, gap="large")
    with left:
        chrome.heading(f"Cost by kind, {view.currency}")
        st.altair_chart(
            charts.stacked(months, formats.axis_labels(months["period_month"]), COST),
            alt="Cost by month as labour, subcontractors and expenses; table below",
        )
    with right:
        chrome.heading(f"Earned and billed to date, {view.currency}")
        if wip.is_empty():
            st.info("The project has no WIP: nothing was earned or billed.")
            return
        st.altair_chart(
            charts.lines(wip, formats.axis_labels(wip["period_month"]), TO_DATE),
            alt="Earned to date and billed to date by month; table below",
        )


SPAN_COLUMNS = {
    "name": formats.text("To date", pinned=True),
    "revenue_amount": formats.amounts("Revenue"),
    "cost_amount": formats.amounts("Cost"),
    "margin_amount": formats.amounts("Margin"),
    "margin_percent": formats.percents("Margin %"),
    "complete": formats.text("Complete"),
}
MONTH = {"period_month": formats.text("Month", pinned=True)}
MONTH_COLUMNS = MONTH | {
    "approved_hours": formats.hours("Approved"),
    "submitted_hours": formats.hours("Submitted"),
    "revenue_amount": formats.amounts("Revenue"),
    "billed_amount": formats.amounts("Billed"),
    "labour_actual_amount": formats.amounts("Labour actual"),
    "labour_provisional_amount": formats.amounts("Labour at provisional rates"),
    "labour_amount": formats.amounts("Labour"),
    "subcontractor_amount": formats.amounts("Subcontr."),
    "expense_amount": formats.amounts("Expenses"),
    "deferred_cost_amount": formats.amounts("Cost put off"),
    "cost_amount": formats.amounts("Cost"),
    "provision_amount": formats.amounts("Loss provision"),
    "margin_amount": formats.amounts("Margin"),
    "margin_percent": formats.percents("Margin %"),
    "provisional_percent": formats.percents("Provisional"),
    "forecast_cost_amount": formats.amounts("ETC"),
    "eac_amount": formats.amounts("EAC"),
}
WIP_COLUMNS = MONTH | {
    "opening_amount": formats.amounts("Opening"),
    "earned_amount": formats.amounts("+ Earned"),
    "written_off_amount": formats.amounts("\N{MINUS SIGN} Written off"),
    "billed_amount": formats.amounts("\N{MINUS SIGN} Billed"),
    "fx_amount": formats.amounts("+ FX"),
    "closing_amount": formats.amounts("= Closing"),
    "earned_to_date_amount": formats.amounts("Earned to date"),
    "billed_to_date_amount": formats.amounts("Billed to date"),
    "unbilled_amount": formats.amounts("Unbilled"),
    "deferred_amount": formats.amounts("Deferred"),
}


def detail_tables(view: margins.View, months: pl.DataFrame, wip: pl.DataFrame) -> None:
    """The months of the project and its WIP roll-forward, newest first."""
    tables = (
        ("Months", months, MONTH_COLUMNS, "Months of the project", "months"),
        (
            "WIP roll-forward",
            wip,
            WIP_COLUMNS,
            "Opening, earned, written off, billed, FX and closing WIP by month",
            "wip",
        ),
    )
    for title, frame, columns, alt, key in tables:
        chrome.heading(f"{title}, {view.currency}")
        chrome.table(frame, columns, alt, key, currency=view.currency)


def footnotes(
    view: margins.View, now: Row, projects: pl.DataFrame, partial: date | None
) -> None:
    """What stands beside the margin: hours, WIP, internal work, open period."""
    currency = formats.plain(view.currency)
    notes = [
        f"{formats.amount(now['approved_hours'])} h approved, "
        f"{formats.amount(now['submitted_hours'])} h submitted and not counted."
    ]
    if view.grain == "month":
        held = margins.balances(view, projects["project_code"].to_list())
        notes.append(
            f"Month-end WIP: {currency} {formats.amount(held['unbilled_amount'])} "
            f"unbilled, {formats.amount(held['deferred_amount'])} deferred."
        )
    if not view.internal and now["cost_amount"] is not None:
        cost = formats.amount(margins.internal_cost(view) or Decimal())
        notes.append(f"Internal projects: {currency} {cost} of cost, not counted.")
    if partial:
        notes.append(f"The period is not over: figures run to {formats.day(partial)}.")
    elif view.grain == "month":
        closed = margins.is_closed(view)
        state = "closed" if closed else "still open"
        if closed is not None:
            notes.append(f"{formats.period(view.period)} is {state} in the ERP.")
    st.caption(" ".join(notes))


def explanation(view: margins.View, series: pl.DataFrame) -> None:
    """The figures behind the charts, and how they are made."""
    named = pl.Series("period", formats.axis_labels(series["period"], view.grain))
    columns = {
        name: column for name, column in MONTH_COLUMNS.items() if name in series.columns
    }
    with st.expander("Show data"):
        st.markdown(f"Sums by {view.grain}, {formats.plain(view.currency)}")
        st.dataframe(
            series.with_columns(named),
            column_config=formats.in_currencies(
                {"period": formats.text("Period", pinned=True)} | columns,
                [view.currency],
            ),
            alt="Sums by period behind the charts",
            key="series",
            **formats.TABLE,
        )
    wip = ", `marts.mart_project_wip_monthly`" if view.grain == "month" else ""
    chrome.computed(f"{HOW}- Source: `{margins.GRAINS[view.grain][0]}`{wip}.")


def main() -> None:
    """Draws the page for the filters chosen."""
    snapshot = warehouse.snapshot()
    chrome.header("Margin", snapshot, QUESTION)
    view = filters.margin_view(snapshot.as_of_date)
    series = margins.by_period(view)
    sums = {row["period"]: row for row in series.iter_rows(named=True)}
    now, before = sums.get(view.period), sums.get(view.previous)
    if now is None:
        st.info(
            terms.said(
                "No project of this practice has figures in this period. "
                "Choose another practice or period."
            )
        )
        return
    projects = margins.by_project(view)
    losing = projects.filter(pl.col("margin_amount") < 0).height
    over = margins.earlier(view.period, view.grain, -1) <= snapshot.as_of_date
    partial = None if over else snapshot.as_of_date
    said = sentence(view, now, before, losing, partial is not None)
    chrome.answer(said)
    chrome.not_known(margins.GRAINS[view.grain][0])
    cards(view, now, before)
    footnotes(view, now, projects, partial)
    to_date(view)
    visuals(view, series, now, before, partial)
    active = projects.filter("is_active")
    st.markdown(
        f"##### {formats.count(active.height, 'project')} with activity, lowest margin "
        "first",
        anchors=False,
    )
    project_table(view, active)
    detail(view, projects)
    explanation(view, series)


main()
