"""Who lets an entry be posted that policy does not let through by itself.

An entry above its kind's threshold is prepared by one person and approved by others,
each named for it in ``seeds/approvers.csv`` up to a limit. Every decision is a row of
the ledger with its reason, bound to the entry's content: whatever changes an entry
makes the decisions on it those of another entry.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlt_pipelines import policies
from dlt_pipelines.errors import TieoutError
from dlt_pipelines.reverse_sync.postings import (
    APPROVED,
    PREPARED,
    REJECTED,
    Decision,
)

if TYPE_CHECKING:
    from dlt_pipelines.reverse_sync.ledger import Ledger
    from dlt_pipelines.reverse_sync.plan import Entry

ANY = "*"

Decided = Mapping[tuple[str, str], list[Decision]]  # by posting key and content


class NotYours(TieoutError):
    """Somebody may not decide on an entry."""


@dataclass(frozen=True)
class Standing:
    """How far an entry's content has come."""

    preparer: str | None = None
    approvers: tuple[str, ...] = ()
    rejection: str | None = None  # by whom and why

    def told(self, needed: int) -> str:
        """What it waits for, in words."""
        if self.preparer is None:
            return "to be prepared for approval"
        if not self.approvers:
            return f"awaits {needed} approval{'s' if needed > 1 else ''}"
        return f"awaits {needed - len(self.approvers)} more approval"


def needed(row: Mapping[str, Any], weight: Decimal) -> int:
    """How many approvals a desired posting needs at that amount of its policy's."""
    threshold = row["approval_threshold_amount"]
    if not row["approvals_needed"] or (threshold is not None and weight <= threshold):
        return 0
    return int(row["approvals_needed"])


def by_content(decisions: Iterable[Decision]) -> Decided:
    """Decisions by what they were made on, oldest first."""
    found: dict[tuple[str, str], list[Decision]] = {}
    for decision in decisions:
        key = (decision.posting_key, decision.content_hash)
        found.setdefault(key, []).append(decision)
    return found


def standing(decided: Decided, posting_key: str, content_hash: str) -> Standing:
    """What has been decided on an entry's content."""
    preparer, rejection = None, None
    approvers: dict[str, None] = {}  # in order, each once
    for decision in decided.get((posting_key, content_hash), []):
        if decision.decision == PREPARED:
            preparer = decision.decided_by
        elif decision.decision == APPROVED:
            approvers[decision.decided_by] = None
        elif decision.decision == REJECTED:
            rejection = f"rejected by {decision.decided_by}: {decision.reason}"
    return Standing(preparer, tuple(approvers), rejection)


def prepare(entries: Iterable["Entry"], ledger: "Ledger", user: str) -> list["Entry"]:
    """Bring entries before the approvers; those that were new to them."""
    decided = by_content(ledger.decisions())
    fresh = [
        entry
        for entry in entries
        if standing(decided, entry.posting_key, entry.content_hash).preparer is None
    ]
    ledger.decide(_decision(entry, PREPARED, user, None) for entry in fresh)
    return fresh


def decide(
    entries: Sequence["Entry"],
    ledger: "Ledger",
    user: str,
    reason: str,
    approvers: "Approvers",
    *,
    approve: bool,
) -> None:
    """Approve or reject entries as they are now, all of them or none.

    Raises NotYours for a person who may not: the preparer, somebody who approved
    already, somebody not named for it or not up to that amount.
    """
    decided = by_content(ledger.decisions())
    for entry in entries:
        so_far = standing(decided, entry.posting_key, entry.content_hash)
        _check(entry, so_far, user, reason, approvers)
    what = APPROVED if approve else REJECTED
    ledger.decide(_decision(entry, what, user, reason) for entry in entries)


def _check(
    entry: "Entry", so_far: Standing, user: str, reason: str, approvers: "Approvers"
) -> None:
    if not reason.strip():
        raise NotYours(
            f"no reason is given for {entry.posting_key}",
            "say why: auditors read it.",
        )
    if so_far.preparer is None:
        raise NotYours(
            f"nobody has prepared {entry.posting_key} as it is now",
            "somebody else runs `tieout plan --submit` first.",
        )
    if user == so_far.preparer:
        raise NotYours(
            f"{user} prepared {entry.posting_key}", "somebody else decides on it."
        )
    if user in so_far.approvers:
        raise NotYours(
            f"{user} has approved {entry.posting_key} already",
            "the next approval is somebody else's.",
        )
    if not approvers.may(user, entry):
        row = entry.desired
        raise NotYours(
            f"{user} is not named to approve "
            f"{entry.weight:.2f} {row['policy_currency_code']} "
            f"of {row['kind']} in {row['legal_entity_code']}",
            "ask one who is, or change seeds/approvers.csv.",
        )


def _decision(entry: "Entry", what: str, user: str, reason: str | None) -> Decision:
    return Decision(
        posting_key=entry.posting_key,
        content_hash=entry.content_hash,
        decision=what,
        decided_by=user,
        reason=reason,
        amount=entry.largest,
        currency_code=entry.desired["currency_code"],
        decided_at=None,
    )


@dataclass(frozen=True)
class Approvers:
    """The rows of ``seeds/approvers.csv``."""

    rows: tuple[Mapping[str, str], ...]

    @classmethod
    def of(cls, seeds: Path) -> "Approvers":
        """Read the seed. Raises ConfigurationError when it cannot be used."""
        return cls(tuple(policies.rows_of("approvers", seeds)))

    def may(self, user: str, entry: "Entry") -> bool:
        """Whether somebody is named for an entry's kind, entity and amount."""
        row = entry.desired
        return any(
            told["approver"] == user
            and told["kind"] in (ANY, row["kind"])
            and told["legal_entity_code"] in (ANY, row["legal_entity_code"])
            and told["currency_code"] == row["policy_currency_code"]
            and entry.weight <= Decimal(told["limit_amount"])
            for told in self.rows
        )
