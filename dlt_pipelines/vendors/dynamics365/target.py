"""What can be posted to Dynamics 365 Finance, and why a repeat is harmless there.

A journal comes to be in three calls: a header, which gets a number, its lines, in one
changeset, and the posting. Nobody has confirmed that an integration key is kept from
repeating, so it guards nothing. Instead:

- The header has the external id as its integration key; only a posted one counts, and
  only this target's own calls post its journals, each by the number it was given.
- Every sending first looks, in one query, at what stands under its external ids. What
  is posted stays. What is not is a call's that never came to its end: it is deleted and
  made anew, and so is whatever else of these books was left unposted, as one session
  sends at a time. Deleting and posting change the same record, so of a posting still
  under way either it or the deletion happens; a creation still under way leaves a
  journal without anybody to post it, which a later sending deletes.
- What became of a posting says the header: it is read back, whatever was answered. One
  that Dynamics will not post is deleted at once: somebody could post it by hand.

Lines carry the id too, as their document, for the ledger tells of that alone. The memo
is longer than a text: it goes on from the first line's to the second's.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from email.parser import BytesParser
from typing import Any

import orjson
import requests

from dlt_pipelines.core.errors import (
    BadAnswer,
    ConfigurationError,
    Refused,
    Unreachable,
)
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
from dlt_pipelines.vendors.dynamics365.assumptions import (
    COMPANY_WORD,
    DOCUMENT,
    JOURNAL_WORD,
    POSTING_SERVICE,
    TEXT,
)
from dlt_pipelines.vendors.dynamics365.client import (
    MAIN_ACCOUNT,
    Rows,
    connect,
    enum,
    literal,
    words_of,
)

HEADERS, LINES = "LedgerJournalHeaders", "LedgerJournalLines"
HEADER = (
    "dataAreaId",
    "JournalBatchNumber",
    "Description",
    "IntegrationKey",
    "IsPosted",
)
LINE = (
    "dataAreaId", "JournalBatchNumber", "LineNumber", "TransDate",
    "AccountDisplayValue", "DebitAmount", "CreditAmount", "CurrencyCode", "Text",
    "Quantity",
)  # fmt: skip
# Dynamics may take minutes for a posting; giving up early leaves its outcome uncertain.
WRITE_TIMEOUT = (5.0, 180.0)
CALLS_AT_ONCE = 1  # what another session makes would look left behind
TAKES_FOREIGN_CURRENCIES = True  # beside the company's own
READ_AT_ONCE = 40  # journals in one filter: an address has its length
YES = "Yes"
BOUNDARY = "tieout-changeset"


class _NotKept(Exception):
    """Dynamics will not keep or post a journal, for the reason it gives."""


class Dynamics365Target:
    """A session with an environment to post journals to."""

    batch_size = 20
    guards_repeats = True
    # What is posted is seen as soon as it is; a killed poster's call may last so long.
    lookup_lag = 180.0
    external_id_limit = DOCUMENT

    def __init__(self, instance: Instance) -> None:
        """Open the sessions; nothing is sent yet."""
        self.name = instance.name
        self.reader = connect(instance)
        self.writer = connect(instance)
        self.writer.attempts = 1  # whether to send again is not HTTP's to decide
        self.writer.timeout = WRITE_TIMEOUT
        self._companies: dict[str, set[str]] | None = None  # by project
        self.service = str(instance.options.get("posting_service") or POSTING_SERVICE)

    @property
    def request_id(self) -> str | None:
        """The vendor's name for the last write."""
        return self.writer.last_request_id

    def find(self, documents: Sequence[Journal]) -> dict[str, PostedRecord]:
        """The posted journals among those of ``documents``."""
        return _posted(self._headers(*map(_is, _ids(documents))))

    def held(self) -> list[PostedRecord]:
        """Every posted journal whose key begins as ours do (see ``Target.held``)."""
        where = f"{_is(f'{OURS}*')} and IsPosted eq {enum('NoYes', YES)}"
        return [_record(header) for header in self.reader.rows(HEADERS, HEADER, where)]

    def read(self, held: Sequence[PostedRecord]) -> list[Journal]:
        """Journals as Dynamics keeps them now (see ``Target.read``)."""
        lines: dict[str, Rows] = {}
        for first in range(0, len(held), READ_AT_ONCE):
            some = held[first : first + READ_AT_ONCE]
            where = " or ".join(f"({_of(record.erp_id)})" for record in some)
            for row in self.reader.rows(LINES, LINE, where):
                lines.setdefault(_erp_id(row), []).append(row)
        if gone := [r.external_id for r in held if r.erp_id not in lines]:
            raise BadAnswer(
                f"{self.name} lists {', '.join(gone)} and shows no lines of it",
                "run the same command again: it may have been deleted meanwhile.",
            )
        return [self._journal(record, lines[record.erp_id]) for record in held]

    def withdraw(self, external_ids: Sequence[str]) -> None:
        """Delete what is unposted of ``external_ids``; BadAnswer when one is posted."""
        headers = self._headers(*map(_is, external_ids))
        if posted := _posted(headers):
            raise BadAnswer(
                f"{self.name} has posted {', '.join(posted)} meanwhile",
                "run `tieout post` again: it asks for them first.",
            )
        self._delete(headers)

    def post(self, documents: Sequence[Journal]) -> list[Kept | Refusal]:
        """Send journals one after the other, each once (see ``Target.post``)."""
        ids = _ids(documents)
        left = {f"{_is(books_of(id_) + '*')} and IsPosted eq {enum('NoYes', 'No')}"
                for id_ in ids}  # fmt: skip
        standing = self._headers(*map(_is, ids), *sorted(left))
        posted = _posted(standing)
        self._delete([header for header in standing if header["IsPosted"] != YES])
        results: list[Kept | Refusal] = []
        for journal in documents:
            record = posted.get(journal.external_id)
            try:
                results.append(
                    _held(record, journal) if record else self._send(journal)
                )
            except _NotKept as refusal:
                results.append(Refusal(str(refusal)))
        return results

    def _send(self, journal: Journal) -> Kept:
        """Make a journal, give it lines, post it; raises _NotKept."""
        header = self._made(journal)
        try:
            self._give_lines(journal, header)
            self._post(header)
        except (_NotKept, Refused):
            self._delete([header])
            raise
        return Kept(_erp_id(header))

    def _made(self, journal: Journal) -> dict[str, Any]:
        body = {
            "dataAreaId": journal.subsidiary_id,
            "JournalName": self.writer.journal_name,
            "Description": _described(journal),
            "IntegrationKey": journal.external_id,
        }
        return self.writer.json(self._written("POST", f"/data/{HEADERS}", body))

    def _give_lines(self, journal: Journal, header: dict[str, Any]) -> None:
        """Give a journal its lines, all in one changeset; raises _NotKept."""
        number = header["JournalBatchNumber"]
        texts = [*_split(journal.memo), "", ""]
        bodies = [
            self._line(journal, line, number, place, texts[min(place - 1, 2)])
            for place, line in enumerate(journal.lines, 1)
        ]
        answer = self._answered(
            "POST",
            "/data/$batch",
            headers={"Content-Type": f"multipart/mixed; boundary={BOUNDARY}-batch"},
            data=_changeset(bodies),
        )
        _check_changeset(self.name, answer, len(bodies))

    def _post(self, header: dict[str, Any]) -> None:
        """Post a journal and read back whether it is; raises _NotKept."""
        words = {
            COMPANY_WORD: header["dataAreaId"],
            JOURNAL_WORD: header["JournalBatchNumber"],
        }
        said = ""
        try:
            self._written("POST", self.service, words)
        except _NotKept as refusal:
            said = str(refusal)
        after = self.reader.rows(HEADERS, HEADER, _of(_erp_id(header)))
        if not after or after[0]["IsPosted"] != YES:
            raise _NotKept(
                said or f"{self.service} has not posted it and does not say why"
            )

    def _written(self, method: str, path: str, body: Any) -> requests.Response:
        return self._answered(
            method,
            path,
            headers={"Content-Type": "application/json"},
            data=orjson.dumps(body, default=exact),
        )

    def _answered(self, method: str, path: str, **request: Any) -> requests.Response:
        """The answer to a write; raises _NotKept where a rule says no."""
        try:
            return self.writer.send(method, path, **request)
        except Refused as error:
            if self.writer.last_status in (400, 500):
                raise _NotKept(error.what.partition(": ")[2] or error.what) from error
            raise

    def _line(
        self, journal: Journal, line: Line, number: str, place: int, text: str
    ) -> dict[str, Any]:
        client = self.writer
        project = (line.project_id or "").partition("|")[2]
        coding = {
            MAIN_ACCOUNT: line.account_number,
            client.department: line.department_id,
            client.project: project,
        }
        return {
            "dataAreaId": journal.subsidiary_id,
            "JournalBatchNumber": number,
            "LineNumber": place,
            "TransDate": f"{journal.posting_date.isoformat()}T12:00:00Z",
            "AccountType": "Ledger",
            "AccountDisplayValue": client.dimensions.display(coding),
            "DebitAmount": line.debit,
            "CreditAmount": line.credit,
            "CurrencyCode": journal.currency_code,
            "Text": text,
            "Document": journal.external_id,
            "Quantity": line.hours or Decimal(0),
        }

    def _delete(self, headers: Rows) -> None:
        for header in headers:
            key = (
                f"dataAreaId={literal(header['dataAreaId'])},"
                f"JournalBatchNumber={literal(header['JournalBatchNumber'])}"
            )
            try:
                self.writer.send("DELETE", f"/data/{HEADERS}({key})?cross-company=true")
            except Refused as error:
                if self.writer.last_status == 404:  # gone already
                    continue
                raise BadAnswer(
                    f"{self.name} will not let journal {header['JournalBatchNumber']} "
                    f"of {header['dataAreaId']} be deleted: {error.what}",
                    "run `tieout post` again; if it repeats, delete that unposted "
                    "journal in Dynamics.",
                ) from error

    def _headers(self, *conditions: str) -> Rows:
        """The journals that meet one of the conditions."""
        found: dict[str, dict[str, Any]] = {}
        for first in range(0, len(conditions), READ_AT_ONCE):
            some = conditions[first : first + READ_AT_ONCE]
            where = " or ".join(f"({each})" for each in some)
            for header in self.reader.rows(HEADERS, HEADER, where):
                found[_erp_id(header)] = header
        return list(found.values())

    def _journal(self, record: PostedRecord, rows: Rows) -> Journal:
        """A journal of its lines, first line first."""
        rows.sort(key=lambda row: Decimal(str(row["LineNumber"])))
        first, second, *_ = [*rows, {"Text": ""}]
        memo = first["Text"].ljust(TEXT) + second["Text"]
        return Journal(
            external_id=record.external_id,
            content_hash=hash_in(record.memo),
            subsidiary_id=first["dataAreaId"],
            currency_code=first["CurrencyCode"],
            posting_date=date.fromisoformat(first["TransDate"][:10]),
            memo=memo.rstrip(),
            lines=tuple(self._line_kept(row, memo.rstrip()) for row in rows),
        )

    def _line_kept(self, row: dict[str, Any], memo: str) -> Line:
        parts = self.reader.dimensions.parts(row["AccountDisplayValue"])
        return Line(
            account_number=parts.get(MAIN_ACCOUNT, ""),
            debit=Decimal(str(row["DebitAmount"])),
            credit=Decimal(str(row["CreditAmount"])),
            project_id=self._project(parts.get(self.reader.project), row["dataAreaId"]),
            department_id=parts.get(self.reader.department),
            hours=Decimal(str(row["Quantity"])) or None,
            memo=memo,
        )

    def _project(self, number: str | None, company: str) -> str | None:
        """The id of a project: the company's own, else the only one of that number."""
        if not number:
            return None
        if self._companies is None:
            self._companies = {}
            for row in self.reader.rows("ProjectsV2", ("dataAreaId", "ProjectId")):
                self._companies.setdefault(row["ProjectId"], set()).add(
                    row["dataAreaId"]
                )
        having = self._companies.get(number, set())
        if company not in having and len(having) == 1:
            [company] = having
        return f"{company}|{number}"


def books_of(external_id: str) -> str:
    """How every id of the same books begins."""
    return external_id.rpartition("-")[0] + "-"


def _ids(documents: Sequence[Journal]) -> list[str]:
    return [journal.external_id for journal in documents]


def _is(external_id: str) -> str:
    """The condition «this is the journal of an external id», which may have a star."""
    return f"IntegrationKey eq {literal(external_id)}"


def _of(erp_id: str) -> str:
    """The condition «these are of a journal»."""
    company, _, number = erp_id.partition("|")
    return (
        f"dataAreaId eq {literal(company)} and JournalBatchNumber eq {literal(number)}"
    )


def _erp_id(row: dict[str, Any]) -> str:
    return f"{row['dataAreaId']}|{row['JournalBatchNumber']}"


def _record(header: dict[str, Any]) -> PostedRecord:
    return PostedRecord(
        _erp_id(header), header["IntegrationKey"], header["Description"]
    )


def _posted(headers: Rows) -> dict[str, PostedRecord]:
    records = [_record(header) for header in headers if header["IsPosted"] == YES]
    return {record.external_id: record for record in records}


def _held(record: PostedRecord, journal: Journal) -> Kept:
    if journal.content_hash[:16] in record.memo:
        return Kept(record.erp_id)
    raise _NotKept(
        f"external id {record.external_id} belongs to another journal ({record.erp_id})"
    )


def _described(journal: Journal) -> str:
    """The hash of a journal's content, and as much of its memo as fits."""
    return f"[{journal.content_hash[:16]}] {journal.memo}"[:TEXT].rstrip()


def _split(memo: str) -> tuple[str, str]:
    """A memo over two texts; a text's last blanks are not kept, and put back again."""
    return memo[:TEXT].rstrip(), memo[TEXT : 2 * TEXT].rstrip()


def _changeset(bodies: list[dict[str, Any]]) -> bytes:
    """A batch of one changeset, each body a line."""
    parts = [
        f"--{BOUNDARY}\r\nContent-Type: application/http\r\n"
        f"Content-Transfer-Encoding: binary\r\nContent-ID: {number}\r\n\r\n"
        f"POST /data/{LINES}?cross-company=true HTTP/1.1\r\n"
        "Content-Type: application/json\r\n\r\n".encode()
        + orjson.dumps(body, default=exact)
        + b"\r\n"
        for number, body in enumerate(bodies, 1)
    ]
    head = (
        f"--{BOUNDARY}-batch\r\n"
        f"Content-Type: multipart/mixed; boundary={BOUNDARY}\r\n\r\n"
    ).encode()
    end = f"--{BOUNDARY}--\r\n--{BOUNDARY}-batch--\r\n".encode()
    return head + b"".join(parts) + end


def _check_changeset(name: str, answer: requests.Response, wanted: int) -> None:
    """Raises _NotKept where a changeset was refused, BadAnswer where it is unclear."""
    kind = answer.headers.get("Content-Type", "")
    whole = f"Content-Type: {kind}\r\n\r\n".encode() + answer.content
    statuses = []
    for part in BytesParser().parsebytes(whole).walk():
        if part.get_content_type() != "application/http":
            continue
        head, _, body = str(part.get_payload()).replace("\r\n", "\n").partition("\n\n")
        status = head.split(" ")[1] if head.startswith("HTTP/") else ""
        if status == "429" or status in ("502", "503", "504"):
            raise Unreachable(
                f"{name} had no time for the lines of a journal (HTTP {status})",
                "run the same command again.",
            )
        if status.startswith(("4", "5")):
            raise _NotKept(f"HTTP {status} {words_of(body.encode())}"[:500])
        statuses.append(status)
    if statuses != ["201"] * wanted:
        raise BadAnswer(
            f"{name} answered for {len(statuses)} of {wanted} lines of a journal",
            "run the same command again: it asks first.",
        )


def exact(value: Any) -> orjson.Fragment:
    """A Decimal as a JSON number, exactly; yen without decimals."""
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value.normalize():f}")
    raise TypeError(f"{type(value).__name__} has no place in a document")


def open_target(instance: Instance) -> Dynamics365Target:
    """The target of a configured environment.

    Raises ConfigurationError where several sessions are asked for.
    """
    if int(instance.options.get("posting_calls_at_once") or CALLS_AT_ONCE) > 1:
        raise ConfigurationError(
            f"{instance.name} is posted to one call at a time",
            f"remove posting_calls_at_once of [sources.{instance.name}].",
        )
    return Dynamics365Target(instance)
