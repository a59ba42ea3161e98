"""Workday as the sandbox firm has it: five custom reports of its tenant."""

import base64
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from html import escape
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlt_pipelines.sandbox.firm.costing import payroll_group_on
from dlt_pipelines.sandbox.firm.model import Assignment, Firm, Person
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.workday.assumptions import (
    HIRE_RESCINDED,
    PRIMARY,
    RESCINDED,
    UNIT,
)

# Constants of the sandbox, secrets of nobody.
USERNAME = "ISU_Tieout"
PASSWORD = "sandbox-workday-password"
CLIENT = ("sandbox-workday-client", "sandbox-workday-client-secret")
REFRESH_TOKEN = "sandbox-workday-refresh-token"
TENANT = "meridian_sandbox"
REPORT_OWNER = "tieout.reports"

REPORTS_PER_HOUR = 15_000  # of a tenant with fewer than 3,500 workers
PACIFIC = timezone(timedelta(hours=-7))  # the data centre's, in entry moments

Row = dict[str, Any]


def settings(base_url: str, certificates: Path) -> dict[str, str]:
    """The options with which a client reaches this sandbox."""
    return {
        "base_url": base_url,
        "username": USERNAME,
        "password": PASSWORD,
        "tenant": TENANT,
        "report_owner": REPORT_OWNER,
    }


def routes(host: Host) -> list[Route]:
    """The tenant's custom report service."""
    return Tenant(host).routes()


class Tenant:
    """One Workday tenant.

    ``omits_empty``: answer a report without rows with ``{}`` rather than with an
    empty list, as some tenants may.
    """

    def __init__(
        self,
        host: Host,
        reports_per_hour: int = REPORTS_PER_HOUR,
        omits_empty: bool = False,
    ) -> None:
        """Show ``host``'s firm."""
        self.host = host
        self.reports_per_hour = reports_per_hour
        self.omits_empty = omits_empty
        self.run_at: deque[float] = deque()
        self.tokens: list[str] = []  # of access, the last of which is good

    def routes(self) -> list[Route]:
        """The endpoint, relative to the vendor's mount."""
        path = "/ccx/service/customreport2/{tenant}/{owner}/{report}"
        token = "/ccx/oauth2/{tenant}/token"
        return [Route(path, self.report), Route(token, self.token, methods=["POST"])]

    async def token(self, request: Request) -> Response:
        """A token of access for a refresh token; how long it is good is not told."""
        asked = parse_qs((await request.body()).decode())
        if request.path_params["tenant"] != TENANT:
            return _fault(503, "Server", "the tenant is not available")
        told = asked.get("grant_type"), asked.get("refresh_token")
        if _basic(request) != CLIENT or told != (["refresh_token"], [REFRESH_TOKEN]):
            return _token_answer(400, error="invalid_grant")
        self.tokens.append(f"sandbox-workday-access-{len(self.tokens)}")
        return _token_answer(
            200,
            access_token=self.tokens[-1],
            token_type="Bearer",
            refresh_token=REFRESH_TOKEN,
        )

    def report(self, request: Request) -> Response:
        """A whole report, or the fault that stands in its way."""
        asked = request.path_params
        if asked["tenant"] != TENANT:
            return _fault(503, "Server", "the tenant is not available")
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if bearer not in self.tokens[-1:] and _basic(request) != (USERNAME, PASSWORD):
            return _fault(
                401, "Client.authenticationError", "invalid username or password"
            )
        if asked["owner"] != REPORT_OWNER:
            return _fault(500, "Client.validationError", "Invalid report owner")
        if asked["report"] not in REPORTS:
            return _fault(404, "Client.validationError", "Invalid report name")
        if self._throttled():
            return _fault(429, "Server", "The limit of report requests is reached")
        kind, build = REPORTS[asked["report"]]
        if "xsds" in request.query_params:
            return Response(_schema(COLUMNS[kind].split()), media_type="text/xml")
        rows = self.host.cached(("workday", kind), lambda firm: _listed(build, firm))
        return self._answer(request, asked["report"], rows)

    def _throttled(self) -> bool:
        now = monotonic()
        while self.run_at and self.run_at[0] < now - 3600:
            self.run_at.popleft()
        if len(self.run_at) >= self.reports_per_hour:
            return True
        self.run_at.append(now)
        return False

    def _answer(self, request: Request, name: str, rows: list[Row]) -> Response:
        if request.query_params.get("format") != "json":
            return Response(_xml(name, rows), media_type="text/xml")
        body = {} if self.omits_empty and not rows else {"Report_Entry": rows}
        return Response(orjson.dumps(body), media_type="application/json")


def _listed(build: Callable[[Firm], list[Row]], firm: Firm) -> list[Row]:
    """A report's rows without their empty fields."""
    return [
        {alias: value for alias, value in row.items() if value not in (None, "")}
        for row in build(firm)
    ]


def _workers(firm: Firm) -> list[Row]:
    people = _twice(_known(firm), "number", firm, "people", "workers")
    return [_worker(person, firm) for person in people]


def _worker(person: Person, firm: Firm) -> Row:
    today = firm.clock.date()
    working = person.hired <= today and (person.left is None or today <= person.left)
    first = min((a.effective_date for a in person.assignments), default=today)
    group = payroll_group_on(firm, person, max(today, first))
    return {
        "Employee_ID": person.number,
        "Worker_WID": person.workday_id,
        "Worker_Type": "Contingent Worker" if person.is_contractor else "Employee",
        "Full_Name": f"{person.first_name} {person.last_name}",
        "Work_Email": person.email,
        # Dates of the report's data source come with the data centre's offset.
        "Hire_Date": f"{person.hired}-07:00",
        "Termination_Date": f"{person.left}-07:00" if person.left else None,
        "Active": _flag(working),
        HIRE_RESCINDED: _flag(False),
        "Pay_Group": group,
        "Payroll_File_Number": person.payroll_file,
    }


def _assignment(person: Person, day: date) -> Assignment:
    """The assignment in force on a day, or the first one to come."""
    history = sorted(person.assignments, key=lambda a: (a.effective_date, a.entered_at))
    past = [a for a in history if a.effective_date <= day]
    return past[-1] if past else history[0]


def _compensation(firm: Firm) -> list[Row]:
    return [
        {
            "Employee_ID": person.number,
            "Effective_Date": pay.effective_date.isoformat(),
            "Event_Entered": _entered(pay.entered_at),
            "Base_Pay": _number(pay.amount),
            "Currency": pay.currency,
            "Frequency": pay.frequency,
            "Is_Rescinded": _flag(True) if pay.is_rescinded else None,
            PRIMARY: _flag(True),
        }
        for person in _known(firm)
        for pay in person.pay
    ]


def _assignments(firm: Firm) -> list[Row]:
    return [
        {
            "Employee_ID": person.number,
            "Effective_Date": assignment.effective_date.isoformat(),
            "Event_Entered": _entered(assignment.entered_at),
            "Company_ID": assignment.entity,
            "Cost_Center_ID": assignment.cost_centre,
            "Practice_ID": assignment.practice,
            "Business_Title": assignment.title,
            "Compensation_Grade": assignment.grade,
            "Job_Profile": assignment.role,
            "Paid_FTE": _number(assignment.fte),
            "Scheduled_Weekly_Hours": _number(assignment.weekly_hours),
            RESCINDED: _flag(False),
            PRIMARY: _flag(True),
        }
        for person in _known(firm)
        for assignment in person.assignments
    ]


def _absences(firm: Firm) -> list[Row]:
    numbered = [(p.number, a) for p in _known(firm) for a in p.absences]
    twice = set(firm.served_twice.get("absences", ()))
    numbered += [(number, a) for number, a in numbered if a.id in twice]
    return [
        {
            "Absence_ID": absence.id,
            "Employee_ID": number,
            "Absence_Date": absence.day.isoformat(),
            "Absence_Hours": _number(absence.hours),
            UNIT: "Hours",
            "Time_Off_Type": absence.kind.title(),
            "Status": absence.status,
            "Last_Updated": _entered(absence.updated_at),
        }
        for number, absence in numbered
    ]


def _holidays(firm: Firm) -> list[Row]:
    return [
        {
            "Country": holiday.country,
            "Holiday_Date": holiday.day.isoformat(),
            "Holiday_Name": holiday.name,
        }
        for holiday in firm.holidays
    ]


COLUMNS = {  # of a report, whether or not a row fills them
    "workers": (
        "Employee_ID Worker_WID Worker_Type Full_Name Work_Email Hire_Date"
        " Termination_Date Active Hire_Rescinded Pay_Group Payroll_File_Number"
    ),
    "compensation": (
        "Employee_ID Effective_Date Event_Entered Base_Pay Currency Frequency"
        " Is_Rescinded Is_Primary_Job"
    ),
    "assignments": (
        "Employee_ID Effective_Date Event_Entered Company_ID Cost_Center_ID"
        " Practice_ID Business_Title Compensation_Grade Job_Profile Paid_FTE"
        " Scheduled_Weekly_Hours Is_Rescinded Is_Primary_Job"
    ),
    "absences": (
        "Absence_ID Employee_ID Absence_Date Absence_Hours Time_Off_Unit Time_Off_Type"
        " Status Last_Updated"
    ),
    "holidays": "Country Holiday_Date Holiday_Name",
}
REPORTS: dict[str, tuple[str, Callable[[Firm], list[Row]]]] = {
    "Tieout_Workers": ("workers", _workers),
    "Tieout_Compensation": ("compensation", _compensation),
    "Tieout_Assignments": ("assignments", _assignments),
    "Tieout_Absences": ("absences", _absences),
    "Tieout_Holidays": ("holidays", _holidays),
}


def _known(firm: Firm) -> list[Person]:
    """The people HR knows; somebody may be on the payroll without being one."""
    return [person for person in firm.people.values() if person.in_hr]


def _twice(records: list[Any], key: str, firm: Firm, *kinds: str) -> list[Any]:
    ids = {name for kind in kinds for name in firm.served_twice.get(kind, ())}
    return [*records, *(r for r in records if getattr(r, key) in ids)]


def _flag(value: bool) -> str:
    return "1" if value else "0"


def _number(value: Decimal) -> str:
    return format(value, "f")


def _entered(moment: datetime) -> str:
    """A moment as the data centre tells it, to the millisecond with its offset."""
    local = moment.astimezone(UTC).astimezone(PACIFIC)
    return local.isoformat(timespec="milliseconds")


def _xml(name: str, rows: list[Row]) -> str:
    """The same report in Workday's default format."""
    entries = (
        "".join(f"<wd:{k}>{escape(v)}</wd:{k}>" for k, v in row.items()) for row in rows
    )
    body = "".join(f"<wd:Report_Entry>{e}</wd:Report_Entry>" for e in entries)
    space = f'xmlns:wd="urn:com.workday.report/{name}"'
    return f"<?xml version='1.0'?><wd:Report_Data {space}>{body}</wd:Report_Data>"


def _schema(columns: list[str]) -> str:
    """A report's schema: a type of its rows with an element a column."""
    elements = "".join(
        f'<xsd:element name="{name}" type="xsd:string" minOccurs="0"/>'
        for name in columns
    )
    return (
        "<?xml version='1.0'?>"
        '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        f'<xsd:complexType name="Report_EntryType"><xsd:sequence>{elements}'
        "</xsd:sequence></xsd:complexType></xsd:schema>"
    )


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    name, _, password = base64.b64decode(coded).decode().partition(":")
    return name, password


def _token_answer(status: int, **told: str) -> Response:
    return Response(orjson.dumps(told), status, media_type="application/json")


def _fault(status: int, code: str, text: str) -> Response:
    """Unverified in its details: a fault in XML, whatever format was asked for."""
    body = (
        "<?xml version='1.0'?>"
        '<SOAP-ENV:Fault xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<faultcode>SOAP-ENV:{code}</faultcode>"
        f"<faultstring>{escape(text)}</faultstring></SOAP-ENV:Fault>"
    )
    return Response(body, status, media_type="text/xml")
