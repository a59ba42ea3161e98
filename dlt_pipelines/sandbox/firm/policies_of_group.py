"""What the group's policies have that those of the default firm lack.

They are the firm's own, in its folder, as its other policies are: the product's stay.
"""

from pathlib import Path

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import DELIVERED_SEEDS, ROOT
from dlt_pipelines.sandbox.firm.parts import DECLARED

ADDED: dict[str, str] = DECLARED["policies"]


def add_policies(seeds: Path) -> None:
    """Add to the policies in ``seeds`` what the group's companies need.

    A row that is there stays there once. Raises ConfigurationError within the product.
    """
    if seeds.resolve().is_relative_to(ROOT):
        raise ConfigurationError(
            "the group has policies of its own, and these are the product's",
            "make a firm's folder with `tieout init FOLDER` and go there.",
        )
    for seed, added in ADDED.items():
        file = seeds / f"{seed}.csv"
        here = file if file.exists() else DELIVERED_SEEDS / file.name
        text = here.read_text(encoding="utf-8")
        held = set(text.splitlines())
        new = [row for row in added.splitlines() if row not in held]
        if new:
            end = "" if text.endswith("\n") else "\n"
            file.write_text(text + end + "\n".join(new) + "\n", encoding="utf-8")
