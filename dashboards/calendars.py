"""The fiscal calendar that a page counts by: the periods of the entity it is about.

Most calendars are months, and need nothing of this. What a page counts by is known to
its run alone.
"""

from bisect import bisect_left, bisect_right
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, timedelta

from dashboards.warehouse import holds, query

# The group counts by its entities' periods where they are the same, else by months.
PERIODS = """
    select
        {column} as starts_on,
        case
            when bool_and({column} = period_month) then max(period_end_date)
            else last_day({column})
        end as ends_on,
        max(period_no) as period_no,
        max(fiscal_year) as fiscal_year
    from canonical.dim_periods
    where
        ($entity is null or legal_entity_code = $entity)
        and exists (
            select 1
            from canonical.dim_periods as others
            where not others.is_calendar_month
                and ($entity is null or others.legal_entity_code = $entity)
        )
    group by starts_on
    order by starts_on
"""


@dataclass(frozen=True)
class Calendar:
    """Periods by their first day, in their order; none where they are months."""

    starts: tuple[date, ...] = ()
    names: tuple[str, ...] = ()

    def name(self, start: date) -> str | None:
        """What a period is called: P02 2026 (29 Jan–25 Feb); None for a month."""
        place = bisect_left(self.starts, start)
        found = place < len(self.starts) and self.starts[place] == start
        return (self.names[place] or None) if found else None

    def holding(self, day: date) -> date:
        """The first day of the period that a day is in."""
        if not self.starts:
            return day.replace(day=1)
        return self.starts[max(bisect_right(self.starts, day) - 1, 0)]

    def stepped(self, start: date, steps: int) -> date:
        """The first day of the period ``steps`` after the one starting on ``start``."""
        if not self.starts:
            months = start.year * 12 + start.month - 1 + steps
            return date(months // 12, months % 12 + 1, 1)
        place = bisect_left(self.starts, start) + steps
        return self.starts[min(max(place, 0), len(self.starts) - 1)]


_counted_by: ContextVar[Calendar] = ContextVar("calendar", default=Calendar())  # noqa: B039


def count_by(entity: str | None) -> None:
    """Count by the calendar of an entity, or of the group."""
    column = "period_month" if entity else "group_month"
    sql = PERIODS.format(column=column)
    known = holds("canonical.dim_periods", "group_month")
    rows = list(query(sql, entity=entity).iter_rows(named=True)) if known else []
    _counted_by.set(
        Calendar(
            tuple(row["starts_on"] for row in rows),
            tuple(_name(**row) for row in rows),
        )
    )


def calendar() -> Calendar:
    """What this run of a page counts by."""
    return _counted_by.get()


def _name(starts_on: date, ends_on: date, period_no: int, fiscal_year: int) -> str:
    """Nothing for a whole month of the calendar, which is named by it."""
    after = ends_on + timedelta(days=1)
    if starts_on.day == after.day == 1 and (after - starts_on).days <= 31:
        return ""
    days = f"{starts_on.day} {starts_on:%b}–{ends_on.day} {ends_on:%b}"
    return f"P{period_no:02} {fiscal_year} ({days})"
