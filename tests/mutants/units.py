"""The models' unit tests, run as dbt runs them, without dbt.

Their inputs become tables, and the rows that the SQL yields are compared with those
expected, in the columns that these name.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import yaml

from dlt_pipelines.core.settings import ROOT

Row = Mapping[str, object]
Columns = dict[str, str]
KIND = "exc_"  # a model of a kind of exception has the columns of what stacks them
NAMED_TYPES = {  # Tieout's own landing states no types: a column's name says them
    "_date": "date",
    "_month": "date",
    "_at": "timestamp",
    "_amount": "decimal(18,4)",
    "_minutes": "bigint",
}


@dataclass(frozen=True)
class UnitTest:
    """One unit test of a yml."""

    model: str
    name: str
    given: Mapping[str, list[Row]]
    expected: list[Row]


class Units:
    """What the yml files say: columns of every relation, unit tests of every model."""

    def __init__(self, root: Path = ROOT) -> None:
        self.tests: dict[str, list[UnitTest]] = {}
        self._columns: dict[str, Columns] = {}
        files = [*(root / "models").rglob("*.yml"), *(root / "seeds").glob("*.yml")]
        for file in sorted(files):
            told = yaml.load(file.read_text(), yaml.CSafeLoader) or {}
            for relation in [*told.get("models", []), *told.get("seeds", [])]:
                self._columns[relation["name"]] = _typed(relation)
            for test in told.get("unit_tests", []):
                self.tests.setdefault(test["model"], []).append(_unit_test(test))

    def columns(self, relation: str) -> Columns:
        """A relation's columns with their types."""
        if relation.startswith(KIND) and not self._columns.get(relation):
            relation = "int_exceptions"
        return self._columns[relation]


class Trial:
    """One unit test with its inputs in a database, for any number of versions of the
    model's SQL."""

    def __init__(self, units: Units, test: UnitTest, relations: set[str]) -> None:
        self.test = test
        self.db = duckdb.connect(config={"threads": 1, "memory_limit": "1GB"})
        self.db.execute(
            "pragma disable_optimizer"
        )  # planning takes longer than running
        self.db.execute("create schema given")
        for relation in sorted(relations | test.given.keys()):
            self._give(relation, units.columns(relation), test.given.get(relation, []))

    def _give(self, relation: str, columns: Columns, rows: list[Row]) -> None:
        typed = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
        self.db.execute(f"create table given.{relation} ({typed})")
        for row in rows:
            names = ", ".join(f'"{name}"' for name in row)
            places = ", ".join("?" for _ in row)
            self.db.execute(
                f"insert into given.{relation} ({names}) values ({places})",
                [_text(value) for value in row.values()],
            )

    def types(self, sql: str) -> Columns:
        """The columns that the SQL yields; raises where it does not bind."""
        described = self.db.execute(f"describe {sql}").fetchall()
        return {name: str(type_) for name, type_, *_ in described}

    def passes(self, sql: str, types: Columns) -> bool:
        """Whether the SQL yields the rows expected; `types` are the model's columns."""
        names = list(self.test.expected[0]) if self.test.expected else list(types)
        chosen = ", ".join(f'"{name}"' for name in names)
        rows = self.db.execute(f"select {chosen} from ({sql})").fetchall()
        return Counter(rows) == self._expected(tuple(types[name] for name in names))

    def _expected(self, types: tuple[str, ...]) -> Counter[tuple]:
        if not self.test.expected:
            return Counter()
        casts = ", ".join(f"cast(? as {type_})" for type_ in types)
        return Counter(
            row
            for expected in self.test.expected
            for row in self.db.execute(
                f"select {casts}", [_text(value) for value in expected.values()]
            ).fetchall()
        )


def _typed(relation: dict) -> Columns:
    seeds = (relation.get("config") or {}).get("column_types") or {}
    return {
        column["name"]: column.get("data_type")
        or seeds.get(column["name"])
        or _named_type(column["name"])
        for column in relation.get("columns", [])
    }


def _named_type(column: str) -> str:
    ends = (type_ for end, type_ in NAMED_TYPES.items() if column.endswith(end))
    return "bigint" if column.startswith("rows_") else next(ends, "varchar")


def _unit_test(test: dict) -> UnitTest:
    given = {
        re.findall(r"'(\w+)'", given["input"])[-1]: _rows(given)
        for given in test["given"]
    }
    return UnitTest(test["model"], test["name"], given, _rows(test["expect"]))


def _rows(told: dict) -> list[Row]:
    if told.get("format") != "csv":
        return told.get("rows") or []
    return [
        {name: None if cell == "" else cell for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(told["rows"]))
    ]


def _text(value: object) -> str | None:
    return None if value is None else str(value)
