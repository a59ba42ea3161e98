"""The sandbox as a process: it ends with who started it, and is taken for no other."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.sandbox.process import (
    State,
    read_state,
    running_server,
    serve,
    write_state,
)
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.server import running
from dlt_pipelines.sandbox.serving.store import Records
from tests.pipelines.small_firm import NOW, small_firm

USES_THE_SANDBOX = """
import os, sys
from pathlib import Path
from dlt_pipelines.sandbox.process import sandbox
from dlt_pipelines.core.settings import Paths
with sandbox(Paths(Path(sys.argv[1]))):
    print((Path(sys.argv[1]) / "sandbox" / "server.json").read_text(), flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_with_the_run_that_started_it(tmp_path, how):
    folder = tmp_path / "sandbox"
    write_state(folder, replace(State(), clock="2024-12-05T06:00:00+00:00"))
    with subprocess.Popen(
        [sys.executable, "-c", USES_THE_SANDBOX, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as run:
        server = json.loads(run.stdout.readline())["pid"]
        run.send_signal(how)
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline and _is_running(server):
        time.sleep(0.02)
    assert not _is_running(server)
    assert not (folder / "server.json").exists()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def test_a_port_that_is_another_folders_by_now_is_not_ours(tmp_path):
    ours, others = tmp_path / "ours", tmp_path / "others"
    ours.mkdir()
    others.mkdir()
    host = Host(small_firm(1), others / "written.sqlite")
    with running(host, only=()) as at:
        for folder in (ours, others):
            told = json.dumps({"pid": 1, "plain": at.plain, "tls": at.tls})
            (folder / "server.json").write_text(told)
        assert running_server(others)
        assert running_server(ours) is None
        with pytest.raises(ConfigurationError, match="served already"):
            serve(others)
        port = int(at.plain.rpartition(":")[2])
        taken = pytest.raises(ConfigurationError, match=f"on port {port}")
        with taken, running(host, port=port, only=()):
            pass


@pytest.mark.parametrize("text", ["", "{", "[]", '{"plain": 3}'])
def test_a_damaged_server_file_is_no_server(tmp_path, text):
    (tmp_path / "server.json").write_text(text)
    assert running_server(tmp_path) is None


def test_a_damaged_state_is_named(tmp_path):
    (tmp_path / "state.json").write_text("")
    with pytest.raises(ConfigurationError, match=r"state\.json is not"):
        read_state(tmp_path)


def test_an_answer_of_the_old_firm_is_not_kept_for_the_new_one(tmp_path):
    host = Host(small_firm(1), tmp_path / "written.sqlite")

    def overtaken(firm):
        host.replace(small_firm(2))
        return len(firm.customers)

    assert host.cached("customers", overtaken) == 1
    assert host.cached("customers", lambda firm: len(firm.customers)) == 2


def test_records_written_at_once_have_ids_of_their_own(tmp_path):
    stores = [Records(tmp_path / "written.sqlite", "netsuite") for _ in range(2)]
    together = threading.Barrier(8)

    def write(number: int) -> int:
        together.wait()
        return stores[number % 2].add("journalEntry", {}, f"E{number}", NOW)

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(write, range(8)))
    assert len(set(ids)) == 8
    for store in stores:
        store.connection.close()
