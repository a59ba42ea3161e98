"""Whose books a work folder holds: nobody else's hand gets into them."""

import os
import sqlite3
import subprocess
import sys

import pytest

from dlt_pipelines.core import books
from dlt_pipelines.core.books import SANDBOX, SANDBOX_KEY
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import ROOT, Paths
from dlt_pipelines.operations import refresh

KEY = b"a real firm's"


@pytest.fixture
def paths(tmp_path):
    return Paths(tmp_path / "work")


@pytest.fixture
def nothing_configured(tmp_path, monkeypatch):
    monkeypatch.delenv("DLT_PROJECT_DIR", raising=False)
    monkeypatch.setattr("dlt_pipelines.core.settings.HOME", tmp_path)
    return tmp_path


def claimed(paths: Paths, key: bytes = KEY, firm: str = "Blue Ltd") -> Paths:
    paths.work.mkdir(exist_ok=True)
    books.claim(paths, key, firm)
    return paths


def test_a_folder_says_whose_books_it_holds(paths):
    assert books.owner(paths) is None
    owner = books.owner(claimed(paths))
    assert (owner.name, owner.is_sandbox) == ("Blue Ltd", False)
    assert KEY.decode() not in (paths.work / "firm").read_text()
    claimed(paths)  # and again


def test_a_folder_filled_under_another_key_is_refused(paths):
    claimed(paths, SANDBOX_KEY.encode(), SANDBOX)
    assert books.owner(paths).is_sandbox
    with pytest.raises(ConfigurationError, match=r"another pseudonym_key, .*«sandbox»"):
        books.claim(paths, KEY, "Blue Ltd")


def test_another_firm_with_the_same_key_is_refused(paths):
    claimed(paths)
    with pytest.raises(ConfigurationError, match="«Blue Ltd», not those of «Red"):
        books.claim(paths, KEY, "Red Ltd")


def test_a_folder_of_an_earlier_release_gets_its_firms_name(paths):
    paths.work.mkdir()
    (paths.work / "firm").write_text(books.key_check(KEY))
    claimed(paths)
    assert books.owner(paths).name == "Blue Ltd"


def test_the_sandbox_does_not_run_in_a_firms_folder_that_lost_its_configuration(
    paths, nothing_configured
):
    claimed(paths)
    with (
        pytest.raises(ConfigurationError, match=r"books of «Blue Ltd»: the san") as no,
        refresh.systems(paths),
    ):
        pass
    assert "put the firm's .dlt/config.toml back" in no.value.do
    assert not paths.sandbox.exists(), "no server was even started"


@pytest.mark.parametrize("left", ["land", "ledger"])
def test_the_sandbox_does_not_run_on_books_of_nobody_knows_whom(
    paths, nothing_configured, left
):
    paths.work.mkdir()
    if left == "land":
        paths.land.touch()
    else:
        with sqlite3.connect(paths.ledger) as ledger:
            ledger.execute("create table intents (posting_id)")
            ledger.execute("insert into intents values ('x')")
    with (
        pytest.raises(ConfigurationError, match="but not whose they are"),
        refresh.systems(paths),
    ):
        pass


def test_systems_without_a_firms_name_are_refused(nothing_configured, paths):
    folder = nothing_configured / ".dlt"
    folder.mkdir()
    (folder / "config.toml").write_text('[sources.psa]\nvendor = "kantata"\n')
    (folder / "secrets.toml").write_text('[tieout]\npseudonym_key = "k"\n')
    with (
        pytest.raises(ConfigurationError, match="names no firm") as no,
        refresh.systems(paths),
    ):
        pass
    assert 'set firm = "…" under [tieout]' in no.value.do


def test_a_reset_removes_the_sandboxs_firm_and_nothing_else(paths):
    claimed(paths, SANDBOX_KEY.encode(), SANDBOX)
    (paths.work / "thesis").mkdir()
    (paths.work / "thesis" / "chapter").touch()
    (paths.work / "letter").touch()
    (paths.work / "ledger.sqlite-wal").touch()
    (paths.pipelines / "crm").mkdir(parents=True)
    assert books.not_ours(paths) == ["letter", "thesis"]
    books.forget_sandbox(paths)
    left = {path.name for path in paths.work.iterdir()}
    assert left == {"thesis", "letter"}
    assert (paths.work / "thesis" / "chapter").exists()


def test_a_reset_leaves_a_configured_firms_books_alone(paths):
    claimed(paths)
    paths.ledger.touch()
    with pytest.raises(ConfigurationError, match="the sandbox may not touch them"):
        books.forget_sandbox(paths)
    assert paths.ledger.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("dlt_pipelines.cli", "sandbox", "advance", "--days", "1"),
        ("dlt_pipelines.cli", "sandbox", "serve"),
        ("dlt_pipelines.cli", "sandbox", "reset"),
        ("tests.truth",),
    ],
)
def test_no_command_of_the_sandbox_touches_a_firms_folder(paths, words):
    claimed(paths)
    before = sorted(paths.work.rglob("*"))
    run = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**os.environ, "TIEOUT_WORK": str(paths.work)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 2
    assert "the sandbox may not touch them" in run.stderr
    assert {p.name for p in paths.work.rglob("*")} - {p.name for p in before} <= {
        "run.lock"
    }


def test_the_word_whose_books_they_are_is_removed_last(paths):
    claimed(paths)
    for name in ("land.duckdb", "build.duckdb", "ledger.sqlite", "error.log"):
        (paths.work / name).touch()
    assert books.parts(paths)[-1].path.name == "firm"
