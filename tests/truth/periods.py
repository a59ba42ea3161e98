"""The fiscal periods that the truth counts by: those of the firm's ERP.

Before its first and after its last period there are calendar months, cut off where
the ERP's begin and end. One firm is counted at a time (``counted_by``); without one,
months are the calendar's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from dlt_pipelines.sandbox.firm import calendars
from dlt_pipelines.sandbox.firm.model import Firm

DAY = timedelta(days=1)
_known: dict[date, tuple[date, date]] = {}  # of each day of a period its first and last


@contextmanager
def counted_by(firm: Firm) -> Iterator[None]:
    """Count by the periods of ``firm``'s ERP."""
    _known.clear()
    for period in firm.periods.values():
        if period.is_adjustment:
            continue
        day = period.start
        while day <= period.end:
            _known[day] = period.start, period.end
            day += DAY
    try:
        yield
    finally:
        _known.clear()


def month_of(day: date) -> date:
    """Return the first day of ``day``'s period."""
    if day in _known:
        return _known[day][0]
    month = calendars.month_of(day)
    cut = [last for _, last in _known.values() if month <= last < day]
    return max(cut) + DAY if cut else month


def month_end(month: date) -> date:
    """Return the last day of the period that starts on ``month``."""
    if month in _known:
        return _known[month][1]
    end = calendars.month_end(month)
    cut = [first for first, _ in _known.values() if month < first <= end]
    return min(cut) - DAY if cut else end


def add_months(month: date, count: int) -> date:
    """Return the first day of the period ``count`` periods after ``month``."""
    for _ in range(abs(count)):
        month = month_end(month) + DAY if count > 0 else month_of(month - DAY)
    return month


def months_between(first: date, last: date) -> list[date]:
    """Return the periods from ``first``'s to ``last``'s, both included."""
    months, month = [], month_of(first)
    while month <= last:
        months.append(month)
        month = add_months(month, 1)
    return months
