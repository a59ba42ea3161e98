"""What the firm decides once for all of its books: ``seeds/firm_policies.csv``.

dbt gets it as variables: models are compiled with it, as with a setting.
"""

from collections.abc import Collection
from pathlib import Path

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import SEEDS
from dlt_pipelines.warehouse.policies import policies

SEED, REPORTING = "firm_policies", "reporting_currency_code"


def decided(seeds: Path = SEEDS) -> dict[str, str]:
    """Each policy of the firm with its value.

    Raises ConfigurationError when the seed cannot be used.
    """
    [row] = policies.rows_of(SEED, seeds)
    return {**row, REPORTING: row[REPORTING] or _only_currency(seeds)}


def _only_currency(seeds: Path) -> str:
    """The currency in which all entities keep their books."""
    currencies = _of_books(seeds)
    if len(currencies) != 1:
        raise ConfigurationError(
            f"seeds/{SEED}.csv names no {REPORTING}, and the entities keep books in "
            f"{', '.join(currencies) or 'none'}",
            "name the currency that figures over several entities are in.",
        )
    return currencies[0]


def _of_books(seeds: Path) -> list[str]:
    """The currencies in which entities keep their books."""
    rows = policies.rows_of("legal_entity_policies", seeds)
    return sorted({row["currency_code"] for row in rows})


def check(instances: Collection[str], seeds: Path = SEEDS) -> None:
    """Raise ConfigurationError where a policy of the firm cannot be followed.

    ``instances`` are the names of the configured systems: rates are one of theirs.
    """
    source = decided(seeds)["rates_from"]
    if source and source not in instances:
        raise ConfigurationError(
            f"seeds/{SEED}.csv has rates_from {source}, which is no configured system",
            f"name one of {', '.join(sorted(instances))}, or leave it empty.",
        )


def unusual(seeds: Path = SEEDS) -> list[str]:
    """What may be meant and seldom is: a currency in which nobody keeps books."""
    reporting, kept = decided(seeds)[REPORTING], _of_books(seeds)
    if reporting in kept:
        return []
    return [
        f"seeds/{SEED}.csv reports in {reporting}, and the entities keep books in "
        f"{', '.join(kept)}: leave {REPORTING} empty where that is one and is meant"
    ]
