"""What a refresh remembers: nothing landed stays unbuilt."""

from datetime import date

import duckdb
import pytest

from dlt_pipelines import warehouse
from dlt_pipelines.refresh import BuildMemory
from dlt_pipelines.settings import Paths

TODAY = date(2026, 6, 10)


@pytest.fixture
def paths(tmp_path):
    paths = Paths(tmp_path)
    paths.build.touch()
    with duckdb.connect(paths.land) as land:
        land.execute("create schema raw")
        land.execute("create table raw._landings (load_id varchar)")
        land.execute("create table raw.crm__accounts (id integer)")
        land.execute("create table raw.ledger__postings (id integer, erp_id varchar)")
        land.execute("insert into raw.ledger__postings values (1, null)")
    return paths


def published(paths: Paths) -> None:
    BuildMemory(paths).published(warehouse.raw_contents(paths), TODAY)


def to_build(paths: Paths, day: date = TODAY) -> set[str] | None:
    return BuildMemory(paths).tables_to_build(warehouse.raw_contents(paths), day)


def write(paths: Paths, statement: str) -> None:
    with duckdb.connect(paths.land) as land:
        land.execute(statement)


def test_rows_that_a_killed_run_landed_are_built_by_the_next(paths):
    published(paths)
    assert to_build(paths) == set()
    write(paths, "insert into raw.crm__accounts values (1)")
    assert to_build(paths) == {"crm.accounts"}
    BuildMemory(paths).building({"crm.accounts"})  # and killed while building
    assert to_build(paths) == {"crm.accounts"}


def test_a_posting_that_changed_its_state_is_built(paths):
    published(paths)
    write(paths, "update raw.ledger__postings set erp_id = '77'")
    assert to_build(paths) == {"ledger.postings"}


def test_a_whole_build_that_was_not_finished_is_begun_again(paths):
    published(paths)
    BuildMemory(paths).building(None)
    assert to_build(paths) is None


def test_another_business_date_builds_everything(paths):
    published(paths)
    assert to_build(paths, date(2026, 6, 11)) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pending": []}'])
def test_a_damaged_memory_builds_everything(paths, text):
    (paths.work / "build.json").write_text(text)
    assert to_build(paths) is None


def test_a_model_saved_while_building_is_for_the_next_build(paths, monkeypatch):
    monkeypatch.setattr(warehouse, "project_digest", lambda: "as dbt read it")
    memory = BuildMemory(paths)
    monkeypatch.setattr(warehouse, "project_digest", lambda: "saved meanwhile")
    memory.published(warehouse.raw_contents(paths), TODAY)
    assert to_build(paths) is None
