"""Ids and stamps of the records that the sandbox's Certinia keeps."""

import hashlib
import string
from datetime import datetime
from typing import Any

from dlt_pipelines.sandbox.serving.organisation import case_safe

Row = dict[str, Any]
LETTERS = string.ascii_letters + string.digits
PREFIXES = {
    "contact": "003", "process": "04g", "project": "a1P", "practice": "a1Q",
    "region": "a1R", "group": "a1S", "budget": "a0B", "task": "a2T", "milestone": "a1M",
    "change": "017", "assignment": "a0A", "schedule": "a1E", "exception": "a1F",
    "timecard": "a2C", "split": "a2B", "task time": "a2D", "event": "a0E",
    "item": "a0F", "batch": "a0G", "rate card": "a1V", "set": "a1W", "member": "a1X",
}  # fmt: skip


def id_of(kind: str, *parts: object) -> str:
    """The 18-character id of a record that is known by these parts."""
    told = "|".join(map(str, (kind, *parts))).encode()
    digest = hashlib.blake2b(told, digest_size=12).digest()
    return case_safe(PREFIXES[kind] + "".join(LETTERS[byte % 62] for byte in digest))


def stamps(created: datetime, modified: datetime) -> Row:
    """The moments that every record has."""
    return {
        "CreatedDate": created,
        "LastModifiedDate": modified,
        "SystemModstamp": modified,
    }


def kept(created: datetime, modified: datetime, is_deleted: bool = False) -> Row:
    """The moments of a record that may be deleted, and whether it is."""
    return {"IsDeleted": is_deleted, **stamps(created, modified)}
