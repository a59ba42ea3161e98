"""Which tables of two files differ, and in which columns: what pay can be told from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

# What names a build or its moment, and is no figure.
BUILDS = {"snapshot_id", "published_at", "load_ids"}
_COLUMNS = """
    select schema_name || '.' || table_name, list(column_name order by column_index)
    from duckdb_columns() where database_name = '{}' and not internal group by all
"""


@dataclass(frozen=True)
class Difference:
    """A table whose rows are not the same in both files."""

    table: str
    rows: int  # in one file only
    columns: tuple[str, ...]  # whose values, all together, are not the same

    def __str__(self) -> str:
        return f"{self.table}: {self.rows} rows, in {', '.join(self.columns)}"


def differences(one: Path, other: Path) -> list[Difference]:
    """Each table that two files do not hold in the same rows and columns."""
    db = duckdb.connect()
    for name, file in (("one", one), ("other", other)):
        db.execute(f"attach '{file}' as {name} (read_only)")
    columns = dict(db.execute(_COLUMNS.format("one")).fetchall())
    others = dict(db.execute(_COLUMNS.format("other")).fetchall())
    return [
        *(Difference(name, 0, ("itself",)) for name in columns.keys() ^ others.keys()),
        *_differing(
            db, {n: columns[n] for n in sorted(columns.keys() & others.keys())}
        ),
    ]


def _differing(
    db: duckdb.DuckDBPyConnection, tables: dict[str, list[str]]
) -> Iterator[Difference]:
    for table, columns in tables.items():
        kept = [f'"{name}"' for name in columns if name not in BUILDS]
        rows = _apart(db, table, kept)
        if rows:
            apart = [name for name in kept if _apart(db, table, [name])]
            yield Difference(table, rows, tuple(name.strip('"') for name in apart))


def _apart(db: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> int:
    """How many rows one file has and the other has not, each counted as often."""
    some = ", ".join(columns)
    one, other = (f"select {some} from {file}.{table}" for file in ("one", "other"))
    [(rows,)] = db.execute(
        f"select count(*) from (({one} except all {other})"
        f" union all ({other} except all {one}))"
    ).fetchall()
    return rows
