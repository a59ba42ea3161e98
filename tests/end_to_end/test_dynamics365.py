"""The firm on Dynamics 365: its marts are its truth, as on NetSuite, and its books too.

Its vendor's own tests hold how it is read and posted to; this holds the mapping whole.
"""

from collections import Counter
from dataclasses import replace

import duckdb
import pytest

from dlt_pipelines.reverse_sync.journal import OURS
from dlt_pipelines.sandbox.process import simulated, write_state
from dlt_pipelines.sandbox.serving.store import Records
from tests.end_to_end.comparing import differences
from tests.end_to_end.conftest import seen_by_finance_alone
from tests.end_to_end.findings import missed, wrongly_found
from tests.end_to_end.firms import YOUNG
from tests.truth.truth import truth as truth_of

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

SYSTEMS = ("adp", "coupa", "dynamics365", "kantata", "salesforce", "workday")
STATE = replace(YOUNG, systems=SYSTEMS)
# What is each ERP's own: how it names and numbers records.
OWN = ("_key", "_id", "_ids", "source_", "correlation", "_at", "transaction_")


def built(state, folder):
    """A firm after its first refresh, before anything is posted."""
    firm = seen_by_finance_alone(folder)
    write_state(firm.work / "sandbox", state)
    firm.done("refresh", "--no-post")
    return firm


@pytest.fixture(scope="module")
def firm(tmp_path_factory):
    return built(STATE, tmp_path_factory.mktemp("dynamics365"))


@pytest.fixture(scope="module")
def posted(firm):
    """The same firm, what it had to post in its ERP."""
    firm.done("refresh")
    return firm


@pytest.fixture(scope="module")
def on_netsuite(tmp_path_factory):
    firm = built(YOUNG, tmp_path_factory.mktemp("netsuite"))
    firm.done("refresh")
    return firm


def test_the_marts_equal_the_truth_and_the_controls_find_its_faults(firm):
    business = simulated(STATE)
    truth = truth_of(business)
    different = differences(firm, truth)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"
    assert wrongly_found(firm, truth, business) == {}
    assert missed(firm, business) == []


def rows_of(firm):
    """The rows of every published mart, without what is each ERP's own."""
    with duckdb.connect(firm.published.resolve(), read_only=True) as db:
        columns = db.execute(
            "select table_name, column_name from duckdb_columns()"
            " where schema_name = 'marts' order by all"
        ).fetchall()
        told: dict[str, list[str]] = {}
        for table, column in columns:
            if not any(word in column for word in OWN):
                told.setdefault(table, []).append(f'"{column}"')
        return {
            table: Counter(
                db.execute(f"select {', '.join(names)} from marts.{table}").fetchall()
            )
            for table, names in told.items()
        }


def test_the_marts_are_those_of_the_firm_on_netsuite(posted, on_netsuite):
    ours, theirs = rows_of(posted), rows_of(on_netsuite)
    assert ours.keys() == theirs.keys()
    different = {
        table: (ours[table] - theirs[table], theirs[table] - ours[table])
        for table in ours
        if ours[table] != theirs[table]
    }
    assert different == {}


def headers(firm):
    return Records(firm.work / "sandbox" / "written.sqlite", "dynamics365").all(
        "generalJournal"
    )


def test_postings_arrive_once_and_a_second_refresh_posts_nothing(posted):
    keys = [journal["IntegrationKey"] for journal in headers(posted)]
    told = posted.rows(
        "select external_id from canonical.fct_postings"
        " where status = 'posted' and amount != 0"
    )
    assert len(keys) == len(set(keys)) > 0
    assert {key for (key,) in told} == set(keys)
    assert all(journal["is_posted"] for journal in headers(posted))
    assert all(key.startswith(OURS) for key in keys)
    again = posted.done("refresh")
    assert "Postings   0 to post" in again.out
    assert len(headers(posted)) == len(keys)
    assert posted.rows(
        "select match_status, count(*) from reconciliation.rec_postings_to_erp"
        " group by all"
    ) == [("matched", len(keys))]
