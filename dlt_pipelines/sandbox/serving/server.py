"""The sandbox firm's systems on loopback: every vendor's API, one server.

Each vendor folder's ``sandbox`` gives its routes; they are mounted below the
vendor's name, on the plain port or, where the vendor wants client certificates, on a
TLS port that checks them. ``/_sandbox`` tells and advances the clock and can disturb
answers, which no vendor's API knows about. A vendor that says ``ON_REQUEST`` takes
another's place in a firm that names it, and is no system of the default firm.
"""

import contextlib
import gc
import importlib
import pkgutil
import ssl
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import TypedDict

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from dlt_pipelines import vendors
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.sandbox.firm.model import Firm
from dlt_pipelines.sandbox.firm.parts import part_of
from dlt_pipelines.sandbox.serving.certificates import make_certificates
from dlt_pipelines.sandbox.serving.disturbances import Disturb
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.overlay import Overlay

READY_SECONDS = 30

Advance = Callable[[datetime], Firm]


class Tls(TypedDict, total=False):
    """What uvicorn needs to ask for client certificates."""

    ssl_certfile: Path
    ssl_keyfile: Path
    ssl_ca_certs: str
    ssl_cert_reqs: int


def vendor_sandboxes(only: Collection[str] | None = None) -> dict[str, ModuleType]:
    """The ``sandbox`` module of every vendor folder that has one, by vendor."""
    found = {}
    for vendor in pkgutil.iter_modules(vendors.__path__):
        folder = Path(vendors.__path__[0]) / vendor.name
        parts = {part.name for part in pkgutil.iter_modules([str(folder)])}
        if "sandbox" in parts and (only is None or vendor.name in only):
            module = f"{vendors.__name__}.{vendor.name}.sandbox"
            found[vendor.name] = importlib.import_module(module)
    return found


def known_systems(named: Iterable[str]) -> tuple[str, ...]:
    """The vendors ``named``, in order; ConfigurationError for one without a sandbox."""
    used, known = tuple(sorted(set(named))), vendor_sandboxes()
    if unknown := [vendor for vendor in used if vendor not in known]:
        raise ConfigurationError(
            f"the sandbox has no system {', '.join(unknown)}",
            f"it has {', '.join(known)}.",
        )
    return used


@dataclass(frozen=True)
class Addresses:
    """Where a running sandbox answers."""

    plain: str
    tls: str
    certificates: Path

    def instances(self, systems: Collection[str] = ()) -> list[Instance]:
        """The firm's ``systems``, each an instance named after its vendor.

        None named are those of the default firm.
        """
        used = known_systems(systems) or tuple(
            vendor
            for vendor, module in vendor_sandboxes().items()
            if not getattr(module, "ON_REQUEST", False)
        )
        return [self.instance(vendor) for vendor in used]

    def instance(self, vendor: str) -> Instance:
        """One of the sandbox's systems."""
        module = vendor_sandboxes([vendor])[vendor]
        base = self.tls if _wants_certificates(module) else self.plain
        options = module.settings(f"{base}/{vendor}", self.certificates)
        return Instance(vendor, vendor, options)


def applications(
    host: Host, advance: Advance | None = None, only: Collection[str] | None = None
) -> tuple[Starlette, Starlette]:
    """The plain and the TLS application. ``advance(clock)`` makes the firm of then."""
    disturb = Disturb()
    sandboxes = vendor_sandboxes(only)
    mounts = {
        tls: [
            Mount(f"/{vendor}", routes=module.routes(_own(host, vendor)))
            for vendor, module in sandboxes.items()
            if _wants_certificates(module) is tls
        ]
        for tls in (False, True)
    }
    plain = Starlette(routes=[*_control_routes(host, disturb, advance), *mounts[False]])
    tls = Starlette(routes=mounts[True])
    for application in (plain, tls):
        application.add_middleware(disturb.middleware)
    return plain, tls


def _own(host: Host, vendor: str) -> Host | Overlay:
    """What a vendor's system has of the firm."""
    part = part_of(host.name, vendor)
    return Overlay(host, part) if part else host


def _wants_certificates(module: ModuleType) -> bool:
    return getattr(module, "MUTUAL_TLS", False)


def _control_routes(
    host: Host, disturb: Disturb, advance: Advance | None
) -> list[Route]:
    def clock(_: Request) -> JSONResponse:
        # The store tells whose clock it is: a port may have been another server's.
        store = str(Path(host.store).resolve())
        return JSONResponse({"clock": host.now().isoformat(), "store": store})

    async def move(request: Request) -> JSONResponse:
        days = int((await request.json())["days"])
        if advance is not None:
            host.replace(advance(host.now() + timedelta(days=days)))
        return JSONResponse({"clock": host.now().isoformat()})

    async def disturbances(request: Request) -> JSONResponse:
        disturb.plan(**(await request.json()))
        return JSONResponse({"planned": True})

    def calm(_: Request) -> JSONResponse:
        disturb.calm()
        return JSONResponse({"planned": False})

    return [
        Route("/_sandbox/calm", calm, methods=["POST"]),
        Route("/_sandbox/clock", clock),
        Route("/_sandbox/advance", move, methods=["POST"]),
        Route("/_sandbox/disturb", disturbances, methods=["POST"]),
    ]


@contextlib.contextmanager
def running(
    host: Host,
    *,
    port: int = 0,
    certificates: Path | None = None,
    advance: Advance | None = None,
    only: Collection[str] | None = None,
) -> Iterator[Addresses]:
    """Serve ``host``, all vendors or ``only`` some, until the block ends."""
    with _certified(certificates) as folder:
        plain, tls = applications(host, advance, only)
        servers = [_server(plain, port), _server(tls, 0, folder)]
        threads = [
            threading.Thread(target=_run, args=[server], daemon=True)
            for server in servers
        ]
        for thread in threads:
            thread.start()
        try:
            ports = [_port(*pair) for pair in zip(servers, threads, strict=True)]
            yield Addresses(
                f"http://127.0.0.1:{ports[0]}", f"https://127.0.0.1:{ports[1]}", folder
            )
        finally:
            for server in servers:
                server.should_exit = True
            for thread in threads:
                thread.join(timeout=5)
            _let_go_of_connections()


@contextlib.contextmanager
def _certified(kept: Path | None) -> Iterator[Path]:
    """A folder with certificates: the one to keep them in, else for as long as here."""
    with contextlib.ExitStack() as stack:
        if kept is None:
            short = tempfile.TemporaryDirectory(prefix="tieout-certificates-")
            kept = Path(stack.enter_context(short))
        make_certificates(kept)
        yield kept


def _run(server: uvicorn.Server) -> None:
    # uvicorn leaves the process when a port is taken; here that ends a thread.
    with contextlib.suppress(SystemExit):
        server.run()


def _let_go_of_connections() -> None:
    # asyncio leaves some TLS connections to the garbage collector, which warns of each.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _server(
    application: Starlette, port: int, certificates: Path | None = None
) -> uvicorn.Server:
    options: Tls = {}
    if certificates:
        options = {
            "ssl_certfile": certificates / "server.pem",
            "ssl_keyfile": certificates / "server.key",
            "ssl_ca_certs": str(certificates / "ca.pem"),
            "ssl_cert_reqs": ssl.CERT_REQUIRED,
        }
    return uvicorn.Server(
        uvicorn.Config(
            application,
            host="127.0.0.1",
            port=port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
            **options,
        )
    )


def _port(server: uvicorn.Server, thread: threading.Thread) -> int:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and thread.is_alive():
        if server.started:
            return server.servers[0].sockets[0].getsockname()[1]
        time.sleep(0.01)
    raise ConfigurationError(
        f"the sandbox cannot answer on port {server.config.port}",
        "choose another --port, or none for a free one.",
    )
