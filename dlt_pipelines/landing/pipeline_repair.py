"""Brings a dlt pipeline's folder back in order, and lets it have any name.

dlt deletes ``normalize/extracted/<id>`` only after it has renamed the normalized
package into ``load/normalized``; killed in between, every later run fails on the half
deleted remains. What has been normalized is whole, so the remains can go.

dlt notes that a file has been copied only after the copy is committed; killed in
between, the next run copies it again, and what is merged from there stands twice. So a
package whose loading had begun begins anew: with emptied staging tables and all files.
"""

import shutil
from pathlib import Path

from dlt.common.storages.load_package import PackageStorage, ParsedLoadJobFileName
from dlt.destinations.impl.duckdb import duck

from dlt_pipelines.core.files import write_whole

FOLLOWING = ("sql", "reference")  # jobs that dlt makes of jobs it has done


class QuotedCopyJob(duck.DuckDbCopyJob):
    """dlt writes the path of a file into SQL as it is: a quote in it would end it."""

    def run(self) -> None:
        """Load the file."""
        path = self._file_path
        try:
            self._file_path = path.replace("'", "''")
            super().run()
        finally:
            self._file_path = path


def quote_paths() -> None:
    """Let dlt load files from a folder whose name has a quote."""
    setattr(duck, "DuckDbCopyJob", QuotedCopyJob)  # noqa: B010 – no type is assigned


def repair(pipeline: Path) -> list[str]:
    """Remove the remains of packages that have gone further; returns their ids.

    With them goes the trace that an earlier release let dlt keep: it may quote secrets.
    Packages that were being loaded are loaded from their start.
    """
    (pipeline / "trace.pickle").unlink(missing_ok=True)
    extracted = pipeline / "normalize" / "extracted"
    done = {
        package.name
        for stage in ("normalized", "loaded")
        for package in (pipeline / "load" / stage).glob("*")
    }
    remains = sorted(p.name for p in extracted.glob("*") if p.name in done)
    for package in remains:
        shutil.rmtree(extracted / package, ignore_errors=True)
        shutil.rmtree(pipeline / "load" / "new" / package, ignore_errors=True)
    for folder in (pipeline / "load" / "normalized").glob("*/"):
        _begin_anew(folder)
    return remains


def _begin_anew(package: Path) -> None:
    """Let a package be loaded as if it never had been, if that was begun."""
    update = package / PackageStorage.SCHEMA_UPDATES_FILE_NAME
    if update.exists():
        return
    new = package / PackageStorage.NEW_JOBS_FOLDER
    done = package / PackageStorage.COMPLETED_JOBS_FOLDER
    done.mkdir(exist_ok=True)
    for folder in (new, package / PackageStorage.STARTED_JOBS_FOLDER, done):
        for job in list(folder.iterdir()):
            if ParsedLoadJobFileName.parse(job.name).file_format in FOLLOWING:
                job.unlink()
            else:
                job.rename(new / job.name)
    for transition in (package / PackageStorage.PENDING_TRANSITIONS_FOLDER).glob("*"):
        transition.unlink()
    # Last, because it says that nothing has begun; then dlt empties the staging tables.
    write_whole(update, "{}")
