"""What was written to the sandbox's systems: kept in SQLite, as a vendor would.

The simulated firm is computed from its seed and clock; what the product posts to it
is not, so it is stored here and outlives the server.
"""

import json
import sqlite3
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

SCHEMA = """
create table if not exists records (
    vendor text not null, kind text not null, id integer not null,
    external_id text, body text not null, created_at text not null,
    updated_at text not null,
    primary key (vendor, kind, id)
);
create unique index if not exists one_external_id
    on records (vendor, kind, external_id) where external_id is not null;
"""
FIRST_ID = 9_000_001  # far above every id the simulation gives


class DuplicateExternalId(Exception):
    """Another record of the kind has this external id."""


class Records:
    """The records written to one vendor. Safe for several threads."""

    def __init__(self, path: Path, vendor: str) -> None:
        """Open (or make) the store at ``path`` for ``vendor``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.vendor = vendor
        # One transaction at a time: the connection has but one, whichever thread asks.
        self._writing = threading.Lock()
        self.connection = sqlite3.connect(path, check_same_thread=False)
        self.connection.executescript("pragma journal_mode = wal;" + SCHEMA)

    def add(
        self, kind: str, body: dict[str, Any], external_id: str | None, now: datetime
    ) -> int:
        """Keep a record and return its id; raises DuplicateExternalId."""
        moments = (now.isoformat(), now.isoformat())
        row = (self.vendor, kind, FIRST_ID - 1, external_id, json.dumps(body), *moments)
        with self._writing, self.connection:
            try:
                [(number,)] = self.connection.execute(
                    "insert into records select ?, ?, coalesce(max(id), ?) + 1,"
                    " ?, ?, ?, ? from records where vendor = ? returning id",
                    (*row, self.vendor),
                ).fetchall()
            except sqlite3.IntegrityError as error:
                raise DuplicateExternalId(external_id) from error
        return number

    def change(
        self, kind: str, number: int, body: dict[str, Any], now: datetime
    ) -> None:
        """Replace a record's body."""
        with self._writing, self.connection:
            self.connection.execute(
                "update records set body = ?, updated_at = ?"
                " where vendor = ? and kind = ? and id = ?",
                (json.dumps(body), now.isoformat(), self.vendor, kind, number),
            )

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Every record of a kind: its body with id, external_id and both moments."""
        rows = self.connection.execute(
            "select id, external_id, body, created_at, updated_at from records"
            " where vendor = ? and kind = ? order by id",
            (self.vendor, kind),
        )
        return [
            {
                **json.loads(body),
                "id": number,
                "external_id": external_id,
                "created_at": datetime.fromisoformat(created_at),
                "updated_at": datetime.fromisoformat(updated_at),
            }
            for number, external_id, body, created_at, updated_at in rows
        ]

    def find(self, kind: str, external_id: str) -> dict[str, Any] | None:
        """The record with an external id, if there is one."""
        found = [r for r in self.all(kind) if r["external_id"] == external_id]
        return found[0] if found else None
