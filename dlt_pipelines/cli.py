"""The command line: its groups, and what ends a command.

Exit codes: 0 good, 1 controls held the publication back or the ledger is in doubt,
2 usage or configuration, 3 a source or target could not be reached, 4 the
ERP holds journals of ours that the ledger lacks.
"""

import contextlib
import io
import os
import sys
import traceback
from datetime import UTC, datetime

import click

from dlt_pipelines.commands import (
    books,
    dashboard,
    dev,
    files,
    group,
    init,
    knowledge,
    ledger,
    postings,
    run,
    sandbox,
)
from dlt_pipelines.commands.console import console
from dlt_pipelines.core.confidential import withheld
from dlt_pipelines.core.errors import Damaged, TieoutError, explained
from dlt_pipelines.core.files import write_whole
from dlt_pipelines.core.settings import HOME, ROOT, paths
from dlt_pipelines.core.text import visible


class _Commands(click.Group):
    """Turns whatever ends a command into two sentences and an exit code."""

    def invoke(self, context: click.Context) -> None:
        os.umask(0o077)  # landed pay data is nobody else's to read
        if HOME != ROOT:  # dlt's own settings, also below the firm's folder
            os.environ.setdefault("DLT_PROJECT_DIR", str(HOME))
        for stream in (sys.stdout, sys.stderr):  # a terminal may not know our signs
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            super().invoke(context)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            console.error(INTERRUPTED)
            sys.exit(130)
        except Exception as error:
            known = _located(explained(error)) or _unforeseen(error)
            console.error(known)
            sys.exit(known.exit_code)


def _located(known: TieoutError | None) -> TieoutError | None:
    """A damaged database by its name, which DuckDB does not always say."""
    from dlt_pipelines.core import damage

    return (isinstance(known, Damaged) and damage.located(paths())) or known


INTERRUPTED = TieoutError(
    "interrupted", "run the same command again: it goes on from what was finished."
)


class _Unforeseen(TieoutError):
    """Not 1, which says that controls held the publication back."""

    exit_code = 70


def _unforeseen(error: Exception) -> TieoutError:
    """A defect: its trace goes to a file of ours, as it may quote a record."""
    file = paths().work / "error.log"
    trace = "".join(traceback.format_exception(error))
    trace = "\n".join(map(visible, withheld(trace).splitlines()))
    with contextlib.suppress(OSError):
        write_whole(file, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n{trace}\n")
    return _Unforeseen(
        f"Tieout came upon something it does not expect ({type(error).__name__})",
        f"run the same command again; if it repeats, report {file}.",
    )


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tieout")
def main() -> None:
    """Project cost, margin and WIP that tie out."""


for command in (
    init.init,
    run.refresh, run.land, run.build, run.publish, run.status, run.doctor,
    dashboard.dashboard, dev.dev, files.files,
    knowledge.known_on, knowledge.explain, knowledge.bridge,
    postings.plan, postings.approve, postings.reject, postings.post,
    ledger.ledger, group.group,
    books.backup, books.restore, books.books,
    sandbox.sandbox,
):  # fmt: skip
    main.add_command(command)


if __name__ == "__main__":
    main()
