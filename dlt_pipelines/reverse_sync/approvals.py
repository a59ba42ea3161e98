"""Who lets an entry be posted that policy does not let through by itself.

An entry above its kind's threshold is prepared by one person and approved by others,
each named for it in ``seeds/approvers.csv`` up to a limit, by address or by a role.
Every decision is a row of the ledger with its reason, bound to the entry's content:
whatever changes an entry makes the decisions on it those of another entry. A ledger
that is known to have lost rows may have lost what they let through, too: it revokes
every decision (see ``by_content``). Who may decide on what is one rule, ``objection``,
for the command line and the page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlt_pipelines.core.currencies import with_code
from dlt_pipelines.core.errors import TieoutError
from dlt_pipelines.reverse_sync.postings import (
    APPROVED,
    PREPARED,
    REJECTED,
    REVOKED,
    Decision,
)
from dlt_pipelines.warehouse.policies import policies
from dlt_pipelines.warehouse.policies.people import Person

if TYPE_CHECKING:
    from dlt_pipelines.reverse_sync.ledger import Ledger
    from dlt_pipelines.reverse_sync.plan import Entry

ANY = "*"
ROLE = "role:"  # before the name of a role in the place of an approver

Decided = Mapping[tuple[str, str], list[Decision]]  # by posting key and content


class NotYours(TieoutError):
    """Somebody may not decide on an entry; ``why`` says it in words for many."""

    def __init__(self, what: str, do: str, why: str = "") -> None:
        """As every error, with ``why`` in a few words."""
        super().__init__(what, do)
        self.why = why


@dataclass(frozen=True)
class Standing:
    """How far an entry's content has come."""

    preparer: str | None = None
    approvers: tuple[str, ...] = ()
    rejection: str | None = None  # by whom and why
    reasons: tuple[str, ...] = ()  # of the approvers, in their order

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
    """Decisions that count by what they were made on, oldest first."""
    found: dict[tuple[str, str], list[Decision]] = {}
    for decision in decisions:
        if decision.decision == REVOKED:
            found.clear()
            continue
        key = (decision.posting_key, decision.content_hash)
        found.setdefault(key, []).append(decision)
    return found


def standing(decided: Decided, posting_key: str, content_hash: str) -> Standing:
    """What has been decided on an entry's content."""
    preparer, rejection = None, None
    approvers: dict[str, str] = {}  # with their reasons, in order, each once
    for decision in decided.get((posting_key, content_hash), []):
        if decision.decision == PREPARED:
            preparer = preparer or decision.decided_by  # of two at once the first
        elif decision.decision == APPROVED:
            approvers[decision.decided_by] = decision.reason or ""
        elif decision.decision == REJECTED:
            rejection = f"rejected by {decision.decided_by}: {decision.reason}"
    return Standing(preparer, tuple(approvers), rejection, tuple(approvers.values()))


def prepare(entries: Iterable["Entry"], ledger: "Ledger", by: Person) -> list["Entry"]:
    """Bring entries before the approvers; those that were new to them."""
    decided = by_content(ledger.decisions())
    fresh = [
        entry
        for entry in entries
        if standing(decided, entry.posting_key, entry.content_hash).preparer is None
    ]
    ledger.decide(_decision(entry, PREPARED, by.name, None) for entry in fresh)
    return fresh


def decide(
    entries: Sequence["Entry"],
    ledger: "Ledger",
    by: Person,
    reason: str,
    approvers: "Approvers",
    *,
    approve: bool,
) -> None:
    """Approve or reject entries as they are now, all of them or none.

    Raises NotYours for the first that the person may not decide on, or without reason.
    """
    if not reason.strip():
        raise NotYours("no reason is given", "say why: auditors read it.")
    decided = by_content(ledger.decisions())
    for entry in entries:
        if no := objection(entry, decided, by, approvers):
            raise no
    what = APPROVED if approve else REJECTED
    ledger.decide(_decision(entry, what, by.name, reason) for entry in entries)


def objection(
    entry: "Entry", decided: Decided, by: Person, approvers: "Approvers"
) -> NotYours | None:
    """Why somebody may not decide on an entry as it is now; None when he may.

    Preparer and approvers are different persons, whatever accounts they use.
    """
    so_far = standing(decided, entry.posting_key, entry.content_hash)
    return (
        _unregistered(by)
        or _takes_part(entry.posting_key, so_far, by)
        or _above_limit(entry, by, approvers.limit(by, entry))
    )


def _unregistered(by: Person) -> NotYours | None:
    if by.is_registered:
        return None
    return NotYours(
        f"{by.name} is nobody that seeds/people.csv knows, and may approve nothing",
        f"add {by.add} to it.",
        "you are not in seeds/people.csv",
    )


def _takes_part(key: str, so_far: Standing, by: Person) -> NotYours | None:
    """Why somebody has no say in what he prepared or approved, or nobody prepared."""
    if so_far.preparer is None:
        return NotYours(
            f"nobody has prepared {key} as it is now",
            "somebody else runs `tieout plan --submit` first.",
            "not prepared as it is now",
        )
    if by.is_called(so_far.preparer):
        return NotYours(
            f"{by.name} prepared {key}",
            "somebody else decides on it.",
            "prepared by you",
        )
    if any(map(by.is_called, so_far.approvers)):
        return NotYours(
            f"{by.name} has approved {key} already",
            "the next approval is somebody else's.",
            "approved by you already",
        )
    return None


def _above_limit(entry: "Entry", by: Person, limit: Decimal | None) -> NotYours | None:
    if limit is not None and entry.weight <= limit:
        return None
    row = entry.desired
    kind, currency = row["kind"].replace("_", " "), row["policy_currency_code"]
    where = f"{kind} in {row['legal_entity_code']}"
    if limit is None:
        why = f"you are not named for {where}"
    else:
        why = f"above your limit of {with_code(limit, currency)} for {where}"
    return NotYours(
        f"{by.name} is not named to approve {with_code(entry.weight, currency)} of "
        f"{where}: {entry.posting_key}",
        "ask one who is, or change seeds/approvers.csv.",
        why,
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
    )


@dataclass(frozen=True)
class Approvers:
    """The rows of ``seeds/approvers.csv``."""

    rows: tuple[Mapping[str, str], ...]

    @classmethod
    def of(cls, seeds: Path) -> "Approvers":
        """Read the seed. Raises ConfigurationError when it cannot be used."""
        return cls(tuple(policies.rows_of("approvers", seeds)))

    def limit(self, by: Person, entry: "Entry") -> Decimal | None:
        """Up to what weight somebody is named for an entry's kind and entity."""
        row = entry.desired
        signs_as = {by.name} | {f"{ROLE}{role}".casefold() for role in by.roles}
        limits = [
            Decimal(told["limit_amount"])
            for told in self.rows
            if told["approver"].casefold() in signs_as
            and told["kind"] in (ANY, row["kind"])
            and told["legal_entity_code"] in (ANY, row["legal_entity_code"])
            and told["currency_code"] == row["policy_currency_code"]
        ]
        return max(limits, default=None)
