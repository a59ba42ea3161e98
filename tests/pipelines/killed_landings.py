"""Lands again and again, killed by SIGKILL at one file operation after the other.

Run as a process of its own: it imports dlt once and forks, because a process a round
would cost seconds each. Prints how many rounds were really killed.
"""

import json
import os
import random
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.landing.landing import Landing, land
from dlt_pipelines.sandbox.serving.server import Addresses
from tests.pipelines.small_firm import NOW

OPERATIONS = ("rename", "replace", "unlink", "remove", "rmdir", "mkdir", "symlink")


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


def landed_in_a_child(instance, paths: Paths, operation: int, tell: Path) -> bool:
    """Land in a forked process; whether it was killed."""
    child = os.fork()
    if child == 0:
        count = die_at(operation)
        moment = NOW + timedelta(seconds=1)
        land([instance], Landing(paths, f"L{operation}", moment, NOW.date(), b"key"))
        tell.write_text(str(count[0]))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    if os.WEXITSTATUS(status) != 0:
        raise SystemExit(f"a landing failed with {os.WEXITSTATUS(status)}")
    return False


def main(addresses: str, work: str, seed: int, rounds: int) -> None:
    told = json.loads(addresses)
    at = Addresses(told["plain"], told["tls"], Path(told["certificates"]))
    instance = at.instance("salesforce")
    paths, tell = Paths(Path(work)), Path(work) / "operations"
    landed_in_a_child(instance, paths, -1, tell)
    operations = int(tell.read_text())
    killed = 0
    chosen = random.Random(seed).sample(range(1, operations), rounds)
    for operation in chosen:
        for name in ("land.duckdb", "land.duckdb.wal"):
            (paths.work / name).unlink(missing_ok=True)
        shutil.rmtree(paths.pipelines)
        killed += landed_in_a_child(instance, paths, operation, tell)
        landed_in_a_child(instance, paths, -1, tell)
        check_whole(paths)
    print(json.dumps({"operations": operations, "killed": killed}))  # noqa: T201


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
