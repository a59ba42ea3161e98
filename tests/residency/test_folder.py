"""A work folder is one region's for good, and publishes what is that region's."""

import json

import duckdb
import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.warehouse.editions import write_published
from dlt_pipelines.warehouse.residency import regions

TABLES = {
    "margins": ("legal_entity_code", "amount"),
    "rates": ("currency_code",),
    "summary": ("control_id",),
}


@pytest.fixture
def paths(tmp_path):
    return Paths(tmp_path)


def begun(paths: Paths, monkeypatch, name: str | None) -> None:
    if name is None:
        monkeypatch.delenv("TIEOUT__REGION", raising=False)
    else:
        monkeypatch.setenv("TIEOUT__REGION", name)
    regions.claim(paths)
    paths.land.touch()


def built(paths: Paths) -> None:
    """Margins of two regions, rates that are nobody's, and a summary of all."""
    with duckdb.connect(paths.build) as db:
        db.execute("create schema marts")
        db.execute(
            "create table marts.margins as from (values ('UK20', 1), ('US10', 2))"
            " as m(legal_entity_code, amount)"
        )
        db.execute("create table marts.rates as select 'EUR' as currency_code")
        db.execute("create table marts.summary as select 'C01' as control_id")
    nodes = {name: node(name, columns) for name, columns in TABLES.items()}
    nodes["rates"]["config"]["meta"]["scope"] = "none"
    manifest = paths.work / "dbt" / "target" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"nodes": nodes, "child_map": {}}))


def node(name: str, columns: tuple[str, ...]) -> dict:
    return {
        "resource_type": "model",
        "unique_id": f"model.tieout.{name}",
        "schema": "marts",
        "name": name,
        "columns": {column: {"name": column} for column in columns},
        "config": {"meta": {"published": True}},
    }


@pytest.mark.parametrize("later", ["Americas", None])
def test_a_folder_begun_as_a_region_is_no_others(paths, monkeypatch, later):
    begun(paths, monkeypatch, "Europe")
    with pytest.raises(ConfigurationError, match=r"was begun as Europe"):
        begun(paths, monkeypatch, later)


def test_a_folder_begun_undivided_becomes_no_regions(paths, monkeypatch):
    begun(paths, monkeypatch, None)
    with pytest.raises(ConfigurationError, match=r"as the whole firm, .* be Europe"):
        begun(paths, monkeypatch, "Europe")


def test_a_region_goes_on_in_its_own_folder(paths, monkeypatch):
    for _ in range(2):
        begun(paths, monkeypatch, "Europe")
    own = regions.own_region(paths)
    assert own == regions.Region("Europe", frozenset({"DE30", "UK20"}))


def test_a_past_day_too_is_of_the_region_alone(paths, monkeypatch):
    """Its folder lies below the region's and does not say again whose it is."""
    monkeypatch.setenv("TIEOUT__REGION", "Europe")
    paths.land.touch()
    built(paths)
    file = paths.work / "known.duckdb"
    write_published(paths, file)
    with duckdb.connect(file, read_only=True) as db:
        assert db.execute("from marts.margins").fetchall() == [("UK20", 1)]
        tables = db.execute("select table_name from duckdb_tables()").fetchall()
    assert sorted(tables) == [("absences",), ("margins",), ("rates",)]
