"""Against a real Tryton on PostgreSQL: its books land whole, and each journal is posted
once, whatever happens on the way. Every test has a month of its own to post in."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from dlt_pipelines.core.errors import BadAnswer, Refused, Unreachable
from dlt_pipelines.reverse_sync import recovery
from dlt_pipelines.reverse_sync.journal import Kept, Refusal
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.posting import post
from dlt_pipelines.vendors.tryton import client as client_module
from dlt_pipelines.vendors.tryton import target as target_module
from dlt_pipelines.vendors.tryton.client import SaidNo, TrytonClient
from dlt_pipelines.vendors.tryton.source import GROWING, LISTS
from dlt_pipelines.vendors.tryton.target import TrytonTarget
from tests.reverse_sync.conftest import database_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("tryton")]

BALANCES = """
    with current_lines as (
        select arg_max(l, l._version) as l from raw.tryton__analytic_lines as l
        group by l._key
    )
    select a.code, sum(l.debit - l.credit)
    from current_lines
    inner join raw.tryton__analytic_accounts as a on a.id = l.account
    inner join raw.tryton__move_lines as ml on ml.id = l.move_line
    inner join raw.tryton__accounts as ledger_account on ledger_account.id = ml.account
    where ledger_account.code = '5.1.3' and month(l.date) = ? and not l._deleted
    group by a.code
"""


def journals_of(books, month, ledger):
    """The journals that a plan would post, one of each project."""
    entries = compare(books.wanted(month), ledger).to_post
    return [entry.intents[0].journal for entry in entries]


def each_once(books, ledger):
    """Every posting of the ledger is one posted move, and no draft is left of it."""
    moves, drafts = books.moves(), books.moves("draft")
    return all(
        (posting.status, moves[posting.external_id], drafts[posting.external_id])
        == ("posted", 1, 0)
        for posting in ledger.postings()
    )


# -- reading ----------------------------------------------------------------------


def test_the_books_land_whole_and_as_declared(books, landed):
    report, ask = landed()
    assert (report.failures, report.drift) == ({}, [])
    for table, (model, _) in (LISTS | GROWING).items():
        [(rows,)] = ask(f"select count(*) from raw.tryton__{table}")
        assert rows == len(books.rows(model, "id")) > 0, table
    fees = ask(
        "select m.number, p.code, l.debit, l.credit from raw.tryton__moves as m"
        " inner join raw.tryton__move_lines as l on l.move = m.id"
        " left join raw.tryton__parties as p on p.id = l.party"
        " where m.description = 'Fees P1001' order by l.debit"
    )
    amount = Decimal("900.0000")
    assert fees == [
        ("US10-000001", None, 0, amount),
        ("US10-000001", "C0001", amount, 0),
    ]
    worked = ask(
        "select e.code, p.name, sum(t.seconds) / 3600"
        " from raw.tryton__timesheet_lines as t"
        " inner join raw.tryton__employees as e on e.id = t.employee"
        " inner join raw.tryton__projects as p"
        " on t.work_origin = 'project.work,' || p.id"
        " group by all order by all"
    )
    assert worked == [("E1", "Project P1001", 15), ("E1", "Project P1002", 15)]


def test_the_next_landing_brings_what_is_new_changed_and_gone(books, landed):
    draft = {
        "company": books.companies["US10"], "journal": 5, "period": books.period(12),
        "date": date(2026, 12, 1),
    }  # fmt: skip
    kept, gone = books.admin.call(
        "account.move.create", [draft, draft | {"description": "Typing"}]
    )
    landed()
    report, _ = landed()
    assert report.rows_landed == 0
    books.admin.call("account.move.write", [kept], {"description": "Changed"})
    books.admin.call("account.move.delete", [gone])
    report, ask = landed()
    assert report.rows_landed == 2
    newest = ask(
        f"select id, arg_max((description, _deleted), _version), max(_version)"
        f" from raw.tryton__moves where id in ('{kept}', '{gone}')"
        f" group by id order by id"
    )
    assert newest == [
        (str(kept), ("Changed", False), 2),
        (str(gone), ("Typing", True), 2),
    ]
    books.admin.call("account.move.delete", [kept])


def test_many_pages_are_read_to_the_end_and_no_row_twice(tryton, books, monkeypatch):
    all_of_them = [row["id"] for row in books.rows("account.account", "id")]
    monkeypatch.setattr(client_module, "PAGE_SIZE", 27)
    pages = list(tryton.client().pages("account.account", ["id"]))
    assert [row["id"] for page in pages for row in page] == all_of_them
    assert len(pages) == len(all_of_them) // 27 + (len(all_of_them) % 27 > 0)


# -- access -----------------------------------------------------------------------


def test_a_wrong_password_is_refused_and_not_shown(tryton):
    wrong = TrytonClient(tryton.instance(password="no-such-password"))
    with pytest.raises(Refused, match="HTTP 401") as error:
        wrong.ping()
    assert "no-such-password" not in str(error.value)


def test_an_ended_session_is_renewed(tryton):
    client = tryton.client()
    assert client.ping() == "2 companies"
    client._session = "dGllb3V0OjI6ZW5kZWQ="
    assert client.call("account.move.search", []) != []


@pytest.fixture
def reader(books):
    """A user without rights: how to reach him, and what his record is."""
    login = f"reader-{uuid4().hex}"  # Tryton lets no user be deleted
    told = {
        "login": login, "password": "reader-of-books", "company_filter": "all",
        "companies": [["add", [*books.companies.values()]]],
    }  # fmt: skip
    [user] = books.admin.call("res.user.create", [told])
    return books.tryton.instance(username=login, password="reader-of-books"), user


def test_a_user_who_is_shown_one_company_of_two_is_refused(books, reader):
    instance, user = reader
    books.admin.call("res.user.write", [user], {"company_filter": "one"})
    with pytest.raises(Refused, match="1 of 2 companies"):
        TrytonClient(instance).ping()


def test_a_user_who_may_not_post_is_told_before_anything_is_sent(books, ledger, reader):
    report = books.post(books.wanted(1), ledger, TrytonTarget(reader[0]))
    assert isinstance(report.stopped, Refused)
    assert "account.move" in report.stopped.what
    assert (report.posted, report.refused) == ([], [])
    assert books.moves("draft").total() == 0


# -- posting ----------------------------------------------------------------------


def test_a_journal_arrives_with_its_account_project_and_hours(books, ledger):
    [posting] = books.post(books.wanted(2, projects=["P1001"]), ledger).posted
    [move] = books.rows(
        "account.move", "number", "date", "description", "period.name", "state",
        domain=[["description", "like", f"{posting.external_id}%"]],
    )  # fmt: skip
    assert str(move["id"]) == ledger.postings()[0].erp_id
    assert (move["date"], move["period"]["name"]) == ("2026-02-28", "2026-02")
    lines = books.rows(
        "account.move.line", "account.code", "debit", "credit", "description",
        "analytic_lines", "analytic_state", domain=[["move", "=", move["id"]]],
    )  # fmt: skip
    debit, credit = lines
    assert (debit["account"]["code"], debit["debit"]) == ("5.1.3", "200.25")
    assert (credit["account"]["code"], credit["credit"]) == ("2.3.7", "200.25")
    assert debit["description"].endswith(", 1.25 h")
    assert [line["analytic_state"] for line in lines] == ["valid", "valid"]
    assert [len(line["analytic_lines"]) for line in lines] == [1, 0]


def test_a_lost_ledger_is_stopped_and_rebuilt_from_the_moves(books, ledger, tmp_path):
    """Tryton keeps no department, nor a project on the credit line: the hash does."""
    rows = books.wanted(2, projects=["P1002"])
    books.post(rows, ledger)
    rows[0] |= {"desired_amount": Decimal("150.10"), "desired_hours": Decimal("-2.5")}
    books.post(rows, ledger)
    with contextlib.closing(Ledger(tmp_path / "lost.sqlite")) as lost:
        target = books.target()
        report = post(compare(rows, lost), lost, [target], wait=lambda _: None)
        assert (report.posted, report.errors[0].exit_code) == ([], 4)
        found = recovery.recover(target, lost, rows, set())
        lost.recover(found.found, found.ends, target.name)
        ours = {p.external_id for p in ledger.postings()}
        rebuilt = [p for p in lost.postings() if p.external_id in ours]
        for was, now in zip(ledger.postings(), rebuilt, strict=True):
            for name in ("posting_id", "slot", "amount", "hours", "erp_id"):
                assert getattr(now, name) == getattr(was, name)
        assert [e for e in compare(rows, lost).entries if e.action != "hold"] == []


@pytest.mark.parametrize(("when", "month"), [("drafts", 3), ("posted", 4)])
def test_a_killed_poster_is_made_good(books, landed, tmp_path, when, month):
    rows = books.wanted(month) + [
        row | {"posting_key": row["posting_key"] + "|more"}
        for row in books.wanted(month)
    ]
    database = database_of(tmp_path / "build.duckdb", rows)
    options = tmp_path / "options.json"
    options.write_text(json.dumps(books.tryton.instance().options))
    command = [sys.executable, "-m", "tests.tryton.killed"]
    arguments = [tmp_path / "ledger.sqlite", database, options, when]
    killed = subprocess.run([*command, *arguments], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr

    ledger = Ledger(tmp_path / "ledger.sqlite")
    assert sorted(p.status for p in ledger.postings()) == ["open"] * 2 + ["posted"] * 2
    left_behind = books.moves("draft").total()
    assert left_behind == (2 if when == "drafts" else 0)
    if left_behind:
        with pytest.raises(SaidNo):  # drafts keep a period from being closed
            books.close(month)

    report = books.post(rows, ledger)
    assert (len(report.resolved), report.posted, report.refused) == (2, [], [])
    assert each_once(books, ledger)
    assert books.are_gapless()
    books.close(month)
    books.reopen(month)

    _, ask = landed()
    balances = dict(ask(BALANCES, month))
    wanted = {row["project_code"]: 2 * row["desired_amount"] for row in rows}
    assert balances == wanted
    assert books.post(rows, ledger).settled == 0
    ledger.close()


@pytest.mark.parametrize(
    ("lost", "month"), [("_create", 5), ("_post", 6), ("_remove", 7)]
)
def test_an_answer_that_is_lost_costs_no_journal_and_doubles_none(
    books, ledger, lost, month
):
    class Losing(TrytonTarget):
        lost = 0

    def losing(self, *told):
        result = getattr(TrytonTarget, lost)(self, *told)
        if self.lost < 2:
            self.lost += 1
            raise Unreachable("the line is cut", "wait.")
        return result

    setattr(Losing, lost, losing)
    if lost == "_remove":
        target = books.target()
        books_of = target._opened_books()
        target._create([books_of.move(j) for j in journals_of(books, month, ledger)])
    report = books.post(books.wanted(month), ledger, books.target(Losing))
    assert (len(report.posted), report.refused, report.unknown) == (2, [], [])
    assert each_once(books, ledger)
    assert books.are_gapless()


def test_a_period_that_is_closed_meanwhile_refuses_and_nothing_is_stuck(books, ledger):
    early, late = books.wanted(8), books.wanted(9)
    planned = compare(early + late, ledger)
    assert len(planned.to_post) == 4
    books.close(9)
    report = books.post(early + late, ledger)
    assert [p.period_month.month for p in report.posted] == [8, 8]
    assert [(p.period_month.month, bool(why)) for p, why in report.refused] == [
        (9, True),
        (9, True),
    ]
    assert (report.unknown, report.stopped) == ([], None)
    assert books.moves("draft").total() == 0
    again = compare(early + late, ledger)
    assert [entry.reason.partition(":")[0] for entry in again.held] == [
        "refused by ERP"
    ] * 2
    books.close(8)  # nothing of ours is in the way

    books.reopen(9)
    report = books.post(early + late, ledger, retry_refused=True)
    assert [p.period_month.month for p in report.posted] == [9, 9]
    posted = [p for p in ledger.postings() if p.status == "posted"]
    assert [books.moves()[p.external_id] for p in posted] == [1, 1, 1, 1]
    assert books.are_gapless()


def test_drafts_of_a_run_cut_off_are_withdrawn_when_their_period_has_closed(
    books, ledger
):
    class CutOff(TrytonTarget):
        def _post(self, drafts):
            raise Unreachable("the line is cut", "wait.")

    rows = books.wanted(1)
    report = books.post(rows, ledger, books.target(CutOff))
    assert (len(report.unknown), books.moves("draft").total()) == (2, 2)
    report = books.post(books.wanted(1, period_state="closed"), ledger)
    assert [why for _, why in report.refused] == [
        "its period closed before it could be sent"
    ] * 2
    assert books.moves("draft").total() == 0
    books.close(1)
    books.reopen(1)


def test_one_bad_journal_does_not_take_the_others_with_it(books, ledger):
    good, bad = journals_of(books, 10, ledger)
    debit, credit = bad.lines
    bad = replace(bad, lines=(debit, replace(credit, credit=Decimal("0.01"))))
    unknown = replace(good, external_id="TIEOUT-0", subsidiary_id="99")
    target = books.target()
    results = target.post([bad, good, unknown])
    assert [type(result) for result in results] == [Refusal, Kept, Refusal]
    assert books.moves("draft").total() == 0
    assert target.post([good]) == [results[1]]
    other = replace(good, content_hash="f" * 64)
    assert isinstance(target.post([other])[0], Refusal)
    assert books.moves()[good.external_id] == 1


def test_each_company_keeps_its_own_books(books, ledger):
    american, _ = journals_of(books, 10, ledger)
    british = replace(
        american,
        external_id="TIEOUT-UK",
        subsidiary_id=str(books.companies["UK20"]),
        currency_code="GBP",
        lines=tuple(
            replace(line, project_id=books.projects["P2001"]) for line in american.lines
        ),
    )
    american = replace(american, external_id="TIEOUT-US")
    dollars = replace(british, external_id="TIEOUT-$", currency_code="USD")
    results = books.target().post([american, british, dollars])
    assert [type(result) for result in results] == [Kept, Kept, Refusal]
    assert "in GBP, not in USD" in results[2].what
    assert books.are_gapless("US10")
    assert books.are_gapless("UK20")
    assert len(books.target().find([american, british, dollars])) == 2


def test_a_draft_that_somebody_edited_is_made_anew(books, ledger):
    target, month = books.target(), 11
    moves = [target._opened_books().move(j) for j in journals_of(books, month, ledger)]
    draft, _ = target._create(moves)
    debit, credit = books.rows(
        "account.move.line", "debit", domain=[["move", "=", draft]]
    )
    books.admin.call("account.move.line.write", [debit["id"]], {"debit": Decimal(1)})
    books.admin.call("account.move.line.write", [credit["id"]], {"credit": Decimal(1)})
    report = books.post(books.wanted(month), ledger)
    assert len(report.posted) == 2
    assert each_once(books, ledger)
    [debit, _] = books.rows(
        "account.move.line", "debit",
        domain=[["move", "=", int(ledger.postings()[0].erp_id)]],
    )  # fmt: skip
    assert Decimal(debit["debit"]) == Decimal("1100.25")


def test_a_draft_that_somebody_posts_first_is_not_posted_again(books, ledger):
    class Overtaken(TrytonTarget):
        def _post(self, drafts):
            books.admin.call("account.move.post", drafts)
            return super()._post(drafts)

    report = books.post(books.wanted(12), ledger, books.target(Overtaken))
    assert (len(report.posted), report.refused) == (2, [])
    assert each_once(books, ledger)
    assert books.are_gapless()


def test_a_posting_still_under_way_and_its_repeat_make_one_move(books, ledger):
    """A killed poster's last call may still be at work when the next one begins."""
    example, _ = journals_of(books, 11, ledger)
    killed, repeating = books.target(), books.target()
    move_of = killed._opened_books().move

    def repeat(journal):
        while True:
            try:
                return repeating.post([journal])
            except BadAnswer:  # the draft was posted before it could be removed
                continue

    with ThreadPoolExecutor() as threads:
        for number in range(12):
            journal = replace(example, external_id=f"TIEOUT-RACE-{number}")
            [draft] = killed._create([move_of(journal)])
            under_way = threads.submit(killed._post, [draft])
            time.sleep(number * 0.005)
            [kept] = repeat(journal)
            lost = isinstance(under_way.exception(), SaidNo)
            assert books.moves()[journal.external_id] == 1
            assert lost == (kept != Kept(str(draft)))
    assert books.moves("draft").total() == 0
    assert books.are_gapless()


def test_a_draft_that_came_too_late_is_removed_by_the_next_posting(
    books, ledger, monkeypatch
):
    rows = [row | {"posting_key": row["posting_key"] + "|late"}
            for row in books.wanted(1)]  # fmt: skip
    books.post(rows, ledger)
    target = books.target()
    [journal] = [p.journal for p in ledger.postings()][:1]
    target._create([target._opened_books().move(journal)])
    assert books.moves("draft").total() == 1
    monkeypatch.setattr(target_module, "LEFT_BEHIND_AFTER", timedelta(seconds=-60))
    more = [row | {"posting_key": row["posting_key"] + "|more"}
            for row in books.wanted(1)]  # fmt: skip
    assert books.post(rows + more, ledger).refused == []
    assert books.moves("draft").total() == 0
    assert each_once(books, ledger)
