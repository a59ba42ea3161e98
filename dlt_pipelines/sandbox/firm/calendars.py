"""Dates: public holidays by country, working days, months and weeks."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

from dlt_pipelines.sandbox.firm.model import Holiday

HOLIDAY_YEARS = range(2024, 2029)
DAY = timedelta(days=1)


@cache
def month_of(day: date) -> date:
    """Return the first day of ``day``'s month."""
    return day.replace(day=1)


@cache
def add_months(month: date, count: int) -> date:
    """Return the first day of the month ``count`` months after ``month``."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


@cache
def month_end(month: date) -> date:
    """Return the last day of the month that starts on ``month``."""
    return add_months(month, 1) - DAY


def months_between(first: date, last: date) -> list[date]:
    """Return the months from ``first``'s to ``last``'s, both included."""
    months, month = [], month_of(first)
    while month <= last:
        months.append(month)
        month = add_months(month, 1)
    return months


@cache
def monday_of(day: date) -> date:
    """Return the Monday of ``day``'s ISO week."""
    return day - timedelta(days=day.weekday())


def at(day: date, minutes: int) -> datetime:
    """Return the UTC moment ``minutes`` after ``day`` begins."""
    return datetime(
        day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=UTC
    )


def on_weekday(day: date, step: int = 1) -> date:
    """Return ``day``, or the nearest weekday after it (before it when step is −1)."""
    while day.weekday() > 4:
        day += timedelta(days=step)
    return day


def add_weekdays(day: date, count: int) -> date:
    """Return the weekday ``count`` weekdays after ``day``."""
    for _ in range(count):
        day = on_weekday(day + DAY)
    return day


def _easter(year: int) -> date:
    """Return Easter Sunday (Gauss's method as corrected by Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    """Return the ``count``-th weekday of a month; −1 is the last."""
    if count < 0:
        last = month_end(date(year, month, 1))
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def _united_states(year: int) -> dict[date, str]:
    return {
        date(year, 1, 1): "New Year's Day",
        _nth(year, 1, 0, 3): "Martin Luther King Jr. Day",
        _nth(year, 2, 0, 3): "Presidents' Day",
        _nth(year, 5, 0, -1): "Memorial Day",
        date(year, 6, 19): "Juneteenth",
        date(year, 7, 4): "Independence Day",
        _nth(year, 9, 0, 1): "Labor Day",
        _nth(year, 11, 3, 4): "Thanksgiving Day",
        date(year, 12, 25): "Christmas Day",
    }


def _united_kingdom(year: int) -> dict[date, str]:
    easter = _easter(year)
    return {
        date(year, 1, 1): "New Year's Day",
        easter - timedelta(days=2): "Good Friday",
        easter + DAY: "Easter Monday",
        _nth(year, 5, 0, 1): "Early May bank holiday",
        _nth(year, 5, 0, -1): "Spring bank holiday",
        _nth(year, 8, 0, -1): "Summer bank holiday",
        date(year, 12, 25): "Christmas Day",
        date(year, 12, 26): "Boxing Day",
    }


def _germany(year: int) -> dict[date, str]:
    easter = _easter(year)
    return {
        date(year, 1, 1): "Neujahr",
        easter - timedelta(days=2): "Karfreitag",
        easter + DAY: "Ostermontag",
        date(year, 5, 1): "Tag der Arbeit",
        easter + timedelta(days=39): "Christi Himmelfahrt",
        easter + timedelta(days=50): "Pfingstmontag",
        date(year, 10, 3): "Tag der Deutschen Einheit",
        date(year, 12, 25): "1. Weihnachtstag",
        date(year, 12, 26): "2. Weihnachtstag",
    }


def _ireland(year: int) -> dict[date, str]:
    return {
        date(year, 1, 1): "New Year's Day",
        date(year, 3, 17): "Saint Patrick's Day",
        _easter(year) + DAY: "Easter Monday",
        _nth(year, 5, 0, 1): "May bank holiday",
        _nth(year, 6, 0, 1): "June bank holiday",
        _nth(year, 8, 0, 1): "August bank holiday",
        _nth(year, 10, 0, -1): "October bank holiday",
        date(year, 12, 25): "Christmas Day",
        date(year, 12, 26): "Saint Stephen's Day",
    }


_COUNTRIES = {
    "US": _united_states,
    "GB": _united_kingdom,
    "DE": _germany,
    "IE": _ireland,
}


def holidays() -> list[Holiday]:
    """Return every country's public holidays of ``HOLIDAY_YEARS``, by date."""
    found = []
    for country, days in _COUNTRIES.items():
        for year in HOLIDAY_YEARS:
            found += [Holiday(country, day, name) for day, name in days(year).items()]
    return sorted(found, key=lambda holiday: (holiday.day, holiday.country))


@cache
def holiday_dates(country: str) -> frozenset[date]:
    """Return the country's public holidays as a set of dates."""
    return frozenset(
        holiday.day for holiday in holidays() if holiday.country == country
    )


@cache
def working_days(country: str, first: date, last: date) -> int:
    """Return how many weekdays but holidays lie in ``first`` … ``last``."""
    off, count, day = holiday_dates(country), 0, first
    while day <= last:
        count += day.weekday() < 5 and day not in off
        day += DAY
    return count


@cache
def weekdays(first: date, last: date) -> int:
    """Return how many weekdays lie in ``first`` … ``last``, holidays included."""
    span = (last - first).days + 1
    whole, rest = divmod(max(span, 0), 7)
    return whole * 5 + sum((first.weekday() + more) % 7 < 5 for more in range(rest))
