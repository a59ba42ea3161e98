"""The policy seeds as files: declared by the product, read one way for everybody.

What is checked is what is used: the rules, the approvals and dbt all get the cells as
``cells`` reads them, dbt as files that ``write_read`` writes.
"""

import csv
import io
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from dlt_pipelines.core.settings import DELIVERED_SEEDS
from dlt_pipelines.warehouse.policies import cells

WILDCARD = "*"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, several times faster
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
    """A row as it is read, with its line and why any of its cells cannot be."""

    line: int
    cells: dict[str, str]
    doubts: dict[str, str] = field(default_factory=dict)

    def named(self, columns: list[str]) -> tuple[str, ...]:
        """The values of some columns."""
        return tuple(self.cells[column] for column in columns)

    def day(self, column: str, otherwise: date) -> date:
        """A date column; ``otherwise`` when it is empty."""
        text = self.cells[column]
        return date.fromisoformat(text) if text else otherwise


@dataclass(frozen=True)
class Seed:
    """A seed's file and its declaration, among the others'."""

    name: str
    types: dict[str, str]
    descriptions: dict[str, str]  # of the columns
    policy: dict[str, Any]
    file: Path
    seeds: dict[str, "Seed"] = field(repr=False)

    @property
    def part(self) -> str:
        """What a change of its rows is in a margin bridge."""
        return self.policy.get("part", "mapping")

    @cached_property
    def lines(self) -> list[tuple[int, list[str]]]:
        """The number and the values of each line that has any; the first has the
        columns. What a spreadsheet adds (a mark at the start, empty rows and columns)
        is no part of them."""
        with self.file.open(newline="", encoding="utf-8-sig", errors=MARKED) as file:
            reader = csv.reader(file)
            lines = [(reader.line_num, list(map(cells.bare, row))) for row in reader]
        filled = [(number, values) for number, values in lines if any(values)]
        for number, values in filled:
            while len(values) > len(self.types) and not values[-1]:
                del values[-1]
            if number == filled[0][0]:
                values[:] = map(str.casefold, values)
        return filled

    @property
    def columns(self) -> list[str]:
        """The columns of the file."""
        return self.lines[0][1] if self.lines else []

    @property
    def lacking(self) -> list[str]:
        """The columns that the file lacks and that may be empty."""
        optional = self.policy.get("optional", ())
        return [c for c in self.types if c in optional and c not in self.columns]

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of the file, each of which must have a value for every column."""
        return [self._row(line, values) for line, values in self.lines[1:]]

    def _row(self, line: int, values: list[str]) -> Row:
        written = dict(zip(self.columns, values, strict=True))
        row = Row(line, {column: written.get(column, "") for column in self.types})
        for column, text in row.cells.items():
            try:
                row.cells[column] = " ".join(
                    cells.read(
                        item,
                        self.types[column],
                        column,
                        codes=self._codes(column),
                        is_share=column in self.policy.get("shares", ()),
                    )
                    for item in self._split(column, text)
                )
            except cells.Doubt as doubt:
                row.doubts[column] = str(doubt)
        return row

    def _codes(self, column: str) -> set[str]:
        """The values that the declaration lets a column have, if it says."""
        allowed = set(self.policy.get("one_of", {}).get(column, ()))
        if other := self.seeds.get(self.policy.get("refers_to", {}).get(column)):
            allowed |= other.values(column_of(other, column))
        if column in self.policy.get("wildcards", ()):
            allowed.add(WILDCARD)
        return allowed

    @cached_property
    def text(self) -> str:
        """The file as it is read: one way to write what means the same."""
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(self.types)
        writer.writerows(row.cells.values() for row in self.rows)
        return written.getvalue()

    def values(self, column: str) -> set[str]:
        """What a column holds, wildcards aside."""
        return {row.cells[column] for row in self.rows} - {"", WILDCARD}

    def items(self, row: Row, column: str) -> list[str]:
        """The values of a cell: several where the column is declared as a list."""
        return self._split(column, row.cells[column])

    def _split(self, column: str, text: str) -> list[str]:
        return text.split() if column in self.policy.get("lists", ()) else [text]

    def known_by(self, day: date, content: str) -> str:
        """A content of the file without the rows stated after a day."""
        column = self.policy.get("stated")
        if column is None:
            return content
        header, *rows = content.splitlines(keepends=True)
        place = next(csv.reader([header])).index(column)
        known = [r for r in rows if next(csv.reader([r]))[place] <= day.isoformat()]
        return "".join([header, *known])

    def raw(self, row: Row) -> str:
        """A row as its file has it."""
        written = io.StringIO()
        csv.writer(written, lineterminator="").writerow(row.cells.values())
        return written.getvalue()

    def problem(self, line: int, what: str) -> Problem:
        """A problem of this seed."""
        return Problem(self.name, line, what)


def column_of(seed: Seed, column: str) -> str:
    """The column of a referred seed: the same name, else the first of its key."""
    return column if column in seed.types else seed.policy["key"][0]


def declared(folder: Path) -> dict[str, Seed]:
    """Every policy that the product declares, as a folder's file has it."""
    found: dict[str, Seed] = {}
    for told in declarations():
        name, config = told["name"], told["config"]
        described = {
            c["name"]: " ".join(c["description"].split()) for c in told["columns"]
        }
        policy = config["meta"].get("policy", {})
        path = folder / f"{name}.csv"
        types = config["column_types"]
        found[name] = Seed(name, types, described, policy, path, found)
    return found


def declarations() -> list[dict[str, Any]]:
    """What the ``*.yml`` of the delivered policies say of each."""
    return [
        told
        for file in sorted(DELIVERED_SEEDS.glob("*.yml"))
        for told in yaml.load(file.read_text(encoding="utf-8"), LOADER)["seeds"]
    ]


def write_read(folder: Path, into: Path) -> None:
    """Write every seed of a folder as it is read, for dbt to load."""
    into.mkdir(parents=True, exist_ok=True)
    for seed in declared(folder).values():
        file = into / seed.file.name
        if not file.exists() or file.read_text(encoding="utf-8") != seed.text:
            file.write_text(seed.text, encoding="utf-8")
