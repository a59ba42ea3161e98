"""The published database: the snapshot its link points to, opened read-only.

The link is resolved once a rerun, so all figures of a page are of one snapshot; when
it points to another, the next rerun opens that file. A snapshot file is never written
after it is published, so reading it locks nobody out.
"""

import os
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import streamlit as st

PUBLISHED = Path("work") / "published" / "tieout.duckdb"
SETTINGS = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
# Publishing may prune a snapshot between our reading the link and opening the file.
OPEN_ATTEMPTS = 3

Value = str | int | date | Decimal | None


class Unavailable(Exception):
    """The published database cannot be shown; says why and what to do."""

    def __init__(self, what: str, do: str) -> None:
        """Say ``what`` is missing and what to ``do`` about it, a sentence each."""
        super().__init__(f"{what} {do}")
        self.what = what
        self.do = do


@dataclass(frozen=True)
class Snapshot:
    """What is published: its name, when, as of which day, with which controls."""

    snapshot_id: str
    published_at: datetime
    as_of_date: date
    controls_passed: int
    controls_failed: int


def link() -> Path:
    """The published link: TIEOUT_PUBLISHED_PATH, else below the work folder."""
    if named := os.environ.get("TIEOUT_PUBLISHED_PATH"):
        return Path(named).absolute()
    root = Path(__file__).resolve().parent.parent
    work = os.environ.get("TIEOUT_WORK")
    return Path(work) / "published" / PUBLISHED.name if work else root / PUBLISHED


def query(sql: str, **parameters: Value) -> pl.DataFrame:
    """The answer to ``sql`` with ``$name`` parameters; decimals stay decimals.

    Call ``attach`` first. Raises Unavailable when the snapshot lacks the table.
    """
    # A cursor of its own: a run that was interrupted may still be at its query.
    cursor = st.session_state["_snapshot"][1].cursor()
    try:
        return cursor.sql(sql, params=parameters or None).pl()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        reason = str(error).splitlines()[0]
        raise Unavailable(
            f"The published snapshot lacks what this page reads ({reason}).",
            "Run `make refresh` with this version of Tieout, then reload this page.",
        ) from error
    finally:
        cursor.close()


def snapshot() -> Snapshot:
    """The facts of the published snapshot; raises Unavailable when there is none."""
    rows = query(
        """
        select
            cast(snapshot_id as varchar) as snapshot_id,
            cast(published_at as timestamp) as published_at,
            cast(as_of_date as date) as as_of_date,
            cast(controls_passed as integer) as controls_passed,
            cast(controls_failed as integer) as controls_failed
        from publication.snapshot
        order by published_at desc nulls last
        limit 1
        """
    )
    if rows.is_empty():
        raise Unavailable(
            "The published snapshot does not say what it is.",
            "Run `make refresh` to publish a complete one, then reload this page.",
        )
    return Snapshot(**rows.row(0, named=True))


def attach() -> None:
    """Follow the link; every query until the next call reads the file found there.

    Raises Unavailable when nothing is published or the file cannot be opened.
    """
    for attempt in range(OPEN_ATTEMPTS):
        path = _resolved()
        if st.session_state.get("_snapshot", (None,))[0] == path:
            return
        try:
            st.session_state["_snapshot"] = (path, _connection(path).cursor())
            return
        except duckdb.Error as error:
            if attempt + 1 < OPEN_ATTEMPTS and path != _resolved():
                continue
            raise Unavailable(
                f"The published snapshot {Path(path).name} cannot be opened.",
                "Run `make refresh` to publish a fresh one, then reload this page.",
            ) from error


def _resolved() -> str:
    path = link()
    if not path.exists():
        raise Unavailable(
            f"No snapshot is published yet: {path.name} is not there.",
            "Run `make refresh`, then reload this page.",
        )
    return str(path.resolve())


@st.cache_resource(
    max_entries=2,
    show_spinner=False,
    on_release=lambda connection: connection.close(),
)
def _connection(path: str) -> duckdb.DuckDBPyConnection:
    """One connection a snapshot file; sessions take cursors of it, never itself."""
    return duckdb.connect(path, read_only=True, config=SETTINGS)
