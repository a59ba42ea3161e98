"""What is sent to a system stays with it: no plain http, no key to a redirect."""

import contextlib
import importlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dlt_pipelines.core.errors import ConfigurationError, Unreachable
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import declarations
from dlt_pipelines.sandbox.serving.certificates import make_certificates
from dlt_pipelines.sandbox.serving.server import vendor_sandboxes
from dlt_pipelines.vendors.http import ApiClient


class Server(ThreadingHTTPServer):
    """Keeps what it was sent; answers 200, or a redirect where one is planned."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard: list[dict] = []
        self.redirect: tuple[int, str] | None = None

    def at(self, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        told = {"path": self.path, "method": self.command, "headers": str(self.headers)}
        self.server.heard.append(told | {"body": self.rfile.read(length)})
        moved = self.server.redirect if self.path == "/here" else None
        body = b"" if moved else json.dumps({"path": self.path}).encode()
        self.send_response(moved[0] if moved else 200)
        if moved:
            self.send_header("Location", moved[1])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_HEAD = answer

    def log_message(self, *_) -> None:
        pass


@contextlib.contextmanager
def serving():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def system():
    with serving() as server:
        yield server


@pytest.fixture
def stranger():
    with serving() as server:
        yield server


class Keyed(ApiClient):
    """Carries its key in a header that no library knows as one."""

    attempts = 1

    def authorise(self) -> dict[str, str]:
        return {"X-Api-Key": "hunter2", "Authorization": "Bearer hunter2"}


def client(base_url: str) -> Keyed:
    return Keyed(Instance("crm", "salesforce", {"base_url": base_url}))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_redirect_to_another_place_is_not_followed(
    system, stranger, status, method, host
):
    system.redirect = (status, f"{stranger.at(host)}/there?page=2")
    with pytest.raises(Unreachable, match=r"crm sends .* elsewhere") as error:
        client(system.at()).send(method, "/here", json={"pay": 5000})
    assert stranger.heard == []
    assert stranger.at(host) in error.value.what
    assert "page=2" not in error.value.what


def test_the_same_machine_under_another_name_is_another_place(system):
    system.redirect = (302, f"{system.at('localhost')}/there")
    with pytest.raises(Unreachable):
        client(system.at()).send("GET", "/here")
    assert [told["path"] for told in system.heard] == ["/here"]


def test_a_reading_follows_a_redirect_within_its_system(system):
    system.redirect = (302, "/there")
    answer = client(system.at()).send("GET", "/here")
    assert answer.json() == {"path": "/there"}
    assert "hunter2" in system.heard[-1]["headers"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_what_is_posted_is_never_posted_to_another_path(system, status):
    system.redirect = (status, "/there")
    with pytest.raises(Unreachable):
        client(system.at()).send("POST", "/here", json={"amount": "1.00"})
    assert [told["path"] for told in system.heard] == ["/here"]


PUBLIC = [
    "http://crm.example",
    "HTTP://crm.example/api",
    " http://crm.example",
    "http://127.0.0.1@crm.example",
    "http://localhost.crm.example",
    "http://10.0.0.1",
    "http://[2001:db8::1]:8080",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_plain_http_to_another_machine_is_refused_before_a_byte_is_sent(
    monkeypatch, address
):
    monkeypatch.setattr("socket.create_connection", no_connection)
    monkeypatch.setattr("socket.getaddrinfo", no_connection)
    with pytest.raises(ConfigurationError, match="crm would be asked over plain http"):
        client(address).send("GET", "/query")


def no_connection(*_, **__):
    raise AssertionError("a connection was opened")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_plain_http_within_this_machine_goes_by_no_proxy(
    system, stranger, monkeypatch, host
):
    monkeypatch.setenv("HTTP_PROXY", stranger.at())
    monkeypatch.setenv("http_proxy", stranger.at())
    client(system.at(host)).send("GET", "/here")
    assert (len(system.heard), stranger.heard) == (1, [])


TRYTON = {"database": "d", "username": "u", "password": "hunter2"}
VENDORS = [  # that are asked over HTTP
    vendor
    for vendor in declarations.vendor_names()
    if getattr(
        importlib.import_module(f"dlt_pipelines.vendors.{vendor}.client"),
        "HAS_CLOCK",
        True,
    )
]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_vendors_client_logs_in_over_plain_http(monkeypatch, certificates, vendor):
    address = "http://erp.example"
    sandbox = vendor_sandboxes([vendor]).get(vendor)
    options = sandbox.settings(address, certificates) if sandbox else TRYTON
    options = {**options, "base_url": address}
    module = importlib.import_module(f"dlt_pipelines.vendors.{vendor}.client")
    monkeypatch.setattr("socket.create_connection", no_connection)
    with pytest.raises(ConfigurationError, match="erp would be asked over plain http"):
        module.connect(Instance("erp", vendor, options)).ping()
