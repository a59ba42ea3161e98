"""The sandbox's S/4HANA Cloud: OData v2 to read, the journal entry service to post.

It checks what SAP checks: the communication user, conditions and names of properties,
the schema of messages and the rules of accounting; of whoever writes by OData a CSRF
token with its session. A project's description is all that can be written so. No
system of the default firm.
"""

import base64
import re
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlt_pipelines.sandbox.firm.model import Firm
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.s4hana import assumptions
from dlt_pipelines.vendors.s4hana.sandbox import books, odata
from dlt_pipelines.vendors.s4hana.sandbox.journals import Fault, Service, fault

ON_REQUEST = True
USERNAME, PASSWORD = "TIEOUT_SANDBOX", "sandbox"  # worth nothing elsewhere
ASYNCHRONOUS = "/sap/bc/srt/scs_ext/sap/journalentrybulkcreationreques"
CONFIRMATIONS = "/confirmations"
XML = "text/xml; charset=utf-8"

Handler = Callable[[Request, bytes], Response]


def settings(base_url: str, certificates: Path) -> dict[str, str]:
    """The options with which a client reaches the sandbox."""
    del certificates  # a password will do
    return {
        "base_url": base_url,
        "username": USERNAME,
        "password": PASSWORD,
        "journal_path": ASYNCHRONOUS,
        "confirmations_path": CONFIRMATIONS,
    }


def routes(host: Host) -> list[Route]:
    """S/4HANA's routes, below the vendor's mount."""
    api = Api(host)
    return [
        Route(assumptions.JOURNAL_PATH, api.behind(api.synchronous), methods=["POST"]),
        Route(ASYNCHRONOUS, api.behind(api.asynchronous), methods=["POST"]),
        Route(CONFIRMATIONS + "/{message_id}", api.behind(api.confirmation)),
        Route(
            "/sap/opu/odata/sap/{path:path}",
            api.behind(api.odata),
            methods=["GET", "POST", "PATCH", "PUT", "DELETE"],
        ),
    ]


class Api:
    """The handlers, and the tokens given out to whoever would write."""

    page_size = odata.PAGE

    def __init__(self, host: Host) -> None:
        self.host = host
        self.service = Service(host)
        self.tokens: dict[str, str] = {}  # by session
        self.changes = 0

    def behind(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A handler behind the check of the communication user."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            return await run_in_threadpool(self._checked, handler, request, body)

        return endpoint

    def _checked(self, handler: Handler, request: Request, body: bytes) -> Response:
        try:
            if not _is_known(request):
                raise odata.Failure(401, "401", "Logon failed")
            return handler(request, body)
        except odata.Failure as failure:
            message = {"lang": "en", "value": failure.words}
            told = {"error": {"code": failure.code, "message": message}}
            return _json(told, failure.status)

    # -- OData ------------------------------------------------------------------

    def odata(self, request: Request, body: bytes) -> Response:
        """An entity set, a service or its metadata; a project, changed."""
        path = "/sap/opu/odata/sap/" + request.path_params["path"]
        if request.method != "GET":
            return self._changed(path, request, body)
        service, _, last = path.rpartition("/")
        headers = self._token(request)
        if not last:
            return _json({"d": {"EntitySets": []}}, 200, headers)
        if last == "$metadata":
            return Response(self._metadata(service), 200, headers, "application/xml")
        address = str(request.url).partition("?")[0]
        rows = self._rows(path)
        answer = odata.page(rows, request.query_params, address, self.page_size)
        return _json(answer, 200, headers)

    def _token(self, request: Request) -> dict[str, str]:
        if request.headers.get("x-csrf-token", "").lower() != "fetch":
            return {}
        token, session = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
        self.tokens[session] = token
        return {"x-csrf-token": token, "set-cookie": f"SAP_SESSIONID={session}; path=/"}

    def _changed(self, path: str, request: Request, body: bytes) -> Response:
        """Change a project's description, all that anybody writes here."""
        token = self.tokens.get(request.cookies.get("SAP_SESSIONID", ""))
        if token is None or request.headers.get("x-csrf-token") != token:
            told = {"error": {"code": "403", "message": "CSRF token validation failed"}}
            return _json(told, 403, {"x-csrf-token": "Required"})
        known = re.fullmatch(rf"{re.escape(PROJECTS)}\(guid'([^']+)'\)", path)
        if request.method != "PATCH" or known is None:
            raise odata.Failure(405, "405", "Method not allowed")
        if "If-Match" not in request.headers:
            raise odata.Failure(428, "428", "Precondition required")
        fields = orjson.loads(body)
        if fields.keys() - {"ProjectDescription"}:
            raise odata.Failure(400, "400", f"Property {min(fields)} not found")
        if known[1] not in {row["ProjectUUID"] for row in self._rows(PROJECTS)}:
            raise odata.Failure(404, "404", "Resource not found")
        change = {"project": known[1], "fields": fields}
        self.host.records("s4hana").add("change", change, None, self.host.now())
        self.changes += 1
        return Response(status_code=204)

    def _metadata(self, service: str) -> str:
        fields = {
            path.rpartition("/")[2]: list(rows[0]) if (rows := self._rows(path)) else []
            for path in (*books.SETS, assumptions.JOURNAL_ENTRIES, ITEMS)
            if path.rpartition("/")[0] == service
        }
        if not fields:
            raise odata.Failure(404, "404", f"Service {service} not found")
        return odata.metadata(fields)

    def _rows(self, path: str) -> list[dict[str, Any]]:
        if path == PROJECTS:
            return self.host.cached((path, self.changes), self._projects)
        if path in books.SETS:
            return self.host.cached(path, lambda firm: list(books.SETS[path](firm)))
        if path not in (assumptions.JOURNAL_ENTRIES, ITEMS):
            raise odata.Failure(404, "404", f"Resource not found: {path}")
        # Cached for the firm as it is and what was posted by now.
        return self.host.cached(
            (path, self.service.version), lambda firm: self._written(path, firm)
        )

    def _projects(self, firm: Firm) -> list[dict[str, Any]]:
        """The projects, as they were changed."""
        rows = {row["ProjectUUID"]: row for row in books.projects(firm)}
        for change in self.host.records("s4hana").all("change"):
            at = {"LastChangeDateTime": change["created_at"]}
            rows[change["project"]] |= change["fields"] | at
        return list(rows.values())

    def _written(self, path: str, firm: Firm) -> list[dict[str, Any]]:
        ledger = self.host.cached("s4hana ledger", books.Ledger)
        posted = self.service.transactions()
        if path == ITEMS:
            return ledger.items([*firm.ledger.values(), *posted])
        return [*ledger.all_entries(), *ledger.entries(posted)]

    # -- the journal entry service ------------------------------------------------

    def synchronous(self, request: Request, body: bytes) -> Response:
        """Post a message and confirm it."""
        del request
        try:
            return Response(self.service.synchronous(body), 200, media_type=XML)
        except Fault as error:
            return Response(fault(str(error)), 500, media_type=XML)

    def asynchronous(self, request: Request, body: bytes) -> Response:
        """Take a message."""
        del request
        try:
            self.service.asynchronous(body)
        except Fault as error:
            return Response(fault(str(error)), 500, media_type=XML)
        return Response(status_code=202)

    def confirmation(self, request: Request, body: bytes) -> Response:
        """What became of a message."""
        del body
        told = self.service.confirmation(request.path_params["message_id"])
        if told is None:
            raise odata.Failure(404, "404", "No confirmation yet")
        return Response(told, 200, media_type=XML)


ITEMS = assumptions.JOURNAL_ITEMS
PROJECTS = f"{books.PROJECTS}/A_EnterpriseProject"


def _is_known(request: Request) -> bool:
    scheme, _, told = request.headers.get("Authorization", "").partition(" ")
    known = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    return scheme.lower() == "basic" and told == known


def _json(body: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, "application/json")
