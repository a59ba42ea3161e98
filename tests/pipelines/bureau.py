"""A payroll bureau that delivers files, for tests that land or read them."""

import os
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import duckdb

from dlt_pipelines.core.settings import Instance, Paths
from dlt_pipelines.landing.landing import Landing, land
from dlt_pipelines.vendors.files import pgp
from dlt_pipelines.vendors.files.checking import Checked, check
from dlt_pipelines.vendors.files.claiming import opened
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
paid_hours = "Stunden"
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
