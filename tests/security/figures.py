"""Every sum of a file that hours could explain, beside the hours it is made of.

No figure is named here, only keys: whatever table has a key and a number is tried, so
that one added tomorrow is attacked tomorrow.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import duckdb
import numpy as np

from tests.security.known import CURRENCIES, Known

# What says whose hours a row is about: the finest of the places, or some of the groups.
PLACES = (
    "time_entry_key", "time_entry_id", "obligation_key", "project_key", "project_code",
    "customer_key",
)  # fmt: skip
GROUPS = {  # with each way to understand it
    "practice_code": ("practice_code", "home_practice_code"),
    "legal_entity_code": ("legal_entity_code", "home_legal_entity_code"),
    "grade_code": ("grade_code", "grade_code"),
    "role_name": ("role_name", "role_name"),
}
PEOPLE = ("resource_key", "employee_number")
# Rows of one kind may say what all together hide.
KINDS = (
    "kind", "component", "valued_by", "cost_basis", "revenue_method", "contract_type",
    "pool", "line_type", "account_number", "transaction_type", "level_name",
)  # fmt: skip
NUMBERS = ("DECIMAL", "BIGINT", "INTEGER", "DOUBLE", "HUGEINT")
IN_TEXT = "try_cast(regexp_extract(\"{}\", '-?[0-9]+[.][0-9]{{2,}}') as double)"
PAIRED = 24  # of more columns not each is subtracted from each


@dataclass(frozen=True)
class Table:
    """A table of the attacked file, and which of its columns pay moves."""

    name: str
    columns: dict[str, str]  # types by name
    moving: frozenset[str]


@dataclass(frozen=True)
class Figures:
    """Rows of sums and, row by row, what each unknown rate would add to them."""

    source: str
    names: list[str]
    sums: np.ndarray  # rows × names
    hours: np.ndarray  # rows × unknowns, in the row's currency
    at_card: np.ndarray  # the same: what they cost by the rate card
    places: np.ndarray  # a number for what each row is about, whenever it is
    days: np.ndarray  # the last that each row is about


def figures(known: Known, moving: dict[str, frozenset[str]]) -> Iterator[Figures]:
    """All of the attached file `theirs` that moves with pay and hours may explain.

    ``moving``: the columns by table. What does not move with pay says nothing about it.
    """
    for table in _tables(known.db, moving):
        for keys in _grains(table):
            for kind in ("true", *_kinds(known.db, table)):
                for currency in ("currency_code", "reporting_currency_code"):
                    yield from _figures(known, table, keys, kind, currency)


def _tables(
    db: duckdb.DuckDBPyConnection, moving: dict[str, frozenset[str]]
) -> Iterator[Table]:
    rows = db.execute(
        "select schema_name || '.' || table_name,"
        " map_from_entries(list((column_name, data_type))) from duckdb_columns()"
        " where database_name = 'theirs' group by all order by all"
    ).fetchall()
    for name, columns in rows:
        if name in moving:
            yield Table(name, columns, moving[name])


def _grains(table: Table) -> Iterator[dict[str, str]]:
    """The ways to match rows to hours: the hours' column by the table's expression."""
    person = {c: c for c in PEOPLE if c in table.columns}
    person = dict(list(person.items())[:1])
    for where in _wheres(table):
        for when in [{}, *_whens(table)]:
            keys = {**where, **person, **when}
            if keys:
                yield keys


def _wheres(table: Table) -> Iterator[dict[str, str]]:
    place = next((c for c in PLACES if c in table.columns), None)
    if place:
        yield {place: place}
        return
    groups = [c for c in GROUPS if c in table.columns]
    for size in range(len(groups) + 1):
        for some in combinations(groups, size):
            yield {c: GROUPS[c][0] for c in some}
            if any(len(set(GROUPS[c])) > 1 for c in some):
                yield {c: GROUPS[c][1] for c in some}


def _whens(table: Table) -> Iterator[dict[str, str]]:
    for column, kind in table.columns.items():
        if kind != "DATE" or column.startswith("valid_"):
            continue
        if "week" in column or "month" in column:
            yield {f'"{column}"': "week" if "week" in column else "month"}
            continue
        yield {f'"{column}"': "day"}
        yield {f"cast(date_trunc('month', \"{column}\") as date)": "month"}


def _kinds(db: duckdb.DuckDBPyConnection, table: Table) -> Iterator[str]:
    """Conditions that keep the rows of one kind."""
    for column in KINDS:
        if column in table.columns:
            rows = db.execute(
                f"select distinct {column} from theirs.{table.name}"
                f" where {column} != ''"
            ).fetchall()
            if 1 < len(rows) <= 40:
                yield from (f"{column} = '{value}'" for (value,) in sorted(rows))


def _figures(
    known: Known, table: Table, keys: dict[str, str], kind: str, currency: str
) -> Iterator[Figures]:
    """The sums of one grain, kind and currency, if there are any."""
    wanted = _expressions(table, currency)
    stated = currency if currency in table.columns else "null"
    if wanted and not (currency.startswith("reporting_") and stated == "null"):
        sums = _summed(known, table, keys, kind, stated, wanted)
        source = f"{table.name} by {' and '.join(keys.values())}"
        source += f" where {kind}" if kind != "true" else ""
        found = _matched(known, source, list(keys.values()), list(wanted), sums)
        if found is not None:
            yield _with_differences(found, table.moving)


def _expressions(table: Table, currency: str) -> dict[str, str]:
    """What is summed, by name: numbers, those in texts, amounts times rates."""
    reporting = currency.startswith("reporting_")
    numbers = {
        name: f'"{name}"' if kind.startswith(NUMBERS) else IN_TEXT.format(name)
        for name, kind in table.columns.items()
        if name.endswith(("_amount", "_rate"))
        or (kind.startswith((*NUMBERS, "VARCHAR")) and name in table.moving)
        if name.startswith("reporting_") == reporting
    }
    products = {
        f"{amount}*{rate}": f'cast("{amount}" as double) * "{rate}"'
        for rate in numbers
        for amount in numbers
        if rate.endswith("_rate") and amount.endswith("_amount")
        if {rate, amount} & table.moving
    }
    return {"rows": "1", **numbers, **products}


def _summed(
    known: Known,
    table: Table,
    keys: dict[str, str],
    kind: str,
    currency: str,
    wanted: dict[str, str],
) -> np.ndarray:
    """Sum by keys into the table `sums`; the sums and, after them, their changes.

    What is stated to date becomes what was added, place by place.
    """
    groups = ", ".join(f"{expression} as k{i}" for i, expression in enumerate(keys))
    sums = ", ".join(
        f"coalesce(sum(cast({expression} as double)), 0) as s{i}"
        for i, expression in enumerate(wanted.values())
    )
    place = ", ".join(f"k{i}" for i in range(len(keys) - 1)) or "null"
    changes = ", ".join(
        f"s{i} - coalesce(lag(s{i}) over (partition by {place}, currency"
        f" order by k{len(keys) - 1}), 0) as d{i}"
        for i in range(len(wanted))
    )
    known.db.execute(
        f"create or replace temp table sums as select row_number() over () - 1 as row,"
        f" dense_rank() over (order by {place}) as about, *, {changes}"
        f" from (select {groups}, {currency} as currency, {sums}"
        f" from theirs.{table.name} where {kind} group by all order by all)"
    )
    columns = [f"{letter}{i}" for letter in "sd" for i in range(len(wanted))]
    rows = known.db.execute(f"select {', '.join(columns)} from sums order by row")
    found = rows.fetchnumpy()
    return np.column_stack([np.asarray(found[c], dtype=float) for c in columns])


def _matched(
    known: Known, source: str, ours: list[str], names: list[str], sums: np.ndarray
) -> Figures | None:
    """The rows of `sums` that somebody worked for, with the hours of each person."""
    worth = " ".join(f"when '{code}' then in_{code}" for code in CURRENCIES)
    joined = " and ".join(f"sums.k{i} = valued.{name}" for i, name in enumerate(ours))
    cells = known.db.execute(
        f"select row, place, sum(case currency {worth} else hours end) as hours,"
        f" sum(case currency {worth} else hours end * coalesce(rate, 0)) as at_card,"
        f" max(day) as day, any_value(about) as about"
        f" from sums inner join valued on {joined}"
        f" left join card on valued.unknown = card.unknown"
        f" and valued.day >= card.valid_from and valued.day < card.valid_to"
        f" group by all"
    ).fetchnumpy()
    if not len(cells["row"]):
        return None
    rows, index = np.unique(cells["row"], return_inverse=True)
    hours, at_card = np.zeros((2, len(rows), len(known.unknowns)))
    hours[index, cells["place"]] = cells["hours"]
    at_card[index, cells["place"]] = cells["at_card"]
    days = np.zeros(len(rows), dtype="datetime64[D]")
    np.maximum.at(days, index, cells["day"].astype("datetime64[D]"))
    about = np.zeros(len(rows), dtype=int)
    about[index] = cells["about"]
    names = [*names, *(f"change of {name}" for name in names)]
    return Figures(source, names, sums[rows.astype(int)], hours, at_card, about, days)


def _with_differences(found: Figures, moving: frozenset[str]) -> Figures:
    """The sums that move, and each amount less each other where one of them moves."""
    place = {name: i for i, name in enumerate(found.names)}
    amounts = [name for name in found.names if name.endswith("_amount")]
    pairs = [
        (one, other)
        for one, other in combinations(amounts[: 2 * PAIRED], 2)
        if one.startswith("change of") == other.startswith("change of")
        and {one.removeprefix("change of "), other.removeprefix("change of ")} & moving
    ]
    own = [name for name in found.names if _moves(name, moving)]
    sums = found.sums[:, [place[name] for name in own]]
    apart = [found.sums[:, place[a]] - found.sums[:, place[b]] for a, b in pairs]
    names = [*own, *(f"{one} - {other}" for one, other in pairs)]
    return replace(found, names=names, sums=np.column_stack([sums, *apart]))


def _moves(name: str, moving: frozenset[str]) -> bool:
    return bool(set(name.removeprefix("change of ").split("*")) & {*moving, "rows"})
