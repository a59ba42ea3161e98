"""The firm that tests of the simulation and of its truth share: both take seconds."""

from datetime import UTC, datetime

import pytest

from dlt_pipelines.sandbox.simulation import simulate
from tests.truth.truth import truth

CLOCK = datetime(2026, 6, 10, 6, tzinfo=UTC)


@pytest.fixture(scope="session")
def firm():
    """A firm of a year and a half; nothing may be changed in it."""
    return simulate(7, 1, CLOCK)


@pytest.fixture(scope="session")
def told(firm):
    """What is true of it."""
    return truth(firm)
