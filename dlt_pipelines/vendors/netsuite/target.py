"""What can be posted to NetSuite, and how a repeat is recognised.

A journal goes out by POST with its external id in the body, never by PUT: an upsert of
an id that exists would change a posted journal, and append its lines again. NetSuite
lets one journal own an external id, so a repeat is refused. Looking up by external id
reads the record itself, which is there as soon as it was kept.

Unknown properties would be dropped in silence, so the header that refuses them is sent.

What the account holds of ours is listed by SuiteQL, a thousand journals a request.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from dlt_pipelines.core.errors import BadAnswer, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.reverse_sync.journal import (
    OURS,
    Journal,
    Kept,
    Line,
    PostedRecord,
    Refusal,
    hash_in,
)
from dlt_pipelines.vendors.netsuite.client import (
    CURRENCY,
    ONLY_CURRENCY,
    RECORD_PATH,
    SUBSIDIARY,
    UNVERIFIED,
    connect,
)

JOURNALS = f"{RECORD_PATH}/journalEntry"
# A write may take NetSuite a while; giving up early only makes the outcome uncertain.
WRITE_TIMEOUT = (5.0, 120.0)
CALLS_AT_ONCE = 3  # of the 5 that the smallest account bears; others read meanwhile
TAKES_FOREIGN_CURRENCIES = True  # beside the subsidiary's own
REFUSAL = 400  # the entry itself; 401 and 403 are about us
EXISTS = "already exists"  # in the words with which a repeated external id is refused
READ_AT_ONCE = 500  # journals in one query: a condition may list 1,000 values
HELD = (
    "select t.id, t.externalid, t.memo from transaction t where t.type = 'Journal' "
    f"and t.externalid like '{OURS}%' and {{after}} order by t.id"
)
LINES = (
    "select tl.transaction, tl.id, tl.subsidiary, tl.entity, tl.department, tl.memo, "
    "tl.foreignamount, tl.custcol_hours, t.currency, a.acctnumber, "
    "to_char(t.trandate, 'YYYY-MM-DD') as trandate "
    "from transactionline tl inner join transaction t on t.id = tl.transaction "
    "inner join transactionaccountingline tal on tal.transaction = tl.transaction "
    "and tal.transactionline = tl.id inner join account a on a.id = tal.account "
    f"where tal.accountingbook = {UNVERIFIED['primary_book']} and t.id in ({{ids}}) "
    "and {after} order by tl.transaction, tl.id"
)


class _NotKept(Exception):
    """NetSuite will not keep a journal, for the reason it gives."""


class NetSuiteTarget:
    """A session with an account to post journals to."""

    batch_size = 1
    guards_repeats = True
    # What is posted is seen as soon as it is; a killed poster's call may last so long.
    lookup_lag = 60.0
    external_id_limit: int = UNVERIFIED["external_id_limit"]

    def __init__(self, instance: Instance) -> None:
        """Open the sessions; nothing is sent yet."""
        self.name = instance.name
        self.reader = connect(instance)
        self.writer = connect(instance)
        self.writer.attempts = 1  # whether to send again is not HTTP's to decide
        self.writer.timeout = WRITE_TIMEOUT
        self._hours = tenant_settings.field(instance, "hours")
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

    def held(self) -> list[PostedRecord]:
        """Every journal whose external id begins as ours do (see ``Target.held``)."""
        rows = self._rows(HELD, "t.id")
        found = {row["id"]: row for row in rows}  # a listing may show a row twice
        return [
            PostedRecord(number, row["externalid"], row.get("memo") or "")
            for number, row in found.items()
        ]

    def read(self, held: Sequence[PostedRecord]) -> list[Journal]:
        """Journals as the account keeps them now (see ``Target.read``)."""
        lines: dict[str, dict[str, dict[str, Any]]] = {}
        for first in range(0, len(held), READ_AT_ONCE):
            some = held[first : first + READ_AT_ONCE]
            ids = ", ".join(str(int(record.erp_id)) for record in some)
            query = LINES.replace("{ids}", ids)
            for row in self._rows(query, "tl.transaction", "tl.id"):
                lines.setdefault(row["transaction"], {})[row["id"]] = row
        symbols = {number: code for code, number in self._currency_ids().items()}
        gone = [record.external_id for record in held if record.erp_id not in lines]
        if gone:
            raise BadAnswer(
                f"{self.name} lists {', '.join(gone)} and shows no lines of it",
                "run the same command again: it may have been deleted meanwhile.",
            )
        return [
            _journal(record, list(lines[record.erp_id].values()), symbols)
            for record in held
        ]

    def withdraw(self, external_ids: Sequence[str]) -> None:
        """Nothing: NetSuite keeps a journal whole or not at all."""

    def post(self, documents: Sequence[Journal]) -> list[Kept | Refusal]:
        """Send journals one by one, each once (see ``Target.post``)."""
        results: list[Kept | Refusal] = []
        for journal in documents:
            try:
                results.append(Kept(self._send(journal)))
            except _NotKept as refusal:
                what = str(refusal)
                results.append(Refusal(what, says_it_exists=EXISTS in what))
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
                data=orjson.dumps(body, default=exact),
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
        entity = {SUBSIDIARY: {"id": journal.subsidiary_id}}
        currency = self._currency(journal.currency_code)
        return {
            "externalId": journal.external_id,
            **({} if self.reader.only_entity else entity),
            **({} if self.reader.only_currency else {CURRENCY: {"id": currency}}),
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
        if line.hours is not None and self._hours:
            item[self._hours] = line.hours
        return item

    def _account(self, number: str) -> str:
        if not self._accounts:
            active = "account where isinactive = 'F'"
            self._accounts = self._ids("acctnumber", active)
        return _known(self._accounts, "account", number)

    def _currency(self, code: str) -> str:
        return _known(self._currency_ids(), "currency", code)

    def _currency_ids(self) -> dict[str, str]:
        if not self._currencies:
            only = self.reader.only_currency
            self._currencies = (
                {only: ONLY_CURRENCY}
                if only
                else self._ids("symbol", "currency where 1 = 1")
            )
        return self._currencies

    def _ids(self, name: str, listed: str) -> dict[str, str]:
        query = f"select id, {name} from {listed} and {{after}} order by id"
        return {row[name]: row["id"] for row in self._rows(query, "id") if name in row}

    def _rows(self, query: str, *keys: str) -> Iterable[dict[str, Any]]:
        return (row for page in self.reader.pages(query, keys) for row in page)


def _journal(
    record: PostedRecord, rows: list[dict[str, Any]], symbols: dict[str, str]
) -> Journal:
    """A journal of its lines as SuiteQL told them, first line first."""
    first = rows[0]
    return Journal(
        external_id=record.external_id,
        content_hash=hash_in(record.memo),
        subsidiary_id=first["subsidiary"],
        currency_code=symbols[first["currency"]],
        posting_date=date.fromisoformat(first["trandate"]),
        memo=record.memo,
        lines=tuple(_line(row) for row in rows),
    )


def _line(row: dict[str, Any]) -> Line:
    amount = Decimal(row["foreignamount"])
    hours = row.get("custcol_hours")
    return Line(
        account_number=row["acctnumber"],
        debit=max(amount, Decimal(0)),
        credit=max(-amount, Decimal(0)),
        project_id=row.get("entity"),
        department_id=row.get("department"),
        hours=None if hours is None else Decimal(hours),
        memo=row.get("memo") or "",
    )


def _known(ids: dict[str, str], what: str, name: str) -> str:
    if name not in ids:
        raise _NotKept(
            f"NetSuite has no active {what} {name}: create it there, or correct the "
            f"{what} in seeds/account_purposes.csv"
        )
    return ids[name]


def exact(value: Any) -> orjson.Fragment:
    """A Decimal as a JSON number, exactly; yen without decimals."""
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value.normalize():f}")
    raise TypeError(f"{type(value).__name__} has no place in a document")


def open_target(instance: Instance) -> NetSuiteTarget:
    """The target of a configured account."""
    return NetSuiteTarget(instance)
