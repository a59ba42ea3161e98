"""The command that tries out a delivered file."""

import sys
from pathlib import Path

import click

from dlt_pipelines.commands.console import console
from dlt_pipelines.core.errors import ConfigurationError


@click.group()
def files() -> None:
    """Files of systems without an API."""


@files.command("try")
@click.argument("path", type=click.Path(path_type=Path))
def try_file(path: Path) -> None:
    """Show what of the file at PATH would land, and which rows would not.

    Nothing is landed. Exit code 1 says that it would be refused.
    """
    from dlt_pipelines.core.settings import instances
    from dlt_pipelines.vendors.files.declaration import VENDOR
    from dlt_pipelines.vendors.files.preview import tried

    delivering = [instance for instance in instances() if instance.vendor == VENDOR]
    if not delivering:
        raise ConfigurationError(
            "no system delivers files",
            'configure one with vendor = "files" (docs/files.md shows how).',
        )
    found = tried(delivering, path)
    for each in found:
        for word, told in each.told():
            console.line(f"{word:<10} {told}")
    sys.exit(0 if all(each.would_land for each in found) else 1)
