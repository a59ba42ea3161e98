"""The exceptions page says what is wrong, how much of it, and who clears it."""

from functools import partial

import duckdb
import pytest
from streamlit.testing.v1 import AppTest


@pytest.fixture
def page(open_page):
    return partial(open_page, "exceptions.py")


def said(app: AppTest) -> str:
    return "\n".join(part.value for part in app.markdown).replace("\\", "")


def kinds(app: AppTest):
    return app.dataframe[0].value.set_index("kind")


def test_exceptions_are_counted_by_severity_and_summed_by_currency(page):
    app = page()
    told = "5 exceptions: 4 high, 1 medium; in question GBP 70.00, USD 850.00."
    assert told in said(app)
    assert "Source: `" in app.expander[-1].markdown[0].value


def test_a_kind_has_its_amounts_owner_and_what_to_do(page):
    shown = kinds(page())
    assert list(shown.index)[-1] == "bill without hours", "the gravest come first"
    deleted = shown.loc["project deleted"]
    assert deleted["count"] == 2
    assert deleted["amounts"] == "USD 850.00"
    assert deleted["holds"] == "yes"
    assert deleted["what_to_do"] == "clear project_deleted"
    assert shown.loc["missing bill rate", "amounts"] == ""


@pytest.mark.parametrize(
    ("parameter", "value", "records"),
    [
        ("kind", "project deleted", {"3", "4"}),
        ("owner", "Procurement", {"5"}),
        ("legal_entity_code", "UK20", {"2", "5"}),
        ("project_code", "P1001", {"1"}),
        ("control_id", "C06", {"3", "4"}),
    ],
)
def test_a_filter_of_the_link_narrows_the_records(page, parameter, value, records):
    app = page(**{parameter: value})
    assert set(app.dataframe[1].value["source_id"]) == records
    assert said(app).count(f"{len(records)} exception")


def test_filters_that_leave_nothing_say_so(page):
    app = page(kind="project deleted", owner="Procurement")
    assert "No exception is of what the filters chose." in said(app)
    assert not app.dataframe


def test_without_exceptions_it_says_so(page, published):
    with duckdb.connect(published.resolve()) as db:
        db.execute("delete from reconciliation.rec_exceptions")
    app = page()
    assert "No exceptions: every record has what its figures need." in said(app)
    assert not app.dataframe


@pytest.mark.parametrize("file", ["margin.py", "group.py", "billing.py"])
def test_margins_that_an_exception_touches_are_named_on_every_page(
    open_page, published, file
):
    with duckdb.connect(published.resolve()) as db:
        db.execute(
            "insert into canonical.fct_margins_incomplete"
            " (project_code, legal_entity_code, period_month, reason) values"
            " ('P1004', 'US10', '2026-03-01', 'missing_bill_rate'),"
            " ('P1004', 'US10', '2026-05-01', 'earlier_missing_bill_rate'),"
            " (null, 'UK20', '2026-02-01', 'time_without_project')"
        )
    [warning] = open_page(file).warning
    assert (
        "the margins of P1004 (March 2026 to May 2026), no project of UK20 (February"
        " 2026), and the sums" in warning.value
    )
    assert "the page Exceptions says which" in warning.value


def test_a_table_that_was_not_read_is_told_on_every_page(open_page, published):
    with duckdb.connect(published.resolve()) as db:
        db.execute(
            "insert into publication.sources"
            " (source_system, source_instance, table_name, status, age_days, error)"
            " values ('kantata', 'psa', 'users', 'landed', 0, null),"
            " ('kantata', 'psa', 'time_entries', 'failed', 3, '*no* answer'),"
            " ('workday', 'hr', 'absences', 'deletions waiting', 1, null)"
        )
    [warning] = open_page("margin.py").warning
    first, second = warning.value.split("\n\n")
    assert first == r"psa time entries\: 3 days old, failed\: \*no\* answer"
    assert second == r"hr absences\: 1 day old, deletions waiting"


def test_who_may_not_read_what_people_write_is_not_told_why(open_page, published):
    with duckdb.connect(published.resolve()) as db:
        db.execute("alter table publication.sources drop error")
        db.execute(
            "insert into publication.sources"
            " (source_system, source_instance, table_name, status, age_days)"
            " values ('kantata', 'psa', 'users', 'failed', 2)"
        )
    [warning] = open_page("margin.py").warning
    assert warning.value == r"psa users\: 2 days old, failed"
