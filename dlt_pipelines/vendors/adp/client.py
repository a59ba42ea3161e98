"""Talking to ADP: mutual TLS, tokens, its pages and its many ways of saying no."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import requests
from cryptography import x509

from dlt_pipelines.core.errors import BadAnswer, Unreachable
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.adp.tls import MutualTls
from dlt_pipelines.vendors.http import GOOD, BearerClient, Verdict

OPTIONS = (
    "base_url",
    "ca_certificate",
    "client_certificate",
    "client_id",
    "client_key",
    "client_secret",
    "token_url",
)
TOKEN_URLS = {
    "https://api.adp.com": "https://accounts.adp.com/auth/oauth/v2/token",
}
PAGE = 100
RESTARTS = 10  # of one listing whose rows keep moving, before giving up
WORKERS = "/hr/v2/workers"
PAYROLL_OUTPUT = "/payroll/v2/payroll-output"
# Members of an error body that hold words for people, in all of its five shapes.
WORDS = frozenset(
    {"error", "error_description", "code", "message"}
    | {"messageCode", "messageText", "messageTxt"}
)
STILL_LOADING = "loading"
Row = dict[str, Any]
NOT_TO_BE_HAD = ("Mass Processing is currently Disabled", "PAYGEN00030")


class AdpClient(BearerClient):
    """A session with one ADP client organisation.

    Options: base_url (https://api.adp.com), client_id, client_secret,
    client_certificate and client_key (PEM files); token_url where ADP's token host is
    not known from base_url; ca_certificate where the system's trust does not do.
    """

    renew_before = 300.0
    loading_waits = (1.0, 4.0, 10.0)  # seconds between asking for pay still loading

    def __init__(self, instance: Instance) -> None:
        """Open a session; certificates are read, nothing is sent yet."""
        super().__init__(instance)
        self.session.mount("https://", MutualTls(instance))
        self.session.headers["Accept"] = "application/json"

    def buy_token(self) -> tuple[str, float]:
        """A new token, and for how many seconds it is good."""
        url = self.instance.options.get("token_url") or TOKEN_URLS.get(self.base_url)
        form = {
            "grant_type": "client_credentials",
            "client_id": self.instance.option("client_id"),
            "client_secret": self.instance.option("client_secret"),
        }
        url = url or self.instance.option("token_url")
        try:
            answer = self.send("POST", url, authorised=False, data=form)
        except Unreachable as error:
            error.do += (
                " A client certificate that is not ADP's own can look like this."
            )
            raise
        return self.issued(answer)

    def judge(self, response: requests.Response) -> Verdict:
        """Pay that is loading or not to be had is an answer that ``pay`` reads."""
        if _is_loading(response) or _is_not_to_be_had(response):
            return GOOD
        return super().judge(response)

    def reason(self, response: requests.Response) -> str:
        """ADP's words, whichever of its error shapes they came in."""
        try:
            said = "; ".join(dict.fromkeys(_words(response.json())))
        except ValueError:
            said = ""
        if not said:
            return super().reason(response)
        return f"HTTP {response.status_code} {said[:300]}"

    def listing(self, path: str, member: str, key: str, **query: str) -> list[Row]:
        """All rows of a listing: what is in the list ``member`` of its pages.

        There is no order to hold on to. A row that leaves while pages are read would
        shift another one off the next page, so pages overlap by one row, known by its
        ``key``; where it is not the same one, all is read again. A short page is not
        the end, whatever size was asked for.
        """
        for _ in range(RESTARTS):
            rows = self._overlapping(path, member, key, query)
            if rows is not None:
                return rows
        raise BadAnswer(
            f"{self.instance.name}: {path} kept changing and was begun again "
            f"{RESTARTS} times without an end",
            "run the same command again at a quieter hour.",
        )

    def _overlapping(
        self, path: str, member: str, key: str, query: dict[str, str]
    ) -> list[Row] | None:
        """The rows; None when some moved meanwhile."""
        rows = self._page(path, member, query, 0)
        page = rows[:]
        while page:
            last = rows[-1].get(key)
            page = self._page(path, member, query, len(rows) - 1)
            if not page or page[0].get(key) != last:
                return None
            page = page[1:]
            if not page:  # what comes after it is of the same listing if it still is
                page = self._page(path, member, query, len(rows))
                again = self._page(path, member, query, len(rows) - 1)
                if not again or again[0].get(key) != last:
                    return None
            if page and page[-1].get(key) == last:  # the same page again
                return None
            rows += page
        return rows

    def _page(
        self, path: str, member: str, query: dict[str, str], skip: int
    ) -> list[Row]:
        params = {"$top": PAGE, "$skip": skip, "preventCache": time.time_ns()}
        answer = self.send("GET", path, params=query | params)
        return [] if answer.status_code == 204 else self._list(answer, member)

    def workers(self) -> list[Row]:
        """All workers, those terminated too."""
        return self.listing(WORKERS, "workers", "associateOID")

    def payroll_runs(self, ending_from: date) -> list[Row]:
        """Runs of pay periods that end on a day or later, without the pay in them."""
        wanted = f"payPeriodEndDate ge {ending_from:%Y%m%d}"
        return self.listing(
            PAYROLL_OUTPUT, "payrollOutputs", "itemID", **{"$filter": wanted}
        )

    def pay(self, item_id: str) -> dict[str, Any] | None:
        """A run with what was paid to each associate, or None when ADP does not give
        it: still loading after every wait, or not to be had at all."""
        params = {"level": "acc-all", "$filter": f"itemID eq {item_id}"}
        for wait in (*self.loading_waits, None):
            query = params | {"preventCache": str(time.time_ns())}
            answer = self.send("GET", PAYROLL_OUTPUT, params=query)
            if not _is_loading(answer):
                break
            if wait is None:
                return None
            time.sleep(wait)
        if answer.status_code == 204 or _is_not_to_be_had(answer):
            return None
        runs = self._list(answer, "payrollOutputs")
        return next((run for run in runs if run.get("itemID") == item_id), None)

    def _list(self, answer: requests.Response, member: str) -> list[dict[str, Any]]:
        body = self.json(answer)
        rows = body.get(member) if isinstance(body, dict) else None
        if not isinstance(rows, list):
            raise BadAnswer(
                f"{self.instance.name} answered {answer.url} without a list «{member}»",
                "check that base_url is ADP's API gateway.",
            )
        return rows

    def ping(self) -> str:
        """Read one worker and the list of runs; say how long the certificate lasts."""
        self.send("GET", WORKERS, params={"$top": 1, "$skip": 0})
        self.payroll_runs(datetime.now(UTC).date())
        pem = Path(self.instance.option("client_certificate")).read_bytes()
        until = x509.load_pem_x509_certificate(pem).not_valid_after_utc
        return (
            "workers and payroll runs can be read; "
            f"the client certificate is valid until {until:%Y-%m-%d}"
        )


def connect(instance: Instance) -> AdpClient:
    """A client for a configured ADP organisation.

    Raises ConfigurationError when the certificates cannot be read.
    """
    return AdpClient(instance)


def _is_loading(response: requests.Response) -> bool:
    said = response.text.lower() if response.status_code == 404 else ""
    return STILL_LOADING in said


def _is_not_to_be_had(response: requests.Response) -> bool:
    said = response.text if response.status_code == 400 else ""
    return any(words in said for words in NOT_TO_BE_HAD)


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, dict):
        for name, member in value.items():
            if name in WORDS and isinstance(member, str):
                yield member
            else:
                yield from _words(member)
