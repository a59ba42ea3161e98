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
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import requests

from dlt_pipelines.core.errors import ConfigurationError, Unreachable
from dlt_pipelines.core.files import write_whole
from dlt_pipelines.core.settings import ROOT, Paths
from dlt_pipelines.sandbox.firm.model import Firm
from dlt_pipelines.sandbox.firm.parts import SYSTEMS_OF
from dlt_pipelines.sandbox.firm.policies import FIRM
from dlt_pipelines.sandbox.serving.host import Host

if TYPE_CHECKING:
    from dlt_pipelines.sandbox.serving.server import Addresses

FIRST_CLOCK = "2026-06-10T06:00:00+00:00"
START_SECONDS = 600  # a large firm is simulated for minutes
STOPS = {signal.SIGINT, signal.SIGTERM}


@dataclass(frozen=True)
class State:
    """What the firm is simulated from."""

    seed: int = 7
    scale: int = 1
    clock: str = FIRST_CLOCK
    faults: bool = True
    pay: int = 0  # which draw of what everybody is paid; all else stays as it is
    calendar: str = "months"  # the ERP's fiscal one
    denomination: str = "cents"  # or yen, or dinars: the same business in them
    wild: bool = False  # in the situations of real firms
    systems: tuple[str, ...] = ()  # the vendors it uses; none named: the default ones
    name: str = FIRM  # or the group, whose companies have systems of their own

    @property
    def moment(self) -> datetime:
        """The clock as a moment."""
        return datetime.fromisoformat(self.clock)

    @property
    def used(self) -> tuple[str, ...]:
        """The vendors it uses; none is the default ones."""
        return self.systems or SYSTEMS_OF[self.name]


def read_state(folder: Path) -> State:
    """The kept state, or the default firm's."""
    file = folder / "state.json"
    if not file.exists():
        return State()
    try:
        told = json.loads(file.read_text())
        return State(**told | {"systems": tuple(told.get("systems", ()))})
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"{file} is not what the sandbox wrote",
            "put it back, or start a new firm with `tieout sandbox reset`.",
        ) from error


def write_state(folder: Path, state: State) -> None:
    """Keep the state for the next start."""
    write_whole(folder / "state.json", json.dumps(asdict(state)))


def simulated(state: State) -> Firm:
    """The firm as it stands at a state's clock."""
    from dlt_pipelines.sandbox.firm.denominations import redenominated
    from dlt_pipelines.sandbox.simulation import simulate

    firm = simulate(
        state.seed,
        state.scale,
        state.moment,
        faults=state.faults,
        pay=state.pay,
        calendar=state.calendar,
        wild=state.wild,
        name=state.name,
    )
    return redenominated(firm, state.denomination)


def advanced(folder: Path, days: int) -> State:
    """Move the kept clock ``days`` ahead; a running server follows at once."""
    if days < 0:
        raise ConfigurationError(
            "the sandbox's clock cannot go back", "give a positive number of days."
        )
    running_at = running_server(folder)
    if running_at:
        url = f"{running_at['plain']}/_sandbox/advance"
        try:
            requests.post(url, json={"days": days}, timeout=600).raise_for_status()
        except requests.RequestException as error:
            raise Unreachable(
                f"the running sandbox did not move its clock: {type(error).__name__}",
                "stop `tieout sandbox serve` and run the same command again.",
            ) from error
        return read_state(folder)
    state = read_state(folder)
    moved = replace(state, clock=(state.moment + timedelta(days=days)).isoformat())
    write_state(folder, moved)
    return moved


def serve(folder: Path, port: int = 0, *, leash: BinaryIO | None = None) -> None:
    """Serve the firm until interrupted; ``server.json`` says where.

    With a ``leash`` also until it is closed: by the process that holds its other end,
    or by the system when that process was killed. Raises ConfigurationError when the
    firm is being served already, or the port is taken.
    """
    from dlt_pipelines.sandbox.serving.server import running

    if leash is None and running_server(folder):
        raise ConfigurationError(
            "the sandbox is being served already", f"see {folder / 'server.json'}."
        )
    state = read_state(folder)
    write_state(folder, state)

    def firm_at(clock: datetime) -> Firm:
        now = replace(state, clock=clock.isoformat())
        firm = simulated(now)
        write_state(folder, now)
        return firm

    host = Host(firm_at(state.moment), folder / "written.sqlite", state.name)
    certificates = folder / "certificates"
    with (
        _until_stopped(leash) as wait,
        running(host, port=port, certificates=certificates, advance=firm_at) as at,
    ):
        told = {"pid": os.getpid(), "plain": at.plain, "tls": at.tls}
        write_whole(folder / "server.json", json.dumps(told))
        try:
            wait()
        finally:
            if _told(folder).get("pid") == os.getpid():
                (folder / "server.json").unlink()


@contextlib.contextmanager
def _until_stopped(leash: BinaryIO | None) -> Iterator[Callable[[], object]]:
    """What waits for a signal to stop, or for the leash to be closed."""
    # Blocked before any thread starts: one that is open to a signal would end us all
    # at once, and leave server.json behind.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)

    if leash is not None:

        def follow() -> None:
            leash.read()
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=follow, daemon=True).start()
    try:
        yield lambda: signal.sigwait(STOPS)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _told(folder: Path) -> dict[str, Any]:
    """What ``server.json`` says; nothing when there is none or it is damaged."""
    try:
        told = json.loads((folder / "server.json").read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def running_server(folder: Path) -> dict[str, Any] | None:
    """Where a sandbox server of this folder answers, if one does."""
    told = _told(folder)
    try:
        answer = requests.get(f"{told['plain']}/_sandbox/clock", timeout=5)
        answer.raise_for_status()
        store = answer.json()["store"]
    except (requests.RequestException, LookupError, TypeError):
        return None
    # The port of a server that was killed may by now be another folder's.
    return told if store == str((folder / "written.sqlite").resolve()) else None


@contextlib.contextmanager
def sandbox(paths: Paths) -> Iterator["Addresses"]:
    """The sandbox's addresses: a running server's, else one started for the block."""
    from dlt_pipelines.sandbox.serving.server import Addresses

    folder = paths.sandbox
    told = running_server(folder)
    process = None
    try:
        if told is None:
            process = _start(folder)
            told = _wait(folder, process)
        yield Addresses(told["plain"], told["tls"], folder / "certificates")
    finally:
        if process:
            _stop(process)


def _start(folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "dlt_pipelines.sandbox.process", str(folder)]
    with (folder / "server.log").open("ab") as log:
        # Its input is the leash: closed when we end, however we end.
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=ROOT
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(folder: Path, process: subprocess.Popen[bytes]) -> dict[str, str]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        told = _told(folder)
        if told.get("pid") == process.pid:  # not what another one left or just wrote
            return told
        time.sleep(0.05)
    raise Unreachable(
        "the sandbox server did not start",
        f"read {folder.name}/server.log in the work folder; `tieout sandbox reset` "
        "starts the firm anew.",
    )


if __name__ == "__main__":
    serve(Path(sys.argv[1]), leash=sys.stdin.buffer)
