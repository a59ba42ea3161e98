"""What every test shares: no address but this machine's, and how much is tried.

Hypothesis tries the same few examples in every run; with HYPOTHESIS_PROFILE=soak it
tries many more, other ones each time, as `make soak` does.
"""

import os
import socket

import pytest
from hypothesis import HealthCheck, Phase, settings

from dlt_pipelines.core import confidential
from tests.end_to_end.firms import Firms

REAL_CONNECT = socket.socket.connect
SOAKING = os.environ.get("HYPOTHESIS_PROFILE") == "soak"

settings.register_profile("few", derandomize=True, deadline=None)
settings.register_profile("soak", max_examples=5000, deadline=None, print_blob=True)
settings.load_profile("soak" if SOAKING else "few")


def examples(number: int) -> int:
    """How many examples to try of what usually is worth so many."""
    return number * 50 if SOAKING else number


def without_shrinking(number: int) -> settings:
    """Settings for examples that take minutes: no smaller ones of what failed."""
    return settings(
        max_examples=examples(number),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(autouse=True, scope="session")
def _only_loopback():
    def connect(self, address):
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host}")
        return REAL_CONNECT(self, address)

    socket.socket.connect = connect
    yield
    socket.socket.connect = REAL_CONNECT


@pytest.fixture(autouse=True, scope="session")
def _a_work_folder_of_its_own(tmp_path_factory):
    """No test meets what another one, or somebody at work, left in the checkout's."""
    os.environ["TIEOUT_WORK"] = str(tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="session")
def firms(tmp_path_factory) -> Firms:
    """Refreshed firms, which all workers of a session share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "firms"
    folder.mkdir(exist_ok=True)
    return Firms(folder)


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests(monkeypatch):
    monkeypatch.setattr(confidential, "_known", set())
