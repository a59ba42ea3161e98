"""A payroll bureau without an API: it puts registers of the firm's pay in a folder.

A register for each final run, and a list of the people on the payroll for each day that
it is asked on. It writes German, as bureaus do: decimal commas and cp1252. What they
mean is declared beside them, as a firm would.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import requests
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dlt_pipelines.sandbox.firm.costing import payroll_group_on
from dlt_pipelines.sandbox.firm.model import Firm, PayrollLine
from dlt_pipelines.sandbox.serving.host import Host

ON_REQUEST = True
FINAL = "NTC"
REGISTER = """
files = "register_{run}.csv"
encoding = "cp1252"
delimiter = ";"
decimal_mark = ","
date_format = "%d.%m.%Y"
complete = {each = "payroll_run_id"}

[whole]
trailer = 'Summe;(?P<count>\\d+);(?P<total>-?[\\d,]+)'
total_of = "Betrag"

[arrival]
settles_seconds = 0

[says.payroll_lines.columns]
payroll_run_id = "Lauf"
line_number = "Zeile"
person_pseudonym = "Person"
pay_code = "Lohnart"
currency_code = "Währung"
paid_hours = {from = "Stunden", may_be_empty = true}
amount = "Betrag"

[says.payroll_lines.columns.section]
from = "Art"

[says.payroll_lines.columns.section.words]
Bezug = "earnings"
Steuer = "employer_taxes"
Beitrag = "employer_contributions"
Abzug = "employee_deductions"

[says.payroll_runs]
repeats = true

[says.payroll_runs.columns]
payroll_run_id = "Lauf"
payroll_group_code = "Abrechnungskreis"
period_start_date = "Von"
period_end_date = "Bis"
pay_date = "Zahltag"
is_final = {value = "true"}
"""
PEOPLE = """
files = "people_{sequence}.csv"
encoding = "cp1252"
delimiter = ";"
date_format = "%d.%m.%Y"
complete = "everything"

[whole]
trailer = 'Summe;(?P<count>\\d+)'

[arrival]
settles_seconds = 0

[says.payroll_people.columns]
person_pseudonym = "Person"
payroll_group_code = "Abrechnungskreis"
payroll_file_pseudonym = "Akte"
hire_date = "Eintritt"
termination_date = {from = "Austritt", may_be_empty = true}
is_active = {from = "Aktiv", words = {ja = "true", nein = "false"}}
"""
WORDS = {
    "earnings": "Bezug",
    "employer_taxes": "Steuer",
    "employer_contributions": "Beitrag",
    "employee_deductions": "Abzug",
}


def settings(base_url: str, certificates: Path) -> dict[str, str]:
    """The options of a session, once the bureau has put there what is new."""
    answer = requests.post(f"{base_url}/deliver", timeout=600)
    answer.raise_for_status()
    return dict(answer.json())


def routes(host: Host) -> list[Route]:
    """What makes the bureau deliver; it has no API."""
    delivered = host.store.parent / "delivered"
    feeds = host.store.parent / "feeds"

    def deliver(request: Request) -> JSONResponse:
        feeds.mkdir(parents=True, exist_ok=True)
        (feeds / "register.toml").write_text(REGISTER, encoding="utf-8")
        (feeds / "people.toml").write_text(PEOPLE, encoding="utf-8")
        put(host.firm, delivered)
        told = {"location": delivered, "feeds": feeds}
        return JSONResponse({name: str(path.resolve()) for name, path in told.items()})

    return [Route("/deliver", deliver, methods=["POST"])]


def put(firm: Firm, folder: Path) -> None:
    """Write the registers and lists that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[PayrollLine]] = defaultdict(list)
    for line in firm.payroll_lines:
        lines[line.run].append(line)
    for run, paid in lines.items():
        if firm.payroll_runs[run].status == FINAL and paid:
            _write(folder / f"register_{run}.csv", _register(firm, run, paid))
    _write(folder / f"people_{firm.clock:%Y%m%d}.csv", _people(firm))


def _write(file: Path, rows: list[list[str]]) -> None:
    if not file.exists():
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";").writerows(rows)
        file.write_text(text.getvalue(), encoding="cp1252", newline="")


def _register(firm: Firm, run_id: str, paid: Iterable[PayrollLine]) -> list[list[str]]:
    run = firm.payroll_runs[run_id]
    header = ["Lauf", "Zeile", "Abrechnungskreis", "Person", "Art", "Lohnart"]
    header += ["Währung", "Stunden", "Betrag", "Von", "Bis", "Zahltag"]
    rows = [
        [
            run_id,
            str(line.number),
            run.group,
            firm.people[line.person].adp_id or "",
            WORDS[line.section],
            line.code,
            line.currency,
            _number(line.hours) if line.hours is not None else "",
            _number(line.amount),
            _day(run.period_start),
            _day(run.period_end),
            _day(run.pay_date),
        ]
        for line in sorted(paid, key=lambda line: line.number)
    ]
    total = sum((line.amount for line in paid), Decimal(0))
    return [header, *rows, ["Summe", str(len(rows)), _number(total)]]


def _people(firm: Firm) -> list[list[str]]:
    today = firm.clock.date()
    header = ["Person", "Abrechnungskreis", "Akte", "Eintritt", "Austritt", "Aktiv"]
    rows = []
    for person in firm.people.values():
        if not person.adp_id or person.hired > today:
            continue
        left = person.left if person.left and person.left < today else None
        rows.append(
            [
                person.adp_id,
                payroll_group_on(firm, person, max(today, person.hired)) or "",
                person.payroll_file or "",
                _day(person.hired),
                _day(left) if left else "",
                "nein" if left else "ja",
            ]
        )
    return [header, *rows, ["Summe", str(len(rows))]]


def _number(value: Decimal) -> str:
    return f"{value:f}".replace(".", ",")


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"
