"""The group: companies on four ERPs, people in two PSAs, one truth.

`make soak` asks four more of them; that a refresh confirms what was posted and the next
one posts nothing is asked nightly.
"""

from collections import Counter
from contextlib import closing
from dataclasses import replace

import pytest

from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.sandbox.firm.parts import BOOKS, DELIVERY
from dlt_pipelines.sandbox.process import read_state, simulated, write_state
from dlt_pipelines.sandbox.serving.store import Records
from tests.conftest import SOAKING
from tests.end_to_end.comparing import differences
from tests.end_to_end.conftest import EARLY, Firm, seen_by_finance_alone
from tests.end_to_end.findings import missed, wrongly_found
from tests.end_to_end.group import as_said
from tests.truth.truth import truth as truth_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("group")]

SEEDS = range(1, 6) if SOAKING else (1,)
ERP_OF = {entity: erp for erp, entities in BOOKS.items() for entity in entities}


@pytest.fixture(scope="module", params=SEEDS)
def firm(request, tmp_path_factory) -> Firm:
    """The group after its first refresh, and what it posted then."""
    firm = seen_by_finance_alone(tmp_path_factory.mktemp("group"))
    seed = f"{request.param}"
    told = firm.done("sandbox", "reset", "--firm", "group", "--seed", seed)
    assert f"A new group: seed {seed}" in told.out
    kept = firm.work / "sandbox"
    write_state(kept, replace(read_state(kept), clock=EARLY.isoformat()))
    firm.done("refresh", "--no-post")
    firm.done("post")
    return firm


@pytest.mark.soak
def test_its_marts_equal_the_truth_and_the_controls_find_its_faults(firm):
    business = as_said(simulated(read_state(firm.work / "sandbox")))
    truth = truth_of(business)
    different = differences(firm, truth)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"
    assert wrongly_found(firm, truth, business) == {}
    assert missed(firm, business) == []
    assert business.faults


def test_everything_of_a_company_is_said_by_its_own_systems(firm):
    kept_by = "select legal_entity_code, erp_instance from canonical.dim_legal_entities"
    assert dict(firm.rows(kept_by)) == ERP_OF
    run_in = (
        "select distinct records.source_instance, projects.legal_entity_code"
        " from canonical.crosswalk_projects as records"
        " inner join canonical.dim_projects as projects using (project_code)"
        " where records.role = 'psa'"
    )
    assert set(firm.rows(run_in)) == {
        (psa, entity) for psa, entities in DELIVERY.items() for entity in entities
    }


def held(firm: Firm) -> dict[str, Counter[str]]:
    """The external ids that each ERP has of journals, as often as it has them."""
    return {erp: Counter(ids(records(firm, erp))) for erp, ids in IDS.items()}


def records(firm: Firm, erp: str) -> Records:
    return Records(firm.work / "sandbox" / "written.sqlite", erp)


IDS = {
    "netsuite": lambda kept: [j["external_id"] for j in kept.all("journalEntry")],
    "dynamics365": lambda kept: [
        j["IntegrationKey"] for j in kept.all("generalJournal") if j["is_posted"]
    ],
    "s4hana": lambda kept: [j["header_text"] for j in kept.all("journal")],
    "oracle_fusion": lambda kept: [
        header["ExternalReference"]
        for batch in kept.all("batch")
        if batch["Status"] == "P"
        for header in batch["journalHeaders"]
    ],
}


def posted(firm: Firm) -> dict[str, Counter[str]]:
    """What the ledger says that each ERP was posted."""
    told: dict[str, Counter[str]] = {erp: Counter() for erp in BOOKS}
    with closing(Ledger(firm.work / "ledger.sqlite")) as ledger:
        for posting in ledger.postings():
            assert posting.status == "posted"
            told[ERP_OF[posting.posting_key.split("|")[1]]][posting.external_id] += 1
    return told


@pytest.mark.soak
def test_each_erp_has_the_postings_of_its_companies_once(firm):
    told = posted(firm)
    assert all(told.values())
    assert held(firm) == told
    again = firm.done("post")
    assert "0 to post" in again.out
    assert held(firm) == told


@pytest.mark.soak
@pytest.mark.nightly
def test_a_refresh_confirms_what_was_posted_and_the_next_posts_nothing(firm):
    told = held(firm)
    for _ in range(2):
        again = firm.done("refresh")
        assert "Postings   0 to post" in again.out
        assert held(firm) == told
    assert firm.rows(
        "select match_status, count(*) from reconciliation.rec_postings_to_erp"
        " group by all"
    ) == [("matched", sum(map(Counter.total, told.values())))]
