"""Where a ledger's tables are: a SQLite file or a PostgreSQL database.

One writer at a time, every commit on the disk, one poster at a time. A file is its
owner's alone to read, whoever makes it: a command or a page. Whoever posts from
PostgreSQL writes on the session that holds the poster's lock: a session that is lost
takes the lock with it, and then nothing more is written as if it were still held.
"""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import sqlalchemy as sa

from dlt_pipelines.core.errors import ConfigurationError, explained, ledger_gone
from dlt_pipelines.reverse_sync import chain, schema

LOCK = 7_154_001  # the advisory locks' number in PostgreSQL: any, but always the same
POSTGRESQL = "postgresql"
ANSWERS_WITHIN = 10  # seconds, when a session with PostgreSQL is opened


class Database:
    """A ledger's database, made or brought up to this release when it is opened.

    Raises ConfigurationError when what is there is no ledger, or a later release's, and
    Unreachable when its server does not answer.
    """

    def __init__(self, where: Path | str) -> None:
        """Open the database at a path or an address."""
        self.url = sa.make_url(
            f"sqlite:///{where}" if isinstance(where, Path) else where
        )
        self.dialect = self.url.get_backend_name()
        self._session: sa.Connection | None = None  # the one that holds the lock
        if self.dialect == "sqlite":
            self.path = _file_of(self.url)
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._own_file().close()  # files that SQLite adds are as this one
            self.engine = sa.create_engine(self.url)
            sa.event.listen(self.engine, "connect", _durable)
            sa.event.listen(self.engine, "begin", _begin)
        else:
            options = {"connect_timeout": ANSWERS_WITHIN}
            self.engine = sa.create_engine(self.url, connect_args=options)
            sa.event.listen(self.engine, "connect", _surely_durable)
        with contextlib.ExitStack() as unless_open:
            unless_open.callback(self.close)
            self._prepare()
            unless_open.pop_all()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Only one process posts at a time; the lock goes with the process.

        Raises ConfigurationError when another process holds it.
        """
        lock = self._file_lock if self.dialect == "sqlite" else self._advisory_lock
        with lock() as is_ours:
            if not is_ours:
                raise ConfigurationError(
                    f"another process is posting from {self.url.database}",
                    "wait until it has ended, then run the command again.",
                )
            yield

    def _prepare(self) -> None:
        with self._opening(), self._writing() as connection:
            schema.prepare(connection, self._keep_copy)
            for table in schema.TABLES:
                for statement in chain.append_only(self.dialect, table.name):
                    connection.exec_driver_sql(statement)

    def is_held(self) -> bool:
        """Whether the poster's lock, once taken, is still ours. For any thread.

        Raises Unreachable when the server does not answer.
        """
        if self._session is None:  # a file's lock lasts as long as we do
            return True
        asked = sa.text(
            "select 1 from pg_locks where locktype = 'advisory' "
            "and objid = :lock and pid = :session"
        )
        ours = {"lock": LOCK + 1, "session": self._session_id}
        with self._reading() as connection:
            return connection.execute(asked, ours).first() is not None

    @contextlib.contextmanager
    def _opening(self) -> Iterator[None]:
        """One process at a time makes the ledger.

        SQLite does not wait for a lock while it turns to its write-ahead log.
        """
        if self.dialect != "sqlite":
            yield
            return
        with self._own_file(".opening") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with contextlib.closing(sqlite3.connect(self.path)) as connection:
                connection.execute("pragma journal_mode = wal")
            yield

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._connected(writing=True) as connection:
            if self.dialect == POSTGRESQL:  # one writer: the chain has one end
                connection.execute(sa.text(f"select pg_advisory_xact_lock({LOCK})"))
            yield connection
            connection.commit()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._connected() as connection:
            yield connection

    @contextlib.contextmanager
    def _connected(self, *, writing: bool = False) -> Iterator[sa.Connection]:
        """A connection; trouble of the server's is told as that of a system."""
        try:
            if writing and self._session is not None:
                yield from _on_the_posters(self._session)
                return
            with self.engine.connect() as connection:
                yield connection.execution_options(writing=writing)
        except sa.exc.DBAPIError as error:
            known = explained(error.orig) if self.dialect == POSTGRESQL else None
            if known is None:
                raise
            raise known from error

    @contextlib.contextmanager
    def _file_lock(self) -> Iterator[bool]:
        with self._own_file(".lock") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _own_file(self, suffix: str | None = None) -> TextIO:
        """The ledger's file, or one beside it to lock: who may read one may hold it."""
        path = self.path.with_suffix(suffix) if suffix else self.path
        return open(path, "a", opener=_for_its_owner)

    @contextlib.contextmanager
    def _advisory_lock(self) -> Iterator[bool]:
        with self._connected() as connection:
            asked = f"select pg_try_advisory_lock({LOCK + 1}), pg_backend_pid()"
            answer = connection.execute(sa.text(asked)).one()
            is_ours, self._session_id = answer[0], answer[1]
            connection.commit()  # the lock is the session's, not the transaction's
            self._session = connection if is_ours else None
            try:
                yield is_ours
            finally:
                self._session = None
                if is_ours:
                    connection.invalidate()  # a session that ends lets go of its locks

    def _keep_copy(self, connection: sa.Connection, release: int) -> None:
        """Keep a ledger as an earlier release wrote it, before it is changed."""
        if self.dialect == POSTGRESQL:
            schema.copy_tables(connection, release)
            return
        copy = self.path.with_name(f"{self.path.name}.release-{release}")
        part = copy.with_name(f"{copy.name}.part")
        with (
            contextlib.closing(sqlite3.connect(self.path)) as written,
            contextlib.closing(sqlite3.connect(part)) as kept,
        ):
            written.backup(kept)
        part.chmod(0o600)
        os.replace(part, copy)


def _file_of(url: sa.URL) -> Path:
    if url.database is None:
        raise ConfigurationError(
            "the ledger's address names no file", "name one under ledger_url."
        )
    return Path(url.database)


def _on_the_posters(session: sa.Connection) -> Iterator[sa.Connection]:
    if session.invalidated:  # it would be opened anew, without the lock
        raise ledger_gone()
    try:
        yield session
    except BaseException:
        session.rollback()
        raise


def _for_its_owner(file: str, flags: int) -> int:
    return os.open(file, flags, 0o600)


def _durable(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where _begin says
    for pragma in (
        "busy_timeout = 30000",
        "synchronous = full",
        "foreign_keys = on",
    ):
        connection.execute(f"pragma {pragma}")


def _surely_durable(connection: Any, _: Any) -> None:
    """A server may be set to answer before a commit is on its disk: not to us."""
    connection.execute(
        "select set_config('synchronous_commit', 'on', false) "
        "where current_setting('synchronous_commit') = 'off'"
    )
    connection.commit()


def _begin(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("begin immediate" if writing else "begin")
