"""What S/4HANA says of a firm in the words of an ERP is what NetSuite says of it.

Both serve the same firm, each in its own shape; their rows are read over HTTP, typed as
landing types them, and mapped by their models. Only ids are each one's own.
"""

import importlib
import re

import duckdb
import pytest

from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.typed_columns import conform
from dlt_pipelines.sandbox.process import State, simulated
from dlt_pipelines.sandbox.serving import server
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.feeds import Window
from tests.end_to_end.conftest import EARLY
from tests.mutants.rendering import Renderer

pytestmark = pytest.mark.slow

# Special periods, credits and the situations of real firms are in it.
FIRM = State(clock=EARLY.isoformat(), calendar="april", wild=True)
VENDORS = ("netsuite", "s4hana")
SOURCE = re.compile(r"source\('(\w+)', '(\w+)'\)")
NUMBER = {  # of a document, by its id
    "netsuite": "cast({} as bigint)",
    "s4hana": "cast(split_part({}, '|', 3) as bigint)",
}
ACCOUNTS, COMPANIES = "{v}.erp_accounts as accounts", "{v}.erp_entities as companies"
PERIODS, PROJECTS = "{v}.erp_fiscal_periods as periods", "{v}.erp_projects as projects"
SAID = {
    "accounts": "select account_number, account_name, account_class, is_inactive"
    " from {v}.erp_accounts",
    "customers": "select customer_number, customer_name, currency_code"
    " from {v}.erp_customers",
    "dimensions": "select practice_code, dimension_name, is_inactive"
    " from {v}.erp_dimensions",
    "entities": "select legal_entity_code, entity_name, country_code, currency_code"
    " from {v}.erp_entities",
    "lines": "select {number}, cast(line_id as int), account_number,"
    " legal_entity_code, project_code, practice_code, booked_line_id, service_date,"
    " memo, worked_hours, debit_amount, credit_amount, transaction_amount"
    f" from {{v}}.erp_ledger_lines as lines left join {ACCOUNTS} using (account_id)"
    f" left join {COMPANIES} on lines.entity_id = companies.entity_id"
    f" left join {PROJECTS} on lines.project_id = projects.project_id"
    " left join {v}.erp_dimensions as dimensions"
    " on lines.dimension_id = dimensions.dimension_id",
    "periods": "select distinct start_date, end_date, quarter_start_date,"
    " fiscal_year_start_date, fiscal_year_end_date, is_closed, is_adjustment"
    " from {v}.erp_fiscal_periods",
    "projects": "select project_code, project_name, customer_number,"
    f" legal_entity_code, practice_code, projects.currency_code from {PROJECTS}"
    " left join {v}.erp_customers as customers"
    " on projects.customer_id = customers.customer_id"
    f" left join {COMPANIES} on projects.entity_id = companies.entity_id"
    " left join {v}.erp_dimensions as dimensions"
    " on projects.dimension_id = dimensions.dimension_id",
    "rates": "select from_currency_code, to_currency_code, effective_date, fx_rate"
    " from {v}.erp_currency_rates",
    "settlements": "select {number}, {settling}, settled_date, settled_amount"
    " from {v}.erp_settlements",
    "suppliers": "select supplier_number, supplier_name from {v}.erp_suppliers",
    # A text has 25 characters in S/4HANA; a document that only clears has no items.
    "transactions": "select {number}, left(coalesce(external_id, memo), 25),"
    " transaction_date, due_date, headers.closed_date, document_type,"
    " transaction_currency_code, periods.start_date, periods.is_adjustment"
    f" from {{v}}.erp_transactions as headers left join {PERIODS} using (period_id)"
    " where document_type != 'other'",
}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """A schema for each vendor, with what it says of the firm, a table a contract."""
    host = Host(simulated(FIRM), tmp_path_factory.mktemp("says") / "written.sqlite")
    with (
        duckdb.connect() as db,
        server.running(host, only=set(VENDORS)) as addresses,
    ):
        for schema in ("raw", "given", *VENDORS):
            db.execute(f"create schema {schema}")
        db.execute(
            "create table given.stg_landing__settings"
            " (source_instance varchar, setting varchar, setting_value varchar)"
        )
        renderer = Renderer()
        for vendor in VENDORS:
            _land(db, addresses.instance(vendor), host.now())
            files = (ROOT / "models/staging" / vendor).glob("*.sql")
            for file in sorted(files, key=lambda file: file.stem, reverse=True):
                kind, _, contract = file.stem.partition("__")
                text = SOURCE.sub(r"'raw.\1__\2'", file.read_text())
                sql = renderer.render(file.stem, text)
                place = "given" if kind.startswith("stg_") else vendor
                name = file.stem if place == "given" else contract
                db.execute(f"create view {place}.{name} as {sql}")
        yield db


def _land(db, instance, now) -> None:
    """Every row as landing types it, in its first version."""
    vendor = f"dlt_pipelines.vendors.{instance.vendor}"
    client = importlib.import_module(f"{vendor}.client").connect(instance)
    for name, value in tenant_settings.in_force(instance).items():
        db.execute(
            "insert into given.stg_landing__settings values (?, ?, ?)",
            [instance.name, name, value],
        )
    tables = declared_tables(instance.vendor)
    for table in tables.values():
        columns = ", ".join(f"{n} {kind}" for n, kind in table.sql_columns().items())
        db.execute(f"create table raw.{table.raw_name} ({columns})")
    for feed in importlib.import_module(f"{vendor}.source").FEEDS:
        for batch in feed.read(client, Window(None, now, lambda _: set())):
            if batch.rows:
                table = tables[batch.table]
                frame, drift = conform(table, batch.rows, b"key")
                assert instance.vendor != "s4hana" or drift == []
                names = [*(c.name for c in table.columns), "_key"]
                frame = frame.unique("_key", keep="last").select(names)
                db.execute(
                    f"insert into raw.{table.raw_name}"
                    f" ({', '.join(names)}, source_instance, _version, _deleted)"
                    " select *, ?, 1, false from frame",
                    [instance.name],
                )


@pytest.mark.parametrize("what", SAID)
def test_both_say_the_same(said, what):
    rows = {}
    for vendor in VENDORS:
        number = NUMBER[vendor]
        query = SAID[what].format(
            v=vendor,
            number=number.format("transaction_id"),
            settling=number.format("settling_transaction_id"),
        )
        rows[vendor] = said.execute(f"{query} order by all").fetchall()
    assert rows["s4hana"] == rows["netsuite"]
    assert rows["s4hana"]
