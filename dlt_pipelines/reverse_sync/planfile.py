"""A plan in a file: looked at and kept today, executed unchanged later or refused.

The file names every journal to the last digit and carries the hash of its content,
keyed with what the firm alone knows: who may edit the file cannot make another.
``execute`` takes from today's plan exactly the entries that the file names, and only
when each of them is still, to the cent, what the file says.
"""

import hmac
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlt_pipelines.core.errors import ConfigurationError, TieoutError
from dlt_pipelines.core.files import write_whole
from dlt_pipelines.reverse_sync import pairs
from dlt_pipelines.reverse_sync.plan import APPROVE, HOLD, Plan

RELEASE = 2
PURPOSE = b"Tieout: a plan in a file\0"  # the firm's key signs nothing else under it


class PlanOvertaken(TieoutError):
    """What a plan's file says is no longer what would be posted."""

    exit_code = 1


@dataclass(frozen=True)
class WrittenPlan:
    """A plan's file as read: the content of each entry by its posting key."""

    snapshot: str
    prepared_by: str
    entries: dict[str, str]

    def execute(self, today: Plan) -> Plan:
        """The entries of the file, as today's plan has them.

        Raises PlanOvertaken, naming each entry, when any of them has changed, is held
        or still awaits approval.
        """
        current = {entry.posting_key: entry for entry in today.entries}
        chosen, changed = [], []
        for key, content in self.entries.items():
            entry = current.get(key)
            if entry is None:
                changed.append(f"{key}: in balance, or no longer desired")
            elif entry.action == HOLD or entry.content_hash != content:
                changed.append(f"{key}: {entry.reason or 'changed since'}")
            elif entry.action == APPROVE:
                changed.append(f"{key}: {entry.reason}")
            else:
                chosen.append(entry)
        charges = pairs.together(
            {*self.entries, *(entry.posting_key for entry in today.to_post)}
        )
        begun = {charges[key] for key in self.entries if key in charges}
        changed += [
            f"{entry.posting_key}: the other leg is in the file, this one is not"
            for entry in today.to_post
            if charges.get(entry.posting_key) in begun
            and entry.posting_key not in self.entries
        ]
        if changed:
            raise PlanOvertaken(
                f"{len(changed)} of the {len(self.entries)} entries of the plan's file "
                f"cannot be posted as written: {'; '.join(changed[:10])}",
                "nothing was posted; look at `tieout plan` and write the file anew.",
            )
        return Plan(chosen, today.in_balance, today.closed)


def write(planned: Plan, file: Path, key: bytes, *, snapshot: str, user: str) -> int:
    """Write what a plan would post or bring before approvers; how many entries."""
    entries = [
        {
            "posting_key": entry.posting_key,
            "content_hash": entry.content_hash,
            "documents": [json.loads(i.document.payload()) for i in entry.intents],
        }
        for entry in (*planned.to_post, *planned.to_approve)
    ]
    content = {
        "release": RELEASE,
        "snapshot": snapshot,
        "prepared_by": user,
        "entries": entries,
    }
    told = {**content, "hash": _digest(content, key)}
    write_whole(file, json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    return len(entries)


def read(file: Path, key: bytes) -> WrittenPlan:
    """A plan's file. Raises ConfigurationError when it is none, or was edited."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        held = str(told.pop("hash"))
        entries = {e["posting_key"]: e["content_hash"] for e in told["entries"]}
        written = WrittenPlan(told["snapshot"], told["prepared_by"], entries)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{file.name} is no plan that Tieout wrote",
            "write one with `tieout plan --out`.",
        ) from error
    if not hmac.compare_digest(held.encode(), _digest(told, key).encode()):
        raise ConfigurationError(
            f"{file.name} was changed after it was written, or another firm wrote it",
            "write it anew with `tieout plan --out`.",
        )
    return written


def _digest(content: dict[str, Any], key: bytes) -> str:
    text = json.dumps(content, sort_keys=True)
    return hmac.digest(key, PURPOSE + text.encode(), "sha256").hex()
