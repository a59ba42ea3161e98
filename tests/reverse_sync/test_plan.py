"""Planning: what is desired less what is posted."""

import io
from datetime import date
from decimal import Decimal

import pytest
from rich.console import Console

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.reverse_sync import show
from dlt_pipelines.reverse_sync.corrections import external_id
from dlt_pipelines.reverse_sync.plan import compare, plan
from dlt_pipelines.reverse_sync.postings import FAILED, POSTED, SENT, Attempt
from tests.reverse_sync.conftest import database_of, desired


def settle(ledger, row, outcome=POSTED):
    """Let the ledger hold a row as posted (or refused, or never answered)."""
    entry = compare([row], ledger, retry_refused=True).to_post[0]
    for intent in entry.intents:
        (posting,) = ledger.intend([intent], "netsuite")
        ledger.record([Attempt(posting.posting_id, 1, outcome, "1", detail="closed")])
    return posting


def only(planned):
    assert len(planned.entries) == 1
    return planned.entries[0]


def sides(entry):
    return [
        (line.account_number, line.debit, line.credit, line.hours)
        for intent in entry.intents
        for line in intent.journal.lines
    ]


def test_a_plan_is_read_from_the_built_database(tmp_path, ledger):
    rows = [desired(), desired(project="P1002", month=6, amount="-3.10", hours="-1")]
    planned = plan(database_of(tmp_path / "built.duckdb", rows), ledger)
    assert [e.amount for e in planned.to_post] == [Decimal("187.05"), Decimal("-3.10")]


def test_without_adjustments_it_says_to_build(tmp_path, ledger):
    with pytest.raises(ConfigurationError, match="tieout build"):
        plan(tmp_path / "nothing.duckdb", ledger)


def test_what_is_posted_is_not_planned_again(ledger):
    settle(ledger, desired())
    planned = compare([desired()], ledger)
    assert planned.entries == []
    assert planned.in_balance == 1


def test_an_entry_is_two_lines_that_balance_with_the_hours_on_the_cost(ledger):
    entry = only(compare([desired()], ledger))
    amount, zero = Decimal("187.05"), Decimal(0)
    assert sides(entry) == [
        ("5000", amount, zero, Decimal("2.25")),
        ("2100", zero, amount, None),
    ]
    line = entry.intents[0].journal.lines[0]
    assert (line.project_id, line.department_id) == ("701", "1")
    assert entry.intents[0].journal.subsidiary_id == "1"


def test_a_delta_is_posted_under_the_next_version(ledger):
    settle(ledger, desired("100.00", "2"))
    entry = only(compare([desired("60.00", "1.50")], ledger))
    zero = Decimal(0)
    assert sides(entry) == [
        ("5000", zero, Decimal("40.00"), Decimal("-0.50")),
        ("2100", Decimal("40.00"), zero, None),
    ]
    assert entry.intents[0].version == 2
    key = entry.posting_key
    assert entry.intents[0].journal.external_id == external_id(key, 2)
    assert external_id(key, 1) != external_id(key, 2)


def test_only_hours_changed_takes_the_amount_back_and_posts_it_again(ledger):
    settle(ledger, desired("100.00", "2"))
    entry = only(compare([desired("100.00", "3")], ledger))
    amount, zero = Decimal("100.00"), Decimal(0)
    assert sides(entry) == [
        ("5000", zero, amount, Decimal("-2")),
        ("2100", amount, zero, None),
        ("5000", amount, zero, Decimal("3")),
        ("2100", zero, amount, None),
    ]


def test_reverse_and_repost_takes_all_back_and_posts_it_anew(ledger):
    settle(ledger, desired("100.00", "2"))
    row = desired("60.00", "2", correction_policy="reverse_and_repost")
    entry = only(compare([row], ledger))
    assert [(i.amount, i.version) for i in entry.intents] == [
        (Decimal("-100.00"), 2),
        (Decimal("60.00"), 3),
    ]


@pytest.mark.parametrize("policy", ["delta", "reverse_and_repost"])
def test_what_stands_in_another_place_is_reversed_there(ledger, policy):
    settle(ledger, desired("100.00", "2"))
    row = desired("100.00", "2", erp_project_id="799", correction_policy=policy)
    entry = only(compare([row], ledger))
    assert [(i.slot.debit_project_id, i.amount) for i in entry.intents] == [
        ("701", Decimal("-100.00")),
        ("799", Decimal("100.00")),
    ]
    settle(ledger, row)
    assert compare([row], ledger).entries == []


def test_a_delta_may_go_to_an_open_period_after_the_closed_one(ledger):
    row = desired(period_state="closed", posting_period_month=date(2026, 6, 1),
                  posting_date=date(2026, 6, 30))  # fmt: skip
    entry = only(compare([row], ledger))
    assert entry.intents[0].journal.posting_date == date(2026, 6, 30)


def test_above_the_limit_nothing_is_posted_whoever_approves(ledger):
    entry = only(compare([desired("100.01", limit_amount=Decimal(100))], ledger))
    assert (entry.action, entry.reason) == ("hold", "above limit")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"policy_action": "hold", "hold_reason": "period closed"}, "period closed"),
        ({"policy_action": "hold", "hold_reason": None}, "policy"),
        ({"period_state": "closed"}, "period closed"),
        ({"erp_project_id": None}, "project unknown in ERP"),
        ({"target_instance": None}, "legal entity has no ERP"),
        ({"erp_subsidiary_id": None}, "legal entity unknown in ERP"),
        ({"target_vendor": "adp"}, "no postings can be made to adp"),
        (
            {"target_vendor": "tryton", "currency_code": "EUR"},
            "netsuite takes postings in USD only",
        ),
        ({"debit_account_number": None}, "no account"),
        ({"amount": "0.0001"}, "not in whole minor units"),
        ({"amount": "6954.17", "currency_code": "JPY"}, "not in whole minor units"),
        ({"amount": "12.3455", "currency_code": "BHD"}, "not in whole minor units"),
        ({"hours": "0.125"}, "hours not in whole hundredths"),
        ({"amount": "0", "hours": "2"}, "hours without cost"),
    ],
)
def test_what_cannot_or_may_not_be_posted_is_held_with_its_reason(
    ledger, changes, reason
):
    entry = only(compare([desired(**changes)], ledger))
    assert (entry.action, entry.reason) == ("hold", reason)


@pytest.mark.parametrize(
    "changes",
    [
        {"target_vendor": "tryton"},
        {"target_vendor": "netsuite", "currency_code": "EUR"},
    ],
)
def test_what_an_erp_takes_is_not_held(ledger, changes):
    assert only(compare([desired(**changes)], ledger)).action == "post"


@pytest.mark.parametrize(
    ("amount", "currency"), [("6954", "JPY"), ("12.345", "BHD"), ("12.34", "USD")]
)
def test_an_amount_is_posted_in_the_minor_units_of_its_currency(
    ledger, amount, currency
):
    entry = only(compare([desired(amount, currency_code=currency)], ledger))
    assert entry.action == "post"
    debit, credit = entry.intents[0].journal.lines
    assert (str(debit.debit), str(credit.credit)) == (amount, amount)


def test_an_unanswered_posting_holds_its_key(ledger):
    settle(ledger, desired(), SENT)
    entry = only(compare([desired("200.00")], ledger))
    assert entry.reason == "an earlier posting has no answer yet"


def test_a_refused_entry_is_held_until_it_changes_or_a_retry_is_asked_for(ledger):
    settle(ledger, desired(), FAILED)
    assert only(compare([desired()], ledger)).reason == "refused by ERP: closed"
    assert (
        only(compare([desired()], ledger, retry_refused=True)).intents[0].version == 2
    )
    assert only(compare([desired("9.00")], ledger)).action == "post"
    moved = desired(erp_department_id="2")
    assert only(compare([moved], ledger)).action == "post"


def test_a_key_that_is_no_longer_modelled_is_held_not_reversed(ledger):
    settle(ledger, desired())
    entry = only(compare([], ledger))
    assert entry.action == "hold"
    assert entry.amount == 0


def test_the_plan_shows_amounts_totals_holds_and_reasons(ledger):
    rows = [
        desired("1234.50"),
        desired("-40.00", project="P1002"),
        desired(month=6, policy_action="hold", hold_reason="above threshold"),
    ]
    planned = compare(rows, ledger)
    out = io.StringIO()
    Console(file=out, width=160).print(show.table(planned))
    text = out.getvalue()
    for shown in ("1,234.50", "(40.00)", "1,194.50", "above threshold", "P1002"):
        assert shown in text
    assert planned.summary() == ("2 to post, 1 held (1 above threshold), 0 in balance")


@pytest.mark.parametrize("width", [80, 100])
def test_a_key_is_shown_whole_on_a_narrow_terminal(ledger, width):
    row = desired("-1234567.89", project="P1090", kind="subcontractor_accrual")
    row["posting_key"] = key = "subcontractor_accrual|US10|P1090|2026-05|opening"
    held = {"policy_action": "hold", "hold_reason": "above limit", "hold_owner": "CFO"}
    out = io.StringIO()
    Console(file=out, width=width).print(show.table(compare([row | held], ledger)))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    [shown] = [line for line in lines if key in line]
    assert "(1,234,567.89)   USD" in shown
    why = shown if width == 100 else lines[lines.index(shown) + 1]
    assert "hold: above limit" in why


def many(amounts: list[str], **changes) -> list[dict]:
    """Rows of as many projects, of which a fifth may be taken back unseen."""
    told = {"take_back_rate": Decimal("0.2"), **changes}
    return [
        desired(project=f"P{number}", amount=amount, erp_project_id=str(number), **told)
        for number, amount in enumerate(amounts, 1001)
    ]


@pytest.fixture
def standing(ledger):
    """Sixteen projects of 100 each that the ERP holds."""
    for row in many(["100"] * 16):
        settle(ledger, row)
    return ledger


def test_a_plan_that_takes_back_much_waits_as_a_whole(standing):
    rows = many(["40"] * 11 + ["100"] * 4 + ["130"])
    rows += many(["5"], kind="expense_to_project", posting_key="another kind")
    rows += many(["5"], legal_entity_code="UK20", posting_key="another entity")
    planned = compare(rows, standing)
    assert [e.desired["legal_entity_code"] for e in planned.to_post] == ["UK20"]
    assert len(planned.to_approve) == 13
    assert {e.reason for e in planned.to_approve} == {
        "to be prepared for approval: 41% of labour_cost_accrual that stands in US10"
        " would be taken back, and the ERP has booked nothing in its place"
    }


def test_a_plan_that_waits_for_its_amounts_too_says_what_else_is_the_matter(standing):
    above = {"approval_threshold_amount": Decimal(1), "approvals_needed": 1}
    [reason] = {
        e.reason for e in compare(many(["0"] * 16, **above), standing).to_approve
    }
    assert "100% of labour_cost_accrual that stands in US10" in reason


@pytest.mark.parametrize("raised", ["100", "81"])
def test_what_the_erp_booked_itself_is_taken_back_in_its_normal_turn(standing, raised):
    rows = many(["0"] * 16, raised_amount=Decimal(raised))
    assert len(compare(rows, standing).to_post) == 16
    fewer = many(["0"] * 16, raised_amount=Decimal("79"))  # than were accrued
    assert len(compare(fewer, standing).to_approve) == 16


def test_a_balance_below_nought_is_backed_by_what_lowers_it(ledger):
    for row in many(["-100"] * 12):
        settle(ledger, row)
    grown = many(["-10"] * 12, raised_amount=Decimal(90))  # 100 lower it still
    assert compare(grown, ledger).to_approve == []
    gone = many(["-10"] * 12, raised_amount=Decimal(30))
    assert len(compare(gone, ledger).to_approve) == 12


@pytest.mark.parametrize(
    "amounts",
    [
        ["0"] * 10 + ["100"] * 6,  # no more than a few
        ["75"] * 12 + ["100"] * 4,  # 300 of 1,600
        ["170"] * 16,  # more is no taking back
    ],
)
def test_what_is_taken_back_in_the_course_of_things_waits_for_nobody(standing, amounts):
    planned = compare(many(amounts), standing)
    assert planned.to_approve == []
    assert planned.to_post


def test_what_stands_below_nought_is_taken_back_by_what_is_nearer_to_it(ledger):
    for row in many(["-100"] * 12):
        settle(ledger, row)
    assert len(compare(many(["-10"] * 12), ledger).to_approve) == 12
    assert compare(many(["-150"] * 12), ledger).to_approve == []


def test_a_kind_of_which_all_may_be_taken_back_waits_for_nobody(standing):
    planned = compare(many(["0"] * 16, take_back_rate=None), standing)
    assert len(planned.to_post) == 16
