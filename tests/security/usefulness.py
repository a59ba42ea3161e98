"""How near the margins that an audience sees are to finance's."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

POINTS = 0.02
_MARGINS = "marts.mart_project_margin_monthly"


@dataclass(frozen=True)
class Usefulness:
    """Of the project months with revenue, how many margins are near enough."""

    near: int
    of: int

    def __str__(self) -> str:
        return f"{self.near} of {self.of} ({self.near / max(self.of, 1):.0%})"


def usefulness(audience: Path, finance: Path, margin: str, key: str) -> Usefulness:
    """Compare margins of projects and months by share of revenue, two points apart."""
    db = duckdb.connect()
    for name, file in (("audience", audience), ("finance", finance)):
        db.execute(f"attach '{file}' as {name} (read_only)")
    [(near, of)] = db.execute(
        f"select count(*) filter (abs(theirs.{margin} - ours.margin_amount)"
        f" <= {POINTS} * ours.recognised_revenue_amount), count(*)"
        f" from audience.{_MARGINS} as theirs inner join finance.{_MARGINS} as ours"
        f" using ({key}, period_month) where ours.recognised_revenue_amount > 0"
    ).fetchall()
    return Usefulness(near, of)
