"""What was forecast, kept: every business day's last published forecast, for good.

A forecast cannot be read again from any system, so it lies beside raw in the landing
database, in a schema of its own that no build touches. It is taken from the published
snapshot: a run that is killed after it published leaves the keeping to the next one.
"""

import contextlib
from datetime import datetime

import duckdb

from dlt_pipelines.core.settings import Paths

FORECASTS = {
    "as_of_date": "date",
    "snapshot_id": "varchar",
    "published_at": "timestamp",
    "project_code": "varchar",
    "period_month": "date",
    "currency_code": "varchar",
    "revenue_amount": "decimal(18,4)",
    "cost_amount": "decimal(18,4)",
    "margin_amount": "decimal(18,4)",
    "eac_amount": "decimal(18,4)",
}
PUBLISHED = """
    select
        snapshot.as_of_date, snapshot.snapshot_id, snapshot.published_at,
        forecasts.project_code, forecasts.period_month, forecasts.currency_code,
        forecasts.forecast_revenue_amount, forecasts.forecast_cost_amount,
        forecasts.forecast_margin_amount, forecasts.eac_amount
    from published.canonical.fct_monthly_forecasts as forecasts
    cross join published.publication.snapshot as snapshot
"""


def declare(land: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that dbt reads, so that a first run finds them empty."""
    columns = ", ".join(f"{name} {type_}" for name, type_ in FORECASTS.items())
    land.execute("create schema if not exists kept")
    land.execute(f"create table if not exists kept.forecasts ({columns})")


def keep_forecasts(paths: Paths, snapshot_id: str) -> None:
    """Keep what the published snapshot forecasts, unless it is kept already.

    The last snapshot of a business day takes the place of those before it.
    """
    if _is_kept(paths, snapshot_id):
        return
    with contextlib.closing(duckdb.connect(paths.land)) as land:
        declare(land)
        published = str(paths.published.resolve()).replace("'", "''")
        land.execute(f"attach '{published}' as published (read_only)")
        if not _has_forecasts(land, "published"):
            return
        land.begin()
        land.execute(
            "delete from kept.forecasts where as_of_date ="
            " (select as_of_date from published.publication.snapshot)"
        )
        land.execute(f"insert into kept.forecasts {PUBLISHED}")
        land.commit()


def copy_forecasts(db: duckdb.DuckDBPyConnection, at: datetime) -> None:
    """Copy what had been kept by a moment from the attached ``land`` to ``copy``."""
    if _has_forecasts(db, "land"):
        db.execute(
            "insert into copy.kept.forecasts by name"
            " select * from land.kept.forecasts where published_at <= ?",
            [at],
        )


def _is_kept(paths: Paths, snapshot_id: str) -> bool:
    query = "select 1 from land.kept.forecasts where snapshot_id = ? limit 1"
    with contextlib.closing(duckdb.connect(paths.land, read_only=True)) as land:
        return _has_forecasts(land, "land") and bool(
            land.execute(query, [snapshot_id]).fetchall()
        )


def _has_forecasts(db: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether a database has forecasts: one of an older release has none."""
    query = (
        "select 1 from duckdb_tables() where database_name = ?"
        " and table_name in ('forecasts', 'fct_monthly_forecasts')"
    )
    return bool(db.execute(query, [name]).fetchall())
