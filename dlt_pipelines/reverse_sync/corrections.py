"""From what is posted to what is desired: the journals that make the difference good.

A posting key is desired in one slot (accounts and dimensions) and may stand in others,
because a policy, a project's id or an account has changed since. What stands elsewhere
is reversed there. In the desired slot the correction policy of the kind decides:

- delta: the difference is posted;
- reverse_and_repost: what stands is reversed, then the whole is posted anew.

A change of hours alone is always reversed and posted anew, because no ERP keeps a line
without an amount. Each journal is two lines, one debit and one credit of one amount, so
it balances by construction.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from dlt_pipelines.reverse_sync.journal import OURS, Journal, Line
from dlt_pipelines.reverse_sync.postings import (
    NOUGHT,
    ZERO,
    Intent,
    Position,
    Posting,
    Slot,
    Sum,
)

DELTA, REVERSE_AND_REPOST = "delta", "reverse_and_repost"


class Change(NamedTuple):
    """Money and hours to add in a slot."""

    slot: Slot
    amount: Decimal
    hours: Decimal


def changes(
    slot: Slot, desired: Sum, standing: dict[Slot, Sum], policy: str
) -> list[Change]:
    """What to add, in order, so that the slot holds what is desired and no other does.

    Nothing: no changes.
    """
    needed = [_reversal(other, stands) for other, stands in standing.items()
              if other != slot]  # fmt: skip
    stands = standing.get(slot, NOUGHT)
    missing = Sum(desired.amount - stands.amount, desired.hours - stands.hours)
    if missing == NOUGHT:
        return needed
    anew = stands.amount and (policy == REVERSE_AND_REPOST or not missing.amount)
    if not anew:
        return [*needed, Change(slot, *missing)]
    needed.append(_reversal(slot, stands))
    if desired != NOUGHT:
        needed.append(Change(slot, *desired))
    return needed


def _reversal(slot: Slot, stands: Sum) -> Change:
    return Change(slot, -stands.amount, -stands.hours)


def intents(
    row: dict[str, Any], position: Position, needed: list[Change]
) -> list[Intent]:
    """The changes as intents on top of a position; ``row`` is the desired posting.

    Each is numbered after the one before and expects it to be posted.
    """
    made = []
    standing = position.posted
    for version, change in enumerate(needed, position.version + 1):
        journal = _journal(row, change, standing, version)
        made.append(
            Intent(
                posting_key=row["posting_key"],
                version=version,
                kind=row["kind"],
                legal_entity_code=row["legal_entity_code"],
                project_code=row["project_code"],
                period_month=row["period_month"],
                slot=change.slot,
                amount=change.amount,
                hours=change.hours,
                standing=standing,
                correlation_id=row.get("correlation_id"),
                document=journal,
            )
        )
        standing = Sum(standing.amount + change.amount, standing.hours + change.hours)
    return made


def content_hash(made: Iterable[Intent | Posting], position: Position) -> str:
    """What makes two corrections the same to an approver, whatever their versions.

    They stand on the same newest journal: what was approved and posted once is another
    correction when it is to be posted again.
    """
    newest = position.newest.external_id if position.newest else None
    return _digest([newest, *(each.document.content_hash for each in made)])


def external_id(posting_key: str, version: int) -> str:
    """The id of a version of a posting key, before its books' mark is in it."""
    return f"{OURS}{_digest([posting_key, version])[:16]}"


def _journal(
    row: dict[str, Any], change: Change, standing: Sum, version: int
) -> Journal:
    posting_date: date = row["posting_date"]
    key = row["posting_key"]
    hashed = hash_of(key, change, posting_date, row["period_state"], standing)
    memo = (
        f"Tieout {row['kind'].replace('_', ' ')} {row['project_code'] or '–'} "
        f"{row['period_month']:%Y-%m} v{version} [{hashed[:16]}] {key}"
    )
    slot = change.slot
    debit = _line(slot.debit_account, slot.debit_project_id, change, memo)
    credit = _line(slot.credit_account, slot.credit_project_id, change, memo)
    credit = replace(credit, debit=credit.credit, credit=credit.debit, hours=None)
    department = slot.department_id
    return Journal(
        external_id=external_id(row["posting_key"], version),
        content_hash=hashed,
        subsidiary_id=slot.subsidiary_id,
        currency_code=slot.currency_code,
        posting_date=posting_date,
        memo=memo,
        lines=tuple(replace(x, department_id=department) for x in (debit, credit)),
    )


def hash_of(
    posting_key: str,
    change: Change,
    posting_date: date,
    period_state: str | None,
    standing: Sum,
) -> str:
    """The hash of a journal's content, on top of what stands."""
    amounts = (change.amount, change.hours, *standing)
    told = [posting_key, change.slot.text(), posting_date.isoformat(), period_state]
    return _digest([*told, *(f"{amount.normalize():f}" for amount in amounts)])


def _line(account: str, project_id: str | None, change: Change, memo: str) -> Line:
    return Line(
        account_number=account,
        debit=max(change.amount, ZERO),
        credit=max(-change.amount, ZERO),
        project_id=project_id,
        department_id=None,
        hours=change.hours,
        memo=memo,
    )


def _digest(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
