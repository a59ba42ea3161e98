"""The group's DuckDB file: the rows handed over, what they were made of, and its tie.

It adds up to the sum of the manifests, by measure and currency, or it is not written.
"""

import contextlib
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.warehouse.residency import cells, tables
from dlt_pipelines.warehouse.residency.manifest import HandOver
from dlt_pipelines.warehouse.warehouse import (
    for_readers,
    quoted,
    replaced_when_whole,
)

MART = {"region": "varchar", **cells.COLUMNS, "reporting_currency_code": "varchar"}
SNAPSHOT = {
    "snapshot_id": "varchar",
    "published_at": "timestamp",
    "as_of_date": "date",
    "load_ids": "varchar",
    "controls_passed": "integer",
    "controls_failed": "integer",
}
CONTROLS = {
    "control_id": "varchar",
    "name": "varchar",
    "kind": "varchar",
    "blocks": "varchar",
    "owner": "varchar",
    "failures": "bigint",
    "status": "varchar",
}
CONTROL_TOTALS = {
    "measure": "varchar",
    "currency_code": "varchar",
    "regions_amount": "decimal(38,4)",
    "group_amount": "decimal(38,4)",
}
HAND_OVERS = {
    "region": "varchar",
    "legal_entity_codes": "varchar",
    "snapshot_id": "varchar",
    "as_of_date": "date",
    "rows_count": "bigint",
    "withheld": "varchar",
    "sha256": "varchar",
    "signed_by": "varchar",
}
DESCRIPTIONS = {
    "marts.mart_group_monthly": "What the regions hand over. One row per region, legal"
    " entity, practice, month and currency; without a practice it is the rest of the"
    " entity, without an entity the rest of the region. Figures that are missing are in"
    " such a rest: of fewer than five people nothing is told.",
    "publication.snapshot": "This file: its day and what it was made of.",
    "publication.controls": "What was checked before it was written.",
    "publication.control_totals": "What the regions state, and the sums of the mart.",
    "publication.hand_overs": "One row per region. Withheld are the months in which a"
    " whole region had fewer than five people.",
}


def write(hand_overs: list[HandOver], out: Path, now: datetime) -> None:
    """Write the file, whole or not at all.

    Raises ConfigurationError when it would not add up to what was handed over.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        replaced_when_whole(out) as part,
        contextlib.closing(duckdb.connect()) as db,
    ):
        for_readers(db)
        db.execute(f"attach {quoted(str(part))} as group_file; use group_file")
        db.execute("create schema marts; create schema publication")
        tables.create(db, "marts.mart_group_monthly", MART, _rows(hand_overs))
        totals = list(_control_totals(db, hand_overs))
        tables.create(db, "publication.control_totals", CONTROL_TOTALS, totals)
        _check_ties(totals)
        tables.create(db, "publication.controls", CONTROLS, [_control()])
        tables.create(
            db, "publication.snapshot", SNAPSHOT, [_snapshot(hand_overs, now)]
        )
        told = map(_hand_over, hand_overs)
        tables.create(db, "publication.hand_overs", HAND_OVERS, told)
        for table, description in DESCRIPTIONS.items():
            db.execute(f"comment on table {table} is '{description}'")


def _rows(hand_overs: list[HandOver]) -> Iterator[dict[str, Any]]:
    for each in hand_overs:
        of = {
            "region": each.manifest.region,
            "reporting_currency_code": each.manifest.reporting_currency,
        }
        yield from (row | of for row in each.rows)


def _control_totals(
    db: duckdb.DuckDBPyConnection, hand_overs: list[HandOver]
) -> Iterator[dict[str, Any]]:
    """What the manifests state beside what the mart adds up to."""
    stated: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for each in hand_overs:
        for total in each.manifest.totals:
            stated[total["measure"], total["currency"]] += Decimal(total["amount"])
    added_up = _added_up(db)
    for key in sorted(stated.keys() | added_up.keys()):
        values = (*key, stated.get(key), added_up.get(key))
        yield dict(zip(CONTROL_TOTALS, values, strict=True))


def _added_up(db: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Decimal]:
    currencies = {
        **dict.fromkeys(cells.FUNCTIONAL, "currency_code"),
        **dict.fromkeys(cells.REPORTING, "reporting_currency_code"),
        **dict.fromkeys(cells.MINUTES, "''"),
    }
    sums = " union all ".join(
        f"select '{measure}', {currency}, sum(coalesce({measure}, 0))"
        " from marts.mart_group_monthly group by all"
        for measure, currency in currencies.items()
    )
    return {(m, c): Decimal(amount) for m, c, amount in db.execute(sums).fetchall()}


def _check_ties(totals: list[dict[str, Any]]) -> None:
    for total in totals:
        if total["regions_amount"] != total["group_amount"]:
            raise ConfigurationError(
                f"the group's {total['measure']} would be {total['group_amount']} "
                f"{total['currency_code']}, and the regions hand over "
                f"{total['regions_amount']}",
                "nothing was written; tell whoever maintains Tieout.",
            )


def _control() -> dict[str, Any]:
    name = "The group is the sum of what its regions hand over"
    values = ("G01", name, "integrity", "publication", "Finance", 0, "passed")
    return dict(zip(CONTROLS, values, strict=True))


def _snapshot(hand_overs: list[HandOver], now: datetime) -> dict[str, Any]:
    made_of = " ".join(each.manifest.snapshot_id for each in hand_overs)
    digest = hashlib.sha256(made_of.encode()).hexdigest()[:8]
    oldest = min(each.manifest.as_of_date for each in hand_overs)
    told = (f"{now:%Y%m%dT%H%M%S}-{digest}", now.replace(tzinfo=None), oldest, made_of)
    return dict(zip(SNAPSHOT, (*told, 1, 0), strict=True))


def _hand_over(each: HandOver) -> dict[str, Any]:
    told = each.manifest
    withheld = [f"{w['figures']} of {w['period_month'][:7]}" for w in told.withheld]
    return {
        "region": told.region,
        "legal_entity_codes": " ".join(told.entities),
        "snapshot_id": told.snapshot_id,
        "as_of_date": told.as_of_date,
        "rows_count": told.rows,
        "withheld": ", ".join(withheld),
        "sha256": told.sha256,
        "signed_by": told.key,
    }
