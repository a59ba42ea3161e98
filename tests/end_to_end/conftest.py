"""Whole runs, as a user starts them: `tieout` in a work folder of its own.

Only the first reads the project anew, which takes dbt as long as a small firm's build:
the next begin with it as the one before had read it.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dlt_pipelines.core.settings import FINANCE, ROOT, Paths
from dlt_pipelines.operations import firm_folder
from dlt_pipelines.warehouse.warehouse import read_as_in

EARLY = datetime(2025, 3, 10, 6, tzinfo=UTC)  # three months of work: quick to refresh
_latest: dict[Path, Path] = {}  # where `tieout` last ran well, by the project's root


@dataclass(frozen=True)
class Run:
    """What a command came to."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Firm:
    """A sandbox firm in a work folder of its own, and the commands on it."""

    work: Path
    root: Path = ROOT
    home: Path | None = None  # its folder, where its policies are not as delivered

    def tieout(self, *words: str, env: dict[str, str] | None = None) -> Run:
        if self.root in _latest and not (self.work / "dbt").exists():
            read_as_in(Paths(_latest[self.root]), Paths(self.work))
        command = [sys.executable, "-m", "dlt_pipelines.cli", *words]
        surroundings = {
            **os.environ,
            "TIEOUT_WORK": str(self.work),
            "PYTHONPATH": str(self.root),
            **({"DLT_PROJECT_DIR": str(self.home)} if self.home else {}),
            **(env or {}),
        }
        run = subprocess.run(
            command,
            cwd=self.root,
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        if run.returncode == 0 and (self.work / "dbt").exists():
            _latest[self.root] = self.work
        return Run(run.returncode, run.stdout, run.stderr)

    def done(self, *words: str) -> Run:
        """A command that must succeed."""
        run = self.tieout(*words)
        assert run.code == 0, f"{words}: {run.out[-3000:]}\n{run.err[-3000:]}"
        return run

    @property
    def published(self) -> Path:
        return self.work / "published" / "tieout.duckdb"

    def rows(self, query: str) -> list[tuple]:
        with duckdb.connect(self.published.resolve(), read_only=True) as db:
            return db.execute(query).fetchall()


def seen_by_finance_alone(folder: Path, root: Path = ROOT) -> Firm:
    """A sandbox firm with one audience, which sees everything.

    For tests that look at finance's figures alone: one file is written instead of four.
    """
    firm_folder.begin(folder)
    for name in ("audiences", "identity_groups"):
        file = folder / "seeds" / f"{name}.csv"
        header, *rows = file.read_text().splitlines(keepends=True)
        file.write_text(header + "".join(row for row in rows if FINANCE in row))
    return Firm(folder / "work", root=root, home=folder)
