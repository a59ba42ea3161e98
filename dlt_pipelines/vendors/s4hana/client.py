"""A session with an S/4HANA Cloud tenant: a communication user, OData v2, SOAP.

Known of it:

- A list is ``{"d": {"results": […], "__next": …, "__count": "…"}}``; ``__count`` is how
  many rows there are of what was asked for, as text. A page may be shorter than asked
  for. ``__next`` has a token of the next page (``$skiptoken``) that counts rows: one
  that goes meanwhile would shift another off the page, so pages follow by key.
- Dates are ``/Date(milliseconds)/``, decimals text; an error is
  ``{"error": {"code", "message": {"value"}}}``.
- A communication arrangement that lacks answers 403. A message that is not as its
  schema has it gets a SOAP fault with HTTP 500.
- Who writes by OData needs a CSRF token, which a read of the service gives with the
  session's cookies; one that has ended is refused with 403 and the header
  «x-csrf-token: Required». SOAP needs none.

What is not confirmed is in ``assumptions``.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import orjson
import requests

from dlt_pipelines.core.errors import BadAnswer, ConnectionFailed, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.vendors.http import ApiClient, Outcome, Verdict
from dlt_pipelines.vendors.s4hana import assumptions

OPTIONS = (
    "base_url",
    "confirmations_path",
    "journal_path",
    "password",
    "username",
)
VIEWS = {  # what a setting's field is of, and where that is read
    "I_JournalEntryItem": assumptions.JOURNAL_ITEMS,
}
PAGE_ROWS = 1000
TOKEN = "x-csrf-token"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
PROPERTY = "{http://schemas.microsoft.com/ado/2008/09/edm}Property"


class S4Client(ApiClient):
    """A session with one tenant.

    Options: base_url (https://<tenant>-api.s4hana.cloud.sap), username and password of
    the communication user; journal_path and confirmations_path where postings go by
    the asynchronous service.
    """

    def __init__(self, instance: Instance) -> None:
        """Read the options; nothing is sent yet."""
        super().__init__(instance)
        self.names = {of: tenant_settings.names_of(instance, of) for of in VIEWS}
        self.last_status: int | None = None
        self._needs_token = False
        self._tokens: dict[str, str] = {}  # by service
        user, password = instance.option("username"), instance.option("password")
        self.session.auth = (user, password)

    def judge(self, response: requests.Response) -> Verdict:
        """A SOAP fault of the sender's is a no; else the status, decides."""
        self.last_status = response.status_code
        needed = response.headers.get(TOKEN, "").lower() == "required"
        self._needs_token = self.last_status == 403 and needed
        if _fault(response)[0].endswith("Client"):
            return Verdict(Outcome.REFUSED, self.reason(response))
        return super().judge(response)

    def reason(self, response: requests.Response) -> str:
        """Code and words of an error's or a fault's body; gateways answer HTML."""
        if words := _fault(response)[1]:
            return f"HTTP {response.status_code} {words}"[:500]
        try:
            error = orjson.loads(response.content)["error"]
            told = error["message"]
            words = told["value"] if isinstance(told, dict) else told
            return f"HTTP {response.status_code} {error['code']} {words}"[:500]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return super().reason(response)

    def refusal(self, method: str, url: str, reason: str) -> ConnectionFailed:
        """A definite no; of a 403 say which arrangement may be missing."""
        error = super().refusal(method, url, reason)
        if self.last_status == 403:
            error.do = (
                f"give the communication user of [sources.{self.instance.name}] the "
                "communication arrangement of that service (SAP_COM_0002 for "
                "journal entries)."
            )
            error.args = (error.what,)
        return error

    def pages(
        self,
        path: str,
        fields: tuple[str, ...],
        keys: tuple[str, ...],
        condition: str = "",
    ) -> Iterator[list[dict[str, Any]]]:
        """Every row of an entity set, a page at a time, dates as ISO 8601.

        ``condition`` is a ``$filter``; ``keys``, of the fields, tell rows apart and
        order them. Raises BadAnswer where a page is empty before the end, or leads
        nowhere new.
        """
        asked = {
            "$format": "json",
            "$inlinecount": "allpages",
            "$select": ",".join(fields),
            "$orderby": ",".join(keys),
            "$top": str(PAGE_ROWS),
        }
        last: list[str] = []
        while True:
            behind = f"({_behind(keys, last)})" if last else ""
            filters = " and ".join(filter(None, (condition, behind)))
            query = asked | ({"$filter": filters} if filters else {})
            rows, left = self._page(path, query)
            if not rows:
                self.require_all(path, 0, left)
                return
            yield [_read(row) for row in rows]
            if len(rows) >= left:
                return
            reached = [_literal(rows[-1][key]) for key in keys]
            self.require_progress(path, reached != last)
            last = reached

    def _page(
        self, path: str, query: dict[str, str]
    ) -> tuple[list[dict[str, Any]], int]:
        """A page as it came, and how many rows there are from its first on."""
        told = urlencode(query, quote_via=quote)  # a blank is %20, a plus itself
        answer = self.json(self.send("GET", f"{path}?{told}"))
        try:
            body = answer["d"]
            return body["results"], int(body["__count"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadAnswer(
                f"{self.instance.name} answered {path} with no list that is counted",
                "check that base_url is the tenant's API host.",
            ) from error

    def change(self, path: str, fields: Mapping[str, str]) -> None:
        """Set fields of an entity, whatever they were. Raises as ``send`` does."""
        service = f"{path.rpartition('/')[0]}/"
        if service not in self._tokens:
            self._fetch_token(service)
        try:
            self._patch(path, service, fields)
        except Refused:
            if not self._needs_token:
                raise
            self._fetch_token(service)  # it has ended: nothing was looked at
            self._patch(path, service, fields)

    def _patch(self, path: str, service: str, fields: Mapping[str, str]) -> None:
        headers = {
            TOKEN: self._tokens[service],
            "If-Match": "*",
            "Content-Type": "application/json",
        }
        self.send("PATCH", path, headers=headers, data=orjson.dumps(dict(fields)))

    def _fetch_token(self, service: str) -> None:
        answer = self.send("GET", service, headers={TOKEN: "Fetch"})
        self._tokens[service] = answer.headers.get(TOKEN, "")

    def properties(self, path: str) -> set[str]:
        """The names of all properties of the service that an entity set is of."""
        address = f"{path.rpartition('/')[0]}/$metadata"
        answer = self.send("GET", address)
        try:
            root = ElementTree.fromstring(answer.content)
        except ElementTree.ParseError as error:
            raise BadAnswer(
                f"{self.instance.name} answered {address} with no metadata",
                "check that base_url is the tenant's API host.",
            ) from error
        return {named.get("Name", "") for named in root.iter(PROPERTY)}

    def missing_fields(
        self, wanted: Mapping[str, AbstractSet[str]]
    ) -> set[tuple[str, str]]:
        """Which of the fields, by view, the tenant's view does not have."""
        lacking = set()
        for view, names in wanted.items():
            there = self.properties(VIEWS[view])
            lacking |= {(view, name) for name in names - there}
        return lacking

    def ping(self) -> str:
        """Count the company codes, and ask each view that the tenant has to make.

        Raises Refused naming all that are not there.
        """
        fields = ("CompanyCode",)
        pages = self.pages(assumptions.COMPANY_CODES, fields, fields)
        count = sum(len(page) for page in pages)
        noes = [no for path in OWN_VIEWS if (no := self._refused(path))]
        if noes:
            views = ", ".join(path.rpartition("/")[2] for path, _ in noes)
            raise Refused(
                noes[0][1].what,
                f"make the custom views {views} as docs/s4hana.md tells, and give "
                "their communication arrangements to the user.",
            )
        return f"{count} company codes"

    def _refused(self, path: str) -> tuple[str, Refused] | None:
        """A view that is not shown, and in which words."""
        try:
            self.properties(path)
        except Refused as error:
            return path, error
        return None


OWN_VIEWS = (
    assumptions.JOURNAL_ENTRIES,
    assumptions.JOURNAL_ITEMS,
    assumptions.EXCHANGE_RATES,
    assumptions.FISCAL_PERIODS,
    assumptions.POSTING_PERIODS,
    assumptions.GL_ACCOUNTS,
    assumptions.COMPANY_ACCOUNTS,
    assumptions.PROFIT_CENTERS,
)


def _fault(response: requests.Response) -> tuple[str, str]:
    """Code and words of a SOAP fault; nothing where it is none."""
    if response.status_code != 500 or b"Fault" not in response.content:
        return "", ""
    try:
        root = ElementTree.fromstring(response.content)
    except ElementTree.ParseError:
        return "", ""
    told = {element.tag: element.text or "" for element in root.iter()}
    return told.get("faultcode", ""), told.get("faultstring", "")


def _behind(keys: tuple[str, ...], last: list[str]) -> str:
    """The condition «behind this key»."""
    (key, *keys_left), (value, *values_left) = keys, last
    if not keys_left:
        return f"{key} gt {value}"
    within = _behind(tuple(keys_left), values_left)
    return f"{key} gt {value} or {key} eq {value} and ({within})"


def _literal(value: Any) -> str:
    """A key's value as a condition states it."""
    told = _value(value)
    return quoted(str(told)) if told == value else f"datetime'{told[:19]}'"


def _read(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    stated = DATE.fullmatch(value) if isinstance(value, str) else None
    if stated is None:
        return value
    return (EPOCH + timedelta(milliseconds=int(stated[1]))).isoformat()


def quoted(text: str) -> str:
    """A text as a condition states it."""
    return "'" + text.replace("'", "''") + "'"


def connect(instance: Instance) -> S4Client:
    """A session with a configured tenant; nothing is sent yet."""
    return S4Client(instance)
