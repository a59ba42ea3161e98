"""What every test shares: no address but this machine's, and how much is tried.

Hypothesis tries the same few examples in every run; with HYPOTHESIS_PROFILE=soak it
tries many more, other ones each time, as `make soak` does.
"""

import os
import socket

import pytest
from hypothesis import HealthCheck, Phase, settings

from dlt_pipelines.core import confidential
from dlt_pipelines.core.settings import ROOT
from tests.end_to_end.firms import Firms

REAL_CONNECT = socket.socket.connect
SOAKING = os.environ.get("HYPOTHESIS_PROFILE") == "soak"

settings.register_profile("few", derandomize=True, deadline=None)
settings.register_profile("soak", max_examples=5000, deadline=None, print_blob=True)
settings.load_profile("soak" if SOAKING else "few")


# Groups of tests that take minutes, the longest first: they begin in this order, before
# all others, so that no worker is left alone with a long one at the end.
LONGEST = (
    "refresh", "end_to_end/test_properties", "controls", "absent_roles", "knowledge",
    "twins", "bad input", "end_to_end/test_kills", "recovery", "casebook",
    "end_to_end/test_truth", "secrets", "two_erps", "backup", "models",
    "regions", "login", "several", "end_to_end/test_trial", "checkpoints", "truth",
    "postgresql", "tryton",
)  # fmt: skip


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist asks for the groups
def pytest_collection_modifyitems(items):
    """Keep the tests of a file together, which share fixtures, and begin with LONGEST.

    Some groups are of several files, which share more.
    """
    begins = {name: nth for nth, name in enumerate(LONGEST)}

    def begin(item: pytest.Item) -> int:
        group = item.get_closest_marker("xdist_group").args[0]
        return begins.get(group, len(begins))

    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            group = item.path.relative_to(ROOT / "tests").with_suffix("").as_posix()
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=begin)


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
