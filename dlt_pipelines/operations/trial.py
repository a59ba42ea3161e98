"""A model tried out: built anew with what depends on it, beside the last build.

Neither that build nor what is published is touched. What has changed is told table by
table, and finance's file of it can be looked at on the pages.
"""

import contextlib
import difflib
import json
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import FINANCE, ROOT, SNAPSHOT_FILE, Paths
from dlt_pipelines.warehouse import publication, warehouse
from dlt_pipelines.warehouse.audiences import BUILD, audiences, relations
from dlt_pipelines.warehouse.editions import Edition, Sources, write_files
from dlt_pipelines.warehouse.policies import policies
from dlt_pipelines.warehouse.warehouse import Control


@dataclass(frozen=True)
class Change:
    """What became of a table: its rows before and after, and which differ."""

    table: str
    before: int | None  # None: there was no such table
    after: int
    gone: int
    come: int
    columns: tuple[str, ...]  # "+name" and "-name"

    @property
    def is_none(self) -> bool:
        """Whether it holds what it held."""
        return not (self.gone or self.come or self.columns or self.before is None)


@dataclass(frozen=True)
class Trial:
    """What a trial came to; ``published`` is finance's file of it."""

    changes: list[Change]
    controls: list[Control]
    failures: list[str]
    published: Path


def tried(
    paths: Paths, model: str, progress: warehouse.Progress | None = None
) -> Trial:
    """Build a model and what depends on it beside the last build, and publish that.

    Raises ConfigurationError when there is no build or no such model, with dbt's own
    words when a model fails.
    """
    _check(paths, model)
    folder = paths.work / "dev"
    folder.mkdir(exist_ok=True)
    build = folder / "build.duckdb"
    with warehouse.replaced_when_whole(build) as part:
        shutil.copyfile(paths.build, part)
        aside = warehouse.build_aside(paths, part, [f"{model}+"], progress)
    published = _publish(paths, build, folder, aside.controls)
    changes = _changes(paths.build, build, aside.tables)
    return Trial(changes, aside.controls, aside.failures, published)


def _check(paths: Paths, model: str) -> None:
    policies.check()
    if not paths.build.exists():
        raise ConfigurationError("nothing is built yet", "run `tieout refresh`.")
    models = {file.stem for file in (ROOT / "models").rglob("*.sql")}
    if model not in models:
        near = difflib.get_close_matches(model, models, n=1)
        meant = f"is {near[0]} meant? " if near else ""
        raise ConfigurationError(
            f"there is no model {model}", f"{meant}A model is called as its file is."
        )


def _publish(paths: Paths, build: Path, folder: Path, controls: list[Control]) -> Path:
    """Finance's file of a build, without what the pass at standard cost adds."""
    manifest = json.loads(warehouse.manifest_file(paths).read_text(encoding="utf-8"))
    finance = [replace(a, unix_group="") for a in audiences() if a.name == FINANCE]
    told = [r for r in relations(manifest) if not r.is_of_both]
    sources = Sources({BUILD: build}, manifest, told, finance)
    published = publication.published_snapshot(paths)
    known = {c.control_id: c for c in published[1]} if published else {}
    known |= {c.control_id: c for c in controls}
    now = datetime.now(UTC)
    controls = [known[name] for name in sorted(known)]
    edition = Edition("dev", now, publication.as_of(build), "dev", controls)
    final = folder / "published"
    with publication.swapped_when_whole(final) as part:
        write_files(part, sources, edition)
        shutil.rmtree(final, ignore_errors=True)
    return final / FINANCE / SNAPSHOT_FILE


def _changes(before: Path, after: Path, tables: list[str]) -> list[Change]:
    with contextlib.closing(duckdb.connect()) as db:
        for name, file in (("before", before), ("after", after)):
            place = warehouse.quoted(str(file))
            db.execute(f"attach {place} as {name} (read_only)")
        held = {name: _columns(db, name) for name in ("before", "after")}
        return [
            _change(db, table, held["before"].get(table), held["after"][table])
            for table in tables
            if table in held["after"]  # a view holds nothing
        ]


def _columns(db: duckdb.DuckDBPyConnection, database: str) -> dict[str, list[str]]:
    """The columns of every table of a database."""
    rows = db.execute(
        "select schema_name || '.' || table_name,"
        " list(column_name order by column_index)"
        " from duckdb_columns() semi join duckdb_tables()"
        " using (database_name, schema_name, table_name)"
        " where database_name = ? group by all",
        [database],
    ).fetchall()
    return dict(rows)


def _change(
    db: duckdb.DuckDBPyConnection, table: str, old: list[str] | None, new: list[str]
) -> Change:
    def count(query: str) -> int:
        [(found,)] = db.execute(f"select count(*) from ({query})").fetchall()
        return found

    rows = count(f"from after.{table}")
    if old is None:
        return Change(table, None, rows, 0, rows, ())
    both = ", ".join(f'"{column}"' for column in new if column in old)
    sides = [f"select {both} from {name}.{table}" for name in ("before", "after")]
    columns = (
        *(f"+{column}" for column in new if column not in old),
        *(f"-{column}" for column in old if column not in new),
    )
    return Change(
        table,
        count(f"from before.{table}"),
        rows,
        count(" except all ".join(sides)),
        count(" except all ".join(reversed(sides))),
        columns,
    )
