"""The computed standard rates of a firm, worked out again after a change of one person."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from dlt_pipelines.settings import Paths

PAID = "build.canonical.int_pay_at_year_start"
_MODEL = Path("compiled/models/canonical/policies/dim_standard_rates.sql")
_REFERENCE = re.compile(r'"build"\."(\w+)"\."(\w+)"')


@dataclass(frozen=True)
class Rates:
    """Standard rates in reporting currency, with their steps, by group and year."""

    steps: dict[tuple, tuple[Decimal, Decimal]]

    def apart_from(self, other: "Rates") -> list[str]:
        """The groups whose rates differ by something else than one whole step."""
        return [
            f"{' '.join(map(str, group))}: {rate} became {other.steps[group][0]}"
            for group, (rate, step) in self.steps.items()
            if group in other.steps
            and abs(other.steps[group][0] - rate)
            not in (0, step, other.steps[group][1])
        ]


@dataclass(frozen=True)
class Standards:
    """The compiled query of the rates, and copies of what it reads."""

    db: duckdb.DuckDBPyConnection
    query: str

    @classmethod
    def of(cls, work: Path) -> "Standards":
        """Those of a built firm."""
        query = (work / "dbt" / "target" / _MODEL).read_text()
        db = duckdb.connect()
        db.execute("attach ':memory:' as build")
        db.execute(f"attach '{Paths(work).build}' as built (read_only)")
        for schema, table in sorted(set(_REFERENCE.findall(query))):
            db.execute(f"create schema if not exists build.{schema}")
            name = f"{schema}.{table}"
            db.execute(f"create table build.{name} as from built.{name}")
        return cls(db, query)
