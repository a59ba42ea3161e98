"""What ties out and what does not: every control, then one control's differences."""

from datetime import date

import polars as pl
import streamlit as st

from dashboards import chrome, filters, formats, terms, warehouse
from dashboards.queries import controls
from dlt_pipelines.core import periods

QUESTION = (
    "What ties out between the systems, what does not, and what does that hold up?"
)
BLOCKS = {
    "publication": "Publication",
    "publication_at_standard": "Files at standard cost",
    "posting": "Posting",
    "nothing": "Nothing",
}


def sentence(results: pl.DataFrame, tallies: pl.DataFrame, chosen: str) -> str:
    """The page in one sentence, all of it computed; ``chosen`` names the filters."""
    failed = results.filter(pl.col("status") == "failed").height
    absent = results.filter(pl.col("status") == "not_applicable").height
    applied = results.height - absent
    found = int(tallies["differences_count"].sum() or 0)
    compared = int(tallies["compared_count"].sum() or 0)
    tie_out = f"{compared - found:,} of {compared:,} items compared tie out"
    if chosen:
        differ = tallies.filter(pl.col("differences_count") > 0).height
        controls_differ = formats.count(differ, "control finds", "controls find")
        return f"{chosen}: {controls_differ} differences; {tie_out}."
    if not failed:
        return f"All {applied} controls passed; {tie_out}."
    return f"{failed} of {applied} controls found differences; {tie_out}."


def consequences(results: pl.DataFrame) -> None:
    """What the failed controls stop: publication, posting, or nothing."""
    failed = results.filter(pl.col("status") == "failed")
    names = {
        blocks: ", ".join(failed.filter(pl.col("blocks") == blocks)["control_id"])
        for blocks in ("publication", "publication_at_standard", "posting")
    }
    left, right = st.columns(2, gap="medium")
    with left.container(border=True, height="stretch"):
        st.markdown("##### Publication", anchors=False)
        if names["publication"]:
            st.markdown(
                f":orange[:material/block:] **Blocked** by "
                f"{formats.plain(names['publication'])}: what you see is the last "
                "good snapshot."
            )
        elif names["publication_at_standard"]:
            st.markdown(
                ":orange[:material/block:] **Finance alone.** "
                f"{formats.plain(names['publication_at_standard'])} keeps back the "
                "files of who does not see pay, until all labour has a standard cost."
            )
        else:
            integrity = results.filter(pl.col("blocks") == "publication").height
            st.markdown(
                f":blue[:material/check:] **Not blocked.** All {integrity} blocking "
                "controls passed: nothing was lost or doubled between the sources and "
                "these figures."
            )
    with right.container(border=True, height="stretch"):
        st.markdown("##### Posting", anchors=False)
        st.markdown(posting(names["posting"]))


def posting(failed: str) -> str:
    """How many postings wait and why, and where controls that hold posting differ."""
    waiting = controls.held_postings()
    where = [
        f"{formats.plain(entity)} since {oldest:%b %Y}"
        for entity, oldest in controls.differing_since()
    ]
    differ = ""
    if where:
        differ = f" Differences in {formats.plain(failed)}: {', '.join(where)}."
    if waiting.is_empty():
        return f":blue[:material/check:] **Nothing waits.**{differ}"
    reasons = waiting.group_by("hold_reason").agg(pl.col("postings").sum())
    why = ", ".join(
        f"{formats.plain(reason)} ({number:,})"
        for reason, number in reasons.sort("postings", descending=True).rows()
    )
    sums = waiting.group_by("currency_code").agg(pl.col("amount").sum())
    value = ", ".join(
        f"{formats.plain(currency)} {formats.cents(amount, currency)}"
        for currency, amount in sums.sort("currency_code").rows()
    )
    number = formats.count(int(waiting["postings"].sum()), "posting")
    return (
        f":orange[:material/pause_circle:] **{number} held for finance**: {why}; "
        f"{value}.{differ}"
    )


def matrix(
    results: pl.DataFrame, entity: str | None, period: date | None
) -> pl.DataFrame:
    """One row a control: status, counts, a net difference per currency, owner."""
    tallies = controls.tallies(entity, period)
    found = controls.amounts(entity, period)
    kept = ["control_id", "name", "kind", "blocks", "status", "owner"]
    kept += ["absence_reason"] if "absence_reason" in results.columns else []
    table = results.select(kept).join(
        tallies, on="control_id", how="left", maintain_order="left"
    )
    currencies = found["currency_code"].unique().sort().to_list()
    for currency in currencies:
        one = found.filter(pl.col("currency_code") == currency).select(
            "control_id", pl.col("difference_amount").alias(currency)
        )
        table = table.join(one, on="control_id", how="left", maintain_order="left")
    told = ["status", "kind", *kept[6:]]
    states = [state(*row) for row in table.select(told).rows()]
    return table.with_columns(
        pl.Series("status", states, pl.String),
        blocks=pl.col("blocks").replace(BLOCKS),
        kind=pl.col("kind").str.to_titlecase(),
    ).select(
        "status",
        "control_id",
        "name",
        "kind",
        "compared_count",
        "differences_count",
        *currencies,
        "blocks",
        "owner",
    )


def state(status: str, kind: str, reason: str | None = None) -> str:
    """The status as a symbol and a word, so that it does not hang on colour."""
    if status == "passed":
        return "✓ Passed"
    if status == "not_applicable":
        return f"– Not applicable{f': {reason}' if reason else ''}"
    return "✕ Failed" if kind == "integrity" else "! Differences"


def control_table(table: pl.DataFrame) -> None:
    """The matrix; choosing a row shows that control's differences below."""
    currencies = [name for name in table.columns if len(name) == 3 and name.isupper()]
    st.dataframe(
        formats.cells(table),
        column_config={
            "status": formats.text("Status", width=95),
            "control_id": formats.text("Control", width=65),
            "name": formats.text("What must agree", width=335),
            "kind": formats.text("Kind", width=80),
            "compared_count": formats.counts("Compared", width=80),
            "differences_count": formats.counts("Differences", width=85),
            **{
                currency: formats.amounts("Net", currency, width=98)
                for currency in currencies
            },
            "blocks": formats.text("Holds", width=85),
            "owner": formats.text("Owner", width=145),
        },
        height=formats.height(table.height, 14),
        key="control_rows",
        alt="Controls with status, counts, net difference by currency and owner",
        **chrome.choose_from(table, "control_id", "control_rows", "control"),
        **formats.TABLE,
    )


def detail(results: pl.DataFrame, entity: str | None, period: date | None) -> None:
    """One control: what it means and the rows that differ, both sides shown."""
    names = dict(results.select("control_id", "name").rows())
    with st.container(horizontal=True, gap="medium"):
        code = filters.select("Control in detail", "control", list(names))
        shown = filters.segments("Rows", "rows", ["differences", "all"], str.capitalize)
    facts = results.row(by_predicate=pl.col("control_id") == code, named=True)
    words = controls.meaning(code, facts["kind"])
    st.subheader(f"{formats.plain(code)} {formats.plain(names[code])}", anchor=False)
    st.markdown(
        f"**{formats.plain(words.left)}** against **{formats.plain(words.right)}.** "
        + terms.said(f"{words.means} *What to do:* {words.remedy}")
    )
    found = controls.rows(
        code, entity, period, controls.MATCHED if shown == "differences" else None
    )
    if found.is_empty():
        nothing(facts, shown)
        return
    difference_table(found, words)
    totals(found)
    link_to_exceptions(code)
    link_to_margin(found)


def nothing(facts: warehouse.Row, shown: str) -> None:
    """Why there are no rows: all agree, filtered away, or counted without rows."""
    if facts["status"] == "not_applicable":
        reason = formats.plain(facts.get("absence_reason"))
        st.info(f"Not applicable: the firm has {reason}.", icon=":material/link_off:")
    elif facts["status"] == "passed":
        st.info("No differences: both sides agree.", icon=":material/check:")
    elif shown == "differences":
        st.info(terms.said("No differences for this legal entity and period; try All."))
    else:
        st.info("This control keeps its count and no rows.")


def difference_columns(words: controls.Meaning) -> formats.Columns:
    """The columns every control's rows share, named by its two sides."""
    return {
        "difference_key": formats.text("Item", pinned=True, width=170),
        "legal_entity_code": formats.text("Entity", width=65),
        "period_month": formats.text("Period", width=80),
        "project_code": formats.text("Project", width=75),
        "left_amount": formats.amounts(words.left),
        "right_amount": formats.amounts(words.right),
        "difference_amount": formats.amounts("Difference"),
        "currency_code": formats.text("Currency", width=70),
        "match_status": formats.text("Finding", width=130),
        "reason": formats.text("Reason", width=190),
        "owner": formats.text("Owner", width=120),
        "source_ids": formats.text("Source records", width=220),
    }


def difference_table(found: pl.DataFrame, words: controls.Meaning) -> None:
    """The rows, both sides, the difference, its reason and owner."""
    table = readable(found.drop("found_count"))
    shown = difference_columns(words)
    own = {
        name: formats.hours(title(name.removesuffix("_hours")))
        if name.endswith("_hours")
        else st.column_config.Column(title(name))
        for name in table.columns
        if name not in shown
    }
    st.dataframe(
        formats.cells(table),
        column_config=formats.in_currencies(
            terms.headed(shown), formats.currencies_of(table)
        )
        | own,
        height=formats.height(table.height),
        key="differences",
        on_select="rerun",
        selection_mode="single-row",
        alt="Rows of the control with both sides, difference, reason and owner",
        **formats.TABLE,
    )


def readable(found: pl.DataFrame) -> pl.DataFrame:
    """The rows in words; columns that say nothing here are left out."""
    words = ("match_status", "reason")
    table = found.with_columns(
        pl.col("period_month").dt.strftime("%b %Y"),
        *(pl.col(name).map_elements(title, pl.String) for name in words),
        *(
            pl.when(name).then(pl.lit("yes")).otherwise(pl.lit("no")).alias(name)
            for name, kind in found.schema.items()
            if kind == pl.Boolean
        ),
    )
    repeated = table["reason"].drop_nulls().len() == 0 or (
        table.filter(pl.col("reason") != pl.col("match_status")).is_empty()
    )
    empty = [name for name in table.columns if table[name].is_null().all()]
    return table.drop({*empty, *(["reason"] if repeated else [])})


def title(name: str) -> str:
    """A name in words: is_in_hr gives In HR, missing_in_erp Missing in ERP."""
    words = name.removeprefix("is_").replace("_", " ").split()
    systems = {"hr", "psa", "crm", "erp", "gl", "id"}
    text = " ".join(w.upper() if w in systems else w for w in words)
    return text[:1].upper() + text[1:]


def link_to_margin(found: pl.DataFrame) -> None:
    """Links from the row chosen to its project's margin in that month."""
    rows = st.session_state["differences"].selection.rows
    row = found.row(rows[0], named=True) if rows and rows[0] < found.height else {}
    if row.get("project_code") and row["period_month"] and row["legal_entity_code"]:
        chrome.project_links(
            row["legal_entity_code"], row["period_month"], row["project_code"]
        )


def link_to_exceptions(code: str) -> None:
    """The way to the causes of a control's differences, where there are any."""
    number = controls.exceptions_of(code)
    if number:
        st.page_link(
            "exceptions.py",
            label=f"{formats.count(number, 'exception')} of {code}: cause, owner and "
            "what to do",
            icon=":material/arrow_forward:",
            query_params={"control_id": code},
        )


def totals(found: pl.DataFrame) -> None:
    """Net difference per currency of the rows shown, and how many there are."""
    number = found["found_count"][0]
    words = formats.count(number, "row")
    if number > found.height:
        words = (
            f"The {found.height:,} greatest of {number:,} rows; the rest is in the "
            "reconciliation schema of the published database"
        )
    else:
        sums = (
            found.drop_nulls(["currency_code", "difference_amount"])
            .group_by("currency_code")
            .agg(pl.col("difference_amount").sum())
            .sort("currency_code")
        )
        parts = [
            f"{formats.plain(code)} {formats.cents(value, code)}"
            for code, value in sums.rows()
        ]
        if parts:
            words += "; net difference " + ", ".join(parts)
    st.caption(f"{words}.")


def explanation() -> None:
    """How controls work here."""
    with st.expander("How is this computed"):
        st.markdown(
            "- A **control** compares two systems item by item. Both sides are stacked "
            "and summed, so an item only one side knows is a difference, not a gap.\n"
            "- **Integrity** controls watch Tieout itself: when one fails, the new "
            "snapshot is not published and the last good one stays.\n"
            "- **Business** controls watch the systems: their differences are "
            "published with the figures and hold postings and the close as policy "
            "says.\n"
            "- The status is the published one, over all entities and periods; counts "
            "and amounts follow the filters. Net differences are sums of left less "
            "right, one per currency, never added across currencies.\n"
            "- Source: `reconciliation.control_results` and the `rec_` tables beside "
            "it."
        )


def main() -> None:
    """Draws the page for the filters chosen."""
    chrome.header("Reconciliation", warehouse.snapshot(), QUESTION)
    results = controls.results()
    months, entities = controls.periods_and_entities()
    with st.container(horizontal=True, gap="medium"):
        chosen = filters.segments(
            terms.said("Legal entity"), "legal_entity", [filters.ALL, *entities], str
        )
        names = {periods.name_of(month): month for month in months}
        period = names.get(
            filters.select(
                "Period",
                "period",
                [filters.ALL, *names],
                lambda key: (
                    "All periods" if key == filters.ALL else formats.period(names[key])
                ),
            )
        )
    entity = None if chosen == filters.ALL else chosen
    tallies = controls.tallies(entity, period)
    named = formats.period(period) if period else None
    view = ", ".join(filter(None, (entity, named)))
    st.markdown(
        f"#### {formats.plain(sentence(results, tallies, view))}", anchors=False
    )
    consequences(results)
    st.markdown("##### Controls, those with differences first", anchors=False)
    control_table(matrix(results, entity, period))
    detail(results, entity, period)
    explanation()


main()
