"""What can be posted to NetSuite, and how a repeat is recognised.

A journal goes out by POST with its external id in the body, never by PUT: an upsert of
an id that exists would change a posted journal, and append its lines again. NetSuite
lets one journal own an external id, so a repeat is refused. Looking up by external id
reads the record itself, which is there as soon as it was kept.

Unknown properties would be dropped in silence, so the header that refuses them is sent.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from dlt_pipelines.errors import Refused
from dlt_pipelines.reverse_sync.journal import (
    Journal,
    Kept,
    Line,
    PostedRecord,
    Refusal,
)
from dlt_pipelines.settings import Instance
from dlt_pipelines.vendors.netsuite.client import RECORD_PATH, connect

JOURNALS = f"{RECORD_PATH}/journalEntry"
# A write may take NetSuite a while; giving up early only makes the outcome uncertain.
WRITE_TIMEOUT = (5.0, 120.0)
CALLS_AT_ONCE = 3  # of the 5 that the smallest account bears; others read meanwhile
REFUSAL = 400  # the entry itself; 401 and 403 are about us


class _NotKept(Exception):
    """NetSuite will not keep a journal, for the reason it gives."""


class NetSuiteTarget:
    """A session with an account to post journals to."""

    batch_size = 1
    guards_repeats = True
    # What is posted is seen as soon as it is; a killed poster's call may last so long.
    lookup_lag = 60.0

    def __init__(self, instance: Instance) -> None:
        """Open the sessions; nothing is sent yet."""
        self.name = instance.name
        self.reader = connect(instance)
        self.writer = connect(instance)
        self.writer.attempts = 1  # whether to send again is not HTTP's to decide
        self.writer.timeout = WRITE_TIMEOUT
        self._accounts: dict[str, str] = {}
        self._currencies: dict[str, str] = {}

    @property
    def request_id(self) -> str | None:
        """NetSuite's name for the last write."""
        return self.writer.last_request_id

    def find(self, documents: Sequence[Journal]) -> dict[str, PostedRecord]:
        """The journals with the external ids of these."""
        wanted_ids = [journal.external_id for journal in documents]
        found = {wanted: self._find(wanted) for wanted in wanted_ids}
        return {wanted: record for wanted, record in found.items() if record}

    def withdraw(self, external_ids: Sequence[str]) -> None:
        """Nothing: NetSuite keeps a journal whole or not at all."""

    def post(self, documents: Sequence[Journal]) -> list[Kept | Refusal]:
        """Send journals one by one, each once (see ``Target.post``)."""
        results: list[Kept | Refusal] = []
        for journal in documents:
            try:
                results.append(Kept(self._send(journal)))
            except _NotKept as refusal:
                results.append(Refusal(str(refusal)))
        return results

    def _find(self, external_id: str) -> PostedRecord | None:
        try:
            answer = self.reader.send("GET", f"{JOURNALS}/eid:{external_id}")
        except Refused:
            if self.reader.last_status == 404:
                return None
            raise
        record = self.reader.json(answer)
        return PostedRecord(str(record["id"]), external_id, record.get("memo") or "")

    def _send(self, journal: Journal) -> str:
        """Send a journal once and return its internal id; raises _NotKept."""
        body = self._body(journal)
        try:
            answer = self.writer.send(
                "POST",
                JOURNALS,
                headers={
                    "Content-Type": "application/json",
                    "X-NetSuite-PropertyNameValidation": "Error",
                },
                data=orjson.dumps(body, default=_exact),
            )
        except Refused as error:
            if self.writer.last_status == REFUSAL:
                raise _NotKept(error.what.partition(": ")[2] or error.what) from error
            raise
        location = answer.headers.get("Location", "")
        found = location.rstrip("/").rpartition("/")[2]
        if found.isdigit():
            return found
        kept = self._find(journal.external_id)
        return kept.erp_id if kept else ""

    def _body(self, journal: Journal) -> dict[str, Any]:
        return {
            "externalId": journal.external_id,
            "subsidiary": {"id": journal.subsidiary_id},
            "currency": {"id": self._currency(journal.currency_code)},
            "tranDate": journal.posting_date.isoformat(),
            "memo": journal.memo,
            "line": {"items": [self._item(line) for line in journal.lines]},
        }

    def _item(self, line: Line) -> dict[str, Any]:
        item: dict[str, Any] = {
            "account": {"id": self._account(line.account_number)},
            "memo": line.memo,
        }
        if line.debit:
            item["debit"] = line.debit
        if line.credit:
            item["credit"] = line.credit
        if line.project_id:
            item["entity"] = {"id": line.project_id}
        if line.department_id:
            item["department"] = {"id": line.department_id}
        if line.hours is not None:
            item["custcol_hours"] = line.hours
        return item

    def _account(self, number: str) -> str:
        if not self._accounts:
            active = "account where isinactive = 'F'"
            self._accounts = self._ids("acctnumber", active)
        return _known(self._accounts, "account", number)

    def _currency(self, code: str) -> str:
        if not self._currencies:
            self._currencies = self._ids("symbol", "currency where 1 = 1")
        return _known(self._currencies, "currency", code)

    def _ids(self, name: str, listed: str) -> dict[str, str]:
        query = f"select id, {name} from {listed} and {{after}} order by id"
        pages = self.reader.pages(query, ("id",))
        return {row[name]: row["id"] for page in pages for row in page if name in row}


def _known(ids: dict[str, str], what: str, name: str) -> str:
    if name not in ids:
        raise _NotKept(
            f"NetSuite has no active {what} {name}: create it there, or correct the "
            f"{what} in seeds/posting_policies.csv"
        )
    return ids[name]


def _exact(value: Any) -> orjson.Fragment:
    """A Decimal as a JSON number with exactly its digits."""
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}")
    raise TypeError(f"{type(value).__name__} has no place in a journal")


def open_target(instance: Instance) -> NetSuiteTarget:
    """The target of a configured account."""
    return NetSuiteTarget(instance)
