"""What the truth states, where Tieout states it too, and whether they are equal."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from dlt_pipelines.sandbox.truth import Truth
from tests.end_to_end.conftest import Firm

Rows = dict[tuple, dict[str, Any]]
PROJECT_MONTH = {"project_code": "project_code", "period_month": "period_month"}
ENTITY_MEASURES = (
    "revenue",
    "intercompany_revenue",
    "cost",
    "intercompany_cost",
    "margin",
)


@dataclass(frozen=True)
class Comparison:
    """A list of the truth, the table that must equal it, and the names on both sides.

    ``key`` and ``columns`` map the truth's name to the table's.
    """

    told: str
    table: str
    key: dict[str, str]
    columns: dict[str, str]

    def true_rows(self, truth: Truth) -> Rows:
        """The truth's rows, by key."""
        return {
            tuple(getattr(row, name) for name in self.key): {
                name: getattr(row, name) for name in self.columns
            }
            for row in getattr(truth, self.told)
        }

    def built_rows(self, db: duckdb.DuckDBPyConnection, table: str) -> Rows:
        """The table's rows, by key, under the truth's names."""
        names = (*self.key.values(), *self.columns.values())
        rows = db.execute(f"select {', '.join(names)} from {table}").fetchall()
        size = len(self.key)
        found = {
            row[:size]: dict(zip(self.columns, row[size:], strict=True)) for row in rows
        }
        assert len(found) == len(rows), f"{table} has a key twice"
        return found


def measures(*names: str, **others: str) -> dict[str, str]:
    """Columns of the truth that are called alike but for «_amount», and others."""
    return {name: f"{name}_amount" for name in names} | others


COMPARISONS = (
    Comparison(
        "project_months",
        "marts.mart_project_margin_monthly",
        PROJECT_MONTH,
        measures(
            "standard_value",
            "labour_raw_provisional",
            "labour_provisional",
            "labour_raw_actual",
            "labour_actual",
            "burden_actualisation",
            "labour_cost",
            "subcontractor",
            "write_down",
            "billed",
            "provisional_cost",
            "loss_provision",
            "margin",
            "reporting_revenue",
            "reporting_margin",
            "overhead",
            "eac",
            "backlog",
            currency_code="currency_code",
            hours="approved_hours",
            expenses="expense_amount",
            revenue="recognised_revenue_amount",
            reporting_cost="reporting_total_cost_amount",
            contribution="contribution_margin_amount",
            etc="forecast_cost_amount",
        ),
    ),
    Comparison(
        "project_months",
        "marts.mart_project_wip_monthly",
        PROJECT_MONTH,
        measures(
            "opening",
            "earned",
            "billed",
            "fx",
            "closing",
            "unbilled",
            "deferred",
            "contract_closing",
            "translation_adjustment",
            "reporting_closing",
            currency_code="currency_code",
            write_down="written_off_amount",
        ),
    ),
    Comparison(
        "project_months",
        "canonical.fct_project_forecasts",
        PROJECT_MONTH,
        measures("etc", "eac", "bac", "eac_cpi", "eac_cpi_spi", "backlog"),
    ),
    Comparison(
        "project_months",
        "canonical.fct_wip_ageing",
        PROJECT_MONTH,
        measures("age_0_30", "age_31_60", "age_61_90", "age_over_90"),
    ),
    Comparison(
        "project_weeks",
        "marts.mart_project_margin_weekly",
        {"project_code": "project_code", "week_start": "week_start_date"},
        measures(
            "margin",
            "reporting_margin",
            revenue="recognised_revenue_amount",
            cost="total_cost_amount",
        ),
    ),
    Comparison(
        "revaluations",
        "canonical.fct_fx_revaluations",
        {
            "item_type": "item_type",
            "item_number": "item_number",
            "period_month": "period_month",
        },
        measures(
            "balance",
            "carrying",
            "closing",
            "revaluation",
            legal_entity_code="legal_entity_code",
            transaction_currency_code="transaction_currency_code",
            currency_code="currency_code",
        ),
    ),
    Comparison(
        "intercompany_months",
        "canonical.fct_intercompany_monthly",
        {
            "provider_entity_code": "provider_entity_code",
            "receiver_entity_code": "receiver_entity_code",
            "period_month": "period_month",
        },
        measures(
            "charge",
            "cost",
            "receiver_charge",
            "receiver_cost",
            "reporting_charge",
            "reporting_cost",
            currency_code="currency_code",
            hours="worked_hours",
        ),
    ),
    Comparison(
        "overhead_shares",
        "canonical.fct_overhead_allocations",
        {
            "legal_entity_code": "legal_entity_code",
            "practice_code": "practice_code",
            "period_month": "period_month",
            "project_code": "project_code",
        },
        measures("overhead"),
    ),
    Comparison(
        "entity_months",
        "marts.mart_entity_margin_monthly",
        {"legal_entity_code": "legal_entity_code", "period_month": "period_month"},
        measures(
            *ENTITY_MEASURES,
            *(f"reporting_{name}" for name in ENTITY_MEASURES),
            provision="loss_provision_amount",
            reporting_provision="reporting_loss_provision_amount",
        ),
    ),
)


def differences(firm: Firm, truth: Truth) -> list[str]:
    """Each row that is not as the truth has it, of all that are compared."""
    with duckdb.connect(firm.published.resolve(), read_only=True) as db:
        db.execute(f"attach '{firm.work / 'build.duckdb'}' as build (read_only)")
        published = {
            f"{schema}.{name}"
            for schema, name in db.execute(
                "select schema_name, table_name from duckdb_tables()"
                " where database_name != 'build'"
            ).fetchall()
        }
        found = []
        for wanted in COMPARISONS:
            is_published = wanted.table in published
            table = wanted.table if is_published else f"build.{wanted.table}"
            found += _differences(wanted, wanted.built_rows(db, table), truth)
    return found


def _differences(wanted: Comparison, built: Rows, truth: Truth) -> Iterator[str]:
    true = wanted.true_rows(truth)
    assert any(map(is_something, true.values())), f"no {wanted.told} to compare"
    for key in sorted(built.keys() | true.keys(), key=str):
        one, other = built.get(key, {}), true.get(key, {})
        # Months in which nothing happened may be on one side only.
        if one != other and (is_something(one) or is_something(other)):
            names = [
                name for name in wanted.columns if one.get(name) != other.get(name)
            ]
            told = ", ".join(f"{n} {one.get(n)} not {other.get(n)}" for n in names)
            yield f"{wanted.table} {' '.join(map(str, key))}: {told}"


def is_something(row: dict[str, Any]) -> bool:
    """Whether a row has an amount or hours other than nothing."""
    return any(isinstance(value, Decimal) and value for value in row.values())


def not_compared() -> set[str]:
    """What the truth states and no comparison looks at."""
    stated = {
        f"{rows.name}.{column.name}"
        for rows in dataclasses.fields(Truth)
        for column in _columns(rows)
    }
    compared = {
        f"{wanted.told}.{name}"
        for wanted in COMPARISONS
        for name in (*wanted.key, *wanted.columns)
    }
    return stated - compared


def _columns(rows: dataclasses.Field) -> tuple[dataclasses.Field, ...]:
    """The columns of a list of rows; faults are what controls must find."""
    of = getattr(rows.type, "__args__", ())
    is_rows = len(of) == 1 and dataclasses.is_dataclass(of[0]) and rows.name != "faults"
    return dataclasses.fields(of[0]) if is_rows else ()
