"""A refresh killed at any moment is made good by the next one, without a human."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.sandbox.process import State, write_state
from dlt_pipelines.sandbox.simulation import simulate
from dlt_pipelines.warehouse.publication import SNAPSHOTS_KEPT
from tests.end_to_end.comparing import differences
from tests.end_to_end.conftest import EARLY, Firm
from tests.truth.truth import truth as truth_of

KILLS = 6
PUBLICATIONS = 200
SEED = 20261123


def killed_after(firm: Firm, seconds: float) -> bool:
    """Start a refresh and kill it and all its processes; whether it still ran."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dlt_pipelines.cli", "refresh"],
        cwd=ROOT,
        env={**os.environ, "TIEOUT_WORK": str(firm.work), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(seconds)
    still_running = process.poll() is None
    if still_running:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return still_running


@pytest.mark.slow
def test_a_refresh_killed_again_and_again_ends_in_the_truth(tmp_path):
    firm = Firm(tmp_path / "work")
    state = replace(State(), clock=EARLY.isoformat())
    write_state(firm.work / "sandbox", state)
    moments = random.Random(SEED)
    killed = sum(killed_after(firm, moments.uniform(3, 45)) for _ in range(KILLS))
    assert killed, "no refresh was caught alive"
    firm.done("refresh")
    truth = truth_of(simulate(state.seed, state.scale, state.moment))
    assert differences(firm, truth) == []
    assert "0 to post" in firm.done("plan").out
    [(keys, journals)] = firm.rows(
        "select count(distinct external_id), count(distinct transaction_id)"
        " from canonical.fct_gl_entries where is_own_posting"
    )
    assert keys == journals > 0, "a journal was posted twice"


@pytest.mark.slow
def test_no_reader_sees_files_of_different_builds_however_publications_are_killed(
    tmp_path,
):
    script = [sys.executable, "-m", "tests.end_to_end.killed_publications"]
    run = subprocess.run(
        [*script, str(tmp_path / "work"), str(SEED), str(PUBLICATIONS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    told = json.loads(run.stdout)
    assert told["killed"] >= PUBLICATIONS / 2
    assert told["looks"] > PUBLICATIONS
    kept = [name for name in told["left"] if name not in ("current", "tieout.duckdb")]
    assert len(kept) <= SNAPSHOTS_KEPT
    assert not [name for name in kept if name.endswith(".part")]
