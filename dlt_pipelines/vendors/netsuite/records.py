"""The records that can be written to NetSuite: jobs, draft invoices, changed fields.

A create goes out by POST with its external id, as a journal does; the memo with the
content hash stands in a job's comments or an invoice's memo. A change goes out by PATCH
of nothing but its fields; that it has been made shows in the record itself.

What no documentation confirmed is kept in ``UNVERIFIED`` and nowhere else.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from dlt_pipelines.core.errors import Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.reverse_sync.journal import (
    OURS,
    Journal,
    Kept,
    PostedRecord,
    Refusal,
)
from dlt_pipelines.reverse_sync.records import RecordWrite
from dlt_pipelines.vendors.netsuite.client import RECORD_PATH, connect
from dlt_pipelines.vendors.netsuite.target import (
    REFUSAL,
    WRITE_TIMEOUT,
    NetSuiteTarget,
    exact,
)

UNVERIFIED: dict[str, Any] = {
    # The ids of a job's billing types.
    "billing_types": {
        "time_and_expenses": "TM",
        "milestones": "FBM",
        "instalments": "FBI",
        "cost_plus_fee": "CB",
    },
    # The field of a job's last planned day, and that it takes a date at create.
    "job_end": "projectedEndDate",
    # The field of an invoice that names its project, and the status of a draft.
    "invoice_job": "job",
    "draft": {"approvalStatus": {"id": "1"}},
    # That SuiteQL shows a job's external id and comments under these names.
    "held_jobs": "select id, externalid, comments as memo from job",
}
TYPES = {"project": "job", "invoice": "invoice", "customer": "customer"}
MEMO = {"project": "comments", "invoice": "memo"}
# By neutral name: NetSuite's, and whether it is a reference by internal id.
FIELDS: dict[str, dict[str, tuple[str, bool]]] = {
    "project": {
        "code": ("entityId", False),
        "name": ("companyName", False),
        "customer_id": ("parent", True),
        "subsidiary_id": ("subsidiary", True),
        "currency_code": ("currency", True),
        "department_id": ("custentity_department", True),
        "start_date": ("startDate", False),
        "end_date": (UNVERIFIED["job_end"], False),
        "contract_type": ("custentity_contract_type", False),
        "tax_code": ("custentity_tax_code", False),
        "segment_code": ("custentity_segment", False),
    },
    "customer": {"name": ("companyName", False), "parent_id": ("parent", True)},
    "invoice": {
        "customer_id": ("entity", True),
        "project_id": (UNVERIFIED["invoice_job"], True),
        "subsidiary_id": ("subsidiary", True),
        "currency_code": ("currency", True),
        "department_id": ("department", True),
        "tax_code": ("custbody_tax_code", False),
        "segment_code": ("custbody_segment", False),
    },
}
HELD = (  # queries of what was created, each with the key that it is paged by
    (
        f"{UNVERIFIED['held_jobs']} where externalid like '{OURS}%' and {{after}} "
        "order by id",
        "id",
    ),
    (
        "select t.id, t.externalid, t.memo from transaction t "
        f"where t.type = 'CustInvc' and t.externalid like '{OURS}%' and {{after}} "
        "order by t.id",
        "t.id",
    ),
)
AMOUNT = "amount_"  # a field amount_<line type> is a line of an invoice
SERVICE_ITEM = "PROJECT-SERVICES"  # option invoice_item: external id of its item


class NetSuiteRecords:
    """A session with an account to write records in."""

    batch_size = 1
    guards_repeats = True  # one record of a type owns an external id; a PATCH repeats
    lookup_lag = 0.0
    external_id_limit = NetSuiteTarget.external_id_limit

    def __init__(self, instance: Instance, name: str) -> None:
        """Open the sessions; nothing is sent yet."""
        self.name = name
        self.item = instance.options.get("invoice_item") or SERVICE_ITEM
        self.reader = connect(instance)
        self.writer = connect(instance)
        self.writer.attempts = 1  # whether to send again is not HTTP's to decide
        self.writer.timeout = WRITE_TIMEOUT
        self._currencies: dict[str, str] = {}

    @property
    def request_id(self) -> str | None:
        """NetSuite's name for the last write."""
        return self.writer.last_request_id

    def find(self, documents: Sequence[RecordWrite]) -> dict[str, PostedRecord]:
        """The records that were created, and those that have their values already."""
        found = {write.external_id: self._find(write) for write in documents}
        return {wanted: record for wanted, record in found.items() if record}

    def held(self) -> list[PostedRecord]:
        """The jobs and invoices that were created (see ``Target.held``)."""
        return [
            PostedRecord(row["id"], row["externalid"], row.get("memo") or "")
            for query, key in HELD
            for page in self.reader.pages(query, (key,))
            for row in page
        ]

    def read(self, held: Sequence[PostedRecord]) -> list[Journal]:
        """Nothing: records are no journals."""
        return []

    def withdraw(self, external_ids: Sequence[str]) -> None:
        """Nothing: NetSuite keeps a record whole or not at all."""

    def post(self, documents: Sequence[RecordWrite]) -> list[Kept | Refusal]:
        """Send writes one by one, each once (see ``Target.post``)."""
        return [self._send(write) for write in documents]

    def _find(self, write: RecordWrite) -> PostedRecord | None:
        reference = write.record_id or f"eid:{write.external_id}"
        path = f"{RECORD_PATH}/{TYPES[write.record_type]}/{reference}"
        try:
            record = self.reader.json(self.reader.send("GET", path))
        except Refused:
            if self.reader.last_status == 404:
                return None
            raise
        if write.record_id is None:
            memo = record.get(MEMO[write.record_type]) or ""
            return PostedRecord(str(record["id"]), write.external_id, memo)
        wanted = self._fields(write)
        if {name: _bare(record.get(name)) for name in wanted} != wanted:
            return None
        return PostedRecord(write.record_id, write.external_id, write.memo)

    def _send(self, write: RecordWrite) -> Kept | Refusal:
        only, stated = self.reader.only_currency, write.fields.get("currency_code")
        if only and stated not in (None, only):
            return Refusal(f"the account keeps its books in {only}, not in {stated}")
        path = f"{RECORD_PATH}/{TYPES[write.record_type]}"
        method = "POST"
        if write.record_id is not None:
            method, path = "PATCH", f"{path}/{write.record_id}"
        try:
            answer = self.writer.send(
                method,
                path,
                headers={
                    "Content-Type": "application/json",
                    "X-NetSuite-PropertyNameValidation": "Error",
                },
                data=orjson.dumps(self._body(write), default=exact),
            )
        except Refused as error:
            if self.writer.last_status in (REFUSAL, 404):
                return Refusal(error.what.partition(": ")[2] or error.what)
            raise
        location = answer.headers.get("Location", "")
        return Kept(write.record_id or location.rstrip("/").rpartition("/")[2])

    def _body(self, write: RecordWrite) -> dict[str, Any]:
        body = self._fields(write)
        if write.record_id is not None:
            return body
        body["externalId"] = write.external_id
        body[MEMO[write.record_type]] = write.memo
        if write.record_type == "project":
            billing = UNVERIFIED["billing_types"].get(write.fields["billing_method"])
            return body | ({"jobBillingType": {"id": billing}} if billing else {})
        body["tranDate"] = write.posting_date.isoformat()
        return body | UNVERIFIED["draft"] | {"item": {"items": self._items(write)}}

    def _fields(self, write: RecordWrite) -> dict[str, Any]:
        told = dict(write.fields)
        if "currency_code" in told and not self.reader.only_currency:
            told["currency_code"] = self._currency(told["currency_code"])
        return {
            own: {"id": told[neutral]} if is_reference else told[neutral]
            for neutral, (name, is_reference) in FIELDS[write.record_type].items()
            if neutral in told and (own := self.reader.renamed.get(name, name))
        }

    def _currency(self, code: str) -> str:
        """The internal id of a currency; a code NetSuite refuses when it has none."""
        if not self._currencies:
            found = self.reader.query("select id, symbol from currency order by id")
            self._currencies = {row["symbol"]: row["id"] for row in found["items"]}
        return self._currencies.get(code, code)

    def _items(self, write: RecordWrite) -> list[dict[str, Any]]:
        lines = {
            name.removeprefix(AMOUNT): Decimal(value)
            for name, value in write.fields.items()
            if name.startswith(AMOUNT) and Decimal(value)
        }
        text = write.fields.get("description", "")
        return [
            {
                "item": {"externalId": self.item},
                "quantity": 1,
                "amount": amount,
                "description": f"{line_type.capitalize()} {text}".strip(),
            }
            for line_type, amount in lines.items()
        ]


def _bare(value: Any) -> Any:
    """A reference without its links and names."""
    return {"id": str(value["id"])} if isinstance(value, dict) else value


def open_target(instance: Instance, name: str) -> NetSuiteRecords:
    """A session with a configured account."""
    return NetSuiteRecords(instance, name)
