"""What the truth states and which table must state the same, under which names."""

from dataclasses import dataclass, field
from typing import Any

import duckdb

from tests.truth.truth import Truth

Rows = dict[tuple, dict[str, Any]]
PROJECT_MONTH = {"project_code": "project_code", "period_month": "period_month"}
ENTITY_MEASURES = (
    "revenue",
    "intercompany_revenue",
    "cost",
    "intercompany_cost",
    "margin",
)
GROUP = {
    "entity": "legal_entity_code",
    "practice": "practice_code",
    "grade": "grade_code",
}
LEVEL = {"level": "level_name", "code": "level_code"}
PEOPLE = {"people": "people_count"}
REALISED_CODES = {
    "project": "project_code",
    "practice": "practice_code",
    "customer": "customer_number",
}


@dataclass(frozen=True)
class Comparison:
    """A list of the truth, the table that must equal it, and the names on both sides.

    ``key`` and ``columns`` map the truth's name to the table's; ``only`` says which of
    the truth's rows the table holds. ``joined`` adds tables, below ``{build}``. Where
    ``is_sparse``, a row with no amount may be on one side only.
    """

    told: str
    table: str
    key: dict[str, str]
    columns: dict[str, str]
    only: dict[str, Any] = field(default_factory=dict)
    joined: str = ""
    is_sparse: bool = True

    def rows(self, truth: Truth) -> list[Any]:
        """The truth's rows that are compared."""
        return [
            row
            for row in getattr(truth, self.told)
            if all(getattr(row, name) == value for name, value in self.only.items())
        ]

    def true_rows(self, truth: Truth) -> Rows:
        """The truth's rows, by key."""
        rows = self.rows(truth)
        found = {
            tuple(getattr(row, name) for name in self.key): {
                name: getattr(row, name) for name in self.columns
            }
            for row in rows
        }
        assert len(found) == len(rows), f"{self.told} has a key twice"
        return found

    def built_rows(self, db: duckdb.DuckDBPyConnection, build: str) -> Rows:
        """The table's rows, by key, under the truth's names; ``build`` prefixes it."""
        names = (*self.key.values(), *self.columns.values())
        rows = db.execute(
            f"select {', '.join(names)} from {build}{self.table}"
            f" {self.joined.format(build=build)}"
        ).fetchall()
        size = len(self.key)
        found = {
            row[:size]: dict(zip(self.columns, row[size:], strict=True)) for row in rows
        }
        assert len(found) == len(rows), f"{self.table} has a key twice"
        return found


def suffixed(suffix: str, *names: str) -> dict[str, str]:
    """Columns of the truth that are called alike but for a suffix."""
    return {name: f"{name}_{suffix}" for name in names}


def measures(*names: str, **others: str) -> dict[str, str]:
    """Columns of the truth that are called alike but for «_amount», and others."""
    return suffixed("amount", *names) | others


BAND = {"rate": "utilisation_rate", "target_rate": "target_rate", "band": "band"}
USED = suffixed(
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
    Comparison(
        "revenue_schedule",
        "canonical.fct_revenue_schedule",
        PROJECT_MONTH | {"obligation_code": "obligation_code"},
        {
            "contract_amount": "contract_scheduled_amount",
            "amount": "scheduled_amount",
        },
        joined="inner join {build}canonical.dim_obligations"
        " using (obligation_key, project_code)",
        is_sparse=False,
    ),
    Comparison(
        "month_forecasts",
        "canonical.fct_monthly_forecasts",
        PROJECT_MONTH,
        measures(
            "eac",
            currency_code="currency_code",
            revenue="forecast_revenue_amount",
            cost="forecast_cost_amount",
            margin="forecast_margin_amount",
            etc="scheduled_cost_amount",
        ),
    ),
    Comparison(
        "invoice_proposals",
        "marts.mart_invoice_proposals",
        {"project_code": "project_code"},
        measures(
            "time",
            "balance",
            "cost",
            "net",
            "tax",
            "gross",
            currency_code="currency_code",
            expenses="expense_amount",
            milestones="milestone_amount",
            instalments="instalment_amount",
            over_cap="cap_amount",
            tax_code="tax_code",
            revenue_account="revenue_account",
            segment="segment_code",
            region="customer_region",
            status="status",
        ),
        is_sparse=False,
    ),
    Comparison(
        "utilisation_weeks",
        "marts.mart_practice_utilisation_weekly",
        GROUP | {"starts": "week_start_date"},
        PEOPLE | USED,
        only={"person": None},
        is_sparse=False,
    ),
    Comparison(
        "utilisation_months",
        "marts.mart_practice_utilisation_monthly",
        GROUP | {"starts": "period_month"},
        PEOPLE | USED,
        only={"person": None},
        is_sparse=False,
    ),
    Comparison(
        "utilisation_people",
        "marts.mart_utilisation_weekly",
        GROUP | {"person": "employee_number", "starts": "week_start_date"},
        USED,
        only={"people": 1},
        is_sparse=False,
    ),
    Comparison(
        "schedules",
        "marts.mart_scheduled_utilisation_weekly",
        GROUP | {"starts": "week_start_date"},
        PEOPLE | suffixed("hours", "capacity", "scheduled") | BAND,
        is_sparse=False,
    ),
    Comparison(
        "waterfalls",
        "marts.mart_billing_waterfall_monthly",
        PROJECT_MONTH,
        measures(
            "standard", "discount", "recorded", "unapproved", "approved",
            "unchargeable", "chargeable", "above_cap", "within_cap", "unbilled",
            "write_down", "invoiced", "uncollected", "collected", "overdue", "leakage",
        ),
        is_sparse=False,
    ),
    *(
        Comparison(
            "realisations",
            f"marts.mart_{level}_realisation_monthly",
            {
                "code": code,
                "entity": "legal_entity_code",
                "period_month": "period_month",
            },
            REALISED,
            only={"level": level},
            is_sparse=False,
        )
        for level, code in REALISED_CODES.items()
    ),
    Comparison(
        "times_to_invoice",
        "marts.mart_time_to_invoice_monthly",
        LEVEL | {"period_month": "period_month"},
        {"items": "items_count", "value": "value_amount"}
        | suffixed("days", "invoicing", "approval", "billing"),
        is_sparse=False,
    ),
    Comparison(
        "lock_ups",
        "marts.mart_lock_up_monthly",
        LEVEL | {"entity": "legal_entity_code", "period_month": "period_month"},
        {
            "receivable": "receivable_closing_amount",
            "unbilled": "unbilled_closing_amount",
            "revenue": "trailing_revenue_amount",
            "days": "trailing_days",
            "dso": "sales_outstanding_days",
            "wip_days": "wip_days",
            "lock_up": "lock_up_days",
        },
        is_sparse=False,
    ),
    Comparison(
        "burden_pools",
        "marts.mart_burden_pools",
        {"entity": "legal_entity_code", "pool": "pool", "period_month": "period_month"},
        PEOPLE
        | {"paid_people": "paid_people_count"}
        | measures(
            "raw", "applied", "settled", "actual", "over_absorbed", "actualisation"
        ),
        is_sparse=False,
    ),
)  # fmt: skip
