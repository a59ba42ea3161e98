"""Lands again and again, killed by SIGKILL at one file operation after the other.

First where a file has been copied into the database and dlt has not noted it yet.

Run as a process of its own: it imports dlt once and forks, because a process a round
would cost seconds each. Prints how many rounds were really killed.
"""

import json
import random
import shutil
import sys
from datetime import timedelta
from pathlib import Path

from dlt.common.storages.load_package import PackageStorage

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.landing.landing import Landing, land
from dlt_pipelines.sandbox.serving.server import Addresses
from tests.killing import Operations, die, killed
from tests.pipelines.small_firm import NOW

UNNOTED = 0  # instead of an operation


def landed_in_a_child(
    instance, paths: Paths, operation: int | None, tell: Path
) -> bool:
    """Land in a forked process; whether it was killed."""

    def work() -> None:
        operations = Operations()
        if operation == UNNOTED:
            PackageStorage.save_pending_transition = lambda *_: die()
        elif operation:
            operations.aim(operation)
        moment = NOW + timedelta(seconds=1)
        land([instance], Landing(paths, f"L{operation}", moment, NOW.date(), b"key"))
        tell.write_text(str(operations.done))

    return killed(work)


def main(addresses: str, work: str, seed: int, rounds: int) -> None:
    told = json.loads(addresses)
    at = Addresses(told["plain"], told["tls"], Path(told["certificates"]))
    instance = at.instance("salesforce")
    paths, tell = Paths(Path(work)), Path(work) / "operations"
    landed_in_a_child(instance, paths, None, tell)
    operations = int(tell.read_text())
    kills = 0
    chosen = random.Random(seed).sample(range(1, operations), rounds)
    for operation in (UNNOTED, *chosen):
        for name in ("land.duckdb", "land.duckdb.wal"):
            (paths.work / name).unlink(missing_ok=True)
        shutil.rmtree(paths.pipelines)
        kills += landed_in_a_child(instance, paths, operation, tell)
        landed_in_a_child(instance, paths, None, tell)
        check_whole(paths)
    print(json.dumps({"operations": operations, "killed": kills}))  # noqa: T201


def check_whole(paths: Paths) -> None:
    """One run after the kill, everything is there once."""
    import duckdb

    with duckdb.connect(paths.land, read_only=True) as raw:
        [(rows, events)] = raw.execute(
            "select count(*), count(distinct _event_id) from raw.salesforce__accounts"
        ).fetchall()
    if rows != 300 or events != 300:
        raise SystemExit(f"{rows} rows, {events} versions instead of 300")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
