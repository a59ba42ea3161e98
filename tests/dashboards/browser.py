"""Servers for the browser: the pages, and whatever else answers on loopback."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=20_000)
READY = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A real browser, without a window, that asks no other host for anything."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS
        )
        yield browser
        browser.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(
    command: list[str], health: str, log: Path, **environment: str
) -> Iterator[None]:
    """A server as a process of its own, from when it answers until it is ended."""
    with log.open("w") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=told,
            stderr=told,
        )
    try:
        _wait_until_healthy(health, process)
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def pages(
    folder: Path, *options: str, port: int | None = None, **environment: str
) -> Iterator[str]:
    """The address of the pages, served on a free port."""
    port = port or free_port()
    command = ["streamlit", "run", "dashboards/app.py", "--server.port", str(port)]
    address = f"http://127.0.0.1:{port}"
    health = f"{address}/_stcore/health"
    with serving([*command, *options], health, folder / "pages.log", **environment):
        yield address


def _wait_until_healthy(address: str, process: subprocess.Popen) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            urlopen(address, timeout=1).close()
            return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"{address} did not answer")


def settle(page: Page) -> None:
    page.wait_for_selector(READY, timeout=20_000)
