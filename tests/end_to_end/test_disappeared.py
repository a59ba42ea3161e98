"""Nothing that was posted is taken back because something is gone or called otherwise.

The young firm has posted; then raw gets what real tenants did, and is built, published
and planned again.
"""

import csv
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.operations import firm_folder
from tests.end_to_end.conftest import Firm
from tests.end_to_end.firms import YOUNG

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

LABOUR = """
    select project_code, period_month, sum(labour_cost_amount)
    from marts.mart_project_margin_monthly group by all order by all
"""
DEAREST = """
    select users.record_id, people.employee_pseudonym
    from canonical.fct_labour_costs as costs
    inner join canonical.int_hr_people as people using (resource_key)
    inner join canonical.dim_resources as resources using (resource_key)
    inner join canonical.crosswalk_resources as users
        on users.role = 'psa' and users.employee_number = resources.employee_number
    group by all order by sum(costs.cost_amount) desc, 1 limit 1
"""
DEAREST_PROJECTS = """
    select projects.psa_project_id, projects.project_code, projects.erp_project_id
    from adjustments.adj_desired_postings as postings
    inner join canonical.dim_projects as projects using (project_code)
    where postings.kind = 'labour_cost_accrual' and postings.period_state = 'open'
    group by all order by sum(postings.own_posted_amount) desc, 1 limit 3
"""


@pytest.fixture
def firm(firms, tmp_path) -> Firm:
    """The young firm, all of whose postings are in its ERP."""
    return firms.refreshed(YOUNG, tmp_path / "work")


def say(land: Path, table: str, changed: str, where: str) -> int:
    """A new version of rows of a raw table, as a landing would add it."""
    vendor, _, name = table.partition("__")
    with duckdb.connect(land) as raw:
        [(load, moment)] = raw.execute(
            f"select max(_load_id), max(_landed_at) from raw.{table}"
        ).fetchall()
        [(count,)] = raw.execute(
            f"insert into raw.{table} by name select * replace ({changed},"
            f" _version + 1 as _version, _event_id || ' anew' as _event_id,"
            f" '{load}' as _load_id, timestamp '{moment}' as _landed_at)"
            f" from raw.{table} as told where {where} and _version ="
            f" (select max(_version) from raw.{table} as newer"
            " where newer.source_instance = told.source_instance"
            " and newer._key = told._key)"
        ).fetchall()
        raw.execute(
            "update raw._landings set rows_landed = rows_landed + ? where load_id = ?"
            " and vendor = ? and table_name = ?",
            [count, load, vendor, name],
        )
    return count


def built(firm: Firm, query: str) -> list[tuple]:
    """What is built and not published."""
    with duckdb.connect(firm.work / "build.duckdb", read_only=True) as db:
        return db.execute(query).fetchall()


def dearest(firm: Firm) -> tuple[str, str]:
    """Whose work costs most: the user in the PSA, the pseudonym in HR."""
    [found] = built(firm, DEAREST)
    return found


def planned(firm: Firm) -> str:
    firm.done("build")
    firm.done("publish")
    return firm.done("plan").out


def test_a_user_whom_the_psa_deleted_keeps_his_cost(firm):
    before = firm.rows(LABOUR)
    user, _ = dearest(firm)
    gone = say(
        firm.work / "land.duckdb", "kantata__users", "true as _deleted",
        f"_key = '{user}'",
    )  # fmt: skip
    assert gone == 1
    assert "\n0 to post" in planned(firm)
    assert firm.rows(LABOUR) == before
    told = "select count(*) from reconciliation.rec_exceptions where kind ="
    assert firm.rows(f"{told} 'user_deleted'") > [(0,)]


def test_blanks_behind_the_words_of_policies_take_nothing_back(firm, tmp_path):
    """As a spreadsheet leaves them; that every seed is read so: tests/unit."""
    before = firm.rows(LABOUR)
    home = tmp_path / "firm"
    firm_folder.begin(home)
    for name in ("burden_rates", "posting_policies", "legal_entity_policies"):
        file = home / "seeds" / f"{name}.csv"
        with file.open(newline="") as told:
            header, *rows = csv.reader(told)
        with file.open("w", newline="") as spoilt:
            csv.writer(spoilt).writerow(header)
            csv.writer(spoilt).writerows([f"{cell} " for cell in row] for row in rows)
    assert "\n0 to post" in planned(replace(firm, home=home))
    assert firm.rows(LABOUR) == before


def test_pay_that_is_stated_per_month_is_the_same_pay(firm):
    before = firm.rows(LABOUR)
    changed = "'Monthly' as frequency, base_pay / 12 as base_pay"
    whole = "frequency = 'Annual' and base_pay % 12 = 0"
    assert say(firm.work / "land.duckdb", "workday__compensation", changed, whole)
    assert "\n0 to post" in planned(firm)
    assert firm.rows(LABOUR) == before


def test_pay_and_place_that_hr_does_not_have_any_more_count_as_last_known(firm):
    before = firm.rows(LABOUR)
    land = firm.work / "land.duckdb"
    _, person = dearest(firm)
    [(number,)] = built(
        firm, f"select employee_number from canonical.int_hr_people where"
        f" employee_pseudonym = '{person}'",
    )  # fmt: skip
    gone = "true as _deleted"
    assert say(land, "workday__compensation", gone, f"employee_pseudonym = '{person}'")
    assert say(land, "workday__assignments", gone, f"employee_id = '{number}'")
    assert "\n0 to post" in planned(firm)
    assert firm.rows(LABOUR) == before
    told = firm.rows(
        "select source_id from reconciliation.rec_exceptions"
        " where kind = 'hr_record_deleted'"
    )
    assert {what.split(" ", 1)[1].rsplit(" ", 1)[0] for (what,) in told} == {
        "pay", "place of work",
    }  # fmt: skip
    assert all(what.startswith(number) for (what,) in told)


def test_a_renamed_field_takes_back_nothing_unasked(firm):
    """Of 54 projects nobody knows the code any more."""
    renamed = say(
        firm.work / "land.duckdb", "kantata__custom_field_values",
        "'Projektnummer' as custom_field_name", "custom_field_name = 'Project Code'",
    )  # fmt: skip
    assert renamed > 50
    assert "\n0 to post" in planned(firm)
    taken = (
        "select distinct hold_reason from adjustments.adj_desired_postings"
        " where policy_action = 'hold' and unposted_amount < 0"
        " and kind = 'labour_cost_accrual' and period_state = 'open'"
    )
    assert ("project not in the PSA",) in firm.rows(taken)


def test_projects_that_are_called_otherwise_take_nothing_back(firm):
    """Of the three that cost most one has no code any more, one another, and one
    another in the ERP too, where what was posted of it is not posted again."""
    land = firm.work / "land.duckdb"
    cleared, renamed, everywhere = firm.rows(DEAREST_PROJECTS)
    values, told = "kantata__custom_field_values", "custom_field_name = 'Project Code'"
    of = f"subject_type = 'workspace' and {told} and subject_id ="
    assert say(land, values, "true as _deleted", f"{of} '{cleared[0]}'")
    for user, code, _ in (renamed, everywhere):
        other = f"'{code}-B' as value, '{code}-B' as display_value"
        assert say(land, values, other, f"{of} '{user}'")
    _, code, job = everywhere
    assert say(land, "netsuite__projects", f"'{code}-B' as entity_id", f"id = '{job}'")
    plan = planned(firm)
    assert "\n0 to post" in plan
    held = dict(
        firm.rows(
            "select hold_reason, list(distinct project_code)"
            " from adjustments.adj_desired_postings"
            " where hold_reason like 'project %' group by all"
        )
    )
    assert {cleared[1], renamed[1]} <= set(held["project not in the PSA"])
    assert held["project posted under another code"] == [f"{code}-B"]
