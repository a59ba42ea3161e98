"""What a cell of a policy means, written one way.

A spreadsheet program leaves spaces, capitals, grouped numbers and signs that nobody
sees. What can mean one thing only is read as that; anything else is a ``Doubt``, with
its reason, and somebody has to write what is meant. Whoever uses a policy, dbt too,
gets the cells as they are read here.
"""

import re
import unicodedata
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from dlt_pipelines.core.currencies import minor_unit_digits

EDGES = " \t\r\n\ufeff\u00a0\u200b\u200c\u200d\u2060"
SPACE = "[ '’\u00a0\u202f\u2009]"
MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]00:00(:00(\.0+)?)?")
YEARS = range(1990, 2100)
# One separator before three digits: thousands to one reader, decimals to another.
AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
PLAIN = re.compile(r"\d*\.?\d+")
DECIMAL_COMMA = re.compile(r"\d+,\d+")
GROUPED = {  # by what sets thousands apart
    ",": re.compile(r"\d{1,3}(,\d{3}){2,}|\d{1,3}(,\d{3})+\.\d+"),
    r"\.": re.compile(r"\d{1,3}(\.\d{3}){2,}|\d{1,3}(\.\d{3})+,\d+"),
    SPACE: re.compile(rf"\d{{1,3}}({SPACE}\d{{3}})+([.,]\d+)?"),
}


class Doubt(ValueError):
    """Why a cell cannot be read; the message goes on from «the column «the text» …»."""


def bare(text: str) -> str:
    """A text without what a spreadsheet leaves around it."""
    return text.strip(EDGES)


def read(
    text: str,
    type_: str,
    column: str,
    *,
    codes: Collection[str] = (),
    is_share: bool = False,
) -> str:
    """What a cell means; empty stays empty. Raises Doubt.

    ``codes`` are the values that a column of codes may have; a share is a number that a
    percentage may be written for.
    """
    text = bare(text)
    hidden = next((c for c in text if unicodedata.category(c) in ("Cc", "Cf")), None)
    if hidden:
        raise Doubt(f"has a sign in it that nobody sees (U+{ord(hidden):04X})")
    if not text:
        return text
    if type_ == "date":
        return _date(text, column)
    if type_ == "boolean":
        return _boolean(text)
    if type_ == "integer":
        return _integer(text)
    if type_.startswith("decimal"):
        return _decimal(text, type_, is_share)
    return _code(text, column, codes)


def _code(text: str, column: str, codes: Collection[str]) -> str:
    if column.endswith("currency_code") and text not in codes:
        if text.upper() not in minor_unit_digits():
            raise Doubt("is no currency of ISO 4217")
        return text.upper()
    if column.endswith("country_code"):
        return text.upper()
    if "@" in text and " " not in text:  # an address: capitals do not count in it
        return text.casefold()
    if text in codes:
        return text
    meant = [code for code in codes if code.casefold() == text.casefold()]
    return meant[0] if len(meant) == 1 else text


def _boolean(text: str) -> str:
    if text.casefold() not in ("true", "false"):
        raise Doubt("is no boolean")
    return text.casefold()


def _date(text: str, column: str) -> str:
    if midnight := MIDNIGHT.fullmatch(text):
        text = midnight[1]
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Doubt("is no date") from None
    if day.year not in YEARS:
        what = "leave it empty" if column == "valid_to" else "correct it"
        first, last = YEARS[0], YEARS[-1]
        raise Doubt(f"is not between {first} and {last}: {what}")
    return day.isoformat()


def _integer(text: str) -> str:
    # Thousands, whichever the separator: an integer has no decimals.
    grouped = AMBIGUOUS.fullmatch(text.lstrip("-"))
    value = Decimal(re.sub("[.,]", "", text)) if grouped else _number(text, "integer")
    if value != value.to_integral_value():
        raise Doubt("is no integer")
    return f"{value:.0f}"


def _decimal(text: str, type_: str, is_share: bool) -> str:
    number = text.removesuffix("%").rstrip(EDGES)
    is_percentage = number != text
    if is_percentage and not is_share:
        raise Doubt("is a percentage, which it may not be")
    if AMBIGUOUS.fullmatch(number.lstrip("+-−")) and not is_share:
        whole = re.sub("[.,]", "", number)
        part = number.replace(",", ".").rstrip("0").rstrip(".")
        clear = f"{part}0" if AMBIGUOUS.fullmatch(part) else part
        raise Doubt(f"may be {whole} or {part}: write {whole} or {clear}")
    value = _number(number, type_)
    if is_share and not is_percentage and value > 1:
        raise Doubt(f"would be {100 * value:f} %: write {100 * value:f} % or {text} %")
    value = value / 100 if is_percentage else value
    precision, scale = map(int, re.findall(r"\d+", type_))
    if value != round(value, scale) or abs(value) >= Decimal(10) ** (precision - scale):
        raise Doubt(f"is no {type_}")
    return text if PLAIN.fullmatch(text.lstrip("-")) else f"{value:f}"


def _number(text: str, type_: str) -> Decimal:
    text = text.replace("−", "-").removeprefix("+")
    sign, digits = ("-", bare(text[1:])) if text.startswith("-") else ("", text)
    for separator, pattern in GROUPED.items():
        if pattern.fullmatch(digits):
            digits = re.sub(separator, "", digits)
    if DECIMAL_COMMA.fullmatch(digits):
        digits = digits.replace(",", ".")
    if not PLAIN.fullmatch(digits):
        raise Doubt(f"is no {type_}")
    return Decimal(sign + digits)
