"""The sandbox firm on Oracle Fusion: true to the cent, and every posting once.

Quicker tests hold that each journal arrives once (tests/reverse_sync), that each row is
read (tests/pipelines) and what each word means (the models' unit tests).
"""

import contextlib
from collections import Counter

import duckdb
import pytest

from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.sandbox.process import State, simulated, write_state
from dlt_pipelines.sandbox.serving.store import Records
from tests.end_to_end.comparing import differences
from tests.end_to_end.conftest import EARLY, seen_by_finance_alone
from tests.end_to_end.findings import missed, wrongly_found
from tests.truth.truth import truth as truth_of

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

SYSTEMS = ("adp", "coupa", "kantata", "oracle_fusion", "salesforce", "workday")
# What names records of the ERP itself, or when and from where they were landed.
ERPS_OWN = (
    "correlation_id", "source_", "landed_at", "erp_", "_entity_id", "period_id",
    "transaction_id", "transaction_type", "snapshot", "built_at", "load_id",
)  # fmt: skip


def refreshed(folder, systems):
    firm = seen_by_finance_alone(folder)
    state = State(clock=EARLY.isoformat(), systems=systems)
    write_state(firm.work / "sandbox", state)
    firm.done("refresh")
    return firm, simulated(state)


def marts(firm):
    """Each mart's rows, without what only one ERP would call so."""
    found = {}
    with duckdb.connect(firm.published.resolve(), read_only=True) as db:
        tables = db.execute(
            "select table_name, list(column_name order by column_name)"
            " from duckdb_columns() where schema_name = 'marts' group by 1"
        ).fetchall()
        for table, columns in tables:
            told = [c for c in columns if not any(own in c for own in ERPS_OWN)]
            rows = db.execute(f"select {', '.join(told)} from marts.{table}").fetchall()
            found[table] = Counter(map(str, rows))
    return found


def held(firm):
    """The external ids of the journals that Oracle has, each as often as it has it."""
    store = Records(firm.work / "sandbox" / "written.sqlite", "oracle_fusion")
    with contextlib.closing(store.connection):
        return Counter(
            header["ExternalReference"]
            for batch in store.all("batch")
            for header in batch["journalHeaders"]
            if batch["Status"] == "P"
        )


def posted(firm):
    with contextlib.closing(Ledger(firm.work / "ledger.sqlite")) as ledger:
        return ledger.postings()


def test_the_firm_on_oracle_fusion_equals_its_truth_and_posts_once(tmp_path):
    firm, business = refreshed(tmp_path / "oracle", SYSTEMS)
    truth = truth_of(business)
    different = differences(firm, truth)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"
    assert wrongly_found(firm, truth, business) == {}
    assert missed(firm, business) == []

    first = posted(firm)
    assert first
    assert {posting.status for posting in first} == {"posted"}
    assert held(firm) == Counter({posting.external_id: 1 for posting in first})

    firm.done("refresh")
    assert len(posted(firm)) == len(first)
    assert held(firm) == Counter({posting.external_id: 1 for posting in first})
    different = differences(firm, truth)
    assert different == [], f"{len(different)} rows differ: {different[:5]}"
    [(unmatched,)] = firm.rows(
        "select count(*) from reconciliation.rec_postings_to_erp"
        " where match_status != 'matched'"
    )
    assert unmatched == 0

    same, _ = refreshed(tmp_path / "netsuite", ())
    same.done("refresh")
    on_oracle, on_netsuite = marts(firm), marts(same)
    assert on_oracle.keys() == on_netsuite.keys()
    differ = {
        table: ((rows - on_netsuite[table]), (on_netsuite[table] - rows))
        for table, rows in on_oracle.items()
        if rows != on_netsuite[table]
    }
    assert differ == {}
