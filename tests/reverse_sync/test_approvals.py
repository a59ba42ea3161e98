"""Approvals: who may let through what, and what an approval is bound to."""

from decimal import Decimal

import pytest

from dlt_pipelines.reverse_sync import approvals
from dlt_pipelines.reverse_sync.approvals import Approvers, NotYours
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.warehouse.policies.people import Person
from tests.reverse_sync.conftest import desired


def person(name, *accounts, roles=()):
    return Person(name, frozenset({name, *accounts}), True, frozenset(roles))


def named(*people, **changes):
    row = {
        "kind": "*",
        "legal_entity_code": "US10",
        "limit_amount": "10000",
        "currency_code": "USD",
        **changes,
    }
    return Approvers(tuple({"approver": name, **row} for name in people))


def large(amount="5000.00", needed=1, **changes):
    return desired(
        amount,
        approval_threshold_amount=Decimal(1000),
        approvals_needed=needed,
        **changes,
    )


def only(rows, ledger):
    (entry,) = compare(rows, ledger).entries
    return entry


def prepared(row, ledger, by="ada"):
    approvals.prepare([only([row], ledger)], ledger, person(by))
    return only([row], ledger)


def approve(entry, ledger, by, approvers=None, *, reason="seen", yes=True):
    approvers = approvers or named("bob", "cyd")
    by = by if isinstance(by, Person) else person(by)
    approvals.decide([entry], ledger, by, reason, approvers, approve=yes)


def test_an_entry_above_the_threshold_waits_and_one_below_is_posted(ledger):
    waiting = only([large()], ledger)
    assert (waiting.action, waiting.reason) == (
        "approve",
        "to be prepared for approval",
    )
    assert only([large("1000.00")], ledger).action == "post"


def test_prepared_by_one_and_approved_by_another_it_is_posted(ledger):
    entry = prepared(large(), ledger)
    assert entry.reason == "awaits 1 approval"
    approve(entry, ledger, "bob")
    assert only([large()], ledger).action == "post"


def test_two_approvals_are_two_people(ledger):
    entry = prepared(large(needed=2), ledger)
    approve(entry, ledger, "bob")
    assert only([large(needed=2)], ledger).reason == "awaits 1 more approval"
    with pytest.raises(NotYours, match="has approved"):
        approve(entry, ledger, "bob")
    approve(entry, ledger, "cyd")
    assert only([large(needed=2)], ledger).action == "post"


def test_the_preparer_may_not_approve(ledger):
    entry = prepared(large(), ledger, by="bob")
    with pytest.raises(NotYours, match="bob prepared"):
        approve(entry, ledger, "bob")


def test_an_approval_does_not_hold_for_a_changed_entry(ledger):
    approve(prepared(large(), ledger), ledger, "bob")
    changed = only([large("5000.01")], ledger)
    assert (changed.action, changed.reason) == (
        "approve",
        "to be prepared for approval",
    )
    moved = only([large(erp_project_id="799")], ledger)
    assert moved.action == "approve"


@pytest.mark.parametrize(
    "approvers",
    [
        named("eve"),
        named("bob", limit_amount="4999.99"),
        named("bob", kind="fx_revaluation"),
        named("bob", legal_entity_code="UK20"),
        named("bob", currency_code="GBP"),
    ],
)
def test_only_who_is_named_for_kind_entity_and_amount_approves(ledger, approvers):
    entry = prepared(large(), ledger)
    with pytest.raises(NotYours, match="not named to approve"):
        approve(entry, ledger, "bob", approvers)
    assert only([large()], ledger).action == "approve"


def test_what_nobody_prepared_cannot_be_approved(ledger):
    with pytest.raises(NotYours, match="nobody has prepared"):
        approve(only([large()], ledger), ledger, "bob")


def test_a_reason_is_demanded_and_kept(ledger):
    entry = prepared(large(), ledger)
    with pytest.raises(NotYours, match="no reason"):
        approve(entry, ledger, "bob", reason="  ")
    approve(entry, ledger, "bob", reason="as agreed with the client")
    assert ledger.decisions()[-1].reason == "as agreed with the client"
    assert ledger.verify() == []


def test_a_rejected_entry_is_held_until_it_changes(ledger):
    approve(prepared(large(), ledger), ledger, "bob", reason="wrong month", yes=False)
    held = only([large()], ledger)
    assert (held.action, held.reason) == ("hold", "rejected by bob: wrong month")
    assert only([large("4000.00")], ledger).action == "approve"


def test_of_several_either_all_are_approved_or_none(ledger):
    rows = [large(), large("50000.00", month=6)]
    entries = compare(rows, ledger).to_approve
    approvals.prepare(entries, ledger, person("ada"))
    with pytest.raises(NotYours, match="not named to approve 50,000"):
        approvals.decide(
            entries, ledger, person("bob"), "seen", named("bob"), approve=True
        )
    assert [d.decision for d in ledger.decisions()] == ["prepared", "prepared"]


def test_preparing_twice_does_not_change_the_preparer(ledger):
    prepared(large(), ledger, by="ada")
    assert approvals.prepare([only([large()], ledger)], ledger, person("bob")) == []
    approve(only([large()], ledger), ledger, "bob")


def test_who_prepared_by_one_account_may_not_approve_by_another(ledger):
    entry = prepared(large(), ledger, by="uid:1001")  # before the account had a row
    with pytest.raises(NotYours, match="bob prepared"):
        approve(entry, ledger, person("bob", "uid:1000", "uid:1001"))


def test_an_account_without_a_row_approves_nothing_whatever_it_is_called(ledger):
    entry = prepared(large(), ledger)
    stranger = Person("bob", frozenset({"bob"}), add="a row with account_uid 1000")
    with pytest.raises(NotYours, match="add a row with account_uid 1000 to it"):
        approve(entry, ledger, stranger)
    assert only([large()], ledger).action == "approve"


def test_a_role_is_named_as_a_person_is_and_has_its_own_limit(ledger):
    approvers = Approvers(
        named("role:controller").rows + named("bob", limit_amount="10").rows
    )
    entry = prepared(large(), ledger)
    with pytest.raises(NotYours) as no:
        approve(entry, ledger, person("bob"), approvers)
    assert "above your limit of 10.00 USD" in no.value.why
    approve(entry, ledger, person("bob", roles=["controller"]), approvers)
    assert only([large()], ledger).action == "post"


def test_two_approvals_of_one_role_are_two_persons(ledger):
    approvers = named("role:controller")
    entry = prepared(large(needed=2), ledger)
    approve(entry, ledger, person("bob", roles=["controller"]), approvers)
    with pytest.raises(NotYours, match="has approved"):
        approve(entry, ledger, person("bob", roles=["controller"]), approvers)


def test_nobody_gets_a_role_by_being_called_so(ledger):
    entry = prepared(large(), ledger)
    for name in ("controller", "role:cfo"):
        with pytest.raises(NotYours, match="not named"):
            approve(entry, ledger, person(name), named("role:controller"))
