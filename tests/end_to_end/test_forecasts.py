"""What each publication forecast is kept, whatever kills the run, and held to it.

Nightly: test_kept has a forecast kept once, the unit tests of fct_forecast_accuracy and
mart_forecast_accuracy what it is held to, test_truth the forecasts of each project.
"""

import os
import signal
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.sandbox.firm.calendars import month_of
from dlt_pipelines.sandbox.firm.costing import Fx, cents, money
from dlt_pipelines.sandbox.process import State, read_state, write_state
from dlt_pipelines.sandbox.simulation import simulate
from tests.end_to_end.comparing import differences
from tests.end_to_end.conftest import EARLY, Firm, seen_by_finance_alone
from tests.truth.figures.balances import REPORTING, PeriodRates
from tests.truth.truth import truth as truth_of

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

KEPT = """
    select as_of_date, project_code, period_month, revenue_amount, cost_amount,
        margin_amount, eac_amount
    from kept.forecasts
"""
DIES = """
import os, signal
from dlt_pipelines.operations import refresh
refresh.keep = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
from dlt_pipelines.cli import main
main(["refresh", "--no-post"])
"""


def kept(firm: Firm) -> dict[tuple, tuple]:
    """What the landing database keeps, by day, project and month; a repeat raises."""
    with duckdb.connect(firm.work / "land.duckdb", read_only=True) as land:
        rows = land.execute(KEPT).fetchall()
    found = {row[:3]: row[3:] for row in rows}
    assert len(found) == len(rows), "a forecast is kept twice"
    return found


def killed_before_keeping(firm: Firm) -> int:
    """Publish, and die at the door of the keeping."""
    return subprocess.run(
        [sys.executable, "-c", DIES],
        cwd=ROOT,
        env={
            **os.environ,
            "TIEOUT_WORK": str(firm.work),
            "PYTHONPATH": str(ROOT),
            "DLT_PROJECT_DIR": str(firm.home),
        },
        capture_output=True,
        timeout=900,
        check=False,
    ).returncode


def business(firm: Firm):
    state = read_state(firm.work / "sandbox")
    return simulate(state.seed, state.scale, state.moment)


@pytest.fixture(scope="module")
def kept_for_months(tmp_path_factory):
    """A firm refreshed on four days of three months, and the truth on each of them."""
    firm = seen_by_finance_alone(tmp_path_factory.mktemp("kept"))
    write_state(firm.work / "sandbox", replace(State(), clock=EARLY.isoformat()))
    told, landed = {}, []
    for days in (0, 1, 30, 30):
        firm.done("sandbox", "advance", "--days", str(days))
        now = business(firm)
        told[now.clock.date()] = truth_of(now, landed, landed)
        landed.append(now)
        if days == 0:
            assert killed_before_keeping(firm) == -signal.SIGKILL
            assert firm.rows("select 1 from publication.snapshot")
            assert kept(firm) == {}
        else:
            firm.done("refresh", "--no-post")
    return firm, told, landed


def test_every_published_day_is_kept_as_it_was_true_then(kept_for_months):
    firm, told, _ = kept_for_months
    expected = {
        (day, row.project_code, row.period_month): (
            row.revenue,
            row.cost,
            row.margin,
            row.eac,
        )
        for day, truth in told.items()
        for row in truth.month_forecasts
    }
    assert len(told) == 4
    assert _with_anything(kept(firm)) == _with_anything(expected)


def _with_anything(rows: dict[tuple, tuple]) -> dict[tuple, tuple]:
    """A month in which nothing is planned may be on one side only."""
    return {key: row for key, row in rows.items() if any(row)}


def test_a_refresh_killed_before_keeping_is_made_good_by_an_unchanged_one(
    kept_for_months,
):
    firm, *_ = kept_for_months
    before = kept(firm)
    last = max(day for day, *_ in before)
    with duckdb.connect(firm.work / "land.duckdb") as land:
        land.execute("delete from kept.forecasts where as_of_date = ?", [last])
    assert "unchanged" in firm.done("refresh", "--no-post").out
    assert kept(firm) == before
    firm.done("refresh", "--no-post")
    assert kept(firm) == before


def test_months_are_as_first_published_closed_and_all_else_as_it_is_known(
    kept_for_months,
):
    """Case E6 of a whole firm: what moved in its closed months is in the open one."""
    firm, told, landed = kept_for_months
    shown = told[landed[-1].clock.date()]
    known = truth_of(landed[-1], landed[:-1])
    moved = [
        (one, other)
        for one, other in zip(shown.project_months, known.project_months, strict=True)
        if one != other
    ]
    assert moved, "nothing was learned of a closed month"
    assert sum(row.margin for row in shown.project_months) == sum(
        row.margin for row in known.project_months
    )
    different = differences(firm, shown)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"


def test_accuracy_by_lead_time_is_what_the_truths_of_the_days_say(kept_for_months):
    firm, told, landed = kept_for_months
    now = landed[-1]
    expected = _accuracy(told, now)
    assert {lead for _, _, lead in expected} == {0, 1}
    built = {
        tuple(row[:3]): tuple(row[3:])
        for row in firm.rows(
            "select scope, scope_code, lead_months, revenue_error_amount,"
            " absolute_revenue_amount, cost_error_amount, absolute_cost_amount,"
            " margin_error_amount, absolute_margin_amount, revenue_wape_rate,"
            " revenue_bias_rate from marts.mart_forecast_accuracy"
        )
    }
    assert _with_anything(built) == _with_anything(expected)


def _accuracy(told, now) -> dict[tuple, tuple]:
    """WAPE and bias from the truths: (scope, code, lead) → sums and revenue's rates."""
    today = now.clock.date()
    rates = PeriodRates(Fx(now.fx_rates), today)
    last_days = {month_of(day): day for day in sorted(told)}
    sides: dict[tuple, list] = defaultdict(lambda: [Decimal(0)] * 4)
    for made, day in last_days.items():
        for row in told[day].month_forecasts:
            month, currency = row.period_month, row.currency_code
            pair = [
                money(rates.average(cents(amount), currency, REPORTING, month))
                for amount in (row.revenue, row.cost)
            ]
            _add(sides, now, row.project_code, made, month, [*pair, 0, 0])
        for row in told[today].project_months:
            pair = [row.reporting_revenue, row.reporting_cost]
            _add(sides, now, row.project_code, made, row.period_month, [0, 0, *pair])
    sums: dict[tuple, list] = defaultdict(lambda: [Decimal(0)] * 8)
    for (scope, code, made, month), (
        sales,
        cost,
        real_sales,
        real_cost,
    ) in sides.items():
        if made <= month < month_of(today):
            margin, real_margin = sales - cost, real_sales - real_cost
            more = [
                abs(sales - real_sales),
                abs(real_sales),
                abs(cost - real_cost),
                abs(real_cost),
                abs(margin - real_margin),
                abs(real_margin),
                sales - real_sales,
                real_sales,
            ]
            held = sums[scope, code, _months(made, month)]
            held[:] = [a + b for a, b in zip(held, more, strict=True)]
    return {
        key: (*held[:6], _ratio(held[0], held[1]), _ratio(held[6], held[7]))
        for key, held in sums.items()
    }


def _add(sides, now, code: str, made: date, month: date, amounts: list) -> None:
    project = now.projects[code]
    if project.contract_type != "non_billable":
        for scope, name in (("project", code), ("practice", project.practice)):
            held = sides[scope, name, made, month]
            held[:] = [a + b for a, b in zip(held, amounts, strict=True)]


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return (
        (part / whole).quantize(Decimal("0.000001"), "ROUND_HALF_UP") if whole else None
    )
