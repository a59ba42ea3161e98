"""The router: follows the published snapshot, then runs the page asked for."""

from pathlib import Path

import streamlit as st

from dashboards import chrome, warehouse

ICON = Path(__file__).with_name("icon.svg")  # a named icon would be fetched
PAGES = [
    st.Page("margin.py", title="Margin", icon=":material/trending_up:", default=True),
    st.Page("reconciliation.py", title="Reconciliation", icon=":material/rule:"),
]

st.set_page_config(page_title="Tieout", page_icon=ICON, layout="wide")
page = st.navigation(PAGES, position="top")
try:
    warehouse.attach()
    page.run()
except warehouse.Unavailable as error:
    chrome.unavailable(error)
