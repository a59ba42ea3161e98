"""Who may hear what is sent to a system: the system alone.

Nobody on the way (https, or this very machine), and nobody that a redirect names.
"""

import contextlib
import ipaddress
from typing import Any
from urllib.parse import urljoin

import requests
from urllib3.util import Url, parse_url

from dlt_pipelines.core import confidential
from dlt_pipelines.core.errors import ConfigurationError


class PrivateSession(requests.Session):
    """Sends nothing that can be overheard, and nothing to where a redirect leads.

    Plain http is for this machine alone, by no proxy. A redirect is followed for a GET
    within one origin; any other is handed back, so that what a request carries (a key
    in any header, a body) stays where it was meant for.
    """

    def __init__(self, instance: str) -> None:
        super().__init__()
        self.instance = instance

    def send(
        self, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        """Send; raises ConfigurationError for plain http to another machine."""
        address = parse_url(str(request.url))
        if address.scheme == "http":
            if not is_loopback(address.host):
                raise ConfigurationError(
                    f"{self.instance} would be asked over plain http at "
                    f"{address.host}, where anybody on the way can read its keys and "
                    "answers; nothing was sent",
                    f"give every address of [sources.{self.instance}] with https.",
                )
            options["proxies"] = {}
        confidential.learn(request.headers.get("Authorization", "").rpartition(" ")[2])
        return super().send(request, **options)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where to go on, if that is the place that was asked."""
        told = super().get_redirect_target(resp)
        if told is None or resp.request.method != "GET":
            return None
        return (
            told if _origin(destination(resp)) == _origin(parse_url(resp.url)) else None
        )


def destination(redirect: requests.Response) -> Url:
    """Where a redirect leads."""
    return parse_url(urljoin(redirect.url, redirect.headers["location"]))


def _origin(address: Url) -> tuple[str | None, str | None, int | None]:
    usual = {"http": 80, "https": 443}.get(address.scheme or "")
    return address.scheme, address.host, address.port or usual


def is_loopback(host: str | None) -> bool:
    """Whether a host's name or address is this machine's own, for nobody else."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address((host or "").strip("[]")).is_loopback
    return host == "localhost"
