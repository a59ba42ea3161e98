"""Writes that are no journals: a record to create, or values to set in one.

They share the ledger and the posting with journals: an external id, a content hash that
stands in the memo, one outcome. ``fields`` are neutral names with text values; a target
knows what they are called in its system.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from dlt_pipelines.reverse_sync.journal import Journal

TYPE = "record"
SUFFIX = ".records"  # of the target's name: its open writes are not its journals
PROJECT_SHELL, INVOICE_PROPOSAL, MASTER_DATA = KINDS = (
    "project_shell",
    "invoice_proposal",
    "master_data",
)
CREATED = {PROJECT_SHELL: "project", INVOICE_PROPOSAL: "invoice"}  # record types


@dataclass(frozen=True)
class RecordWrite:
    """A record to create (no ``record_id``) or to change, in one system."""

    external_id: str
    content_hash: str
    record_type: str  # project | invoice | customer | employee
    record_id: str | None  # the target's id
    fields: Mapping[str, str]
    memo: str
    posting_date: date  # the day it is said to be of

    def payload(self) -> str:
        """The write as JSON text: what the ledger keeps."""
        told = {"type": TYPE, **asdict(self)}
        return json.dumps(told, default=str, sort_keys=True)

    @classmethod
    def of(cls, payload: str) -> "RecordWrite":
        """The write that ``payload`` wrote."""
        told: dict[str, Any] = json.loads(payload)
        del told["type"]
        told["posting_date"] = date.fromisoformat(told["posting_date"])
        return cls(**told)


Document = Journal | RecordWrite


def document_of(payload: str) -> Document:
    """The journal or the record that ``payload`` wrote."""
    kind = RecordWrite if json.loads(payload).get("type") == TYPE else Journal
    return kind.of(payload)
