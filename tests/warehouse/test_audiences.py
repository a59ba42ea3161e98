"""Each audience's file holds what it may see, of one build, and only it can read it."""

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.warehouse import audiences as reading
from dlt_pipelines.warehouse import editions, standard_cost
from dlt_pipelines.warehouse.audiences import CLASSES, Audience, audiences
from dlt_pipelines.warehouse.publication import (
    publish,
    published_snapshot,
    without_file,
)
from dlt_pipelines.warehouse.warehouse import Control
from tests.policy_seeds import seeds_with

NOW = datetime(2026, 6, 10, 6, tzinfo=UTC)
LOADED = Control("I01", "nothing lost", "integrity", "publication", "IT", 0, "passed")
TIME = Control("C01", "time to ledger", "business", "posting", "F", 3, "failed")
CODES = Control("C02", "codes", "business", "posting", "F", 2, "failed")
STANDARD = Control(
    "I32",
    "labour has a standard cost",
    "integrity",
    "publication_at_standard",
    "F",
    1,
    "failed",
    "employee G2 PR-1 US10: 7.50 hours",
    "State rates in seeds/standard_cost_rates.csv",
)
HEADER = "audience,legal_entities,classes,smallest_group,unix_group,owner"
FINANCE = "finance,*,notes pay personal price,1,,Finance"


@pytest.fixture
def paths(tmp_path):
    """A small built firm of two entities, and its manifest, as dbt leaves them."""
    paths = Paths(tmp_path / "work")
    paths.work.mkdir()
    with duckdb.connect(paths.build) as db:
        for schema in ("canonical", "marts", "reconciliation"):
            db.execute(f"create schema {schema}")
        db.execute(
            "create table canonical.dim_as_of as"
            " select date '2026-06-10' as as_of_date;"
            "create table canonical.dim_projects as select * from"
            " (values ('p1', 'US10'), ('p2', 'DE30'))"
            " as t(project_key, legal_entity_code);"
            "create table canonical.dim_obligations as select * from"
            " (values ('p1', 'effort'), ('p2', 'cost_plus'))"
            " as t(project_key, revenue_method);"
            "create table marts.work as select * from"
            " (values ('p1', 7, 90, 30, 'Ada', 'secret'),"
            " ('p2', 3, 80, 20, 'Ben', 'too'))"
            " as t(project_key, people, price, billed, person, note);"
            "create table marts.undeclared as select 1 as anything;"
            "create table marts.kept_in as select 1 as anything;"
            "create table reconciliation.rec_codes as select 'p1' as project_key"
        )
    manifest = paths.work / "dbt" / "target" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"nodes": NODES, "child_map": {}}))
    return paths


def model(name: str, columns: dict[str, str | None], **meta) -> dict:
    schema, _, short = name.partition(".")
    told = {"published": True, **meta}
    return {
        "resource_type": "model",
        "unique_id": f"model.tieout.{short}",
        "schema": schema,
        "name": short,
        "columns": {
            column: {"config": {"meta": {"class": of} if of else {}}}
            for column, of in columns.items()
        },
        "config": {"meta": told},
    }


def control(control_id: str, reads: str) -> dict:
    return {
        "resource_type": "test",
        "config": {"meta": {"control_id": control_id}},
        "depends_on": {"nodes": [f"model.tieout.{reads}"]},
    }


WORK = {
    "project_key": None,
    "people": None,
    "price": "price",
    "billed": "pay_of_cost_plus",
    "person": "personal",
    "note": "notes",
}
NODES = {
    "a": model("canonical.dim_as_of", {"as_of_date": None}, scope="none"),
    "b": model("marts.work", WORK, scope="project_key", people="people"),
    "c": model("marts.undeclared", {"anything": None}),
    "d": model("marts.kept_in", {"anything": None}, published=False, scope="none"),
    "e": model("reconciliation.rec_codes", {"project_key": None}, scope="project_key"),
    "f": control("C01", "undeclared"),
    "g": control("C02", "rec_codes"),
}


@pytest.fixture
def published(paths, tmp_path, monkeypatch):
    """Publish to audiences of these rows; returns the paths."""

    def to(*rows: str) -> Paths:
        monkeypatch.setattr(editions, "audiences", lambda: of_rows(tmp_path, *rows))
        publish(paths, [LOADED, TIME, CODES], "L1", NOW)
        return paths

    return to


def of_rows(tmp_path, *rows: str) -> list[Audience]:
    return audiences(seeds_with(tmp_path, audiences="\n".join([HEADER, *rows]) + "\n"))


def read(paths: Paths, audience: str, query: str) -> list[tuple]:
    with duckdb.connect(paths.audience(audience), read_only=True) as db:
        return db.execute(query).fetchall()


def columns(paths: Paths, audience: str, table: str) -> list[str]:
    query = f"select column_name from duckdb_columns() where table_name = '{table}'"
    return [name for (name,) in read(paths, audience, query)]


def test_finance_sees_everything_that_is_published(published):
    paths = published(FINANCE)
    assert columns(paths, "finance", "work") == list(WORK)
    assert columns(paths, "finance", "undeclared") == ["anything"]
    assert columns(paths, "finance", "kept_in") == []
    assert paths.published.resolve() == paths.audience("finance").resolve()


def test_what_is_not_declared_reaches_only_who_sees_everything(published):
    paths = published(FINANCE, "most,*,pay personal price,5,,Finance")
    assert columns(paths, "most", "undeclared") == []
    assert "note" not in columns(paths, "most", "work")


@pytest.mark.parametrize(
    ("classes", "missing"),
    [
        ("", {"price", "person", "note"}),
        ("price", {"person", "note"}),
        ("personal price", {"note"}),
        ("notes", {"price", "person"}),
    ],
)
def test_columns_of_a_class_an_audience_lacks_are_not_in_its_file(
    published, classes, missing
):
    paths = published(FINANCE, f"some,*,{classes},5,,Finance")
    assert set(WORK) - set(columns(paths, "some", "work")) == missing


def test_a_model_of_a_class_an_audience_lacks_is_not_in_its_file(
    paths, published, monkeypatch
):
    priced = {
        **NODES,
        "b": model("marts.work", WORK, scope="none", **{"class": "price"}),
    }
    file = paths.work / "dbt" / "target" / "manifest.json"
    file.write_text(json.dumps({"nodes": priced, "child_map": {}}))
    published(FINANCE, "some,*,personal,5,,Finance", "other,*,price,5,,Finance")
    assert columns(paths, "some", "work") == []
    assert "price" in columns(paths, "other", "work")


def test_rows_of_other_entities_are_not_in_the_file(published):
    paths = published(FINANCE, "us,US10,notes pay personal price,5,,Finance")
    assert read(paths, "us", "select project_key from marts.work") == [("p1",)]
    assert columns(paths, "us", "undeclared") == []


def test_groups_of_too_few_are_left_out_where_people_are_not_seen(published):
    paths = published(FINANCE, "some,*,,5,,Finance", "lead,*,personal,5,,Finance")
    assert read(paths, "some", "select people from marts.work") == [(7,)]
    assert read(paths, "lead", "select count(*) from marts.work") == [(2,)]


def test_what_tells_the_cost_of_a_project_at_cost_plus_is_pay(published):
    paths = published(FINANCE, "lead,*,personal,5,,Finance", "pay,*,pay personal,5,,F")
    query = "select project_key, billed from marts.work order by all"
    assert read(paths, "lead", query) == [("p1", 30), ("p2", None)]
    assert read(paths, "pay", query) == [("p1", 30), ("p2", 20)]


def needing(paths: Paths, **needs: list[str]) -> None:
    """Let figures of the small firm need what it lacks: HR, and revenue of p2."""
    needed = {
        **NODES,
        "b": model("marts.work", WORK, scope="project_key", needs=needs),
    }
    file = paths.work / "dbt" / "target" / "manifest.json"
    file.write_text(json.dumps({"nodes": needed, "child_map": {}}))
    with duckdb.connect(paths.build) as db:
        db.execute(
            "create table canonical.dim_prerequisites as select * from (values"
            " ('psa', true, false, null), ('revenue', false, false, 'no CRM'),"
            " ('hr', false, false, 'no HR system'))"
            " as t(prerequisite, is_met, is_of_projects, absence_reason);"
            "create table canonical.dim_projects_unmeasured as"
            " select 'p2' as project_key, true as is_without_terms,"
            " true as is_unmeasured"
        )


@pytest.mark.parametrize("audience", ["finance", "some"])
def test_a_figure_that_needs_a_role_the_firm_lacks_is_null_and_says_why(
    paths, published, audience
):
    needing(paths, psa=["people"], hr=["price"], revenue=["billed"])
    published(FINANCE, "some,*,pay price,5,,Finance")
    query = "select people, price, billed from marts.work order by project_key"
    assert read(paths, audience, query) == [(7, None, 30), (3, None, None)]
    told = (
        "select column_name, absence_reason, is_of_all_rows from publication.absences"
    )
    assert sorted(read(paths, audience, told)) == [
        ("billed", "no CRM", False),
        ("price", "no HR system", True),
    ]


def test_a_firm_that_lacks_nothing_is_told_of_no_absence(published):
    paths = published(FINANCE)
    assert read(paths, "finance", "from publication.absences") == []


@pytest.mark.parametrize("needs", [{"hr": ["nothing"]}, {"weather": ["price"]}])
def test_a_need_that_nobody_can_judge_is_refused(paths, published, needs):
    needing(paths, **needs)
    with pytest.raises(ConfigurationError, match="which says nothing"):
        published(FINANCE)


def test_a_control_that_does_not_apply_is_no_failure_and_says_why(
    paths, tmp_path, monkeypatch
):
    monkeypatch.setattr(editions, "audiences", lambda: of_rows(tmp_path, FINANCE))
    absent = replace(TIME, failures=0, status="not_applicable", message="no ERP")
    snapshot, _ = publish(paths, [LOADED, absent], "L1", NOW)
    assert (snapshot.controls_passed, snapshot.controls_failed) == (1, 0)
    _, controls = published_snapshot(paths)
    assert controls[1].message == "no ERP"


def test_a_control_is_told_to_whom_its_records_are(published):
    paths = published(FINANCE, "some,*,,5,,Finance", "us,US10,,5,,Finance")
    told = "select control_id from publication.controls order by 1"
    assert read(paths, "finance", told) == [("C01",), ("C02",), ("I01",)]
    assert read(paths, "some", told) == [("C02",), ("I01",)]
    assert read(paths, "us", told) == [("I01",)]


def test_a_file_says_whose_it_is_and_all_are_of_one_snapshot(published):
    paths = published(FINANCE, "us,US10 UK20,price,5,,Finance")
    query = (
        "select audience, cost_basis, classes, legal_entities from publication.snapshot"
    )
    everything = ("finance", "actual", "notes pay personal price", "*")
    assert read(paths, "finance", query) == [everything]
    assert read(paths, "us", query) == [("us", "standard", "price", "UK20 US10")]
    ids = {
        read(paths, name, "select snapshot_id from publication.snapshot")[0]
        for name in ("finance", "us")
    }
    assert len(ids) == 1


@pytest.fixture
def at_standard(paths, monkeypatch):
    """Let the pass at standard cost find what it is told to find."""
    nodes = {
        **NODES,
        "h": model("marts.absorption", {"amount": None}, cost_basis="both"),
        "i": model(
            "reconciliation.rec_labour_at_standard",
            {"labour_hours": None},
            cost_basis="both",
        ),
        "j": model("reconciliation.control_results", {"control_id": None}),
    }
    file = paths.work / "dbt" / "target" / "manifest.json"
    file.write_text(json.dumps({"nodes": nodes, "child_map": {}}))
    with duckdb.connect(paths.build) as db:
        db.execute(
            "create table reconciliation.control_results as select 'I32' as control_id,"
            " 'passed' as status, 0 as compared_count, 0 as differences_count"
        )
    with duckdb.connect(paths.standard) as db:
        db.execute(
            "create schema marts; create schema reconciliation;"
            "create table marts.absorption as select 9 as amount;"
            "create table reconciliation.rec_labour_at_standard as"
            " select 7.5 as labour_hours"
        )

    def found(control: Control) -> None:
        monkeypatch.setattr(standard_cost, "build", lambda *_: [control])

    return found


def test_labour_without_a_standard_cost_keeps_every_file_at_it_back(
    paths, at_standard, tmp_path, monkeypatch
):
    """Finance's is published, with what is lacking and without absorption."""
    passed = replace(STANDARD, failures=0, status="passed")
    rows = (FINANCE, "lead,*,personal,5,,Finance", "some,*,,5,,Finance")
    at_standard(passed)
    monkeypatch.setattr(editions, "audiences", lambda: of_rows(tmp_path, *rows))
    whole, _ = publish(paths, [LOADED, passed], "L1", NOW)
    assert whole.withheld is None
    readers = of_rows(tmp_path, *rows)
    assert without_file(paths, [passed], readers) == []
    assert columns(paths, "finance", "absorption") == ["amount"]
    assert paths.audience("some").exists()

    at_standard(STANDARD)
    partial, controls = publish(paths, [LOADED, passed], "L2", NOW)
    assert "without the files of lead, some" in partial.withheld.what
    assert "employee G2 PR-1 US10: 7.50 hours" in partial.withheld.what
    assert "seeds/standard_cost_rates.csv" in partial.withheld.do
    assert partial.withheld.exit_code == 1
    assert controls == [LOADED, STANDARD]
    later = of_rows(tmp_path, *rows, "new,*,pay,5,,Finance")
    _, told = published_snapshot(paths)
    [kept_back, not_yet] = without_file(paths, told, later)
    assert "without the files of lead, some" in kept_back.what
    assert "I32" in kept_back.what
    assert "seeds/standard_cost_rates.csv" in kept_back.do
    assert "no file for new" in not_yet.what
    assert "tieout refresh" in not_yet.do
    assert kept_back.exit_code == not_yet.exit_code == 1
    assert not paths.audience("lead").exists()
    assert not paths.audience("some").exists(), "nor an earlier one in its place"
    assert columns(paths, "finance", "absorption") == []
    lacking = "select labour_hours from reconciliation.rec_labour_at_standard"
    assert read(paths, "finance", lacking) == [(7.5,)]
    status = "select status, differences_count from reconciliation.control_results"
    assert read(paths, "finance", status) == [("failed", 1)]


def test_where_everybody_sees_pay_nothing_is_withheld(
    paths, at_standard, tmp_path, monkeypatch
):
    at_standard(STANDARD)
    rows = (FINANCE, FINANCE.replace("finance", "auditor"))
    monkeypatch.setattr(editions, "audiences", lambda: of_rows(tmp_path, *rows))
    snapshot, _ = publish(paths, [LOADED], "L1", NOW)
    assert snapshot.withheld is None
    assert columns(paths, "auditor", "absorption") == []
    told = "select status from publication.controls where control_id = 'I32'"
    assert read(paths, "auditor", told) == [("failed",)]


def test_who_sees_the_same_gets_the_same_file_in_its_own_name(published):
    paths = published(FINANCE, FINANCE.replace("finance", "auditor"))
    told = "select audience, cost_basis from publication.snapshot"
    assert read(paths, "auditor", told) == [("auditor", "actual")]
    assert columns(paths, "auditor", "work") == list(WORK)


def test_a_file_is_written_for_duckdb_from_1_2_on(published):
    paths = published(FINANCE, FINANCE.replace("finance", "auditor"))
    written = (
        "select tags['storage_version'] from duckdb_databases() where not internal"
    )
    for audience in ("finance", "auditor"):
        assert read(paths, audience, written) == [("v1.2.0+",)]


def test_folders_and_files_are_for_the_owner_and_the_audiences_group(published):
    paths = published(FINANCE)
    file = paths.audience("finance").resolve()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o750


def test_a_group_that_is_not_there_stops_the_publication(paths, published):
    with pytest.raises(ConfigurationError, match="no_such_group"):
        published("finance,*,notes pay personal price,1,no_such_group,Finance")
    assert not paths.published.exists()


def test_finance_must_see_everything(tmp_path):
    with pytest.raises(ConfigurationError, match="«finance» sees everything"):
        of_rows(tmp_path, "finance,US10,notes pay personal price,5,,Finance")


@pytest.mark.parametrize(
    ("row", "match"),
    [
        ("some,*,price,4,,Finance", "line 3: smallest_group is below 5"),
        ("../some,*,price,5,,Finance", "no name of a folder"),
    ],
)
def test_an_audience_that_would_see_too_much_is_refused(tmp_path, row, match):
    with pytest.raises(ConfigurationError, match=match):
        of_rows(tmp_path, FINANCE, row)


def test_a_class_that_nobody_can_see_is_refused(paths, published):
    wrong = {**NODES, "b": model("marts.work", {"price": "prise"}, scope="none")}
    file = paths.work / "dbt" / "target" / "manifest.json"
    file.write_text(json.dumps({"nodes": wrong, "child_map": {}}))
    with pytest.raises(ConfigurationError, match="price is of class prise"):
        published(FINANCE)


def test_the_delivered_audiences_can_be_used():
    delivered = {a.name: a for a in audiences()}
    assert delivered["finance"].sees_everything
    assert delivered["auditor"].sees_everything
    assert delivered["delivery"].classes == {"price", "personal"}
    assert delivered["analyst"].classes == set()
    assert reading.CLASSES == CLASSES
