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


def usefulness(audience: Path, finance: Path) -> Usefulness:
    """Compare margins of projects and months, each as a share of its revenue."""
    db = duckdb.connect()
    for name, file in (("audience", audience), ("finance", finance)):
        db.execute(f"attach '{file}' as {name} (read_only)")
    [(near, of)] = db.execute(
        f"select count(*) filter (abs(theirs.margin_rate - ours.margin_rate)"
        f" <= {POINTS}), count(*)"
        f" from audience.{_MARGINS} as theirs inner join finance.{_MARGINS} as ours"
        " using (project_key, period_month)"
        " where theirs.margin_rate is not null and ours.margin_rate is not null"
    ).fetchall()
    return Usefulness(near, of)
