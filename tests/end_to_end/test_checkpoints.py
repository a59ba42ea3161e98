"""A ledger that is not what its checkpoints saw posts nothing, and the run says so."""

import shutil

import pytest

from tests.end_to_end.firms import YOUNG

pytestmark = [
    pytest.mark.nightly,  # the fault matrix has ledgers of an earlier moment too
    pytest.mark.slow,
    pytest.mark.xdist_group("checkpoints"),
]

JOURNALS = """
    select count(distinct transaction_id) from canonical.fct_gl_entries
    where is_own_posting
"""


@pytest.fixture(scope="module")
def firm(firms, tmp_path_factory):
    """A firm whose second place cannot be reached until somebody makes it."""
    folder = tmp_path_factory.mktemp("checkpoints")
    (folder / ".dlt").mkdir()
    place = folder / "second"
    settings = f'[tieout]\ncheckpoint_places = ["{place}"]\n'
    (folder / ".dlt" / "config.toml").write_text(settings)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DLT_PROJECT_DIR", str(folder))
        yield firms.a_week_later(folder / "work")


def test_a_ledger_from_a_week_before_posts_nothing_a_second_time(firm, firms, tmp_path):
    backup = firms.refreshed(YOUNG, tmp_path / "backup").work / "ledger.sqlite"
    assert "cannot be used to keep checkpoints" in firm.done("refresh").out
    (firm.work.parent / "second").mkdir()
    assert "and in 1 second place" in firm.done("refresh").out
    assert len(list((firm.work.parent / "second").iterdir())) >= 3
    [(journals,)] = firm.rows(JOURNALS)

    for left in firm.work.glob("ledger.sqlite*"):
        left.unlink()
    shutil.copy(backup, firm.work / "ledger.sqlite")
    refused = firm.tieout("post")
    assert refused.code == 1, refused.out
    assert "the ledger is an old copy" in refused.err
    assert "tieout ledger recover" in refused.err
    again = firm.tieout("refresh")
    assert again.code == 1
    assert "Postings   none: the ledger is in doubt" in again.out
    assert "the ledger is an old copy" in again.err
    assert firm.rows(JOURNALS) == [(journals,)]


def test_verify_says_so_until_somebody_says_why_it_may_go_on(firm):
    told = firm.tieout("ledger", "verify")
    assert told.code == 1
    assert "the ledger is an old copy: it is as checkpoint " in told.out
    assert "signed by key " in told.out
    firm.done("ledger", "accept", "--reason", "compared with the ERP by hand")
    told = firm.done("ledger", "verify")
    assert "The ledger is whole" in told.out
    assert "compared with the ERP by hand" in told.out
