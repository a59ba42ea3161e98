"""The REST API of a Salesforce organisation: one login, then SOQL on its instance.

Shared by the vendors whose records are kept there. The token answer's
``instance_url`` is where data lives, never the login host. A session ends without
notice (401 ``INVALID_SESSION_ID``), so a second login follows. Error bodies are arrays
of ``{errorCode, message}``, at login an object.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import requests

from dlt_pipelines.core.errors import BadAnswer, ConnectionFailed, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.http import GOOD, ApiClient, Outcome, Verdict, retry_after

OPTIONS = (
    "base_url",
    "client_id",
    "client_secret",
    "page_size",
)
API = "/services/data/v61.0"  # one version for all calls of a run
LARGEST_PAGE = 2000
MOST_EMPTY = 1000  # pages in a row without a row; more is no listing that goes on
# The share of the organisation's daily calls that its other users keep.
RESERVED_CALLS = 0.05

# Unverified: the messages that tell a concurrency cap, which passes, from the daily
# one, which does not. The error code is the same; an unknown message counts as daily.
CONCURRENCY = re.compile("concurrent", re.IGNORECASE)
# Gateways before Salesforce answer these, sometimes with an empty body.
TRANSIENT = frozenset({406, 420, 429, 500, 502, 503, 504})


class QueryTimedOut(Refused):
    """The query was too large to answer in time: ask for less."""


class LocatorExpired(Refused):
    """The rest of a result is no longer kept: ask again."""


class SoqlClient(ApiClient):
    """A session with one organisation.

    ``calls`` is what the last answer said of the organisation's rolling day: calls
    used and allowed, or None before the first answer.
    """

    def __init__(self, instance: Instance) -> None:
        """Log in later, when the first call needs it."""
        super().__init__(instance)
        self.page_size = int(instance.options.get("page_size", LARGEST_PAGE))
        self.token: str | None = None
        self.instance_url: str | None = None
        self.calls: tuple[int, int] | None = None

    def authorise(self) -> dict[str, str]:
        """The bearer token, from a new login when there is none."""
        if self.token is None:
            self.log_in()
        return {"Authorization": f"Bearer {self.token}"}

    def forget_authorisation(self) -> None:
        """Drop the session; the next request logs in again."""
        self.token = None

    def log_in(self) -> None:
        """Open a session by the client-credentials flow, on the firm's own domain."""
        response = self.send(
            "POST",
            "/services/oauth2/token",
            authorised=False,
            data={"grant_type": "client_credentials"},
            auth=(
                self.instance.option("client_id"),
                self.instance.option("client_secret"),
            ),
        )
        answer = self._told(self.json(response), "access_token", "instance_url")
        self.token = answer["access_token"]
        self.instance_url = answer["instance_url"].rstrip("/")

    def query_all(self, soql: str) -> Iterator[list[dict[str, Any]]]:
        """The pages of a SOQL query's rows, deleted ones included.

        Pages have whatever size the server chooses, and are together as many rows as it
        told. Raises QueryTimedOut or LocatorExpired when the query must be put another
        way.
        """
        path: str | None = f"{API}/queryAll"
        request: dict[str, Any] = {"params": {"q": soql}}
        read: set[str] = set()
        given = empty = 0
        while path:
            page = self._told(self.get(path, **request), "records", "done")
            given += len(page["records"])
            empty = 0 if page["records"] else empty + 1
            self.require_progress(f"«{soql}»", path not in read and empty < MOST_EMPTY)
            if page["records"]:
                read.add(path)
            if page["done"]:
                self.require_all(f"«{soql}»", given, page.get("totalSize", given))
            yield page["records"]
            path, request = page.get("nextRecordsUrl"), {}
            if not page["done"] and not path:
                raise BadAnswer(
                    f"{self.instance.name} gave a page of «{soql}» that is neither "
                    "the last nor names the next",
                    "run the same command again; rows so far are kept.",
                )

    def get(self, path: str, **request: Any) -> Any:
        """The JSON at a path of the instance, with the page size it should have."""
        self.authorise()  # names the instance to ask
        self._leave_calls_to_others()
        hint = {"Sforce-Query-Options": f"batchSize={self.page_size}"}
        url = f"{self.instance_url}{path}"
        return self.json(self.send("GET", url, headers=hint, **request))

    def missing_fields(
        self, wanted: Mapping[str, AbstractSet[str]]
    ) -> set[tuple[str, str]]:
        """Which of the fields, by object, the organisation lacks or does not show."""
        lacking = set()
        for name, fields in wanted.items():
            lacking |= {(name, field) for field in fields - self.types(name).keys()}
        return lacking

    def types(self, name: str) -> dict[str, str]:
        """The types of the fields of an object that are shown, by name."""
        return {field["name"]: field["type"] for field in self.described(name)}

    def described(self, name: str) -> list[dict[str, Any]]:
        """The fields of an object that are shown: ``name``, ``type`` and the like."""
        told = self._told(self.get(f"{API}/sobjects/{name}/describe"), "fields")
        fields: list[dict[str, Any]] = told["fields"]
        return fields

    def ping(self) -> str:
        """What the organisation has left of its daily calls."""
        left = self.get(f"{API}/limits")["DailyApiRequests"]
        return f"{left['Remaining']:,} of {left['Max']:,} calls of the day left"

    def judge(self, response: requests.Response) -> Verdict:
        """Read the status and, for a failure, the error code beside it."""
        self._note_calls(response)
        if response.ok:
            return GOOD
        reason = self.reason(response)
        if response.status_code == 401:
            return Verdict(Outcome.REAUTHORISE, reason)
        passing = reason.startswith("REQUEST_LIMIT_EXCEEDED") and CONCURRENCY.search(
            reason
        )
        if passing or response.status_code in TRANSIENT:
            return Verdict(Outcome.RETRY, reason, retry_after(response))
        return Verdict(Outcome.REFUSED, reason)

    def reason(self, response: requests.Response) -> str:
        """``CODE: message`` from either form of error body."""
        try:
            body = response.json()
        except ValueError:
            return super().reason(response)
        first = body[0] if isinstance(body, list) and body else body
        if not isinstance(first, dict):
            return super().reason(response)
        code = first.get("errorCode") or first.get("error") or response.status_code
        message = first.get("message") or first.get("error_description") or ""
        return f"{code}: {message}"[:300]

    def refusal(self, method: str, url: str, reason: str) -> ConnectionFailed:
        """The error for a definite no, with the remedy its code calls for."""
        code = reason.partition(":")[0]
        kind: type[Refused] = Refused
        if code == "QUERY_TIMEOUT":
            kind = QueryTimedOut
        elif code == "INVALID_QUERY_LOCATOR":
            kind = LocatorExpired
        at = url.removeprefix(self.instance_url or "")
        what = f"{self.instance.name} refused {method} {at}: {reason}"
        return kind(what, self._remedy(code))

    def _remedy(self, code: str) -> str:
        section = f"[sources.{self.instance.name}]"
        if code in ("INVALID_FIELD", "INVALID_TYPE"):
            return (
                "give the integration user read access to it; what is the "
                "organisation's own it may call otherwise (tieout doctor says what)."
            )
        if code == "REQUEST_LIMIT_EXCEEDED":
            return (
                "wait until the organisation's rolling 24 hours free some calls, then "
                "run the same command again: it resumes where it stopped."
            )
        if code in ("QUERY_TIMEOUT", "INVALID_QUERY_LOCATOR"):
            return "run the same command again: it resumes where it stopped."
        return (
            f"check client_id and client_secret of {section} in .dlt/secrets.toml, "
            "that base_url is the firm's own My Domain, and that the connected app "
            "allows the client-credentials flow (tieout doctor tests them)."
        )

    def _told(self, answer: Any, *members: str) -> dict[str, Any]:
        """The answer, which must be an object with these members."""
        if isinstance(answer, dict) and all(name in answer for name in members):
            return answer
        raise BadAnswer(
            f"{self.instance.name} answered without {' and '.join(members)}",
            f"check that base_url of [sources.{self.instance.name}] is the firm's own "
            "My Domain and not a proxy's or a portal's address.",
        )

    def _note_calls(self, response: requests.Response) -> None:
        told = response.headers.get("Sforce-Limit-Info", "")
        usage = re.search(r"\bapi-usage=(\d+)/(\d+)", told)
        if usage:
            self.calls = (int(usage[1]), int(usage[2]))

    def _leave_calls_to_others(self) -> None:
        if self.calls is None:
            return
        used, allowed = self.calls
        if used > allowed * (1 - RESERVED_CALLS):
            raise Refused(
                f"{self.instance.name} has used {used:,} of the {allowed:,} calls its "
                "organisation may make in 24 hours; the rest is left to its users",
                self._remedy("REQUEST_LIMIT_EXCEEDED"),
            )
