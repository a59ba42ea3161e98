"""Kantata's API as the sandbox firm's account would answer it.

Objects are rendered to JSON once while the firm stays as it is; a page is a join of
those bytes, so serving costs little however long the listing.
"""

import time
import uuid
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.kantata.assumptions import (
    LIMITED_CALLS_PER_SECOND,
    LIMITED_PATHS,
    MOST_PER_PAGE,
)
from dlt_pipelines.vendors.kantata.sandbox.objects import Directory
from dlt_pipelines.vendors.kantata.sandbox.resources import (
    RESOURCES,
    SIDE_LOADED,
    Resource,
    moment_of,
)
from dlt_pipelines.vendors.kantata.sandbox.writes import (
    CHANGEABLE,
    SINGULAR,
    Invalid,
    Writes,
)

TOKEN = "sandbox-kantata-administrator"
TOKEN_WITHOUT_MONEY = "sandbox-kantata-collaborator"
DEFAULT_PER_PAGE = 20
CREATED = ("created_after", "created_before")
UPDATED = ("updated_after", "updated_before")


class Refusal(Exception):
    """An error answer: status, Kantata's error type and message."""

    def __init__(
        self, status: int, type_: str, message: str, field: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        error = {"type": type_, "message": message}
        self.body = {"errors": [error | ({"field": field} if field else {})]}


@dataclass(frozen=True, slots=True)
class Row:
    """An object ready to serve, and the ids its includes side-load."""

    id: str
    thing: Any
    body: bytes
    sides: tuple[str | list[str] | None, ...]


def settings(base_url: str, certificates: Path) -> dict[str, str]:
    """Options with which the client reaches the sandbox's account."""
    del certificates  # plain HTTP: only the token matters
    return {"base_url": f"{base_url}/api/v1", "access_token": TOKEN}


def routes(host: Host) -> list[Route]:
    """The API's routes, below the vendor's mount."""
    api = Api(host)
    return [
        Route("/api/v1/{path:path}", api.answer, methods=["GET", "POST", "PUT"]),
    ]


class Api:
    """Kantata's API over a host's firm."""

    def __init__(self, host: Host) -> None:
        """Serve ``host``; calls are counted from now."""
        self.host = Writes(host)
        self.calls = {
            path: Allowance(LIMITED_CALLS_PER_SECOND) for path in LIMITED_PATHS
        }

    async def answer(self, request: Request) -> Response:
        """Answer one call, errors as Kantata words them."""
        started = time.perf_counter()
        try:
            content = await request.body()
            body, status = self._serve(request, content), 200
        except Refusal as refusal:
            body, status = orjson.dumps(refusal.body), refusal.status
        headers = {
            "X-Request-Id": uuid.uuid4().hex,
            "X-Runtime": f"{time.perf_counter() - started:.6f}",
        }
        kind = "application/json; charset=utf-8"
        return Response(body, status, headers, media_type=kind)

    def _serve(self, request: Request, content: bytes) -> bytes:
        sees_money = _authorised(request)
        path = request.path_params["path"].removesuffix(".json").strip("/")
        name, _, id_ = path.partition("/")
        if name not in RESOURCES:
            raise Refusal(404, "system", "The requested resource was not found")
        if name in self.calls and not self.calls[name].take():
            raise Refusal(429, "system", "Too many requests")
        if RESOURCES[name].for_administrators and not sees_money:
            raise Refusal(403, "system", "You are not authorized to view this resource")
        params = dict(request.query_params)
        if request.method != "GET":
            id_ = self._write(request.method, name, id_, content, sees_money)
            params = {"include_archived": "true"}
        listing = Listing(self.host, name, params, sees_money)
        return listing.show(id_) if id_ else listing.page()

    def _write(
        self, method: str, name: str, id_: str, content: bytes, may_write: bool
    ) -> str:
        """Create or change an object; its id."""
        creates = (method, name, id_) == ("POST", "workspaces", "")
        if not creates and not (method == "PUT" and name in CHANGEABLE and id_):
            raise Refusal(404, "system", "The requested resource was not found")
        if not may_write:
            raise Refusal(403, "system", "You are not authorized to change this")
        try:
            told = orjson.loads(content)[SINGULAR[name]]
            if creates:
                return self.host.create(told)
            # Not found, if there is none.
            Listing(self.host, name, {"include_archived": "true"}, True).show(id_)
            self.host.change(name, id_, told)
        except Invalid as error:
            raise Refusal(422, "validation", str(error), error.field) from error
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            detail = f"{SINGULAR[name]} is missing or malformed"
            raise Refusal(400, "system", detail) from error
        return id_


def _authorised(request: Request) -> bool:
    """Whether the token sees money; raises on one that is not known."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token not in (TOKEN, TOKEN_WITHOUT_MONEY):
        raise Refusal(401, "oauth", "Invalid OAuth 2 Request")
    return token == TOKEN


class Allowance:
    """Calls that may be made: ``rate`` a second, as many at once."""

    def __init__(self, rate: float) -> None:
        """Start with a full second's calls."""
        self.rate, self.left, self.at = rate, rate, time.monotonic()

    def take(self) -> bool:
        """Use a call if there is one."""
        now = time.monotonic()
        self.left = min(self.rate, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass(frozen=True)
class Listing:
    """One call of an endpoint with its parameters."""

    host: Writes
    name: str
    params: dict[str, str]
    sees_money: bool

    @property
    def resource(self) -> Resource:
        """The endpoint that is called."""
        return RESOURCES[self.name]

    def page(self) -> bytes:
        """The envelope of a page."""
        found = self._windowed(self._found())
        size, first = self._window()
        rows = found[first : first + size]
        meta = {
            "count": len(found),
            "page_count": -(-len(found) // size),
            "page_number": first // size + 1,
            "page_size": size,
        }
        return self._envelope(rows, meta)

    def show(self, id_: str) -> bytes:
        """The envelope of one object; what is hidden by default is not found."""
        rows = self._found()
        if self.name == "users":  # one that is asked for by id need not be on a project
            rows = self._sorted({}, tuple(self.resource.hidden))
        if id_ != "me":
            rows = [row for row in rows if row.id == id_]
        if not rows:
            raise Refusal(404, "system", "The requested resource was not found")
        meta = {"count": 1, "page_count": 1, "page_number": 1, "page_size": 20}
        return self._envelope(rows[:1], meta)

    def _window(self) -> tuple[int, int]:
        """Page size and first row; limit and offset win over page and per_page."""
        if "limit" in self.params or "offset" in self.params:
            size = self._whole("limit", DEFAULT_PER_PAGE)
            first = self._whole("offset", 0)
        else:
            size = self._whole("per_page", DEFAULT_PER_PAGE)
            first = (max(1, self._whole("page", 1)) - 1) * min(size, MOST_PER_PAGE)
        return max(1, min(size, MOST_PER_PAGE)), max(0, first)

    def _whole(self, name: str, default: int) -> int:
        text = self.params.get(name, str(default))
        if not text.lstrip("-").isdigit():
            raise Refusal(400, "system", f"{name} must be an integer")
        return int(text)

    def _envelope(self, page: list[Row], meta: dict[str, int]) -> bytes:
        results = b",".join(
            b'{"key":"%s","id":"%s"}' % (self.name.encode(), row.id.encode())
            for row in page
        )
        maps: dict[str, dict[str, bytes]] = {self.name: {}}
        for name in self._side_resources():
            maps.setdefault(name, {})
        for row in page:
            maps[self.name][row.id] = row.body
        self._side_load(page, maps)
        parts = [
            b'"%s":{%s}' % (name.encode(), _joined(objects))
            for name, objects in maps.items()
        ]
        return b'{"count":%d,"results":[%s],%s,"meta":%s}' % (
            meta["count"],
            results,
            b",".join(parts),
            orjson.dumps(meta),
        )

    def _side_resources(self) -> list[str]:
        return [self.resource.links[name].resource for name in self._includes()]

    def _side_load(self, page: list[Row], maps: dict[str, dict[str, bytes]]) -> None:
        for place, name in enumerate(self._side_resources()):
            known = _by_id(self.host, name, self.sees_money)
            objects = maps[name]
            for row in page:
                ids = row.sides[place]
                for id_ in (ids,) if isinstance(ids, str) else ids or ():
                    if id_ not in objects and id_ in known:
                        objects[id_] = known[id_].body

    def _includes(self) -> tuple[str, ...]:
        """The known associations asked for; unknown ones are ignored."""
        asked = self.params.get("include", "").split(",")
        if "only" not in self.params:  # this one works only together with only=
            asked = [name for name in asked if name != "story_state_changes"]
        return tuple(name for name in asked if name in self.resource.links)

    def _rendering(self) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
        optional = self.params.get("optional_fields", "").split(",")
        extra = tuple(name for name in optional if name in self.resource.optional)
        return self._includes(), extra, self.sees_money

    def _found(self) -> list[Row]:
        """The listing's rows in its order, before the windows of time."""
        tests = {
            name: self.params[name]
            for name in sorted(self.resource.filters)
            if name in self.params
        }
        shown = tuple(n for n in self.resource.hidden if self._shows(n))
        order = self._order()
        key = ("kantata", self.name, self._rendering(), tuple(tests.items()), shown)
        rows = self.host.cached((*key, order), lambda _: self._sorted(tests, shown))
        if "only" in self.params:
            wanted = set(self.params["only"].split(","))
            return [row for row in rows if row.id in wanted]
        if self.name == "custom_field_values" and "subject_type" not in self.params:
            raise Refusal(400, "system", "subject_type is required")
        return rows

    def _shows(self, switch: str) -> bool:
        if switch == "include_archived" and "archived" in self.params:
            return self.params["archived"] in ("include", "only")
        return self.params.get(switch) == (
            "false" if switch == "only_active" else "true"
        )

    def _order(self) -> tuple[str, str]:
        """Field and direction; an order the endpoint does not know is ignored."""
        asked, _, way = self.params.get("order", "").partition(":")
        known = asked in self.resource.orders
        if not known or way not in ("asc", "desc"):
            asked, _, way = self.resource.default_order.partition(":")
        return asked, way

    def _sorted(self, tests: dict[str, str], shown: tuple[str, ...]) -> list[Row]:
        d = directory(self.host)
        hides = [test for s, test in self.resource.hidden.items() if s not in shown]
        filters = [(self.resource.filters[n], text) for n, text in tests.items()]
        rows = [
            row
            for row in _rendered(self.host, self.name, *self._rendering())
            if not any(hide(d, row.thing) for hide in hides)
            and all(test(d, row.thing, text) for test, text in filters)
        ]
        by, way = self._order()
        rows.sort(key=self._moment(by), reverse=way == "desc")
        return self._twice(rows)

    def _moment(self, by: str) -> Callable[[Row], Any]:
        clock = self.host.now()
        return lambda row: moment_of(row.thing, by, clock)

    def _twice(self, rows: list[Row]) -> list[Row]:
        """The rows, with those again that the firm's fault has served twice."""
        kind = self.resource.kind or self.name
        twice = set(self.host.firm.served_twice.get(kind, ()))
        if not twice:
            return rows
        return [row for r in rows for row in ((r, r) if r.id in twice else (r,))]

    def _windowed(self, rows: list[Row]) -> list[Row]:
        for which, (after, before) in (
            ("created_at", CREATED),
            ("updated_at", UPDATED),
        ):
            if which == "updated_at" and not self.resource.has_updated_filter:
                continue
            rows = self._within(rows, which, self._time(after), self._time(before))
        return rows

    def _within(
        self,
        rows: list[Row],
        which: str,
        after: datetime | None,
        before: datetime | None,
    ) -> list[Row]:
        """Rows whose moment is after (and before); fast when ordered by it."""
        if after is None and before is None:
            return rows
        moment = self._moment(which)
        if self._order() == (which, "asc"):
            first = bisect_right(rows, after, key=moment) if after else 0
            last = bisect_left(rows, before, key=moment) if before else len(rows)
            return rows[first:last]
        return [
            row
            for row in rows
            if (after is None or moment(row) > after)
            and (before is None or moment(row) < before)
        ]

    def _time(self, name: str) -> datetime | None:
        text = self.params.get(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise Refusal(400, "system", f"{name} must be in ISO 8601") from error
        if moment.tzinfo is None:
            return moment.replace(tzinfo=self.host.now().tzinfo)
        return moment


def directory(host: Writes) -> Directory:
    """The firm's directory, made once while the firm stays as it is."""
    return host.cached(
        ("kantata", "directory"), lambda firm: Directory(firm, host.created())
    )


def _joined(objects: dict[str, bytes]) -> bytes:
    return b",".join(b'"%s":%s' % (id_.encode(), b) for id_, b in objects.items())


def _by_id(host: Writes, name: str, sees_money: bool) -> dict[str, Row]:
    """A resource's objects by id, as they are side-loaded: no includes, none hidden."""
    return host.cached(
        ("kantata", name, "by id", sees_money),
        lambda _: {r.id: r for r in _rendered(host, name, (), (), sees_money)},
    )


def _rendered(
    host: Writes,
    name: str,
    includes: tuple[str, ...],
    extra: tuple[str, ...],
    sees_money: bool,
) -> list[Row]:
    """All objects of a resource as JSON, once while the firm stays as it is."""
    resource = RESOURCES.get(name) or SIDE_LOADED.get(name)
    if resource is None:
        return []

    def build(_: Any) -> list[Row]:
        d = directory(host)
        links = [resource.links[include] for include in includes]
        optional = [(n, resource.optional[n]) for n in extra]
        rows = []
        for thing in resource.things(d):
            id_ = resource.identify(thing)
            fields = {"id": id_, **resource.fields(d, thing)}
            if not sees_money:
                fields |= {f: None for f in resource.money if f in fields}
            sides = tuple(link.ids(d, thing) for link in links)
            for link, ids in zip(links, sides, strict=True):
                fields[link.field] = ids
            for field, value in optional:
                fields[field] = value(d, thing)
            # orjson over-allocates by kilobytes: keep a copy of the right size.
            body = bytes(memoryview(orjson.dumps(fields)))
            rows.append(Row(id_, thing, body, sides))
        return rows

    return host.cached(("kantata", name, includes, extra, sees_money), build)
