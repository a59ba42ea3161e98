"""Who reads while others publish: every audience's file, again and again.

Run as a process of its own, with a work folder, it reads until its input is closed;
then it prints how often it looked and how many snapshots it saw.
"""

import json
import select
import sys
from pathlib import Path

import duckdb

from dlt_pipelines.core.settings import CURRENT, SNAPSHOT_FILE, Paths
from dlt_pipelines.warehouse.audiences import audiences

PAUSE = 0.3  # seconds between two looks of the process, each of which opens all files
SNAPSHOT = """
    select snapshot_id from publication.snapshot
    where exists (from marts.mart_project_margin_monthly)
"""


def seen_by_all(paths: Paths, query: str) -> tuple:
    """The one row that every audience's file of the current snapshot has.

    It begins with the snapshot's id. Raises SystemExit when a file is not there, is of
    another build or is not in the folder of its snapshot.
    """
    folder = (paths.published.parent / CURRENT).resolve()
    seen = set()
    for audience in audiences():
        file = folder / audience.name / SNAPSHOT_FILE
        with duckdb.connect(file, read_only=True) as db:
            seen |= set(db.execute(query).fetchall())
    if len(seen) != 1 or next(iter(seen))[0] != folder.name:
        raise SystemExit(f"a reader sees {seen} in {folder.name}")
    return seen.pop()


def main(work: str) -> None:
    """Look, from the first publication on."""
    paths, looks, snapshots = Paths(Path(work)), 0, set()
    while not select.select([sys.stdin], [], [], PAUSE)[0]:
        if looks or paths.published.exists():
            snapshots.add(seen_by_all(paths, SNAPSHOT))
            looks += 1
    told = {"looks": looks, "snapshots": len(snapshots)}
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
