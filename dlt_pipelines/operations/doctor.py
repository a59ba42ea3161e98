"""`tieout doctor`: is everything there that a refresh needs? A line each."""

import importlib
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import version

from dlt_pipelines.core import damage
from dlt_pipelines.core.errors import ConfigurationError, TieoutError
from dlt_pipelines.core.settings import SEEDS, Instance, Paths
from dlt_pipelines.landing import clock, tenant_settings
from dlt_pipelines.operations.refresh import Systems, systems
from dlt_pipelines.reverse_sync import run as reverse_sync
from dlt_pipelines.warehouse.policies import firm_policies, policies

LEAST_FREE_BYTES = 2 * 2**30
EXPECTED = {"duckdb": "2.", "dbt-core": "1.11.", "dlt": "1.", "streamlit": "1."}


@dataclass(frozen=True)
class Finding:
    """One thing looked at, what was seen and, if it is not good, what to do."""

    subject: str
    seen: str
    do: str = ""
    exit_code: int = 0

    def __str__(self) -> str:
        """A line: a tick or a cross, the subject, what was seen, what to do."""
        mark = "✓" if self.exit_code == 0 else "✗"
        remedy = f" → {self.do}" if self.do else ""
        return f"{mark} {self.subject}: {self.seen}{remedy}"


def examine(paths: Paths) -> list[Finding]:
    """Look at versions, disk, configuration, and each system's credentials."""
    findings = [_python(), *_versions(), _disk(paths), _databases(paths)]
    findings += [_checkpoints(paths), *_policies()]
    try:
        with systems(paths) as run:
            systems_of = f"{len(run.instances)} systems of {run.firm}"
            kind = "the sandbox" if run.is_sandbox else systems_of
            findings.append(Finding("configuration", kind))
            findings += [] if run.is_sandbox else [_clock(run)]
            firm_policies.check([instance.name for instance in run.instances])
            findings += [system(instance) for instance in run.instances]
    except TieoutError as error:
        findings.append(Finding("configuration", error.what, error.do, error.exit_code))
    return findings


def _python() -> Finding:
    seen = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", seen)


def _versions() -> list[Finding]:
    findings = []
    for package, prefix in EXPECTED.items():
        seen = version(package)
        good = seen.startswith(prefix)
        do = "" if good else f"it must be {prefix}x: run `make reinstall`."
        findings.append(Finding(package, seen, do, 0 if good else 2))
    return findings


def _disk(paths: Paths) -> Finding:
    free = shutil.disk_usage(paths.work if paths.work.exists() else ".").free
    seen = f"{free / 2**30:.1f} GiB free"
    if free >= LEAST_FREE_BYTES:
        return Finding("disk", seen)
    return Finding("disk", seen, "make room: a refresh needs about 2 GiB.", 2)


def _databases(paths: Paths) -> Finding:
    try:
        damage.landing_is_there(paths)
        damaged: TieoutError | None = damage.located(paths)
    except TieoutError as error:
        damaged = error
    if damaged is None:
        return Finding("databases", "readable to their end")
    return Finding("databases", damaged.what, damaged.do, damaged.exit_code)


def _checkpoints(paths: Paths) -> Finding:
    try:
        archive = reverse_sync.archive(paths)
        keys, found = archive.keys.trusted(), archive.found()
        if found.unreached:
            raise found.unreached[0]
    except TieoutError as error:
        return Finding("checkpoints", error.what, error.do, error.exit_code)
    by = f", signed by key {', '.join(sorted(keys))}" if keys else ""
    places = ", ".join(place.shown for place in found.held)
    return Finding("checkpoints", f"{len(found.checkpoints)} in {places}{by}")


def _policies() -> list[Finding]:
    seen = [Finding("policies", told) for told in policies.news()]
    try:
        policies.check()
        seen += [Finding("policies", told) for told in firm_policies.unusual()]
    except TieoutError as error:
        return [*seen, Finding("policies", error.what, error.do, error.exit_code)]
    return seen or [Finding("policies", f"sound, in {SEEDS}")]


def _clock(run: Systems) -> Finding:
    try:
        clock.agree(run.instances, run.now)
    except TieoutError as error:
        return Finding("clock", error.what, error.do, error.exit_code)
    return Finding("clock", "agrees with the systems'")


def system(instance: Instance) -> Finding:
    """Whether a system can be used, and all at once that it lacks."""
    subject = f"{instance.name} ({instance.vendor})"
    module = importlib.import_module(f"dlt_pipelines.vendors.{instance.vendor}.client")
    seen, lacks = "", list[TieoutError]()
    try:
        seen = module.connect(instance).ping()
    except ConfigurationError as error:  # it answers: more may be missing
        lacks.append(error)
    except TieoutError as error:
        return Finding(subject, error.what, error.do, error.exit_code)
    try:
        if fields := tenant_settings.missing(instance):
            told = tenant_settings.lacks(instance, fields)
            do = tenant_settings.remedy(instance.name)
            lacks.append(ConfigurationError(told, do))
    except TieoutError as error:
        lacks = lacks or [error]  # it may be the same again
    if not lacks:
        return Finding(subject, seen)
    what = "; ".join(error.what for error in lacks)
    return Finding(
        subject, what, " ".join(error.do for error in lacks), lacks[0].exit_code
    )
