"""A session with a NetSuite account: OAuth 2.0 for machines, SuiteQL, the record API.

Documented by the vendor:

- A token is bought with a signed JWT (client credentials): RSA keys sign PS256,
  elliptic ones ES256/384/512; RS256 is not accepted. ``aud`` is the token address,
  ``exp`` at most 60 minutes after ``iat``, ``kid`` the certificate's id in the
  account's M2M mapping.
- SuiteQL wants ``Prefer: transient``, at most 1,000 rows a page, an offset that is a
  multiple of the limit, and returns at most 100,000 rows a query, so listings here
  page by key and never by offset alone. Every value is a string.
- At most so many requests at once for the whole account (5 on the smallest tier);
  more get 429 CONCURRENCY_LIMIT_EXCEEDED and no Retry-After.

What no documentation confirmed is kept in ``UNVERIFIED`` below and nowhere else.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jwt
import orjson
import requests
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from dlt_pipelines.core.errors import (
    BadAnswer,
    ConfigurationError,
    ConnectionFailed,
    Refused,
)
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.vendors.http import (
    TRANSIENT,
    BearerClient,
    Outcome,
    Verdict,
    retry_after,
)

OPTIONS = (
    "base_url",
    "certificate_id",
    "client_id",
    "invoice_item",
    "private_key",
    "private_key_file",
    "time_zone",
)
TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"
SUITEQL_PATH = "/services/rest/query/v1/suiteql"
RECORD_PATH = "/services/rest/record/v1"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPE = "rest_webservices"
PAGE_SIZE = 1000
SUBSIDIARY = "subsidiary"  # a column and a table that only OneWorld has
ONLY_ENTITY = "1"  # our id of the one entity of an account without it
CURRENCY = "currency"  # a column and a table of accounts with Multiple Currencies
EXCHANGE_RATE = "exchangerate"  # a column of these
ONLY_CURRENCY = "1"  # our id of the one currency of an account without
STATED = {SUBSIDIARY: ONLY_ENTITY, CURRENCY: ONLY_CURRENCY}  # where there is no column
UNKNOWN_COLUMN = 400  # the answer to a query of what is not there or not shown
ASSERTION_LIFE = timedelta(minutes=30)
CURVE_ALGORITHMS = {256: "ES256", 384: "ES384", 521: "ES512"}

UNVERIFIED: dict[str, Any] = {
    # Where deletions are listed; when it refuses, deletions are found by reading ids.
    "deleted_query": "select recordid, to_char(deleteddate, 'YYYY-MM-DD HH24:MI:SS') "
    "as deleteddate from deletedrecord where deleteddate >= "
    "to_timestamp(?, 'YYYY-MM-DD HH24:MI:SS') order by recordid",
    # SuiteQL tells moments in the account's (or the user's) time zone: an option, with
    # this default; the overlap in source.py covers a wrong one.
    "time_zone": "UTC",
    # The type of the links of a document to what pays or credits it.
    "payment_link": "Payment",
    # Lines have foreignamount where there is one currency, too: the same as amount.
    # The internal id of the primary accounting book.
    "primary_book": 1,
    # How many characters of an external id are kept.
    "external_id_limit": 100,
    # The response header that names a request for the vendor's support.
    "request_id_header": "X-N-OperationId",
}

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
MOMENT = "%Y-%m-%d %H:%M:%S"


class NetSuiteClient(BearerClient):
    """A session with one account."""

    def __init__(self, instance: Instance) -> None:
        """Read the options; nothing is sent yet."""
        super().__init__(instance)
        self.zone = ZoneInfo(
            str(instance.options.get("time_zone") or UNVERIFIED["time_zone"])
        )
        self.renamed = tenant_settings.renamed(instance)
        self.only_entity = tenant_settings.in_force(instance)["values.only_entity"]
        if self.only_entity:
            self.renamed = {**self.renamed, SUBSIDIARY: ""}
        self.only_currency = tenant_settings.in_force(instance)["values.only_currency"]
        if self.only_currency:
            self.renamed = {**self.renamed, CURRENCY: "", EXCHANGE_RATE: ""}
        self._declared = {own.lower(): name for name, own in self.renamed.items()}
        self.last_status: int | None = None
        self.last_request_id: str | None = None

    def buy_token(self) -> tuple[str, float]:
        """A new token, and for how many seconds it is good."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(),
        }
        return self.issued(self.send("POST", TOKEN_PATH, authorised=False, data=form))

    def assertion(self) -> str:
        """The signed JWT that buys a token."""
        key = private_key(self.instance)
        now = datetime.now(UTC)
        claims = {
            "iss": self.instance.option("client_id"),
            "scope": SCOPE,
            "aud": self.base_url + TOKEN_PATH,
            "iat": now,
            "exp": now + ASSERTION_LIFE,
        }
        headers = {"kid": self.instance.option("certificate_id"), "typ": "JWT"}
        return jwt.encode(claims, key, algorithm=_algorithm(key), headers=headers)

    def judge(self, response: requests.Response) -> Verdict:
        """A 401 may be an ended token; over-limit and server errors may pass."""
        self.last_status = response.status_code
        self.last_request_id = response.headers.get(UNVERIFIED["request_id_header"])
        if response.ok:
            return Verdict(Outcome.GOOD)
        reason = self.reason(response)
        if response.status_code == 401:
            return Verdict(Outcome.REAUTHORISE, reason)
        if (
            response.status_code in TRANSIENT
            or "CONCURRENCY_LIMIT_EXCEEDED" in response.text
        ):
            return Verdict(Outcome.RETRY, reason, retry_after(response))
        return Verdict(Outcome.REFUSED, reason)

    def reason(self, response: requests.Response) -> str:
        """Code and detail of the vendor's error body; gateways answer HTML."""
        try:
            body = orjson.loads(response.content)
            details = body["o:errorDetails"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return super().reason(response)
        told = "; ".join(
            " ".join(
                str(detail[key])
                for key in ("o:errorCode", "detail", "o:errorPath")
                if detail.get(key)
            )
            for detail in details
        )
        return f"HTTP {response.status_code} {told}"[:500]

    def refusal(self, method: str, url: str, reason: str) -> ConnectionFailed:
        """Say what to do when the login itself was refused."""
        error = super().refusal(method, url, reason)
        if TOKEN_PATH in url or self.last_status == 401:
            error.do = (
                f"check client_id, certificate_id and private_key of [sources."
                f"{self.instance.name}] and the M2M certificate mapping of the "
                "account (a sandbox refresh removes it); tieout doctor tests them."
            )
            error.args = (error.what,)
        return error

    def query(
        self, suiteql: str, params: tuple[str | int, ...] = (), offset: int = 0
    ) -> dict[str, Any]:
        """One page of a SuiteQL query: the answer with ``items`` and ``hasMore``."""
        page = self._asked(self._in_own_names(suiteql), params, offset)
        if self._declared:
            page["items"] = [
                {self._declared.get(name, name): value for name, value in row.items()}
                for row in page["items"]
            ]
        return page

    def _asked(
        self, suiteql: str, params: tuple[str | int, ...] = (), offset: int = 0
    ) -> dict[str, Any]:
        response = self.send(
            "POST",
            f"{SUITEQL_PATH}?limit={PAGE_SIZE}&offset={offset}",
            headers={"Prefer": "transient", "Content-Type": "application/json"},
            data=orjson.dumps({"q": suiteql, "params": list(params)}),
        )
        return self.json(response)

    def _in_own_names(self, suiteql: str) -> str:
        """A query with the fields that the tenant calls otherwise as it calls them.

        One that it does not have is null, under the declared name; a subsidiary is the
        account's one entity, a currency its only one.
        """
        if not self.renamed:
            return suiteql
        names = "|".join(self.renamed)
        day = rf"to_char\((?:\w+\.)?({names})\b, '[^']*'\) as \1\b"
        column = rf"(?:\b\w+\.)?\b({names})\b"
        return re.sub(f"{day}|{column}", self._in_own_name, suiteql)

    def _in_own_name(self, column: re.Match[str]) -> str:
        declared = column[1] or column[2]
        own = self.renamed[declared]
        if own:
            return column[0].replace(declared, own)
        stated = STATED.get(declared)
        return f"'{stated}' as {declared}" if stated else f"null as {declared}"

    def missing_fields(
        self, wanted: Mapping[str, AbstractSet[str]]
    ) -> set[tuple[str, str]]:
        """Which of the fields, by record type, the account lacks or does not show."""
        return {
            (record, name)
            for record, names in wanted.items()
            if not self.has(record, names)
            for name in names
            if not self.has(record, {name})
        }

    def has(self, record: str, names: AbstractSet[str]) -> bool:
        """Whether the account has and shows all of these fields of a record type."""
        try:
            self._asked(f"select {', '.join(sorted(names))} from {record} where 1 = 0")
        except Refused:
            if self.last_status != UNKNOWN_COLUMN:
                raise
            return False
        return True

    def pages(
        self, suiteql: str, keys: tuple[str, ...], params: tuple[str | int, ...] = ()
    ) -> Iterator[list[dict[str, Any]]]:
        """Every row of a listing, a page at a time, each page after the last key.

        ``suiteql`` has ``{after}`` where the condition on the keys goes and is ordered
        by them; ``keys`` are column expressions, named in the rows by the part behind
        the dot. Paging by key is not bound to 100,000 rows, and rows that vanish
        between two pages shift nothing.
        """
        names = [key.rpartition(".")[2] for key in keys]
        after: str = "1 = 1"
        values: tuple[int, ...] = ()
        reached: list[int] = []
        while True:
            page = self.query(suiteql.replace("{after}", after), (*params, *values))
            if page["items"]:
                yield page["items"]
            if not page["hasMore"]:
                self.require_all(SUITEQL_PATH, len(page["items"]), page["totalResults"])
                return
            if not page["items"]:
                raise BadAnswer(
                    f"{self.instance.name} gave a page without rows and said that "
                    "there are more",
                    "run the same command again; rows so far are kept.",
                )
            last = [int(page["items"][-1][name]) for name in names]
            self.require_progress(SUITEQL_PATH, last != reached)
            reached = last
            after, values = _after(keys, last)

    def utc(self, told: str) -> str:
        """A moment as SuiteQL tells it (account time) as ISO 8601 in UTC."""
        local = datetime.strptime(told, MOMENT).replace(tzinfo=self.zone)
        return local.astimezone(UTC).isoformat()

    def local(self, moment: datetime) -> str:
        """A moment as SuiteQL's conditions want it: account time, whole seconds."""
        return moment.astimezone(self.zone).strftime(MOMENT)

    def ping(self) -> str:
        """Count the subsidiaries, currencies or accounts: one cheap query."""
        kind, name = "subsidiaries", "subsidiary"
        if self.only_entity:
            kind, name = "currencies", "currency"
            if self.only_currency:
                kind, name = "accounts", "account"
        page = self._asked(f"select id from {name} order by id")
        return f"{page['totalResults']} {kind}"


def _after(keys: tuple[str, ...], last: list[int]) -> tuple[str, tuple[int, ...]]:
    """The condition «behind this key», for one key or two, and its values."""
    if len(keys) == 1:
        return f"{keys[0]} > ?", (last[0],)
    first, second = keys
    condition = f"({first} > ? or ({first} = ? and {second} > ?))"
    return condition, (last[0], last[0], last[1])


def private_key(instance: Instance) -> PrivateKey:
    """The key that signs assertions: option private_key (PEM) or private_key_file.

    Raises ConfigurationError on a missing file or what is not a PEM private key.
    """
    pem = instance.options.get("private_key")
    if not pem:
        path = Path(instance.option("private_key_file"))
        if not path.exists():
            raise ConfigurationError(
                f"{instance.name}: there is no private_key_file {path}",
                f"set private_key or private_key_file of [sources.{instance.name}].",
            )
        pem = path.read_text()
    try:
        return _key_of(str(pem))
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"{instance.name}: private_key is not an unencrypted RSA or EC key in PEM",
            "make a 3072-bit RSA key and upload its certificate to the account "
            "(Setup, Integration, OAuth 2.0 client credentials).",
        ) from error


@cache
def _key_of(pem: str) -> PrivateKey:
    """A key, checked once: that its primes are primes takes a third of a second."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, PrivateKey):
        raise TypeError("NetSuite takes RSA and EC keys only")
    _algorithm(key)
    return key


def _algorithm(key: PrivateKey) -> str:
    if isinstance(key, rsa.RSAPrivateKey):
        return "PS256"
    return CURVE_ALGORITHMS[key.curve.key_size]


def connect(instance: Instance) -> NetSuiteClient:
    """A session with a configured account; nothing is sent yet."""
    return NetSuiteClient(instance)
