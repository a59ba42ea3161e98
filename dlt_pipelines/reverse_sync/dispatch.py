"""A plan, each entry to the ERP of its legal entity.

What goes wrong in one ERP stops nothing in another. What stands by itself is posted
first, so that an ERP that cannot be reached is known before a charge is begun: the legs
of an intercompany charge (see ``pairs``) go out only where both ERPs can be posted to,
and the second only once the first is kept. What is left of a charge then is open: the
next plan names it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from dlt_pipelines.core.errors import ConnectionFailed, TieoutError
from dlt_pipelines.reverse_sync import pairs
from dlt_pipelines.reverse_sync.journal import Target
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import HOLD, Entry, Plan
from dlt_pipelines.reverse_sync.posting import PostingReport, post
from dlt_pipelines.reverse_sync.postings import POSTED
from dlt_pipelines.reverse_sync.records import KINDS

Sessions = Callable[[str], Sequence[Target]]  # with the ERP of a name


def dispatch(
    planned: Plan,
    ledger: Ledger,
    sessions: Sessions,
    ours: Collection[str] = (),
    *,
    away: Collection[str] = (),
    **options: Any,
) -> dict[str, PostingReport]:
    """Post a plan and settle what earlier runs left open; a report for each ERP.

    ``ours`` are asked for what the ledger lacks though nothing is to be posted there.
    ``away`` are ERPs that are not as landed: nothing is posted there, and no charge
    between them and others. ``options`` are those of ``post``. What ended the work with
    an ERP is in its report.
    """
    run = _Run(planned, ledger, sessions, options)
    alone = [e for e in planned.to_post if not pairs.of(e.posting_key)]
    for name in sorted((_asked(planned, ledger) | set(ours)) - set(away)):
        run.post(name, alone)
    charges = _charges(planned)
    begun = [legs for legs in charges if all(map(run.takes, legs))]
    kept = run.post_each([legs[0] for legs in begun])
    run.post_each(
        [e for first, *rest in begun if _last_id(first) in kept for e in rest]
    )
    run.tell(charges)
    return run.reports


def _asked(planned: Plan, ledger: Ledger) -> set[str]:
    """The ERPs where something is to be posted, or is still open.

    What is held in an ERP that is gone, or takes no postings, asks it for nothing.
    """
    unsettled = {p.target for p in ledger.open_postings() if p.kind not in KINDS}
    return unsettled | {entry.target for entry in planned.to_post if entry.target}


def _charges(planned: Plan) -> list[list[Entry]]:
    """What goes out of each charge: both legs, or the one that is out of balance."""
    charges = pairs.together(entry.posting_key for entry in planned.to_post)
    found: dict[str, list[Entry]] = {}
    for entry in planned.to_post:
        if entry.posting_key in charges:
            found.setdefault(charges[entry.posting_key], []).append(entry)
    return [sorted(legs, key=lambda e: e.posting_key) for legs in found.values()]


class _Run:
    """Posting, ERP by ERP, and the reports so far."""

    def __init__(
        self, planned: Plan, ledger: Ledger, sessions: Sessions, options: dict[str, Any]
    ) -> None:
        self.planned, self.ledger = planned, ledger
        self.sessions, self.options = sessions, options
        self.opened: dict[str, Sequence[Target]] = {}
        self.reports: dict[str, PostingReport] = {}

    def post(self, name: str, now: Sequence[Entry]) -> PostingReport:
        """Post in one ERP what goes there now; what comes of it joins its report."""
        keys = {entry.posting_key for entry in now}
        entries = [
            entry if entry.posting_key in keys else replace(entry, action=HOLD)
            for entry in self.planned.entries
            if entry.target == name
        ]
        part = replace(self.planned, entries=entries)
        try:
            targets = self.opened.get(name) or self.sessions(name)
            self.opened[name] = targets
            report = post(part, self.ledger, targets, **self.options)
        except TieoutError as error:
            report = PostingReport(stopped=error)
        before = self.reports.get(name)
        self.reports[name] = before.followed_by(report) if before else report
        return report

    def takes(self, leg: Entry) -> bool:
        """Whether its ERP, and its entity there, take postings in this run."""
        report = self.reports.get(leg.target or "")
        return report is not None and report.takes(leg)

    def post_each(self, legs: Sequence[Entry]) -> set[str]:
        """Post legs, each in its ERP; the postings that are kept."""
        kept: set[str] = set()
        for name in sorted({leg.target or "" for leg in legs}):
            report = self.post(name, legs)
            kept |= {posting.posting_id for posting in report.posted}
        return kept

    def tell(self, charges: Sequence[Sequence[Entry]]) -> None:
        """Name what is left of charges of which not both legs went out.

        Nothing where the ledger itself cannot be asked any more: every report says so.
        """
        try:
            postings = self.ledger.postings() if charges else []
        except ConnectionFailed:
            return
        held = {p.posting_id for p in postings if p.status == POSTED}
        for legs in charges:
            gone = [leg.posting_key for leg in legs if _last_id(leg) in held]
            why = f"{gone[0]} is, alone" if gone else "its other leg is not either"
            for leg in legs if len(legs) > 1 else ():
                if leg.posting_key not in gone:
                    report = self.reports.setdefault(leg.target or "", PostingReport())
                    report.left.append((leg.posting_key, why))


def _last_id(entry: Entry) -> str:
    """The posting that ends an entry."""
    return f"{entry.posting_key}|v{entry.intents[-1].version}"
