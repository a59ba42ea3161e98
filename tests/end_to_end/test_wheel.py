"""The wheel is whole: what it installs begins a firm and refreshes it, anywhere."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.sandbox.process import write_state
from tests.conftest import SOAKING
from tests.end_to_end.firms import YOUNG

PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
PRODUCT = "dlt_pipelines/product"
WITHIN = {"dlt_pipelines": "dlt_pipelines", "dashboards": "dashboards"} | {
    name: f"{PRODUCT}/{name}" for name in ("models", "dbt_project", "seeds")
}
MADE = ("__pycache__", ".pyc", ".user.yml", "secrets.toml")


def here(folder: str) -> set[str]:
    """What the checkout holds of a folder."""
    return {
        str(file.relative_to(ROOT / folder))
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and not any(made in str(file) for made in MADE)
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    into = tmp_path_factory.mktemp("wheel")
    words = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", into]
    subprocess.run([*PIP, *words, ROOT], check=True)
    [built] = into.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel) -> Path:
    """Installed beside this environment's other packages, not from the checkout."""
    site = wheel.parent / "site"
    words = ["install", "--no-deps", "--no-index", "--target", site, wheel]
    subprocess.run([*PIP, *words], check=True)
    return site


def tieout(folder: Path, site: Path, *words: str) -> subprocess.CompletedProcess:
    there = {k: v for k, v in os.environ.items() if not k.startswith("TIEOUT_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "dlt_pipelines.cli", *words],
        cwd=folder,
        env={**there, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("folder", WITHIN)
def test_the_wheel_holds_all_of_the_product(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    missing = {file for file in here(folder) if f"{WITHIN[folder]}/{file}" not in names}
    assert missing == set()


def test_the_wheel_holds_no_test_no_secret_and_nothing_that_was_made(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert [n for n in names if any(made in n for made in (*MADE, "test_"))] == []


def test_outside_any_firms_folder_a_command_says_how_to_begin_one(installed, tmp_path):
    ran = tieout(tmp_path, installed, "status")
    assert ran.returncode == 2
    assert "is in no firm's folder" in ran.stderr
    assert "`tieout init FOLDER`" in ran.stderr


def test_a_real_firm_never_runs_on_the_delivered_policies(installed, tmp_path):
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text(
        '[tieout]\nfirm = "Blue Ltd"\n[sources.erp]\nvendor = "netsuite"\n'
    )
    named = {"DLT_PROJECT_DIR": str(tmp_path), "TIEOUT_WORK": str(tmp_path / "work")}
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "dlt_pipelines.cli", "refresh"],
        cwd=tmp_path,
        env={**os.environ, **named, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2
    assert "is in no firm's folder" in ran.stderr


def test_a_firm_is_begun_in_a_folder_with_a_space_and_a_quote(installed, tmp_path):
    begun = tieout(tmp_path, installed, "init", "it's a firm")
    assert begun.returncode == 0, begun.stderr
    examined = tieout(tmp_path / "it's a firm", installed, "doctor")
    assert examined.returncode == 0, examined.stdout + examined.stderr
    assert f"policies: sound, in {tmp_path}/it's a firm/seeds" in examined.stdout
    assert "configuration: the sandbox" in examined.stdout


def refreshed(firm: Path, run) -> None:
    """A young firm's folder after a refresh from below it, and what came of it."""
    write_state(firm / "work" / "sandbox", YOUNG)
    below = firm / "the controller's"
    below.mkdir()
    ran = run(below, "refresh")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    published = firm / "work" / "published" / "tieout.duckdb"
    with duckdb.connect(published.resolve(), read_only=True) as db:
        [(margins,)] = db.execute(
            "select count(*) from marts.mart_project_margin_monthly"
        ).fetchall()
    assert margins > 0


@pytest.mark.slow
@pytest.mark.nightly
def test_an_installed_product_refreshes_and_writes_nothing_to_itself(
    installed, tmp_path
):
    """What it needs for that is in it, and it begins a firm: both are asked above."""
    firm = tmp_path / 'it\'s a "firm"'
    assert tieout(tmp_path, installed, "init", str(firm)).returncode == 0
    before = {f: f.stat().st_mtime_ns for f in (installed / PRODUCT).rglob("*")}
    refreshed(firm, lambda folder, *words: tieout(folder, installed, *words))
    after = {f: f.stat().st_mtime_ns for f in (installed / PRODUCT).rglob("*")}
    assert after == before


@pytest.mark.soak
@pytest.mark.skipif(not SOAKING, reason="installs every dependency: make soak")
def test_the_wheel_in_an_empty_environment_asks_for_all_that_it_needs(wheel, tmp_path):
    environment = tmp_path / "it's an environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    pip = [environment / "bin" / "python", "-m", "pip", "--quiet"]
    locked = ROOT / "requirements.lock"
    subprocess.run([*pip, "install", "--constraint", locked, wheel], check=True)

    def run(folder: Path, *words: str) -> subprocess.CompletedProcess:
        bare = {k: v for k, v in os.environ.items() if not k.startswith("TIEOUT_")}
        bare.pop("PYTHONPATH", None)
        return subprocess.run(
            [environment / "bin" / "python", "-m", "dlt_pipelines.cli", *words],
            cwd=folder,
            env=bare,
            capture_output=True,
            text=True,
        )

    firm = tmp_path / "it's a firm"
    assert run(tmp_path, "init", str(firm)).returncode == 0
    refreshed(firm, run)
