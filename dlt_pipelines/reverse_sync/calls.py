"""Calls to the ERP: the sessions there are, used at once, and what answers came to."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import TypeVar

from dlt_pipelines.core.errors import (
    BadAnswer,
    ConnectionFailed,
    Throttled,
    Unreachable,
)
from dlt_pipelines.reverse_sync import external_ids
from dlt_pipelines.reverse_sync.journal import Kept, PostedRecord, Refusal, Target
from dlt_pipelines.reverse_sync.lacking import Lookout, Stop, missing
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import Plan
from dlt_pipelines.reverse_sync.postings import (
    FAILED,
    POSTED,
    SAID_TO_EXIST,
    UNCERTAIN,
    Attempt,
    Intent,
    Posting,
)
from dlt_pipelines.reverse_sync.records import Document

STRIKES = 3  # calls without an answer, in a row, that end a round
FOUND_AT_ONCE = 50  # documents in one look-up
T = TypeVar("T")


class Calls:
    """The sessions with the ERP, and calls made on as many of them as there are."""

    def __init__(self, targets: Sequence[Target], may_send: Callable[[], bool]) -> None:
        first = targets[0]
        self.may_send = may_send  # another poster may have the ledger by now
        self.name = first.name
        self.batch_size = first.batch_size
        self.guards_repeats = first.guards_repeats
        self.lookup_lag = first.lookup_lag
        self.external_id_limit = first.external_id_limit
        self._workers = ThreadPoolExecutor(len(targets))
        self._idle: SimpleQueue[Target] = SimpleQueue()
        for target in targets:
            self._idle.put(target)

    def __enter__(self) -> "Calls":
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.shutdown()

    def sent(self, intent: Intent, ledger: Ledger) -> Intent:
        """An intent under the external id that the ERP is sent."""
        limit = self.external_id_limit
        document = external_ids.sent_as(intent.document, ledger.books, limit)
        return replace(intent, document=document)

    def lacking(self, look_out: Lookout, ledger: Ledger, plan: Plan) -> Sequence[Stop]:
        """What the ERP holds of ours and the ledger lacks."""
        with self._one() as target:
            return look_out(target, ledger, plan)

    def missing(self, ledger: Ledger) -> list[PostedRecord]:
        """The documents that this is made of."""
        with self._one() as target:
            return missing(target, ledger)

    def find(self, postings: Sequence[Posting]) -> dict[str, PostedRecord]:
        """Those of the postings that the ERP holds, by external id."""
        documents = [posting.document for posting in postings]
        found: dict[str, PostedRecord] = {}
        for some in self._workers.map(self._find, groups(documents, FOUND_AT_ONCE)):
            found |= some
        return found

    def withdraw(self, postings: Sequence[Posting]) -> None:
        """Remove what calls with these postings may have left half done."""
        with self._one() as target:
            target.withdraw([posting.external_id for posting in postings])

    def post(self, postings: Sequence[Posting]) -> Iterator["Answer"]:
        """An answer for each batch that was sent.

        Once the ERP does not answer a few times running, or will have none of us, the
        rest is not sent.
        """
        strikes: list[ConnectionFailed] = []
        calls = [
            self._workers.submit(self._post, batch, strikes)
            for batch in groups(postings, self.batch_size)
        ]
        for call in calls:
            answer = call.result()
            if answer is not None:
                yield answer

    def _find(self, documents: Sequence[Document]) -> dict[str, PostedRecord]:
        with self._one() as target:
            return target.find(documents)

    @contextlib.contextmanager
    def _one(self) -> Iterator[Target]:
        """A session that nobody else uses meanwhile."""
        target = self._idle.get()
        try:
            yield target
        finally:
            self._idle.put(target)

    def _post(
        self, batch: Sequence[Posting], strikes: list[ConnectionFailed]
    ) -> "Answer | None":
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
        return Answer(batch, results, error, request_id, taken)


def _is_about_us(error: ConnectionFailed) -> bool:
    """Whether to send anything more would be idle: throttled, or a login no good."""
    return isinstance(error, Throttled) or not isinstance(
        error, Unreachable | BadAnswer
    )


@dataclass(frozen=True)
class Answer:
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
            else self._attempt(posting, number, _no(result), result.what)
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


def _no(refusal: Refusal) -> str:
    """What a refusal comes to."""
    return SAID_TO_EXIST if refusal.says_it_exists else FAILED


def groups(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Items in groups of a size; the last may be smaller."""
    for first in range(0, len(items), size):
        yield items[first : first + size]
