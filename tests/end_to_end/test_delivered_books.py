"""A firm whose ledger comes in files has the books of one whose ERP has an API.

Nightly: what a file says is held by `tests/pipelines/test_files.py`, what is made of
the contracts by the firms that every run refreshes.
"""

import json
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.core.books import SANDBOX_KEY
from dlt_pipelines.core.settings import Instance, Paths
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.landing import Landing, land, land_instances
from dlt_pipelines.sandbox.process import read_state
from dlt_pipelines.vendors.files.declaration import required_columns
from tests.end_to_end.conftest import Firm
from tests.end_to_end.firms import CLEAN

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

ERP = "netsuite"  # what the firm's policies call its ERP
CONTRACTS = [name for name in declared_tables("files") if name.startswith("erp_")]
COMPARED = """
    select project_code, period_month, recognised_revenue_amount, labour_cost_amount,
        subcontractor_amount, expense_amount
    from marts.mart_project_margin_monthly order by all
"""


def exported(firm: Firm, folder: Path) -> dict[str, str]:
    """What the ERP says, in a file for each contract, and their declarations."""
    there, feeds = folder / "there", folder / "feeds"
    there.mkdir(parents=True)
    feeds.mkdir()
    with duckdb.connect(Paths(firm.work).build, read_only=True) as build:
        build.execute(f"attach '{Paths(firm.work).land}' as land (read_only)")
        for contract in CONTRACTS:
            table = declared_tables("files")[contract]
            names = [column.name for column in table.columns]
            build.execute(
                f"copy (select {', '.join(names)} from roles.{contract}"
                f" where not is_deleted) to '{there / contract}.parquet'"
            )
            never = required_columns(contract) | set(table.key)
            columns = "\n".join(
                f"{name} = {{from = {json.dumps(name)},"
                f" may_be_empty = {json.dumps(name not in never)}}}"
                for name in names
            )
            (feeds / f"{contract}.toml").write_text(
                f'files = "{contract}.parquet"\nformat = "parquet"\n'
                'complete = "everything"\n[whole]\nnothing = true\n'
                "[arrival]\nsettles_seconds = 0\n"
                f"[says.{contract}.columns]\n{columns}\n"
            )
    return {"location": str(there), "feeds": str(feeds)}


def delivered_instead(firm: Firm, options: dict[str, str]) -> None:
    """Take the ERP out of raw, and land what is delivered in its place."""
    paths = Paths(firm.work)
    with duckdb.connect(paths.land) as raw:
        tables = raw.execute(
            "select table_name from duckdb_tables() where starts_with(table_name, ?)",
            [f"{ERP}__"],
        ).fetchall()
        for (table,) in tables:
            raw.execute(f"delete from raw.{table}")
        raw.execute("delete from raw._landings where source_instance = ?", [ERP])
        others = raw.execute(
            "select distinct source_instance, vendor from raw._instances"
            " where source_instance <> ?",
            [ERP],
        ).fetchall()
    now = read_state(firm.work / "sandbox").moment + timedelta(hours=1)
    landing = Landing(paths, "delivered", now, now.date(), SANDBOX_KEY.encode())
    erp = Instance(ERP, "files", options)
    listed = [Instance(name, vendor, {}) for name, vendor in others]
    land_instances([*listed, erp], landing)
    report = land([erp], landing)
    assert not report.failures
    assert report.rows_landed > 1_000


def test_books_that_are_delivered_in_files_make_the_same_margins(firms, tmp_path):
    firm = firms.refreshed(CLEAN, tmp_path / "work", posting=False)
    before = firm.rows(COMPARED)
    delivered_instead(firm, exported(firm, tmp_path / "delivered"))
    firm.done("build")
    firm.done("publish")
    assert firm.rows(COMPARED) == before
