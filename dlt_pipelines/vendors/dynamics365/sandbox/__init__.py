"""The sandbox's Dynamics 365 Finance: Entra ID, OData with ``$batch``, a service.

It holds to what the vendor documents: without ``cross-company=true`` only the user's
own company is told of, pages end with a link, changesets are kept whole or not at all,
a throttled caller is told for how long, and a rule of the business answers with 500.
"""

import re
import secrets
import time
from collections.abc import Awaitable, Callable
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.dynamics365.assumptions import (
    LEDGER_ENTRIES,
    POSTING_SERVICE,
    REQUEST_ID,
)
from dlt_pipelines.vendors.dynamics365.sandbox.books import (
    DELIMITER,
    Books,
)
from dlt_pipelines.vendors.dynamics365.sandbox.journals import (
    HEADERS,
    LINES,
    Failure,
    Journals,
)
from dlt_pipelines.vendors.dynamics365.sandbox.odata import (
    WrongFilter,
    answered,
)

ON_REQUEST = True
CLIENT_ID = "sandbox-app"
CLIENT_SECRET = "sandbox-app-secret"
TOKEN_SECONDS = 3599
MOST_IN_PAGE = 10_000
TENANT = "sandbox-tenant"
TOKEN_PATH = f"/{TENANT}/oauth2/v2.0/token"
KEY = re.compile(r"(\w+)\((.*)\)")

Handler = Callable[[Request, bytes], Response]


def settings(base_url: str, certificates: Path) -> dict[str, Any]:
    """The options with which a client reaches the sandbox."""
    del certificates  # a secret is all it takes
    return {
        "base_url": base_url,
        "tenant_id": TENANT,
        "token_url": base_url + TOKEN_PATH,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "values": {"dimension_delimiter": DELIMITER},
    }


def routes(host: Host) -> list[Route]:
    """The environment's routes, below the vendor's mount."""
    api = _Api(host)
    return [
        Route(TOKEN_PATH, api.token, methods=["POST"]),
        Route("/data/$batch", api.guarded(api.batch), methods=["POST"]),
        Route(
            "/data/{path:path}",
            api.guarded(api.data),
            methods=["GET", "POST", "DELETE"],
        ),
        Route(POSTING_SERVICE, api.guarded(api.post_journal), methods=["POST"]),
    ]


class _Api:
    """The handlers, and the tokens given out."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.journals = Journals(host)
        self.tokens: dict[str, float] = {}

    # -- access ---------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        told = {name: values[0] for name, values in form.items()}
        base = str(request.url).removesuffix(TOKEN_PATH)
        wrong = None
        if told.get("grant_type") != "client_credentials":
            wrong = ("unsupported_grant_type", "AADSTS70003: the grant type.")
        elif told.get("client_secret") != CLIENT_SECRET:
            wrong = ("invalid_client", "AADSTS7000215: Invalid client secret provided.")
        elif told.get("client_id") != CLIENT_ID:
            wrong = ("unauthorized_client", "AADSTS700016: Application was not found.")
        elif told.get("scope") != f"{base}/.default":
            wrong = ("invalid_scope", "AADSTS70011: The provided scope is not valid.")
        if wrong:
            error, told_why = wrong
            return _json({"error": error, "error_description": told_why}, 401)
        token = secrets.token_urlsafe(32)
        self.tokens[token] = time.monotonic() + TOKEN_SECONDS
        return _json(
            {
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
                "access_token": token,
            }
        )

    def guarded(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A handler behind the check of the token."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            return await run_in_threadpool(self._guarded, handler, request, body)

        return endpoint

    def _guarded(self, handler: Handler, request: Request, body: bytes) -> Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        until = self.tokens.get(token)
        if scheme.lower() != "bearer" or until is None or time.monotonic() > until:
            return _failed(Failure(401, "Unauthorized"))
        try:
            return handler(request, body)
        except Failure as failure:
            return _failed(failure)

    # -- OData ----------------------------------------------------------------

    def data(self, request: Request, body: bytes) -> Response:
        path = request.path_params["path"]
        if request.method == "GET":
            query = dict(parse_qsl(urlsplit(str(request.url)).query))
            page = self._page(path, query, str(request.url).partition("?")[0])
            return _json(page)
        status, told = self._written(request.method, path, body)
        return _json(told, status) if told is not None else Response(status_code=status)

    def _page(self, entity_set: str, query: dict[str, str], at: str) -> dict[str, Any]:
        rows = self._rows(entity_set, query)
        try:
            return answered(entity_set, rows, query, at, MOST_IN_PAGE)
        except WrongFilter as error:
            raise Failure(400, str(error)) from error

    def _rows(self, entity_set: str, query: dict[str, str]) -> list[dict[str, Any]]:
        books = self.host.cached("dynamics365 books", Books)
        written = (HEADERS, LINES, LEDGER_ENTRIES)
        if entity_set not in (*written, *books.sets):
            told = f"Resource not found for the segment '{entity_set}'."
            raise Failure(404, told)
        rows = books.sets.get(entity_set, [])
        if entity_set in written:
            rows = [*rows, *self.journals.rows(entity_set)]
        if query.get("cross-company", "").lower() != "true":
            rows = [r for r in rows if r.get("dataAreaId", books.home) == books.home]
        return rows

    def _written(
        self, method: str, path: str, body: bytes
    ) -> tuple[int, dict[str, Any] | None]:
        """The status and the answer of a request that writes."""
        told = orjson.loads(body) if body else {}
        if method == "POST" and path == HEADERS:
            return 201, self.journals.add_header(told)
        if method == "POST" and path == LINES:
            return 201, self.journals.add_lines([told])[0]
        found = KEY.fullmatch(path)
        if method == "DELETE" and found and found[1] == HEADERS:
            self.journals.delete(_key(found[2]))
            return 204, None
        raise Failure(405, f"{path} takes no {method} here.")

    def batch(self, request: Request, body: bytes) -> Response:
        """A batch of one changeset of journal lines, kept whole or not at all."""
        lines = [
            orjson.loads(part.partition(b"\r\n\r\n")[2])
            for part in _operations(request.headers["Content-Type"], body)
        ]
        boundary = f"batchresponse_{secrets.token_hex(8)}"
        try:
            kept = self.journals.add_lines(lines)
            content = _changeset(kept)
        except Failure as failure:
            content = _part(_http(failure.status, _error(failure)))
        whole = b"--%b\r\n%b\r\n--%b--\r\n" % (
            boundary.encode(), content, boundary.encode(),
        )  # fmt: skip
        return Response(whole, 200, _headers(), f"multipart/mixed; boundary={boundary}")

    def post_journal(self, request: Request, body: bytes) -> Response:
        """What the environment's own service does: it posts a journal, or says why
        not."""
        try:
            self.journals.post(orjson.loads(body))
        except Failure as failure:
            return _json({"Message": failure.told}, 500)
        return _json({"IsPosted": "Yes"})


def _operations(content_type: str, body: bytes) -> list[bytes]:
    """The requests within a batch's changeset, each with its line and its body."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    batch = BytesParser().parsebytes(head + body)
    found = []
    for part in batch.walk():
        if part.get_content_type() == "application/http":
            found.append(str(part.get_payload()).replace("\r\n", "\n"))
    return [text.replace("\n", "\r\n").encode() for text in found]


def _changeset(kept: list[dict[str, Any]]) -> bytes:
    boundary = f"changesetresponse_{secrets.token_hex(8)}".encode()
    parts = b"".join(
        b"--%b\r\n%b\r\n" % (boundary, _part(_http(201, row))) for row in kept
    )
    head = b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n" % boundary
    return head + parts + b"--%b--\r\n" % boundary


def _part(inside: bytes) -> bytes:
    head = b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
    return head + b"\r\n" + inside


def _http(status: int, told: dict[str, Any]) -> bytes:
    words = b"HTTP/1.1 %d %b\r\nContent-Type: application/json\r\n\r\n" % (
        status, b"Created" if status == 201 else b"Error",
    )  # fmt: skip
    return words + orjson.dumps(told)


def _key(told: str) -> dict[str, str]:
    """The parts of a key such as ``dataAreaId='us10',JournalBatchNumber='1'``."""
    return dict(re.findall(r"(\w+)='([^']*)'", told))


def _error(failure: Failure) -> dict[str, Any]:
    return {
        "error": {
            "code": "",
            "message": "An error has occurred.",
            "innererror": {"message": failure.told, "type": "", "stacktrace": ""},
        }
    }


def _failed(failure: Failure) -> Response:
    return _json(_error(failure), failure.status)


def _headers() -> dict[str, str]:
    return {"OData-Version": "4.0", REQUEST_ID: secrets.token_hex(8)}


def _json(body: Any, status: int = 200) -> Response:
    kind = "application/json; odata.metadata=minimal"
    return Response(
        orjson.dumps(body, default=_exact), status, _headers(), media_type=kind
    )


def _exact(value: Any) -> orjson.Fragment:
    return orjson.Fragment(f"{value:f}")
