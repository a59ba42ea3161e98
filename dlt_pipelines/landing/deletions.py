"""Deletions are believed in proportion: much that is gone at once is in doubt.

How much is policy (seed ``deletion_policies``). What is in doubt waits, and the rows
stay as they were last known, until somebody confirms it: the rows that were told and no
others, whose keys are kept in raw until the next reading of the table.
"""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl

from dlt_pipelines.core.errors import BadAnswer
from dlt_pipelines.warehouse.policies.policy_files import WILDCARD

WAITING = "_deletions_waiting"  # of each table the rows that were told last
COLUMNS = {"source_instance": "varchar", "table_name": "varchar", "_key": "varchar"}
EXAMPLES = 3


class InDoubt(BadAnswer):
    """More rows of a table are gone at once than is believed unasked."""


@dataclass(frozen=True)
class Limits:
    """How many rows of a table may be gone within ``window`` before somebody is asked.

    ``few`` rows may always, and ``share`` of a larger table; more than ``share_of_few``
    of a table of more than ``few`` rows may never.
    """

    few: int = 20
    share: Decimal = Decimal("0.02")
    share_of_few: Decimal = Decimal("0.5")
    window: timedelta = timedelta(days=7)

    def are_exceeded(self, gone: int, known: int) -> bool:
        """Whether so many of the rows that were known are gone."""
        is_much = gone > max(Decimal(self.few), self.share * known)
        return is_much or (known > self.few and gone > self.share_of_few * known)


DELIVERED = Limits()


def limits(
    rows: Iterable[Mapping[str, str]], instance: str = "", table: str = ""
) -> Limits:
    """What policy says of a table: its own row, its system's, or that for all."""
    asked = ((instance, table), (instance, WILDCARD), (WILDCARD, table))
    said = {(row["source_instance"], row["table_name"]): row for row in rows}
    for named in (*asked, (WILDCARD, WILDCARD)):
        if row := said.get(named):
            return Limits(
                int(row["few_rows"]),
                Decimal(row["largest_share"]),
                Decimal(row["largest_share_of_few"]),
                timedelta(days=int(row["window_days"])),
            )
    return DELIVERED


def waiting(
    raw: duckdb.DuckDBPyConnection, instance: str, table: str
) -> frozenset[str]:
    """The keys of the rows of a table that were told to be gone and wait."""
    rows = raw.execute(
        f"select _key from raw.{WAITING} where source_instance = ? and table_name = ?",
        [instance, table],
    ).fetchall()
    return frozenset(key for (key,) in rows)


def tables_waiting(land: Path) -> set[str]:
    """The tables («instance.table») of which rows were told to be gone and wait."""
    if not land.exists():
        return set()
    with contextlib.closing(duckdb.connect(land, read_only=True)) as raw:
        kept = "select 1 from duckdb_tables() where table_name = ?"
        if not raw.execute(kept, [WAITING]).fetchall():  # of an earlier release
            return set()
        rows = raw.execute(
            f"select distinct source_instance || '.' || table_name from raw.{WAITING}"
        ).fetchall()
    return {table for (table,) in rows}


def keep_waiting(land: Path, instance: str, tables: Mapping[str, set[str]]) -> None:
    """Keep which rows of the tables that were read are gone and wait, if any."""
    with contextlib.closing(duckdb.connect(land)) as raw:
        raw.begin()
        for table, keys in tables.items():
            raw.execute(
                f"delete from raw.{WAITING}"
                " where source_instance = ? and table_name = ?",
                [instance, table],
            )
            told = pl.DataFrame({"_key": sorted(keys)}, schema={"_key": pl.String})
            raw.execute(
                f"insert into raw.{WAITING} select ?, ?, _key from told",
                [instance, table],
            )
            del told
        raw.commit()


def in_doubt(
    name: str, gone: set[str], before: int, known: int, told: Limits, *, named: bool
) -> InDoubt:
    """What to say of a table («instance.table») of which so many rows are gone.

    ``before`` are gone since the window began; keys are told where they may be.
    """
    number = len(gone) + before
    earlier = f", {before} of them within {told.window.days} days before"
    examples = ", ".join(sorted(gone)[:EXAMPLES])
    return InDoubt(
        f"{name}: {number:,} of the {known:,} rows that were known "
        f"({100 * number / known:.0f} %) would count as deleted at once"
        f"{earlier if before else ''}{f', such as {examples}' if named else ''}",
        "check that the integration's rights still cover every row. They stay as they "
        "were last known; if they are meant to be gone, "
        f"`tieout land --accept-deletions {name}`.",
    )
