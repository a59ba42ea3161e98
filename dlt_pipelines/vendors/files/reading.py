"""A file's rows as a table of texts in DuckDB, whatever its format.

Table ``rows``: ``n`` is a row's place among the rows, the others are the columns of
the file. Nothing is read into a type yet, so nothing is lost or rounded.
"""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dlt_pipelines.vendors.files.declaration import FileKind
from dlt_pipelines.vendors.files.refusal import EXAMPLES, Refusal, at_lines

TAIL = 2**16  # bytes in which a last line is looked for
NO_SIGN = "\x01"  # in no text, so that a line is one column
# A number after a member's name: quoted, it stays as it is written.
JSON_NUMBER = r'("(?:[^"\\]|\\.)*"\s*:\s*)(-?[0-9][0-9.eE+-]*)'
MOST_REJECTED = 1_000


@dataclass(frozen=True)
class Rows:
    """What was read: the columns' names, how many rows, the last line set apart.

    ``typed`` are the columns whose file tells types: their texts are as ISO has them.
    """

    names: tuple[str, ...]
    count: int
    trailer: str | None = None
    typed: frozenset[str] = frozenset()
    first_line: int = 1


def read(
    db: duckdb.DuckDBPyConnection, path: Path, kind: FileKind, used: set[str]
) -> Rows:
    """Fill table ``rows``; ``used`` are the columns that are asked for.

    Raises Refusal for a file that is not laid out as declared.
    """
    if kind.format == "parquet":
        return _parquet(db, path, used)
    if kind.format == "xlsx":
        return _xlsx(db, path, kind, used)
    trailer = _without_trailer(path, kind)
    if kind.format == "csv":
        return _csv(db, path, kind, used, trailer)
    return _lines(db, path, kind, used, trailer)


def _without_trailer(path: Path, kind: FileKind) -> str | None:
    """Cut the last line off our copy, where that is no row."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(max(0, size - TAIL))
        tail = file.read()
        body = tail.rstrip(b"\r\n \t\x1a")
        if kind.whole.trailer is None:
            if _ends_matter(kind) and len(body) == len(tail):
                raise Refusal(
                    "its last line does not end: it may be cut short, and nothing else "
                    "tells"
                )
            return None
        start = max(body.rfind(b"\n"), body.rfind(b"\r")) + 1
        last = body[start:].decode()
        if not kind.whole.trailer.fullmatch(last):
            raise Refusal("its last line is not the declared one: it is cut short")
        file.truncate(size - len(tail) + start)
    return last


def _ends_matter(kind: FileKind) -> bool:
    told = kind.whole.beside_says.groupindex if kind.whole.beside_says else {}
    return not {"total", "sha256"} & {*told, *re.findall(r"\{(\w+)\}", kind.pattern)}


def _csv(
    db: duckdb.DuckDBPyConnection,
    path: Path,
    kind: FileKind,
    used: set[str],
    trailer: str | None,
) -> Rows:
    names, before = kind.columns, kind.skip_lines
    if kind.has_header:
        names, before = _header(path, kind), before + 1
    _require(used, names)
    columns = {f"c{i}": "varchar" for i in range(len(names))}
    db.execute(
        "create table rows as select row_number() over () as n, * from read_csv("
        "$path, auto_detect = false, header = false, skip = $skip, delim = $delim,"
        " quote = $quote, escape = $quote, columns = $columns, strict_mode = true,"
        f" store_rejects = true, rejects_limit = {MOST_REJECTED})",
        {
            "path": str(path),
            "skip": before,
            "delim": kind.delimiter,
            "quote": kind.quote,
            "columns": columns,
        },
    )
    _refuse_rejected(db, path)
    _rename(db, names)
    return Rows(names, _count(db), trailer, first_line=before + 1)


def _header(path: Path, kind: FileKind) -> tuple[str, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        first = next(itertools.islice(file, kind.skip_lines, None), "")
    told: list[str] = next(iter(_reader([first], kind)), [])
    names = tuple(name.strip() for name in told)
    if kind.columns and names != kind.columns:
        raise Refusal(
            "its header is not the declared one: its columns are moved, renamed, more "
            "or fewer"
        )
    return names


def _reader(lines: Iterable[str], kind: FileKind) -> Any:
    """What reads lines one by one: a header, and those that are looked for."""
    if not kind.quote:
        return csv.reader(lines, delimiter=kind.delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=kind.delimiter, quotechar=kind.quote)


def _require(used: set[str], names: tuple[str, ...]) -> None:
    if len(set(names)) != len(names):
        raise Refusal("its header names a column twice")
    if lacking := sorted(used - set(names)):
        raise Refusal(f"it has no column {', '.join(lacking)}")


def _refuse_rejected(db: duckdb.DuckDBPyConnection, path: Path) -> None:
    rejected = db.execute(
        "select distinct line_byte_position, lower(cast(error_type as varchar))"
        " from reject_errors order by all"
    ).fetchall()
    if not rejected:
        return
    lines = _lines_at(path, [at or 0 for at, _ in rejected[:EXAMPLES]])
    kinds = ", ".join(dict.fromkeys(kind for _, kind in rejected))
    more = len(rejected) - len(lines)
    raise Refusal(f"{at_lines([*lines, *[0] * more])} cannot be taken apart ({kinds})")


def _lines_at(path: Path, positions: list[int]) -> list[int]:
    """The lines in which bytes of a file are."""
    lines, line, at = [], 1, 0
    with path.open("rb") as file:
        for position in positions:
            line += file.read(position - at).count(b"\n")
            at = position
            lines.append(line)
    return lines


def _rename(db: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> None:
    for place, name in enumerate(names):
        db.execute(f"alter table rows rename c{place} to {column(name)}")


def column(name: str) -> str:
    """A column of the file as SQL names it: no name of it is one of ours."""
    quoted = name.replace('"', '""')
    return f'"of {quoted}"'


def _count(db: duckdb.DuckDBPyConnection) -> int:
    [(count,)] = db.execute("select count(*) from rows").fetchall()
    return int(count)


def _lines(
    db: duckdb.DuckDBPyConnection,
    path: Path,
    kind: FileKind,
    used: set[str],
    trailer: str | None,
) -> Rows:
    """Rows of which each is a line: of fixed width, or a JSON object."""
    db.execute(
        "create table lines as select row_number() over () as n, line from read_csv("
        "$path, auto_detect = false, header = false, skip = $skip, delim = $delim,"
        " quote = '', escape = '', columns = {'line': 'varchar'})",
        {"path": str(path), "skip": kind.skip_lines, "delim": NO_SIGN},
    )
    if kind.format == "fixed":
        names = tuple(name for name, _, _ in kind.widths)
        _require(used, names)
        _fixed(db, kind)
    else:
        names = tuple(sorted(used))
        _jsonl(db, names, kind)
    db.execute("drop table lines")
    return Rows(names, _count(db), trailer, first_line=kind.skip_lines + 1)


def _fixed(db: duckdb.DuckDBPyConnection, kind: FileKind) -> None:
    shortest = max(first for _, first, _ in kind.widths)
    longest = max(first + length - 1 for _, first, length in kind.widths)
    _refuse_lines(
        db,
        f"line is not null and length(line) not between {shortest} and {longest}",
        f"are not {shortest} to {longest} signs long",
        kind,
    )
    parts = ", ".join(
        f"substr(line, {first}, {length}) as {column(name)}"
        for name, first, length in kind.widths
    )
    db.execute(
        f"create table rows as select n, {parts} from lines where line is not null"
    )


def _jsonl(
    db: duckdb.DuckDBPyConnection, names: tuple[str, ...], kind: FileKind
) -> None:
    db.execute(
        "update lines set line = regexp_replace(line, $number, $quoted, 'g')",
        {"number": JSON_NUMBER, "quoted": r'\1"\2"'},
    )
    _refuse_lines(
        db,
        "line is not null and not (json_valid(line) and starts_with(ltrim(line), '{'))",
        "are no JSON objects",
        kind,
    )
    paths = {name: "$." + ".".join(f'"{p}"' for p in name.split(".")) for name in names}
    for name, path in paths.items():
        [(there,)] = db.execute(
            "select count(*) from lines where json_exists(line, ?)", [path]
        ).fetchall()
        if not there:
            raise Refusal(f"no row of it has a member {name}")
    parts = ", ".join(
        f"json_extract_string(line, '{_quoted(path)}') as {column(name)}"
        for name, path in paths.items()
    )
    db.execute(
        f"create table rows as select n, {parts} from lines where line is not null"
    )


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _refuse_lines(
    db: duckdb.DuckDBPyConnection, condition: str, what: str, kind: FileKind
) -> None:
    found = db.execute(f"select n from lines where {condition} order by n").fetchall()
    if found:
        raise Refusal(f"{at_lines([n + kind.skip_lines for (n,) in found])} {what}")


def _parquet(db: duckdb.DuckDBPyConnection, path: Path, used: set[str]) -> Rows:
    try:
        told = db.execute("describe select * from read_parquet(?)", [str(path)])
    except duckdb.Error as error:
        raise Refusal("it is no whole Parquet file") from error
    types = {name: type_ for name, type_, *_ in told.fetchall()}
    _require(used, tuple(types))
    parts = ", ".join(
        f"cast({_identifier(name)} as varchar) as {column(name)}" for name in types
    )
    try:
        db.execute(
            f"create table rows as select row_number() over () as n, {parts}"
            " from read_parquet(?)",
            [str(path)],
        )
    except duckdb.Error as error:
        raise Refusal("it is no whole Parquet file") from error
    typed = frozenset(name for name, type_ in types.items() if type_ != "VARCHAR")
    return Rows(tuple(types), _count(db), typed=typed)


def _identifier(name: str) -> str:
    quoted = name.replace('"', '""')
    return f'"{quoted}"'


def _xlsx(
    db: duckdb.DuckDBPyConnection, path: Path, kind: FileKind, used: set[str]
) -> Rows:
    from dlt_pipelines.vendors.files import workbook

    sheet = workbook.read(path, kind)
    _require(used, sheet.names)
    frame = sheet.frame
    db.execute("create table rows as select * from frame")
    del frame
    _rename(db, sheet.names)
    return Rows(sheet.names, _count(db), typed=sheet.typed, first_line=sheet.first_line)


def line_numbers(
    path: Path, kind: FileKind, rows: Rows, places: list[int]
) -> list[int]:
    """The lines of the file in which rows begin, by their places among the rows."""
    if kind.format != "csv":
        return [place + rows.first_line - 1 for place in places]
    wanted, found = set(places), {}
    for place, line in enumerate(_begins(path, kind, rows.first_line), 1):
        if place in wanted:
            found[place] = line
            if len(found) == len(wanted):
                break
    return [found.get(place, 0) for place in places]


def _begins(path: Path, kind: FileKind, first_line: int) -> Iterator[int]:
    """The line on which each row begins: a text may have several, one may be empty."""
    with path.open(encoding="utf-8", newline="") as file:
        for _ in range(first_line - 1):
            next(file)
        rows = _reader(file, kind)
        begins = first_line
        for row in rows:
            if row:
                yield begins
            begins = first_line + rows.line_num
