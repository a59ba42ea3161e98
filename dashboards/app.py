"""The router: who is there, which snapshot is his, then the page asked for."""

from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from dashboards import chrome, identity, warehouse
from dlt_pipelines.core.errors import TieoutError

ICON = Path(__file__).with_name("icon.svg")  # a named icon would be fetched
# Each page with the table that it cannot do without.
PAGES = (
    ("margin.py", "Margin", "trending_up", "marts.mart_project_margin_monthly"),
    ("explained.py", "Margin explained", "search", "marts.mart_margin_explained"),
    ("billing.py", "WIP & billing", "receipt_long", "marts.mart_project_wip_monthly"),
    ("forecast.py", "Forecast", "event_upcoming", "marts.mart_revenue_schedule"),
    ("utilisation.py", "Utilisation", "groups",
     "marts.mart_practice_utilisation_weekly"),
    ("group.py", "Group", "account_balance", "marts.mart_entity_margin_monthly"),
    ("reconciliation.py", "Reconciliation", "rule", "reconciliation.control_results"),
    ("exceptions.py", "Exceptions", "error", "reconciliation.rec_exceptions"),
)  # fmt: skip
# It reads the ledger too, which is of the whole firm: for who may see everything.
POSTINGS = st.Page("posting.py", title="Postings", icon=":material/outbox:")


def pages(visitor: identity.Visitor) -> list[st.Page]:
    """The pages of who looks at an attached file: those that it has something for.

    A file of everything lacks nothing but what an older release did not publish, which
    a page says itself.
    """
    if visitor.sees_everything:
        return [*_pages(PAGES), POSTINGS]
    held = warehouse.tables()
    offered = _pages(row for row in PAGES if row[3] in held)
    if not offered:
        raise warehouse.Unavailable(
            f"The file of the audience {visitor.audience} has nothing for any page.",
            "See in seeds/audiences.csv what it is meant to hold.",
        )
    return offered


def _pages(rows: Iterable[tuple[str, str, str, str]]) -> list[st.Page]:
    return [
        st.Page(file, title=title, icon=f":material/{icon}:", default=not place)
        for place, (file, title, icon, _) in enumerate(rows)
    ]


def main() -> None:
    """Shows a page of the visitor's audience, or says why there is none."""
    st.set_page_config(page_title="Tieout", page_icon=ICON, layout="wide")
    try:
        visitor = identity.visitor()
    except (identity.NotAdmitted, TieoutError) as no:
        st.navigation([*_pages(PAGES), POSTINGS], position="hidden")
        chrome.not_admitted(no)
        return
    chrome.visiting(visitor)
    try:
        warehouse.attach(visitor.audience)
        st.navigation(pages(visitor), position="top").run()
    except warehouse.Unavailable as error:
        chrome.unavailable(error)


main()
