"""The ledger as it is landed: rows for raw, so that controls and dashboards see it.

Moments are UTC without a zone, as everywhere in raw. A posting has a row for each
status that a landing found it in, with the ledger's number of what ended it: one run
may land two states of a posting. Of attempts and decisions every row is its own, by
its number; a ledger that lost rows gives their numbers to others, which therefore say
since when it counts anew.
"""

from datetime import datetime
from typing import Any

from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.postings import POSTED, REVOKED, KeptDecision, Posting


def rows(ledger: Ledger) -> dict[str, list[dict[str, Any]]]:
    """All that the ledger holds, by the name of the table in raw."""
    decided = ledger.decisions()
    anew = [made.decided_at for made in decided if made.decision == REVOKED]
    return {
        "postings": [_posting(posting) for posting in ledger.postings()],
        "attempts": [_attempt(row, anew) for row in ledger.attempts()],
        "decisions": [
            _decision(number, decision, anew)
            for number, decision in enumerate(decided, 1)
        ],
    }


def _event_id(number: int, at: datetime, anew: list[datetime]) -> str:
    since = max((moment for moment in anew if moment <= at), default=None)
    return f"{number}|{since.isoformat()}" if since else str(number)


def _posting(posting: Posting) -> dict[str, Any]:
    ended = posting.ended_at
    return {
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
        "content_hash": posting.content_hash,
        "target": posting.target,
        "erp_id": posting.erp_id,
        "status": posting.status,
        "status_no": posting.ended_no,
        "posted_at": _naive(ended) if ended and posting.status == POSTED else None,
        **_place(posting),
        "_event_id": f"{posting.posting_id}|{posting.status}|{posting.ended_no}",
    }


def _place(posting: Posting) -> dict[str, Any]:
    """Where in the books a journal was meant to stand; nothing of a record."""
    if not posting.amount:
        return {}
    slot = posting.slot
    sides = [
        (slot.debit_account, slot.debit_project_id),
        (slot.credit_account, slot.credit_project_id),
    ]
    debited, credited = sides if posting.amount > 0 else sides[::-1]
    return {
        "posting_date": posting.posting_date,
        "debited_account": debited[0],
        "credited_account": credited[0],
        "debited_project_id": debited[1],
        "credited_project_id": credited[1],
        "department_id": slot.department_id,
    }


def _attempt(row: dict[str, Any], anew: list[datetime]) -> dict[str, Any]:
    at = datetime.fromisoformat(row["at"])
    names = ("sequence", "posting_id", "attempt_no", "outcome", "erp_id", "request_id",
             "detail", "latency_ms")  # fmt: skip
    return {
        **{name: row[name] for name in names},
        "attempted_at": _naive(at),
        "_event_id": _event_id(row["sequence"], at, anew),
    }


def _decision(
    number: int, decision: KeptDecision, anew: list[datetime]
) -> dict[str, Any]:
    return {
        "sequence": number,
        "posting_key": decision.posting_key,
        "content_hash": decision.content_hash,
        "decision": decision.decision,
        "decided_by": decision.decided_by,
        "reason": decision.reason,
        "amount": decision.amount,
        "currency_code": decision.currency_code,
        "decided_at": _naive(decision.decided_at),
        "_event_id": _event_id(number, decision.decided_at, anew),
    }


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
