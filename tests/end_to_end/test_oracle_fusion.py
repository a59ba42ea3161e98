"""The sandbox firm on Oracle Fusion: true to the cent, and every posting once.

Quicker tests hold that each journal arrives once (tests/reverse_sync), that each row is
read (tests/pipelines) and what each word means (the models' unit tests).
"""

import contextlib
from collections import Counter

import pytest

from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.sandbox.process import State, simulated, write_state
from dlt_pipelines.sandbox.serving.store import Records
from tests.end_to_end.comparing import differences
from tests.end_to_end.conftest import EARLY, seen_by_finance_alone
from tests.end_to_end.findings import missed, wrongly_found
from tests.truth.truth import truth as truth_of

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

SYSTEMS = ("adp", "coupa", "kantata", "oracle_fusion", "salesforce", "workday")
STATE = State(clock=EARLY.isoformat(), systems=SYSTEMS)


@pytest.fixture
def firm(tmp_path):
    firm = seen_by_finance_alone(tmp_path)
    write_state(firm.work / "sandbox", STATE)
    return firm


def held(firm):
    """The external ids of the journals that Oracle has, each as often as it has it."""
    store = Records(firm.work / "sandbox" / "written.sqlite", "oracle_fusion")
    with contextlib.closing(store.connection):
        return Counter(
            header["ExternalReference"]
            for batch in store.all("batch")
            for header in batch["journalHeaders"]
            if batch["Status"] == "P"
        )


def posted(firm):
    with contextlib.closing(Ledger(firm.work / "ledger.sqlite")) as ledger:
        return ledger.postings()


def test_the_firm_on_oracle_fusion_equals_its_truth_and_posts_once(firm):
    business = simulated(STATE)
    truth = truth_of(business)
    firm.done("refresh", "--no-post")
    different = differences(firm, truth)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"
    assert wrongly_found(firm, truth, business) == {}
    assert missed(firm, business) == []

    firm.done("refresh")
    first = posted(firm)
    assert first
    assert {posting.status for posting in first} == {"posted"}
    assert held(firm) == Counter(posting.external_id for posting in first)

    firm.done("refresh")
    assert len(posted(firm)) == len(first)
    assert held(firm) == Counter(posting.external_id for posting in first)
    different = differences(firm, truth)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"
    assert firm.rows(
        "select match_status, count(*) > 0 from reconciliation.rec_postings_to_erp"
        " group by match_status"
    ) == [("matched", True)]
