"""The records that can be written to Kantata: projects created, fields changed.

Kantata guards no create against repeats. So a project is created together with an
external reference that holds Tieout's external id and, in its message, the memo with
the content hash; before anything is sent again the reference is asked for, after the
time its look-ups may lag (see ``assumptions``). The ledger's lock keeps a second writer
away.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from dlt_pipelines.core.errors import BadAnswer, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.reverse_sync.journal import (
    Journal,
    Kept,
    PostedRecord,
    Refusal,
)
from dlt_pipelines.reverse_sync.records import RecordWrite
from dlt_pipelines.vendors.kantata.assumptions import (
    CREATE_PRICE_BASE_UNIT,
    CUSTOM_FIELDS,
    LOOKUP_LAG,
    REFERENCE_LIMIT,
    REFERENCES,
    SERVICE_NAME,
)
from dlt_pipelines.vendors.kantata.client import Shifted, connect

WRITE_TIMEOUT = (5.0, 120.0)
REFUSALS = ("HTTP 400", "HTTP 404", "HTTP 422")  # the record; others are about us
TYPES = {
    "project": ("workspaces", "workspace"),
    "customer": ("workspace_groups", "workspace_group"),
    "employee": ("users", "user"),
}
FIELDS = {
    "name": "title",
    "currency_code": "currency",
    "start_date": "start_date",
    "end_date": "due_date",
    "customer_id": "primary_workspace_group_id",
    "manager_id": "primary_maven_id",
    "role_id": "role_id",
}
OWN_FIELDS = {  # the tenant's custom fields, as settings.yml declares them
    "code": "project_code",
    "legal_entity_code": "legal_entity",
    "practice_code": "practice",
    "contract_type": "contract_type",
    "billing_method": "billing_method",
    "tax_code": "tax_code",
    "segment_code": "segment",
}
# Only an include shows these.
INCLUDES = {"workspaces": "primary_maven,primary_workspace_group", "users": "role"}


class KantataRecords:
    """A session with an account to write records in."""

    batch_size = 1
    guards_repeats = False
    lookup_lag = LOOKUP_LAG.total_seconds()
    external_id_limit = REFERENCE_LIMIT
    request_id: str | None = None  # Kantata's name for the last write

    def __init__(self, instance: Instance, name: str) -> None:
        """Open the sessions; nothing is sent yet."""
        self.name = name
        self.reader = connect(instance)
        self.writer = connect(instance)
        self.writer.attempts = 1  # whether to send again is not HTTP's to decide
        self.writer.timeout = WRITE_TIMEOUT
        self._own_fields = {
            name: own
            for name, declared in OWN_FIELDS.items()
            if (own := tenant_settings.field(instance, declared))
        }
        self._field_ids: dict[str, str] = {}

    def find(self, documents: Sequence[RecordWrite]) -> dict[str, PostedRecord]:
        """The projects that were created, and what has its values already."""
        found = {write.external_id: self._find(write) for write in documents}
        return {wanted: record for wanted, record in found.items() if record}

    def held(self) -> list[PostedRecord]:
        """The projects that were created (see ``Target.held``)."""
        asked = {"subject_type": "Workspace", "service_name": SERVICE_NAME}
        try:
            pages = list(self.reader.listing(REFERENCES, asked))
        except Shifted:
            raise BadAnswer(
                f"{self.name} had references come or go while they were listed",
                "run the same command again.",
            ) from None
        return [_created(reference) for page in pages for reference in page.rows]

    def read(self, held: Sequence[PostedRecord]) -> list[Journal]:
        """Nothing: records are no journals."""
        return []

    def withdraw(self, external_ids: Sequence[str]) -> None:
        """Nothing: Kantata keeps a record whole or not at all."""

    def post(self, documents: Sequence[RecordWrite]) -> list[Kept | Refusal]:
        """Send writes one by one, each once (see ``Target.post``)."""
        return [self._send(write) for write in documents]

    def _find(self, write: RecordWrite) -> PostedRecord | None:
        if write.record_id is not None:
            return self._has_values(write.record_id, write)
        page = self.reader.page(
            REFERENCES,
            {
                "subject_type": "Workspace",
                "service_name": SERVICE_NAME,
                "service_model_ref": write.external_id,
            },
        )
        return _created(page.rows[0]) if page.rows else None

    def _has_values(self, record_id: str, write: RecordWrite) -> PostedRecord | None:
        plural, _ = TYPES[write.record_type]
        path = f"{plural}/{record_id}"
        params = {"include_archived": "true", "include": INCLUDES.get(plural, "")}
        try:
            held = self.reader.page(path, params).rows[0]
        except Refused as error:
            if "HTTP 404" in error.what:
                return None
            raise
        wanted = _fields(write)
        if {name: held.get(name) for name in wanted} != wanted:
            return None
        return PostedRecord(record_id, write.external_id, write.memo)

    def _send(self, write: RecordWrite) -> Kept | Refusal:
        plural, singular = TYPES[write.record_type]
        method, path = "POST", f"/{plural}"
        if write.record_id is not None:
            method, path = "PUT", f"{path}/{write.record_id}"
        body = _fields(write)
        if write.record_id is None:
            ids = self._own_field_ids()
            missing = [
                own
                for name, own in self._own_fields.items()
                if name in write.fields and own not in ids
            ]
            if missing:
                return Refusal(
                    f"Kantata has no custom field {', '.join(missing)} of projects: "
                    "create it there"
                )
            body |= self._of_a_new_one(write, ids)
        try:
            answer = self.writer.send(
                method,
                path,
                headers={"Content-Type": "application/json"},
                data=orjson.dumps({singular: body}),
            )
        except Refused as error:
            reason = error.what.partition(": ")[2]
            if reason.startswith(REFUSALS):
                return Refusal(reason)
            raise
        self.request_id = answer.headers.get("X-Request-Id")
        told = self.writer.json(answer)
        return Kept(write.record_id or str(told["results"][0]["id"]))

    def _of_a_new_one(self, write: RecordWrite, ids: dict[str, str]) -> dict[str, Any]:
        price = Decimal(write.fields.get("price_amount", "0"))
        groups = [write.fields["customer_id"]] if "customer_id" in write.fields else []
        return {
            "creator_role": "maven",
            "budgeted": True,
            "price": f"{price * CREATE_PRICE_BASE_UNIT:f}",
            "workspace_group_ids": groups,
            "custom_fields": [
                {"custom_field_id": ids[own], "value": write.fields[name]}
                for name, own in self._own_fields.items()
                if name in write.fields
            ],
            "external_reference": {
                "service_name": SERVICE_NAME,
                "service_model": "project",
                "service_model_ref": write.external_id,
                "status": "successful",
                "external_message": write.memo,
            },
        }

    def _own_field_ids(self) -> dict[str, str]:
        if not self._field_ids:
            pages = self.reader.listing(CUSTOM_FIELDS, {"subject_type": "Workspace"})
            self._field_ids = {r["name"]: r["id"] for page in pages for r in page.rows}
        return self._field_ids


def _created(reference: dict[str, Any]) -> PostedRecord:
    return PostedRecord(
        str(reference["subject_id"]),
        reference["service_model_ref"],
        reference.get("external_message") or "",
    )


def _fields(write: RecordWrite) -> dict[str, Any]:
    known = {"name": "name"} if write.record_type == "customer" else FIELDS
    return {known[name]: value for name, value in write.fields.items() if name in known}


def open_target(instance: Instance, name: str) -> KantataRecords:
    """A session with a configured account."""
    return KantataRecords(instance, name)
