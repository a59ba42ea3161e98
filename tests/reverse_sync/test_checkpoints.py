"""Checkpoints: what leaves no trace in the ledger itself is found and named."""

import contextlib
import shutil
import sqlite3
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.reverse_sync import chain, checkpoints, schema, signing
from dlt_pipelines.reverse_sync.archive import FOLDER, Archive, Checkpoint
from dlt_pipelines.reverse_sync.checkpoints import LedgerDoubted
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.postings import Decision
from tests.reverse_sync.conftest import desired
from tests.reverse_sync.test_ledger import tamper
from tests.reverse_sync.test_plan import settle

pytestmark = pytest.mark.xdist_group("postgresql")

TABLES = ("intents", "attempts", "decisions")


@pytest.fixture
def ledger(address):
    """On SQLite and on PostgreSQL, with rows in every table."""
    with contextlib.closing(Ledger(address)) as opened:
        go_on(opened, "1.00", "2.00", "3.00")
        yield opened


@pytest.fixture
def work(tmp_path):
    return tmp_path / "work"


@pytest.fixture
def second(tmp_path):
    (tmp_path / "second").mkdir()
    return tmp_path / "second"


@pytest.fixture
def archive(work, second):
    return Archive.of(work, {"checkpoint_places": [str(second)]})


def go_on(ledger, *amounts):
    """Let the ledger have more rows in every table."""
    for amount in amounts:
        settle(ledger, desired(amount))
        made = Decision("k", amount, "prepared", "ada", None, Decimal(amount), "USD")
        ledger.decide([made])


def keep(archive, ledger, snapshot="s1"):
    kept = checkpoints.keep(archive, ledger, snapshot)
    assert kept.doubted is None
    return kept


def wrong(archive, ledger):
    """What verify says; a posting stops on the same."""
    verdict = checkpoints.verify(archive, ledger)
    if verdict.wrong:
        with pytest.raises(LedgerDoubted):
            checkpoints.hold_to(archive, ledger)
        assert checkpoints.keep(archive, ledger, "s2").doubted is not None
    return verdict.wrong


def own_files(work):
    return sorted((work / FOLDER).iterdir())


def rebuilt(ledger, table, change):
    """What somebody with the code does: new rows, and a chain that is whole."""
    table = schema.metadata.tables[table]
    with ledger.engine.connect() as connection:
        found = connection.execute(sa.select(table).order_by("sequence")).mappings()
        rows = [{k: v for k, v in row.items() if k not in chain.LINKS} for row in found]
    tamper(ledger, f"delete from {table.name}")
    with ledger._writing() as connection:
        chain.append(connection, table, change(rows))
    assert ledger.verify() == []  # the chain itself says nothing


def test_a_ledger_that_goes_on_is_whole(archive, ledger):
    keep(archive, ledger)
    go_on(ledger, "4.00")
    keep(archive, ledger)
    go_on(ledger, "5.00")
    assert wrong(archive, ledger) == []


@pytest.mark.parametrize("table", TABLES)
def test_newest_rows_that_were_cut_off_are_found(archive, ledger, table):
    keep(archive, ledger)
    tamper(ledger, f"delete from {table} where sequence = 3")
    assert ledger.verify() == []
    (line,) = wrong(archive, ledger)
    assert line.startswith(f"{table}: rows 3 to 3, which checkpoint 1 of ")
    assert "cut off" in line


@pytest.mark.parametrize("table", TABLES)
def test_an_emptied_table_is_found(archive, ledger, table):
    keep(archive, ledger)
    tamper(ledger, f"delete from {table}")
    (line,) = wrong(archive, ledger)
    assert line.startswith(f"{table} was emptied: checkpoint 1 of ")


def test_a_ledger_that_was_deleted_is_found(archive, ledger):
    keep(archive, ledger)
    tamper(ledger, *(f"delete from {table}" for table in TABLES))
    (line,) = wrong(archive, ledger)
    assert line.startswith("everything was deleted: checkpoint 1 of ")
    assert line.endswith("3 attempts, 3 decisions, 3 intents")


def test_a_new_ledger_in_the_place_of_a_lost_one_is_found(archive, ledger, tmp_path):
    keep(archive, ledger)
    with contextlib.closing(Ledger(tmp_path / "new.sqlite")) as new:
        assert "everything was deleted" in wrong(archive, new)[0]
        go_on(new, "7.00", "8.00", "9.00", "10.00")
        assert all("is not the one that checkpoint 1" in x for x in wrong(archive, new))


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [rows[1], rows[0], rows[2]],
        lambda rows: [*rows[1:], {**rows[0], "reason": "slipped in"}],
        lambda rows: [rows[0], {**rows[1], "decided_by": "bob"}, rows[2]],
        lambda rows: [*rows, {**rows[0], "content_hash": "4.00"}][1:],
    ],
    ids=["reordered", "replaced", "changed", "removed and filled up"],
)
def test_a_chain_that_was_made_anew_is_found(archive, ledger, change):
    keep(archive, ledger)
    rebuilt(ledger, "decisions", change)
    (line,) = wrong(archive, ledger)
    assert line.startswith("decisions: row 3 is not the one that checkpoint 1 of ")


def test_the_chain_made_anew_after_an_earlier_checkpoint_is_found(archive, ledger):
    keep(archive, ledger)
    go_on(ledger, "4.00")
    keep(archive, ledger)
    rebuilt(ledger, "decisions", lambda rows: [*rows[:3], {**rows[3], "reason": "x"}])
    (line,) = wrong(archive, ledger)
    assert line.startswith("decisions: row 4 is not the one that checkpoint 2 of ")


def test_an_old_copy_is_found_and_named(tmp_path, archive):
    path, copy = tmp_path / "ledger.sqlite", tmp_path / "copy.sqlite"
    with contextlib.closing(Ledger(path)) as ledger:
        go_on(ledger, "1.00")
        keep(archive, ledger)
        with (
            contextlib.closing(sqlite3.connect(path)) as now,
            contextlib.closing(sqlite3.connect(copy)) as kept,
        ):
            now.backup(kept)
        go_on(ledger, "2.00")
        keep(archive, ledger)
    with contextlib.closing(Ledger(copy)) as restored:
        (line,) = wrong(archive, restored)
        assert line.startswith("the ledger is an old copy: it is as checkpoint 1 of ")
        go_on(restored, "9.00")
        assert "an old copy was gone on with" in wrong(archive, restored)[0]


def test_an_old_copy_of_the_whole_work_folder_is_found(archive, ledger, work, second):
    keep(archive, ledger)
    backup = shutil.copytree(work, work.with_name("backup"))
    go_on(ledger, "4.00")
    keep(archive, ledger)
    shutil.rmtree(work)
    backup.rename(work)
    tamper(ledger, *(f"delete from {table} where sequence > 3" for table in TABLES))
    assert "the ledger is an old copy" in wrong(archive, ledger)[0]
    alone = Archive.of(work, {})
    assert checkpoints.verify(alone, ledger).wrong == []  # what a second place is for


def test_a_rebuilt_ledger_with_checkpoints_of_its_own_is_found(archive, ledger, work):
    """Somebody with the code and the key makes both anew, except the second place."""
    keep(archive, ledger)
    shutil.rmtree(work / FOLDER)
    rebuilt(ledger, "decisions", lambda rows: [*rows[1:], rows[0]])
    keep(Archive.of(work, {}), ledger)
    assert "is not the one that checkpoint 1" in wrong(archive, ledger)[0]


def test_a_checkpoint_that_was_changed_is_found(archive, ledger, work):
    keep(Archive.of(work, {}), ledger)
    (file,) = own_files(work)
    file.write_text(file.read_text().replace('"number": 1', '"number": 2'))
    (line,) = wrong(archive, ledger)
    assert (
        line == f"checkpoint 1 in {work / FOLDER} is damaged, and no other place has it"
    )


def test_a_checkpoint_damaged_in_one_place_is_read_in_another(archive, ledger, work):
    keep(archive, ledger)
    (file,) = own_files(work)
    file.write_bytes(b"\xff{")
    verdict = checkpoints.verify(archive, ledger)
    assert verdict.wrong == []
    assert any("is damaged in" in line for line in verdict.told)


def test_a_wrong_signature_is_found(archive, ledger, work):
    keep(archive, ledger)
    (file,) = own_files(work)
    made = Checkpoint.of(file.read_text())
    forged = replace(made, number=2, previous=made.hash)  # with the first's signature
    (work / FOLDER / forged.name).write_text(forged.text())
    (line,) = wrong(archive, ledger)
    assert line.startswith("the signature of checkpoint 2 of ")


def test_a_checkpoint_signed_by_another_key_is_found(archive, ledger, work, second):
    keep(archive, ledger)
    made = Checkpoint.of(own_files(work)[0].read_text())
    other = Ed25519PrivateKey.generate()
    forged = replace(made, number=2, previous=made.hash, anew="nothing happened",
                     public_key=signing.public_of(other))  # fmt: skip
    forged = replace(forged, signature=other.sign(forged.signed_text).hex())
    (second / forged.name).write_text(forged.text())
    (line,) = wrong(archive, ledger)
    assert f"is signed by another key ({forged.key}) than ours" in line
    allowed = {
        "checkpoint_places": [str(second)],
        "checkpoint_other_keys": [forged.key],
    }
    assert wrong(Archive.of(work, allowed), ledger) == []


def test_a_lost_key_is_not_made_anew_in_silence(archive, ledger, work):
    keep(archive, ledger)
    (work / signing.MADE).unlink()
    (line,) = wrong(archive, ledger)
    assert "is signed by another key" in line


def test_a_missing_checkpoint_is_found(ledger, work):
    alone = Archive.of(work, {})
    for amount in ("4.00", "5.00", "6.00"):
        keep(alone, ledger)
        go_on(ledger, amount)
    own_files(work)[1].unlink()
    (line,) = wrong(alone, ledger)
    assert line.startswith("the one before checkpoint 3 of ")


def test_checkpoints_that_were_removed_come_back_from_the_second_place(
    archive, ledger, work
):
    for amount in ("4.00", "5.00"):
        keep(archive, ledger)
        go_on(ledger, amount)
    shutil.rmtree(work / FOLDER)
    verdict = checkpoints.verify(archive, ledger)
    assert verdict.lacking == [
        f"{work / FOLDER} lacks 2 checkpoints: the next run brings them"
    ]
    assert (verdict.wrong, verdict.is_whole) == ([], False)
    keep(archive, ledger)
    assert [Checkpoint.of(f.read_text()).number for f in own_files(work)] == [1, 2, 3]


def test_nothing_new_is_not_kept_twice(archive, ledger, work):
    keep(archive, ledger, "s1")
    keep(archive, ledger, "s1")
    assert len(own_files(work)) == 1
    keep(archive, ledger, "s2")  # a snapshot is news
    assert len(own_files(work)) == 2


def test_a_ledger_in_doubt_goes_on_when_somebody_says_why(archive, ledger, work):
    keep(archive, ledger)
    tamper(ledger, "delete from decisions")
    assert wrong(archive, ledger) != []
    with pytest.raises(ConfigurationError, match="no reason"):
        checkpoints.begin_anew(archive, ledger, "ada", " ")
    checkpoints.begin_anew(archive, ledger, "ada", "restored from the backup of Monday")
    assert wrong(archive, ledger) == []
    go_on(ledger, "4.00")
    keep(archive, ledger)
    told = checkpoints.verify(archive, ledger).told
    assert any("begins anew: ada: restored from the backup" in line for line in told)


def test_a_broken_chain_cannot_be_accepted(archive, ledger):
    keep(archive, ledger)
    tamper(ledger, "update decisions set reason = 'x' where sequence = 1")
    with pytest.raises(ConfigurationError, match="rows of the ledger were changed"):
        checkpoints.begin_anew(archive, ledger, "ada", "never mind")


def test_two_work_folders_post_from_one_ledger(ledger, tmp_path, second):
    key = tmp_path / "key.pem"
    signing.Keys(key, ours=True).signing()
    told = {"checkpoint_places": [str(second)], "checkpoint_key_file": str(key)}
    here = Archive.of(tmp_path / "here", told)
    there = Archive.of(tmp_path / "there", told)
    keep(here, ledger)
    apart = Archive.of(tmp_path / "there", {"checkpoint_key_file": str(key)})
    keep(apart, ledger)  # its second place was out of reach: two firsts
    for amount in ("4.00", "5.00"):
        keep(there, ledger)
        go_on(ledger, amount)
        keep(here, ledger)
    assert wrong(here, ledger) == wrong(there, ledger) == []


def test_what_is_proved_is_said(archive, ledger, work):
    alone = Archive.of(work, {})
    before = checkpoints.verify(alone, ledger)
    assert "no checkpoint yet" in before.lacking[0]
    assert "not everything" in str(before)
    keep(alone, ledger)
    assert str(checkpoints.verify(alone, ledger)) == "The ledger is whole"
    told = "\n".join(checkpoints.verify(alone, ledger).told)
    key = signing.fingerprint(signing.public_of(alone.keys.signing()))
    assert f"signed by key {key}: who can read checkpoint.pem could sign" in told
    assert "no second place" in told
    assert (work / signing.MADE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [None, b"no key", b"-----BEGIN PRIVATE KEY-----"])
def test_a_configured_key_that_is_none_is_refused(ledger, tmp_path, content):
    file = tmp_path / "key.pem"
    if content:
        file.write_bytes(content)
    archive = Archive.of(tmp_path / "work", {"checkpoint_key_file": str(file)})
    with pytest.raises(ConfigurationError, match="key"):
        checkpoints.keep(archive, ledger, None)


def test_places_that_are_no_list_are_refused(work):
    with pytest.raises(ConfigurationError, match="checkpoint_places"):
        Archive.of(work, {"checkpoint_places": [1]})
    with pytest.raises(ConfigurationError, match="cannot be used here"):
        Archive.of(work, {"checkpoint_places": ["erp-memo://x"]})
    with pytest.raises(ConfigurationError, match="which is no place"):
        Archive.of(work, {"checkpoint_places": "kept/here"})
