"""What a refresh remembers: nothing landed stays unbuilt."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import duckdb
import pytest

from dlt_pipelines.commands.console import Console, PlainConsole
from dlt_pipelines.core.errors import HeldBack
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.operations import refresh
from dlt_pipelines.operations.refresh import BuildMemory, RefreshReport
from dlt_pipelines.warehouse import publication, warehouse
from dlt_pipelines.warehouse.publication import Snapshot

TODAY = date(2026, 6, 10)


@pytest.fixture
def paths(tmp_path):
    paths = Paths(tmp_path)
    paths.build.touch()
    with duckdb.connect(paths.land) as land:
        land.execute("create schema raw")
        land.execute(
            "create table raw._landings (load_id varchar, source_instance varchar,"
            " table_name varchar, started_at timestamp, status varchar,"
            " deletions varchar)"
        )
        land.execute("create table raw.crm__accounts (id integer, _variant varchar)")
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
    write(paths, "insert into raw.crm__accounts values (1, null)")
    assert to_build(paths) == {"crm.accounts"}
    BuildMemory(paths).building({"crm.accounts"})  # and killed while building
    assert to_build(paths) == {"crm.accounts"}


def loaded(load_id: str, moment: str, status: str, deletions: str = "null") -> str:
    return (
        f"insert into raw._landings values ('{load_id}', 'crm', 'accounts',"
        f" '2026-06-10 {moment}', '{status}', {deletions})"
    )


def test_a_feed_that_fails_or_comes_again_is_built_and_one_that_goes_on_is_not(paths):
    write(paths, loaded("l1", "06:00", "landed"))
    published(paths)
    write(paths, loaded("l2", "07:00", "landed"))
    assert to_build(paths) == set()
    write(paths, loaded("l3", "08:00", "failed"))
    assert to_build(paths) == {"landing.loads"}
    published(paths)
    write(paths, loaded("l4", "09:00", "failed"))
    assert to_build(paths) == set()
    write(paths, loaded("l5", "09:30", "failed", "'waiting'"))  # for another reason
    assert to_build(paths) == {"landing.loads"}
    write(paths, loaded("l6", "10:00", "landed", "'confirmed'"))
    assert to_build(paths) == {"landing.loads"}


def test_a_table_with_values_that_cannot_be_read_is_told_of_when_it_changes(paths):
    published(paths)
    write(paths, 'insert into raw.crm__accounts values (1, \'{"id": "TBD"}\')')
    assert to_build(paths) == {"crm.accounts", "landing.loads"}
    published(paths)
    write(paths, "insert into raw.crm__accounts values (1, null)")  # corrected
    assert to_build(paths) == {"crm.accounts", "landing.loads"}


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


@pytest.fixture
def publishing(paths, monkeypatch):
    """Build nothing and publish a snapshot; returns what it came to and is told."""

    def done(withheld: HeldBack | None) -> tuple[RefreshReport, str]:
        made = Snapshot(
            "S1", paths.published, datetime.now(UTC), TODAY, 1, 0, withheld=withheld
        )
        monkeypatch.setattr(warehouse, "build", lambda *_: None)
        monkeypatch.setattr(warehouse, "audit", lambda *_: (None, []))
        monkeypatch.setattr(publication, "published_snapshot", lambda _: (made, []))
        monkeypatch.setattr(publication, "publish", lambda *_: (made, []))
        monkeypatch.setattr(refresh, "keep", lambda *_: None)
        write(paths, "insert into raw.crm__accounts values (1, null)")
        report = RefreshReport(landings=[SimpleNamespace(load_id="L1", failures={})])
        run = SimpleNamespace(as_of=TODAY, now=datetime.now(UTC))
        refresh.build_and_publish(paths, run, Console(), report)
        text = io.StringIO()
        console = Console()
        console.out = console.err = PlainConsole(file=text, width=200)
        console.summary(replace(report, landings=[]))
        return report, text.getvalue()

    return done


def test_a_snapshot_without_some_files_is_told_ends_with_1_and_is_tried_again(
    paths, publishing
):
    report, told = publishing(HeldBack("it is without delivery's file", "state rates."))
    assert report.exit_code == 1
    assert report.held_back is None, "finance's is published"
    assert "Snapshot   S1" in told
    assert "WITHOUT the files that are at standard cost" in told
    assert "✗ it is without delivery's file" in told
    assert "→ state rates." in told
    assert to_build(paths) != set()


def test_a_whole_snapshot_is_good_and_not_made_again(paths, publishing):
    report, told = publishing(None)
    assert report.exit_code == 0
    assert "WITHOUT" not in told
    assert to_build(paths) == set()


def kinds(manifest: SimpleNamespace) -> list[str]:
    return [node.resource_type for node in manifest.nodes.values()]


@pytest.mark.parametrize(
    ("command", "seen"),
    [
        (["build", "--exclude-resource-type", "test", "unit_test"], ["model"]),
        (["build", "--exclude-resource-type", "unit_test"], ["model", "test"]),
        (["test", "--exclude-resource-type", "unit_test"], ["model", "test"]),
    ],
)
def test_dbt_is_shown_no_tests_that_a_command_excludes_and_all_by_the_next(
    command, seen
):
    nodes = {kind: SimpleNamespace(resource_type=kind) for kind in ("model", "test")}
    manifest = SimpleNamespace(nodes=nodes, unit_tests={"one": None})
    with warehouse._without_excluded(manifest, command):
        assert kinds(manifest) == seen
        assert manifest.unit_tests == {}
    assert kinds(manifest) == ["model", "test"]
    assert manifest.unit_tests == {"one": None}
