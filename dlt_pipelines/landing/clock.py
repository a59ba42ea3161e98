"""What day it is, by more than this machine's clock.

Everything landed is stamped with the run's moment, and the business date moves to it
and never back. So the systems themselves are asked what time it is before anything is
landed, and what a wrong clock has left in raw is put right.
"""

import contextlib
import importlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import duckdb

from dlt_pipelines.core.errors import ConfigurationError, TieoutError, Unreachable
from dlt_pipelines.core.settings import Instance, Paths
from dlt_pipelines.landing import kept_periods

TOLERANCE = timedelta(minutes=30)  # above what clocks drift, below any wrong zone
STAMPS = ("_landed_at", "landed_at", "started_at")  # moments of a landing, in raw


def agree(instances: list[Instance], now: datetime) -> None:
    """Hold a run's moment to what the systems say.

    Later than each of them says, or earlier than each, is too far off: a single system
    with a wrong clock stops nothing. Raises ConfigurationError then, and Unreachable
    when not one of them answers. A system without a clock of its own is not asked.
    """
    instances = [instance for instance in instances if _has_clock(instance)]
    if not instances:
        return
    with ThreadPoolExecutor(len(instances)) as asking:
        told = [moment for moment in asking.map(_told, instances) if moment]
    if not told:
        names = ", ".join(instance.name for instance in instances)
        raise Unreachable(
            f"none of the systems says what time it is: {names}; nothing was landed",
            "check the addresses and the network (`tieout doctor` tries each), then "
            "run the same command again.",
        )
    if min(told) - TOLERANCE <= now <= max(told) + TOLERANCE:
        return
    nearest = max(told) if now > max(told) else min(told)
    raise ConfigurationError(
        f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, the systems say "
        f"{nearest:%Y-%m-%d %H:%M}; nothing was landed",
        "set this machine's clock, then run the same command again: what is landed "
        "under a wrong day recognises revenue of a wrong month.",
    )


def _has_clock(instance: Instance) -> bool:
    client = importlib.import_module(f"dlt_pipelines.vendors.{instance.vendor}.client")
    return getattr(client, "HAS_CLOCK", True)


def _told(instance: Instance) -> datetime | None:
    # Whatever is wrong with a system is said where it is landed, and stops it alone.
    with contextlib.suppress(TieoutError, ModuleNotFoundError):
        module = importlib.import_module(
            f"dlt_pipelines.vendors.{instance.vendor}.client"
        )
        return module.connect(instance).clock()
    return None


def correct_raw(paths: Paths, now: datetime) -> int:
    """Date what raw says was landed after ``now`` as landed now; how many landings.

    ``now`` is what the systems agree with, so a later moment is a wrong clock's. Where
    each system was read up to is forgotten with it: changes made before that moment
    would be passed over. So is what was forecast on days that have not been.
    """
    if not paths.land.exists():
        return 0
    from dlt_pipelines.landing.landing import declare

    declare(paths)
    at = now.replace(tzinfo=None)
    with contextlib.closing(duckdb.connect(paths.land)) as raw:
        found = _landings_after(raw, at + TOLERANCE)
        if not found:
            return 0
        shutil.rmtree(paths.pipelines, ignore_errors=True)
        raw.begin()
        for table, column in _stamped(raw):
            raw.execute(
                f"update raw.{table} set {column} = $at where {column} > $at",
                {"at": at},
            )
        raw.execute(
            "update raw._landings set as_of_date = $day where as_of_date > $day",
            {"day": at.date()},
        )
        raw.execute("delete from kept.forecasts where as_of_date > ?", [at.date()])
        kept_periods.redate(raw, at)
        raw.commit()
    return found


def _landings_after(raw: duckdb.DuckDBPyConnection, moment: datetime) -> int:
    query = "select count(distinct load_id) from raw._landings where started_at > ?"
    [(found,)] = raw.execute(query, [moment]).fetchall()
    return found


def _stamped(raw: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return raw.execute(
        "select table_name, column_name from duckdb_columns()"
        " where schema_name = 'raw' and list_contains($stamps, column_name)",
        {"stamps": list(STAMPS)},
    ).fetchall()
