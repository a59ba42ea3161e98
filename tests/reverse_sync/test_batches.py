"""NetSuite's asynchronous batches over HTTP: each row's result, and nothing twice."""

from decimal import Decimal

import pytest

from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.posting import post
from dlt_pipelines.settings import Instance
from dlt_pipelines.vendors.netsuite import batches
from dlt_pipelines.vendors.netsuite import target as netsuite
from tests.reverse_sync.conftest import desired

ROWS = [
    desired(month=month, amount=f"{month}.0{n}", posting_key=f"key-{month}-{n}")
    for month in (5, 6)
    for n in range(4)
]


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch):
    monkeypatch.setattr(netsuite, "JOB_LAG", 0.2)


@pytest.fixture
def batching(erp):
    options = {**erp.instance.options, "posting_batch_size": 100}
    erp.instance = Instance("netsuite", "netsuite", options)
    return erp


def post_rows(rows, ledger, erp):
    return post(compare(rows, ledger), ledger, erp.targets(), wait=lambda _: None)


def test_a_batch_goes_out_in_one_call_and_every_journal_has_its_id(ledger, batching):
    report = post_rows(ROWS, ledger, batching)
    assert len(report.posted) == len(batching.journals()) == len(ROWS)
    kept = {j["external_id"]: str(j["id"]) for j in batching.journals()}
    assert {p.external_id: p.erp_id for p in ledger.postings()} == kept
    assert post_rows(ROWS, ledger, batching).posted == []


def test_of_a_batch_that_is_refused_in_part_each_row_has_its_own_end(ledger, batching):
    closed = desired(month=4, period_state="open", posting_key="closed")
    unknown = desired(erp_project_id="4", posting_key="unknown")
    no_account = desired(debit_account_number="9999", posting_key="no account")
    report = post_rows([*ROWS, closed, unknown, no_account], ledger, batching)
    assert len(report.posted) == len(batching.journals()) == len(ROWS)
    reasons = {posting.posting_key: why for posting, why in report.refused}
    assert set(reasons) == {"closed", "unknown", "no account"}
    assert "accounting period" in reasons["closed"]
    assert "no active account 9999" in reasons["no account"]


@pytest.mark.parametrize("kind", ["lose_answer", "500", "503", "429"])
def test_a_lost_answer_to_a_batch_doubles_and_loses_nothing(ledger, batching, kind):
    batching.disturb(kind, skip=len(ROWS))  # after the look-ups: the batch itself
    report = post_rows(ROWS, ledger, batching)
    assert len(report.posted) == len(batching.journals()) == len(ROWS)
    assert batching.balance()[0] == sum(Decimal(r["desired_amount"]) for r in ROWS)


def test_a_job_that_outlasts_patience_is_found_by_the_next_run(
    ledger, batching, monkeypatch
):
    monkeypatch.setattr(batches, "PATIENCE", 0.0)
    first = post_rows(ROWS, ledger, batching)
    monkeypatch.setattr(batches, "PATIENCE", 600.0)
    again = post_rows(ROWS, ledger, batching)
    assert len(first.posted) + len(again.resolved) + len(again.posted) == len(ROWS)
    assert len(batching.journals()) == len(ROWS)
    assert ledger.open_postings() == []


def test_the_same_batch_has_the_same_key():
    assert batches.key_of(["a", "b"]) == batches.key_of(["a", "b"])
    assert batches.key_of(["a", "b"]) != batches.key_of(["ab", ""])
