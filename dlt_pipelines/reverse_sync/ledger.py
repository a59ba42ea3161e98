"""The posting ledger: every intent to post, every attempt, every decision, for good.

Rows are only ever added and hash-chained (see ``chain``; the tables are in ``schema``,
what holds them in ``database``). An intent is on the disk before the first call to the
ERP. What the ledger says is posted for a posting key is the sum over its
posted intents; amounts and hours are kept as text, so that they come back to the last
digit.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dlt_pipelines.reverse_sync import chain
from dlt_pipelines.reverse_sync.database import Database
from dlt_pipelines.reverse_sync.postings import (
    NOTHING,
    OPEN,
    Attempt,
    Decision,
    Intent,
    KeptDecision,
    Position,
    Posting,
    posting_of,
)
from dlt_pipelines.reverse_sync.schema import (
    TABLES,
    attempts,
    decisions,
    intents,
    metadata,
)


class Ledger(Database):
    """The ledger; ``by`` is who makes intents in it, if that is known.

    ``books`` is the mark of whose books these are (see ``external_ids``). Raises as
    ``Database`` does.
    """

    def __init__(
        self, where: Path | str, by: str | None = None, books: str = ""
    ) -> None:
        """Open the ledger at a path or a database's address."""
        super().__init__(where)
        self.by = by
        self.books = books

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
                rows.append(_intent_row(intent, target, self.by))
                taken.append(posting_of(rows[-1], []))
            chain.append(connection, intents, rows)
        return taken

    def record(self, results: Iterable[Attempt]) -> None:
        """Add what became of attempts, all in one commit."""
        rows = [_attempt_row(result) for result in results]
        with self._writing() as connection:
            chain.append(connection, attempts, rows)

    def recover(
        self, found: Iterable[Intent], ends: Iterable[Attempt], target: str
    ) -> None:
        """Add intents that the ledger lost and how they ended, all in one commit.

        No decision before counts any more: what it let through may be lost too.
        """
        lost = [_intent_row(intent, target, self.by) for intent in found]
        reason = f"the ledger was recovered from {target}"
        revoked = _decision_row(Decision.revocation(self.by, reason))
        with self._writing() as connection:
            chain.append(connection, intents, lost)
            chain.append(connection, attempts, [_attempt_row(end) for end in ends])
            chain.append(connection, decisions, [revoked])

    def decide(self, made: Iterable[Decision]) -> None:
        """Add decisions, all in one commit."""
        rows = [_decision_row(decision) for decision in made]
        with self._writing() as connection:
            chain.append(connection, decisions, rows)

    def decisions(self) -> list[KeptDecision]:
        """Every decision, oldest first."""
        query = sa.select(decisions).order_by(decisions.c.sequence)
        with self._reading() as connection:
            return [
                KeptDecision(
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

        What leaves no trace in the database itself is found by ``checkpoints``.
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

    def hashes(self, table: str, numbers: Iterable[int]) -> dict[int, str]:
        """The hashes of a table's rows with these numbers, where there are such."""
        with self._reading() as connection:
            return chain.hashes(connection, metadata.tables[table], numbers)

    def _postings(
        self, connection: sa.Connection, keys: Sequence[str] | None = None
    ) -> list[Posting]:
        query = sa.select(intents).order_by(intents.c.sequence)
        tried = sa.select(attempts).order_by(attempts.c.sequence)
        if keys is None:
            return _joined(connection, query, tried)
        found = []
        for first in range(0, len(keys), chain.AT_ONCE):
            ours = intents.c.posting_key.in_(keys[first : first + chain.AT_ONCE])
            ids = sa.select(intents.c.posting_id).where(ours)
            found += _joined(
                connection,
                query.where(ours),
                tried.where(attempts.c.posting_id.in_(ids)),
            )
        return found


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


def _intent_row(intent: Intent, target: str, by: str | None) -> dict[str, Any]:
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
        "created_by": by,
    }


def _attempt_row(result: Attempt) -> dict[str, Any]:
    return {
        "posting_id": result.posting_id,
        "attempt_no": result.attempt_no,
        "at": _now(),
        "outcome": result.outcome,
        "erp_id": result.erp_id,
        "request_id": result.request_id,
        "detail": result.detail,
        "latency_ms": result.latency_ms,
    }


def _decision_row(decision: Decision) -> dict[str, Any]:
    return {
        "posting_key": decision.posting_key,
        "content_hash": decision.content_hash,
        "decision": decision.decision,
        "decided_by": decision.decided_by,
        "reason": decision.reason,
        "amount": str(decision.amount),
        "currency_code": decision.currency_code,
        "decided_at": _now(),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat()
