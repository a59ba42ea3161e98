"""A firm's folder: begun as delivered, used by what runs in it, changed by nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.operations import firm_folder
from dlt_pipelines.warehouse.policies import policies, policy_files

ENTITIES = "seeds/legal_entity_policies.csv"


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("firms") / "it's a firm"
    firm_folder.begin(folder)
    return folder


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "blue"
    firm_folder.begin(folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def tieout(folder: Path, *words: str) -> subprocess.CompletedProcess:
    """A command as somebody in a folder runs it."""
    own = {"PYTHONPATH": str(ROOT)}
    there = {k: v for k, v in os.environ.items() if not k.startswith("TIEOUT_")}
    return subprocess.run(
        [sys.executable, "-m", "dlt_pipelines.cli", *words],
        cwd=folder,
        env={**there, **own},
        capture_output=True,
        text=True,
    )


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_new_folder_has_configuration_policies_and_what_git_ignores(begun):
    written = contents(begun)
    assert {f"seeds/{file.name}" for file in (ROOT / "seeds").glob("*.csv")} < set(
        written
    )
    assert {".dlt/config.toml", ".dlt/secrets.toml", ".gitignore"} < set(written)
    assert b".dlt/secrets.toml" in written[".gitignore"].splitlines()
    assert list(policies.problems(begun / "seeds")) == []
    assert policies.news(begun / "seeds") == []


def test_every_column_of_every_policy_is_described(begun):
    told = (begun / "seeds" / "README.md").read_text()
    for seed in policy_files.declared(begun / "seeds").values():
        _, _, described = told.partition(f"## {seed.name}.csv\n")
        described, _, _ = described.partition("\n## ")
        for column in seed.types:
            assert f"- `{column}`: " in described


def test_what_is_there_stays_as_it_is(folder):
    edit(folder / ENTITIES, "US10", "XX10")
    (folder / "seeds" / "practices.csv").unlink()
    before = contents(folder)
    assert firm_folder.begin(folder) == ["seeds/practices.csv"]
    after = contents(folder)
    assert after.pop("seeds/practices.csv")
    assert after == before


def test_the_products_own_folder_is_refused():
    with pytest.raises(ConfigurationError, match="within the product"):
        firm_folder.begin(ROOT / "seeds")
    assert not (ROOT / "seeds" / ".tieout").exists()


def test_commands_in_the_folder_and_below_use_what_is_there(folder):
    edit(folder / "seeds" / "people.csv", "account_uid", "acount_uid")
    below = folder / "notes"
    below.mkdir()
    ran = tieout(below, "build")
    assert "nothing has been landed yet" in ran.stderr, "not the checkout's books"
    assert (folder / "work").is_dir()
    (folder / "work" / "land.duckdb").touch()
    ran = tieout(below, "build")
    assert ran.returncode == 2
    assert "seeds/people.csv line 1: its columns must be" in ran.stderr


def test_a_folder_that_lost_its_configuration_does_not_run_the_sandbox(folder):
    (folder / ".dlt" / "config.toml").unlink()
    ran = tieout(folder, "refresh")
    assert ran.returncode == 2
    assert "blue/ is a firm's folder" in ran.stderr
    assert not (folder / "work" / "sandbox").exists()


def problems(folder: Path) -> list[str]:
    return list(map(str, policies.problems(folder / "seeds")))


def test_a_policy_that_the_folder_lacks_is_named_and_how_it_gets_there(folder):
    (folder / "seeds" / "standard_cost_rates.csv").unlink()
    assert problems(folder) == [
        "seeds/standard_cost_rates.csv: the file is missing: `tieout init` on the "
        "firm's folder adds it as delivered"
    ]


def test_a_misspelt_file_is_told_with_the_one_that_is_missing(folder):
    seeds = folder / "seeds"
    (seeds / "burden_rates.csv").rename(seeds / "burden_rate.csv")
    [told] = problems(folder)
    assert "missing, but there is a burden_rate.csv, which nobody reads" in told
    assert "seeds/burden_rate.csv is read by nobody" in policies.news(seeds)


def test_a_column_that_may_be_empty_is_read_as_empty_and_named(folder):
    file = folder / "seeds" / "people.csv"
    rows = [line.split(",") for line in file.read_text().splitlines()]
    file.write_text(
        "".join(f"{person},{uid},{owner}\n" for person, uid, _, owner in rows)
    )
    assert problems(folder) == []
    [told] = policies.news(folder / "seeds")
    assert told.startswith("seeds/people.csv has no approver_role (")
    assert told.endswith("it is read as empty")
    rows = policies.rows_of("people", folder / "seeds")
    assert {row["approver_role"] for row in rows} == {""}
    assert all(row["person"] for row in rows)


def test_a_column_that_must_be_filled_is_asked_for(folder):
    file = folder / "seeds" / "practices.csv"
    file.write_text("practice_code,practice_name,owner\nPR-1,Advice,PMO\n")
    assert (
        "practices.csv line 1: its columns must be practice_code" in problems(folder)[0]
    )


def test_a_control_that_a_release_adds_is_asked_for_with_its_delivered_row(folder):
    file = folder / "seeds" / "control_policies.csv"
    lines = file.read_text().splitlines(keepends=True)
    [register] = [line for line in lines if line.startswith("I32,")]
    file.write_text("".join(line for line in lines if line != register))
    told = problems(folder)
    assert any(
        "control_policies.csv: no row decides for control_id I32: copy or change the "
        "delivered one, I32," in problem
        for problem in told
    )
