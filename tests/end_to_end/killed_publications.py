"""Publishes again and again to four audiences, killed by SIGKILL, while one reads.

Run as a process of its own: it forks. One round is killed at a file operation, the next
at a moment while a database is written. Prints how many were really killed, and how
often the reader looked.
"""

import json
import os
import random
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dlt_pipelines.core.settings import CURRENT, SNAPSHOT_FILE, Paths
from dlt_pipelines.warehouse.audiences import audiences
from dlt_pipelines.warehouse.publication import SNAPSHOTS_KEPT, publish
from dlt_pipelines.warehouse.warehouse import Control

NOW = datetime(2026, 6, 10, 6, tzinfo=UTC)
CONTROLS = [Control("I01", "lost", "integrity", "publication", "IT", 0, "passed")]
OPERATIONS = ("rename", "replace", "unlink", "rmdir", "mkdir", "symlink", "chmod")
LONGEST = 0.15  # seconds that a publication takes, about
SEEN = "select snapshot_id, round from publication.snapshot, marts.margin"


def built(paths: Paths, round_: int) -> None:
    """A build database that says which round it is of, and its manifest."""
    paths.work.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(paths.build) as db:
        db.execute(
            "create schema if not exists canonical; create schema if not exists marts;"
            "create or replace table canonical.dim_as_of as"
            " select date '2026-06-10' as as_of_date;"
            f"create or replace table marts.margin as select {round_} as round,"
            " range as filler from range(2000)"
        )
    manifest = paths.work / "dbt" / "target" / "manifest.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    nodes = {name: model(name) for name in ("canonical.dim_as_of", "marts.margin")}
    manifest.write_text(json.dumps({"nodes": nodes, "child_map": {}}))


def model(name: str) -> dict:
    """A model as the manifest has it, for every audience."""
    schema, _, short = name.partition(".")
    column = "round" if short == "margin" else "as_of_date"
    return {
        "resource_type": "model",
        "unique_id": f"model.tieout.{short}",
        "schema": schema,
        "name": short,
        "columns": {column: {}},
        "config": {"meta": {"published": True, "scope": "none"}},
    }


def die_at(operation: int) -> list[int]:
    """Count file operations; be killed just before the given one."""
    count = [0]

    def counted(real):
        def call(*args, **kwargs):
            count[0] += 1
            if count[0] == operation:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return call

    for name in OPERATIONS:
        setattr(os, name, counted(getattr(os, name)))
    return count


def published(paths: Paths, operation: int, seconds: float, tell: Path) -> bool:
    """Publish in a forked process, reading meanwhile; whether it was killed."""
    child = os.fork()
    if child == 0:
        count = die_at(operation)
        if seconds:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, seconds)
        publish(paths, CONTROLS, f"L{operation}", NOW)
        tell.write_text(str(count[0]))
        os._exit(0)
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.WIFSIGNALED(status)
        look(paths)


def look(paths: Paths) -> int:
    """Read every audience's file of the current snapshot; its round.

    Raises SystemExit when they are not all there or are of different builds.
    """
    looks[0] += 1
    folder = (paths.published.parent / CURRENT).resolve()
    seen = set()
    for audience in audiences():
        file = folder / audience.name / SNAPSHOT_FILE
        with duckdb.connect(file, read_only=True) as db:
            seen |= set(db.execute(f"{SEEN} limit 1").fetchall())
    if len(seen) != 1 or folder.name not in str(seen):
        raise SystemExit(f"a reader sees {seen} in {folder.name}")
    [(_, round_)] = seen
    return round_


looks = [0]


def main(work: str, seed: int, rounds: int) -> None:
    """Kill, look, publish whole, look: as often as asked."""
    paths, tell = Paths(Path(work)), Path(work) / "operations"
    chance, killed, last = random.Random(seed), 0, 0
    built(paths, 0)
    for _ in range(SNAPSHOTS_KEPT + 1):  # so that old ones are removed, too
        publish(paths, CONTROLS, "first", NOW)
    published(paths, -1, 0, tell)
    operations = int(tell.read_text())
    for round_ in range(1, rounds + 1):
        built(paths, round_)
        at = chance.randint(1, operations) if round_ % 2 else -1
        seconds = 0 if round_ % 2 else chance.uniform(0.001, LONGEST)
        was_killed = published(paths, at, seconds, tell)
        killed += was_killed
        seen = look(paths)
        if seen != round_ and not (was_killed and seen == last):
            raise SystemExit(f"round {round_} shows round {seen}, not {last}")
        last = seen
    published(paths, -1, 0, tell)
    left = sorted(path.name for path in paths.published.parent.iterdir())
    told = {"operations": operations, "killed": killed, "looks": looks[0]}
    print(json.dumps({**told, "left": left}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
