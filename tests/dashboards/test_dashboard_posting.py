"""The Postings page: what goes, what waits, and a decision that is kept."""

import contextlib
import functools
import os
from decimal import Decimal

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import identity
from dlt_pipelines.reverse_sync import approvals, checkpoints
from dlt_pipelines.reverse_sync.archive import Archive
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import plan
from dlt_pipelines.warehouse import warehouse
from dlt_pipelines.warehouse.policies import people
from tests.dashboards.logins import claims
from tests.policy_seeds import seeds_with
from tests.reverse_sync.test_ledger import tamper

WAITS = "labour_cost_accrual|US10|P1004|2026-05"


@pytest.fixture
def ledger(published, tmp_path, monkeypatch):
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path / "work"))
    with contextlib.closing(Ledger(tmp_path / "work" / "ledger.sqlite")) as opened:
        yield opened


@pytest.fixture
def prepare(ledger, built, tmp_path):
    """Brings what waits before the approvers, as somebody."""

    def by(address: str) -> None:
        copy = tmp_path / "copy.duckdb"
        copy.write_bytes(built.read_bytes())
        person = people.addressed(address)
        approvals.prepare(plan(copy, ledger).to_approve, ledger, person)

    return by


@pytest.fixture
def prepared(ledger, prepare):
    """What waits, prepared by somebody else."""
    prepare("ada@firm.example")
    return ledger


@pytest.fixture
def page(ledger, open_page):
    return functools.partial(open_page, "posting.py")


def said(app: AppTest) -> str:
    return "\n".join(part.value for part in app.markdown).replace("\\", "")


def test_every_entry_is_shown_with_what_it_waits_for(page):
    app = page()
    assert "1 entry goes with the next posting, 1 awaits approval, 1 held" in said(app)
    shown = app.dataframe[0].value.set_index("posting_key")
    assert shown.loc[WAITS, "state"] == "! To approve"
    assert shown.loc[WAITS, "reason"] == "to be prepared for approval"
    held = shown.loc["labour_cost_accrual|DE30|P1003|2026-04"]
    assert (held["reason"], held["owner"]) == ("period closed", "Finance")


def log_in(monkeypatch, address, *groups):
    told = claims(address, *(groups or ["tieout-finance"]))
    monkeypatch.setattr(identity, "claims", lambda: told)


def decide(page, monkeypatch, by, button, reason):
    log_in(monkeypatch, by)
    app = page(entry=WAITS)
    app.text_input[0].set_value(reason)
    button_of(app, button).click().run()
    assert not app.exception
    return app


def button_of(app, label):
    return next(b for b in app.button if b.label == label)


def test_an_approval_is_kept_and_the_entry_goes(page, prepared, monkeypatch):
    app = decide(page, monkeypatch, "controller@firm.example", "Approve", "as agreed")
    assert app.success[0].value.replace("\\", "") == f"Approved: {WAITS}"
    assert "2 entries go with the next posting" in said(app)
    last = prepared.decisions()[-1]
    assert (last.decision, last.decided_by, last.reason) == (
        "approved", "controller@firm.example", "as agreed",
    )  # fmt: skip


def test_a_rejection_holds_the_entry_with_its_reason(page, prepared, monkeypatch):
    app = decide(page, monkeypatch, "controller@firm.example", "Reject", "wrong month")
    shown = app.dataframe[0].value.set_index("posting_key")
    reason = "rejected by controller@firm.example: wrong month"
    assert shown.loc[WAITS, "reason"] == reason


@pytest.mark.usefixtures("prepared")
def test_a_decision_without_a_reason_is_not_kept(page, monkeypatch):
    app = decide(page, monkeypatch, "controller@firm.example", "Approve", " ")
    assert "no reason" in app.error[0].value.replace("\\", "")
    assert "1 awaits approval" in said(app)


@pytest.mark.parametrize(
    ("by", "preparer", "said_no"),
    [
        ("cfo@firm.example", "cfo@firm.example", "prepared labour_cost_accrual"),
        ("eve@firm.example", "cfo@firm.example", "add a row with person eve@"),
        ("tieout-service@firm.example", "cfo@firm.example", "not named to approve"),
    ],
)
def test_who_may_not_decide_is_told_why_and_has_no_button(
    page, prepare, monkeypatch, by, preparer, said_no
):
    prepare(preparer)
    log_in(monkeypatch, by)
    app = page(entry=WAITS)
    assert said_no in app.warning[0].value.replace("\\", "")
    assert button_of(app, "Approve").disabled
    assert button_of(app, "Reject").disabled


def test_a_role_of_the_tokens_groups_signs_as_its_row_says(
    page, prepared, monkeypatch, tmp_path
):
    told = (
        "approver,kind,legal_entity_code,limit_amount,currency_code,owner\n"
        "role:controller,*,US10,100000,USD,Finance\n"
    )
    seeds = seeds_with(tmp_path, approvers=told)
    monkeypatch.setattr(people, "SEEDS", seeds)
    monkeypatch.setattr(warehouse, "SEEDS", seeds)
    log_in(monkeypatch, "cfo@firm.example")
    assert button_of(page(entry=WAITS), "Approve").disabled
    log_in(monkeypatch, "cfo@firm.example", "tieout-controllers")
    app = page(entry=WAITS)
    app.text_input[0].set_value("in turn")
    button_of(app, "Approve").click().run()
    assert prepared.decisions()[-1].decided_by == "cfo@firm.example"


@pytest.mark.usefixtures("prepared")
def test_the_form_repeats_what_would_be_posted(page, monkeypatch):
    log_in(monkeypatch, "controller@firm.example")
    told = said(page(entry=WAITS))
    assert "May 2026, USD: debit 5000 25,000.00, credit 2100 25,000.00" in told


def test_a_click_on_what_has_changed_since_decides_nothing(
    page, prepared, published, monkeypatch
):
    log_in(monkeypatch, "controller@firm.example")
    app = page(entry=WAITS)
    app.text_input[0].set_value("as it was shown")
    fresh = published.parent / "fresh.duckdb"
    fresh.write_bytes(published.resolve().read_bytes())
    with duckdb.connect(fresh) as written:
        written.execute(
            "update adjustments.adj_desired_postings set desired_amount = 26000"
            f" where posting_key = '{WAITS}'"
        )
    ada = people.addressed("ada@firm.example")  # the refresh prepares it again
    approvals.prepare(plan(fresh, prepared).to_approve, prepared, ada)
    published.unlink()
    published.symlink_to(fresh)
    button_of(app, "Approve").click().run()
    assert [d.decision for d in prepared.decisions()] == ["prepared", "prepared"]


def test_all_that_the_filters_show_is_summed_and_decided_at_once(
    page, prepared, monkeypatch
):
    log_in(monkeypatch, "controller@firm.example")
    app = page()
    assert app.dataframe[1].value["amount"].to_list() == [Decimal("25000.00")]
    app.text_input[0].set_value("the month is checked")
    button_of(app, "Approve 1 entry").click().run()
    assert app.success[0].value.replace("\\", "") == f"Approved: {WAITS}"
    assert prepared.decisions()[-1].reason == "the month is checked"


def test_what_somebody_prepared_is_left_out_of_all_and_counted(
    page, prepare, monkeypatch
):
    prepare("controller@firm.example")
    log_in(monkeypatch, "controller@firm.example")
    app = page()
    assert "1 left out: prepared by you" in said(app)
    assert not [b for b in app.button if b.label.startswith("Approve")]


def test_the_table_says_which_waiting_entries_are_not_ones_own_to_decide(
    page, prepare, monkeypatch
):
    prepare("controller@firm.example")
    log_in(monkeypatch, "controller@firm.example")
    shown = page().dataframe[0].value.set_index("posting_key")
    assert shown.loc[WAITS, "reason"] == "awaits 1 approval; prepared by you"


@pytest.mark.usefixtures("prepared")
def test_what_the_filters_do_not_take_is_not_decided_on(page, monkeypatch):
    log_in(monkeypatch, "controller@firm.example")
    app = page()
    app.number_input(key="below").set_value(1000).run()
    assert not [b for b in app.button if b.label.startswith("Approve")]
    assert app.dataframe[0].value.empty


@pytest.fixture
def kept(prepared, tmp_path):
    """A checkpoint of a ledger that has rows."""
    archive = Archive.of(tmp_path / "work", {})
    assert checkpoints.keep(archive, prepared, "s1").doubted is None


def whole(app: AppTest) -> bool:
    return "The ledger is whole" in [e.label for e in app.expander]


def told(app: AppTest) -> str:
    """What the page warns of."""
    assert not whole(app)
    (warning,) = [*app.error, *app.warning]
    return warning.value.replace("\\", "")


@pytest.mark.usefixtures("kept")
def test_the_ledger_is_whole_when_its_checkpoints_say_so(page, ledger):
    app = page()
    assert whole(app)
    assert "signed by key" in said(app)
    assert not [*app.error, *app.warning]


@pytest.mark.usefixtures("prepared")
def test_a_ledger_without_a_checkpoint_is_not_called_whole(page):
    assert "no checkpoint yet" in told(page())


@pytest.mark.usefixtures("kept")
def test_a_ledger_that_was_cut_off_is_found_though_its_chain_is_whole(page, ledger):
    tamper(ledger, "delete from decisions")
    assert ledger.verify() == []
    assert "everything was deleted: checkpoint 1 of" in told(page())


@pytest.mark.usefixtures("kept")
def test_a_place_that_cannot_be_reached_is_named(page, monkeypatch):
    monkeypatch.setenv("TIEOUT__CHECKPOINT_PLACES", "/nowhere/checkpoints")
    assert "not reached: /nowhere/checkpoints" in told(page())


@pytest.mark.usefixtures("kept")
def test_settings_that_name_no_place_are_told(page, monkeypatch):
    monkeypatch.setenv("TIEOUT__CHECKPOINT_KEY_FILE", "/nowhere.pem")
    assert "there is no /nowhere.pem" in told(page())


def test_nobody_decides_without_a_login(page):
    app = page(entry=WAITS)
    assert not app.button
    assert "Log in to decide here" in app.info[0].value


@pytest.mark.usefixtures("prepared")
def test_on_ones_own_machine_the_account_is_mapped_as_on_the_command_line(
    page, monkeypatch
):
    monkeypatch.setattr(identity, "firm_settings", lambda: {"approve_locally": True})
    monkeypatch.setenv("LOGNAME", "cfo@firm.example")
    app = page(entry=WAITS)
    assert f"account_uid {os.getuid()}" in app.warning[0].value.replace("\\", "")
    assert button_of(app, "Approve").disabled


@pytest.mark.usefixtures("prepared")
def test_an_entry_that_waits_names_its_preparer_in_the_table(page):
    shown = page().dataframe[0].value.set_index("posting_key")
    assert shown.loc[WAITS, "reason"] == "awaits 1 approval"
    assert shown.loc[WAITS, "prepared_by"] == "ada@firm.example"


def test_an_old_snapshot_without_desired_postings_says_what_to_do(published, page):
    snapshot = published.resolve()
    with duckdb.connect(str(snapshot)) as raw:
        raw.execute("drop table adjustments.adj_desired_postings")
    app = page()
    assert "tieout refresh" in app.info[0].value
