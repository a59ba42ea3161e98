"""The build database: built by dbt, audited by its tests. See ``publication``."""

import contextlib
import gc
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import yaml

from dlt_pipelines.core import damage
from dlt_pipelines.core.errors import ConfigurationError, explained, explained_text
from dlt_pipelines.core.files import write_whole
from dlt_pipelines.core.settings import DELIVERED_SEEDS, ROOT, SEEDS, Paths
from dlt_pipelines.warehouse.policies import firm_policies, policies, policy_files

PROJECT = ROOT / "dbt_project"
OWN_TESTS = "I00"  # the tests of models and seeds that are no control of their own
DELIVERIES = (
    "deliveries"  # what became of files is landing's to say, whoever reads them
)
CHOSEN = "chosen"  # what is tagged for one command
TABLES_KEYS = "test_name:keys_are_sound"  # dbt_project/controls/keys asks all of them

Progress = Callable[[str, float], None]  # node, seconds
_manifests: dict[str, Any] = {}  # the project as last read, by its digest


@dataclass(frozen=True)
class Control:
    """The result of one control: a dbt test with a control id in its meta."""

    control_id: str
    name: str
    kind: str  # integrity | business
    blocks: str  # publication | publication_at_standard | posting | nothing
    owner: str
    failures: int
    status: str  # passed | failed | error | not_applicable
    message: str = ""
    remedy: str = ""

    @property
    def is_of_concern(self) -> bool:
        """Whether it failed, or could not be run; what does not apply does neither."""
        return self.status not in ("passed", "not_applicable")

    @property
    def blocks_publication(self) -> bool:
        """Whether this result keeps the last good snapshot published."""
        return self.status == "error" or (
            self.status == "failed"
            and self.kind == "integrity"
            and not self.blocks_standard
        )

    @property
    def blocks_standard(self) -> bool:
        """Whether this result keeps back what is published at standard cost alone."""
        return self.status == "failed" and self.blocks == "publication_at_standard"


@dataclass
class BuildReport:
    """What dbt did: nodes, seconds in all, and what failed in its own words."""

    nodes: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Aside:
    """What was built into another database: tables, controls, tests that failed."""

    tables: list[str]
    controls: list[Control]
    failures: list[str]


def _vendors() -> list[str]:
    """The vendors that the project knows."""
    said = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    return sorted(said["vars"]["vendor_roles"])


def _staged(vendor: str) -> str:
    """All models of a vendor, as dbt selects them."""
    return f"staging.{vendor}"


def _vendors_heard(paths: Paths) -> set[str]:
    """The vendors any of whose systems has ever said anything.

    Models of the others would be empty: they are not built, for that takes dbt as long
    as any, and what is made of them leaves them out (`role_rows`).
    """
    with contextlib.closing(duckdb.connect(paths.land, read_only=True)) as raw:
        names = raw.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw'"
        ).fetchall()
        asked = [
            f"select '{_teller(name)}' from (select 1 from raw.{name} limit 1)"
            for (name,) in names
            if not name.startswith("_")
        ]
        rows = raw.execute(" union ".join(asked)).fetchall() if asked else []
    return {vendor for (vendor,) in rows}


def _vendors_built(build: Path) -> set[str]:
    """The vendors whose models a build database has; none when it is not there yet."""
    if not build.exists():
        return set()
    with contextlib.closing(duckdb.connect(build, read_only=True)) as db:
        rows = db.execute(
            "select view_name from duckdb_views() where schema_name = 'staging'"
        ).fetchall()
    return {_teller(name.removeprefix("stg_")) for (name,) in rows}


def _teller(name: str) -> str:
    """Whose a table of raw or staging is: a vendor's, as a rule."""
    return name.partition("__")[0]


def _unbuilt(vendors: set[str], build: Path) -> list[str]:
    """The models of vendors that a build database was made without, as selected."""
    return [_staged(vendor) for vendor in sorted(vendors - _vendors_built(build))]


def raw_contents(paths: Paths) -> dict[str, str]:
    """What each raw table holds, by «vendor.table»: differs when its content does.

    Rows are only ever added, so their number tells; a posting changes where it is. Each
    landing adds to the list of loads, of which only those that failed are told of.
    """
    with contextlib.closing(duckdb.connect(paths.land, read_only=True)) as raw:
        names = raw.execute(
            "select table_name, bool_or(column_name = '_variant') from duckdb_columns()"
            " where schema_name = 'raw' and (table_name in ('_instances', '_settings')"
            " or not starts_with(table_name, '_') and contains(table_name, '__'))"
            " group by table_name order by table_name"
        ).fetchall()
        counts = " union all ".join(
            f"select '{name}', count(*), {_digested(name)},"
            f" {'count(_variant)' if is_declared else 0} from raw.{name} as t"
            for name, is_declared in names
        )
        rows = raw.execute(counts).fetchall() if counts else []
        failed = raw.execute(_FAILED).fetchall() if names else []
    contents = {
        _source(name): f"{count} {digest or ''}".strip()
        for name, count, digest, _ in rows
    }
    # What cannot be read is told beside what could not be landed.
    unreadable = sum(count for _, count, _, variants in rows if variants)
    return contents | {"landing.loads": f"{failed} {unreadable}"}


_FAILED = """
    select source_instance, table_name, max_by(
        case when status = 'landed' then status
        else status || coalesce(' ' || deletions, '') end, started_at) as latest
    from raw._landings
    group by all having latest != 'landed'
    order by all
"""


def _source(raw_name: str) -> str:
    """A raw table as dbt's sources name it: some are landing's own."""
    vendor, _, table = raw_name.removeprefix("_").rpartition("__")
    is_own = not vendor or table == DELIVERIES
    return f"landing.{table}" if is_own else raw_name.replace("__", ".", 1)


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
        # When each table was read is news that reaches no figure.
        select = [f"source:{table}+" for table in sorted(tables)] + ["dim_sources"]
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
    vendors = _vendors_heard(paths)
    if select is not None:
        command += ["--select", *select, *_unbuilt(vendors, paths.build)]
        return _built(command, paths, progress, seeds, vendors=vendors)
    with replaced_when_whole(paths.build) as part:
        return _built(command, paths, progress, seeds, part, vendors=vendors)


def build_tested(
    paths: Paths,
    into: Path,
    select: list[str],
    models: Collection[str],
    progress: Progress | None = None,
) -> list[Control]:
    """Build models and what dbt selects into another database; the controls selected.

    Raises ConfigurationError with dbt's own words when a model fails.
    """
    return build_aside(paths, into, select, progress, models).controls


def build_aside(
    paths: Paths,
    into: Path,
    select: list[str],
    progress: Progress | None = None,
    models: Collection[str] = (),
) -> Aside:
    """Build what dbt selects into another database, with the tests selected.

    ``models`` are built too, by their unique ids. Raises ConfigurationError with dbt's
    own words when a model fails.
    """
    vendors = _vendors_heard(paths)
    command = ["build", "--exclude-resource-type", "unit_test", "exposure"]
    select = [*select, *_unbuilt(vendors, into), *([f"tag:{CHOSEN}"] if models else [])]
    chosen = ["--indirect-selection=empty", "--select", *select]
    report, results = _dbt(
        paths, [*command, *chosen], progress, into=into, vendors=vendors, chosen=models
    )
    _stop_at_failures(report)
    tests = [r for r in results if r.node.resource_type == "test"]
    built = [r.node for r in results if r.node.resource_type == "model"]
    with build_opened(paths, into) as db:
        return Aside(
            tables=[f"{node.schema}.{node.name}" for node in built],
            controls=_controls(tests, db),
            failures=[
                f"{r.node.name}: {_first_lines(r.message or '')}"
                for r in tests
                if r.status != "pass" and "control_id" not in r.node.config.meta
            ],
        )


def _built(
    command: list[str],
    paths: Paths,
    progress: Progress | None,
    seeds: Path,
    into: Path | None = None,
    *,
    vendors: Collection[str],
) -> BuildReport:
    report, _ = _dbt(paths, command, progress, seeds, into, vendors=vendors)
    _stop_at_failures(report)
    return report


def _stop_at_failures(report: BuildReport) -> None:
    """Raises dbt's own words when a model or seed failed, or what is behind it."""
    _stop_at_the_machines_trouble(report)
    if report.failures:
        raise ConfigurationError(
            f"{len(report.failures)} of {report.nodes} models failed: "
            + " · ".join(report.failures[:3]),
            "correct the seed, policy or model named; nothing was published.",
        )


def _stop_at_the_machines_trouble(report: BuildReport) -> None:
    """Raises what is behind failures that no model, seed or test is to blame for."""
    trouble = explained_text(" ".join(report.failures))
    if trouble:
        raise trouble


@contextlib.contextmanager
def replaced_when_whole(database: Path) -> Iterator[Path]:
    """The path of a new database, which takes the place of another if nothing fails."""
    part = database.with_suffix(".part")
    remove_left(part.parent, f"{part.name}*")  # of a run that was killed
    try:
        yield part
        with contextlib.closing(duckdb.connect(part)) as db:
            # Closing writes too, but keeps to itself that it could not (a full disk).
            db.execute("force checkpoint")
        os.replace(part, database)
    finally:
        remove_left(part.parent, f"{part.name}*")


def remove_left(folder: Path, pattern: str) -> None:
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
    blocks publication: a key that repeats doubles money wherever it is joined. Keys are
    asked for by layer, not table by table, which takes dbt many times as long.
    """
    command = ["test", "--exclude-resource-type", "unit_test"]
    report, results = _dbt(
        paths,
        [*command, "--exclude", TABLES_KEYS],
        progress,
        vendors=_vendors_built(paths.build),
    )
    _stop_at_the_machines_trouble(report)
    with build_opened(paths, paths.build) as db:
        controls = _controls(results, db)
        register = _control_register(db)
        own = [r for r in results if "control_id" not in r.node.config.meta]
        if own:
            controls.append(_own_tests(own, register[OWN_TESTS], db))
    return report, sorted(controls, key=lambda c: c.control_id)


def _dbt(
    paths: Paths,
    command: list[str],
    progress: Progress | None,
    seeds: Path = SEEDS,
    into: Path | None = None,
    *,
    vendors: Collection[str],
    chosen: Collection[str] = (),
) -> tuple[BuildReport, list[Any]]:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    started = time.monotonic()
    # The file must be free for the publisher, and dbt keeps its connection in cycles.
    with _own_cycles_collected():
        into = into or paths.build
        result = _invoke(paths, command, progress, seeds, into, vendors, chosen)
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
    dbt makes a thousand for every model: looking at them as often as Python usually
    does takes a fifth of a small firm's build.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.collect()
        gc.unfreeze()


def _invoke(
    paths: Paths,
    command: list[str],
    progress: Progress | None,
    seeds: Path,
    into: Path,
    vendors: Collection[str],
    chosen: Collection[str],
) -> Any:
    """Run a dbt command on the project as this process has read it before, if it has.

    Of the other vendors nothing is built or tested.

    Reading it takes dbt longer than many a command. It is read without a word of where
    the data is, for dbt would read all of it anew for another place.
    """
    absent = [vendor for vendor in _vendors() if vendor not in vendors]
    told = {
        "TIEOUT_ABSENT_VENDORS": ",".join(absent),
        "TIEOUT_BUILD_PATH": str(into),
        "TIEOUT_LAND_PATH": str(paths.land),
        "TIEOUT_SEEDS_PATH": str(_seeds_read(paths)),
    }
    if absent:
        command = [*command, "--exclude", *map(_staged, absent)]
    policy_files.write_read(seeds, _seeds_read(paths))
    flags = _dbt_flags(paths, seeds)
    project = project_digest()
    # Writing the manifest takes longer than reading it: once for a project is enough.
    is_written = _is_written(paths, project)
    if project not in _manifests or not is_written:
        words = ["parse", "--no-write-json"] if is_written else ["parse"]
        if not is_written:
            _written_of(paths).unlink(missing_ok=True)
        parsed = _runner(None).invoke([*words, *flags])
        if not parsed.success:
            return parsed
        _manifests.clear()
        _manifests[project] = parsed.result
        write_whole(_written_of(paths), project)
    command = [*command, "--no-write-json", *flags]
    try:
        os.environ.update(told)
        whole = _manifests[project]
        with _without_excluded(whole, command), _tagged(whole, chosen) as manifest:
            return _runner(progress, manifest).invoke(command)
    finally:
        for name in told:
            os.environ.pop(name, None)  # no child, no later reading inherits them


@contextlib.contextmanager
def _tagged(manifest: Any, chosen: Collection[str]) -> Iterator[Any]:
    """Nodes tagged as CHOSEN for one command.

    dbt looks through the whole project for each word of a selection, which for a few
    hundred names takes as long as building a quarter of them.
    """
    tags = [manifest.nodes[unique_id].tags for unique_id in chosen]
    for of_node in tags:
        of_node.append(CHOSEN)
    try:
        yield manifest
    finally:
        for of_node in tags:
            of_node.remove(CHOSEN)


@contextlib.contextmanager
def _without_excluded(manifest: Any, command: list[str]) -> Iterator[None]:
    """A manifest without the tests that a command excludes.

    dbt would join all of them, which are more than the models, into its graph, and let
    models wait for them, before it leaves them out.
    """
    nodes, unit_tests = manifest.nodes, manifest.unit_tests
    if command[2] == "test":  # the first that is excluded
        manifest.nodes = {
            name: node for name, node in nodes.items() if node.resource_type != "test"
        }
    manifest.unit_tests = {}  # no command here runs them
    try:
        yield
    finally:
        manifest.nodes, manifest.unit_tests = nodes, unit_tests


def read_as_in(earlier: Paths, paths: Paths) -> None:
    """Let dbt begin here with the project as it was read in another work folder."""
    _target(paths).mkdir(parents=True, exist_ok=True)
    for file in (
        _target(earlier) / "partial_parse.msgpack",
        manifest_file(earlier),
        _written_of(earlier),  # last: it says that the others are there
    ):
        if file.exists():
            shutil.copy(file, _target(paths))


def _target(paths: Paths) -> Path:
    return paths.work / "dbt" / "target"


def _seeds_read(paths: Paths) -> Path:
    """The seeds as they are read, which is what dbt loads."""
    return paths.work / "dbt" / "seeds"


def _is_written(paths: Paths, project: str) -> bool:
    """Whether the manifest file is of the project as it is now."""
    of = _written_of(paths)
    return manifest_file(paths).exists() and of.exists() and of.read_text() == project


def _written_of(paths: Paths) -> Path:
    """Says of which project, by its digest, the manifest was written."""
    return _target(paths) / "manifest.digest"


def manifest_file(paths: Paths) -> Path:
    """What dbt knows of the project, as it was last read for this work folder."""
    return _target(paths) / "manifest.json"


def _runner(progress: Progress | None, manifest: Any = None) -> Any:
    from dbt.cli.main import dbtRunner

    def heard(event: Any) -> None:
        if progress and event.info.name in ("NodeFinished",):
            progress(event.data.node_info.node_name, 0.0)

    return dbtRunner(manifest, callbacks=[heard])


def _exceptions() -> dict[str, list[str]]:
    """The models of exceptions of each layer that has any, by their files.

    dbt reads a model before it knows the others, and what stacks these refers to all.
    """
    return {
        layer: sorted(f.stem for f in (ROOT / "models" / layer).rglob("exc_*.sql"))
        for layer in ("reconciliation", "adjustments")
    }


def _dbt_flags(paths: Paths, seeds: Path) -> list[str]:
    variables = {"exceptions": _exceptions(), **firm_policies.decided(seeds)}
    return [
        "--quiet",
        "--log-level=none",
        "--log-level-file=none",
        f"--project-dir={PROJECT}",
        f"--profiles-dir={PROJECT}",
        f"--target-path={_target(paths)}",
        f"--log-path={paths.work / 'dbt' / 'logs'}",
        f"--vars={json.dumps(variables)}",
    ]


def _first_lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[:4])[:400]


@contextlib.contextmanager
def build_opened(paths: Paths, build: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build database as a control's query sees it, to be read only.

    It is called `build` there, whatever its file is called.
    """
    with contextlib.closing(duckdb.connect()) as db:
        db.execute(f"attach {quoted(str(build))} as build (read_only)")
        db.execute(f"attach {quoted(str(paths.land))} as land (read_only)")
        db.execute("use build")
        yield db


def _controls(results: list[Any], db: duckdb.DuckDBPyConnection) -> list[Control]:
    register = _control_register(db)
    found = [c for result in results if (c := _control(result, register, db))]
    absent = _not_applicable(db)
    return [
        replace(c, status="not_applicable", message=absent[c.control_id])
        if c.status == "passed" and c.control_id in absent
        else c
        for c in found
    ]


def _not_applicable(db: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The controls that compare a role the firm does not have, and which that is."""
    rows = db.execute(
        "select control_id, absence_reason"
        " from reconciliation.int_control_applicability where not is_applicable"
    ).fetchall()
    return dict(rows)


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
    name, kind, blocks, owner, remedy = register[control_id]
    return Control(
        control_id,
        name,
        kind,
        blocks,
        owner,
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
        "select control_id, name, kind, effects.blocks, owner, remedy"
        " from seeds.control_policies"
        " inner join reconciliation.int_control_effects as effects using (control_id)"
    ).fetchall()
    return {control_id: tuple(rest) for control_id, *rest in rows}


def _own_tests(
    results: list[Any], policy: tuple[str, ...], db: duckdb.DuckDBPyConnection
) -> Control:
    bad = [result for result in results if result.status != "pass"]
    unable = any(result.status not in ("pass", "warn", "fail") for result in results)
    name, kind, blocks, owner, remedy = policy
    return Control(
        OWN_TESTS,
        name,
        kind,
        blocks,
        owner,
        failures=sum(result.failures or 1 for result in bad),
        status="error" if unable else "failed" if bad else "passed",
        message=" · ".join(_named_records(r, db) or r.node.name for r in bad[:3]),
        remedy=remedy,
    )


def for_readers(db: duckdb.DuckDBPyConnection) -> None:
    """Let what a connection writes be read by every DuckDB from 1.2 on."""
    db.execute("set storage_compatibility_version = 'v1.2.0'")


def quoted(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def project_digest() -> str:
    """A digest of everything dbt builds from: models, policies, macros, controls."""
    digest = hashlib.sha256()
    files = (
        file
        for folder in {ROOT / "models", PROJECT, DELIVERED_SEEDS, SEEDS}
        for file in folder.rglob("*")
        if file.is_file() and not file.name.startswith(".")
    )
    for file in sorted(files):
        digest.update(os.path.relpath(file, ROOT).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
