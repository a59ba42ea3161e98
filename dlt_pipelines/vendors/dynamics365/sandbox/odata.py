"""The part of OData that the sandbox's environment knows: what is asked of a set.

``$filter`` with eq, ne, gt, ge, lt, le, and, or and brackets (no ``in``), stars in
texts; ``$select``, ``$orderby``, ``$top``, ``$count``; pages that end with a link.
"""

import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

Condition = Callable[[dict[str, Any]], bool]

TOKENS = re.compile(
    r"\s*(?:(?P<enum>[\w.]+)'(?P<member>\w*)'|'(?P<text>(?:[^']|'')*)'"
    r"|(?P<moment>\d{4}-\d\d-\d\dT[\d:.]+Z)|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>\w+)|(?P<sign>[()]))"
)
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")
}
ENUMS_TAKE = ("eq", "ne")


class WrongFilter(Exception):
    """A query that the environment would not run."""


def answered(
    entity_set: str,
    rows: list[dict[str, Any]],
    query: dict[str, str],
    address: str,
    most: int,
) -> dict[str, Any]:
    """A page of a set as the environment answers it; raises WrongFilter."""
    if "$filter" in query:
        takes = condition(query["$filter"])
        try:
            rows = [row for row in rows if takes(row)]
        except (KeyError, TypeError) as error:
            raise WrongFilter(f"Could not find a property: {error}") from error
    total = len(rows)
    if "$orderby" in query:
        names = query["$orderby"].split(",")
        rows = sorted(rows, key=lambda row: [row[name] for name in names])
    if "$top" in query:
        rows = rows[: int(query["$top"])]
    first = int(query.get("$skiptoken", 0))
    page = rows[first : first + most]
    told: dict[str, Any] = {"@odata.context": f"{address}/$metadata#{entity_set}"}
    if query.get("$count") == "true" and first == 0:
        told["@odata.count"] = total
    told["value"] = _selected(page, query.get("$select"))
    if first + most < len(rows):
        more = urlencode({**query, "$skiptoken": str(first + most)}, quote_via=quote)
        told["@odata.nextLink"] = f"{address}?{more}"
    return told


def _selected(rows: list[dict[str, Any]], select: str | None) -> list[dict[str, Any]]:
    if select is None:
        return [{"@odata.etag": 'W/"JzEn"', **row} for row in rows]
    names = select.split(",")
    if rows and (unknown := [name for name in names if name not in rows[0]]):
        raise WrongFilter(f"Could not find a property named '{unknown[0]}'.")
    return [
        {"@odata.etag": 'W/"JzEn"', **{name: row[name] for name in names}}
        for row in rows
    ]


def condition(text: str) -> Condition:
    """A ``$filter`` as a condition on a row; raises WrongFilter."""
    parser = _Parser(text)
    made = parser.either()
    if parser.left:
        raise WrongFilter(f"Syntax error in '{text}'")
    return made


class _Parser:
    """Reads a filter from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.left = text, []
        place = 0
        while place < len(text.rstrip()):
            found = TOKENS.match(text, place)
            if found is None:
                raise WrongFilter(f"Syntax error at position {place} in '{text}'")
            self.left.append(found.groupdict())
            place = found.end()

    def either(self) -> Condition:
        parts = [self.both()]
        while self._takes("word", "or"):
            parts.append(self.both())
        return lambda row: any(part(row) for part in parts)

    def both(self) -> Condition:
        parts = [self.one()]
        while self._takes("word", "and"):
            parts.append(self.one())
        return lambda row: all(part(row) for part in parts)

    def one(self) -> Condition:
        if self._takes("sign", "("):
            inside = self.either()
            if not self._takes("sign", ")"):
                raise WrongFilter(f"')' expected in '{self.text}'")
            return inside
        return self.comparison()

    def comparison(self) -> Condition:
        name, operator, value = (self._next() for _ in range(3))
        compare = COMPARED.get(operator["word"] or "")
        if name["word"] is None or compare is None:
            raise WrongFilter(f"Syntax error in '{self.text}'")
        field = name["word"]
        if value["enum"]:
            if operator["word"] not in ENUMS_TAKE:
                raise WrongFilter("An enumeration is compared by eq and ne.")
            return lambda row: compare(row[field], value["member"])
        if value["moment"]:
            return lambda row: compare(row[field], value["moment"])
        if value["number"]:
            number = Decimal(value["number"])
            return lambda row: compare(Decimal(str(row[field])), number)
        if value["text"] is None:
            raise WrongFilter(f"Syntax error in '{self.text}'")
        told = value["text"].replace("''", "'")
        if "*" in told and operator["word"] == "eq":
            parts = ".*".join(re.escape(part) for part in told.split("*"))
            return lambda row: (
                re.fullmatch(parts, row[field], re.IGNORECASE) is not None
            )
        return lambda row: compare(row[field].lower(), told.lower())

    def _next(self) -> dict[str, str | None]:
        if not self.left:
            raise WrongFilter(f"Syntax error at the end of '{self.text}'")
        return self.left.pop(0)

    def _takes(self, kind: str, what: str) -> bool:
        if self.left and self.left[0][kind] == what:
            self.left.pop(0)
            return True
        return False
