"""A firm whose payroll comes in files has the margins of one whose payroll has an API.

Nightly: what a file says is held by `tests/pipelines/test_files.py`, what is made of
the contracts by the firms that every run refreshes.
"""

from dataclasses import replace

import pytest

from dlt_pipelines.sandbox.process import simulated, write_state
from tests.end_to_end.comparing import differences
from tests.end_to_end.conftest import Firm
from tests.end_to_end.firms import CLEAN
from tests.truth.truth import truth

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

SYSTEMS = ("coupa", "files", "kantata", "netsuite", "salesforce", "workday")


def test_pay_that_is_delivered_in_files_is_in_the_margins_to_the_cent(tmp_path):
    state = replace(CLEAN, systems=SYSTEMS)
    firm = Firm(tmp_path / "work")
    write_state(firm.work / "sandbox", state)
    firm.done("refresh", "--no-post")
    assert differences(firm, truth(simulated(state))) == []
