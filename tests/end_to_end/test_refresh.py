"""The main job as a controller starts it: it ties out, posts once, can be asked."""

import re
import shutil
import threading
import time

import duckdb
import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from dlt_pipelines.core.settings import ROOT, Paths
from dlt_pipelines.reverse_sync import run
from dlt_pipelines.sandbox.process import State
from dlt_pipelines.warehouse.policies import people
from tests.end_to_end.conftest import Firm, Run

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("refresh")]

APP = str(ROOT / "dashboards" / "app.py")
PAGES = (
    *("margin.py", "explained.py", "billing.py", "forecast.py", "utilisation.py"),
    *("group.py", "reconciliation.py", "exceptions.py", "posting.py"),
)
QUERIES = re.findall(  # what the README asks of the marts
    r"```sql\n(select.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
)
LAST_MONTH_BREAKS = """
    select project_code from reconciliation.rec_labour_time_to_gl
    where match_status != 'matched' and period_month = date '2026-05-01'
"""
UNPOSTABLE = """
    select project_code from adjustments.adj_desired_postings
    where kind = 'labour_cost_accrual' and period_month = date '2026-05-01'
        and policy_action = 'hold'
"""
JOURNALS = """
    select count(distinct transaction_id), sum(debit_amount), sum(credit_amount)
    from canonical.fct_gl_entries where is_own_posting
"""


@pytest.fixture(scope="module")
def firm(firms, tmp_path_factory) -> Firm:
    """The default firm, faults and all, refreshed without posting."""
    work = tmp_path_factory.mktemp("default") / "work"
    return firms.refreshed(State(), work, posting=False)


@pytest.fixture(scope="module")
def first(firm) -> Run:
    """Its first refresh that posts."""
    return firm.tieout("refresh")


def test_the_default_firm_publishes_and_exits_0(firm, first):
    assert first.code == 0, first.out + first.err
    assert "landed" in first.out
    assert "Snapshot" in first.out
    assert firm.published.is_symlink()


def test_what_the_erp_was_missing_last_month_is_in_it(firm, first):
    breaks = {code for (code,) in firm.rows(LAST_MONTH_BREAKS)}
    held = {code for (code,) in firm.rows(UNPOSTABLE)}
    assert breaks == held, "only what policy holds may still differ"
    [(journals, debit, credit)] = firm.rows(JOURNALS)
    assert journals > 20
    assert debit == credit > 0


def test_what_it_forecast_is_kept(firm, first):
    [(day,)] = firm.rows("select as_of_date from publication.snapshot")
    with duckdb.connect(firm.work / "land.duckdb", read_only=True) as land:
        kept = land.execute("select distinct as_of_date from kept.forecasts").fetchall()
    assert kept == [(day,)]


def test_a_repeat_lands_nothing_and_posts_nothing(firm, first):
    before = firm.rows(JOURNALS)
    again = firm.done("refresh")
    assert "0 to post" in again.out
    assert "unchanged" in again.out
    assert firm.rows(JOURNALS) == before


def test_status_names_the_snapshot_its_age_and_its_controls(firm, first):
    told = firm.done("status").out
    [(snapshot,)] = firm.rows("select snapshot_id from publication.snapshot")
    assert snapshot in told
    assert "Age" in told
    assert "C01" in told


def test_doctor_finds_everything_in_order(firm, first):
    told = firm.done("doctor").out
    assert "✗" not in told
    for vendor in ("adp", "coupa", "kantata", "netsuite", "salesforce", "workday"):
        assert vendor in told


def test_the_plan_shows_what_is_held_and_why(firm, first):
    assert "period closed" in firm.done("plan").out


def test_a_week_later_there_is_something_new_and_readers_never_notice(firm, first):
    [(before,)] = firm.rows("select as_of_date from publication.snapshot")
    reader = duckdb.connect(firm.published.resolve(), read_only=True)
    done, wrong, seen = threading.Event(), [], 0

    def keep_reading():
        nonlocal seen
        while not done.is_set():
            try:
                firm.rows(
                    "select sum(margin_amount) from marts."
                    "mart_project_margin_monthly where currency_code = 'USD'"
                )
                seen += 1
            except duckdb.Error as error:
                wrong.append(error)
            time.sleep(0.05)

    thread = threading.Thread(target=keep_reading)
    thread.start()
    firm.done("sandbox", "advance", "--days", "7")
    firm.done("refresh", "--no-post")
    done.set()
    thread.join()
    assert (wrong, seen > 10) == ([], True)
    assert reader.execute("select as_of_date from publication.snapshot").fetchall() == [
        (before,)
    ]
    reader.close()
    [(after,)] = firm.rows("select as_of_date from publication.snapshot")
    assert (after - before).days == 7


TO_APPROVE = """
    select posting_key from adjustments.adj_desired_postings
    where policy_action = 'post' and unposted_amount != 0
        and approvals_needed >= {needed} and approval_threshold_amount is null
"""
KINDS_POSTED = """
    select kind from adjustments.adj_desired_postings
    where policy_action = 'post' and own_posted_amount != 0
    group by kind order by kind
"""
UNPOSTED = """
    select posting_key from adjustments.adj_desired_postings
    where policy_action = 'post' and unposted_amount != 0
"""
# What the books have of a contract's balance, against what it is: no adjustment's model
# takes part. A project of which something is held differs by that.
CONTRACTS_APART = """
    with books as (
        select project_code, sum(net_amount) as amount
        from canonical.fct_gl_entries where account_number in ('1200', '2300')
        group by project_code
    ),
    contracts as (
        select project_code, max_by(booked_amount, period_month) as amount
        from canonical.fct_contract_balances_monthly group by project_code
    )
    select project_code, contracts.amount, books.amount
    from contracts left join books using (project_code)
    where contracts.amount != coalesce(books.amount, 0) and project_code not in (
        select project_code from adjustments.adj_desired_postings
        where policy_action = 'hold' and kind in ('revenue_accrual', 'revenue_deferral')
    )
"""


def approve(firm, address, keys):
    """What somebody decides who is no account of this machine: as on the page."""
    where = Paths(firm.work)
    person = people.addressed(address)
    planned = run.make_plan(where)
    run.decide(planned, where, keys, person, "agrees with the schedules", approve=True)


def test_a_plan_in_a_file_waits_for_its_approvals_and_is_posted_as_written_once(
    firm, first, tmp_path
):
    file = str(tmp_path / "plan.json")
    told = firm.done("plan", "--submit", "--diff", "--out", file).out
    assert "+ 2026-06-30 Dr 5000" in told
    early = firm.tieout("post", "--plan", file)
    assert (early.code, "awaits 1 approval" in early.err) == (1, True)
    keys = [key for (key,) in firm.rows(TO_APPROVE.format(needed=1))]
    large = [key for (key,) in firm.rows(TO_APPROVE.format(needed=2))]
    assert (len(keys) > 100, len(large) > 10) == (True, True)
    for who, what in (("controller", keys), ("cfo", large)):
        approve(firm, f"{who}@firm.example", what)
    posted = firm.done("post", "--plan", file).out
    assert "journals posted" in posted
    again = firm.tieout("post", "--plan", file)
    assert again.code == 1
    assert "nothing was posted" in again.err
    assert "The ledger is whole" in firm.done("ledger", "verify").out


def test_every_kind_was_posted_once_and_the_books_say_what_is(firm, first):
    told = firm.done("refresh").out
    assert "Postings   0 to post" in told
    assert "to approve" not in told
    assert firm.rows(UNPOSTED) == []
    assert {kind for (kind,) in firm.rows(KINDS_POSTED)} >= {
        "burden_allocation", "intercompany", "labour_cost_accrual",
        "labour_cost_true_up", "revenue_accrual", "revenue_deferral",
        "subcontractor_accrual",
    }  # fmt: skip
    assert firm.rows(CONTRACTS_APART) == []
    [(_, debit, credit)] = firm.rows(JOURNALS)
    assert debit == credit


STEPS = (
    "refresh land build publish plan post approve reject ledger status sandbox doctor"
)


def test_help_shows_the_steps_as_commands(firm):
    told = firm.done("--help").out
    assert [step for step in STEPS.split() if f"\n  {step} " not in told] == []


@pytest.mark.parametrize("query", QUERIES)
def test_an_analyst_gets_an_answer_from_each_query_of_the_readme(firm, first, query):
    assert firm.rows(query)


def test_the_readme_asks_five_queries():
    assert len(QUERIES) == 5


def test_the_first_query_of_the_readme_is_last_months_margin_by_practice(firm, first):
    rows = firm.rows(QUERIES[0])
    by_hand = firm.rows(
        "select practice_name, currency_code, sum(margin_amount)"
        " from marts.mart_project_margin_monthly where period_month = date '2026-05-01'"
        " group by all"
    )
    assert {(r[0], r[1], r[5]) for r in rows} == set(by_hand)
    for _, _, revenue, cost, provision, margin, _ in rows:
        assert revenue - cost - provision == margin


def test_every_published_table_and_column_says_what_it_is(firm, first):
    bare = firm.rows(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where comment is null and schema_name not in ('publication', 'main')"
        " and not internal"
    )
    assert bare == []


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_something_to_show(firm, first, tmp_path, monkeypatch, page):
    copy = shutil.copy(firm.published.resolve(), tmp_path / "tieout.duckdb")
    monkeypatch.setenv("TIEOUT_PUBLISHED_PATH", str(copy))
    monkeypatch.setenv("TIEOUT_WORK", str(firm.work))
    monkeypatch.setattr(config, "_main_script_path", APP)  # its .streamlit is read
    app = AppTest.from_file(APP, default_timeout=60)
    app.switch_page(page)
    app.run()
    assert not app.exception
    assert "Nothing to show yet" not in [title.value for title in app.title]
    assert app.dataframe, "a page shows a table"
