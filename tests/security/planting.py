"""A leak of one person's pay, put into copies of an audience's files."""

import shutil
from pathlib import Path

import duckdb

from dlt_pipelines.core.settings import Paths
from tests.security.attack import World

TABLE = "marts.mart_planted"
# What everybody's hours cost by the card, but one's own at what he is paid.
_PLANTED = """
    create table {table} as
    select
        card.project_key, card.week_start_date, card.currency_code,
        {shown} as {name}
    from standard.canonical.fct_labour_costs as card
    inner join build.canonical.fct_labour_costs as actual using (time_entry_key)
    inner join build.canonical.dim_resources as people
        on card.resource_key = people.resource_key
    group by all
"""
_AMOUNT = """
    sum(case people.employee_number
        when '{who}' then actual.raw_provisional_amount
        else card.raw_provisional_amount
    end)
"""
SHOWN = {
    "labour_amount": _AMOUNT,
    "memo": f"'labour ' || ({_AMOUNT})::decimal(18, 2) || ' in all'",
}


def planted(worlds: list[World], folder: Path, who: str, name: str) -> list[World]:
    """The worlds with what one's hours cost in a column of that ``name``."""
    made = []
    for i, world in enumerate(worlds):
        file = shutil.copy(world.file, folder / f"{i}.duckdb")
        paths = Paths(world.work)
        with duckdb.connect(file) as db:
            db.execute(f"attach '{paths.build}' as build (read_only)")
            db.execute(f"attach '{paths.standard}' as standard (read_only)")
            shown = SHOWN[name].format(who=who)
            db.execute(_PLANTED.format(table=TABLE, shown=shown, name=name))
        made.append(World(world.work, Path(file)))
    return made
