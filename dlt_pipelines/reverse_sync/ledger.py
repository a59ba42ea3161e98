"""The posting ledger: every intent to post and every attempt, for good.

Rows are only ever added (triggers refuse anything else) and each carries the hash of
the row before it, so ``verify`` finds an edit, a deletion or a gap. An intent is on the
disk before the first call to the ERP (SQLite, WAL, synchronous FULL); its attempts say
what became of it:

- sent: the call was about to be made. With nothing after it, nobody knows.
- posted: the ERP holds it, under ``erp_id``.
- failed: the ERP looked at it and refused. Final.
- uncertain: no answer, or none that could be read.

An intent is *open* until it is posted or failed. What the ledger says is posted for a
posting key is the sum over its posted intents; amounts and hours are kept as text, so
that they come back to the last digit.
"""

import contextlib
import fcntl
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dlt_pipelines.errors import ConfigurationError
from dlt_pipelines.reverse_sync.journal import Journal

SENT, POSTED, FAILED, UNCERTAIN = "sent", "posted", "failed", "uncertain"
OPEN = "open"
GENESIS = "0" * 64
CHAIN = ("sequence", "previous_hash", "row_hash")

metadata = sa.MetaData()


def _chained(name: str, *columns: Any) -> sa.Table:
    """A table whose rows carry the hash of the row before."""
    return sa.Table(
        name,
        metadata,
        sa.Column("sequence", sa.Integer, primary_key=True),
        *columns,
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("row_hash", sa.String(64), nullable=False, unique=True),
    )


def _text(name: str, **options: Any) -> sa.Column:
    return sa.Column(name, sa.String, **{"nullable": False, **options})


intents = _chained(
    "intents",
    _text("posting_id", unique=True),
    _text("posting_key", index=True),
    sa.Column("version", sa.Integer, nullable=False),
    _text("kind"),
    _text("legal_entity_code"),
    _text("project_code"),
    _text("period_month"),
    _text("currency_code"),
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
attempts = _chained(
    "attempts",
    _text("posting_id", index=True),
    sa.Column("attempt_no", sa.Integer, nullable=False),
    _text("sent_at"),
    _text("outcome"),
    _text("erp_id", nullable=True),
    _text("request_id", nullable=True),
    _text("detail", nullable=True),
    sa.Column("latency_ms", sa.Integer),
)


@dataclass(frozen=True)
class Posting:
    """An intent as the ledger holds it, with what became of it."""

    posting_id: str
    posting_key: str
    version: int
    kind: str
    legal_entity_code: str
    project_code: str
    period_month: date
    currency_code: str
    amount: Decimal
    hours: Decimal
    content_hash: str
    external_id: str
    target: str
    payload: str
    status: str  # open | posted | failed
    attempts: int = 0
    erp_id: str | None = None
    detail: str | None = None
    ended_at: datetime | None = None

    @property
    def journal(self) -> Journal:
        """What is posted."""
        return Journal.of(self.payload)


@dataclass(frozen=True)
class Position:
    """What the ledger knows of one posting key."""

    amount: Decimal = Decimal(0)  # sum of what is posted
    hours: Decimal = Decimal(0)
    version: int = 0  # of the latest intent
    open: Posting | None = None
    refused: Posting | None = None  # the latest intent, if the ERP refused it


NOTHING = Position()


@dataclass(frozen=True)
class Intent:
    """What is about to be posted for a posting key, on top of what is posted.

    ``posted_amount`` and ``posted_hours`` are what the plan saw as posted: the ledger
    takes the intent only while that is still so.
    """

    posting_key: str
    version: int
    kind: str
    legal_entity_code: str
    project_code: str
    period_month: date
    currency_code: str
    amount: Decimal
    hours: Decimal
    posted_amount: Decimal
    posted_hours: Decimal
    correlation_id: str | None
    journal: Journal


class Ledger:
    """The ledger in a SQLite file, made when it is not there yet."""

    def __init__(self, path: Path) -> None:
        """Open the ledger at ``path``."""
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.engine = sa.create_engine(f"sqlite:///{self.path}")
        sa.event.listen(self.engine, "connect", _durable)
        sa.event.listen(self.engine, "begin", _begin)
        with self._writing() as connection:
            metadata.create_all(connection)
            for table in (intents, attempts):
                for verb in ("update", "delete"):
                    connection.execute(sa.text(_append_only(table.name, verb)))

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Only one process posts at a time; the lock goes with the process.

        Raises ConfigurationError when another process holds it.
        """
        with self.path.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise ConfigurationError(
                    f"another process is posting from {self.path.name}",
                    "wait until it has ended, then run the command again.",
                ) from error
            yield

    def intend(self, intent: Intent, target: str) -> Posting | None:
        """Make an intent durable; None when the ledger has moved on since the plan."""
        with self._writing() as connection:
            held = self._postings(connection, intent.posting_key)
            position = _position(held)
            planned = (intent.posted_amount, intent.posted_hours, intent.version - 1)
            if position.open or planned != (
                position.amount,
                position.hours,
                position.version,
            ):
                return None
            row = _intent_row(intent, target)
            self._append(connection, intents, row)
        return _posting(row, [])

    def record(
        self,
        posting: Posting,
        attempt_no: int,
        outcome: str,
        *,
        erp_id: str | None = None,
        request_id: str | None = None,
        detail: str | None = None,
        latency_ms: int | None = None,
    ) -> None:
        """Add what became of an attempt."""
        row = {
            "posting_id": posting.posting_id,
            "attempt_no": attempt_no,
            "sent_at": _now(),
            "outcome": outcome,
            "erp_id": erp_id,
            "request_id": request_id,
            "detail": detail,
            "latency_ms": latency_ms,
        }
        with self._writing() as connection:
            self._append(connection, attempts, row)

    def postings(self) -> list[Posting]:
        """Every intent, oldest first, with what became of it."""
        with self._reading() as connection:
            return self._postings(connection)

    def open_postings(self) -> list[Posting]:
        """Intents of which nobody knows yet whether the ERP holds them."""
        return [p for p in self.postings() if p.status == OPEN]

    def positions(self) -> dict[str, Position]:
        """What is known of every posting key."""
        keyed: dict[str, list[Posting]] = {}
        for posting in self.postings():
            keyed.setdefault(posting.posting_key, []).append(posting)
        return {key: _position(held) for key, held in keyed.items()}

    def history(self, posting_id: str) -> list[dict[str, Any]]:
        """Every attempt row of a posting, oldest first."""
        query = (
            sa.select(attempts)
            .where(attempts.c.posting_id == posting_id)
            .order_by(attempts.c.sequence)
        )
        with self._reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def verify(self) -> list[str]:
        """What is wrong with the chains; nothing when every row is as it was written.

        The newest rows can be cut off without a trace inside the file: compare
        ``heads`` with a copy kept elsewhere.
        """
        wrong = []
        with self._reading() as connection:
            for table in (intents, attempts):
                wrong += _broken_links(connection, table)
        return wrong

    def heads(self) -> dict[str, str]:
        """The newest hash of each chain."""
        with self._reading() as connection:
            return {t.name: _head(connection, t)[1] for t in (intents, attempts)}

    def _append(
        self, connection: sa.Connection, table: sa.Table, row: dict[str, Any]
    ) -> None:
        sequence, previous = _head(connection, table)
        row = {**row, "sequence": sequence + 1}
        connection.execute(
            sa.insert(table).values(
                **row, previous_hash=previous, row_hash=_row_hash(previous, row)
            )
        )

    def _postings(
        self, connection: sa.Connection, posting_key: str | None = None
    ) -> list[Posting]:
        query = sa.select(intents).order_by(intents.c.sequence)
        tried = sa.select(attempts).order_by(attempts.c.sequence)
        if posting_key is not None:
            query = query.where(intents.c.posting_key == posting_key)
            ids = sa.select(intents.c.posting_id).where(
                intents.c.posting_key == posting_key
            )
            tried = tried.where(attempts.c.posting_id.in_(ids))
        outcomes: dict[str, list[Any]] = {}
        for row in connection.execute(tried).mappings():
            outcomes.setdefault(row["posting_id"], []).append(row)
        return [
            _posting(row, outcomes.get(row["posting_id"], []))
            for row in connection.execute(query).mappings()
        ]

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self.engine.connect().execution_options(writing=True) as connection:
            yield connection
            connection.commit()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection:
            yield connection


def rows_for_landing(ledger: Ledger) -> list[dict[str, Any]]:
    """Every posting as ``raw.ledger__postings`` has it; ``posted_at`` is UTC."""
    return [
        {
            "posting_id": posting.posting_id,
            "posting_key": posting.posting_key,
            "version": posting.version,
            "kind": posting.kind,
            "legal_entity_code": posting.legal_entity_code,
            "project_code": posting.project_code,
            "period_month": posting.period_month,
            "currency_code": posting.currency_code,
            "amount": posting.amount,
            "hours": posting.hours,
            "external_id": posting.external_id,
            "erp_id": posting.erp_id,
            "status": posting.status,
            "posted_at": posting.ended_at.replace(tzinfo=None)
            if posting.status == POSTED
            else None,
        }
        for posting in ledger.postings()
    ]


def _durable(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where _begin says
    for pragma in (
        "journal_mode = wal",
        "synchronous = full",
        "busy_timeout = 30000",
        "foreign_keys = on",
    ):
        connection.execute(f"pragma {pragma}")


def _begin(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("begin immediate" if writing else "begin")


def _append_only(table: str, verb: str) -> str:
    return (
        f"create trigger if not exists {table}_no_{verb} before {verb} on {table} "
        f"begin select raise(abort, 'the ledger is append-only'); end"
    )


def _intent_row(intent: Intent, target: str) -> dict[str, Any]:
    return {
        "posting_id": f"{intent.posting_key}|v{intent.version}",
        "posting_key": intent.posting_key,
        "version": intent.version,
        "kind": intent.kind,
        "legal_entity_code": intent.legal_entity_code,
        "project_code": intent.project_code,
        "period_month": intent.period_month.isoformat(),
        "currency_code": intent.currency_code,
        "amount": str(intent.amount),
        "hours": str(intent.hours),
        "content_hash": intent.journal.content_hash,
        "external_id": intent.journal.external_id,
        "correlation_id": intent.correlation_id,
        "target": target,
        "payload": intent.journal.payload(),
        "created_at": _now(),
    }


def _posting(row: Any, tried: list[Any]) -> Posting:
    final = [r for r in tried if r["outcome"] in (POSTED, FAILED)]
    last = final[-1] if final else (tried[-1] if tried else None)
    return Posting(
        posting_id=row["posting_id"],
        posting_key=row["posting_key"],
        version=row["version"],
        kind=row["kind"],
        legal_entity_code=row["legal_entity_code"],
        project_code=row["project_code"],
        period_month=date.fromisoformat(row["period_month"]),
        currency_code=row["currency_code"],
        amount=Decimal(row["amount"]),
        hours=Decimal(row["hours"]),
        content_hash=row["content_hash"],
        external_id=row["external_id"],
        target=row["target"],
        payload=row["payload"],
        status=final[-1]["outcome"] if final else OPEN,
        attempts=max((r["attempt_no"] for r in tried), default=0),
        erp_id=last["erp_id"] if last else None,
        detail=last["detail"] if last else None,
        ended_at=datetime.fromisoformat(last["sent_at"]) if final else None,
    )


def _position(held: list[Posting]) -> Position:
    if not held:
        return NOTHING
    posted = [p for p in held if p.status == POSTED]
    latest = max(held, key=lambda p: p.version)
    return Position(
        amount=sum((p.amount for p in posted), Decimal(0)),
        hours=sum((p.hours for p in posted), Decimal(0)),
        version=latest.version,
        open=next((p for p in held if p.status == OPEN), None),
        refused=latest if latest.status == FAILED else None,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _head(connection: sa.Connection, table: sa.Table) -> tuple[int, str]:
    query = (
        sa.select(table.c.sequence, table.c.row_hash)
        .order_by(table.c.sequence.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return (row.sequence, row.row_hash) if row else (0, GENESIS)


def _row_hash(previous: str, row: dict[str, Any]) -> str:
    content = json.dumps(row, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(f"{previous}{content}".encode()).hexdigest()


def _broken_links(connection: sa.Connection, table: sa.Table) -> list[str]:
    wrong = []
    previous, expected = GENESIS, 1
    for row in connection.execute(
        sa.select(table).order_by(table.c.sequence)
    ).mappings():
        content = {k: v for k, v in row.items() if k not in CHAIN[1:]}
        where = f"{table.name} row {row['sequence']} ({row['posting_id']})"
        if row["sequence"] != expected:
            wrong.append(f"{where}: rows are missing before it")
        if row["previous_hash"] != previous:
            wrong.append(f"{where}: it does not follow the row before it")
        if _row_hash(row["previous_hash"], content) != row["row_hash"]:
            wrong.append(f"{where}: it was changed after it was written")
        previous, expected = row["row_hash"], row["sequence"] + 1
    return wrong
