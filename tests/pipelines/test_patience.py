"""A system that is busy is waited for: minutes in all, not seconds a call.

Against a real server that answers as it is told to.
"""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dlt_pipelines.core.errors import Throttled, Unreachable
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.http import ApiClient

GOOD = (200, {"Content-Type": "application/json"}, b'{"rows": [1]}')
PAGE = (200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>Maintenance</html>")
BUSY = (503, {}, b"busy")


def answering(status: int, **headers: str) -> tuple:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return (status, told, b"not now")


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.server.asked.append(self.path)
            answers = self.server.answers
            status, headers, body = answers.pop(0) if answers else GOOD
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def client(server, monkeypatch) -> Iterator[ApiClient]:
    """A client of the server whose waits are noted and not waited."""
    server.answers, server.asked = [], []
    monkeypatch.setattr("time.sleep", lambda _: None)
    url = f"http://127.0.0.1:{server.server_port}"
    client = ApiClient(Instance("psa", "kantata", {"base_url": url}))
    client.patience = 300.0
    client.told = []
    client.waiting = lambda why, seconds: client.told.append((why, seconds))
    yield client
    client.session.close()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_who_answers_that_he_is_busy_is_asked_for_minutes(server, client, status):
    server.answers = [answering(status)] * 12
    assert client.json(client.send("GET", "/rows")) == {"rows": [1]}
    assert len(client.told) == 12
    assert client.told[0][0].startswith(f"HTTP {status}")


def test_patience_is_for_the_session_and_not_for_each_call(server, client):
    server.answers = [BUSY] * 1000
    with pytest.raises(Unreachable, match="busy"):
        client.send("GET", "/rows")
    assert 300 <= client.waited < 300 + client.longest_wait
    asked = len(server.asked)
    with pytest.raises(Unreachable, match=f"in {client.attempts} tries"):
        client.send("GET", "/more")
    assert len(server.asked) == asked + client.attempts


def test_who_has_no_patience_asks_a_few_times(server, client):
    client.patience = 0.0
    server.answers = [BUSY] * 1000
    with pytest.raises(Unreachable, match="in 6 tries"):
        client.send("GET", "/rows")


def test_nobody_there_is_not_waited_for_in_minutes(client):
    client.base_url = "http://127.0.0.1:9"
    with pytest.raises(Unreachable, match="in 6 tries"):
        client.send("GET", "/rows")


def test_a_wait_that_is_asked_for_is_kept_as_long_as_patience_lasts(server, client):
    server.answers = [answering(429, Retry_After="120")]
    client.send("GET", "/rows")
    server.answers = [answering(429, Retry_After="180")]
    client.send("GET", "/rows")
    assert [seconds for _, seconds in client.told] == [120.0, 180.0]


def test_who_asks_for_more_than_patience_lasts_is_not_asked_sooner(server, client):
    server.answers = [answering(429, Retry_After="120")]
    client.send("GET", "/rows")
    server.answers = [answering(429, Retry_After="181")] * 9
    with pytest.raises(Throttled, match="to be asked again in 181 s") as told:
        client.send("GET", "/rows")
    assert told.value.wait == 181.0
    assert len(server.asked) == 3, "asked once, not before it may be asked again"
    assert client.waited == 120.0


def test_a_moment_that_has_just_passed_is_no_reason_to_hurry(server, client):
    passed = format_datetime(datetime.now(UTC) - timedelta(seconds=2), usegmt=True)
    server.answers = [answering(503, Retry_After=passed)] * 20
    client.send("GET", "/rows")
    assert client.waited > 10


def test_a_page_for_people_is_no_answer(server, client):
    server.answers = [PAGE] * 9
    assert client.json(client.send("GET", "/rows")) == {"rows": [1]}
    client.patience, server.answers = 0.0, [PAGE] * 9
    with pytest.raises(Unreachable, match="HTTP 200 with a page for people"):
        client.send("POST", "/rows")


@pytest.mark.parametrize(
    "told",
    [
        {"Location": "/jobs/7"},
        {"Link": '</jobs/7>; rel="related"'},
        {"Link": "/jobs/7"},
    ],
)
def test_an_answer_that_is_not_ready_is_polled_where_it_says(server, client, told):
    server.answers = [
        answering(202, **told),
        answering(202, Retry_After="3"),
    ]
    client.send("GET", "/report", params={"format": "json"})
    assert server.asked == ["/report?format=json", "/jobs/7", "/jobs/7"]
    assert client.told[-1] == ("HTTP 202, not ready yet", 3.0)


def test_an_answer_elsewhere_is_not_asked_for_there(server, client):
    server.answers = [answering(202, Location="http://127.0.0.2:9/jobs/7")]
    client.send("GET", "/report")
    assert server.asked == ["/report", "/report"]


def test_what_was_accepted_is_not_sent_again(server, client):
    server.answers = [answering(202, Location="/jobs/7")]
    assert client.send("POST", "/journals").status_code == 202
    assert server.asked == ["/journals"]


def test_who_is_throttled_to_the_end_is_told_so(server, client):
    client.patience = 0.0
    server.answers = [answering(429, Retry_After="9")] * 9
    with pytest.raises(Throttled) as told:
        client.send("GET", "/rows")
    assert told.value.wait == 9.0
