"""Landing a million payroll lines from a file, beside DuckDB's own reader alone."""

import contextlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dlt_pipelines.core.settings import Instance, Paths
from dlt_pipelines.landing.landing import Landing, land

LINES = 1_000_000
DECLARATION = """
files = "lines_{sequence}.csv"
delimiter = ";"
decimal_mark = ","
complete = {each = "payroll_run_id"}
[whole]
trailer = 'T;(?P<count>\\d+);(?P<total>[\\d,]+)'
total_of = "amount"
[arrival]
settles_seconds = 0
[says.payroll_lines.columns]
payroll_run_id = "run"
line_number = "line"
person_pseudonym = "person"
section = {from = "kind", words = {E = "earnings"}}
pay_code = "code"
currency_code = "currency"
paid_hours = "hours"
amount = "amount"
"""
WRITTEN = """
    select 'R' || (i // 50000) as run, i as line,
        lpad(cast(i % 9000 as varchar), 5, '0') as person, 'E' as kind,
        'C' || (i % 40) as code, 'EUR' as currency,
        replace(cast(cast(i % 17000 as decimal(9, 2)) / 100 as varchar), '.', ',')
        as hours,
        replace(cast(cast(i % 900000 as decimal(18, 2)) / 100 as varchar), '.', ',')
        as amount
    from range({lines}) as t(i)
"""
TYPES = {
    "run": "varchar",
    "line": "bigint",
    "person": "varchar",
    "kind": "varchar",
    "code": "varchar",
    "currency": "varchar",
    "hours": "decimal(9,2)",
    "amount": "decimal(18,4)",
}


def seconds(folder: Path, lines: int = LINES) -> tuple[float, float]:
    """How long landing the file takes, and reading it into a table by DuckDB alone."""
    body = _written(folder, lines)
    os.environ["TIEOUT_WORK"] = str(folder / "work")
    options = {"location": str(folder / "there"), "feeds": str(folder)}
    instance = Instance("bureau", "files", options)
    now = datetime.now(UTC)
    landing = Landing(Paths(folder / "work"), "bench", now, now.date(), b"bench")
    land([], landing)  # the tables are there, and dlt is imported
    with _timed() as landed:
        report = land([instance], landing)
    assert report.rows_landed == lines + 1, report.failures
    with _timed() as read, duckdb.connect(str(folder / "alone.duckdb")) as db:
        columns = ", ".join(f"{name} {type_}" for name, type_ in TYPES.items())
        db.execute(f"create table lines ({columns})")
        db.execute(
            "insert into lines from read_csv($file, delim = ';', header = true,"
            " auto_detect = false, decimal_separator = ',', columns = $types)",
            {"file": str(body), "types": TYPES},
        )
    return landed[0], read[0]


def _written(folder: Path, lines: int) -> Path:
    """The file, delivered and declared; returns it without its trailer."""
    body, there = folder / "body.csv", folder / "there"
    there.mkdir()
    (folder / "lines.toml").write_text(DECLARATION)
    rows = WRITTEN.format(lines=lines)
    with duckdb.connect() as db:
        db.execute(f"copy ({rows}) to '{body}' (delimiter ';', header true)")
        [(total,)] = db.execute(
            "select sum(cast(replace(amount, ',', '.') as decimal(18, 4)))"
            f" from ({rows})"
        ).fetchall()
    trailer = f"T;{lines};{str(total).replace('.', ',')}\n"
    (there / "lines_1.csv").write_bytes(body.read_bytes() + trailer.encode())
    return body


@contextlib.contextmanager
def _timed() -> Iterator[list[float]]:
    taken: list[float] = []
    started = time.perf_counter()
    yield taken
    taken.append(time.perf_counter() - started)
