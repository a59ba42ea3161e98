"""A changed model is tried out: what it changes is told, and nothing else moves."""

import duckdb
import pytest

from tests.end_to_end.conftest import Firm
from tests.end_to_end.firms import YOUNG
from tests.product import copy_of_product

MART = "models/marts/mart_time_to_invoice_monthly"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return copy_of_product(tmp_path_factory.mktemp("product") / "tree")


@pytest.fixture
def firm(firms, tmp_path, tree) -> Firm:
    made = firms.refreshed(YOUNG, tmp_path / "work", posting=False)
    return Firm(made.work, root=tree)


def test_a_change_is_told_by_table_and_published_aside(firm, tree):
    before = firm.published.resolve().read_bytes()
    sql = tree / f"{MART}.sql"
    sql.write_text(f"select * from (\n{sql.read_text()}\n) where period_month is null")
    tried = firm.done("dev", "mart_time_to_invoice_monthly")
    assert "Changed    marts.mart_time_to_invoice_monthly: " in tried.out
    assert " rows before, 0 after, " in tried.out
    aside = firm.work / "dev" / "published" / "finance" / "tieout.duckdb"
    assert f"TIEOUT_PUBLISHED_PATH='{aside}'" in tried.out
    with duckdb.connect(aside, read_only=True) as db:
        counts = db.execute(
            "select (select count(*) from marts.mart_time_to_invoice_monthly),"
            " (select count(*) from marts.mart_project_margin_monthly)"
        ).fetchone()
    assert counts[0] == 0
    assert counts[1] > 0
    assert firm.published.resolve().read_bytes() == before
    with duckdb.connect(firm.work / "build.duckdb", read_only=True) as db:
        [kept] = db.execute("from marts.mart_time_to_invoice_monthly").fetchmany(1)
    assert kept


def test_a_model_that_does_not_exist_is_told_with_the_nearest(firm):
    tried = firm.tieout("dev", "mart_project_margin_montly")
    assert tried.code == 2
    assert "is mart_project_margin_monthly meant?" in tried.err
