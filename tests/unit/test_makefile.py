"""What make removes: never a firm's books, whatever the remedy."""

import shutil
import subprocess
from pathlib import Path

import pytest

from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.operations import doctor


@pytest.fixture
def tree(tmp_path) -> Path:
    """A tree with something installed, and a firm's ledger in its work folder."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.lock").touch()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "old").touch()
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "ledger.sqlite").write_text("what was posted")
    return tmp_path


def make(tree: Path, *words: str) -> str:
    done = subprocess.run(
        ["make", *words], cwd=tree, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_make_clean_removes_what_was_installed_and_no_work_folder(tree):
    make(tree, "clean")
    assert not (tree / ".venv").exists()
    assert (tree / "work" / "ledger.sqlite").read_text() == "what was posted"


def test_make_reinstall_installs_anew_and_touches_nothing_else(tree):
    installed = make(tree, "--dry-run", "reinstall")
    assert "rm -rf .venv\n" in installed
    assert "pip install" in installed
    assert "work" not in installed


def test_the_remedy_for_a_wrong_version_leaves_the_books_alone(monkeypatch):
    monkeypatch.setattr(doctor, "version", lambda package: "0.1")
    findings = doctor._versions()
    assert {finding.do.partition("run ")[2] for finding in findings} == {
        "`make reinstall`."
    }
    assert all(finding.exit_code == 2 for finding in findings)
