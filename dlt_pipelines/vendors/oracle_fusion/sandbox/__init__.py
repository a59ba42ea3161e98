"""The sandbox's Oracle Fusion: tokens, REST collections, reports, imports, over HTTP.

Answers are as the vendor's: JSON without a charset, errors with their details from
version 4 of the framework on and as plain text before.
"""

import base64
import csv
import io
import json
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlt_pipelines.sandbox.firm.model import Firm
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.oracle_fusion import assumptions
from dlt_pipelines.vendors.oracle_fusion.client import REPORTS, RESOURCES
from dlt_pipelines.vendors.oracle_fusion.sandbox.books import (
    accounting_lines,
    collections,
    journals,
)
from dlt_pipelines.vendors.oracle_fusion.sandbox.collections import (
    Collection,
    Failure,
    Row,
    answered,
    below,
)
from dlt_pipelines.vendors.oracle_fusion.sandbox.imports import Imports

ON_REQUEST = True
CLIENT_ID, CLIENT_SECRET = "sandbox-client", "sandbox-client-secret"
TOKEN_PATH = "/oauth2/v1/token"
TOKEN_SECONDS = 3600
AUTOPOST_SET = "300000000000900"
ITEM = "application/vnd.oracle.adf.resourceitem+json"
COLLECTION = "application/vnd.oracle.adf.resourcecollection+json"
ERROR = "application/vnd.oracle.adf.error+json"
DETAILED_FROM = 4  # the version from which on errors have details

Handler = Callable[[Request, bytes], Response]


def settings(base_url: str, certificates: Path) -> dict[str, Any]:
    """The options with which a client reaches the sandbox."""
    del certificates
    return {
        "base_url": base_url,
        "token_url": base_url + TOKEN_PATH,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "autopost_set": AUTOPOST_SET,
    }


def routes(host: Host) -> list[Route]:
    """Oracle Fusion's routes, below the vendor's mount."""
    api = _Api(host)
    return [
        Route(TOKEN_PATH, api.token, methods=["POST"]),
        Route(
            f"{REPORTS}/{{path:path}}/run", api.governed(api.report), methods=["POST"]
        ),
        Route(
            f"{RESOURCES}/erpintegrations",
            api.governed(api.integrations),
            methods=["GET", "POST"],
        ),
        Route(f"{RESOURCES}/{{path:path}}", api.governed(api.resource)),
    ]


class _Api:
    """The handlers, and the tokens given out."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.imports = Imports(host)
        self.tokens: dict[str, float] = {}
        self.lock = threading.Lock()
        self.seen: tuple[tuple[int, int], Collection] | None = None

    async def token(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        told = request.headers.get("Authorization", "").partition(" ")[2]
        known = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if told != known:
            return _json({"error": "invalid_client"}, 401)
        if form.get("grant_type") != ["client_credentials"]:
            return _json({"error": "unsupported_grant_type"}, 400)
        if form.get("scope") != [assumptions.SCOPE]:
            return _json({"error": "invalid_scope"}, 400)
        token = secrets.token_urlsafe(32)
        self.tokens[token] = time.monotonic() + TOKEN_SECONDS
        return _json({
            "access_token": token, "expires_in": TOKEN_SECONDS, "token_type": "Bearer",
        })  # fmt: skip

    def governed(self, handler: Handler) -> Callable[[Request], Any]:
        """A handler behind the token check."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            return await run_in_threadpool(self._governed, handler, request, body)

        return endpoint

    def _governed(self, handler: Handler, request: Request, body: bytes) -> Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        until = self.tokens.get(token)
        if scheme.lower() != "bearer" or until is None or time.monotonic() > until:
            return Response("", 401, {"WWW-Authenticate": "Bearer"})
        try:
            return handler(request, body)
        except Failure as failure:
            return _failed(failure, _version(request))

    def resource(self, request: Request, body: bytes) -> Response:
        """A collection, or children of a row of one."""
        del body
        name, *deeper = request.path_params["path"].split("/")
        collection = self._collections().get(name)
        if collection is None:
            raise Failure(404, "")
        asked = dict(request.query_params)
        path = [part for part in deeper if part != "child"]
        if name == "currencyRates":
            return self._rates(collection, request, asked)
        found = below(collection, path)
        address = str(request.url).partition("?")[0]
        page = answered(found, address, asked, _version(request))
        return _json(page, media_type=COLLECTION)

    def _collections(self) -> dict[str, Collection]:
        with self.lock:
            found = self.host.cached("oracle_fusion", collections)
            state = self.host.generation, self.imports.version
            if self.seen is None or self.seen[0] != state:
                imported = self.imports.imported()
                self.seen = state, journals(self.host.firm, imported)
            return found | {"journalBatches": self.seen[1]}

    def _rates(
        self, collection: Collection, request: Request, asked: dict[str, str]
    ) -> Response:
        """Rates are found by the finder alone."""

        def found(told: dict[str, str]) -> list[Row]:
            return [
                row
                for row in collection.rows
                if row["FromCurrency"] == told["fromCurrency"]
                and row["ToCurrency"] == told["toCurrency"]
                and row["UserConversionType"] == told["userConversionType"]
                and told["startDate"] <= row["ConversionDate"] <= told["endDate"]
            ]

        if "finder" not in asked:
            raise Failure(400, "A finder is required.", "27520")
        address = str(request.url).partition("?")[0]
        finders = {"CurrencyRatesFinder": found}
        asked["orderBy"] = asked.get("orderBy", "ConversionDate")
        page = answered(collection, address, asked, _version(request), finders)
        return _json(page, media_type=COLLECTION)

    def integrations(self, request: Request, body: bytes) -> Response:
        """Files to import, jobs, and what became of them."""
        if request.method == "POST":
            return _json(self.imports.submit(json.loads(body)), 201, ITEM)
        page = answered(
            Collection("ReqstId", []),
            str(request.url).partition("?")[0],
            dict(request.query_params),
            _version(request),
            self.imports.finders(),
        )
        return _json(page, media_type=COLLECTION)

    def report(self, request: Request, body: bytes) -> Response:
        """A report as CSV, in base64."""
        folder, _, name = request.path_params["path"].rpartition("/")
        told = json.loads(body)["parameterNameValues"]["listOfParamNameValues"]
        values = {one["name"]: one["values"][0] for one in told}
        if folder != assumptions.REPORT_FOLDER:
            raise Failure(404, "There is no such report.")
        if name == assumptions.LINES_REPORT:
            since, until = (
                datetime.fromisoformat(values[name])
                for name in (assumptions.SINCE, assumptions.UNTIL)
            )
            lines = self.host.cached("oracle_fusion lines", _lines)
            rows = [row for changed, row in lines if since <= changed < until]
        elif name == assumptions.INTERFACE_REPORT:
            references = values[assumptions.REFERENCES].split(",")
            rows = list(self.imports.interface(references))
        else:
            raise Failure(404, "There is no such report.")
        text = _csv(COLUMNS[name], rows)
        return _json({assumptions.REPORT_BYTES: base64.b64encode(text).decode()})


def _lines(firm: Firm) -> list[tuple[datetime, Row]]:
    return [
        (datetime.fromisoformat(row["LAST_UPDATE_DATE"]), row)
        for row in accounting_lines(firm)
    ]


COLUMNS = {
    assumptions.LINES_REPORT: (
        "APPLICATION_ID", "AE_HEADER_ID", "AE_LINE_NUM", "ENTITY_CODE",
        "SOURCE_ID_INT_1", "LEDGER_ID", "PERIOD_NAME", "ACCOUNT_COMBINATION",
        "ACCOUNTING_DATE", "CURRENCY_CODE", "ACCOUNTED_DR", "ACCOUNTED_CR",
        "ENTERED_DR", "ENTERED_CR", "DESCRIPTION", "EXPENDITURE_ITEM_ID",
        "SOURCE_REFERENCE", "SERVICE_DATE", "LAST_UPDATE_DATE",
    ),
    assumptions.INTERFACE_REPORT: (
        "GROUP_ID", "LEDGER_ID", "REFERENCE6", "ACCOUNT_COMBINATION", "STATUS",
        "STATUS_DESCRIPTION",
    ),
}  # fmt: skip


def _csv(columns: tuple[str, ...], rows: list[Row]) -> bytes:
    """Rows as BI Publisher writes them, with a mark of order in front."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*columns, "END"])
    for row in rows:
        told = [row[name] for name in columns]
        writer.writerow([*("" if value is None else value for value in told), "END"])
    return text.getvalue().encode("utf-8-sig")


def _version(request: Request) -> int:
    return int(request.headers.get("REST-Framework-Version", "1"))


def _failed(failure: Failure, version: int) -> Response:
    if version < DETAILED_FROM or not failure.detail:
        return Response(failure.detail, failure.status, media_type="text/plain")
    detail = {"detail": failure.detail}
    if failure.code:
        detail["o:errorCode"] = failure.code
    body = {
        "title": "Bad Request" if failure.status == 400 else "Not Found",
        "status": str(failure.status),
        "o:errorDetails": [detail],
    }
    return _json(body, failure.status, ERROR)


def _json(
    body: Any, status: int = 200, media_type: str = "application/json"
) -> Response:
    def exact(value: Any) -> orjson.Fragment:
        if isinstance(value, Decimal):
            return orjson.Fragment(f"{value:f}")
        raise TypeError(type(value).__name__)

    return Response(orjson.dumps(body, default=exact), status, None, media_type)
