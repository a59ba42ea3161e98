"""The build at standard cost: the same models from another basis of cost.

Revenue by progress, fees on cost, estimates, provisions and backlog all follow from
cost, so who may not see pay cannot be shown them at actual cost with a column left out.
A copy of the build database is told that labour costs what ``dim_standard_rates`` say,
and dbt builds again what that reaches of the published models: all else is the same.
"""

import contextlib
import shutil
from pathlib import Path

import duckdb

from dlt_pipelines import warehouse
from dlt_pipelines.audiences import BASIS, Relation
from dlt_pipelines.settings import Paths

SWITCH = BASIS.rpartition(".")[2]
KEPT = "int_actual_margins"  # of the build at actual cost, for absorption


def build(
    paths: Paths, goals: list[Relation], progress: warehouse.Progress | None = None
) -> Path:
    """Build at standard cost what is published of it; returns the database."""
    with warehouse.replaced_when_whole(paths.standard) as part:
        shutil.copyfile(paths.build, part)
        with contextlib.closing(duckdb.connect(part)) as db:
            db.execute(f"update canonical.{SWITCH} set cost_basis = 'standard'")
        names = [goal.unique_id.rpartition(".")[2] for goal in goals]
        selected = [f"{SWITCH}+,+{name}" for name in names]
        warehouse.build_selected(
            paths, selected, progress, into=part, exclude=(SWITCH, KEPT)
        )
    return paths.standard
