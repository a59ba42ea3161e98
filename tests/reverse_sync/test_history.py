"""The ledger tells of a key who decided what, when and why, and every attempt."""

import contextlib
import re
from decimal import Decimal

import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.reverse_sync import approvals, history
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.postings import POSTED, SENT, Attempt
from dlt_pipelines.warehouse.policies.people import Person
from tests.reverse_sync.conftest import desired

KEY = "labour_cost_accrual|US10|P1001|2026-05"
EVERYBODY = approvals.Approvers(
    tuple(
        {
            "approver": who,
            "kind": "*",
            "legal_entity_code": "*",
            "currency_code": "USD",
            "limit_amount": "1000000",
        }
        for who in ("bob@example.com", "cfo@example.com")
    )
)


def person(name):
    return Person(name, frozenset({name}), is_registered=True)


def row(amount):
    return desired(amount, approval_threshold_amount=Decimal(10), approvals_needed=2)


@pytest.fixture
def ledger(tmp_path):
    with contextlib.closing(
        Ledger(tmp_path / "ledger.sqlite", "ada@example.com")
    ) as opened:
        approve_and_post(opened, "100.00", "agreed with the controller")
        approve_and_post(opened, "150.00", "late time of May")
        yield opened


def approve_and_post(ledger, amount, reason):
    (entry,) = compare([row(amount)], ledger).entries
    approvals.prepare([entry], ledger, person("ada@example.com"))
    for who in ("bob@example.com", "cfo@example.com"):
        approvals.decide([entry], ledger, person(who), reason, EVERYBODY, approve=True)
    (posting,) = ledger.intend(entry.intents, "netsuite")
    ledger.record([Attempt(posting.posting_id, 1, SENT)])
    ledger.record([Attempt(posting.posting_id, 1, POSTED, "77", detail="found late")])


def without_moments(told):
    moments = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ")
    assert all(moments.match(line) for line in told)
    return [re.sub(r" as TIEOUT-\w+", "", moments.sub("", line)) for line in told]


def test_a_key_is_told_from_who_prepared_it_to_what_the_erp_said(ledger):
    told = without_moments(history.lines(ledger, KEY))
    assert told[:6] == [
        "prepared by ada@example.com, 100.00 USD",
        "approved by bob@example.com, 100.00 USD: agreed with the controller",
        "approved by cfo@example.com, 100.00 USD: agreed with the controller",
        f"{KEY}|v1 intended by ada@example.com, 100.00 USD, in netsuite",
        f"{KEY}|v1 sent (attempt 1)",
        f"{KEY}|v1 posted (attempt 1): 77, found late",
    ]
    assert told[6:8] == [
        "prepared by ada@example.com, 50.00 USD",
        "approved by bob@example.com, 50.00 USD: late time of May",
    ]
    assert len(told) == 12


def test_one_posting_is_told_with_the_decisions_that_let_it_through(ledger):
    told = without_moments(history.lines(ledger, f"{KEY}|v2"))
    assert told == without_moments(history.lines(ledger, KEY))[6:]


def test_what_only_waits_is_told_too(ledger):
    (entry,) = compare([row("175.00")], ledger).entries
    approvals.prepare([entry], ledger, person("ada@example.com"))
    approvals.decide(
        [entry], ledger, person("bob@example.com"), "no", EVERYBODY, approve=False
    )
    assert without_moments(history.lines(ledger, KEY))[-1] == (
        "rejected by bob@example.com, 25.00 USD: no"
    )


def test_an_unknown_key_is_said(ledger):
    with pytest.raises(ConfigurationError, match="knows nothing of P9"):
        history.lines(ledger, "P9")
