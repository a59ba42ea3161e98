"""As known on a past day: what the databases would be, had nothing landed since.

Raw keeps every version of every record, and every policy seed, with the moment it was
landed. What was known at a moment is what had been landed by then, so a copy of raw
without the rest is all that a past day needs: the same models build the same marts.
"""

import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.files import write_whole
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.landing.declarations import Table, all_tables
from dlt_pipelines.landing.kept_forecasts import copy_forecasts
from dlt_pipelines.landing.kept_periods import copy_periods
from dlt_pipelines.landing.landing import declare
from dlt_pipelines.warehouse import editions, warehouse
from dlt_pipelines.warehouse.policies import cells, policies, policy_files

KEPT = 4  # built past days; the oldest built goes first
# Landing's own tables that change in a part of a bridge, with their names as dbt's
# sources: in ``mapping`` what tenants call things, in ``late_time`` that time passes.
OF_PARTS = {
    "mapping": {"_settings": "settings"},
    "late_time": {"_landings": "loads", "_instances": "instances"},
}
# Whose moment is told otherwise than by _landed_at.
OWN_MOMENTS = {
    "_landings": "started_at",
    "_instances": "landed_at",
    "_policies": "landed_at",
    "_settings": "landed_at",
    "ledger__postings": "landed_at",
    "ledger__attempts": "landed_at",
    "ledger__decisions": "landed_at",
}


def moment_of(text: str) -> datetime:
    """A day (its end), a moment or a snapshot's id as a moment in UTC, without zone.

    Raises ConfigurationError on anything else.
    """
    with contextlib.suppress(ValueError):
        day = date.fromisoformat(text) if len(text) == len("2026-05-31") else None
        if day is not None:
            return (
                datetime.combine(day + timedelta(days=1), time()) - timedelta.resolution
            )
    with contextlib.suppress(ValueError):
        moment = datetime.fromisoformat(text.split("-")[0] if "T" in text[:9] else text)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    raise ConfigurationError(
        f"«{text}» is no day of knowledge",
        "give a day (2026-05-31), a moment (2026-05-31T18:00) or a snapshot's id.",
    )


def latest(paths: Paths) -> datetime:
    """The moment of the last landing."""
    with contextlib.closing(duckdb.connect(paths.land, read_only=True)) as raw:
        [(moment,)] = raw.execute(
            "select max(started_at) from raw._landings"
        ).fetchall()
    return moment


@dataclass(frozen=True)
class Knowledge:
    """The landing database of a moment, with its seeds, in a folder of its own."""

    land: Path  # everything landed
    paths: Paths  # where the copy, and what is built from it, belongs
    at: datetime

    @property
    def seeds(self) -> Path:
        """The policy seeds as they stood."""
        return self.paths.work / "seeds"

    def begin(self) -> None:
        """Copy what had been landed by the moment; raises when nothing had been."""
        policies.check(warehouse.SEEDS)
        self.paths.land.unlink(missing_ok=True)
        declare(self.paths)
        with self._attached() as db:
            self._something_was_landed(db)
            for name in _raw_tables(db):
                moment = OWN_MOMENTS.get(name, "_landed_at")
                db.execute(
                    f"insert into copy.raw.{name} by name"
                    f" select * from land.raw.{name} where {moment} <= ?",
                    [self.at],
                )
            tenant_settings.keep_defaults(db, "copy.raw")
            copy_forecasts(db, self.at)
            copy_periods(db, self.at)
            self._write_seeds(db, self.at)

    def tell(self, later: datetime, into: Path) -> None:
        """Say of every record that changed by ``later`` which part its change is.

        Writes table ``records`` (raw_name, source_instance, _key, part, version_before,
        version_after) into the database ``into``.
        """
        with self._attached() as db:
            db.execute(f"attach '{into}' as bridge")
            db.execute(
                "create or replace table bridge.records (raw_name varchar,"
                " source_instance varchar, _key varchar, part varchar,"
                " version_before bigint, version_after bigint)"
            )
            for table in all_tables():
                db.execute(
                    f"insert into bridge.records {_told(table)}",
                    {"at": self.at, "later": later},
                )

    def add(self, part: str, later: datetime, told: Path) -> list[str]:
        """Let the copy know of one part more; returns what dbt must build anew for it.

        ``told`` is the database ``tell`` wrote.
        """
        with self._attached() as db:
            db.execute(f"attach '{told}' as bridge (read_only)")
            names = [
                name
                for (name,) in db.execute(
                    "select distinct raw_name from bridge.records where part = ?"
                    " order by raw_name",
                    [part],
                ).fetchall()
            ]
            for name in names:
                db.execute(
                    f"insert into copy.raw.{name} by name"
                    f" select t.* from land.raw.{name} as t"
                    " semi join bridge.records as r on r.part = $part"
                    f" and r.raw_name = '{name}' and r._key = t._key"
                    " and r.source_instance = t.source_instance"
                    " where t._landed_at > $at and t._landed_at <= $later",
                    {"part": part, "at": self.at, "later": later},
                )
            selected = [f"source:{name.replace('__', '.', 1)}+" for name in names]
            for name, source in OF_PARTS.get(part, {}).items():
                moment = OWN_MOMENTS[name]
                db.execute(
                    f"insert into copy.raw.{name} by name select * from"
                    f" land.raw.{name} where {moment} > ? and {moment} <= ?",
                    [self.at, later],
                )
                selected.append(f"source:landing.{source}+")
            changed = self._write_seeds(db, later, {part})
        return selected + [f"{seed}+" for seed in changed]

    def close(self, later: datetime) -> list[str]:
        """Let the copy know which periods had been published as closed by ``later``.

        Returns what dbt must build anew for it.
        """
        with self._attached() as db:
            changed = copy_periods(db, later)
        return ["source:kept.closed_periods+"] if changed else []

    @contextlib.contextmanager
    def _attached(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with contextlib.closing(duckdb.connect()) as db:
            db.execute(f"attach '{self.land}' as land (read_only)")
            db.execute(f"attach '{self.paths.land}' as copy")
            yield db

    def _something_was_landed(self, db: duckdb.DuckDBPyConnection) -> None:
        [(first,)] = db.execute(
            "select min(started_at) from land.raw._landings where status = 'landed'"
        ).fetchall()
        if first is None or first > self.at:
            landed = f"the first landing was at {first:%Y-%m-%d %H:%M}" if first else ""
            raise ConfigurationError(
                f"nothing had been landed by {self.at:%Y-%m-%d %H:%M}",
                f"{landed or 'run `tieout land`'}; choose a later day of knowledge.",
            )

    def _write_seeds(
        self,
        db: duckdb.DuckDBPyConnection,
        moment: datetime,
        parts: set[str] | None = None,
    ) -> list[str]:
        """Write the seeds (of the parts) as they stood; returns those that differ."""
        self.seeds.mkdir(parents=True, exist_ok=True)
        [(as_of,)] = db.execute(
            "select max(as_of_date) from land.raw._landings where started_at <= ?",
            [moment],
        ).fetchall()
        changed = []
        for seed in policy_files.declared(warehouse.SEEDS).values():
            if parts is not None and seed.part not in parts:
                continue
            content = seed.known_by(as_of, _policy_at(db, seed, moment))
            file = self.seeds / seed.file.name
            if not file.exists() or file.read_text(encoding="utf-8") != content:
                file.write_text(content, encoding="utf-8")
                changed.append(seed.name)
        return changed


def _raw_tables(db: duckdb.DuckDBPyConnection) -> list[str]:
    """What both have: the declared tables and landing's own, not dlt's."""
    rows = db.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw'"
        " and not starts_with(table_name, '_dlt')"
        " and table_name not in ('_drift', '_deletions_waiting')"
        " group by table_name having count(*) = 2 order by table_name"
    ).fetchall()
    return [name for (name,) in rows]


def _told(table: Table) -> str:
    """SQL that tells each changed record's part, by its states before and after."""
    latest = (
        f"select * from land.raw.{table.raw_name} where %s"
        " qualify row_number() over (partition by source_instance, _key"
        " order by _version desc) = 1"
    )
    cases = " ".join(f"when {told} then '{part}'" for part, told in table.parts)
    return (
        f"with before as ({latest % '_landed_at <= $at'}),"
        f" after as ({latest % '_landed_at > $at and _landed_at <= $later'})"
        f" select '{table.raw_name}', new.source_instance, new._key, case {cases} end,"
        " old._version, new._version from after as new left join before as old"
        " on new.source_instance = old.source_instance and new._key = old._key"
    )


def _policy_at(
    db: duckdb.DuckDBPyConnection, seed: policy_files.Seed, moment: datetime
) -> str:
    """A seed as it stood; as first kept in today's columns when it was not yet kept."""
    today = seed.text
    kept = db.execute(
        "select content, landed_at <= $moment from land.raw._policies"
        " where seed = $seed order by landed_at, _event_id",
        {"moment": moment, "seed": seed.name},
    ).fetchall()
    header = today.partition("\n")[0]
    usable = [k for k in kept if cells.bare(k[0].partition("\n")[0]) == header]
    past = [content for content, is_past in usable if is_past]
    return past[-1] if past else usable[0][0] if usable else today


def known_on(
    paths: Paths, at: datetime, progress: warehouse.Progress | None = None
) -> Paths:
    """Build everything as known at a moment, unless that is built already.

    Returns where: ``build`` has every model, ``published`` what readers may see.
    """
    folder = Paths(paths.work / "known" / f"{at:%Y%m%dT%H%M%S}")
    memory = folder.work / "known.json"
    is_so = json.dumps({"at": at.isoformat(), "project": warehouse.project_digest()})
    if memory.exists() and memory.read_text() == is_so:
        return folder
    shutil.rmtree(folder.work, ignore_errors=True)
    folder.published.parent.mkdir(parents=True)
    warehouse.read_as_in(paths, folder)
    knowledge = Knowledge(paths.land, folder, at)
    knowledge.begin()
    policies.check(knowledge.seeds, kept=True)
    warehouse.build_selected(folder, None, progress, knowledge.seeds)
    editions.write_published(folder, folder.published)
    write_whole(memory, is_so)
    prune(folder.work.parent, keep=folder.work)
    return folder


def prune(folder: Path, keep: Path) -> None:
    """Remove what was built longest ago, past the number that is kept."""
    built = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for old in built[:-KEPT]:
        if old != keep:
            shutil.rmtree(old)
