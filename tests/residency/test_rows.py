"""A region's rows are those of its own entities, and no row of another's."""

import duckdb
import pytest

from dlt_pipelines.warehouse.residency import rows
from dlt_pipelines.warehouse.residency.regions import Region

EUROPE = Region("Europe", frozenset({"UK20", "DE30"}))
DIMENSIONS = """
    create schema build.canonical;
    create table build.canonical.dim_projects as from (values
        ('kUK', 'P-UK', 'UK20', 'both'), ('kDE', 'P-DE', 'DE30', 'european'),
        ('kUS', 'P-US', 'US10', 'both'), ('kUS2', null, 'US10', 'american'),
        ('kUK2', null, 'UK20', 'european'), ('kNone', 'P-NONE', null, 'nobody')
    ) as p(project_key, project_code, legal_entity_code, customer_key);
    create table build.canonical.dim_obligations as from (values
        ('oUK', 'UK20'), ('oUS', 'US10')) as o(obligation_key, legal_entity_code);
    create table build.canonical.dim_customers as from (values
        ('both', 'C1'), ('european', 'C2'), ('american', 'C3'), ('nobody', 'C4')
    ) as c(customer_key, customer_number);
    create table build.canonical.dim_resources as from (values
        ('ada', 'E1'), ('bob', 'E2'), ('moved', 'E3'), ('con', 'E4'), ('cleo', 'E5')
    ) as r(resource_key, employee_number);
    create table build.canonical.dim_resource_assignments as from (values
        ('ada', 'UK20'), ('bob', 'US10'), ('moved', 'US10'), ('moved', 'DE30')
    ) as a(resource_key, legal_entity_code);
    create table build.canonical.fct_time_entries as from (values
        ('con', 'kUK', null), ('con', 'kUS', null), ('cleo', 'kUS', null)
    ) as t(resource_key, project_key, home_legal_entity_code);
"""


@pytest.fixture(scope="module")
def build():
    with duckdb.connect() as db:
        db.execute("attach ':memory:' as build")
        db.execute(DIMENSIONS)
        yield db


def kept(build, columns: str, *values: tuple) -> list[tuple]:
    """The rows of a table of some columns that Europe's files have."""
    names = columns.split()
    given = ", ".join("(" + ", ".join(map(_text, row)) + ")" for row in values)
    table = f"(values {given}) as t({', '.join(names)})"
    told = rows.condition(names, EUROPE)
    return build.execute(f"from {table} where {told} order by all").fetchall()


def _text(value: str | None) -> str:
    return "null::varchar" if value is None else f"'{value}'"


def test_the_legal_entity_decides_where_there_is_one(build):
    told = kept(
        build,
        "legal_entity_code project_code",
        ("UK20", "P-UK"),
        ("UK20", "P-US"),
        ("US10", "P-UK"),
        (None, "P-DE"),
        (None, "P-US"),
        (None, None),
    )
    assert told == [("UK20", "P-UK"), ("UK20", "P-US"), (None, "P-DE")]


def test_a_charge_between_regions_is_in_neither(build):
    told = kept(
        build,
        "provider_entity_code receiver_entity_code",
        ("UK20", "DE30"),
        ("UK20", "US10"),
        ("US10", "DE30"),
    )
    assert told == [("UK20", "DE30")]


def test_an_hour_of_one_region_on_anothers_project_is_in_neither(build):
    told = kept(
        build,
        "project_key resource_key",
        ("kUK", "ada"),
        ("kUK", "bob"),
        ("kUS", "ada"),
        ("kUK", None),
    )
    assert told == [("kUK", "ada"), ("kUK", None)]


def test_whoever_was_employed_in_the_region_or_works_for_it_by_contract_is_its(build):
    people = [("ada",), ("bob",), ("moved",), ("con",), ("cleo",), ("unknown",)]
    assert kept(build, "resource_key", *people) == [("ada",), ("con",), ("moved",)]
    numbers = [("E1",), ("E2",), ("E3",), ("E4",), ("E5",)]
    assert kept(build, "employee_number", *numbers) == [("E1",), ("E3",), ("E4",)]


def test_a_customer_of_two_regions_is_in_both(build):
    customers = [("both",), ("european",), ("american",), ("nobody",)]
    assert kept(build, "customer_key", *customers) == [("both",), ("european",)]
    assert kept(build, "customer_number", ("C1",), ("C3",)) == [("C1",)]


def test_what_names_nothing_known_is_in_no_region(build):
    codes = [("P-UK",), ("P-US",), ("P-NONE",), ("P-TYPO",), (None,)]
    assert kept(build, "project_code", *codes) == [("P-UK",)]
    assert kept(build, "obligation_key", ("oUK",), ("oUS",), (None,)) == [("oUK",)]


def test_a_project_nobody_knows_does_not_hide_a_persons_own_row(build):
    told = kept(
        build, "project_code resource_key", ("P-TYPO", "ada"), ("P-TYPO", "bob")
    )
    assert told == [("P-TYPO", "ada")]


def test_a_table_tells_whose_its_rows_are_or_it_does_not():
    assert rows.tells_whose(["period_month", "provider_entity_code"])
    assert rows.tells_whose(["obligation_key"])
    assert not rows.tells_whose(["control_id", "practice_code", "currency_code"])
