"""What changed between two snapshots, as a file that the same attack is made on.

The change of a sum is made of the change of hours: a single late entry between two
snapshots is a person's rate. Every table is the later rows and, with their numbers
negated, the earlier ones.
"""

from pathlib import Path

import duckdb

from tests.security.figures import NUMBERS

_TABLES = """
    select schema_name, table_name, list(column_name), list(data_type)
    from duckdb_columns() where database_name = 'later' and not internal group by all
"""


def change_between(earlier: Path, later: Path, file: Path) -> Path:
    """Write what changed from an earlier file to a later one into a third."""
    with duckdb.connect(str(file)) as db:
        for name, path in (("earlier", earlier), ("later", later)):
            db.execute(f"attach '{path}' as {name} (read_only)")
        for schema, table, columns, kinds in db.execute(_TABLES).fetchall():
            negated = ", ".join(
                f'-"{column}" as "{column}"'
                if kind.startswith(NUMBERS)
                else f'"{column}"'
                for column, kind in zip(columns, kinds, strict=True)
            )
            db.execute(f"create schema if not exists {schema}")
            db.execute(
                f"create table {schema}.{table} as from later.{schema}.{table}"
                f" union all by name select {negated} from earlier.{schema}.{table}"
            )
    return file
