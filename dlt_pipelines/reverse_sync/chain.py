"""Tables whose rows are only ever added, each carrying the hash of the row before.

An edit, a deletion or a gap breaks the chain, and ``broken_links`` says where. The
database itself refuses updates and deletions by trigger; the chain is for whoever goes
behind its back.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

GENESIS = "0" * 64
LINKS = ("previous_hash", "row_hash")
LATER = "of a later release"
AT_ONCE = 500  # in one query: SQLite bears no more than some thousands


def chained(name: str, metadata: sa.MetaData, *columns: Any) -> sa.Table:
    """A table of the chain's own columns and ``columns``."""
    return sa.Table(
        name,
        metadata,
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        *columns,
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("row_hash", sa.String(64), nullable=False, unique=True),
    )


def later(name: str) -> sa.Column[str]:
    """A text column that a later release adds to a table.

    It is part of a row's hash where it says something: rows that were written before
    there was the column say nothing in it, and keep their hash.
    """
    return sa.Column(name, sa.String, info={LATER: True})


def is_later(column: sa.Column[Any]) -> bool:
    """Whether a later release has added a column."""
    return LATER in column.info


def append(
    connection: sa.Connection, table: sa.Table, rows: Iterable[dict[str, Any]]
) -> None:
    """Add rows after the newest one; the caller holds the database for writing."""
    newest, previous = head(connection, table)
    linked = []
    for sequence, row in enumerate(rows, newest + 1):
        content = {**row, "sequence": sequence}
        row_hash = _row_hash(table, previous, content)
        linked.append({**content, "previous_hash": previous, "row_hash": row_hash})
        previous = row_hash
    if linked:
        connection.execute(sa.insert(table), linked)


def head(connection: sa.Connection, table: sa.Table) -> tuple[int, str]:
    """The number and the hash of the newest row."""
    newest = (
        sa.select(table.c.sequence, table.c.row_hash)
        .order_by(table.c.sequence.desc())
        .limit(1)
    )
    row = connection.execute(newest).first()
    return (row.sequence, row.row_hash) if row else (0, GENESIS)


def hashes(
    connection: sa.Connection, table: sa.Table, numbers: Iterable[int]
) -> dict[int, str]:
    """The hashes of the rows with these numbers, where there are such rows."""
    wanted = sorted(set(numbers))
    found = {0: GENESIS}
    for first in range(0, len(wanted), AT_ONCE):
        some = table.c.sequence.in_(wanted[first : first + AT_ONCE])
        query = sa.select(table.c.sequence, table.c.row_hash).where(some)
        found |= {row.sequence: row.row_hash for row in connection.execute(query)}
    return found


def broken_links(connection: sa.Connection, table: sa.Table) -> list[str]:
    """What is wrong with a table's chain, a line each; nothing when all is as written.

    Newest rows that were cut off, and a chain that was made anew, leave no trace in
    the table itself: see ``checkpoints``.
    """
    wrong = []
    previous, expected = GENESIS, 1
    in_order = sa.select(table).order_by(table.c.sequence)
    for row in connection.execute(in_order).mappings():
        content = {k: v for k, v in row.items() if k not in LINKS}
        key = row.get("posting_id", row.get("posting_key"))
        where = f"{table.name} row {row['sequence']} ({key})"
        if row["sequence"] != expected:
            wrong.append(f"{where}: rows are missing before it")
        if row["previous_hash"] != previous:
            wrong.append(f"{where}: it does not follow the row before it")
        if _row_hash(table, row["previous_hash"], content) != row["row_hash"]:
            wrong.append(f"{where}: it was changed after it was written")
        previous, expected = row["row_hash"], row["sequence"] + 1
    return wrong


def _row_hash(table: sa.Table, previous: str, content: dict[str, Any]) -> str:
    unsaid = {c.name for c in table.c if is_later(c) and content.get(c.name) is None}
    said = {name: value for name, value in content.items() if name not in unsaid}
    text = json.dumps(said, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()


def append_only(dialect: str, table: str) -> list[str]:
    """Statements that make a database refuse to change or remove a table's rows.

    Raises KeyError for a database that nobody has written them for.
    """
    return [text.format(table=table) for text in APPEND_ONLY[dialect]]


_REFUSING = (
    "create trigger if not exists {{table}}_no_{verb} before {verb} on {{table}} "
    "begin select raise(abort, 'the posting ledger is append-only'); end"
)
APPEND_ONLY = {
    "sqlite": [_REFUSING.format(verb=verb) for verb in ("update", "delete")],
    "postgresql": [
        "create or replace function tieout_append_only() returns trigger "
        "language plpgsql as $$ begin raise integrity_constraint_violation "
        "using message = 'the posting ledger is append-only'; end $$",
        "create or replace trigger {table}_append_only before update or delete "
        "or truncate on {table} for each statement "
        "execute function tieout_append_only()",
    ],
}
