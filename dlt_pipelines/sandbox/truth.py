"""The truth: the firm's economics and its systems' differences, in plain Python.

It reads the simulation's objects and the constants of ``policies``; it shares no code
with the SQL and reads no seed. All money is whole cents until the end.
"""

import json
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from dlt_pipelines.sandbox.costing import money
from dlt_pipelines.sandbox.model import Fault, Firm
from dlt_pipelines.sandbox.truth_books import Books
from dlt_pipelines.sandbox.truth_controls import differences
from dlt_pipelines.sandbox.truth_revenue import revenue_to_date


@dataclass(frozen=True)
class ProjectMonth:
    """A project's month in the functional currency of its entity."""

    project_code: str
    period_month: date  # first day
    currency_code: str
    hours: Decimal  # approved, employees and contractors
    standard_value: Decimal
    labour_provisional: Decimal
    labour_actual: Decimal  # of the entries payroll has landed for
    labour_cost: Decimal  # actual where there is one, else provisional
    subcontractor: Decimal
    expenses: Decimal
    revenue: Decimal
    billed: Decimal
    unbilled: Decimal  # at the month's end, ≥ 0
    deferred: Decimal  # at the month's end, ≥ 0


@dataclass
class Truth:
    """What is so, whatever the systems say.

    ``differences`` maps control → key → reason, before Tieout has posted anything;
    ``causes`` maps the same keys to why the systems differ: a lag or a fault's kind.
    """

    as_of: date
    project_months: list[ProjectMonth]
    faults: list[Fault]
    differences: dict[str, dict[str, str]]
    causes: dict[str, dict[str, str]] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return everything as JSON; amounts and dates are strings."""
        content = {
            "as_of": self.as_of,
            "project_months": [asdict(month) for month in self.project_months],
            "faults": [asdict(fault) for fault in self.faults],
            "differences": self.differences,
            "causes": self.causes,
        }
        return json.dumps(content, default=str, ensure_ascii=False, indent=1)

    def write(self, path: Path) -> None:
        """Write ``to_json`` to ``path``; folders must exist."""
        path.write_text(self.to_json() + "\n", encoding="utf-8")


def truth(firm: Firm) -> Truth:
    """Return the truth about ``firm`` as of its clock's date."""
    books = Books(firm)
    rows: list[ProjectMonth] = []
    for code in sorted(firm.projects):
        rows += _project_months(books, code)
    found, causes = differences(firm, books)
    return Truth(books.as_of, rows, list(firm.faults), found, causes)


def _project_months(books: Books, code: str) -> list[ProjectMonth]:
    """Return a project's rows: its own months, each with the balance at its end.

    To date: unbilled = max(earned − billed, 0), deferred = max(billed − earned, 0).
    """
    months = books.months(code)
    earned = revenue_to_date(books, code, months)
    facts, billed, before = books.facts[code], 0, 0
    rows = []
    for month in months:
        fact = facts.get(month) or defaultdict(int)
        billed += fact["billed"]
        balance = earned[month] - billed
        rows.append(
            ProjectMonth(
                code,
                month,
                books.currency(code),
                (Decimal(fact["minutes"]) / 60).quantize(Decimal("0.01")),
                money(fact["standard"]),
                money(fact["provisional"]),
                money(fact["actual"]),
                money(fact["labour"]),
                money(fact["subcontractor"]),
                money(fact["expenses"]),
                money(earned[month] - before),
                money(fact["billed"]),
                money(max(balance, 0)),
                money(max(-balance, 0)),
            )
        )
        before = earned[month]
    return rows
