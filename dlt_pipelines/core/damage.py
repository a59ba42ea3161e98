"""Databases of a work folder that are damaged or gone: found, named, told what to do.

What a system says now can be read again; what it said on past days is in the landing
file alone. So that is never begun anew without a word, and never removed.
"""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dlt_pipelines.core.errors import ConfigurationError, Damaged, explained
from dlt_pipelines.core.settings import Paths

RESTORE = (
    "put it back from the last backup (`tieout restore`), which alone has the past "
    "days; without one `tieout refresh --land-anew` reads every system again from the "
    "start, and what was known on past days stays lost."
)
REBUILD = "remove it and run `tieout refresh`: it is made anew from what is landed."


def landing_is_there(paths: Paths, *, anew: bool = False) -> None:
    """Raises ConfigurationError when the landing file is gone from a folder in use.

    With ``anew`` a file that is there is set aside, and landing begins again.
    """
    if anew:
        _set_aside(paths)
    elif not _holds_something(paths.land) and (left := _of_earlier_runs(paths)):
        raise ConfigurationError(
            f"{paths.land.name} is gone from {paths.work.name}/, and with it all that "
            f"was known on past days: {' and '.join(left)} of earlier runs are there",
            RESTORE,
        )


def located(paths: Paths) -> Damaged | None:
    """Which database of the work folder cannot be read to its end, and what to do."""
    remedies = {
        paths.land: f"keep it as it is and {RESTORE}",
        paths.build: REBUILD,
        paths.standard: REBUILD,
        paths.published: REBUILD,
    }
    for file, do in remedies.items():
        if file.exists() and not _is_readable(file):
            what = f"{file.name} is damaged: it is not what was written to the disk"
            if file == paths.published:
                what = f"{file.resolve().name}, the published snapshot, is damaged"
            return Damaged(what, do)
    return None


def _is_readable(file: Path) -> bool:
    """Whether every block is what its checksum says."""
    try:
        with contextlib.closing(duckdb.connect(file, read_only=True)) as db:
            tables = db.execute(
                "select schema_name, table_name from duckdb_tables()"
            ).fetchall()
            for schema, table in tables:
                db.execute(f'select bit_xor(hash(t)) from "{schema}"."{table}" as t')
    except duckdb.Error as error:
        return not isinstance(explained(error), Damaged)  # open elsewhere, perhaps
    return True


def _holds_something(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


def _of_earlier_runs(paths: Paths) -> list[str]:
    left = {
        "the ledger": paths.ledger,
        "published snapshots": paths.published,
        "what was built": paths.build,
    }
    return [what for what, file in left.items() if file.exists()]


def _set_aside(paths: Paths) -> None:
    moment = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    for log in ("", ".wal"):  # DuckDB finds a database's log by the database's name
        file = paths.land.with_name(f"{paths.land.name}{log}")
        if file.exists():
            file.rename(paths.land.with_name(f"{paths.land.name}.aside-{moment}{log}"))
    # Counts of rows tell what must be built, and those of another file may be the same.
    (paths.work / "build.json").unlink(missing_ok=True)
