"""Publishes again and again to four audiences, killed by SIGKILL, while one reads.

Run as a process of its own: it forks. One round is killed at a file operation, the next
at a moment while a database is written. Prints how many were really killed, and how
often the reader looked.
"""

import json
import random
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.warehouse.publication import SNAPSHOTS_KEPT, publish
from dlt_pipelines.warehouse.warehouse import Control
from tests.end_to_end.readers import seen_by_all
from tests.killing import Operations, killed

NOW = datetime(2026, 6, 10, 6, tzinfo=UTC)
CONTROLS = [Control("I01", "lost", "integrity", "publication", "IT", 0, "passed")]
LONGEST = 0.15  # seconds that a publication takes, about
SEEN = "select snapshot_id, round from publication.snapshot, marts.margin limit 1"


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


def published(paths: Paths, operation: int | None, seconds: float, tell: Path) -> bool:
    """Publish in a forked process, reading meanwhile; whether it was killed."""

    def work() -> None:
        operations = Operations()
        if operation:
            operations.aim(operation)
        if seconds:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, seconds)
        publish(paths, CONTROLS, f"L{operation}", NOW)
        tell.write_text(str(operations.done))

    return killed(work, meanwhile=lambda: look(paths))


def look(paths: Paths) -> int:
    """Read every audience's file of the current snapshot; its round."""
    looks[0] += 1
    return seen_by_all(paths, SEEN)[1]


looks = [0]


def main(work: str, seed: int, rounds: int) -> None:
    """Kill, look, publish whole, look: as often as asked."""
    paths, tell = Paths(Path(work)), Path(work) / "operations"
    chance, kills, last = random.Random(seed), 0, 0
    built(paths, 0)
    for _ in range(SNAPSHOTS_KEPT + 1):  # so that old ones are removed, too
        publish(paths, CONTROLS, "first", NOW)
    published(paths, None, 0, tell)
    operations = int(tell.read_text())
    for round_ in range(1, rounds + 1):
        built(paths, round_)
        at = chance.randint(1, operations) if round_ % 2 else None
        seconds = 0 if round_ % 2 else chance.uniform(0.001, LONGEST)
        was_killed = published(paths, at, seconds, tell)
        kills += was_killed
        seen = look(paths)
        if seen != round_ and not (was_killed and seen == last):
            raise SystemExit(f"round {round_} shows round {seen}, not {last}")
        last = seen
    published(paths, None, 0, tell)
    left = sorted(path.name for path in paths.published.parent.iterdir())
    told = {"operations": operations, "killed": kills, "looks": looks[0]}
    print(json.dumps({**told, "left": left}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
