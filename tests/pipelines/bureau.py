"""A payroll bureau that delivers files, for tests that land or read them."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import duckdb

from dlt_pipelines.core.settings import Instance, Paths
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.frames import conform_frame
from dlt_pipelines.landing.landing import LANDINGS, Landing, land
from dlt_pipelines.landing.typed_columns import conform
from dlt_pipelines.landing.versions import Versions
from dlt_pipelines.vendors.feeds import Window
from dlt_pipelines.vendors.files import pgp, source
from dlt_pipelines.vendors.files.checking import Checked, check
from dlt_pipelines.vendors.files.claiming import opened
from dlt_pipelines.vendors.files.client import connect
from dlt_pipelines.vendors.files.declaration import FileKind, declared

NOW = datetime(2026, 7, 20, 6, tzinfo=UTC)
REGISTER = """
files = "register_{period}_{sequence}.csv"
encoding = "cp1252"
delimiter = ";"
decimal_mark = ","
thousands_mark = "."
date_format = "%d.%m.%Y"
complete = {each = "payroll_run_id"}

[whole]
trailer = 'T;(?P<count>\\d+);(?P<total>[\\d.,-]+)'
total_of = "Betrag"

[arrival]
due_days = 10
period_format = "%Y-%m"

[says.payroll_lines.columns]
payroll_run_id = "Lauf"
line_number = "Zeile"
person_pseudonym = {from = "Person", matches = '\\d{4}'}
section = {from = "Art", words = {L = "earnings", A = "employer_taxes"}}
pay_code = "Lohnart"
currency_code = {value = "EUR"}
paid_hours = {from = "Stunden", may_be_empty = true}
amount = "Betrag"

[says.payroll_runs]
repeats = true
[says.payroll_runs.columns]
payroll_run_id = "Lauf"
payroll_group_code = "Mandant"
period_start_date = "Von"
period_end_date = "Bis"
pay_date = "Zahltag"
is_final = {value = "true"}
"""
HEADER = "Lauf;Zeile;Mandant;Person;Art;Lohnart;Stunden;Betrag;Von;Bis;Zahltag"
JUNE = (
    "R6;1;DE1;0007;L;Grundgehalt Büro;173,33;4.200,50;01.06.2026;30.06.2026;26.06.2026",
    "R6;2;DE1;0007;A;AG-Anteil;;840,10;01.06.2026;30.06.2026;26.06.2026",
    "R6;3;DE1;0008;L;Rückrechnung;;1.234,00-;01.06.2026;30.06.2026;26.06.2026",
)
OF_JUNE = Decimal("3806.60")


def register(*lines: str, total: str = "3.806,60") -> bytes:
    rows = [HEADER, *lines, f"T;{len(lines)};{total}", ""]
    return "\r\n".join(rows).encode("cp1252")


NOTHING = Instance("bureau", "files", {})


class Bureau:
    """A payroll bureau's folder, and what of it is landed."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder, self.feeds = tmp_path / "delivered", tmp_path / "feeds"
        self.paths = Paths(tmp_path / "work")
        self.options = {"location": str(self.folder), "feeds": str(self.feeds)}
        self.folder.mkdir()
        self.feeds.mkdir()
        self.hours = 0
        self.written = time.time() - 86_400

    @property
    def instance(self) -> Instance:
        return Instance("bureau", "files", self.options)

    def declare(self, **told: str) -> None:
        for name, text in told.items():
            (self.feeds / f"{name}.toml").write_text(text)

    def deliver(self, name: str, body: bytes, *, at: float | None = None) -> Path:
        """Put a file there, later than all before it."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
        self.written += 60
        os.utime(file, (at or self.written,) * 2)
        return file

    def land(self, **policy):
        moment = NOW + timedelta(hours=self.hours)
        landing = Landing(
            self.paths, f"L{self.hours}", moment, moment.date(), b"key", **policy
        )
        self.hours += 1
        return land([self.instance], landing)

    def rows(self, query: str) -> list[tuple]:
        with duckdb.connect(self.paths.land, read_only=True) as raw:
            return raw.execute(query).fetchall()

    def lines(self) -> list[tuple]:
        """The lines that are in force."""
        return self.rows(
            "select payroll_run_id, line_number, amount from raw.files__payroll_lines"
            " qualify row_number() over (partition by _key order by _version desc) = 1"
            " and not _deleted order by all"
        )

    def deliveries(self) -> dict[str, tuple[str, str | None]]:
        """What became of each delivery, by its name; the last of several."""
        told = self.rows(
            "select file_name, status, reason from raw.files__deliveries"
            " qualify row_number() over (partition by _key order by _version desc) = 1"
            " order by modified_at nulls first"
        )
        return {name: (status, reason) for name, status, reason in told}


TABLES = declared_tables("files")


class Quick(Bureau):
    """A bureau whose files are landed without dlt, in memory: the rest is as it is."""

    def __init__(self, tmp_path) -> None:
        super().__init__(tmp_path)
        self.raw = duckdb.connect()
        self.raw.execute("create schema raw")
        for name, columns in _tables():
            body = ", ".join(f"{c} {t}" for c, t in columns.items())
            self.raw.execute(f"create table raw.{name} ({body})")

    def land(self) -> None:
        """Everything that is there."""
        moment = NOW + timedelta(hours=self.hours)
        self.hours += 1
        versions = {
            name: Versions(t, "bureau", f"L{self.hours}", moment, self.raw)
            for name, t in TABLES.items()
        }
        window = Window(moment, moment, set, held=lambda name: versions[name].held())
        client = connect(self.instance)
        for batch in source.read(client, window):
            table, told = TABLES[batch.table], versions[batch.table]
            if batch.frame is None:
                frame = conform(table, batch.rows, b"key")[0]
            else:
                frame = conform_frame(table, batch.frame, b"key")
            held = set()
            if batch.whole_for:
                rows = told.held().filter(batch.whole_for).select("_key").fetchall()
                held = {key for (key,) in rows} - set(frame["_key"].to_list())
            fresh = told.changed(frame)
            told.tell_gone(held)
            for rows in (fresh, told.tombstones()):
                if rows.height:
                    self.raw.execute(f"insert into raw.{table.raw_name} from rows")
        client.close()

    def rows(self, query: str) -> list[tuple]:
        return self.raw.execute(query).fetchall()

    def close(self) -> None:
        self.raw.close()


def _tables() -> Iterator[tuple[str, dict[str, str]]]:
    yield "_landings", LANDINGS
    for table in TABLES.values():
        yield table.raw_name, table.sql_columns()


def checked(
    folder: Path,
    kind: FileKind,
    name: str,
    body: bytes,
    instance: Instance = NOTHING,
    **told: str,
) -> Checked:
    """What a file says, by its declaration alone."""
    file = folder / "delivered"
    file.write_bytes(body)
    decrypt = partial(pgp.decrypt, instance)
    return check(opened(file, kind, decrypt), kind, name, **told)


def kind_of(folder: Path, text: str, name: str = "register") -> FileKind:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(text)
    [kind] = declared(Instance("bureau", "files", {"feeds": str(folder)}))
    return kind
