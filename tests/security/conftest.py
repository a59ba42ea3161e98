"""Firms that differ by nothing but what everybody is paid, refreshed and posted."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.sandbox.process import FIRST_CLOCK, State
from dlt_pipelines.warehouse import publication
from tests.conftest import SOAKING
from tests.end_to_end.conftest import EARLY, Firm
from tests.security.attack import World
from tests.security.known import Known, known_of

# Soaking takes whole firms of several seeds; else three months of one are attacked.
SEEDS = (7, 11, 23, 31, 42) if SOAKING else (7,)
CLOCK = FIRST_CLOCK if SOAKING else EARLY.isoformat()


@dataclass(frozen=True)
class Twins:
    """A firm, and the same firm paid otherwise."""

    firm: Firm
    other: Firm

    def files(self, audience: str) -> tuple[Path, Path]:
        """What an audience may open of each."""
        return file_of(self.firm, audience), file_of(self.other, audience)

    @property
    def known(self) -> Known:
        """What everybody knows, which is the same in both."""
        return known_of(self.firm.work / "build.duckdb")


def worlds_of(firms: Sequence[Firm], audience: str) -> list[World]:
    """What is attacked, and in which firms."""
    return [World(firm.work, file_of(firm, audience)) for firm in firms]


def file_of(firm: Firm, audience: str) -> Path:
    """The published file of an audience."""
    return Paths(firm.work).audience(audience).resolve()


@pytest.fixture(scope="session", params=SEEDS, ids=lambda seed: f"seed{seed}")
def twins(request, firms, tmp_path_factory) -> Twins:
    """The twins of a seed, as an account with a careless umask leaves them."""
    folder = tmp_path_factory.mktemp(f"twins{request.param}")
    states = [State(seed=request.param, clock=CLOCK, pay=pay) for pay in (0, 1)]
    return Twins(*(firms.refreshed(s, folder / f"paid {s.pay}") for s in states))


@pytest.fixture(scope="session")
def at_equal_standard(twins) -> Twins:
    """The twins, with the one's standard rates in both: as by policy."""
    other = Firm(twins.other.work.with_name("at equal standard"))
    shutil.copytree(twins.other.work, other.work, symlinks=True)
    with duckdb.connect(Paths(other.work).build) as db:
        db.execute(f"attach '{Paths(twins.firm.work).build}' as firm (read_only)")
        table = "canonical.dim_standard_rates"
        db.execute(f"delete from {table}; insert into {table} from firm.{table}")
    with duckdb.connect(Paths(other.work).land) as land:
        # what its closed periods were published with at its own rates
        land.execute("delete from kept.closed_periods where cost_basis = 'standard'")
    _, controls = publication.published_snapshot(Paths(other.work))
    publication.publish(Paths(other.work), controls, "again", datetime.now(UTC))
    return Twins(twins.firm, other)


@pytest.fixture(scope="session")
def attacked(twins, at_equal_standard) -> list[Firm]:
    """A firm, it paid otherwise at the same rate card, and so at a card of its own."""
    return [twins.firm, at_equal_standard.other, twins.other]
