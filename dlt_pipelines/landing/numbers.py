"""Numbers that are not written as JSON has them, where their meaning is certain."""

import re
from decimal import Decimal

_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?")
_MARKS = ((",", "."), (".", ","), (" ", "."), (" ", ","), ("'", "."))  # group, point
_COMMA = re.compile(r"[+-]?\d+,\d+")
_EITHER = re.compile(r"[+-]?\d{1,3},\d{3}")  # a thousand and more, or one and less
_DECIMAL_COMMA = re.compile(r"[+-]?\d[\d. ]*,\d+")
_DOTTED = re.compile(r"[+-]?\d{1,3}\.\d{3}")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-"})


def number(text: str, declared: str) -> int | Decimal | None:
    """The number that a text says for certain and that its declared type holds exactly.

    ``declared`` is ``bigint`` or ``decimal(p,s)``. Read are exponents, spaces around
    and between, groups of thousands, a decimal comma, and brackets for what is below 0.
    ``1,234`` may be a thousand or one: it is not read, nor is a digit beyond the scale.
    """
    said = _said(spaced(text))
    if said is None:
        return None
    if declared == "bigint":
        return int(said) if said == int(said) and abs(said) < 2**63 else None
    precision, scale = (int(n) for n in re.findall(r"\d+", declared))
    held = abs(said) < 10 ** (precision - scale)
    return said if held and said == round(said, scale) else None


def spaced(text: str) -> str:
    """A text without spaces at its ends, and with plain ones and minus signs."""
    return text.translate(_SPACES).strip()


def shows_decimal_comma(text: str) -> bool:
    """Whether a text is a number only where the comma is the decimal point."""
    return _DECIMAL_COMMA.fullmatch(text.strip()) is not None and not _EITHER.fullmatch(
        text.strip()
    )


def may_be_thousands(text: str) -> bool:
    """Whether a dot of a text would mark thousands where the comma is decimal."""
    return _DOTTED.fullmatch(text.strip()) is not None


def _said(text: str) -> Decimal | None:
    if text[:1] == "(" and text[-1:] == ")":
        inner = _said(text[1:-1].strip())
        return -inner if inner is not None and inner > 0 else None
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    for group, point in _MARKS:
        if _is_grouped(text, group, point):
            return Decimal(text.replace(group, "").replace(point, "."))
    if _COMMA.fullmatch(text) and not _EITHER.fullmatch(text):
        return Decimal(text.replace(",", "."))
    return None


def _is_grouped(text: str, group: str, point: str) -> bool:
    """Whether thousands are marked, in a way that can mean nothing else."""
    thousands = rf"[+-]?\d{{1,3}}(?:{re.escape(group)}\d{{3}})"
    if re.fullmatch(rf"{thousands}+{re.escape(point)}\d+", text):
        return True
    at_least = "+" if group in " '" else "{2,}"  # one comma may be the decimal one
    return re.fullmatch(f"{thousands}{at_least}", text) is not None
