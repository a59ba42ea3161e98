"""A region's cells as its models have them, folded into the rows it hands over."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from dlt_pipelines.warehouse.residency.folding import Cell, folded

AMOUNTS = ("recognised_revenue", "total_cost", "margin", "unbilled", "deferred")
MINUTES = ("approved_minutes", "billable_minutes", "capacity_minutes")
FUNCTIONAL = tuple(f"{name}_amount" for name in AMOUNTS)
REPORTING = tuple(f"reporting_{name}_amount" for name in AMOUNTS)
KINDS = {"money": FUNCTIONAL, "minutes": MINUTES}  # what is counted for whom
KEY = ("legal_entity_code", "practice_code", "period_month", "currency_code")
MONEY = "decimal(18,4)"
SMALLEST = 5  # people that whatever is handed over is about, at least
COLUMNS = {
    "legal_entity_code": "varchar",
    "practice_code": "varchar",
    "period_month": "date",
    "currency_code": "varchar",
    "money_people_count": "integer",
    **dict.fromkeys((*FUNCTIONAL, *REPORTING), MONEY),
    "minutes_people_count": "integer",
    **dict.fromkeys(MINUTES, "bigint"),
}

Month = dict[str, Any]  # a row of int_group_cells_monthly by column


@dataclass(frozen=True)
class Told:
    """The rows of a region, and the months of too few people: nothing is told of them.

    A row is by column; what it has nothing of, because its people are too few for that
    kind of figures, is in the rest of its entity or region.
    """

    rows: list[dict[str, Any]]
    withheld: list[tuple[date, str]]  # the month and the kind of figures


def told(build: duckdb.DuckDBPyConnection, entities: frozenset[str]) -> Told:
    """What the entities of a region tell the group of the months that were built."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    withheld = []
    months, currency = _months(build, entities), reporting_currency(build)
    for kind, columns in KINDS.items():
        people = _people(build, kind)
        for month, found in months.items():
            cells = [_cell(each, columns, people) for each in found]
            shown = folded(cells, currency, SMALLEST)
            if not shown and not all(cell.is_empty for cell in cells):
                withheld.append((month, kind))
            for cell in shown:
                key = (cell.entity, cell.practice, month, cell.currency)
                rows.setdefault(key, {}).update(_figures(cell, kind))
    whole = [dict(zip(KEY, key, strict=True)) | row for key, row in rows.items()]
    return Told(sorted(whole, key=_order), sorted(withheld))


def _figures(cell: Cell, kind: str) -> dict[str, Any]:
    """What a row has of one kind of figures."""
    reporting = {f"reporting_{name}": a for name, a in cell.reporting.items()}
    return {f"{kind}_people_count": len(cell.people), **cell.amounts, **reporting}


def reporting_currency(build: duckdb.DuckDBPyConnection) -> str:
    """The currency of the group's figures."""
    [(currency,)] = build.execute(
        "select max(reporting_currency_code) from marts.int_group_cells_monthly"
    ).fetchall()
    return currency or ""


def _cell(
    row: Month, columns: tuple[str, ...], people: dict[tuple[Any, ...], set[str]]
) -> Cell:
    key = tuple(row[column] for column in KEY[:3])
    return Cell(
        entity=row["legal_entity_code"],
        practice=row["practice_code"],
        currency=row["currency_code"],
        people=frozenset(people.get(key, ())),
        amounts={column: row[column] for column in columns},
        reporting={c: row[f"reporting_{c}"] for c in columns if c in FUNCTIONAL},
    )


def _months(
    build: duckdb.DuckDBPyConnection, entities: frozenset[str]
) -> dict[date, list[Month]]:
    found = build.execute(
        "from marts.int_group_cells_monthly where list_contains(?, legal_entity_code)"
        " order by period_month",
        [sorted(entities)],
    )
    columns = [column for column, *_ in found.description]
    months: dict[date, list[Month]] = defaultdict(list)
    for values in found.fetchall():
        row = dict(zip(columns, values, strict=True))
        months[row["period_month"]].append(row)
    return months


def _people(
    build: duckdb.DuckDBPyConnection, kind: str
) -> dict[tuple[Any, ...], set[str]]:
    people: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for *key, person in build.execute(
        "select legal_entity_code, practice_code, period_month, resource_key"
        " from marts.int_group_people_monthly where counted_for = ?",
        [kind],
    ).fetchall():
        people[tuple(key)].add(person)
    return people


def _order(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[column] or "~") for column in KEY)


def totals(
    rows: list[dict[str, Any]], group_currency: str
) -> dict[tuple[Any, ...], Decimal]:
    """The sums of rows by measure and currency; minutes are in none."""
    sums: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for row in rows:
        for measure, currency in _measures(row, group_currency):
            sums[measure, currency] += Decimal(row.get(measure) or 0)
    return dict(sums)


def _measures(row: dict[str, Any], group_currency: str) -> Iterator[tuple[str, str]]:
    yield from ((measure, row["currency_code"]) for measure in FUNCTIONAL)
    yield from ((measure, group_currency) for measure in REPORTING)
    yield from ((measure, "") for measure in MINUTES)
