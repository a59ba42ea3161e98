"""The policy seeds, held to what their declarations say before anything is built.

``seeds/*.yml`` declare under ``meta.policy`` of each seed:

- key: the columns that name what a row decides; no two rows decide the same;
- unique: columns of which no two rows have the same value;
- dated: a key's rows are half-open ranges that do not overlap;
- gapless: they leave no day open between the first and the last;
- one_of: the values a column may have;
- lists: the columns that hold several values, separated by spaces;
- refers_to: the seed whose column of that meaning must hold the value;
- wildcards: columns where «*» stands for whatever no other row names;
- covers: the seed each of whose keys some row of this seed must name;
- complete: columns of which every combination of known values must have a row;
- optional: columns that may be empty; required_when: unless another column says so;
- implies: what a column's value means for another column;
- part: what a change of it is in a margin bridge (see ``knowledge.PARTS``), mapping
  unless it says so; stated: the column with the day from which a row is known.

Every cell is read as the type declared for it. A row that breaks a rule is named with
its line in the file, the rule and what to do; everything that is wrong is told at once.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import yaml

from dlt_pipelines.errors import ConfigurationError
from dlt_pipelines.settings import ROOT

WILDCARD = "*"
FOREVER = date.max
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, several times faster
RANGE = ("valid_from", "valid_to")
TOLD = 5  # problems told in full; more are counted
MARKED, MARK = "replace", "\ufffd"  # what is no UTF-8 is read as this mark


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row of a seed; ``line`` is its line in the file."""

    seed: str
    line: int
    what: str

    def __str__(self) -> str:
        """Where and what, in a line."""
        place = f" line {self.line}" if self.line else ""
        return f"seeds/{self.seed}.csv{place}: {self.what}"


@dataclass(frozen=True)
class Row:
    """A row as the file has it, and its line."""

    line: int
    cells: dict[str, str]

    def named(self, columns: list[str]) -> tuple[str, ...]:
        """The values of some columns."""
        return tuple(self.cells[column] for column in columns)

    def day(self, column: str, otherwise: date) -> date:
        """A date column; ``otherwise`` when it is empty."""
        text = self.cells[column]
        return date.fromisoformat(text) if text else otherwise


@dataclass(frozen=True)
class Seed:
    """A seed's file and its declaration."""

    name: str
    types: dict[str, str]
    policy: dict[str, Any]
    file: Path

    @property
    def part(self) -> str:
        """What a change of its rows is in a margin bridge."""
        return self.policy.get("part", "mapping")

    @cached_property
    def lines(self) -> list[tuple[int, list[str]]]:
        """The number and the values of each line that has any; the first has the
        columns. A spreadsheet's byte order mark is no part of them."""
        with self.file.open(newline="", encoding="utf-8-sig", errors=MARKED) as file:
            reader = csv.reader(file)
            return [(reader.line_num, values) for values in reader if values]

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of the file, which must be readable."""
        return [
            Row(line, dict(zip(self.types, map(str.strip, values), strict=True)))
            for line, values in self.lines[1:]
        ]

    def values(self, column: str) -> set[str]:
        """What a column holds, wildcards aside."""
        return {row.cells[column] for row in self.rows} - {"", WILDCARD}

    def items(self, row: Row, column: str) -> list[str]:
        """The values of a cell: several where the column is declared as a list."""
        value = row.cells[column]
        return value.split() if column in self.policy.get("lists", ()) else [value]

    def known_by(self, day: date, content: str) -> str:
        """A content of the file without the rows stated after a day."""
        column = self.policy.get("stated")
        if column is None:
            return content
        header, *rows = content.splitlines(keepends=True)
        place = next(csv.reader([header])).index(column)
        known = [r for r in rows if next(csv.reader([r]))[place] <= day.isoformat()]
        return "".join([header, *known])

    def problem(self, line: int, what: str) -> Problem:
        """A problem of this seed."""
        return Problem(self.name, line, what)


def check(folder: Path = ROOT / "seeds") -> None:
    """Raise ConfigurationError naming every row that breaks its seed's policy."""
    _refuse(list(problems(folder)), "nothing was built.")


def rows_of(name: str, folder: Path = ROOT / "seeds") -> list[dict[str, str]]:
    """The rows of one seed, for what decides by them at once.

    Raises ConfigurationError naming every row of it that breaks its policy.
    """
    seeds = declared(folder)
    seed = seeds[name]
    referred = [seeds[other] for other in seed.policy.get("refers_to", {}).values()]
    unread = [wrong for read in (seed, *referred) for wrong in _unreadable(read)]
    broken = unread or [wrong for rule in RULES for wrong in rule(seed, seeds)]
    _refuse(broken, "nothing was decided by them.")
    return [row.cells for row in seed.rows]


def _refuse(found: list[Problem], outcome: str) -> None:
    if found:
        told = " · ".join(map(str, found[:TOLD]))
        more = f" · and {len(found) - TOLD} more" if len(found) > TOLD else ""
        raise ConfigurationError(
            f"{len(found)} policy rows cannot be used: {told}{more}",
            f"correct the rows named, then run the same command again; {outcome}",
        )


def problems(folder: Path) -> Iterator[Problem]:
    """What is wrong with the seeds of a folder, seed by seed."""
    seeds = declared(folder)
    unread = [problem for seed in seeds.values() for problem in _unreadable(seed)]
    yield from unread
    if unread:  # what cannot be read cannot be compared
        return
    for seed in seeds.values():
        for rule in RULES:
            yield from rule(seed, seeds)


def declared(folder: Path) -> dict[str, Seed]:
    """Every seed that a yml file of the folder declares."""
    found = {}
    for file in sorted(folder.glob("*.yml")):
        for told in yaml.load(file.read_text(encoding="utf-8"), LOADER)["seeds"]:
            name, config = told["name"], told["config"]
            policy = config["meta"].get("policy", {})
            path = folder / f"{name}.csv"
            found[name] = Seed(name, config["column_types"], policy, path)
    return found


def _unreadable(seed: Seed) -> Iterator[Problem]:
    if not seed.file.exists():
        yield seed.problem(0, "the file is missing")
        return
    misshapen = list(_misshapen(seed))
    yield from misshapen or _of_wrong_type(seed)


def _misshapen(seed: Seed) -> Iterator[Problem]:
    columns = list(seed.types)
    if not seed.lines or seed.lines[0][1] != columns:
        what = f"its columns must be {', '.join(columns)}, in this order"
        yield seed.problem(1, what)
        return
    for line, values in seed.lines[1:]:
        if len(values) != len(columns):
            what = f"it has {len(values)} values for {len(columns)} columns"
            yield seed.problem(line, f"{what}: quote a value that has a comma")
        elif any(MARK in value for value in values):
            yield seed.problem(line, "it is not UTF-8 text: save the file as UTF-8")


def _of_wrong_type(seed: Seed) -> Iterator[Problem]:
    for row in seed.rows:
        for column, type_ in seed.types.items():
            text = row.cells[column]
            if text and not _reads_as(text, type_):
                yield seed.problem(row.line, f"{column} «{text}» is no {type_}")


def _reads_as(text: str, type_: str) -> bool:
    try:
        if type_ == "date":
            date.fromisoformat(text)
        elif type_ == "integer":
            int(text)
        elif type_ == "boolean":
            return text in ("true", "false")
        elif type_.startswith("decimal"):
            scale = int(type_.rstrip(")").rpartition(",")[2])
            value = Decimal(text)
            return value.is_finite() and value == value.quantize(
                Decimal(1).scaleb(-scale)
            )
    except (ValueError, InvalidOperation):
        return False
    return True


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
        known = seeds[other].values(_column_of(seeds[other], column))
        wild = {WILDCARD} if column in seed.policy.get("wildcards", ()) else set()
        for row in seed.rows:
            for value in seed.items(row, column):
                if value and value not in known | wild:
                    what = f"{column} «{value}» is not in seeds/{other}.csv"
                    yield seed.problem(row.line, what)


def _column_of(seed: Seed, column: str) -> str:
    """The column of a referred seed: the same name, else the first of its key."""
    return column if column in seed.types else seed.policy["key"][0]


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


def _shared(seed: Seed, _: dict[str, Seed]) -> Iterator[Problem]:
    for column in seed.policy.get("unique", ()):
        first: dict[str | int, Row] = {}
        for row in seed.rows:
            text = row.cells[column]
            value = int(text) if text and seed.types[column] == "integer" else text
            if text and first.setdefault(value, row) is not row:
                what = f"{column} «{text}» is taken by line {first[value].line} already"
                yield seed.problem(row.line, what)


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
        known = seeds[other].values(_column_of(seeds[other], column))
        # A row for one entity alone leaves the others without.
        wild = seed.policy.get("wildcards", [])
        rows = [r for r in seed.rows if all(r.cells[w] == WILDCARD for w in wild)]
        for value in sorted(known - {row.cells[column] for row in rows}):
            what = f"no row decides for {column} {value} in general"
            yield seed.problem(0, what)
    columns = seed.policy.get("complete", [])
    if columns:
        referred = [(seeds[seed.policy["refers_to"][c]], c) for c in columns]
        known = [sorted(other.values(_column_of(other, c))) for other, c in referred]
        held = {row.named(columns) for row in seed.rows}
        for values in product(*known):
            if values not in held:
                yield seed.problem(0, f"no row decides for {' '.join(values)}")


RULES = (
    _empty,
    _not_one_of,
    _contradictory,
    _unknown,
    _overlapping,
    _shared,
    _uncovered,
)
