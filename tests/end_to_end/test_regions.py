"""A firm divided into regions: each keeps its detail, the group is their sum."""

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.warehouse.residency.cells import FUNCTIONAL, MINUTES, REPORTING
from dlt_pipelines.warehouse.residency.regions import REGION_FILE
from tests.end_to_end.conftest import Firm
from tests.end_to_end.firms import YOUNG

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("regions")]

ENTITIES = {"Europe": ("DE30", "UK20"), "Americas": ("US10",)}
# An intercompany charge names both of its entities, on either side.
NAMES_BOTH = re.compile(
    r"intercompany|to (?=[A-Z]{2}\d\d)|[A-Z]{2}\d\d>[A-Z]{2}\d\d", re.I
)
EXCEPTIONS = "reconciliation.rec_exceptions"
# What an entity books or bears itself names the other region's project or contractor.
OWN_BOOKS = (
    "adjustments.adj_desired_postings",
    "canonical.fct_expenses",
    "canonical.fct_gl_entries",
    EXCEPTIONS,  # but see exceptions_of()
    "reconciliation.rec_expense_coding",
    "reconciliation.rec_expenses_to_erp",
)
# Exceptions of what an entity's own people spent on the other region's projects.
OF_OWN_EXPENSES = {"expense_booked_otherwise", "expense_not_coded"}
OWN_BILLS = ("canonical.fct_subcontractor_costs", "canonical.fct_vendor_bills")
PROJECTS = """
    select unnest([project_code, project_key]) from canonical.dim_projects
    where {foreign}
"""
PEOPLE = """
    select unnest({columns}) from canonical.dim_resources where resource_key in (
        select resource_key from canonical.dim_resource_assignments
        group by resource_key having bool_and({foreign})
    )
"""
NAMES = "[resource_name, work_email, employee_number]"


@dataclass(frozen=True)
class Regions:
    """One build, published whole and by region, and the group of the hand-overs."""

    whole: Firm
    of: dict[str, Firm]
    group: Path
    withheld: set[tuple[str, str]]  # figures and month that some region withheld

    def built(self, query: str) -> list[tuple]:
        with duckdb.connect(self.whole.work / "build.duckdb", read_only=True) as db:
            return db.execute(query).fetchall()

    def words(self, query: str) -> set[str]:
        """The texts that a query of the build finds."""
        return {word for (word,) in self.built(query) if word}


def region(name: str) -> dict[str, str]:
    return {"TIEOUT__REGION": name}


def published_by(name: str, firm: Firm, work: Path) -> Firm:
    """The same build in a folder of its own, published by a region."""
    shutil.copytree(firm.work, work, symlinks=True)
    shutil.rmtree(work / "published")
    (work / REGION_FILE).write_text(name)
    other = Firm(work)
    run = other.tieout("publish", env=region(name))
    assert run.code == 0, run.err
    return other


@pytest.fixture(scope="module")
def regions(firms, tmp_path_factory) -> Regions:
    folder = tmp_path_factory.mktemp("regions")
    whole = firms.refreshed(YOUNG, folder / "whole", posting=False)
    of = {name: published_by(name, whole, folder / name) for name in ENTITIES}
    files, withheld = [], set()
    for name, firm in of.items():
        file = folder / f"{name}.parquet"
        told = firm.tieout("group", "hand-over", str(file), env=region(name))
        assert told.code == 0, told.err
        manifest = json.loads(file.with_suffix(".json").read_text())
        withheld |= {(w["figures"], w["period_month"]) for w in manifest["withheld"]}
        files.append(str(file))
    whole.done("group", "build", *files, "--out", str(folder / "group.duckdb"))
    return Regions(whole, of, folder / "group.duckdb", withheld)


def texts(database: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Every distinct value of every column of every table, as text."""
    with duckdb.connect(database, read_only=True) as db:
        columns = db.execute(
            "select schema_name, table_name, column_name from duckdb_columns()"
            " where not internal"
        ).fetchall()
        for schema, table, column in columns:
            values = db.execute(
                f'select distinct "{column}"::varchar from {schema}.{table}'
                f' where "{column}" is not null'
            ).fetchall()
            yield f"{schema}.{table}", column, [value for (value,) in values]


def exceptions_of(database: Path, projects: Iterable[str]) -> set[str]:
    """The kinds of exceptions in a published file that name one of some projects."""
    with duckdb.connect(database, read_only=True) as db:
        held = db.execute(
            "select 1 from duckdb_tables() where table_name = ?",
            [EXCEPTIONS.partition(".")[2]],
        ).fetchall()
        if not held:
            return set()
        found = db.execute(f"from {EXCEPTIONS}")
        columns = [column[0] for column in found.description]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    return {row["kind"] for row in rows if naming([*map(str, row.values())], projects)}


def naming(values: list[str], words: Iterable[str]) -> list[str]:
    """The values in which one of some words stands."""
    any_word = "|".join(map(re.escape, words))
    pattern = re.compile(rf"(?<![0-9A-Za-z])(?:{any_word})(?![0-9A-Za-z])")
    return [value for value in values if pattern.search(value)]


@pytest.mark.parametrize("name", ENTITIES)
def test_nothing_published_in_a_region_is_of_another(regions, name):
    own = ", ".join(f"'{entity}'" for entity in ENTITIES[name])
    foreign = f"legal_entity_code not in ({own})"
    entities = set().union(*ENTITIES.values()) - set(ENTITIES[name])
    projects = regions.words(PROJECTS.format(foreign=foreign))
    people = regions.words(PEOPLE.format(foreign=foreign, columns=NAMES))
    keys = regions.words(PEOPLE.format(foreign=foreign, columns="[resource_key]"))
    assert min(map(len, (projects, people, keys))) > 20
    files = list((regions.of[name].work / "published").glob("2*/*/tieout.duckdb"))
    assert len(files) >= 4
    for file in files:
        for table, column, values in texts(file):
            place = f"{file.parent.name} {table}.{column}"
            assert naming(values, people) == [], place
            assert table in OWN_BOOKS or naming(values, projects) == [], place
            assert table in OWN_BILLS or naming(values, keys) == [], place
            partners = naming(values, entities)
            assert [v for v in partners if not NAMES_BOTH.search(v)] == [], place
        assert exceptions_of(file, projects) <= OF_OWN_EXPENSES, file.parent.name


@pytest.mark.parametrize("name", ENTITIES)
def test_what_is_a_regions_own_is_published_as_it_is_in_the_whole_firm(regions, name):
    for mart in (
        "marts.mart_project_margin_monthly",
        "marts.mart_project_wip_monthly",
        "marts.mart_entity_margin_monthly",
        "marts.mart_practice_utilisation_monthly",
        "marts.mart_utilisation_weekly",
        "adjustments.adj_desired_postings",
    ):
        everything = regions.whole.rows(f"from {mart} order by all")
        shown = regions.of[name].rows(f"from {mart} order by all")
        own = [row for row in everything if set(row) & set(ENTITIES[name])]
        assert shown == own, mart
        assert 0 < len(own) < len(everything), mart


def test_the_group_is_the_whole_firm_to_the_cent(regions):
    """By month, measure and currency, wherever no region withheld a month."""
    kinds = {
        **dict.fromkeys(FUNCTIONAL, ("money", "currency_code")),
        **dict.fromkeys(REPORTING, ("money", "'USD'")),
        **dict.fromkeys(MINUTES, ("minutes", "''")),
    }
    with duckdb.connect(regions.group, read_only=True) as group:
        for measure, (kind, currency) in kinds.items():
            query = (
                f"select period_month::varchar, {currency}, sum({measure}) from {{}}"
                f" group by all having sum({measure}) != 0 order by all"
            )
            told = group.execute(query.format("marts.mart_group_monthly")).fetchall()
            built = regions.built(query.format("marts.int_group_cells_monthly"))
            withheld = {month for figures, month in regions.withheld if figures == kind}
            assert told == [row for row in built if row[0] not in withheld], measure
            assert len(told) > 2, measure


def test_the_group_ties_to_the_margins_and_balances_of_the_whole_firm(regions):
    last_month = "date '2025-02-01'"
    with duckdb.connect(regions.group, read_only=True) as group:
        told = group.execute(
            "select sum(reporting_recognised_revenue_amount),"
            " sum(reporting_total_cost_amount), sum(reporting_margin_amount),"
            " sum(reporting_unbilled_amount - reporting_deferred_amount)"
            f" from marts.mart_group_monthly where period_month = {last_month}"
        ).fetchall()
    [margin] = regions.whole.rows(
        "select sum(reporting_revenue_amount), sum(reporting_total_cost_amount),"
        " sum(reporting_margin_amount) from marts.mart_project_margin_monthly"
        f" where period_month = {last_month}"
    )
    [balance] = regions.whole.rows(
        "select sum(reporting_closing_amount) from marts.mart_project_wip_monthly"
        f" where period_month = {last_month}"
    )
    assert told == [(*margin, *balance)]


def test_a_folder_stays_the_region_it_was_begun_as(regions):
    for firm, name in ((regions.of["Europe"], "Americas"), (regions.whole, "Europe")):
        run = firm.tieout("refresh", "--no-post", env=region(name))
        assert run.code == 2
        assert "a folder of its own for each region" in run.err
    run = regions.of["Europe"].tieout("refresh", "--no-post")
    assert run.code == 2
    assert "would be the whole firm now" in run.err


def test_a_region_plans_what_its_own_entities_post(regions):
    plan = regions.of["Europe"].tieout("plan", env=region("Europe"))
    assert plan.code == 0, plan.err
    assert "UK20" in plan.out
    assert "|US10|" not in plan.out
