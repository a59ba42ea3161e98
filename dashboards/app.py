"""The router: follows the published snapshot, then runs the page asked for."""

from pathlib import Path

import streamlit as st

from dashboards import chrome, warehouse

ICON = Path(__file__).with_name("icon.svg")  # a named icon would be fetched
PAGES = [
    st.Page("margin.py", title="Margin", icon=":material/trending_up:", default=True),
    st.Page("explained.py", title="Margin explained", icon=":material/search:"),
    st.Page("billing.py", title="WIP & billing", icon=":material/receipt_long:"),
    st.Page("forecast.py", title="Forecast", icon=":material/event_upcoming:"),
    st.Page("utilisation.py", title="Utilisation", icon=":material/groups:"),
    st.Page("group.py", title="Group", icon=":material/account_balance:"),
    st.Page("reconciliation.py", title="Reconciliation", icon=":material/rule:"),
]

st.set_page_config(page_title="Tieout", page_icon=ICON, layout="wide")
page = st.navigation(PAGES, position="top")
try:
    warehouse.attach()
    page.run()
except warehouse.Unavailable as error:
    chrome.unavailable(error)
