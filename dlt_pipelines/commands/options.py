"""What several commands ask for, and read the same way."""

from datetime import date

import click

from dlt_pipelines.core import periods
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import paths

REASON = click.option("--reason", required=True, help="Why; auditors read it.")


def landed_or_say_so() -> None:
    """Raise ConfigurationError while there is nothing to build from."""
    if not paths().land.exists():
        raise ConfigurationError("nothing has been landed yet", "run `tieout land`.")


def month_of(text: str) -> date:
    """The first day of a period: of a month given as 2026-05, else given itself."""
    try:
        return periods.first_day(text)
    except ValueError:
        raise ConfigurationError(
            f"«{text}» is no month",
            "give it as 2026-05; a period that is no month by its first day, "
            "2026-01-29.",
        ) from None
