"""Refreshed firms to start from: each is made once in a session, then copied.

A first refresh takes a minute, a copy of what it left a moment; a work folder may be
moved, as a restored one is.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dlt_pipelines.sandbox.process import State, write_state
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.server import running
from dlt_pipelines.sandbox.simulation import simulate
from tests.end_to_end.conftest import EARLY, Firm
from tests.end_to_end.office import Office

YOUNG = State(clock=EARLY.isoformat())  # the default firm after three months
CLEAN = replace(YOUNG, faults=False)


@dataclass(frozen=True)
class Firms:
    """Firms by what was done to them, made by whichever worker first needs one."""

    folder: Path  # the session's, for all of its workers

    def refreshed(self, state: State, work: Path, *, posting: bool = True) -> Firm:
        """A firm after its first refresh, by an account with a careless umask.

        One that posts is refreshed twice: what it posts is what the first one built.
        """

        def make(made: Path) -> None:
            if posting:
                self.refreshed(state, made, posting=False)
            else:
                write_state(made / "sandbox", state)
            umask = os.umask(0)
            try:
                Firm(made).done("refresh", *([] if posting else ["--no-post"]))
            finally:
                os.umask(umask)

        told = {
            **asdict(state),
            "clock": f"{state.moment:%Y%m%d}",
            "systems": "+".join(state.systems),
            "posted": posting,
        }
        self._copy(" ".join(map(str, told.values())), make, work)
        return Firm(work)

    def a_week_later(self, work: Path) -> Firm:
        """The young firm, a week after its first refresh refreshed again."""

        def make(made: Path) -> None:
            firm = self.refreshed(YOUNG, made)
            firm.done("sandbox", "advance", "--days", "7")
            firm.done("refresh")

        self._copy("a week later", make, work)
        return Firm(work)

    @contextmanager
    def office(self, folder: Path) -> Iterator[Office]:
        """Blue Ltd after its first refresh, its systems running."""
        business = simulate(5, 1, EARLY)

        def make(made: Path) -> None:
            made.mkdir()
            host = Host(business, made / "written.sqlite")
            with running(host) as at:
                run = Office(made, host, at).tieout("refresh")
                assert run.code == 0, run.out + run.err
                assert "Firm       Blue Ltd\n" in run.out

        self._copy("office", make, folder)
        host = Host(business, folder / "written.sqlite")
        with running(host) as at:
            yield Office(folder, host, at)

    def _copy(self, name: str, make: Callable[[Path], None], to: Path) -> None:
        made = self.folder / name
        with made.with_name(f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                part = made.with_name(f"{name}.part")
                shutil.rmtree(part, ignore_errors=True)  # of one that failed
                make(part)
                part.rename(made)
        shutil.copytree(made, to, symlinks=True)
