"""The reconciliation page shows every control and both sides of each difference."""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.queries import controls


@pytest.fixture
def page(open_page):
    return partial(open_page, "reconciliation.py")


def matrix(app: AppTest):
    return app.dataframe[0].value.set_index("control_id")


def said(app: AppTest) -> str:
    return "\n".join(part.value for part in app.markdown).replace("\\", "")


def test_every_control_is_shown_with_a_symbol_and_a_word(page, reference):
    shown = matrix(page())
    known = reference("select control_id, status from reconciliation.control_results")
    assert set(shown.index) == {control for control, _ in known}
    assert shown.loc["C01", "status"] == "! Differences"
    assert shown.loc["C07", "status"] == "✓ Passed"


def test_counts_and_net_differences_are_the_databases(page, reference):
    shown = matrix(page())
    for control, table in (
        ("C01", "rec_labour_time_to_gl"),
        ("C02", "rec_invoices_psa_to_erp"),
    ):
        rows = reference(
            "select currency_code, count(*), sum(difference_amount)"
            f" from reconciliation.{table} where match_status != 'matched'"
            " group by currency_code"
        )
        assert shown.loc[control, "differences_count"] == sum(n for _, n, _ in rows)
        for currency, _, amount in rows:
            assert shown.loc[control, currency] == amount


def test_the_entity_filter_narrows_counts_and_rows(page):
    app = page(legal_entity="UK20")
    assert matrix(app).loc["C01", "differences_count"] == 1
    rows = app.dataframe[1].value
    assert list(rows["difference_key"]) == ["P1002|2026-05-01"]
    assert list(rows["difference_amount"]) == [Decimal("50.0000")]
    assert "UK20: 2 controls find differences; 0 of 2 items" in said(app)


def test_the_period_filter_narrows_counts(page):
    shown = matrix(page(period="April 2026"))
    assert shown.loc["C01", "differences_count"] == 1


def test_two_periods_that_begin_in_a_month_are_two_to_choose(page, monkeypatch):
    begun = [date(2026, 1, 29), date(2026, 1, 1)]
    monkeypatch.setattr(controls, "periods_and_entities", lambda: (begun, []))
    [period] = [box for box in page().selectbox if box.label == "Period"]
    assert len(period.options) == 3


def test_a_control_lists_both_sides_and_the_reason(page):
    rows = page(control="C02").dataframe[1].value.set_index("difference_key")
    assert rows.loc["88123", "left_amount"] == Decimal("21000.0000")
    assert rows.isna().loc["88123", "right_amount"]
    assert rows.loc["88123", "reason"] == "Not in the ERP"
    assert rows.loc["88123", "match_status"] == "Missing in ERP"
    assert rows.loc["ERP:551", "owner"] == "billing"


def test_matches_show_when_asked(page):
    assert len(page(control="C02").dataframe[1].value) == 2
    assert len(page(control="C02", rows="All").dataframe[1].value) == 3


def test_it_says_what_blocks_publication_and_what_waits(page):
    words = said(page())
    assert "Not blocked" in words
    assert "1 posting held for finance" in words
    assert "period closed (1); EUR −120.00" in words
    assert "2 of 5 controls found differences" in words


def test_a_control_without_differences_says_so(page):
    app = page(control="C07")
    assert "both sides agree" in app.info[0].value


def test_records_without_amounts_say_in_which_systems_they_are(page):
    rows = page(control="C06", rows="All").dataframe[1].value
    assert list(rows["is_in_erp"]) == ["yes"]
    assert "left_amount" not in rows.columns


def test_a_control_with_a_cause_points_to_its_exceptions(page):
    [link] = page(control="C01").get("page_link")
    assert link.proto.label == "3 exceptions of C01: cause, owner and what to do"
    assert "control_id=C01" in link.proto.query_string
    assert not page(control="C02").get("page_link")
