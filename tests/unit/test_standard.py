"""The pass at standard cost builds what it must: no more, and never less."""

from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.warehouse.audiences import BASIS
from dlt_pipelines.warehouse.standard_cost import KEPT, MEMORY, Pass, _built_from

ACTUAL = "model.tieout.int_actual_margins"

# rates and hours make labour, which with prices makes the margin; hours make prices.
EDGES = (
    (BASIS, "rates"),
    ("pay", "rates"),
    ("rates", "labour"),
    ("hours", "labour"),
    ("hours", "prices"),
    ("labour", "margin"),
    ("prices", "margin"),
    ("margin", ACTUAL),
    ("margin", "absorption"),
    (ACTUAL, "absorption"),
    ("labour", "payroll_mart"),
)


def manifest() -> dict:
    names = {name for edge in EDGES for name in edge}
    return {
        "nodes": {name: {"schema": "canonical", "name": name} for name in names},
        "child_map": {n: [b for a, b in EDGES if a == n] for n in names},
        "parent_map": {n: [a for a, b in EDGES if b == n] for n in names},
    }


@pytest.fixture
def made() -> Pass:
    return Pass(manifest(), ("absorption",))


def test_what_the_basis_reaches_of_the_goals_is_built_and_nothing_else(made):
    assert made.models == {"rates", "labour", "margin", "absorption"}


def test_what_was_at_actual_cost_is_kept_and_goes_into_the_comparison(made):
    assert ACTUAL in KEPT
    assert made.inputs.keys() == {"pay", "hours", "prices", ACTUAL}


def test_a_change_is_followed_through_what_the_pass_builds_alone(made):
    """Whether it changed prices, prices tell themselves."""
    assert made.built_anew({"prices"}) == {"margin", "absorption"}
    assert made.built_anew({"hours"}) == {"labour", "margin", "absorption"}
    assert made.built_anew({ACTUAL}) == {"absorption"}
    assert made.built_anew(set()) == set()


def test_a_pass_that_cannot_be_read_counts_as_none(tmp_path: Path):
    assert _built_from(tmp_path / "none.duckdb") == {}
    damaged = tmp_path / "damaged.duckdb"
    damaged.write_bytes(b"no database")
    assert _built_from(damaged) == {}
    with duckdb.connect(tmp_path / "good.duckdb") as db:
        db.execute(f"create table {MEMORY} as select 'hours' as name, '3' as digest")
    assert _built_from(tmp_path / "good.duckdb") == {"hours": "3"}
