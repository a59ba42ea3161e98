"""The young firm on S/4HANA: its marts are its truth, its postings arrive once.

Nightly: that S/4HANA says of a firm what its usual ERP does holds
tests/pipelines/test_s4hana_says.py, that a journal arrives once test_s4hana.py.
"""

from dataclasses import replace

import pytest

from dlt_pipelines.sandbox.firm.model import Firm as Business
from dlt_pipelines.sandbox.process import simulated, write_state
from dlt_pipelines.sandbox.serving.store import Records
from dlt_pipelines.vendors.s4hana.sandbox.books import document_number
from tests.end_to_end.comparing import differences
from tests.end_to_end.conftest import Firm, seen_by_finance_alone
from tests.end_to_end.findings import missed, wrongly_found
from tests.end_to_end.firms import YOUNG
from tests.truth.truth import Truth
from tests.truth.truth import truth as truth_of

pytestmark = [pytest.mark.slow, pytest.mark.nightly, pytest.mark.xdist_group("s4hana")]

OTHERS = ("adp", "coupa", "kantata", "salesforce", "workday")
ON_S4HANA = replace(YOUNG, systems=(*OTHERS, "s4hana"))


@pytest.fixture(scope="module")
def firm(tmp_path_factory) -> Firm:
    """The young firm on S/4HANA after its first refresh."""
    firm = seen_by_finance_alone(tmp_path_factory.mktemp("s4hana"))
    write_state(firm.work / "sandbox", ON_S4HANA)
    firm.done("refresh", "--no-post")
    return firm


def by_its_numbers(truth: Truth, business: Business) -> Truth:
    """The truth with the numbers that S/4HANA itself gives its documents."""
    numbers = {x.number: document_number(x.id) for x in business.ledger.values()}
    revalued = [
        replace(row, item_number=numbers[row.item_number]) for row in truth.revaluations
    ]
    return replace(truth, revaluations=revalued)


def test_its_marts_equal_the_truth_and_the_controls_find_its_faults(firm):
    business = simulated(ON_S4HANA)
    truth = by_its_numbers(truth_of(business), business)
    different = differences(firm, truth)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"
    assert wrongly_found(firm, truth, business) == {}
    assert missed(firm, business) == []


def test_its_postings_arrive_once_and_a_second_refresh_posts_nothing(firm):
    firm.done("refresh")
    store = firm.work / "sandbox" / "written.sqlite"
    kept = Records(store, "s4hana").all("journal")
    ids = [record["header_text"] for record in kept]
    assert len(ids) == len(set(ids)) > 50
    told = firm.done("refresh")
    assert "Postings   0 to post" in told.out
    assert len(Records(store, "s4hana").all("journal")) == len(ids)
    assert firm.rows(
        "select match_status, count(*) from reconciliation.rec_postings_to_erp"
        " group by all"
    ) == [("matched", len(ids))]
