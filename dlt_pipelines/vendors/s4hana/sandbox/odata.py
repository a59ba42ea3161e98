"""OData v2 as SAP Gateway speaks it: conditions, pages by token, metadata, errors."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]
Test = Callable[[Row], bool]

PAGE = 1000
TOKENS = re.compile(
    r"\s*(?:(?P<moment>datetimeoffset'[^']*'|datetime'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d+(?:\.\d+)?[mMdDlL]?)|(?P<mark>[(),])|(?P<word>\w+))"
)
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")
}


@dataclass
class Failure(Exception):
    """An answer other than success: HTTP status, SAP's code, its words."""

    status: int
    code: str
    words: str


def told(value: Any) -> Any:
    """A value as JSON has it: dates in milliseconds, decimals as text."""
    if isinstance(value, datetime):
        return f"/Date({int(value.timestamp() * 1000)}+0000)/"
    if isinstance(value, date):
        midnight = datetime(value.year, value.month, value.day, tzinfo=UTC)
        return f"/Date({int(midnight.timestamp() * 1000)})/"
    return f"{value:f}" if isinstance(value, Decimal) else value


def page(
    rows: Sequence[Row], query: Mapping[str, str], address: str, size: int = PAGE
) -> dict[str, Any]:
    """The answer to a request of an entity set. Raises Failure."""
    fields = [name for name in query.get("$select", "").split(",") if name]
    if rows and (unknown := [name for name in fields if name not in rows[0]]):
        raise _wrong(f"Property {unknown[0]} not found in the entity type")
    test = condition(query["$filter"]) if query.get("$filter") else None
    found = [row for row in rows if test is None or test(row)]
    if order := query.get("$orderby"):
        found.sort(key=operator.itemgetter(*order.split(",")))
    first = int(query.get("$skiptoken") or 0)
    size = min(size, int(query.get("$top") or size))
    shown = found[first : first + size]
    kind = address.rpartition("/")[2]
    results = [
        {
            "__metadata": {"id": f"{address}({first + at})", "type": f"SAP.{kind}Type"},
            **{name: told(row[name]) for name in fields or row},
        }
        for at, row in enumerate(shown)
    ]
    body: dict[str, Any] = {"results": results}
    if query.get("$inlinecount") == "allpages":
        body["__count"] = str(len(found))
    if first + size < len(found):
        body["__next"] = f"{address}?$skiptoken={first + size}"
    return {"d": body}


def metadata(fields: Mapping[str, Sequence[str]]) -> str:
    """``$metadata`` of a service: the properties of its entity types."""
    types = "".join(
        f'<EntityType Name="{name}Type">'
        + "".join(f'<Property Name="{field}" Type="Edm.String"/>' for field in named)
        + "</EntityType>"
        for name, named in fields.items()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="1.0" '
        'xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">'
        '<edmx:DataServices><Schema Namespace="SAP" '
        'xmlns="http://schemas.microsoft.com/ado/2008/09/edm">'
        f"{types}</Schema></edmx:DataServices></edmx:Edmx>"
    )


def condition(text: str) -> Test:
    """The test that a ``$filter`` states. Raises Failure where it states none."""
    return _Reader(text).read()


class _Reader:
    """Reads a condition: comparisons and startswith(), joined by and, or, brackets."""

    def __init__(self, text: str) -> None:
        self.words = list(_words(text))
        self.at = 0

    def read(self) -> Test:
        test = self._any()
        if self.at < len(self.words):
            raise _wrong(f"Invalid filter at {self.words[self.at][1]}")
        return test

    def _any(self) -> Test:
        tests = [self._all()]
        while self._follows("or"):
            tests.append(self._all())
        return lambda row: any(test(row) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._follows("and"):
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._follows("("):
            test = self._any()
            self._need(")")
            return test
        name = self._next()[1]
        if name == "startswith":
            return self._startswith()
        compare = COMPARISONS.get(self._next()[1])
        if compare is None:
            raise _wrong(f"Invalid operator after {name}")
        value = _literal(*self._next())
        return lambda row: row[name] is not None and compare(row[name], value)

    def _startswith(self) -> Test:
        self._need("(")
        name = self._next()[1]
        self._need(",")
        beginning = _literal(*self._next())
        self._need(")")
        if self._follows("eq"):
            self._need("true")
        return lambda row: str(row[name] or "").startswith(beginning)

    def _next(self) -> tuple[str, str]:
        if self.at == len(self.words):
            raise _wrong("Invalid filter: it ends too soon")
        self.at += 1
        return self.words[self.at - 1]

    def _follows(self, word: str) -> bool:
        if self.at < len(self.words) and self.words[self.at][1] == word:
            self.at += 1
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._follows(word):
            raise _wrong(f"Invalid filter: {word} is missing")


def _words(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while text[at:].strip():
        found = TOKENS.match(text, at)
        if found is None:
            raise _wrong(f"Invalid filter at {text[at:]}")
        yield str(found.lastgroup), found[str(found.lastgroup)]
        at = found.end()


def _literal(kind: str, text: str) -> Any:
    if kind == "text":
        return text[1:-1].replace("''", "'")
    if kind == "number":
        return Decimal(text.rstrip("mMdDlL"))
    if kind == "moment":
        type_, _, stated = text[:-1].partition("'")
        moment = datetime.fromisoformat(stated)
        if type_ == "datetime":
            return moment.date()
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise _wrong(f"Invalid literal {text}")


def _wrong(words: str) -> Failure:
    return Failure(400, "005056A509B11EE1B9A8FEC11C21578E", words)
