"""A project's margin of a month, told down to lines, rates, rules and records."""

import shlex

import polars as pl
import streamlit as st

from dashboards import charts, chrome, filters, formats, warehouse
from dashboards.queries import explanations, margins
from dlt_pipelines.core import periods
from dlt_pipelines.knowledge import show

QUESTION = "What is this margin made of, and which records stand behind it?"
HOW = """
- Every line is what the records behind it add to the margin; cost is negative. The
  lines add up to the published margin to the cent: control I18 holds publication back
  when they do not.
- A line that is a single record names it as *system:instance:record*; time is added up
  by role and rate, and labour by project, so that nobody's pay can be read from it. Its
  time entries stand below with their hours.
- *Provisional* is what payroll or a supplier's bill may still change.
- Revenue measured cumulatively is what was earned to date less what was earned before.
- Who may read the build database sees each record, version, rate and payroll share, and
  any earlier state of knowledge, with the command below.
- Source: `marts.mart_margin_explained`, `canonical.fct_revenue_over_time`,
  `fct_revenue_capped`, `fct_revenue_cost_plus`, `fct_time_entries`.
"""

LINES = {
    "component": formats.text("Part", width=165),
    "rule": formats.text("How it was come by", width=225),
    "item": formats.text("What for", width=150),
    "obligation": formats.text("Obligation", width=130),
    "worked_hours": formats.hours("Worked", width=68),
    "bill_rate": st.column_config.NumberColumn("Rate", format="%,.2f", width=65),
    "lines_count": formats.counts("Records", width=65),
    "provisional": formats.text("Provisional", width=75),
    "margin_amount": formats.amounts("Adds to margin", width=105),
    "record_id": formats.text("Source record", width=290),
}
TIME = {
    "work_date": formats.text("Day", width=95),
    "role_name": formats.text("Role", width=160),
    "worked_hours": formats.hours("Worked"),
    "billable": formats.text("Billable", width=70),
    "correlation_id": formats.text("Source record", width=330),
}


def project_filter(view: margins.View) -> str | None:
    """The project to explain; at first the customer's with the lowest margin."""
    codes, lowest = explanations.projects(view.entity, view.period, view.practice)
    if not codes:
        return None
    return filters.select("Project", "project", codes, default=lowest)


def sentence(
    view: margins.View, project: str, facts: warehouse.Row, found: pl.DataFrame
) -> str:
    """The margin in one sentence, with how much of it is settled."""
    share, currency = facts["provisional_cost_amount"], facts["currency_code"]
    settled = (
        f"of its cost {formats.cents(share, currency)} is provisional"
        if share
        else "all its cost is actual"
    )
    percent = ""
    if facts["margin_percent"] is not None:
        percent = f" ({formats.percent(facts['margin_percent'])} of revenue)"
    records = formats.count(int(found["lines_count"].sum() or 0), "record")
    return (
        f"{project} in {formats.period(view.period)}: margin {currency} "
        f"{formats.cents(facts['margin_amount'], currency)}{percent} from {records}; "
        f"{settled}."
    )


def tie_out(facts: warehouse.Row, found: pl.DataFrame) -> None:
    """Whether the lines add up to the published margin, to the cent."""
    total = formats.total_of(found, "margin_amount")
    apart = total - facts["margin_amount"]
    code = facts["currency_code"]
    sums = f"{formats.plain(code)} {formats.cents(total, code)}"
    words = f"{formats.count(found.height, 'line')}, {sums}"
    if apart:
        st.warning(
            f"{words}: {formats.cents(apart, code)} apart from the margin; "
            "not to be used.",
            icon=":material/priority_high:",
        )
        return
    st.markdown(
        f":blue[:material/check:] **Ties out:** {words}, "
        f"difference {formats.cents(apart, code)}.",
    )


def waterfall(facts: warehouse.Row, found: pl.DataFrame) -> None:
    """From revenue by each part to the margin."""
    parts = explanations.by_component(found)
    start = next((total for name, total in parts if name == "revenue"), 0 * parts[0][1])
    steps = [(show.TITLES[name], total) for name, total in parts if name != "revenue"]
    words = ", ".join(f"{label} {formats.change(step)}" for label, step in steps)
    chrome.chart(
        f"From revenue to margin, {facts['currency_code']}",
        charts.bridge(
            ("Revenue", start),
            steps,
            ("Margin", formats.total_of(found, "margin_amount")),
        ),
        f"Revenue {formats.amount(start)}, {words}, "
        f"margin {formats.amount(facts['margin_amount'])}",
    )


def line_table(found: pl.DataFrame, currency: str) -> None:
    """The lines, of one part or all; the total of what is shown stands below."""
    names = [name for name, _ in explanations.by_component(found)]
    part = filters.segments(
        "Part of the margin",
        "part",
        [filters.ALL, *names],
        lambda name: show.TITLES.get(name, name),
    )
    shown = found if part == filters.ALL else found.filter(pl.col("component") == part)
    chrome.heading(f"Lines, {currency}; rates in the currency of the contract")
    several = found["obligation_code"].n_unique() > 1
    chrome.table(
        shown.with_columns(
            pl.col("component").replace(show.TITLES),
            rule=pl.col("valued_by").map_elements(explanations.rule, pl.String),
            obligation=pl.format("{} {}", "obligation_code", "obligation_name"),
            provisional=pl.when("is_provisional").then(pl.lit("yes")),
        ),
        {
            name: column
            for name, column in LINES.items()
            if several or name != "obligation"
        },
        "Lines of the margin with rule, hours, rate, amount and source record",
        "lines",
        16,
        currency,
    )
    total = formats.cents(formats.total_of(shown, "margin_amount"), currency)
    st.caption(
        f"{formats.count(shown.height, 'line')}; together "
        f"{formats.plain(currency)} {total}."
    )


def measured_table(project: str, view: margins.View) -> None:
    """How revenue that is measured cumulatively was measured."""
    found = explanations.measured(project, view.period)
    if found.is_empty():
        return
    chrome.heading("How revenue to date was measured, in the contract's currency")
    chrome.table(
        found.with_columns(
            pl.col("revenue_method").str.replace_all("_", " "),
            limit=pl.coalesce("price_amount", "cap_amount"),
        ),
        {
            "obligation_name": formats.text("Obligation", width=220),
            "revenue_method": formats.text("Method", width=150),
            "done_by": formats.text("Measured in", width=90),
            "done_quantity": st.column_config.NumberColumn("Done", format="%,.2f"),
            "total_quantity": st.column_config.NumberColumn("Of", format="%,.2f"),
            "progress_percent": formats.percents("Progress"),
            "limit": formats.amounts("Price or cap"),
            "cumulative_amount": formats.amounts("Earned to date"),
            "before_amount": formats.amounts("\N{MINUS SIGN} Before"),
            "recognised_amount": formats.amounts("= In the month"),
            "contract_currency_code": formats.text("Currency", width=70),
        },
        "Obligations with progress, price, earned to date, before and in the month",
        "measured",
        currency=found["contract_currency_code"][0],
    )


def time_table(project: str, view: margins.View) -> None:
    """The time entries that labour and revenue by the hour count."""
    found = explanations.time_entries(project, view.period)
    if found.is_empty():
        return
    hours = f"{found['worked_hours'].sum():,.2f}"
    count = formats.count(found.height, "time entry", "time entries")
    with st.expander(f"Source records: {count} approved, {hours} h"):
        chrome.table(
            found.with_columns(
                pl.col("work_date").dt.to_string(),
                billable=pl.when("is_billable")
                .then(pl.lit("yes"))
                .otherwise(pl.lit("no")),
            ),
            TIME,
            "Approved time entries with day, role, hours and source record",
            "time",
        )


def main() -> None:
    """Draws the page for the filters chosen."""
    snapshot = warehouse.snapshot()
    chrome.header("Margin explained", snapshot, QUESTION)
    with filters.row():
        view = filters.month_view(snapshot.as_of_date)
        project = project_filter(view)
    if project is None:
        st.info("No project has a margin in this month. Choose another month.")
        return
    facts = explanations.margin(project, view.period)
    found = explanations.lines(project, view.period)
    if found.is_empty():
        st.info("Nothing was earned or spent on this project in this month.")
        return
    if facts["margin_amount"] is None:
        chrome.answer(f"The margin of {project} is not known.")
        chrome.not_known("marts.mart_project_margin_monthly")
        time_table(project, view)
        return
    chrome.answer(sentence(view, project, facts, found))
    names = ("project_name", "customer_name", "practice_name", "contract_type")
    words = (formats.plain((facts[name] or "").replace("_", " ")) for name in names)
    st.caption(" · ".join(filter(None, words)))
    tie_out(facts, found)
    left, right = st.columns([3, 2], gap="large")
    with left:
        waterfall(facts, found)
    with right:
        chrome.heading("To its months, and to its records")
        chrome.margin_link(view.entity, view.period, project)
        st.markdown("Every record, version and rate, for who may read pay data:")
        command = (
            f"tieout explain margin --project {shlex.quote(formats.visible(project))}"
        )
        st.code(f"{command} --period {periods.name_of(view.period)}", language=None)
    line_table(found, facts["currency_code"])
    measured_table(project, view)
    time_table(project, view)
    chrome.computed(HOW)


main()
