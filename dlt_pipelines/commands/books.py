"""The commands on a firm's books as a whole: back them up, restore, remove them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlt_pipelines.commands.console import console
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Paths, paths

if TYPE_CHECKING:
    from dlt_pipelines.core.books import Owner
    from dlt_pipelines.operations.backup import Manifest

PLACE = click.Path(path_type=Path)


@click.command()
@click.argument("destination", type=PLACE)
def backup(destination: Path) -> None:
    """Back the firm's books up to DESTINATION, a folder or a new file."""
    from dlt_pipelines.operations import backup as backups

    file, manifest = backups.back_up(paths(), destination, _waiting)
    _tell_backup(file, manifest)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(file: Path) -> None:
    """Restore a backup's FILE into a work folder that is empty or not there."""
    from dlt_pipelines.operations import backup as backups

    manifest = backups.restore(file, paths())
    console.line(f"Restored   {paths().work}, as backed up at {manifest.taken_at}")
    console.firm(manifest.firm)
    _tell_ledger(manifest.ledger)
    console.line(
        "Next       `tieout ledger verify`, then `tieout refresh`: what was posted "
        "since that backup the ERP knows, and this ledger does not; what awaits "
        "approval is approved anew"
    )


@click.group()
def books() -> None:
    """The firm's books in the work folder as a whole."""


@books.command()
@click.option("--backup", "destination", type=PLACE, help="Where the backup goes.")
@click.option("--without-backup", is_flag=True, help="Keep none: gone for good.")
def remove(destination: Path | None, without_backup: bool) -> None:
    """Remove the firm's books, once its name has been typed.

    A backup is kept, beside the work folder unless another place is given.
    """
    from dlt_pipelines.core import books as held
    from dlt_pipelines.operations import backup as backups
    from dlt_pipelines.operations import refresh as steps

    if destination and without_backup:
        raise click.UsageError("--backup and --without-backup contradict each other.")
    place = destination or paths().work.parent
    with steps.one_run_at_a_time(paths()):
        owner = _owner_to_remove(paths())
        _tell_what_goes(owner, paths(), None if without_backup else place)
        typed = click.prompt("Type the firm's name to remove them", err=True)
        if typed.strip() != owner.name:
            raise ConfigurationError(
                f"«{typed.strip()}» is not the name of the firm", "nothing was removed."
            )
        if not without_backup:
            _tell_backup(*backups.take(paths(), place))
        held.remove(paths())
    console.line(f"Removed    the books of {typed.strip()} from {paths().work}")


def _owner_to_remove(where: Paths) -> "Owner":
    """Raise ConfigurationError for books without a firm's name, or in use."""
    from dlt_pipelines.core import books as held
    from dlt_pipelines.sandbox import process

    owner = held.owner(where)
    if owner is None or not owner.name:
        raise ConfigurationError(
            f"{where.work.name}/ does not say whose books it holds",
            "run `tieout land` once with firm set under [tieout]: it writes it down.",
        )
    if process.running_server(where.sandbox):
        raise ConfigurationError(
            "the sandbox is being served", "stop `tieout sandbox serve` first."
        )
    return owner


def _tell_what_goes(owner: "Owner", where: Paths, place: Path | None) -> None:
    from dlt_pipelines.core import books as held
    from dlt_pipelines.reverse_sync import run as reverse_sync

    console.firm(owner.name)
    for part in held.parts(where):
        size = f"{part.size / 2**20:>9,.1f} MiB"
        console.line(f"Goes       {size}  {part.path.name}: {part.what}")
    _tell_ledger(held.ledger_rows(where.ledger))
    published = where.published.parent.glob("*")
    console.line(f"Snapshots  {sum(not path.is_symlink() for path in published)}")
    if others := held.not_ours(where):
        console.line(f"Stays      {', '.join(others)}: not Tieout's")
    if reverse_sync.is_elsewhere():
        console.line("Stays      the ledger: it is in a PostgreSQL database")
    console.line(f"Backup     {place or 'NONE: they are gone for good'}")


def _tell_backup(file: Path, manifest: "Manifest") -> None:
    size = f"{file.stat().st_size / 2**20:,.1f} MiB"
    console.line(f"Backup     {file}")
    console.line(f"           {size}, {len(manifest.files)} files of {manifest.firm}")
    _tell_ledger(manifest.ledger)
    for name, why in manifest.left_out.items():
        console.line(f"Left out   {name}: {why}")


def _tell_ledger(rows: dict[str, Any]) -> None:
    told = ", ".join(f"{table} {count}" for table, count in sorted(rows.items()))
    console.line(f"Ledger     {told or 'nothing was posted or decided'}")


def _waiting() -> None:
    console.line("Waiting    for another run to end: a backup is taken between runs")
