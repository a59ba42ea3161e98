"""Records as the commands use them: plan from the published snapshot, then write."""

import contextlib
import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Instance, Paths
from dlt_pipelines.reverse_sync import record_plan, record_recovery
from dlt_pipelines.reverse_sync.journal import Target
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import HOLD, POST, Entry, Plan
from dlt_pipelines.reverse_sync.posting import PostingReport, post
from dlt_pipelines.reverse_sync.postings import Posting
from dlt_pipelines.reverse_sync.records import SUFFIX
from dlt_pipelines.reverse_sync.recovery import Recovery
from dlt_pipelines.reverse_sync.run import opened, opened_to_post
from dlt_pipelines.vendors import VENDORS

BY_HAND = "Tieout writes no records in that system: enter it there"


def is_target(instance: Instance) -> bool:
    """Whether records can be written in this system."""
    return _has_records(instance.vendor)


def _has_records(vendor: str) -> bool:
    return (VENDORS / vendor / "records.py").exists()


def open_target(instance: Instance) -> Target:
    """A session with a system to write records in. Nothing is sent yet."""
    module = importlib.import_module(f"dlt_pipelines.vendors.{instance.vendor}.records")
    return module.open_target(instance, instance.name + SUFFIX)


def make_plan(paths: Paths, *, retry_refused: bool = False) -> Plan:
    """What the published snapshot says other systems lack.

    What a system lacks in which Tieout cannot write is for somebody to enter there.
    """
    with opened(paths) as ledger:
        planned = record_plan.plan(paths.published, ledger, retry_refused=retry_refused)
    closed = _closed_to_records(paths.published)
    entries = [
        replace(entry, action=HOLD, reason=BY_HAND, intents=())
        if entry.action == POST and entry.desired["target_system"] in closed
        else entry
        for entry in planned.entries
    ]
    return replace(planned, entries=entries)


def _closed_to_records(database: Path) -> set[str]:
    """The instances of vendors whose records nobody here can write."""
    path = database.resolve()  # the published path is a link that moves
    with contextlib.closing(duckdb.connect(path, read_only=True)) as published:
        read = published.execute(
            "select distinct source_instance, source_system from publication.sources"
        ).fetchall()
    return {name for name, vendor in read if not _has_records(vendor)}


def post_plan(
    planned: Plan, paths: Paths, instances: list[Instance]
) -> list[PostingReport]:
    """Write what a plan lets through, system by system, and settle what is open.

    A system that could not be used ends its own part: its report says so.
    """
    known = record_recovery.landed(paths.land)
    with opened_to_post(paths) as ledger:
        return post_records(planned, ledger, instances, known)


def find_lost(paths: Paths, instances: list[Instance]) -> dict[str, Recovery]:
    """What systems hold of records that the ledger lacks, by the target's name."""
    rows = record_plan.desired_rows(paths.published)
    known = record_recovery.landed(paths.land)
    found = {}
    with opened(paths) as ledger:
        for instance in filter(is_target, instances):
            target = open_target(instance)
            ours = [row for row in rows if row["target_system"] == instance.name]
            told = record_recovery.recover(target, ledger, ours, known)
            found[target.name] = told
    return found


def post_records(
    planned: Plan,
    ledger: Ledger,
    instances: list[Instance],
    landed: Sequence[record_recovery.Row] = (),
    **options: Any,
) -> list[PostingReport]:
    """As ``post_plan``, with an opened ledger; ``options`` are those of ``post``."""
    look_out = record_recovery.lookout(landed)
    known = {i.name: i for i in instances if is_target(i)}
    wanted: dict[str, list[Entry]] = {
        posting.target.removesuffix(SUFFIX): []
        for posting in ledger.open_postings()
        if posting.target.endswith(SUFFIX)
    }
    for entry in planned.to_post:
        wanted.setdefault(entry.desired["target_system"], []).append(entry)
    unknown = sorted(wanted.keys() - known)
    if unknown:
        raise ConfigurationError(
            f"records cannot be written in {', '.join(unknown)}",
            "hold its rows in seeds/field_ownership.csv or seeds/record_policies.csv, "
            "or configure the instance.",
        )
    return [
        post(
            Plan(entries),
            ledger,
            [open_target(known[name])],
            look_out=look_out,
            **options,
        )
        for name, entries in sorted(wanted.items())
    ]


def targets(reports: Iterable[PostingReport]) -> set[str]:
    """The instances in which something was written."""
    return {
        posting.target.removesuffix(SUFFIX)
        for report in reports
        for posting in (*report.posted, *report.resolved)
    }


def lines(reports: Iterable[PostingReport]) -> list[str]:
    """Reports in lines: counts by system and kind, then every refusal."""
    told = []
    for report in reports:
        told += _counts("written", report.posted)
        told += _counts("of an earlier run, now settled", report.resolved)
        told += [f"refused {p.posting_id}: {why}" for p, why in report.refused]
        if report.overtaken:
            count = len(report.overtaken)
            told.append(f"{count} records changed since the plan: plan again")
    return told


def recovery_lines(found: Mapping[str, Recovery]) -> list[str]:
    """What would be taken up, a line each."""
    return [
        f"{target.removesuffix(SUFFIX)}: record to take up {one.posting_id}"
        + (f", {one.erp_id}" if one.erp_id else "")
        for target, lost in found.items()
        for one in lost.ends
    ]


def _counts(what: str, postings: list[Posting]) -> list[str]:
    counts: dict[tuple[str, str], int] = {}
    for posting in postings:
        key = (posting.target.removesuffix(SUFFIX), posting.kind.replace("_", " "))
        counts[key] = counts.get(key, 0) + 1
    return [
        f"{system}: {count} {kind} {what}"
        for (system, kind), count in sorted(counts.items())
    ]
