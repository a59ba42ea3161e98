"""The commands that tell a figure: as known on a past day, why, and what changed it."""

import click

from dlt_pipelines.commands.console import console
from dlt_pipelines.commands.options import landed_or_say_so, month_of
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import paths


@click.command("known-on")
@click.argument("moment")
def known_on(moment: str) -> None:
    """Build every mart as known on a past day (2026-05-31), moment or snapshot."""
    from dlt_pipelines.knowledge import knowledge
    from dlt_pipelines.operations import refresh as steps

    at = knowledge.moment_of(moment)
    report = steps.RefreshReport()
    with steps.one_run_at_a_time(paths()):
        landed_or_say_so()
        with console.step(report, "build"):
            built = knowledge.known_on(paths(), at, console.build_progress)
    console.line(f"As known on {at:%Y-%m-%d %H:%M}: {built.published}")


@click.group()
def explain() -> None:
    """Tell a figure down to its source records, rates and rules."""


@explain.command()
@click.option("--project", required=True, help="The project's code, e.g. P1018.")
@click.option("--period", required=True, help="The month, e.g. 2026-05.")
@click.option("--known-on", "moment", help="As known on a past day.")
def margin(project: str, period: str, moment: str | None) -> None:
    """Explain the margin of a project and month."""
    from dlt_pipelines.knowledge import explain as explaining
    from dlt_pipelines.knowledge import knowledge, show

    where = paths()
    if moment is not None:
        where = knowledge.known_on(where, knowledge.moment_of(moment))
    told = explaining.explain_margin(where, project, month_of(period))
    show.explanation(told, console.out)


@click.command()
@click.option("--from", "since", required=True, help="The earlier day of knowledge.")
@click.option("--to", "until", help="The later one; what is landed now by default.")
@click.option("--period", required=True, help="The month, e.g. 2026-05.")
@click.option("--project", help="Only this project, with the records of each part.")
def bridge(since: str, until: str | None, period: str, project: str | None) -> None:
    """Split the change of a month's margin between two days of knowledge."""
    from dlt_pipelines.knowledge import bridge as bridging
    from dlt_pipelines.knowledge import knowledge, show
    from dlt_pipelines.operations import refresh as steps

    month = month_of(period)
    report = steps.RefreshReport()
    with steps.one_run_at_a_time(paths()):
        landed_or_say_so()
        first = knowledge.moment_of(since)
        last = knowledge.moment_of(until) if until else knowledge.latest(paths())
        with console.step(report, "build"):
            built = bridging.bridges(paths(), first, last, console.build_progress)
    found = built.of(month, project)
    if not found:
        raise ConfigurationError(
            f"no margin of {period} is known on either day",
            "give a project's code and a month that has activity.",
        )
    moments = (f"{first:%Y-%m-%d %H:%M}", f"{last:%Y-%m-%d %H:%M}")
    for told in found:
        changes = built.changes(told.project_code, month) if project else []
        show.bridge(told, moments, changes, console.out)
