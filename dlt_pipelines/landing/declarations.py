"""Declared raw tables: what each vendor's ``tables.yml`` says, read and checked."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.vendors import VENDORS
from dlt_pipelines.warehouse.policies.policy_files import LOADER

OTHERWISE = "otherwise"
DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
SQL_TYPES = {
    "text": "varchar",
    "json": "varchar",
    "bigint": "bigint",
    "date": "date",
    "timestamp": "timestamp",
    "bool": "boolean",
}
SYSTEM_COLUMNS = {
    "source_instance": "varchar",
    "_key": "varchar",
    "_version": "bigint",
    "_content_hash": "varchar",
    "_changed_at": "timestamp",
    "_landed_at": "timestamp",
    "_load_id": "varchar",
    "_event_id": "varchar",
    "_deleted": "boolean",
    "_unknown": "varchar",
    "_variant": "varchar",
}


# What a margin can change by, in the order a bridge applies them: whose it is before
# what it is, quantities before rates, actual cost before what is estimated from it.
PARTS = (
    "mapping",
    "late_time",
    "corrections",
    "rate_changes",
    "burden",
    "payroll_true_up",
    "new_billing",
    "fx",
    "re_estimate",
)


@dataclass(frozen=True)
class Column:
    """A declared column: where it comes from in the vendor's row, and its type.

    ``sensitivity`` is None, ``personal`` or ``pay``; a ``pseudonym`` column's value is
    replaced by its keyed hash before anything is written.
    """

    name: str
    type: str
    path: tuple[str, ...]
    format: str | None = None
    sensitivity: str | None = None
    pseudonym: bool = False
    description: str = ""

    @property
    def sql_type(self) -> str:
        """The column's type in the landing database."""
        return SQL_TYPES.get(self.type, self.type.replace(" ", ""))


@dataclass(frozen=True)
class Table:
    """A declared raw table of a vendor.

    ``complete``: one reading returns every row, so a row that is missing from a
    reading has been deleted at the vendor. ``parts``: what a changed record is in a
    margin bridge, each with the SQL condition on ``old`` and ``new``, its states before
    and after (``before`` is the whole table then); the first that holds counts.
    """

    vendor: str
    name: str
    description: str
    key: tuple[str, ...]
    changed: str | None
    complete: bool
    columns: tuple[Column, ...]
    ignored: frozenset[str] = field(default_factory=frozenset)
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def raw_name(self) -> str:
        """The table's name in schema raw."""
        return f"{self.vendor}__{self.name}"

    @property
    def holds_pay(self) -> bool:
        """Whether any column is pay data."""
        return any(column.sensitivity == "pay" for column in self.columns)

    def sql_columns(self) -> dict[str, str]:
        """All columns with their SQL types, the declared ones first."""
        return {c.name: c.sql_type for c in self.columns} | SYSTEM_COLUMNS


def vendor_names() -> list[str]:
    """The vendor folders that declare tables."""
    return sorted(path.parent.name for path in VENDORS.glob("*/tables.yml"))


def all_tables() -> list[Table]:
    """Every declared table of every vendor."""
    return [t for vendor in vendor_names() for t in declared_tables(vendor).values()]


@cache
def declared_tables(vendor: str) -> dict[str, Table]:
    """The tables a vendor declares, by name.

    Raises ConfigurationError naming the table and column that is declared wrongly.
    """
    file = VENDORS / vendor / "tables.yml"
    if vendor not in vendor_names():
        raise ConfigurationError(
            f"there is no vendor {vendor}",
            f"the vendors are {', '.join(vendor_names())}.",
        )
    declared = yaml.load(file.read_text(encoding="utf-8"), LOADER)
    tables = {name: _table(vendor, name, spec) for name, spec in declared.items()}
    for table in tables.values():
        _check(table)
    return tables


def _table(vendor: str, name: str, spec: dict[str, Any]) -> Table:
    return Table(
        vendor=vendor,
        name=name,
        description=spec.get("description", ""),
        key=tuple(spec["key"]),
        changed=spec.get("changed"),
        complete=spec.get("complete", False),
        columns=tuple(_column(n, c or {}) for n, c in spec["columns"].items()),
        ignored=frozenset(spec.get("ignore", ())),
        parts=_parts(spec.get("part")),
    )


def _parts(spec: str | dict[str, str] | None) -> tuple[tuple[str, str], ...]:
    conditions = spec if isinstance(spec, dict) else {str(spec): OTHERWISE}
    return tuple(
        (part, "true" if condition == OTHERWISE else condition)
        for part, condition in conditions.items()
    )


def _column(name: str, spec: dict[str, Any]) -> Column:
    return Column(
        name=name,
        type=spec.get("type", "text"),
        path=tuple(spec.get("from", name).split(".")),
        format=spec.get("format"),
        sensitivity=spec.get("class"),
        pseudonym=spec.get("protect") == "pseudonym",
        description=spec.get("description", ""),
    )


def _check(table: Table) -> None:
    names = [column.name for column in table.columns]
    for name in (*table.key, *([table.changed] if table.changed else [])):
        if name not in names:
            raise _wrong(table, name, "is a key or cursor but no declared column")
    for part, _ in table.parts:
        if part not in PARTS:
            raise _wrong(table, "part", f"is {part}, not one of {', '.join(PARTS)}")
    if table.parts[-1][1] != "true":
        raise _wrong(table, "part", "leaves changes without a part: end on otherwise")
    for column in table.columns:
        if column.type not in SQL_TYPES and not DECIMAL.fullmatch(column.type):
            raise _wrong(table, column.name, f"has no type «{column.type}»")
        open_person = column.sensitivity == "personal" and not column.pseudonym
        if table.holds_pay and open_person:
            raise _wrong(
                table, column.name, "is personal, in a table with pay, not a pseudonym"
            )


def _wrong(table: Table, column: str, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{table.vendor}/tables.yml: {table.name}.{column} {what}",
        "correct the declaration.",
    )
