"""Rows that come as frames: typed by their source, hashed all at once.

What ``typed_columns`` does for a vendor's answers row by row, for rows by the million.
"""

import contextlib
import re

import duckdb
import polars as pl

from dlt_pipelines.core.confidential import pseudonym
from dlt_pipelines.landing.declarations import Column, Table

TYPES: dict[str, type[pl.DataType] | pl.DataType] = {
    "text": pl.String,
    "json": pl.String,
    "bigint": pl.Int64,
    "date": pl.Date,
    "timestamp": pl.Datetime("us"),
    "bool": pl.Boolean,
}


def conform_frame(
    table: Table, rows: pl.DataFrame, pseudonym_key: bytes
) -> pl.DataFrame:
    """The declared columns, ``_key``, ``_content_hash``, ``_unknown`` and ``_variant``.

    ``rows`` have declared columns, of their types; one that is not there is null.
    """
    typed = rows.select(_column(column, rows) for column in table.columns)
    typed = typed.with_columns(
        _stand_ins(typed[column.name], pseudonym_key)
        for column in table.columns
        if column.pseudonym
    )
    key = ", ".join(f"coalesce(cast({name} as varchar), '')" for name in table.key)
    texts = ", ".join(
        f"coalesce(cast({column.name} as varchar), chr(0))" for column in table.columns
    )
    query = (
        f"select *, concat_ws('|', {key}) as _key,"
        f" md5(concat_ws(chr(31), {texts})) as _content_hash,"
        " cast(null as varchar) as _unknown, cast(null as varchar) as _variant"
        " from typed"
    )
    with contextlib.closing(duckdb.connect()) as db:
        return db.sql(query).pl()


def _column(column: Column, rows: pl.DataFrame) -> pl.Expr:
    value = pl.col(column.name) if column.name in rows.columns else pl.lit(None)
    return value.cast(_type(column)).alias(column.name)


def _type(column: Column) -> type[pl.DataType] | pl.DataType:
    if column.type in TYPES:
        return TYPES[column.type]
    precision, scale = (int(n) for n in re.findall(r"\d+", column.type))
    return pl.Decimal(precision, scale)


def _stand_ins(values: pl.Series, pseudonym_key: bytes) -> pl.Series:
    """Each value's pseudonym, worked out once for all rows of it."""
    known = values.drop_nulls().unique().to_list()
    hidden = [pseudonym(value, pseudonym_key) for value in known]
    return values.replace_strict(known, hidden, default=None, return_dtype=pl.String)
