"""The truth of utilisation, billing and burden holds together before a mart is read."""

from collections import defaultdict
from decimal import Decimal

import pytest

from tests.truth.facts.books import Books

pytestmark = pytest.mark.xdist_group("truth")


def test_groups_and_people_have_the_same_hours(told):
    def hours(rows):
        return [sum(getattr(r, n) for r in rows) for n in ("capacity", "billable")]

    assert hours(told.utilisation_weeks) == hours(told.utilisation_months)
    assert hours(told.utilisation_weeks) == hours(told.utilisation_people)


def test_contractors_have_no_part_in_utilisation(firm, told):
    people = {row.person for row in told.utilisation_people}
    assert people
    assert not any(firm.people[number].is_contractor for number in people)


def test_every_band_is_seen(told):
    assert {"green", "amber", "red"} <= {row.band for row in told.utilisation_months}
    assert {row.band for row in told.schedules} >= {"green", "red"}


def test_the_waterfall_only_falls_and_adds_up(told):
    for row in told.waterfalls:
        losses = (
            row.discount,
            row.unapproved,
            row.unchargeable,
            row.above_cap,
            row.unbilled,
            row.write_down,
            row.uncollected,
        )
        assert min(losses) >= 0, row
        assert row.standard - sum(losses) == row.collected, row
        assert 0 <= row.overdue <= row.unbilled, row


def test_what_may_be_invoiced_is_what_was_earned(firm, told):
    """In the contract's own currency; discounts lower revenue, not the value."""
    earned, within = defaultdict(Decimal), defaultdict(Decimal)
    for row in told.project_months:
        earned[row.project_code] += row.revenue + row.write_down
    for row in told.waterfalls:
        within[row.project_code] += row.within_cap
    own = {
        code
        for code, project in firm.projects.items()
        if project.currency == firm.entities[project.entity].currency
    }
    assert len(own) > 80
    assert {code: within[code] for code in own} == {code: earned[code] for code in own}


def test_every_kind_of_leakage_is_seen(told):
    for kind in ("overdue", "write_down", "above_cap"):
        assert sum(getattr(row, kind) for row in told.waterfalls) > 0, kind


def test_nothing_is_collected_that_was_not_billed(told):
    for row in told.realisations:
        assert 0 <= row.collected_to_date <= row.billed_to_date


def test_lock_up_is_its_two_parts(told):
    known = [row for row in told.lock_ups if row.lock_up is not None]
    assert all(row.lock_up == row.dso + row.wip_days for row in known)
    entities = [row for row in known if row.level == "legal_entity"]
    assert all(0 < row.lock_up < 120 for row in entities if row.days > 300)


def test_pools_are_the_burden_of_approved_hours(firm, told):
    books, burden = Books(firm), defaultdict(int)
    for entry in books.approved:
        if entry.person not in books.contractors:
            _, _, entity = books.rates.loaded(entry.person, entry.day)
            raw, _ = books.rates.raw(entry.person, entry.day, entry.minutes)
            full, _ = books.rates.provisional(entry.person, entry.day, entry.minutes)
            burden[entity] += full - raw
    applied = defaultdict(Decimal)
    for row in told.burden_pools:
        applied[row.entity] += row.applied * 100
    assert applied == burden


def test_pools_are_both_over_and_under_absorbed(told):
    assert min(row.over_absorbed for row in told.burden_pools) < 0
    assert max(row.over_absorbed for row in told.burden_pools) > 0
