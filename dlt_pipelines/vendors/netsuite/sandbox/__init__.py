"""The sandbox's NetSuite: token, SuiteQL and the journalEntry record, over HTTP.

It checks what NetSuite checks: the signature and claims of the assertion, the bearer
token, ``Prefer: transient``, page limits, and the number of requests at one time.
"""

import functools
import hashlib
import json
import re
import secrets
import threading
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.netsuite.sandbox.books import Books, WrongQuery
from dlt_pipelines.vendors.netsuite.sandbox.journals import (
    Failure,
    Journals,
    Written,
    answer_body,
    load_into,
)
from dlt_pipelines.vendors.netsuite.sandbox.records import TYPES, Lists

Handler = Callable[[Request, bytes], Response]

CLIENT_ID = "sandbox-integration"
CERTIFICATE_ID = "sandbox-certificate"
ALGORITHMS = ["PS256", "PS384", "PS512"]  # what an RSA certificate may sign
TOKEN_SECONDS = 3600
CONCURRENCY_LIMIT = 5  # the standard tier, and every development account
MOST_ROWS = 100_000
MOST_IN_PAGE = 1000
ERROR_TYPE = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4."
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Bad Request",  # as the vendor's own example has it
}


@functools.cache
def sandbox_key() -> rsa.RSAPrivateKey:
    """The sandbox's key pair, the same in every process and worth nothing elsewhere.

    Its primes are the first ones behind two numbers made from a phrase, so that no
    key has to be kept in a file or in this repository. That they are takes long to
    check: whoever reads the key does.
    """
    p = _number(b"tieout sandbox netsuite p") + 566
    q = _number(b"tieout sandbox netsuite q") + 1974
    e = 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    return rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public
    ).private_key(unsafe_skip_rsa_key_validation=True)


def _number(phrase: bytes) -> int:
    """An odd number of 1,536 bits made from a phrase."""
    digits = int.from_bytes(hashlib.shake_256(phrase).digest(192), "big")
    return digits | (3 << 1534) | 1


def settings(base_url: str, certificates: Path) -> dict[str, str]:
    """The options with which a client reaches the sandbox."""
    del certificates  # the key pair is derived, see sandbox_key
    pem = sandbox_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "base_url": base_url,
        "client_id": CLIENT_ID,
        "certificate_id": CERTIFICATE_ID,
        "private_key": pem.decode(),
    }


def routes(host: Host) -> list[Route]:
    """NetSuite's routes, below the vendor's mount."""
    api = _Api(host)
    record = "/services/rest/record/v1/journalEntry"
    return [
        Route("/services/rest/auth/oauth2/v1/token", api.token, methods=["POST"]),
        Route(
            "/services/rest/query/v1/suiteql",
            api.governed(api.suiteql),
            methods=["POST"],
        ),
        Route(record, api.governed(api.collection), methods=["GET", "POST"]),
        Route(
            record + "/{reference}",
            api.governed(api.record),
            methods=["GET", "PUT", "PATCH", "DELETE"],
        ),
        *(
            route
            for kind in TYPES
            for route in (
                _list_route(api, kind, "", ["POST"]),
                _list_route(api, kind, "/{reference}", ["GET", "PATCH"]),
            )
        ),
        Route(
            "/services/rest/record/v1/{type}/{reference:path}",
            api.governed(api.unknown),
            methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        ),
    ]


def _list_route(api: "_Api", kind: str, rest: str, methods: list[str]) -> Route:
    def answer(request: Request, body: bytes) -> Response:
        request.path_params["type"] = kind
        return api.lists(request, body)

    path = f"/services/rest/record/v1/{kind}{rest}"
    return Route(path, api.governed(answer), methods=methods)


class _Api:
    """The handlers, the tokens given out and the requests in progress."""

    def __init__(self, host: Host) -> None:
        self.host = Lists(host)
        self.journals = Journals(self.host)
        self.tokens: dict[str, float] = {}
        self.in_progress = 0
        self.lock = threading.Lock()
        self.seen: tuple[int, tuple[int, int], int] | None = None

    # -- access ---------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        told = {name: values[0] for name, values in form.items()}
        try:
            self._check_assertion(told, str(request.url).partition("?")[0])
        except jwt.PyJWTError:
            return _json({"error": "invalid_grant"}, 400)
        except KeyError:
            return _json({"error": "invalid_request"}, 400)
        token = secrets.token_urlsafe(32)
        self.tokens[token] = time.monotonic() + TOKEN_SECONDS
        return _json(
            {
                "access_token": token,
                "expires_in": str(TOKEN_SECONDS),
                "token_type": "bearer",
            }
        )

    def _check_assertion(self, told: dict[str, str], address: str) -> None:
        assertion = told["client_assertion"]
        if told["grant_type"] != "client_credentials":
            raise jwt.InvalidTokenError("grant_type")
        if jwt.get_unverified_header(assertion).get("kid") != CERTIFICATE_ID:
            raise jwt.InvalidKeyError("kid")
        claims = jwt.decode(
            assertion,
            sandbox_key().public_key(),
            algorithms=ALGORITHMS,
            audience=address,
            issuer=CLIENT_ID,
            options={"require": ["exp", "iat", "iss", "aud"]},
        )
        scopes = claims.get("scope") or []
        scopes = scopes.split(",") if isinstance(scopes, str) else scopes
        if claims["exp"] - claims["iat"] > 3600 or "rest_webservices" not in scopes:
            raise jwt.InvalidTokenError("claims")

    def governed(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A handler behind the token check and the limit on simultaneous requests."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            # SQLite and the rules block: they run beside the event loop.
            return await run_in_threadpool(self._governed, handler, request, body)

        return endpoint

    def _governed(self, handler: Handler, request: Request, body: bytes) -> Response:
        with self.lock:
            over = self.in_progress >= CONCURRENCY_LIMIT
            self.in_progress += not over
        try:
            if over:
                detail = "Concurrent request limit exceeded. Request blocked."
                raise Failure(429, "CONCURRENCY_LIMIT_EXCEEDED", detail)
            self._check_token(request)
            return handler(request, body)
        except Failure as failure:
            return _failed(failure)
        finally:
            if not over:
                with self.lock:
                    self.in_progress -= 1

    def _check_token(self, request: Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        until = self.tokens.get(token)
        if scheme.lower() != "bearer" or until is None or time.monotonic() > until:
            raise Failure(401, "INVALID_LOGIN", "Invalid login attempt.")

    # -- SuiteQL --------------------------------------------------------------

    def suiteql(self, request: Request, body: bytes) -> Response:
        if "transient" not in request.headers.get("Prefer", ""):
            detail = "Missing or invalid header Prefer: it must be transient."
            raise Failure(400, "INVALID_HEADER", detail)
        limit, offset = _page(request)
        asked = _parsed(body)
        if not isinstance(asked.get("q"), str):
            raise Failure(400, "INVALID_REQUEST", "Please enter value(s) for: q", "q")
        params = asked.get("params") or []
        try:
            items, total = self._books().query(asked["q"], params, limit, offset)
        except WrongQuery as error:
            raise Failure(400, "INVALID_PARAMETER", str(error), "q") from error
        address = str(request.url).partition("?")[0]
        return _json(
            {
                "links": _links(address, limit, offset, total),
                "count": len(items),
                "hasMore": offset + limit < total,
                "items": items,
                "offset": offset,
                "totalResults": total,
            },
            media_type="application/vnd.oracle.resource+json; type=collection",
        )

    def _books(self) -> Books:
        """The books of this state of the firm, with what was posted so far."""
        with self.lock:
            books = self.host.cached("netsuite books", Books)
            state = (id(books), self.host.generation, self.journals.version)
            if state != self.seen:
                load_into(books, self.journals, self.host.drafts())
                self.seen = state
            return books

    # -- the journalEntry record ----------------------------------------------

    def collection(self, request: Request, body: bytes) -> Response:
        address = str(request.url).partition("?")[0]
        if request.method == "GET":
            live = [r for r in self.journals.records.values() if not r["deleted"]]
            limit, offset = _page(request)
            items = [
                {"id": str(r["id"]), "links": [_self(f"{address}/{r['id']}")]}
                for r in live[offset : offset + limit]
            ]
            return _json(
                {
                    "links": _links(address, limit, offset, len(live)),
                    "count": len(items),
                    "hasMore": offset + limit < len(live),
                    "items": items,
                    "offset": offset,
                    "totalResults": len(live),
                }
            )
        written = self.journals.create(_parsed(body), strict=_strict(request))
        return _written(address, written)

    def record(self, request: Request, body: bytes) -> Response:
        reference = request.path_params["reference"]
        address = str(request.url).partition("?")[0].rpartition("/")[0]
        if request.method == "GET":
            record = self.journals.find(reference)
            expand = request.query_params.get("expandSubResources") == "true"
            return _json(answer_body(record, self.journals, address, expand=expand))
        if request.method == "DELETE":
            self.journals.delete(reference)
            return Response(status_code=204)
        told, strict = _parsed(body), _strict(request)
        if request.method == "PUT":
            return _written(address, self._upserted(reference, told, request, strict))
        replace = "line" in request.query_params.get("replace", "").split(",")
        written = self.journals.change(reference, told, strict=strict, replace=replace)
        return _written(address, written)

    def _upserted(
        self, reference: str, told: dict[str, Any], request: Request, strict: bool
    ) -> Written:
        if not reference.startswith("eid:"):
            raise Failure(405, "INVALID_METHOD", "PUT needs an external id.")
        try:
            self.journals.find(reference)
        except Failure:
            body = {**told, "externalId": reference[4:]}
            return self.journals.create(body, strict=strict)
        replace = "line" in request.query_params.get("replace", "").split(",")
        return self.journals.change(reference, told, strict=strict, replace=replace)

    def lists(self, request: Request, body: bytes) -> Response:
        """A job, customer or invoice: read, created or changed."""
        kind = request.path_params["type"]
        reference = request.path_params.get("reference", "")
        address = str(request.url).partition("?")[0]
        if request.method == "GET":
            return _json(self.host.find(kind, reference))
        told, strict = _parsed(body), _strict(request)
        if request.method == "POST":
            return _written(address, self.host.create(kind, told, strict=strict))
        address = address.rpartition("/")[0]
        written = self.host.change(kind, reference, told, strict=strict)
        return _written(address, written)

    def unknown(self, request: Request, body: bytes) -> Response:
        kind = request.path_params["type"]
        detail = f"Record type '{kind}' does not exist or is not served here."
        raise Failure(404, "NONEXISTENT_ID", detail)


def _page(request: Request) -> tuple[int, int]:
    try:
        limit = int(request.query_params.get("limit", MOST_IN_PAGE))
        offset = int(request.query_params.get("offset", 0))
    except ValueError as error:
        raise Failure(400, "INVALID_PARAMETER", "limit and offset are numbers") from (
            error
        )
    if not 1 <= limit <= MOST_IN_PAGE or offset < 0 or offset % limit:
        detail = (
            "limit must be between 1 and 1000 and offset a multiple of limit; "
            f"limit {limit}, offset {offset}"
        )
        raise Failure(400, "INVALID_PARAMETER", detail)
    if offset + limit > MOST_ROWS:
        detail = "A query returns at most 100,000 rows over REST web services."
        raise Failure(400, "INVALID_PARAMETER", detail)
    return limit, offset


def _links(address: str, limit: int, offset: int, total: int) -> list[dict[str, str]]:
    links = [_self(f"{address}?limit={limit}&offset={offset}")]
    if offset + limit < total:
        href = f"{address}?limit={limit}&offset={offset + limit}"
        links.append({"rel": "next", "href": href})
    if offset:
        href = f"{address}?limit={limit}&offset={max(0, offset - limit)}"
        links.append({"rel": "prev", "href": href})
    return links


def _self(href: str) -> dict[str, str]:
    return {"rel": "self", "href": href}


def _strict(request: Request) -> bool:
    mode = request.headers.get("X-NetSuite-PropertyNameValidation", "Warning")
    return mode.lower() == "error"


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body, parse_float=Decimal)
    except ValueError as error:
        detail = "Invalid content in the request body. JSON expected."
        raise Failure(400, "INVALID_CONTENT", detail) from error
    if not isinstance(parsed, dict):
        raise Failure(400, "INVALID_CONTENT", "A JSON object is expected.")
    return parsed


def _written(address: str, written: Written) -> Response:
    headers = {"Location": f"{address}/{written.number}"}
    if written.dropped:
        headers["X-NetSuite-Warning"] = re.sub(
            r"[^\x20-\x7e]", "?", str(written.dropped)
        )
    return Response(status_code=204, headers=headers)


def _failed(failure: Failure) -> Response:
    detail = {"detail": failure.detail, "o:errorCode": failure.code}
    if failure.path:
        detail["o:errorPath"] = failure.path
    body: dict[str, Any] = {
        "type": f"{ERROR_TYPE}{failure.status % 100 + 1}",
        "title": TITLES[failure.status],
        "status": failure.status,
        "o:errorDetails": [detail],
    }
    if failure.status == 429:
        body["o:errorCode"] = "USER_ERROR"
    media_type = "application/vnd.oracle.resource+json; type=error"
    return _json(body, failure.status, media_type=media_type)


def _json(
    body: Any, status: int = 200, media_type: str = "application/json"
) -> Response:
    def exact(value: Any) -> orjson.Fragment:
        if isinstance(value, Decimal):
            return orjson.Fragment(f"{value:f}")
        raise TypeError(type(value).__name__)

    headers = {"X-N-OperationId": secrets.token_hex(8)}
    content = orjson.dumps(body, default=exact)
    return Response(content, status, headers, media_type)
