"""The build at standard cost: the same models from another basis of cost.

Revenue by progress, fees on cost, estimates, provisions and backlog all follow from
cost, so who may not see pay cannot be shown them at actual cost with a column left out.
A copy of the build database is told that labour costs what ``dim_standard_rates`` say,
and dbt builds again what that reaches of the published models: all else is the same.
"""

import contextlib
import shutil

import duckdb

from dlt_pipelines import warehouse
from dlt_pipelines.audiences import BASIS, Relation
from dlt_pipelines.settings import Paths

SWITCH = BASIS.rpartition(".")[2]
KEPT = "int_actual_margins"  # of the build at actual cost, for absorption
TIED = "I31"  # the control that absorption leads from one margin to the other


def build(
    paths: Paths, goals: list[Relation], progress: warehouse.Progress | None = None
) -> list[warehouse.Control]:
    """Build the goals at standard cost; returns the control that ties it to actual."""
    names = [goal.unique_id.rpartition(".")[2] for goal in goals]
    with warehouse.replaced_when_whole(paths.standard) as part:
        shutil.copyfile(paths.build, part)
        with contextlib.closing(duckdb.connect(part)) as db:
            db.execute(f"update canonical.{SWITCH} set cost_basis = 'standard'")
        select = [TIED, *(f"{SWITCH}+,+{name}" for name in names)]
        return warehouse.build_tested(paths, part, select, [SWITCH, KEPT], progress)
