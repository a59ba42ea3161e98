"""A damaged or lost database is told by its name with what to do; never a defect."""

import os
import shutil

import duckdb
import pytest
from click.testing import CliRunner

from dlt_pipelines import cli
from dlt_pipelines.core import damage
from dlt_pipelines.core.errors import Damaged, explained
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.landing import landing
from dlt_pipelines.operations import doctor, refresh

LANDED = 40_000


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A landing file with rows in it."""
    paths = Paths(tmp_path_factory.mktemp("good"))
    landing.declare(paths)
    with duckdb.connect(paths.land) as raw:
        raw.execute(
            "insert into raw.kantata__roles (_key, _event_id, _landed_at)"
            f" select range, md5(range::varchar), '2026-06-10' from range({LANDED})"
        )
    return paths


@pytest.fixture
def paths(good, tmp_path, monkeypatch):
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path))
    shutil.copy(good.land, tmp_path)
    return Paths(tmp_path)


def flip(file, offset: int) -> None:
    with file.open("r+b") as held:
        held.seek(offset)
        byte = held.read(1)[0]
        held.seek(offset)
        held.write(bytes([byte ^ 0x10]))


SIZE_OF_HEADERS = 3 * 4096
WHERE = {
    "checksum of the header": 0,
    "magic": 9,
    "version": 12,
    "first database header": 4096 + 16,
    "second database header": 8192 + 16,
}
IN_A_BLOCK = {"checksum of a block": 0, "a block": 5000}
SIZE_OF_A_BLOCK = 256 * 1024


def place(paths: Paths, where: str) -> int:
    """The byte of that name; a block is one that the table's rows are in."""
    size = paths.land.stat().st_size
    if where in IN_A_BLOCK:
        with duckdb.connect(paths.land, read_only=True) as raw:
            [(block,)] = raw.execute(
                "select min(block_id) from pragma_storage_info('raw.kantata__roles')"
                " where block_id >= 0"
            ).fetchall()
        return SIZE_OF_HEADERS + block * SIZE_OF_A_BLOCK + IN_A_BLOCK[where]
    return (WHERE | {"middle": size // 2, "end": size - 300})[where]


@pytest.mark.parametrize("where", [*WHERE, *IN_A_BLOCK, "middle", "end"])
def test_a_flipped_byte_is_told_as_a_damaged_landing_file(paths, where, monkeypatch):
    flip(paths.land, place(paths, where))
    monkeypatch.setattr(refresh, "refresh", lambda *_, **__: read_all(paths))
    run = CliRunner().invoke(cli.main, ["refresh"])
    assert run.exit_code == 2
    assert "land.duckdb is damaged" in run.output
    assert "tieout restore" in run.output
    assert "--land-anew" in run.output
    assert not (paths.work / "error.log").exists()


def read_all(paths: Paths) -> None:
    """Come upon the damage, as dlt or dbt would."""
    with duckdb.connect(paths.land, read_only=True) as raw:
        raw.execute("select bit_xor(hash(t)) from raw.kantata__roles as t").fetchall()


def test_the_doctor_names_a_damaged_file(paths):
    flip(paths.land, paths.land.stat().st_size // 2)
    finding = doctor._databases(paths)
    assert (finding.exit_code, "land.duckdb is damaged" in finding.seen) == (2, True)


def test_dbts_words_for_a_damaged_database_are_understood():
    said = (
        "Runtime Error in model stg_kantata__roles\n  Corrupt database file: computed "
        "checksum 1 does not match stored checksum 2 in block at location 12288"
    )
    assert isinstance(explained(RuntimeError(said)), Damaged)


@pytest.mark.parametrize("name", ["build", "published"])
def test_what_can_be_made_anew_is_removed_and_made_anew(paths, name):
    file = getattr(paths, name)
    file.parent.mkdir(exist_ok=True)
    shutil.copy(paths.land, file)
    flip(file, file.stat().st_size // 2)
    assert "made anew" in damage.located(paths).do


def test_a_database_that_is_open_elsewhere_is_not_damaged(paths):
    with duckdb.connect(paths.land):
        assert damage.located(paths) is None


@pytest.mark.parametrize("lost", ["removed", "emptied"])
@pytest.mark.parametrize(
    "left", ["ledger.sqlite", "build.duckdb", "published/x.duckdb"]
)
def test_a_run_that_misses_its_landing_file_stops(paths, left, lost):
    file = paths.work / left
    file.parent.mkdir(exist_ok=True)
    file.touch()
    paths.land.unlink() if lost == "removed" else os.truncate(paths.land, 0)
    if left.startswith("published"):
        paths.published.symlink_to(file.name)
    for command in ("refresh", "land"):
        run = CliRunner().invoke(cli.main, [command])
        assert run.exit_code == 2
        assert "land.duckdb is gone" in run.output
        assert "tieout restore" in run.output
    assert not paths.land.exists() or not paths.land.stat().st_size


def test_landing_begins_again_only_when_told_and_keeps_what_was_there(paths):
    paths.ledger.touch()
    (paths.work / "build.json").touch()
    flip(paths.land, 9)
    damaged = paths.land.read_bytes()
    damage.landing_is_there(paths, anew=True)
    [aside] = paths.work.glob("land.duckdb.aside-*")
    assert aside.read_bytes() == damaged
    assert not paths.land.exists()
    assert not (paths.work / "build.json").exists()


def test_a_first_run_misses_nothing(tmp_path):
    damage.landing_is_there(Paths(tmp_path / "work"))
