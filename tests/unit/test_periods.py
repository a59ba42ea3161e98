"""Periods by name: two of a fiscal calendar may begin in one month."""

from datetime import date

import pytest

from dlt_pipelines.core import periods


@pytest.mark.parametrize(
    ("first", "name"),
    [(date(2026, 1, 1), "2026-01"), (date(2026, 1, 29), "2026-01-29")],
)
def test_a_period_is_found_by_its_name(first, name):
    assert periods.name_of(first) == name
    assert periods.first_day(name) == first


def test_a_posting_key_may_name_one_that_begins_with_a_month_by_its_day():
    assert periods.first_day("2026-01-01") == date(2026, 1, 1)


@pytest.mark.parametrize("name", ["", "2026", "2026-13", "2026-02-30", "May 2026"])
def test_what_names_no_period_is_refused(name):
    with pytest.raises(ValueError):  # noqa: PT011 – in Python's words
        periods.first_day(name)
