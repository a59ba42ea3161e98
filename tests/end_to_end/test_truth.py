"""The marts equal the firm's truth to the cent; the controls find its faults."""

import duckdb
import pytest

from dlt_pipelines.conform import pseudonym
from dlt_pipelines.refresh import SANDBOX_PSEUDONYM_KEY
from dlt_pipelines.sandbox.process import State, write_state
from dlt_pipelines.sandbox.simulation import simulate
from dlt_pipelines.sandbox.truth import truth as truth_of
from tests.end_to_end.comparing import (
    differences,
    not_compared,
    rows_left_out,
    without_anything,
)
from tests.end_to_end.conftest import Firm

MODELS = {
    "C01": "rec_labour_time_to_gl",
    "C02": "rec_invoices_psa_to_erp",
    "C03": "rec_expenses_to_erp",
    "C04": "rec_payroll_to_labour",
    "C05": "rec_employees_hr_psa_payroll",
    "C06": "rec_projects_crm_psa_erp",
    "C08": "rec_expense_coding",
    "C09": "rec_milestones_to_invoices",
    "C11": "rec_intercompany_mirror",
}
# Whole firms differ by their seeds; the last one is of twice the size and younger.
FIRMS = (
    State(seed=7),
    State(seed=11),
    State(seed=23),
    State(seed=31),
    State(seed=42, scale=2, clock="2025-07-03T06:00:00+00:00"),
)


def test_everything_the_truth_states_is_compared():
    assert not_compared() == set()


@pytest.mark.slow
@pytest.mark.parametrize("state", FIRMS, ids=lambda state: f"{state.seed}")
def test_the_marts_equal_the_truth_and_the_controls_find_its_faults(tmp_path, state):
    firm = Firm(tmp_path / "work")
    write_state(firm.work / "sandbox", state)
    firm.done("refresh", "--no-post")
    business = simulate(state.seed, state.scale, state.moment)
    truth = truth_of(business)
    assert rows_left_out(truth) == set()
    assert without_anything(truth) == []
    different = differences(firm, truth)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"
    wrong = {
        control: sorted(found(firm, control) ^ landed_keys(expected, business))
        for control, expected in truth.differences.items()
    }
    assert {control: keys for control, keys in wrong.items() if keys} == {}
    assert truth.differences.keys() == MODELS.keys()
    assert missed(firm, business) == []
    assert business.faults


def missed(firm, business) -> list[tuple[str, str]]:
    """Planted faults that the control which covers them did not find."""
    return [
        (fault.kind, key)
        for fault in business.faults
        if fault.control
        for key in landed_keys(fault.keys, business) - found(firm, fault.control)
    ]


def found(firm, control: str) -> set[str]:
    """The keys a control reports; C04 is per person and stays in the build database."""
    query = (
        f"select difference_key from reconciliation.{MODELS[control]}"
        " where match_status != 'matched'"
    )
    with duckdb.connect(firm.work / "build.duckdb", read_only=True) as db:
        return {key for (key,) in db.execute(query).fetchall()}


def landed_keys(keys, business) -> set[str]:
    """The truth's keys as landing leaves them: payroll identifiers as pseudonyms."""
    associates = {}
    for line in business.payroll_lines:
        run, person = business.payroll_runs[line.run], business.people[line.person]
        key = f"{run.id}|PAYROLL:{run.group}:{person.payroll_file}"
        associates[key] = f"{run.id}|{hidden(person.adp_id)}"
    return {associates.get(key) or _file_hidden(key) for key in keys}


def _file_hidden(key: str) -> str:
    if not key.startswith("PAYROLL:"):
        return key
    kind, group, file = key.split(":")
    return f"{kind}:{group}:{hidden(file)}"


def hidden(identifier: str) -> str:
    return pseudonym(identifier, SANDBOX_PSEUDONYM_KEY.encode())
