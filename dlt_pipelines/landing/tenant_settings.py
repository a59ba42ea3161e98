"""What each tenant calls things: in force, kept in raw, and asked for before landing.

A vendor declares fields and values with their defaults in its ``settings.yml``; an
instance names its own under ``[sources.<instance>.fields]`` and ``.values``. Clients
and targets take them from here, models from ``raw._settings``, where a row is added
when one changes: a past day is built with the names of that day.
"""

import contextlib
import importlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import duckdb

from dlt_pipelines.core.errors import ConfigurationError, ConnectionFailed
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.settings import Setting, declared_settings

COLUMNS = {
    "source_instance": "varchar",
    "vendor": "varchar",
    "setting": "varchar",
    "value": "varchar",
    "landed_at": "timestamp",
    "_event_id": "varchar",
}
TABLE = "_settings"
PATIENCE = 2  # tries of a question before landing, which is patient with the system


def in_force(instance: Instance) -> dict[str, str]:
    """The value of every setting of an instance, by name; "" is a field it has not."""
    return {
        name: str(_told(instance, name, setting.default))
        for name, setting in declared_settings(instance.vendor).items()
    }


def _told(instance: Instance, name: str, default: str) -> object:
    kind, _, own = name.partition(".")
    return instance.options.get(kind, {}).get(own, default)


def field(instance: Instance, name: str) -> str:
    """What an instance calls a declared field; "" when it has no such field."""
    return in_force(instance)[f"fields.{name}"]


def renamed(instance: Instance) -> dict[str, str]:
    """Declared names of fields with the tenant's own, where they differ."""
    declared = declared_settings(instance.vendor)
    return {
        declared[name].default: own
        for name, own in in_force(instance).items()
        if declared[name].is_field and own != declared[name].default
    }


def names_of(instance: Instance, of: str) -> dict[str, str]:
    """Declared names of the fields of a kind of object with the tenant's own."""
    declared = declared_settings(instance.vendor)
    return {
        declared[name].default: own
        for name, own in in_force(instance).items()
        if declared[name].is_field and declared[name].of == of
    }


def as_declared(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A row of a tenant with its own fields under their declared names.

    ``names`` are declared names with the tenant's own, of which several may be one
    field. What else the tenant calls by a declared name is left out.
    """
    own_names = set(names.values())
    kept = {k: v for k, v in row.items() if k not in names and k not in own_names}
    own = {declared: row[name] for declared, name in names.items() if name in row}
    return kept | own


def missing(instance: Instance) -> list[Setting]:
    """The fields that are read of a tenant and that it does not have.

    Empty for a vendor whose client cannot tell. Raises ConnectionFailed when the tenant
    cannot be asked.
    """
    module = importlib.import_module(f"dlt_pipelines.vendors.{instance.vendor}.client")
    client = module.connect(instance)
    if not hasattr(client, "missing_fields"):
        return []
    client.attempts = min(client.attempts, PATIENCE)
    names = in_force(instance)
    needed = [
        setting
        for name, setting in declared_settings(instance.vendor).items()
        if setting.is_field and not setting.written and names[name]
    ]
    wanted: dict[str, set[str]] = {}
    for setting in needed:
        wanted.setdefault(setting.of, set()).add(names[setting.name])
    lacking = client.missing_fields(wanted)
    return [s for s in needed if (s.of, names[s.name]) in lacking]


def require(instances: Iterable[Instance]) -> None:
    """Raise ConfigurationError naming every field that any tenant lacks.

    A tenant that cannot be asked is passed over: landing says what is wrong with it.
    """
    told = {}
    for instance in instances:
        with contextlib.suppress(ConnectionFailed):
            if fields := missing(instance):
                told[instance.name] = lacks(instance, fields)
    if told:
        raise ConfigurationError(
            " · ".join(told.values()), f"{remedy(*told)} Nothing was landed."
        )


def lacks(instance: Instance, fields: list[Setting]) -> str:
    """The fields that a tenant lacks, each with what it is for."""
    names = in_force(instance)
    listed = "; ".join(
        f"{s.of} has no {names[s.name]} ({s.name}: {s.purpose})" for s in fields
    )
    count = f"{len(fields)} field{'s' if len(fields) > 1 else ''}"
    return f"{instance.name} ({instance.vendor}) lacks {count}: {listed}"


def remedy(*instances: str) -> str:
    """What to do about fields that tenants lack."""
    sections = ", ".join(f"[sources.{name}.fields]" for name in instances)
    return (
        f'name yours under {sections} in .dlt/config.toml ("" for one that it does not '
        "have), or let the integration's user see it."
    )


def land(
    raw: duckdb.DuckDBPyConnection,
    instances: Iterable[Instance],
    now: datetime,
    load_id: str,
) -> None:
    """Keep what is in force, a row a setting that is not as kept last."""
    for instance in instances:
        kept = dict(
            raw.execute(
                "select setting, arg_max(value, (landed_at, _event_id))"
                f" from raw.{TABLE} where source_instance = ? group by setting",
                [instance.name],
            ).fetchall()
        )
        for setting, value in in_force(instance).items():
            if kept.get(setting) != value:
                _keep(raw, "raw", instance, setting, value, now, load_id)


def keep_defaults(raw: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Let what was landed before a setting was kept have the declaration's default."""
    landed = raw.execute(
        "select source_instance, vendor, min(started_at)"
        f" from {schema}._landings group by all order by all"
    ).fetchall()
    for name, vendor, first in landed:
        kept = raw.execute(
            f"select distinct setting from {schema}.{TABLE} where source_instance = ?",
            [name],
        ).fetchall()
        known = {setting for (setting,) in kept}
        for setting, told in declared_settings(vendor).items():
            if setting not in known:
                instance = Instance(name, vendor, {})
                _keep(raw, schema, instance, setting, told.default, first, "0")


def _keep(
    raw: duckdb.DuckDBPyConnection,
    schema: str,
    instance: Instance,
    setting: str,
    value: str,
    at: datetime,
    load_id: str,
) -> None:
    event = f"{instance.name}|{setting}|{load_id}"
    row = [instance.name, instance.vendor, setting, value, at, event]
    raw.execute(f"insert into {schema}.{TABLE} values (?, ?, ?, ?, ?, ?)", row)
