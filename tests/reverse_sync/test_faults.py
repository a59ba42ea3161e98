"""The fault matrix: whatever goes wrong, exactly once; and it finds planted bugs."""

import subprocess
import sys

import pytest

from tests.conftest import SOAKING
from tests.reverse_sync.faults.mutants import MUTANTS

SCHEDULES = 10_000 if SOAKING else 500
SHARES = 4

pytestmark = pytest.mark.slow


def matrix(*arguments):
    """Run it as a process of its own: it forks, and a test's process has threads."""
    return subprocess.run(
        [sys.executable, "-m", "tests.reverse_sync.faults.matrix", *arguments],
        timeout=None if SOAKING else 900, check=False, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.soak
@pytest.mark.parametrize("share", range(SHARES))
def test_no_schedule_duplicates_loses_unbalances_or_touches_what_is_closed(
    share, capsys
):
    count = SCHEDULES // SHARES
    ran = matrix("--first", str(share * count), "--count", str(count))
    with capsys.disabled():
        sys.stdout.write(f"\n{ran.stdout}")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_matrix_finds_a_planted_bug(mutant):
    ran = matrix("--first", "0", "--count", "60", "--mutant", mutant)
    assert ran.returncode == 1, ran.stderr
    assert "seed " in ran.stdout
