"""The part of SOQL that the sandbox answers, strictly.

``SELECT fields FROM object [WHERE condition AND …] [ORDER BY …] [LIMIT n]``; what
Salesforce would refuse is refused with its error code, and so is SOQL beyond this.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any

TOKEN = re.compile(
    r"""\s*(?:
    (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>-?\d+(?:\.\d+)?)
    | '(?P<string>(?:[^'\\]|\\.)*)'
    | (?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*)
    | (?P<symbol><=|>=|!=|=|<|>|,)
    )""",
    re.VERBOSE,
)
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
VALUES: dict[str, Callable[[str], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "number": Decimal,
    "string": lambda text: re.sub(r"\\(.)", r"\1", text),
}
WORDS = {"true": ("boolean", True), "false": ("boolean", False), "null": ("null", None)}
# What a field of each type may be compared with.
LITERALS = {
    "datetime": {"datetime", "null"},
    "date": {"date", "null"},
    "boolean": {"boolean"},
    "number": {"number", "null"},
    "percent": {"number", "null"},
    "string": {"string", "null"},
}


class SoqlError(Exception):
    """A query that Salesforce refuses, with its error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Condition:
    """One comparison; ``literal`` is the kind of literal, as ``LITERALS`` names it."""

    field: str
    operator: str
    literal: str
    value: Any


@dataclass
class Query:
    """A parsed query; ``order`` holds (field, descending) pairs."""

    fields: list[str] = field(default_factory=list)
    entity: str = ""
    where: list[Condition] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    limit: int | None = None


def parse(text: str) -> Query:
    """The query that ``text`` states; raises SoqlError MALFORMED_QUERY."""
    tokens = _Tokens(text)
    query = Query()
    tokens.expect("select")
    query.fields = tokens.listed(tokens.name)
    tokens.expect("from")
    query.entity = tokens.name()
    if tokens.accept("where"):
        query.where.append(_condition(tokens))
        while tokens.accept("and"):
            query.where.append(_condition(tokens))
    if tokens.accept("order"):
        tokens.expect("by")
        query.order = tokens.listed(lambda: _ordering(tokens))
    if tokens.accept("limit"):
        query.limit = int(tokens.take("number"))
    tokens.end()
    return query


def answer(
    query: Query, rows: list[dict[str, Any]], types: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The selected fields of the rows that meet every condition, in order.

    ``types`` gives the object's fields, each ``datetime``, ``date``, ``boolean``,
    ``number`` or ``string``; raises SoqlError INVALID_FIELD.
    """
    named = {name.lower(): name for name in types}
    selected = [_known(name, named, query) for name in query.fields]
    where = [(_known(c.field, named, query), c) for c in query.where]
    order = [(_known(name, named, query), last) for name, last in query.order]
    for name, condition in where:
        if condition.literal not in LITERALS[types[name]]:
            raise SoqlError(
                "INVALID_FIELD",
                f"value of filter criterion for field '{name}' must be of type "
                f"{types[name]}, not {condition.literal}",
            )
    found = [row for row in rows if all(_meets(row[n], c) for n, c in where)]
    for name, descending in reversed(order):  # nulls first, last when descending
        found.sort(
            key=lambda row: (row[name] is not None, row[name] or ""),
            reverse=descending,
        )
    return [{name: row[name] for name in selected} for row in found[: query.limit]]


def _known(name: str, named: dict[str, str], query: Query) -> str:
    if name.lower() not in named:
        raise SoqlError(
            "INVALID_FIELD", f"No such column '{name}' on entity '{query.entity}'"
        )
    return named[name.lower()]


def _meets(value: Any, condition: Condition) -> bool:
    compare = OPERATORS[condition.operator]
    if value is None or condition.value is None:
        return condition.operator in ("=", "!=") and compare(value, condition.value)
    return compare(value, condition.value)


def _condition(tokens: "_Tokens") -> Condition:
    name = tokens.name()
    operator = tokens.take("symbol")
    if operator not in OPERATORS:
        raise tokens.malformed()
    kind, text = tokens.next()
    if kind == "name" and text.lower() in WORDS:
        return Condition(name, operator, *WORDS[text.lower()])
    if kind not in VALUES:
        raise tokens.malformed()
    return Condition(name, operator, kind, VALUES[kind](text))


def _ordering(tokens: "_Tokens") -> tuple[str, bool]:
    name = tokens.name()
    if tokens.accept("desc"):
        return name, True
    tokens.accept("asc")
    return name, False


class _Tokens:
    def __init__(self, text: str) -> None:
        self.items: list[tuple[str, str]] = []
        self.at = 0
        position, text = 0, text.rstrip()
        while position < len(text):
            match = TOKEN.match(text, position)
            if not match or not match.lastgroup:
                raise SoqlError(
                    "MALFORMED_QUERY", f"unexpected token: '{text[position:][:20]}'"
                )
            self.items.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()

    def next(self) -> tuple[str, str]:
        if self.at >= len(self.items):
            raise SoqlError("MALFORMED_QUERY", "unexpected end of query")
        self.at += 1
        return self.items[self.at - 1]

    def take(self, kind: str) -> str:
        found, text = self.next()
        if found != kind:
            raise self.malformed()
        return text

    def name(self) -> str:
        return self.take("name")

    def accept(self, word: str) -> bool:
        here = self.items[self.at : self.at + 1]
        if here and here[0][0] == "name" and here[0][1].lower() == word:
            self.at += 1
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.accept(word):
            self.next()
            raise self.malformed()

    def listed(self, item: Callable[[], Any]) -> list[Any]:
        items = [item()]
        while self.items[self.at : self.at + 1] == [("symbol", ",")]:
            self.at += 1
            items.append(item())
        return items

    def end(self) -> None:
        if self.at < len(self.items):
            self.next()
            raise self.malformed()

    def malformed(self) -> SoqlError:
        return SoqlError(
            "MALFORMED_QUERY", f"unexpected token: '{self.items[self.at - 1][1]}'"
        )
