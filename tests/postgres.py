"""A private PostgreSQL cluster for tests: its own port, its folder under /tmp.

PostgreSQL refuses to run as root, so root runs it as the user ``postgres`` that
Debian's package makes; anybody else runs it as himself. Nothing is written safely
(fsync off): a cluster survives its clients, not the machine.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
OWNER = "postgres"
SETTINGS = (
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "jit=off",
)


@dataclass(frozen=True)
class Cluster:
    """A running cluster; its superuser needs no password."""

    folder: Path
    port: int

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def uri(self, database: str = "", driver: str = "postgresql") -> str:
        """Where a client finds a database; ``driver`` as SQLAlchemy names it."""
        return f"{driver}://{OWNER}@127.0.0.1:{self.port}/{database}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What psql prints for a statement, unaligned and without headings."""
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"]
        command += ["-p", str(self.port), "-U", OWNER, "-d", database, "-c", statement]
        return run(command).strip()


@contextlib.contextmanager
def cluster(archive: Path | None = None) -> Iterator[Cluster]:
    """A cluster until the block ends: empty, or as ``save`` kept it in ``archive``."""
    folder = Path(tempfile.mkdtemp(prefix="tieout-postgres-", dir="/tmp"))
    made = Cluster(folder, free_port())
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        if archive is None:
            run(["initdb", "-D", str(made.data), "-U", OWNER, "-A", "trust",
                 "-E", "UTF8", "--locale=C", "--no-sync"])  # fmt: skip
        else:
            with archive.open("rb") as packed:
                run(["tar", "-C", str(folder), "-xf", "-"], stdin=packed)
        start(made)
        try:
            yield made
        finally:
            stop(made, "immediate")
    finally:
        shutil.rmtree(folder)


def save(running: Cluster, archive: Path) -> None:
    """Stop a cluster for a moment and keep all that is in it as a file."""
    stop(running, "fast")
    part = archive.with_suffix(".part")
    subprocess.run(["tar", "-C", running.folder, "-cf", part, "data"], check=True)
    part.replace(archive)
    start(running)


def start(stopped: Cluster) -> None:
    """Start a cluster and wait until it answers."""
    settings = " ".join(f"-c {setting}" for setting in SETTINGS)
    options = f"-p {stopped.port} -k {stopped.folder} {settings}"
    log = stopped.folder / "log"
    run(["pg_ctl", "-D", str(stopped.data), "-l", str(log), "-o", options, "-w",
         "-s", "start"])  # fmt: skip


def stop(running: Cluster, mode: str) -> None:
    """Stop a cluster: ``fast`` leaves it whole on the disk, ``immediate`` does not."""
    run(["pg_ctl", "-D", str(running.data), "-m", mode, "-w", "-s", "stop"])


def run(command: list[str], stdin=subprocess.DEVNULL) -> str:
    """Run a command as the user who may run PostgreSQL; what it printed."""
    program = shutil.which(command[0], path=_path())
    if program is None:
        raise FileNotFoundError(f"no {command[0]}: `make test` installs PostgreSQL")
    as_owner = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
    told = subprocess.run(
        [*as_owner, program, *command[1:]],
        stdin=stdin,
        capture_output=True,
        text=True,
        cwd="/",
    )
    if told.returncode:
        raise RuntimeError(f"{command[0]} failed: {told.stderr or told.stdout}")
    return told.stdout


def _path() -> str:
    """Where PostgreSQL's programs are: Debian's newest, then the usual places."""
    versions = sorted(DEBIAN.glob("*/bin"), key=lambda p: float(p.parent.name))
    return os.pathsep.join([*map(str, reversed(versions)), os.environ["PATH"]])


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
