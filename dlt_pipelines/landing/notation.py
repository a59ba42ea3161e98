"""How a system writes numbers and moments in texts, where its configuration says so.

Options of every instance: ``decimal_mark`` («.» or «,») and ``time_zone`` (a name such
as «Europe/Berlin»). Without them a text is read where it can mean one thing alone, and
a number such as 1.234 means what JSON means by it.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dlt_pipelines.core import configuration
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import numbers

GROUPS = {".": ", '", ",": ". '"}  # what may mark thousands beside a decimal mark


@dataclass(frozen=True)
class Notation:
    """What a system's texts mean; None where it does not say."""

    decimal_mark: str | None = None
    time_zone: str | None = None

    @classmethod
    def of(cls, instance: Instance) -> "Notation":
        """What an instance's options say; raises ConfigurationError on what is none."""
        mark, zone = (instance.options.get(name) for name in configuration.NOTATION)
        if mark not in (None, "", *GROUPS):
            raise _wrong(instance, "decimal_mark", "«.» or «,»")
        try:
            ZoneInfo(str(zone or "UTC"))
        except (ZoneInfoNotFoundError, ValueError) as error:
            example = "the name of a time zone, such as «Europe/Berlin»"
            raise _wrong(instance, "time_zone", example) from error
        return cls(mark or None, zone or None)

    def number(self, text: str, declared: str) -> int | Decimal | None:
        """What a text says with this decimal mark; None where that is no number.

        ``declared`` is as in ``numbers.number``, and so is what it can hold.
        """
        mark = self.decimal_mark or "."
        text = numbers.spaced(text)
        groups = GROUPS[mark]
        grouped = "|".join(rf"\d{{1,3}}(?:{re.escape(g)}\d{{3}})+" for g in groups)
        shown = rf"[+-]?(?:{grouped}|\d+)(?:{re.escape(mark)}\d+)?"
        if not re.fullmatch(shown, text):
            return None
        plain = text.translate(str.maketrans("", "", groups)).replace(mark, ".")
        return numbers.number(plain, declared)


AS_JSON = Notation()


def _wrong(instance: Instance, option: str, right: str) -> ConfigurationError:
    return ConfigurationError(
        f"{option} of {instance.name} is «{instance.options[option]}»",
        f"write {right} under [sources.{instance.name}] in .dlt/config.toml.",
    )
