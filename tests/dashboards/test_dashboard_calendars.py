"""Pages name and count fiscal periods that are no calendar months."""

from datetime import date

import duckdb
import polars as pl
import pytest

from dashboards import calendars, filters, formats
from dashboards.queries import margins

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 1, 29), date(2026, 2, 26)
PERIODS = [
    (JANUARY, date(2026, 1, 28), 1),
    (FEBRUARY, date(2026, 2, 25), 2),
    (MARCH, date(2026, 3, 25), 3),
    (date(2026, 12, 3), date(2026, 12, 30), 13),
]


@pytest.fixture
def thirteen_periods(monkeypatch):
    """A firm of thirteen periods; two of them begin in January."""
    rows = pl.DataFrame(
        [(*row, 2026) for row in PERIODS],
        schema=["starts_on", "ends_on", "period_no", "fiscal_year"],
        orient="row",
    )
    monkeypatch.setattr(calendars, "holds", lambda *_: True)
    monkeypatch.setattr(calendars, "query", lambda *_, **__: rows)
    calendars.count_by("US10")
    yield
    calendars._counted_by.set(calendars.Calendar())


@pytest.mark.usefixtures("thirteen_periods")
def test_a_period_is_named_with_its_days():
    assert formats.period(FEBRUARY) == "P02 2026 (29 Jan–25 Feb)"
    assert formats.short_period(FEBRUARY) == "P02 2026"
    assert formats.axis_labels([JANUARY, FEBRUARY]) == ["P01 2026", "P02 2026"]
    assert formats.period(FEBRUARY, "week") == "W05 2026 (29 Jan)"


@pytest.mark.usefixtures("thirteen_periods")
def test_two_periods_that_begin_in_a_month_are_two_to_choose():
    keys = {filters._period_key(start, "month") for start in (JANUARY, FEBRUARY)}
    assert keys == {"2026-01-01", "2026-01-29"}


@pytest.mark.usefixtures("thirteen_periods")
def test_the_period_before_is_the_one_before_in_the_calendar():
    assert margins.earlier(MARCH, "month", 1) == FEBRUARY
    assert margins.earlier(FEBRUARY, "month", -1) == MARCH
    assert margins.earlier(JANUARY, "month", 13) == JANUARY, "there is none before"
    assert calendars.calendar().holding(date(2026, 2, 10)) == FEBRUARY


def test_months_are_named_and_counted_as_ever():
    assert formats.period(date(2026, 5, 1)) == "May 2026"
    assert margins.earlier(date(2026, 1, 1), "month", 1) == date(2025, 12, 1)
    assert calendars.calendar().holding(date(2026, 2, 10)) == date(2026, 2, 1)
    may = ("starts_on", "ends_on", "period_no", "fiscal_year")
    days = (date(2026, 5, 1), date(2026, 5, 31), 2, 2027)
    assert calendars._name(**dict(zip(may, days, strict=True))) == ""


MONTHS_ALONE = {"A": [(JANUARY, date(2026, 1, 31), JANUARY)]}
WEEKS_ALONE = {"A": [(FEBRUARY, date(2026, 2, 25), FEBRUARY)]}
BOTH = MONTHS_ALONE | {"B": [(FEBRUARY, date(2026, 2, 25), date(2026, 2, 1))]}


@pytest.mark.parametrize(
    ("periods", "entity", "starts", "names"),
    [
        (MONTHS_ALONE, None, (), ()),
        (WEEKS_ALONE, None, (FEBRUARY,), ("P02 2026 (29 Jan–25 Feb)",)),
        (BOTH, "A", (), ()),
        (BOTH, "B", (FEBRUARY,), ("P02 2026 (29 Jan–25 Feb)",)),
        (BOTH, None, (JANUARY, date(2026, 2, 1)), ("", "")),
    ],
    ids=["months", "one of weeks", "months beside weeks", "weeks", "the group of both"],
)
def test_a_group_of_several_calendars_counts_by_months(
    monkeypatch, periods, entity, starts, names
):
    with duckdb.connect() as db:
        db.execute(
            "create schema canonical; create table canonical.dim_periods"
            " (legal_entity_code varchar, period_month date, period_end_date date,"
            " group_month date, is_calendar_month boolean, period_no integer,"
            " fiscal_year integer)"
        )
        for code, rows in periods.items():
            for first, last, month in rows:
                row = [code, first, last, month, first.day == 1, last.month, 2026]
                insert = (
                    "insert into canonical.dim_periods values (?, ?, ?, ?, ?, ?, ?)"
                )
                db.execute(insert, row)
        monkeypatch.setattr(
            calendars, "query", lambda sql, **told: db.sql(sql, params=told).pl()
        )
        monkeypatch.setattr(calendars, "holds", lambda *_: True)
        calendars.count_by(entity)
        counted = calendars.calendar()
    calendars._counted_by.set(calendars.Calendar())
    assert (counted.starts, counted.names) == (starts, names)
