"""An organisation as its REST API serves it: a login host, an instance, SOQL on it.

Each vendor whose records are kept in one says which objects and rows it has.
"""

import base64
import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlt_pipelines.sandbox.firm.model import Firm
from dlt_pipelines.sandbox.serving import soql
from dlt_pipelines.sandbox.serving.host import Host

API = "/services/data/v61.0"
PAGE_SIZES = range(200, 2001)  # that a client may hint at
# Unverified: how long and how many locators a user keeps; a few are enough here.
LOCATORS_KEPT = 20
DAILY_CALLS = 100_000 + 115 * 1_000  # Enterprise Edition, a licence each

Row = dict[str, Any]
STRING, NUMBER, FLAG, DAY, MOMENT = "string", "number", "boolean", "date", "datetime"
PERCENT = "percent"  # 8.5 is 8.5 per cent
STAMPS = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), MOMENT)


@dataclass(frozen=True)
class Contents:
    """What an organisation keeps for a vendor.

    ``fields``: the type of each field of each object; ``records``: its rows, of all
    those fields; ``choices``: the values of a field that has a list of them, each with
    whether it may still be chosen, by object and field.
    """

    vendor: str
    client_id: str
    client_secret: str
    fields: Mapping[str, Mapping[str, str]]
    records: Mapping[str, Callable[[Firm], list[Row]]]
    choices: Mapping[tuple[str, str], Callable[[Firm], dict[str, bool]]] = field(
        default_factory=dict
    )


class Organisation:
    """One organisation: its sessions, results in progress and calls made.

    ``daily_calls`` is what it may make in a day of the sandbox's clock.
    """

    def __init__(
        self, host: Host, contents: Contents, daily_calls: int = DAILY_CALLS
    ) -> None:
        """Show ``host``'s firm; nobody is logged in."""
        self.host = host
        self.contents = contents
        self.daily_calls = daily_calls
        self.calls: Counter[date] = Counter()
        self.sessions: set[str] = set()
        self.locators: OrderedDict[str, list[Row]] = OrderedDict()

    def routes(self) -> list[Route]:
        """The endpoints, relative to the vendor's mount."""
        data = f"/instance{API}"
        return [
            Route("/login/services/oauth2/token", self.log_in, methods=["POST"]),
            Route("/instance/services/data/", self.versions),
            Route(f"{data}/limits", self.metered(self.limits)),
            Route(f"{data}/query", self.metered(self.query)),
            Route(f"{data}/queryAll", self.metered(self.query_all)),
            Route(f"{data}/query/{{locator}}", self.metered(self.more)),
            Route(f"{data}/sobjects/{{name}}/describe", self.metered(self.describe)),
            Route("/instance/{path:path}", self.metered(self.missing)),
        ]

    async def log_in(self, request: Request) -> Response:
        """The token endpoint: client credentials, by Basic or as form fields."""
        form = {k: v[0] for k, v in parse_qs((await request.body()).decode()).items()}
        if form.get("grant_type") != "client_credentials":
            return _refused_login("unsupported_grant_type", "grant type not supported")
        given = _basic(request) or (form.get("client_id"), form.get("client_secret"))
        if given[0] != self.contents.client_id:
            return _refused_login("invalid_client_id", "client identifier invalid")
        if given[1] != self.contents.client_secret:
            return _refused_login("invalid_client", "invalid client credentials")
        token = f"00D000000000062EAA!{secrets.token_urlsafe(48)}"
        self.sessions.add(token)
        mount = f"{request.url.scheme}://{request.url.netloc}{_mount(request)}"
        return as_json(
            {
                "access_token": token,
                "instance_url": f"{mount}/instance",
                "id": f"{mount}/login/id/00D000000000062EAA/005000000000001AAA",
                "token_type": "Bearer",
                "issued_at": str(int(self.host.now().timestamp() * 1000)),
                "signature": secrets.token_urlsafe(32),
                "scope": "api",
            }
        )

    def metered(
        self, endpoint: Callable[[Request], Response]
    ) -> Callable[[Request], Response]:
        """An endpoint behind a session and the organisation's daily calls."""

        def guarded(request: Request) -> Response:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if token not in self.sessions:
                response = error(
                    401, "INVALID_SESSION_ID", "Session expired or invalid"
                )
            elif self.used >= self.daily_calls:
                message = "TotalRequests Limit exceeded."
                response = error(403, "REQUEST_LIMIT_EXCEEDED", message)
            else:
                self.calls[self.host.now().date()] += 1
                response = endpoint(request)
            used = f"api-usage={self.used}/{self.daily_calls}"
            response.headers["Sforce-Limit-Info"] = used
            return response

        return guarded

    @property
    def used(self) -> int:
        """Calls made on the clock's day."""
        return self.calls[self.host.now().date()]

    def versions(self, request: Request) -> Response:
        """The version list, which needs no session."""
        return as_json([{"label": "Summer '24", "url": API, "version": "61.0"}])

    def limits(self, request: Request) -> Response:
        """What the organisation has left of its day."""
        left = self.daily_calls - self.used
        return as_json(
            {"DailyApiRequests": {"Max": self.daily_calls, "Remaining": left}}
        )

    def query(self, request: Request) -> Response:
        """SOQL without the recycle bin."""
        return self._first_page(request, deleted=False)

    def query_all(self, request: Request) -> Response:
        """SOQL with the recycle bin."""
        return self._first_page(request, deleted=True)

    def more(self, request: Request) -> Response:
        """The rest of a result, from the row that its locator names."""
        locator, _, start = request.path_params["locator"].partition("-")
        if locator not in self.locators or not start.isdigit():
            return error(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(request, locator, int(start))

    def describe(self, request: Request) -> Response:
        """The fields of an object that the user may see."""
        name = request.path_params["name"]
        if name not in self.contents.fields:
            return self.missing(request)
        fields = [
            {"name": field, "type": of, "picklistValues": self._values(name, field)}
            for field, of in self.contents.fields[name].items()
        ]
        return as_json({"name": name, "fields": fields})

    def _values(self, name: str, field: str) -> list[Row]:
        choices = self.contents.choices.get((name, field))
        if choices is None:
            return []
        values = self.host.cached((self.contents.vendor, name, field), choices)
        return [
            {"value": value, "label": value, "active": active, "defaultValue": False}
            for value, active in values.items()
        ]

    def missing(self, request: Request) -> Response:
        """Any other resource of the instance."""
        message = "The requested resource does not exist"
        return error(404, "NOT_FOUND", message)

    def _first_page(self, request: Request, deleted: bool) -> Response:
        try:
            query = soql.parse(request.query_params.get("q", ""))
            rows = self._found(query, deleted)
        except soql.SoqlError as refused:
            return error(400, refused.code, refused.message)
        locator = f"01g{secrets.token_hex(6)}AAA"
        self.locators[locator] = rows
        while len(self.locators) > LOCATORS_KEPT:
            self.locators.popitem(last=False)
        return self._page(request, locator, 0)

    def _found(self, query: soql.Query, deleted: bool) -> list[Row]:
        contents = self.contents
        names = {name.lower(): name for name in contents.fields}
        entity = names.get(query.entity.lower())
        if entity is None:
            message = f"sObject type '{query.entity}' is not supported."
            raise soql.SoqlError("INVALID_TYPE", message)
        made = contents.records[entity]
        rows = self.host.cached((contents.vendor, entity), made)
        if not deleted:
            rows = [row for row in rows if not row.get("IsDeleted")]
        url = f"{API}/sobjects/{entity}"
        return [
            {"attributes": {"type": entity, "url": f"{url}/{row.get('Id', '')}"}, **row}
            for row in soql.answer(query, rows, contents.fields[entity])
        ]

    def _page(self, request: Request, locator: str, start: int) -> Response:
        """A page of another size than was asked for: the hint is only a hint."""
        hint = request.headers.get("Sforce-Query-Options", "").partition("batchSize=")
        asked = int(hint[2]) if hint[2].isdigit() else PAGE_SIZES[-1]
        asked = min(max(asked, PAGE_SIZES[0]), PAGE_SIZES[-1])
        rows = self.locators[locator]
        end = start + (asked * 5 // 8 if start else asked // 16)
        page: Row = {"totalSize": len(rows), "done": end >= len(rows)}
        if not page["done"]:
            page["nextRecordsUrl"] = f"{API}/query/{locator}-{end}"
        return as_json({**page, "records": rows[start:end]})


def record_id(prefix: str, number: int) -> str:
    """An 18-character id of a numbered record."""
    return case_safe(f"{prefix}Hs{number:010d}")


def case_safe(short: str) -> str:
    """An id of 15 characters with the suffix that makes case not matter."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    blocks = (short[at : at + 5] for at in (0, 5, 10))
    return short + "".join(
        alphabet[sum(c.isupper() << i for i, c in enumerate(block))] for block in blocks
    )


def _mount(request: Request) -> str:
    return request.scope.get("root_path", "")


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    name, _, secret = base64.b64decode(coded).decode().partition(":")
    return name, secret


def _refused_login(error: str, description: str) -> Response:
    body = {"error": error, "error_description": description}
    return as_json(body, status=400)


def error(status: int, code: str, message: str) -> Response:
    """A refusal as the API words it."""
    return as_json([{"message": message, "errorCode": code}], status=status)


def as_json(body: Any, status: int = 200) -> Response:
    """An answer of the API."""
    content = orjson.dumps(body, _value, orjson.OPT_PASSTHROUGH_DATETIME)
    return Response(content, status, media_type="application/json;charset=UTF-8")


def _value(value: Any) -> Any:
    """Decimals as exact JSON numbers, datetimes with milliseconds and ``+0000``."""
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+0000"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
