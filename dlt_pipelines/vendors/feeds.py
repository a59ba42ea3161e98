"""What a vendor's ``source.py`` gives to landing: feeds that yield batches of rows.

A feed reads one listing of a vendor and yields the rows as the vendor gave them;
landing does the rest (types, versions, deletions, cursors), the same for all vendors.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import polars as pl


def _nothing_held(table: str) -> duckdb.DuckDBPyRelation:
    raise LookupError(f"nobody said what raw holds of {table}")


@dataclass(frozen=True)
class Window:
    """What a feed is asked for.

    ``since`` is the cursor that the feed's last landed batch gave, or None to read
    everything; a feed subtracts the overlap its vendor's cursor needs. ``until`` is
    the landing's start, fixed for all pages. ``ids(table)`` gives the live keys that
    raw already holds (``_key`` values), for sweeps that find deletions; ``held(table)``
    the live rows themselves, as a relation to filter; ``waiting(table)`` the keys that
    were told to be gone and wait for somebody to confirm it.
    """

    since: datetime | None
    until: datetime
    ids: Callable[[str], set[str]]
    held: Callable[[str], duckdb.DuckDBPyRelation] = _nothing_held
    waiting: Callable[[str], frozenset[str]] = lambda table: frozenset()


@dataclass(frozen=True)
class Batch:
    """Rows of one declared table, as the vendor returned them (nested dicts are fine).

    A ``frame`` in their place has values of the declared types already, in the declared
    columns; one of rows that are gone has their ``_key`` alone.
    ``cursor``: everything changed up to this moment has now been yielded; None when
    that cannot be said yet. ``deleted``: the rows (their key columns suffice) are gone
    at the vendor. They are told before any cursor that leaves them behind: what is in
    doubt is told again by the next reading, or nobody could confirm it. ``whole_for``:
    the rows are all that there are where this SQL condition on the table holds; what
    raw holds there besides is gone.
    """

    table: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    cursor: datetime | None = None
    deleted: bool = False
    whole_for: str | None = None
    frame: pl.DataFrame | None = None


@dataclass(frozen=True)
class Feed:
    """One listing of a vendor: its name, the tables it fills, and how to read it."""

    name: str
    read: Callable[[Any, Window], Iterator[Batch]]
    tables: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """A feed that names no tables fills the one it is named after."""
        if not self.tables:
            object.__setattr__(self, "tables", (self.name,))
