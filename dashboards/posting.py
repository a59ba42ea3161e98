"""What the ERP should hold and does not yet: what goes, what waits, and why."""

import shlex

import streamlit as st

from dashboards import chrome, filters, formats, identity, plans, warehouse
from dlt_pipelines.errors import TieoutError
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


def entries_table(entries: list[Entry]) -> Entry | None:
    """The entries; the one that is chosen."""
    shown = plans.table(entries)
    st.dataframe(
        formats.cells(shown),
        column_config={
            "state": formats.text("State", width=95),
            "kind": formats.text("Kind", width=150),
            "legal_entity_code": formats.text("Entity", width=60),
            "period_month": st.column_config.DateColumn("Period", format="MMM YYYY"),
            "project_code": formats.text("Project", width=70),
            "desired": formats.amounts("Desired"),
            "posted": formats.amounts("Posted"),
            "to_post": formats.amounts("Difference"),
            "currency_code": formats.text("", width=50),
            "reason": formats.text("Waits for, or held because", width=230),
            "owner": formats.text("Owner", width=90),
            "posting_key": formats.text("Posting key", width=300),
        },
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


def entry_detail(planned: Plan, entry: Entry) -> None:
    """The journals of an entry and, if it waits, what its approvers need."""
    st.markdown(f"##### {formats.plain(entry.posting_key)}", anchors=False)
    if not entry.intents:
        st.info(f"Held: {formats.plain(entry.reason)}.", icon=":material/pause_circle:")
        return
    st.dataframe(
        formats.cells(plans.journals(entry)),
        column_config={
            "posting_date": st.column_config.DateColumn("Date", format="YYYY-MM-DD"),
            "account": formats.text("Account"),
            "project": formats.text("Project in ERP"),
            "department": formats.text("Department"),
            "debit": formats.amounts("Debit", entry.desired["currency_code"]),
            "credit": formats.amounts("Credit", entry.desired["currency_code"]),
            "hours": formats.hours("Hours"),
        },
        **formats.TABLE,
    )
    if entry.action == APPROVE:
        approval(planned, entry)


def approval(planned: Plan, entry: Entry) -> None:
    """Who prepared it, who has approved it, and the form to decide."""
    so_far = plans.standing(entry)
    approved = ", ".join(so_far.approvers) or "nobody yet"
    st.markdown(
        f"Prepared by **{formats.plain(so_far.preparer or 'nobody yet')}**, approved "
        f"by **{formats.plain(approved)}**. Content `{entry.content_hash[:16]}`: a "
        "changed entry needs a new approval."
    )
    by = identity.user()
    if by is None:
        st.info(
            "Log in to decide here, or run "
            + formats.plain(f"tieout approve {shlex.quote(entry.posting_key)}")
            + " `--reason …`.",
            icon=":material/lock:",
        )
        return
    with st.form("decision", border=True):
        reason = st.text_input("Reason", help="Auditors read it.")
        with st.container(horizontal=True):
            yes = st.form_submit_button("Approve", type="primary")
            no = st.form_submit_button("Reject")
    if yes or no:
        decided(planned, entry, by, reason, approve=yes)


def decided(
    planned: Plan, entry: Entry, by: str, reason: str, *, approve: bool
) -> None:
    """Keep the decision, or say why it may not be made."""
    try:
        plans.decide(planned, entry.posting_key, by, reason, approve=approve)
    except TieoutError as error:
        st.error(formats.plain(str(error)), icon=":material/block:")
        return
    what = "Approved" if approve else "Rejected"
    st.session_state["decided"] = f"{what}: {entry.posting_key}"
    st.rerun()


def ledger_health() -> None:
    """Whether the ledger is whole, and its heads to compare with a copy elsewhere."""
    wrong, heads = plans.health()
    if wrong:
        st.error(
            f"The ledger was tampered with: {formats.plain('; '.join(wrong[:5]))}",
            icon=":material/gpp_bad:",
        )
    with st.expander("The ledger" if wrong else "The ledger is whole"):
        for name, (rows, head) in heads.items():
            st.markdown(f"- {rows:,} {name}, newest hash `{head}`")


def main() -> None:
    """Draws the page."""
    chrome.header("Postings", warehouse.snapshot())
    planned = plans.plan()
    st.markdown(f"#### {formats.plain(sentence(planned))}", anchors=False)
    if told := st.session_state.pop("decided", None):
        st.success(formats.plain(told), icon=":material/check:")
    chosen = filters.segments("Show", "state", list(CHOICES), CHOICES.get)
    entries = [e for e in planned.entries if chosen in (filters.ALL, e.action)]
    entry = entries_table(entries)
    if entry is not None:
        entry_detail(planned, entry)
    else:
        st.caption("Choose an entry to see its journals and to decide on it.")
    ledger_health()


main()
