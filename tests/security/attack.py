"""The attack: what an audience's file says about pay, beyond the rate card.

Everybody who sees standard cost has the card, and it alone is within 10 % of many
people's pay. So firms are compared that differ by nothing but what all are paid: in the
first two the card is the same, in the others it is what their own pay makes it. A rate
is recovered when the same solution is right about it in all of them. What tells of
the card only says the same in the first two, where pay is not the same, and cannot be.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.sandbox.process import read_state, simulated
from tests.security.comparing import differences
from tests.security.figures import Figures, figures
from tests.security.known import Known
from tests.security.scoring import RECOVERED, Truth, hits, truth_of
from tests.security.solving import Solution, beyond_card, solutions, up_to_factors


@dataclass(frozen=True)
class World:
    """A firm's work folder, and the file of it that an audience may open."""

    work: Path
    file: Path


@dataclass
class Findings:
    """Whose pay was recovered, and by which sources."""

    people: set[str]
    by: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def recovered(self, letter: str) -> int:
        """How many of the employees (E) or contractors (X) were found out."""
        found = set().union(*self.by.values())
        return sum(number[0] == letter for number in found)

    def told(self) -> list[str]:
        """The sources by how many they recover, the best of each table."""
        best: dict[str, tuple[int, str]] = {}
        for source, people in self.by.items():
            table = source.split(" ")[0]
            best[table] = max(best.get(table, (0, "")), (len(people), source))
        ranked = sorted(best.values(), reverse=True)
        return [f"{count:4d} by {source}" for count, source in ranked]


def attack(
    worlds: Sequence[World],
    known: Known,
    within: float = RECOVERED,
    tables: set[str] | None = None,
) -> Findings:
    """Attack an audience's files of firms paid otherwise, or tables of them.

    The first two firms have the same card: what differs there moves with pay itself.
    """
    one, at_same_card, *_ = worlds
    moving = {
        found.table: frozenset(found.columns)
        for found in differences(one.file, at_same_card.file)
        if tables is None or found.table in tables
    }
    findings = Findings({unknown.split(":")[0] for unknown in known.unknowns})
    right = [_right(world, known, moving, within) for world in worlds]
    for source in set.intersection(*map(set, right)):
        # As a raw or as a loaded rate, but as the same everywhere.
        always = np.all([told[source] for told in right], axis=0).any(axis=0)
        for i in np.flatnonzero(always):
            findings.by[source].add(known.unknowns[i].split(":")[0])
    return findings


def _right(
    world: World, known: Known, moving: dict[str, frozenset[str]], within: float
) -> dict[str, np.ndarray]:
    """Which unknowns each solution has right, of those that have any."""
    truth = truth_of(simulated(read_state(world.work / "sandbox")), known.unknowns)
    known.db.execute(f"attach '{world.file}' as theirs (read_only)")
    known.take_card(Paths(world.work).standard)
    right = {}
    for found in figures(known, moving):
        for solution in _solved(found, truth, _own_rate(truth, known)):
            which = hits(truth, solution, within)
            if which.any():
                right[solution.source] = which
    known.db.execute("detach theirs")
    return right


def _solved(found: Figures, truth: Truth, own: dict[int, float]) -> Iterator[Solution]:
    """Every solution; what burden is laid on pay is policy, and known."""
    yield from solutions(found)
    yield from beyond_card(found, np.ones_like(truth.burden), "raw")
    yield from beyond_card(found, truth.burden, "loaded")
    yield from up_to_factors(found, own)


def _own_rate(truth: Truth, known: Known) -> dict[int, float]:
    """The rate of who knows his own: the employee who worked on most projects."""
    [(place, _)] = known.db.execute(
        "select place, count(distinct project_key) from valued"
        " where unknown like 'E%' group by place order by 2 desc, 1 limit 1"
    ).fetchall()
    return {place: float(truth.latest()[place])}
