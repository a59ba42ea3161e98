"""A ledger that knows less than the ERP: it posts nothing there, and is rebuilt."""

import contextlib
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dlt_pipelines.core.errors import ConfigurationError, Refused, Unreachable
from dlt_pipelines.reverse_sync import (
    agreement,
    approvals,
    checkpoints,
    external_ids,
    history,
    landed,
    recovery,
    show,
)
from dlt_pipelines.reverse_sync.archive import Archive
from dlt_pipelines.reverse_sync.corrections import external_id
from dlt_pipelines.reverse_sync.journal import Journal, Refusal
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.posting import post
from dlt_pipelines.reverse_sync.postings import SAID_TO_EXIST, SENT, Attempt
from dlt_pipelines.reverse_sync.settling import LATE_ENOUGH
from dlt_pipelines.vendors.netsuite.client import RECORD_PATH
from tests.reverse_sync.conftest import desired
from tests.reverse_sync.test_approvals import approve, large, named, person, prepared

UK = {"legal_entity_code": "UK20", "erp_subsidiary_id": "2", "currency_code": "GBP",
      "posting_key": "labour_cost_accrual|UK20|P1002|2026-05"}  # fmt: skip
BRITISH = desired("40.00", "1", project="P1002", **UK)


def post_rows(rows, ledger, erp, targets=None, wait=lambda _: None):
    return post(compare(rows, ledger), ledger, targets or erp.targets(), wait=wait)


@contextlib.contextmanager
def opened(tmp_path, name="lost", books=""):
    path = tmp_path / f"{name}.sqlite"
    with contextlib.closing(Ledger(path, "ada", books)) as ledger:
        yield ledger


@pytest.fixture
def lost(tmp_path):
    """A new ledger in the place of one that is lost."""
    with opened(tmp_path) as ledger:
        yield ledger


def copied(ledger, path):
    """A backup of a ledger."""
    with (
        contextlib.closing(sqlite3.connect(ledger.path)) as source,
        contextlib.closing(sqlite3.connect(path)) as backup,
    ):
        source.backup(backup)


def found(rows, ledger, erp, keys=frozenset()):
    return recovery.recover(erp.targets()[0], ledger, rows, set(keys))


def take_up(rows, ledger, erp, keys=frozenset()):
    told = found(rows, ledger, erp, keys)
    ledger.recover(told.found, told.ends, "netsuite")
    return told


def told_of(ledger):
    return [
        (p.posting_key, p.version, p.slot, p.amount, p.hours, p.status, p.erp_id,
         p.external_id, p.posting_date, p.project_code, p.period_month)
        for p in ledger.postings()
        if p.status == "posted"
    ]  # fmt: skip


def test_an_erp_that_holds_what_the_ledger_lacks_gets_nothing_more(ledger, lost, erp):
    """Neither under the key that is held nor under a new one."""
    post_rows([desired()], ledger, erp)
    new = desired("12.00", month=6)
    report = post_rows([desired("190.00"), new], lost, erp)
    assert (report.posted, lost.postings(), len(erp.journals())) == ([], [], 1)
    (error,) = report.errors
    assert error.exit_code == 4
    assert "1 journals of ours in US10" in error.what
    assert "USD 187.05" in error.what
    assert "tieout ledger recover" in error.do


def test_it_is_told_where_there_is_nothing_to_post(ledger, lost, erp):
    """Nothing is desired any more: an empty plan asks the ERP all the same."""
    post_rows([desired()], ledger, erp)
    assert post_rows([], ledger, erp).errors == []
    (error,) = post_rows([], lost, erp).errors
    assert error.exit_code == 4
    assert "1 journals of ours" in error.what


def test_other_entities_go_on(ledger, lost, erp):
    post_rows([desired()], ledger, erp)
    report = post_rows([desired("190.00"), BRITISH], lost, erp)
    assert [p.legal_entity_code for p in report.posted] == ["UK20"]
    assert [entity.legal_entity_code for entity in report.lacking] == ["US10"]


def test_a_ledger_of_an_earlier_moment_is_stopped_too(ledger, tmp_path, erp):
    post_rows([desired()], ledger, erp)
    copied(ledger, tmp_path / "older.sqlite")
    post_rows([desired("190.00"), desired("12.00", month=6)], ledger, erp)
    rows = [desired("200.00"), desired("13.00", month=6)]
    with opened(tmp_path, "older") as older:
        report = post_rows(rows, older, erp)
        assert (len(report.lacking[0].journals), len(erp.journals())) == (2, 3)
        take_up(rows, older, erp)
        assert told_of(older) == told_of(ledger)
        assert len(post_rows(rows, older, erp).posted) == 2
    assert erp.balance()[0] == Decimal("213.00")


def test_a_lost_ledger_is_rebuilt_to_the_cent(ledger, lost, erp):
    """Deltas, what was taken back and posted anew, another project, zero again."""
    rows = [desired(), BRITISH, desired("9.00", "1", month=6)]
    post_rows(rows, ledger, erp)
    rows[0] = desired("150.50", "2")
    post_rows(rows, ledger, erp)
    rows[0] = desired("150.50", "3", correction_policy="reverse_and_repost")
    rows[2] = desired("0", "0", month=6)
    post_rows(rows, ledger, erp)
    rows[0] = desired("150.50", "3", project="P1001", erp_project_id="702")
    post_rows(rows, ledger, erp)
    assert compare(rows, ledger).entries == []
    told = take_up(rows, lost, erp)
    assert (told.unclear, len(told.found)) == ([], len(erp.journals()))
    assert sorted(told_of(lost)) == sorted(told_of(ledger))
    assert compare(rows, lost).entries == []
    assert post_rows([*rows, desired("1.00", month=4)], lost, erp).lacking == []
    details = {row["detail"] for row in lost.attempts()[: len(told.ends)]}
    assert details == {"recovered from the ERP"}
    assert lost.verify() == []


def test_what_no_model_desires_any_more_is_told_by_its_memo(ledger, lost, erp):
    key = "labour_cost_accrual|US10|P1001|2026-05|E7|2026-05-03"
    post_rows([desired(posting_key=key)], ledger, erp)
    (intent,) = take_up([], lost, erp).found
    assert (intent.posting_key, intent.version) == (key, 1)
    (held,) = compare([], lost).held
    assert held.posted.posted.amount == Decimal("187.05")


def test_a_posting_of_a_period_that_is_no_month_is_taken_up(ledger, lost, erp):
    period = date(2026, 4, 30)
    row = desired(period_month=period, posting_date=date(2026, 5, 27),
                  posting_key="labour_cost_accrual|US10|P1001|2026-04-30")  # fmt: skip
    post_rows([row], ledger, erp)
    take_up([row], lost, erp)
    assert told_of(lost) == told_of(ledger)
    assert lost.postings()[0].period_month == period


@pytest.mark.parametrize("due", [[desired("0", "0")], []], ids=["zero", "no row"])
def test_what_is_due_no_more_does_not_outlive_a_lost_ledger(ledger, lost, erp, due):
    """A past month's accrual, billed since: a new ledger would never take it back."""
    post_rows([desired()], ledger, erp)
    rows = [*due, desired("12.00", "1", month=6)]
    (error,) = post_rows(rows, lost, erp).errors
    assert "USD 187.05" in error.what
    take_up(rows, lost, erp)
    post_rows([desired("0", "0"), rows[-1]], lost, erp)
    assert erp.balance() == (Decimal("12.00"), Decimal("1"))


def test_a_journal_of_an_earlier_release_is_told_by_its_id(ledger, lost, erp):
    """Its memo has no key: what is desired, or was landed, says which it can be."""
    key = "labour_cost_accrual|US10|P1001|2026-05|E7"
    for number, row in enumerate((desired(), desired(posting_key=key))):
        (entry,) = compare([row], ledger).to_post
        document = entry.intents[0].document
        memo = document.memo.removesuffix(f" {row['posting_key']}")
        erp.targets()[0].post([replace(document, memo=memo)])
        assert len(erp.journals()) == number + 1
    other = [desired(month=6)]
    assert len(found(other, lost, erp).unclear) == 1
    told = found(other, lost, erp, keys={key})
    assert [i.posting_key for i in told.found] == [desired()["posting_key"], key]


def test_what_cannot_be_told_is_left_and_keeps_the_entity_stopped(ledger, lost, erp):
    (entry,) = compare([desired()], ledger).to_post
    document = replace(
        entry.intents[0].document, memo="by hand", external_id="TIEOUT-0"
    )
    erp.targets()[0].post([document])
    told = take_up([desired()], lost, erp)
    ((journal, why),) = told.unclear
    assert journal.external_id == "TIEOUT-0"
    assert "neither its memo nor" in why
    assert not told
    assert len(post_rows([desired()], lost, erp).lacking) == 1


def test_what_the_erp_changed_is_taken_up_as_it_stands(ledger, lost, erp):
    post_rows([desired()], ledger, erp)
    (number,) = [j["id"] for j in erp.journals()]
    target = erp.targets()[0]
    body = {"tranDate": "2026-06-01"}
    target.writer.send("PATCH", f"/services/rest/record/v1/journalEntry/{number}",
                       json=body)  # fmt: skip
    (intent,) = take_up([desired()], lost, erp).found
    assert str(intent.document.posting_date) == "2026-06-01"
    assert compare([desired()], lost).entries == []


def test_what_was_recorded_as_refused_and_is_held_stops_and_is_taken_up(ledger, erp):
    (entry,) = compare([desired()], ledger).to_post
    (posting,) = ledger.intend(entry.intents, "netsuite")
    erp.targets()[0].post([posting.document])
    ledger.record([Attempt(posting.posting_id, 1, "failed", detail="already exists")])
    changed = [desired("200.00")]
    assert len(post_rows(changed, ledger, erp).lacking) == 1
    (known,) = take_up(changed, ledger, erp).known
    assert known.status == "failed"
    assert ledger.postings()[0].status == "posted"
    post_rows(changed, ledger, erp)
    assert erp.balance()[0] == Decimal("200.00")


def test_what_would_be_taken_up_is_shown_first(ledger, lost, erp, capsys):
    from rich.console import Console

    post_rows([desired(), BRITISH], ledger, erp)
    Console(width=200).print(show.recovery(found([desired()], lost, erp)))
    told = capsys.readouterr().out
    assert "UK20: 1 journals to take up, 40.00 GBP" in told
    assert "US10: 1 journals to take up, 187.05 USD" in told
    assert lost.postings() == []


def test_journals_of_other_books_stop_and_are_not_taken_up(tmp_path, erp):
    with opened(tmp_path, "a", "aaaa") as ours, opened(tmp_path, "b", "bbbb") as theirs:
        assert len(post_rows([desired()], theirs, erp).posted) == 1
        report = post_rows([desired(), BRITISH], ours, erp)
        assert [p.legal_entity_code for p in report.posted] == ["UK20"]
        assert "of other books (mark bbbb)" in report.errors[0].do
        told = found([desired()], ours, erp)
        assert told.unclear[0][1] == "it is of other books (mark bbbb)"
        assert len(post_rows([BRITISH], theirs, erp).lacking) == 1


def test_a_ledger_of_another_firm_posts_nothing(tmp_path, erp):
    with opened(tmp_path, "one", "aaaa") as theirs:
        post_rows([desired()], theirs, erp)
    with opened(tmp_path, "one", "bbbb") as taken_for_ours:
        with pytest.raises(ConfigurationError, match="other books"):
            post_rows([BRITISH], taken_for_ours, erp)
        with pytest.raises(ConfigurationError, match="other books"):
            found([BRITISH], taken_for_ours, erp)


def test_an_approval_is_used_up_by_what_it_let_through(ledger, erp):
    approve(prepared(large(), ledger), ledger, "bob", named("bob"))
    assert len(post_rows([large()], ledger, erp).posted) == 1
    post_rows([desired("0", "0")], ledger, erp)  # taken back
    (again,) = compare([large()], ledger).entries
    assert (again.action, again.reason) == ("approve", "to be prepared for approval")
    approvals.prepare([again], ledger, person("ada"))
    approve(compare([large()], ledger).entries[0], ledger, "bob", named("bob"))
    assert len(post_rows([large()], ledger, erp).posted) == 1


def test_an_approval_of_what_the_erp_refused_still_counts(ledger, erp):
    row = large(erp_project_id="4")
    approve(prepared(row, ledger), ledger, "bob", named("bob"))
    assert len(post_rows([row], ledger, erp).refused) == 1
    (again,) = compare([row], ledger, retry_refused=True).entries
    assert again.action == "post"


def delete_all(erp):
    """What somebody in the ERP does by hand."""
    for journal in erp.journals():
        path = f"{RECORD_PATH}/journalEntry/{journal['id']}"
        erp.targets()[0].writer.send("DELETE", path)
    assert erp.targets()[0].held() == []


def older_copy(ledger, tmp_path, erp, needed):
    """A ledger with approvals, of before they let through what the ERP has no more."""
    approvals.prepare(compare([large(needed=needed)], ledger).entries, ledger,
                      person("ada"))  # fmt: skip
    for name in ("bob", "cyd")[:needed]:
        approve(compare([large(needed=needed)], ledger).entries[0], ledger, name)
    copied(ledger, tmp_path / "older.sqlite")
    assert len(post_rows([large(needed=needed), BRITISH], ledger, erp).posted) == 2
    delete_all(erp)
    return opened(tmp_path, "older")


@pytest.mark.parametrize("needed", [1, 2])
def test_an_approval_in_an_older_ledger_that_is_accepted_counts_no_more(
    ledger, tmp_path, erp, needed
):
    archive = Archive.of(tmp_path / "work", {})
    with older_copy(ledger, tmp_path, erp, needed) as older:
        checkpoints.keep(archive, ledger, "s1")
        with pytest.raises(checkpoints.LedgerDoubted):
            checkpoints.hold_to(archive, older)
        checkpoints.begin_anew(archive, older, "ada", "restored")
        checkpoints.hold_to(archive, older)
        assert post_rows([large(needed=needed)], older, erp).posted == []
        (again,) = compare([large(needed=needed)], older).entries
        assert (again.action, again.reason) == (
            "approve",
            "to be prepared for approval",
        )
        approvals.prepare([again], older, person("ada"))
        for name in ("bob", "cyd")[:needed]:
            approve(compare([large(needed=needed)], older).entries[0], older, name)
        assert len(compare([large(needed=needed)], older).to_post) == 1


def test_an_approval_in_an_older_ledger_that_is_recovered_counts_no_more(
    ledger, tmp_path, erp
):
    """Something else that the ERP still has told that it is older."""
    with older_copy(ledger, tmp_path, erp, 1) as older:
        post_rows([desired(**UK | {"posting_key": UK["posting_key"] + "|2"})],
                  ledger, erp)  # fmt: skip
        assert len(take_up([large(), BRITISH], older, erp).found) == 1
        (waiting,) = compare([large(), BRITISH], older).to_approve
        assert waiting.posting_key == large()["posting_key"]


def test_a_rejection_in_an_older_ledger_is_made_anew(ledger, tmp_path):
    """One of two approvers said yes, the other no, and only the yes is left."""
    row = large(needed=2)
    approve(prepared(row, ledger), ledger, "bob")
    copied(ledger, tmp_path / "older.sqlite")
    approve(compare([row], ledger).entries[0], ledger, "cyd", yes=False)
    with opened(tmp_path, "older") as older:
        checkpoints.begin_anew(Archive.of(tmp_path / "w", {}), older, "ada", "restored")
        entry = prepared(row, older)
        assert entry.reason == "awaits 2 approvals"
        told = history.lines(older, entry.posting_key)
        assert "no decision of before counts any more (ada: restored)" in told[2]


# What the warehouse knows -------------------------------------------------------------


def warehouse(path, ledger, *changes):
    """A database with the landed postings, as staging orders them."""
    with contextlib.closing(duckdb.connect(path)) as made:
        made.execute("create schema canonical")
        made.execute("create table canonical.fct_postings (posting_id varchar, "
                     "amount decimal(18, 4), status varchar)")  # fmt: skip
        for row in landed.rows(ledger)["postings"]:
            told = [row["posting_id"], row["amount"], row["status"]]
            made.execute("insert into canonical.fct_postings values (?, ?, ?)", told)
        for change in changes:
            made.execute(change)
    return path


def test_the_warehouse_agrees_with_the_ledger(ledger, erp, tmp_path):
    post_rows([desired(), desired("9.00", month=6, erp_project_id="4")], ledger, erp)
    assert agreement.disagreement(warehouse(tmp_path / "a", ledger), ledger) is None


@pytest.mark.parametrize("change", ["status = 'open'", "amount = amount + 0.01"])
def test_a_posting_that_the_warehouse_has_otherwise_is_told(
    ledger, erp, tmp_path, change
):
    post_rows([desired()], ledger, erp)
    spoiled = warehouse(
        tmp_path / "a", ledger, f"update canonical.fct_postings set {change}"
    )
    error = agreement.disagreement(spoiled, ledger)
    assert error.exit_code == 1
    assert "labour_cost_accrual|US10|P1001|2026-05|v1" in error.what


def test_of_two_states_that_one_run_landed_the_ledgers_last_counts(ledger, erp):
    """What a kill while posting leaves: open at the landing, posted at the next one."""
    (entry,) = compare([desired()], ledger).to_post
    ledger.intend(entry.intents, "netsuite")
    first = landed.rows(ledger)["postings"]
    post_rows([desired()], ledger, erp)
    second = landed.rows(ledger)["postings"]
    states = pl.DataFrame([*second, *first], schema_overrides={"erp_id": pl.String})
    moment = datetime(2026, 6, 10, tzinfo=UTC)
    states = states.with_columns(pl.lit(moment).alias("landed_at"))
    model = Path("models/staging/ledger/stg_ledger__postings.sql").read_text()
    query = model.replace("{{ source('ledger', 'postings') }}", "states")
    told = duckdb.sql(f"select status from ({query})").fetchall()
    assert told == [("posted",)]
    assert {row["_event_id"] for row in first}.isdisjoint(
        row["_event_id"] for row in second
    )


def test_what_a_ledger_says_after_a_loss_is_landed_beside_what_it_said_before(
    ledger, lost, erp
):
    """A row of a recovered ledger has the number of another one that is landed."""
    approve(prepared(large(), ledger), ledger, "bob")
    post_rows([large()], ledger, erp)
    before = landed.rows(ledger)
    take_up([large()], lost, erp)
    prepared(large("7000.00"), lost)
    now = landed.rows(lost)
    for table in ("attempts", "decisions"):
        ids = [{row["_event_id"] for row in told[table]} for told in (before, now)]
        assert ids[0].isdisjoint(ids[1])
    again = landed.rows(lost)
    prepared(large("8000.00"), lost)
    assert landed.rows(lost)["decisions"][:2] == again["decisions"]


# External ids -------------------------------------------------------------------------


def test_an_id_carries_the_books_and_fits_what_the_system_keeps(ledger):
    document = compare([desired()], ledger).to_post[0].intents[0].document
    whole = external_ids.sent_as(document, "0a1b", 64).external_id
    short = external_ids.sent_as(document, "0a1b", 20).external_id
    assert whole.startswith("TIEOUT-0a1b-")
    assert short == whole[:20]
    key = desired()["posting_key"]
    for sent in (whole, short, external_id(key, 1)):
        assert external_ids.is_of(sent, key, 1)
        assert not external_ids.is_of(sent, key, 2)
    assert list(map(external_ids.books_of, (whole, short, external_id(key, 1)))) == [
        "0a1b",
        "0a1b",
        "",
    ]
    with pytest.raises(ConfigurationError, match="keeps 19 characters"):
        external_ids.sent_as(document, "0a1b", 19)


def test_ids_are_cut_to_the_declared_limit(tmp_path, erp):
    (target,) = erp.targets()
    target.external_id_limit = 20
    with opened(tmp_path, "short", "0a1b") as short:
        post_rows([desired(), BRITISH], short, erp, [target])
        assert all(len(j["external_id"]) == 20 for j in erp.journals())
        assert post_rows([desired("1.00")], short, erp, [target]).errors == []


class Cutting:
    """A NetSuite that keeps only 20 characters of an id, whatever it declares."""

    def __init__(self, erp):
        (self.target,) = erp.targets()
        self.real, self.target.post = self.target.post, self.post
        self.losing = False

    def post(self, documents):
        cut = [replace(d, external_id=d.external_id[:20]) for d in documents]
        results = self.real(cut)
        if self.losing:
            raise Unreachable("the answer was lost", "ask")
        return results


@pytest.mark.parametrize("losing", [True, False])
def test_an_erp_that_cuts_ids_doubles_nothing_and_stops(ledger, erp, losing):
    cutting = Cutting(erp)
    cutting.losing = losing
    report = post_rows([desired()], ledger, erp, [cutting.target])
    assert isinstance(report.stopped, Refused)
    assert "under another external id" in report.stopped.what
    cutting.losing = False
    rows = [desired("200.00"), desired("5.00", month=6)]
    assert post_rows(rows, ledger, erp, [cutting.target]).errors
    assert len(erp.journals()) == 1


# «Already exists» ---------------------------------------------------------------------


class Lagging:
    """A NetSuite whose look-ups and listings show nothing until they have caught up."""

    def __init__(self, erp):
        (self.target,) = erp.targets()
        self.has_caught_up = False
        self.find, self.held = self.target.find, self.target.held
        self.target.find = lambda d: self.find(d) if self.has_caught_up else {}
        self.target.held = lambda: self.held() if self.has_caught_up else []


def lagging(ledger, erp):
    lag = Lagging(erp)
    erp.disturb("lose_answer")
    report = post_rows([desired()], ledger, erp, [lag.target])
    return lag, report


def test_a_refusal_that_says_the_record_exists_stays_open(ledger, erp):
    lag, report = lagging(ledger, erp)
    assert (report.refused, len(report.hidden)) == ([], 1)
    assert "says that it holds TIEOUT-" in report.stopped.what
    (posting,) = ledger.open_postings()
    assert ledger.history(posting.posting_id)[-1]["outcome"] == SAID_TO_EXIST
    calls = len(ledger.attempts())
    again = post_rows([desired()], ledger, erp, [lag.target])
    assert len(again.hidden) == 1
    assert len(ledger.attempts()) == calls  # asked for, not sent again
    lag.has_caught_up = True
    last = post_rows([desired()], ledger, erp, [lag.target])
    assert (len(last.resolved), last.errors) == (1, [])
    assert (len(erp.journals()), ledger.postings()[0].status) == (1, "posted")


def test_what_is_said_to_exist_is_not_ended_by_a_closing_period(ledger, erp):
    lag, _ = lagging(ledger, erp)
    closed = [desired(period_state="closed", policy_action="hold")]
    report = post_rows(closed, ledger, erp, [lag.target])
    assert (report.refused, len(report.hidden)) == ([], 1)


def test_what_was_asked_for_late_enough_is_sent_once_more(ledger, erp, monkeypatch):
    lag, _ = lagging(ledger, erp)
    monkeypatch.setattr(
        "dlt_pipelines.reverse_sync.settling.LATE_ENOUGH", 0 * LATE_ENOUGH
    )
    sent = [a for a in ledger.attempts() if a["outcome"] == SENT]
    assert len(post_rows([desired()], ledger, erp, [lag.target]).hidden) == 1
    assert len([a for a in ledger.attempts() if a["outcome"] == SENT]) > len(sent)
    assert len(erp.journals()) == 1


def test_netsuite_says_that_a_record_exists(ledger, erp):
    (entry,) = compare([desired()], ledger).to_post
    (target,) = erp.targets()
    target.post([entry.intents[0].document])
    (refusal,) = target.post([entry.intents[0].document])
    assert isinstance(refusal, Refusal)
    assert refusal.says_it_exists


def test_netsuite_tells_a_journal_as_it_was_sent(ledger, erp):
    row = desired("-80.25", "-1.50", credit_erp_project_id="702")
    (entry,) = compare([row], ledger).to_post
    (target,) = erp.targets()
    sent = entry.intents[0].document
    target.post([sent])
    (journal,) = target.read(target.held())
    assert isinstance(journal, Journal)
    assert journal == replace(sent, content_hash=sent.content_hash[:16])
