"""Second places: only ever added to; what is out of reach stops nothing."""

import subprocess
import uuid
from typing import ClassVar

import fsspec
import pytest
import sqlalchemy as sa
from fsspec.implementations.memory import MemoryFileSystem

from dlt_pipelines.core.errors import Unreachable
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.operations import doctor
from dlt_pipelines.reverse_sync import checkpoints
from dlt_pipelines.reverse_sync.archive import Archive
from dlt_pipelines.reverse_sync.places import place_of
from tests.reverse_sync.conftest import desired
from tests.reverse_sync.test_ledger import tamper
from tests.reverse_sync.test_plan import settle

pytestmark = pytest.mark.xdist_group("postgresql")

NAME = f"00000001-{'a' * 64}.json"
NEXT = f"00000002-{'b' * 64}.json"
MADE_BY_ITS_OWNER = """
    create table tieout_checkpoints (
        name text primary key,
        content text not null,
        kept_at timestamptz not null default now());
    grant select, insert on tieout_checkpoints to {role}
"""  # as the README has it


@pytest.fixture(scope="session")
def other_role(database_server):
    """A database whose table belongs to another role than the one that we are."""
    role = "checkpoint"
    database_server.sql("create database kept")
    database_server.sql(f"create role {role} login password 'hush'")
    database_server.sql(MADE_BY_ITS_OWNER.format(role=role), "kept")
    address = database_server.uri("kept", "postgresql+psycopg")
    return address.replace("postgres@", f"{role}:hush@")


class Bucket(MemoryFileSystem):
    """Object storage as s3fs has it: no empty folders, listings are remembered."""

    protocol = "bucket"
    store: ClassVar = {}
    pseudo_dirs: ClassVar = [""]
    listed: ClassVar = {}

    @classmethod
    def _strip_protocol(cls, path):
        return super()._strip_protocol(path.removeprefix("bucket://"))

    def ls(self, path, detail=True, **options):
        if path not in self.listed:
            self.listed[path] = super().ls(path, detail, **options)
        if not self.listed[path]:
            raise FileNotFoundError(path)
        return self.listed[path]

    def invalidate_cache(self, path=None):
        self.listed.clear()


fsspec.register_implementation("bucket", Bucket, clobber=True)


@pytest.fixture(params=["folder", "file", "memory", "bucket", "postgresql"])
def address(request, tmp_path):
    if request.param == "postgresql":
        server = request.getfixturevalue("database_server")
        found = request.getfixturevalue("other_role")
        server.sql("delete from tieout_checkpoints", "kept")
        return found
    if request.param in ("memory", "bucket"):
        return f"{request.param}://{uuid.uuid4().hex}/kept"
    return f"file://{tmp_path}" if request.param == "file" else str(tmp_path)


@pytest.fixture
def work(tmp_path):
    return tmp_path / "work"


def test_what_is_added_is_there_for_good(address):
    place = place_of(address)
    assert place.names() == set()
    place.add(NAME, "first")
    place.add(NAME, "second thoughts")
    assert place.names() == {NAME}
    place.add(NEXT, "next")
    again = place_of(address)
    assert again.names() == {NAME, NEXT}
    assert again.read(NAME) == "first"


def test_a_ledger_that_was_cut_is_found_by_a_second_place_alone(address, ledger, work):
    settle_one(ledger)
    archive = Archive.of(work, {"checkpoint_places": [address]})
    assert len(checkpoints.keep(archive, ledger, None).lines) == 1
    tamper(ledger, "delete from attempts", "delete from intents")
    for file in (work / "checkpoints").iterdir():
        file.unlink()
    (line,) = checkpoints.verify(archive, ledger).wrong
    assert line.startswith("everything was deleted")


def settle_one(ledger):
    settle(ledger, desired())


def test_the_other_role_may_not_change_what_it_added(other_role):
    place_of(other_role).add(NEXT, "mine")
    engine = sa.create_engine(other_role, poolclass=sa.NullPool)
    refused = (
        "update tieout_checkpoints set content = ''",
        "delete from tieout_checkpoints",
        "drop table tieout_checkpoints",
    )
    for verb in refused:
        with (
            pytest.raises(sa.exc.ProgrammingError, match=r"denied|must be owner"),
            engine.begin() as connection,
        ):
            connection.exec_driver_sql(verb)


def test_a_folder_where_nothing_may_be_removed_is_a_place(tmp_path):
    folder = tmp_path / "worm"
    folder.mkdir()
    if subprocess.run(["chattr", "+a", folder], capture_output=True).returncode:
        pytest.skip("this file system has no append-only folders")
    try:
        place_of(str(folder)).add(NAME, "kept")
        assert place_of(str(folder)).read(NAME) == "kept"
    finally:
        subprocess.run(["chattr", "-a", folder], check=True)


OUT_OF_REACH = [
    "/nowhere/checkpoints",
    "file:///nowhere/checkpoints",
    "postgresql+psycopg://checkpoint:hush@127.0.0.1:1/kept",
]


@pytest.mark.parametrize("address", OUT_OF_REACH)
def test_a_place_out_of_reach_is_told_and_brought_up_later(address, ledger, work):
    settle_one(ledger)
    apart = Archive.of(work, {"checkpoint_places": [address]})
    for snapshot in ("s1", "s2"):
        kept = checkpoints.keep(apart, ledger, snapshot)
        assert kept.doubted is None
        assert "brought up at the next run" in kept.lines[1]
        assert "hush" not in "".join(kept.lines)
    verdict = checkpoints.verify(apart, ledger)
    (line,) = [*verdict.unreached, *verdict.lacking]  # a bucket may just be empty yet
    assert apart.places[1].shown in line
    assert (verdict.wrong, verdict.is_whole) == ([], False)
    assert "hush" not in "".join(verdict.lines)
    later = work.parent / "later"
    later.mkdir()
    archive = Archive.of(work, {"checkpoint_places": [str(later)]})
    checkpoints.keep(archive, ledger, "s2")
    assert len(list(later.iterdir())) == 2


def test_a_place_that_goes_away_between_reading_and_writing_stops_nothing(
    ledger, work, tmp_path, monkeypatch
):
    settle_one(ledger)
    second = tmp_path / "second"
    second.mkdir()
    archive = Archive.of(work, {"checkpoint_places": [str(second)]})

    def gone(name, text):
        raise Unreachable("gone", "wait")

    monkeypatch.setattr(archive.places[1], "add", gone)
    kept = checkpoints.keep(archive, ledger, "s1")
    assert kept.doubted is None
    assert "gone" in kept.lines[1]
    assert len(list((work / "checkpoints").iterdir())) == 1


def test_a_server_without_the_table_is_out_of_reach(database_server, ledger, work):
    told = {
        "checkpoint_places": [database_server.uri("postgres", "postgresql+psycopg")]
    }
    kept = checkpoints.keep(Archive.of(work, told), ledger, None)
    assert "cannot be used to keep checkpoints (ProgrammingError)" in kept.lines[1]


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [("PLACES", "/nowhere", 3), ("KEY_FILE", "/nowhere.pem", 2), ("PLACES", "", 0)],
)
def test_doctor_says_whether_checkpoints_can_be_kept(
    tmp_path, monkeypatch, variable, value, code
):
    monkeypatch.setenv(f"TIEOUT__CHECKPOINT_{variable}", value)
    finding = doctor._checkpoints(Paths(tmp_path))
    assert finding.exit_code == code
    assert (value or "0 in ") in finding.seen
