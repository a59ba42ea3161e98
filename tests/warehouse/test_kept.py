"""Of each business day the last published forecast is kept, once."""

from datetime import date

import duckdb
import pytest

from dlt_pipelines.core.settings import Paths
from dlt_pipelines.landing.kept_forecasts import declare, keep_forecasts


@pytest.fixture
def paths(tmp_path):
    paths = Paths(tmp_path)
    paths.published.parent.mkdir()
    with duckdb.connect(paths.land) as land:
        declare(land)
    return paths


def publish(paths: Paths, snapshot: str, day: str, *revenues: int) -> None:
    """A published database as the keeping reads it: one project, a row a month."""
    paths.published.unlink(missing_ok=True)
    with duckdb.connect(paths.published) as db:
        db.execute("create schema publication")
        db.execute("create schema canonical")
        db.execute(
            "create table publication.snapshot as select"
            f" '{snapshot}' as snapshot_id, date '{day}' as as_of_date,"
            " timestamp '2026-06-10 06:00:00' as published_at"
        )
        if revenues:
            db.execute(
                "create table canonical.fct_monthly_forecasts as select 'P1' as"
                " project_code, date '2026-06-01' + interval (range) month as"
                " period_month, 'USD' as currency_code, amount as"
                " forecast_revenue_amount, 40 as forecast_cost_amount, amount - 40 as"
                " forecast_margin_amount, 900 as eac_amount"
                f" from (select unnest({list(revenues)}) as amount,"
                f" unnest(range({len(revenues)})) as range)"
            )


def held(paths: Paths) -> list[tuple]:
    with duckdb.connect(paths.land) as land:
        return land.execute(
            "select as_of_date, snapshot_id, period_month, cast(revenue_amount as int)"
            " from kept.forecasts order by all"
        ).fetchall()


TENTH, JUNE, JULY = date(2026, 6, 10), date(2026, 6, 1), date(2026, 7, 1)


def test_a_forecast_is_kept_once_however_often_it_is_asked_for(paths):
    publish(paths, "S1", "2026-06-10", 100, 200)
    keep_forecasts(paths, "S1")
    keep_forecasts(paths, "S1")
    assert held(paths) == [(TENTH, "S1", JUNE, 100), (TENTH, "S1", JULY, 200)]


def test_the_last_published_of_a_day_counts_and_other_days_stay(paths):
    for snapshot, day, revenue in (
        ("S1", "2026-06-10", 100),
        ("S2", "2026-06-10", 110),
        ("S3", "2026-06-11", 120),
    ):
        publish(paths, snapshot, day, revenue)
        keep_forecasts(paths, snapshot)
    assert held(paths) == [
        (TENTH, "S2", JUNE, 110),
        (date(2026, 6, 11), "S3", JUNE, 120),
    ]


def test_what_an_older_release_published_forecasts_nothing(paths):
    publish(paths, "S1", "2026-06-10")
    keep_forecasts(paths, "S1")
    assert held(paths) == []


def test_a_landing_database_of_an_older_release_is_made_ready(paths):
    with duckdb.connect(paths.land) as land:
        land.execute("drop schema kept cascade")
    publish(paths, "S1", "2026-06-10", 100)
    keep_forecasts(paths, "S1")
    assert held(paths) == [(TENTH, "S1", JUNE, 100)]
