"""No secret in anything that a run leaves behind: files, logs, output, argument lists.

A configured firm's whole refresh, with secrets nobody could write by chance, then runs
that fail: an answer that quotes what it was sent, a wrong login, a server that is gone.
"""

import base64
import contextlib
import gzip
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from urllib.parse import parse_qsl

import duckdb
import pytest

from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.sandbox.serving.disturbances import Disturb
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.server import running
from dlt_pipelines.sandbox.simulation import simulate
from tests import postgres
from tests.end_to_end.conftest import EARLY, Run
from tests.end_to_end.office import Office

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("secrets")]

SECRETS = {
    "adp": ("CLIENT_SECRET", "canary-adp-5d1f0c"),
    "coupa": ("CLIENT_SECRET", "canary-coupa-77ab1e"),
    "kantata": ("TOKEN", "canary-kantata-90c2d4"),
    "salesforce": ("CLIENT_SECRET", "canary-salesforce-3e8f"),
    "workday": ("PASSWORD", "canary-workday-b61a90"),
}
PSEUDONYM_KEY = "canary-pseudonyms-0f9e8d7c"
LEDGER_PASSWORD = "canary-ledger-a1b2c3"
PAY = Decimal("87654.32")


class Overheard:
    """What the systems were sent to know us by; may answer by quoting all of it."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()
        self.quotes: str | None = None  # the path whose answer quotes

    def middleware(self, application):
        async def heard(scope, receive, send):
            headers = {k.decode(): v.decode() for k, v in scope.get("headers", ())}
            told = headers.get("authorization", "")
            if told:
                self._keep(told)
            if self.quotes and self.quotes in scope["path"]:
                await quote(send, told)
                return
            await application(scope, self._reading(receive, scope["path"]), send)

        return heard

    def _keep(self, told: str) -> None:
        kind, _, value = told.partition(" ")
        self.secrets.add(value)
        if kind == "Basic":
            self.secrets.add(base64.b64decode(value).decode().partition(":")[2])

    def _reading(self, receive, path: str):
        async def read():
            message = await receive()
            if "token" in path:
                form = dict(parse_qsl(message.get("body", b"").decode()))
                secret = {"client_secret", "client_assertion"} & form.keys()
                self.secrets |= {form[name] for name in secret}
            return message

        return read


async def quote(send, told: str) -> None:
    body = f'{{"errors": [{{"type": "auth", "message": "unknown: {told}"}}]}}'
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


class Watched:
    """The argument lists of every process that was seen while a block ran."""

    def __enter__(self):
        self.seen: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._over.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    self.seen.add((process / "cmdline").read_text(errors="replace"))
            time.sleep(0.05)

    def __exit__(self, *_) -> None:
        self._over.set()
        self._thread.join()


@pytest.fixture(scope="module")
def firm(tmp_path_factory):
    """A firm whose every secret is a canary, and whose ledger is in PostgreSQL."""
    folder = tmp_path_factory.mktemp("secrets")
    heard = Overheard()
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        for vendor, (name, secret) in SECRETS.items():
            patch.setattr(
                import_module(f"dlt_pipelines.vendors.{vendor}.sandbox"), name, secret
            )
        disturb = Disturb.middleware
        patch.setattr(
            Disturb,
            "middleware",
            lambda self, application: heard.middleware(disturb(self, application)),
        )
        business = simulate(5, 1, EARLY)
        person = next(iter(business.people.values()))
        person.pay[-1] = replace(person.pay[-1], amount=PAY)
        cluster = stack.enter_context(postgres.cluster())
        cluster.sql("create database ledger")
        at = stack.enter_context(running(Host(business, folder / "written.sqlite")))
        office = Office(folder, None, at)
        url = cluster.uri("ledger", "postgresql+psycopg")
        url = url.replace("postgres@", f"postgres:{LEDGER_PASSWORD}@")
        (folder / ".dlt" / "secrets.toml").write_text(
            f'[tieout]\npseudonym_key = "{PSEUDONYM_KEY}"\nledger_url = "{url}"\n'
        )
        office.cluster, office.heard, office.clean = cluster, heard, {}
        yield office


def canaries(office) -> set[str]:
    own = {PSEUDONYM_KEY, LEDGER_PASSWORD, *(secret for _, secret in SECRETS.values())}
    return own | office.heard.secrets


def found_in(office, run, arguments: set[str]) -> list[str]:
    """Where any secret is: in the work folder, in what was printed, in arguments.

    A file that was found clean and not written since holds nothing that came later:
    only what a run wrote is looked at.
    """
    places = {"output": run.out, "errors": run.err, "arguments": "\0".join(arguments)}
    written = {}
    for file in office.firm.work.rglob("*"):
        if file.is_file() and office.clean.get(file) != (now := state(file)):
            written[file] = now
            places[str(file.relative_to(office.firm.work))] = contents(file)
    found = [
        f"{place}: {secret}"
        for place, text in places.items()
        for secret in canaries(office)
        if secret in text
    ]
    office.clean |= {} if found else written
    return found


def state(file: Path) -> tuple[int, int, int]:
    """What differs when a file is another or was written to."""
    told = file.stat()
    return told.st_ino, told.st_size, told.st_mtime_ns


def contents(file: Path) -> str:
    """All of a file's bytes, unpacked where it is packed."""
    data = file.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    text = data.decode("latin-1")
    return text + rows(file) if file.suffix == ".duckdb" else text


def rows(file: Path) -> str:
    """Every row of a database, for DuckDB packs text."""
    with duckdb.connect(file, read_only=True) as db:
        tables = db.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall()
        return "\n".join(
            str(row)
            for schema, table in tables
            for row in db.execute(
                f'select t::varchar from {schema}."{table}" t'
            ).fetchall()
        )


def refreshed(office, *words: str):
    with Watched() as watched:
        run = office.tieout(*(words or ("refresh",)))
    return run, watched.seen


@pytest.mark.nightly  # the others here tell of a run that ends badly
def test_a_refresh_leaves_no_secret_behind(firm):
    run, arguments = refreshed(firm)
    assert run.code == 0, run.err
    assert any("dlt_pipelines.cli" in told for told in arguments)
    assert len(firm.heard.secrets) > len(SECRETS)  # issued tokens and assertions too
    assert found_in(firm, run, arguments) == []
    assert str(PAY) in rows(firm.firm.work / "land.duckdb")  # where it belongs, and
    readable = [run.out, run.err, rows(firm.firm.published.resolve())]
    logs = [*firm.firm.work.rglob("*.log"), *firm.firm.work.rglob("*.json")]
    readable += [contents(file) for file in logs]
    assert not any(str(PAY) in text for text in readable)


def test_a_vendor_that_quotes_what_it_was_sent_is_not_repeated(firm):
    for vendor, path in {"kantata": "/time_entries", "workday": "/ccx"}.items():
        firm.heard.quotes = path
        run, arguments = refreshed(firm, "land", vendor)
        firm.heard.quotes = None
        assert run.code == 3
        assert "«secret»" in run.out + run.err
        assert found_in(firm, run, arguments) == []


def test_a_wrong_secret_is_not_told(firm):
    firm.configure(coupa={"client_secret": "canary-wrong-coupa-1234"})
    firm.heard.secrets.add("canary-wrong-coupa-1234")
    secrets = firm.folder / ".dlt" / "secrets.toml"
    secrets.write_text(f'[tieout]\npseudonym_key = "{PSEUDONYM_KEY}"\n')
    run, arguments = refreshed(firm, "land", "coupa")
    assert run.code == 3
    assert found_in(firm, run, arguments) == []


BREAKS = """
import sys
import requests
from dlt_pipelines import cli

send = requests.Session.send

def breaks(self, request, **options):
    if "Authorization" in request.headers:
        raise RuntimeError(f"{request.headers} {request.body}")
    return send(self, request, **options)

requests.Session.send = breaks
sys.argv = ["tieout", "land", "kantata"]
cli.main()
"""


def test_a_defect_in_the_middle_of_a_request_is_kept_without_its_key(firm):
    environment = os.environ | {
        "TIEOUT_WORK": str(firm.firm.work),
        "DLT_PROJECT_DIR": str(firm.folder),
        "PYTHONPATH": str(ROOT),
    }
    firm.configure()
    secrets = firm.folder / ".dlt" / "secrets.toml"
    secrets.write_text(f'[tieout]\npseudonym_key = "{PSEUDONYM_KEY}"\n')
    command = [sys.executable, "-c", BREAKS]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 70, run.stdout + run.stderr
    log = (firm.firm.work / "error.log").read_text()
    assert "Bearer «secret»" in log
    told = Run(run.returncode, run.stdout, run.stderr)
    assert found_in(firm, told, set()) == []
