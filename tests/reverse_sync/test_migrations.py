"""A ledger of an earlier release is migrated, with a copy kept; nothing else is."""

import contextlib
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.reverse_sync import schema
from dlt_pipelines.reverse_sync.ledger import Ledger
from tests.reverse_sync.conftest import desired
from tests.reverse_sync.test_ledger import tamper
from tests.reverse_sync.test_plan import settle

pytestmark = pytest.mark.xdist_group("postgresql")

RELEASE_1 = Path(__file__).with_name("ledger_of_release_1.sql").read_text()
KEY = "labour_cost_accrual|US10|P1001|2026-05"


@pytest.fixture
def earlier(address):
    """A ledger that release 1 wrote: three intents, their ends, two decisions."""
    if isinstance(address, Path):
        with contextlib.closing(sqlite3.connect(address)) as file:
            file.executescript(RELEASE_1)
        return address
    engine = sa.create_engine(address)
    with contextlib.closing(engine.raw_connection()) as raw:
        raw.driver_connection.execute(RELEASE_1.partition("CREATE TRIGGER")[0])
        raw.commit()
    engine.dispose()
    return address


@pytest.fixture
def migrated(earlier):
    with contextlib.closing(Ledger(earlier, "ada@example.com")) as ledger:
        ledger.address = earlier
        yield ledger


def test_what_an_earlier_release_wrote_is_read_as_it_was(migrated):
    assert migrated.verify() == []
    assert [rows for rows, _ in migrated.heads().values()] == [3, 3, 2]
    assert migrated.positions()[KEY].posted.amount == Decimal("60.50")
    assert migrated.decisions()[1].reason == "agreed with the controller"


def test_rows_of_both_releases_make_one_chain(migrated):
    settle(migrated, desired("70.00", "1.50"))
    with migrated.engine.connect() as connection:
        query = sa.select(schema.intents.c.created_by)
        made_by = connection.execute(query.order_by("sequence")).scalars().all()
    assert made_by == [None, None, None, "ada@example.com"]
    assert migrated.verify() == []


@pytest.mark.parametrize("number", [1, 4])
def test_what_a_later_column_says_is_part_of_the_hash(migrated, number):
    settle(migrated, desired("70.00", "1.50"))
    tamper(migrated, f"update intents set created_by = 'bob' where sequence = {number}")
    (line,) = migrated.verify()
    assert f"intents row {number} " in line
    assert "was changed" in line


def test_it_is_migrated_once_and_a_copy_is_kept(migrated):
    again = Ledger(migrated.address)
    with again.engine.connect() as connection:
        taken = connection.execute(sa.select(schema.migrations.c.release)).scalars()
        assert list(taken) == [2]
    again.close()
    if migrated.dialect == "sqlite":
        copy = migrated.path.with_name("ledger.sqlite.release-1")
        assert copy.stat().st_mode & 0o077 == 0
        kept = sa.create_engine(f"sqlite:///{copy}")
        names = "intents", "attempts", "decisions"
    else:
        kept = sa.create_engine(migrated.url)
        names = (f"tieout_ledger_release_1.{table.name}" for table in schema.TABLES)
    with kept.connect() as connection:
        counts = [
            connection.exec_driver_sql(f"select count(*) from {name}").scalar()
            for name in names
        ]
    kept.dispose()
    assert counts == [3, 3, 2]


def test_a_step_that_fails_leaves_the_ledger_as_it_was(earlier, monkeypatch):
    def broken(connection):
        connection.exec_driver_sql("alter table intents add column created_by varchar")
        raise RuntimeError("killed here")

    steps = (schema.FIRST, schema.Step(2, "broken", broken))
    with monkeypatch.context() as patched:
        patched.setattr(schema, "STEPS", steps)
        with pytest.raises(RuntimeError):
            Ledger(earlier)
    if isinstance(earlier, Path):
        with contextlib.closing(sqlite3.connect(earlier)) as raw:
            columns = raw.execute("pragma table_info(intents)").fetchall()
        assert "created_by" not in [column[1] for column in columns]
    with contextlib.closing(Ledger(earlier)) as ledger:
        assert ledger.verify() == []


def test_a_role_that_may_not_keep_a_copy_is_told(database_server):
    database_server.sql("create database plain")
    database_server.sql("create role keeper login")
    database_server.sql("grant create on schema public to keeper", "plain")
    address = database_server.uri("plain", "postgresql+psycopg")
    address = address.replace("postgres@", "keeper@")
    engine = sa.create_engine(address)
    with contextlib.closing(engine.raw_connection()) as raw:
        raw.driver_connection.execute(RELEASE_1.partition("CREATE TRIGGER")[0])
        raw.commit()
    engine.dispose()
    with pytest.raises(ConfigurationError, match="no copy of it can be kept"):
        Ledger(address)
    told = "select count(*) from information_schema.columns where column_name = '{}'"
    assert database_server.sql(told.format("created_by"), "plain") == "0"


def test_a_ledger_of_a_later_release_is_refused(tmp_path):
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("insert into migrations values (99, 'of the future', 'later')")
        raw.commit()
    with pytest.raises(ConfigurationError, match="later release"):
        Ledger(path)


def test_a_table_that_is_no_ledgers_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("create table intents (sequence integer primary key)")
    with pytest.raises(ConfigurationError, match="no ledger of any release"):
        Ledger(path)
    assert [file.name for file in tmp_path.glob("*.release-*")] == []
