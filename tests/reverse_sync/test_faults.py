"""The fault matrix: whatever goes wrong, exactly once; and it finds planted bugs."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

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


def in_shares(schedules, *options):
    """At least so many, several at once: a schedule waits most of its time."""
    count = -(-schedules // SHARES)
    firsts = range(0, schedules, count)
    with ThreadPoolExecutor(SHARES) as pool:
        return list(pool.map(lambda first: matrix(first, count, *options), firsts))


@pytest.mark.soak
def test_no_schedule_duplicates_loses_unbalances_or_touches_what_is_closed(capsys):
    ran = in_shares(SCHEDULES)
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *(share.stdout for share in ran)]))
    for share in ran:
        assert share.returncode == 0, share.stdout + share.stderr


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_matrix_finds_a_planted_bug(mutant):
    ran = matrix(0, 120, "--mutant", mutant)  # a dozen and more of each personality
    assert ran.returncode == 1, ran.stderr
    assert "seed " in ran.stdout


@pytest.mark.soak
@pytest.mark.parametrize(("kind", "moves_on"), LOSSES)
def test_a_lost_or_older_ledger_stops_and_recovers(kind, moves_on):
    ran = in_shares(LOST_LEDGERS, "--loss", kind, *["--moves-on"] * moves_on)
    for share in ran:
        assert share.returncode == 0, share.stdout + share.stderr


@pytest.mark.parametrize("mutant", LOSING)
def test_the_matrix_finds_a_bug_that_only_a_lost_ledger_shows(mutant):
    ran = matrix(0, 20, "--loss", LOST, "--moves-on", "--mutant", mutant)
    assert ran.returncode == 1, ran.stderr
    assert "seed " in ran.stdout
