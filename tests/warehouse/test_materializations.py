"""How a model replaces what it was, in a small dbt project with our macros."""

import json
import os
import subprocess
import sys
from decimal import Decimal

import duckdb
import pytest

from dlt_pipelines.core.settings import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("materializations")]

PROJECT = f"""
name: small
version: "1.0.0"
config-version: 2
profile: small
models: {{small: {{+materialized: table}}}}
macro-paths: ["{ROOT / "dbt_project/macros/materializations"}"]
flags: {{send_anonymous_usage_stats: false, use_colors: false}}
"""
PROFILE = """
small:
  target: build
  outputs:
    build: {type: duckdb, path: build.duckdb, threads: 1}
"""
DECLARED = """
models:
  - name: entries
    config: {contract: {enforced: true}}
    columns:
      - {name: entry, data_type: varchar, constraints: [{type: not_null}]}
      - {name: hours, data_type: "decimal(9, 2)", constraints: [{type: not_null}]}
      - {name: note, data_type: varchar}
seeds:
  - name: rates
    config:
      column_types: {code: varchar, rate: "decimal(9, 4)", day: date, note: varchar}
"""
RATES = """code,rate,day,note
007,0.10,2026-01-01,"one, two"
1e3,12,2026-02-01,
"""
GOOD = "select 'a' as entry, cast(1.5 as decimal(9, 2)) as hours, null::varchar as note"
OTHER = GOOD.replace("'a'", "'b'")
AS_VIEW = "{{ config(materialized='view') }} "
BUILDS = {  # in this order
    "a table": GOOD,
    "nulls": f"{GOOD} union all select null, null, 'x'",
    "another type": GOOD.replace("decimal(9, 2)", "decimal(9, 4)"),
    "more than declared": GOOD.replace(" as note", " as note, 1 as rank, 2 as spare"),
    "a failing query": f"{GOOD} limit error('it fails')::int",
    "another table": OTHER,
    "a view": AS_VIEW + GOOD,
    "a view of more": AS_VIEW + OTHER.replace(" as note", " as note, 1 as rank"),
    "a view without its column": AS_VIEW + OTHER.replace("as entry", "as other"),
    "another order": "select null::varchar as note, 2::decimal(9, 2) as hours,"
    " 'c' as entry",
}
RUN_DBT = """
import json, pathlib, sys
import duckdb
from dbt.cli.main import dbtRunner

def one_column(query):
    with duckdb.connect("build.duckdb") as db:
        return [value for (value,) in db.execute(query).fetchall()]

told = {}
for name, query in json.loads(sys.argv[1]).items():
    pathlib.Path("models/entries.sql").write_text(query)
    ran = dbtRunner().invoke(["--quiet", "--log-level=none", "build"])
    if ran.result is None:
        raise ran.exception
    for result in ran.result:
        if result.node.name == "entries":
            told[name] = {
                "status": str(result.status),
                "message": result.message,
                "entries": one_column("select entry from entries"),
                "kind": one_column(
                    "select table_type from information_schema.tables"
                    " where table_name = 'entries'"
                ),
                "columns": one_column(
                    "select column_name from duckdb_columns()"
                    " where table_name = 'entries' order by column_index"
                ),
            }
pathlib.Path("told.json").write_text(json.dumps(told))
"""  # in a process of its own: dbt changes what is global in its process


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("it's")  # a path must not end a literal
    for name in ("models", "seeds"):
        (folder / name).mkdir()
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "profiles.yml").write_text(PROFILE)
    (folder / "models/declared.yml").write_text(DECLARED)
    (folder / "seeds/rates.csv").write_text(RATES)
    ran = subprocess.run(
        [sys.executable, "-c", RUN_DBT, json.dumps(BUILDS)],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if not k.startswith("TIEOUT_")},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


@pytest.fixture(scope="module")
def told(folder):
    """What each build said of the model, and what was there after it."""
    return json.loads((folder / "told.json").read_text())


def test_a_table_is_replaced(told):
    assert told["a table"]["status"] == "success", told["a table"]["message"]
    assert told["a table"]["entries"] == ["a"]
    assert told["another table"]["entries"] == ["b"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nulls", "entry and hours is null in a row, but declared never to be"),
        ("another type", "hours DECIMAL(9,4), note VARCHAR, but declared are entry"),
        (
            "more than declared",
            "entries yields rank, spare, which its contract does not declare",
        ),
        ("a failing query", "it fails"),
    ],
)
def test_a_table_that_breaks_its_contract_leaves_the_earlier_one(told, name, why):
    assert told[name]["status"] == "error"
    assert why in told[name]["message"]
    assert told[name]["entries"] == ["a"]


def test_a_table_becomes_a_view_and_a_table_again(told):
    assert told["a view"]["status"] == "success", told["a view"]["message"]
    assert told["a view"]["kind"] == ["VIEW"]
    assert told["another order"]["kind"] == ["BASE TABLE"]


def test_a_view_that_breaks_its_contract_leaves_the_earlier_one(told):
    for name in ("a view without its column", "a view of more"):
        assert told[name]["status"] == "error"
        assert told[name]["entries"] == ["a"]
    assert "entries yields rank, which" in told["a view of more"]["message"]


def test_columns_come_in_the_declared_order(told):
    assert told["another order"]["columns"] == ["entry", "hours", "note"]


def test_a_seed_has_the_types_it_declares(folder):
    with duckdb.connect(folder / "build.duckdb", read_only=True) as db:
        rows = db.execute("select code, rate, day::varchar, note from rates").fetchall()
    assert sorted(rows) == [
        ("007", Decimal("0.1000"), "2026-01-01", "one, two"),
        ("1e3", Decimal("12.0000"), "2026-02-01", None),
    ]
