"""The files of a snapshot: what each audience may see, written from the builds."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import FINANCE, SNAPSHOT_FILE, Paths
from dlt_pipelines.warehouse import standard_cost
from dlt_pipelines.warehouse.audiences import (
    BUILD,
    STANDARD,
    Audience,
    Relation,
    audiences,
    controls_seen,
    relations,
)
from dlt_pipelines.warehouse.presence import lacking, of_single_projects
from dlt_pipelines.warehouse.residency import regions
from dlt_pipelines.warehouse.residency.regions import Region
from dlt_pipelines.warehouse.warehouse import (
    Control,
    for_readers,
    manifest_file,
    quoted,
    replaced_when_whole,
)

WRITERS = 2  # files written at once
SNAPSHOT_COLUMNS = {
    "snapshot_id": "varchar",
    "published_at": "timestamp",
    "as_of_date": "date",
    "load_ids": "varchar",
    "controls_passed": "integer",
    "controls_failed": "integer",
    "audience": "varchar",
    "cost_basis": "varchar",
    "classes": "varchar",
    "legal_entities": "varchar",
}


@dataclass(frozen=True)
class Edition:
    """What is told in every audience's file of a snapshot."""

    snapshot_id: str
    published_at: datetime
    as_of_date: date
    load_id: str
    controls: list[Control]


@dataclass(frozen=True)
class Sources:
    """What files are written from: databases, by their names here, and models."""

    databases: dict[str, Path]
    manifest: dict[str, Any]
    relations: list[Relation]
    audiences: list[Audience]

    @classmethod
    def of(cls, paths: Paths, region: Region | None) -> "Sources":
        """The build, and the one at standard cost when anything is published of it."""
        manifest = json.loads(manifest_file(paths).read_text(encoding="utf-8"))
        readers = [replace(audience, region=region) for audience in audiences()]
        made = cls({BUILD: paths.build}, manifest, relations(manifest), readers)
        if made.at_standard:
            made.databases[STANDARD] = paths.standard
        return made

    @property
    def at_standard(self) -> list[Relation]:
        """What is published of the build at standard cost."""
        return [r for r in self.relations if r.is_at_standard]

    @property
    def without_pay(self) -> list[str]:
        """The audiences whose figures are at standard cost."""
        return sorted(a.name for a in self.audiences if not a.sees_pay)

    def kept_to_actual(self) -> "Sources":
        """Without what comes of standard cost, but for what the pass found lacking."""
        return replace(
            self,
            relations=[
                r
                for r in self.relations
                if not r.is_of_both or r.unique_id == standard_cost.LACKING
            ],
            audiences=[a for a in self.audiences if a.sees_pay],
        )

    @contextlib.contextmanager
    def opened(self, *names: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that reads those named, or all."""
        with contextlib.closing(duckdb.connect()) as db:
            # What does not fit the memory is not to lie about in the folder of a shell.
            spill = quoted(f"{self.databases[BUILD]}.tmp")
            db.execute(f"set temp_directory = {spill}")
            for_readers(db)
            for name in names or self.databases:
                file = quoted(str(self.databases[name]))
                db.execute(f"attach {file} as {name} (read_only)")
            yield db


def write_files(part: Path, sources: Sources, edition: Edition) -> None:
    """Write every audience's file, several at once; like ones are copied."""
    files = {a: _folder_of(a, part) / SNAPSHOT_FILE for a in sources.audiences}
    like = {a: _written_for(a, sources.audiences) for a in files}
    with sources.opened() as db, ThreadPoolExecutor(WRITERS) as writers:
        written = {}
        for audience in set(like.values()):
            place = quoted(str(files[audience]))
            db.execute(f"attach {place} as {_database(audience)}")
            task = (db.cursor(), audience, sources, edition)
            written[audience] = writers.submit(_write, *task)
        wait(written.values())
        for audience, task_done in written.items():
            task_done.result()
            # Detaching writes too, but keeps to itself that it could not (a full
            # disk). One after the other: two at once may wait for each other for ever.
            db.execute(f"force checkpoint {_database(audience)}")
            db.execute(f"detach {_database(audience)}")
    for audience, file in files.items():
        if like[audience] != audience:
            _copy_for(audience, files[like[audience]], file)
        _let_read(audience, file)


def _written_for(audience: Audience, all_: list[Audience]) -> Audience:
    """The first audience that sees the same."""
    return next(other for other in all_ if _sight(other) == _sight(audience))


def _sight(audience: Audience) -> tuple[Any, ...]:
    return (audience.entities, audience.classes, audience.smallest_group)


def _copy_for(audience: Audience, like: Path, file: Path) -> None:
    shutil.copyfile(like, file)
    with contextlib.closing(duckdb.connect(file)) as db:
        db.execute("update publication.snapshot set audience = ?", [audience.name])
        db.execute("force checkpoint")


def _database(audience: Audience) -> str:
    return f"audience_{audience.name}"


def _folder_of(audience: Audience, part: Path) -> Path:
    """The audience's own folder, which nobody else may look into."""
    folder = part / audience.name
    folder.mkdir(mode=0o700)
    return folder


def _let_read(audience: Audience, file: Path) -> None:
    """Let the audience's group, if it has one, read its file, and nobody else."""
    file.chmod(0o640)
    file.parent.chmod(0o750)
    if not audience.unix_group:
        return
    snapshot = file.parent.parent
    try:
        for path in (file, file.parent):
            shutil.chown(path, group=audience.unix_group)
        for folder in (snapshot, snapshot.parent, snapshot.parent.parent):
            folder.chmod(0o711)  # the way to the file: to go through, not to look
    except (LookupError, PermissionError) as error:
        raise ConfigurationError(
            f"the file of {audience.name} cannot be given to the group "
            f"{audience.unix_group}",
            "make the group and let the account that refreshes be one of it, or leave "
            "unix_group of seeds/audiences.csv empty.",
        ) from error


def _write(
    db: duckdb.DuckDBPyConnection,
    audience: Audience,
    sources: Sources,
    edition: Edition,
) -> None:
    """Write what an audience may see into its database, at once."""
    name = _database(audience)
    controls = _told_to(audience, sources, edition.controls)
    db.begin()
    db.execute(f"create schema {name}.publication")
    _copy(db, name, audience, sources.relations)
    _state_controls(db, name, controls)
    _restate_results(db, name, controls)
    _state_snapshot(db, name, audience, edition, controls)
    db.commit()


def _told_to(
    audience: Audience, sources: Sources, controls: list[Control]
) -> list[Control]:
    """The controls an audience is told of; of what is published no integrity failed."""
    if audience.sees_everything:
        return controls
    seen = controls_seen(sources.manifest, sources.relations, audience)
    return [c for c in controls if c.kind == "integrity" or c.control_id in seen]


def _copy(
    db: duckdb.DuckDBPyConnection,
    name: str,
    audience: Audience,
    published: list[Relation],
) -> None:
    firm_lacks = lacking(db)
    of_projects = of_single_projects(db) if firm_lacks else frozenset()
    absences = []
    for relation in published:
        columns = relation.seen_by(audience)
        if not columns:
            continue
        lacks = relation.concerned_by(firm_lacks, of_projects)
        db.execute(f"create schema if not exists {name}.{relation.schema}")
        table = f"{name}.{relation.name}"
        db.execute(f"create table {table} as {relation.query(audience, lacks)}")
        absences += [
            [
                relation.name,
                column.name,
                lacks[prerequisite],
                not relation.is_known_by_project(prerequisite),
            ]
            for column, prerequisite in relation.absences(lacks)
            if column in columns
        ]
        comments = [f"comment on table {table} is {quoted(relation.description)}"]
        comments += [
            f"comment on column {table}.{c.name} is {quoted(c.description)}"
            for c in columns
        ]
        db.execute("; ".join(comments))
    _state_absences(db, name, absences)


def _state_absences(
    db: duckdb.DuckDBPyConnection, name: str, absences: list[list[Any]]
) -> None:
    table = f"{name}.publication.absences"
    db.execute(
        f"create table {table} (relation varchar, column_name varchar,"
        " absence_reason varchar, is_of_all_rows boolean)"
    )
    for absence in absences:
        db.execute(f"insert into {table} values (?, ?, ?, ?)", absence)
    db.execute(
        f"comment on table {table} is 'Figures that are null because the firm does not"
        " have what they need, in all rows or in those of the projects that"
        " canonical.dim_projects_unmeasured names.'"
    )


def _state_controls(
    db: duckdb.DuckDBPyConnection, name: str, controls: list[Control]
) -> None:
    table = f"{name}.publication.controls"
    db.execute(
        f"create table {table} (control_id varchar, name varchar,"
        " kind varchar, blocks varchar, owner varchar, failures bigint, status varchar,"
        " absence_reason varchar)"
    )
    for c in controls:
        row = [c.control_id, c.name, c.kind, c.blocks, c.owner, c.failures, c.status]
        row.append(c.message if c.status == "not_applicable" else None)
        db.execute(f"insert into {table} values (?, ?, ?, ?, ?, ?, ?, ?)", row)
    db.execute(
        f"comment on table {table} is 'The controls whose records this file may show.'"
    )


def _restate_results(
    db: duckdb.DuckDBPyConnection, name: str, controls: list[Control]
) -> None:
    """Say in the build's own results what the pass at standard cost found after it.

    A region's file has none.
    """
    held = (
        "select 1 from duckdb_tables() where database_name = ?"
        " and schema_name = 'reconciliation' and table_name = 'control_results'"
    )
    if not db.execute(held, [name]).fetchall():
        return
    for c in controls:
        if c.blocks_standard:
            db.execute(
                f"update {name}.reconciliation.control_results set status = ?,"
                " compared_count = ?, differences_count = ? where control_id = ?",
                [c.status, c.failures, c.failures, c.control_id],
            )


def _state_snapshot(
    db: duckdb.DuckDBPyConnection,
    name: str,
    audience: Audience,
    edition: Edition,
    controls: list[Control],
) -> None:
    table = f"{name}.publication.snapshot"
    columns = ", ".join(f"{column} {t}" for column, t in SNAPSHOT_COLUMNS.items())
    passed = sum(c.status == "passed" for c in controls)
    failed = sum(c.is_of_concern for c in controls)
    row = [
        edition.snapshot_id,
        edition.published_at.replace(tzinfo=None),
        edition.as_of_date,
        edition.load_id,
        passed,
        failed,
        audience.name,
        "actual" if audience.sees_pay else "standard",
        " ".join(sorted(audience.classes)),
        audience.told_of,
    ]
    db.execute(f"create table {table} ({columns})")
    db.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)
    db.execute(
        f"comment on table {table} is 'This snapshot: whose file it is, what it"
        " contains and which controls it passed.'"
    )


def write_published(paths: Paths, file: Path) -> None:
    """Write all that finance may see of the build database into a file of its own.

    Absorption compares it with another, which nobody has built for it.
    """
    sources = Sources.of(paths, regions.configured())
    [finance] = [a for a in sources.audiences if a.name == FINANCE]
    actual = [r for r in sources.relations if not r.is_of_both]
    with replaced_when_whole(file) as part, sources.opened(BUILD) as db:
        db.execute(f"attach {quoted(str(part))} as {_database(finance)}")
        db.begin()
        db.execute(f"create schema {_database(finance)}.publication")
        _copy(db, _database(finance), finance, actual)
        db.commit()
