"""The sandbox as a process of its own: its state, its server, how to reach it.

The state is a seed, a scale and a clock; the firm is simulated from them at start.
What was written to its systems is kept beside it.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import requests

from dlt_pipelines.errors import ConfigurationError, Unreachable
from dlt_pipelines.sandbox.host import Host
from dlt_pipelines.settings import Paths

FIRST_CLOCK = "2026-06-10T06:00:00+00:00"
START_SECONDS = 120


@dataclass(frozen=True)
class State:
    """What the firm is simulated from."""

    seed: int = 7
    scale: int = 1
    clock: str = FIRST_CLOCK
    faults: bool = True

    @property
    def moment(self) -> datetime:
        """The clock as a moment."""
        return datetime.fromisoformat(self.clock)


def read_state(folder: Path) -> State:
    """The kept state, or the default firm's."""
    file = folder / "state.json"
    return State(**json.loads(file.read_text())) if file.exists() else State()


def write_state(folder: Path, state: State) -> None:
    """Keep the state for the next start."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state.json").write_text(json.dumps(asdict(state)))


def advanced(folder: Path, days: int) -> State:
    """Move the kept clock ``days`` ahead; a running server follows at once."""
    if days < 0:
        raise ConfigurationError(
            "the sandbox's clock cannot go back", "give a positive number of days."
        )
    running_at = running_server(folder)
    if running_at:
        url = f"{running_at['plain']}/_sandbox/advance"
        requests.post(url, json={"days": days}, timeout=120).raise_for_status()
        return read_state(folder)
    state = read_state(folder)
    moved = replace(state, clock=(state.moment + timedelta(days=days)).isoformat())
    write_state(folder, moved)
    return moved


def serve(folder: Path, port: int = 0) -> None:
    """Serve the firm until interrupted; ``server.json`` says where."""
    from dlt_pipelines.sandbox.server import running
    from dlt_pipelines.sandbox.simulation import simulate

    state = read_state(folder)
    write_state(folder, state)

    def firm_at(clock: datetime):
        now = replace(state, clock=clock.isoformat())
        firm = simulate(now.seed, now.scale, now.moment, faults=now.faults)
        write_state(folder, now)
        return firm

    host = Host(firm_at(state.moment), folder / "written.sqlite")
    where = folder / "server.json"
    certificates = folder / "certificates"
    with running(host, port=port, certificates=certificates, advance=firm_at) as at:
        told = {"pid": os.getpid(), "plain": at.plain, "tls": at.tls}
        fresh = where.with_suffix(".part")
        fresh.write_text(json.dumps(told))
        os.replace(fresh, where)
        try:
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
        finally:
            where.unlink(missing_ok=True)


def running_server(folder: Path) -> dict[str, str] | None:
    """Where a sandbox server of this folder answers, if one does."""
    file = folder / "server.json"
    if not file.exists():
        return None
    told = json.loads(file.read_text())
    try:
        requests.get(f"{told['plain']}/_sandbox/clock", timeout=5).raise_for_status()
    except requests.RequestException:
        return None
    return told


@contextlib.contextmanager
def sandbox(paths: Paths) -> Iterator["Addresses"]:  # noqa: F821
    """The sandbox's addresses: a running server's, else one started for the block."""
    from dlt_pipelines.sandbox.server import Addresses

    folder = paths.sandbox
    told = running_server(folder)
    process = None if told else _start(folder)
    try:
        told = told or _wait(folder, process)
        yield Addresses(told["plain"], told["tls"], folder / "certificates")
    finally:
        if process:
            process.terminate()
            process.wait(timeout=10)


def _start(folder: Path) -> subprocess.Popen:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "dlt_pipelines.sandbox.process", str(folder)]
    with (folder / "server.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def _wait(folder: Path, process: subprocess.Popen) -> dict[str, str]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if (folder / "server.json").exists():
            return json.loads((folder / "server.json").read_text())
        time.sleep(0.05)
    raise Unreachable(
        "the sandbox server did not start",
        f"read {folder.name}/server.log in the work folder; `tieout sandbox reset` "
        "starts the firm anew.",
    )


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
