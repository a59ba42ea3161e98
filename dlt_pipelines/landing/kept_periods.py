"""What closed periods were published with, kept: they are shown so until opened again.

No system says what was published, so it lies beside raw in the landing database, where
no build writes. A snapshot holds what is to be kept of the periods that it is the first
to show as closed, at actual and at standard cost, and only a published one is kept: a
run that is killed after it published leaves the keeping to the next one. A period that
is published as open again is released, never removed: past days know it as it was.
"""

import contextlib
from datetime import datetime

import duckdb

from dlt_pipelines.core.settings import Paths

_PERIOD = {
    "cost_basis": "varchar",
    "legal_entity_code": "varchar",
    "period_month": "date",
    "snapshot_id": "varchar",
}
_AMOUNT = "decimal(18,4)"
_AMOUNTS = (
    "standard_value_amount",
    "contract_recognised_amount",
    "contract_write_down_amount",
    "contract_billed_amount",
    "recognised_amount",
    "write_down_amount",
    "billed_amount",
    "labour_raw_provisional_amount",
    "labour_provisional_amount",
    "labour_raw_actual_amount",
    "labour_actual_amount",
    "burden_actualisation_amount",
    "labour_cost_amount",
    "subcontractor_accrual_amount",
    "subcontractor_amount",
    "expense_amount",
    "deferred_cost_amount",
    "loss_provision_amount",
    "total_cost_amount",
    "reporting_recognised_amount",
    "reporting_write_down_amount",
    "reporting_billed_amount",
    "reporting_labour_cost_amount",
    "reporting_subcontractor_amount",
    "reporting_expense_amount",
    "reporting_deferred_cost_amount",
    "reporting_loss_provision_amount",
)
_ESTIMATES = (
    "cost_to_date_amount",
    "etc_labour_amount",
    "etc_commitments_amount",
    "etc_expenses_amount",
    "etc_amount",
    "eac_amount",
    "bac_amount",
    "planned_value_amount",
    "earned_value_amount",
    "eac_cpi_amount",
    "eac_cpi_spi_amount",
    "backlog_amount",
    "closing_amount",
)
_CHARGES = (
    "charge_amount",
    "cost_amount",
    "reporting_charge_amount",
    "reporting_cost_amount",
)
_MINUTES = (
    "working_minutes",
    "available_minutes",
    "capacity_minutes",
    "annual_minutes",
    "approved_minutes",
    "billable_minutes",
    "non_billable_minutes",
    "billed_minutes",
    "internal_minutes",
    "credited_minutes",
    "submitted_minutes",
    "utilised_minutes",
    "base_minutes",
    "target_minutes",
)
TABLES = {
    "closed_periods": _PERIOD
    | {
        "period_end_date": "date",
        "currency_code": "varchar",
        "published_at": "timestamp",
        "released_at": "timestamp",
        "is_whole": "boolean",
    },
    "closed_activity": _PERIOD
    | {
        "project_key": "varchar",
        "project_code": "varchar",
        "activity_date": "date",
        "closed_period_month": "date",
        "contract_currency_code": "varchar",
        "currency_code": "varchar",
        "reporting_currency_code": "varchar",
        "approved_minutes": "bigint",
        "submitted_minutes": "bigint",
    }
    | dict.fromkeys(_AMOUNTS, _AMOUNT),
    "closed_positions": _PERIOD
    | {
        "project_key": "varchar",
        "incomplete_reason": "varchar",
        "contract_currency_code": "varchar",
    }
    | dict.fromkeys(_ESTIMATES, _AMOUNT)
    | {"cpi_rate": "decimal(18,6)", "spi_rate": "decimal(18,6)"},
    "closed_charges": _PERIOD
    | {
        "leg": "varchar",
        "counterpart_entity_code": "varchar",
        "closed_period_month": "date",
        "currency_code": "varchar",
        "reporting_currency_code": "varchar",
    }
    | dict.fromkeys(_CHARGES, _AMOUNT),
    "closed_utilisation": _PERIOD
    | {
        "practice_code": "varchar",
        "grade_code": "varchar",
        "closed_period_month": "date",
        "people_count": "integer",
        "amber_width_rate": "decimal(18,6)",
    }
    | dict.fromkeys(_MINUTES, _AMOUNT),
}
_SUFFIXES = {"actual": "", "standard": "_at_standard"}  # of a snapshot's relations

# What the ERP has opened again, or what has other days now.
_RELEASE = """
    update kept.closed_periods as kept set released_at = snapshot.published_at
    from published.canonical.dim_periods as periods, published.publication.snapshot
    where
        kept.released_at is null
        and periods.legal_entity_code = kept.legal_entity_code
        and periods.period_month = kept.period_month
        and (not periods.is_closed or periods.period_end_date <> kept.period_end_date)
"""
# What the snapshot is the first to show as closed, or as closed in another currency.
_CLOSING = """
    select closing.*
    from published.canonical.fct_closing_positions{suffix} as closing
    anti join kept.closed_periods as kept
        on kept.cost_basis = '{basis}'
        and kept.released_at is null
        and kept.legal_entity_code = closing.legal_entity_code
        and kept.period_month = closing.period_month
        and kept.currency_code = closing.currency_code
    where closing.project_key is null
"""
_RESTATE = """
    update kept.closed_periods as kept set released_at = snapshot.published_at
    from closing, published.publication.snapshot
    where
        kept.cost_basis = '{basis}'
        and kept.released_at is null
        and kept.legal_entity_code = closing.legal_entity_code
        and kept.period_month = closing.period_month
"""
# What the snapshot itself has kept already and a wrong clock has had released.
_ONCE = """
    delete from kept.{table} as kept
    using closing, published.publication.snapshot as snapshot
    where
        kept.cost_basis = '{basis}'
        and kept.snapshot_id = snapshot.snapshot_id
        and kept.legal_entity_code = closing.legal_entity_code
        and kept.period_month = closing.period_month
"""
# Each kept table, the relation it is of, and which of its rows.
_KEPT = {
    "closed_periods": ("fct_closing_positions", "told.project_key is null"),
    "closed_positions": ("fct_closing_positions", "true"),
    "closed_activity": ("fct_closing_activity", "true"),
    "closed_charges": ("fct_closing_charges", "true"),
    "closed_utilisation": ("fct_closing_utilisation", "true"),  # of no basis: at actual
}
_OF_SNAPSHOT = {"snapshot_id", "published_at"}


def declare(land: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that dbt reads, so that a first run finds them empty."""
    land.execute("create schema if not exists kept")
    for table, columns in TABLES.items():
        body = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
        land.execute(f"create table if not exists kept.{table} ({body})")
        for name, type_ in columns.items():  # what an older release did not keep
            land.execute(
                f"alter table kept.{table} add column if not exists {name} {type_}"
            )


def keep_periods(paths: Paths) -> None:
    """Keep the periods that the published snapshot is the first to show as closed.

    All or nothing, and once, however often it is asked for. A snapshot of an earlier
    release has nothing to keep: its periods are kept as the next one shows them.
    """
    with contextlib.closing(duckdb.connect(paths.land)) as land:
        declare(land)
        published = str(paths.published.resolve()).replace("'", "''")
        land.execute(f"attach '{published}' as published (read_only)")
        held = land.execute(
            "select table_name from duckdb_tables() where database_name = 'published'"
        ).fetchall()
        land.begin()
        if ("dim_periods",) in held:
            land.execute(_RELEASE)
        for basis, suffix in _SUFFIXES.items():
            if (f"fct_closing_positions{suffix}",) in held:
                _keep(land, basis, suffix)
        land.commit()


def _keep(land: duckdb.DuckDBPyConnection, basis: str, suffix: str) -> None:
    words = {"basis": basis, "suffix": suffix}
    land.execute(f"create or replace temp table closing as {_CLOSING.format(**words)}")
    land.execute(_RESTATE.format(**words))
    for table, (relation, which) in _KEPT.items():
        told = {
            name
            for (name,) in land.execute(
                "select column_name from duckdb_columns()"
                " where database_name = 'published' and table_name = ?",
                [f"{relation}{suffix}"],
            ).fetchall()
        }  # a snapshot of an earlier release may lack a column, or all of them
        if not told:
            continue
        columns = ", ".join(
            name if name in _OF_SNAPSHOT else f"told.{name}"
            for name in TABLES[table]
            if name in told | _OF_SNAPSHOT
        )
        land.execute(_ONCE.format(table=table, basis=basis))
        land.execute(
            f"insert into kept.{table} by name"
            f" select '{basis}' as cost_basis, {columns}"
            f" from published.canonical.{relation}{suffix} as told"
            " semi join closing on closing.legal_entity_code = told.legal_entity_code"
            " and closing.period_month = told.period_month"
            f" cross join published.publication.snapshot where {which}"
        )


def redate(land: duckdb.DuckDBPyConnection, at: datetime) -> None:
    """Date what was published later than a moment, by a wrong clock, as published then.

    A period that was not over at that moment was not closed: it is released.
    """
    land.execute(
        "update kept.closed_periods set released_at = $at"
        " where published_at > $at and period_end_date > cast($at as date)"
        " and released_at is null",
        {"at": at},
    )
    for column in ("published_at", "released_at"):
        land.execute(
            f"update kept.closed_periods set {column} = $at where {column} > $at",
            {"at": at},
        )


def copy_periods(db: duckdb.DuckDBPyConnection, at: datetime) -> bool:
    """Make the attached ``copy`` have what had been kept in ``land`` before a moment.

    Returns whether that is other than what it had. A snapshot's own moment is before
    its keeping, which changes nothing that it shows.
    """
    held = _tables_kept(db, "land")
    if "closed_periods" not in held:
        return False
    kept = "from copy.kept.closed_periods order by all"
    before = db.execute(kept).fetchall()
    for table in TABLES:
        db.execute(f"delete from copy.kept.{table}")
        if table not in held:
            continue
        db.execute(
            f"insert into copy.kept.{table} by name select * from land.kept.{table}"
            " where snapshot_id in (select snapshot_id from land.kept.closed_periods"
            " where published_at < ?)",
            [at],
        )
    db.execute(
        "update copy.kept.closed_periods set released_at = null where released_at >= ?",
        [at],
    )
    return db.execute(kept).fetchall() != before


def _tables_kept(db: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    """What a database keeps of closed periods: one of an older release has less."""
    kept = db.execute(
        "select table_name from duckdb_tables()"
        " where database_name = ? and schema_name = 'kept'",
        [name],
    )
    return {table for (table,) in kept.fetchall()}
