"""Publication: a folder with a file an audience, swapped in whole by one link.

Readers never meet the writer. A snapshot is written to a folder of a new name, complete
with every audience's file, and a symbolic link is renamed over the published one: all
audiences swap at once, and who has a file open keeps reading it.
"""

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from dlt_pipelines.core.errors import HeldBack, explained
from dlt_pipelines.core.readings import Reading
from dlt_pipelines.core.settings import CURRENT, FINANCE, SNAPSHOT_FILE, Paths
from dlt_pipelines.warehouse import standard_cost
from dlt_pipelines.warehouse.audiences import Audience
from dlt_pipelines.warehouse.editions import Edition, Sources, write_files
from dlt_pipelines.warehouse.policies import policies
from dlt_pipelines.warehouse.residency import regions
from dlt_pipelines.warehouse.warehouse import SEEDS, Control, Progress, remove_left

SNAPSHOTS_KEPT = 5
UNFINISHED = ".part"  # what a folder is called until it is whole, and when it goes


@dataclass(frozen=True)
class Snapshot:
    """A published snapshot; ``path`` is finance's file.

    ``withheld`` says which audiences' files it is without and why, when it was made.
    """

    snapshot_id: str
    path: Path
    published_at: datetime
    as_of_date: date
    controls_passed: int
    controls_failed: int
    withheld: HeldBack | None = None


def publish(
    paths: Paths,
    controls: list[Control],
    load_id: str,
    now: datetime,
    progress: Progress | None = None,
) -> tuple[Snapshot, list[Control]]:
    """Swap the built models in as a new snapshot, a file an audience.

    Returns it and its controls, as they are after the pass at standard cost. What that
    pass found lacking keeps the files at standard cost back: the snapshot has none, for
    an earlier one beside today's would pass for today's. Raises HeldBack when a
    blocking control failed: readers keep the last good one.
    """
    _keep_back(controls)
    sources = Sources.of(paths, regions.own_region(paths))
    if sources.at_standard:
        goals = sources.at_standard
        tied = standard_cost.build(paths, sources.manifest, goals, progress)
        _keep_back(tied)
        latest = {c.control_id: c for c in (*controls, *tied)}
        controls = sorted(latest.values(), key=lambda c: c.control_id)
    withheld = None
    if any(c.blocks_standard for c in controls):
        withheld = _withheld(controls, sources.without_pay)
        sources = sources.kept_to_actual()
    folder = paths.published.parent
    snapshot_id = f"{now:%Y%m%dT%H%M%S}-{_digest(load_id, time.time_ns())}"
    final = folder / snapshot_id
    try:
        folder.mkdir(parents=True, exist_ok=True)
        edition = Edition(snapshot_id, now, as_of(paths.build), load_id, controls)
        with swapped_when_whole(final) as part:
            write_files(part, sources, edition)
        _point(folder / CURRENT, Path(snapshot_id))
        _point(paths.published, Path(CURRENT, FINANCE, SNAPSHOT_FILE))
    except (OSError, duckdb.Error) as error:
        raise explained(error) or error from error
    _prune(folder, keep=final)
    passed = sum(c.status == "passed" for c in controls)
    file = final / FINANCE / SNAPSHOT_FILE
    day, failed = edition.as_of_date, sum(c.is_of_concern for c in controls)
    made = Snapshot(snapshot_id, file, now, day, passed, failed, withheld)
    return made, controls


def _keep_back(controls: list[Control]) -> None:
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


def _withheld(controls: list[Control], audiences: list[str]) -> HeldBack | None:
    """Why the files of these audiences are kept back; None when there are none."""
    if not audiences:
        return None
    lacking = [c for c in controls if c.blocks_standard]
    return HeldBack(
        f"the snapshot is without the files of {', '.join(audiences)}, which are at "
        f"standard cost: {', '.join(map(_told, lacking))}",
        f"{_remedies(lacking)} All that is lacking is in finance's file, "
        "reconciliation.rec_labour_at_standard; whose audience is not needed, take out "
        "of seeds/audiences.csv.",
    )


def without_file(
    paths: Paths, controls: list[Control], readers: list[Audience]
) -> list[HeldBack]:
    """Which of the audiences the published snapshot has no file for, and why.

    ``controls`` are the snapshot's; one without a remedy gets the policy's.
    """
    missing = [a for a in readers if not paths.audience(a.name).exists()]
    policy = {
        row.cells["control_id"]: row.cells["remedy"]
        for row in policies.declared(SEEDS)["control_policies"].rows
    }
    lacking = [
        replace(c, remedy=c.remedy or policy.get(c.control_id, ""))
        for c in controls
        if c.blocks_standard
    ]
    at_standard = [a.name for a in missing if lacking and not a.sees_pay]
    new = ", ".join(sorted({a.name for a in missing}.difference(at_standard)))
    found = _withheld(lacking, sorted(at_standard))
    told = [found] if found else []
    if new:
        told.append(
            HeldBack(
                f"the snapshot has no file for {new}: it was published before "
                "seeds/audiences.csv named it",
                "refresh again: `tieout refresh`.",
            )
        )
    return told


def _remedies(controls: list[Control]) -> str:
    told = dict.fromkeys(c.remedy or "Correct what the message names" for c in controls)
    return " ".join(f"{remedy}." for remedy in told)


def _told(control: Control) -> str:
    told = f"{control.control_id} {control.name}"
    generic = control.message.startswith("Got ")  # dbt's count of rows, and no more
    return f"{told} ({control.message})" if control.message and not generic else told


def exceptions(published: Path) -> list[tuple[str, int, dict[str, Decimal]]]:
    """How many exceptions of each severity a published file has, the gravest first.

    Beside them what is in question, by currency: absolute amounts, as far as they are
    known. None where the file was published before there were any.
    """
    with contextlib.closing(duckdb.connect(published, read_only=True)) as db:
        if not db.execute(
            "from duckdb_tables() where table_name = 'rec_exceptions'"
        ).fetchall():
            return []
        rows = db.execute(
            "select severity, currency_code, count(*), sum(abs(amount))"
            " from reconciliation.rec_exceptions group by severity, currency_code"
            " order by case severity when 'high' then 1 when 'medium' then 2 else 3"
            " end, severity, currency_code"
        ).fetchall()
    found: dict[str, tuple[int, dict[str, Decimal]]] = {}
    for severity, currency, number, amount in rows:
        count, amounts = found.get(severity, (0, {}))
        if amount is not None and currency is not None:
            amounts[currency] = amount
        found[severity] = (count + number, amounts)
    return [(severity, *told) for severity, told in found.items()]


def readings(published: Path) -> list[Reading]:
    """What a published file is made of; nothing where an earlier release wrote it."""
    with contextlib.closing(duckdb.connect(published, read_only=True)) as db:
        if not db.execute(
            "from duckdb_tables() where schema_name = 'publication'"
            " and table_name = 'sources'"
        ).fetchall():
            return []
        rows = db.execute(
            "select source_instance, table_name, status, age_days, error"
            " from publication.sources"
            " order by age_days desc nulls first, source_instance, table_name"
        ).fetchall()
    return [Reading(*row) for row in rows]


def _digest(*parts: Any) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:8]


def as_of(build: Path) -> date:
    """The business date of a build."""
    with contextlib.closing(duckdb.connect(build, read_only=True)) as db:
        [(day,)] = db.execute("select as_of_date from canonical.dim_as_of").fetchall()
    return day


@contextlib.contextmanager
def swapped_when_whole(final: Path) -> Iterator[Path]:
    """A new folder, which gets its name if nothing fails."""
    part = final.with_name(final.name + UNFINISHED)
    shutil.rmtree(part, ignore_errors=True)  # of a run that was killed
    part.mkdir()
    try:
        yield part
        os.rename(part, final)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _point(link: Path, target: Path) -> None:
    """Rename a symbolic link over another: atomic for every reader."""
    if link.is_symlink() and link.readlink() == target:
        return
    fresh = link.with_name(f"{link.name}.next")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    os.replace(fresh, link)


def _prune(folder: Path, keep: Path) -> None:
    """Remove old snapshots, what a killed run left, and an older release's files."""
    snapshots = sorted(_snapshots(folder), key=lambda path: path.stat().st_mtime)
    for old in snapshots[:-SNAPSHOTS_KEPT]:
        if old != keep:
            os.rename(old, old.with_name(old.name + UNFINISHED))
    # Nobody else publishes now.
    remove_left(folder, f"*{UNFINISHED}")
    remove_left(folder, "tieout_*")


def _snapshots(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.iterdir()
        if path.is_dir() and not path.is_symlink() and path.suffix != UNFINISHED
    ]


def published_snapshot(paths: Paths) -> tuple[Snapshot, list[Control]] | None:
    """The snapshot readers open now and its controls; None before the first."""
    if not paths.published.exists():
        return None
    path = paths.published.resolve()
    query = (
        "select snapshot_id, published_at, as_of_date, controls_passed,"
        " controls_failed from publication.snapshot"
    )
    with contextlib.closing(duckdb.connect(path, read_only=True)) as db:
        [(snapshot_id, *rest)] = db.execute(query).fetchall()
        controls = [
            # A snapshot of an earlier release does not say why one is absent.
            Control(*(*told[:7], next(iter(told[7:]), None) or ""))
            for told in db.execute("from publication.controls").fetchall()
        ]
    return Snapshot(snapshot_id, path, *rest), controls
