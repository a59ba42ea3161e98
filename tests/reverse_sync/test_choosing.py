"""What a filter takes of the entries that wait, and what is summed of it."""

from datetime import date
from decimal import Decimal

import pytest
from rich.console import Console

from dlt_pipelines.reverse_sync import show
from dlt_pipelines.reverse_sync.approvals import NotYours
from dlt_pipelines.reverse_sync.choosing import Filter, Total, choose
from dlt_pipelines.reverse_sync.plan import Plan, compare
from tests.reverse_sync.conftest import desired

KIND = "labour_cost_accrual"


@pytest.fixture
def planned(ledger) -> Plan:
    """Three entries that wait, one of them a reduction."""
    needs = {"approval_threshold_amount": None, "approvals_needed": 1}
    rows = [
        desired("900.00", **needs),
        desired("-300.00", project="P1002", **needs),
        desired("5000.00", month=6, **needs),
    ]
    return compare(rows, ledger)


def taken(planned, **wanted) -> list[str]:
    found = choose(planned.to_approve, Filter(**wanted), lambda entry: None)
    return [entry.posting_key.split("|", 2)[2] for entry in found.entries]


def test_a_filter_takes_what_it_names_and_nothing_else(planned):
    assert len(taken(planned)) == 3
    assert taken(planned, period_month=date(2026, 6, 1)) == ["P1001|2026-06"]
    assert taken(planned, kind="fx_revaluation") == []
    assert taken(planned, legal_entity_code="UK20") == []
    assert len(taken(planned, kind=KIND, legal_entity_code="US10")) == 3


def test_below_means_below_whichever_way_the_amount_goes(planned):
    assert taken(planned, below=Decimal("900")) == ["P1002|2026-05"]
    assert len(taken(planned, below=Decimal("900.01"))) == 2
    assert taken(planned, below=Decimal("300")) == []


def test_below_is_in_the_legal_entitys_currency(ledger):
    row = desired("900.00", approvals_needed=1, approval_threshold_amount=None)
    abroad = compare([{**row, "policy_rate": Decimal("2")}], ledger)
    assert taken(abroad, below=Decimal("1800")) == []
    assert taken(abroad, below=Decimal("1800.01")) == ["P1001|2026-05"]


def test_what_is_held_is_never_below_anything(ledger):
    held = compare([desired(policy_rate=None)], ledger)
    [entry] = held.entries
    assert not Filter(below=Decimal(10**9)).takes(entry)


def test_sums_are_by_kind_entity_and_currency_with_the_largest_beside(planned):
    chosen = choose(planned.to_approve, Filter(), lambda entry: None)
    assert chosen.totals() == {
        (KIND, "US10", "USD"): Total(3, Decimal("5600.00"), Decimal("5000.00"))
    }


def test_what_may_not_be_decided_on_is_left_out_and_counted_by_why(planned, capsys):
    def large(entry):
        return NotYours("no", "no", "too large") if entry.weight > 500 else None

    chosen = choose(planned.to_approve, Filter(), large)
    assert [entry.amount for entry in chosen.entries] == [Decimal("-300.00")]
    assert chosen.left_out == {"too large": 2}
    Console(width=100).print(show.choice(chosen))
    assert "2 left out: too large" in capsys.readouterr().out
