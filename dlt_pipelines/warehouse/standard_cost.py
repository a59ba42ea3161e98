"""The build at standard cost: the same models from another basis of cost.

Revenue by progress, fees on cost, estimates, provisions and backlog all follow from
cost, so who may not see pay cannot be shown them at actual cost with a column left out.
A copy of the build database is told that labour costs what ``dim_standard_rates`` say,
and dbt builds again what that reaches of the published models: all else is the same.
The next time only what other models than before go into is built.
"""

import contextlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.warehouse import warehouse
from dlt_pipelines.warehouse.audiences import BASIS, Relation, reached

SWITCH = BASIS.rpartition(".")[2]
# Of the build at actual cost: to compare with, to know what lacks, and what is told to
# nobody but who may see pay.
KEPT = frozenset(
    {
        "model.tieout.exc_intercompany_not_mirrored",
        "model.tieout.exc_payroll_not_explained",
        "model.tieout.exc_posting_held",
        "model.tieout.exc_project_not_in_psa",
        "model.tieout.exc_project_recoded_in_erp",
        "model.tieout.exc_record_held",
        "model.tieout.int_actual_margins",
        "model.tieout.int_actual_labour_without_cost",
        "model.tieout.int_bills_without_hours",
    }
)
LACKING = "model.tieout.rec_labour_at_standard"  # labour that lost its cost
# That absorption leads from one margin to the other, and that no labour lost its cost.
CONTROLS = ("I31", "I32")
MEMORY = "main.built_from"  # a digest of each input, in the database itself


@dataclass(frozen=True)
class Pass:
    """Which models a pass builds, and which others go into them, by dbt's manifest."""

    manifest: dict[str, Any]
    goals: tuple[str, ...]

    @cached_property
    def models(self) -> set[str]:
        """What the basis reaches of the goals and of what they come from."""
        parents = {
            name: [] if name in KEPT else read
            for name, read in self.manifest["parent_map"].items()
        }
        needed = reached(parents, self.goals)
        return (needed & reached(self.manifest["child_map"], [BASIS])) - KEPT - {BASIS}

    @cached_property
    def inputs(self) -> dict[str, str]:
        """What goes into them and is none of them: its table, by its id."""
        parents = self.manifest["parent_map"]
        found = {p for model in self.models for p in parents[model]} - self.models
        nodes = self.manifest["nodes"]
        return {name: _table(nodes[name]) for name in sorted(found - {BASIS})}

    def built_anew(self, changed: Iterable[str]) -> set[str]:
        """The models that some inputs go into; of other inputs their digests tell."""
        within = {
            name: [c for c in self.manifest["child_map"][name] if c in self.models]
            for name in self.models | self.inputs.keys()
        }
        return reached(within, changed) & self.models


def build(
    paths: Paths,
    manifest: dict[str, Any],
    goals: list[Relation],
    progress: warehouse.Progress | None = None,
) -> list[warehouse.Control]:
    """Build the goals at standard cost; returns what ties it to actual cost."""
    made = Pass(manifest, tuple(goal.unique_id for goal in goals))
    inputs = _digests(paths, made)
    before = _built_from(paths.standard)
    changed = {name for name, digest in inputs.items() if before.get(name) != digest}
    models = made.built_anew(changed)
    if before.keys() != inputs.keys() or models == made.models:
        models, changed, start = made.models, set(), paths.build
    else:
        start = paths.standard
    with warehouse.replaced_when_whole(paths.standard) as part:
        shutil.copyfile(start, part)
        _prepare(part, paths, [made.inputs[name] for name in changed], inputs)
        return warehouse.build_tested(paths, part, [*CONTROLS], models, progress)


def _table(node: dict[str, Any]) -> str:
    return f"{node['schema']}.{node.get('alias') or node['name']}"


def _digests(paths: Paths, made: Pass) -> dict[str, str]:
    """What each input holds: differs when its content, or the project, does."""
    project = warehouse.project_digest()
    with warehouse.build_opened(paths, paths.build) as db:
        rows = db.execute(
            " union all ".join(
                f"select '{name}', concat_ws(' ', count(*), bit_xor(hash(t)),"
                f" '{project}') from {table} as t"
                for name, table in made.inputs.items()
            )
        ).fetchall()
    return dict(rows)


def _built_from(standard: Path) -> dict[str, str]:
    """What the last pass was built from; nothing when none is there to be read."""
    if not standard.exists():
        return {}
    try:
        with contextlib.closing(duckdb.connect(standard, read_only=True)) as db:
            return dict(db.execute(f"from {MEMORY}").fetchall())
    except duckdb.Error:
        return {}  # damaged, or of another release: it is made again


def _views(db: duckdb.DuckDBPyConnection) -> set[str]:
    """The views of a database, with their schemas."""
    found = db.execute("select schema_name || '.' || view_name from duckdb_views()")
    return {name for (name,) in found.fetchall()}


def _prepare(
    part: Path, paths: Paths, changed: list[str], inputs: dict[str, str]
) -> None:
    """Give a database the inputs that changed, the basis, and what it is built from."""
    with contextlib.closing(duckdb.connect(part)) as db:
        file = warehouse.quoted(str(paths.build))
        views = _views(db)
        db.execute(f"attach {file} as build (read_only)")
        land = warehouse.quoted(str(paths.land))  # where an input that is a view reads
        db.execute(f"attach {land} as land (read_only)")
        for table in views.intersection(changed):
            # What it reads is no input, and may be as it was before.
            db.execute(f"drop view {table}")
        for table in changed:
            db.execute(f"create or replace table {table} as from build.{table}")
        db.execute(f"update canonical.{SWITCH} set cost_basis = 'standard'")
        db.execute(f"create or replace table {MEMORY} (name varchar, digest varchar)")
        db.executemany(f"insert into {MEMORY} values (?, ?)", list(inputs.items()))
