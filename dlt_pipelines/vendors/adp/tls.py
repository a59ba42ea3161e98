"""Mutual TLS: ADP knows a client by its certificate, on every call."""

import ssl
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from dlt_pipelines.core.errors import ConfigurationError, Refused
from dlt_pipelines.core.settings import Instance

# What OpenSSL says when one side does not accept the other's certificate; anything
# else (a handshake cut short) may pass on a later try.
NOT_ACCEPTED = ("certificate", "unknown ca", "unknown_ca", "verify failed")


class MutualTls(HTTPAdapter):
    """Sends every request over one context that holds the client's certificate.

    requests from 2.32.5 on can reuse a cached context and drop ``cert=``; a context of
    our own, alone in this adapter, cannot be dropped.
    """

    def __init__(self, instance: Instance) -> None:
        """Read the certificates that the instance's options name."""
        self.instance = instance
        self.context = _context(instance)
        super().__init__()

    def init_poolmanager(self, *sizes: Any, **options: Any) -> None:
        """Pools that connect with our context."""
        super().init_poolmanager(*sizes, ssl_context=self.context, **options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Proxied pools that connect with our context."""
        return super().proxy_manager_for(proxy, ssl_context=self.context, **options)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        """The pool for a host; whom to trust is the context's business alone."""
        host, _ = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"cert_reqs": "CERT_REQUIRED"}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Add nothing to the context."""

    def send(self, request: Any, *args: Any, **options: Any) -> requests.Response:
        """Send a request; a certificate that is not accepted is a definite no."""
        try:
            return super().send(request, *args, **options)
        except requests.exceptions.SSLError as error:
            said = str(error)
            if not any(words in said.lower() for words in NOT_ACCEPTED):
                raise
            raise Refused(
                f"{self.instance.name} and this machine do not accept each other's "
                f"certificates: {said[-200:]}",
                f"check client_certificate, client_key and ca_certificate of "
                f"[sources.{self.instance.name}]; ADP's certificates last two years.",
            ) from error


def _context(instance: Instance) -> ssl.SSLContext:
    trusted = instance.options.get("ca_certificate") or None
    certificate = instance.option("client_certificate")
    key = instance.option("client_key")
    try:
        context = ssl.create_default_context(cafile=trusted)
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{instance.name}: the certificates cannot be read: {error}",
            f"let client_certificate, client_key and, if set, ca_certificate of "
            f"[sources.{instance.name}] name PEM files of one pair.",
        ) from error
    return context
