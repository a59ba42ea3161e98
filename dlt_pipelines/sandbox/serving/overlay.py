"""One system as it shows the firm: the firm, and what was written there by others.

The simulated firm does not know what the product writes to one of its systems; that
system does. It therefore serves a firm of its own, which is the simulated one with its
writes applied, and the others and the truth do not see them.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from dlt_pipelines.sandbox.firm.model import Firm
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.store import Records

T = TypeVar("T")
Apply = Callable[[Firm], Firm]


class Overlay:
    """A host with one system's writes applied to its firm, anew when there are more."""

    def __init__(self, host: Host, apply: Apply) -> None:
        """Show ``apply(firm)``, which must leave the firm it is given as it is."""
        self.host = host
        self.apply = apply
        self.version = 0
        self._shown: tuple[tuple[int, int], Firm, dict[Any, Any]] | None = None

    def written(self) -> None:
        """Something was written: what was computed no longer holds."""
        self.version += 1

    @property
    def firm(self) -> Firm:
        """The firm as this system shows it."""
        return self._current()[0]

    @property
    def generation(self) -> tuple[int, int]:
        """Rises whenever the firm changes or something is written."""
        return self.host.generation, self.version

    def now(self) -> datetime:
        """The sandbox's clock, UTC."""
        return self.host.now()

    def records(self, vendor: str) -> Records:
        """What was written to a vendor's system."""
        return self.host.records(vendor)

    def cached(self, key: Any, build: Callable[[Firm], T]) -> T:
        """``build(firm)``, computed once while the firm stays as it is."""
        firm, cache = self._current()
        if key not in cache:
            cache[key] = build(firm)
        return cache[key]

    def _current(self) -> tuple[Firm, dict[Any, Any]]:
        state = self.generation
        shown = self._shown
        if shown is None or shown[0] != state:
            shown = (state, self.apply(self.host.firm), {})
            self._shown = shown
        return shown[1], shown[2]
