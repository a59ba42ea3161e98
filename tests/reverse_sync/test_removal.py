"""A journal that finance deletes in the ERP on purpose, and says so."""

from decimal import Decimal

import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.reverse_sync import history, landed, recovery, removal
from dlt_pipelines.reverse_sync.journal import PostedRecord
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.posting import post
from dlt_pipelines.vendors.netsuite.client import RECORD_PATH
from tests.reverse_sync.conftest import desired
from tests.reverse_sync.test_approvals import approve, large, named, prepared

KEY = desired()["posting_key"]


def post_rows(rows, ledger, erp, **options):
    return post(compare(rows, ledger, **options), ledger, erp.targets())


def accepted(asked, ledger, erp, lag=0.0):
    target = erp.targets()[0]
    target.lookup_lag = lag
    return removal.accept(asked, ledger, lambda _: target, "booked by hand instead")


def delete(erp, posting):
    """What somebody in the ERP does by hand."""
    path = f"{RECORD_PATH}/journalEntry/{posting.erp_id}"
    erp.targets()[0].writer.send("DELETE", path)


def live(erp):
    return [journal for journal in erp.journals() if not journal["deleted"]]


def booked(erp):
    return sum(Decimal(line["debit"]) for j in live(erp) for line in j["lines"])


@pytest.fixture
def removed(ledger, erp):
    """A posting that finance deleted and that was accepted as removed."""
    post_rows([desired()], ledger, erp)
    [posting] = ledger.postings()
    delete(erp, posting)
    [gone] = accepted(KEY, ledger, erp)
    assert gone.posting_id == posting.posting_id
    return posting


def test_it_counts_no_more_and_the_ledger_says_who_and_why(removed, ledger, erp):
    [posting] = ledger.postings()
    assert (posting.status, posting.erp_id) == ("removed", removed.erp_id)
    assert ledger.positions()[KEY].posted.amount == 0
    told = "\n".join(history.lines(ledger, KEY))
    assert "removed" in told
    assert "booked by hand instead" in told
    assert ledger.verify() == []
    [row] = landed.rows(ledger)["postings"]
    assert (row["status"], row["posted_at"]) == ("removed", None)


def test_it_is_not_posted_again_while_it_is_the_same(removed, ledger, erp):
    later = desired(posting_date=desired(month=6)["posting_date"])
    for row in (desired(), later):
        [entry] = compare([row], ledger).entries
        assert entry.action == "hold"
        assert "removed from the ERP: booked by hand instead" in entry.reason
    report = post_rows([desired()], ledger, erp)
    assert (report.posted, report.lacking, live(erp)) == ([], [], [])


def test_it_is_posted_in_full_once_its_content_changes(removed, ledger, erp):
    post_rows([desired("200.00")], ledger, erp)
    assert booked(erp) == Decimal("200.00")
    [entry] = compare([desired()], ledger).entries
    assert entry.action == "post", "what was removed holds no more"


def test_it_is_posted_again_when_that_is_asked_for(removed, ledger, erp):
    post_rows([desired()], ledger, erp, retry_refused=True)
    assert booked(erp) == Decimal("187.05")


def test_of_a_key_only_the_journal_that_is_gone_counts_no_more(ledger, erp):
    post_rows([desired()], ledger, erp)
    post_rows([desired("200.00")], ledger, erp)
    second = ledger.postings()[1]
    delete(erp, second)
    assert [p.version for p in accepted(KEY, ledger, erp)] == [2]
    [entry] = compare([desired("200.00")], ledger).entries
    assert (entry.action, entry.amount) == ("hold", Decimal("12.95"))


def test_what_the_erp_holds_is_not_accepted_as_removed(ledger, erp):
    post_rows([desired()], ledger, erp)
    with pytest.raises(ConfigurationError, match="holds every journal"):
        accepted(KEY, ledger, erp)
    delete(erp, ledger.postings()[0])
    with pytest.raises(ConfigurationError, match="was sent it just now"):
        accepted(KEY, ledger, erp, lag=60.0)
    with pytest.raises(ConfigurationError, match="no journal of nothing"):
        accepted("nothing", ledger, erp)
    assert [p.status for p in ledger.postings()] == ["posted"]


def test_one_that_comes_back_is_one_that_the_ledger_lacks(removed, ledger, erp):
    target = erp.targets()[0]
    again = PostedRecord(removed.erp_id, removed.external_id, removed.journal.memo)
    target.held, target.read = lambda: [again], lambda _: [removed.journal]
    report = post(compare([desired("200.00")], ledger), ledger, [target])
    assert (len(report.lacking), live(erp)) == (1, [])
    told = recovery.recover(target, ledger, [desired()], set())
    ledger.recover(told.found, told.ends, "netsuite")
    assert [p.status for p in ledger.postings()] == ["posted"]


def test_an_approval_of_before_lets_nothing_through_again(ledger, erp):
    approve(prepared(large(), ledger), ledger, "bob", named("bob"))
    post_rows([large()], ledger, erp)
    [posting] = ledger.postings()
    delete(erp, posting)
    accepted(posting.posting_key, ledger, erp)
    [entry] = compare([large()], ledger, retry_refused=True).entries
    assert entry.action == "approve"
