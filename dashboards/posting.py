"""What the ERP should hold and does not yet: what goes, what waits, and why."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import streamlit as st

from dashboards import chrome, deciding, filters, formats, identity, terms, warehouse
from dashboards.queries import plans
from dlt_pipelines.core import periods
from dlt_pipelines.reverse_sync.choosing import Filter
from dlt_pipelines.reverse_sync.plan import APPROVE, HOLD, POST, Entry, Plan

CHOICES = {filters.ALL: "All", POST: "To post", APPROVE: "To approve", HOLD: "Held"}


def sentence(planned: Plan) -> str:
    """The page in one sentence."""
    if not planned.entries:
        return f"The ERP holds all {planned.in_balance:,} entries as desired."
    parts = [
        formats.count(len(planned.to_post), "entry goes", "entries go")
        + " with the next posting"
        if planned.to_post
        else "",
        formats.count(len(planned.to_approve), "awaits approval", "await approval")
        if planned.to_approve
        else "",
        f"{len(planned.held):,} held" if planned.held else "",
    ]
    told = ", ".join(part for part in parts if part)
    return f"{told}; {planned.in_balance:,} in balance."


def wanted(entries: list[Entry]) -> tuple[str, Filter]:
    """The filters: a state or all of them, and what else an entry must be."""
    kinds = sorted({entry.desired["kind"] for entry in entries})
    entities = sorted(
        {entry.desired["legal_entity_code"] for entry in entries} - {None}
    )
    months = {periods.name_of(m): m for m in map(month_of, entries)}
    with filters.row():
        state = filters.segments("Show", "state", list(CHOICES), CHOICES.__getitem__)
        kind = any_of("Kind", "kind", kinds, lambda code: code.replace("_", " "))
        entity = any_of(terms.said("Legal entity"), "books", entities)
        month = any_of("Month", "posted_for", sorted(months, reverse=True))
        below = st.number_input(
            terms.said("Below, in the entity's currency"),
            min_value=0,
            value=None,
            key="below",
        )
    most = None if below is None else Decimal(below)
    return state, Filter(kind, entity, months[month] if month else None, most)


def month_of(entry: Entry) -> date:
    """The month that an entry is for."""
    return entry.desired["period_month"]


def any_of(
    label: str, key: str, options: list[str], name: Callable[[str], str] = str
) -> str | None:
    """One of the options, or None for all of them."""
    chosen = filters.select(
        label,
        key,
        [filters.ALL, *options],
        lambda code: code if code == filters.ALL else name(code),
    )
    return None if chosen == filters.ALL else chosen


def entries_table(desk: plans.Desk, entries: list[Entry]) -> Entry | None:
    """The entries; the one that is chosen."""
    shown = plans.table(entries, desk)
    are_months = (shown["period_month"].dt.day() == 1).all()
    st.dataframe(
        formats.cells(shown),
        column_config=formats.in_currencies(
            terms.headed(
                {
                    "state": formats.text("State", width=95),
                    "kind": formats.text("Kind", width=150),
                    "legal_entity_code": formats.text("Entity", width=60),
                    "period_month": st.column_config.DateColumn(
                        "Period", format="MMM YYYY" if are_months else "D MMM YYYY"
                    ),
                    "project_code": formats.text("Project", width=70),
                    "desired": formats.amounts("Desired"),
                    "posted": formats.amounts("Posted"),
                    "to_post": formats.amounts("Difference"),
                    "currency_code": formats.text("", width=50),
                    "reason": formats.text("Waits for, or held because", width=230),
                    "owner": formats.text("Owner", width=90),
                    "prepared_by": formats.text("Prepared by", width=170),
                    "approved_by": formats.text("Approved by", width=170),
                    "approved_because": formats.text("Approved because", width=170),
                    "target_instance": formats.text("ERP", width=90),
                    "posting_key": formats.text("Posting key", width=300),
                }
            ),
            formats.currencies_of(shown),
        ),
        height=formats.height(shown.height, 14),
        key="entries",
        on_select="rerun",
        selection_mode="single-row",
        **formats.TABLE,
    )
    rows = st.session_state["entries"].selection.rows
    if rows and rows[0] < len(entries):
        return entries[rows[0]]
    named = st.query_params.get("entry")  # a link that an approver was sent
    return next((e for e in entries if e.posting_key == named), None)


def entry_detail(desk: plans.Desk, entry: Entry) -> None:
    """The journals of an entry and, if it waits, what its approvers need."""
    st.markdown(f"##### {formats.plain(entry.posting_key)}", anchors=False)
    if not entry.intents:
        st.info(f"Held: {formats.plain(entry.reason)}.", icon=":material/pause_circle:")
        return
    currency = entry.desired["currency_code"]
    st.dataframe(
        formats.cells(plans.journals(entry)),
        column_config={
            "posting_date": st.column_config.DateColumn("Date", format="YYYY-MM-DD"),
            "account": formats.text("Account"),
            "project": formats.text("Project in ERP"),
            "department": formats.text("Department"),
            "debit": formats.amounts("Debit", currency),
            "credit": formats.amounts("Credit", currency),
            "hours": formats.hours("Hours"),
        },
        **formats.TABLE,
    )
    if entry.action == APPROVE:
        deciding.on_entry(desk, entry)


def ledger_health() -> None:
    """Whether the ledger is whole, and its heads to compare with a copy elsewhere.

    It is called whole only when every checkpoint in every place says so.
    """
    verdict, heads = plans.health()
    why = verdict.wrong or [*verdict.unreached, *verdict.lacking]
    told = formats.plain(f"{verdict}: {'; '.join(why[:5])}")
    if verdict.wrong:
        st.error(told, icon=":material/gpp_bad:")
    elif why:
        st.warning(told, icon=":material/gpp_maybe:")
    with st.expander(str(verdict) if verdict.is_whole else "The ledger"):
        for line in verdict.lines:
            st.markdown(f"- {formats.plain(line)}")
        for name, (rows, head) in heads.items():
            st.markdown(f"- {rows:,} {name}, newest hash `{head}`")


def main() -> None:
    """Draws the page."""
    chrome.header("Postings", warehouse.snapshot())
    desk = plans.desk(identity.visitor().person)
    planned = desk.planned
    st.markdown(f"#### {formats.plain(sentence(planned))}", anchors=False)
    if told := st.session_state.pop("decided", None):
        st.success(formats.plain(told), icon=":material/check:")
    state, meant = wanted(planned.entries)
    entries = [
        entry
        for entry in planned.entries
        if state in (filters.ALL, entry.action) and meant.takes(entry)
    ]
    entry = entries_table(desk, entries)
    if entry is not None:
        entry_detail(desk, entry)
    else:
        st.caption("Choose an entry to see its journals and to decide on it.")
    if state in (filters.ALL, APPROVE):
        deciding.on_all(desk, meant)
    ledger_health()


main()
