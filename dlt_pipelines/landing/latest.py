"""Which systems the latest landing did not read whole."""

import contextlib
from collections.abc import Iterable

import duckdb

from dlt_pipelines.core.settings import Instance, Paths

WHOLE = "landed"


def not_whole(paths: Paths, instances: Iterable[Instance]) -> list[str]:
    """The names of systems of which the latest landing lacks a table, sorted.

    A system that was never landed is among them.
    """
    names = {instance.name for instance in instances}
    if not paths.land.exists():
        return sorted(names)
    with contextlib.closing(duckdb.connect(paths.land, read_only=True)) as raw:
        found = raw.execute(
            "select source_instance, bool_and(status = $whole) from raw._landings"
            " where (source_instance, load_id) in (select (source_instance,"
            " arg_max(load_id, (started_at, load_id))) from raw._landings"
            " group by source_instance) group by source_instance",
            {"whole": WHOLE},
        ).fetchall()
    return sorted(names - {name for name, whole in found if whole})
