"""Revaluations, intercompany, overhead and the entities equal the truth to the cent."""

from dataclasses import dataclass

import duckdb
import pytest

from dlt_pipelines.sandbox.process import State
from dlt_pipelines.sandbox.simulation import simulate
from dlt_pipelines.sandbox.truth import Truth
from dlt_pipelines.sandbox.truth import truth as truth_of

ENTITY_MEASURES = (
    "revenue",
    "intercompany_revenue",
    "cost",
    "intercompany_cost",
    "margin",
)


@dataclass(frozen=True)
class Comparison:
    """Rows of the truth, the table that must equal them, and what is compared."""

    told: str  # the truth's list
    table: str
    key: tuple[str, ...]  # named alike on both sides
    columns: dict[str, str]  # the truth's name → the table's
    where: str = "true"


COMPARISONS = (
    Comparison(
        "revaluations",
        "canonical.fct_fx_revaluations",
        ("item_type", "item_number", "period_month"),
        {
            "legal_entity_code": "legal_entity_code",
            "transaction_currency_code": "transaction_currency_code",
            "balance": "balance_amount",
            "currency_code": "currency_code",
            "carrying": "carrying_amount",
            "closing": "closing_amount",
            "revaluation": "revaluation_amount",
        },
    ),
    Comparison(
        "intercompany_months",
        "canonical.fct_intercompany_monthly",
        ("provider_entity_code", "receiver_entity_code", "period_month"),
        {
            "currency_code": "currency_code",
            "hours": "worked_hours",
            "charge": "charge_amount",
            "cost": "cost_amount",
            "receiver_charge": "receiver_charge_amount",
            "receiver_cost": "receiver_cost_amount",
            "reporting_charge": "reporting_charge_amount",
            "reporting_cost": "reporting_cost_amount",
        },
    ),
    Comparison(
        "overhead_shares",
        "canonical.fct_overhead_allocations",
        ("legal_entity_code", "practice_code", "period_month", "project_code"),
        {"overhead": "overhead_amount"},
    ),
    Comparison(
        "project_months",
        "marts.mart_project_margin_monthly",
        ("project_code", "period_month"),
        {
            "overhead": "overhead_amount",
            "contribution": "contribution_margin_amount",
        },
        "overhead_amount is not null",
    ),
    Comparison(
        "entity_months",
        "marts.mart_entity_margin_monthly",
        ("legal_entity_code", "period_month"),
        {
            **{name: f"{name}_amount" for name in ENTITY_MEASURES},
            **{f"reporting_{m}": f"reporting_{m}_amount" for m in ENTITY_MEASURES},
            "provision": "loss_provision_amount",
            "reporting_provision": "reporting_loss_provision_amount",
        },
    ),
)


def built(db: duckdb.DuckDBPyConnection, wanted: Comparison) -> dict[tuple, tuple]:
    names = ", ".join((*wanted.key, *wanted.columns.values()))
    rows = db.execute(f"select {names} from {wanted.table} where {wanted.where}")
    place = len(wanted.key)
    return {row[:place]: row[place:] for row in rows.fetchall()}


def told(truth: Truth, wanted: Comparison) -> dict[tuple, tuple]:
    rows = {
        tuple(getattr(row, name) for name in wanted.key): tuple(
            getattr(row, name) for name in wanted.columns
        )
        for row in getattr(truth, wanted.told)
    }
    return {key: values for key, values in rows.items() if any_known(values)}


def any_known(values: tuple) -> bool:
    return any(value is not None for value in values)


@pytest.mark.slow
def test_money_between_entities_and_currencies_equals_the_truth(new_firm):
    firm = new_firm(31, 1)
    firm.done("refresh", "--no-post")
    truth = truth_of(simulate(31, 1, State(seed=31).moment))
    with duckdb.connect(firm.work / "build.duckdb", read_only=True) as db:
        for wanted in COMPARISONS:
            left, right = built(db, wanted), told(truth, wanted)
            wrong = [
                f"{key}: built {left.get(key)} true {right.get(key)}"
                for key in left.keys() | right.keys()
                if left.get(key) != right.get(key)
            ]
            assert right, wanted.told
            assert wrong == [], f"{wanted.told}: {len(wrong)} differ: {wrong[:5]}"
