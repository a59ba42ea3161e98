"""The sandbox's journal import: a file by erpintegrations, loaded, imported, posted.

A file goes to the interface; the import takes the rows of its source, ledger and group,
or of any group where it is asked for ALL. A batch of which a row is wrong stays in the
interface, each row with its status; the others become journals. The same file twice
makes two of each, as Oracle knows no duplicates. The parent job succeeds either way:
what became of the rows is told by the child, and by a report of the interface. Journals
are posted by a job of their own, and rows that were left are removed by another.

A job has done its work as soon as it is there, and says so on being asked again: its
first answer is that it runs.
"""

import base64
import binascii
import csv
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from dlt_pipelines.sandbox.accounting.finance import period_of
from dlt_pipelines.sandbox.firm.denominations import least_of
from dlt_pipelines.sandbox.firm.model import Firm
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.oracle_fusion import assumptions
from dlt_pipelines.vendors.oracle_fusion.sandbox.books import (
    DELIMITER,
    NO_COST_CENTRE,
    NO_PROJECT,
    NO_VALUE,
    Ids,
    big,
    moment,
)
from dlt_pipelines.vendors.oracle_fusion.sandbox.collections import Failure, Row

BATCH, LEFT, REQUEST = "batch", "interface", "request"
FILE = "GlInterface.csv"
# Where a row has what, counted from 1, as GL_INTERFACE is imported.
PLACES = {
    "STATUS": 1, "LEDGER_ID": 2, "ACCOUNTING_DATE": 3, "SOURCE": 4, "CATEGORY": 5,
    "CURRENCY_CODE": 6, "DATE_CREATED": 7, "ACTUAL_FLAG": 8, "ENTERED_DR": 39,
    "ENTERED_CR": 40, "REFERENCE1": 43, "REFERENCE4": 46, "REFERENCE5": 47,
    "REFERENCE6": 48, "REFERENCE10": 52, "STAT_AMOUNT": 63, "GROUP_ID": 67,
}  # fmt: skip
SEGMENTS = range(9, 15)
LEAST_COLUMNS = 149
TERMS = {
    "EP01": "This date is not in any open or future enterable period.",
    "EU02": "This journal entry is unbalanced and suspense posting is not allowed.",
    "EF03": "This Accounting Flexfield has been disabled.",
    "EF04": "This is an invalid Accounting Flexfield.",
    "EC08": "Invalid currency code.",
    "EC12": "The entered amount must equal the accounted amount.",
}


class Imports:
    """The interface, the journals that were imported, and the jobs."""

    def __init__(self, host: Host) -> None:
        """Read what earlier servers kept."""
        self.host = host
        self.store = host.records("oracle_fusion")
        self.lock = threading.RLock()
        self.version = 0
        self.batches = self.store.all(BATCH)
        self.left = self.store.all(LEFT)
        self.requests = {row["id"]: row for row in self.store.all(REQUEST)}
        self.asked: dict[int, int] = {}  # how often, by request

    def _keep(self, kind: str, rows: list[Row], body: Row) -> Row:
        now = self.host.now()
        number = self.store.add(kind, body, None, now)
        kept = {**body, "id": number, "created_at": now, "updated_at": now}
        rows.append(kept)
        self.version += 1
        return kept

    def _change(self, kind: str, row: Row, **values: Any) -> None:
        now = self.host.now()
        row |= values
        own = {k: v for k, v in row.items() if k not in OUTER}
        self.store.change(kind, row["id"], own, now)
        row["updated_at"] = now
        self.version += 1

    # -- what is asked ----------------------------------------------------------------

    def submit(self, body: Row) -> Row:
        """An operation of erpintegrations. Raises Failure."""
        operation = body.get("OperationName")
        with self.lock:
            if operation == "importBulkData":
                return self._imported(body)
            if operation == "submitESSJobRequest":
                return self._ran(body)
        raise Failure(400, f"Invalid operation {operation} for the specified resource.")

    def finders(self) -> dict[str, Any]:
        """What can be asked of a job."""
        return {
            "ESSJobStatusRF": self._status,
            "ESSExecutionDetailsRF": self._details,
        }

    def _status(self, told: dict[str, str]) -> list[Row]:
        request = self._request(told)
        return [{"ReqstId": request["id"], "RequestStatus": self._seen(request)}]

    def _details(self, told: dict[str, str]) -> list[Row]:
        request = self._request(told)
        jobs = {
            "JOBNAME": request["job"],
            "REQUESTID": str(request["id"]),
            "STATUS": self._seen(request),
            "CHILD": [
                {
                    "JOBNAME": "Import Journals: Child",
                    "REQUESTID": str(request["id"] + 1),
                    "STATUS": request["child"],
                }
            ],
        }
        return [{"ReqstId": request["id"], "RequestStatus": json.dumps({"JOBS": jobs})}]

    def _request(self, told: dict[str, str]) -> Row:
        request = self.requests.get(int(told.get("requestId", 0)))
        if request is None:
            raise Failure(404, "There is no such request.")
        return request

    def _seen(self, request: Row) -> str:
        times = self.asked.get(request["id"], 0)
        self.asked[request["id"]] = times + 1
        return request["status"] if times else "RUNNING"

    def interface(self, references: list[str]) -> Iterator[Row]:
        """What is left in the interface under some references, as the report tells."""
        with self.lock:
            for kept in self.left:
                if kept["purged"]:
                    continue
                for row in kept["rows"]:
                    if row["REFERENCE6"] in references:
                        yield {
                            "GROUP_ID": row["GROUP_ID"],
                            "LEDGER_ID": row["LEDGER_ID"],
                            "REFERENCE6": row["REFERENCE6"],
                            "ACCOUNT_COMBINATION": DELIMITER.join(row["SEGMENTS"]),
                            "STATUS": row["STATUS"],
                            "STATUS_DESCRIPTION": TERMS.get(row["STATUS"]),
                        }

    # -- jobs -------------------------------------------------------------------------

    def _requested(self, job: str, status: str, child: str) -> Row:
        rows: list[Row] = []
        kept = self._keep(REQUEST, rows, {"job": job, "status": status, "child": child})
        self.requests[kept["id"]] = kept
        return {"ReqstId": str(kept["id"]), "OperationName": job}

    def _imported(self, body: Row) -> Row:
        rows = _rows_of(body)
        told = str(body.get("ParameterList", "")).split(",")
        if len(told) != 7:
            raise Failure(400, "The value of ParameterList is not valid.")
        if rows is None:  # the load fails before any row is in the interface
            return self._requested("importBulkData", "ERROR", "ERROR")
        self._keep(LEFT, self.left, {"rows": rows, "purged": False})
        _, source, ledger, group, suspense, *_ = told
        failed = self._import(source, ledger, group, suspense == "Y")
        return self._requested(
            "importBulkData", "SUCCEEDED", "WARNING" if failed else "SUCCEEDED"
        )

    def _ran(self, body: Row) -> Row:
        job = body.get("JobDefName")
        told = str(body.get("ESSParameters", "")).split(",")
        if job == assumptions.POSTING_JOB:
            for batch in self.batches:
                if batch["Status"] == "U":
                    self._change(BATCH, batch, Status="P")
        elif job == assumptions.PURGE_JOB:
            source, group = told[:2]
            for kept in self.left:
                if not kept["purged"] and any(
                    (row["SOURCE"], row["GROUP_ID"]) == (source, group)
                    for row in kept["rows"]
                ):
                    self._change(LEFT, kept, purged=True)
        else:
            raise Failure(400, f"There is no job {job}.")
        return self._requested(str(job), "SUCCEEDED", "SUCCEEDED")

    def _import(self, source: str, ledger: str, group: str, suspense: bool) -> bool:
        """Make journals of the interface's rows; whether any were left."""
        failed = False
        for kept in self.left:
            if kept["purged"]:
                continue
            chosen = [
                row
                for row in kept["rows"]
                if row["SOURCE"] == source
                and row["LEDGER_ID"] == ledger
                and group in ("ALL", row["GROUP_ID"])
            ]
            batches: dict[str, list[Row]] = {}
            for row in chosen:
                batches.setdefault(row["REFERENCE1"], []).append(row)
            done: list[str] = []
            for name, rows in batches.items():
                if self._is_wrong(rows, suspense):
                    failed = True
                    continue
                self._keep(BATCH, self.batches, _batch(self.host.firm, rows))
                done.append(name)
            left = [
                r
                for r in kept["rows"]
                if r not in chosen or r["REFERENCE1"] not in done
            ]
            self._change(LEFT, kept, rows=left, purged=not left)
        return failed

    def _is_wrong(self, rows: list[Row], suspense: bool) -> bool:
        """Whether a batch cannot be imported; its rows get their statuses."""
        firm = self.host.firm
        for row in rows:
            row["STATUS"] = _objection(firm, row) or "NEW"
        sums = sum(_amount(r["ENTERED_DR"]) - _amount(r["ENTERED_CR"]) for r in rows)
        if sums and not suspense:
            for row in rows:
                row["STATUS"] = "EU02" if row["STATUS"] == "NEW" else row["STATUS"]
        return any(row["STATUS"] != "NEW" for row in rows)

    def imported(self) -> list[Row]:
        """The batches as the collection of journals has them."""
        with self.lock:
            return [
                {k: v for k, v in batch.items() if k not in OUTER}
                | {
                    "JeBatchId": big(batch["id"]),
                    "LastUpdateDate": moment(batch["updated_at"]),
                    "PostedDate": (
                        moment(batch["updated_at"]) if batch["Status"] == "P" else None
                    ),
                    "journalHeaders": [
                        _header(header, batch) for header in batch["journalHeaders"]
                    ],
                }
                for batch in self.batches
            ]


OUTER = ("id", "external_id", "created_at", "updated_at")


def _header(header: Row, batch: Row) -> Row:
    told = {"LastUpdateDate": moment(batch["updated_at"])}
    lines = [
        line
        | told
        | {
            name: Decimal(line[name]) if line[name] is not None else None
            for name in (
                "AccountedDr", "AccountedCr", "EnteredDr", "EnteredCr", "StatAmount",
            )
        }
        for line in header["journalLines"]
    ]  # fmt: skip
    return header | told | {"journalLines": lines}


def _rows_of(body: Row) -> list[Row] | None:
    """The rows of an uploaded file; None where they cannot be loaded.

    Raises Failure where there is no file.
    """
    try:
        packed = base64.b64decode(str(body["DocumentContent"]), validate=True)
        with zipfile.ZipFile(io.BytesIO(packed)) as files:
            text = files.read(FILE).decode()
    except (KeyError, binascii.Error, zipfile.BadZipFile) as error:
        raise Failure(400, "The value of DocumentContent is not valid.") from error
    rows = []
    for told in csv.reader(io.StringIO(text)):
        if len(told) < LEAST_COLUMNS or not told[PLACES["DATE_CREATED"] - 1]:
            return None
        row: Row = {name: told[place - 1] for name, place in PLACES.items()}
        row["SEGMENTS"] = [told[place - 1] for place in SEGMENTS]
        rows.append(row)
    return rows


def _amount(told: str) -> Decimal:
    return Decimal(told) if told else Decimal(0)


def _day(told: str) -> date:
    return datetime.strptime(told, "%Y/%m/%d").date()  # noqa: DTZ007 - a day has no zone


def _objection(firm: Firm, row: Row) -> str | None:
    """The code of what is wrong with a row, if anything is."""
    company, cost_centre, account, project, *others = row["SEGMENTS"]
    ids = Ids(firm)
    period = period_of(firm, _day(row["ACCOUNTING_DATE"]))
    if period is None or period.is_closed:
        return "EP01"
    known = firm.accounts.get(account)
    if known is not None and known.is_inactive:
        return "EF03"
    projects = {p.code for p in firm.projects.values() if p.netsuite_id is not None}
    if (
        known is None
        or str(ids.ledgers.get(company)) != row["LEDGER_ID"]
        or cost_centre not in (NO_COST_CENTRE, *firm.practices)
        or project not in (NO_PROJECT, *projects)
        or any(other != NO_VALUE for other in others)
    ):
        return "EF04"
    currency = row["CURRENCY_CODE"]
    if currency not in {entity.currency for entity in firm.entities.values()}:
        return "EC08"
    try:
        amounts = [_amount(row[name]) for name in ("ENTERED_DR", "ENTERED_CR")]
    except InvalidOperation:
        return "EC12"
    return "EC12" if any(amount % least_of(currency) for amount in amounts) else None


def _batch(firm: Firm, rows: list[Row]) -> Row:
    """A batch of rows that are right, as it is kept."""
    first = rows[0]
    ids = Ids(firm)
    ledger = {str(number): code for code, number in ids.ledgers.items()}
    entity = ledger[first["LEDGER_ID"]]
    day = _day(first["ACCOUNTING_DATE"])
    period = period_of(firm, day)
    name = first["REFERENCE1"][: assumptions.BATCH_NAME_KEPT]
    return {
        "BatchName": f"{name} {first['SOURCE']} {first['GROUP_ID']}: A",
        "Status": "U",
        "UserJeSourceName": first["SOURCE"],
        "journalHeaders": [
            {
                "JournalName": f"{first['REFERENCE4'][:25]} {first['CATEGORY']}",
                "JournalDescription": first["REFERENCE5"],
                "LedgerName": ids.ledger_names[entity],
                "CurrencyCode": first["CURRENCY_CODE"],
                "PeriodName": period.name if period else None,
                "DefaultEffectiveDate": day.isoformat(),
                "UserJeCategoryName": first["CATEGORY"],
                "ExternalReference": first["REFERENCE6"],
                "journalLines": [
                    {
                        "JeLineNumber": number,
                        "AccountCombination": DELIMITER.join(row["SEGMENTS"]),
                        "AccountedDr": row["ENTERED_DR"] or None,
                        "AccountedCr": row["ENTERED_CR"] or None,
                        "EnteredDr": row["ENTERED_DR"] or None,
                        "EnteredCr": row["ENTERED_CR"] or None,
                        "StatAmount": row["STAT_AMOUNT"] or None,
                        "ReconciliationReference": None,
                        "Description": row["REFERENCE10"] or None,
                    }
                    for number, row in enumerate(rows, 1)
                ],
            }
        ],
    }
