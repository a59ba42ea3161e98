"""`python -m tests.truth` writes what is true of the sandbox firm beside its state."""

import os
import sys

from dlt_pipelines.commands.console import console
from dlt_pipelines.core import books
from dlt_pipelines.core.errors import TieoutError
from dlt_pipelines.core.settings import paths
from dlt_pipelines.sandbox import process
from tests.truth.truth import truth


def main() -> None:
    os.umask(0o077)  # as the commands: a work folder is its owner's alone
    try:
        books.check_owner(paths(), books.SANDBOX_KEY.encode(), books.SANDBOX)
    except TieoutError as error:
        console.error(error)
        sys.exit(error.exit_code)
    firm = process.simulated(process.read_state(paths().sandbox))
    file = paths().sandbox / "truth.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    truth(firm).write(file)
    console.line(f"Written: {file}")


if __name__ == "__main__":
    main()
