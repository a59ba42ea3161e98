"""How the sandbox's REST collections are asked: pages, conditions, order, children.

As the framework has it: 25 rows where no limit is asked for and 500 at most; ``limit``
of the answer is the size really used; ``totalResults`` only where it is asked for;
children that are expanded come a page at a time. From version 2 on conditions are
joined by ``and`` and the older form is an error; a list of values answers more than one
condition with nothing. An order must be asked for, or rows come in any.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

DEFAULT_PAGE = 25
MOST_IN_PAGE = 500
CONDITION = re.compile(r"(\w+)\s*(>=|<=|!=|=|>|<|\blike\b)\s*(.*)", re.IGNORECASE)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT")


@dataclass
class Failure(Exception):
    """An answer other than success: HTTP status, Oracle's words, its code if any."""

    status: int
    detail: str
    code: str | None = None


@dataclass(frozen=True)
class Collection:
    """Rows of a resource, the attribute that identifies each, and their children.

    Children lie in a row under their name; ``opaque`` keys are hashes nobody can make.
    """

    key: str
    rows: list[Row]
    children: Mapping[str, "Collection"] = field(default_factory=dict)
    is_opaque: bool = False

    def id_of(self, row: Row) -> str:
        """What the row is called in an address."""
        told = str(row[self.key])
        return hashlib.sha256(told.encode()).hexdigest() if self.is_opaque else told

    def child(self, row: Row, name: str) -> "Collection":
        """The children of a row, as a collection."""
        kind = self.children[name]
        return Collection(kind.key, row[name], kind.children, kind.is_opaque)


def answered(
    collection: Collection,
    address: str,
    asked: Mapping[str, str],
    version: int,
    finders: Mapping[str, Callable[[dict[str, str]], list[Row]]] | None = None,
) -> dict[str, Any]:
    """A page of a collection as it is asked for. Raises Failure."""
    rows = collection.rows
    if "finder" in asked:
        name, _, told = asked["finder"].partition(";")
        finder = (finders or {}).get(name)
        if finder is None:
            raise Failure(400, f"The finder {name} is not valid.", "27520")
        rows = finder(dict(part.split("=", 1) for part in told.split(",") if part))
    if "q" in asked:
        rows = _conditioned(rows, asked["q"], version, is_lov=address.endswith("LOV"))
    rows = _ordered(rows, asked.get("orderBy", ""))
    limit = min(_number(asked, "limit", DEFAULT_PAGE) or DEFAULT_PAGE, MOST_IN_PAGE)
    offset = _number(asked, "offset", 0)
    page = [
        _shown(collection, row, address, asked) for row in rows[offset : offset + limit]
    ]
    return {
        "items": page,
        **({"totalResults": len(rows)} if asked.get("totalResults") == "true" else {}),
        "count": len(page),
        "hasMore": offset + limit < len(rows),
        "limit": limit,
        "offset": offset,
        "links": [{"rel": "self", "href": address, "kind": "collection"}],
    }


def _number(asked: Mapping[str, str], name: str, default: int) -> int:
    told = asked.get(name, str(default))
    if not told.isdigit():
        raise Failure(400, f"URL request parameter {name} is not valid.", "27502")
    return int(told)


def _conditioned(rows: list[Row], q: str, version: int, *, is_lov: bool) -> list[Row]:
    if version >= 2 and ";" in re.sub(r"'[^']*'", "", q):
        raise Failure(400, "URL request parameter q cannot be used as such.", "27520")
    conditions = (
        re.split(r"\s+and\s+", q, flags=re.IGNORECASE) if version >= 2 else q.split(";")
    )
    if is_lov and len(conditions) > 1:
        return []
    for condition in conditions:
        shape = CONDITION.fullmatch(condition.strip())
        if shape is None or (rows and shape[1] not in rows[0]):
            raise Failure(400, f"Attribute in {condition} is not queryable.", "27521")
        name, sign, told = shape[1], shape[2].lower(), shape[3].strip().strip("'")
        rows = [row for row in rows if _holds(row[name], sign, told)]
    return rows


def _holds(value: Any, sign: str, told: str) -> bool:
    if value is None:
        return False
    if sign == "like":
        pattern = ".*".join(re.escape(part) for part in told.split("%"))
        return re.fullmatch(pattern, str(value)) is not None
    left, right = _comparable(value), _comparable(told)
    if type(left) is not type(right):
        left, right = str(value), told
    return {
        "=": left == right,
        "!=": left != right,
        ">": left > right,
        ">=": left >= right,
        "<": left < right,
        "<=": left <= right,
    }[sign]


def _comparable(value: Any) -> Any:
    text = str(value)
    if MOMENT.match(text):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return Decimal(text)
    return text


def _ordered(rows: list[Row], order: str) -> list[Row]:
    names = [name.partition(":")[0] for name in order.split(",") if name]
    if not names:
        # any order, but the same one for the same rows
        return sorted(rows, key=lambda row: hashlib.md5(str(row).encode()).digest())
    if rows and (unknown := [name for name in names if name not in rows[0]]):
        raise Failure(400, f"orderBy names no attribute: {unknown[0]}", "27521")
    return sorted(rows, key=lambda row: [_sortable(row[name]) for name in names])


def _sortable(value: Any) -> tuple[int, Any]:
    return (0, Decimal(value)) if isinstance(value, int | Decimal) else (1, str(value))


def _shown(
    collection: Collection, row: Row, address: str, asked: Mapping[str, str]
) -> Row:
    """A row with its attributes, links and the children that are expanded."""
    wanted = {name for name in asked.get("fields", "").split(",") if name}
    if wanted and (unknown := wanted - row.keys()):
        raise Failure(400, f"There is no field {sorted(unknown)[0]}", "27523")
    shown = {
        name: value
        for name, value in row.items()
        if name not in collection.children and (not wanted or name in wanted)
    }
    own = f"{address}/{collection.id_of(row)}"
    for name, deeper in _expanded(asked.get("expand", "")).items():
        if name not in collection.children:
            raise Failure(400, f"There is no child {name}", "27524")
        below = {"expand": deeper, "onlyData": asked.get("onlyData", "")}
        children = collection.child(row, name)
        shown[name] = answered(
            children,
            f"{own}/child/{name}",
            {"orderBy": children.key, **below},
            MOST_IN_PAGE,
        )
    if asked.get("onlyData") != "true":
        shown["links"] = _links(own, address, collection.children)
    return shown


def _expanded(told: str) -> dict[str, str]:
    """Children to expand, each with those of theirs to expand."""
    parts = [name.partition(".") for name in told.split(",") if name]
    return {name: deeper for name, _, deeper in parts}


def _links(own: str, address: str, children: Iterable[str]) -> list[dict[str, str]]:
    name = address.rpartition("/")[2]
    return [
        {"rel": "self", "href": own, "name": name, "kind": "item"},
        *(
            {
                "rel": "child",
                "href": f"{own}/child/{child}",
                "name": child,
                "kind": "collection",
            }
            for child in children
        ),
    ]


def below(collection: Collection, path: list[str]) -> Collection:
    """The children that an address names: id, child, and so on. Raises Failure."""
    if not path:
        return collection
    told, name, *deeper = path
    for row in collection.rows:
        if collection.id_of(row) == told and name in collection.children:
            return below(collection.child(row, name), deeper)
    raise Failure(404, "")
