"""The marts of utilisation, billing and burden equal the firm's truth to the cent."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from dlt_pipelines.sandbox.process import State
from dlt_pipelines.sandbox.simulation import simulate
from dlt_pipelines.sandbox.truth import truth as truth_of


@dataclass(frozen=True)
class Told:
    """A list of the truth and the mart that must say the same."""

    rows: str  # field of Truth
    mart: str
    key: dict[str, str]  # field: column
    measures: dict[str, str]
    level: str | None = None  # only the truth's rows of this level


def suffixed(suffix: str, *names: str) -> dict[str, str]:
    return {name: f"{name}_{suffix}" for name in names}


GROUP = {
    "entity": "legal_entity_code",
    "practice": "practice_code",
    "grade": "grade_code",
}
BAND = {"rate": "utilisation_rate", "target_rate": "target_rate", "band": "band"}
HOURS = suffixed(
    "hours", "working", "available", "capacity", "annual", "approved", "billable",
    "billed", "internal", "credited", "submitted", "utilised", "base", "target",
) | BAND  # fmt: skip
REALISED = {
    f"{name}{suffix}": column.format(suffix)
    for suffix in ("", "_to_date")
    for name, column in {
        "hours": "approved_hours{}",
        "standard": "standard_value{}_amount",
        "revenue": "recognised_revenue{}_amount",
        "billed": "billed{}_amount",
        "collected": "collected{}_amount",
        "billing_rate": "billing_realisation{}_rate",
        "collection_rate": "collection_realisation{}_rate",
        "hour_rate": "effective_bill{}_rate",
    }.items()
}
MONTH = {"period_month": "period_month"}
LEVEL = {"level": "level_name", "code": "level_code"}
CODES = {
    "project": "project_code",
    "practice": "practice_code",
    "customer": "customer_number",
}
TOLD = [
    Told(
        "utilisation_weeks",
        "mart_practice_utilisation_weekly",
        GROUP | {"starts": "week_start_date"},
        {"people": "people_count"} | HOURS,
    ),
    Told(
        "utilisation_months",
        "mart_practice_utilisation_monthly",
        GROUP | {"starts": "period_month"},
        {"people": "people_count"} | HOURS,
    ),
    Told(
        "utilisation_people",
        "mart_utilisation_weekly",
        GROUP | {"person": "employee_number", "starts": "week_start_date"},
        HOURS,
    ),
    Told(
        "schedules",
        "mart_scheduled_utilisation_weekly",
        GROUP | {"starts": "week_start_date"},
        {"people": "people_count"} | suffixed("hours", "capacity", "scheduled") | BAND,
    ),
    Told(
        "waterfalls",
        "mart_billing_waterfall_monthly",
        {"project_code": "project_code"} | MONTH,
        suffixed(
            "amount", "standard", "discount", "recorded", "unapproved", "approved",
            "unchargeable", "chargeable", "above_cap", "within_cap", "unbilled",
            "write_down", "invoiced", "uncollected", "collected", "overdue", "leakage",
        ),
    ),
    Told(
        "times_to_invoice",
        "mart_time_to_invoice_monthly",
        LEVEL | MONTH,
        {"items": "items_count", "value": "value_amount"}
        | suffixed("days", "invoicing", "approval", "billing"),
    ),
    Told(
        "lock_ups",
        "mart_lock_up_monthly",
        LEVEL | {"entity": "legal_entity_code"} | MONTH,
        {
            "receivable": "receivable_closing_amount",
            "unbilled": "unbilled_closing_amount",
            "revenue": "trailing_revenue_amount",
            "days": "trailing_days",
            "dso": "sales_outstanding_days",
            "wip_days": "wip_days",
            "lock_up": "lock_up_days",
        },
    ),
    Told(
        "burden_pools",
        "mart_burden_pools",
        {"entity": "legal_entity_code", "pool": "pool"} | MONTH,
        {"people": "people_count", "paid_people": "paid_people_count"}
        | suffixed(
            "amount", "raw", "applied", "settled", "actual", "over_absorbed",
            "actualisation",
        ),
    ),
    *(
        Told(
            "realisations",
            f"mart_{level}_realisation_monthly",
            {"code": code, "entity": "legal_entity_code"} | MONTH,
            REALISED,
            level,
        )
        for level, code in CODES.items()
    ),
]  # fmt: skip


def exact(value):
    return Decimal(value) if isinstance(value, int | Decimal) else value


def built(firm, told: Told) -> dict[tuple, tuple]:
    columns = [*told.key.values(), *told.measures.values()]
    width = len(told.key)
    rows = firm.rows(f"select {', '.join(columns)} from marts.{told.mart}")
    return {row[:width]: tuple(map(exact, row[width:])) for row in rows}


def true(truth, told: Told) -> dict[tuple, tuple]:
    return {
        tuple(getattr(row, name) for name in told.key): tuple(
            exact(getattr(row, name)) for name in told.measures
        )
        for row in getattr(truth, told.rows)
        if told.level is None or row.level == told.level
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 23])
def test_the_marts_of_usage_and_billing_equal_the_truth(new_firm, seed):
    firm = new_firm(seed)
    firm.done("refresh", "--no-post")
    truth = truth_of(simulate(seed, 1, State(seed=seed, scale=1).moment))
    for told in TOLD:
        here, there = built(firm, told), true(truth, told)
        wrong = {
            key: (here.get(key), there.get(key))
            for key in here.keys() | there.keys()
            if here.get(key) != there.get(key)
        }
        assert here, told.mart
        assert wrong == {}, f"{told.mart}: {len(wrong)} rows differ"
