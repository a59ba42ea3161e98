"""The fault matrix: whatever goes wrong, exactly once; and it finds planted bugs."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import pytest

from tests.conftest import SOAKING
from tests.reverse_sync.faults.mutants import LOSING, MUTANTS
from tests.reverse_sync.faults.schedule import LOSSES, LOST

SCHEDULES = 10_000 if SOAKING else 500
SHARES = 4
LOST_LEDGERS = SCHEDULES // 10  # schedules for each way to lose one

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


@pytest.mark.soak
@pytest.mark.parametrize(("kind", "moves_on"), LOSSES)
def test_a_lost_or_older_ledger_stops_and_recovers(kind, moves_on):
    ran = matrix(0, LOST_LEDGERS, "--loss", kind, *["--moves-on"] * moves_on)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("mutant", LOSING)
def test_the_matrix_finds_a_bug_that_only_a_lost_ledger_shows(mutant):
    ran = matrix(0, 20, "--loss", LOST, "--moves-on", "--mutant", mutant)
    assert ran.returncode == 1, ran.stderr
    assert "seed " in ran.stdout
