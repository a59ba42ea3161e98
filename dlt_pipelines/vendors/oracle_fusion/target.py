"""What can be posted to Oracle Fusion, and how a repeat is recognised.

Journals go by file to Journal Import, the only way there is; a file is for one ledger
and group. The import knows no duplicates: the same file twice makes two of each. So a
journal's name, its batch's and its reference are its external id, and the group's
number is made of them; before anything is sent again, both the general ledger and the
interface are asked. Rows that were left in the interface are removed first, as a later
import would take them. No import is ever asked for ALL groups.

Whether a job succeeded says nothing of the rows: the ledger is asked for the journals,
and the interface for rows that were not taken, each with its reason. What is in neither
is uncertain.

A look-up that finds nothing is believed only where its condition was seen to be heeded:
it must find a batch that is there, and none where there is none.

A journal that the ledger has with other accounts or amounts than it was sent with (an
alternate or a suspense account took its place) counts as another one's.

With an option ``autopost_set`` what was imported is posted at once; else the tenant's
own schedule does it.
"""

import base64
import csv
import hashlib
import io
import json
import re
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from dlt_pipelines.core.errors import BadAnswer, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.reverse_sync.journal import (
    OURS,
    Journal,
    Kept,
    Line,
    PostedRecord,
    Refusal,
    hash_in,
)
from dlt_pipelines.vendors.oracle_fusion import assumptions
from dlt_pipelines.vendors.oracle_fusion.client import RESOURCES, Row, connect
from dlt_pipelines.vendors.oracle_fusion.source import journals_of

INTEGRATIONS = "erpintegrations"
WRITE_TIMEOUT = (5.0, 120.0)
CALLS_AT_ONCE = 2
TAKES_FOREIGN_CURRENCIES = False  # a rate would have to be there for the very day
FILE = "GlInterface.csv"
# Where the columns of a row are, counted from 1, of as many as the loader wants.
COLUMNS = 149
PLACES = {
    "status": 1, "ledger": 2, "date": 3, "source": 4, "category": 5, "currency": 6,
    "created": 7, "actual": 8, "segments": 9, "debit": 39, "credit": 40, "batch": 43,
    "batch description": 44, "name": 46, "description": 47, "reference": 48,
    "line description": 52, "line reference": 53, "hours": 63, "group": 67,
}  # fmt: skip
GOOD = ("SUCCEEDED", "WARNING", "FINISHED")
ENDED = frozenset({  # any other status, known or not, is of a job that may still act
    *GOOD, "ERROR", "CANCELLED", "CANCELED", "EXPIRED", "VALIDATION FAILED",
    "VALIDATION_FAILED", "ERROR MANUAL RECOVERY", "ERROR_MANUAL_RECOVERY",
})  # fmt: skip
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # between two questions for a job, seconds
JOB_LIMIT = 900.0  # seconds that a job is waited for
NOBODYS = "TIEOUT-nobodys"  # no batch is called so
TEXT = 240  # characters of a description that are kept
PLAIN = re.compile(r"[\r\n]+")


class OracleFusionTarget:
    """A session with a pod to post journals to."""

    batch_size = 100  # journals in a file: a job takes minutes, however many
    guards_repeats = False
    lookup_lag = assumptions.IMPORT_ENDS_WITHIN
    external_id_limit = assumptions.BATCH_NAME_KEPT

    def __init__(self, instance: Instance) -> None:
        """Open the sessions; nothing is sent yet."""
        self.name = instance.name
        self.reader = connect(instance)
        self.writer = connect(instance)
        self.writer.attempts = 1  # whether to send again is not HTTP's to decide
        self.writer.timeout = WRITE_TIMEOUT
        self.pause = time.sleep
        self.values = self.reader.values
        self.request_id: str | None = None
        self._is_heeded = False
        self._ledgers: dict[str, tuple[str, str]] = {}

    # -- looking up -------------------------------------------------------------------

    def find(self, documents: Sequence[Journal]) -> dict[str, PostedRecord]:
        """The journals with the references of these."""
        self._check_conditions()
        found: dict[str, PostedRecord] = {}
        for journal in documents:
            for row in self._journals(f"{journal.external_id}%"):
                if row["ExternalReference"] == journal.external_id:
                    record = _record(row)
                    if not _is_as_sent(self._lines(row), journal):
                        record = PostedRecord(
                            record.erp_id, record.external_id, "other lines than sent"
                        )
                    found[journal.external_id] = record
        return found

    def held(self) -> list[PostedRecord]:
        """Every journal whose reference begins as ours do (see ``Target.held``)."""
        self._check_conditions()
        return [_record(row) for row in self._ours()]

    def read(self, held: Sequence[PostedRecord]) -> list[Journal]:
        """Journals as the pod keeps them now (see ``Target.read``)."""
        there = {row["ExternalReference"]: row for row in self._ours()}
        gone = [r.external_id for r in held if r.external_id not in there]
        if gone:
            raise BadAnswer(
                f"{self.name} lists {', '.join(gone)} and shows no lines of it",
                "run the same command again: it may have been deleted meanwhile.",
            )
        return [self._journal(record, there[record.external_id]) for record in held]

    def _ours(self) -> list[Row]:
        rows = self._journals(f"{OURS}%")
        return [r for r in rows if (r["ExternalReference"] or "").startswith(OURS)]

    def _journals(self, pattern: str) -> Iterator[Row]:
        """Journals of batches whose names are like a pattern, with their lines."""
        for batch in self.reader.rows(
            "journalBatches",
            "JeBatchId",
            {
                "q": f"BatchName LIKE '{pattern}'",
                "expand": "journalHeaders.journalLines",
            },
            links=True,
        ):
            yield from journals_of(self.reader, batch)

    def _check_conditions(self) -> None:
        """Raises BadAnswer where a condition on names is not heeded, or finds nothing.

        It is seen once a session. A pod without any batch holds none of ours.
        """
        if self._is_heeded:
            return
        page = self.reader.get("journalBatches", {"limit": "1", "onlyData": "true"})
        names = [row["BatchName"] for row in page["items"]]
        for name, found in [*((name, True) for name in names), (NOBODYS, False)]:
            rows = self._named(name)
            if bool(rows) is not found:
                raise BadAnswer(
                    f"{self.name} does not heed conditions on journalBatches: asked "
                    f"for «{name}» it gave {len(rows)} batches",
                    "ask the vendor how names are asked for now; nothing was posted: "
                    "nobody could tell what was posted before.",
                )
        self._is_heeded = True

    def _named(self, name: str) -> list[Row]:
        quoted = name.replace("'", "''")
        asked = {
            "q": f"BatchName LIKE '{quoted}%'", "limit": "1", "onlyData": "true",
        }  # fmt: skip
        return list(self.reader.get("journalBatches", asked)["items"])

    def _left(self, external_ids: Sequence[str]) -> list[Row]:
        """Rows of these that the interface holds."""
        told = {assumptions.REFERENCES: ",".join(external_ids)}
        return self.reader.report(assumptions.INTERFACE_REPORT, **told)

    # -- posting ----------------------------------------------------------------------

    def withdraw(self, external_ids: Sequence[str]) -> None:
        """Remove rows that an import would take later."""
        self._purge(self._left(external_ids))

    def post(self, documents: Sequence[Journal]) -> list[Kept | Refusal]:
        """Send journals, a file for each ledger (see ``Target.post``)."""
        self.request_id = None
        results = self._standing(documents)
        sent: dict[str, list[Journal]] = defaultdict(list)
        for journal in documents:
            if journal.external_id in results:
                continue
            try:
                self._rows(journal, "", "")  # all that it names is there
                sent[self._ledger(journal.subsidiary_id)[0]].append(journal)
            except _NotInBooks as error:
                results[journal.external_id] = Refusal(str(error))
        for ledger, journals in sent.items():
            results |= self._imported(ledger, journals)
        return [results[journal.external_id] for journal in documents]

    def _standing(self, documents: Sequence[Journal]) -> dict[str, Kept | Refusal]:
        """What an earlier call's rows came to, after they were removed.

        Until they are, an import may still take them: only then the ledger's answer is
        the last one.
        """
        left = self._left([journal.external_id for journal in documents])
        if not left:
            return {}
        self._purge(left)
        found = self.find(documents)
        return {key: _outcome(record) for key, record in found.items()}

    def _imported(
        self, ledger: str, journals: Sequence[Journal]
    ) -> dict[str, Kept | Refusal]:
        """Send a file and see what became of its journals. Raises BadAnswer."""
        group = group_of(journals)
        told = (
            self.writer.option("data_access_set", assumptions.ANY_DATA_ACCESS_SET),
            self.values["source"],
            ledger,
            group,
            "N",  # errors to suspense
            "N",  # summary journals
            "N",  # descriptive flexfields
        )
        status = self._run(
            OperationName="importBulkData",
            DocumentContent=base64.b64encode(
                self._file(ledger, group, journals)
            ).decode(),
            ContentType="zip",
            FileName=f"tieout_{group}.zip",
            DocumentAccount=self.writer.option(
                "document_account", assumptions.DOCUMENT_ACCOUNT
            ),
            JobName=assumptions.IMPORT_JOB,
            ParameterList=",".join(told),
            CallbackURL="#NULL",
            NotificationCode="10",
        )
        found = self.find(journals)
        left = self._left([journal.external_id for journal in journals])
        reasons = _reasons(left)
        results: dict[str, Kept | Refusal] = {}
        for journal in journals:
            if record := found.get(journal.external_id):
                results[journal.external_id] = _outcome(record)
            elif reason := reasons.get(journal.external_id):
                results[journal.external_id] = Refusal(reason)
        self._purge(left)
        self._check_known(status, [j.external_id for j in journals], results)
        self._post_imported()
        return results

    def _check_known(
        self, status: str, external_ids: Sequence[str], results: dict[str, Any]
    ) -> None:
        """Raises BadAnswer where nobody knows what became of a journal; Refused where
        the file was not loaded at all."""
        lost = [key for key in external_ids if key not in results]
        if lost and status not in GOOD and not results:
            raise Refused(
                f"{self.name} did not load a file of {len(lost)} journals: job "
                f"{self.request_id} ended with {status}",
                "read the log of this scheduled process in Oracle; nothing of the file "
                "is in the ledger or its interface.",
            )
        if lost:
            raise BadAnswer(
                f"{self.name} ended job {self.request_id} and shows neither journals "
                f"nor rows of {', '.join(lost[:3])}",
                "run `tieout post` again later: it asks for them first.",
            )

    def _post_imported(self) -> None:
        """Post what was imported, where the tenant says by which criteria."""
        if criteria := self.writer.option("autopost_set", ""):
            self._run(
                OperationName="submitESSJobRequest",
                JobPackageName=assumptions.POSTING_PACKAGE,
                JobDefName=assumptions.POSTING_JOB,
                ESSParameters=criteria,
            )

    def _purge(self, left: Sequence[Row]) -> None:
        """Remove rows from the interface, by group; BadAnswer where they stay."""
        groups = sorted({row["GROUP_ID"] for row in left})
        for group in groups:
            self._run(
                OperationName="submitESSJobRequest",
                JobPackageName=assumptions.POSTING_PACKAGE,
                JobDefName=assumptions.PURGE_JOB,
                ESSParameters=f"{self.values['source']},{group}",
            )
        references = sorted({row["REFERENCE6"] for row in left})
        if references and self._left(references):
            raise BadAnswer(
                f"{self.name} keeps rows of {', '.join(references[:3])} in its journal "
                f"interface (group {', '.join(groups)}); an import would take them",
                "delete the journal import data of these groups in Oracle, then run "
                "`tieout post` again.",
            )

    def _run(self, **body: str) -> str:
        """Submit a job and wait for its end: its status. BadAnswer where none comes."""
        answer = self.writer.json(
            self.writer.send("POST", f"{RESOURCES}/{INTEGRATIONS}", json=body)
        )
        request = str(answer.get("ReqstId") or "") if isinstance(answer, dict) else ""
        if not request.isdigit() or request == "0":
            raise BadAnswer(
                f"{self.name} answered {body['OperationName']} without a request id",
                "run `tieout post` again: it first asks what became of it.",
            )
        self.request_id = request
        waited, pause = 0.0, FIRST_PAUSE
        while not ENDED.issuperset(statuses := self._statuses(request)):
            if waited >= JOB_LIMIT:
                raise BadAnswer(
                    f"{self.name} has not ended job {request} in {waited:,.0f} seconds "
                    f"(it is {', '.join(statuses)})",
                    "look at the scheduled process in Oracle, then run `tieout post` "
                    "again: it first asks what became of it.",
                )
            self.pause(pause)
            waited, pause = waited + pause, min(2 * pause, LONGEST_PAUSE)
        return statuses[0]

    def _statuses(self, request: str) -> list[str]:
        """The status of a job, and those of the jobs below it."""
        own = self._told("ESSJobStatusRF", request).upper()
        if own not in ENDED:
            return [own or "without a status"]
        try:
            jobs = json.loads(self._told("ESSExecutionDetailsRF", request) or "{}")
        except ValueError:  # no details are kept of it
            return [own]
        return [own, *(status for status in _found(jobs, "STATUS") if status)]

    def _told(self, finder: str, request: str) -> str:
        asked = {"finder": f"{finder};requestId={request}", "onlyData": "true"}
        page = self.reader.get(INTEGRATIONS, asked)
        return str(
            (page["items"][0].get("RequestStatus") if page["items"] else "") or ""
        )

    # -- the file ---------------------------------------------------------------------

    def _file(self, ledger: str, group: str, journals: Sequence[Journal]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        for journal in journals:
            writer.writerows(self._rows(journal, ledger, group))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
            files.writestr(FILE, text.getvalue())
        return packed.getvalue()

    def _rows(self, journal: Journal, ledger: str, group: str) -> Iterator[list[str]]:
        """The rows of a journal, as GL_INTERFACE is loaded. Raises _NotInBooks."""
        company = self._ledger(journal.subsidiary_id)[1]
        rows = []
        for number, line in enumerate(journal.lines, 1):
            told = {
                "status": "NEW",
                "ledger": ledger,
                "date": f"{journal.posting_date:%Y/%m/%d}",
                "source": self.values["source"],
                "category": self.values["category"],
                "currency": journal.currency_code,
                "created": f"{datetime.now(UTC):%Y/%m/%d}",
                "actual": "A",
                "debit": _amount(line.debit),
                "credit": _amount(line.credit),
                "batch": journal.external_id,
                "batch description": _text(journal.memo),
                "name": journal.external_id,
                "description": _text(journal.memo),
                "reference": journal.external_id,
                "line description": _text(line.memo),
                "line reference": f"{journal.external_id}-{number}",
                "hours": "" if line.hours is None else f"{line.hours:f}",
                "group": group,
            }
            row = [""] * COLUMNS + ["END"]
            for name, value in told.items():
                row[PLACES[name] - 1] = value
            for place, value in enumerate(self._segments(company, line)):
                row[PLACES["segments"] - 1 + place] = value
            rows.append(row)
        return iter(rows)

    def _segments(self, company: str, line: Line) -> list[str]:
        """The account combination of a line. Raises _NotInBooks."""
        places = {
            name: int(self.values[f"{name}_segment"])
            for name in ("company", "cost_centre", "account", "project")
        }
        if line.project_id and not places["project"]:
            raise _NotInBooks(
                "the chart of accounts has no segment for projects (project_segment)"
            )
        values = {
            "company": company,
            "cost_centre": line.department_id or self.values["no_cost_centre"],
            "account": line.account_number,
            "project": line.project_id or self.values["no_project"],
        }
        segments = [self.values["no_value"]] * int(self.values["segments"])
        for name, place in places.items():
            if place:
                segments[place - 1] = values[name]
        return segments

    def _ledger(self, legal_entity_id: str) -> tuple[str, str]:
        """The ledger of a legal entity and its company. Raises _NotInBooks."""
        if not self._ledgers:
            codes = {
                str(row["LegalEntityId"]): str(row["LegalEntityIdentifier"])
                for row in self.reader.rows("legalEntitiesLOV", "LegalEntityId")
            }
            named: dict[str, set[str]] = defaultdict(set)
            for row in self.reader.rows("finBusinessUnitsLOV", "BusinessUnitId"):
                if row["PrimaryLedgerId"]:
                    named[str(row["LegalEntityId"])].add(str(row["PrimaryLedgerId"]))
            self._ledgers = {
                entity: (min(ledgers), codes[entity])
                for entity, ledgers in named.items()
                if len(ledgers) == 1 and entity in codes
            }
        if legal_entity_id not in self._ledgers:
            raise _NotInBooks(
                f"legal entity {legal_entity_id} has no ledger of its own"
            )
        return self._ledgers[legal_entity_id]

    # -- journals as they are kept ----------------------------------------------------

    def _lines(self, row: Row) -> list[Line]:
        return [self._line(line) for line in row["Lines"]]

    def _line(self, line: Row) -> Line:
        told = str(line["AccountCombination"]).split(self.values["delimiter"])

        def segment(name: str) -> str | None:
            place = int(self.values[f"{name}_segment"])
            value = told[place - 1] if 0 < place <= len(told) else None
            return None if value == self.values.get(f"no_{name}") else value

        hours = line.get("StatAmount")
        return Line(
            account_number=segment("account") or "",
            debit=Decimal(line["EnteredDr"] or 0),
            credit=Decimal(line["EnteredCr"] or 0),
            project_id=segment("project"),
            department_id=segment("cost_centre"),
            hours=None if hours is None else Decimal(hours),
            memo=line.get("Description") or "",
        )

    def _journal(self, record: PostedRecord, row: Row) -> Journal:
        """A journal of the lines that the pod has, in the order they were sent in."""
        company = int(self.values["company_segment"])
        first = str(row["Lines"][0]["AccountCombination"])
        code = first.split(self.values["delimiter"])[company - 1]
        entities = {told[1]: entity for entity, told in self._of_entities().items()}
        lines = sorted(row["Lines"], key=lambda line: int(line["JeLineNumber"]))
        return Journal(
            external_id=record.external_id,
            content_hash=hash_in(record.memo),
            subsidiary_id=entities[code],
            currency_code=row["CurrencyCode"],
            posting_date=date.fromisoformat(row["DefaultEffectiveDate"]),
            memo=record.memo,
            lines=tuple(self._line(line) for line in lines),
        )

    def _of_entities(self) -> dict[str, tuple[str, str]]:
        if not self._ledgers:
            try:
                self._ledger("")
            except _NotInBooks:
                return self._ledgers
        return self._ledgers


def _found(told: Any, name: str) -> Iterator[str]:
    """All values of a name, however deep."""
    if isinstance(told, dict):
        for key, value in told.items():
            if key == name and isinstance(value, str):
                yield value.upper()
            else:
                yield from _found(value, name)
    elif isinstance(told, list):
        for value in told:
            yield from _found(value, name)


class _NotInBooks(Exception):
    """A journal names what the books do not have."""


def group_of(journals: Sequence[Journal]) -> str:
    """The number of the group that these journals are imported in."""
    told = "|".join(sorted(journal.external_id for journal in journals))
    digest = hashlib.sha256(told.encode()).digest()
    return str(int.from_bytes(digest[:6], "big") + 1)


def _outcome(record: PostedRecord) -> Kept | Refusal:
    if record.content_hash:
        return Kept(record.erp_id)
    return Refusal(
        "a journal of this reference was kept with other accounts or amounts than were "
        f"sent (batch {record.erp_id}): reverse it in Oracle"
    )


def _record(row: Row) -> PostedRecord:
    return PostedRecord(
        str(row["JeBatchId"]), row["ExternalReference"], row["JournalDescription"] or ""
    )


def _is_as_sent(lines: list[Line], journal: Journal) -> bool:
    """Whether the ledger has the accounts and amounts that were sent."""

    def told(some: Sequence[Line]) -> list[tuple[Any, ...]]:
        return sorted(
            (x.account_number, x.project_id or "", x.department_id or "",
             x.debit - x.credit)
            for x in some
        )  # fmt: skip

    return told(lines) == told(journal.lines)


def _reasons(left: Sequence[Row]) -> dict[str, str]:
    """Why rows were not taken, by external id: each reason once, with its accounts."""
    told: dict[str, dict[str, str]] = defaultdict(dict)
    for row in left:
        if row["STATUS"] != "NEW":
            text = f"{row['STATUS']} {row['STATUS_DESCRIPTION'] or ''}".strip()
            told[row["REFERENCE6"]].setdefault(text, row["ACCOUNT_COMBINATION"])
    return {
        external_id: "; ".join(f"{text} ({where})" for text, where in reasons.items())
        for external_id, reasons in told.items()
    }


def _amount(amount: Decimal) -> str:
    return f"{amount.normalize():f}" if amount else ""


def _text(told: str) -> str:
    """A text that the loader takes: one line of as many characters as are kept."""
    return PLAIN.sub(" ", told)[:TEXT]


def open_target(instance: Instance) -> OracleFusionTarget:
    """The target of a configured pod."""
    return OracleFusionTarget(instance)
