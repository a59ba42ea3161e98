"""The plan for records: what other systems should hold, less what was written there.

A row of ``adj_desired_records`` is there while its target lacks what it says, as far as
landed. Written under its key with the same content, it is in balance. A record is
created once: one that was created from another content is for somebody to correct in
its system, never a reason for a second one. Only policy lets a write through; there is
nothing to approve, as no amount is booked.
"""

import contextlib
import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.reverse_sync.corrections import external_id
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import HOLD, POST, Entry, Plan
from dlt_pipelines.reverse_sync.postings import (
    NOTHING,
    NOUGHT,
    Intent,
    Position,
    Slot,
)
from dlt_pipelines.reverse_sync.records import KINDS, RecordWrite
from dlt_pipelines.warehouse.policies import labels

MODEL = "adj_desired_records"
UNTOLD = (
    "written before the ledger was lost, as what nobody knows: see what it holds, then "
    "`tieout post --retry-refused`"
)

NO_AMOUNT = {
    "desired_amount": Decimal(0),
    "desired_hours": Decimal(0),
    "currency_code": None,
}


def plan(database: Path, ledger: Ledger, *, retry_refused: bool = False) -> Plan:
    """Compare the desired records of a built or published database with the ledger.

    Raises ConfigurationError when there are none built.
    """
    return compare(desired_rows(database), ledger, retry_refused=retry_refused)


def desired_rows(database: Path) -> list[dict[str, Any]]:
    """What other systems should hold and do not, one row per posting key."""
    path = Path(database).resolve()  # the published path is a link that moves
    if not path.exists():
        raise ConfigurationError(
            "there is no database to plan from", "run `tieout build` first."
        )
    with contextlib.closing(duckdb.connect(path, read_only=True)) as built:
        try:
            found = built.execute(
                f"select * from adjustments.{MODEL} order by kind, posting_key"
            )
        except duckdb.CatalogException as error:
            raise ConfigurationError(
                f"{path.name} has no adjustments.{MODEL}", "run `tieout build`."
            ) from error
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def compare(
    rows: list[dict[str, Any]], ledger: Ledger, *, retry_refused: bool = False
) -> Plan:
    """Desired rows against the ledger."""
    positions = {
        key: position
        for key, position in ledger.positions().items()
        if position.latest and position.latest.kind in KINDS
    }
    entries, in_balance = [], 0
    for row in rows:
        position = positions.pop(row["posting_key"], NOTHING)
        entry = _entry({**row, **NO_AMOUNT}, position, retry_refused)
        if entry is None:
            in_balance += 1
        else:
            entries.append(entry)
    # A key that is no longer desired: its system has it, or has something else now.
    return Plan(entries, in_balance + len(positions))


def _entry(row: dict[str, Any], position: Position, retry: bool) -> Entry | None:
    if position.open:
        return Entry(row, position, HOLD, "an earlier write has no answer yet")
    write = _write(row, position.version + 1)
    newest = position.newest
    is_written = newest is not None and is_of(write, newest.content_hash)
    held = row["policy_action"] != POST
    # A value that was written and is held now has been edited since: an exception.
    if is_written and not (held and write.record_id):
        return None
    if held:
        return Entry(row, position, HOLD, labels.said(row["hold_reason"] or "policy"))
    if newest and write.record_id is None:
        reason = f"created as {newest.erp_id}; what is desired has changed since"
        return Entry(row, position, HOLD, reason)
    if newest and not newest.content_hash and not retry:
        return Entry(row, position, HOLD, UNTOLD)
    refused = position.refused
    if refused and refused.content_hash == write.content_hash and not retry:
        reason = f"refused by {row['target_system']}: {refused.detail}"
        return Entry(row, position, HOLD, reason)
    return Entry(row, position, POST, None, (_intent(row, position, write),))


def is_of(write: RecordWrite, content_hash: str) -> bool:
    """Whether a write has this content, of which a recovered one tells 16 digits."""
    return bool(content_hash) and write.content_hash.startswith(content_hash)


def _write(row: dict[str, Any], version: int) -> RecordWrite:
    fields = json.loads(row["record_fields"], strict=False)  # a text may have line ends
    content = [row["posting_key"], row["record_type"], row["record_id"], fields]
    text = json.dumps(content, sort_keys=True)
    hashed = hashlib.sha256(text.encode()).hexdigest()
    what = row["kind"].replace("_", " ")
    about = row["project_code"] or row["record_id"] or "–"
    return RecordWrite(
        external_id=external_id(row["posting_key"], version),
        content_hash=hashed,
        record_type=row["record_type"],
        record_id=row["record_id"],
        fields=fields,
        memo=f"Tieout {what} {about} v{version} [{hashed[:16]}]",
        posting_date=row["posting_date"],
    )


def _intent(row: dict[str, Any], position: Position, write: RecordWrite) -> Intent:
    return Intent(
        posting_key=row["posting_key"],
        version=position.version + 1,
        kind=row["kind"],
        legal_entity_code=row["legal_entity_code"] or "",
        project_code=row["project_code"],
        period_month=row["period_month"],
        slot=Slot.of_record(row["target_system"], row["record_type"]),
        amount=NOUGHT.amount,
        hours=NOUGHT.hours,
        standing=position.posted,
        correlation_id=row["correlation_id"],
        document=write,
    )
