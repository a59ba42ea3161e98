"""Posting to the sandbox's NetSuite over HTTP: exactly once, whatever happens."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dlt_pipelines.core.errors import Refused, Unreachable
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.reverse_sync import run
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.posting import post
from dlt_pipelines.reverse_sync.postings import SENT, Attempt
from dlt_pipelines.reverse_sync.settling import ATTEMPTS
from tests.reverse_sync.conftest import database_of, desired

ROWS = [desired(), desired(month=6, amount="12.34", hours="1")]


def post_rows(rows, ledger, erp, **options):
    options.setdefault("wait", lambda _: None)
    return post(compare(rows, ledger, **options.pop("plan", {})), ledger, erp.targets(),
                **options)  # fmt: skip


def outcomes(ledger, posting):
    return [row["outcome"] for row in ledger.history(posting.posting_id)]


def test_a_journal_reaches_netsuite_with_its_dimensions(ledger, erp):
    report = post_rows([desired()], ledger, erp)
    (posting,) = report.posted
    (journal,) = erp.journals()
    assert journal["external_id"] == posting.external_id
    assert str(journal["id"]) == ledger.postings()[0].erp_id
    assert (journal["subsidiary"], journal["tranDate"]) == ("1", "2026-05-31")
    debit, credit = journal["lines"]
    assert (debit["account"], debit["debit"], debit["credit"]) == (
        "104",
        "187.05",
        "0.00",
    )
    assert (debit["entity"], debit["department"]) == ("701", "1")
    assert debit["custcol_hours"] == "2.25"
    assert (credit["account"], credit["credit"]) == ("102", "187.05")
    assert outcomes(ledger, posting) == ["sent", "posted"]
    assert ledger.history(posting.posting_id)[1]["latency_ms"] >= 0


def test_a_repeat_posts_nothing(ledger, erp):
    assert len(post_rows(ROWS, ledger, erp).posted) == 2
    report = post_rows(ROWS, ledger, erp)
    assert (report.posted, report.refused, len(erp.journals())) == ([], [], 2)


def test_two_executions_of_one_plan_post_once(ledger, erp):
    planned = compare(ROWS, ledger)
    post(planned, ledger, erp.targets())
    report = post(planned, ledger, erp.targets())
    assert len(report.overtaken) == 2
    assert len(erp.journals()) == 2


@pytest.mark.parametrize(
    "amount", ["0.01", "0.10", "-4.25", "1234567.89", "99999999999.99"]
)
def test_money_arrives_to_the_cent(ledger, erp, amount):
    post_rows([desired(amount)], ledger, erp)
    assert erp.balance()[0] == Decimal(amount)


def test_corrections_add_up_to_the_desired_state(ledger, erp):
    for amount, hours in (("100.00", "2"), ("60.50", "1.50"), ("60.50", "3")):
        post_rows([desired(amount, hours)], ledger, erp)
        assert erp.balance() == (Decimal(amount), Decimal(hours))
    assert len(erp.journals()) == 4  # hours alone: taken back and posted anew


def test_a_closed_period_is_refused_held_and_not_tried_again(ledger, erp):
    row = desired(month=4, period_state="open")  # what the last landing still said
    report = post_rows([row], ledger, erp)
    ((posting, why),) = report.refused
    assert "not within the date range of your accounting period" in why
    assert outcomes(ledger, posting) == ["sent", "failed"]
    (held,) = compare([row], ledger).held
    assert held.reason.startswith("refused by ERP")
    assert post_rows([row], ledger, erp).refused == []
    erp.host.firm.periods[4].is_closed = False
    assert len(post_rows([row], ledger, erp, plan={"retry_refused": True}).posted) == 1


def test_a_refusal_holds_its_entry_and_not_the_others(ledger, erp):
    rows = [desired(erp_project_id="4"), desired(month=6)]
    report = post_rows(rows, ledger, erp)
    assert (len(report.posted), len(report.refused)) == (1, 1)


def test_an_account_netsuite_does_not_have_is_refused_by_name(ledger, erp):
    report = post_rows([desired(debit_account_number="9999")], ledger, erp)
    assert "no active account 9999" in report.refused[0][1]


@pytest.mark.parametrize("kind", ["lose_answer", "500", "503"])
def test_an_answer_lost_after_or_before_the_commit_is_asked_for(ledger, erp, kind):
    # The first journalEntry request looks the external id up, the second posts it.
    erp.disturb(kind, skip=1)
    report = post_rows([desired()], ledger, erp)
    (posting,) = report.posted
    assert len(erp.journals()) == 1
    assert "uncertain" in outcomes(ledger, posting)
    assert outcomes(ledger, posting)[-1] == "posted"
    assert ledger.postings()[0].erp_id == str(erp.journals()[0]["id"])


def test_a_time_out_after_the_commit_posts_once(ledger, erp, monkeypatch):
    (target,) = erp.targets()
    real = target.writer.session.request

    def slow(*arguments, **options):
        real(*arguments, **options)
        monkeypatch.setattr(target.writer.session, "request", real)
        import requests

        raise requests.ReadTimeout

    target.writer.authorise()
    monkeypatch.setattr(target.writer.session, "request", slow)
    report = post(compare([desired()], ledger), ledger, [target], wait=lambda _: None)
    assert len(report.posted) == 1
    assert len(erp.journals()) == 1
    assert outcomes(ledger, report.posted[0]) == ["sent", "uncertain", "posted"]


def test_throttling_is_waited_out_and_bounded(ledger, erp):
    waits = []
    for _ in range(2):
        erp.disturb("429", skip=1)
    report = post_rows([desired()], ledger, erp, wait=waits.append)
    assert len(report.posted) == 1
    assert waits
    assert all(0 < seconds <= 20 for seconds in waits)


def test_an_erp_that_stays_silent_stops_the_run_and_the_next_one_resumes(ledger, erp):
    (post_target,) = erp.targets()
    silent = Unreachable("no answer", "wait")

    def never(_):
        raise silent

    post_target.post = never
    rows = [desired(), desired(month=6)]
    planned = compare(rows, ledger)
    report = post(planned, ledger, [post_target], wait=lambda _: None)
    assert isinstance(report.stopped, Unreachable)
    assert (report.posted, report.refused) == ([], [])
    for posting in ledger.open_postings():
        assert outcomes(ledger, posting) == ["sent", "uncertain"] * ATTEMPTS
    report = post_rows(rows, ledger, erp)
    assert (len(report.resolved), ledger.open_postings()) == (2, [])
    assert post_rows(rows, ledger, erp).posted == []
    assert len(erp.journals()) == 2


def test_a_wrong_login_stops_the_run_and_refuses_no_entry(ledger, erp):
    options = {**erp.instance.options, "client_id": "other"}
    wrong = Instance("netsuite", "netsuite", options)
    erp.instance = wrong
    report = post_rows([desired()], ledger, erp)
    assert isinstance(report.stopped, Refused)
    assert report.refused == []


def test_an_external_id_taken_by_another_journal_is_not_taken_for_ours(ledger, erp):
    (entry,) = compare([desired()], ledger).to_post
    (posting,) = ledger.intend(entry.intents, "netsuite")
    (target,) = erp.targets()
    other = replace(posting.document, memo="Tieout, of another [0123456789abcdef]")
    target.post([other])
    report = post_rows([desired()], ledger, erp)
    assert "belongs to another record" in report.refused[0][1]
    assert len(erp.journals()) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("when", "kept", "left_open"),
    [("before", 0, 3), ("between", 1, 2), ("after", 2, 2)],
)
def test_a_poster_killed_anywhere_is_finished_by_the_next(
    ledger, erp, tmp_path, when, kept, left_open
):
    rows = [desired(month=m, amount=f"{m}.01") for m in (5, 6)]
    rows.append(desired(project="P1002", amount="7.77", erp_project_id="701"))
    database = database_of(tmp_path / "built.duckdb", rows)
    options = tmp_path / "instance.json"
    options.write_text(json.dumps(erp.instance.options))
    died = subprocess.run(
        [sys.executable, "-m", "tests.reverse_sync.killed", ledger.path, database,
         options, when],
        timeout=60, check=False,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL
    assert len(erp.journals()) == kept
    left_open = len(ledger.open_postings())  # what was kept may not be known yet
    assert 3 - kept <= left_open <= 3
    report = post_rows(rows, ledger, erp)
    assert len(report.resolved) == left_open
    assert report.stopped is None
    assert post_rows(rows, ledger, erp).posted == []
    assert len(erp.journals()) == 3
    assert len({j["external_id"] for j in erp.journals()}) == 3
    assert erp.balance()[0] == sum(r["desired_amount"] for r in rows)
    assert ledger.verify() == []


def test_an_intent_of_a_killed_run_is_settled_before_its_key_moves_on(ledger, erp):
    entry = compare([desired("100.00", "2")], ledger).to_post[0]
    ledger.intend(entry.intents, "netsuite")  # killed right here
    rows = [desired("70.00", "1")]
    post_rows(rows, ledger, erp)  # settles the old intent; the key was held
    post_rows(rows, ledger, erp)
    assert erp.balance() == (Decimal("70.00"), Decimal("1"))


@pytest.mark.parametrize("taken_by", [{"policy_action": "hold"}, {
    "posting_period_month": date(2026, 5, 28), "posting_date": date(2026, 6, 24),
}, {"posting_period_month": None, "posting_date": None}])  # fmt: skip
def test_an_intent_whose_period_is_no_month_and_closed_is_not_sent(
    ledger, erp, taken_by
):
    period = date(2026, 4, 30)  # of four weeks
    row = desired(period_month=period, posting_period_month=period,
                  posting_date=date(2026, 5, 27))  # fmt: skip
    (entry,) = compare([row], ledger).to_post
    ledger.intend(entry.intents, "netsuite")  # killed right here
    report = post_rows([{**row, "period_state": "closed", **taken_by}], ledger, erp)
    assert report.refused[0][1] == "its period closed before it could be sent"
    assert erp.journals() == []


def test_a_look_up_that_lags_does_not_end_what_a_killed_poster_posted(ledger, erp):
    (entry,) = compare([desired()], ledger).to_post
    (posting,) = ledger.intend(entry.intents, "netsuite")
    ledger.record([Attempt(posting.posting_id, 1, SENT)])
    (target,) = erp.targets()
    target.post([posting.document])  # and killed before the answer
    find, waited = target.find, []
    target.find = lambda documents: find(documents) if waited else {}
    closed = [desired(period_state="closed", policy_action="hold")]
    report = post(compare(closed, ledger), ledger, [target], wait=waited.append)
    assert 0 < waited[0] <= target.lookup_lag
    assert (len(report.resolved), report.refused) == (1, [])
    assert ledger.postings()[0].status == "posted"


def test_the_commands_say_what_was_posted(ledger, erp, tmp_path):
    report = post_rows([desired(), desired(month=6, erp_project_id="4")], ledger, erp)
    told = run.lines({"netsuite": report})
    assert told[0] == "US10: 1 journal posted, 187.05 USD"
    assert told[1].startswith("refused labour_cost_accrual|US10|P1001|2026-06|v1: ")
    assert run.is_target(erp.instance)
    assert run.open_targets(erp.instance)[0].name == "netsuite"
