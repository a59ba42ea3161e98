"""Workday's custom reports (RaaS): one GET gives one whole report.

As the integration system user, by Basic auth with its name as configured or by a
refresh token of an API client for integrations; no paging, no cursor. An error's body
is XML even when JSON was asked for.
"""

import math
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import requests

from dlt_pipelines.core.errors import BadAnswer, ConnectionFailed, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.vendors.http import (
    GOOD,
    TRANSIENT,
    BearerClient,
    Outcome,
    Verdict,
    retry_after,
)

OPTIONS = (
    "base_url",
    "client_id",
    "client_secret",
    "password",
    "refresh_token",
    "report_owner",
    "report_seconds",
    "tenant",
    "username",
    *(f"{table}_report" for table in declared_tables("workday")),
)
# Unverified: how a report's error body looks. Workday throttles with 429 and also with
# 500, so a 500 is tried again unless its body blames the request.
FAULT_TEXT = re.compile(r"<(?:\w+:)?(?:faultstring|Detail_Message|Message)>([^<]+)")
COLUMN = re.compile(r"<(?:\w+:)?element\b[^>]*\bname=[\"']([^\"']+)")  # in a schema
REQUEST_BLAMED = re.compile(r"SOAP-ENV:Client\.|Validation_Fault|Processing_Fault")


class WorkdayClient(BearerClient):
    """A session with one Workday tenant."""

    def __init__(self, instance: Instance) -> None:
        """Take the integration user's credentials; nothing is sent yet."""
        super().__init__(instance)
        # A report is computed while we wait; Workday itself gives up after 30 minutes.
        self.timeout = (5.0, float(instance.options.get("report_seconds", 900)))
        self.by_token = bool(instance.options.get("refresh_token"))
        if not self.by_token:
            names = (instance.option("username"), instance.option("password"))
            self.session.auth = names
        self.folder = (
            f"/ccx/service/customreport2/{instance.option('tenant')}"
            f"/{instance.option('report_owner')}"
        )

    def authorise(self) -> dict[str, str]:
        """The bearer token, where one is to be had; how long it is good is not told."""
        return super().authorise() if self.by_token else {}

    def buy_token(self) -> tuple[str, float]:
        """A new token, which is good until Workday says otherwise."""
        answer = self.send(
            "POST",
            f"/ccx/oauth2/{self.instance.option('tenant')}/token",
            authorised=False,
            auth=(
                self.instance.option("client_id"),
                self.instance.option("client_secret"),
            ),
            data={
                "grant_type": "refresh_token",
                "refresh_token": self.instance.option("refresh_token"),
            },
        )
        issued = self.json(answer)
        token = issued.get("access_token") if isinstance(issued, dict) else None
        if not isinstance(token, str):
            raise BadAnswer(
                f"{self.instance.name} answered the refresh token without a token of "
                "access",
                "check the API client for integrations that it is of.",
            )
        return token, math.inf

    def report(self, name: str) -> list[dict[str, Any]]:
        """The rows of a report, each without its empty fields.

        ``{}`` counts as a report with no rows; any other body that is not one list
        under ``Report_Entry`` raises BadAnswer.
        """
        response = self.send("GET", f"{self.folder}/{name}", params={"format": "json"})
        body = self.json(response)
        # Unverified: whether an empty report comes as no key or as an empty list.
        rows = body.get("Report_Entry", []) if isinstance(body, dict) else None
        if not isinstance(rows, list) or (body and "Report_Entry" not in body):
            raise BadAnswer(
                f"{self.instance.name} answered report {name} with JSON that is no "
                "report: there is no list under Report_Entry",
                "check that the report is enabled as a web service; nothing of it "
                "was landed.",
            )
        return rows

    def missing_fields(
        self, wanted: Mapping[str, AbstractSet[str]]
    ) -> set[tuple[str, str]]:
        """Which of the columns, by table, its report does not have.

        A row leaves empty columns out; the report's schema has all. Unverified: whether
        each tenant lets the user read it; where it does not, nothing is told.
        """
        lacking = set()
        for table, names in wanted.items():
            path = f"{self.folder}/{self.report_name(table)}"
            schema = self.send("GET", path, params={"xsds": ""}).text
            shown = set(COLUMN.findall(schema))
            lacking |= {(table, name) for name in names - shown}
        return lacking

    def report_name(self, table: str) -> str:
        """What the instance calls the report of a table."""
        own = self.instance.options.get(f"{table}_report")
        return str(own) if own else f"Tieout_{table.title()}"

    def ping(self) -> str:
        """Read the smallest report, the public holidays."""
        name = self.report_name("holidays")
        return f"report {name} has {len(self.report(name)):,} rows"

    def judge(self, response: requests.Response) -> Verdict:
        """Read the status; a 500 is a throttle unless its fault says otherwise."""
        if response.ok:
            return GOOD
        reason = self.reason(response)
        if response.status_code == 401 and self.by_token and self._token:
            return Verdict(Outcome.REAUTHORISE, reason)
        # Basic credentials cannot be renewed, and Workday counts repeated failures.
        blamed = response.status_code == 401 or REQUEST_BLAMED.search(response.text)
        if response.status_code in TRANSIENT and not blamed:
            return Verdict(Outcome.RETRY, reason, retry_after(response))
        return Verdict(Outcome.REFUSED, reason)

    def reason(self, response: requests.Response) -> str:
        """The fault's own sentence, when the body has one."""
        said = FAULT_TEXT.search(response.text)
        words = said[1].strip()[:300] if said else response.text[:300].strip()
        hint = ""
        if response.status_code == 503:
            hint = " (Workday also answers 503 when the tenant's name is wrong)"
        return f"HTTP {response.status_code} {words}{hint}"

    def refusal(self, method: str, url: str, reason: str) -> ConnectionFailed:
        """The error for a definite no: the user's, or the report's."""
        section = f"[sources.{self.instance.name}]"
        if self.by_token and ("/ccx/oauth2/" in url or reason.startswith("HTTP 401")):
            do = (
                f"check client_id, client_secret, refresh_token and tenant of "
                f"{section} in .dlt/secrets.toml: of an API client for integrations "
                "whose refresh token is the integration system user's and does not "
                "expire."
            )
        elif reason.startswith("HTTP 401"):
            do = (
                f"check username and password of {section} in .dlt/secrets.toml: the "
                "integration system user's, in the form Workday wants it."
            )
        else:
            do = (
                f"check tenant, report_owner and the report names of {section}, that "
                "the report is shared with the integration system user, and that its "
                "security changes are activated."
            )
        return Refused(f"{self.instance.name} refused {url}: {reason}", do)


def connect(instance: Instance) -> WorkdayClient:
    """A client of one configured tenant; nothing is sent yet."""
    return WorkdayClient(instance)
