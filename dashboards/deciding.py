"""The forms in which approvers decide: on one entry, or on all that a filter takes."""

import shlex

import polars as pl
import streamlit as st

from dashboards import formats, terms
from dashboards.queries import plans
from dlt_pipelines.core.errors import TieoutError
from dlt_pipelines.reverse_sync.choosing import Choice, Filter
from dlt_pipelines.reverse_sync.plan import Entry


def on_entry(desk: plans.Desk, entry: Entry) -> None:
    """Who prepared it, who has approved it, what a yes would post, and the form."""
    so_far = desk.standing(entry)
    approved = ", ".join(so_far.approvers) or "nobody yet"
    st.markdown(
        f"Prepared by **{formats.plain(so_far.preparer or 'nobody yet')}**, approved "
        f"by **{formats.plain(approved)}**. Content `{entry.content_hash[:16]}`: a "
        "changed entry needs a new approval."
    )
    if desk.person is None:
        st.info(
            "Log in to decide here, or run "
            + formats.plain(f"tieout approve {shlex.quote(entry.posting_key)}")
            + " `--reason …`.",
            icon=":material/lock:",
        )
        return
    no = desk.objection(entry)
    if no:
        st.warning(formats.plain(f"{no.what}: {no.do}"), icon=":material/block:")
    form(desk, [entry], f"What is approved is posted: {posts(entry)}.", "", bool(no))


def posts(entry: Entry) -> str:
    """What an entry would post, once more: amounts, period and accounts."""
    told, currency = [], entry.desired["currency_code"]
    for intent in entry.intents:
        lines = ", ".join(
            f"{'debit' if line.debit else 'credit'} {line.account_number} "
            f"{formats.cents(line.debit or line.credit, currency)}"
            for line in intent.journal.lines
        )
        told.append(f"{intent.journal.posting_date:%B %Y}, {currency}: {lines}")
    return formats.plain("; ".join(told))


def on_all(desk: plans.Desk, wanted: Filter) -> None:
    """What the filters leave to decide on, summed, with the form for all of it."""
    if desk.person is None or not any(map(wanted.takes, desk.planned.to_approve)):
        return
    choice = desk.choose(wanted)
    count = formats.count(len(choice.entries), "entry", "entries")
    with st.expander(f"Decide at once on what is shown and waits: {count}"):
        for why, number in choice.left_out.most_common():
            st.markdown(f"{number:,} left out: {formats.plain(why)}.")
        if choice.entries:
            sums = totals(choice)
            columns = formats.in_currencies(terms.headed(TOTALS), sums["currency"])
            st.dataframe(formats.cells(sums), column_config=columns, **formats.TABLE)
            form(desk, choice.entries, "Decides on all that is summed here.", count)


TOTALS = {
    "kind": formats.text("Kind"),
    "entity": formats.text("Entity"),
    "entries": formats.counts("Entries"),
    "amount": formats.amounts("Amount"),
    "largest": formats.amounts("Largest"),
    "currency": formats.text(""),
}


def totals(choice: Choice) -> pl.DataFrame:
    """What is chosen by kind, legal entity and currency."""
    rows = [
        {
            "kind": kind.replace("_", " "),
            "entity": entity,
            "entries": total.entries,
            "amount": total.amount,
            "largest": total.largest,
            "currency": currency,
        }
        for (kind, entity, currency), total in choice.totals().items()
    ]
    money = dict.fromkeys(("amount", "largest"), plans.MONEY)
    return pl.DataFrame(rows, schema_overrides=money)


def form(
    desk: plans.Desk,
    entries: list[Entry],
    told: str,
    of: str,
    disabled: bool = False,
) -> None:
    """Asks for the reason and the decision, and keeps it.

    Its key is what is decided on: a click on a form whose entries have changed since it
    was drawn meets no form, so nobody decides on what he has not seen.
    """
    with st.form(f"decision {of} {plans.content(entries)}", border=True):
        st.markdown(f"{told} You decide as **{formats.plain(str(desk.person))}**.")
        reason = st.text_input("Reason", help="Auditors read it.", disabled=disabled)
        with st.container(horizontal=True):
            yes = st.form_submit_button(
                f"Approve {of}".strip(), type="primary", disabled=disabled
            )
            no = st.form_submit_button(f"Reject {of}".strip(), disabled=disabled)
    if yes or no:
        _decided(desk, entries, reason, approve=yes)


def _decided(
    desk: plans.Desk, entries: list[Entry], reason: str, *, approve: bool
) -> None:
    """Keep the decision, or say why it may not be made."""
    try:
        desk.decide(entries, reason, approve=approve)
    except TieoutError as error:
        st.error(formats.plain(str(error)), icon=":material/block:")
        return
    what = "Approved" if approve else "Rejected"
    of = entries[0].posting_key if len(entries) == 1 else f"{len(entries):,} entries"
    st.session_state["decided"] = f"{what}: {of}"
    st.rerun()
