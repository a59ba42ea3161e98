"""As known on a past day, and the bridge between two, on a firm that goes on."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from dlt_pipelines.knowledge.bridge import CLOSING, Bridges
from dlt_pipelines.landing.declarations import PARTS
from dlt_pipelines.sandbox.process import State, write_state
from tests.end_to_end.conftest import seen_by_finance_alone

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("knowledge")]
# Between them two of three entities learn their burden pools' actual rates.
FIRST, DAYS = "2026-01-20T06:00:00+00:00", 45
BRIDGE = ("bridge", "--from=2026-01-20")  # to the latest landing


@pytest.fixture(scope="module")
def firm(tmp_path_factory):
    """A firm refreshed on two days, with both published snapshots kept."""
    made = seen_by_finance_alone(tmp_path_factory.mktemp("knowledge"))
    write_state(made.work / "sandbox", replace(State(), clock=FIRST))
    made.done("refresh", "--no-post")
    made.done("sandbox", "advance", f"--days={DAYS}")
    made.done("refresh", "--no-post")
    return made


@pytest.fixture(scope="module")
def snapshots(firm):
    return sorted(firm.published.parent.glob("2*/finance/tieout.duckdb"))


def moment(snapshot) -> str:
    """A snapshot's id."""
    return snapshot.parent.parent.name


@pytest.fixture(scope="module")
def bridged(firm):
    """The bridges between the snapshots, and the database they are in."""
    firm.done(*BRIDGE, "--period=2026-01")
    return next(firm.work.glob("bridges/*/bridge.duckdb"))


def test_a_past_day_is_built_as_it_was_published(firm, snapshots):
    snapshot = snapshots[0]
    told = firm.done("known-on", moment(snapshot)).out
    known = re.search(r": (\S+tieout\.duckdb)", told)[1]
    with duckdb.connect() as db:
        db.execute(f"attach '{snapshot}' as was (read_only)")
        db.execute(f"attach '{known}' as rebuilt (read_only)")
        tables = db.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where database_name = 'was' and schema_name != 'publication'"
            # They compare with a build at standard cost, which a past day has not.
            " and table_name not in"
            " ('mart_absorption_monthly', 'rec_labour_at_standard',"
            " 'fct_closing_activity_at_standard', 'fct_closing_charges_at_standard',"
            " 'fct_closing_positions_at_standard')"
        ).fetchall()
        assert len(tables) > 70
        for (table,) in tables:
            for one, other in (("was", "rebuilt"), ("rebuilt", "was")):
                only = f"from {one}.{table} except all from {other}.{table}"
                assert db.execute(only).fetchall() == [], table


def margins(snapshot) -> dict[tuple, Decimal]:
    with duckdb.connect(snapshot, read_only=True) as db:
        rows = db.execute(
            "select project_code, period_month, margin_amount"
            " from marts.mart_project_margin_monthly where margin_amount != 0"
        ).fetchall()
    return {(code, month): amount for code, month, amount in rows}


def test_a_bridge_leads_from_one_snapshot_to_the_other_without_remainder(
    bridged, snapshots
):
    with duckdb.connect(bridged, read_only=True) as db:
        ends = db.execute(
            "select project_code, period_month, margin_from, margin_to from margins"
        ).fetchall()
        parts = {
            (code, month): total
            for code, month, total in db.execute(
                "select project_code, period_month,"
                " sum(coalesce(after, 0) - coalesce(before, 0))"
                " from changes where is_margin group by all"
            ).fetchall()
        }
    before, after = map(margins, snapshots)
    assert {(c, m): a for c, m, a, _ in ends if a} == before
    assert {(c, m): b for c, m, _, b in ends if b} == after
    for code, month, was, becomes in ends:
        assert parts.get((code, month), 0) == becomes - was


def test_every_part_occurs_and_says_which_landed_records_it_comes_of(bridged):
    with duckdb.connect(bridged, read_only=True) as db:
        changed = dict(
            db.execute(
                "select part, count(*) from changes where before is distinct from"
                " after group by part"
            ).fetchall()
        )
        told = dict(
            db.execute("select part, count(*) from records group by part").fetchall()
        )
    # No month was published as closed between the two days, so none counts elsewhere.
    assert changed.keys() - {CLOSING} == set(PARTS)
    assert told.keys() == set(PARTS) - {"burden"}  # that is policy, in a seed


def test_burden_is_what_the_actual_rates_of_the_pools_made(bridged, snapshots):
    with duckdb.connect(bridged, read_only=True) as db:
        lines = db.execute(
            "select distinct component from changes where part = 'burden'"
            " and is_margin and correlation_id like '%:time_entry:%'"
        ).fetchall()
    assert lines == [("labour",)]


def test_late_time_names_the_entries_that_were_not_approved_before(firm, bridged):
    with duckdb.connect(bridged, read_only=True) as db:
        db.execute(f"attach '{firm.work / 'land.duckdb'}' as land (read_only)")
        unknown = db.execute(
            "select distinct c.correlation_id from changes as c"
            " inner join land.raw.kantata__time_entries as e"
            " on c.correlation_id = 'kantata:' || e.source_instance"
            " || ':time_entry:' || e._key"
            " where c.part = 'late_time' and c.version_before is null"
            " and not exists (select 1 from records as r where r.part = 'late_time'"
            " and (r._key = e._key and r.raw_name = 'kantata__time_entries'"
            " or r._key = e.active_submission_id"
            " and r.raw_name = 'kantata__timesheet_submissions'))"
        ).fetchall()
    assert unknown == []


def test_a_project_s_bridge_prints_its_parts_and_their_records(firm, bridged):
    [told, *_] = Bridges(bridged).of(date(2026, 1, 1))
    run = firm.done(*BRIDGE, "--period=2026-01", f"--project={told.project_code}")
    assert f"{told.margin_from:,.2f}" in run.out
    assert f"{told.margin_to:,.2f}" in run.out
    for part in told.parts:
        assert not part.records or f"{part.change:+,.2f}" in run.out
    own = Bridges(bridged).changes(told.project_code, date(2026, 1, 1))
    assert all(change.correlation_id in run.out for change in own)


def test_a_margin_is_explained_down_to_its_records_as_known_then_and_now(
    firm, snapshots
):
    period = date(2026, 1, 1)
    [(code,), *_] = firm.rows(
        "select project_code from canonical.fct_revenue_over_time"
        " inner join canonical.dim_obligations using (obligation_key)"
        " where revenue_method = 'cost_to_cost' and period_month = '2026-01-01'"
        " and recognised_amount != 0 and progress_rate < 1 order by done_quantity desc"
    )
    before, after = (margins(s)[code, period] for s in snapshots)
    words = ("explain", "margin", f"--project={code}", "--period=2026-01")
    now = firm.done(*words).out
    then = firm.done(*words, f"--known-on={moment(snapshots[0])}").out
    assert f"{after:,.2f}" in now.splitlines()[-1]
    assert f"{before:,.2f}" in then.splitlines()[-1]
    assert re.search(r"cost [\d.]+ of [\d.]+: progress 0\.\d+", now)
    assert len(re.findall(r":time_entry:\d+ v\d", now)) > 20


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("known-on", "2025-12-31"), "nothing had been landed by 2025-12-31"),
        (("known-on", "yesterday"), "«yesterday» is no day of knowledge"),
        (
            ("bridge", "--from=2026-03-06", "--to=2026-01-20", "--period=2026-01"),
            "is not before",
        ),
        (
            (*BRIDGE, "--period=2031-01"),
            "no margin of 2031-01 is known on either day",
        ),
        (
            ("explain", "margin", "--project=P1", "--period=2026-01"),
            "there is no project P1",
        ),
        (
            ("explain", "margin", "--project=P1018", "--period=2031-01"),
            "P1018 has no January 2031",
        ),
        (
            ("explain", "margin", "--project=P1018", "--period=May"),
            "«May» is no month",
        ),
    ],
)
def test_a_question_that_has_no_answer_is_told_what_to_ask(firm, words, what):
    run = firm.tieout(*words)
    assert run.code == 2
    assert what in run.err
    assert "→" in run.err
