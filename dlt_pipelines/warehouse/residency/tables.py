"""Tables of rows that are at hand."""

from collections.abc import Iterable
from typing import Any

import duckdb


def create(
    db: duckdb.DuckDBPyConnection,
    name: str,
    columns: dict[str, str],
    rows: Iterable[dict[str, Any]],
) -> None:
    """Create a table of columns with their types; what a row does not have is null."""
    declared = ", ".join(f"{column} {type_}" for column, type_ in columns.items())
    db.execute(f"create table {name} ({declared})")
    marks = ", ".join("?" for _ in columns)
    for row in rows:
        values = [row.get(column) for column in columns]
        db.execute(f"insert into {name} values ({marks})", values)
