"""Records that were written and the ledger lacks: the stop, and taking them up.

What was created carries our external id in its system. A value that was set leaves
nothing there, but the ledger is landed with every run: raw knows of both. A record that
either of them tells and the ledger does not count as written stops writing in that
system, as nobody could tell a person's edit from a value that was never sent, and what
was created under a later version would be created again. `tieout ledger recover` takes
them up.

Of what a system lists only ids of keys count that are desired now or were landed: the
rest is other books' or another region's, and nothing of ours would double it.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dlt_pipelines.core.errors import LedgerLacks
from dlt_pipelines.reverse_sync import external_ids, lacking
from dlt_pipelines.reverse_sync.journal import Target
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import POST, Plan
from dlt_pipelines.reverse_sync.postings import FAILED, NOUGHT, Intent, Slot
from dlt_pipelines.reverse_sync.records import (
    CREATED,
    INVOICE_PROPOSAL,
    KINDS,
    SUFFIX,
    RecordWrite,
)
from dlt_pipelines.reverse_sync.recovery import ProvenIds, Recovery, end

LANDED = f"""
    select posting_key, version, external_id, erp_id, content_hash, target,
        legal_entity_code, project_code, period_month
    from raw.ledger__postings
    where status = 'posted' and kind in {KINDS}
    order by posting_key, version, landed_at
"""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class RecordsLacking:
    """Records in one system that the ledger does not count as written."""

    system: str
    keys: Sequence[str]
    subsidiary_id: str = ""  # as the slots of all records have it

    @property
    def error(self) -> LedgerLacks:
        """What it stops, and what to do."""
        return LedgerLacks(
            f"{len(self.keys)} records were written in {self.system} that the ledger "
            f"lacks ({self.keys[0]}{' …' if self.keys[1:] else ''}): nothing new is "
            "written there",
            "look for a newer copy of the ledger; where there is none, `tieout ledger "
            "recover` shows them and takes them up, then run the same command again.",
        )


def landed(land: Path) -> list[dict[str, Any]]:
    """The records that were written, as raw was told by the ledgers of past runs."""
    if not land.exists():
        return []
    with contextlib.closing(duckdb.connect(land, read_only=True)) as raw:
        try:
            found = raw.execute(LANDED)
        except (duckdb.CatalogException, duckdb.BinderException):
            return []  # nothing of a ledger yet, or not since this release
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def lookout(known: Sequence[Row]) -> lacking.Lookout:
    """What stops writing in a system, with what ``landed`` knows."""

    def look_out(target: Target, ledger: Ledger, plan: Plan) -> list[RecordsLacking]:
        rows = [entry.desired for entry in plan.entries]
        keys = [lost.posting_key for lost in _lost(target, ledger, rows, known)]
        return [RecordsLacking(target.name.removesuffix(SUFFIX), keys)] if keys else []

    return look_out


def recover(
    target: Target, ledger: Ledger, rows: Sequence[Row], known: Sequence[Row]
) -> Recovery:
    """What a system and raw tell of records that the ledger lacks; nothing is written.

    ``rows`` are the desired records, ``known`` what ``landed`` tells.
    """
    held = {posting.posting_id: posting for posting in ledger.postings()}
    recovery = Recovery()
    for lost in _lost(target, ledger, rows, known):
        refused = held.get(lost.posting_id)
        number = refused.attempts + 1 if refused else 1
        recovery.ends.append(end(lost.posting_id, number, lost.erp_id))
        if refused:
            recovery.known.append(refused)
        else:
            recovery.found.append(lost.intent(target.name))
    return recovery


@dataclass(frozen=True)
class _Lost:
    """A write that the ledger lacks; ``row`` is what was desired, or was landed."""

    posting_key: str
    version: int
    external_id: str
    erp_id: str
    content_hash: str  # of earlier releases' nothing is landed, of held ones 16 digits
    memo: str
    row: Row

    @property
    def posting_id(self) -> str:
        return f"{self.posting_key}|v{self.version}"

    def intent(self, target: str) -> Intent:
        """The intent that it came of, as far as anybody can tell."""
        kind, *parts = self.posting_key.split("|")
        record_type = CREATED.get(kind) or parts[1]  # master_data|system|type|…
        write = RecordWrite(
            external_id=self.external_id,
            content_hash=self.content_hash,
            record_type=record_type,
            record_id=None if kind in CREATED else self.erp_id,
            fields={},
            memo=self.memo,
            posting_date=self.row.get("posting_date") or self.row["period_month"],
        )
        return Intent(
            posting_key=self.posting_key,
            version=self.version,
            kind=kind,
            legal_entity_code=self.row["legal_entity_code"] or "",
            project_code=self.row["project_code"],
            period_month=self.row["period_month"],
            slot=Slot.of_record(target.removesuffix(SUFFIX), record_type),
            amount=NOUGHT.amount,
            hours=NOUGHT.hours,
            standing=NOUGHT,
            correlation_id=None,
            document=write,
        )


def _lost(
    target: Target, ledger: Ledger, rows: Sequence[Row], known: Sequence[Row]
) -> list[_Lost]:
    """What the ledger does not count as written in a system, by key and version.

    One that nothing was, or would be, written in is not asked.
    """
    counted = {p.posting_id for p in ledger.postings() if p.status != FAILED}
    told = {row["posting_key"]: row for row in (*known, *rows)}
    found = list(_landed_of(target.name, known))
    if found or any(row["policy_action"] == POST for row in rows):
        found = [*_held(target, ledger, told), *found]
    # Of two the landed one counts: it has the whole content.
    lost = {(write.posting_key, write.version): write for write in found}
    return [lost[key] for key in sorted(lost) if lost[key].posting_id not in counted]


def _held(target: Target, ledger: Ledger, told: Mapping[str, Row]) -> Iterator[_Lost]:
    missing = lacking.missing(target, ledger)
    ids = ProvenIds(told if missing else ())  # each key has a hash for every version
    for record in missing:
        key = ids.key_of(record.external_id)
        if key and external_ids.books_of(record.external_id) in ("", ledger.books):
            yield _Lost(
                *key, record.external_id, record.erp_id, record.content_hash,
                record.memo, told[key[0]],
            )  # fmt: skip


def _landed_of(target: str, known: Iterable[Row]) -> Iterator[_Lost]:
    for row in known:
        kind, system, *_ = row["posting_key"].split("|")
        if row["target"] is None and kind == INVOICE_PROPOSAL:
            continue  # of an earlier release: the key names no system, but it is held
        if (row["target"] or system + SUFFIX) == target:
            yield _Lost(
                row["posting_key"], row["version"], row["external_id"], row["erp_id"],
                row["content_hash"] or "", "", row,
            )  # fmt: skip
