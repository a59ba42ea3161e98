"""The commands that run the steps of a refresh, and tell what came of it."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime

import click

from dlt_pipelines.commands.console import console
from dlt_pipelines.commands.options import landed_or_say_so
from dlt_pipelines.core.configuration import unknown
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Instance, paths

ANEW = click.option(
    "--land-anew",
    "anew",
    is_flag=True,
    help="Begin the landing file again, without what was known on past days.",
)


@click.command()
@click.option("--no-post", is_flag=True, help="Plan, but post nothing.")
@ANEW
def refresh(no_post: bool, anew: bool) -> None:
    """Land, build, audit, publish, and post what policy lets post by itself."""
    from dlt_pipelines.operations.refresh import refresh as run

    report = run(paths(), console, posting=not no_post, anew=anew)
    console.summary(report)
    sys.exit(report.exit_code)


@click.command()
@click.argument("instances", nargs=-1)
@click.option(
    "--accept-deletions",
    "accepted",
    multiple=True,
    metavar="INSTANCE.TABLE",
    help="Believe that the rows of this table that wait as deleted are gone.",
)
@click.option(
    "--again",
    multiple=True,
    metavar="INSTANCE.TABLE",
    help="Read this table from its start; what is as it was is not landed twice.",
)
@ANEW
def land(
    instances: tuple[str, ...],
    accepted: tuple[str, ...],
    again: tuple[str, ...],
    anew: bool,
) -> None:
    """Land every system, or only the INSTANCES named, into raw."""
    from dlt_pipelines.operations import refresh as steps

    report = steps.RefreshReport()
    with (
        steps.one_run_at_a_time(paths()),
        steps.ready_to_land(paths(), anew=anew) as run,
    ):
        only = set(instances) or None
        _check_names(only, {i.name for i in run.instances})
        _check_waiting(accepted, only)
        _check_tables(again, run.instances, only)
        with console.step(report, "land"):
            landed = steps.land(
                paths(), run, console, only, frozenset(accepted), frozenset(again)
            )
            report.landings.append(landed)
    console.firm(run.firm)
    console.sources(report)
    console.drift(report)
    for error in report.landings[-1].errors:
        console.error(error)
    sys.exit(report.exit_code)


def _check_names(asked: set[str] | None, known: set[str]) -> None:
    unknown = sorted((asked or set()) - known)
    if unknown:
        raise ConfigurationError(
            f"there is no instance {', '.join(unknown)}",
            f"the configured ones are {', '.join(sorted(known))}.",
        )


def _check_waiting(accepted: Iterable[str], only: set[str] | None) -> None:
    """Who confirms deletions has been told of them, or would sign a blank cheque."""
    from dlt_pipelines.landing import deletions

    waiting = deletions.tables_waiting(paths().land)
    if unknown := sorted(set(accepted) - waiting):
        told = f"those that wait are of {', '.join(sorted(waiting))}"
        raise ConfigurationError(
            f"no deletions of {', '.join(unknown)} wait for anybody",
            f"{told if waiting else 'land first'}; a landing tells what is in doubt.",
        )
    systems = {table.partition(".")[0] for table in accepted}
    if only and (beside := sorted(systems - only)):
        raise ConfigurationError(
            f"deletions of {', '.join(beside)} are confirmed by landing it",
            "name it too, or no system, to land all.",
        )


def _check_tables(
    asked: Iterable[str], instances: Iterable[Instance], only: set[str] | None
) -> None:
    from dlt_pipelines.landing.declarations import declared_tables

    known = {
        f"{instance.name}.{table}"
        for instance in instances
        if only is None or instance.name in only
        for table in declared_tables(instance.vendor)
    }
    for table in sorted(set(asked) - known):
        what = f"there is no table {table} among those that are landed"
        raise unknown(table, what, table, known)


@click.command()
def build() -> None:
    """Build every model from what has been landed, and run the controls."""
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.warehouse import warehouse

    report = steps.RefreshReport()
    with steps.one_run_at_a_time(paths()):
        landed_or_say_so()
        steps.BuildMemory(paths()).building(None)  # until a refresh has published it
        with console.step(report, "build"):
            warehouse.build(paths(), progress=console.build_progress)
        with console.step(report, "audit"):
            _, controls = warehouse.audit(paths(), console.build_progress)
    console.controls(controls)
    sys.exit(1 if any(c.blocks_publication for c in controls) else 0)


@click.command()
def publish() -> None:
    """Audit the built models and swap them in for the readers."""
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.warehouse import publication, warehouse

    report = steps.RefreshReport()
    with steps.one_run_at_a_time(paths()):
        landed_or_say_so()
        earlier = publication.published_snapshot(paths())
        if earlier is not None:  # a run that was killed may not have kept it
            steps.keep(paths(), earlier[0])
        with console.step(report, "audit"):
            _, controls = warehouse.audit(paths(), console.build_progress)
        with console.step(report, "publish"):
            now = datetime.now(UTC)
            published = publication.publish(paths(), controls, "by hand", now)
        steps.keep(paths(), published[0])
    report.snapshot, report.controls = published
    console.controls(report.controls)
    console.snapshot(report.snapshot, "new")
    for stop in report.stops:
        console.error(stop)
    sys.exit(report.exit_code)


@click.command()
def status() -> None:
    """Name the published snapshot, its age and sources, controls, exceptions, gaps."""
    from dlt_pipelines.core import books
    from dlt_pipelines.reverse_sync import run as reverse_sync
    from dlt_pipelines.warehouse import publication
    from dlt_pipelines.warehouse.audiences import audiences

    published = publication.published_snapshot(paths())
    if published is None:
        raise ConfigurationError("nothing is published yet", "run `tieout refresh`.")
    snapshot, controls = published
    written = datetime.fromtimestamp(snapshot.path.stat().st_mtime, UTC)
    held = books.owner(paths())
    console.firm(held.name if held else "unknown")
    minutes = int((datetime.now(UTC) - written).total_seconds() // 60)
    console.snapshot(snapshot, f"{minutes // 60} h {minutes % 60} min")
    console.readings(publication.readings(snapshot.path))
    console.controls(controls)
    console.exceptions(publication.exceptions(snapshot.path))
    for name, count in reverse_sync.unanswered(paths()).items():
        console.line(f"Postings   {count} sent to {name} have no answer yet")
    missing = publication.without_file(paths(), controls, audiences())
    for stop in missing:
        console.error(stop)
    sys.exit(max((stop.exit_code for stop in missing), default=0))


@click.command()
def doctor() -> None:
    """Check configuration, credentials, reachability and versions."""
    from dlt_pipelines.operations.doctor import examine

    findings = examine(paths())
    for finding in findings:
        console.line(str(finding))
    sys.exit(max(finding.exit_code for finding in findings))
