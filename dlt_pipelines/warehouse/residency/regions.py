"""Which region a work folder is of, and which legal entities are a region's.

``region`` under ``[tieout]`` in .dlt/config.toml makes a work folder a region's: what
it publishes is of that region's legal entities only. Which those are, the policy
``legal_entity_policies`` says. A folder is one region's for good.
"""

from dataclasses import dataclass

from dlt_pipelines.core.books import REGION_FILE
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.files import write_whole
from dlt_pipelines.core.settings import Paths, firm_settings
from dlt_pipelines.warehouse import warehouse
from dlt_pipelines.warehouse.policies import policies

UNDIVIDED, WHOLE = "", "the whole firm"


@dataclass(frozen=True)
class Region:
    """A region of the firm and the codes of its legal entities."""

    name: str
    entities: frozenset[str]


def regions() -> dict[str, Region]:
    """The regions of the policy by name."""
    entities: dict[str, set[str]] = {}
    for row in policies.rows_of("legal_entity_policies", warehouse.SEEDS):
        entities.setdefault(row["region"], set()).add(row["legal_entity_code"])
    return {name: Region(name, frozenset(of)) for name, of in entities.items()}


def configured() -> Region | None:
    """The region that is configured; None for a firm that is not divided.

    Raises ConfigurationError for a region that no legal entity is in.
    """
    name, known = firm_settings().get("region"), regions()
    if name is None:
        return None
    if name not in known:
        raise ConfigurationError(
            f"no legal entity is in the region «{name}»",
            f"set region under [tieout] in .dlt/config.toml to {' or '.join(known)}, "
            "as in seeds/legal_entity_policies.csv.",
        )
    return known[name]


def own_region(paths: Paths) -> Region | None:
    """The region whose work folder this is, as it is configured.

    Raises ConfigurationError in a folder that was begun as another's: its old snapshots
    hold that one's detail.
    """
    region = configured()
    name, begun = region.name if region else UNDIVIDED, _begun_as(paths)
    if begun not in (None, name):
        raise ConfigurationError(
            f"{paths.work.name}/ was begun as {begun or WHOLE}, and would be "
            f"{name or WHOLE} now",
            "set TIEOUT_WORK to a folder of its own for each region, or put region "
            "under [tieout] back.",
        )
    return region


def claim(paths: Paths) -> None:
    """Let the folder be this region's from now on, before anything is landed in it."""
    region = own_region(paths)
    if region and not (paths.work / REGION_FILE).exists():
        write_whole(paths.work / REGION_FILE, region.name)


def _begun_as(paths: Paths) -> str | None:
    """The region that a folder is of; None for one in which nothing was landed."""
    file = paths.work / REGION_FILE
    if file.exists():
        return file.read_text(encoding="utf-8")
    return UNDIVIDED if paths.land.exists() else None
