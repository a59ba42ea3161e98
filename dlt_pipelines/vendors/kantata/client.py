"""Kantata's REST API v1: a bearer token, one envelope, pages that may shift.

Answers are ``{"count", "results": [{"key", "id"}], "<key>": {id: object}, "meta"}``;
the maps also hold side-loaded objects, so only ``results`` says what was listed.
There is no cursor. Rows move between pages when something changes meanwhile, so
neighbouring pages overlap by one row: if it is not the same row, a row may have
slipped through between the two and the listing says so. Rows that an order does not
tell apart may come in another order in each answer: then all is read until nothing new
comes, and as much was seen as the listing counts.
"""

import logging
import random
from collections import deque
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

import requests

from dlt_pipelines.core.errors import BadAnswer, ConnectionFailed, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.http import ApiClient, Outcome, Verdict
from dlt_pipelines.vendors.kantata.assumptions import (
    CUSTOM_FIELDS,
    LIMITED_PATHS,
    MOST_PER_PAGE,
)

OPTIONS = ("base_url", "access_token")


log = logging.getLogger(__name__)

PAGES_AHEAD = 3  # pages being fetched while earlier ones are worked on
READS = 3  # of one page, when its answer is cut short
READINGS = 60  # of one listing, until as many rows were seen as it counts


class Shifted(Exception):
    """Rows moved between two pages; what was yielded before this is complete."""


@dataclass(frozen=True)
class Page:
    """Objects of one page in the listing's order, all maps, and the listing's size."""

    rows: list[dict[str, Any]]
    maps: dict[str, dict[str, dict[str, Any]]]
    count: int


def connect(instance: Instance) -> "KantataClient":
    """A client for an instance with the options base_url and access_token."""
    return KantataClient(instance)


class KantataClient(ApiClient):
    """A session with one Kantata account. Its pages may be asked for from threads."""

    def __init__(self, instance: Instance) -> None:
        """Take the long-lived token from ``access_token``; nothing is sent yet."""
        super().__init__(instance)
        self._token = instance.option("access_token")
        self._sees_money: bool | None = None

    def authorise(self) -> dict[str, str]:
        """The bearer header."""
        return {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}

    def judge(self, response: requests.Response) -> Verdict:
        """Kantata's reading: a refused token stays refused; 429 names no delay."""
        log.debug(
            "%s %s request %s took %s s",
            response.status_code,
            response.url,
            response.headers.get("X-Request-Id"),
            response.headers.get("X-Runtime"),
        )
        if response.status_code == 401:
            return Verdict(Outcome.REFUSED, self.reason(response))
        if response.status_code == 429 and "Retry-After" not in response.headers:
            pause = random.uniform(0.3, 2.0)  # spreads callers, needs no secrecy
            return Verdict(Outcome.RETRY, self.reason(response), pause)
        return super().judge(response)

    def reason(self, response: requests.Response) -> str:
        """The errors of the body, with the request id that Kantata's support asks."""
        try:
            errors = response.json()["errors"]
            words = "; ".join(
                " ".join(filter(None, (e.get("type"), e.get("field"), e["message"])))
                for e in errors
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            words = response.text[:200]
        request = response.headers.get("X-Request-Id", "none")
        return f"HTTP {response.status_code} {words} (X-Request-Id {request})"

    def refusal(self, method: str, url: str, reason: str) -> ConnectionFailed:
        """The error for a definite no."""
        name = self.instance.name
        if reason.startswith("HTTP 401"):
            return Refused(
                f"{name} does not accept the access token: {reason}",
                f"put the token of an Account Administrator into access_token under "
                f"[sources.{name}] in .dlt/secrets.toml.",
            )
        return super().refusal(method, url, reason)

    def ping(self) -> str:
        """Who the token is and whether it sees money; raises Refused if it does not."""
        page = self.page("users/me", {})
        self.require_money()
        return f"signed in as user {page.rows[0]['id']}, sees money"

    def require_money(self) -> None:
        """Refuse to land with a token that is shown empty amounts.

        Kantata does not refuse such a token, it leaves money out: every rate and
        amount would land as missing. A budgeted project always has a price, so
        budgeted projects without any price tell it.
        """
        if self._sees_money is None:
            page = self.page("workspaces", {"include_archived": "true"})
            prices = [w.get("price_in_cents") for w in page.rows if w.get("budgeted")]
            self._sees_money = not prices or any(p is not None for p in prices)
        if not self._sees_money:
            raise Refused(
                f"{self.instance.name} shows no prices to this access token: its user "
                "has no financial visibility, so rates and amounts would be missing",
                "use the token of an Account Administrator or Report Viewer with "
                "financial visibility. Nothing of this listing was landed.",
            )

    def missing_fields(
        self, wanted: Mapping[str, AbstractSet[str]]
    ) -> set[tuple[str, str]]:
        """Which of the custom fields, by the kind of object, the account lacks."""
        lacking = set()
        for subject, names in wanted.items():
            try:
                pages = list(self.listing(CUSTOM_FIELDS, {"subject_type": subject}))
            except Shifted:
                raise BadAnswer(
                    f"{self.instance.name} had fields come or go meanwhile",
                    "run the same command again.",
                ) from None
            held = {row.get("name") for page in pages for row in page.rows}
            lacking |= {(subject, name) for name in names - held}
        return lacking

    def page(
        self, path: str, params: dict[str, str], offset: int = 0, limit: int = 0
    ) -> Page:
        """One page of ``path``, at most ``limit`` (200) objects from ``offset``.

        Raises BadAnswer when the answer is cut short or is not the known envelope.
        """
        window = {"limit": str(limit or MOST_PER_PAGE), "offset": str(offset)}
        for _ in range(READS - 1):
            with suppress(BadAnswer):
                return self._read(path, {**params, **window})
        return self._read(path, {**params, **window})

    def _read(self, path: str, params: dict[str, str]) -> Page:
        body = self.json(self.send("GET", f"/{path}", params=params))
        try:
            rows = [body[result["key"]][result["id"]] for result in body["results"]]
            maps = {k: v for k, v in body.items() if isinstance(v, dict)}
            return Page(rows, maps, int(body["count"]))
        except (KeyError, TypeError, ValueError) as error:
            raise BadAnswer(
                f"{self.instance.name} answered /{path} without {error}, which every "
                "listing has",
                "check that base_url is that of Kantata OX (…/api/v1). Nothing of "
                "this page was landed.",
            ) from error

    def listing(self, path: str, params: dict[str, str]) -> Iterator[Page]:
        """All pages of a listing in order, without the row that overlaps.

        Fetches a few pages ahead, but one at a time where Kantata limits the calls.
        Raises Shifted when rows moved meanwhile, or fewer came than Kantata counts: the
        pages before that hold. A row that comes twice has moved, unless its page comes
        again as it was: then Kantata has it twice.
        """
        first = self.page(path, params)
        given, total = len(first.rows), first.count
        step = given - 1
        if given < total and step < 1:  # nothing to overlap by
            raise Shifted
        yield first
        if given >= total:
            return
        last = first.rows[-1]["id"]
        seen = {row["id"] for row in first.rows}
        for offset, page in self._ahead(path, params, step, total):
            ids = {row["id"] for row in page.rows[1:]}
            if not page.rows or page.rows[0]["id"] != last:
                raise Shifted
            if seen & ids and self.page(path, params, offset, step + 1) != page:
                raise Shifted
            given, total = given + len(page.rows) - 1, page.count
            if ids:
                last = page.rows[-1]["id"]
                seen |= ids
                yield Page(page.rows[1:], page.maps, page.count)
        if given < total:
            raise Shifted

    def gathered(self, path: str, params: dict[str, str]) -> Page:
        """All objects of a listing, in whatever order each of its answers comes.

        It is read again and again until a reading brings none that is new, and as many
        were seen as it counts; from nothing where it counts another number, as one of
        those seen may be gone. Raises Shifted when that does not come about.
        """
        rows: dict[str, dict[str, Any]] = {}
        maps: dict[str, dict[str, dict[str, Any]]] = {}
        counted = 0
        for _ in range(READINGS):
            known, offset, page = len(rows), 0, None
            while page is None or (page.rows and offset < page.count):
                page = self.page(path, params, offset)
                if page.count != counted:
                    rows.clear()
                    known, counted = -1, page.count
                rows |= {row["id"]: row for row in page.rows}
                for name, objects in page.maps.items():
                    maps.setdefault(name, {}).update(objects)
                offset += len(page.rows)
            if known == len(rows) == page.count:
                return Page(list(rows.values()), maps, page.count)
            if len(rows) > page.count:  # one of them is gone: which, nobody says
                rows.clear()
        raise Shifted

    def _ahead(
        self, path: str, params: dict[str, str], step: int, total: int
    ) -> Iterator[tuple[int, Page]]:
        """Pages from the second on with their offsets, up to the one that ends it."""
        ahead = 1 if path in LIMITED_PATHS else PAGES_AHEAD
        offsets = count(step, step)
        pending: deque[tuple[int, Future[Page]]] = deque()
        with ThreadPoolExecutor(ahead, thread_name_prefix="kantata") as pool:
            try:
                while True:
                    while len(pending) < ahead:
                        offset = next(offsets)
                        if pending and offset >= total - 1:
                            break
                        future = pool.submit(self.page, path, params, offset, step + 1)
                        pending.append((offset, future))
                    offset, future = pending.popleft()
                    page = future.result()
                    total = page.count
                    yield offset, page
                    if offset + len(page.rows) >= page.count:
                        return
            finally:
                for _, future in pending:
                    future.cancel()
