"""`make bench`: each figure with its goal, printed and written to bench.json.

Every figure is measured in this one run, on this machine; ratios carry over to other
machines, seconds do not.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

import duckdb
import requests

from dlt_pipelines.commands.console import Console
from dlt_pipelines.core.settings import ROOT, Paths
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.landing import Landing, land
from dlt_pipelines.operations import refresh
from dlt_pipelines.sandbox.process import State, sandbox, write_state
from dlt_pipelines.vendors.http import ApiClient
from dlt_pipelines.warehouse import warehouse
from tests.bench import delivered
from tests.bench.margin import computed, differing_rows
from tests.bench.posting import planning_and_intents

VOLUME_SOURCE = "kantata"
VOLUME_SCALE = 18  # a firm of over a million time entries
TURNS = 3  # a machine's speed moves within minutes, so what is compared takes turns


@dataclass(frozen=True)
class Figure:
    """A measured value and its goal, at most or at least; None: stated, no goal."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether the goal is met; what has none meets it."""
        if self.goal is None:
            return True
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def __str__(self) -> str:
        """One line of the report."""
        bound = "≤" if self.at_most else "≥"
        mark = "✓" if self.met else "✗"
        goal = "" if self.goal is None else f"goal {bound} {self.goal:.3g}"
        return f"{mark} {self.name:<58} {self.value:>10.3f} {self.unit:<8} {goal}"


@contextlib.contextmanager
def seconds(taken: list[float]) -> Iterator[None]:
    """Append the seconds that the block takes."""
    started = time.monotonic()
    yield
    taken.append(time.monotonic() - started)


def refreshes(work: Path) -> list[Figure]:
    """The whole command, as a user starts it: the first time, and once more."""
    environment = {**os.environ, "TIEOUT_WORK": str(work), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "dlt_pipelines.cli", "refresh"]
    taken: list[float] = []
    for _ in range(2):
        with seconds(taken):
            subprocess.run(
                command, cwd=ROOT, env=environment, check=True, capture_output=True
            )
    return [
        Figure("refresh, the first time", taken[0], "s", 90, at_most=True),
        Figure("refresh, nothing changed", taken[1], "s", 30, at_most=True),
    ]


def landing_over_http(work: Path, first: Path) -> list[Figure]:
    """Rows per second landed from the volume source, and of fetch and read_json."""
    paths = Paths(work)
    sent: list[tuple[str, str, dict]] = []
    with sandbox(Paths(first)) as at:
        instance = at.instance(VOLUME_SOURCE)
        # The recording run warms the server and the imports, for both sides alike.
        with _recorded(sent):
            land([instance], _landing(Paths(work / "recorded"), "record"))
        land([], _landing(paths, "declared"))
        taken: list[float] = []
        with seconds(taken):
            report = land([instance], _landing(paths, "bench"))
        fetch_and_parse(sent, work, taken)
    rows = sum(table.rows_read for table in report.tables)
    ratio = taken[1] / taken[0]
    return [
        Figure("rows landed over HTTP", rows / taken[0], "rows/s"),
        Figure(
            "… as a share of fetching the bytes and read_json alone",
            ratio,
            "ratio",
            1 / 3,
            at_most=False,
        ),
    ]


def landing_from_files(work: Path) -> list[Figure]:
    """A million payroll lines from a CSV file, and DuckDB's reader alone."""
    work.mkdir()
    landed, read = delivered.seconds(work)
    return [
        Figure(
            "seconds to land 1 million payroll lines from CSV",
            landed,
            "s",
            60,
            at_most=True,
        ),
        Figure("… as a share of DuckDB's own reader", read / landed, "ratio", 1 / 3),
    ]


def _landing(paths: Paths, load_id: str) -> Landing:
    now = datetime.now(UTC)
    return Landing(paths, load_id, now, now.date(), b"bench")


@contextlib.contextmanager
def _recorded(sent: list) -> Iterator[None]:
    """Record every request that a client sends and the bytes that came back."""
    real = ApiClient._exchange

    def recording(self, method, url, authorised, request):
        response = real(self, method, url, authorised, request)
        headers = {**dict(request.get("headers") or {}), **self.authorise()}
        kept = {k: v for k, v in request.items() if k not in ("headers", "timeout")}
        sent.append((method, url, {**kept, "headers": headers}))
        return response

    ApiClient._exchange = recording
    try:
        yield
    finally:
        ApiClient._exchange = real


def fetch_and_parse(sent: list, work: Path, taken: list[float]) -> None:
    """Fetch the same pages again, write them down, and let read_json parse them."""
    pages = work / "pages"
    pages.mkdir(parents=True)
    session = requests.Session()
    with seconds(taken):
        for number, (method, url, request) in enumerate(sent):
            body = session.request(method, url, timeout=60, **request).content
            (pages / f"{number:05}.json").write_bytes(body)
        types = ", ".join(f"'{name}': '{type_}'" for name, type_ in _envelope().items())
        duckdb.sql(
            f"create table pages as from read_json('{pages}/*.json',"
            f" format = 'unstructured', columns = {{{types}}},"
            " maximum_object_size = 100000000)"
        )


def _envelope() -> dict[str, str]:
    """The types of a page of the volume source: a map of rows by id, by table."""
    types = {"count": "bigint", "results": "struct(key varchar, id varchar)[]"}
    for table in declared_tables(VOLUME_SOURCE).values():
        fields = ", ".join(
            f'"{column.path[0]}" {column.sql_type}'
            for column in table.columns
            if len(column.path) == 1 and column.type not in ("date", "timestamp")
        )
        types[table.name] = f"map(varchar, struct({fields}))"
    return types


def dbt_per_node(first: Path) -> list[Figure]:
    """A full build and audit in a warm process, per node."""
    paths = Paths(first)
    warehouse.build(paths)
    built = warehouse.build(paths)
    tested, _ = warehouse.audit(paths)
    nodes = built.nodes + tested.nodes
    per_node = (built.seconds + tested.seconds) / nodes
    return [Figure(f"dbt, {nodes} nodes", per_node, "s/node", 0.2, at_most=True)]


def rebuild_at_volume(work: Path) -> list[Figure]:
    """Every model and seed by dbt, and the margin mart alone by hand; both warm.

    They take turns; seconds are means, and the ratio is that of the means.
    """
    paths = Paths(work)
    _land_volume(paths)
    warehouse.build(paths)  # and reads the project, which a rebuild need not
    rebuilds, scripts, differing = [], [], 0
    for _ in range(TURNS):
        rebuilds.append(warehouse.build(paths).seconds)
        with computed(paths) as (db, seconds):
            scripts.append(seconds)
            differing += differing_rows(db, paths)
            [(entries,)] = db.execute("select count(*) from entries").fetchall()
    rebuilt, by_hand = mean(rebuilds), mean(scripts)
    return [
        Figure("live time entries, at volume", entries, "rows", 1_000_000),
        Figure("every model rebuilt", rebuilt, "s"),
        Figure("the margin mart alone, by one hand-written script", by_hand, "s"),
        Figure("… rows that differ from the built mart", differing, "rows", 0, True),
        Figure(
            "… the rebuild in times of the script", rebuilt / by_hand, "ratio", 3, True
        ),
    ]


def reverse_sync() -> list[Figure]:
    """The plan and the ledger alone; no ERP takes part."""
    anew, on_top, per_second = planning_and_intents()
    return [
        Figure("10,000 journal lines planned", anew, "s", 5, at_most=True),
        Figure("… on top of as many posted ones", on_top, "s", 5, at_most=True),
        Figure("intents made durable in SQLite", per_second, "1/s", 1000),
    ]


def _land_volume(paths: Paths) -> None:
    """Land every system of a large firm, as `tieout land` does."""
    write_state(paths.sandbox, State(scale=VOLUME_SCALE))
    with refresh.systems(paths) as run:
        report = refresh.land(paths, run, Console())
    if report.failures:
        raise RuntimeError(f"not landed: {report.failures}")


def main() -> None:
    """Measure, print, write."""
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "refresh"
        figures = [*refreshes(first)]
        figures += landing_over_http(Path(folder) / "landing", first)
        figures += landing_from_files(Path(folder) / "delivered")
        figures += dbt_per_node(first)
        figures += reverse_sync()
        figures += rebuild_at_volume(Path(folder) / "volume")
    for figure in figures:
        print(figure)  # noqa: T201
    written = [{**asdict(figure), "met": figure.met} for figure in figures]
    (ROOT / "bench.json").write_text(json.dumps(written, indent=2))


if __name__ == "__main__":
    main()
