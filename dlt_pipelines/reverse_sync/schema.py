"""The ledger's tables, and how a ledger of an earlier release becomes one of this.

A release that wants another column adds a step to ``STEPS`` and the column to its
table, by ``chain.later``: rows of before keep the hash that they were written with. A
copy of the ledger as it was is kept before the first step, and the steps share one
commit: a ledger is of the one release or of the other.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.reverse_sync import chain

metadata = sa.MetaData()


def _text(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String, **{"nullable": False, **options})


intents = chain.chained(
    "intents",
    metadata,
    _text("posting_id", unique=True),
    _text("posting_key", index=True),
    sa.Column("version", sa.Integer, nullable=False),
    _text("kind"),
    _text("legal_entity_code"),
    _text("project_code", nullable=True),
    _text("period_month"),
    _text("posting_date"),
    _text("currency_code"),
    _text("slot"),
    _text("amount"),
    _text("hours"),
    _text("content_hash"),
    _text("external_id", unique=True),
    _text("correlation_id", nullable=True),
    _text("target"),
    _text("payload"),
    _text("created_at"),
    chain.later("created_by"),  # who ran the posting; of release 2
    sa.UniqueConstraint("posting_key", "version"),
)
attempts = chain.chained(
    "attempts",
    metadata,
    _text("posting_id", index=True),
    sa.Column("attempt_no", sa.Integer, nullable=False),
    _text("at"),
    _text("outcome"),
    _text("erp_id", nullable=True),
    _text("request_id", nullable=True),
    _text("detail", nullable=True),
    sa.Column("latency_ms", sa.Integer),
)
decisions = chain.chained(
    "decisions",
    metadata,
    _text("posting_key", index=True),
    _text("content_hash"),
    _text("decision"),
    _text("decided_by"),
    _text("reason", nullable=True),
    _text("amount"),
    _text("currency_code"),
    _text("decided_at"),
)
TABLES = (intents, attempts, decisions)
migrations = sa.Table(  # the steps a ledger has behind it
    "migrations",
    metadata,
    sa.Column("release", sa.Integer, primary_key=True, autoincrement=False),
    _text("what"),
    _text("made_at"),
)


class Step(NamedTuple):
    """What makes a ledger of the release before one of ``release``."""

    release: int
    what: str
    take: Callable[[sa.Connection], None]


def _say_who_posted(connection: sa.Connection) -> None:
    connection.exec_driver_sql("alter table intents add column created_by varchar")


FIRST = Step(1, "the ledger was made", lambda _: None)
STEPS = (FIRST, Step(2, "intents say who ran the posting", _say_who_posted))


def prepare(
    connection: sa.Connection, keep_copy: Callable[[sa.Connection, int], None]
) -> None:
    """Make the tables, or bring those of an earlier release up to this one.

    Raises ConfigurationError for tables that are no ledger's, or a later release's.
    """
    latest = STEPS[-1].release
    held = _release(connection)
    if held == 0:
        metadata.create_all(connection)
        _remember(connection, STEPS)
        return
    _check(connection, held, latest)
    if held == latest:
        return
    keep_copy(connection, held)
    migrations.create(connection, checkfirst=True)
    ahead = [step for step in STEPS if step.release > held]
    for step in ahead:
        step.take(connection)
    _remember(connection, ahead)


def _release(connection: sa.Connection) -> int:
    """The release that a ledger is of: 0 for none at all, 1 before steps were kept."""
    inspector = sa.inspect(connection)
    if inspector.has_table(migrations.name):
        newest = sa.select(sa.func.max(migrations.c.release))
        return int(connection.execute(newest).scalar() or 0)
    return int(any(inspector.has_table(table.name) for table in TABLES))


def _check(connection: sa.Connection, held: int, latest: int) -> None:
    name = connection.engine.url.database
    if held > latest:
        raise ConfigurationError(
            f"{name} holds a ledger of a later release ({held}; this is {latest})",
            "use the release that wrote it.",
        )
    inspector = sa.inspect(connection)
    for table in TABLES:
        has = inspector.has_table(table.name)
        found = {c["name"] for c in inspector.get_columns(table.name)} if has else set()
        must = {c.name for c in table.c if held == latest or not chain.is_later(c)}
        if not must <= found <= set(table.columns.keys()):
            raise ConfigurationError(
                f"{name} holds no ledger of any release: its table {table.name} is not "
                "as one wrote it",
                "restore it from a backup, or name another place under ledger_url.",
            )


def _remember(connection: sa.Connection, steps: tuple[Step, ...] | list[Step]) -> None:
    now = datetime.now(UTC).isoformat()
    rows = [{"release": s.release, "what": s.what, "made_at": now} for s in steps]
    connection.execute(sa.insert(migrations), rows)


def copy_tables(connection: sa.Connection, release: int) -> None:
    """Keep PostgreSQL's tables as they are, in a schema of their own.

    Raises ConfigurationError when the role may not make one.
    """
    kept = f"tieout_ledger_release_{release}"
    try:
        connection.exec_driver_sql(f"create schema {kept}")
    except sa.exc.ProgrammingError as error:
        raise ConfigurationError(
            f"the ledger is of release {release} and no copy of it can be kept: its "
            "role may not create a schema",
            "let it (grant create on database …), or make the schema "
            f"{kept} yourself, owned by that role.",
        ) from error
    for table in TABLES:
        connection.exec_driver_sql(
            f"create table {kept}.{table.name} as table {table.name}"
        )
