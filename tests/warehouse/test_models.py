"""The models hold on a firm with nothing in it, and keep the project's own rules."""

import csv
import json
import os
import re
import subprocess
import sys
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
import yaml

from dlt_pipelines.core.settings import ROOT, SEEDS, Paths
from dlt_pipelines.landing.landing import declare
from dlt_pipelines.warehouse.audiences import BASIS, reached
from dlt_pipelines.warehouse.standard_cost import KEPT
from dlt_pipelines.warehouse.warehouse import OWN_TESTS, TABLES_KEYS, _dbt_flags
from tests.mutants.rendering import Renderer
from tests.mutants.units import Trial, Units

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("models")]

NO_PROJECT = "I07"
OF_DBTS_GRAPH = {"int_unreadable_values"}  # of what dbt knows of sources
ALIASES = {"sources": "dim_sources"}  # what a relation is called, and its model
BUILD = ("build", "--exclude-resource-type", "unit_test")
KEYS = "tag:keys"  # of all tables of a layer, when all are built
ROLES = ("roles", "any_role")  # of a control: what it needs, if anything
SETTINGS = "stg_landing__settings"  # what a tenant calls what a vendor says
OWN = {"landing", "ledger", "kept"}  # what Tieout itself landed: no vendor says it
MAY_READ = {
    "staging": {"source"},
    "own": {"source"},
    "mapping": {"staging", "own", "mapping"},
    "roles": {"mapping"},
    "canonical": {"own", "roles", "canonical", "seeds"},
    # Which margins an exception touches is said where they are summed.
    "marts": {"canonical", "marts", "exceptions", "seeds"},
    # What a system of record says of a person is compared as it says it.
    "reconciliation": {
        *("roles", "canonical", "marts", "reconciliation", "exceptions", "seeds"),
    },
    # A control that fails holds what it doubts, and so does an exception.
    "adjustments": {
        "canonical",
        "reconciliation",
        "exceptions",
        "adjustments",
        "seeds",
    },
    # What is wrong may be known from any layer, and is read by the others as it is.
    "exceptions": {
        *("own", "roles", "canonical", "marts", "reconciliation", "adjustments"),
        *("exceptions", "seeds"),
    },
}
STEP = "__int_"  # of a vendor on the way to what it says: no contract's
KIND = "exc_"  # a model of a kind of exception: its columns are those it is stacked by
CONTRACTED = MAY_READ.keys() - {"staging", "own", "mapping"}
LONGEST = 200  # lines
PAY = (  # what a person is paid or costs, or from which that follows
    "hr_pay",
    "payroll_lines",
    "dim_cost_rates",
    "dim_pay_rates",
    "int_pay_hours",
    "int_pay_at_year_start",
    "int_payroll_lines",
    "int_payroll_earned",
    "int_payroll_parts",
    "fct_payroll_costs",
    "int_payroll_costs_spread",
    "fct_labour_costs",
    "fct_labour_true_ups",
    "fct_paid_absence_costs",
    "fct_bench_costs",
    "fct_utilisation_adjusted_costs",
    "rec_payroll_to_labour",
    "adj_labour_cost_accrual",
    "adj_labour_cost_true_up",
    "adj_burden_allocation",
)
RUN_DBT = """
import json, pathlib, sys
from dbt.cli.main import dbtRunner
said = {}
for words in json.loads(sys.argv[1]):
    ran = dbtRunner().invoke(words)
    if ran.result is None:
        raise ran.exception
    for result in ran.result:
        told = {"status": str(result.status), "message": result.message}
        said[result.node.unique_id] = told
pathlib.Path(sys.argv[2]).write_text(json.dumps(said))
"""  # in a process of its own: dbt changes what is global in its process


class Project:
    """dbt's own view of the project: its manifest, and runs on an empty firm."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.results: dict[str, dict] = {}

    def dbt(self, *commands: list[str]) -> dict[str, dict]:
        """Run dbt's commands as `tieout` does; status and message of every node."""
        surroundings = {
            **os.environ,
            "TIEOUT_BUILD_PATH": str(self.paths.build),
            "TIEOUT_LAND_PATH": str(self.paths.land),
        }
        said = self.paths.work / "said.json"
        told = [[*words, *_dbt_flags(self.paths, SEEDS)] for words in commands]
        run = subprocess.run(
            [sys.executable, "-c", RUN_DBT, json.dumps(told), said],
            cwd=ROOT,
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return json.loads(said.read_text())

    def _read(self, name: str) -> dict:
        return json.loads((self.paths.work / "dbt" / "target" / name).read_text())

    @cached_property
    def nodes(self) -> dict[str, dict]:
        manifest = self._read("manifest.json")
        return manifest["nodes"] | manifest["sources"]

    @cached_property
    def vars(self) -> dict:
        return yaml.safe_load((ROOT / "dbt_project/dbt_project.yml").read_text())[
            "vars"
        ]

    @cached_property
    def unit_tests(self) -> dict[str, dict]:
        return self._read("manifest.json")["unit_tests"]

    def of_type(self, *types: str) -> list[dict]:
        return [n for n in self.nodes.values() if n["resource_type"] in types]

    def models(self, layers=MAY_READ) -> list[dict]:
        return [node for node in self.of_type("model") if layer(node) in layers]

    def controls(self) -> dict[str, dict]:
        return {
            node["config"]["meta"]["control_id"]: node
            for node in self.of_type("test")
            if "control_id" in node["config"]["meta"]
        }


def layer(node: dict) -> str:
    """The layer of a model, seed or source.

    A vendor's folder holds two: its tables, and what its roles say of them.
    """
    if node["resource_type"] in ("source", "seed"):
        return {"source": "source", "seed": "seeds"}[node["resource_type"]]
    folder, *within = node["path"].split("/")
    if "exceptions" in within:
        return "exceptions"
    if folder != "staging":
        return folder
    if not node["name"].startswith("stg_"):
        return "mapping"
    return "own" if vendor(node) in OWN else "staging"


def is_kind(node: dict) -> bool:
    return node["name"].startswith(KIND)


def is_of_keys(node: dict) -> bool:
    """Whether it is a test of one table's keys."""
    return (node.get("test_metadata") or {}).get("name") == "keys_are_sound"


def vendor(node: dict) -> str:
    """The folder of a model in `staging`."""
    return node["path"].split("/")[1]


def role_of(contract: str) -> str:
    return contract.split("_")[0]


def named(nodes) -> list[str]:
    return sorted(node["name"] for node in nodes)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """The project built and tested on a firm whose systems hold nothing."""
    paths = Paths(tmp_path_factory.mktemp("empty"))
    declare(paths)
    project = Project(paths)
    # The control comes last: what its model feeds would not be built after it failed.
    project.results = project.dbt(
        [*BUILD, "--exclude", NO_PROJECT, KEYS, TABLES_KEYS],
        ["test", "--select", NO_PROJECT, KEYS, "staging,test_type:unit"],
    )
    return project


def test_mutants_are_tried_on_the_sql_that_dbt_runs(project):
    """`make mutants` renders the models without dbt, and must come out the same."""
    named = re.compile(r'"\w+"\."\w+"\."(\w+)"')

    def model(relation: re.Match[str]) -> str:
        return f"given.{ALIASES.get(relation[1], relation[1])}"

    compiled = {
        file.stem: " ".join(named.sub(model, file.read_text()).split())
        for file in (project.paths.work / "dbt/target/compiled").rglob("*.sql")
        if not any(folder.suffix == ".yml" for folder in file.parents)  # a test's
    }
    renderer = Renderer()
    assert [
        name
        for name in renderer.models.keys() - OF_DBTS_GRAPH
        if compiled[name] != " ".join(renderer.render(name).split())
    ] == []


def not_good(results: dict[str, dict]) -> dict[str, str]:
    """What failed or was not reached, with dbt's message; exposures are not run."""
    return {
        node: result["message"] or result["status"]
        for node, result in results.items()
        if result["status"].lower() not in ("success", "pass", "no-op")
    }


def test_every_unit_test_passes():
    """As `make mutants` runs them, which takes a fraction of dbt's time."""
    renderer, units = Renderer(), Units()
    failed = []
    for model in sorted(units.tests.keys() & renderer.models.keys()):
        sql = renderer.render(model)
        for test in units.tests[model]:
            trial = Trial(units, test, set(renderer.relations))
            if not trial.passes(sql, trial.types(sql)):
                failed.append(f"{model}: {test.name}")
            trial.db.close()
    assert failed == []


def test_every_unit_test_of_what_vendors_say_passes(project):
    mutated = Renderer().models
    units = {
        node: project.results.get(node)
        for node, unit in project.unit_tests.items()
        if unit["model"] not in mutated
    }
    assert None not in units.values(), "dbt left one out"
    assert not_good(units) == {}


@pytest.mark.nightly
def test_every_unit_test_passes_in_dbt(project):
    """The others' rules hold without dbt, above: it might read them otherwise."""
    results = project.dbt(["test", "--select", "test_type:unit"])
    assert results.keys() == project.unit_tests.keys(), "dbt left one out"
    assert not_good(results) == {}


def test_an_empty_firm_fails_nothing_but_that_it_has_no_project(project):
    nodes = project.of_type("model", "seed", "test")
    expected = {node["unique_id"] for node in nodes if not is_of_keys(node)}
    assert expected <= project.results.keys(), "dbt left something out"
    failed = not_good(project.results)
    assert failed.keys() == {f"test.tieout.{NO_PROJECT}"}, failed


@pytest.mark.nightly
def test_keys_can_be_asked_of_a_table_by_itself(project):
    """An audit asks the same, by the same macro, of all tables of its layer at once."""
    results = project.dbt(["test", "--select", TABLES_KEYS])
    asked = {node["unique_id"] for node in project.of_type("test") if is_of_keys(node)}
    assert results.keys() == asked
    assert not_good(results) == {}


def test_an_audit_asks_for_the_keys_of_every_layer(project):
    """A test a layer takes the place of `keys_are_sound` of each of its tables."""
    declared, asked = set(), set()
    for node in project.of_type("test"):
        if is_of_keys(node):
            declared.add(f"keys_of_{project.nodes[node['attached_node']]['schema']}")
        if "keys" in node["tags"]:
            asked.add(node["name"])
    assert asked == declared


def test_every_layer_has_models(project):
    assert {layer(node) for node in project.of_type("model")} == MAY_READ.keys()


def test_folders_of_canonical_only_look_down(project):
    """Their order is the one that the layer's README states."""
    readme = (ROOT / "models/canonical/README.md").read_text()
    stated = readme.split("**Folders are layers**")[1].split("\n\n")[0]
    order = re.findall(r"`(\w+)`", stated)
    folders = {file.parent.name for file in (ROOT / "models/canonical").glob("*/*.sql")}
    assert sorted(order) == sorted(folders)
    places = {name: place for place, name in enumerate(order)}
    up = [
        f"{model['name']} reads {project.nodes[read]['name']}"
        for model in project.models({"canonical"})
        for read in model["depends_on"]["nodes"]
        if read in project.nodes and layer(project.nodes[read]) == "canonical"
        if places[folder(model)] < places[folder(project.nodes[read])]
    ]
    assert up == []


def folder(model: dict) -> str:
    """The folder of a model within its layer."""
    return model["path"].split("/")[1]


def test_layers_only_look_down(project):
    wrong = [
        f"{model['name']} reads {project.nodes[read]['name']}"
        for model in project.models()
        for read in model["depends_on"]["nodes"]
        if layer(project.nodes[read]) not in MAY_READ[layer(model)]
    ]
    assert wrong == []


def test_a_staging_model_is_of_one_raw_table(project):
    staging = project.models({"staging", "own"})
    assert named(m for m in staging if len(m["depends_on"]["nodes"]) != 1) == []
    for versions in (False, True):
        reads = [
            model["depends_on"]["nodes"][0]
            for model in staging
            if model["name"].endswith("_versions") is versions
        ]
        assert len(reads) == len(set(reads)), "a raw table is staged twice"


def test_a_vendor_says_what_its_roles_say_from_its_own_tables(project):
    """A role's contract reads one model of each vendor that plays it, in its words."""
    for model in project.models({"mapping"}):
        read = [project.nodes[name] for name in model["depends_on"]["nodes"]]
        says = {vendor(node) for node in read if node["name"] != SETTINGS}
        if STEP in model["name"] and not says:  # what a tenant's settings alone say
            assert named(read) == [SETTINGS]
            continue
        assert says == {vendor(model)}, model["name"]
    plays = project.vars["vendor_roles"]
    said = {
        contract["name"]: {
            project.nodes[name]["name"] for name in contract["depends_on"]["nodes"]
        }
        for contract in project.models({"roles"})
    }
    assert said == {
        name: {
            f"{v}__{name}"
            for v, says in plays.items()
            if {role_of(name), name} & {*says}
        }
        for name in said
    }
    last = {name for name in named(project.models({"mapping"})) if STEP not in name}
    assert last == set().union(*said.values())


def test_no_control_reads_what_a_vendor_says(project):
    read = {
        control_id: layer(project.nodes[name])
        for control_id, node in project.controls().items()
        for name in node["depends_on"]["nodes"]
        if layer(project.nodes[name]) in ("staging", "mapping")
    }
    assert read == {}


def test_from_roles_up_a_model_is_contracted_described_and_owned(project):
    models = [m for m in project.models(CONTRACTED) if not is_kind(m)]
    assert named(m for m in models if not m["contract"]["enforced"]) == []
    assert named(m for m in models if "Grain - " not in m["description"]) == []
    assert named(m for m in models if not m["group"]) == []
    assert named(m for m in models if not m["config"]["meta"].get("owner")) == []


def test_every_model_seed_and_source_is_described_column_by_column(project):
    described = [
        n
        for n in project.of_type("model", "seed", "source")
        # What stacks them describes them.
        if not (layer(n) == "mapping" and STEP not in n["name"]) and not is_kind(n)
    ]
    assert named(node for node in described if not node["description"]) == []
    bare = [
        f"{node['name']}.{column['name']}"
        for node in described
        for column in node["columns"].values()
        if not column["description"]
    ]
    assert bare == []


def test_a_file_of_its_own_holds_each_contracted_model_and_stays_short(project):
    for model in project.models(CONTRACTED):
        if is_kind(model):
            continue
        sql = ROOT / "models" / model["path"]
        assert sql.with_suffix(".yml").exists(), model["name"]
    long = {
        file.name: lines
        for folder in ("models", "dbt_project/controls", "dbt_project/macros")
        for file in (ROOT / folder).rglob("*.sql")
        if (lines := len(file.read_text().splitlines())) > LONGEST
    }
    assert long == {}


def test_columns_of_the_database_are_those_described(project):
    """A staging view has no contract: its descriptions are checked against it.

    A vendor's view of a contract is checked against the contract.
    """
    with duckdb.connect(project.paths.build, read_only=True) as db:
        db.execute(f"attach '{project.paths.land}' as land (read_only)")
        held = db.execute(
            "select schema_name, table_name, list(column_name) from duckdb_columns()"
            " where database_name = current_database() group by all"
        ).fetchall()
    columns = {(schema, name): set(names) for schema, name, names in held}
    declared = {
        node["name"]: node["columns"].keys()
        for node in project.of_type("model", "seed")
    }
    for model in project.models({"mapping"}):
        if STEP not in model["name"]:
            declared[model["name"]] = declared[model["name"].partition("__")[2]]
    for model in filter(is_kind, project.models({"exceptions"})):
        declared[model["name"]] = declared["int_exceptions"]
    wrong = {
        node["name"]: difference
        for node in project.of_type("model", "seed")
        if (
            difference := columns[node["schema"], node["alias"]]
            ^ declared[node["name"]]
        )
    }
    assert wrong == {}


KNOWN_WITHOUT = re.compile(  # what nothing is lacking for, or what a document says
    r"is_\w+|months_count|lead_months|trailing_days|bill_rate|tax_rate"
    r"|fiscal_year|quarter_no|period_no"
)


def test_each_figure_of_a_published_mart_says_what_it_needs(project):
    """What needs a role that a firm lacks must not be shown as if it were known."""
    silent = []
    for mart in project.models({"marts"}):
        meta = mart["config"]["meta"]
        told = {name for names in meta.get("needs", {}).values() for name in names}
        silent += [
            f"{mart['name']}.{name}"
            for name, column in mart["columns"].items()
            if meta.get("published")
            and column["data_type"] not in ("varchar", "date")
            and name not in told
            and not KNOWN_WITHOUT.fullmatch(name)
        ]
    assert silent == []


def holds_pay(node: dict) -> bool:
    """Whether a model or a column of it is marked as somebody's pay."""
    columns = [column["config"]["meta"] for column in node["columns"].values()]
    return "pay" in [m.get("class") for m in (node["config"]["meta"], *columns)]


def test_pay_of_a_person_is_marked_and_not_published(project):
    pay = [node for node in project.of_type("model", "seed") if holds_pay(node)]
    assert set(PAY) <= set(named(pay))
    published = [node for node in pay if node["config"]["meta"].get("published")]
    assert set(PAY) & set(named(published)) == set()


def test_what_an_exception_tells_of_pay_is_declared(project):
    """Who may not see pay gets what comes of a cost at standard cost; all else is as it
    is: what reads pay beside the basis of cost, or what is kept from actual cost."""
    with (ROOT / "seeds" / "exception_policies.csv").open(newline="") as file:
        tells = {row["kind"]: row["tells_pay"] for row in csv.DictReader(file)}
    children: dict[str, list[str]] = {}
    for name, node in project.nodes.items():
        for read in node.get("depends_on", {}).get("nodes", []):
            children.setdefault(read, []).append(name)
    at_cost = reached(children, [BASIS]) - KEPT
    silent = []
    for kind in filter(is_kind, project.models({"exceptions"})):
        seen, left = set(), [kind["unique_id"]]
        while left:
            name = left.pop()
            if name not in seen and (name not in at_cost or name == kind["unique_id"]):
                seen.add(name)
                left += project.nodes[name].get("depends_on", {}).get("nodes", [])
        tells_it = any(name in KEPT or holds_pay(project.nodes[name]) for name in seen)
        if tells_it and tells[kind["name"].removeprefix(KIND)] == "nothing":
            silent.append(kind["name"])
    assert silent == []


def test_what_an_audience_gets_is_declared_by_columns_that_there_are(project):
    published = [
        node
        for node in project.of_type("model", "seed")
        if node["config"]["meta"].get("published")
    ]
    for node in published:
        meta, columns = node["config"]["meta"], node["columns"].keys()
        assert meta.get("scope", "none") in {"none", *columns}, node["name"]
        assert meta.get("people") in {None, *columns}, node["name"]
        of_cost_plus = [
            column
            for column in (
                meta,
                *(c["config"]["meta"] for c in node["columns"].values()),
            )
            if "pay_of_cost_plus" in column.get("class", ())
        ]
        assert not of_cost_plus or "project_key" in columns, node["name"]


def test_what_is_on_the_way_is_never_published(project):
    """Readers' models have a reader's name: dim_, fct_, rec_, adj_ or mart_."""
    on_the_way = [m for m in project.of_type("model") if m["name"].startswith("int_")]
    assert on_the_way
    assert named(m for m in on_the_way if m["config"]["meta"].get("published")) == []


def test_what_a_vendor_says_is_never_published(project):
    staging = project.models({"staging", "own", "mapping", "roles"})
    assert named(m for m in staging if m["config"]["meta"].get("published")) == []


def test_every_seed_and_group_has_an_owner(project):
    seeds = project.of_type("seed")
    assert named(s for s in seeds if not s["config"]["meta"].get("owner")) == []
    assert named(s for s in seeds if not s["group"]) == []
    on_disk = {file.stem for file in (ROOT / "seeds").glob("*.csv")}
    assert set(named(seeds)) == on_disk


def test_every_control_is_in_the_register_and_every_row_of_it_is_a_control(project):
    with (ROOT / "seeds" / "control_policies.csv").open(newline="") as file:
        register = {row["control_id"]: row for row in csv.DictReader(file)}
    del register[OWN_TESTS]  # the tests that stand beside the models
    files = {file.stem for file in Path(ROOT, "dbt_project/controls").glob("*.sql")}
    controls = project.controls()
    assert register.keys() == files == controls.keys()
    for control_id, row in register.items():
        needed = {name: cell for name, cell in row.items() if name not in ROLES}
        assert all(needed.values()), f"{control_id} leaves something open"
        blocking = row["kind"] == "integrity"
        severity = controls[control_id]["config"]["severity"].lower()
        assert severity == ("error" if blocking else "warn"), control_id
        assert row["blocks"].startswith("publication") == blocking, control_id
        assert controls[control_id]["name"] == control_id


@pytest.fixture(scope="module")
def calendars(project):
    """What policy makes of four fiscal calendars: (entity, first day) → row."""
    node = project.nodes["model.tieout.int_periods_generated"]
    compiled = project.paths.work / "dbt/target/compiled/tieout" / node["path"]
    files = list((project.paths.work / "dbt/target/compiled").rglob(compiled.name))
    with duckdb.connect() as db:
        db.execute("attach ':memory:' as build")
        db.execute("create schema build.canonical")
        db.execute(
            "create table build.canonical.dim_legal_entities as from (values"
            " ('WEEKS', '4-4-5', date '2025-12-29'),"
            " ('THIRTEEN', '13_periods', date '2026-01-01'),"
            " ('APRIL', 'calendar_months', date '2020-04-01'),"
            " ('MONTHS', 'calendar_months', date '2000-01-01'))"
            " as t(legal_entity_code, fiscal_calendar, fiscal_year_begins)"
        )
        rows = db.execute(files[0].read_text()).fetchall()
    return {(entity, str(first)): list(map(str, days)) for entity, first, *days in rows}


@pytest.mark.parametrize(
    ("entity", "first", "last", "year"),
    [
        # 4-4-5 from the last Monday of December
        ("WEEKS", "2025-12-29", "2026-01-25", ("2025-12-29", "2026-12-27")),
        ("WEEKS", "2026-01-26", "2026-02-22", ("2025-12-29", "2026-12-27")),
        ("WEEKS", "2026-02-23", "2026-03-29", ("2025-12-29", "2026-12-27")),
        ("WEEKS", "2026-11-23", "2026-12-27", ("2025-12-29", "2026-12-27")),
        ("WEEKS", "2026-12-28", "2027-01-24", ("2026-12-28", "2027-12-26")),
        # the 53rd week of 2028 is the last period's sixth
        ("WEEKS", "2028-11-20", "2028-12-31", ("2027-12-27", "2028-12-31")),
        # thirteen periods of four weeks
        ("THIRTEEN", "2026-01-01", "2026-01-28", ("2026-01-01", "2026-12-30")),
        ("THIRTEEN", "2026-01-29", "2026-02-25", ("2026-01-01", "2026-12-30")),
        ("THIRTEEN", "2026-12-03", "2026-12-30", ("2026-01-01", "2026-12-30")),
        ("APRIL", "2026-03-01", "2026-03-31", ("2025-04-01", "2026-03-31")),
        ("APRIL", "2026-04-01", "2026-04-30", ("2026-04-01", "2027-03-31")),
        ("MONTHS", "2028-02-01", "2028-02-29", ("2028-01-01", "2028-12-31")),
    ],
)
def test_policy_makes_a_fiscal_calendar(calendars, entity, first, last, year):
    assert calendars[entity, first] == [last, *year]


def test_a_fiscal_calendar_has_no_gaps_and_no_overlaps(calendars):
    for entity in ("WEEKS", "THIRTEEN", "APRIL", "MONTHS"):
        periods = sorted((s, p[0]) for (e, s), p in calendars.items() if e == entity)
        for (_, last), (first, _) in pairwise(periods):
            assert date.fromisoformat(last) + timedelta(1) == date.fromisoformat(first)
