"""The marts equal the firm's truth to the cent; the controls find its faults."""

from dataclasses import fields
from decimal import Decimal

import pytest

from dlt_pipelines.conform import pseudonym
from dlt_pipelines.refresh import SANDBOX_PSEUDONYM_KEY
from dlt_pipelines.sandbox.process import State
from dlt_pipelines.sandbox.simulation import simulate
from dlt_pipelines.sandbox.truth import truth as truth_of

MARGIN = {
    "hours": "approved_hours",
    "standard_value": "standard_value_amount",
    "labour_provisional": "labour_provisional_amount",
    "labour_actual": "labour_actual_amount",
    "labour_cost": "labour_cost_amount",
    "subcontractor": "subcontractor_amount",
    "expenses": "expense_amount",
    "revenue": "recognised_revenue_amount",
    "billed": "billed_amount",
}
WIP = {"unbilled": "unbilled_amount", "deferred": "deferred_amount"}
MODELS = {
    "C01": "rec_labour_time_to_gl",
    "C02": "rec_invoices_psa_to_erp",
    "C03": "rec_expenses_to_erp",
    "C05": "rec_employees_hr_psa_payroll",
    "C06": "rec_projects_crm_psa_erp",
    "C08": "rec_expense_coding",
    "C09": "rec_milestones_to_invoices",
}


def built(firm, mart: str, columns: dict[str, str]) -> dict[tuple, dict[str, Decimal]]:
    rows = firm.rows(
        f"select project_code, period_month, {', '.join(columns.values())}"
        f" from marts.{mart}"
    )
    return {
        (code, month): dict(zip(columns, values, strict=True))
        for code, month, *values in rows
    }


def nonzero(rows: dict[tuple, dict]) -> dict[tuple, dict]:
    """Months in which nothing happened may be on one side only."""
    kept = {}
    for key, values in rows.items():
        filled = {name: Decimal(value or 0) for name, value in values.items()}
        if any(filled.values()):
            kept[key] = filled
    return kept


def told(truth, columns: dict[str, str]) -> dict[tuple, dict[str, Decimal]]:
    return {
        (m.project_code, m.period_month): {c: getattr(m, c) for c in columns}
        for m in truth.project_months
    }


def differences(left: dict, right: dict) -> list[str]:
    return [
        f"{key}: built {left.get(key)} true {right.get(key)}"
        for key in sorted(left.keys() | right.keys())
        if left.get(key) != right.get(key)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "scale"), [(7, 2), (11, 2), (23, 2), (7, 1), (11, 1), (23, 1)]
)
def test_the_marts_equal_the_truth_and_the_controls_find_its_faults(
    new_firm, seed, scale
):
    firm = new_firm(seed, scale)
    firm.done("refresh", "--no-post")
    state = State(seed=seed, scale=scale)
    simulated = simulate(seed, scale, state.moment)
    truth = truth_of(simulated)
    for mart, columns in (
        ("mart_project_margin_monthly", MARGIN),
        ("mart_project_wip_monthly", WIP),
    ):
        wrong = differences(
            nonzero(built(firm, mart, columns)), nonzero(told(truth, columns))
        )
        assert wrong == [], f"{len(wrong)} project-months differ: {wrong[:5]}"
    assert {f.name for f in fields(truth.project_months[0])} > MARGIN.keys()
    for control, expected in truth.differences.items():
        if control in MODELS:
            assert found(firm, control) == keys_in_control(expected), control
    for fault in simulated.faults:
        if fault.control in MODELS:
            missed = keys_in_control(fault.keys) - found(firm, fault.control)
            assert not missed, f"{fault.kind} was not found: {missed}"


def found(firm, control: str) -> set[str]:
    rows = firm.rows(
        f"select difference_key from reconciliation.{MODELS[control]}"
        " where match_status != 'matched'"
    )
    return {key for (key,) in rows}


def keys_in_control(keys) -> set[str]:
    """Payroll files leave landing only as pseudonyms."""
    return {_as_landed(key) for key in keys}


def _as_landed(key: str) -> str:
    if not key.startswith("PAYROLL:"):
        return key
    kind, group, file = key.split(":")
    return f"{kind}:{group}:{pseudonym(file, SANDBOX_PSEUDONYM_KEY.encode())}"
