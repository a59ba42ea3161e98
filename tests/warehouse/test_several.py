"""A firm with two systems of each kind has the figures of the same firm with one."""

import shutil

import duckdb
import pytest

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.landing import kept_periods
from dlt_pipelines.warehouse.publication import published_snapshot
from dlt_pipelines.warehouse.warehouse import audit, build, read_as_in
from tests.end_to_end.firms import YOUNG
from tests.warehouse import split_roles

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("several")]

# A row of theirs is a system's: a record, a price, a calendar.
OF_SYSTEMS = {
    "canonical.crosswalk_customers",
    "canonical.crosswalk_projects",
    "canonical.crosswalk_resources",
    "canonical.dim_bill_rates",
    "canonical.dim_holidays",
    "canonical.dim_project_rate_cards",
    "canonical.dim_psa_roles",
    "canonical.dim_role_systems",
    "canonical.dim_roles",
}
# All but what names a record or its system, and hashes of that; keys of codes stay.
OTHERS = ("reference", "associate_pseudonym")
KEPT = ("project_key", "resource_key", "customer_key", "obligation_key")
NAMES = (
    "not ends_with(column_name, '_key') and not ends_with(column_name, '_id')"
    " and not ends_with(column_name, '_ids')"
    " and not ends_with(column_name, '_instance')"
    " and not starts_with(column_name, 'source_')"
)


@pytest.fixture(scope="module")
def one(firms, tmp_path_factory) -> Paths:
    """The young firm with a system of each kind, its faults among them."""
    work = tmp_path_factory.mktemp("one") / "work"
    return Paths(firms.refreshed(YOUNG, work, posting=False).work)


@pytest.fixture(scope="module")
def two(one, tmp_path_factory) -> Paths:
    """The same with two of each but the ERP."""
    paths = Paths(tmp_path_factory.mktemp("two"))
    shutil.copyfile(one.land, paths.land)
    with duckdb.connect(paths.land) as land:
        for table in kept_periods.TABLES:  # of one's publication: two is as before it
            land.execute(f"delete from kept.{table}")
    split_roles.split(paths.land)
    read_as_in(one, paths)
    build(paths)
    return paths


def differing(one: Paths, two: Paths) -> dict[str, tuple[int, list[str]]]:
    """By published table the rows that only one has, and the columns they differ in."""
    with duckdb.connect() as db:
        for name, paths in (("one", one), ("two", two)):
            db.execute(f"attach '{paths.build}' as {name} (read_only)")
        tables = db.execute(
            "select schema_name || '.' || table_name,"
            " list('\"' || column_name || '\"' order by column_index)"
            " from duckdb_columns() where database_name = 'one'"
            " and schema_name in ('canonical', 'marts', 'adjustments')"
            " and not starts_with(table_name, 'int_')"
            f" and column_name not in {OTHERS}"
            f" and ({NAMES} or column_name in {KEPT}) group by all order by 1"
        ).fetchall()
        found = {}
        for table, columns in tables:
            if table not in OF_SYSTEMS and (rows := _apart(db, table, columns)):
                apart = [c for c in columns if _apart(db, table, [c])]
                found[table] = (rows, apart)
        return found


def _apart(db: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> int:
    chosen = ", ".join(columns)
    a, b = (f"select {chosen} from {name}.{table}" for name in ("one", "two"))
    query = f"({a} except all {b}) union all ({b} except all {a})"
    return len(db.execute(query).fetchall())


def test_figures_do_not_depend_on_how_many_systems_say_them(one, two):
    assert differing(one, two) == {}


def test_controls_find_the_same_and_nothing_is_unsound(one, two):
    _, of_one = published_snapshot(one)
    _, of_two = audit(two)
    told = {c.control_id: (c.status, c.failures) for c in of_one}
    assert {c.control_id: (c.status, c.failures) for c in of_two} == told
