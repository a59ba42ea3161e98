"""A refresh killed at any moment is made good by the next one, without a human."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.warehouse.publication import SNAPSHOTS_KEPT
from tests.conftest import SOAKING
from tests.end_to_end.firms import YOUNG

KILLS = 200 if SOAKING else 1
PUBLICATIONS = 200 if SOAKING else 60
SEED = 20261123


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.nightly  # landing, posting, publishing are each killed on their own too
def test_refreshes_killed_again_and_again_lose_nothing_and_double_nothing(
    firms, tmp_path
):
    if not SOAKING:  # which begins with nothing
        for name in ("killed", "twin"):
            firms.refreshed(YOUNG, tmp_path / name / "work")
    told = ended("killed_refreshes", tmp_path, KILLS)
    assert told["killed"] == KILLS
    assert told["looks"] >= told["snapshots"] > 0


@pytest.mark.slow
@pytest.mark.soak
def test_no_reader_sees_files_of_different_builds_however_publications_are_killed(
    tmp_path,
):
    told = ended("killed_publications", tmp_path / "work", PUBLICATIONS)
    assert told["killed"] >= PUBLICATIONS / 2
    assert told["looks"] > PUBLICATIONS
    kept = [name for name in told["left"] if name not in ("current", "tieout.duckdb")]
    assert len(kept) <= SNAPSHOTS_KEPT
    assert not [name for name in kept if name.endswith(".part")]


def ended(module: str, folder: Path, kills: int) -> dict:
    """What a module of kills tells in its last line, once it ended well."""
    script = [sys.executable, "-m", f"tests.end_to_end.{module}"]
    run = subprocess.run(
        [*script, str(folder), str(SEED), str(kills)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return json.loads(run.stdout.splitlines()[-1])
