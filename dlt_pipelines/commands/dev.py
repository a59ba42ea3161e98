"""The command for whoever changes a model."""

import sys

import click

from dlt_pipelines.commands.console import console
from dlt_pipelines.core.settings import paths


@click.command()
@click.argument("model")
def dev(model: str) -> None:
    """Build MODEL and what depends on it aside, and say what it changes.

    The last build and what is published stay as they are.
    """
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.operations import trial

    report = steps.RefreshReport()
    with steps.one_run_at_a_time(paths()), console.step(report, "build"):
        made = trial.tried(paths(), model, console.build_progress)
    for change in made.changes:
        if not change.is_none:
            rows = "new" if change.before is None else f"{change.before:,} rows before"
            console.line(
                f"Changed    {change.table}: {rows}, {change.after:,} after, "
                f"{change.gone:,} gone, {change.come:,} come"
                + (f", columns {' '.join(change.columns)}" if change.columns else "")
            )
    same = sum(change.is_none for change in made.changes)
    console.line(f"Same       {same} of {len(made.changes)} tables built")
    console.controls(made.controls)
    for failure in made.failures:
        console.line(f"Failed     {failure}")
    console.line(
        f"Look       TIEOUT_PUBLISHED_PATH='{made.published}' tieout dashboard"
    )
    blocking = any(c.blocks_publication for c in made.controls)
    sys.exit(1 if blocking or made.failures else 0)
