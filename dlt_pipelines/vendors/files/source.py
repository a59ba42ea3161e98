"""What is read of delivered files, and what became of each.

A file is taken once: by its hash, whatever it is called. Files of a kind are read in
their order (a sequence in the name, else when they were written), so that the last word
on something counts; one that comes after a newer one had the word is refused. What
became of each is in table ``deliveries``, landed after the rows that it tells of.
"""

import contextlib
import fnmatch
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import polars as pl

from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.feeds import Batch, Feed, Window
from dlt_pipelines.vendors.files import pgp
from dlt_pipelines.vendors.files.checking import Checked, check, condition, period_of
from dlt_pipelines.vendors.files.claiming import Claimed, claim, opened
from dlt_pipelines.vendors.files.client import FilesClient
from dlt_pipelines.vendors.files.declaration import (
    DELIVERIES,
    FileKind,
    contracts_of,
    declared,
)
from dlt_pipelines.vendors.files.places import Entry
from dlt_pipelines.vendors.files.refusal import NotYet, Refusal

LANDED = "landed"
SETTLED = (LANDED, "duplicate")  # such a file is not looked at again
CLEARED = ("removed", "arrived")
EVERYTHING = "*"  # what a file without scopes has the word on

Row = dict[str, Any]


def feeds(instance: Instance) -> tuple[Feed, ...]:
    """One feed, of all contracts that an instance's files say.

    Raises ConfigurationError for declarations that cannot be used.
    """
    contracts = sorted(contracts_of(declared(instance)))
    return (Feed("delivered", read, (*contracts, DELIVERIES)),)


def read(client: FilesClient, window: Window) -> Iterator[Batch]:
    """The rows of the files that are new, and what became of all."""
    told = Told.of(window, asked_again=window.since is None)
    there = client.place.entries()
    for contract in sorted(contracts_of(client.kinds)):
        if waiting := window.waiting(contract):
            gone = pl.DataFrame({"_key": sorted(waiting)})
            yield Batch(contract, frame=gone, deleted=True)
    news: list[Row] = []
    for kind in client.kinds:
        reading = Reading(client, kind, told, there)
        yield from reading.batches()
        news += reading.news
        news += _overdue(kind, reading.landed(), told, window.until.date())
    news += _foreign(client, there)
    news += _removed(told, there)
    for row in news:
        row.pop("written", None)
    yield Batch(DELIVERIES, news, cursor=window.until)


def digest(kind: FileKind) -> str:
    """A kind's declaration in short: a file is read again when it is another one."""
    return hashlib.sha256(repr(kind).encode()).hexdigest()[:16]


@dataclass
class Told:
    """What raw says of deliveries, by kind, name and stamp."""

    rows: dict[tuple[str, str, str], Row]
    asked_again: bool = False

    @classmethod
    def of(cls, window: Window, *, asked_again: bool) -> "Told":
        """What had been landed before."""
        rows = window.held(DELIVERIES).pl().to_dicts()
        keyed = {(r["feed"] or "", r["file_name"], r["stamp"]): r for r in rows}
        return cls(keyed, asked_again)

    def landed(self, kind: str) -> list[Row]:
        """The deliveries of a kind that are in raw."""
        return [r for (k, *_), r in self.rows.items() if k == kind and _is_landed(r)]


def _is_landed(row: Row) -> bool:
    return row["status"] == LANDED


@dataclass
class Reading:
    """The reading of one kind of file: what is new, folded to the last word on it."""

    client: FilesClient
    kind: FileKind
    told: Told
    there: dict[str, Entry]
    news: list[Row] = field(default_factory=list)
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    scopes: set[str] = field(default_factory=set)
    known: list[Row] = field(default_factory=list)

    def batches(self) -> Iterator[Batch]:
        """The rows of all files that can be landed."""
        self.known = self._known()
        for entry in self._in_order():
            with contextlib.suppress(NotYet):
                self._take(entry)
        whole_for = condition(self.kind, sorted(self.scopes))
        for contract, frame in self.frames.items():
            yield Batch(contract, frame=frame, whole_for=whole_for)

    def landed(self) -> list[Row]:
        """The deliveries that are landed, those of this reading too."""
        return [*self.known, *(row for row in self.news if _is_landed(row))]

    def _known(self) -> list[Row]:
        """The landed deliveries that are not read again."""
        return [row for row in self.told.landed(self.kind.name) if not self._again(row)]

    def _again(self, row: Row) -> bool:
        entry = self.there.get(row["file_name"])
        is_there = entry is not None and entry.stamp == row["stamp"]
        return is_there and (
            self.told.asked_again or row["declaration"] != digest(self.kind)
        )

    def _in_order(self) -> list[Entry]:
        """The files to look at, the oldest word first."""
        found = []
        for entry in self.there.values():
            row = self.told.rows.get((self.kind.name, entry.name, entry.stamp))
            is_settled = row is not None and row["status"] in SETTLED
            again = row is not None and _is_landed(row) and self._again(row)
            if self.kind.parts(entry.name) is not None and (again or not is_settled):
                found.append(entry)
        return sorted(found, key=lambda entry: self._order(_row(self.kind, entry)))

    def _order(self, row: Row) -> tuple[str, datetime]:
        sequence = row["sequence"] or ""
        return (sequence.zfill(30) if sequence.isdigit() else sequence), row["written"]

    def _take(self, entry: Entry) -> None:
        """Read a file, and note what became of it; NotYet leaves it for later."""
        row = _row(self.kind, entry)
        try:
            claimed = self._claimed(entry)
            row["sha256"] = claimed.sha256
            if same := self._same(claimed):
                row |= {"status": "duplicate", "reason": f"it is {same} again"}
            else:
                self._land(row, claimed)
        except Refusal as refusal:
            row |= {"status": "refused", "reason": str(refusal)}
            before = self.told.rows.get((self.kind.name, entry.name, entry.stamp))
            if before is not None and _is_landed(before):
                # What was landed of it stands: layouts change, and files stay there.
                row |= {k: before[k] for k in ("sha256", "scopes", "line_count")}
                row |= {"status": LANDED, "reason": f"not read again: {refusal}"}
        self.news.append(row)

    def _claimed(self, entry: Entry) -> Claimed:
        folder = self.client.emptied_folder()
        return claim(self.client.place, entry, self.kind, self.there, folder)

    def _land(self, row: Row, claimed: Claimed) -> None:
        decrypt = partial(pgp.decrypt, self.client.instance)
        path = opened(claimed.path, self.kind, decrypt)
        name, sha256 = claimed.entry.name, claimed.sha256
        checked = check(path, self.kind, name, sha256, claimed.beside)
        checked.refuse()
        self._refuse_late(row, checked)
        self._fold(checked)
        row |= {
            "status": LANDED,
            "line_count": checked.count,
            "scopes": json.dumps(checked.scopes),
            "reason": f"not read: columns {', '.join(checked.unread)}"
            if checked.unread
            else None,
        }

    def _same(self, claimed: Claimed) -> str | None:
        """The name of a landed file of the same bytes."""
        hashes = {row["sha256"]: row["file_name"] for row in self.landed()}
        return hashes.get(claimed.sha256)

    def _refuse_late(self, row: Row, checked: Checked) -> None:
        scopes = set(checked.scopes or (EVERYTHING,))
        for other in self.landed():
            theirs = set(json.loads(other["scopes"] or "[]") or (EVERYTHING,))
            if scopes & theirs and self._order(_dated(other)) > self._order(row):
                raise Refusal(
                    f"{other['file_name']}, which is newer, was landed before it: what "
                    "it says is out of date"
                )

    def _fold(self, checked: Checked) -> None:
        """Let a file have the word on what it is whole for, or on the rows it has."""
        self.scopes |= set(checked.scopes)
        for said in self.kind.says:
            fresh = checked.frames[said.contract]
            before = self.frames.get(said.contract)
            if before is None:
                self.frames[said.contract] = fresh
                continue
            match self.kind.complete.kind:
                case "everything":
                    self.frames[said.contract] = fresh
                case "changes":
                    folded = pl.concat([before, fresh])
                    folded = folded.unique(
                        said.table.key, keep="last", maintain_order=True
                    )
                    self.frames[said.contract] = folded
                case kind:
                    scope = pl.col(self.kind.complete.column)
                    scope = scope.dt.truncate("1mo") if kind == "month" else scope
                    rest = before.filter(
                        ~scope.cast(pl.String).is_in(list(checked.scopes))
                    )
                    self.frames[said.contract] = pl.concat([rest, fresh])


def _row(kind: FileKind | None, entry: Entry) -> Row:
    parts = (kind.parts(entry.name) if kind else None) or {}
    return {
        "feed": kind.name if kind else "",
        "file_name": entry.name,
        "stamp": entry.stamp,
        "size_bytes": entry.size,
        "modified_at": entry.modified_at.isoformat(),
        "written": entry.modified_at.replace(tzinfo=None),
        "sequence": parts.get("sequence"),
        "declaration": digest(kind) if kind else None,
        "sha256": None,
        "scopes": None,
        "line_count": None,
        "status": None,
        "reason": None,
    }


def _dated(row: Row) -> Row:
    """A landed delivery with the moment it was written, wherever it is from."""
    return row if "written" in row else row | {"written": row["modified_at"]}


def _foreign(client: FilesClient, there: dict[str, Entry]) -> Iterator[Row]:
    """Files that nobody declares, and that are not beside one that somebody does."""
    beside = {
        pattern.format(name=name)
        for kind in client.kinds
        for name in there
        if kind.parts(name) is not None
        for pattern in (kind.done, kind.whole.beside)
        if pattern
    }
    for name, entry in there.items():
        kinds = [kind.name for kind in client.kinds if kind.parts(name) is not None]
        ignored = any(fnmatch.fnmatch(name, told) for told in client.ignored())
        if not kinds and name not in beside and not ignored:
            reason = "no declaration is of files of this name"
            yield _row(None, entry) | {"status": "foreign", "reason": reason}


def _removed(told: Told, there: dict[str, Entry]) -> Iterator[Row]:
    """Files that were not landed and that are there no more: nobody misses them."""
    for (_, name, stamp), row in told.rows.items():
        entry = there.get(name)
        is_there = entry is not None and entry.stamp == stamp
        if stamp and not is_there and row["status"] not in (*SETTLED[:1], *CLEARED):
            yield _again_said(row) | {"status": "removed", "reason": None}


def _again_said(row: Row) -> Row:
    kept = {k: v for k, v in row.items() if not k.startswith("_")}
    kept.pop("source_instance", None)
    at = kept["modified_at"]
    return kept | {"modified_at": f"{at.isoformat()}+00:00" if at else None}


def _overdue(
    kind: FileKind, landed: list[Row], told: Told, today: date
) -> Iterator[Row]:
    """The months of which a file should have come since the first that came."""
    if kind.due_days is None:
        return
    months = {_month(kind, row) for row in landed} - {None}
    month = min((m for m in months if m), default=None)
    while month is not None:
        after = (month + timedelta(days=31)).replace(day=1)
        if after + timedelta(days=kind.due_days) > today:
            return
        name = f"{kind.name} of {month:%Y-%m}"
        known = told.rows.get((kind.name, name, ""))
        if month not in months:
            yield _expected(kind, name) | {
                "status": "overdue",
                "reason": f"no file came of {month:%Y-%m}, which was due "
                f"{kind.due_days} days after its end",
            }
        elif known and known["status"] == "overdue":
            yield _expected(kind, name) | {"status": "arrived"}
        month = after


def _month(kind: FileKind, row: Row) -> date | None:
    try:
        return period_of(kind, kind.parts(row["file_name"]) or {})
    except Refusal:
        return None


def _expected(kind: FileKind, name: str) -> Row:
    return {"feed": kind.name, "file_name": name, "stamp": ""}
