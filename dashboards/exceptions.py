"""Exceptions: what no figure can be right for, record by record, and who clears it."""

import polars as pl
import streamlit as st

from dashboards import chrome, filters, formats, terms, warehouse
from dashboards.warehouse import query

QUESTION = "Which records can no figure be right for, why, and who clears them?"
TABLE = "reconciliation.rec_exceptions"
SEVERITIES = ("high", "medium", "low")
SHOWN = 1000  # rows sent to the browser; the rest is said, and read with SQL
FILTERS = {  # label of each, by its column: its own parameter of the URL
    "kind": "Kind",
    "owner": "Owner",
    "legal_entity_code": "Legal entity",
    "project_code": "Project",
    "control_id": "Control",
}


def chosen(found: pl.DataFrame) -> dict[str, str]:
    """What the filter row chose, by column; ``found`` offers the values."""
    picked = {}
    with filters.row():
        for column, label in FILTERS.items():
            values = found[column].drop_nulls().unique().sort().to_list()
            value = filters.select(
                terms.said(label),
                column,
                [filters.ALL, *values],
                lambda name: _words(name),
            )
            if value != filters.ALL:
                picked[column] = str(value)
    return picked


def _words(name: str) -> str:
    return name.replace("_", " ")


def sums(found: pl.DataFrame) -> str:
    """What is in question, a currency each: never added across currencies."""
    if "amount" not in found.columns:
        return ""
    known = found.drop_nulls(["amount", "currency_code"])
    by_currency = known.group_by("currency_code").agg(pl.col("amount").abs().sum())
    return ", ".join(
        f"{currency} {formats.cents(amount, currency)}"
        for currency, amount in by_currency.sort("currency_code").rows()
    )


def sentence(found: pl.DataFrame, is_narrowed: bool) -> str:
    """The page in one sentence."""
    if found.is_empty() and is_narrowed:
        return "No exception is of what the filters chose."
    if found.is_empty():
        return "No exceptions: every record has what its figures need."
    counted = dict(found.group_by("severity").len().rows())
    told = [f"{counted[s]:,} {s}" for s in SEVERITIES if s in counted]
    number = formats.count(found.height, "exception")
    value = sums(found)
    return f"{number}: {', '.join(told)}" + (
        f"; in question {value}." if value else "."
    )


def by_kind(found: pl.DataFrame) -> None:
    """One row a kind: how many, what is in question, its owner and what to do."""
    rows = []
    for (kind,), of_kind in found.group_by(["kind"], maintain_order=True):
        first = of_kind.row(0, named=True)
        rows.append(
            {
                "severity": first["severity"],
                "kind": _words(str(kind)),
                "count": of_kind.height,
                "amounts": sums(of_kind),
                "owner": first["owner"],
                "holds": "yes" if first["holds_postings"] else "no",
                "what_to_do": first["what_to_do"],
            }
        )
    chrome.heading("By kind, the gravest first")
    chrome.table(
        pl.DataFrame(rows),
        {
            "severity": formats.text("Severity", width=75),
            "kind": formats.text("Kind", width=200),
            "count": formats.counts("Exceptions", width=85),
            "amounts": formats.text("In question", width=220),
            "owner": formats.text("Owner", width=140),
            "holds": formats.text("Holds postings", width=105),
            "what_to_do": formats.text("What to do", width=420),
        },
        "Kinds of exceptions with their number, amounts, owner and what to do",
        "kinds",
        most=14,
    )


def each(found: pl.DataFrame) -> None:
    """The records, each with its reason; a row leads to its project's margin."""
    chrome.heading("Record by record")
    columns = {
        "severity": formats.text("Severity", width=75),
        "kind": formats.text("Kind", width=170),
        "reason": formats.text("Reason", width=430),
        "amount": formats.amounts("In question"),
        "currency_code": formats.text("Currency", width=70),
        "legal_entity_code": formats.text("Entity", width=65),
        "project_code": formats.text("Project", width=85),
        "period_month": formats.text("Period", width=80),
        "since": st.column_config.DateColumn("Since", format="YYYY-MM-DD"),
        "owner": formats.text("Owner", width=140),
        "source_instance": formats.text("System", width=90),
        "source_id": formats.text("Record", width=170),
    }
    shown = found.head(SHOWN).with_columns(
        pl.col("kind").str.replace_all("_", " "),
        pl.col("since").cast(pl.String),
    )
    columns["since"] = formats.text("Since", width=90)
    chrome.table(
        shown,
        {name: kind for name, kind in columns.items() if name in found.columns},
        "Exceptions with reason, amount, project, period, owner and source record",
        "records",
        on_select="rerun",
        selection_mode="single-row",
    )
    if found.height > SHOWN:
        st.caption(
            f"The first {SHOWN:,} of {found.height:,}; the rest is in `{TABLE}`."
        )
    rows = st.session_state["records"].selection.rows
    row = found.row(rows[0], named=True) if rows and rows[0] < found.height else {}
    if row.get("project_code") and row["period_month"] and row["legal_entity_code"]:
        chrome.project_links(
            row["legal_entity_code"], row["period_month"], row["project_code"]
        )


def main() -> None:
    """Draws the page for the filters chosen."""
    chrome.header("Exceptions", warehouse.snapshot(), QUESTION)
    order = ", ".join(f"severity = '{s}' desc" for s in SEVERITIES)
    found = query(
        f"from {TABLE} order by {order}, kind, period_month desc nulls last,"
        " project_code nulls last, since nulls last"
    )
    picked = chosen(found)
    for column, value in picked.items():
        found = found.filter(pl.col(column) == value)
    chrome.answer(sentence(found, bool(picked)))
    if not found.is_empty():
        by_kind(found)
        each(found)
    chrome.computed(
        "- A **kind** has one cause, one owner and one thing to do, as "
        "`seeds/exception_policies.csv` says. A record is in it once per project and "
        "period.\n"
        "- **In question** is what is known of the record, in the currency that it is "
        "stated in; sums are of absolute amounts.\n"
        "- High: a figure lacks it. Medium: two systems disagree. Low: worth knowing.\n"
        "- Postings of the project and period of a kind that **holds postings** wait "
        "until it is cleared.\n"
        f"- Source: `{TABLE}`."
    )


main()
