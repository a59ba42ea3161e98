"""The Postings page: what goes, what waits, and a decision that is kept."""

import contextlib
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import identity
from dlt_pipelines.reverse_sync import approvals
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import plan

APP = str(Path(__file__).parents[2] / "dashboards" / "app.py")
WAITS = "labour_cost_accrual|US10|P1004|2026-05"


@pytest.fixture
def ledger(published, tmp_path, monkeypatch):
    monkeypatch.setenv("TIEOUT_WORK", str(tmp_path / "work"))
    with contextlib.closing(Ledger(tmp_path / "work" / "ledger.sqlite")) as opened:
        yield opened


@pytest.fixture
def prepared(ledger, built, tmp_path):
    """What waits, prepared by somebody else."""
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(built.read_bytes())
    approvals.prepare(plan(copy, ledger).to_approve, ledger, "ada@firm.example")
    return ledger


@pytest.fixture
def page(ledger):
    def open_at(**parameters: str) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=30)
        app.switch_page("posting.py")
        for name, value in parameters.items():
            app.query_params[name] = [value]
        app.run()
        assert not app.exception
        return app

    return open_at


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


def decide(page, monkeypatch, by, button, reason):
    monkeypatch.setattr(identity, "user", lambda: by)
    app = page(entry=WAITS)
    app.text_input[0].set_value(reason)
    next(b for b in app.button if b.label == button).click().run()
    assert not app.exception
    return app


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
@pytest.mark.parametrize(
    ("by", "reason", "said_no"),
    [
        ("ada@firm.example", "mine", "prepared"),
        ("eve@firm.example", "why not", "not named to approve"),
        ("controller@firm.example", "", "no reason"),
    ],
)
def test_who_may_not_decide_is_told_why(page, monkeypatch, by, reason, said_no):
    app = decide(page, monkeypatch, by, "Approve", reason)
    assert said_no in app.error[0].value.replace("\\", "")
    assert "1 awaits approval" in said(app)


def test_the_ledger_says_whether_it_is_whole(page, ledger):
    assert "The ledger is whole" in [e.label for e in page().expander]


def test_nobody_decides_without_a_login(page):
    app = page(entry=WAITS)
    assert not app.button
    assert "Log in to decide here" in app.info[0].value


@pytest.mark.usefixtures("prepared")
def test_an_entry_that_waits_names_its_preparer_in_the_table(page):
    shown = page().dataframe[0].value.set_index("posting_key")
    assert shown.loc[WAITS, "reason"] == "awaits 1 approval"


def test_an_old_snapshot_without_desired_postings_says_what_to_do(published, page):
    snapshot = published.resolve()
    with duckdb.connect(str(snapshot)) as raw:
        raw.execute("drop table adjustments.adj_desired_postings")
    app = page()
    assert "make refresh" in app.info[0].value
