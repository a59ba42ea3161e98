"""Posting a plan: exactly once, whatever happens on the way.

Entries go in groups. For each: the intents go to the disk in one commit, then the ERP
is asked which of their external ids it already holds, then the others are sent, in
batches and at once as the target bears it, then the outcomes go to the disk. No answer
means nobody knows: the ERP is asked again before anything is sent again, always under
the same external id, and where a repeat would make a second record only after its
look-ups must have caught up. Intents that an earlier run left open (killed, cut off)
are settled the same way before anything new.

Before anything new the ERP is asked for all that it holds of ours: where that is more
than the ledger knows, nothing is posted in that legal entity (see ``recovery``). What
the ERP keeps under another id than it was sent under ends the run.

A key's journals keep their order: the next goes out when the one before is posted.
"""

import itertools
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from dlt_pipelines.errors import (
    BadAnswer,
    ConnectionFailed,
    Refused,
    Throttled,
    TieoutError,
    Unreachable,
)
from dlt_pipelines.reverse_sync import recovery
from dlt_pipelines.reverse_sync.calls import Calls, groups
from dlt_pipelines.reverse_sync.journal import PostedRecord, Target
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import Entry, Plan
from dlt_pipelines.reverse_sync.postings import (
    FAILED,
    POSTED,
    SAID_TO_EXIST,
    SENT,
    Attempt,
    Posting,
)
from dlt_pipelines.reverse_sync.recovery import Lacking

ATTEMPTS = 5
MOST_THROTTLED = 20  # times in a row that the ERP may ask for patience
FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0
LONGEST_ASKED = 300.0  # what the ERP may ask for
REFUSALS = (FAILED, SAID_TO_EXIST)
GROUP = 200  # entries whose intents share a commit
LATE_ENOUGH = timedelta(hours=1)  # to ask once more for what the ERP says it holds

Progress = Callable[[int, int], None]  # entries done, entries in all
Wait = Callable[[float], None]


@dataclass
class PostingReport:
    """What became of a plan. ``stopped`` is why the run ended early, if it did."""

    resolved: list[Posting] = field(default_factory=list)  # of earlier runs
    posted: list[Posting] = field(default_factory=list)
    refused: list[tuple[Posting, str]] = field(default_factory=list)
    unknown: list[Posting] = field(default_factory=list)  # nobody knows yet
    hidden: list[Posting] = field(default_factory=list)  # held, says the ERP, not shown
    overtaken: list[str] = field(default_factory=list)  # keys the ledger moved on from
    lacking: list[Lacking] = field(default_factory=list)  # entities not posted in
    stopped: ConnectionFailed | None = None

    @property
    def errors(self) -> list[TieoutError]:
        """Why not everything was posted that the plan let post."""
        stops: list[TieoutError] = [entity.error for entity in self.lacking]
        return [self.stopped, *stops] if self.stopped else stops

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

    ``targets`` are sessions with one ERP: as many calls are made at once. Raises
    ConfigurationError when the ledger is another firm's, or somebody posts from it now.
    """
    report = PostingReport()
    recovery.check_books(ledger)
    with ledger.exclusive(), Calls(targets, ledger.is_held) as calls:
        settle = _Settling(ledger, calls, wait, report, plan.closed)
        try:
            unsettled = [p for p in ledger.open_postings() if p.target == calls.name]
            for group in groups(unsettled, GROUP):
                report.resolved += settle(group)
            if plan.entries:
                report.lacking = calls.lacking(ledger, plan)
            entries = _outside(report.lacking, plan.to_post)
            for number, group in enumerate(groups(entries, GROUP), 1):
                _post_group(group, ledger, settle, report)
                progress(min(number * GROUP, len(entries)), len(entries))
        except ConnectionFailed as error:
            report.stopped = error
    if report.unknown and report.stopped is None:
        report.stopped = _no_answer(calls.name, report.unknown)
    if report.hidden and report.stopped is None:
        report.stopped = _not_shown(calls.name, report.hidden)
    return report


def _outside(lacking: Sequence[Lacking], entries: list[Entry]) -> list[Entry]:
    """The entries of entities whose journals the ledger knows."""
    stopped = {entity.subsidiary_id for entity in lacking}
    return [
        entry
        for entry in entries
        if not any(intent.slot.subsidiary_id in stopped for intent in entry.intents)
    ]


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
        wanted = [settle.calls.sent(entry.intents[step], ledger) for entry in group]
        taken = ledger.intend(wanted, settle.calls.name)
        pairs = list(zip(group, taken, strict=True))
        report.overtaken += [e.posting_key for e, posting in pairs if posting is None]
        posted = settle([posting for _, posting in pairs if posting is not None])
        if not report.posted:
            settle.check_first_kept(posted)
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


@dataclass
class _Settling:
    """Brings intents to their end: posted or failed."""

    ledger: Ledger
    calls: Calls
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
        not_found = [p for p in waiting if p.external_id not in found]
        self._check_ids_kept([p for p in not_found if p.posting_id in self.last_sent])
        hidden = {p.posting_id for p in not_found if self._may_be_hidden(p)}
        late = [
            posting
            for posting in not_found
            if (posting.legal_entity_code, posting.posting_month) in self.closed
            and posting.posting_id not in hidden
        ]
        if late:
            found |= self._surely_held(late, set(self.last_sent))
            late = [p for p in late if p.external_id not in found]
            self.calls.withdraw(late)
        kept = [posting for posting in waiting if posting.external_id in found]
        ended = [self._found(p, number, found[p.external_id], posted) for p in kept]
        ended += [self._too_late(posting, number) for posting in late]
        self.ledger.record(ended)
        self.report.hidden += [p for p in waiting if p.posting_id in hidden]
        settled = hidden | {attempt.posting_id for attempt in ended}
        return [p for p in waiting if p.posting_id not in settled]

    def _may_be_hidden(self, posting: Posting) -> bool:
        """Whether the ERP said a while ago that it holds it: no time to send it again,
        as look-ups may lag behind by more than they are said to."""
        if not posting.said_to_exist or posting.sent_at is None:
            return False
        return datetime.now(UTC) < posting.sent_at + LATE_ENOUGH

    def _check_ids_kept(self, sent: list[Posting]) -> None:
        """Raises Refused when the ERP keeps one of what was sent under another id.

        No look-up by the id that was sent would ever find it, and a repeat double it.
        """
        if not sent:
            return
        contents = {p.content_hash[:16]: p for p in sent}
        for record in self.calls.missing(self.ledger):
            if posting := contents.get(record.content_hash):
                raise _other_id(self.calls.name, posting.external_id, record)

    def check_first_kept(self, posted: list[Posting]) -> None:
        """Read back the first journal of a run. Raises Refused when its id differs."""
        if not posted or self.calls.find(posted[:1]):
            return
        self._check_ids_kept(posted[:1])

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
            no = {a.posting_id: a for a in attempts if a.outcome in REFUSALS}
            refused |= no
            self.ledger.record(a for a in attempts if a.posting_id not in no)
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
        """Close refusals, unless they refuse the repeat of what an earlier try did.

        One that says the record exists is no end while the ERP does not show it.
        """
        said = {key for key, no in refused.items() if no.outcome == SAID_TO_EXIST}
        found = self._surely_held(postings, sent_before | said)
        attempts = []
        for posting in postings:
            record = found.get(posting.external_id)
            attempt = refused[posting.posting_id]
            if record is not None:
                attempt = self._found(posting, number, record, posted)
            elif posting.posting_id in said:
                self.report.hidden.append(posting)
            else:
                self.report.refused.append((posting, attempt.detail or ""))
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


def _not_shown(name: str, hidden: Sequence[Posting]) -> Unreachable:
    more = f" and {len(hidden) - 1} more" if hidden[1:] else ""
    return Unreachable(
        f"{name} says that it holds {hidden[0].external_id}{more} already, and shows "
        "none of it: its look-ups lag behind",
        "run `tieout post` again later: it asks until the ERP shows it.",
    )


def _other_id(name: str, sent: str, record: PostedRecord) -> Refused:
    return Refused(
        f"{name} keeps a journal under another external id ({record.external_id}) than "
        f"it was sent under ({sent}): a look-up does not find it again",
        "nothing more was posted: let the ERP keep external ids whole, give that "
        "record the id that was sent, then run `tieout post`.",
    )
