"""What the sandbox server offers each vendor's API: the firm, its clock, a store."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from dlt_pipelines.sandbox.model import Firm
from dlt_pipelines.sandbox.store import Records

T = TypeVar("T")


class Host:
    """The firm as it stands and what was written to its systems.

    ``generation`` rises whenever the firm changes (the clock advances); ``cached``
    computes a value once per generation.
    """

    def __init__(self, firm: Firm, store: Path) -> None:
        """Serve ``firm``; keep writes in the SQLite file ``store``."""
        self.firm = firm
        self.store = store
        self.generation = 0
        self._cache: dict[Any, Any] = {}
        self._records: dict[str, Records] = {}

    def replace(self, firm: Firm) -> None:
        """Serve another state of the firm from now on."""
        self.firm = firm
        self.generation += 1
        self._cache.clear()

    def now(self) -> datetime:
        """The sandbox's clock, UTC."""
        return self.firm.clock

    def cached(self, key: Any, build: Callable[[Firm], T]) -> T:
        """``build(firm)``, computed once while the firm stays as it is."""
        if key not in self._cache:
            self._cache[key] = build(self.firm)
        return self._cache[key]

    def records(self, vendor: str) -> Records:
        """What was written to a vendor's system."""
        if vendor not in self._records:
            self._records[vendor] = Records(self.store, vendor)
        return self._records[vendor]
