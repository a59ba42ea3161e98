"""ADP's API as the sandbox firm's organisation sees it, behind mutual TLS.

Held to what is known of the vendor: workers in pages that end with 204, runs listed by
period end, pay only at level acc-all of one run, its error bodies in their five
shapes. Unconfirmed member names are ``layout.py``'s, as they are the connector's.
"""

import re
import secrets
import time
from base64 import b64encode
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlt_pipelines.sandbox.firm.costing import payroll_group_on
from dlt_pipelines.sandbox.firm.model import Firm, PayrollLine, PayrollRun, Person
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.adp import layout

MUTUAL_TLS = True
CLIENT_ID = "tieout-sandbox"
CLIENT_SECRET = "sandbox-adp-secret"
TOKEN_SECONDS = 3_600
CAP = 100
LEVELS = frozenset(
    {"payroll", "pay", "details", "error", "dropped-pays"}
    | {"acc", "acc-all", "acc-unpaid"}
)
SUMMARY_ONLY = ("PVI", "NTI")
INVALID_STATES = ("EDL", "DAT", "PVE", "NER", "EER")
# A run that became complete this recently is still being laid out when first asked for.
FRESH = timedelta(days=1)
DISABLED = "mass_processing_disabled"  # records of it name a payroll group

Body = dict[str, Any]


def settings(base_url: str, certificates: Path) -> dict[str, str]:
    """The options with which the client reaches this sandbox."""
    return {
        "base_url": base_url,
        "token_url": f"{base_url}/auth/oauth/v2/token",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "client_certificate": str(certificates / "client.pem"),
        "client_key": str(certificates / "client.key"),
        "ca_certificate": str(certificates / "ca.pem"),
    }


def routes(host: Host) -> list[Route]:
    """The token endpoint, workers and the payroll output."""
    api = Api(host)
    return [
        Route("/auth/oauth/v2/token", api.token, methods=["POST"]),
        Route("/hr/v2/workers", api.workers),
        Route("/hr/v2/workers/{associate}", api.worker),
        Route("/payroll/v2/payroll-output", api.payroll_output),
        Route("/{path:path}", api.nothing),
    ]


class Api:
    """The organisation's endpoints."""

    def __init__(self, host: Host) -> None:
        """Serve ``host``'s firm."""
        self.host = host
        self.tokens: dict[str, float] = {}
        self.asked_for: set[str] = set()  # runs whose pay was asked for before

    async def token(self, request: Request) -> Response:
        """OAuth client credentials, in the form or a Basic header."""
        form = await request.form()
        pair = b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        basic = request.headers.get("authorization") == f"Basic {pair}"
        in_form = (form.get("client_id"), form.get("client_secret"))
        if not basic and in_form != (CLIENT_ID, CLIENT_SECRET):
            return _oauth_error("invalid_client", "The client id or secret is invalid")
        if form.get("grant_type") != "client_credentials":
            return _oauth_error("unsupported_grant_type", "Use client_credentials")
        value = secrets.token_hex(24)
        self.tokens[value] = time.monotonic() + TOKEN_SECONDS
        issued = {"access_token": value, "token_type": "Bearer", "scope": "api"}
        return _json(issued | {"expires_in": TOKEN_SECONDS})

    async def workers(self, request: Request) -> Response:
        """A page of workers; 204 behind the last."""
        if not self._authorised(request):
            return _unauthorised()
        listed = self.host.cached("adp workers", _workers)
        page = _page(request, listed)
        return page or _confirm(request, 400, "$top and $skip must be whole numbers.")

    async def worker(self, request: Request) -> Response:
        """One worker; an unknown one is forbidden, not missing."""
        if not self._authorised(request):
            return _unauthorised()
        wanted = request.path_params["associate"]
        listed = self.host.cached("adp workers", _workers)["workers"]
        found = [body for body in listed if body["associateOID"] == wanted]
        if not found:
            return _confirm(request, 403, "The associate is not in your scope.")
        return _json({"workers": found[:1], "meta": None, "confirmMessage": None})

    async def payroll_output(self, request: Request) -> Response:
        """The list of runs by period end, or one run at a level."""
        if not self._authorised(request):
            return _unauthorised()
        query = request.query_params
        level, wanted = query.get("level"), query.get("$filter", "")
        if level is not None and level not in LEVELS:
            return _confirm(request, 400, f"The level {level} is not supported.")
        ending = re.fullmatch(r"payPeriodEndDate ge (\d{8})", wanted)
        one = re.fullmatch(r"itemID eq (\S+)", wanted)
        if ending and level is None:
            return self._runs(request, date.fromisoformat(ending[1]))
        if one and level == "acc-all":
            return self._pay(request, one[1])
        return _confirm(request, 400, "The filter is not supported at this level.")

    async def nothing(self, request: Request) -> Response:
        """The gateway's answer to a path that it does not route."""
        message = {"exceptionMessages": [{"message": "Resource not found"}]}
        return _json(message | {"responseID": secrets.token_hex(8)}, 404)

    def _authorised(self, request: Request) -> bool:
        value = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self.tokens.get(value, 0.0) > time.monotonic()

    def _runs(self, request: Request, ending_from: date) -> Response:
        listed = [
            _run(run) for run in _twice(self.host.firm) if run.period_end >= ending_from
        ]
        page = _page(request, {"payrollOutputs": listed, "processMessages": []})
        return page or _confirm(request, 400, "$top and $skip must be whole numbers.")

    def _pay(self, request: Request, item_id: str) -> Response:
        firm = self.host.firm
        run = firm.payroll_runs.get(item_id)
        if run is None:
            return _json({"payrollOutputs": [], "processMessages": []})
        if run.status in INVALID_STATES:
            said = f"PAYGEN00030: the job state {run.status} is invalid"
            return _confirm(request, 400, said)
        disabled = [r["group"] for r in self.host.records("adp").all(DISABLED)]
        if run.group in disabled:
            return _confirm(request, 400, "Mass Processing is currently Disabled.")
        if run.status in SUMMARY_ONLY or self._being_laid_out(run):
            return _confirm(request, 404, f"acc-all data of {item_id} is still loading")
        paid = self.host.cached("adp pay", _lines_by_run)[run.id]
        body = _run(run) | {"associatePayments": _payments(firm, paid)}
        return _json({"payrollOutputs": [body], "processMessages": []})

    def _being_laid_out(self, run: PayrollRun) -> bool:
        first = run.id not in self.asked_for
        self.asked_for.add(run.id)
        return first and self.host.now() - run.updated_at < FRESH


# The firm as ADP shows it


def _workers(firm: Firm) -> Body:
    again = set(firm.served_twice.get("people", ()))
    listed = []
    for person in firm.people.values():
        if person.adp_id and person.hired <= firm.clock.date():
            listed += [_worker(firm, person)] * (2 if person.number in again else 1)
    return {"workers": listed, "meta": None, "confirmMessage": None}


def _worker(firm: Firm, person: Person) -> Body:
    today = firm.clock.date()
    left = person.left if person.left and person.left < today else None
    status = "Terminated" if left else "Active"
    dates = {"originalHireDate": person.hired.isoformat()}
    if left:
        dates["terminationDate"] = left.isoformat()
    name = {"givenName": person.first_name, "familyName1": person.last_name}
    return {
        "associateOID": person.adp_id,
        "workerID": {"idValue": person.number},
        "workerStatus": {"statusCode": {"codeValue": status}},
        "workerDates": dates,
        "person": {"legalName": name},
        "businessCommunication": {"emails": [{"emailUri": person.email}]},
        "workAssignments": [_assignment(firm, person, today, status[0])],
    }


def _assignment(firm: Firm, person: Person, today: date, status: str) -> Body:
    begun = [a for a in person.assignments if a.effective_date <= today]
    in_force = max(
        begun or person.assignments, key=lambda a: (a.effective_date, a.entered_at)
    )
    return {
        "itemID": f"{person.payroll_file}N",
        "primaryIndicator": True,
        "hireDate": person.hired.isoformat(),
        "jobTitle": in_force.title,
        "assignmentStatus": {"statusCode": {"codeValue": status}},
        "payrollGroupCode": payroll_group_on(firm, person, max(today, person.hired)),
        "payrollFileNumber": person.payroll_file,
        "fullTimeEquivalenceRatio": _number(in_force.fte),
        "baseRemuneration": _base_pay(person, today),
    }


def _base_pay(person: Person, today: date) -> Body | None:
    known = [p for p in person.pay if p.effective_date <= today and not p.is_rescinded]
    if not known:
        return None
    pay = max(known, key=lambda p: (p.effective_date, p.entered_at))
    member = "annualRateAmount" if pay.frequency == "Annual" else "hourlyRateAmount"
    return {
        member: {"amountValue": _number(pay.amount), "currencyCode": pay.currency},
        "effectiveDate": pay.effective_date.isoformat(),
    }


def _twice(firm: Firm) -> list[PayrollRun]:
    again = set(firm.served_twice.get("payroll_runs", ()))
    return [
        run
        for run in firm.payroll_runs.values()
        for _ in range(2 if run.id in again else 1)
    ]


def _run(run: PayrollRun) -> Body:
    year, week, _ = run.period_end.isocalendar()
    return {
        "itemID": run.id,
        "payrollProcessingJobID": f"J{run.id}",
        "alternateJobIDs": [],
        "payrollGroupCode": {"codeValue": run.group},
        "payrollScheduleReference": {
            "scheduleEntryID": f"{run.period_end:%Y%m%d}001",
            "payrollYear": str(year),
            "payrollWeekNumber": str(week),
            "payrollRunNumber": "1",
        },
        "payrollProcessingJobStatusCode": {"codeValue": run.status},
        layout.PERIOD_START[0]: run.period_start.isoformat(),
        layout.PERIOD_END[0]: run.period_end.isoformat(),
        layout.PAY_DATE[0]: run.pay_date.isoformat(),
    }


def _lines_by_run(firm: Firm) -> dict[str, list[PayrollLine]]:
    lines: dict[str, list[PayrollLine]] = defaultdict(list)
    for line in firm.payroll_lines:
        lines[line.run].append(line)
    return lines


def _payments(firm: Firm, lines: list[PayrollLine]) -> list[Body]:
    by_person: dict[str, list[PayrollLine]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: line.number):
        by_person[line.person].append(line)
    return [
        {
            layout.ASSOCIATE[0]: firm.people[person].adp_id,
            layout.PAYMENTS[0]: [_payment(own)],
        }
        for person, own in by_person.items()
    ]


def _payment(lines: list[PayrollLine]) -> Body:
    payment: Body = {member: [] for member in sorted(layout.PAYMENT_MEMBERS)}
    for line in lines:
        place = next(a for a in layout.AMOUNTS if a.section == line.section)
        item = {
            place.code[0]: {place.code[1]: line.code},
            place.amount: {
                layout.AMOUNT: _number(line.amount),
                layout.CURRENCY: line.currency,
            },
            "configurationTags": [],
        }
        if place.hours and line.hours is not None:
            item[place.hours[0]] = {place.hours[1]: _number(line.hours)}
        payment[place.member].append(item)
    return payment


def _number(value: Decimal) -> orjson.Fragment:
    """A JSON number with the decimal's own digits."""
    return orjson.Fragment(f"{value:f}")


# Answering


def _page(request: Request, whole: Body) -> Response | None:
    """The part of a body's first list that $top and $skip ask for; 204 for none."""
    query = request.query_params
    top, skip = query.get("$top", str(CAP)), query.get("$skip", "0")
    if not (top.isdigit() and skip.isdigit()):
        return None
    member = next(iter(whole))
    rows = whole[member][int(skip) : int(skip) + min(int(top), CAP)]
    return _json(whole | {member: rows}) if rows else Response(status_code=204)


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def _oauth_error(error: str, description: str) -> Response:
    return _json({"error": error, "error_description": description}, 401)


def _unauthorised() -> Response:
    code = {"code": "401", "message": "The access token is invalid or has expired"}
    return _json({"response": {"applicationCode": code}}, 401)


def _confirm(request: Request, status: int, said: str) -> Response:
    messages = [
        {
            "userMessage": {"messageTxt": "The request could not be completed."},
            "developerMessage": {"codeValue": str(status), "messageTxt": said},
        }
    ]
    confirm = {
        "confirmMessageID": {"idValue": secrets.token_hex(8)},
        "createDateTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}+0000",
        "protocolStatusCode": {"codeValue": str(status)},
        "requestStatusCode": {"codeValue": "failed"},
        "requestMethodCode": {"codeValue": request.method},
        "requestLink": {"href": request.url.path},
        "processMessages": [],
        "resourceMessages": [{"processMessages": messages}],
    }
    return _json({"confirmMessage": confirm}, status)
