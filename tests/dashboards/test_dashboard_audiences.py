"""What an audience may not see is said in a sentence, and at which cost labour is."""

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import identity
from dlt_pipelines.core.settings import Paths
from tests.dashboards.conftest import APP
from tests.dashboards.logins import claims

WITHHELD = (  # tables that neither delivery nor analyst gets
    "marts.mart_margin_explained",
    "marts.mart_lock_up_monthly",
    "marts.mart_time_to_invoice_monthly",
    "marts.mart_practice_realisation_monthly",
    "marts.mart_forecast_accuracy",
)
OF_PEOPLE_AND_PRICES = ("canonical.fct_time_entries", "marts.mart_invoice_proposals")
NO_PAY = "This audience does not see pay: labour is at standard cost"
NOT_SEEN = "This audience does not see what stands here"
PAGES = ("margin.py", "billing.py", "forecast.py", "utilisation.py", "group.py")


@pytest.fixture
def analyst(built, tmp_path, monkeypatch):
    """Opens a page on a file of an audience with no class, of the stub firm."""
    paths = Paths(tmp_path / "work")
    file = paths.audience("delivery")  # the audience that the logins' group has
    file.parent.mkdir(parents=True)
    file.write_bytes(built.read_bytes())
    with duckdb.connect(file) as db:
        for table in (*WITHHELD, *OF_PEOPLE_AND_PRICES):
            db.execute(f"drop table {table}")
        for table in ("mart_project_margin_monthly", "mart_project_margin_weekly"):
            db.execute(f"alter table marts.{table} drop column manager_name")
        db.execute(
            "drop schema adjustments cascade; drop schema reconciliation cascade"
        )
        db.execute(
            "update publication.snapshot set cost_basis = 'standard', classes = ''"
        )
    monkeypatch.setenv("TIEOUT_WORK", str(paths.work))
    told = claims("lead@firm.example", "tieout-delivery")
    monkeypatch.setattr(identity, "claims", lambda: told)

    def opened(page: str) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=30)
        app.switch_page(page)
        app.run()
        assert not app.exception
        return app

    return opened


def said(app: AppTest) -> str:
    return " ".join(part.value for part in (*app.markdown, *app.caption, *app.info))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_works_for_whom_pay_is_not_to_be_seen_and_says_so(analyst, page):
    app = analyst(page)
    told = said(app)
    assert not app.warning, "no margin lacks a contractor's bill"
    assert NO_PAY in told
    assert "Nothing to show yet" not in told


@pytest.mark.parametrize("page", ["billing.py", "forecast.py", "utilisation.py"])
def test_a_part_that_an_audience_does_not_see_is_one_sentence(analyst, page):
    assert NOT_SEEN in said(analyst(page))


def test_who_does_not_see_people_is_told_that_small_groups_are_left_out(analyst):
    told = said(analyst("utilisation.py"))
    assert "Groups of fewer than five people are left out" in told


@pytest.mark.parametrize("page", PAGES)
def test_margins_that_lack_a_contractors_bill_are_named_on_every_page(
    analyst, tmp_path, page
):
    with duckdb.connect(Paths(tmp_path / "work").audience("delivery")) as db:
        db.execute(
            "insert into canonical.fct_margins_incomplete"
            " (project_key, project_code, period_month, reason) values"
            " ('4', 'P1004', '2026-03-01', 'bill_without_hours'),"
            " ('4', 'P1004', '2026-05-01', 'earlier_bill_without_hours'),"
            " ('2', '*P1002*', '2026-02-01', 'bill_without_hours')"
        )
    [warning] = analyst(page).warning
    assert (
        "the margins of P1004 (March 2026 to May 2026), \\*P1002\\* (February 2026),"
        " and the sums" in warning.value
    )
    assert "control C10" in warning.value


def test_finance_is_told_nothing_of_standard_cost(open_page):
    assert NO_PAY not in said(open_page("margin.py"))
