"""Who is at the page: what an approval is signed with."""

import getpass

import streamlit as st

from dlt_pipelines.settings import firm_settings


def user() -> str | None:
    """The person who has logged in; None where nobody can be told from another.

    A firm that serves the dashboards to one person on his own machine may say so by
    ``approve_locally`` under [tieout]: then it is the account of that machine.
    """
    if st.user.get("is_logged_in"):
        return st.user.get("email")
    return getpass.getuser() if firm_settings().get("approve_locally") else None
