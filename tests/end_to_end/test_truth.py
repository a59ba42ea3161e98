"""The marts equal the firm's truth to the cent; the controls find its faults.

`make soak` asks four more firms, one of them of twice the size, and twenty in the
situations of real ones; a random one is asked in every run, by `test_properties`.
"""

import pytest

from dlt_pipelines.sandbox.process import State, simulated, write_state
from tests.conftest import SOAKING
from tests.end_to_end.comparing import (
    differences,
    not_compared,
    rows_left_out,
    without_anything,
)
from tests.end_to_end.conftest import EARLY, seen_by_finance_alone
from tests.end_to_end.findings import exceptions_wrong, missed, wrongly_found
from tests.end_to_end.properties import broken
from tests.truth.figures.exceptions import KINDS
from tests.truth.truth import truth as truth_of

# Whole firms differ by their seeds; the last one is of twice the size and younger.
FIRMS = [State(seed=7)]
if SOAKING:
    FIRMS += [State(seed=seed) for seed in (11, 23, 31)]
    FIRMS += [State(seed=42, scale=2, clock="2025-07-03T06:00:00+00:00")]
EVERY_KIND = 7  # a wild firm that has exceptions of every kind after three months


def test_everything_the_truth_states_is_compared():
    assert not_compared() == set()


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.xdist_group("refresh")  # the default firm is refreshed there
@pytest.mark.parametrize("state", FIRMS, ids=lambda state: f"{state.seed}")
def test_the_marts_equal_the_truth_and_the_controls_find_its_faults(
    firms, tmp_path, state
):
    firm = firms.refreshed(state, tmp_path / "work", posting=False)
    business = simulated(state)
    truth = truth_of(business)
    assert rows_left_out(truth) == set()
    assert without_anything(truth) == []
    different = differences(firm, truth)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"
    assert wrongly_found(firm, truth, business) == {}
    assert missed(firm, business) == []
    assert business.faults


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 21) if SOAKING else (EVERY_KIND,))
def test_a_firm_in_the_situations_of_real_ones_equals_its_truth(tmp_path, seed):
    state = State(seed=seed, clock=EARLY.isoformat(), wild=True)
    firm = seen_by_finance_alone(tmp_path)
    write_state(firm.work / "sandbox", state)
    firm.done("refresh", "--no-post")
    business = simulated(state)
    truth = truth_of(business)
    different = differences(firm, truth)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"
    assert wrongly_found(firm, truth, business) == {}
    assert missed(firm, business) == []
    assert exceptions_wrong(firm, truth) == []
    assert broken(firm) == {}
    if seed == EVERY_KIND:
        assert {row.kind for row in truth.exceptions} == set(KINDS)


@pytest.mark.slow
@pytest.mark.nightly  # the case book's firms (P1 to P3) have such calendars each time
@pytest.mark.parametrize("calendar", ["4-4-5", "13_periods", "april"])
def test_a_fiscal_calendar_of_the_erp_is_counted_by(tmp_path, calendar):
    """Every mart is by the ERP's periods; the truth reads them on its own."""
    state = State(clock=EARLY.isoformat(), calendar=calendar)
    firm = seen_by_finance_alone(tmp_path)
    write_state(firm.work / "sandbox", state)
    firm.done("refresh", "--no-post")
    business = simulated(state)
    truth = truth_of(business)
    different = differences(firm, truth)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"
    assert wrongly_found(firm, truth, business) == {}
    [(periods, named)] = firm.rows(
        r"select count(*), count(*) filter (posting_key ~ '^.*\|2025-02(\|.*)?$')"
        " from adjustments.adj_desired_postings where period_month"
        " between date '2025-01-27' and date '2025-02-24'"
    )
    assert periods > 0
    assert (named > 0) is (calendar == "april"), "a posting's key names its period"
