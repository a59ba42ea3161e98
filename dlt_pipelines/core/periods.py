"""Periods by name: 2026-05 where one begins with a month, else its first day.

Two periods of a fiscal calendar may begin in one month.
"""

from datetime import date


def first_day(name: str) -> date:
    """The first day of a period. Raises ValueError for what is no period's name."""
    return date.fromisoformat(name if name.count("-") == 2 else f"{name}-01")


def name_of(first: date) -> str:
    """The name of the period that begins on a day."""
    return f"{first:%Y-%m}" if first.day == 1 else first.isoformat()
