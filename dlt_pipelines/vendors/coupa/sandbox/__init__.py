"""Coupa's API as the sandbox firm's tenant serves it.

Held to what is known of the vendor: bare arrays of at most 50 rows by ascending id,
hyphenated names (filters take underscores too), decimals as strings, moments with the
tenant's offset, XML unless JSON is asked for, 25 requests a second with 20 waiting.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from operator import eq
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.coupa.sandbox import tenant

CLIENT_ID = "tieout-sandbox"
CLIENT_SECRET = "sandbox-coupa-secret"
TOKEN_SECONDS = 86_399
CAP = 50
PER_SECOND = 25
WAITING = 20
SCOPES = {
    "expense_reports": "core.expense.read",
    "expense_lines": "core.expense.read",
    "purchase_orders": "core.purchase_order.read",
    "purchase_order_lines": "core.purchase_order.read",
    "receiving_transactions": "core.inventory.receiving.read",
    "suppliers": "core.supplier.read",
}
GRANTED = frozenset({"core.common.read", *SCOPES.values()})
UNREAD = ("limit", "offset", "fields", "filter", "return_object")


class Invalid(Exception):
    """A request Coupa's validation turns away: the field and what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        """Name the field."""
        super().__init__(field)
        self.field = field
        self.message = message


def settings(base_url: str, certificates: Path) -> dict[str, str]:
    """The options with which the client reaches this sandbox."""
    return {
        "base_url": base_url,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "token_settles": "0",  # tokens are good at once here
    }


def routes(host: Host) -> list[Route]:
    """The token endpoint and the resources below /api."""
    api = Api(host)
    return [
        Route("/oauth2/token", api.token, methods=["POST"]),
        Route("/api/{resource}", api.listing),
        Route("/api/{resource}/{number:int}", api.single),
    ]


class Queue:
    """25 requests a second; 20 more may wait, the rest are turned away."""

    def __init__(self) -> None:
        """Nobody waits."""
        self.free_at = 0.0

    def admit(self, now: float) -> float | None:
        """Seconds the request waits, or None when it is turned away."""
        start = max(self.free_at, now)
        if round((start - now) * PER_SECOND, 3) > WAITING:
            return None
        self.free_at = start + 1 / PER_SECOND
        return start - now


@dataclass(frozen=True)
class Token:
    """What a token was issued for, and until when."""

    scopes: frozenset[str]
    until: float


class Api:
    """The tenant's endpoints."""

    def __init__(self, host: Host) -> None:
        """Serve ``host``'s firm."""
        self.host = host
        self.queue = Queue()
        self.tokens: dict[str, Token] = {}

    async def token(self, request: Request) -> Response:
        """OAuth client credentials; the client in the form or a Basic header."""
        form = await request.form()
        if form.get("grant_type") != "client_credentials":
            return _oauth_error("unsupported_grant_type", "Use client_credentials.")
        given = (form.get("client_id"), form.get("client_secret"))
        if given != (CLIENT_ID, CLIENT_SECRET):
            return _oauth_error("invalid_client", "Client authentication failed.")
        scopes = frozenset(str(form.get("scope", "")).split())
        if not scopes or not scopes <= GRANTED:
            return _oauth_error("invalid_scope", "The scope is unknown or missing.")
        value = secrets.token_urlsafe(48)
        self.tokens[value] = Token(scopes, time.monotonic() + TOKEN_SECONDS)
        return _json(
            {
                "access_token": value,
                "token_type": "bearer",
                "expires_in": TOKEN_SECONDS,
                "scope": " ".join(sorted(scopes)),
            }
        )

    async def listing(self, request: Request) -> Response:
        """A page of a resource."""
        resource = request.path_params["resource"]
        refusal = await self._refusal(request, resource)
        if refusal:
            return refusal
        try:
            held = self._rows(resource)
            known = held[0].body.keys() if held else frozenset()
            rows = _page(held, _query(request, known))
        except Invalid as error:
            return _invalid(request, error)
        return _answer(request, resource, rows)

    async def single(self, request: Request) -> Response:
        """One record by id."""
        resource = request.path_params["resource"]
        refusal = await self._refusal(request, resource)
        if refusal:
            return refusal
        number = request.path_params["number"]
        found = [row.body for row in self._rows(resource) if row.number == number]
        if not found:
            return _errors(request, 404, {"base": ["Record not found"]})
        return _answer(request, resource, found[0])

    def _rows(self, resource: str) -> list[tenant.Row]:
        build = tenant.RESOURCES[resource]
        return self.host.cached(("coupa", resource), build)

    async def _refusal(self, request: Request, resource: str) -> Response | None:
        """The answer that ends a request before it is read, or None; waits in turn."""
        wait = self.queue.admit(time.monotonic())
        if wait is None:
            return Response("Too Many Requests", 429, media_type="text/plain")
        await asyncio.sleep(wait)
        value = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = self.tokens.get(value)
        if token is None or token.until < time.monotonic():
            return _oauth_error("invalid_token", "The access token is not valid.")
        if resource not in SCOPES:
            return _errors(request, 404, {"base": ["Resource not found"]})
        if SCOPES[resource] not in token.scopes:
            message = f"Requires scope {SCOPES[resource]}"
            return _errors(request, 403, {"base": [message]})
        return None


# Reading a query


@dataclass(frozen=True)
class Query:
    """A listing's query: the filters that a row must pass, and which rows of those."""

    passes: tuple[Callable[[tenant.Row], bool], ...]
    limit: int
    offset: int


def _query(request: Request, known: Set[str]) -> Query:
    given = request.query_params
    filters = [
        _filter(name, value, known)
        for name, value in given.multi_items()
        if name not in UNREAD
    ]
    limit = _whole(given.get("limit", str(CAP)), "limit")
    offset = _whole(given.get("offset", "0"), "offset")
    return Query(tuple(filters), min(limit, CAP), offset)


def _whole(text: str, field: str) -> int:
    if not text.isdigit():
        raise Invalid(field, "must be a whole number")
    return int(text)


def _page(rows: list[tenant.Row], query: Query) -> list[dict[str, Any]]:
    fitting: Iterator[tenant.Row] = (
        row for row in rows if all(passes(row) for passes in query.passes)
    )
    page = islice(fitting, query.offset, query.offset + query.limit)
    return [row.body for row in page]


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda a, b: a > b,
    "lt": lambda a, b: a < b,
    "gt_or_eq": lambda a, b: a >= b,
    "lt_or_eq": lambda a, b: a <= b,
}
TEXTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda a, b: b in a,
    "starts_with": lambda a, b: a.startswith(b),
    "ends_with": lambda a, b: a.endswith(b),
    "not_eq": lambda a, b: a != b,
    "in": lambda a, b: a in b.split(","),
    "not_in": lambda a, b: a not in b.split(","),
}


def _filter(name: str, wanted: str, known: Set[str]) -> Callable[[tenant.Row], bool]:
    """A test for a parameter such as updated_at[gt] or supplier[name][contains]."""
    path = name.replace("]", "").split("[")
    operator = path.pop() if path[-1] in {*COMPARISONS, *TEXTS, "blank"} else None
    path = [step.replace("_", "-") for step in path]
    if known and path[0] not in known:
        raise Invalid(name, "is not a known attribute")
    if operator == "blank":
        return lambda row: (_seen(row, path) in (None, "")) == (wanted == "true")
    if operator in COMPARISONS:
        return _comparison(path, COMPARISONS[operator], wanted)
    compare: Callable[[str, str], bool] = TEXTS.get(operator or "", eq)
    return lambda row: compare(_text(_seen(row, path)), wanted)


def _comparison(
    path: list[str], compare: Callable[[Any, Any], bool], wanted: str
) -> Callable[[tenant.Row], bool]:
    if path == ["id"]:
        bound = _whole(wanted, "id")
        return lambda row: compare(row.number, bound)
    if path == ["updated-at"]:
        moment = _moment(wanted, path[0])
        return lambda row: compare(row.updated_at, moment)
    if path[-1].endswith("-at"):
        moment = _moment(wanted, path[-1])
        return lambda row: (
            bool(seen := _seen(row, path))
            and compare(datetime.fromisoformat(seen), moment)
        )
    try:
        number = Decimal(wanted)
    except InvalidOperation:
        return lambda row: compare(_text(_seen(row, path)), wanted)
    return lambda row: (
        (seen := _seen(row, path)) is not None and compare(Decimal(seen), number)
    )


def _moment(text: str, field: str) -> datetime:
    """A moment; a date or a moment without a zone is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(field, "is not a valid date") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seen(row: tenant.Row, path: list[str]) -> Any:
    value: Any = row.body
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value or "")


# Answering


def _answer(request: Request, resource: str, found: Any) -> Response:
    if _wants_json(request):
        return _json(found)
    if found == []:
        message = "No results were found for your query."
        return _xml(_xml_errors([message]), 404)
    tag = resource.replace("_", "-")
    return _xml(_xml_of(tag if isinstance(found, list) else tag.rstrip("s"), found))


def _wants_json(request: Request) -> bool:
    asked = (request.headers.get("accept", ""), request.headers.get("content-type", ""))
    return all("application/json" in header for header in asked)


def _invalid(request: Request, error: Invalid) -> Response:
    return _errors(request, 400, {error.field: [error.message]})


def _errors(request: Request, status: int, errors: dict[str, list[str]]) -> Response:
    if _wants_json(request):
        return _json({"errors": errors}, status)
    said = [f"{field} {m}" for field, messages in errors.items() for m in messages]
    return _xml(_xml_errors(said), status)


def _oauth_error(error: str, description: str) -> Response:
    return _json({"error": error, "error_description": description}, 401)


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def _xml(body: str, status: int = 200) -> Response:
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return Response(head + body, status, media_type="application/xml")


def _xml_errors(messages: list[str]) -> str:
    return (
        f"<errors>{''.join(f'<error>{escape(m)}</error>' for m in messages)}</errors>"
    )


def _xml_of(tag: str, value: Any) -> str:
    if value is None:
        return f'<{tag} nil="true"/>'
    if isinstance(value, list):
        each = "".join(_xml_of(tag.removesuffix("s"), item) for item in value)
        return f"<{tag} type={quoteattr('array')}>{each}</{tag}>"
    if isinstance(value, dict):
        members = "".join(_xml_of(name, member) for name, member in value.items())
        return f"<{tag}>{members}</{tag}>"
    text = value.isoformat() if isinstance(value, date) else _text(value)
    return f"<{tag}>{escape(text)}</{tag}>"
