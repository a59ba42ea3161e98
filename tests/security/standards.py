"""The computed standard rates of a firm, worked out again after one person changed."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from dlt_pipelines.core.settings import Paths

PAID = "build.canonical.int_pay_at_year_start"
LARGEST_STEP = Decimal("0.25")  # of a rate: what one person may move it by
_MODEL = Path("compiled/models/canonical/cost_rates/dim_standard_rates.sql")
_REFERENCE = re.compile(r'"build"\."(\w+)"\."(\w+)"')

Rates = dict[tuple, Decimal]  # in reporting currency, by group and year


@dataclass(frozen=True)
class Standards:
    """The compiled query of the rates, and copies of what it reads."""

    db: duckdb.DuckDBPyConnection
    query: str

    @classmethod
    def of(cls, work: Path) -> "Standards":
        """Those of a built firm, as if all its currencies were worth the same."""
        query = (work / "dbt" / "target" / _MODEL).read_text()
        db = duckdb.connect()
        db.execute("attach ':memory:' as build")
        db.execute(f"attach '{Paths(work).build}' as built (read_only)")
        for schema, table in sorted(set(_REFERENCE.findall(query))):
            db.execute(f"create schema if not exists build.{schema}")
            name = f"{schema}.{table}"
            db.execute(f"create table build.{name} as from built.{name}")
        db.execute("update build.canonical.dim_fx_rates set fx_rate = 1")
        db.execute(f"create table people as from {PAID}")
        return cls(db, query)

    def rates(self) -> Rates:
        """The rate of each group and year."""
        rows = self.db.execute(
            "select worker_type, grade_code, practice_code, legal_entity_code,"
            f" valid_from, standard_rate from ({self.query})"
        ).fetchall()
        return {tuple(group): rate for *group, rate in rows}

    def people(self) -> list[str]:
        """Everybody who is paid when a year's rates are set."""
        query = "select distinct resource_key from people order by 1"
        return [key for (key,) in self.db.execute(query).fetchall()]

    @contextlib.contextmanager
    def changed(self, statement: str, person: str) -> Iterator[None]:
        """Within, one person is paid otherwise, is gone or there twice."""
        self.db.execute(statement.format(paid=PAID, who=f"resource_key = '{person}'"))
        try:
            yield
        finally:
            self.db.execute(f"delete from {PAID}; insert into {PAID} from people")


def apart(before: Rates, after: Rates) -> list[str]:
    """The groups whose rates differ by more than a step."""
    return [
        f"{' '.join(map(str, group))}: {before[group]:f} became {after[group]:f}"
        for group in sorted(before.keys() & after.keys(), key=str)
        if abs(before[group] - after[group]) > LARGEST_STEP * before[group]
    ]
