"""What a snapshot is made of: when each table of each system was last read whole."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """A table that a snapshot is made of, as ``publication.sources`` has it.

    ``table_name`` is None where the system was never read, ``age_days`` where the table
    was never read whole. ``status`` is landed, or how the latest reading of it ended;
    ``error`` says why, to who may read what people write.
    """

    source_instance: str
    table_name: str | None
    status: str
    age_days: int | None
    error: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the latest reading of it was."""
        return self.status == "landed"

    def __str__(self) -> str:
        """«kantata time entries: 3 days old, failed: no answer»."""
        name = f"{self.source_instance} {self.table_name or ''}".strip()
        days = f"{self.age_days} day{'' if self.age_days == 1 else 's'} old"
        age = "never read whole" if self.age_days is None else days
        why = f": {self.error}" if self.error else ""
        return f"{name.replace('_', ' ')}: {age}, {self.status}{why}"
