"""`make audit` tells what is vulnerable from what could not be asked."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests import audit

PIN = "sample==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"
KNOWN = {"id": "GHSA-1", "summary": "it leaks", "published": "2026-01-01T00:00:00Z",
         "affected": [{"package": {"name": "sample", "ecosystem": "PyPI"},
                       "versions": ["1.0"],
                       "ranges": [{"type": "ECOSYSTEM", "events": [
                           {"introduced": "0"}, {"fixed": "1.1"}]}]}]}  # fmt: skip


@pytest.fixture
def lock(tmp_path):
    file = tmp_path / "requirements.lock"
    file.write_text(PIN)
    return file


@contextlib.contextmanager
def advisories(*known: dict):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            told = {"vulns": list(known)} if known else {}
            self.wfile.write(json.dumps(told).encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join()


def test_a_pin_that_is_known_to_be_vulnerable_is_named(lock, capsys):
    with advisories(KNOWN) as address:
        assert audit.main((lock,), address) == 1
    told = capsys.readouterr().out
    assert "sample 1.0 has GHSA-1" in told
    assert "allow 1.1" in told


def test_pins_nothing_is_known_of_are_good(lock, capsys):
    with advisories() as address:
        assert audit.main((lock,), address) == 0
    assert "1 pins, none known to be vulnerable" in capsys.readouterr().out


def test_a_database_that_is_not_reached_is_no_good_news(lock, capsys):
    assert audit.main((lock,), "http://127.0.0.1:9/v1/query") == 3
    assert "could not be reached, so nothing is known" in capsys.readouterr().out
