"""The databases: built by dbt, audited by its tests, published by an atomic swap.

Readers never meet the writer. A refresh builds in its own file, audits it, writes the
snapshot to a file of a new name and renames a symbolic link over the published path.
"""

import contextlib
import gc
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from dlt_pipelines.errors import ConfigurationError, HeldBack, explained
from dlt_pipelines.settings import ROOT, Paths

PROJECT = ROOT / "dbt_project"
SNAPSHOTS_KEPT = 5

Progress = Callable[[str, float], None]  # node, seconds


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


def build(
    paths: Paths, tables: set[str] | None = None, progress: Progress | None = None
) -> BuildReport:
    """Build every model, or only what the raw ``tables`` («vendor.table») reach.

    Raises ConfigurationError with dbt's own words when a model or seed fails.
    """
    command = ["build", "--exclude-resource-type", "test", "unit_test"]
    if tables is not None:
        command += ["--select", *(f"source:{table}+" for table in sorted(tables))]
    report, _ = _dbt(paths, command, progress)
    if report.failures:
        raise ConfigurationError(
            f"{len(report.failures)} of {report.nodes} models failed: "
            + " · ".join(report.failures[:3]),
            "correct the seed, policy or model named; nothing was published.",
        )
    return report


def audit(
    paths: Paths, progress: Progress | None = None
) -> tuple[BuildReport, list[Control]]:
    """Run every data test; those with a control id come back as controls."""
    report, results = _dbt(
        paths, ["test", "--exclude-resource-type", "unit_test"], progress
    )
    controls = [c for result in results if (c := _control(result))]
    return report, sorted(controls, key=lambda c: c.control_id)


def _dbt(
    paths: Paths, command: list[str], progress: Progress | None
) -> tuple[BuildReport, list[Any]]:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    started = time.monotonic()
    os.environ["TIEOUT_BUILD_PATH"] = str(paths.build)
    os.environ["TIEOUT_LAND_PATH"] = str(paths.land)
    result = _runner(progress).invoke([*command, *_dbt_flags(paths)])
    # The file must be free for the publisher: dbt keeps its connection otherwise.
    DuckDBConnectionManager.close_all_connections()
    gc.collect()
    if result.exception is not None and result.result is None:
        raise ConfigurationError(
            f"dbt could not read the project: {_first_lines(str(result.exception))}",
            "correct the file it names, then run the same command again.",
        ) from result.exception
    results = list(getattr(result.result, "results", []) or [])
    report = BuildReport(len(results), time.monotonic() - started)
    for node in results:
        is_test = node.node.resource_type == "test"
        if node.status == "error" or (node.status == "fail" and not is_test):
            message = _first_lines(node.message or "")
            report.failures.append(f"{node.node.name}: {message}")
    return report, results


def _runner(progress: Progress | None) -> Any:
    from dbt.cli.main import dbtRunner

    def heard(event: Any) -> None:
        if progress and event.info.name in ("NodeFinished",):
            progress(event.data.node_info.node_name, 0.0)

    return dbtRunner(callbacks=[heard])


def _dbt_flags(paths: Paths) -> list[str]:
    return [
        "--quiet",
        "--log-level=none",
        "--log-level-file=warn",
        f"--project-dir={PROJECT}",
        f"--profiles-dir={PROJECT}",
        f"--target-path={paths.work / 'dbt' / 'target'}",
        f"--log-path={paths.work / 'dbt' / 'logs'}",
    ]


def _first_lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[:4])[:400]


def _control(result: Any) -> Control | None:
    meta = result.node.config.meta
    if "control_id" not in meta:
        return None
    failed = {"pass": "passed", "warn": "failed", "fail": "failed"}
    return Control(
        control_id=meta["control_id"],
        name=meta.get("name", result.node.name),
        kind=meta.get("kind", "integrity"),
        blocks=meta.get("blocks", "publication"),
        owner=meta.get("owner", ""),
        failures=result.failures or 0,
        status=failed.get(str(result.status), "error"),
        message=_first_lines(result.message or ""),
    )


def publish(
    paths: Paths, controls: list[Control], load_id: str, now: datetime
) -> Snapshot:
    """Swap the built models in as a new snapshot.

    Raises HeldBack when a blocking control failed: readers keep the last good one.
    """
    blocking = [c for c in controls if c.blocks_publication]
    if blocking:
        names = ", ".join(f"{c.control_id} {c.name}" for c in blocking)
        raise HeldBack(
            f"the snapshot was kept back: {names}",
            "look at the control's rows (dbt test --select tag:control --store-failures"
            "), correct the cause and refresh; the last good snapshot stays published.",
        )
    folder = paths.published.parent
    folder.mkdir(parents=True, exist_ok=True)
    snapshot_id = f"{now:%Y%m%dT%H%M%S}-{_digest(load_id, time.time_ns())}"
    final = folder / f"tieout_{snapshot_id}.duckdb"
    part = final.with_suffix(".part")
    try:
        snapshot = _write(part, final, paths, controls, snapshot_id, load_id, now)
        os.replace(part, final)
        _point(paths.published, final)
    except (OSError, duckdb.Error) as error:
        raise explained(error) or error from error
    finally:
        part.unlink(missing_ok=True)
    _prune(folder, keep=final)
    return snapshot


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
        db.execute(f"attach '{paths.build}' as build (read_only)")
        for schema, table in published_tables(paths):
            db.execute(f"create schema if not exists {schema}")
            db.execute(f"create table {schema}.{table} as from build.{schema}.{table}")
        _copy_comments(db)
        [(as_of,)] = db.execute("select as_of_date from canonical.dim_as_of").fetchall()
        snapshot = Snapshot(
            snapshot_id, final, now, as_of, passed, len(controls) - passed
        )
        _state_publication(db, snapshot, controls, load_id)
        db.execute("detach build")
    return snapshot


def published_tables(paths: Paths) -> Iterator[tuple[str, str]]:
    """Schema and name of every model and seed that readers may see.

    Raises ConfigurationError for a published model that holds pay data.
    """
    manifest = json.loads((paths.work / "dbt/target/manifest.json").read_text())
    for node in manifest["nodes"].values():
        published = node.get("config", {}).get("meta", {}).get("published", False)
        if node["resource_type"] not in ("model", "seed") or not published:
            continue
        for column in node["columns"].values():
            meta = {
                **column.get("meta", {}),
                **column.get("config", {}).get("meta", {}),
            }
            if meta.get("class") == "pay":
                raise ConfigurationError(
                    f"{node['name']}.{column['name']} is pay data in a published model",
                    "set meta.published to false on the model.",
                )
        yield node["schema"], node.get("alias") or node["name"]


def _copy_comments(db: duckdb.DuckDBPyConnection) -> None:
    tables = db.execute(
        "select schema_name, table_name, comment from duckdb_tables()"
        " where database_name = 'build' and comment is not null"
    ).fetchall()
    columns = db.execute(
        "select schema_name, table_name, column_name, comment from duckdb_columns()"
        " where database_name = 'build' and comment is not null"
    ).fetchall()
    here = set(
        db.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = current_database()"
        ).fetchall()
    )
    for schema, table, comment in tables:
        if (schema, table) in here:
            db.execute(f"comment on table {schema}.{table} is {_quoted(comment)}")
    for schema, table, column, comment in columns:
        if (schema, table) in here:
            name = f"{schema}.{table}.{column}"
            db.execute(f"comment on column {name} is {_quoted(comment)}")


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
    folders = (ROOT / "models", ROOT / "seeds", PROJECT)
    files = (f for folder in folders for f in folder.rglob("*") if f.is_file())
    for file in sorted(files):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
