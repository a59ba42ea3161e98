"""Posting to the sandbox's Oracle Fusion over HTTP: exactly once, by files and jobs."""

import contextlib
import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import requests

from dlt_pipelines.core.errors import BadAnswer, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.reverse_sync import recovery
from dlt_pipelines.reverse_sync.journal import Journal, Kept, Line, Refusal
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.posting import post
from dlt_pipelines.sandbox.serving import server
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.oracle_fusion.target import (
    COLUMNS,
    JOB_LIMIT,
    PLACES,
    OracleFusionTarget,
    group_of,
)
from tests.reverse_sync import books
from tests.reverse_sync.conftest import desired

ENTITY, LEDGER = "300000000000001", "300000000000101"
OTHER_ENTITY = "300000000000002"


@pytest.fixture
def pod(tmp_path):
    host = Host(books.firm(), tmp_path / "erp.sqlite")
    with server.running(host, only={"oracle_fusion"}) as addresses:
        yield Pod(host, addresses)


class Pod:
    """The sandbox's Oracle Fusion, and what is in it."""

    def __init__(self, host, addresses):
        self.host, self.addresses = host, addresses
        self.instance = addresses.instance("oracle_fusion")

    def target(self, **options):
        told = {**self.instance.options, **options}
        target = OracleFusionTarget(Instance("oracle", "oracle_fusion", told))
        target.pause = lambda _: None
        target.reader.longest_wait = 0.05
        return target

    def disturb(self, kind, path="erpintegrations", **more):
        address = self.addresses.plain + "/_sandbox/disturb"
        told = {"path": path, "kind": kind, **more}
        requests.post(address, json=told, timeout=5).raise_for_status()

    def batches(self):
        return self.host.records("oracle_fusion").all("batch")

    def left(self):
        kept = self.host.records("oracle_fusion").all("interface")
        return [row for file in kept if not file["purged"] for row in file["rows"]]


def row(**changes):
    return desired(**{
        "target_instance": "oracle",
        "erp_subsidiary_id": ENTITY,
        "erp_project_id": "P1001",
        "erp_department_id": "PR-1",
        **changes,
    })  # fmt: skip


def journal(external_id="TIEOUT-0001", **changes):
    amount = Decimal("187.05")
    made = Journal(
        external_id=external_id,
        content_hash="0123456789abcdef" * 4,
        subsidiary_id=ENTITY,
        currency_code="USD",
        posting_date=date(2026, 5, 31),
        memo="Labour, P1001 «May»\nv1 [0123456789abcdef]",
        lines=(
            Line("5000", amount, Decimal(0), "P1001", "PR-1", Decimal("2.25"), "Work"),
            Line("2100", Decimal(0), amount, None, None, None, 'Accrued, "all"'),
        ),
    )
    return replace(made, **changes)


def posted(rows, ledger, pod, **options):
    options.setdefault("wait", lambda _: None)
    return post(compare(rows, ledger), ledger, [pod.target()], **options)


def test_a_journal_reaches_oracle_with_its_segments_and_is_posted(pod, ledger):
    report = posted([row()], ledger, pod)
    (posting,) = report.posted
    (batch,) = pod.batches()
    (header,) = batch["journalHeaders"]
    assert header["ExternalReference"] == posting.external_id
    assert batch["BatchName"].startswith(posting.external_id + " Tieout ")
    assert batch["Status"] == "P"
    assert header["DefaultEffectiveDate"] == "2026-05-31"
    told = [
        (x["AccountCombination"], x["EnteredDr"], x["EnteredCr"], x["StatAmount"])
        for x in header["journalLines"]
    ]
    assert told == [
        ("US10.PR-1.5000.P1001.000.000", "187.05", None, "2.25"),
        ("US10.PR-1.2100.P1001.000.000", None, "187.05", None),
    ]
    assert posting.content_hash[:16] in header["JournalDescription"]
    assert pod.left() == []
    assert posted([row()], ledger, pod).posted == []
    assert len(pod.batches()) == 1


def test_what_is_kept_is_read_back_as_it_was_sent(pod):
    target, sent = pod.target(), journal()
    (kept,) = target.post([sent])
    (held,) = target.held()
    assert kept == Kept(held.erp_id)
    assert held.content_hash == sent.content_hash[:16]
    (read,) = target.read([held])
    flat = sent.memo.replace("\n", " ")
    assert replace(read, content_hash=sent.content_hash) == replace(sent, memo=flat)


def test_a_file_is_as_the_loader_wants_it(pod):
    target = pod.target()
    rows = list(target._rows(journal(), LEDGER, "77"))
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    (debit, credit) = csv.reader(io.StringIO(text.getvalue()))
    assert len(debit) == COLUMNS + 1
    assert debit[-1] == "END"
    assert (debit[0], debit[1], debit[2], debit[7]) == (
        "NEW",
        LEDGER,
        "2026/05/31",
        "A",
    )
    assert debit[8:14] == ["US10", "PR-1", "5000", "P1001", "000", "000"]
    assert credit[8:14] == ["US10", "0000", "2100", "00000", "000", "000"]
    assert (debit[38], debit[39], credit[38], credit[39]) == (
        "187.05",
        "",
        "",
        "187.05",
    )
    assert (debit[42], debit[45], debit[47]) == ("TIEOUT-0001",) * 3
    assert (debit[62], debit[66]) == ("2.25", "77")
    assert PLACES["group"] == 67


def test_the_import_knows_no_duplicates_so_a_repeat_is_looked_up_first(pod):
    target = pod.target()
    target.post([journal()])
    assert set(target.find([journal()])) == {"TIEOUT-0001"}
    target.post([journal()])  # what nobody may do
    assert len(pod.batches()) == 2


def test_a_lost_answer_is_settled_by_looking_up(pod, ledger):
    pod.disturb("lose_answer")
    report = posted([row()], ledger, pod)
    assert len(report.posted) == 1
    assert len(pod.batches()) == 1


@pytest.mark.parametrize("kind", ["503", "truncate", "lose_answer"])
@pytest.mark.parametrize("skip", [0, 1, 2, 3])
def test_whatever_call_goes_wrong_it_is_posted_once(pod, ledger, kind, skip):
    pod.disturb(kind, skip=skip)
    rows = [row(), row(month=6, amount="12.34", hours="1")]
    for _ in range(3):
        posted(rows, ledger, pod)
    assert len(pod.batches()) == 2
    assert {p.status for p in ledger.postings()} == {"posted"}
    assert pod.left() == []


def test_a_killed_posters_journal_is_not_sent_again(pod, ledger):
    class Killed(BaseException):
        pass

    def dies(request):
        raise Killed

    target = pod.target()
    target._statuses = dies
    with pytest.raises(Killed):
        post(compare([row()], ledger), ledger, [target], wait=lambda _: None)
    assert [p.status for p in ledger.postings()] != ["posted"]
    report = posted([row()], ledger, pod)
    assert len(report.resolved) == 1
    assert len(pod.batches()) == 1


def test_rejected_rows_are_read_back_with_their_reason_and_removed(pod, ledger):
    wrong = row(project="P1002", erp_project_id="P9999")
    report = posted([row(), wrong], ledger, pod)
    assert len(report.posted) == 1
    ((posting, reason),) = report.refused
    assert posting.posting_key.split("|")[2] == "P1002"
    assert reason.startswith("EF04 This is an invalid Accounting Flexfield.")
    assert "US10.PR-1.5000.P9999.000.000" in reason
    assert pod.left() == []


def test_a_closed_period_is_refused_with_its_code(pod):
    (answer,) = pod.target().post([journal(posting_date=date(2026, 4, 30))])
    assert isinstance(answer, Refusal)
    assert answer.what.startswith("EP01")
    assert pod.batches() == []


def test_each_ledger_gets_a_file_of_its_own(pod):
    other = journal("TIEOUT-0002", subsidiary_id=OTHER_ENTITY, currency_code="GBP")
    assert [type(x) for x in pod.target().post([other, journal()])] == [Kept, Kept]
    names = {b["journalHeaders"][0]["LedgerName"] for b in pod.batches()}
    assert names == {"US Inc Ledger", "UK Ltd Ledger"}


def test_an_entity_without_a_ledger_is_refused_and_the_others_go_on(pod):
    nowhere = journal("TIEOUT-0002", subsidiary_id="300000000000099")
    refused, kept = pod.target().post([nowhere, journal()])
    assert isinstance(refused, Refusal)
    assert "has no ledger of its own" in refused.what
    assert isinstance(kept, Kept)


def test_a_chart_without_projects_takes_no_project(pod):
    target = pod.target(values={"project_segment": "0"})
    (answer,) = target.post([journal()])
    assert isinstance(answer, Refusal)
    assert "no segment for projects" in answer.what


def test_rows_left_by_an_earlier_call_are_removed_before_anything_is_sent(pod):
    target = pod.target()
    target._purge = lambda _: None  # as if it had died before tidying
    target.post([journal(posting_date=date(2026, 4, 30))])
    assert len(pod.left()) == 2
    pod.target().withdraw(["TIEOUT-0001"])
    assert pod.left() == []
    target.post([journal(posting_date=date(2026, 4, 30))])
    assert [type(x) for x in pod.target().post([journal()])] == [Kept]
    assert pod.left() == []
    assert len(pod.batches()) == 1


def test_rows_that_cannot_be_removed_stop_it(pod, monkeypatch):
    target = pod.target()
    target._purge = lambda _: None
    target.post([journal(posting_date=date(2026, 4, 30))])
    fresh = pod.target()
    monkeypatch.setattr(fresh, "_run", lambda **_: "SUCCEEDED")
    with pytest.raises(BadAnswer, match="keeps rows of TIEOUT-0001 in its journal"):
        fresh.post([journal()])
    assert pod.batches() == []


def test_a_journal_imported_while_rows_were_removed_is_not_sent_again(pod):
    target = pod.target()
    target.post([journal()])
    told = [{"GROUP_ID": "7", "REFERENCE6": "TIEOUT-0001", "STATUS": "NEW",
             "STATUS_DESCRIPTION": None, "ACCOUNT_COMBINATION": "x"}]  # fmt: skip
    answers = [told, []]
    target._left = lambda _: answers.pop(0) if answers else []
    assert [type(x) for x in target.post([journal()])] == [Kept]
    assert len(pod.batches()) == 1


@pytest.mark.parametrize("answer", ["all", "nothing"])
def test_a_condition_that_is_not_heeded_is_believed_in_nothing(pod, answer):
    target = pod.target()
    real = target.reader.get

    def get(path, params):
        if "q" in params and answer == "all":
            params = {k: v for k, v in params.items() if k != "q"}
        page = real(path, params)
        if "q" in params:
            page |= {"items": [], "count": 0, "hasMore": False}
        return page

    target.reader.get = get
    with pytest.raises(BadAnswer, match="does not heed conditions on journalBatches"):
        target.find([journal()])


def test_a_journal_with_another_account_than_was_sent_is_anothers(pod, ledger):
    target, sent = pod.target(), journal()
    target.post([sent])
    store = pod.host.records("oracle_fusion")
    (batch,) = pod.batches()
    body = {k: v for k, v in batch.items() if k not in ("id", "external_id")}
    body = {k: v for k, v in body.items() if not k.endswith("_at")}
    text = json.dumps(body).replace("US10.PR-1.5000.P1001", "US10.0000.9998.00000")
    store.change("batch", batch["id"], json.loads(text), pod.host.now())
    with server.running(pod.host, only={"oracle_fusion"}) as addresses:
        again = Pod(pod.host, addresses).target()
        found = again.find([sent])["TIEOUT-0001"]
        assert found.content_hash == ""
        assert again.held()[0].content_hash == sent.content_hash[:16]


def test_a_job_that_does_not_end_is_uncertain_and_waited_for_so_long(pod):
    target = pod.target()
    waits = []
    target.pause = waits.append
    target._statuses = lambda _: ["RUNNING"]
    with pytest.raises(BadAnswer, match="has not ended job"):
        target.post([journal()])
    assert JOB_LIMIT <= sum(waits) < JOB_LIMIT + max(waits) + 1


def test_a_job_whose_children_still_run_is_not_over(pod):
    target = pod.target()
    told = {
        "ESSJobStatusRF": "SUCCEEDED",
        "ESSExecutionDetailsRF": json.dumps(
            {"JOBS": {"STATUS": "SUCCEEDED", "CHILD": [{"STATUS": "RUNNING"}]}}
        ),
    }
    target._told = lambda finder, _: told[finder]
    assert target._statuses("1") == ["SUCCEEDED", "SUCCEEDED", "RUNNING"]


def test_a_file_that_was_not_loaded_stops_the_run(pod):
    target = pod.target()
    target._file = lambda *_: _zipped("NEW,too,few\r\n")
    with pytest.raises(Refused, match="did not load a file of 1 journals"):
        target.post([journal()])


def _zipped(text):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        files.writestr("GlInterface.csv", text)
    return packed.getvalue()


def test_no_import_is_asked_for_all_groups(pod, monkeypatch):
    target = pod.target()
    sent = []
    real = target._run
    monkeypatch.setattr(
        target, "_run", lambda **told: sent.append(told) or real(**told)
    )
    target.post([journal()])
    das, source, ledger, group, *flags = sent[0]["ParameterList"].split(",")
    assert (das, source, ledger, flags) == ("#NULL", "Tieout", LEDGER, ["N", "N", "N"])
    assert group == group_of([journal()])
    assert group.isdigit()
    assert group_of([journal()]) != group_of([journal("TIEOUT-0002")])


def test_without_criteria_what_is_imported_waits_to_be_posted(pod):
    (kept,) = pod.target(autopost_set="").post([journal()])
    assert isinstance(kept, Kept)
    assert [batch["Status"] for batch in pod.batches()] == ["U"]
    assert set(pod.target().find([journal()])) == {"TIEOUT-0001"}


def test_a_lost_ledger_takes_up_what_oracle_holds(pod, ledger, tmp_path):
    posted([row()], ledger, pod)
    with contextlib.closing(Ledger(tmp_path / "fresh.sqlite")) as fresh:
        found = recovery.recover(pod.target(), fresh, [row()], set())
    assert [one.posting_key for one in found.found] == [row()["posting_key"]]
