"""A firm's work folder is lost, and comes back from its backup on an empty machine."""

import dataclasses
import os
import shutil
import subprocess
import sys
import time
from datetime import timedelta

import duckdb
import pytest

from dlt_pipelines.core.settings import ROOT, Paths
from dlt_pipelines.operations import backup
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.sandbox.simulation import simulate
from tests.end_to_end.conftest import EARLY, Firm

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("backup")]
MARGINS = (
    "select project_code, period_month, margin_amount"
    " from marts.mart_project_margin_monthly order by all"
)
POSTED = (
    "select count(distinct external_id), count(distinct transaction_id)"
    " from canonical.fct_gl_entries where is_own_posting"
)


@pytest.fixture(scope="module")
def office(firms, tmp_path_factory):
    """Refreshed once; its systems are outside of its work folder."""
    with firms.office(tmp_path_factory.mktemp("backup") / "office") as office:
        yield office


def postings(firm: Firm) -> set[tuple]:
    ledger = Ledger(Paths(firm.work).ledger)
    held = {(p.posting_id, p.status, p.erp_id) for p in ledger.postings()}
    assert ledger.verify() == []
    ledger.close()
    return held


@pytest.mark.nightly  # unit tests restore onto an empty folder
def test_a_lost_work_folder_comes_back_and_nothing_is_posted_twice(office, tmp_path):
    firm = office.firm
    margins, posted, held = firm.rows(MARGINS), firm.rows(POSTED), postings(firm)
    raw = landed(firm)
    assert posted[0][0] == posted[0][1] > 0
    run = office.tieout("backup", str(tmp_path / "safe.tar.gz"))
    assert run.code == 0, run.out + run.err
    shutil.rmtree(firm.work)
    run = office.tieout("restore", str(tmp_path / "safe.tar.gz"))
    assert run.code == 0, run.out + run.err
    assert "Firm       Blue Ltd\n" in run.out
    assert firm.rows(MARGINS) == margins, "readers have the snapshot at once"
    assert landed(firm) == raw
    assert "The ledger is whole" in office.tieout("ledger", "verify").out
    run = office.tieout("refresh")
    assert run.code == 0, run.out + run.err
    assert firm.rows(MARGINS) == margins
    assert firm.rows(POSTED) == posted
    assert postings(firm) == held, "no posting came twice, none was lost"
    again = landed(firm)
    assert again.pop("ledger__decisions") > raw.pop("ledger__decisions")  # made anew
    assert again == raw, "what was read again is no new version"


def landed(firm: Firm) -> dict[str, int]:
    """The number of versions in raw, table by table; how often it landed aside."""
    with duckdb.connect(Paths(firm.work).land, read_only=True) as land:
        names = land.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw'"
            " and contains(table_name, '__') and not starts_with(table_name, '_')"
        ).fetchall()
        return {
            name: land.execute(f"select count(*) from raw.{name}").fetchone()[0]
            for (name,) in names
        }


@pytest.mark.nightly  # a unit test has one wait for a run that writes
def test_a_backup_during_a_refresh_waits_and_is_of_one_moment(office, tmp_path):
    office.host.replace(simulate(5, 1, EARLY + timedelta(days=3)))
    environment = {
        **os.environ,
        "TIEOUT_WORK": str(office.firm.work),
        "DLT_PROJECT_DIR": str(office.folder),
    }
    command = [sys.executable, "-m", "dlt_pipelines.cli", "refresh"]
    out = tmp_path / "refresh.out"
    with out.open("w") as told:
        refreshing = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=told)
        while "land" not in out.read_text() and refreshing.poll() is None:
            time.sleep(0.05)
        run = office.tieout("backup", str(tmp_path / "safe.tar.gz"))
        assert refreshing.wait(120) == 0
    assert run.code == 0, run.out + run.err
    assert "Waiting    for another run to end" in run.out
    backup.restore(tmp_path / "safe.tar.gz", Paths(tmp_path / "new"))
    new = dataclasses.replace(office.firm, work=tmp_path / "new")
    assert new.rows(MARGINS) == office.firm.rows(MARGINS)
    assert postings(new) == postings(office.firm)
    assert landed(new) == landed(office.firm)
