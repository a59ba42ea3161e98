"""The group: its entities' margins, what they charge each other, and the sum."""

from datetime import date

import polars as pl
import streamlit as st

from dashboards import calendars, charts, chrome, filters, formats, terms, warehouse
from dashboards.queries import groups, margins
from dashboards.warehouse import Row

QUESTION = (
    "What did the group earn, which entities earned it, and what is left out because "
    "they charged each other?"
)
HOW = """
- The **group** is the sum of a month's rows in the reporting currency: each legal
  entity's own view, and the elimination of what they charge each other.
- When people of one entity work on another's project, the first earns a charge at the
  transfer price and bears the people's cost; the other bears the charge instead. The
  charge stands on both sides, so it leaves the group's margin as it is.
- **To date** is by the fiscal quarter and year of the entity.
- Amounts are at the month's average rate; in an entity's own currency below. What an
  entity is charged is translated there at the month's closing rate.
- The group's margin is that of all its projects: the difference is shown above.
- Source: `marts.mart_entity_margin_monthly`, `mart_project_margin_monthly`; controls
  C11 (the charges in the entities' books) and I16 (entities to projects).
"""
FIGURES: tuple[tuple[str, str, chrome.Direction], ...] = (
    ("Group revenue", "revenue_amount", "normal"),
    ("Group cost", "cost_amount", "inverse"),
    ("Group margin", "margin_amount", "normal"),
    ("Charged within the group", "eliminated_amount", "off"),
)
MONEY = {
    "revenue_amount": "Revenue",
    "intercompany_revenue_amount": "+ Charged to others",
    "cost_amount": "\N{MINUS SIGN} Cost",
    "intercompany_cost_amount": "\N{MINUS SIGN} Charged by others",
    "loss_provision_amount": "\N{MINUS SIGN} Loss provision",
    "margin_amount": "= Margin",
}
NAMES = {
    "legal_entity_code": formats.text("Entity", pinned=True, width=110),
    "legal_entity_name": formats.text("Name", width=220),
}
PERCENT = {"margin_percent": formats.percents("Margin %", width=80)}
REPORTING = {
    f"reporting_{name}": formats.amounts(label) for name, label in MONEY.items()
} | PERCENT
OWN = {"currency_code": formats.text("Currency", width=75)} | {
    name: formats.amounts(label) for name, label in MONEY.items()
}
TO_DATE = {
    f"{span}_to_date_margin_amount": formats.amounts(
        f"Margin, {span} to date", width=150
    )
    for span in ("quarter", "year")
}
MONTHS = {
    "period_month": formats.text("Month", pinned=True),
    **{name: formats.amounts(label) for name, label in MONEY.items()},
    "eliminated_amount": formats.amounts("Eliminated"),
    **PERCENT,
}


MART = "marts.mart_entity_margin_monthly"


def month_filter(as_of: date) -> date | None:
    """The month, newest first; by default the last complete one."""
    calendars.count_by(None)
    found = groups.periods()
    return filters.period_of(found, "month", as_of) if found else None


def figures(now: Row, before: Row | None, period: date) -> None:
    """The group's figures, each with its change from the month before."""
    currency = now["reporting_currency_code"]
    against = f"vs {formats.period(margins.earlier(period, 'month', 1))}"
    shown = []
    for label, column, direction in FIGURES:
        moved = formats.moved(now, before, column)
        told = against if moved else None
        value = chrome.known(formats.amount(now[column]), MART, f"reporting_{column}")
        label = f"{label}, {currency}"
        shown.append(chrome.Figure(label, value, moved, told, direction))
    share = formats.moved_points(now, before, "margin_percent")
    value = formats.percent(now["margin_percent"])
    told = against if share else None
    shown.insert(3, chrome.Figure("Margin, % of revenue", value, share, told))
    chrome.cards(shown)


def with_total(found: pl.DataFrame, now: Row) -> pl.DataFrame:
    """The entities, the elimination, and the group as the last row."""
    amounts = {f"reporting_{name}": now[name] for name in groups.AMOUNTS}
    total = {
        "legal_entity_code": "GROUP",
        "legal_entity_name": "Sum of the rows above",
        "margin_percent": now["margin_percent"],
    }
    kept = found.select(*NAMES, *REPORTING)
    return pl.concat([kept, pl.DataFrame([total | amounts], schema=kept.schema)])


def visuals(found: pl.DataFrame, now: Row, series: pl.DataFrame, period: date) -> None:
    """The group's margin over time, and which entities make it up."""
    currency = now["reporting_currency_code"]
    trend, parts = st.columns([3, 2], gap="large")
    labels = formats.axis_labels(series["period_month"])
    with trend:
        chrome.chart(
            f"Group margin, {currency}; above each, margin %",
            charts.margin_trend(series, labels, None),
            f"Group margin by month, {labels[0]} to {labels[-1]}; under Show data",
        )
    with parts:
        own = found.filter(~pl.col("is_elimination"))
        steps = list(own.select("legal_entity_code", "reporting_margin_amount").rows())
        words = ", ".join(f"{name} {formats.change(step)}" for name, step in steps)
        chrome.chart(
            terms.said("Entities to the group, ")
            + f"{formats.period(period)}, {currency}",
            charts.bridge(None, steps, ("Group", now["margin_amount"])),
            f"{words}, group {formats.amount(now['margin_amount'])}",
        )


def tie_out(now: Row, period: date) -> None:
    """Whether the entities and the elimination are the margin of all projects."""
    projects = groups.margin_of_projects(period)
    currency = formats.plain(now["reporting_currency_code"])
    apart = now["margin_amount"] - (projects or 0)
    if apart:
        st.markdown(
            ":orange[:material/priority_high:] "
            + terms.said("The entities' margins are ")
            + f"{currency} {formats.cents(apart)} apart from the projects' margin; see "
            "control I16 in Reconciliation."
        )
        return
    st.markdown(
        ":blue[:material/check:] **Ties out:** "
        + terms.said("entities and projects both make ")
        + f"{currency} {formats.cents(now['margin_amount'])}; difference 0.00."
    )


def untranslated(found: pl.DataFrame, currency: str) -> None:
    """Whose figures are known, but in no currency that the group's are in."""
    rows = found.filter(
        pl.col("margin_amount").is_not_null()
        & pl.col("reporting_margin_amount").is_null()
    )
    if rows.is_empty():
        return
    codes = ", ".join(rows["legal_entity_code"].sort())
    st.info(
        f"**{formats.plain(codes)}**: no rate of exchange to {formats.plain(currency)} "
        "for all of the month.",
        icon=":material/currency_exchange:",
    )
    st.page_link(
        "exceptions.py",
        label="Open the exceptions: which rate is missing and who states it",
        icon=":material/arrow_forward:",
    )


def own(found: pl.DataFrame) -> None:
    """Each entity's figures as its own books have them."""
    told = "Each entity in its own currency; never added up"
    chrome.heading(terms.said(told, markdown=False))
    chrome.table(
        found.filter(~pl.col("is_elimination")),
        NAMES | OWN | TO_DATE,
        "Entities with revenue, charges, cost and margin in their own currency",
        "own",
    )


def entity_link(found: pl.DataFrame, period: date) -> None:
    """The way from the entity chosen to its projects."""
    codes = found.filter(~pl.col("is_elimination"))["legal_entity_code"].to_list()
    code = filters.select(
        terms.said("Entity in detail"),
        "in_detail",
        codes,
        default=None,
        placeholder="Choose",
    )
    if code:
        st.page_link(
            "margin.py",
            label=f"Open the projects of {formats.plain(code)} in Margin",
            icon=":material/arrow_forward:",
            query_params={
                "entity": code,
                "month": formats.period(period),
                "projects": "With internal",
            },
        )


def main() -> None:
    """Draws the page for the month chosen."""
    snapshot = warehouse.snapshot()
    chrome.header("Group", snapshot, QUESTION)
    period = month_filter(snapshot.as_of_date)
    if period is None:
        raise warehouse.Unavailable(
            terms.said(
                "The published snapshot holds no legal entity with a margin yet."
            ),
            "Run `tieout refresh` once the sources hold projects, then reload this "
            "page.",
        )
    series, found = groups.months(period), groups.entities(period)
    sums = {row["period_month"]: row for row in series.iter_rows(named=True)}
    now = sums[period]
    before = sums.get(margins.earlier(period, "month", 1))
    currency = now["reporting_currency_code"]
    if now["margin_amount"] is None:
        chrome.answer("What the group earned is not known.")
        chrome.not_known(MART)
        untranslated(found, currency)
        figures(now, before, period)
        own(found)
        return
    chrome.answer(
        f"{formats.period(period)}: the group earned {currency} "
        f"{formats.amount(now['margin_amount'])} on revenue of "
        f"{formats.amount(now['revenue_amount'])}, "
        f"{formats.percent(now['margin_percent'])}; "
        f"{formats.amount(now['eliminated_amount'])} charged within the group is left "
        "out."
    )
    figures(now, before, period)
    tie_out(now, period)
    visuals(found, now, series, period)
    told = f"From the entities to the group, {currency}"
    chrome.heading(terms.said(told, markdown=False))
    shown = with_total(found, now)
    chrome.table(
        shown,
        NAMES | REPORTING,
        "Entities, elimination and group with revenue, charges, cost and margin",
        "entities",
        currency=currency,
        **chrome.choose_from(shown, "legal_entity_code", "entities", "in_detail"),
    )
    entity_link(found, period)
    own(found)
    with st.expander("Show data"):
        words = "The group by month"
        chrome.table(series, MONTHS, words, "group_months", currency=currency)
    chrome.computed(HOW)


main()
