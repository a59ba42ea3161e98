"""What every page shows: its title, what the data is as of, and why it is missing."""

import streamlit as st

from dashboards import formats
from dashboards.warehouse import Snapshot, Unavailable


def header(title: str, snapshot: Snapshot) -> None:
    """The page's title with the snapshot, its as-of day and its controls beside it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(title, anchor=False, width="content")
        st.space("stretch")
        st.badge(
            f"As of {formats.day(snapshot.as_of_date)}",
            icon=":material/event:",
            color="gray",
        )
        st.badge(
            f"Snapshot {formats.plain(snapshot.snapshot_id)}, published "
            f"{formats.plain(f'{snapshot.published_at:%Y-%m-%d %H:%M}')} UTC",
            icon=":material/database:",
            color="gray",
        )
        st.badge(*_controls(snapshot)[:1], **_controls(snapshot)[1])


def unavailable(error: Unavailable) -> None:
    """Says what is missing and what to do, where the figures would be."""
    st.title("Nothing to show yet", anchor=False)
    st.info(f"{error.what}\n\n{error.do}", icon=":material/info:")


def _controls(snapshot: Snapshot) -> tuple[str, dict]:
    passed = f"{formats.count(snapshot.controls_passed, 'control')} passed"
    if not snapshot.controls_failed:
        return passed, {"icon": ":material/check:", "color": "blue"}
    words = f"{passed}, {snapshot.controls_failed} with differences"
    return words, {"icon": ":material/priority_high:", "color": "orange"}
