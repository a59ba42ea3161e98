"""Fiscal calendars: the periods of a fiscal year, as the firm's ERP may keep them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dlt_pipelines.sandbox.firm.calendars import DAY, add_months, month_end

CALENDARS = ("months", "4-4-5", "13_periods", "april")
_WEEKS = {"4-4-5": (4, 4, 5) * 4, "13_periods": (4,) * 13}
_WEEKDAY = {"4-4-5": 1, "13_periods": 4}  # that a year begins on, near 1 January


@dataclass(frozen=True)
class Slot:
    """A period of a fiscal year; the ERP keeps no quarters of thirteen periods."""

    number: int  # 0 is the one for adjustments
    quarter: int | None
    name: str
    start: date
    end: date


def fiscal_year(calendar: str, year: int) -> Iterator[Slot]:
    """The periods of a fiscal year, which ends in (or close to) calendar ``year``."""
    if calendar in _WEEKS:
        yield from _of_weeks(calendar, year)
        return
    first = date(year, 1, 1) if calendar == "months" else date(year - 1, 4, 1)
    for number in range(12):
        start = add_months(first, number)
        quarter = number // 3 + 1
        yield Slot(number + 1, quarter, f"{start:%b %Y}", start, month_end(start))
    if calendar == "april":
        last = month_end(add_months(first, 11))
        yield Slot(0, 4, f"Adjust {year}", last, last)


def _of_weeks(calendar: str, year: int) -> Iterator[Slot]:
    weekday, weeks = _WEEKDAY[calendar], _WEEKS[calendar]
    start = date.fromisocalendar(year, 1, weekday)
    last = date.fromisocalendar(year + 1, 1, weekday) - DAY
    for number, count in enumerate(weeks, 1):
        end = start + timedelta(weeks=count) - DAY if number < len(weeks) else last
        quarter = (number - 1) // 3 + 1 if len(weeks) == 12 else None
        yield Slot(number, quarter, f"P{number:02} {year}", start, end)
        start = end + DAY
