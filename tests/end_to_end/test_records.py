"""Who owns a field decides whose value wins, over whole refreshes.

Nightly: the unit test of adj_master_data has who wins, tests/reverse_sync/test_records
that a value is written once, and test_kills a rename that whole refreshes carry.
"""

import json

import pytest

from dlt_pipelines.sandbox.serving.store import Records
from tests.end_to_end.conftest import EARLY
from tests.end_to_end.firms import CLEAN

pytestmark = [pytest.mark.slow, pytest.mark.nightly]
HELD = "edited in netsuite, which does not own it"


def edit(firm, vendor: str, of: str, id_: str, **fields) -> None:
    """Somebody changes a record in a system, by its own screens."""
    store = Records(firm.work / "sandbox" / "written.sqlite", vendor)
    body = {"of": of, "object": id_, "fields": fields}
    store.add("change", body, None, EARLY)
    store.connection.close()


def differences(firm) -> dict[str, tuple]:
    """Fields that are not as their owner says: action, reason and what is wanted."""
    rows = firm.rows(
        "select project_code, policy_action, hold_reason, record_fields"
        " from adjustments.adj_desired_records where kind = 'master_data'"
    )
    return {code: (action, why, json.loads(told)) for code, action, why, told in rows}


def test_a_field_follows_its_owner_and_is_never_fought_over(firms, tmp_path):
    firm = firms.refreshed(CLEAN, tmp_path / "work", posting=False)
    assert differences(firm) == {}
    (first, second) = firm.rows(
        "select project_code, psa_project_id, erp_project_id, project_name"
        " from canonical.dim_projects where psa_project_id is not null"
        " and erp_project_id is not null order by project_code limit 2"
    )
    # The owner renames one project, the ERP's user another.
    edit(firm, "kantata", "workspaces", first[1], title="Renamed")
    edit(firm, "netsuite", "job", second[2], companyName="My own name")
    out = firm.done("refresh").out
    assert "netsuite: 1 master data written" in out
    held = {second[0]: ("hold", HELD, {"name": second[3]})}
    assert differences(firm) == held, "the first was written and landed again"
    # Somebody sets the first back in the ERP: that is an edit, not a lag.
    edit(firm, "netsuite", "job", first[2], companyName=first[3])
    held[first[0]] = ("hold", HELD, {"name": "Renamed"})
    for _ in range(2):
        assert "master data written" not in firm.done("refresh").out
        assert differences(firm) == held
