"""What the ledger knows of a posting key or of one posting, told in order."""

from collections.abc import Iterator
from itertools import combinations
from operator import itemgetter
from typing import Any

from dlt_pipelines.core.currencies import with_code
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.reverse_sync import corrections
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.postings import (
    REVOKED,
    KeptDecision,
    Position,
    Posting,
)

Line = tuple[str, str]  # the moment, and what happened then


def lines(ledger: Ledger, asked: str) -> list[str]:
    """Decisions, intents and attempts, oldest first: when, who, what and why.

    Raises ConfigurationError for a key or posting that the ledger does not know.
    """
    postings = [p for p in ledger.postings() if asked in (p.posting_key, p.posting_id)]
    keys = {asked, *(p.posting_key for p in postings)}
    made = ledger.decisions()
    decided = [d for d in made if d.posting_key in keys]
    if asked not in {p.posting_key for p in postings} and postings:
        decided = _on(postings[0], decided, ledger)
    decided += [d for d in made if d.decision == REVOKED] if decided else []
    if not postings and not decided:
        raise ConfigurationError(
            f"the ledger knows nothing of {asked}", "`tieout plan` shows the keys."
        )
    told = [
        *map(_decision, decided),
        *map(_intent, postings),
        *(line for posting in postings for line in _attempts(ledger, posting)),
    ]
    return [
        f"{at[:19].replace('T', ' ')}  {what}"
        for at, what in sorted(told, key=itemgetter(0))
    ]


def _on(
    posting: Posting, decided: list[KeptDecision], ledger: Ledger
) -> list[KeptDecision]:
    """The decisions on an entry that a posting was part of."""
    made = [p for p in ledger.postings() if p.posting_key == posting.posting_key]
    entries = {
        corrections.content_hash(made[first:end], Position.of(made[:first]))
        for first, end in combinations(range(len(made) + 1), 2)
        if posting in made[first:end]
    }
    return [decision for decision in decided if decision.content_hash in entries]


def _decision(made: KeptDecision) -> Line:
    why = f": {made.reason}" if made.reason else ""
    if made.decision == REVOKED:
        what = f"no decision of before counts any more ({made.decided_by}{why})"
        return made.decided_at.isoformat(), what
    amount = with_code(made.amount, made.currency_code)
    what = f"{made.decision} by {made.decided_by}, {amount}{why}"
    return made.decided_at.isoformat(), what


def _intent(posting: Posting) -> Line:
    amount = with_code(posting.amount, posting.currency_code)
    by = f" by {posting.created_by}" if posting.created_by else ""
    what = f"{posting.posting_id} intended{by}, {amount}, as {posting.external_id}"
    what += f" in {posting.target}"
    return posting.created_at.isoformat(), what


def _attempts(ledger: Ledger, posting: Posting) -> Iterator[Line]:
    for row in ledger.history(posting.posting_id):
        yield row["at"], _attempt(row)


def _attempt(row: dict[str, Any]) -> str:
    said = (row["erp_id"], row["request_id"], row["detail"])
    told = ", ".join(str(text) for text in said if text is not None)
    what = f"{row['posting_id']} {row['outcome']} (attempt {row['attempt_no']})"
    return f"{what}: {told}" if told else what
