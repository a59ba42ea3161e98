"""Timebook as the sandbox serves it: one job, on which an American employee works."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dlt_pipelines.sandbox.firm.model import Firm
from dlt_pipelines.sandbox.serving.host import Host

KEY = "a key of Timebook"
PAGE_SIZE = 2
JOB = {
    "code": "T9001",
    "name": "Advice",
    "company": "US10",
    "unit": "PR-1",
    "money": "USD",
}
DAYS = ("2025-02-03", "2025-02-04", "2025-02-05")


def settings(base_url: str, certificates: Path) -> dict[str, str]:
    """The options with which the client reaches the sandbox."""
    return {"base_url": base_url, "api_key": KEY}


def routes(host: Host) -> list[Route]:
    """The three listings."""
    listings = _listings(host.firm)

    def listing(request: Request) -> JSONResponse:
        if request.headers.get("X-Timebook-Key") != KEY:
            return JSONResponse({"error": "unknown key"}, 401)
        first = (int(request.query_params["page"]) - 1) * PAGE_SIZE
        rows = listings[request.path_params["name"]]
        return JSONResponse(rows[first : first + PAGE_SIZE])

    return [Route("/{name}", listing)]


def _listings(firm: Firm) -> dict[str, list[dict]]:
    """Three days of work, the last of which nobody signed off yet."""
    worker = min(
        person.number
        for person in firm.people.values()
        if not person.is_contractor
        and person.hired <= firm.start
        and person.assignments[0].entity == JOB["company"]
    )
    hours = [
        {
            "entry": str(number),
            "job": JOB["code"],
            "login": "ann",
            "day": day,
            "minutes": 450,
            "price": "200.00",
            "signed_off": day != DAYS[-1],
        }
        for number, day in enumerate(DAYS, 1)
    ]
    people = [{"login": "ann", "staff": {"number": worker}}]
    return {"jobs": [JOB], "people": people, "hours": hours}
