"""How figures, periods and tables are written.

In text a negative has a minus sign; in tables it is (1,234.00), by the grid's
accounting format. Percentages have one decimal, their changes are in points, and what
is missing is a dash. Amounts are whole units in text, rounded half up, exact in tables.

Text from the data is shown as it is and does nothing: ``plain`` where Streamlit reads
Markdown, ``cells`` in tables, which are exported to spreadsheets too.
"""

import re
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TypedDict, Unpack

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboards.calendars import calendar
from dashboards.warehouse import Row
from dlt_pipelines.core.currencies import CENTS, digits, minor_unit
from dlt_pipelines.core.text import uncomputed, visible

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
ACCOUNTING = "accounting"
ROW = 30  # pixels
Columns = dict[str, ColumnConfig]  # of a table, by name


class Look(TypedDict):
    """What every table is shown with."""

    hide_index: bool
    placeholder: str
    row_height: int


class Layout(TypedDict, total=False):
    """How wide a column of a table is, and whether it stays when others scroll."""

    width: int
    pinned: bool


TABLE: Look = {"hide_index": True, "placeholder": MISSING, "row_height": ROW}
# Signs that mean something inside a line of Markdown, and at the beginning of one.
_MARKDOWN = re.compile(r"([\\`*_\[\]<~$:&])")
_BLOCK = re.compile(r"^(\d{0,9})(?=[#>+=.)-])")
# What becomes a link, an icon or an arrow even when it is escaped, for it is looked for
# after Markdown was read. A sign without width in it is seen by nobody but the search.
_JOINER = "\N{WORD JOINER}"
_FOUND_LATER = re.compile(r"(?<=[:@])(?=\S)|(?<=www)(?=\.)|(?<=[-<>~])(?=[-=>])", re.I)


def amount(value: Decimal | None) -> str:
    """A whole amount for text, without its currency: 1,234."""
    return MISSING if value is None else _signed(value, "1", ",.0f")


def cents(value: Decimal | None, currency: str | None = None) -> str:
    """An exact amount for text, with its currency's decimals: 1,234.56."""
    if value is None:
        return MISSING
    return _signed(value, str(minor_unit(currency)), f",.{digits(currency)}f")


def change(value: Decimal | None) -> str:
    """A whole amount with its sign always: +1,234."""
    return MISSING if value is None else _plus(value, "1") + amount(value)


def percent(value: Decimal | None) -> str:
    """A percentage, given times 100: 31.4 %."""
    return MISSING if value is None else f"{_signed(value, '0.1', ',.1f')} %"


def points(value: Decimal | None) -> str:
    """A change of a percentage: +1.2 pts."""
    if value is None:
        return MISSING
    return f"{_plus(value, '0.1')}{_signed(value, '0.1', ',.1f')} pts"


def moved(now: Row, before: Row | None, column: str) -> str | None:
    """The change of an amount, where both periods have one."""
    if not before or None in (now[column], before[column]):
        return None
    return change(now[column] - before[column])


def moved_points(now: Row, before: Row | None, column: str) -> str | None:
    """The change of a percentage, where both periods have one."""
    if not before or None in (now[column], before[column]):
        return None
    return points(now[column] - before[column])


def days_of(value: Decimal | None) -> str:
    """A number of days: 36.7 days."""
    return MISSING if value is None else f"{_signed(value, '0.1', ',.1f')} days"


def days_change(value: Decimal) -> str:
    """A change of a number of days: +1.2 days."""
    return _plus(value, "0.1") + days_of(value)


def period(start: date | None, grain: str = "month") -> str:
    """A period by its first day: May 2026, or W19 2026 (4 May) for a week.

    A fiscal period that is no calendar month says so: P02 2026 (29 Jan–25 Feb).
    """
    if start is None:
        return MISSING
    if grain == "month":
        return calendar().name(start) or f"{start:%B %Y}"
    iso = start.isocalendar()
    return f"W{iso.week:02d} {iso.year} ({start.day} {start:%b})"


def short_period(start: date, month: str = "%b %Y") -> str:
    """A period where there is little room: May 2026, or P02 2026."""
    named = calendar().name(start)
    return named.split(" (")[0] if named else start.strftime(month)


def span(of: Row, start: date) -> str:
    """A period, or its fiscal quarter or year: May 2026, Q2 2026 or 2026 to date.

    ``of`` says which (``span``), and the ``fiscal_year`` and ``quarter_no``.
    """
    if of["span"] == "period":
        return period(start)
    quarter = f"Q{of['quarter_no']} " if of["span"] == "quarter" else ""
    return f"{quarter}{of['fiscal_year']} to date"


def axis_labels(periods: Iterable[date], grain: str = "month") -> list[str]:
    """Short names of periods for axes: May 26, or 4 May for a week."""
    if grain == "month":
        return [short_period(period, "%b %y") for period in periods]
    return [f"{period.day} {period:%b}" for period in periods]


def day(value: date) -> str:
    """A day in text: 10 June 2026."""
    return f"{value.day} {value:%B %Y}"


def count(number: int, one: str, many: str | None = None) -> str:
    """A number and its noun: 1 project, 3 projects."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def plain(text: str | None) -> str:
    """Text from the data where Streamlit reads Markdown: shown, never followed."""
    if text is None:
        return MISSING
    broken = _FOUND_LATER.sub(_JOINER, visible(text).strip())
    return _BLOCK.sub(r"\1\\", _MARKDOWN.sub(r"\\\1", broken))


def badge(text: str) -> str:
    """Text from the data for a badge, whose brackets Streamlit escapes itself."""
    return plain(text).replace(r"\[", "[").replace(r"\]", "]")


def option(text: str) -> str:
    """Text from the data in a list of options, where names of icons are looked for."""
    return _FOUND_LATER.sub(_JOINER, visible(text))


def cells(frame: pl.DataFrame) -> pl.DataFrame:
    """A table whose text may be shown and taken to a spreadsheet."""
    return frame.with_columns(pl.col(pl.String).map_elements(uncomputed, pl.String))


def height(rows: int, most: int = 12) -> int:
    """The height in pixels of a table of ``rows``, scrolling beyond ``most``."""
    return ROW * (min(max(rows, 1), most) + 1) + 3


def amounts(
    label: str, currency: str | None = None, **layout: Unpack[Layout]
) -> ColumnConfig:
    """A table column of amounts, its currency in the header, (1.00) for negatives.

    It has the currency's decimals; those without one get theirs by ``in_currencies``.
    """
    header = f"{label} {currency}" if currency else label
    kind = _of_amounts([currency])
    return st.column_config.NumberColumn(header, format=kind, **layout)


def sum_of(frame: pl.DataFrame, column: str) -> Decimal | None:
    """The sum of a column of amounts; 0 without rows, None where one is not known."""
    if not frame.height:
        return Decimal(0)
    return None if frame[column].null_count() else total_of(frame, column)


def total_of(frame: pl.DataFrame, column: str) -> Decimal:
    """The sum of a column of amounts, all of them known."""
    return frame.select(pl.sum(column)).item()


def currencies_of(frame: pl.DataFrame) -> list[str]:
    """The currencies that a table's rows name, if they name any."""
    if "currency_code" not in frame.columns:
        return []
    return frame["currency_code"].drop_nulls().unique().to_list()


def _of_amounts(currencies: Iterable[str | None]) -> str:
    """The format with the decimals that amounts in these currencies have at most.

    Where that is not two, negatives have a minus sign: the grid's accounting format
    knows no other number of decimals.
    """
    most = max(map(digits, currencies), default=CENTS)
    return ACCOUNTING if most == CENTS else f"%,.{most}f"


def in_currencies(columns: Columns, currencies: Iterable[str | None]) -> Columns:
    """The columns with the decimals that amounts in these currencies have at most."""
    told = _of_amounts(currencies)
    return {
        name: {**column, "type_config": kind | {"format": told}}
        if (kind := column.get("type_config"))
        and kind["type"] == "number"
        and kind.get("format") == ACCOUNTING
        else column
        for name, column in columns.items()
    }


def percents(label: str, **layout: Unpack[Layout]) -> ColumnConfig:
    """A table column of percentages, given times 100."""
    return st.column_config.NumberColumn(label, format="%.1f %%", **layout)


def hours(label: str, **layout: Unpack[Layout]) -> ColumnConfig:
    """A table column of hours."""
    return st.column_config.NumberColumn(f"{label} h", format="%,.1f", **layout)


def counts(label: str, **layout: Unpack[Layout]) -> ColumnConfig:
    """A table column of whole numbers."""
    return st.column_config.NumberColumn(label, format="%,d", **layout)


def days(label: str, **layout: Unpack[Layout]) -> ColumnConfig:
    """A table column of days."""
    return st.column_config.NumberColumn(f"{label} days", format="%,.1f", **layout)


def text(label: str, **layout: Unpack[Layout]) -> ColumnConfig:
    """A table column of text."""
    return st.column_config.TextColumn(label, **layout)


def _rounded(value: Decimal, unit: str) -> Decimal:
    return Decimal(value).quantize(Decimal(unit), ROUND_HALF_UP)


def _signed(value: Decimal, unit: str, spec: str) -> str:
    rounded = _rounded(value, unit)
    return (MINUS if rounded < 0 else "") + format(abs(rounded), spec)


def _plus(value: Decimal, unit: str) -> str:
    return "+" if _rounded(value, unit) > 0 else ""
