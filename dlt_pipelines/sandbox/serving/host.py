"""What the sandbox server offers each vendor's API: the firm, its clock, a store."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from dlt_pipelines.sandbox.firm.model import Firm
from dlt_pipelines.sandbox.firm.policies import FIRM
from dlt_pipelines.sandbox.serving.store import Records

T = TypeVar("T")


class Host:
    """The firm as it stands and what was written to its systems.

    ``generation`` rises whenever the firm changes (the clock advances); ``cached``
    computes a value once per generation.
    """

    def __init__(self, firm: Firm, store: Path, name: str = FIRM) -> None:
        """Serve ``firm``; keep writes in the SQLite file ``store``.

        ``name`` says which systems have which part of it.
        """
        self.name = name
        self.store = store
        self.generation = 0
        # Together, so that nobody meets the one of a generation without the other.
        self._firm_and_cache: tuple[Firm, dict[Any, Any]] = (firm, {})
        self._records: dict[str, Records] = {}

    def replace(self, firm: Firm) -> None:
        """Serve another state of the firm from now on."""
        self._firm_and_cache = (firm, {})
        self.generation += 1

    @property
    def firm(self) -> Firm:
        """The firm as it stands."""
        return self._firm_and_cache[0]

    def now(self) -> datetime:
        """The sandbox's clock, UTC."""
        return self.firm.clock

    def cached(self, key: Any, build: Callable[[Firm], T]) -> T:
        """``build(firm)``, computed once while the firm stays as it is."""
        firm, cache = self._firm_and_cache
        if key not in cache:
            cache[key] = build(firm)
        return cache[key]

    def records(self, vendor: str) -> Records:
        """What was written to a vendor's system."""
        if vendor not in self._records:
            self._records[vendor] = Records(self.store, vendor)
        return self._records[vendor]
