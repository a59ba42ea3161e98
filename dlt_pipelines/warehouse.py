"""The databases: built by dbt, audited by its tests, published by an atomic swap.

Readers never meet the writer. A refresh builds in its own file, audits it, writes the
snapshot to a file of a new name and renames a symbolic link over the published path.
"""

import contextlib
import gc
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from dlt_pipelines import damage, policies, policy_files
from dlt_pipelines.errors import (
    ConfigurationError,
    HeldBack,
    explained,
    explained_text,
)
from dlt_pipelines.settings import ROOT, Paths

PROJECT = ROOT / "dbt_project"
SEEDS = ROOT / "seeds"
SNAPSHOTS_KEPT = 5
OWN_TESTS = "I00"  # the tests of models and seeds that are no control of their own

Progress = Callable[[str, float], None]  # node, seconds
_manifests: dict[str, Any] = {}  # the project as last read, by its digest


@dataclass(frozen=True)
class Control:
    """The result of one control: a dbt test with a control id in its meta."""

    control_id: str
    name: str
    kind: str  # integrity | business
    blocks: str  # publication | posting | nothing
    owner: str
    failures: int
    status: str  # passed | failed | error
    message: str = ""
    remedy: str = ""

    @property
    def blocks_publication(self) -> bool:
        """Whether this result keeps the last good snapshot published."""
        return self.status == "error" or (
            self.status == "failed" and self.kind == "integrity"
        )


@dataclass
class BuildReport:
    """What dbt did: nodes, seconds in all, and what failed in its own words."""

    nodes: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Snapshot:
    """A published database."""

    snapshot_id: str
    path: Path
    published_at: datetime
    as_of_date: date
    controls_passed: int
    controls_failed: int


@dataclass(frozen=True)
class Published:
    """A table that readers may see, with its descriptions and those of its columns."""

    schema: str
    name: str  # with its schema
    description: str
    columns: dict[str, str]


def raw_contents(paths: Paths) -> dict[str, str]:
    """What each raw table holds, by «vendor.table»: differs when its content does.

    Rows are only ever added, so their number tells; a posting changes where it is.
    """
    with contextlib.closing(duckdb.connect(paths.land, read_only=True)) as raw:
        names = raw.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw'"
            " and not starts_with(table_name, '_') and contains(table_name, '__')"
        ).fetchall()
        counts = " union all ".join(
            f"select '{name}', concat_ws(' ', count(*), {_digested(name)})"
            f" from raw.{name} as t"
            for (name,) in names
        )
        rows = raw.execute(counts).fetchall() if counts else []
    return {name.replace("__", ".", 1): content for name, content in rows}


def _digested(raw_name: str) -> str:
    return "bit_xor(hash(t))" if raw_name.startswith("ledger__") else "null"


def build(
    paths: Paths, tables: set[str] | None = None, progress: Progress | None = None
) -> BuildReport:
    """Build every model, or only what the raw ``tables`` («vendor.table») reach.

    Raises ConfigurationError before anything is built when a policy row cannot be used,
    and with dbt's own words when a model or seed fails.
    """
    policies.check()
    select = None
    if tables is not None:
        select = [f"source:{table}+" for table in sorted(tables)]
    return build_selected(paths, select, progress)


def build_selected(
    paths: Paths,
    select: list[str] | None = None,
    progress: Progress | None = None,
    seeds: Path = SEEDS,
) -> BuildReport:
    """Build what dbt selects, everything for None, from the seeds of a folder.

    Everything is built in a new file, which takes the place of the earlier one when it
    is whole. Raises ConfigurationError with dbt's own words when a model or seed fails.
    """
    command = ["build", "--exclude-resource-type", "test", "unit_test", "exposure"]
    if select is not None:
        return _built([*command, "--select", *select], paths, progress, seeds)
    with _replaced_when_whole(paths.build) as part:
        return _built(command, paths, progress, seeds, into=part)


def _built(
    command: list[str],
    paths: Paths,
    progress: Progress | None,
    seeds: Path,
    into: Path | None = None,
) -> BuildReport:
    report, _ = _dbt(paths, command, progress, seeds, into)
    _stop_at_the_machines_trouble(report)
    if report.failures:
        raise ConfigurationError(
            f"{len(report.failures)} of {report.nodes} models failed: "
            + " · ".join(report.failures[:3]),
            "correct the seed, policy or model named; nothing was published.",
        )
    return report


def _stop_at_the_machines_trouble(report: BuildReport) -> None:
    """Raises what is behind failures that no model, seed or test is to blame for."""
    trouble = explained_text(" ".join(report.failures))
    if trouble:
        raise trouble


@contextlib.contextmanager
def _replaced_when_whole(database: Path) -> Iterator[Path]:
    """The path of a new database, which takes the place of another if nothing fails."""
    part = database.with_suffix(".part")
    _remove(part.parent, f"{part.name}*")  # of a run that was killed
    try:
        yield part
        with contextlib.closing(duckdb.connect(part)) as db:
            # Closing writes too, but keeps to itself that it could not (a full disk).
            db.execute("force checkpoint")
        os.replace(part, database)
    finally:
        _remove(part.parent, f"{part.name}*")


def _remove(folder: Path, pattern: str) -> None:
    """Remove unfinished databases, their write-ahead logs and temporary folders."""
    for left in folder.glob(pattern):
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


def audit(
    paths: Paths, progress: Progress | None = None
) -> tuple[BuildReport, list[Control]]:
    """Run every data test; those with a control id come back as controls.

    The others (a model's own: its keys, its validity) come back together as one that
    blocks publication: a key that repeats doubles money wherever it is joined.
    """
    report, results = _dbt(
        paths, ["test", "--exclude-resource-type", "unit_test"], progress
    )
    _stop_at_the_machines_trouble(report)
    with _build_opened(paths) as db:
        register = _control_register(db)
        controls = [c for result in results if (c := _control(result, register, db))]
    own = [r for r in results if "control_id" not in r.node.config.meta]
    if own:
        controls.append(_own_tests(own, register[OWN_TESTS]))
    return report, sorted(controls, key=lambda c: c.control_id)


def _dbt(
    paths: Paths,
    command: list[str],
    progress: Progress | None,
    seeds: Path = SEEDS,
    into: Path | None = None,
) -> tuple[BuildReport, list[Any]]:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    started = time.monotonic()
    # The file must be free for the publisher, and dbt keeps its connection in cycles.
    with _own_cycles_collected():
        result = _invoke(paths, command, progress, seeds, into or paths.build)
        DuckDBConnectionManager.close_all_connections()
    if result.exception is not None and result.result is None:
        unread = ConfigurationError(
            f"dbt could not read the project: {_first_lines(str(result.exception))}",
            "correct the file it names, then run the same command again.",
        )
        # dbt tries again, and then stumbles on the remains of its first try.
        behind = explained(result.exception) or damage.located(paths)
        raise behind or unread from result.exception
    results = list(getattr(result.result, "results", []) or [])
    report = BuildReport(len(results), time.monotonic() - started)
    for node in results:
        is_test = node.node.resource_type == "test"
        if node.status == "error" or (node.status == "fail" and not is_test):
            message = _first_lines(node.message or "")
            report.failures.append(f"{node.node.name}: {message}")
    return report, results


@contextlib.contextmanager
def _own_cycles_collected() -> Iterator[None]:
    """Free what was made within, without looking at the project read before it.

    That is hundreds of thousands of objects, and each collection would look at all.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()


def _invoke(
    paths: Paths,
    command: list[str],
    progress: Progress | None,
    seeds: Path,
    into: Path,
) -> Any:
    """Run a dbt command on the project as this process has read it before, if it has.

    Reading it takes dbt longer than many a command. It is read without a word of where
    the data is, for dbt would read all of it anew for another place.
    """
    places = {
        "TIEOUT_BUILD_PATH": str(into),
        "TIEOUT_LAND_PATH": str(paths.land),
        "TIEOUT_SEEDS_PATH": str(_seeds_read(paths)),
    }
    policy_files.write_read(seeds, _seeds_read(paths))
    flags = _dbt_flags(paths)
    project = project_digest()
    if project not in _manifests or not _manifest(paths).exists():
        for name in places:
            os.environ.pop(name, None)
        parsed = _runner(None).invoke(["parse", *flags])
        if not parsed.success:
            return parsed
        _manifests.clear()
        _manifests[project] = parsed.result
    os.environ.update(places)
    # The manifest is written when the project is read: once is enough.
    command = [*command, "--no-write-json", *flags]
    return _runner(progress, _manifests[project]).invoke(command)


def read_as_in(earlier: Paths, paths: Paths) -> None:
    """Let dbt begin here with the project as it was read in another work folder."""
    read = _target(earlier) / "partial_parse.msgpack"
    if read.exists():
        _target(paths).mkdir(parents=True, exist_ok=True)
        shutil.copy(read, _target(paths))


def _target(paths: Paths) -> Path:
    return paths.work / "dbt" / "target"


def _seeds_read(paths: Paths) -> Path:
    """The seeds as they are read, which is what dbt loads."""
    return paths.work / "dbt" / "seeds"


def _manifest(paths: Paths) -> Path:
    return _target(paths) / "manifest.json"


def _runner(progress: Progress | None, manifest: Any = None) -> Any:
    from dbt.cli.main import dbtRunner

    def heard(event: Any) -> None:
        if progress and event.info.name in ("NodeFinished",):
            progress(event.data.node_info.node_name, 0.0)

    return dbtRunner(manifest, callbacks=[heard])


def _dbt_flags(paths: Paths) -> list[str]:
    return [
        "--quiet",
        "--log-level=none",
        "--log-level-file=none",
        f"--project-dir={PROJECT}",
        f"--profiles-dir={PROJECT}",
        f"--target-path={_target(paths)}",
        f"--log-path={paths.work / 'dbt' / 'logs'}",
    ]


def _first_lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[:4])[:400]


@contextlib.contextmanager
def _build_opened(paths: Paths) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build database as a control's query sees it, to be read only."""
    with contextlib.closing(duckdb.connect(paths.build, read_only=True)) as db:
        db.execute(f"attach {_quoted(str(paths.land))} as land (read_only)")
        yield db


def _control(
    result: Any, register: dict[str, tuple[str, ...]], db: duckdb.DuckDBPyConnection
) -> Control | None:
    control_id = result.node.config.meta.get("control_id")
    if control_id is None:
        return None
    if control_id not in register:
        raise ConfigurationError(
            f"control {control_id} is not in seeds/control_policies.csv",
            "add its row: name, assertion, owner, tolerance, kind and what it blocks.",
        )
    failed = {"pass": "passed", "warn": "failed", "fail": "failed"}
    *policy, remedy = register[control_id]
    return Control(
        control_id,
        *policy,
        failures=result.failures or 0,
        status=failed.get(str(result.status), "error"),
        message=_named_records(result, db) or _first_lines(result.message or ""),
        remedy=remedy,
    )


def _named_records(result: Any, db: duckdb.DuckDBPyConnection) -> str:
    """The first records a failed control names, if its query has a ``message``."""
    query = result.node.compiled_code or ""
    if result.status not in ("warn", "fail") or " as message" not in query:
        return ""
    rows = db.execute(f"select message from ({query}) order by 1 limit 3").fetchall()
    return ", ".join(message for (message,) in rows)


def _control_register(db: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """Name, kind, what it blocks, owner and remedy of every control, by policy."""
    rows = db.execute(
        "select control_id, name, kind, blocks, owner, remedy"
        " from seeds.control_policies"
    ).fetchall()
    return {control_id: tuple(rest) for control_id, *rest in rows}


def _own_tests(results: list[Any], policy: tuple[str, ...]) -> Control:
    bad = [result for result in results if result.status != "pass"]
    unable = any(result.status not in ("pass", "warn", "fail") for result in results)
    *described, remedy = policy
    return Control(
        OWN_TESTS,
        *described,
        failures=sum(result.failures or 1 for result in bad),
        status="error" if unable else "failed" if bad else "passed",
        message=" · ".join(result.node.name for result in bad[:3]),
        remedy=remedy,
    )


def publish(
    paths: Paths, controls: list[Control], load_id: str, now: datetime
) -> Snapshot:
    """Swap the built models in as a new snapshot.

    Raises HeldBack when a blocking control failed: readers keep the last good one.
    """
    if not controls:
        raise HeldBack(
            "the snapshot was kept back: no control was run",
            "build first (`tieout build`); the last good snapshot stays published.",
        )
    blocking = [c for c in controls if c.blocks_publication]
    if blocking:
        names = ", ".join(map(_told, blocking))
        raise HeldBack(
            f"the snapshot was kept back: {names}",
            f"{_remedies(blocking)} The last good snapshot stays published.",
        )
    folder = paths.published.parent
    folder.mkdir(parents=True, exist_ok=True)
    snapshot_id = f"{now:%Y%m%dT%H%M%S}-{_digest(load_id, time.time_ns())}"
    final = folder / f"tieout_{snapshot_id}.duckdb"
    try:
        with _replaced_when_whole(final) as part:
            snapshot = _write(part, final, paths, controls, snapshot_id, load_id, now)
        _point(paths.published, final)
    except (OSError, duckdb.Error) as error:
        raise explained(error) or error from error
    _prune(folder, keep=final)
    return snapshot


def _remedies(controls: list[Control]) -> str:
    told = dict.fromkeys(c.remedy or "Correct what the message names" for c in controls)
    return " ".join(f"{remedy}." for remedy in told)


def _told(control: Control) -> str:
    told = f"{control.control_id} {control.name}"
    generic = control.message.startswith("Got ")  # dbt's count of rows, and no more
    return f"{told} ({control.message})" if control.message and not generic else told


def _digest(*parts: Any) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:8]


def _write(
    part: Path,
    final: Path,
    paths: Paths,
    controls: list[Control],
    snapshot_id: str,
    load_id: str,
    now: datetime,
) -> Snapshot:
    passed = sum(c.status == "passed" for c in controls)
    with contextlib.closing(duckdb.connect(part)) as db:
        _copy_published(db, paths)
        [(as_of,)] = db.execute("select as_of_date from canonical.dim_as_of").fetchall()
        snapshot = Snapshot(
            snapshot_id, final, now, as_of, passed, len(controls) - passed
        )
        _state_publication(db, snapshot, controls, load_id)
        db.execute("detach build")
    return snapshot


def _copy_published(db: duckdb.DuckDBPyConnection, paths: Paths) -> None:
    """Copy what readers may see of the build database, and leave that attached."""
    db.execute(f"attach {_quoted(str(paths.build))} as build (read_only)")
    for table in published_tables(paths):
        db.execute(f"create schema if not exists {table.schema}")
        db.execute(f"create table {table.name} as from build.{table.name}")
        db.execute("; ".join(_described(table)))


def write_published(paths: Paths, file: Path) -> None:
    """Write what readers may see of the build database into a file of its own."""
    with (
        _replaced_when_whole(file) as part,
        contextlib.closing(duckdb.connect(part)) as db,
    ):
        _copy_published(db, paths)
        db.execute("detach build")


def published_tables(paths: Paths) -> Iterator[Published]:
    """Every model and seed that readers may see.

    Raises ConfigurationError for a published model that holds pay data.
    """
    manifest = json.loads(_manifest(paths).read_text())
    for node in manifest["nodes"].values():
        published = node.get("config", {}).get("meta", {}).get("published", False)
        if node["resource_type"] not in ("model", "seed") or not published:
            continue
        for name in _pay_in(node):
            raise ConfigurationError(
                f"{name} is pay data in a published model",
                "set meta.published to false on the model.",
            )
        described = node["columns"].items()
        yield Published(
            node["schema"],
            f"{node['schema']}.{node.get('alias') or node['name']}",
            node.get("description", "").strip(),
            {name: told.get("description", "").strip() for name, told in described},
        )


def _pay_in(node: dict[str, Any]) -> Iterator[str]:
    """The model, or its columns, that its description calls pay data."""
    if node["config"]["meta"].get("class") == "pay":
        yield node["name"]
    for column in node["columns"].values():
        meta = {**column.get("meta", {}), **column.get("config", {}).get("meta", {})}
        if meta.get("class") == "pay":
            yield f"{node['name']}.{column['name']}"


def _described(table: Published) -> Iterator[str]:
    """The statements that make a table's descriptions the comments of its copy."""
    if table.description:
        yield f"comment on table {table.name} is {_quoted(table.description)}"
    for column, told in table.columns.items():
        if told:
            yield f"comment on column {table.name}.{column} is {_quoted(told)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _state_publication(
    db: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    controls: list[Control],
    load_id: str,
) -> None:
    db.execute("create schema publication")
    db.execute(
        "create table publication.snapshot (snapshot_id varchar,"
        " published_at timestamp, as_of_date date, load_ids varchar,"
        " controls_passed integer, controls_failed integer)"
    )
    db.execute(
        "insert into publication.snapshot values (?, ?, ?, ?, ?, ?)",
        [
            snapshot.snapshot_id,
            snapshot.published_at.replace(tzinfo=None),
            snapshot.as_of_date,
            load_id,
            snapshot.controls_passed,
            snapshot.controls_failed,
        ],
    )
    db.execute(
        "create table publication.controls (control_id varchar, name varchar,"
        " kind varchar, blocks varchar, owner varchar, failures bigint, status varchar)"
    )
    for c in controls:
        row = [c.control_id, c.name, c.kind, c.blocks, c.owner, c.failures, c.status]
        db.execute("insert into publication.controls values (?, ?, ?, ?, ?, ?, ?)", row)
    db.execute(
        "comment on table publication.snapshot is"
        " 'This snapshot: what it contains and which controls it passed.'"
    )


def _point(link: Path, target: Path) -> None:
    """Rename a symbolic link over the published path: atomic for every reader."""
    fresh = link.with_suffix(".next")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target.name)
    os.replace(fresh, link)


def _prune(folder: Path, keep: Path) -> None:
    snapshots = sorted(folder.glob("tieout_*.duckdb"), key=lambda p: p.stat().st_mtime)
    for old in snapshots[:-SNAPSHOTS_KEPT]:
        if old != keep:
            old.unlink()
    # Nobody else publishes now: what is unfinished was left by a run that was killed.
    _remove(folder, "tieout_*.part*")


def published_snapshot(paths: Paths) -> tuple[Snapshot, list[Control]] | None:
    """The snapshot readers open now and its controls; None before the first."""
    if not paths.published.exists():
        return None
    path = paths.published.resolve()
    with contextlib.closing(duckdb.connect(path, read_only=True)) as db:
        [row] = db.execute("from publication.snapshot").fetchall()
        controls = [
            Control(*rest[:5], failures=rest[5], status=rest[6])
            for rest in db.execute("from publication.controls").fetchall()
        ]
    snapshot_id, published_at, as_of, _, passed, failed = row
    return Snapshot(snapshot_id, path, published_at, as_of, passed, failed), controls


def project_digest() -> str:
    """A digest of everything dbt builds from: models, seeds, macros, controls."""
    digest = hashlib.sha256()
    files = (
        file
        for folder in (ROOT / "models", SEEDS, PROJECT)
        for file in folder.rglob("*")
        if file.is_file() and not file.name.startswith(".")
    )
    for file in sorted(files):
        digest.update(os.path.relpath(file, ROOT).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
