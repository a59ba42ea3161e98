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

from dlt_pipelines.core.errors import TieoutError
from dlt_pipelines.reverse_sync import pairs
from dlt_pipelines.reverse_sync.journal import Target
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import HOLD, POST, Entry, Plan
from dlt_pipelines.reverse_sync.posting import PostingReport, post
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
    for name in sorted((_asked(planned, ledger) | set(ours)) - set(away)):
        run.post(name, [_by_itself(e) for e in planned.entries if e.target == name])
    charges = _charges(planned)
    begun = [legs for legs in charges if all(map(run.takes, legs))]
    kept = run.post_each([legs[0] for legs in begun])
    run.post_each(
        [e for first, *rest in begun if _last_id(first) in kept for e in rest]
    )
    for legs in charges:
        run.tell(legs)
    return run.reports


def _asked(planned: Plan, ledger: Ledger) -> set[str]:
    """The ERPs that a plan, or what is still open, is about."""
    unsettled = {p.target for p in ledger.open_postings() if p.kind not in KINDS}
    return unsettled | {entry.target for entry in planned.entries if entry.target}


def _by_itself(entry: Entry) -> Entry:
    """An entry as it is posted before any leg of a charge is."""
    is_leg = entry.action == POST and pairs.of(entry.posting_key)
    return replace(entry, action=HOLD) if is_leg else entry


def _charges(planned: Plan) -> list[list[Entry]]:
    """What goes out of each charge: both legs, or the one that is out of balance."""
    found: dict[str, list[Entry]] = {}
    for entry in planned.to_post:
        if pair := pairs.of(entry.posting_key):
            found.setdefault(pair, []).append(entry)
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

    def post(self, name: str, entries: list[Entry]) -> PostingReport:
        """Post in one ERP; what comes of it is added to its report."""
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
            report = self.post(name, [leg for leg in legs if leg.target == name])
            kept |= {posting.posting_id for posting in report.posted}
        return kept

    def tell(self, legs: Sequence[Entry]) -> None:
        """Name what is left of a charge of which not both legs went out."""
        reports = self.reports.values()
        posted = {p.posting_id for report in reports for p in report.posted}
        gone = [leg.posting_key for leg in legs if _last_id(leg) in posted]
        why = f"{gone[0]} is, alone" if gone else "its other leg is not either"
        for leg in legs if len(legs) > len(gone) and len(legs) > 1 else ():
            if leg.posting_key not in gone:
                report = self.reports.setdefault(leg.target or "", PostingReport())
                report.left.append((leg.posting_key, why))


def _last_id(entry: Entry) -> str:
    """The posting that ends an entry."""
    return f"{entry.posting_key}|v{entry.intents[-1].version}"
