"""Landing: what each system says, every version of it, into schema raw.

One dlt pipeline per configured instance; a dlt resource per feed. A feed that fails
keeps what it had yielded and its last safe cursor; the other feeds and instances still
land, and the report says what failed. Rows are merged on ``_event_id``, which is the
same however often a killed load is repeated, so nothing lands twice.
"""

import contextlib
import hashlib
import importlib
import json
import os
import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "ERROR")
os.environ.setdefault("LOAD__DELETE_COMPLETED_JOBS", "true")
os.environ.setdefault("EXTRACT__NEXT_ITEM_MODE", "fifo")
# A file with the words of every exception, which may quote a key or somebody's pay.
os.environ["ENABLE_RUNTIME_TRACE"] = "false"

import dlt
import duckdb
import polars as pl

from dlt_pipelines.core.errors import BadAnswer, ConnectionFailed, explained
from dlt_pipelines.core.settings import Instance, Paths
from dlt_pipelines.landing import (
    deletions,
    kept_forecasts,
    kept_periods,
    tenant_settings,
)
from dlt_pipelines.landing.declarations import Table, all_tables, declared_tables
from dlt_pipelines.landing.frames import conform_frame
from dlt_pipelines.landing.notation import Notation
from dlt_pipelines.landing.pipeline_repair import quote_paths, repair
from dlt_pipelines.landing.typed_columns import Drift, conform
from dlt_pipelines.landing.versions import Versions, has_field
from dlt_pipelines.vendors.feeds import Batch, Feed, Window
from dlt_pipelines.vendors.http import ApiClient
from dlt_pipelines.warehouse.policies import policy_files

LANDINGS = {
    "load_id": "varchar",
    "source_instance": "varchar",
    "vendor": "varchar",
    "table_name": "varchar",
    "as_of_date": "date",
    "started_at": "timestamp",
    "rows_read": "bigint",
    "rows_landed": "bigint",
    "status": "varchar",
    "error": "varchar",
    "deletions": "varchar",
    "_event_id": "varchar",
}
DRIFT = {
    "load_id": "varchar",
    "source_instance": "varchar",
    "vendor": "varchar",
    "table_name": "varchar",
    "column_name": "varchar",
    "kind": "varchar",
    "seen_type": "varchar",
    "rows_count": "bigint",
    "_event_id": "varchar",
}
POSTINGS = {
    "posting_id": "varchar",
    "posting_key": "varchar",
    "version": "bigint",
    "kind": "varchar",
    "legal_entity_code": "varchar",
    "project_code": "varchar",
    "period_month": "date",
    "currency_code": "varchar",
    "amount": "decimal(18,4)",
    "hours": "decimal(9,2)",
    "external_id": "varchar",
    "content_hash": "varchar",
    "target": "varchar",
    "erp_id": "varchar",
    "status": "varchar",
    "status_no": "bigint",
    "posted_at": "timestamp",
    "posting_date": "date",
    "debited_account": "varchar",
    "credited_account": "varchar",
    "debited_project_id": "varchar",
    "credited_project_id": "varchar",
    "department_id": "varchar",
    "landed_at": "timestamp",
    "_event_id": "varchar",
}
ATTEMPTS = {
    "sequence": "bigint",
    "posting_id": "varchar",
    "attempt_no": "bigint",
    "attempted_at": "timestamp",
    "outcome": "varchar",
    "erp_id": "varchar",
    "request_id": "varchar",
    "detail": "varchar",
    "latency_ms": "bigint",
    "landed_at": "timestamp",
    "_event_id": "varchar",
}
DECISIONS = {
    "sequence": "bigint",
    "posting_key": "varchar",
    "content_hash": "varchar",
    "decision": "varchar",
    "decided_by": "varchar",
    "reason": "varchar",
    "amount": "decimal(18,4)",
    "currency_code": "varchar",
    "decided_at": "timestamp",
    "landed_at": "timestamp",
    "_event_id": "varchar",
}
POLICIES = {
    "seed": "varchar",
    "content": "varchar",
    "landed_at": "timestamp",
    "_event_id": "varchar",
}
INSTANCES = {
    "source_instance": "varchar",
    "vendor": "varchar",
    "landed_at": "timestamp",
    "contracts": "varchar",
    "_event_id": "varchar",
}
OWN_TABLES = {
    "_landings": LANDINGS,
    "_instances": INSTANCES,
    "_drift": DRIFT,
    "_policies": POLICIES,
    deletions.WAITING: deletions.COLUMNS,
    tenant_settings.TABLE: tenant_settings.COLUMNS,
    "ledger__postings": POSTINGS,
    "ledger__attempts": ATTEMPTS,
    "ledger__decisions": DECISIONS,
}
ARROW_TYPES: dict[str, type[pl.DataType] | pl.DataType] = {
    "varchar": pl.String,
    "bigint": pl.Int64,
    "date": pl.Date,
    "timestamp": pl.Datetime("us"),
    "boolean": pl.Boolean,
    "decimal(18,4)": pl.Decimal(18, 4),
    "decimal(9,2)": pl.Decimal(9, 2),
}

# What reading an answer of another shape raises: the feed fails, the others go on.
NOT_AS_EXPECTED = (LookupError, TypeError, ValueError, AttributeError)
PATIENCE = 600.0  # seconds that landing a system waits for one that is busy, in all
MOST_PENDING = 5  # packages a killed run can have left; more means that none moves

Progress = Callable[[str, str, int], None]  # instance, table, rows so far
Waits = Callable[[str, str, float], None]  # instance, why, seconds
Landed = Callable[[str, int, int, float], None]  # instance, rows read, new, seconds


@dataclass
class TableLanded:
    """What landing one table of one instance came to."""

    instance: str
    vendor: str
    table: str
    rows_read: int
    rows_landed: int
    error: ConnectionFailed | None = None


@dataclass
class LandingReport:
    """What a landing came to, over all instances."""

    load_id: str
    tables: list[TableLanded] = field(default_factory=list)
    drift: list[tuple[str, Drift]] = field(default_factory=list)
    again: dict[str, str] = field(default_factory=dict)  # «instance.feed», and why
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def failures(self) -> dict[str, ConnectionFailed]:
        """The first error of each instance that failed."""
        failed: dict[str, ConnectionFailed] = {}
        for landed in self.tables:
            if landed.error:
                failed.setdefault(landed.instance, landed.error)
        return failed

    @property
    def errors(self) -> list[ConnectionFailed]:
        """All that went wrong, each told once: a feed's error is all of its tables'."""
        told = {t.error.what: t.error for t in self.tables if t.error}
        return list(told.values())

    @property
    def rows_landed(self) -> int:
        """New versions, over all tables."""
        return sum(landed.rows_landed for landed in self.tables)


@dataclass(frozen=True)
class Landing:
    """One landing: its id, its moment, the firm's business date, its secrets.

    ``deletion_policies`` say how much is believed to be gone; of tables
    («instance.table») that are ``accepted``, what was told to be gone is. Tables that
    are ``absent``, each with its reason, are not asked for; what fills those that
    are named to be read ``again`` is read from its start.
    """

    paths: Paths
    load_id: str
    now: datetime
    as_of: date
    pseudonym_key: bytes
    deletion_policies: tuple[Mapping[str, str], ...] = ()
    accepted: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    absent: Mapping[str, str] = field(default_factory=dict)
    progress: Progress = lambda *_: None
    waits: Waits = lambda *_: None
    landed: Landed = lambda *_: None


def declare(paths: Paths) -> None:
    """Make every declared table, so that a vendor a firm does not have is empty."""
    paths.work.mkdir(parents=True, exist_ok=True)
    tables = {t.raw_name: t.sql_columns() for t in all_tables()} | OWN_TABLES
    with contextlib.closing(duckdb.connect(paths.land)) as raw:
        raw.execute("create schema if not exists raw")
        kept_forecasts.declare(raw)
        kept_periods.declare(raw)
        held = _held_columns(raw)
        for name, columns in tables.items():
            if name not in held:
                body = ", ".join(f"{c} {type_}" for c, type_ in columns.items())
                raw.execute(f"create table raw.{name} ({body})")
            for column in columns.keys() - held.get(name, columns.keys()):
                raw.execute(
                    f"alter table raw.{name} add column {column} {columns[column]}"
                )
        tenant_settings.keep_defaults(raw, "raw")


def _held_columns(raw: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    held: dict[str, set[str]] = {}
    query = (
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'raw'"
    )
    for table, column in raw.execute(query).fetchall():
        held.setdefault(table, set()).add(column)
    return held


def land(instances: list[Instance], landing: Landing) -> LandingReport:
    """Land every instance; failures are in the report, not raised."""
    declare(landing.paths)
    _land_settings(instances, landing)
    report = LandingReport(landing.load_id)
    for instance in instances:
        started = time.monotonic()
        _land_instance(instance, landing, report)
        seconds = report.seconds[instance.name] = time.monotonic() - started
        tables = [t for t in report.tables if t.instance == instance.name]
        read = sum(t.rows_read for t in tables)
        new = sum(t.rows_landed for t in tables)
        landing.landed(instance.name, read, new, seconds)
    return report


def _land_settings(instances: list[Instance], landing: Landing) -> None:
    now = landing.now.replace(tzinfo=None)
    with contextlib.closing(duckdb.connect(landing.paths.land)) as raw:
        tenant_settings.land(raw, instances, now, landing.load_id)


def _land_instance(instance: Instance, landing: Landing, report: LandingReport) -> None:
    pipeline = _pipeline(instance.name, landing.paths)
    with _reading(landing.paths) as raw:
        run = _InstanceRun(instance, landing, raw, report)
        try:
            pipeline.extract(run.resources())
        finally:
            run.close()
    pipeline.normalize()
    pipeline.load()
    deletions.keep_waiting(landing.paths.land, instance.name, run.waiting())


def _pipeline(name: str, paths: Paths) -> dlt.Pipeline:
    """The instance's pipeline, with whatever a killed run left brought home first."""
    quote_paths()
    repair(paths.pipelines / name)
    try:
        return _drained(name, paths)
    except Exception as error:
        if explained(error):  # the disk, a lock: the next run will manage
            raise
    # What cannot be brought home is given up: cursors go with it, raw is what counts,
    # and everything is read again.
    shutil.rmtree(paths.pipelines / name)
    _correct_landings(name, paths)
    return _drained(name, paths)


def _drained(name: str, paths: Paths) -> dlt.Pipeline:
    pipeline = dlt.pipeline(
        pipeline_name=name,
        pipelines_dir=str(paths.pipelines),
        destination=dlt.destinations.duckdb(str(paths.land)),
        dataset_name="raw",
    )
    for _ in range(MOST_PENDING):
        if not pipeline.has_pending_data:
            break
        pipeline.normalize()
        pipeline.load()
    return pipeline


def _correct_landings(instance: str, paths: Paths) -> None:
    """Let the records of an instance's landings say what raw really has of them."""
    with contextlib.closing(duckdb.connect(paths.land)) as raw:
        landings = (
            "select distinct vendor, table_name from raw._landings"
            " where source_instance = ?"
        )
        for vendor, table in raw.execute(landings, [instance]).fetchall():
            raw.execute(
                "update raw._landings set status = 'unfinished', rows_landed = held"
                " from (select load_id as id, count(t._key) as held"
                f" from raw._landings left join raw.{vendor}__{table} as t"
                " on t._load_id = load_id and t.source_instance = $name"
                " where _landings.source_instance = $name and table_name = $table"
                " group by load_id) where id = load_id and held != rows_landed"
                " and _landings.source_instance = $name and table_name = $table",
                {"name": instance, "table": table},
            )


@contextlib.contextmanager
def _reading(paths: Paths) -> Iterator[duckdb.DuckDBPyConnection]:
    # Closed before dlt loads: DuckDB refuses a reader and a writer in one process.
    with contextlib.closing(duckdb.connect(paths.land, read_only=True)) as raw:
        yield raw


class _InstanceRun:
    """Reads the feeds of one instance; one dlt resource each, then its own books."""

    def __init__(
        self,
        instance: Instance,
        landing: Landing,
        raw: duckdb.DuckDBPyConnection,
        report: LandingReport,
    ) -> None:
        self.instance = instance
        self.landing = landing
        self.report = report
        self.raw = raw
        self.feeds = _feeds(instance)
        filled = {table for feed in self.feeds for table in feed.tables}
        self.tables = {
            name: table
            for name, table in declared_tables(instance.vendor).items()
            if name in filled
        }
        self.versions = {name: self._of(table) for name, table in self.tables.items()}
        self.notation = Notation.of(instance)
        self.errors: dict[str, ConnectionFailed] = {}
        self.absent: dict[str, str | None] = {}  # tables not asked for, and why
        # Of each table the fields that no row has had so far.
        self.lacking = {name: of.fields() for name, of in self.versions.items()}
        self.drift: list[Drift] = []
        self.client: ApiClient | None = None

    def _of(self, table: Table) -> Versions:
        name = self.instance.name
        accepts = f"{name}.{table.name}" in self.landing.accepted
        return Versions(
            table,
            name,
            self.landing.load_id,
            self.landing.now,
            self.raw,
            limits=deletions.limits(self.landing.deletion_policies, name, table.name),
            confirmed=deletions.waiting(self.raw, name, table.name)
            if accepts
            else frozenset(),
        )

    def waiting(self) -> dict[str, set[str]]:
        """Of each table that was read the rows that are gone and wait."""
        return {
            name: versions.waiting
            for name, versions in self.versions.items()
            if versions.waiting or name not in self.errors.keys() | self.absent.keys()
        }

    def close(self) -> None:
        """Let go of the vendor's connections."""
        if self.client is not None:
            self.client.close()

    def resources(self) -> list[Any]:
        feeds = [feed for feed in self.feeds if not self._is_absent(feed)]
        own = dlt.resource(self._books(), name="books")
        return [
            *(dlt.resource(self._rows(feed), name=feed.name) for feed in feeds),
            own,
        ]

    def _is_absent(self, feed: Feed) -> bool:
        """Whether policy says that the system has none of a feed's tables."""
        reasons = {
            table: self.landing.absent.get(f"{self.instance.name}.{table}")
            for table in feed.tables
        }
        if not all(reasons.values()):
            return False
        self.absent |= reasons
        return True

    def _rows(self, feed: Feed) -> Iterator[Any]:
        state = dlt.current.resource_state(feed.name)
        try:
            yield from self._read(feed, state)
        except ConnectionFailed as error:
            self._failed(feed, error)
        except NOT_AS_EXPECTED as error:
            self._failed(feed, _not_understood(self.instance.name, feed.name, error))

    def _failed(self, feed: Feed, error: ConnectionFailed) -> None:
        for table in feed.tables:
            self._not_whole(table, error)

    def _not_whole(self, table: str, error: ConnectionFailed) -> None:
        self.errors[table] = error
        if self.tables[table].complete:
            self.versions[table].rows_landed = 0  # none of it was believed

    def _read(self, feed: Feed, state: dict[str, Any]) -> Iterator[Any]:
        since = self._since(feed, state)
        window = Window(
            since=datetime.fromisoformat(since) if since else None,
            until=self.landing.now,
            ids=lambda table: self.versions[table].live_keys(),
            held=lambda table: self.versions[table].held(),
            waiting=lambda table: deletions.waiting(
                self.raw, self.instance.name, table
            ),
        )
        cursor: datetime | None = None
        for batch in feed.read(self._connected(), window):
            if batch.rows or batch.frame is not None:
                yield from self._take(batch)
            cursor = batch.cursor or cursor
            if not self._has_left(feed, gone=True):
                self._keep(feed, state, cursor)
        for name in feed.tables:
            if self.tables[name].complete:
                self.versions[name].require_fields(self.lacking[name])
        in_doubt = False
        for name in feed.tables:
            try:
                believed = list(self._ended(name))
            except deletions.InDoubt as error:
                self._not_whole(name, error)
                in_doubt = True
            else:
                yield from believed
        if not in_doubt and not self._has_left(feed):
            self._keep(feed, state, cursor)

    def _since(self, feed: Feed, state: dict[str, Any]) -> str | None:
        """Where the last reading ended; None where a feed is read from its start.

        That it is too where its tables are declared otherwise than they were when its
        cursor was given: a column that came later is then filled in older rows.
        """
        if not self._is_in_raw(state.get("given_by")):
            return None
        name = f"{self.instance.name}.{feed.name}"
        declared = self._declared(feed)
        if self.landing.again & {f"{self.instance.name}.{t}" for t in feed.tables}:
            self.report.again[name] = "as asked"
        elif state.get("declared", declared) != declared:
            self.report.again[name] = "its declaration or notation is another one"
        return None if name in self.report.again else state.get("cursor")

    def _declared(self, feed: Feed) -> str:
        """A digest of how the tables of a feed are declared, and of the notation."""
        columns = {
            table: sorted(
                (column.name, column.type, column.path, column.format or "")
                for column in self.tables[table].columns
            )
            for table in feed.tables
        }
        told = json.dumps([columns, asdict(self.notation)], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def _has_left(self, feed: Feed, *, gone: bool = False) -> bool:
        """Whether rows of a feed are deleted that have no tombstone yet."""
        read = [self.versions[table] for table in feed.tables]
        return any(v.deletions_left or (gone and v.gone) for v in read)

    def _keep(self, feed: Feed, state: dict[str, Any], cursor: datetime | None) -> None:
        if cursor is not None:
            state["declared"] = self._declared(feed)
            state["cursor"] = cursor.isoformat()
            state["given_by"] = self.landing.load_id

    def _ended(self, name: str) -> Iterator[Any]:
        """What the end of a reading says of a table: all of it, and what is gone."""
        versions = self.versions[name]
        if self.tables[name].complete:
            fresh, repeated = versions.whole()
            if repeated:
                key = ", ".join(self.tables[name].key)
                self.drift.append(Drift(name, key, "repeated_key", "", repeated))
            yield from self._emit(name, fresh)
        else:
            # Perhaps none of these has it, so what was read is believed, and told.
            self.drift += [
                Drift(name, column, "missing_column", "", versions.rows_read)
                for column, _ in versions.usual(self.lacking[name])
            ]
        yield from self._emit(name, versions.tombstones())

    def _is_in_raw(self, load_id: str | None) -> bool:
        """Whether a landing came to rest in raw: only then its cursors count.

        A landing database that was removed, or put back from a backup, is read anew.
        """
        query = (
            "select 1 from raw._landings where load_id = ? and source_instance = ?"
            " limit 1"
        )
        found = self.raw.execute(query, [load_id, self.instance.name]).fetchall()
        return bool(found)

    def _connected(self) -> ApiClient:
        if self.client is None:
            client = _module(self.instance.vendor, "client")
            self.client = client.connect(self.instance)
            self.client.patience = PATIENCE
            self.client.waiting = partial(self.landing.waits, self.instance.name)
        return self.client

    def _take(self, batch: Batch) -> Iterator[Any]:
        name, versions = batch.table, self.versions[batch.table]
        frame = self._typed(batch)
        if batch.deleted:
            versions.tell_gone(set(frame["_key"].to_list()))
            return
        if self.tables[name].complete:
            versions.hold(frame)
        else:
            yield from self._emit(name, versions.changed(frame))
        if batch.whole_for is not None:
            held = versions.held().filter(batch.whole_for).select("_key").fetchall()
            versions.tell_gone({key for (key,) in held} - set(frame["_key"].to_list()))
        self.landing.progress(self.instance.name, name, versions.rows_read)

    def _typed(self, batch: Batch) -> pl.DataFrame:
        """The rows of a batch in typed columns; what is not as declared is noted."""
        table, rows = self.tables[batch.table], batch.rows
        if batch.frame is not None:
            self.lacking[table.name].clear()  # its source has checked that
            key = self.landing.pseudonym_key
            told = batch.frame
            return told if batch.deleted else conform_frame(table, told, key)
        frame, drift = conform(table, rows, self.landing.pseudonym_key, self.notation)
        if not batch.deleted:
            self.drift += drift
            lacking = self.lacking[table.name]
            lacking -= {p for p in lacking if any(has_field(r, p) for r in rows)}
        return frame

    def _emit(self, name: str, frame: pl.DataFrame) -> Iterator[Any]:
        if frame.height:
            table: Table = self.tables[name]
            # No version is told twice in a landing: nothing has to be sorted for that.
            yield _marked(frame, table.raw_name, table.sql_columns(), once=True)

    def _books(self) -> Iterator[Any]:
        """What was read, and what was not as declared: the last resource to run."""
        coordinates = {
            "load_id": self.landing.load_id,
            "source_instance": self.instance.name,
            "vendor": self.instance.vendor,
        }
        landings = [
            coordinates | self._landing_row(name, versions)
            for name, versions in self.versions.items()
        ]
        drift = [
            coordinates
            | {
                "table_name": d.table,
                "column_name": d.column,
                "kind": d.kind,
                "seen_type": d.seen_type,
                "rows_count": d.rows,
            }
            for d in _summed(self.drift)
        ]
        self.report.drift += [(self.instance.name, d) for d in _summed(self.drift)]
        yield _own_rows(
            "_landings", landings, ("load_id", "source_instance", "table_name")
        )
        if drift:
            yield _own_rows(
                "_drift",
                drift,
                ("load_id", "source_instance", "table_name", "column_name", "kind"),
            )

    def _landing_row(self, name: str, versions: Versions) -> dict[str, Any]:
        error, why_not = self.errors.get(name), self.absent.get(name)
        self.report.tables.append(
            TableLanded(
                self.instance.name,
                self.instance.vendor,
                name,
                versions.rows_read,
                versions.rows_landed,
                error,
            )
        )
        return {
            "table_name": name,
            "as_of_date": self.landing.as_of,
            "started_at": self.landing.now.replace(tzinfo=None),
            "rows_read": versions.rows_read,
            "rows_landed": versions.rows_landed,
            "status": "failed" if error else "absent" if why_not else "landed",
            "error": error.what if error else why_not,
            "deletions": versions.deletions,
        }


def land_ledger(ledger: dict[str, list[dict[str, Any]]], landing: Landing) -> None:
    """Land what the posting ledger's tables have and raw has not, by ``_event_id``.

    A row is landed once, with the moment: what was known of a posting on a past day is
    what had been landed by then.
    """
    pipeline = _pipeline("ledger", landing.paths)
    now = landing.now.replace(tzinfo=None)
    fresh: dict[str, list[dict[str, Any]]] = {}
    with contextlib.closing(duckdb.connect(landing.paths.land, read_only=True)) as raw:
        for table, rows in ledger.items():
            known = raw.execute(f"select _event_id from raw.ledger__{table}").fetchall()
            held = {event_id for (event_id,) in known}
            new = [row for row in rows if row["_event_id"] not in held]
            if new:
                fresh[f"ledger__{table}"] = [{**row, "landed_at": now} for row in new]

    def postings() -> Iterator[Any]:
        for name, new in fresh.items():
            yield _marked(_framed(name, new), name, OWN_TABLES[name])

    pipeline.run(dlt.resource(postings, name="postings"))


def land_policies(seeds: Path, landing: Landing) -> None:
    """Keep what each policy seed says, so that a past day is built by its own policy.

    A version is kept when what it means differs from the last one kept.
    """
    newest = (
        "select seed, arg_max(content, (landed_at, _event_id)) from raw._policies"
        " group by seed"
    )
    with contextlib.closing(duckdb.connect(landing.paths.land)) as raw:
        kept = dict(raw.execute(newest).fetchall())
        for name, seed in sorted(policy_files.declared(seeds).items()):
            if kept.get(name) != seed.text:
                row = [
                    name,
                    seed.text,
                    landing.now.replace(tzinfo=None),
                    f"{name}|{landing.load_id}",
                ]
                raw.execute("insert into raw._policies values (?, ?, ?, ?)", row)


def land_instances(instances: list[Instance], landing: Landing) -> None:
    """Keep which systems are configured: all of them, before any is read.

    A role is there or absent by the latest list. A list is kept when it differs from
    the last one kept, so that a past day has the systems of that day.
    """
    declare(landing.paths)
    now = landing.now.replace(tzinfo=None)
    listed = {(i.name, i.vendor, _contracts(i)) for i in instances}
    latest = (
        "select source_instance, vendor, contracts from raw._instances"
        " where landed_at = (select max(landed_at) from raw._instances)"
    )
    with contextlib.closing(duckdb.connect(landing.paths.land)) as raw:
        if set(raw.execute(latest).fetchall()) == listed:
            return
        raw.begin()
        # Two lists of one moment would be read as one.
        raw.execute("delete from raw._instances where landed_at = ?", [now])
        raw.executemany(
            "insert into raw._instances"
            " (source_instance, vendor, contracts, landed_at, _event_id)"
            " values (?, ?, ?, ?, ?)",
            [
                (name, vendor, contracts, now, f"{name}|{landing.load_id}")
                for name, vendor, contracts in listed
            ],
        )
        raw.commit()


def _contracts(instance: Instance) -> str | None:
    """The contracts of roles that an instance says, where that is its own affair."""
    client = _module(instance.vendor, "client")
    said = getattr(client, "contracts", None)
    return " ".join(sorted(said(instance))) if said else None


def _feeds(instance: Instance) -> tuple[Feed, ...]:
    """What is read of an instance: its vendor's feeds, or what it declares itself."""
    source = _module(instance.vendor, "source")
    own = getattr(source, "feeds", None)
    return own(instance) if own else source.FEEDS


def _not_understood(instance: str, feed: str, error: Exception) -> BadAnswer:
    """What a connector stumbled on; not its message, which may quote a record."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    return BadAnswer(
        f"{instance} answered {feed} in a way its connector does not know "
        f"({type(error).__name__} at {Path(at.filename).name}:{at.lineno})",
        "look at what the vendor sends now; nothing of this answer was landed.",
    )


def _module(vendor: str, part: str) -> Any:
    return importlib.import_module(f"dlt_pipelines.vendors.{vendor}.{part}")


def _summed(drift: list[Drift]) -> list[Drift]:
    sums: dict[tuple[str, str, str], Drift] = {}
    for d in drift:
        key = (d.table, d.column, d.kind)
        rows = d.rows + (sums[key].rows if key in sums else 0)
        sums[key] = Drift(d.table, d.column, d.kind, d.seen_type, rows)
    return list(sums.values())


def _own_rows(name: str, rows: list[dict[str, Any]], key: tuple[str, ...]) -> Any:
    for row in rows:
        row["_event_id"] = "|".join(str(row[k]) for k in key)
    return _marked(_framed(name, rows), name, OWN_TABLES[name])


def _framed(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    columns = OWN_TABLES[name]
    schema = {column: ARROW_TYPES[type_] for column, type_ in columns.items()}
    return pl.DataFrame(rows, schema=schema)


def _marked(
    frame: pl.DataFrame, name: str, columns: dict[str, str], *, once: bool = False
) -> Any:
    """A frame as an Arrow table that dlt merges into ``raw.<name>``.

    ``once`` says that no two rows of it have the same ``_event_id``.
    """
    hints = dlt.mark.make_hints(
        table_name=name,
        write_disposition={
            "disposition": "merge",
            "strategy": "delete-insert",
            "deduplicated": once,
        },
        primary_key="_event_id",
        columns={
            column: {"data_type": "timestamp", "timezone": False}
            for column, type_ in columns.items()
            if type_ == "timestamp"
        },
    )
    return dlt.mark.with_hints(frame.to_arrow(), hints, create_table_variant=True)
