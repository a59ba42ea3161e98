"""A backup is whole or none, says what it is, and is restored whole or not at all."""

import contextlib
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest

from dlt_pipelines.core import books, damage
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import ROOT, Paths
from dlt_pipelines.operations import backup
from dlt_pipelines.operations.refresh import one_run_at_a_time
from dlt_pipelines.reverse_sync import approvals
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.postings import Decision
from tests import postgres
from tests.reverse_sync.conftest import desired
from tests.reverse_sync.test_plan import settle

FIRM = "Blue Ltd"
APPROVED = Decision("k", "c", "approved", "bob", "seen", Decimal(1), "USD")
INTENTS = [
    (f"labour_cost_accrual|US10|P1001|2026-05|v{version}",) for version in (1, 2)
]


def never() -> None:
    raise AssertionError("it waits, and there is nothing to wait for")


@pytest.fixture
def paths(tmp_path) -> Paths:
    """A work folder with something of everything in it."""
    paths = Paths(tmp_path / "work")
    paths.work.mkdir()
    books.claim(paths, b"a key", FIRM)
    paths.land.write_bytes(os.urandom(300_000))
    snapshot = paths.published.parent / "20260610T060001-aa" / "finance"
    snapshot.mkdir(parents=True)
    (snapshot / "tieout.duckdb").write_bytes(os.urandom(50_000))
    (paths.published.parent / "current").symlink_to("20260610T060001-aa")
    paths.published.symlink_to("current/finance/tieout.duckdb")
    with contextlib.closing(Ledger(paths.ledger)) as ledger:
        settle(ledger, desired("1.00"))
        settle(ledger, desired("2.00"))
        ledger.decide([APPROVED])
    (paths.work / "checkpoints").mkdir()
    (paths.work / "checkpoints" / "1.json").write_text("signed")
    for name in ("build.duckdb", "build.json", "error.log", "ledger.lock"):
        (paths.work / name).write_text("made again")
    (paths.work / "dbt").mkdir()
    (paths.work / "dbt" / "manifest.json").write_text("made again")
    return paths


@pytest.fixture
def file(paths, tmp_path) -> Path:
    (tmp_path / "safe").mkdir()
    return backup.back_up(paths, tmp_path / "safe", never)[0]


def contents(work: Path) -> dict[str, bytes | str]:
    return {
        str(path.relative_to(work)): os.readlink(path)
        if path.is_symlink()
        else path.read_bytes()
        for path in work.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def rows(ledger: Path) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(ledger)) as db:
        return db.execute("select posting_id from intents order by 1").fetchall()


def test_what_cannot_be_made_again_comes_back_and_nothing_else(paths, file, tmp_path):
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.name.startswith("tieout-blue-ltd-20")
    manifest = backup.restore(file, Paths(tmp_path / "new" / "work"))
    assert manifest.firm == FIRM
    assert manifest.ledger["intents"] == 2
    was, now = contents(paths.work), contents(tmp_path / "new" / "work")
    assert rows(tmp_path / "new" / "work" / "ledger.sqlite") == INTENTS
    made_again = {"build.duckdb", "build.json", "error.log", "dbt/manifest.json"}
    locks = {"run.lock", "ledger.lock", "ledger.opening"}
    ledger = {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"}
    kept = set(was) - made_again - locks - ledger
    assert set(now) - locks - ledger == kept
    assert {name: now[name] for name in kept} == {name: was[name] for name in kept}


def test_no_approval_of_before_a_backup_counts_once_it_is_restored(file, tmp_path):
    """What it let through may have been posted, and taken back by hand, since then."""
    new = Paths(tmp_path / "new")
    backup.restore(file, new)
    with contextlib.closing(Ledger(new.ledger)) as ledger:
        held = ledger.decisions()
        assert ledger.verify() == []
    assert [d.decision for d in held] == ["approved", "revoked"]
    assert held[1].reason.startswith("restored as backed up at 20")
    assert approvals.by_content(held) == {}


def test_a_restored_link_leads_to_the_restored_snapshot(paths, file, tmp_path):
    new = Paths(tmp_path / "new")
    backup.restore(file, new)
    shutil.rmtree(paths.work)
    assert new.published.resolve().is_relative_to(tmp_path / "new")
    assert new.published.stat().st_size == 50_000


def test_a_restored_snapshot_is_as_old_as_it_was_and_its_owners_alone(paths, tmp_path):
    snapshot = paths.published.parent / "20260610T060001-aa"
    os.utime(snapshot, (1_000_000, 1_000_000))
    file, _ = backup.back_up(paths, tmp_path / "safe.tar.gz", never)
    run = tieout(tmp_path / "new", "restore", str(file))
    assert run.returncode == 0, run.stderr
    restored = tmp_path / "new" / "published" / snapshot.name
    assert restored.stat().st_mtime == 1_000_000
    assert stat.S_IMODE(restored.stat().st_mode) == 0o700


def test_past_days_that_were_set_aside_are_in_the_backup(paths, tmp_path):
    was = paths.land.read_bytes()
    paths.land.with_name("land.duckdb.wal").write_text("its last rows")
    damage.landing_is_there(paths, anew=True)
    paths.land.write_bytes(b"begun again")
    file, _ = backup.back_up(paths, tmp_path / "safe.tar.gz", never)
    backup.restore(file, Paths(tmp_path / "new"))
    aside, log = sorted((tmp_path / "new").glob("land.duckdb.aside-*"))
    assert (aside.read_bytes(), log.name) == (was, f"{aside.name}.wal")
    assert log.read_text() == "its last rows"


def test_a_backup_names_what_it_leaves_out_and_only_that(paths, tmp_path):
    (paths.work / "thesis").write_text("not Tieout's")
    for name in ("land.duckdb.tmp/spilled", "published/20260611T060001-bb.part/x"):
        file = paths.work / name
        file.parent.mkdir()
        file.write_text("of a run that was killed")
    run = tieout(paths.work, "backup", str(tmp_path / "safe.tar.gz"))
    assert run.returncode == 0, run.stderr
    told = "".join(
        line.removeprefix("Left out") + "\n"
        for line in run.stdout.splitlines()
        if line.startswith("Left out")
    )
    left_out = dict(re.findall(r"^ +(\S+): (.*)$", told, re.M))
    assert left_out == {
        "land.duckdb.tmp": (
            "what a query put down on the disk; a refresh makes it again"
        ),
        "build.duckdb": "the build database; a refresh makes it again",
        "build.json": "what was built; a refresh makes it again",
        "dbt": "the models as last read; a refresh makes it again",
        "error.log": "the last defect; a refresh makes it again",
        "published/20260611T060001-bb.part": "never finished",
        "thesis": "not Tieout's",
    }
    manifest = backup.restore(tmp_path / "safe.tar.gz", Paths(tmp_path / "new"))
    assert manifest.left_out == left_out
    locks = {"run.lock", "ledger.lock"}
    missing = {
        str(path.relative_to(paths.work))
        for path in paths.work.rglob("*")
        if not (tmp_path / "new" / path.relative_to(paths.work)).exists()
        and (tmp_path / "new" / path.relative_to(paths.work)).parent.exists()
    }
    assert missing - locks - {"ledger.sqlite-wal", "ledger.sqlite-shm"} == set(left_out)


def test_a_backup_waits_for_the_run_that_writes(paths, tmp_path):
    heard = threading.Event()
    order = []

    def take() -> None:
        backup.back_up(paths, tmp_path / "safe.tar.gz", heard.set)
        order.append("backup")

    with one_run_at_a_time(paths):
        taking = threading.Thread(target=take)
        taking.start()
        assert heard.wait(5)
        time.sleep(0.3)
        order.append("run")
    taking.join(10)
    assert order == ["run", "backup"]


def test_a_ledger_that_a_page_writes_meanwhile_is_copied_whole(paths, tmp_path):
    stop = threading.Event()
    written = []

    def write() -> None:
        with contextlib.closing(Ledger(paths.ledger)) as ledger:
            while not stop.is_set():
                ledger.decide([APPROVED])
                written.append(1)

    writing = threading.Thread(target=write)
    writing.start()
    while len(written) < 5:
        time.sleep(0.01)
    file, _ = backup.back_up(paths, tmp_path / "safe.tar.gz", never)
    stop.set()
    writing.join()
    backup.restore(file, Paths(tmp_path / "new"))
    with contextlib.closing(sqlite3.connect(tmp_path / "new" / "ledger.sqlite")) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
        [(count,)] = db.execute(
            "select count(*) from decisions where decision = 'approved'"
        ).fetchall()
    assert 1 + 5 <= count <= 1 + len(written)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("work", "is in the work folder itself"),
        ("work/published/x.tar.gz", "is in the work folder itself"),
        ("there.tar.gz", "exists"),
        ("nowhere/x.tar.gz", "there is no folder"),
    ],
)
def test_a_place_where_no_backup_may_be_is_refused(paths, tmp_path, place, told):
    (tmp_path / "there.tar.gz").write_text("an older backup")
    with pytest.raises(ConfigurationError, match=told):
        backup.back_up(paths, tmp_path / place, never)
    assert (tmp_path / "there.tar.gz").read_text() == "an older backup"


def test_a_folder_of_nobody_has_nothing_to_back_up(tmp_path):
    with pytest.raises(ConfigurationError, match="holds nobody's books"):
        backup.back_up(Paths(tmp_path / "empty"), tmp_path, never)


def test_nothing_is_restored_over_what_is_there(paths, file):
    before = contents(paths.work)
    with pytest.raises(ConfigurationError, match="is not empty"):
        backup.restore(file, paths)
    assert contents(paths.work) == before


def altered(file: Path, name: str, content: bytes) -> Path:
    """The backup with another content of one file, and the manifest as it was."""
    other = file.with_name("altered.tar.gz")
    with tarfile.open(file) as old, tarfile.open(other, "w:gz") as new:
        for member in old:
            read = old.extractfile(member) if member.isreg() else None
            if member.name == name:
                member.size, read = len(content), io.BytesIO(content)
            new.addfile(member, read)
    return other


def manifest_of(file: Path) -> dict:
    with tarfile.open(file) as archive:
        return json.loads(archive.extractfile("manifest.json").read())


def spoiled(file: Path, how: str) -> Path:
    content = file.read_bytes()
    other = file.with_name("spoiled.tar.gz")
    if how == "a byte flipped":
        middle = len(content) // 2
        other.write_bytes(
            content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        )
    elif how == "cut off":
        other.write_bytes(content[: len(content) * 9 // 10])
    elif how == "cut off before its manifest":
        with tarfile.open(file) as old, tarfile.open(other, "w:gz") as new:
            for member in list(old)[:-1]:
                new.addfile(member, old.extractfile(member) if member.isreg() else None)
    elif how == "a file changed":
        return altered(file, "ledger.sqlite", b"another ledger")
    elif how == "a file more":
        manifest = manifest_of(file)
        del manifest["files"]["ledger.sqlite"]
        return altered(file, "manifest.json", json.dumps(manifest).encode())
    elif how == "a file less":
        manifest = manifest_of(file)
        manifest["files"]["land.2"] = [1, "x"]
        return altered(file, "manifest.json", json.dumps(manifest).encode())
    elif how == "no archive":
        other.write_text("a letter")
    return other


@pytest.mark.parametrize(
    "how",
    [
        "a byte flipped",
        "cut off",
        "cut off before its manifest",
        "a file changed",
        "a file more",
        "a file less",
        "no archive",
    ],
)
def test_a_damaged_backup_is_named_and_nothing_of_it_restored(file, tmp_path, how):
    with pytest.raises(ConfigurationError, match="is damaged: ") as no:
        backup.restore(spoiled(file, how), Paths(tmp_path / "new"))
    assert "nothing was restored" in no.value.do
    assert not (tmp_path / "new").exists()
    assert list(tmp_path.glob(".new*")) == []


def test_a_backup_that_reaches_out_of_its_folder_is_refused(file, tmp_path):
    other = file.with_name("hostile.tar.gz")
    with tarfile.open(other, "w:gz") as archive:
        member = tarfile.TarInfo("../owned")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(ConfigurationError, match="is damaged"):
        backup.restore(other, Paths(tmp_path / "new"))
    assert not (tmp_path / "owned").exists()


def restoring(file: Path, work: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "dlt_pipelines.cli", "restore", str(file)],
        cwd=ROOT,
        env={**os.environ, "TIEOUT_WORK": str(work)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_a_killed_restore_leaves_nothing_or_everything(paths, tmp_path):
    paths.land.write_bytes(os.urandom(60_000_000))  # long enough to be caught at it
    file, _ = backup.back_up(paths, tmp_path / "safe.tar.gz", never)
    new = tmp_path / "new"
    staging = tmp_path / ".new.restoring"
    caught = 0
    for after in (0.0, 0.1, 0.3, 0.6):
        process = restoring(file, new)
        while process.poll() is None and not staging.exists():
            time.sleep(0.005)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.wait()
        caught += staging.exists()
        if new.exists():
            break
    assert caught, "no restore was caught alive"
    shutil.rmtree(new, ignore_errors=True)
    assert restoring(file, new).wait() == 0
    assert books.owner(Paths(new)).name == FIRM
    assert not staging.exists()
    assert (new / "land.duckdb").read_bytes() == paths.land.read_bytes()


@pytest.fixture
def small_disk(tmp_path):
    """A disk of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def tieout(work: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "dlt_pipelines.cli", *words],
        cwd=ROOT,
        env={**os.environ, "TIEOUT_WORK": str(work)},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_full_disk_leaves_no_half_backup_and_no_half_books(
    paths, small_disk, tmp_path
):
    paths.land.write_bytes(os.urandom(5_000_000))
    run = tieout(paths.work, "backup", str(small_disk))
    assert (run.returncode, "the disk is full" in run.stderr) == (2, True)
    assert list(small_disk.iterdir()) == []
    file, _ = backup.back_up(paths, tmp_path / "safe.tar.gz", never)
    run = tieout(small_disk / "work", "restore", str(file))
    assert (run.returncode, "the disk is full" in run.stderr) == (2, True)
    assert list(small_disk.iterdir()) == []
    run = tieout(small_disk, "restore", str(file))
    assert "is a file system of its own" in run.stderr


def test_books_go_once_the_firms_name_was_typed_and_a_backup_stays(paths, tmp_path):
    (paths.work / "thesis").write_text("not Tieout's")
    run = tieout(paths.work, "books", "remove", typed="Blue\n")
    assert run.returncode == 2
    assert "«Blue» is not the name of the firm" in run.stderr
    assert paths.ledger.exists()
    run = tieout(paths.work, "books", "remove", typed=f"{FIRM}\n")
    assert run.returncode == 0, run.stderr
    assert "0.3 MiB  land.duckdb: every version of every record" in run.stdout
    assert "intents 2" in run.stdout
    assert "Snapshots  1" in run.stdout
    assert "Stays      thesis: not Tieout's" in run.stdout
    assert {path.name for path in paths.work.iterdir()} == {"thesis", "run.lock"}
    [file] = tmp_path.glob("tieout-blue-ltd-*.tar.gz")
    (paths.work / "thesis").unlink()
    backup.restore(file, paths)
    assert rows(paths.ledger) == INTENTS


def test_books_go_without_a_backup_only_when_that_is_said(paths, tmp_path):
    words = ("books", "remove", "--without-backup")
    run = tieout(paths.work, *words, typed=f"{FIRM}\n")
    assert run.returncode == 0, run.stderr
    assert "NONE: they are gone for good" in run.stdout
    assert [path.name for path in paths.work.iterdir()] == ["run.lock"]
    assert list(tmp_path.glob("*.tar.gz")) == []


def test_books_stay_when_their_backup_cannot_be_written(paths, tmp_path):
    words = ("books", "remove", "--backup", str(tmp_path / "nowhere" / "x.tar.gz"))
    run = tieout(paths.work, *words, typed=f"{FIRM}\n")
    assert run.returncode == 2
    assert "there is no folder" in run.stderr
    assert paths.ledger.exists()


def test_books_whose_owner_has_no_name_are_not_removed(paths):
    (paths.work / "firm").write_text(books.key_check(b"a key"))
    run = tieout(paths.work, "books", "remove", typed="\n")
    assert run.returncode == 2
    assert "does not say whose books it holds" in run.stderr
    assert paths.ledger.exists()


def test_removal_is_not_begun_while_a_run_goes_on(paths):
    with one_run_at_a_time(paths):
        run = tieout(paths.work, "books", "remove", typed=f"{FIRM}\n")
    assert run.returncode == 2
    assert "another run is using work/" in run.stderr


def test_a_ledger_in_postgresql_is_named_with_its_heads(paths, tmp_path, monkeypatch):
    with postgres.cluster() as server:
        server.sql("create database ledger")
        address = server.uri("ledger", "postgresql+psycopg")
        monkeypatch.setenv("TIEOUT__LEDGER_URL", address)
        _, manifest = backup.back_up(paths, tmp_path / "safe.tar.gz", never)
    assert manifest.ledger["place"].startswith("not in the backup: in a PostgreSQL")
    assert manifest.ledger["intents"][0] == 0
