"""Which mutants there are of a file of SQL with jinja.

sqlglot's tokens say where an operator or clause stands; what jinja writes itself is
masked from it, and no mutant reaches over a `{% … %}`. So each mutant is one small
change of the text, in one place, and is told by its lines before and after.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from sqlglot import tokenize
from sqlglot.tokens import Token, TokenType

NAME_LENGTH = 8
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", flags=re.DOTALL)
JOINS = {"left", "inner", "full", "cross", "join"}
CLAUSES = {  # at the depth of a condition, these end it
    *(
        "and",
        "or",
        "where",
        "on",
        "when",
        "then",
        "else",
        "end",
        "group by",
        "order by",
    ),
    *("having", "union", "except", "window", "limit", "as", "over", *JOINS),
}
COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "!=": "="}
AGGREGATES = {
    "sum": "max",
    "min": "max",
    "max": "min",
    "bool_or": "bool_and",
    "bool_and": "bool_or",
    "greatest": "least",
    "least": "greatest",
}
LITERALS = {TokenType.NUMBER, TokenType.STRING, TokenType.TRUE, TokenType.FALSE}
OPENING = {"(", "case"}
CLOSING = {")", "end"}
OTHER = {
    "start": "end",
    "end": "start",
    "first": "last",
    "last": "first",
    "from": "to",
    "to": "from",
}
DAYS = re.compile(
    r"\w*(?:valid_(?:from|to)|(?:start|end|first|last)_(?:date|day|month))"
)
DAY_MACROS = {  # of an expression that jinja writes
    "month_start": "month_end",
    "month_end": "month_start",
    "period_start": "period_end",
    "period_end": "period_start",
    "week_start": "month_start",
    "day_before": "month_end",
}
DAY_MACRO = re.compile(rf"\b({'|'.join(DAY_MACROS)})(?=\()")
DESCENDING = re.compile(r"\bdesc\b")
PARTS = {
    "'day'": "'month'",
    "'week'": "'month'",
    "'month'": "'year'",
    "'year'": "'month'",
}


@dataclass(frozen=True)
class Change:
    """What stands from `start` to `end` of a text becomes `new`."""

    kind: str
    start: int
    end: int
    new: str


@dataclass(frozen=True)
class Mutant:
    """One change of one file. The name stays when lines are added elsewhere in it."""

    name: str
    file: str
    line: int
    before: str
    after: str
    change: Change

    def plant(self, text: str) -> str:
        """The file's text with the change."""
        return text[: self.change.start] + self.change.new + text[self.change.end :]


def mutants(file: str, text: str) -> list[Mutant]:
    """Every mutant of a file, in the order of the text."""
    found, seen = [], dict[tuple, int]()
    for change in sorted(set(_changes(text)), key=lambda c: (c.start, c.end, c.kind)):
        before, after = _told(text, change)
        what = (file, change.kind, before, after)
        seen[what] = seen.get(what, 0) + 1
        name = sha256(repr((*what, seen[what])).encode()).hexdigest()[:NAME_LENGTH]
        line = text.count("\n", 0, change.start) + 1
        found.append(Mutant(name, file, line, before, after, change))
    return found


def _told(text: str, change: Change) -> tuple[str, str]:
    """The lines that a change touches, before and after, each as one."""
    first = text.rfind("\n", 0, change.start) + 1
    last = text.find("\n", change.end)
    last = len(text) if last < 0 else last
    before = text[first:last]
    after = text[first : change.start] + change.new + text[change.end : last]
    return " ".join(before.split()), " ".join(after.split())


def _changes(text: str) -> Iterator[Change]:
    source = _Source(text)
    for place in range(len(source.tokens)):
        for rule in RULES:
            for change in rule(source, place):
                if not source.is_crossed(change.start, change.end):
                    yield change
    yield from _in_jinja(text)


class _Source:
    """The tokens of a text, their depths, and where jinja's statements are."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.statements = [
            found.span() for found in JINJA.finditer(text) if found[0][1] != "{"
        ]
        self.tokens: list[Token] = tokenize(JINJA.sub(_masked, text), read="duckdb")
        self.words = [token.text.lower() for token in self.tokens]
        self.depths, depth = [], 0
        for token, word in zip(self.tokens, self.words, strict=True):
            if word in CLOSING and token.token_type != TokenType.STRING:
                depth -= 1
            self.depths.append(depth)
            if word in OPENING and token.token_type != TokenType.STRING:
                depth += 1

    def word(self, place: int) -> str:
        """The token's text, a string's in quotes; nothing outside of the text."""
        if not 0 <= place < len(self.words):
            return ""
        return self._quoted(place) or self.words[place]

    def _quoted(self, place: int) -> str:
        is_text = self.tokens[place].token_type == TokenType.STRING
        return f"'{self.tokens[place].text}'" if is_text else ""

    def is_crossed(self, start: int, end: int) -> bool:
        """Whether a statement of jinja begins or ends in a range."""
        return any(first < end and start < last for first, last in self.statements)

    def until(self, place: int, words: set[str]) -> int:
        """The next token that is one of the words at this one's depth, or leaves it.

        So do a comma and an expression of jinja's that is a clause by itself.
        """
        depth = self.depths[place]
        for later in range(place + 1, len(self.tokens)):
            if self.depths[later] < depth:
                return later
            if self.depths[later] == depth and (
                self.words[later] in words
                or self.word(later) == ","
                or self._is_clause(later)
            ):
                return later
        return len(self.tokens)

    def _is_clause(self, place: int) -> bool:
        """Whether jinja writes a clause here: it stands where no value can."""
        if not self.words[place].startswith("jinja__"):
            return False
        before = self.tokens[place - 1]
        return before.token_type in {*LITERALS, TokenType.VAR, TokenType.R_PAREN} and (
            "\n" in self.text[before.end : self.tokens[place].start]
        )

    def begin(self, place: int) -> int:
        """Where a token begins in the text; past the last one, the text's end."""
        at_end = place >= len(self.tokens)
        return len(self.text) if at_end else self.tokens[place].start

    def end(self, place: int) -> int:
        return self.tokens[place].end + 1


def _masked(found: re.Match) -> str:
    """Blanks for jinja's statements and comments; a name for an expression."""
    if found[0][1] == "{":
        return "jinja__".ljust(len(found[0]), "_")
    return re.sub(r"[^\n]", " ", found[0])


def _comparison(source: _Source, place: int) -> Iterator[Change]:
    """A boundary belongs to the other side; what differs is equal."""
    word = source.word(place)
    new = COMPARISONS.get(word)
    if word == "=" and LITERALS & {
        source.tokens[near].token_type
        for near in (place - 1, place + 1)
        if 0 <= near < len(source.tokens)
    }:
        new = "!="
    if new:
        yield Change("comparison", source.begin(place), source.end(place), new)


def _join(source: _Source, place: int) -> Iterator[Change]:
    """Rows without a partner are lost or kept."""
    kinds = {("left", "join"): "inner", ("inner", "join"): "left"}
    new = kinds.get((source.word(place), source.word(place + 1)))
    if (source.word(place), source.word(place + 1)) == ("full", "outer"):
        yield Change("join", source.begin(place), source.end(place + 1), "left")
    if new:
        yield Change("join", source.begin(place), source.end(place), new)


def _sign(source: _Source, place: int) -> Iterator[Change]:
    word = source.word(place)
    if word not in ("+", "-") or place == 0:
        return
    before = source.tokens[place - 1]
    is_value = before.token_type in {*LITERALS, TokenType.VAR, TokenType.R_PAREN}
    if is_value or source.word(place - 1) == "end":
        new = "-" if word == "+" else "+"
        yield Change("sign", source.begin(place), source.end(place), new)
    elif word == "-":
        yield Change("sign", source.begin(place), source.end(place), "")


def _union(source: _Source, place: int) -> Iterator[Change]:
    """A branch is missing: the one after, and of the first two the one before."""
    if (source.word(place), source.word(place + 1)) != ("union", "all"):
        return
    ends = next(
        (
            later
            for later in range(place + 2, len(source.tokens))
            if source.depths[later] < source.depths[place]
            or (
                source.depths[later] == source.depths[place]
                and source.word(later) == "union"
            )
        ),
        len(source.tokens),
    )
    yield Change("union", source.begin(place), source.end(ends - 1), "")
    first = None
    for earlier in range(place - 1, -1, -1):
        if source.depths[earlier] < source.depths[place]:
            break
        if source.depths[earlier] > source.depths[place]:
            continue
        if source.word(earlier) == "union":
            return
        if source.word(earlier) == "select":
            first = earlier
    if first is not None:
        yield Change("union", source.begin(first), source.end(place + 1), "")


def _when(source: _Source, place: int) -> Iterator[Change]:
    """A branch of a case is missing, if it is not the only one."""
    word = source.word(place)
    if word not in ("when", "else"):
        return
    ends = source.until(place, {"when", "else", "end"})
    others = [
        near
        for near, depth in enumerate(source.depths)
        if depth == source.depths[place]
        and source.word(near) == "when"
        and near != place
        and not any(
            source.depths[between] < depth
            for between in range(min(near, place), max(near, place))
        )
    ]
    if others:
        yield Change("case", source.begin(place), source.end(ends - 1), "")


def _filter(source: _Source, place: int) -> Iterator[Change]:
    """A condition is missing; or `and` and `or` are exchanged."""
    word = source.word(place)
    if word in ("and", "or") and not _is_of_between(source, place):
        new = "or" if word == "and" else "and"
        yield Change("logic", source.begin(place), source.end(place), new)
        ends = source.until(place, CLAUSES)
        yield Change("filter", source.begin(place), source.end(ends - 1), "")
    if word in ("where", "on", "having"):
        ends = source.until(place, CLAUSES)
        if source.word(ends) == "and":
            start, end = source.begin(place + 1), source.begin(ends + 1)
            yield Change("filter", start, end, "")
        elif word == "where" and source.word(ends) != "or":
            yield Change("filter", source.begin(place), source.end(ends - 1), "")


def _is_of_between(source: _Source, place: int) -> bool:
    for earlier in range(place - 1, -1, -1):
        if source.depths[earlier] < source.depths[place]:
            return False
        if source.depths[earlier] == source.depths[place]:
            if source.word(earlier) == "between":
                return True
            if source.word(earlier) in CLAUSES:
                return False
    return False


def _aggregate(source: _Source, place: int) -> Iterator[Change]:
    if source.word(place + 1) != "(":
        return
    if new := AGGREGATES.get(source.word(place)):
        yield Change("aggregate", source.begin(place), source.end(place), new)
    if source.word(place) == "count" and source.word(place + 2) == "distinct":
        yield Change("aggregate", source.begin(place + 2), source.end(place + 2), "")


def _default(source: _Source, place: int) -> Iterator[Change]:
    """What is missing stays missing."""
    if (source.word(place), source.word(place + 1)) != ("coalesce", "("):
        return
    inner = source.depths[place] + 1
    inside = []
    for later in range(place + 2, len(source.tokens)):
        if source.depths[later] < inner:
            break
        inside.append(later)
    else:
        return
    commas = [p for p in inside if source.depths[p] == inner and source.word(p) == ","]
    if commas:
        start, end = source.begin(commas[0]), source.end(inside[-1])
        yield Change("default", start, end, "")


def _null(source: _Source, place: int) -> Iterator[Change]:
    words = [source.word(place + ahead) for ahead in range(3)]
    if words == ["is", "not", "null"]:
        yield Change("null", source.begin(place + 1), source.begin(place + 2), "")
    elif words[:2] == ["is", "null"]:
        yield Change("null", source.begin(place + 1), source.begin(place + 1), "not ")
    elif words[0] == "not":
        yield Change("not", source.begin(place), source.begin(place + 1), "")


def _date(source: _Source, place: int) -> Iterator[Change]:
    """The other day of a pair; a coarser part of the calendar."""
    token, word = source.tokens[place], source.word(place)
    if source.word(place + 1) == "nulls":  # both are in the same order
        return
    if token.token_type == TokenType.VAR and source.word(place - 1) != "as":
        if DAYS.fullmatch(word):
            new = re.sub(
                r"(start|end|first|last|from|to)(?=$|_(?:date|day|month)$)",
                lambda found: OTHER[found[0]],
                word,
            )
            yield Change("date", token.start, token.end + 1, new)
        if word == "period_month":
            yield Change("date", token.start, token.end + 1, "period_end_date")
    if word == "period_end_date" and source.word(place - 1) != "as":
        yield Change("date", token.start, token.end + 1, "period_month")
    if source.word(place - 2) == "date_trunc" and word in PARTS:
        yield Change("date", token.start, token.end + 1, PARTS[word])


def _order(source: _Source, place: int) -> Iterator[Change]:
    if source.word(place) == "desc":
        yield Change("order", source.begin(place), source.end(place), "")
    if (source.word(place), source.word(place + 1)) == ("select", "distinct"):
        yield Change("distinct", source.begin(place + 1), source.end(place + 1), "")


def _in_jinja(text: str) -> Iterator[Change]:
    """What jinja's own words say: the other end of a month, an order."""
    for found in JINJA.finditer(text):
        if found[0][1] == "#" or re.match(r"\{%-?\s*macro", found[0]):
            continue
        for macro in DAY_MACRO.finditer(text, *found.span()):
            yield Change("date", *macro.span(), DAY_MACROS[macro[1]])
        for order in DESCENDING.finditer(text, *found.span()):
            yield Change("order", *order.span(), "asc")


RULES: tuple[Callable[[_Source, int], Iterator[Change]], ...] = (
    *(_comparison, _join, _sign, _union, _when, _filter),
    *(_aggregate, _default, _null, _date, _order),
)
