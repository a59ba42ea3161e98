"""What every test shares: no address but this machine's."""

import socket

import pytest

REAL_CONNECT = socket.socket.connect


@pytest.fixture(autouse=True, scope="session")
def _only_loopback():
    def connect(self, address):
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host}")
        return REAL_CONNECT(self, address)

    socket.socket.connect = connect
    yield
    socket.socket.connect = REAL_CONNECT
