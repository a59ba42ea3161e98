"""From a vendor's rows to typed columns, losing nothing on the way.

Values are taken as text exactly as the vendor wrote them and cast column by column.
What is written otherwise is read where its meaning is certain (``numbers``), or as the
system's configuration says (``notation``). A value
that does not fit its declared type stays, as text, in ``_variant``; a field nobody
declared stays in ``_unknown``. Both are counted as drift.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from dlt_pipelines.core.confidential import pseudonym
from dlt_pipelines.landing import numbers
from dlt_pipelines.landing.declarations import Column, Table
from dlt_pipelines.landing.notation import AS_JSON, Notation
from dlt_pipelines.vendors.http import Numeral

TRUE = ("true", "1", "t", "y", "yes")
FALSE = ("false", "0", "f", "n", "no")


@dataclass(frozen=True)
class Drift:
    """Rows whose vendor field is not as declared."""

    table: str
    column: str
    kind: str  # unknown_column | missing_column | variant_value | repeated_key
    seen_type: str
    rows: int


def conform(
    table: Table,
    rows: list[dict[str, Any]],
    pseudonym_key: bytes,
    notation: Notation = AS_JSON,
) -> tuple[pl.DataFrame, list[Drift]]:
    """Rows as a frame of the declared columns, ``_key``, ``_content_hash``,
    ``_unknown`` and ``_variant`` (JSON text), and the drift that was seen.

    Half of a character (a lone surrogate, as of an emoji that a system cut) is in no
    text that can be kept: it becomes the replacement character.
    """
    try:
        return _conform(table, rows, pseudonym_key, notation)
    except UnicodeEncodeError:
        return _conform(table, _whole(rows), pseudonym_key, notation)


def _whole(value: Any) -> Any:
    """The same without half characters; halves that belong together are joined."""
    if isinstance(value, str) and not isinstance(value, Numeral):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(each) for name, each in value.items()}
    return value


def _conform(
    table: Table,
    rows: list[dict[str, Any]],
    pseudonym_key: bytes,
    notation: Notation,
) -> tuple[pl.DataFrame, list[Drift]]:
    texts = {c.name: _texts(c, rows, pseudonym_key) for c in table.columns}
    unknown, unknown_drift = _unknown(table, rows, pseudonym_key)
    raw = pl.DataFrame(
        {**texts, "_unknown": unknown}, schema=dict.fromkeys([*texts, "_unknown"], str)
    )
    typed = raw.with_columns(_cast(column) for column in table.columns)
    typed = typed.with_columns(_without_nested(table, texts))
    typed = typed.with_columns(_numbers_read(table, raw, typed))
    told = _as_configured(table, rows, raw, typed, notation)
    meant = _meant(typed, told)
    typed = typed.with_columns(told)
    variant, variant_drift = _variants(table, raw, typed)
    frame = typed.with_columns(
        pl.concat_str(_key_parts(table, raw), separator="|").alias("_key"),
        pl.Series("_content_hash", _hashes(raw, meant), dtype=pl.String),
        pl.Series("_variant", variant, dtype=pl.String),
    )
    return frame, unknown_drift + variant_drift


def _key_parts(table: Table, raw: pl.DataFrame) -> list[pl.Expr]:
    # The typed value first: a date is the same key whatever offset it came with.
    return [
        pl.coalesce(pl.col(name).cast(pl.String), raw[name], pl.lit(""))
        for name in table.key
    ]


def _texts(
    column: Column, rows: list[dict[str, Any]], pseudonym_key: bytes
) -> list[str | None]:
    if len(column.path) == 1:
        name = column.path[0]
        values = [_text(row.get(name)) for row in rows]
    else:
        values = [_text(_follow(row, column.path)) for row in rows]
    if column.pseudonym:
        return [pseudonym(v, pseudonym_key) if v else None for v in values]
    return values


def _follow(row: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if isinstance(row, list):  # a step such as «0» picks from a list
            row = row[int(step)] if step.isdigit() and int(step) < len(row) else None
        else:
            row = row.get(step) if isinstance(row, dict) else None
        if row is None:
            return None
    return row


class _Nested(str):
    """An object or a list, as JSON text."""


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    told = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return _Nested(told) if isinstance(value, (dict, list)) else told


def _without_nested(
    table: Table, texts: dict[str, list[str | None]]
) -> Iterator[pl.Series]:
    """The columns of text in which an object or a list came, without it."""
    for column in table.columns:
        values = texts[column.name]
        if column.type == "text" and any(type(value) is _Nested for value in values):
            plain = [None if type(value) is _Nested else value for value in values]
            yield pl.Series(column.name, plain, dtype=pl.String)


def _unknown(
    table: Table, rows: list[dict[str, Any]], pseudonym_key: bytes
) -> tuple[list[str | None], list[Drift]]:
    known = _known(table)
    seen: dict[str, list[Any]] = {}
    texts: list[str | None] = []
    for row in rows:
        kept = dict(sorted(_undeclared(row, known)))
        if not kept:
            texts.append(None)
            continue
        for name, value in kept.items():
            seen.setdefault(name, []).append(value)
        if table.holds_pay:  # who knows what it is: keep it linkable, not readable
            kept = {n: pseudonym(str(v), pseudonym_key) for n, v in kept.items()}
        texts.append(json.dumps(kept, ensure_ascii=False, default=str))
    drift = [
        Drift(table.name, name, "unknown_column", type(values[0]).__name__, len(values))
        for name, values in sorted(seen.items())
    ]
    return texts, drift


def _known(table: Table) -> dict[str, Any]:
    """The declared members of an object, each with those of its own, or None: all."""
    known: dict[str, Any] = {}
    paths = [column.path for column in table.columns]
    paths += [tuple(name.split(".")) for name in table.ignored]
    for *steps, last in sorted(paths, key=len, reverse=True):
        members = known
        for step in steps:
            members = members.setdefault(step, {})
        members[last] = None  # the whole of it, whatever is declared within
    return known


def _undeclared(
    row: dict[str, Any], known: dict[str, Any], within: str = ""
) -> Iterator[tuple[str, Any]]:
    """The members that nobody declared, of objects in it by their path, with values."""
    if "*" in known:
        return
    for name, value in row.items():
        if name not in known:
            yield within + name, value
        elif known[name] and isinstance(value, dict):
            yield from _undeclared(value, known[name], f"{within}{name}.")


def _cast(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    # A vendor's empty string in a column that is not text means: no value.
    filled = pl.when(text.str.strip_chars() != "").then(text)
    if column.type in ("text", "json"):
        return text
    if column.type == "bigint":
        return filled.cast(pl.Int64, strict=False).alias(column.name)
    if column.type == "date":
        first = filled if column.format else filled.str.slice(0, 10)
        day = first.str.to_date(column.format or "%Y-%m-%d", strict=False)
        return day.alias(column.name)
    if column.type == "timestamp":
        return _moment(filled, column.format).alias(column.name)
    if column.type == "bool":
        word = text.str.strip_chars().str.to_lowercase()
        return (
            pl.when(word.is_in(TRUE))
            .then(pl.lit(True))
            .when(word.is_in(FALSE))
            .then(pl.lit(False))
            .alias(column.name)
        )
    return _decimal(filled, column.type).alias(column.name)


def _moment(text: pl.Expr, format_: str | None) -> pl.Expr:
    if format_ and "z" not in format_:
        return text.str.to_datetime(format_, time_unit="us", strict=False)
    zoned = text.str.replace(r"(?i)z$", "+00:00").str.replace(r"([+-]\d\d)$", "$1:00")
    whole = pl.coalesce(
        zoned.str.to_datetime(pattern, time_unit="us", time_zone="UTC", strict=False)
        for pattern in ([format_] if format_ else ISO_MOMENTS)
    )
    return whole.dt.replace_time_zone(None)


ISO_MOMENTS = ("%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z")


def _decimal(text: pl.Expr, declared: str) -> pl.Expr:
    precision, scale = (int(n) for n in re.findall(r"\d+", declared))
    # Digits beyond the scale would be rounded away in silence, exponents too.
    inexact = text.str.contains(rf"\.\d{{{scale}}}\d*[1-9]|[eE]")
    exact = pl.when(~inexact).then(text)
    return exact.cast(pl.Decimal(precision, scale), strict=False)


def _numbers_read(
    table: Table, raw: pl.DataFrame, typed: pl.DataFrame
) -> Iterator[pl.Series]:
    """The columns of numbers in which some are written in another way, with them."""
    for column in table.columns:
        if column.type != "bigint" and not column.type.startswith("decimal"):
            continue
        unread = _unread(column, raw, typed).arg_true().to_list()
        if not unread:
            continue
        values = typed[column.name].to_list()
        for position in unread:
            values[position] = numbers.number(raw[column.name][position], column.type)
        texts = raw[column.name].to_list()
        if any(numbers.shows_decimal_comma(texts[position]) for position in unread):
            for position, text in enumerate(texts):
                if text is not None and numbers.may_be_thousands(text):
                    values[position] = None
        yield pl.Series(column.name, values, dtype=typed.schema[column.name])


def _as_configured(
    table: Table,
    rows: list[dict[str, Any]],
    raw: pl.DataFrame,
    typed: pl.DataFrame,
    notation: Notation,
) -> list[pl.Series]:
    """The columns that the system's own notation gives another meaning, with it."""
    told = []
    for column in table.columns:
        is_number = column.type == "bigint" or column.type.startswith("decimal")
        if is_number and notation.decimal_mark:
            values = typed[column.name].to_list()
            for position, row in enumerate(rows):
                text = _follow(row, column.path)
                if isinstance(text, str) and not isinstance(text, Numeral):
                    values[position] = notation.number(text, column.type)
            read = pl.Series(column.name, values, dtype=typed.schema[column.name])
        elif column.type == "timestamp" and not column.format and notation.time_zone:
            local = _local_moment(pl.col(column.name), notation.time_zone)
            read = typed[column.name].fill_null(raw.select(local)[column.name])
        else:
            continue
        told.append(read)
    return told


def _meant(typed: pl.DataFrame, told: list[pl.Series]) -> list[str]:
    """Of each row what its system's notation means otherwise than JSON.

    It is part of what the row's hash is of: once a notation is configured, the same
    text is a new version.
    """
    parts = [""] * typed.height
    for read in told:
        otherwise = read.ne_missing(typed[read.name])
        for position in otherwise.arg_true().to_list():
            parts[position] += f"\x1e{read.name}={read[position]}"
    return parts


def _local_moment(text: pl.Expr, zone: str) -> pl.Expr:
    """A moment without a zone as UTC; none in an hour that its zone has twice."""
    naive = pl.coalesce(
        text.str.to_datetime(pattern.removesuffix("%z"), time_unit="us", strict=False)
        for pattern in ISO_MOMENTS
    )
    there = naive.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
    return there.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _unread(column: Column, raw: pl.DataFrame, typed: pl.DataFrame) -> pl.Series:
    """Whether a row has a value that the column's type did not take."""
    return (
        raw[column.name].is_not_null()
        & (raw[column.name].str.strip_chars() != "")
        & typed[column.name].is_null()
    )


def _variants(
    table: Table, raw: pl.DataFrame, typed: pl.DataFrame
) -> tuple[list[str | None], list[Drift]]:
    kept: list[dict[str, str]] = [{} for _ in range(raw.height)]
    drift = []
    for column in table.columns:
        if column.type == "json":
            continue
        positions = _unread(column, raw, typed).arg_true().to_list()
        for position in positions:
            kept[position][column.name] = raw[column.name][position]
        if positions:
            rows = len(positions)
            drift.append(Drift(table.name, column.name, "variant_value", "text", rows))
    return [json.dumps(k, ensure_ascii=False) if k else None for k in kept], drift


def _hashes(raw: pl.DataFrame, meant: list[str]) -> list[str]:
    """A hash of each row's text, nulls told from empty strings, and what it means."""
    joined = raw.select(
        pl.concat_str(pl.all().fill_null("\x00"), separator="\x1f").alias("all")
    )["all"] + pl.Series(meant, dtype=pl.String)
    return [hashlib.blake2b(t.encode(), digest_size=16).hexdigest() for t in joined]
