"""The ledger: durable, append-only, and it notices when it was touched."""

import contextlib
import multiprocessing
import os
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.landing.landing import OWN_TABLES
from dlt_pipelines.reverse_sync import landed
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.postings import FAILED, Decision
from tests.reverse_sync.conftest import desired
from tests.reverse_sync.test_plan import settle

pytestmark = pytest.mark.xdist_group("postgresql")  # one server is enough


@pytest.fixture
def ledger(address):
    """On SQLite and on PostgreSQL: what holds of one holds of the other."""
    with contextlib.closing(Ledger(address)) as opened:
        opened.address = address
        yield opened


@pytest.fixture
def file_ledger(tmp_path):
    with contextlib.closing(Ledger(tmp_path / "ledger.sqlite")) as opened:
        yield opened


def test_an_intent_survives_reopening_to_the_last_digit(ledger):
    posting = settle(ledger, desired("0.10", "0.25"))
    again = Ledger(ledger.address)
    assert again.postings()[0].journal == posting.journal
    assert again.positions()[posting.posting_key].posted.amount == Decimal("0.10")
    again.close()


def test_the_file_syncs_every_commit(file_ledger):
    with file_ledger.engine.connect() as connection:
        synchronous = connection.exec_driver_sql("pragma synchronous").scalar()
        mode = connection.exec_driver_sql("pragma journal_mode").scalar()
    assert (synchronous, mode) == (2, "wal")


def test_its_files_are_its_owners_alone_whatever_the_umask(tmp_path):
    """A page opens it too, and sets no umask."""
    before = os.umask(0)
    try:
        made = Ledger(tmp_path / "work" / "ledger.sqlite")
        with contextlib.closing(made), made.exclusive():
            settle(made, desired())
            files = {
                f.name: f.stat().st_mode & 0o777 for f in made.path.parent.iterdir()
            }
    finally:
        os.umask(before)
    assert set(files) > {"ledger.sqlite", "ledger.sqlite-wal", "ledger.lock"}
    assert set(files.values()) == {0o600}
    assert made.path.parent.stat().st_mode & 0o777 == 0o700


def _open_all(folder, ledgers, barrier, failures):
    for number in range(ledgers):
        barrier.wait()
        try:
            Ledger(folder / f"{number}.sqlite").close()
        except sa.exc.OperationalError as error:
            failures.put(str(error))


def test_an_address_without_a_file_is_told():
    with pytest.raises(ConfigurationError, match="names no file"):
        Ledger("sqlite://")


def test_processes_that_open_a_new_ledger_at_once_all_get_it(tmp_path):
    context = multiprocessing.get_context("spawn")
    barrier, failures = context.Barrier(4), context.Queue()
    openers = [
        context.Process(target=_open_all, args=(tmp_path, 60, barrier, failures))
        for _ in range(4)
    ]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert [opener.exitcode for opener in openers] == [0, 0, 0, 0]
    assert failures.empty()


def test_a_plan_that_was_overtaken_is_not_taken(ledger):
    entry = compare([desired()], ledger).to_post[0]
    settle(ledger, desired("5.00"))
    assert ledger.intend(entry.intents, "netsuite") == [None]


def test_the_same_intent_is_taken_once(ledger):
    entry = compare([desired()], ledger).to_post[0]
    assert ledger.intend(entry.intents, "netsuite") != [None]
    assert ledger.intend(entry.intents, "netsuite") == [None]


def test_one_process_posts_at_a_time(ledger):
    other = Ledger(ledger.address)
    with (
        ledger.exclusive(),
        pytest.raises(ConfigurationError, match="another process"),
        other.exclusive(),
    ):
        pass
    other.close()


@pytest.mark.parametrize("table", ["intents", "attempts", "decisions"])
@pytest.mark.parametrize("verb", ["update {} set posting_id = 'x'", "delete from {}"])
def test_rows_can_only_be_added(ledger, table, verb):
    settle(ledger, desired())
    ledger.decide([Decision("k", "h", "prepared", "ada", None, Decimal(1), "USD")])
    verb = verb.replace("posting_id", "row_hash")
    with (
        pytest.raises(sa.exc.IntegrityError, match="append-only"),
        ledger.engine.begin() as connection,
    ):
        connection.exec_driver_sql(verb.format(table))


def tamper(ledger, *statements):
    """Edit the rows behind the triggers' back."""
    triggers = {
        "sqlite": "select name, '' from sqlite_master where type = 'trigger'",
        "postgresql": "select tgname, ' on ' || tgrelid::regclass from pg_trigger "
        "where not tgisinternal",
    }
    with ledger.engine.begin() as raw:
        for name, on in raw.exec_driver_sql(triggers[ledger.dialect]).fetchall():
            raw.exec_driver_sql(f"drop trigger {name}{on}")
        for statement in statements:
            raw.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        ("update intents set amount = '9.99' where sequence = 2", "was changed"),
        ("update attempts set outcome = 'failed' where sequence = 1", "was changed"),
        ("delete from intents where sequence = 2", "missing"),
        ("update intents set previous_hash = 'x' where sequence = 2", "not follow"),
    ],
)
def test_verify_finds_edits_deletions_and_gaps(ledger, edit, found):
    for amount in ("1.00", "2.00", "3.00"):
        settle(ledger, desired(amount))
    assert ledger.verify() == []
    tamper(ledger, edit)
    assert any(found in line for line in ledger.verify())


def test_a_row_slipped_in_is_found(ledger):
    settle(ledger, desired("1.00"))
    columns = "posting_id, attempt_no, at, outcome, previous_hash, row_hash"
    ledger_head = ledger.heads()["attempts"][1]
    with ledger.engine.begin() as raw:
        raw.exec_driver_sql(
            f"insert into attempts (sequence, {columns}) values "
            f"(2, 'x', 1, 'now', 'posted', '{ledger_head}', 'made up')"
        )
    assert any("was changed" in line for line in ledger.verify())


def test_cut_off_rows_show_in_the_heads(ledger):
    for amount in ("1.00", "2.00"):
        settle(ledger, desired(amount))
    heads = ledger.heads()
    tamper(ledger, "delete from attempts where sequence = 2")
    assert ledger.verify() == []
    assert ledger.heads() != heads


def test_everything_is_landed_as_raw_declares_it(ledger):
    settle(ledger, desired())
    settle(ledger, desired("9.00", project="P1002"), FAILED)
    ledger.decide([Decision("k", "h", "prepared", "ada", None, Decimal(1), "USD")])
    rows = landed.rows(ledger)
    posted, failed = rows["postings"]
    assert posted["status"] == "posted"
    assert posted["posted_at"].tzinfo is None
    assert posted["amount"] == Decimal("187.05")
    assert posted["period_month"] == date(2026, 5, 1)
    assert posted["external_id"].startswith("TIEOUT-")
    assert (failed["status"], failed["posted_at"]) == ("failed", None)
    for table, told in rows.items():
        declared = set(OWN_TABLES[f"ledger__{table}"])
        assert set(told[0]) | {"landed_at"} == declared
