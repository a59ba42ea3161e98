"""The commands of the embedded demo firm."""

import click

from dlt_pipelines.commands.console import console
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import SEEDS, paths


@click.group()
def sandbox() -> None:
    """The embedded demo firm and its systems."""
    from dlt_pipelines.core import books

    books.check_owner(paths(), books.SANDBOX_KEY.encode(), books.SANDBOX)


@sandbox.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="The port to answer on; 0 picks a free one.",
)
def serve(port: int) -> None:
    """Serve the firm's systems on loopback until interrupted."""
    from dlt_pipelines.sandbox import process

    file = paths().sandbox / "server.json"
    console.line(f"The sandbox's addresses are in {file} as soon as it answers")
    process.serve(paths().sandbox, port)


@sandbox.command()
@click.option(
    "--days",
    type=click.IntRange(0, 3650),
    required=True,
    help="How far to move the clock.",
)
def advance(days: int) -> None:
    """Let the firm work for some more days."""
    from dlt_pipelines.sandbox import process

    state = process.advanced(paths().sandbox, days)
    console.line(f"The sandbox's clock is {state.clock}")


@sandbox.command()
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--scale", type=click.IntRange(1, 1000), default=1, show_default=True)
@click.option("--faults/--no-faults", default=True, show_default=True)
@click.option("--wild", is_flag=True, help="In the situations of real firms.")
@click.option(
    "--systems",
    default="",
    metavar="VENDOR,…",
    help="The vendors whose systems it uses, all of them; else the default ones.",
)
@click.option(
    "--firm",
    "name",
    type=click.Choice(["firm", "group"]),
    default="firm",
    show_default=True,
    help="The group's companies have an ERP each and a PSA by region.",
)
def reset(
    seed: int, scale: int, faults: bool, wild: bool, systems: str, name: str
) -> None:
    """Forget everything of the sandbox and start the firm anew.

    The landed, built and published databases and the ledger of the old firm go too.
    """
    from dlt_pipelines.core import books
    from dlt_pipelines.operations import refresh as steps
    from dlt_pipelines.sandbox import process
    from dlt_pipelines.sandbox.firm.policies import GROUP
    from dlt_pipelines.sandbox.firm.policies_of_group import add_policies
    from dlt_pipelines.sandbox.serving.server import known_systems

    used = known_systems(name.strip() for name in systems.split(",") if name.strip())

    with steps.one_run_at_a_time(paths()):
        if process.running_server(paths().sandbox):
            raise ConfigurationError(
                "the sandbox is being served", "stop `tieout sandbox serve` first."
            )
        if name == GROUP:
            add_policies(SEEDS)
        books.forget_sandbox(paths())
        state = process.State(
            seed=seed, scale=scale, faults=faults, wild=wild, systems=used, name=name
        )
        process.write_state(paths().sandbox, state)
    console.line(f"A new {name}: seed {seed}, scale {scale}")
