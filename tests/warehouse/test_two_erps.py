"""A firm with its books in two ERPs: the same figures, each posting in its own."""

import contextlib
import shutil

import duckdb
import pytest

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.warehouse import warehouse
from tests.end_to_end.firms import YOUNG
from tests.warehouse.split_erp import split

# What two ERPs post and have is asked in tests/end_to_end, that figures do not depend
# on how many systems say them in test_several.
pytestmark = [pytest.mark.slow, pytest.mark.nightly]

ERPS = {"erp_eu": ("UK20", "DE30"), "erp_us": ("US10",)}
# What a system calls a thing is another name in another system; all else is equal.
NAMES = ("source_instance", "source_id", "source_ids", "target_instance")


@pytest.fixture(scope="module")
def one(firms, tmp_path_factory) -> Paths:
    """A firm with one ERP."""
    work = tmp_path_factory.mktemp("one") / "work"
    return Paths(firms.refreshed(YOUNG, work, posting=False).work)


@pytest.fixture(scope="module")
def two(one, tmp_path_factory) -> Paths:
    """The same firm with its ERP split in two."""
    paths = Paths(tmp_path_factory.mktemp("two"))
    shutil.copyfile(one.land, paths.land)
    split(paths.land, ERPS)
    warehouse.read_as_in(one, paths)
    warehouse.build(paths)
    return paths


@pytest.fixture(scope="module")
def both(one, two):
    with contextlib.closing(duckdb.connect()) as db:
        db.execute(f"attach '{one.build}' as one (read_only)")
        db.execute(f"attach '{two.build}' as two (read_only)")
        db.execute(f"attach '{two.land}' as land (read_only)")  # its views read it
        yield db


def tables(db, *schemas: str) -> list[str]:
    told = db.execute(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where database_name = 'one' and schema_name in ?",
        [list(schemas)],
    )
    return sorted(name for (name,) in told.fetchall())


def apart(db, table: str, columns: str = "*") -> list[tuple]:
    """The rows that only one of the two has."""
    excluded = [c for c in column_names(db, table) if is_a_name(c)]
    less = f" exclude ({', '.join(excluded)})" if excluded and columns == "*" else ""
    rows = {
        name: f"select {columns}{less} from {name}.{table}" for name in ("one", "two")
    }
    return [
        (name, *row)
        for name, other in (("one", "two"), ("two", "one"))
        for row in db.execute(f"{rows[name]} except all {rows[other]}").fetchall()
    ]


def column_names(db, table: str) -> list[str]:
    return [row[0] for row in db.execute(f"describe one.{table}").fetchall()]


def is_a_name(column: str) -> bool:
    return (
        column in NAMES
        or column.startswith("erp_")
        or column in ("correlation_id", "credit_erp_project_id", "period_id")
        or column in ("transaction_id", "line_keys", "record_id")
    )


def test_no_figure_of_a_mart_changes_when_an_erp_is_split(both):
    marts = tables(both, "marts")
    assert len(marts) > 20
    assert {mart: apart(both, mart)[:3] for mart in marts if apart(both, mart)} == {}


def test_no_control_finds_more_or_less(both):
    assert apart(both, "reconciliation.control_results") == []


def test_each_posting_is_planned_in_the_erp_of_its_entity_by_its_ids(both):
    assert apart(both, "adjustments.adj_desired_postings") == []
    owners = both.execute(
        "select distinct target_instance, legal_entity_code"
        " from two.adjustments.adj_desired_postings"
    ).fetchall()
    assert sorted(owners) == [(erp, c) for erp in ERPS for c in sorted(ERPS[erp])]
    misnamed = both.execute(
        "select posting_key from two.adjustments.adj_desired_postings as postings"
        " left join two.roles.erp_projects as projects"
        " on projects.source_instance = postings.target_instance"
        " and projects.project_id = postings.erp_project_id"
        " where postings.erp_project_id is not null"
        " and projects.project_code is distinct from postings.project_code"
    ).fetchall()
    assert misnamed == []


def test_the_ids_of_the_two_meet(both):
    """Else the firm was not split in a way that could contradict anything."""
    for contract, number in (
        ("transactions", "transaction_id"),
        ("projects", "project_id"),
        ("accounts", "account_id"),
    ):
        shared = both.execute(
            f"select count(*) from (select {number} from two.roles.erp_{contract}"
            f" group by {number} having count(distinct source_instance) = 2)"
        ).fetchone()[0]
        assert shared > 5, contract
