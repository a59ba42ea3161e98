"""One server for the tests of a module that serve an application each."""

import threading

import pytest
import uvicorn


@pytest.fixture(scope="module")
def served():
    """Serve what is put under «now», so that one server does for all tests."""
    applications = {}

    async def current(scope, receive, send):
        await applications["now"](scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(current, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    applications["url"] = f"http://127.0.0.1:{port}"
    yield applications
    server.should_exit = True
    thread.join(5)
