"""Journals in parts: a header, its lines and a posting reach Dynamics 365 once.

Answers are lost, cut or refused at every request, and posters are killed at each.
"""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import requests

from dlt_pipelines.core.errors import BadAnswer, ConfigurationError, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.reverse_sync import recovery
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.posting import post
from dlt_pipelines.sandbox.serving import server
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.dynamics365.sandbox.journals import LINES, Journals
from dlt_pipelines.vendors.dynamics365.target import (
    BOUNDARY,
    Dynamics365Target,
    _changeset,
    open_target,
)
from tests.reverse_sync import books
from tests.reverse_sync.conftest import desired

OURS = {
    "target_instance": "dynamics365",
    "erp_subsidiary_id": "us10",
    "erp_project_id": "us10|P1001",
    "erp_department_id": "PR-1",
}
ROWS = [desired(**OURS), desired("12.34", "1", month=6, **OURS)]


class Environment:
    """The sandbox's Dynamics, and what is in it."""

    def __init__(self, host, addresses):
        self.host, self.address = host, addresses.plain
        self.instance = addresses.instance("dynamics365")

    def target(self):
        target = Dynamics365Target(self.instance)
        target.reader.longest_wait = 0.01
        return target

    def disturb(self, **plan):
        address = self.address + "/_sandbox/disturb"
        requests.post(address, json=plan, timeout=5).raise_for_status()

    def calm(self):
        requests.post(f"{self.address}/_sandbox/calm", timeout=5)

    def journals(self):
        return Journals(self.host).all()

    def posted(self):
        return [journal for journal in self.journals() if journal["is_posted"]]

    def balance(self):
        """Amount and hours on the project's cost account, of what is posted."""
        lines = [
            line for journal in self.posted() for line in journal["lines"]
            if line["AccountDisplayValue"] == "5000|PR-1|P1001"
        ]  # fmt: skip
        amount = sum(
            Decimal(x["DebitAmount"]) - Decimal(x["CreditAmount"]) for x in lines
        )
        return amount, sum(Decimal(x["Quantity"]) for x in lines)


@pytest.fixture
def erp(tmp_path):
    host = Host(books.firm(), tmp_path / "erp.sqlite")
    with server.running(host, only={"dynamics365"}) as addresses:
        yield Environment(host, addresses)


def posted(rows, ledger, erp):
    return post(compare(rows, ledger), ledger, [erp.target()], wait=lambda _: None)


def test_a_journal_arrives_with_its_dimensions_hours_and_id(ledger, erp):
    report = posted(ROWS[:1], ledger, erp)
    [told] = report.posted
    [journal] = erp.posted()
    assert journal["IntegrationKey"] == told.external_id
    assert len(told.external_id) == 20
    debit, credit = journal["lines"]
    assert debit["AccountDisplayValue"] == "5000|PR-1|P1001"
    assert credit["AccountDisplayValue"] == "2100|PR-1|P1001"
    assert (debit["DebitAmount"], credit["CreditAmount"]) == ("187.05", "187.05")
    assert (debit["Quantity"], credit["Quantity"]) == ("2.25", "0")
    assert {line["Document"] for line in journal["lines"]} == {told.external_id}
    assert {line["TransDate"] for line in journal["lines"]} == {"2026-05-31T12:00:00Z"}
    [read] = erp.target().read(erp.target().held())
    sent = told.document
    assert (read.memo, read.external_id) == (sent.memo, told.external_id)
    assert read.lines == sent.lines


def test_a_repeat_posts_nothing(ledger, erp):
    assert len(posted(ROWS, ledger, erp).posted) == 2
    again = posted(ROWS, ledger, erp)
    assert (again.posted, again.refused, len(erp.journals())) == ([], [], 2)


def test_the_same_journals_sent_again_are_found(ledger, erp):
    documents = [p.document for p in posted(ROWS, ledger, erp).posted]
    results = erp.target().post(documents)
    assert len({kept.erp_id for kept in results}) == 2
    assert len(erp.journals()) == 2


@pytest.mark.parametrize("amount", ["0.01", "-4.25", "99999999999.99"])
def test_money_arrives_to_the_cent(ledger, erp, amount):
    posted([desired(amount, **OURS)], ledger, erp)
    assert erp.balance()[0] == Decimal(amount)


STEPS = ("LedgerJournalHeaders", "$batch", "GeneralJournals/post")
KINDS = ("lose_answer", "cut", "truncate", "503", "429")


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_answer_goes_wrong_a_journal_is_posted_once(tmp_path, erp, kind):
    """Each request of each step in turn; a ledger goes on from one to the next."""
    ledger = Ledger(tmp_path / "ledger.sqlite")
    expected = Decimal(0)
    for path in STEPS:
        for skip in range(6 if path == STEPS[0] else 2):
            expected += Decimal("1.25")
            rows = [desired(str(expected), **OURS), desired("2", month=6, **OURS)]
            erp.disturb(path=path, kind=kind, skip=skip, retry_after="0")
            report = posted(rows, ledger, erp)
            erp.calm()
            report = posted(rows, ledger, erp)
            assert report.refused == []
            assert erp.balance()[0] == expected + 2, (path, skip)
            assert [p.status for p in ledger.postings() if p.status != "posted"] == []
    keys = [journal["IntegrationKey"] for journal in erp.posted()]
    assert len(keys) == len(set(keys))
    assert len(erp.journals()) == len(keys), "nothing is left unposted"
    ledger.close()


@pytest.mark.slow
def test_a_poster_that_is_killed_at_any_request_posts_once(tmp_path, erp):
    options, ledger = tmp_path / "options.json", tmp_path / "ledger.sqlite"
    options.write_text(json.dumps(erp.instance.options))
    ran = subprocess.run(
        [sys.executable, "-m", "tests.reverse_sync.killed_in_parts", options, ledger],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert int(ran.stdout) >= 20  # of 24: a run may have fewer requests
    keys = [journal["IntegrationKey"] for journal in erp.posted()]
    assert len(keys) == len(set(keys))
    assert len(erp.journals()) == len(keys), "nothing is left unposted"
    wanted = sum(row["desired_amount"] for row in ROWS) + 2 * Decimal("0.24")
    assert erp.balance() == (wanted, Decimal("3.25"))


def test_what_is_refused_at_posting_leaves_nothing_behind(ledger, erp):
    made = books.firm()
    made.periods[5].is_closed = True
    erp.host.replace(made)
    report = posted(ROWS, ledger, erp)
    [(refused, why)] = report.refused
    assert (refused.posting_date, len(report.posted)) == (date(2026, 5, 31), 1)
    assert "Fiscal period for 2026-05-31 is not open" in why
    assert len(erp.journals()) == len(erp.posted()) == 1


def test_what_a_line_names_and_is_not_there_is_refused(ledger, erp):
    [row] = [desired(**OURS | {"erp_project_id": "us10|P9999"})]
    [(_, why)] = posted([row], ledger, erp).refused
    assert "Project P9999 does not exist" in why
    assert erp.journals() == []


def test_a_service_that_is_not_there_is_a_refusal_of_us_and_leaves_nothing(ledger, erp):
    options = {**erp.instance.options, "posting_service": "/api/services/Other"}
    target = Dynamics365Target(Instance("dynamics365", "dynamics365", options))
    report = post(compare(ROWS, ledger), ledger, [target], wait=lambda _: None)
    assert isinstance(report.stopped, Refused)
    assert erp.journals() == []


def test_what_an_earlier_call_left_unposted_is_deleted_and_others_journals_are_not(
    ledger, erp
):
    journals = Journals(erp.host)
    head = {"dataAreaId": "us10", "JournalName": "GenJrn", "Description": ""}
    by_hand = journals.add_header({**head, "IntegrationKey": "PAYROLL-1"})
    other = journals.add_header({**head, "IntegrationKey": "TIEOUT-wxyz-12345678"})
    ledger.books = "abcd"
    left = journals.add_header(
        {**head, "IntegrationKey": "TIEOUT-abcd-00000000"}
    )  # of a call whose caller died: nobody else will ever post it
    posted(ROWS[:1], ledger, erp)
    numbers = {f"{journal['id']:08}" for journal in erp.journals()}
    assert left["JournalBatchNumber"] not in numbers
    assert {by_hand["JournalBatchNumber"], other["JournalBatchNumber"]} < numbers


def test_a_posted_journal_cannot_be_withdrawn_or_deleted(ledger, erp):
    [kept] = posted(ROWS[:1], ledger, erp).posted
    target = erp.target()
    with pytest.raises(BadAnswer, match="has posted"):
        target.withdraw([kept.external_id])
    [header] = target._headers(f"IntegrationKey eq '{kept.external_id}'")
    with pytest.raises(BadAnswer, match="will not let journal"):
        target._delete([header])
    assert len(erp.posted()) == 1


def test_another_journal_of_the_same_id_is_refused(ledger, erp):
    [kept] = posted(ROWS[:1], ledger, erp).posted
    other = replace(kept.document, content_hash="f" * 64)
    [refusal] = erp.target().post([other])
    assert "belongs to another journal" in refusal.what
    assert len(erp.journals()) == 1


def test_a_lost_ledger_is_recovered_from_what_stands_there(tmp_path, ledger, erp):
    posted(ROWS, ledger, erp)
    new = Ledger(tmp_path / "new.sqlite")
    found = recovery.recover(erp.target(), new, [], set())
    assert found.unclear == []
    keys = {intent.posting_key for intent in found.found}
    assert keys == {row["posting_key"] for row in ROWS}, "the memo's two halves tell"
    new.recover(found.found, found.ends, "dynamics365")
    assert posted(ROWS, new, erp).posted == []
    new.close()


def test_the_lines_of_a_changeset_are_kept_all_or_none(erp):
    journals = Journals(erp.host)
    head = {"dataAreaId": "us10", "JournalName": "GenJrn", "IntegrationKey": "X"}
    number = journals.add_header(head)["JournalBatchNumber"]
    target = erp.target()
    row = desired(**OURS)
    good = {
        "dataAreaId": "us10", "JournalBatchNumber": number, "LineNumber": 1,
        "TransDate": "2026-05-31T12:00:00Z", "AccountType": "Ledger",
        "AccountDisplayValue": "5000|PR-1|P1001", "DebitAmount": row["desired_amount"],
        "CreditAmount": Decimal(0), "CurrencyCode": "USD",
    }  # fmt: skip
    bad = {**good, "LineNumber": 2, "AccountDisplayValue": "4711"}
    answer = target.writer.send(
        "POST", "/data/$batch", data=_changeset([good, bad]),
        headers={"Content-Type": f"multipart/mixed; boundary={BOUNDARY}-batch"},
    )  # fmt: skip
    assert "Main account 4711 does not exist" in answer.text
    assert target.reader.rows(LINES, ["LineNumber"]) == []


def test_several_sessions_are_refused(erp):
    options = {**erp.instance.options, "posting_calls_at_once": 2}
    with pytest.raises(ConfigurationError, match="one call at a time"):
        open_target(Instance("dynamics365", "dynamics365", options))
