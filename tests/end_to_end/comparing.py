"""Whether what the truth states and what Tieout states are equal, row by row."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb

from tests.end_to_end.comparisons import COMPARISONS, Comparison, Rows
from tests.end_to_end.conftest import Firm
from tests.truth.truth import Truth


def differences(firm: Firm, truth: Truth, within: Decimal = Decimal(0)) -> list[str]:
    """Each row that is not as the truth has it, of all that are compared.

    A number may be off by as much as ``within``: of equal shares ids decide which gets
    the cent, and another system has other ids.
    """
    with duckdb.connect(firm.published.resolve(), read_only=True) as db:
        db.execute(f"attach '{firm.work / 'build.duckdb'}' as build (read_only)")
        published = {
            f"{schema}.{name}"
            for schema, name in db.execute(
                "select schema_name, table_name from duckdb_tables()"
                " where database_name != 'build'"
            ).fetchall()
        }
        found = []
        for wanted in COMPARISONS:
            build = "" if wanted.table in published else "build."
            built = wanted.built_rows(db, build)
            found += _differences(wanted, built, truth, within)
    return found


def _differences(
    wanted: Comparison, built: Rows, truth: Truth, within: Decimal
) -> Iterator[str]:
    true = wanted.true_rows(truth)
    for key in sorted(built.keys() | true.keys(), key=str):
        one, other = built.get(key, {}), true.get(key, {})
        counts = not wanted.is_sparse or is_something(one) or is_something(other)
        names = [
            name
            for name in wanted.columns
            if not _is_near(one.get(name), other.get(name), within)
        ]
        is_alone = not (one and other)
        if (names or is_alone) and counts:
            told = ", ".join(f"{n} {one.get(n)} not {other.get(n)}" for n in names)
            yield f"{wanted.table} {' '.join(map(str, key))}: {told}"


def _is_near(one: Any, other: Any, within: Decimal) -> bool:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return abs(one - other) <= within
    return one == other


def is_something(row: dict[str, Any]) -> bool:
    """Whether a row has an amount or hours other than nothing."""
    return any(isinstance(value, Decimal) and value for value in row.values())


def without_anything(truth: Truth) -> list[str]:
    """The tables for which the truth has no amount, so that equality says nothing."""
    return [
        wanted.table
        for wanted in COMPARISONS
        if not any(map(is_something, wanted.true_rows(truth).values()))
    ]


def rows_left_out(truth: Truth) -> set[str]:
    """The truth's lists of which a row belongs to no comparison."""
    compared = defaultdict(set)
    for wanted in COMPARISONS:
        compared[wanted.told].update(map(id, wanted.rows(truth)))
    return {
        told
        for told, rows in compared.items()
        if not rows.issuperset(map(id, getattr(truth, told)))
    }


def not_compared() -> set[str]:
    """What the truth states and no comparison looks at."""
    stated = {
        f"{rows.name}.{column.name}"
        for rows in dataclasses.fields(Truth)
        for column in _columns(rows)
    }
    compared = {
        f"{wanted.told}.{name}"
        for wanted in COMPARISONS
        for name in (*wanted.key, *wanted.columns, *wanted.only)
    }
    return stated - compared


def _columns(rows: dataclasses.Field) -> tuple[dataclasses.Field, ...]:
    """The columns of a list of rows that a table must hold."""
    of = getattr(rows.type, "__args__", ())
    is_rows = len(of) == 1 and dataclasses.is_dataclass(of[0])
    is_rows = is_rows and rows.name not in ("faults", "exceptions", "situations")
    return dataclasses.fields(of[0]) if is_rows else ()
