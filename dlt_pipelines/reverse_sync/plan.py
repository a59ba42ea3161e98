"""The plan: what the ERP should hold, less what the ledger says is posted.

One journal per posting key (kind, legal entity, project, period …) and version, not one
for the whole entity and period. A posting key is what is desired, remembered and
corrected, so with a journal of its own each key is idempotent by its own external id, a
project that the ERP refuses holds back nobody else, and a later delta names exactly
what it corrects.

An entry is posted, waits for approval, or is held with a reason and an owner; nothing
that is out of balance is left out.
"""

import contextlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from dlt_pipelines.core.currencies import minor_unit
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.reverse_sync import (
    approvals,
    capabilities,
    corrections,
    pairs,
    records,
)
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.postings import (
    NOTHING,
    NOUGHT,
    ZERO,
    Intent,
    Position,
    Posting,
    Slot,
    Sum,
    by_slot,
)
from dlt_pipelines.vendors import can_be_posted_to
from dlt_pipelines.warehouse.policies import labels

MODEL = "adj_desired_postings"
POST, APPROVE, HOLD = "post", "approve", "hold"
NEEDED = {
    "target_instance": "legal entity has no ERP",
    "erp_subsidiary_id": "legal entity unknown in ERP",
    "posting_date": "no posting date",
    "currency_code": "no currency",
    "correction_policy": "no correction policy",
    "policy_rate": "exchange rate unknown",
}
ACCOUNTS = ("debit_account_number", "credit_account_number")
HUNDREDTH = Decimal("0.01")
FEW = 10  # keys that may be taken back whatever their share


@dataclass(frozen=True)
class Entry:
    """One posting key out of balance: what is desired, what is posted, what to do.

    ``reason`` says why an entry is held or what it waits for.
    """

    desired: dict[str, Any]  # the row of the desired postings
    posted: Position
    action: str  # post | approve | hold
    reason: str | None = None
    intents: tuple[Intent, ...] = ()  # what would be posted, in order
    takes_back: bool = False  # a leg that stands alone; somebody has to name it

    @property
    def posting_key(self) -> str:
        """Kind, legal entity, project and period, and what tells keys apart else."""
        return self.desired["posting_key"]

    @property
    def target(self) -> str | None:
        """The ERP of its legal entity; None: it has none."""
        return self.desired.get("target_instance")

    @property
    def amount(self) -> Decimal:
        """The difference in money, in the row's ``currency_code``."""
        return self.desired["desired_amount"] - self.posted.posted.amount

    @property
    def hours(self) -> Decimal:
        """The difference in hours."""
        return self.desired["desired_hours"] - self.posted.posted.hours

    @property
    def largest(self) -> Decimal:
        """The largest amount of its journals, in their currency."""
        return max((abs(intent.amount) for intent in self.intents), default=ZERO)

    @property
    def weight(self) -> Decimal:
        """The same in its policy's currency: what thresholds and limits look at."""
        return self.largest * self.desired["policy_rate"]

    @property
    def of(self) -> tuple[str, str]:
        """Its kind and legal entity."""
        return self.desired["kind"], self.desired["legal_entity_code"]

    @property
    def unbacked(self) -> Decimal:
        """How much of what stands is backed by no fact any more, in its currency.

        What the ERP came to book, invoice or bill itself lowers what is desired and
        takes away no fact: an accrual that is taken back for it takes its normal turn.
        """
        stands, desired = self.posted.posted.amount, self.desired["desired_amount"]
        raised = self.desired.get("raised_amount")
        raised = max(desired, ZERO) if raised is None else raised
        backed = raised if stands > 0 else raised - desired  # what lowers it
        return max(ZERO, abs(stands) - max(backed, ZERO))

    @property
    def content_hash(self) -> str:
        """What an approval is bound to."""
        return corrections.content_hash(self.intents, self.posted)


@dataclass(frozen=True)
class Plan:
    """Every posting key that is out of balance, and how many are not."""

    entries: list[Entry] = field(default_factory=list)
    in_balance: int = 0
    # Entity, first day of a period, and the first day after it that may be open.
    closed: frozenset[tuple[str, date, date]] = frozenset()

    @property
    def to_post(self) -> list[Entry]:
        """Entries that may be posted now."""
        return [e for e in self.entries if e.action == POST]

    @property
    def to_approve(self) -> list[Entry]:
        """Entries that wait for an approval."""
        return [e for e in self.entries if e.action == APPROVE]

    @property
    def held(self) -> list[Entry]:
        """Entries that wait for somebody to cure what holds them."""
        return [e for e in self.entries if e.action == HOLD]

    def summary(self) -> str:
        """One line: how many entries to post, to approve, held and why."""
        reasons = Counter(e.reason for e in self.held)
        why = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        waiting = f", {len(self.to_approve)} to approve" if self.to_approve else ""
        return (
            f"{len(self.to_post)} to post{waiting}, {len(self.held)} held"
            f"{f' ({why})' if why else ''}, {self.in_balance} in balance"
        )

    def totals(self) -> dict[tuple[str, str, str], tuple[int, Decimal, Decimal]]:
        """Entries, amount and hours by action, legal entity and currency."""
        sums: dict[tuple[str, str, str], tuple[int, Decimal, Decimal]] = {}
        for entry in self.entries:
            row = entry.desired
            key = (
                entry.action,
                row["legal_entity_code"] or "–",
                row["currency_code"] or "–",
            )
            count, amount, hours = sums.get(key, (0, ZERO, ZERO))
            sums[key] = (count + 1, amount + entry.amount, hours + entry.hours)
        return dict(sorted(sums.items()))


def plan(database: Path, ledger: Ledger, *, retry_refused: bool = False) -> Plan:
    """Compare the desired postings of a built or published database with the ledger.

    An entry that the ERP refused is held until what would be posted changes, or until
    ``retry_refused`` asks for it. Raises ConfigurationError when there are none built.
    """
    return compare(desired_rows(database), ledger, retry_refused=retry_refused)


def desired_rows(database: Path) -> list[dict[str, Any]]:
    """What the ERP should hold, one row per posting key."""
    path = Path(database).resolve()  # the published path is a link that moves
    if not path.exists():
        raise ConfigurationError(
            "there is no database to plan from", "run `tieout build` first."
        )
    with contextlib.closing(duckdb.connect(path, read_only=True)) as built:
        try:
            found = built.execute(
                f"select * from adjustments.{MODEL} order by legal_entity_code, "
                "period_month, project_code, posting_key"
            )
        except duckdb.CatalogException as error:
            raise ConfigurationError(
                f"{path.name} has no adjustments.{MODEL}", "run `tieout build`."
            ) from error
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def compare(
    rows: list[dict[str, Any]], ledger: Ledger, *, retry_refused: bool = False
) -> Plan:
    """Desired rows against the ledger."""
    positions = ledger.positions()
    decided = approvals.by_content(ledger.decisions())
    entries: list[Entry] = []
    in_balance, alone = 0, []  # legs of charges, as desired
    # By kind and legal entity, in the policy's currency.
    standing: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        posted = positions.pop(row["posting_key"], NOTHING)
        of = row["kind"], row["legal_entity_code"]
        stands = abs(posted.posted.amount) * (row["policy_rate"] or 1)
        standing[of] = standing.get(of, ZERO) + stands
        entry = _entry(row, posted, retry_refused)
        if entry is None:
            in_balance += 1
            alone += [Entry(row, posted, HOLD)] if pairs.of(row["posting_key"]) else []
            continue
        entries.append(_approved(entry, decided) if entry.action == POST else entry)
    for posted in positions.values():
        last = posted.latest
        if last and last.kind in records.KINDS:
            continue  # what is desired of them, another plan says
        if last and (posted.slots or posted.open):
            entries.append(_forgotten(posted, last))
        else:
            in_balance += 1
    entries = _waiting_as_a_whole(entries, standing, decided)
    entries, alone = _held_together(entries, alone)
    in_balance -= len(alone)
    entries += [
        _once_approved(e, decided, f"to take it back, as {e.reason}")
        if e.takes_back
        else e
        for e in alone
    ]
    closed = {_closed_days(row) for row in rows if row["period_state"] == "closed"}
    return Plan(entries, in_balance, frozenset(closed))


def _closed_days(row: dict[str, Any]) -> tuple[str, date, date]:
    """The days of a closed period, and of all up to the one that takes its postings."""
    begins, taker = row["period_month"], row["posting_period_month"]
    if row["posting_date"] is None:  # no later period is open
        open_again = date.max
    elif taker > begins:
        open_again = taker
    else:
        open_again = row["posting_date"] + timedelta(days=1)
    return row["legal_entity_code"], begins, open_again


def _entry(row: dict[str, Any], posted: Position, retry: bool) -> Entry | None:
    desired = Sum(
        Decimal(row["desired_amount"] or 0), Decimal(row["desired_hours"] or 0)
    )
    row = {**row, "desired_amount": desired.amount, "desired_hours": desired.hours}
    in_balance = desired == posted.posted and posted.open is None
    moved = _in_another_erp(row, posted)
    if in_balance and not moved and set(posted.slots) <= {Slot.desired_in(row)}:
        return None
    reason = moved or _hold_reason(row, posted, desired)
    if reason:
        return Entry(row, posted, HOLD, reason)
    needed = corrections.changes(
        Slot.desired_in(row), desired, dict(posted.slots), row["correction_policy"]
    )
    if not all(change.amount for change in needed):
        return Entry(row, posted, HOLD, "hours without cost")
    made = tuple(corrections.intents(row, posted, needed))
    entry = Entry(row, posted, POST, None, made)
    reason = _refused_or_too_large(entry, retry)
    return Entry(row, posted, HOLD, reason) if reason else entry


def _in_another_erp(row: dict[str, Any], posted: Position) -> str | None:
    """What stands in books that are not the entity's any more is not ours to move."""
    target = row.get("target_instance")
    if target is None or posted.targets <= {target}:
        return None
    elsewhere = sorted(posted.targets - {target})
    return f"posted in another ERP: {', '.join(elsewhere)}"


def _hold_reason(row: dict[str, Any], posted: Position, desired: Sum) -> str | None:
    if posted.open:
        return "an earlier posting has no answer yet"
    if row["policy_action"] != POST:
        return labels.said(row["hold_reason"] or "policy")
    for column, reason in NEEDED.items():
        if row.get(column) is None:
            return labels.said(reason)
    if not_taken := _not_taken(row):
        return not_taken
    if desired.amount and None in map(row.get, ACCOUNTS):
        return "no account"
    if row["project_code"] is not None and row["erp_project_id"] is None:
        return "project unknown in ERP"
    in_its_own_period = row["posting_period_month"] == row["period_month"]
    if row["period_state"] != "open" and in_its_own_period:
        return f"period {row['period_state'] or 'unknown'}"
    if desired.amount % minor_unit(row["currency_code"]):
        return "not in whole minor units"
    if desired.hours % HUNDREDTH:
        return "hours not in whole hundredths"
    return None


def _not_taken(row: dict[str, Any]) -> str | None:
    """Why an ERP of its vendor takes no such journal, as far as is declared."""
    vendor, currency = row.get("target_vendor"), row["currency_code"]
    if vendor is None:
        return None
    if not can_be_posted_to(vendor):
        return f"no postings can be made to {vendor}"
    own = row["policy_currency_code"] or currency
    if currency != own and not capabilities.takes_foreign_currencies(vendor):
        return f"{row['target_instance']} takes postings in {own} only"
    return None


def _refused_or_too_large(entry: Entry, retry: bool) -> str | None:
    limit = entry.desired["limit_amount"]
    if limit is not None and entry.weight > limit:
        return "above limit"
    if retry:
        return None
    removed = entry.posted.removed
    if removed and by_slot(entry.intents) == by_slot(removed):
        return f"removed from the ERP: {removed[-1].detail}"
    refused = entry.posted.refused
    if refused is None:
        return None
    first = entry.intents[0].document.content_hash
    return (
        f"refused by ERP: {refused.detail}" if refused.content_hash == first else None
    )


def _approved(entry: Entry, decided: approvals.Decided, at_least: int = 0) -> Entry:
    """The entry as its approvals let it be: posted, waiting or held as rejected."""
    needed = max(approvals.needed(entry.desired, entry.weight), at_least)
    if not needed:
        return entry
    standing = approvals.standing(decided, entry.posting_key, entry.content_hash)
    if standing.rejection:
        action, reason = HOLD, standing.rejection
    elif len(standing.approvers) < needed:
        action, reason = APPROVE, standing.told(needed)
    else:
        action, reason = POST, None
    return replace(entry, action=action, reason=reason)


def _once_approved(entry: Entry, decided: approvals.Decided, why: str) -> Entry:
    """The entry, whatever its threshold waiting until somebody approved it as it is."""
    made = _approved(entry, decided, at_least=1)
    return (
        replace(made, reason=f"{made.reason}: {why}")
        if made.action == APPROVE
        else made
    )


def _waiting_as_a_whole(
    entries: list[Entry],
    standing: dict[tuple[str, str], Decimal],
    decided: approvals.Decided,
) -> list[Entry]:
    """The entries, those of an entity waiting for somebody that would lose too much.

    That much of what stands has lost the facts behind it is seldom meant: a system says
    something else than before of all its records, or a policy does.
    """
    lost: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.action in (POST, APPROVE) and entry.unbacked:
            lost.setdefault(entry.of, []).append(entry)
    doubted = {}
    for (kind, entity), taken in lost.items():
        rate = taken[0].desired.get("take_back_rate")
        unbacked = sum(e.unbacked * e.desired["policy_rate"] for e in taken)
        share = unbacked / standing[kind, entity]
        if rate is not None and len(taken) > FEW and share > rate:
            doubted[entity] = (
                f"{share:.0%} of {kind} that stands in {entity} would be taken back, "
                "and the ERP has booked nothing in its place"
            )
    return [
        _once_approved(entry, decided, doubted[entry.of[1]])
        if entry.action in (POST, APPROVE) and entry.of[1] in doubted
        else entry
        for entry in entries
    ]


def _held_together(
    entries: list[Entry], balanced: list[Entry]
) -> tuple[list[Entry], list[Entry]]:
    """Entries, with the legs held whose other leg may not go, and legs that are as
    desired, of ``balanced``, whose other leg is held: each stands alone."""
    charges = pairs.together(entry.posting_key for entry in entries)
    waiting: dict[str, Entry] = {}
    for entry in entries:
        if entry.posting_key in charges and entry.action != POST:
            waiting.setdefault(charges[entry.posting_key], entry)

    kept, alone = [], []
    for entry in entries:
        leg = waiting.get(charges.get(entry.posting_key, ""))
        if leg and entry.action == POST:
            reason = f"its other leg waits: {_told(leg)}"
            kept.append(replace(entry, action=HOLD, reason=reason))
        else:
            kept.append(entry)
    for entry in balanced:
        leg = waiting.get(pairs.of(entry.posting_key) or "")
        if leg and leg.action == HOLD and any(entry.posted.posted):
            alone.append(_alone(entry, leg))
    return kept, alone


def _alone(entry: Entry, leg: Entry) -> Entry:
    """A leg that is as desired while the other is not.

    Where the other was refused and nothing of it stands, it can be taken back.
    """
    reason = f"its other leg is not as desired: {_told(leg)}"
    other, row = leg.posted, entry.desired
    if other.refused is None or other.slots or _hold_reason(row, entry.posted, NOUGHT):
        return replace(entry, reason=reason)
    slots, policy = dict(entry.posted.slots), row["correction_policy"]
    needed = corrections.changes(Slot.desired_in(row), NOUGHT, slots, policy)
    made = tuple(corrections.intents(row, entry.posted, needed))
    nothing = {**row, "desired_amount": ZERO, "desired_hours": ZERO}
    return Entry(nothing, entry.posted, POST, reason, made, takes_back=True)


def _told(leg: Entry) -> str:
    return f"{leg.posting_key}, {leg.action}: {leg.reason}"


def _forgotten(posted: Position, last: Posting) -> Entry:
    """A key with postings that no model mentions any more: not ours to guess."""
    row = {
        "posting_key": last.posting_key,
        "kind": last.kind,
        "legal_entity_code": last.legal_entity_code,
        "project_code": last.project_code,
        "period_month": last.period_month,
        "currency_code": last.currency_code,
        "desired_amount": posted.posted.amount,
        "desired_hours": posted.posted.hours,
        "own_posted_amount": None,
        "hold_owner": None,
        "target_instance": last.target,
    }
    reason = "no desired state: posted, not yet landed or no longer modelled"
    return Entry(row, posted, HOLD, reason)
