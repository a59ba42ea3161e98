"""The command line: the steps of a refresh, each usable alone.

Exit codes: 0 good, 1 controls held the publication back, 2 usage or configuration,
3 a source or target could not be reached.
"""

import os
import shutil
import sys
from datetime import UTC, datetime

import click

from dlt_pipelines.console import Console
from dlt_pipelines.errors import ConfigurationError, TieoutError, explained
from dlt_pipelines.settings import paths

console = Console()


class _Commands(click.Group):
    """Turns a TieoutError into its two sentences and its exit code."""

    def invoke(self, context: click.Context) -> None:
        os.umask(0o077)  # landed pay data is nobody else's to read
        try:
            super().invoke(context)
        except TieoutError as error:
            console.error(error)
            sys.exit(error.exit_code)
        except Exception as error:
            known = explained(error)
            if known is None:
                raise
            console.error(known)
            sys.exit(known.exit_code)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tieout")
def main() -> None:
    """Project cost, margin and WIP that tie out."""


@main.command()
@click.option("--no-post", is_flag=True, help="Plan, but post nothing.")
def refresh(no_post: bool) -> None:
    """Land, build, audit, publish, and post what policy lets post by itself."""
    from dlt_pipelines.refresh import refresh as run

    report = run(paths(), console, posting=not no_post)
    console.summary(report)
    sys.exit(report.exit_code)


@main.command()
@click.argument("instances", nargs=-1)
def land(instances: tuple[str, ...]) -> None:
    """Land every system, or only the INSTANCES named, into raw."""
    from dlt_pipelines import refresh as steps

    report = steps.RefreshReport()
    with steps.one_run_at_a_time(paths()), steps.systems(paths()) as run:
        only = set(instances) or None
        _check_names(only, {i.name for i in run.instances})
        with console.step(report, "land"):
            report.landings.append(steps.land(paths(), run, console, only))
    console._landed(report)
    console._drift(report)
    for error in report.landings[-1].failures.values():
        console.error(error)
    sys.exit(report.exit_code)


def _check_names(asked: set[str] | None, known: set[str]) -> None:
    unknown = sorted((asked or set()) - known)
    if unknown:
        raise ConfigurationError(
            f"there is no instance {', '.join(unknown)}",
            f"the configured ones are {', '.join(sorted(known))}.",
        )


@main.command()
def build() -> None:
    """Build every model from what has been landed, and run the controls."""
    from dlt_pipelines import refresh as steps
    from dlt_pipelines import warehouse

    report = steps.RefreshReport()
    with steps.one_run_at_a_time(paths()):
        _landed_or_say_so()
        with console.step(report, "build"):
            warehouse.build(paths(), progress=console.build_progress)
        with console.step(report, "audit"):
            _, controls = warehouse.audit(paths(), console.build_progress)
    console._controls(controls)
    sys.exit(1 if any(c.blocks_publication for c in controls) else 0)


@main.command()
def publish() -> None:
    """Audit the built models and swap them in for the readers."""
    from dlt_pipelines import refresh as steps
    from dlt_pipelines import warehouse

    report = steps.RefreshReport()
    with steps.one_run_at_a_time(paths()):
        _landed_or_say_so()
        with console.step(report, "audit"):
            _, controls = warehouse.audit(paths(), console.build_progress)
        with console.step(report, "publish"):
            now = datetime.now(UTC)
            snapshot = warehouse.publish(paths(), controls, "by hand", now)
    console._controls(controls)
    console.snapshot(snapshot, "new")


def _landed_or_say_so() -> None:
    if not paths().land.exists():
        raise ConfigurationError("nothing has been landed yet", "run `tieout land`.")


@main.command()
def plan() -> None:
    """Show what the ERP should hold and does not yet, and what would be posted."""
    from dlt_pipelines.reverse_sync import run as reverse_sync

    reverse_sync.show_plan(reverse_sync.make_plan(paths()), console.out)


@main.command()
def post() -> None:
    """Post the plan: what policy lets post by itself, exactly once."""
    from dlt_pipelines import refresh as steps
    from dlt_pipelines.reverse_sync import run as reverse_sync

    with steps.one_run_at_a_time(paths()), steps.systems(paths()) as run:
        planned = reverse_sync.make_plan(paths())
        reverse_sync.show_plan(planned, console.out)
        for result in reverse_sync.post_plan(planned, paths(), run.instances):
            console.line(str(result))


@main.command()
def status() -> None:
    """Name the published snapshot, its age and its controls."""
    from dlt_pipelines import warehouse

    published = warehouse.published_snapshot(paths())
    if published is None:
        raise ConfigurationError("nothing is published yet", "run `make refresh`.")
    snapshot, controls = published
    written = datetime.fromtimestamp(snapshot.path.stat().st_mtime, UTC)
    minutes = int((datetime.now(UTC) - written).total_seconds() // 60)
    console.snapshot(snapshot, f"{minutes // 60} h {minutes % 60} min")
    console._controls(controls)


@main.command()
def doctor() -> None:
    """Check configuration, credentials, reachability and versions."""
    from dlt_pipelines.doctor import examine

    findings = examine(paths())
    for finding in findings:
        console.line(str(finding))
    sys.exit(max(finding.exit_code for finding in findings))


@main.group()
def sandbox() -> None:
    """The embedded demo firm and its systems."""


@sandbox.command()
@click.option("--port", default=0, help="The port to answer on; 0 picks a free one.")
def serve(port: int) -> None:
    """Serve the firm's systems on loopback until interrupted."""
    from dlt_pipelines.sandbox import process

    console.line("The sandbox's addresses are in work/sandbox/server.json")
    process.serve(paths().sandbox, port)


@sandbox.command()
@click.option("--days", type=int, required=True, help="How far to move the clock.")
def advance(days: int) -> None:
    """Let the firm work for some more days."""
    from dlt_pipelines.sandbox import process

    state = process.advanced(paths().sandbox, days)
    console.line(f"The sandbox's clock is {state.clock}")


@sandbox.command()
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--scale", type=int, default=1, show_default=True)
@click.option("--faults/--no-faults", default=True, show_default=True)
def reset(seed: int, scale: int, faults: bool) -> None:
    """Forget everything of the sandbox and start the firm anew.

    The landed, built and published databases and the ledger of the old firm go too.
    """
    from dlt_pipelines.refresh import one_run_at_a_time
    from dlt_pipelines.sandbox import process

    with one_run_at_a_time(paths()):
        if process.running_server(paths().sandbox):
            raise ConfigurationError(
                "the sandbox is being served", "stop `tieout sandbox serve` first."
            )
        for thing in paths().work.iterdir():
            if thing.is_dir():
                shutil.rmtree(thing)
            elif thing.name != "run.lock":
                thing.unlink()
        process.write_state(
            paths().sandbox, process.State(seed=seed, scale=scale, faults=faults)
        )
    console.line(f"A new firm: seed {seed}, scale {scale}")


@sandbox.command()
def truth() -> None:
    """Write what is true of the firm to work/sandbox/truth.json."""
    from dlt_pipelines.sandbox import process
    from dlt_pipelines.sandbox.simulation import simulate
    from dlt_pipelines.sandbox.truth import truth as truth_of

    state = process.read_state(paths().sandbox)
    firm = simulate(state.seed, state.scale, state.moment, faults=state.faults)
    file = paths().sandbox / "truth.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    truth_of(firm).write(file)
    console.line(f"Written: {file}")


if __name__ == "__main__":
    main()
