"""What must hold of the truth's revaluations, intercompany, overhead and entities."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from dlt_pipelines.sandbox.firm.costing import cents, money
from dlt_pipelines.sandbox.firm.policies import OVERHEAD_ACCOUNT
from tests.truth.figures.group import ELIMINATION

pytestmark = pytest.mark.xdist_group("truth")


def _by_month(rows, measure):
    found = defaultdict(Decimal)
    for row in rows:
        found[row.period_month] += getattr(row, measure)
    return found


def test_what_entities_charge_each_other_eliminates(told):
    for side in ("intercompany_revenue", "intercompany_cost"):
        group = _by_month(told.entity_months, f"reporting_{side}")
        assert set(group.values()) == {0}
    charged = [row for row in told.entity_months if row.reporting_intercompany_cost]
    assert len(charged) > 50
    for row in told.entity_months:
        if row.legal_entity_code == ELIMINATION:
            assert row.reporting_margin == 0


@pytest.mark.parametrize("measure", ["revenue", "cost", "margin"])
def test_the_group_is_what_its_projects_come_to(told, measure):
    projects = _by_month(told.project_months, f"reporting_{measure}")
    assert _by_month(told.entity_months, f"reporting_{measure}") == projects


def test_overhead_is_shared_or_shown_and_none_is_lost(firm, told):
    booked = sum(
        cents(line.debit - line.credit)
        for posted in firm.ledger.values()
        for line in posted.lines
        if line.account == OVERHEAD_ACCOUNT
    )
    assert sum(row.overhead for row in told.overhead_shares) == money(booked)
    assert any(row.project_code is None for row in told.overhead_shares)
    borne = sum(r.overhead for r in told.overhead_shares if r.project_code is not None)
    assert sum(row.overhead or 0 for row in told.project_months) == borne


def test_contribution_is_known_where_overhead_is_booked(told):
    for row in told.project_months:
        is_booked = row.period_month <= date(2026, 5, 1)
        assert (row.contribution is not None) == is_booked
        if is_booked:
            assert row.contribution == row.margin - row.overhead


def test_each_kind_of_item_gains_and_loses_at_month_ends_that_have_passed(told):
    assert max(row.period_month for row in told.revaluations) == date(2026, 5, 1)
    for kind in ("receivable", "payable", "unbilled_receivable"):
        amounts = [r.revaluation for r in told.revaluations if r.item_type == kind]
        assert min(amounts) < 0 < max(amounts)
    for row in told.revaluations:
        assert row.revaluation == row.closing - row.carrying
        assert (row.balance < 0) == (row.item_type == "payable")
        assert row.transaction_currency_code != row.currency_code


def test_each_forgotten_leg_is_one_difference(told):
    forgotten = [f for f in told.faults if f.kind == "intercompany_leg_missing"]
    assert forgotten
    found = {k: r for k, r in told.differences["C11"].items() if k.endswith("mirror")}
    assert found == {key: "missing_in_receiver" for f in forgotten for key in f.keys}
