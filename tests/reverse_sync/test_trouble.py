"""The ledger's database in trouble: restarted, out of reach, its disk full."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from dlt_pipelines.core.errors import Unreachable, explained
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.posting import post
from dlt_pipelines.reverse_sync.postings import Decision
from tests import postgres
from tests.reverse_sync.conftest import database_of, desired

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("postgresql")]

ROWS = [
    desired(project=f"P{1100 + n}", amount=f"{n}.25", erp_project_id="701")
    for n in range(1, 41)
]


@pytest.fixture(scope="module")
def server():
    """A cluster of this module's own: it is stopped in the middle of things."""
    with postgres.cluster() as running:
        yield running


@pytest.fixture
def address(server):
    name = f"ledger_{uuid.uuid4().hex}"
    server.sql(f"create database {name}")
    return server.uri(name, "postgresql+psycopg")


@pytest.fixture
def small_disk():
    """A file system of its own with next to no room, once it is filled."""
    with tempfile.TemporaryDirectory(prefix="tieout-disk-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)  # PostgreSQL's user must get there
        mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("this user may not mount a small file system")
        yield Path(folder)
        subprocess.run(["umount", "-l", folder], check=True)


def fill(disk):
    with contextlib.suppress(OSError), (disk / "filler").open("wb", 0) as filler:
        while True:
            filler.write(b"x" * 4096)


def post_in_trouble(ledger, erp, trouble, *, before):
    """Post, with trouble at the second batch, before or after the ERP has it."""
    (target,) = erp.targets()
    target.batch_size = 10
    calls, plain = [], target.post

    def troubled(documents):
        calls.append(len(documents))
        if before and len(calls) == 2:
            trouble()
        answers = plain(documents)
        if not before and len(calls) == 2:
            trouble()
        return answers

    target.post = troubled
    return post(compare(ROWS, ledger), ledger, [target], wait=lambda _: None)


def ends_as_desired(ledger, erp):
    """A calm run later everything is posted once, and the chain is whole."""
    post(compare(ROWS, ledger), ledger, erp.targets(), wait=lambda _: None)
    (held,) = Counter(
        Counter(j["external_id"] for j in erp.journals()).values()
    ).items()
    assert held == (1, len(ROWS))
    assert erp.balance()[0] == sum(row["desired_amount"] for row in ROWS)
    assert compare(ROWS, ledger).entries == []
    assert ledger.verify() == []


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_restarted_in_mid_run_loses_and_doubles_nothing(
    server, address, erp, mode, before
):
    def restart():
        postgres.stop(server, mode)
        postgres.start(server)

    with contextlib.closing(Ledger(address)) as ledger:
        report = post_in_trouble(ledger, erp, restart, before=before)
        assert isinstance(report.stopped, Unreachable)
        assert report.stopped.exit_code == 3
        assert "the ledger's server did not answer, or went away" in report.stopped.what
        assert ledger.open_postings() != []
        assert len(erp.journals()) == 20  # no batch more without the lock
        ends_as_desired(ledger, erp)


def test_a_poster_that_lost_its_lock_writes_nothing_more(server, address, erp):
    with contextlib.closing(Ledger(address)) as ledger:
        entry = compare([desired()], ledger).to_post[0]
        with ledger.exclusive():
            ledger.open_postings()
            postgres.stop(server, "fast")
            postgres.start(server)
            with pytest.raises(Unreachable):
                ledger.intend(entry.intents, "netsuite")
            with contextlib.closing(Ledger(address)) as other, other.exclusive():
                with pytest.raises(Unreachable):  # though the server is back
                    ledger.intend(entry.intents, "netsuite")
                assert other.intend(entry.intents, "netsuite") != [None]


def test_a_full_disk_of_the_server_loses_and_doubles_nothing(server, erp, small_disk):
    name = f"small_{uuid.uuid4().hex}"
    if os.geteuid() == 0:
        shutil.chown(small_disk, postgres.OWNER)
    server.sql(f"create tablespace {name} location '{small_disk}'")
    server.sql(f"create database {name} tablespace {name}")
    address = server.uri(name, "postgresql+psycopg")
    with contextlib.closing(Ledger(address)) as ledger:

        def fill_and_use_up():
            fill(small_disk)
            with pytest.raises(
                Unreachable, match="disk of the ledger's server is full"
            ):
                use_up(ledger)

        report = post_in_trouble(ledger, erp, fill_and_use_up, before=False)
        assert report.stopped.exit_code == 3
        assert "is full" in report.stopped.what
        (small_disk / "filler").unlink()
        ends_as_desired(ledger, erp)
    server.sql(f"drop database {name}")
    server.sql(f"drop tablespace {name}")


def use_up(ledger):
    """Decide until nothing more fits."""
    reason = "x" * 1900
    for _ in range(500):
        ledger.decide([Decision("k", "h", "prepared", "a", reason, Decimal(1), "USD")])


def test_a_full_disk_under_the_file_loses_and_doubles_nothing(erp, small_disk):
    with contextlib.closing(Ledger(small_disk / "ledger.sqlite")) as ledger:

        def fill_and_use_up():
            fill(small_disk)
            use_up(ledger)

        with pytest.raises(sa.exc.OperationalError, match="disk is full") as caught:
            post_in_trouble(ledger, erp, fill_and_use_up, before=False)
        assert explained(caught.value).what == "the disk is full"
        (small_disk / "filler").unlink()
        ends_as_desired(ledger, erp)


def test_two_posters_and_a_server_that_restarts_double_nothing(
    server, address, erp, tmp_path
):
    database = database_of(tmp_path / "built.duckdb", ROWS)
    options = tmp_path / "instance.json"
    options.write_text(json.dumps(erp.instance.options))
    command = [sys.executable, "-m", "tests.reverse_sync.killed", address, database,
               options, "never"]  # fmt: skip
    for pause in (1.2, 1.8):
        posters = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in "ab"]
        time.sleep(pause)  # long enough for them to have begun
        postgres.stop(server, "immediate")
        postgres.start(server)
        for poster in posters:
            poster.wait(60)
    with contextlib.closing(Ledger(address)) as ledger:
        ends_as_desired(ledger, erp)
