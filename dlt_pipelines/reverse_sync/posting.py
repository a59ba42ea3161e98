"""Posting a plan: exactly once, whatever happens on the way.

For each entry: the intent goes to the disk, then the ERP is asked whether it already
holds the external id, then the journal is sent, then the outcome goes to the disk. No
answer means nobody knows: the ERP is asked again before anything is sent again, always
under the same external id, which the ERP lets only one journal have. Intents that an
earlier run left open (killed, cut off) are settled the same way before anything new.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dlt_pipelines.errors import BadAnswer, ConnectionFailed, Unreachable
from dlt_pipelines.reverse_sync.journal import EntryRefused, PostedRecord, Target
from dlt_pipelines.reverse_sync.ledger import (
    FAILED,
    POSTED,
    SENT,
    UNCERTAIN,
    Ledger,
    Posting,
)
from dlt_pipelines.reverse_sync.plan import Entry, Plan

ATTEMPTS = 5
FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0

Progress = Callable[[int, int], None]  # entries done, entries in all


@dataclass
class PostingReport:
    """What became of a plan. ``stopped`` is why the run ended early, if it did."""

    resolved: list[Posting] = field(default_factory=list)  # of earlier runs
    posted: list[Posting] = field(default_factory=list)
    refused: list[tuple[Posting, str]] = field(default_factory=list)
    overtaken: list[Entry] = field(default_factory=list)  # the ledger had moved on
    stopped: ConnectionFailed | None = None

    @property
    def changed_the_erp(self) -> bool:
        """Whether the ERP holds something that the last landing did not see."""
        return bool(self.posted or self.resolved)


def post(
    plan: Plan,
    ledger: Ledger,
    target: Target,
    *,
    progress: Progress = lambda *_: None,
    wait: Callable[[float], None] = time.sleep,
) -> PostingReport:
    """Post what the plan lets post. Failures of the target are in the report."""
    report = PostingReport()
    settle = _Settling(ledger, target, wait, report)
    with ledger.exclusive():
        try:
            for posting in ledger.open_postings():
                if posting.target == target.name:
                    settle(posting, report.resolved)
            for number, entry in enumerate(plan.to_post, 1):
                posting = ledger.intend(entry.intent, target.name)
                if posting is None:
                    report.overtaken.append(entry)
                else:
                    settle(posting, report.posted)
                progress(number, len(plan.to_post))
        except ConnectionFailed as error:
            report.stopped = error
    return report


def resolve(
    ledger: Ledger, target: Target, *, wait: Callable[[float], None] = time.sleep
) -> PostingReport:
    """Settle what earlier runs left open, and post nothing new."""
    return post(Plan(), ledger, target, wait=wait)


@dataclass(frozen=True)
class _Settling:
    """Brings one intent to its end: posted or failed."""

    ledger: Ledger
    target: Target
    wait: Callable[[float], None]
    report: PostingReport

    def __call__(self, posting: Posting, settled: list[Posting]) -> None:
        """Raises ConnectionFailed when the end is not known; the intent stays open."""
        last: ConnectionFailed | None = None
        for attempt in range(posting.attempts + 1, posting.attempts + ATTEMPTS + 1):
            if last is not None:
                self.wait(_pause(attempt - posting.attempts - 1))
            if self._found(posting, attempt, settled):
                return
            try:
                self._send(posting, attempt, settled)
            except (Unreachable, BadAnswer) as error:
                last = error
                continue
            return
        if self._found(posting, attempt, settled):
            return
        raise Unreachable(
            f"{self.target.name} gave no answer to {posting.posting_id} "
            f"in {ATTEMPTS} tries: {last.what}",
            "run `tieout post` again: it first asks the ERP what became of it.",
        )

    def _found(self, posting: Posting, attempt: int, settled: list[Posting]) -> bool:
        """Whether the ERP already holds the external id, and then whose it is."""
        found = self.target.find(posting.external_id)
        if found is None:
            return False
        self._close(posting, attempt, found, settled, "found by its external id")
        return True

    def _send(self, posting: Posting, attempt: int, settled: list[Posting]) -> None:
        self.ledger.record(posting, attempt, SENT)
        started = time.monotonic()
        try:
            erp_id = self.target.post(posting.journal)
        except EntryRefused as error:
            # What is refused may be the repeat of what an earlier try did post.
            found = self.target.find(posting.external_id)
            if found is None:
                self._refused(posting, attempt, error.what, _since(started))
            else:
                detail = "refused as a repeat"
                self._close(posting, attempt, found, settled, detail)
        except ConnectionFailed as error:
            self.ledger.record(
                posting,
                attempt,
                UNCERTAIN,
                request_id=self.target.request_id,
                detail=error.what,
                latency_ms=_since(started),
            )
            raise
        else:
            self.ledger.record(
                posting,
                attempt,
                POSTED,
                erp_id=erp_id,
                request_id=self.target.request_id,
                latency_ms=_since(started),
            )
            settled.append(posting)

    def _close(
        self,
        posting: Posting,
        attempt: int,
        found: PostedRecord,
        settled: list[Posting],
        detail: str,
    ) -> None:
        if posting.content_hash[:16] not in found.memo:
            what = (
                f"external id {posting.external_id} belongs to another journal "
                f"({found.erp_id}) in the ERP"
            )
            self._refused(posting, attempt, what, None)
            return
        self.ledger.record(posting, attempt, POSTED, erp_id=found.erp_id, detail=detail)
        settled.append(posting)

    def _refused(
        self, posting: Posting, attempt: int, what: str, latency_ms: int | None
    ) -> None:
        self.ledger.record(
            posting,
            attempt,
            FAILED,
            request_id=self.target.request_id,
            detail=what,
            latency_ms=latency_ms,
        )
        self.report.refused.append((posting, what))


def _pause(times: int) -> float:
    """Seconds before the next try: doubling, capped, with jitter."""
    return random.uniform(0.5, 1.0) * min(LONGEST_WAIT, FIRST_WAIT * 2**times)


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
