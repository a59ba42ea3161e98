"""A real Tryton on PostgreSQL, with a small firm in it: ``make tryton``.

Tryton runs in an environment of its own, as processes that are spoken to over HTTP.
Making its database takes a minute, so the cluster with the firm in it is kept as a file
beside that environment and every run unpacks a copy.
"""

import contextlib
import hashlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import requests

from dlt_pipelines.core.settings import ROOT, Instance
from dlt_pipelines.vendors.tryton.client import TrytonClient
from tests import postgres

HERE = Path(__file__).parent
HOME = ROOT / ".venv" / "tryton"
MADE_BY = (HERE / "requirements.lock", HERE / "seed.py", HERE / "server.py")
MODULES = ("account", "analytic_account", "project")
DATABASE = "erp"
PASSWORDS = {"admin": "keeper-of-the-books", "tieout": "poster-of-journals"}
READY_SECONDS = 60


@dataclass(frozen=True)
class Tryton:
    """A running server."""

    address: str

    def instance(self, user: str = "tieout", **options: str) -> Instance:
        told = {
            "base_url": self.address,
            "database": DATABASE,
            "username": user,
            "password": PASSWORDS[user],
            **options,
        }
        return Instance("erp", "tryton", told)

    def client(self, user: str = "tieout") -> TrytonClient:
        return TrytonClient(self.instance(user))


@contextlib.contextmanager
def running() -> Iterator[Tryton]:
    """A Tryton with nothing but the firm in it, until the block ends."""
    archive = _archive()
    with postgres.cluster(archive) as cluster, tempfile.TemporaryFile("w+") as log:
        place = f"127.0.0.1:{postgres.free_port()}"
        server = subprocess.Popen(
            [HOME / "bin" / "trytond", "-d", DATABASE],
            env=_environment(cluster) | {"TRYTOND_WEB__LISTEN": place},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(f"http://{place}", server, log)
            yield Tryton(f"http://{place}")
        finally:
            server.terminate()
            server.wait()


def _wait_until_ready(address: str, server: subprocess.Popen, log: IO[str]) -> None:
    question = {"id": 1, "method": "common.server.version", "params": []}
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            if requests.post(f"{address}/rpc/", json=question, timeout=5).ok:
                return
        time.sleep(0.1)
    log.seek(0)
    raise RuntimeError(f"Tryton did not start: {log.read()[-2000:]}")


def _environment(cluster: postgres.Cluster, database: str = "") -> dict[str, str]:
    """The environment in which Tryton's programs find the cluster."""
    return os.environ | {"TRYTOND_DATABASE_URI": cluster.uri(database)}


def _archive() -> Path:
    """The cluster with the firm in it, made when what makes it has changed."""
    if not (HOME / "installed").exists():
        raise FileNotFoundError("Tryton is not installed: run `make test` once")
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in MADE_BY)).hexdigest()
    archive = HOME / f"{digest[:16]}.tar"
    if not archive.exists():
        for outdated in HOME.glob("*.tar"):
            outdated.unlink()
        _make(archive)
    return archive


def _make(archive: Path) -> None:
    with postgres.cluster() as cluster, tempfile.NamedTemporaryFile("w") as password:
        cluster.sql(f"create database {DATABASE}")
        password.write(PASSWORDS["admin"])
        password.flush()
        _run(
            [HOME / "bin" / "trytond-admin", "-d", DATABASE, "-u", *MODULES,
             "--activate-dependencies", "--email", "admin@example.com", "-p"],
            _environment(cluster) | {"TRYTONPASSFILE": password.name},
        )  # fmt: skip
        _run(
            [HOME / "bin" / "python", HERE / "seed.py", PASSWORDS["tieout"]],
            _environment(cluster, DATABASE),
        )
        postgres.save(cluster, archive)


def _run(command: list, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stdout[-2000:]}")


def main() -> None:
    """Serve until Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), running() as tryton:
        print(f"Tryton answers on {tryton.address}, database {DATABASE}")  # noqa: T201
        for user, password in PASSWORDS.items():
            print(f"  user {user}, password {password}")  # noqa: T201
        print("It forgets everything when it is stopped (Ctrl-C).", flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
