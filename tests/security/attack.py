"""The attack: what an audience's file says about pay, beyond standard rates.

A solution counts when it is right in two firms that differ by nothing but what all
are paid, and was found in figures that differ: a guess that stays the same while pay
moves by a quarter is right in one of them at most, by chance, and tells nothing.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np

from dlt_pipelines.sandbox.process import read_state, simulated
from tests.security.comparing import differences
from tests.security.figures import figures
from tests.security.known import Known
from tests.security.scoring import RECOVERED, Truth, hits, prior_of, truth_of
from tests.security.solving import solutions, up_to_factors


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
    one: World,
    other: World,
    known: Known,
    within: float = RECOVERED,
    tables: set[str] | None = None,
) -> Findings:
    """Attack a firm's file, or tables of it; the other firm tells what is chance."""
    moving = {
        found.table: frozenset(found.columns)
        for found in differences(one.file, other.file)
        if tables is None or found.table in tables
    }
    here = _right(one, known, moving, within)
    there = _right(other, known, moving, within)
    findings = Findings({unknown.split(":")[0] for unknown in known.unknowns})
    for source in here.keys() & there.keys():
        (right, total), (again, moved) = here[source], there[source]
        for i in np.flatnonzero(right & again) if total != moved else ():
            findings.by[source].add(known.unknowns[i].split(":")[0])
    return findings


def _right(
    world: World, known: Known, moving: dict[str, frozenset[str]], within: float
) -> dict[str, tuple[np.ndarray, float]]:
    """Which unknowns each solution has right, of those that have any, and its total."""
    truth = truth_of(simulated(read_state(world.work / "sandbox")), known.unknowns)
    known.db.execute(f"attach '{world.file}' as theirs (read_only)")
    right = {}
    own = _own_rate(truth, known)
    prior = prior_of(world.work / "standard.duckdb", known.unknowns)
    for found in figures(known, moving):
        for solution in chain(solutions(found), up_to_factors(found, own)):
            which = hits(truth, solution, prior, within)
            if which.any():
                right[solution.source] = which, solution.total
    known.db.execute("detach theirs")
    return right


def _own_rate(truth: Truth, known: Known) -> dict[int, float]:
    """The rate of who knows his own: the employee who worked on most projects."""
    [(place, _)] = known.db.execute(
        "select place, count(distinct project_key) from valued"
        " where unknown like 'E%' group by place order by 2 desc, 1 limit 1"
    ).fetchall()
    return {place: float(truth.latest()[place])}
