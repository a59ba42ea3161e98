"""What a file says, in the columns of the contracts: all of it, or why none of it.

A file is believed as a whole or not at all: a row that cannot be read, a control that
does not come out, or a month that is not the file's refuses it. Rows are checked in
DuckDB, all at once; only those that are wrong are looked at one by one.
"""

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl

from dlt_pipelines.landing.typed_columns import FALSE, TRUE
from dlt_pipelines.vendors.files.declaration import WORDS, Field, FileKind, Said
from dlt_pipelines.vendors.files.reading import Rows, column, line_numbers, read
from dlt_pipelines.vendors.files.refusal import Refusal, at_lines

# Days of a row of which the second is not before the first.
SPANS = (
    ("earned_from_date", "earned_to_date"),
    ("hire_date", "termination_date"),
    ("period_start_date", "period_end_date"),
    ("start_date", "end_date"),
)
# What a file's content can make DuckDB say; a full disk is none of it.
UNREADABLE = (duckdb.DataError, duckdb.ProgrammingError)
EARLIEST, LATEST = "1900-01-01", "2200-01-01"
MOST_FOUND = 1_000  # wrong rows of a column that are looked at


@dataclass(frozen=True)
class Fault:
    """A row that cannot be read: its line, the column it is wrong in, and what is."""

    line: int
    column: str
    what: str


@dataclass(frozen=True)
class Checked:
    """What a file says: a frame for each contract, and what it is whole for.

    ``faults`` are the rows for which it is not landed; ``unread`` its columns that
    nothing asks for.
    """

    frames: dict[str, pl.DataFrame]
    scopes: tuple[str, ...]
    count: int
    faults: tuple[Fault, ...] = ()
    unread: tuple[str, ...] = ()

    def refuse(self) -> None:
        """Raise Refusal where a row cannot be read."""
        if not self.faults:
            return
        by_cause: dict[str, list[int]] = {}
        for fault in self.faults:
            by_cause.setdefault(f"{fault.column} {fault.what}", []).append(fault.line)
        told = "; ".join(
            f"{at_lines(sorted(lines))}: {cause}" for cause, lines in by_cause.items()
        )
        raise Refusal(told)


def check(
    path: Path,
    kind: FileKind,
    name: str,
    sha256: str | None = None,
    beside: str | None = None,
) -> Checked:
    """Read a file of a kind and hold it to everything that is declared of it.

    ``path`` is our own copy, in UTF-8 if it is text; ``name`` what it was delivered
    as. Raises Refusal, but for rows that cannot be read: those are ``faults``.
    """
    parts = kind.parts(name) or {}
    with contextlib.closing(duckdb.connect()) as db:
        db.execute("set preserve_insertion_order = true")
        try:
            rows = read(db, path, kind, _used(kind))
        except UNREADABLE as error:  # its words may quote the file
            told = f"it cannot be read as {kind.format} ({type(error).__name__})"
            raise Refusal(told) from error
        _check_controls(db, kind, rows, parts, sha256, beside)
        faults: list[Fault] = []
        frames = {}
        for said in kind.says:
            faults += _type(db, said, kind, rows, parts, path)
            if not faults:
                frames[said.contract] = _frame(db, said, kind, rows, path, faults)
        scopes = () if faults else _scopes(kind, frames, parts)
        unread = tuple(n for n in rows.names if n not in _used(kind))
    return Checked(frames, scopes, rows.count, tuple(faults), unread)


def _used(kind: FileKind) -> set[str]:
    used = {name for said in kind.says for f in said.fields for name in f.sources}
    return used | ({kind.whole.total_of} if kind.whole.total_of else set())


def _check_controls(
    db: duckdb.DuckDBPyConnection,
    kind: FileKind,
    rows: Rows,
    parts: dict[str, str],
    sha256: str | None,
    beside: str | None,
) -> None:
    told = dict(parts)
    if kind.whole.trailer and rows.trailer is not None:
        told |= _named(kind.whole.trailer, rows.trailer)
    if kind.whole.beside_says:
        found = kind.whole.beside_says.search(beside or "")
        if not found:
            raise Refusal("the file beside it does not say what it is declared to")
        told |= found.groupdict()
    if "sha256" in told and told["sha256"].lower() != sha256:
        raise Refusal("its bytes are not those that its hash is of: it was changed")
    if rows.count == 0:
        raise Refusal("it has no rows")
    if "count" in told and told["count"].strip().lstrip("0") != str(rows.count):
        raise Refusal(
            f"it has {rows.count:,} rows, and its control says "
            f"{told['count'].strip()}: it is not whole"
        )
    if "total" in told:
        _check_total(db, kind, rows, told["total"])


def _named(pattern: re.Pattern[str], text: str) -> dict[str, str]:
    found = pattern.fullmatch(text)
    return found.groupdict() if found else {}


def _check_total(
    db: duckdb.DuckDBPyConnection, kind: FileKind, rows: Rows, told: str
) -> None:
    """The total itself is not told: it may be that of somebody's pay."""
    name = kind.whole.total_of or ""
    text = _text(name, kind, rows)
    plain = _plain(text, kind, is_typed=name in rows.typed)
    # 38 digits: a sum of amounts, exactly.
    query = (
        f"select sum(cast({plain} as decimal(38, 8))),"
        f" count({text}) - count({plain}), ({_plain('$told', kind)}) from rows"
    )
    try:
        [(total, unread, wanted)] = db.execute(query, {"told": told}).fetchall()
    except duckdb.Error as error:
        raise Refusal(f"{name} has numbers that are too large to add up") from error
    if unread:
        raise Refusal(f"{unread:,} values of {name} are no numbers as declared")
    if wanted is None or Decimal(wanted) != (total or 0):
        raise Refusal(
            f"the sum of {name} is not its control total: it is not whole, or was "
            "changed"
        )


def _text(name: str, kind: FileKind, rows: Rows) -> str:
    """SQL of a text of the file; null where it says that there is no value."""
    text = f"trim({column(name)})"
    words = ", ".join(_literal(word) for word in kind.empty if word)
    filled = f"nullif({text}, '')"
    return f"case when {text} not in ({words}) then {filled} end" if words else filled


def _literal(text: str) -> str:
    quoted = text.replace("'", "''")
    return f"'{quoted}'"


def _plain(text: str, kind: FileKind, *, is_typed: bool = False) -> str:
    """SQL of a number as SQL reads it; null for what is none in this notation.

    The sign may come last, as mainframes write it.
    """
    mark, group = (".", "") if is_typed else (kind.decimal_mark, kind.thousands_mark)
    whole = r"\d+"
    if group:
        whole = rf"(\d{{1,3}}({re.escape(group)}\d{{3}})+|\d+)"
    shape = rf"([+-]?{whole}({re.escape(mark)}\d+)?|{whole}({re.escape(mark)}\d+)?-)"
    bare = f"replace({text}, {_literal(group)}, '')" if group else text
    bare = f"replace({bare}, ',', '.')" if mark == "," else bare
    return (
        f"case when not regexp_full_match({text}, {_literal(shape)}) then null"
        f" when {text} like '%-' then '-' || rtrim({bare}, '-') else {bare} end"
    )


def _source(said: Field, kind: FileKind, rows: Rows, parts: dict[str, str]) -> str:
    """SQL of the text that a column is read from."""
    if said.value is not None:
        return _literal(said.value)
    if said.part is not None:
        return _literal(parts.get(said.part, ""))
    if said.line:
        return "cast(n as varchar)"
    texts = [_text(name, kind, rows) for name in said.sources]
    # One that is joined of several is there when all of them are.
    return texts[0] if len(texts) == 1 else " || '|' || ".join(f"({t})" for t in texts)


def _typed(
    said: Field, kind: FileKind, text: str, plain: str, *, is_typed: bool
) -> str:
    """SQL of a column's value, null for what is none.

    ``text`` names what the file has, ``plain`` a number of it as SQL writes it.
    """
    type_ = said.column.type
    if said.words is not None:
        cases = " ".join(
            f"when {_literal(word)} then {_literal(meant)}"
            for word, meant in said.words.items()
        )
        told = f"case {text} {cases} end"
        return f"try_cast({told} as {said.column.sql_type})"
    if type_ == "bool":
        return (
            f"case when lower({text}) in {TRUE} then true"
            f" when lower({text}) in {FALSE} then false end"
        )
    if type_ == "date":
        format_ = "%Y-%m-%d" if is_typed else said.format or kind.date_format
        day = f"cast(try_strptime({text}, {_literal(format_)}) as date)"
        return f"case when {day} between '{EARLIEST}' and '{LATEST}' then {day} end"
    if type_ == "timestamp":
        format_ = said.format or kind.moment_format
        parsed = f"try_strptime({text}, {_literal(format_)})"
        return f"try_cast({text} as timestamp)" if is_typed else parsed
    if type_ == "bigint" or type_.startswith("decimal"):
        return _number(said, plain)
    return text


def _number(said: Field, plain: str) -> str:
    """SQL of a number that its column holds exactly: no digit is rounded away."""
    sql = said.column.sql_type
    scale = 0 if sql == "bigint" else int(re.findall(r"\d+", sql)[1])
    if said.times is not None:
        times = f"cast({said.times} as decimal(10, 4))"
        number = f"try_cast({plain} as decimal(20, 8)) * {times}"
        return (
            f"case when not {_has_digits_beyond(8, plain)}"
            f" and {number} = round({number}, {scale})"
            f" then try_cast({number} as {sql}) end"
        )
    whole = f"split_part({plain}, '.', 1)" if sql == "bigint" else plain
    return (
        f"case when not {_has_digits_beyond(scale, plain)}"
        f" then try_cast({whole} as {sql}) end"
    )


def _has_digits_beyond(scale: int, plain: str) -> str:
    return f"regexp_matches({plain}, '\\.\\d{{{scale}}}\\d*[1-9]')"


def _type(
    db: duckdb.DuckDBPyConnection,
    said: Said,
    kind: FileKind,
    rows: Rows,
    parts: dict[str, str],
    path: Path,
) -> list[Fault]:
    """Make table ``said_<contract>`` of typed columns; tell the rows that are wrong."""
    texts, plains, values = [], [], []
    wrong: list[tuple[str, str, str]] = []
    for place, each in enumerate(said.fields):
        is_typed = bool(each.sources) and set(each.sources) <= rows.typed
        texts.append(f"{_source(each, kind, rows, parts)} as t{place}")
        text, plain = f"t{place}", f"p{place}"
        told = _plain(text, kind, is_typed=is_typed or each.line)
        plains.append(f"{told if _is_number(each) else 'null'} as {plain}")
        typed = _typed(each, kind, text, plain, is_typed=is_typed)
        values.append(f"{typed} as {each.column.name}")
        wrong += _wrong(each, said, place)
    wrong += _spans_wrong({each.column.name for each in said.fields})
    names = ", ".join(each.column.name for each in said.fields)
    flags = ", ".join(f"{sql} as w{nth}" for nth, (_, _, sql) in enumerate(wrong))
    told_once = f"select n, {', '.join(texts)} from rows"
    if said.repeats:  # what is told many times is looked at once
        told_once = f"select min(n) as n, * exclude (n) from ({told_once}) group by all"
    db.execute(
        f"create table said_{said.contract} as select n, {names}, {flags} from ("
        f"select *, {', '.join(values)} from (select *, {', '.join(plains)} from ("
        f"{told_once})))"
    )
    counts = ", ".join(f"count(*) filter (w{nth})" for nth in range(len(wrong)))
    [found] = db.execute(f"select {counts} from said_{said.contract}").fetchall()
    faults = []
    for nth, (count, (name, what, _)) in enumerate(zip(found, wrong, strict=True)):
        if count:
            places = db.execute(
                f"select n from said_{said.contract} where w{nth} order by n"
                f" limit {MOST_FOUND}"
            ).fetchall()
            lines = line_numbers(path, kind, rows, [n for (n,) in places])
            faults += [Fault(line, name, what) for line in lines]
    return faults


def _is_number(said: Field) -> bool:
    type_ = said.column.type
    of_words = said.words is not None
    return not of_words and (type_ == "bigint" or type_.startswith("decimal"))


def _wrong(said: Field, of: Said, place: int) -> Iterable[tuple[str, str, str]]:
    """What may be wrong with a column: its name, what is, and the SQL that finds it."""
    name, text = said.column.name, f"t{place}"
    if not said.may_be_empty:
        yield name, "is empty, and is not declared to be", f"{text} is null"
    allowed = WORDS.get((of.contract, name))
    what = (
        "has a word that is not declared"
        if said.words
        else _KINDS_OF_VALUE.get(
            said.column.type, "is no number as declared, or has too many digits"
        )
    )
    yield name, what, f"{text} is not null and {name} is null"
    if allowed and said.words is None:
        words = ", ".join(_literal(word) for word in allowed)
        told = f"is none of {', '.join(allowed)}"
        yield name, told, f"{name} is not null and {name} not in ({words})"
    if said.matches:
        shape = _literal(said.matches)
        told = "does not look as declared"
        yield name, told, f"not regexp_full_match({text}, {shape})"


def _spans_wrong(columns: set[str]) -> Iterable[tuple[str, str, str]]:
    for first, last in SPANS:
        if {first, last} <= columns:
            yield last, f"is before {first}", f"{last} < {first}"


_KINDS_OF_VALUE = {
    "text": "cannot be read",
    "date": "is no date as declared",
    "timestamp": "is no moment as declared",
    "bool": "is neither true nor false",
}


def _frame(
    db: duckdb.DuckDBPyConnection,
    said: Said,
    kind: FileKind,
    rows: Rows,
    path: Path,
    faults: list[Fault],
) -> pl.DataFrame:
    """The typed rows of a contract, each key once."""
    names = ", ".join(f.column.name for f in said.fields)
    key = ", ".join(said.table.key)
    table = f"said_{said.contract}"
    if said.repeats:  # several ways of writing may mean the same
        db.execute(
            f"create table once_{said.contract} as select * from"
            f" (select min(n) as n, {names} from {table} group by all) order by n"
        )
        table = f"once_{said.contract}"
    again = db.execute(
        f"select n from (select n, count(*) over (partition by {key}) as times"
        f" from {table}) where times > 1 order by n limit {MOST_FOUND}"
    ).fetchall()
    if again:
        lines = line_numbers(path, kind, rows, [n for (n,) in again])
        what = "is in several rows that say different things of it"
        faults += [Fault(line, key, what) for line in lines]
    frame = db.sql(f"select {names} from {table}").pl()
    return _in_utc(frame, said, kind, faults)


def _in_utc(
    frame: pl.DataFrame, said: Said, kind: FileKind, faults: list[Fault]
) -> pl.DataFrame:
    """Moments of the system's time zone in UTC; none in an hour that it has twice."""
    if kind.time_zone == "UTC":
        return frame
    for each in said.fields:
        name = each.column.name
        if each.column.type != "timestamp":
            continue
        there = frame[name].dt.replace_time_zone(
            kind.time_zone, ambiguous="null", non_existent="null"
        )
        utc = there.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        if utc.null_count() != frame[name].null_count():
            what = f"is in an hour that {kind.time_zone} has twice, or not at all"
            faults.append(Fault(0, name, what))
        frame = frame.with_columns(utc)
    return frame


def _scopes(
    kind: FileKind, frames: dict[str, pl.DataFrame], parts: dict[str, str]
) -> tuple[str, ...]:
    """What a file is whole for: values of a column, or the first day of its month."""
    name = kind.complete.column
    if not name:
        return ()
    values = pl.concat([frame[name] for frame in frames.values()])
    if values.null_count():
        raise Refusal(f"{name} is empty in some rows, and is what it is whole for")
    if kind.complete.kind == "each":
        return tuple(sorted(values.cast(pl.String).unique().to_list()))
    months = sorted(values.dt.truncate("1mo").unique().to_list())
    if len(months) > 1:
        raise Refusal(
            f"{name} is in {len(months)} months, and it is declared to be whole for one"
        )
    told = period_of(kind, parts)
    if told and told != months[0]:
        raise Refusal(f"its name says {told:%Y-%m}, and {name} is in {months[0]:%Y-%m}")
    return (months[0].isoformat(),)


def period_of(kind: FileKind, parts: dict[str, str]) -> date | None:
    """The month that a file's name says; Refusal where it is none as declared."""
    if "period" not in parts:
        return None
    try:
        told = datetime.strptime(parts["period"], kind.period_format)  # noqa: DTZ007
    except ValueError as error:
        raise Refusal("its name says no period as declared") from error
    return told.date().replace(day=1)


def condition(kind: FileKind, scopes: Iterable[str]) -> str | None:
    """SQL of what raw holds that files are whole for; None for changes."""
    name = kind.complete.column
    told = ", ".join(_literal(scope) for scope in scopes)
    match kind.complete.kind:
        case "changes":
            return None
        case "everything":
            return "true"
        case "each":
            return f"cast({name} as varchar) in ({told})"
        case _:
            month = f"cast(date_trunc('month', {name}) as date)"
            return f"cast({month} as varchar) in ({told})"
