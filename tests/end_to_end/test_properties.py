"""Whatever the firm, the day and the stops on the way, the books tie out.

An example is a whole firm landed, built, audited and published, so there is one of
some months here, and many of up to a year in `make soak`; all properties are asked of
each.
"""

import random
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_pipelines.knowledge.bridge import Bridges
from dlt_pipelines.sandbox.firm.model import Firm as Business
from dlt_pipelines.sandbox.process import State, write_state
from dlt_pipelines.sandbox.simulation import simulate
from tests.conftest import SOAKING, without_shrinking
from tests.end_to_end.comparing import differences
from tests.end_to_end.conftest import Firm, seen_by_finance_alone
from tests.end_to_end.findings import missed, wrongly_found
from tests.end_to_end.properties import (
    broken,
    built_otherwise,
    margins,
    remainders,
    take_plans,
)
from tests.truth.truth import Truth
from tests.truth.truth import truth as truth_of

pytestmark = [pytest.mark.slow, pytest.mark.soak]

FIRST = datetime(2025, 1, 20, 6, tzinfo=UTC)  # the earliest landing
LAST = datetime(2026, 1, 31, 6, tzinfo=UTC)  # a year end is among the days
LONGEST = (LAST - FIRST).days if SOAKING else 180


@dataclass(frozen=True)
class Example:
    """A firm as of a moment, and the moments at which it was landed on the way."""

    state: State
    moments: list[datetime]
    folder: Path

    @classmethod
    def of(cls, number: int, folder: str) -> "Example":
        """An arbitrary firm, day and one to three stops, the same for a number."""
        chosen = random.Random(number)
        days = chosen.randint(30, LONGEST)
        moments = [
            FIRST + timedelta(days=day)
            for day in sorted(chosen.sample(range(days), chosen.randint(1, 3)))
        ]
        state = State(
            seed=chosen.randint(1, 10**6),
            clock=(FIRST + timedelta(days=days)).isoformat(),
            faults=chosen.random() < 0.8,
        )
        return cls(state, moments, Path(folder))

    def firm(self, name: str, moment: datetime) -> Firm:
        """A work folder with the firm as of a moment."""
        firm = seen_by_finance_alone(self.folder / name)
        at = replace(self.state, clock=moment.isoformat())
        write_state(firm.work / "sandbox", at)
        return firm

    def business(self, moment: datetime) -> Business:
        return simulate(self.state.seed, 1, moment, faults=self.state.faults)

    @cached_property
    def progressive(self) -> Firm:
        """Landed at every stop, then refreshed."""
        for moment in self.moments:
            firm = self.firm("progressive", moment)
            firm.done("land")
        firm = self.firm("progressive", self.state.moment)
        firm.done("refresh", "--no-post")
        return firm

    @cached_property
    def at_once(self) -> Firm:
        """Landed once, at the end, but for what was planned when."""
        firm = self.firm("at_once", self.state.moment)
        firm.done("land")
        take_plans(firm, self.progressive)
        firm.done("build")
        return firm

    def bridges(self) -> Bridges:
        """From what was known at the first stop to what is known now."""
        since = self.moments[0]
        run = self.progressive.tieout(
            "bridge", f"--from={since:%Y-%m-%d}", f"--period={since:%Y-%m}"
        )
        files = [*self.progressive.work.glob("bridges/*/bridge.duckdb")]
        assert len(files) == 1, run.out + run.err
        return Bridges(files[0])


def bridge_broken(example: Example, truth: Truth) -> dict[str, list]:
    """Where a bridge does not start and end at the truth, or leaves a remainder."""
    bridges = example.bridges()
    start, end = (
        {
            (row.project_code, row.period_month): row.margin
            for row in told.project_months
            if row.margin
        }
        for told in (truth_of(example.business(example.moments[0])), truth)
    )
    was, becomes = margins(bridges)
    return {
        "the bridge starts at the truth": sorted(was.items() ^ start.items(), key=str),
        "the bridge ends at the truth": sorted(becomes.items() ^ end.items(), key=str),
        "the bridge has no remainder": remainders(bridges),
    }


@pytest.mark.nightly  # one known firm is held to its truth in test_truth
@without_shrinking(1)
@given(number=st.integers(0, 10**9))
def test_a_random_firm_landed_at_random_moments_ties_out(number):
    with tempfile.TemporaryDirectory() as folder:
        example = Example.of(number, folder)
        business = example.business(example.state.moment)
        landed = [example.business(moment) for moment in example.moments]
        truth, firm = truth_of(business, landed), example.progressive
        found = {
            **broken(firm),
            "marts equal the truth": differences(firm, truth),
            "controls find what differs": wrongly_found(firm, truth, business),
            "controls find every fault": missed(firm, business),
            "landing at once gives the same": built_otherwise(firm, example.at_once),
            **bridge_broken(example, truth),
        }
        wrong = {rule: rows for rule, rows in found.items() if rows}
        assert wrong == {}, f"{example.state} landed at {example.moments}"
