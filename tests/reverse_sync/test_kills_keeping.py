"""Kills while a checkpoint is written, and while posting with no second place."""

import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def killed(*words):
    """Run as a process of its own: it forks, and a test's process has threads."""
    return subprocess.run(
        [sys.executable, "-m", "tests.reverse_sync.killed_keeping", *map(str, words)],
        timeout=600, check=False, capture_output=True, text=True,
    )  # fmt: skip


def test_a_checkpoint_is_kept_whole_or_not_wherever_a_run_is_killed(tmp_path):
    ran = killed("aimed", tmp_path)
    assert ran.returncode == 0, ran.stderr
    kills, kept = map(int, re.findall(r"\d+", ran.stdout))
    assert kills >= 12  # of three durable steps in each of two places, before and after
    assert kept >= kills


def test_kills_while_posting_double_nothing_with_checkpoints_kept_on_the_way(capsys):
    ran = killed("matrix", 45)
    with capsys.disabled():
        sys.stdout.write(f"\n{ran.stdout}")
    assert ran.returncode == 0, ran.stdout + ran.stderr
