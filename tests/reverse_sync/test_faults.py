"""The fault matrix: whatever goes wrong, exactly once; and it finds planted bugs."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import pytest

from tests.conftest import SOAKING
from tests.reverse_sync.faults.mutants import MUTANTS

SCHEDULES = 10_000 if SOAKING else 500
SHARES = 4

pytestmark = pytest.mark.slow


def matrix(first, count, *options):
    """Run it as a process of its own: it forks, and a test's process has threads."""
    words = ["--first", str(first), "--count", str(count), *options]
    return subprocess.run(
        [sys.executable, "-m", "tests.reverse_sync.faults.matrix", *words],
        timeout=None if SOAKING else 900, check=False, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.soak
def test_no_schedule_duplicates_loses_unbalances_or_touches_what_is_closed(capsys):
    count = SCHEDULES // SHARES
    with ThreadPoolExecutor(SHARES) as pool:  # a schedule waits most of its time
        shares = list(pool.map(matrix, range(0, SCHEDULES, count), repeat(count)))
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *(share.stdout for share in shares)]))
    for share in shares:
        assert share.returncode == 0, share.stdout + share.stderr


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_matrix_finds_a_planted_bug(mutant):
    ran = matrix(0, 60, "--mutant", mutant)
    assert ran.returncode == 1, ran.stderr
    assert "seed " in ran.stdout
