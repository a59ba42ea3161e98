"""The commands of a group and its regions: hand over, build."""

from datetime import UTC, datetime
from pathlib import Path

import click

from dlt_pipelines.commands.console import console
from dlt_pipelines.core.settings import paths


@click.group()
def group() -> None:
    """The group's figures, from aggregates that its regions hand over."""


@group.command("hand-over")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def hand_over(file: Path) -> None:
    """Write what this region tells the group to FILE, with a manifest beside it."""
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.warehouse.residency import handover, manifest

    with steps.one_run_at_a_time(paths()):
        told = handover.hand_over(paths(), file)
    console.line(
        f"{told.region} ({', '.join(told.entities)}) as of {told.as_of_date}: "
        f"{told.rows} rows in {file}, told in {manifest.manifest_of(file)}, signed by "
        f"key {told.key}"
    )
    for few in told.withheld:
        month = few["period_month"][:7]
        console.line(f"Withheld: {few['figures']} of {month}, too few people")


@group.command("build")
@click.argument("files", nargs=-1, required=True,
                type=click.Path(dir_okay=False, path_type=Path))  # fmt: skip
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="The DuckDB file to write.")  # fmt: skip
@click.option(
    "--without", multiple=True, help="A region to leave out; repeat for more."
)
@click.option("--allow-different-days", is_flag=True,
              help="Let the regions be of different as-of dates.")  # fmt: skip
def build_group(
    files: tuple[Path, ...], out: Path, without: tuple[str, ...],
    allow_different_days: bool,
) -> None:  # fmt: skip
    """Make the group's file of the regions' FILES, checked and tied to their sum."""
    from dlt_pipelines.warehouse.residency import group as whole

    hand_overs = whole.build(
        files,
        out,
        datetime.now(UTC),
        without=frozenset(without),
        allow_different_days=allow_different_days,
    )
    for told in (each.manifest for each in hand_overs):
        entities = ", ".join(told.entities)
        console.line(f"{told.region} ({entities}) as of {told.as_of_date}: "
                     f"{told.rows} rows, signed by key {told.key}")  # fmt: skip
    console.line(f"The group, which is their sum: {out}")
