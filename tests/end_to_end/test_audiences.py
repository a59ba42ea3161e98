"""Each audience's figures tie to finance's, and none of them come of anybody's pay."""

import duckdb
import pytest

from dlt_pipelines.core.settings import Paths
from tests.end_to_end.firms import YOUNG

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("audiences")]

WITHOUT_PAY = ("delivery", "analyst")
KEY = "legal_entity_code, practice_code, period_month, currency_code"


@pytest.fixture(scope="module")
def files(firms, tmp_path_factory):
    """The published files of a firm, attached by their audience's name."""
    firm = firms.refreshed(YOUNG, tmp_path_factory.mktemp("audiences") / "work")
    paths = Paths(firm.work)
    with duckdb.connect() as db:
        for name in ("finance", "auditor", *WITHOUT_PAY):
            db.execute(f"attach '{paths.audience(name)}' as {name} (read_only)")
        db.execute(f"attach '{paths.standard}' as standard (read_only)")
        yield db


@pytest.mark.parametrize("audience", WITHOUT_PAY)
def test_a_margin_less_absorption_is_finances_to_the_cent(files, audience):
    sums = f"select {KEY}, sum(margin_amount) as margin from %s group by {KEY}"
    told = files.execute(
        f"with mine as ({sums % f'{audience}.marts.mart_project_margin_monthly'}),"
        f" theirs as ({sums % 'finance.marts.mart_project_margin_monthly'})"
        " select count(*), count(*) filter (mine.margin - absorption_amount ="
        " theirs.margin), count(*) filter (absorption_amount != 0)"
        f" from mine join theirs using ({KEY})"
        f" join finance.marts.mart_absorption_monthly using ({KEY})"
    ).fetchall()
    [(rows, tied, absorbed)] = told
    assert rows == tied > 0
    assert absorbed > 0, "both bases say the same: the pass did nothing"


def test_labour_without_pay_is_hours_at_the_rate_of_the_group(files):
    [(rows, wrong)] = files.execute(
        # Rounded to the cent: half a cent of an hour at most.
        "select count(*), count(*) filter (abs(cost.home_raw_amount * 60"
        " - cost.worked_minutes * rates.standard_rate) > 0.3 or not cost.is_actual)"
        " from standard.canonical.fct_labour_costs as cost"
        " join finance.canonical.dim_resource_assignments as staff"
        " on cost.resource_key = staff.resource_key"
        " and cost.work_date >= staff.valid_from and cost.work_date < staff.valid_to"
        " join delivery.canonical.dim_standard_rates as rates"
        " on rates.worker_type = 'employee' and staff.grade_code = rates.grade_code"
        " and staff.practice_code = rates.practice_code"
        " and staff.legal_entity_code = rates.legal_entity_code"
        " and cost.work_date >= rates.valid_from and cost.work_date < rates.valid_to"
    ).fetchall()
    assert rows > 0
    assert wrong == 0


@pytest.mark.parametrize("audience", WITHOUT_PAY)
def test_the_entities_of_a_file_add_up_to_its_projects(files, audience):
    sums = "select period_month, sum(reporting_margin_amount) as margin from"
    [(rows, tied)] = files.execute(
        f"with projects as ({sums} {audience}.marts.mart_project_margin_monthly"
        " group by all),"
        f" entities as ({sums} {audience}.marts.mart_entity_margin_monthly"
        " group by all) select count(*), count(*) filter (projects.margin ="
        " entities.margin) from projects join entities using (period_month)"
    ).fetchall()
    assert rows == tied > 0


def test_no_rate_is_of_fewer_than_five_people_or_moved_by_one(files):
    """Every group's rate is a whole number of steps of its rounding."""
    rates = files.execute(
        "select distinct standard_rate from delivery.canonical.dim_standard_rates"
        " where currency_code = 'USD'"
    ).fetchall()
    assert rates
    assert all(rate % (2 if rate < 50 else 5) == 0 for (rate,) in rates)


@pytest.mark.parametrize("audience", WITHOUT_PAY)
def test_what_tells_pay_is_in_no_file_without_it(files, audience):
    told = files.execute(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where database_name = ?",
        [audience],
    ).fetchall()
    tables = {name for (name,) in told}
    assert "marts.mart_project_margin_monthly" in tables
    assert not tables & {
        "canonical.fct_closing_activity",
        "canonical.fct_closing_activity_at_standard",
        "canonical.fct_closing_charges",
        "canonical.fct_closing_charges_at_standard",
        "canonical.fct_closing_utilisation",
        "canonical.fct_closing_positions",
        "canonical.fct_closing_positions_at_standard",
        "canonical.fct_gl_entries",
        "canonical.fct_vendor_bills",
        "canonical.fct_purchase_commitments",
        "canonical.fct_absences",
        "canonical.fct_postings",
        "marts.mart_margin_explained",
        "marts.mart_absorption_monthly",
        "marts.mart_burden_pools",
        "adjustments.adj_desired_postings",
    }


def test_all_files_are_of_one_snapshot_and_the_auditors_is_finances(files):
    ids = {
        files.execute(f"select snapshot_id from {name}.publication.snapshot").fetchone()
        for name in ("finance", "auditor", *WITHOUT_PAY)
    }
    assert len(ids) == 1
    [(differences,)] = files.execute(
        "select count(*) from (from finance.marts.mart_project_margin_monthly"
        " except all from auditor.marts.mart_project_margin_monthly)"
    ).fetchall()
    assert differences == 0
