"""A snapshot swaps in only when its controls pass, and readers never notice."""

import json
import shutil
import subprocess
import threading
from datetime import UTC, datetime
from types import SimpleNamespace

import duckdb
import pytest

from dlt_pipelines.core.errors import ConfigurationError, HeldBack
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.warehouse.editions import write_published
from dlt_pipelines.warehouse.publication import publish, published_snapshot
from dlt_pipelines.warehouse.warehouse import Control, _own_tests

NOW = datetime(2026, 6, 10, 6, tzinfo=UTC)
GOOD = Control("I01", "nothing lost", "integrity", "publication", "IT", 0, "passed")
DIFFERENT = Control("C01", "time to ledger", "business", "posting", "F", 3, "failed")
KEYS = ("keys are sound", "integrity", "publication", "IT", "Look for a doubled row")
LOST = Control("I02", "rows lost", "integrity", "publication", "IT", 2, "failed")


@pytest.fixture
def paths(tmp_path):
    paths = Paths(tmp_path)
    built(paths, margin=100)
    return paths


def built(paths: Paths, margin: int) -> None:
    """A build database and manifest as dbt leaves them."""
    with duckdb.connect(paths.build) as db:
        for schema in ("canonical", "marts"):
            db.execute(f"create schema if not exists {schema}")
        db.execute(
            "create or replace table canonical.dim_as_of as"
            " select date '2026-06-10' as as_of_date"
        )
        db.execute(f"create or replace table marts.margin as select {margin} as amount")
        db.execute("create or replace table marts.pay as select 5 as salary")
    column = {"name": "amount", "description": "In USD.\n"}
    nodes = {
        "a": node("canonical", "dim_as_of", published=True),
        "b": node("marts", "margin", published=True, columns={"amount": column})
        | {"description": "It's the margin.\n"},
        "c": node("marts", "pay", published=False),
    }
    manifest = paths.work / "dbt" / "target" / "manifest.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps({"nodes": nodes, "child_map": {}}))


def node(schema: str, name: str, *, published: bool, columns: dict | None = None):
    return {
        "resource_type": "model",
        "unique_id": f"model.tieout.{name}",
        "schema": schema,
        "name": name,
        "columns": columns or {},
        "config": {"meta": {"published": published}},
    }


def read(paths: Paths, query: str = "select amount from marts.margin"):
    with duckdb.connect(paths.published.resolve(), read_only=True) as db:
        return db.execute(query).fetchall()


def test_without_controls_nothing_is_published(paths):
    with pytest.raises(HeldBack, match="no control was run"):
        publish(paths, [], "L1", NOW)


def test_what_a_killed_publication_left_is_removed(paths):
    paths.published.parent.mkdir()
    (paths.published.parent / "20260609T060000-0.part" / "finance").mkdir(parents=True)
    (paths.published.parent / "current.next").symlink_to("nowhere")
    publish(paths, [GOOD], "L1", NOW)
    assert names(paths) == {"current", "tieout.duckdb", snapshot_of(paths)}


def names(paths: Paths) -> set[str]:
    """What lies in the published folder."""
    return {path.name for path in paths.published.parent.iterdir()}


def snapshot_of(paths: Paths) -> str:
    return (paths.published.parent / "current").resolve().name


def test_what_an_older_release_published_is_swapped_and_removed(paths):
    paths.published.parent.mkdir()
    old = paths.published.parent / "tieout_20260609T060000-0.duckdb"
    old.touch()
    paths.published.symlink_to(old.name)
    publish(paths, [GOOD], "L1", NOW)
    assert read(paths) == [(100,)]
    assert names(paths) == {"current", "tieout.duckdb", snapshot_of(paths)}


def test_a_database_takes_the_place_of_another_only_when_it_is_whole(paths, tmp_path):
    file = tmp_path / "known.duckdb"
    write_published(paths, file)
    with duckdb.connect(paths.build) as db:
        db.execute("drop table marts.margin")
    with pytest.raises(duckdb.CatalogException):
        write_published(paths, file)
    with duckdb.connect(file, read_only=True) as db:
        assert db.execute("select amount from marts.margin").fetchall() == [(100,)]
    assert list(tmp_path.glob("known.part*")) == []


def test_what_a_killed_build_left_is_removed(paths, tmp_path):
    (tmp_path / "known.part").touch()
    (tmp_path / "known.part.wal").touch()
    (tmp_path / "known.part.tmp").mkdir()
    (tmp_path / "known.part.tmp" / "spilled").touch()
    write_published(paths, tmp_path / "known.duckdb")
    assert list(tmp_path.glob("known.*")) == [tmp_path / "known.duckdb"]


def test_a_models_own_test_that_fails_keeps_the_snapshot_back(paths):
    def result(name: str, status: str, failures: int):
        node = SimpleNamespace(name=name, compiled_code="")
        return SimpleNamespace(node=node, status=status, failures=failures)

    good, bad = result("wip_keys", "pass", 0), result("margin_keys", "fail", 2)
    publish(paths, [GOOD, _own_tests([good], KEYS, None)], "L1", NOW)
    with pytest.raises(HeldBack, match=r"I00 .*margin_keys"):
        publish(paths, [GOOD, _own_tests([good, bad], KEYS, None)], "L2", NOW)


def test_a_business_difference_is_published_with_the_picture(paths):
    snapshot, controls = publish(paths, [GOOD, DIFFERENT], "L1", NOW)
    assert (snapshot.controls_passed, snapshot.controls_failed) == (1, 1)
    assert controls == [GOOD, DIFFERENT]
    assert published_snapshot(paths) == (snapshot_like(snapshot), controls)


def snapshot_like(snapshot):
    from dataclasses import replace

    return replace(snapshot, published_at=NOW.replace(tzinfo=None))


def test_a_failed_integrity_control_keeps_the_last_good_snapshot(paths):
    publish(paths, [GOOD], "L1", NOW)
    built(paths, margin=999)
    with pytest.raises(HeldBack, match="I02 rows lost"):
        publish(paths, [GOOD, LOST], "L2", NOW)
    assert read(paths) == [(100,)]


def test_descriptions_reach_the_published_database(paths):
    publish(paths, [GOOD], "L1", NOW)
    comments = "select comment from duckdb_columns() where column_name = 'amount'"
    assert read(paths, comments) == [("In USD.",)]
    tables = "select comment from duckdb_tables() where table_name = 'margin'"
    assert read(paths, tables) == [("It's the margin.",)]


def test_what_is_not_marked_as_published_is_not_in_the_file(paths):
    publish(paths, [GOOD], "L1", NOW)
    assert read(paths, "select 1 from duckdb_tables() where table_name = 'pay'") == []


def test_a_reader_keeps_its_snapshot_while_others_are_published(paths):
    publish(paths, [GOOD], "L0", NOW)
    reader = duckdb.connect(paths.published.resolve(), read_only=True)
    for margin in range(1, 8):
        built(paths, margin)
        publish(paths, [GOOD], f"L{margin}", NOW)
    assert reader.execute("select amount from marts.margin").fetchall() == [(100,)]
    assert read(paths) == [(7,)]
    reader.close()


def test_readers_never_fail_and_never_see_a_mixture_while_publishing(paths):
    publish(paths, [GOOD], "L0", NOW)
    done, seen, wrong = threading.Event(), set(), []

    def keep_reading():
        while not done.is_set():
            try:
                seen.update(read(paths))
            except duckdb.Error as error:
                wrong.append(error)

    reader = threading.Thread(target=keep_reading)
    reader.start()
    for margin in range(1, 15):
        built(paths, margin)
        publish(paths, [GOOD], f"L{margin}", NOW)
    done.set()
    reader.join()
    assert wrong == []
    assert seen <= {(100,), *((m,) for m in range(1, 15))}


def test_a_refresh_leaves_only_the_newest_snapshots(paths):
    for number in range(8):
        publish(paths, [GOOD], f"L{number}", NOW)
    assert len(names(paths) - {"current", "tieout.duckdb"}) == 5


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own with 8 MiB; needs the right to mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_publishes_nothing_and_keeps_what_was_published(small_disk):
    paths = Paths(small_disk)
    built(paths, margin=100)
    snapshot, _ = publish(paths, [GOOD], "L1", NOW)
    free = shutil.disk_usage(small_disk).free
    (small_disk / "filler").write_bytes(b"x" * (free - 100_000))
    with pytest.raises(ConfigurationError, match="the disk is full") as error:
        publish(paths, [GOOD], "L2", NOW)
    assert "make room" in error.value.do
    assert published_snapshot(paths)[0].snapshot_id == snapshot.snapshot_id
    assert list(paths.published.parent.glob("*.part*")) == []
