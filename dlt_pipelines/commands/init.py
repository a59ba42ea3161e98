"""The command that begins a firm's folder."""

from pathlib import Path

import click

from dlt_pipelines.commands.console import console


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Begin a firm's FOLDER, or add what it lacks: nothing there is changed.

    It holds the configuration, the policies as delivered, and the work below it.
    Commands that run in it use them.
    """
    from dlt_pipelines.operations import firm_folder

    written = firm_folder.begin(folder)
    for name in written:
        console.line(f"Written    {folder / name}")
    if not written:
        console.line(f"Complete   {folder} lacks nothing")
    console.line(
        f"Next       cd to {folder}; `tieout refresh` runs the sandbox until "
        ".dlt/config.toml names the firm's systems; the policies in seeds/ are the "
        "sandbox's until they are edited"
    )
