"""The policy seeds, held to what their declarations say before anything is built.

``seeds/*.yml`` declare under ``meta.policy`` of each seed:

- key: the columns that name what a row decides; no two rows decide the same;
- dated: a key's rows are half-open ranges that do not overlap;
- gapless: they leave no day open between the first and the last;
- single: there is one row;
- unique: columns of which no two rows have the same value;
- one_of: the values a column may have;
- lists: the columns that hold several values, separated by spaces;
- shares: the numbers that a percentage may be written for (7.65 % is 0.0765), and must
  be when they are above one: nobody can tell 1.45 from 1.45 %;
- between: the least and the most that a number may be; no most when it is null;
- at_most: the column whose number another one may not be above;
- refers_to: the seed whose column of that meaning must hold the value;
- wildcards: columns where «*» stands for whatever no other row names;
- covers: the seed each of whose keys some row of this seed must name;
- complete: columns of which every combination of known values must have a row;
- optional: columns that may be empty; required_when: unless another column says so;
- implies: what a column's value means for another column;
- accounts: what the accounts of a purpose must be, see ``accounts``;
- registered: the columns each of whose delivered values must have a row: the product
  knows what they name;
- part: what a change of it is in a margin bridge (see ``knowledge.PARTS``), mapping
  unless it says so; stated: the column with the day from which a row is known.

Every cell is read as the type declared for it, see ``cells``. A row that breaks a rule
is named with its line in the file, the rule and what to do; everything that is wrong is
told at once. A firm's file that an earlier release delivered may lack a column that may
be empty: ``news`` names it, as it does a file that nobody reads.
"""

import difflib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise, product
from pathlib import Path

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import DELIVERED_SEEDS, SEEDS
from dlt_pipelines.warehouse.policies import accounts
from dlt_pipelines.warehouse.policies.policy_files import (
    MARK,
    WILDCARD,
    Problem,
    Row,
    Seed,
    column_of,
    declared,
)

Look = Callable[[Seed], Iterator[Problem]]
Rule = Callable[[Seed, dict[str, Seed]], Iterator[Problem]]
FOREVER = date.max
RANGE = ("valid_from", "valid_to")
ADDED = "`tieout init` on the firm's folder adds it as delivered"
TOLD = 5  # problems told in full; more are counted


def check(folder: Path = SEEDS, *, kept: bool = False) -> None:
    """Raise ConfigurationError naming every row that breaks its seed's policy.

    Rows as they were ``kept`` counted then, whatever is asked of a value since.
    """
    _refuse(list(problems(folder, kept=kept)), "nothing was built.")


def rows_of(name: str, folder: Path = SEEDS) -> list[dict[str, str]]:
    """The rows of one seed, for what decides by them at once.

    Raises ConfigurationError naming every row of it that breaks its policy.
    """
    seeds = declared(folder)
    seed = seeds[name]
    broken = _broken([seed], _with_referred(seed), LOOKS, RULES + OF_VALUES)
    _refuse(list(broken), "nothing was decided.")
    return [row.cells for row in seed.rows]


def _with_referred(seed: Seed) -> list[Seed]:
    """A seed after those without which it cannot be read or judged."""
    others = {
        other: _with_referred(seed.seeds[other])
        for rule in ("refers_to", "covers")
        for other in seed.policy.get(rule, {}).values()
    }
    return [found for chain in others.values() for found in chain] + [seed]


def news(folder: Path = SEEDS) -> list[str]:
    """What a firm's folder lacks that may be lacking, and what nobody reads in it."""
    told = [
        f"seeds/{seed.name}.csv has no {column} ({seed.descriptions[column]}): it is "
        "read as empty"
        for seed in declared(folder).values()
        if seed.file.exists()
        for column in seed.lacking
    ]
    return told + [f"seeds/{name} is read by nobody" for name in unread(folder)]


def unread(folder: Path) -> list[str]:
    """The tables and declarations in a folder that no declaration speaks of."""
    read = {seed.file.name for seed in declared(folder).values()}
    if folder == DELIVERED_SEEDS:
        read |= {file.name for file in folder.glob("*.yml")}
    found = {file.name for kind in ("*.csv", "*.yml") for file in folder.glob(kind)}
    return sorted(found - read)


def _refuse(found: list[Problem], outcome: str) -> None:
    if found:
        told = " · ".join(map(str, found[:TOLD]))
        more = f" · and {len(found) - TOLD} more" if len(found) > TOLD else ""
        raise ConfigurationError(
            f"{len(found)} policy rows cannot be used: {told}{more}",
            f"correct the rows named, then run the same command again; {outcome}",
        )


def problems(folder: Path, *, kept: bool = False) -> Iterator[Problem]:
    """What is wrong with the seeds of a folder, seed by seed."""
    seeds = declared(folder)
    every = list(seeds.values())
    looks, rules = ((_misshapen,), RULES) if kept else (LOOKS, RULES + OF_VALUES)
    yield from _broken(every, every, looks, rules)


def _broken(
    asked: list[Seed], read: list[Seed], looks: Sequence[Look], rules: Sequence[Rule]
) -> Iterator[Problem]:
    """What is wrong with seeds, of which and others some columns must be read."""
    for look in looks:
        unread = [problem for seed in read for problem in look(seed)]
        yield from unread
        if unread:  # what cannot be read cannot be compared
            return
    for seed in asked:
        for rule in rules:
            yield from rule(seed, seed.seeds)


def _misshapen(seed: Seed) -> Iterator[Problem]:
    if not seed.file.exists():
        meant = difflib.get_close_matches(seed.file.name, unread(seed.file.parent), n=1)
        but = f", but there is a {meant[0]}, which nobody reads" if meant else ""
        yield seed.problem(0, f"the file is missing{but}: {ADDED}")
        return
    columns = [column for column in seed.types if column not in seed.lacking]
    if seed.columns != columns:
        what = f"its columns must be {', '.join(seed.types)}, in this order"
        yield seed.problem(1, what)
        return
    for line, values in seed.lines[1:]:
        if len(values) != len(columns):
            what = f"it has {len(values)} values for {len(columns)} columns"
            yield seed.problem(line, f"{what}: quote a value that has a comma")
        elif any(MARK in value for value in values):
            yield seed.problem(line, "it is not UTF-8 text: save the file as UTF-8")


def _in_doubt(seed: Seed) -> Iterator[Problem]:
    for row in seed.rows:
        for column, why in row.doubts.items():
            yield seed.problem(row.line, f"{column} «{row.cells[column]}» {why}")


def _empty(seed: Seed, _: dict[str, Seed]) -> Iterator[Problem]:
    optional = {"valid_to", *seed.policy.get("optional", ())}
    conditions = seed.policy.get("required_when", {})
    for row in seed.rows:
        for column in seed.types:
            if row.cells[column]:
                continue
            if column not in optional:
                yield seed.problem(row.line, f"{column} is empty")
            for other, values in conditions.get(column, {}).items():
                if row.cells[other] in values:
                    what = f"{column} is empty, which {other} {row.cells[other]} needs"
                    yield seed.problem(row.line, what)


def _not_one_of(seed: Seed, _: dict[str, Seed]) -> Iterator[Problem]:
    for column, allowed in seed.policy.get("one_of", {}).items():
        for row in seed.rows:
            for value in seed.items(row, column):
                if value and value not in allowed:
                    told = f"it may be {', '.join(allowed)}"
                    what = f"{column} «{value}» is unknown: {told}"
                    yield seed.problem(row.line, what)


def _contradictory(seed: Seed, _: dict[str, Seed]) -> Iterator[Problem]:
    for column, meanings in seed.policy.get("implies", {}).items():
        for row in seed.rows:
            value = row.cells[column]
            for other, allowed in meanings.get(value, {}).items():
                if row.cells[other] not in allowed:
                    right = " or ".join(allowed)
                    what = f"{column} {value} with {other} «{row.cells[other]}»: "
                    yield seed.problem(row.line, f"{what}it must be {right}")


def _unknown(seed: Seed, seeds: dict[str, Seed]) -> Iterator[Problem]:
    for column, other in seed.policy.get("refers_to", {}).items():
        known = seeds[other].values(column_of(seeds[other], column))
        wild = {WILDCARD} if column in seed.policy.get("wildcards", ()) else set()
        for row in seed.rows:
            for value in seed.items(row, column):
                if value and value not in known | wild:
                    what = f"{column} «{value}» is not in seeds/{other}.csv"
                    yield seed.problem(row.line, what)


def _out_of_range(seed: Seed, _: dict[str, Seed]) -> Iterator[Problem]:
    for column, (least, most) in seed.policy.get("between", {}).items():
        for row in seed.rows:
            text = row.cells[column]
            if text and not _is_between(Decimal(text), least, most):
                bounds = f"between {least} and {most}" if most else f"{least} or more"
                yield seed.problem(row.line, f"{column} «{text}» is not {bounds}")


def _is_between(value: Decimal, least: float, most: float | None) -> bool:
    above = most is not None and value > Decimal(str(most))
    return value >= Decimal(str(least)) and not above


def _above_another(seed: Seed, _: dict[str, Seed]) -> Iterator[Problem]:
    for column, other in seed.policy.get("at_most", {}).items():
        for row in seed.rows:
            value, most = row.cells[column], row.cells[other]
            if value and most and Decimal(value) > Decimal(most):
                what = f"{column} {value} is above {other} {most}"
                yield seed.problem(row.line, f"{what}: correct one of them")


def _overlapping(seed: Seed, _: dict[str, Seed]) -> Iterator[Problem]:
    """Rows of one key that decide the same day, or leave a day undecided."""
    keyed: dict[tuple[str, ...], list[Row]] = {}
    for row in seed.rows:
        keyed.setdefault(row.named(seed.policy["key"]), []).append(row)
    for key, rows in keyed.items():
        name = " ".join(key)
        if not seed.policy.get("dated"):
            for row in rows[1:]:
                what = f"{name} is decided by line {rows[0].line} already"
                yield seed.problem(row.line, what)
            continue
        yield from _ranges(seed, name, rows)


def _several(seed: Seed, _: dict[str, Seed]) -> Iterator[Problem]:
    if seed.policy.get("single"):
        if not seed.rows:
            yield seed.problem(0, "it has no row, and one must decide")
        for row in seed.rows[1:]:
            yield seed.problem(row.line, f"line {seed.rows[0].line} decides already")


def _shared(seed: Seed, _: dict[str, Seed]) -> Iterator[Problem]:
    for column in seed.policy.get("unique", ()):
        first: dict[str, Row] = {}
        for row in seed.rows:
            value = row.cells[column]
            if value and first.setdefault(value, row) is not row:
                taken = f"is taken by line {first[value].line} already"
                yield seed.problem(row.line, f"{column} «{value}» {taken}")


def _ranges(seed: Seed, name: str, rows: list[Row]) -> Iterator[Problem]:
    first, last = RANGE
    if not all(row.cells[first] for row in rows):  # which is told on its own
        return
    rows = sorted(rows, key=lambda row: (row.day(first, FOREVER), row.line))
    for row in rows:
        if row.day(last, FOREVER) <= row.day(first, FOREVER):
            yield seed.problem(row.line, f"{name} ends on or before it begins")
    for before, row in pairwise(rows):
        end, start = before.day(last, FOREVER), row.day(first, FOREVER)
        if start < end:
            until = "open" if end == FOREVER else f"valid to {end}"
            what = f"{name} from {start} overlaps line {before.line}, which is {until}"
            yield seed.problem(row.line, what)
        elif start > end and seed.policy.get("gapless"):
            what = f"{name} has no row from {end} to {start} (line {before.line} ends)"
            yield seed.problem(row.line, what)
    if seed.policy.get("gapless") and rows[-1].cells[last]:
        what = f"{name} has no row from {rows[-1].cells[last]} on: leave valid_to empty"
        yield seed.problem(rows[-1].line, what)


def _uncovered(seed: Seed, seeds: dict[str, Seed]) -> Iterator[Problem]:
    for column, other in seed.policy.get("covers", {}).items():
        known = seeds[other].values(column_of(seeds[other], column))
        # A row for one entity alone leaves the others without.
        wild = seed.policy.get("wildcards", [])
        rows = [r for r in seed.rows if all(r.cells[w] == WILDCARD for w in wild)]
        for value in sorted(known - {row.cells[column] for row in rows}):
            what = f"no row decides for {column} {value} in general"
            yield seed.problem(0, what)
    columns = seed.policy.get("complete", [])
    if columns:
        referred = [(seeds[seed.policy["refers_to"][c]], c) for c in columns]
        every = [sorted(other.values(column_of(other, c))) for other, c in referred]
        held = {row.named(columns) for row in seed.rows}
        for values in product(*every):
            if values not in held:
                yield seed.problem(0, f"no row decides for {' '.join(values)}")


def _unregistered(seed: Seed, _: dict[str, Seed]) -> Iterator[Problem]:
    for column in seed.policy.get("registered", ()):
        delivered = declared(DELIVERED_SEEDS)[seed.name]
        held = seed.values(column)
        for row in delivered.rows:
            if row.cells[column] not in {*held, WILDCARD}:
                what = (
                    f"no row decides for {column} {row.cells[column]}: copy or change "
                )
                yield seed.problem(0, f"{what}the delivered one, {delivered.raw(row)}")


LOOKS = (_misshapen, _in_doubt)
RULES = (
    _empty,
    _not_one_of,
    _contradictory,
    _unknown,
    _overlapping,
    _several,
    _shared,
    _uncovered,
    accounts.misused,
)
OF_VALUES = (_out_of_range, _above_another, _unregistered)
