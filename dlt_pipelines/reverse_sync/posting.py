"""Posting a plan: exactly once, whatever happens on the way.

Entries go in groups. For each the intents go to the disk in one commit, and are then
brought to their end (see ``settling``). Intents that an earlier run left open (killed,
cut off) are settled the same way before anything new.

Before anything new the ERP is asked for all that it holds of ours: where that is more
than the ledger knows, nothing is posted in that legal entity (see ``lacking``).

A key's journals keep their order: the next goes out when the one before is posted.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dlt_pipelines.core.errors import ConnectionFailed, TieoutError, Unreachable
from dlt_pipelines.reverse_sync import lacking
from dlt_pipelines.reverse_sync.calls import Calls, groups
from dlt_pipelines.reverse_sync.journal import Target
from dlt_pipelines.reverse_sync.lacking import Lookout, Stop
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import Entry, Plan
from dlt_pipelines.reverse_sync.postings import Posting
from dlt_pipelines.reverse_sync.settling import ATTEMPTS, Outcome, Settling, Wait

GROUP = 200  # entries whose intents share a commit

Progress = Callable[[int, int], None]  # entries done, entries in all


@dataclass
class PostingReport(Outcome):
    """What became of a plan. ``stopped`` is why the run ended early, if it did."""

    resolved: list[Posting] = field(default_factory=list)  # of earlier runs
    posted: list[Posting] = field(default_factory=list)
    overtaken: list[str] = field(default_factory=list)  # keys the ledger moved on from
    lacking: Sequence[Stop] = field(default_factory=list)  # entities not posted in
    left: list[tuple[str, str]] = field(default_factory=list)  # legs, and why not
    stopped: TieoutError | None = None

    @property
    def errors(self) -> list[TieoutError]:
        """Why not everything was posted that the plan let post."""
        stops: list[TieoutError] = [stop.error for stop in self.lacking]
        return [self.stopped, *stops] if self.stopped else stops

    def takes(self, entry: Entry) -> bool:
        """Whether nothing has been found so far that keeps an entry from its books."""
        return self.stopped is None and bool(_outside(self.lacking, [entry]))

    def followed_by(self, later: "PostingReport") -> "PostingReport":
        """This and what came after it in the same ERP, as one."""
        return PostingReport(
            refused=[*self.refused, *later.refused],
            unknown=[*self.unknown, *later.unknown],
            hidden=[*self.hidden, *later.hidden],
            resolved=[*self.resolved, *later.resolved],
            posted=[*self.posted, *later.posted],
            overtaken=[*self.overtaken, *later.overtaken],
            lacking=later.lacking or self.lacking,
            left=[*self.left, *later.left],
            stopped=self.stopped or later.stopped,
        )

    @property
    def settled(self) -> int:
        """How many intents came to an end."""
        return len(self.resolved) + len(self.posted) + len(self.refused)


def post(
    plan: Plan,
    ledger: Ledger,
    targets: Sequence[Target],
    *,
    look_out: Lookout = lacking.journals,
    progress: Progress = lambda *_: None,
    wait: Wait = time.sleep,
) -> PostingReport:
    """Post what the plan lets post; failures of the target are in the report.

    ``targets`` are sessions with one ERP: as many calls are made at once. What
    ``look_out`` finds that the ledger lacks stops what it stops, and is told though
    nothing is to be posted. Raises ConfigurationError when the ledger is another
    firm's, or somebody posts from it now.
    """
    report = PostingReport()
    lacking.check_books(ledger)
    with ledger.exclusive(), Calls(targets, ledger.is_held) as calls:
        settle = Settling(ledger, calls, wait, report, plan.closed)
        try:
            unsettled = [p for p in ledger.open_postings() if p.target == calls.name]
            for some in groups(unsettled, GROUP):
                report.resolved += settle(some)
            report.lacking = calls.lacking(look_out, ledger, plan)
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


def _outside(stops: Sequence[Stop], entries: list[Entry]) -> list[Entry]:
    """The entries of entities whose journals the ledger knows."""
    stopped = {stop.subsidiary_id for stop in stops}
    return [
        entry
        for entry in entries
        if not any(intent.slot.subsidiary_id in stopped for intent in entry.intents)
    ]


def _post_group(
    group: Sequence[Entry], ledger: Ledger, settle: Settling, report: PostingReport
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
