"""Settling intents: each is posted or failed in the end, and never sent twice.

The ERP is asked which external ids it already holds, then the others are sent, in
batches and at once as the target bears it, then the outcomes go to the disk. No answer
means nobody knows: the ERP is asked again before anything is sent again, always under
the same external id, and where a repeat would make a second record only after its
look-ups must have caught up. Which intents there are is in ``posting``.

What the ERP keeps under another id than it was sent under ends the run.
"""

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from dlt_pipelines.core.errors import (
    BadAnswer,
    ConnectionFailed,
    Refused,
    Throttled,
    Unreachable,
)
from dlt_pipelines.reverse_sync.calls import Calls
from dlt_pipelines.reverse_sync.journal import PostedRecord
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.postings import (
    FAILED,
    POSTED,
    SAID_TO_EXIST,
    SENT,
    Attempt,
    Posting,
)

ATTEMPTS = 5
MOST_THROTTLED = 20  # times in a row that the ERP may ask for patience
FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0
LONGEST_ASKED = 300.0  # what the ERP may ask for
REFUSALS = (FAILED, SAID_TO_EXIST)
LATE_ENOUGH = timedelta(hours=1)  # to ask once more for what the ERP says it holds

Wait = Callable[[float], None]


@dataclass
class Outcome:
    """What became of the intents that were not posted."""

    refused: list[tuple[Posting, str]] = field(default_factory=list)
    unknown: list[Posting] = field(default_factory=list)  # nobody knows yet
    hidden: list[Posting] = field(default_factory=list)  # held, says the ERP, not shown


@dataclass
class Settling:
    """Brings intents to their end: posted or failed."""

    ledger: Ledger
    calls: Calls
    wait: Wait
    outcome: Outcome
    closed: frozenset[tuple[str, date, date]]  # as a plan has them
    last_sent: dict[str, datetime] = field(default_factory=dict)  # by posting id

    def __call__(self, postings: Sequence[Posting]) -> list[Posting]:
        """Those that the ERP holds in the end; ``outcome`` has the others.

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
        self.outcome.unknown += waiting
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
            if posting.posting_id not in hidden and self._has_closed(posting)
        ]
        if late:
            found |= self._surely_held(late, set(self.last_sent))
            late = [p for p in late if p.external_id not in found]
            self.calls.withdraw(late)
        kept = [posting for posting in waiting if posting.external_id in found]
        ended = [self._found(p, number, found[p.external_id], posted) for p in kept]
        ended += [self._too_late(posting, number) for posting in late]
        self.ledger.record(ended)
        self.outcome.hidden += [p for p in waiting if p.posting_id in hidden]
        settled = hidden | {attempt.posting_id for attempt in ended}
        return [p for p in waiting if p.posting_id not in settled]

    def _has_closed(self, posting: Posting) -> bool:
        """Whether the period that a posting is dated in has closed."""
        return any(
            entity == posting.legal_entity_code and begins <= posting.posting_date < end
            for entity, begins, end in self.closed
        )

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
        self.outcome.refused.append((posting, what))
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
                self.outcome.hidden.append(posting)
            else:
                self.outcome.refused.append((posting, attempt.detail or ""))
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
        self.outcome.refused.append((posting, what))
        return Attempt(posting.posting_id, number, FAILED, detail=what)


def _pause(times: int, error: ConnectionFailed) -> float:
    """Seconds before the next try: as the ERP asks, or doubling, capped, jittered."""
    asked = error.wait if isinstance(error, Throttled) and error.wait else 0.0
    ours = random.uniform(0.5, 1.0) * min(LONGEST_WAIT, FIRST_WAIT * 2**times)
    return max(min(asked, LONGEST_ASKED), ours)


def _other_id(name: str, sent: str, record: PostedRecord) -> Refused:
    return Refused(
        f"{name} keeps a document under another external id ({record.external_id}) "
        f"than it was sent under ({sent}): a look-up does not find it again",
        "nothing more was posted: let the ERP keep external ids whole, give that "
        "record the id that was sent, then run `tieout post`.",
    )
