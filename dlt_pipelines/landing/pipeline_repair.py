"""Brings a dlt pipeline's folder back in order, and lets it have any name.

dlt deletes ``normalize/extracted/<id>`` only after it has renamed the normalized
package into ``load/normalized``; killed in between, every later run fails on the half
deleted remains. What has been normalized is whole, so the remains can go.
"""

import shutil
from pathlib import Path

from dlt.destinations.impl.duckdb import duck


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
    return remains
