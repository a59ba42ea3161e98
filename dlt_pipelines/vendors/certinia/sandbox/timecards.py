"""The firm's time as timecards: weeks with hours by day, and their splits.

People enter days; a timecard is a person's week on one project, under one assignment,
at one price, handed in and decided on as one. PSA splits it where the week crosses a
month, and makes the splits anew when the hours of a timecard change: those there were
before stay in the recycle bin.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from dlt_pipelines.sandbox.firm.calendars import DAY, monday_of, month_end, month_of
from dlt_pipelines.sandbox.firm.denominations import least_of
from dlt_pipelines.sandbox.firm.model import Firm, TimeEntry, Timesheet

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SUNDAY_WEEKS = "US10"  # whose weeks begin on Sundays
STATES = {"pending": "Submitted", "approved": "Approved", "rejected": "Rejected"}


def hours(minutes: int) -> Decimal:
    """Minutes as PSA keeps them: hours with two decimals."""
    return (Decimal(minutes) / 60).quantize(Decimal("0.01"))


@dataclass
class Timecard:
    """A week of one person, or what of it is alike, and when it was last touched."""

    entries: list[TimeEntry]
    start: date
    touched: datetime
    made: list[datetime] = field(default_factory=list)  # of its splits, the last live

    @property
    def first(self) -> TimeEntry:
        """The entry that the timecard was begun with."""
        return self.entries[0]

    @property
    def end(self) -> date:
        """The week's last day."""
        return self.start + 6 * DAY

    @property
    def is_deleted(self) -> bool:
        """Whether nothing is left of it."""
        return self.first.deleted_at is not None

    @cached_property
    def splits(self) -> list[tuple[date, date, list[TimeEntry]]]:
        """First and last day of each part of the week in one month, with its time."""
        middle = month_end(month_of(self.start))
        parts = [(self.start, self.end)]
        if middle < self.end:
            parts = [(self.start, middle), (middle + DAY, self.end)]
        return [
            (first, last, [e for e in self.entries if first <= e.day <= last])
            for first, last in parts
        ]

    def takes(self, entry: TimeEntry) -> bool:
        """Whether an entry is alike, and its day and task are free."""
        taken = {(e.day, e.task) for e in self.entries}
        return (
            _kind(self.first) == _kind(entry) and (entry.day, entry.task) not in taken
        )


def _kind(entry: TimeEntry) -> tuple[Any, ...]:
    return (
        entry.project,
        entry.role,
        entry.is_billable,
        entry.bill_rate,
        entry.timesheet,
        entry.invoice,
        entry.deleted_at,
    )


def timecards(firm: Firm) -> list[Timecard]:
    """Every timecard of the firm, those of which nothing is left included.

    Whatever happens to a person's week touches all its timecards: what leaves one for
    another leaves no mark on the entries that stay.
    """
    weeks: dict[tuple[str, date], list[TimeEntry]] = {}
    for entry in firm.time_entries.values():
        weeks.setdefault((entry.person, monday_of(entry.day)), []).append(entry)
    return [card for week in weeks.values() for card in _of_week(firm, week)]


def _of_week(firm: Firm, week: list[TimeEntry]) -> list[Timecard]:
    touched = max(entry.updated_at for entry in week)
    cards: list[Timecard] = []
    for entry in week:
        card = next((card for card in cards if card.takes(entry)), None)
        if card is None:
            start = monday_of(entry.day)
            if firm.projects[entry.project].entity == SUNDAY_WEEKS:
                start -= DAY
            cards.append(Timecard([entry], start, touched))
        else:
            card.entries.append(entry)
    # What is entered once the week is over changes it: its splits are made anew.
    over = monday_of(week[0].day) + timedelta(days=7)
    late = sorted({e.created_at for e in week if e.created_at.date() >= over})
    for card in cards:
        begun = min(entry.created_at for entry in card.entries)
        card.made = [begun, *(moment for moment in late if moment > begun)]
    return cards


def sheet_of(firm: Firm, card: Timecard) -> Timesheet | None:
    """What the timecard was handed in as."""
    return firm.timesheets.get(card.first.timesheet or "")


def status_of(firm: Firm, card: Timecard) -> str:
    """Saved, Submitted, Approved or Rejected; one that was recalled is Saved again."""
    sheet = sheet_of(firm, card)
    return STATES.get(sheet.status, "Saved") if sheet else "Saved"


def by_day(card: Timecard, entries: list[TimeEntry]) -> dict[str, Decimal]:
    """Hours of each day of the week; nothing on the others."""
    of_day = dict.fromkeys(DAYS, 0)
    for entry in entries:
        of_day[DAYS[entry.day.weekday()]] += entry.minutes
    return {f"pse__{day}_Hours__c": hours(minutes) for day, minutes in of_day.items()}


def charged(entries: list[TimeEntry], currency: str) -> Decimal:
    """What time is charged at, in the currency of its project."""
    prices = [
        (e.bill_rate * e.minutes / 60).quantize(least_of(currency), ROUND_HALF_UP)
        for e in entries
        if e.is_billable and e.bill_rate is not None
    ]
    return sum(prices, Decimal(0))
