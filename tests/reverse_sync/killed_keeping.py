"""Keeping checkpoints, killed at every durable step; run as a process by the tests.

``aimed FOLDER``: keep one checkpoint after another, killed before and after each step
of the writing in turn, first at the first step; after each the next keeping must find
nothing wrong. ``matrix COUNT``: schedules of the fault matrix whose posters keep a
checkpoint before and after they post, the second place out of reach all the time.
"""

import contextlib
import fcntl
import itertools
import os
import signal
import sys
from decimal import Decimal
from pathlib import Path

from dlt_pipelines.reverse_sync import checkpoints
from dlt_pipelines.reverse_sync.archive import Archive
from dlt_pipelines.reverse_sync.dispatch import dispatch
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.postings import Decision
from tests.reverse_sync.faults import matrix

DURABLE = ("fsync", "link", "replace")


@contextlib.contextmanager
def stepped(step):
    """Take a step before and after whatever makes something durable."""
    plain = {name: getattr(os, name) for name in DURABLE}

    def wrapped(name):
        def call(*arguments):
            step()
            plain[name](*arguments)
            step()

        return call

    try:
        for name in DURABLE:
            setattr(os, name, wrapped(name))
        yield
    finally:
        for name in DURABLE:
            setattr(os, name, plain[name])


def keep_once(folder: Path, number: int, dies_at: int | None) -> None:
    """A decision more, and a checkpoint of it; killed at a step, if one is said."""
    archive = Archive.of(folder / "work", {"checkpoint_places": str(folder / "second")})
    with contextlib.closing(Ledger(folder / "ledger.sqlite")) as ledger:
        made = Decision("k", str(number), "prepared", "a", None, Decimal(1), "USD")
        ledger.decide([made])
        with stepped(matrix._Steps(dies_at)):
            kept = checkpoints.keep(archive, ledger, None)
        assert kept.doubted is None, kept.doubted
        if dies_at is None:
            assert checkpoints.verify(archive, ledger).wrong == []


def aimed(folder: Path) -> None:
    """Kill at every step there is; says how many that were."""
    (folder / "second").mkdir()
    for dies_at in itertools.count(1):
        child = os.fork()
        if not child:
            keep_once(folder, dies_at, dies_at)
            os._exit(0)
        ended = os.waitpid(child, 0)[1]
        if not os.WIFSIGNALED(ended):
            assert os.WEXITSTATUS(ended) == 0
            break
        assert os.WTERMSIG(ended) == signal.SIGKILL
        if dies_at % 3:  # else the next one finds what two kills left
            keep_once(folder, -dies_at, None)
    keep_once(folder, 0, None)
    own, second = (
        {file.name for file in (folder / place).glob("*.json")}
        for place in ("work/checkpoints", "second")
    )
    assert own == second
    print(f"{dies_at - 1} kills, {len(own)} checkpoints")  # noqa: T201


def post_and_keep(planned, ledger, sessions, **options):
    """What a refresh does: a checkpoint, the posting, a checkpoint."""
    work = ledger.path.parent
    archive = Archive.of(work, {"checkpoint_places": "/nowhere/checkpoints"})

    def keep():
        with (work / "run.lock").open("w") as lock, stepped(ledger.step):
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = checkpoints.keep(archive, ledger, None)
        assert kept.doubted is None, kept.doubted

    keep()
    checkpoints.hold_to(archive, ledger)
    reports = dispatch(planned, ledger, sessions, **options)
    keep()
    return reports


if __name__ == "__main__":
    what, told = sys.argv[1:]
    if what == "aimed":
        aimed(Path(told))
    else:
        matrix.dispatch = post_and_keep
        sys.argv[1:] = ["--count", told]
        matrix.main()
