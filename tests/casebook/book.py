"""What the systems of a firm say, role by role, and what the warehouse makes of it.

The words are the contracts' own, so no vendor is in it: a vendor of the tests plays
all roles, and its models of the contracts are what is said here, column by column.
All cases are built at once; each has a legal entity of its own, named as the case is.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import yaml

from dlt_pipelines.core.settings import ROOT, Paths
from dlt_pipelines.warehouse.warehouse import read_as_in
from tests.product import copy_of_product

VENDOR = "book"
DELIVERED = ("US10", "UK20", "DE30")  # who policies come with; the first leads
ENTITY = (
    "legal_entity_code",
    "provider_entity_code",
    "receiver_entity_code",
    "counterparty_entity_code",
)
OWN = ("kept", "landing", "ledger")  # what Tieout itself lands stays
OF_ONE_ENTITY = ("payroll_group_code",)  # an entity has its own
LANDED = datetime(2026, 1, 1, 6, tzinfo=UTC)
BUILD = """
import sys
from pathlib import Path
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.warehouse import warehouse
paths = Paths(Path(sys.argv[1]))
warehouse.build(paths)
_, controls = warehouse.audit(paths)
for control in controls:
    print(control.control_id, control.status, control.failures, control.message)
"""
_NEVER_NULL = {"boolean": False, "integer": 0, "bigint": 0, "decimal": 0}


def contracts() -> dict[str, dict[str, tuple[str, bool]]]:
    """Of each contract its columns: type, and whether a row must have it."""
    found = {}
    for path in sorted((ROOT / "models/roles").glob("*/*.yml")):
        for model in yaml.safe_load(path.read_text())["models"]:
            found[model["name"]] = {
                column["name"]: (
                    column["data_type"],
                    {"type": "not_null"} in column.get("constraints", []),
                )
                for column in model["columns"]
            }
    return found


@dataclass
class Book:
    """Rows of contracts and of policies, as they are told."""

    as_of: date
    rows: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))
    policies: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))
    _contracts: dict = field(default_factory=contracts)

    def say(self, contract: str, **columns: Any) -> None:
        """A system's row of a contract; what is not said is null, or 0, or false.

        Raises KeyError for a column that the contract does not have.
        """
        declared = self._contracts[contract]
        unknown = columns.keys() - declared.keys()
        if unknown:
            raise KeyError(f"{contract} has no {', '.join(sorted(unknown))}")
        row = {
            "source_system": VENDOR,
            "source_instance": VENDOR,
            "source_id": f"{contract} {len(self.rows[contract])}",
            "source_version": 1,
            "is_deleted": False,
            "source_updated_at": LANDED,
            "landed_at": LANDED,
        } | columns
        for name, (type_, required) in declared.items():
            usual = _NEVER_NULL.get(type_.split("(")[0]) if required else None
            row.setdefault(name, usual)
        self.rows[contract].append({name: row[name] for name in declared})

    def decide(self, seed: str, **columns: Any) -> None:
        """A row of a policy; what is not said is empty."""
        self.policies[seed].append(columns)

    def keep(self, table: str, **columns: Any) -> None:
        """A row of what an earlier publication showed of a closed period."""
        self.kept[table].append(columns)

    def instances(self) -> list[str]:
        """The systems that say something."""
        said = (row["source_instance"] for rows in self.rows.values() for row in rows)
        return sorted(set(said))

    def built(self, folder: Path, like: "Built | None" = None) -> "Built":
        """Build and audit all that is told, in a new folder.

        With what another book was built from, dbt need not read the project anew.
        """
        tree, work = like.tree if like else folder / "tree", folder / "work"
        if like:
            read_as_in(Paths(like.database.parent), Paths(work))
        else:
            _make_tree(tree, self._contracts)
        entities = {
            row["legal_entity_code"]: row["currency_code"]
            for row in self.rows["erp_entities"]
        }
        _write_policies(tree / "seeds", entities, self.policies)
        self._land(Paths(work))
        run = subprocess.run(
            [sys.executable, "-c", BUILD, work],
            cwd=tree,
            env={k: v for k, v in os.environ.items() if not k.startswith("TIEOUT_")},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return Built(Paths(work).build, run.stdout, tree)

    def _land(self, paths: Paths) -> None:
        from dlt_pipelines.landing.landing import declare

        declare(paths)
        with duckdb.connect(paths.land) as raw:
            raw.execute(
                "insert into raw._landings by name select 'told' as load_id,"
                f" unnest($instances) as source_instance, '{VENDOR}' as vendor,"
                " 'all' as table_name, $day as as_of_date, $at as started_at,"
                " 'landed' as status",
                {"day": self.as_of, "at": LANDED, "instances": self.instances()},
            )
            for contract, columns in self._contracts.items():
                table = f"raw.{VENDOR}__{contract}"
                body = ", ".join(
                    f"{name} {type_}" for name, (type_, _) in columns.items()
                )
                raw.execute(f"create table {table} ({body})")
                marks = ", ".join("?" for _ in columns)
                for row in self.rows[contract]:
                    raw.execute(
                        f"insert into {table} values ({marks})", [*row.values()]
                    )
            for table, rows in self.kept.items():
                for row in rows:
                    raw.execute(
                        f"insert into kept.{table} ({', '.join(row)})"
                        f" values ({', '.join('?' for _ in row)})",
                        [*row.values()],
                    )


@dataclass(frozen=True)
class Built:
    """The build file of all cases, and what the controls said."""

    database: Path
    controls: str
    tree: Path  # the product it was built with, its policies as they were told last

    def rows(self, query: str, **parameters: Any) -> list[tuple]:
        """The rows of a query."""
        return self._db.execute(query, parameters).fetchall()

    @cached_property
    def _db(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(self.database, read_only=True)

    def months(self, entity: str, column: str) -> dict[str, Decimal]:
        """A column of the monthly margin of an entity's projects; months of 0 aside."""
        return self._by_month("mart_project_margin_monthly", entity, column)

    def wip(self, entity: str, column: str) -> dict[str, Decimal]:
        """A column of the monthly WIP of an entity's projects; months of 0 aside."""
        return self._by_month("mart_project_wip_monthly", entity, column)

    def by_project(self, entity: str, column: str, month: str | None = None) -> dict:
        """A column of margin or WIP by project, of one month or summed; 0 aside."""
        wip = column.startswith(("billed", "unbilled", "deferred"))
        mart = "mart_project_wip_monthly" if wip else "mart_project_margin_monthly"
        query = f"""
            select project_code, sum({column}) as amount
            from marts.{mart}
            where
                legal_entity_code = $entity
                and ($month is null or strftime(period_month, '%b') = $month)
            group by project_code having sum({column}) <> 0
            order by project_code
        """
        return dict(self.rows(query, entity=entity, month=month))

    def in_question(self, entity: str, kind: str) -> dict[Decimal, str]:
        """What exceptions of a kind are about, with its currency; none is empty."""
        query = """
            select amount, currency_code from reconciliation.rec_exceptions
            where legal_entity_code = $entity and kind = $kind
            order by amount
        """
        return dict(self.rows(query, entity=entity, kind=kind))

    def scheduled(self, entity: str) -> dict[str, Decimal]:
        """What an entity's projects have still to earn, by month, as 2026-05."""
        query = """
            select strftime(period_month, '%Y-%m'), sum(scheduled_amount)
            from canonical.fct_revenue_schedule
            where legal_entity_code = $entity
            group by period_month order by period_month
        """
        return dict(self.rows(query, entity=entity))

    def proposed(self, entity: str) -> Decimal | None:
        """What may be invoiced of an entity's projects, in all."""
        query = "select sum(net_amount) from marts.mart_invoice_proposals"
        [(amount,)] = self.rows(
            f"{query} where legal_entity_code = $entity", entity=entity
        )
        return amount

    def exceptions(self, entity: str) -> dict[tuple[str, str], Decimal | None]:
        """The exceptions of an entity: what is in question, by kind and record."""
        query = """
            select kind, source_id, amount
            from reconciliation.rec_exceptions
            where legal_entity_code = $entity
        """
        rows = self.rows(query, entity=entity)
        return {(kind, record): amount for kind, record, amount in rows}

    def told(self, entity: str, kind: str) -> list[tuple]:
        """Reason, amount and owner of an entity's exceptions of a kind."""
        return self.rows(
            "select reason, amount, owner from reconciliation.rec_exceptions"
            " where legal_entity_code = $entity and kind = $kind order by reason",
            entity=entity,
            kind=kind,
        )

    def payroll_spread(self, entity: str) -> dict[str, Decimal]:
        """What an entity's payroll was spread over: labour, bench, paid absence."""
        sums = {
            "labour": ("fct_labour_costs", "home_payroll_amount", "home_"),
            "bench": ("fct_bench_costs", "amount", ""),
            "absence": ("fct_paid_absence_costs", "amount", ""),
        }
        found = {}
        for what, (model, amount, whose) in sums.items():
            [(found[what],)] = self.rows(
                f"select coalesce(sum({amount}), 0) from canonical.{model}"
                f" where {whose}legal_entity_code = $entity",
                entity=entity,
            )
        return found

    def _by_month(self, mart: str, entity: str, column: str) -> dict[str, Decimal]:
        query = f"""
            select strftime(period_month, '%b'), sum({column}) as amount
            from marts.{mart}
            where legal_entity_code = $entity
            group by period_month having sum({column}) <> 0
            order by period_month
        """
        return dict(self.rows(query, entity=entity))


def _make_tree(tree: Path, declared: dict) -> None:
    """The project, with the vendor of the tests in place of all others."""
    staging = copy_of_product(tree) / "models/staging"
    for vendor in staging.iterdir():
        if vendor.is_dir() and vendor.name not in OWN:
            shutil.rmtree(vendor)
    (staging / VENDOR).mkdir()
    for contract, columns in declared.items():
        names = ", ".join(columns)
        (staging / VENDOR / f"{VENDOR}__{contract}.sql").write_text(
            f"select {names} from land.raw.{VENDOR}__{contract}\n"
        )
    project = tree / "dbt_project/dbt_project.yml"
    roles = sorted({contract.split("_")[0] for contract in declared})
    text, found = re.subn(
        r"(?m)^  vendor_roles:\n(    .*\n)+",
        f"  vendor_roles:\n    {VENDOR}: {json.dumps(roles)}\n",
        project.read_text(),
    )
    assert found == 1, "dbt_project.yml says elsewhere which vendor plays which roles"
    project.write_text(text)


def _write_policies(
    seeds: Path, entities: dict[str, str], policies: dict[str, list[dict]]
) -> None:
    """Every entity decides as the delivered one does, unless a case says otherwise.

    What a case says of an entity in a seed stands in place of all that was delivered.
    """
    for path in (ROOT / "seeds").glob("*.csv"):
        with path.open() as file:
            reader = csv.DictReader(file)
            columns, delivered = list(reader.fieldnames), list(reader)
        said = policies.get(path.stem, [])
        unknown = {column for row in said for column in row} - set(columns)
        if unknown:
            raise KeyError(f"{path.stem} has no {', '.join(sorted(unknown))}")
        whose = next((name for name in ENTITY if name in columns), None)
        rows = [
            row
            for row in delivered
            if not {row.get(name) for name in (*ENTITY, "qualifier")} & set(DELIVERED)
        ]
        spoken = {row.get(whose) for row in said}
        rows += [
            _as_of_entity(row, entity, currency)
            for entity, currency in entities.items()
            if entity not in spoken
            for row in delivered
            if whose and row[whose] == DELIVERED[0]
        ]
        with (seeds / path.name).open("w") as file:
            writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows([*rows, *said])


def _as_of_entity(row: dict, entity: str, currency: str) -> dict:
    other = {name: entity for name in ENTITY if row.get(name) == DELIVERED[0]}
    other |= {name: f"{entity}-{row[name]}" for name in OF_ONE_ENTITY if name in row}
    if row.get("currency_code"):
        other["currency_code"] = currency
    return row | other
