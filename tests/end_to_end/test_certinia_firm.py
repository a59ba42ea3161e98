"""The sandbox firm with Certinia for its PSA: its marts are its truth.

Nightly: what each join and word of Certinia means is held by unit tests beside the
models, what its contracts say by `tests/pipelines/test_certinia_contracts.py`.
"""

from dataclasses import replace
from decimal import Decimal

import pytest

from dlt_pipelines.sandbox.process import simulated, write_state
from tests.end_to_end.comparing import differences
from tests.end_to_end.conftest import seen_by_finance_alone
from tests.end_to_end.firms import CLEAN
from tests.truth.truth import truth as truth_of

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

SYSTEMS = ("adp", "certinia", "coupa", "netsuite", "salesforce", "workday")
# Pay is shared out to time entries, whose ids are Certinia's: of equal shares another
# one gets the cent. A plan with exceptions is priced part by part.
SOME_CENTS = Decimal("0.25")


def test_the_marts_are_the_truth_but_for_who_gets_a_cent(tmp_path):
    state = replace(CLEAN, systems=SYSTEMS)
    firm = seen_by_finance_alone(tmp_path)
    write_state(firm.work / "sandbox", state)
    firm.done("refresh", "--no-post")
    different = differences(firm, truth_of(simulated(state)), SOME_CENTS)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"
