"""Why margins changed between two days of knowledge, part by part.

The models are built as known on the first day. Then what was learned by the second is
let in one part at a time, in the order of ``declarations.PARTS``, and what it reaches
is built again. A part is what the margin changes by at its step: the parts add up to
the whole change with no remainder, whatever the method of recognition, and the lines
that changed at the step are the records behind it. Last comes what was published as
closed between the two days: what was learned of it after that counts in a later period.
"""

import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.files import write_whole
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.knowledge.knowledge import Knowledge, prune
from dlt_pipelines.landing.declarations import PARTS
from dlt_pipelines.warehouse import presence, warehouse

GOALS = ("fct_margin_lines", "fct_estimate_lines")
# Where a line counts, what it is of, and what it says, of each goal.
LINES = {
    "fct_margin_lines": (
        "line_key, project_key, project_code, period_month, currency_code",
        "component, correlation_id, source_version, item, margin_amount as amount",
    ),
    "fct_estimate_lines": (
        "line_key, project_key, project_code,"
        " date_trunc('month', effective_date)::date as period_month, currency_code",
        "component, correlation_id, source_version, item, amount",
    ),
}

CLOSING = "closing"  # the step after the parts
STEPS = (*PARTS, CLOSING)
TOLD = (
    "is_margin",
    "project_key",
    "project_code",
    "period_month",
    "currency_code",
    "line_key",
    "component",
    "correlation_id",
    "item",
)


@dataclass(frozen=True)
class Part:
    """What one part changed a margin by, and how many records it comes of."""

    name: str
    change: Decimal
    records: int


@dataclass(frozen=True)
class Change:
    """A line that changed: of the margin itself, or of what an estimate rests on."""

    part: str
    is_of_margin: bool
    component: str
    correlation_id: str
    item: str | None
    version_before: int | None
    version_after: int | None
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True)
class MarginBridge:
    """A project's margin of a month at two moments, and the parts between them."""

    project_code: str
    period_month: date
    currency_code: str
    margin_from: Decimal
    margin_to: Decimal
    _: KW_ONLY
    parts: list[Part]


@dataclass(frozen=True)
class Bridges:
    """All bridges between two moments, in a database of their own.

    Schema ``main``: ``margins`` (project, month, margin_from, margin_to), ``changes``
    (one row per part and changed line) and ``records`` (which landed records changed,
    their part and versions). Amounts are in the project's functional currency.
    """

    file: Path

    def of(self, period: date, project_code: str | None = None) -> list[MarginBridge]:
        """The bridges of a month, the largest change first."""
        with self._opened() as db:
            margins = db.execute(
                "select project_code, period_month, currency_code, margin_from,"
                " margin_to from margins where period_month = $period"
                " and coalesce(project_code = $project, true)"
                " order by abs(margin_to - margin_from) desc, project_code",
                {"period": period, "project": project_code},
            ).fetchall()
            return [
                MarginBridge(*row, parts=self._parts(db, row[0], period))
                for row in margins
            ]

    def changes(self, project_code: str, period: date) -> list[Change]:
        """The changed lines of a project's month, and what its estimates rest on.

        What is measured cumulatively moves with every earlier month too, so changes of
        earlier lines and of estimates come with it, told apart by ``is_of_margin``.
        """
        with self._opened() as db:
            rows = db.execute(
                "select part, is_margin and period_month = $period, component,"
                " correlation_id, item, version_before, version_after, before, after"
                " from changes where project_code = $project"
                " and (period_month <= $period or not is_margin)"
                " order by position, 2 desc, abs(coalesce(after, 0)"
                " - coalesce(before, 0)) desc, line_key",
                {"period": period, "project": project_code},
            ).fetchall()
            return [Change(*row) for row in rows]

    def _parts(
        self, db: duckdb.DuckDBPyConnection, project_code: str, period: date
    ) -> list[Part]:
        rows = db.execute(
            "select part, sum(coalesce(after, 0) - coalesce(before, 0)), count(*)"
            " from changes where is_margin and project_code = ? and period_month = ?"
            " group by part",
            [project_code, period],
        ).fetchall()
        found = {name: Part(name, change, count) for name, change, count in rows}
        return [found.get(name, Part(name, Decimal(0), 0)) for name in STEPS]

    @contextlib.contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with contextlib.closing(duckdb.connect(self.file, read_only=True)) as db:
            yield db


def bridges(
    paths: Paths,
    since: datetime,
    until: datetime,
    progress: warehouse.Progress | None = None,
) -> Bridges:
    """Build the bridges between two moments, unless they are built already.

    Raises ConfigurationError when the first is not before the second, nothing had been
    landed by it, or margins lack what the firm does not have.
    """
    if since >= until:
        raise ConfigurationError(
            f"{since:%Y-%m-%d %H:%M} is not before {until:%Y-%m-%d %H:%M}",
            "give the earlier day of knowledge as --from and the later one as --to.",
        )
    if paths.build.exists():
        with contextlib.closing(duckdb.connect(paths.build, read_only=True)) as db:
            presence.check_margin_is_known(db)
    name = f"{since:%Y%m%dT%H%M%S}-{until:%Y%m%dT%H%M%S}"
    folder = Paths(paths.work / "bridges" / name)
    memory = folder.work / "bridge.json"
    told = {"until": until.isoformat(), "since": since.isoformat()}
    is_so = json.dumps(told | {"project": warehouse.project_digest()})
    file = folder.work / "bridge.duckdb"
    if not memory.exists() or memory.read_text() != is_so:
        shutil.rmtree(folder.work, ignore_errors=True)
        folder.work.mkdir(parents=True)
        warehouse.read_as_in(paths, folder)
        _build(Knowledge(paths.land, folder, since), until, file, progress)
        write_whole(memory, is_so)
        prune(folder.work.parent, keep=folder.work)
    return Bridges(file)


def _build(
    knowledge: Knowledge,
    until: datetime,
    file: Path,
    progress: warehouse.Progress | None,
) -> None:
    knowledge.begin()
    knowledge.tell(until, file)
    goals = [f"+{goal}" for goal in GOALS]
    warehouse.build_selected(knowledge.paths, goals, progress, knowledge.seeds)
    with _lines(knowledge, file) as db:
        _begin(db)
    for position, part in enumerate(STEPS, 1):
        if part == CLOSING:
            reached = knowledge.close(until)
        else:
            reached = knowledge.add(part, until, file)
        if reached:
            select = [f"{what},{goal}" for what in reached for goal in goals]
            warehouse.build_selected(knowledge.paths, select, progress, knowledge.seeds)
            with _lines(knowledge, file) as db:
                _compare(db, position, part)
    with _lines(knowledge, file) as db:
        _end(db)
    # What the bridge was built from is of no use any more, and large.
    for database in (knowledge.paths.land, knowledge.paths.build):
        database.unlink()


@contextlib.contextmanager
def _lines(knowledge: Knowledge, file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with contextlib.closing(duckdb.connect(file)) as db:
        db.execute(f"attach '{knowledge.paths.build}' as build (read_only)")
        db.execute(f"attach '{knowledge.paths.land}' as land (read_only)")
        db.execute("create or replace temp view current_lines as " + _current_lines())
        yield db


def _current_lines() -> str:
    return " union all ".join(
        f"select {goal == GOALS[0]} as is_margin, {where}, {what}"
        f" from build.canonical.{goal}"
        for goal, (where, what) in LINES.items()
    )


def _begin(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("create table lines as from current_lines")
    db.execute("create table first_lines as from lines where is_margin")
    db.execute(
        "create table changes as select 0 as position, '' as part, is_margin,"
        " project_key, project_code, period_month, currency_code, line_key, component,"
        " correlation_id, item, source_version as version_before,"
        " source_version as version_after, amount as before, amount as after"
        " from lines where false"
    )


def _compare(db: duckdb.DuckDBPyConnection, position: int, part: str) -> None:
    """Keep what changed since the step before, and remember the lines of this one."""
    db.execute("create temp table now_lines as from current_lines")
    told = ", ".join(f"coalesce(now.{name}, old.{name})" for name in TOLD)
    db.execute(
        f"insert into changes select {position}, '{part}', {told},"
        " old.source_version, now.source_version, old.amount, now.amount"
        " from lines as old full join now_lines as now"
        " on now.line_key = old.line_key and now.project_key = old.project_key"
        " and now.period_month is not distinct from old.period_month"
        " and now.currency_code = old.currency_code"
        " where old.amount is distinct from now.amount"
    )
    db.execute("create or replace table lines as from now_lines")
    db.execute("drop table now_lines")


def _end(db: duckdb.DuckDBPyConnection) -> None:
    """State both margins of every project and month, and leave the result only."""
    db.execute(
        "create table margins as select project_code, period_month, currency_code,"
        " coalesce(sum(amount) filter (is_first), 0) as margin_from,"
        " coalesce(sum(amount) filter (not is_first), 0) as margin_to from ("
        " select true as is_first, * from first_lines union all"
        " select false, * from lines where is_margin)"
        " group by project_code, period_month, currency_code"
    )
    db.execute("drop table first_lines")
    db.execute("drop table lines")
    db.execute("force checkpoint")
