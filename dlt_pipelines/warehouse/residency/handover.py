"""What a region hands over to the group of what it has published."""

import contextlib
from pathlib import Path

import duckdb

from dlt_pipelines.core import books
from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Paths
from dlt_pipelines.reverse_sync import run as reverse_sync
from dlt_pipelines.warehouse import presence, publication
from dlt_pipelines.warehouse.publication import Snapshot
from dlt_pipelines.warehouse.residency import cells, manifest
from dlt_pipelines.warehouse.residency.manifest import Manifest
from dlt_pipelines.warehouse.residency.regions import Region, own_region

# What a published margin adds up to by currency, and the cells built beside it.
MARGINS = """
    select currency_code, sum(recognised_revenue_amount), sum(total_cost_amount),
        sum(margin_amount)
    from {} where list_contains(?, legal_entity_code)
    group by currency_code order by currency_code
"""


def hand_over(paths: Paths, file: Path) -> Manifest:
    """Write what this region tells the group: the rows, then their signed manifest.

    Raises ConfigurationError in a folder that is no region's, before the first
    publication, when the models were built anew since and not published, for a balance
    that cannot be translated, and when there is no row of enough people.
    """
    region, snapshot = _region(paths), _snapshot(paths)
    with contextlib.closing(duckdb.connect(paths.build, read_only=True)) as build:
        presence.check_margin_is_known(build)
        _check_translated(build, region)
        _check_published(build, paths, region)
        told = cells.told(build, region.entities)
        currency = cells.reporting_currency(build)
    if not told.rows:
        raise ConfigurationError(
            f"in no month did {cells.SMALLEST} people work in {region.name}: nothing "
            "of it may be told",
            f"let the group be built without it: --without {region.name}.",
        )
    stated = Manifest(
        region=region.name,
        entities=sorted(region.entities),
        firm=_firm(paths),
        snapshot_id=snapshot.snapshot_id,
        as_of_date=snapshot.as_of_date.isoformat(),
        reporting_currency=currency,
        rows=len(told.rows),
        totals=manifest.stated(cells.totals(told.rows, currency)),
        withheld=[
            {"period_month": month.isoformat(), "figures": kind}
            for month, kind in told.withheld
        ],
        sha256=manifest.write_rows(told.rows, file),
    )
    signed = stated.signed_with(reverse_sync.archive(paths).keys.signing())
    manifest.write_manifest(signed, file)
    return signed


def _firm(paths: Paths) -> str:
    owner = books.owner(paths)
    if owner is None:
        raise ConfigurationError(
            f"{paths.work.name}/ does not say whose books it holds",
            f"put {books.FIRM_FILE} back from a backup, or run `tieout refresh`.",
        )
    return owner.check


def _region(paths: Paths) -> Region:
    region = own_region(paths)
    if region is None:
        raise ConfigurationError(
            "this work folder is no region's: it has nothing to hand over",
            "set region under [tieout] in .dlt/config.toml and run `tieout refresh`.",
        )
    return region


def _snapshot(paths: Paths) -> Snapshot:
    published = publication.published_snapshot(paths)
    if published is None:
        raise ConfigurationError("nothing is published yet", "run `tieout refresh`.")
    return published[0]


def _check_translated(build: duckdb.DuckDBPyConnection, region: Region) -> None:
    missing = build.execute(
        "select legal_entity_code, practice_code, period_month"
        " from marts.int_group_cells_monthly"
        " where untranslated_count > 0 and list_contains(?, legal_entity_code)"
        " order by all limit 1",
        [sorted(region.entities)],
    ).fetchall()
    for entity, practice, month in missing:
        raise ConfigurationError(
            f"{entity} {practice} has an amount in {month:%Y-%m} that no exchange rate "
            "translates for the group",
            "add the rate in the ERP and run `tieout refresh`.",
        )


def _check_published(
    build: duckdb.DuckDBPyConnection, paths: Paths, region: Region
) -> None:
    entities = [sorted(region.entities)]
    cells_built = MARGINS.format("marts.int_group_cells_monthly")
    published = MARGINS.format("marts.mart_project_margin_monthly")
    file = paths.published.resolve()
    with contextlib.closing(duckdb.connect(file, read_only=True)) as snapshot:
        shown = snapshot.execute(published, entities).fetchall()
    if [
        row for row in build.execute(cells_built, entities).fetchall() if any(row[1:])
    ] != [row for row in shown if any(row[1:])]:
        raise ConfigurationError(
            "what was built last is not what is published",
            "run `tieout refresh`: what is handed over must tie to the snapshot.",
        )
