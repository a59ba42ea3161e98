"""The margin mart by one hand-written script, to hold the whole build against.

`margin.sql` reads the landed tables and the policies, as they are read for dbt, and
nothing that dbt built. It follows the models' rules, so it is a yardstick of time and
no second opinion; that both hold the same rows shows that both do the same work.
"""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.warehouse.policies import policy_files
from dlt_pipelines.warehouse.warehouse import SEEDS

SCRIPT = Path(__file__).with_name("margin.sql")
MART = "build.marts.mart_project_margin_monthly"


@contextlib.contextmanager
def computed(
    paths: Paths, seeds: Path = SEEDS
) -> Iterator[tuple[duckdb.DuckDBPyConnection, float]]:
    """A database with the script's `margin`, and the seconds that the script took."""
    settings = {"preserve_insertion_order": False}  # as in the profile dbt builds with
    with (
        tempfile.TemporaryDirectory() as read,
        contextlib.closing(duckdb.connect(config=settings)) as db,
    ):
        policy_files.write_read(seeds, Path(read))
        db.execute("set TimeZone = 'UTC'")
        db.execute(f"attach '{paths.land}' as land (read_only)")
        db.execute(f"set variable seeds = '{read}'")
        started = time.monotonic()
        db.execute(SCRIPT.read_text())
        yield db, time.monotonic() - started


def differing_rows(db: duckdb.DuckDBPyConnection, paths: Paths) -> int:
    """How many rows only the script or only the built mart has."""
    db.execute(f"attach '{paths.build}' as build (read_only)")
    names = [column[0] for column in db.execute(f"from {MART} limit 0").description]
    ours = f"(select {', '.join(names)} from margin)"
    [(differing,)] = db.execute(
        f"select (select count(*) from ({ours} except all from {MART}))"
        f" + (select count(*) from (from {MART} except all {ours}))"
    ).fetchall()
    return differing
