"""Checkpoints as the commands use them: kept, held against the ledger, begun anew.

One goes with every snapshot and every posting. A ledger that is not what they saw (see
``evidence``) gets no new one and posts nothing. The way on is ``begin_anew``, which
says why, is signed and kept like the others, and is told ever after.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dlt_pipelines.core.errors import ConfigurationError, TieoutError
from dlt_pipelines.reverse_sync import evidence
from dlt_pipelines.reverse_sync.archive import Archive, Checkpoint, Found
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.postings import Decision


class LedgerDoubted(TieoutError):
    """The ledger is not what its checkpoints saw: nothing is posted from it."""

    exit_code = 1

    def __init__(self, wrong: Sequence[str]) -> None:
        """Say the first thing that is wrong, and how many more there are."""
        more = f" (and {len(wrong) - 1} more)" if wrong[1:] else ""
        super().__init__(
            f"nothing is posted from a ledger that its checkpoints doubt: "
            f"{wrong[0]}{more}",
            "`tieout ledger verify` says all of it; restore the ledger, or rebuild it "
            "from the ERP (`tieout ledger recover`) and say why it counts as it is "
            "(`tieout ledger accept --reason …`).",
        )


@dataclass(frozen=True)
class Kept:
    """What came of keeping a checkpoint: lines for the summary."""

    lines: list[str] = field(default_factory=list)
    doubted: LedgerDoubted | None = None


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a ledger, and what else to know of its checkpoints.

    ``unreached`` are the places that could not be asked, ``lacking`` what else is
    missing before a ledger with nothing wrong can be called whole.
    """

    wrong: list[str] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether every row was held to every checkpoint, in every place."""
        return not (self.wrong or self.unreached or self.lacking)

    def __str__(self) -> str:
        if self.wrong:
            return "The ledger was tampered with"
        if self.is_whole:
            return "The ledger is whole"
        return "The ledger's rows agree, but not everything could be held to them"

    @property
    def lines(self) -> list[str]:
        """All of it, the worst first."""
        return [*self.wrong, *self.unreached, *self.lacking, *self.told]


def keep(archive: Archive, ledger: Ledger, snapshot_id: str | None) -> Kept:
    """Keep what the ledger is now, with the published snapshot, if that is news.

    A second place that cannot be reached stops nothing: it is told, and brought up the
    next time. A ledger in doubt gets no checkpoint.
    """
    found = archive.found()
    wrong = evidence.wrong(archive, found, ledger)
    if wrong:
        return Kept(doubted=LedgerDoubted(wrong))
    newest = found.newest
    now = (ledger.heads(), snapshot_id)
    if newest and (newest.heads, newest.snapshot_id) == now:
        archive.spread(found)
    else:
        newest = archive.write(ledger, found, snapshot_id)
    return Kept(_kept_lines(newest, found))


def hold_to(archive: Archive, ledger: Ledger) -> None:
    """Raise LedgerDoubted when the ledger is not what the checkpoints reached saw."""
    wrong = evidence.wrong(archive, archive.found(), ledger)
    if wrong:
        raise LedgerDoubted(wrong)


def begin_anew(archive: Archive, ledger: Ledger, by: str, reason: str) -> Kept:
    """Let the ledger count as it is, whatever checkpoints of before saw.

    Of what it says was decided nothing counts: what came of it may be what is lost.
    Raises ConfigurationError without a reason, and for a chain that is broken.
    """
    if not reason.strip():
        raise ConfigurationError("no reason is given", "say why: auditors read it.")
    if ledger.verify():
        raise ConfigurationError(
            "rows of the ledger were changed, removed or slipped in",
            "restore it from a backup, or move it away and let `tieout ledger recover` "
            "rebuild it from the ERP.",
        )
    ledger.decide([Decision.revocation(by, reason)])
    found = archive.found()
    newest = archive.write(ledger, found, None, anew=f"{by}: {reason}")
    return Kept(_kept_lines(newest, found))


def verify(archive: Archive, ledger: Ledger) -> Verdict:
    """Hold every row to its chain, and the chains to every checkpoint in reach."""
    found = archive.found(everything=True)
    wrong = [*ledger.verify(), *evidence.wrong(archive, found, ledger)]
    return Verdict(
        wrong,
        [f"not reached: {error}" for error in found.unreached],
        _lacking(found),
        [*_places_told(found), *_proof_told(archive, found)],
    )


def _kept_lines(newest: Checkpoint, found: Found) -> list[str]:
    places = len(found.held) - 1
    where = f"and in {places} second place{'s' * (places > 1)}" if places else "alone"
    told = [f"{newest}, signed by key {newest.key}, kept here {where}"]
    return told + [str(error) for error in found.unreached]


def _lacking(found: Found) -> list[str]:
    """What a place should hold and does not."""
    if not found.checkpoints:
        return ["no checkpoint yet: what was cut off or rebuilt would not show"]
    return [
        f"{place.shown} lacks {len(lacks)} checkpoints: the next run brings them"
        for place, names in found.held.items()
        if (lacks := found.checkpoints.keys() - names)
    ]


def _places_told(found: Found) -> list[str]:
    told = [
        f"{place.shown}: {len(names)} checkpoints"
        for place, names in found.held.items()
    ]
    return told + [
        f"{name} is damaged in {place.shown} and whole elsewhere"
        for name, place in found.damaged
        if name in found.checkpoints
    ]


def _proof_told(archive: Archive, found: Found) -> list[str]:
    """What the checkpoints prove, and to whom they do not."""
    if not found.checkpoints:
        return []
    told = [f"{c} begins anew: {c.anew}" for c in found.in_order() if c.anew]
    keys = sorted({c.key for c in found.checkpoints.values()})
    told.append(
        f"signed by key {', '.join(keys)}: who can read {archive.keys.file.name} "
        "could sign another chain"
    )
    if len(archive.places) == 1:
        told.append(
            "no second place (checkpoint_places): who can change the work folder could "
            "change the ledger and its checkpoints together"
        )
    return told
