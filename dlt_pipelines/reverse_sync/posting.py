"""Posting a plan: exactly once, whatever happens on the way.

Entries go in groups. For each: the intents go to the disk in one commit, then the ERP
is asked which of their external ids it already holds, then the others are sent, in
batches and at once as the target bears it, then the outcomes go to the disk. No answer
means nobody knows: the ERP is asked again before anything is sent again, always under
the same external id, and where a repeat would make a second record only after its
look-ups must have caught up. Intents that an earlier run left open (killed, cut off)
are settled the same way before anything new.

A key's journals keep their order: the next goes out when the one before is posted.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from queue import SimpleQueue
from typing import TypeVar

from dlt_pipelines.errors import BadAnswer, ConnectionFailed, Throttled, Unreachable
from dlt_pipelines.reverse_sync.journal import Kept, PostedRecord, Refusal, Target
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import Entry, Plan
from dlt_pipelines.reverse_sync.postings import (
    FAILED,
    POSTED,
    SENT,
    UNCERTAIN,
    Attempt,
    Intent,
    Posting,
)
from dlt_pipelines.reverse_sync.records import Document

ATTEMPTS = 5
MOST_THROTTLED = 20  # times in a row that the ERP may ask for patience
FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0
LONGEST_ASKED = 300.0  # what the ERP may ask for
STRIKES = 3  # calls without an answer, in a row, that end a round
FOUND_AT_ONCE = 50  # documents in one look-up
GROUP = 200  # entries whose intents share a commit

Progress = Callable[[int, int], None]  # entries done, entries in all
Wait = Callable[[float], None]
T = TypeVar("T")


@dataclass
class PostingReport:
    """What became of a plan. ``stopped`` is why the run ended early, if it did."""

    resolved: list[Posting] = field(default_factory=list)  # of earlier runs
    posted: list[Posting] = field(default_factory=list)
    refused: list[tuple[Posting, str]] = field(default_factory=list)
    unknown: list[Posting] = field(default_factory=list)  # nobody knows yet
    overtaken: list[str] = field(default_factory=list)  # keys the ledger moved on from
    stopped: ConnectionFailed | None = None

    @property
    def settled(self) -> int:
        """How many intents came to an end."""
        return len(self.resolved) + len(self.posted) + len(self.refused)


def post(
    plan: Plan,
    ledger: Ledger,
    targets: Sequence[Target],
    *,
    progress: Progress = lambda *_: None,
    wait: Wait = time.sleep,
) -> PostingReport:
    """Post what the plan lets post; failures of the target are in the report.

    ``targets`` are sessions with one ERP: as many calls are made at once.
    """
    report = PostingReport()
    entries = plan.to_post
    with ledger.exclusive(), _Calls(targets, ledger.is_held) as calls:
        settle = _Settling(ledger, calls, wait, report, plan.closed)
        try:
            unsettled = [p for p in ledger.open_postings() if p.target == calls.name]
            for group in _groups(unsettled, GROUP):
                report.resolved += settle(group)
            for number, group in enumerate(_groups(entries, GROUP), 1):
                _post_group(group, ledger, settle, report)
                progress(min(number * GROUP, len(entries)), len(entries))
        except ConnectionFailed as error:
            report.stopped = error
    if report.unknown and report.stopped is None:
        report.stopped = _no_answer(calls.name, report.unknown)
    return report


def resolve(
    ledger: Ledger, targets: Sequence[Target], *, wait: Wait = time.sleep
) -> PostingReport:
    """Settle what earlier runs left open, and post nothing new."""
    return post(Plan(), ledger, targets, wait=wait)


def _post_group(
    group: Sequence[Entry], ledger: Ledger, settle: "_Settling", report: PostingReport
) -> None:
    """Post the first journal of every entry, then the second of those still in step.

    Raises Unreachable when the ERP answered none of them.
    """
    step, before = 0, report.settled
    while group:
        wanted: list[Intent] = [entry.intents[step] for entry in group]
        taken = ledger.intend(wanted, settle.calls.name)
        pairs = list(zip(group, taken, strict=True))
        report.overtaken += [e.posting_key for e, posting in pairs if posting is None]
        posted = settle([posting for _, posting in pairs if posting is not None])
        report.posted += posted
        if report.unknown and report.settled == before:
            raise _no_answer(settle.calls.name, report.unknown)
        step += 1
        in_step = {posting.posting_key for posting in posted}
        group = [
            entry
            for entry in group
            if entry.posting_key in in_step and len(entry.intents) > step
        ]


class _Calls:
    """The sessions with the ERP, and calls made on as many of them as there are."""

    def __init__(self, targets: Sequence[Target], may_send: Callable[[], bool]) -> None:
        first = targets[0]
        self.may_send = may_send  # another poster may have the ledger by now
        self.name = first.name
        self.batch_size = first.batch_size
        self.guards_repeats = first.guards_repeats
        self.lookup_lag = first.lookup_lag
        self._workers = ThreadPoolExecutor(len(targets))
        self._idle: SimpleQueue[Target] = SimpleQueue()
        for target in targets:
            self._idle.put(target)

    def __enter__(self) -> "_Calls":
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.shutdown()

    def find(self, postings: Sequence[Posting]) -> dict[str, PostedRecord]:
        """Those of the postings that the ERP holds, by external id."""
        documents = [posting.document for posting in postings]
        found: dict[str, PostedRecord] = {}
        for some in self._workers.map(self._find, _groups(documents, FOUND_AT_ONCE)):
            found |= some
        return found

    def withdraw(self, postings: Sequence[Posting]) -> None:
        """Remove what calls with these postings may have left half done."""
        target = self._idle.get()
        try:
            target.withdraw([posting.external_id for posting in postings])
        finally:
            self._idle.put(target)

    def post(self, postings: Sequence[Posting]) -> Iterator["_Answer"]:
        """An answer for each batch that was sent.

        Once the ERP does not answer a few times running, or will have none of us, the
        rest is not sent.
        """
        strikes: list[ConnectionFailed] = []
        calls = [
            self._workers.submit(self._post, batch, strikes)
            for batch in _groups(postings, self.batch_size)
        ]
        for call in calls:
            answer = call.result()
            if answer is not None:
                yield answer

    def _find(self, documents: Sequence[Document]) -> dict[str, PostedRecord]:
        target = self._idle.get()
        try:
            return target.find(documents)
        finally:
            self._idle.put(target)

    def _post(
        self, batch: Sequence[Posting], strikes: list[ConnectionFailed]
    ) -> "_Answer | None":
        if len(strikes) >= STRIKES or any(_is_about_us(e) for e in strikes):
            return None
        if not self.may_send():
            return None
        target = self._idle.get()
        started = time.monotonic()
        results: list[Kept | Refusal] = []
        error = None
        try:
            results = target.post([posting.document for posting in batch])
        except ConnectionFailed as failed:
            error = failed
            strikes.append(failed)
        else:
            strikes.clear()
        finally:
            request_id = target.request_id
            self._idle.put(target)
        taken = int((time.monotonic() - started) * 1000)
        return _Answer(batch, results, error, request_id, taken)


def _is_about_us(error: ConnectionFailed) -> bool:
    """Whether to send anything more would be idle: throttled, or a login no good."""
    return isinstance(error, Throttled) or not isinstance(
        error, Unreachable | BadAnswer
    )


@dataclass(frozen=True)
class _Answer:
    """What a call with a batch came to: a result for each posting, or an error."""

    batch: Sequence[Posting]
    results: list[Kept | Refusal]
    error: ConnectionFailed | None
    request_id: str | None
    latency_ms: int

    def attempts(self, number: int) -> list[Attempt]:
        """What the answer says of each posting."""
        if self.error is not None:
            return [self._attempt(p, number, UNCERTAIN, self.error.what)
                    for p in self.batch]  # fmt: skip
        return [
            self._attempt(posting, number, POSTED, None, result.erp_id)
            if isinstance(result, Kept)
            else self._attempt(posting, number, FAILED, result.what)
            for posting, result in zip(self.batch, self.results, strict=True)
        ]

    def _attempt(
        self,
        posting: Posting,
        number: int,
        outcome: str,
        detail: str | None,
        erp_id: str | None = None,
    ) -> Attempt:
        return Attempt(
            posting.posting_id,
            number,
            outcome,
            erp_id=erp_id,
            request_id=self.request_id,
            detail=detail,
            latency_ms=self.latency_ms,
        )


@dataclass
class _Settling:
    """Brings intents to their end: posted or failed."""

    ledger: Ledger
    calls: _Calls
    wait: Wait
    report: PostingReport
    closed: frozenset[tuple[str, date]]
    last_sent: dict[str, datetime] = field(default_factory=dict)  # by posting id

    def __call__(self, postings: Sequence[Posting]) -> list[Posting]:
        """Those that the ERP holds in the end; the report has the others.

        Raises ConnectionFailed when the ERP will have none of us.
        """
        self.last_sent = {p.posting_id: p.sent_at for p in postings if p.sent_at}
        posted: list[Posting] = []
        waiting = list(postings)
        first = max((p.attempts for p in postings), default=0) + 1
        tries, throttled = 0, 0  # in a row, without a step forward
        for number in itertools.count(first):
            waiting = self._look_up(waiting, number, posted)
            if not waiting or tries == ATTEMPTS or throttled == MOST_THROTTLED:
                break
            left, error = self._send(waiting, number, posted)
            if len(left) < len(waiting):
                tries, throttled = 0, 0
            waiting = left
            if error is not None:
                tries += not isinstance(error, Throttled)
                throttled += isinstance(error, Throttled)
                self.wait(_pause(tries + throttled, error))
        self.report.unknown += waiting
        return posted

    def _look_up(
        self, waiting: list[Posting], number: int, posted: list[Posting]
    ) -> list[Posting]:
        """Close what the ERP already holds; the others, which may be sent."""
        if not waiting:
            return []
        if not self.calls.guards_repeats:
            self._let_look_ups_catch_up(waiting)
        found = self.calls.find(waiting)
        late = [
            posting
            for posting in waiting
            if posting.external_id not in found
            and (posting.legal_entity_code, posting.posting_month) in self.closed
        ]
        if late:
            found |= self._surely_held(late, set(self.last_sent))
            late = [p for p in late if p.external_id not in found]
            self.calls.withdraw(late)
        kept = [posting for posting in waiting if posting.external_id in found]
        ended = [self._found(p, number, found[p.external_id], posted) for p in kept]
        ended += [self._too_late(posting, number) for posting in late]
        self.ledger.record(ended)
        at_their_end = {attempt.posting_id for attempt in ended}
        return [p for p in waiting if p.posting_id not in at_their_end]

    def _too_late(self, posting: Posting, number: int) -> Attempt:
        """The end of an intent of an earlier run whose period has closed since."""
        what = "its period closed before it could be sent"
        self.report.refused.append((posting, what))
        return Attempt(posting.posting_id, number, FAILED, detail=what)

    def _surely_held(
        self, postings: list[Posting], sent_before: set[str]
    ) -> dict[str, PostedRecord]:
        """Those that the ERP holds; a look-up that misses one which an earlier call may
        have brought is believed only once look-ups have caught up with that call."""
        found = self.calls.find(postings)
        doubtful = [
            posting
            for posting in postings
            if posting.external_id not in found and posting.posting_id in sent_before
        ]
        if doubtful:
            self._let_look_ups_catch_up(doubtful)
            found |= self.calls.find(doubtful)
        return found

    def _let_look_ups_catch_up(self, waiting: list[Posting]) -> None:
        """Wait until a look-up that misses what was sent before can be believed."""
        sent = [self.last_sent.get(posting.posting_id) for posting in waiting]
        latest = max((at for at in sent if at), default=None)
        if latest is None:
            return
        caught_up = latest + timedelta(seconds=self.calls.lookup_lag)
        missing = (caught_up - datetime.now(UTC)).total_seconds()
        if missing > 0:
            self.wait(missing)

    def _send(
        self, waiting: list[Posting], number: int, posted: list[Posting]
    ) -> tuple[list[Posting], ConnectionFailed | None]:
        """Send; what has no end yet, and the last reason for that."""
        sent_before = {p.posting_id for p in waiting} & set(self.last_sent)
        self.ledger.record(Attempt(p.posting_id, number, SENT) for p in waiting)
        left = {p.posting_id: p for p in waiting}
        refused: dict[str, Attempt] = {}
        error: ConnectionFailed | None = None
        for answer in self.calls.post(waiting):
            error = answer.error or error
            now = datetime.now(UTC)
            self.last_sent |= {p.posting_id: now for p in answer.batch}
            attempts = answer.attempts(number)
            refused |= {a.posting_id: a for a in attempts if a.outcome == FAILED}
            self.ledger.record(a for a in attempts if a.outcome != FAILED)
            for attempt in attempts:
                if attempt.outcome == POSTED:
                    posted.append(left.pop(attempt.posting_id))
        if refused:
            again = [left.pop(key) for key in refused]
            self._refuse(again, refused, number, sent_before, posted)
        if error is not None and not isinstance(error, Unreachable | BadAnswer):
            raise error
        return list(left.values()), error

    def _refuse(
        self,
        postings: list[Posting],
        refused: dict[str, Attempt],
        number: int,
        sent_before: set[str],
        posted: list[Posting],
    ) -> None:
        """Close refusals, unless they refuse the repeat of what an earlier try did."""
        found = self._surely_held(postings, sent_before)
        attempts = []
        for posting in postings:
            record = found.get(posting.external_id)
            if record is None:
                attempt = refused[posting.posting_id]
                self.report.refused.append((posting, attempt.detail or ""))
            else:
                attempt = self._found(posting, number, record, posted)
            attempts.append(attempt)
        self.ledger.record(attempts)

    def _found(
        self,
        posting: Posting,
        number: int,
        record: PostedRecord,
        posted: list[Posting],
    ) -> Attempt:
        """The end of a posting whose external id the ERP already holds."""
        if posting.content_hash[:16] in record.memo:
            posted.append(posting)
            detail = "found by its external id"
            return Attempt(
                posting.posting_id, number, POSTED, record.erp_id, detail=detail
            )
        what = (
            f"external id {posting.external_id} belongs to another record "
            f"({record.erp_id}) in the ERP"
        )
        self.report.refused.append((posting, what))
        return Attempt(posting.posting_id, number, FAILED, detail=what)


def _pause(times: int, error: ConnectionFailed) -> float:
    """Seconds before the next try: as the ERP asks, or doubling, capped, jittered."""
    asked = error.wait if isinstance(error, Throttled) and error.wait else 0.0
    ours = random.uniform(0.5, 1.0) * min(LONGEST_WAIT, FIRST_WAIT * 2**times)
    return max(min(asked, LONGEST_ASKED), ours)


def _no_answer(name: str, unknown: Sequence[Posting]) -> Unreachable:
    more = f" and {len(unknown) - 1} more" if unknown[1:] else ""
    return Unreachable(
        f"{name} gave no answer to {unknown[0].posting_id}{more} in {ATTEMPTS} tries",
        "run `tieout post` again: it first asks the ERP what became of it.",
    )


def _groups(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]
