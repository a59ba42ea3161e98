"""Where files are delivered: a place lists what is there and opens it, no more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

CHUNK = 4 * 2**20  # bytes that are read at once


@dataclass(frozen=True)
class Entry:
    """A file of a place: its name below it, its size, when it was written (UTC)."""

    name: str
    size: int
    modified_at: datetime

    @property
    def stamp(self) -> str:
        """What tells it from other files of the name."""
        return f"{self.size}@{self.modified_at.replace(tzinfo=None).isoformat()}"


class Place(Protocol):
    """Where a system delivers its files."""

    def entries(self) -> dict[str, Entry]:
        """All files of it, by name; raises ConnectionFailed or ConfigurationError."""

    def entry(self, name: str) -> Entry | None:
        """A file as it is now; None when it is gone."""

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a file."""

    def close(self) -> None:
        """Let go of connections."""
