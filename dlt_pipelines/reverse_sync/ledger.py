"""The posting ledger: every intent to post, every attempt, every decision, for good.

Rows are only ever added and hash-chained (see ``chain``). An intent is on the disk
before the first call to the ERP: SQLite (WAL, synchronous FULL) by default, PostgreSQL
by configuration. What the ledger says is posted for a posting key is the sum over its
posted intents; amounts and hours are kept as text, so that they come back to the last
digit.
"""

import contextlib
import fcntl
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dlt_pipelines.errors import ConfigurationError
from dlt_pipelines.reverse_sync import chain
from dlt_pipelines.reverse_sync.postings import (
    NOTHING,
    OPEN,
    Attempt,
    Decision,
    Intent,
    Position,
    Posting,
    posting_of,
)

KEYS_AT_ONCE = 500  # in one query: SQLite bears no more than some thousands
LOCK = 7_154_001  # the advisory locks' number in PostgreSQL: any, but always the same

metadata = sa.MetaData()


def _text(name: str, **options: Any) -> sa.Column:
    return sa.Column(name, sa.String, **{"nullable": False, **options})


intents = chain.chained(
    "intents",
    metadata,
    _text("posting_id", unique=True),
    _text("posting_key", index=True),
    sa.Column("version", sa.Integer, nullable=False),
    _text("kind"),
    _text("legal_entity_code"),
    _text("project_code", nullable=True),
    _text("period_month"),
    _text("posting_date"),
    _text("currency_code"),
    _text("slot"),
    _text("amount"),
    _text("hours"),
    _text("content_hash"),
    _text("external_id", unique=True),
    _text("correlation_id", nullable=True),
    _text("target"),
    _text("payload"),
    _text("created_at"),
    sa.UniqueConstraint("posting_key", "version"),
)
attempts = chain.chained(
    "attempts",
    metadata,
    _text("posting_id", index=True),
    sa.Column("attempt_no", sa.Integer, nullable=False),
    _text("at"),
    _text("outcome"),
    _text("erp_id", nullable=True),
    _text("request_id", nullable=True),
    _text("detail", nullable=True),
    sa.Column("latency_ms", sa.Integer),
)
decisions = chain.chained(
    "decisions",
    metadata,
    _text("posting_key", index=True),
    _text("content_hash"),
    _text("decision"),
    _text("decided_by"),
    _text("reason", nullable=True),
    _text("amount"),
    _text("currency_code"),
    _text("decided_at"),
)
TABLES = (intents, attempts, decisions)


class Ledger:
    """The ledger in a SQLite file or a PostgreSQL database, made when it is not there.

    Raises ConfigurationError when what is there is no ledger of this release.
    """

    def __init__(self, where: Path | str) -> None:
        """Open the ledger at a path or a database's address."""
        self.url = sa.make_url(
            f"sqlite:///{where}" if isinstance(where, Path) else where
        )
        self.dialect = self.url.get_backend_name()
        if self.dialect == "sqlite":
            self.path = Path(self.url.database)
            self.path.parent.mkdir(parents=True, exist_ok=True)
        self.engine = sa.create_engine(self.url)
        if self.dialect == "sqlite":
            sa.event.listen(self.engine, "connect", _durable)
            sa.event.listen(self.engine, "begin", _begin)
        with self._opening(), self._writing() as connection:
            metadata.create_all(connection)
            for table in TABLES:
                for statement in chain.append_only(self.dialect, table.name):
                    connection.exec_driver_sql(statement)
            self._check_release(connection)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Only one process posts at a time; the lock goes with the process.

        Raises ConfigurationError when another process holds it.
        """
        lock = self._file_lock if self.dialect == "sqlite" else self._advisory_lock
        with lock() as is_ours:
            if not is_ours:
                raise ConfigurationError(
                    f"another process is posting from {self.url.database}",
                    "wait until it has ended, then run the command again.",
                )
            yield

    def intend(self, wanted: Sequence[Intent], target: str) -> list[Posting | None]:
        """Make intents durable, all in one commit; one result each, in their order.

        None for one that the ledger has moved on from since it was planned. No two of
        ``wanted`` may have the same posting key.
        """
        taken: list[Posting | None] = []
        rows = []
        with self._writing() as connection:
            keys = [intent.posting_key for intent in wanted]
            positions = _positions(self._postings(connection, keys))
            for intent in wanted:
                if _overtaken(intent, positions.get(intent.posting_key, NOTHING)):
                    taken.append(None)
                    continue
                rows.append(_intent_row(intent, target))
                taken.append(posting_of(rows[-1], []))
            chain.append(connection, intents, rows)
        return taken

    def record(self, results: Iterable[Attempt]) -> None:
        """Add what became of attempts, all in one commit."""
        rows = [
            {
                "posting_id": result.posting_id,
                "attempt_no": result.attempt_no,
                "at": _now(),
                "outcome": result.outcome,
                "erp_id": result.erp_id,
                "request_id": result.request_id,
                "detail": result.detail,
                "latency_ms": result.latency_ms,
            }
            for result in results
        ]
        with self._writing() as connection:
            chain.append(connection, attempts, rows)

    def decide(self, made: Iterable[Decision]) -> None:
        """Add decisions, all in one commit."""
        rows = [
            {
                "posting_key": decision.posting_key,
                "content_hash": decision.content_hash,
                "decision": decision.decision,
                "decided_by": decision.decided_by,
                "reason": decision.reason,
                "amount": str(decision.amount),
                "currency_code": decision.currency_code,
                "decided_at": _now(),
            }
            for decision in made
        ]
        with self._writing() as connection:
            chain.append(connection, decisions, rows)

    def decisions(self) -> list[Decision]:
        """Every decision, oldest first."""
        query = sa.select(decisions).order_by(decisions.c.sequence)
        with self._reading() as connection:
            return [
                Decision(
                    posting_key=row["posting_key"],
                    content_hash=row["content_hash"],
                    decision=row["decision"],
                    decided_by=row["decided_by"],
                    reason=row["reason"],
                    amount=Decimal(row["amount"]),
                    currency_code=row["currency_code"],
                    decided_at=datetime.fromisoformat(row["decided_at"]),
                )
                for row in connection.execute(query).mappings()
            ]

    def postings(self) -> list[Posting]:
        """Every intent, oldest first, with what became of it."""
        with self._reading() as connection:
            return self._postings(connection)

    def open_postings(self) -> list[Posting]:
        """Intents of which nobody knows yet whether the ERP holds them."""
        return [p for p in self.postings() if p.status == OPEN]

    def positions(self) -> dict[str, Position]:
        """What is known of every posting key."""
        return _positions(self.postings())

    def history(self, posting_id: str) -> list[dict[str, Any]]:
        """Every attempt row of a posting, oldest first."""
        query = (
            sa.select(attempts)
            .where(attempts.c.posting_id == posting_id)
            .order_by(attempts.c.sequence)
        )
        with self._reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def attempts(self) -> list[dict[str, Any]]:
        """Every attempt row, oldest first."""
        query = sa.select(attempts).order_by(attempts.c.sequence)
        with self._reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def verify(self) -> list[str]:
        """What is wrong with the chains; nothing when every row is as it was written.

        The newest rows can be cut off without a trace inside the database: compare
        ``heads`` with a copy kept elsewhere.
        """
        with self._reading() as connection:
            return [
                line
                for table in TABLES
                for line in chain.broken_links(connection, table)
            ]

    def heads(self) -> dict[str, tuple[int, str]]:
        """The number of rows and the newest hash of each chain."""
        with self._reading() as connection:
            return {table.name: chain.head(connection, table) for table in TABLES}

    def _postings(
        self, connection: sa.Connection, keys: Sequence[str] | None = None
    ) -> list[Posting]:
        query = sa.select(intents).order_by(intents.c.sequence)
        tried = sa.select(attempts).order_by(attempts.c.sequence)
        if keys is None:
            return _joined(connection, query, tried)
        found = []
        for first in range(0, len(keys), KEYS_AT_ONCE):
            ours = intents.c.posting_key.in_(keys[first : first + KEYS_AT_ONCE])
            ids = sa.select(intents.c.posting_id).where(ours)
            found += _joined(
                connection,
                query.where(ours),
                tried.where(attempts.c.posting_id.in_(ids)),
            )
        return found

    @contextlib.contextmanager
    def _opening(self) -> Iterator[None]:
        """One process at a time makes the ledger.

        SQLite does not wait for a lock while it turns to its write-ahead log.
        """
        if self.dialect != "sqlite":
            yield
            return
        with self.path.with_suffix(".opening").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with contextlib.closing(sqlite3.connect(self.path)) as connection:
                connection.execute("pragma journal_mode = wal")
            yield

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self.engine.connect().execution_options(writing=True) as connection:
            if self.dialect == "postgresql":  # one writer: the chain has one end
                connection.execute(sa.text(f"select pg_advisory_xact_lock({LOCK})"))
            yield connection
            connection.commit()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def _file_lock(self) -> Iterator[bool]:
        with self.path.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    @contextlib.contextmanager
    def _advisory_lock(self) -> Iterator[bool]:
        with self.engine.connect() as connection:
            asked = sa.text(f"select pg_try_advisory_lock({LOCK + 1})")
            is_ours = bool(connection.execute(asked).scalar())
            connection.commit()  # the lock is the session's, not the transaction's
            try:
                yield is_ours
            finally:
                if is_ours:
                    unlock = sa.text(f"select pg_advisory_unlock({LOCK + 1})")
                    connection.execute(unlock)
                    connection.commit()

    def _check_release(self, connection: sa.Connection) -> None:
        inspector = sa.inspect(connection)
        for table in TABLES:
            held = {column["name"] for column in inspector.get_columns(table.name)}
            if held != set(table.columns.keys()):
                raise ConfigurationError(
                    f"{self.url.database} holds a ledger of another release",
                    "use the release that wrote it, or keep it and start a new one.",
                )


def _durable(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where _begin says
    for pragma in (
        "busy_timeout = 30000",
        "synchronous = full",
        "foreign_keys = on",
    ):
        connection.execute(f"pragma {pragma}")


def _begin(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("begin immediate" if writing else "begin")


def _joined(connection: sa.Connection, query: Any, tried: Any) -> list[Posting]:
    outcomes: dict[str, list[Any]] = {}
    for row in connection.execute(tried).mappings():
        outcomes.setdefault(row["posting_id"], []).append(row)
    return [
        posting_of(row, outcomes.get(row["posting_id"], []))
        for row in connection.execute(query).mappings()
    ]


def _positions(held: Iterable[Posting]) -> dict[str, Position]:
    keyed: dict[str, list[Posting]] = {}
    for posting in held:
        keyed.setdefault(posting.posting_key, []).append(posting)
    return {key: Position.of(postings) for key, postings in keyed.items()}


def _overtaken(intent: Intent, position: Position) -> bool:
    seen = (intent.standing, intent.version - 1)
    return position.open is not None or seen != (position.posted, position.version)


def _intent_row(intent: Intent, target: str) -> dict[str, Any]:
    return {
        "posting_id": f"{intent.posting_key}|v{intent.version}",
        "posting_key": intent.posting_key,
        "version": intent.version,
        "kind": intent.kind,
        "legal_entity_code": intent.legal_entity_code,
        "project_code": intent.project_code,
        "period_month": intent.period_month.isoformat(),
        "posting_date": intent.document.posting_date.isoformat(),
        "currency_code": intent.slot.currency_code,
        "slot": intent.slot.text(),
        "amount": str(intent.amount),
        "hours": str(intent.hours),
        "content_hash": intent.document.content_hash,
        "external_id": intent.document.external_id,
        "correlation_id": intent.correlation_id,
        "target": target,
        "payload": intent.document.payload(),
        "created_at": _now(),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat()
