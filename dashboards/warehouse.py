"""The published database: the snapshot of an audience that its link points to.

An audience is a file (see ``identity``): nothing here filters, so nothing can fail to.
The link is resolved once a rerun, so all figures of a page are of one snapshot; when
it points to another, the next rerun opens that file. A snapshot file is never written
after it is published, so reading it locks nobody out.
"""

import os
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import streamlit as st

from dlt_pipelines.core import books, settings

SETTINGS = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
# Publishing may prune a snapshot between our reading the link and opening the file.
OPEN_ATTEMPTS = 3

PUBLISHED_FACTS = """
    select
        cast(snapshot_id as varchar) as snapshot_id,
        cast(published_at as timestamp) as published_at,
        cast(as_of_date as date) as as_of_date,
        cast(controls_passed as integer) as controls_passed,
        cast(controls_failed as integer) as controls_failed,
        cost_basis,
        classes
    from publication.snapshot
    order by published_at desc nulls last
    limit 1
"""
KNOWN_FACTS = """
    select
        'known-on' as snapshot_id,
        cast(null as timestamp) as published_at,
        any_value(as_of.as_of_date) as as_of_date,
        cast(count(case when results.status = 'passed' then 1 end) as integer)
            as controls_passed,
        cast(count(case when results.status = 'failed' then 1 end) as integer)
            as controls_failed,
        'actual' as cost_basis,
        'notes pay personal price' as classes
    from canonical.dim_as_of as as_of
    left join reconciliation.control_results as results on true
"""

Value = str | int | date | Decimal | list[str] | None
Row = dict[str, Any]  # of what a query answers, by column


class Unavailable(Exception):
    """The published database cannot be shown; says why and what to do."""

    def __init__(self, what: str, do: str) -> None:
        """Say ``what`` is missing and what to ``do`` about it, a sentence each."""
        super().__init__(f"{what} {do}")
        self.what = what
        self.do = do


class Withheld(Unavailable):
    """What is asked for is not in the file of this audience."""

    def __init__(self) -> None:
        """Say so: nobody can do anything about it here."""
        super().__init__(
            "This audience does not see what stands here: it tells pay, prices or "
            "people.",
            "Ask Finance, who decides in seeds/audiences.csv.",
        )


@dataclass(frozen=True)
class Snapshot:
    """What is shown: its name, when published, as of which day, with which controls.

    ``firm`` is whose figures it has, where its folder says; ``cost_basis`` at which
    cost labour is. A past day as ``tieout known-on`` built it was never published.
    """

    snapshot_id: str
    published_at: datetime | None
    as_of_date: date
    controls_passed: int
    controls_failed: int
    cost_basis: str
    classes: str
    firm: str = ""

    @property
    def is_at_standard_cost(self) -> bool:
        """Whether labour is at standard cost, as pay is not to be seen."""
        return self.cost_basis == "standard"

    @property
    def shows_people(self) -> bool:
        """Whether people are in it one by one."""
        return "personal" in self.classes.split()


def link(audience: str) -> Path:
    """The published link of an audience.

    TIEOUT_PUBLISHED_PATH names another file for who may see everything, as a past day
    that ``tieout known-on`` built; others are not shown today's in its place.
    """
    if named := os.environ.get("TIEOUT_PUBLISHED_PATH"):
        if audience != settings.FINANCE:
            raise Unavailable(
                f"What is served here is not for the audience {audience}.",
                "Open the pages of today's snapshot.",
            )
        return Path(named).absolute()
    paths = settings.paths()
    return paths.published if audience == settings.FINANCE else paths.audience(audience)


def query(sql: str, **parameters: Value) -> pl.DataFrame:
    """The answer to ``sql`` with ``$name`` parameters; decimals stay decimals.

    Call ``attach`` first. Raises Unavailable when the snapshot lacks the table, and
    Withheld when that is because of the audience.
    """
    # A cursor of its own: a run that was interrupted may still be at its query.
    cursor = st.session_state["_snapshot"][1].cursor()
    try:
        return cursor.sql(sql, params=parameters or None).pl()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        if st.session_state["_audience"] != settings.FINANCE:
            raise Withheld from error
        reason = str(error).splitlines()[0]
        raise Unavailable(
            f"The published snapshot lacks what this page reads ({reason}).",
            "Run `tieout refresh` with this version of Tieout, then reload this page.",
        ) from error
    finally:
        cursor.close()


def snapshot() -> Snapshot:
    """The facts of the published snapshot; raises Unavailable when there is none."""
    rows = query(PUBLISHED_FACTS if _is_published() else KNOWN_FACTS)
    if rows.is_empty():
        raise Unavailable(
            "The published snapshot does not say what it is.",
            "Run `tieout refresh` to publish a complete one, then reload this page.",
        )
    owner = books.owner_of(Path(st.session_state["_snapshot"][0]))
    return Snapshot(**rows.row(0, named=True), firm=owner.name if owner else "")


def _is_published() -> bool:
    """Whether the file is a snapshot; a past day as it was known has no such facts."""
    found = query(
        "select count(*) as found from duckdb_tables()"
        " where schema_name = 'canonical' and table_name = 'dim_as_of'"
        " and not exists (from duckdb_tables() where schema_name = 'publication'"
        " and table_name = 'snapshot')"
    )
    return not found["found"][0]


def tables() -> set[str]:
    """The tables of the snapshot, each as schema.name."""
    rows = query("select schema_name || '.' || table_name as name from duckdb_tables()")
    return set(rows["name"])


def holds(table: str, column: str | None = None) -> bool:
    """Whether the snapshot has a table, as schema.name, or a column of it."""
    if column is None:
        return table in tables()
    rows = query(
        "select column_name from duckdb_columns()"
        " where schema_name || '.' || table_name = $table",
        table=table,
    )
    return column in rows["column_name"].to_list()


def absences() -> dict[tuple[str, str], str]:
    """Why figures are not known, by table (schema.name) and column.

    A past day of before there were absences has none.
    """
    table = "publication.absences"
    if not holds(table):  # a snapshot of an earlier release
        return {}
    rows = query(f"select relation, column_name, absence_reason from {table}").rows()
    return {(relation, column): reason for relation, column, reason in rows}


def in_part() -> set[tuple[str, str]]:
    """The figures of ``absences`` that are not known of some projects alone."""
    found = query(
        "select relation, column_name from publication.absences"
        " where not is_of_all_rows"
    )
    return set(found.rows())


def total(amount: str) -> str:
    """A sum in SQL, null where a part is not known: the rest is a wrong amount."""
    return f"case when count(*) = count({amount}) then sum({amount}) end"


def attach(audience: str) -> None:
    """Follow an audience's link; every query until the next call reads that file.

    Raises Unavailable when nothing is published or the file cannot be opened.
    """
    st.session_state["_audience"] = audience
    for attempt in range(OPEN_ATTEMPTS):
        path = _resolved(audience)
        if st.session_state.get("_snapshot", (None,))[0] == path:
            return
        try:
            st.session_state["_snapshot"] = (path, _connection(path).cursor())
            return
        except duckdb.Error as error:
            if attempt + 1 < OPEN_ATTEMPTS and path != _resolved(audience):
                continue
            raise Unavailable(
                f"The published snapshot {Path(path).name} cannot be opened.",
                "Run `tieout refresh` to publish a fresh one, then reload this page.",
            ) from error


def _resolved(audience: str) -> str:
    path = link(audience)
    if not path.exists():
        if settings.paths().published.exists():
            raise Unavailable(
                f"Today's snapshot has no file for the audience {audience}.",
                "Ask Finance: files at standard cost are kept back while some labour "
                "has no standard rate (control I32), and a new audience gets its file "
                "with the next refresh.",
            )
        raise Unavailable(
            f"No snapshot is published yet for the audience {audience}.",
            "Run `tieout refresh`, then reload this page.",
        )
    return str(path.resolve())


@st.cache_resource(
    max_entries=8,  # two snapshots of a few audiences
    show_spinner=False,
    on_release=lambda connection: connection.close(),
)
def _connection(path: str) -> duckdb.DuckDBPyConnection:
    """One connection a snapshot file; sessions take cursors of it, never itself."""
    return duckdb.connect(path, read_only=True, config={**SETTINGS})
