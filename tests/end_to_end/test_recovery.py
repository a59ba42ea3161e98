"""A whole work folder restored from last week: nothing is doubled, all converges."""

import contextlib
import shutil
import sqlite3
from collections import Counter

import pytest

from tests.end_to_end.conftest import Firm
from tests.end_to_end.firms import YOUNG

# Nightly: test_faults recovers lost and earlier ledgers, test_checkpoints stops at one.
pytestmark = [pytest.mark.slow, pytest.mark.nightly]

OURS = """
    select external_id, debit_amount from canonical.fct_gl_entries
    where is_own_posting and debit_amount > 0
"""
LEDGER = """
    select intents.posting_id, intents.amount, intents.erp_id from (
        select posting_id, cast(amount as real) as amount, attempts.erp_id
        from intents inner join attempts using (posting_id)
        where outcome = 'posted' and payload not like '%"type": "record"%'
    ) as intents order by posting_id
"""


def posted(firm: Firm) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(firm.work / "ledger.sqlite")) as ledger:
        return ledger.execute(LEDGER).fetchall()


def restore(firm: Firm, backup) -> None:
    """Put the folder of before in place; the ERP is not in it, it has moved on."""
    for left in firm.work.iterdir():
        if left.name != "sandbox":
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    shutil.copytree(
        backup, firm.work, symlinks=True, dirs_exist_ok=True,
        ignore=lambda folder, names: ["sandbox"] if folder == str(backup) else [],
    )  # fmt: skip


def lose_ledger(firm: Firm) -> None:
    for left in firm.work.glob("ledger.sqlite*"):
        left.unlink()


def test_a_folder_of_last_week_posts_nothing_twice_and_is_recovered(firms, tmp_path):
    backup = firms.refreshed(YOUNG, tmp_path / "backup")
    firm = firms.a_week_later(tmp_path / "work")
    before, known = posted(backup), posted(firm)
    assert len(known) > len(before) > 0
    restore(firm, backup.work)
    assert posted(firm) == before

    stopped = firm.tieout("refresh")
    assert stopped.code == 4, stopped.out + stopped.err
    assert "journals of ours in" in stopped.err
    assert "tieout ledger recover" in stopped.err
    held = Counter(key for key, _ in firm.rows(OURS))
    assert set(held.values()) == {1}
    assert len(held) == len(known)

    shown = firm.done("ledger", "recover", "--yes")
    assert f"Recovered: {len(known) - len(before)} journals" in shown.out
    assert posted(firm) == known
    firm.done("refresh")
    assert {key: 1 for key, _ in firm.rows(OURS)} == dict(held)

    lose_ledger(firm)
    doubted = firm.tieout("refresh")
    assert doubted.code == 1, doubted.out + doubted.err
    assert "tieout ledger recover" in doubted.err
    assert (
        f"Recovered: {len(known)} journals"
        in firm.done("ledger", "recover", "--yes").out
    )
    assert posted(firm) == known
    assert "0 to post" in firm.done("refresh").out
    assert {key: 1 for key, _ in firm.rows(OURS)} == dict(held)
