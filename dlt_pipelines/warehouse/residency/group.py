"""The group's file, made of what the regions hand over and of nothing else.

Each hand-over is held to its manifest (``manifest.read``), then all of them to each
other and to the policy of legal entities: one firm, one day, every region once, each
with its own entities. What is written adds up to the sum of the manifests, by measure
and currency, or it is not written.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import firm_settings
from dlt_pipelines.warehouse.residency import groupfile, manifest
from dlt_pipelines.warehouse.residency.manifest import HandOver
from dlt_pipelines.warehouse.residency.regions import Region, regions


def build(
    files: Iterable[Path],
    out: Path,
    now: datetime,
    *,
    without: frozenset[str] = frozenset(),
    allow_different_days: bool = False,
) -> list[HandOver]:
    """Write the group's file of the regions' hand-overs.

    Raises ConfigurationError, and writes nothing, for a hand-over that is unsound, for
    some that do not make one group, and when the figures would not add up.
    """
    hand_overs = [manifest.read(file) for file in files]
    _check_keys(hand_overs)
    for problem in _problems(hand_overs, regions(), without):
        raise problem
    if not allow_different_days:
        _check_one_day(hand_overs)
    groupfile.write(hand_overs, out, now)
    return hand_overs


def _check_keys(hand_overs: list[HandOver]) -> None:
    """A signature proves whose word it is only to who knows the regions' keys."""
    trusted = firm_settings().get("hand_over_keys", [])
    trusted = trusted.split() if isinstance(trusted, str) else trusted
    for each in hand_overs:
        if trusted and each.manifest.key not in trusted:
            raise ConfigurationError(
                f"{each.file} is signed by key {each.manifest.key}, which is none of "
                "hand_over_keys",
                "ask the region by another way which key is its own; add it to "
                "hand_over_keys under [tieout] if it is this one.",
            )


def _problems(
    hand_overs: list[HandOver], known: dict[str, Region], without: frozenset[str]
) -> Iterator[ConfigurationError]:
    """What keeps the hand-overs from being one whole group."""
    for region in sorted(without - known.keys()):
        yield ConfigurationError(
            f"the policy knows no region {region}",
            f"it has {', '.join(sorted(known))}.",
        )
    yield from _not_of_one_firm(hand_overs)
    yield from _twice(hand_overs)
    for each in hand_overs:
        yield from _not_as_the_policy(each, known)
    handed_over = {each.manifest.region for each in hand_overs}
    missing = sorted(known.keys() - handed_over - without)
    if missing:
        yield ConfigurationError(
            f"{', '.join(missing)} handed over nothing",
            "add its file, or say that the group is to be built without it: "
            f"--without {missing[0]}.",
        )


def _not_of_one_firm(hand_overs: list[HandOver]) -> Iterator[ConfigurationError]:
    first = hand_overs[0]
    for each in hand_overs[1:]:
        if each.manifest.firm != first.manifest.firm:
            yield ConfigurationError(
                f"{each.file} and {first.file} are not of one firm, or the regions do "
                "not share its pseudonym_key",
                "give the hand-overs of one firm; its regions share the key.",
            )
        if each.manifest.reporting_currency != first.manifest.reporting_currency:
            yield ConfigurationError(
                f"{each.file} reports in {each.manifest.reporting_currency}, "
                f"{first.file} in {first.manifest.reporting_currency}",
                "give all regions the same reporting_currency and hand over again.",
            )


def _twice(hand_overs: list[HandOver]) -> Iterator[ConfigurationError]:
    found: dict[str, Path] = {}
    for each in hand_overs:
        for entity in each.manifest.entities:
            if entity in found:
                yield ConfigurationError(
                    f"{entity} is in {found[entity]} and in {each.file}",
                    "leave one of them out: an entity is handed over once.",
                )
            found[entity] = each.file


def _not_as_the_policy(
    each: HandOver, known: dict[str, Region]
) -> Iterator[ConfigurationError]:
    region = known.get(each.manifest.region)
    entities = sorted(region.entities) if region else []
    if each.manifest.entities != entities:
        yield ConfigurationError(
            f"{each.file} hands over {', '.join(each.manifest.entities)} as "
            f"{each.manifest.region}, where the policy has "
            f"{', '.join(entities) or 'no legal entity'}",
            "bring seeds/legal_entity_policies.csv of the region and of the group into "
            "line and hand over again.",
        )


def _check_one_day(hand_overs: list[HandOver]) -> None:
    days = {each.manifest.region: each.manifest.as_of_date for each in hand_overs}
    if len(set(days.values())) > 1:
        told = ", ".join(f"{region} as of {day}" for region, day in days.items())
        raise ConfigurationError(
            f"the regions are of different days: {told}",
            "let them hand over the same day, or say --allow-different-days.",
        )
