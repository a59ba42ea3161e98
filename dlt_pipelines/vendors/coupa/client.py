"""Talking to Coupa: tokens, its pace, pages of fifty, its ways of saying no."""

import time
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

import requests

from dlt_pipelines.core.errors import BadAnswer, ConnectionFailed
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.http import BearerClient

OPTIONS = ("base_url", "client_id", "client_secret", "scope", "token_settles")
PAGE = 50  # Coupa's cap; a larger limit is not refused, it is ignored
TOKEN_LIFE = 20 * 3600.0  # seconds; a token lives 24 h and Coupa advises 20
TOKEN_SETTLES = 5.0  # seconds Coupa advises to wait before a token's first use
SCOPES = (
    "core.common.read core.expense.read core.purchase_order.read core.supplier.read "
    "core.inventory.receiving.read"
)
JSON = {"Accept": "application/json", "Content-Type": "application/json"}


class CoupaClient(BearerClient):
    """A session with one Coupa instance.

    Options: base_url (https://<name>.coupahost.com), client_id, client_secret; scope
    (default: what the feeds read) and token_settles (seconds) if they must differ.
    """

    renew_before = 0.0  # its life is told with room to spare
    per_second = 24.0  # Coupa turns away what exceeds 25 a second

    def __init__(self, instance: Instance) -> None:
        """Open a session; nothing is sent yet."""
        super().__init__(instance)
        self._next_at = 0.0

    def authorise(self) -> dict[str, str]:
        """The token and both JSON headers: without them Coupa answers in XML."""
        return super().authorise() | JSON

    def buy_token(self) -> tuple[str, float]:
        """A new token, once it has settled, and for how many seconds it is used."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.instance.option("client_id"),
            "client_secret": self.instance.option("client_secret"),
            "scope": self.instance.options.get("scope") or SCOPES,
        }
        answer = self.send("POST", "/oauth2/token", authorised=False, data=form)
        token, _ = self.issued(answer)
        settles = self.instance.options.get("token_settles", "")
        time.sleep(TOKEN_SETTLES if settles in (None, "") else float(settles))
        return token, TOKEN_LIFE

    def send(self, method: str, path: str, **request: Any) -> requests.Response:
        """Send a request, no sooner than Coupa's pace allows."""
        now = time.monotonic()
        start = max(now, self._next_at)
        self._next_at = start + 1 / self.per_second
        time.sleep(start - now)
        return super().send(method, path, **request)

    def reason(self, response: requests.Response) -> str:
        """Coupa's words: ``errors`` by field, OAuth's, or the body as it is."""
        try:
            body = response.json()
        except ValueError:
            return super().reason(response)
        errors = body.get("errors") if isinstance(body, dict) else None
        if isinstance(errors, dict):
            said = "; ".join(f"{f}: {', '.join(m)}" for f, m in errors.items())
        elif isinstance(body, dict) and "error" in body:
            said = f"{body['error']}: {body.get('error_description', '')}".rstrip(": ")
        else:
            return super().reason(response)
        return f"HTTP {response.status_code} {said[:300]}"

    def refusal(self, method: str, url: str, reason: str) -> ConnectionFailed:
        """A definite no; of a 403, say which scopes to grant."""
        error = super().refusal(method, url, reason)
        if "HTTP 403" in reason:
            error.do = (
                f"grant the OAuth client of [sources.{self.instance.name}] these "
                f"scopes in Coupa: {self.instance.options.get('scope') or SCOPES}."
            )
        return error

    def rows(self, resource: str, **filters: Any) -> list[dict[str, Any]]:
        """One page of ``/api/<resource>``: at most 50 rows, by id ascending.

        Raises BadAnswer when the answer is no list.
        """
        params = {"limit": PAGE, **filters}
        answer = self.send("GET", f"/api/{resource}", params=params)
        rows = self.json(answer)
        if not isinstance(rows, list):
            raise BadAnswer(
                f"{self.instance.name} answered {answer.url} with no list",
                "check that base_url is the instance's own address.",
            )
        return rows

    def changed(
        self, resource: str, since: datetime | None, until: datetime
    ) -> Iterator[list[dict[str, Any]]]:
        """Pages of the rows updated from ``since`` (None: ever) to before ``until``.

        The next page starts after the last id and the window stays fixed, so a row
        that changes meanwhile leaves the window; it shifts no other off a page. The end
        is a page without rows: a short one may be as long as an instance gives them.
        """
        window = {"updated-at[lt]": until.isoformat()}
        if since is not None:
            window["updated-at[gt_or_eq]"] = since.isoformat()
        last: dict[str, int] = {}
        while rows := self.rows(resource, **window, **last):
            furthest = max(row["id"] for row in rows)
            self.require_progress(resource, furthest > last.get("id[gt]", furthest - 1))
            yield rows
            last = {"id[gt]": furthest}

    def missing_fields(
        self, wanted: Mapping[str, AbstractSet[str]]
    ) -> set[tuple[str, str]]:
        """Which of the custom fields, by resource, none of its first rows has.

        Coupa describes no custom fields; a row has all that are its resource's, empty
        ones as null. Where there is no row, or none with a custom field, nobody knows.
        """
        lacking = set()
        for resource, names in wanted.items():
            rows = self.rows(resource)
            custom = {name for row in rows for name in row.get("custom-fields") or {}}
            beside = {name for row in rows for name in row}
            if custom or names & beside:
                lacking |= {(resource, name) for name in names - custom - beside}
        return lacking

    def ping(self) -> str:
        """Read one supplier and one expense report."""
        for resource in ("suppliers", "expense_reports"):
            self.rows(resource, limit=1)
        return "suppliers and expense reports can be read"


def connect(instance: Instance) -> CoupaClient:
    """A client for a configured Coupa instance."""
    return CoupaClient(instance)
