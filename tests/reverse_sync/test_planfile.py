"""A plan in a file is posted as it was written, or not at all."""

import hashlib
import hmac
import json
from decimal import Decimal

import pytest

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.reverse_sync import planfile
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.planfile import PlanOvertaken
from dlt_pipelines.reverse_sync.posting import post
from tests.reverse_sync.conftest import desired

KEY = b"a firm's key"
ROWS = [desired(), desired(month=6, amount="12.34", hours="1")]


@pytest.fixture
def file(tmp_path, ledger):
    path = tmp_path / "plan.json"
    planned = compare(ROWS, ledger)
    assert planfile.write(planned, path, KEY, snapshot="s1", user="ada") == 2
    return path


def executed(file, rows, ledger):
    return planfile.read(file, KEY).execute(compare(rows, ledger))


def test_what_was_written_is_posted_and_nothing_that_came_later(file, ledger, erp):
    later = desired(project="P1002", amount="7.00", erp_project_id="701")
    report = post(executed(file, [*ROWS, later], ledger), ledger, erp.targets())
    assert {p.amount for p in report.posted} == {Decimal("187.05"), Decimal("12.34")}
    assert len(erp.journals()) == 2


@pytest.mark.parametrize(
    "rows",
    [
        [desired("187.06"), ROWS[1]],
        [desired(erp_project_id="799"), ROWS[1]],
        [desired(policy_action="hold", hold_reason="period closed"), ROWS[1]],
        [ROWS[1]],
    ],
)
def test_a_plan_that_was_overtaken_is_refused_whole(file, ledger, rows):
    with pytest.raises(PlanOvertaken, match=r"1 of the 2 .*labour_cost_accrual\|US10"):
        executed(file, rows, ledger)


def test_a_plan_is_posted_once(file, ledger, erp):
    post(executed(file, ROWS, ledger), ledger, erp.targets())
    with pytest.raises(PlanOvertaken, match="in balance"):
        executed(file, ROWS, ledger)


def test_an_edited_file_is_refused(file):
    told = json.loads(file.read_text())
    told["entries"][0]["content_hash"] = "0" * 64
    file.write_text(json.dumps(told))
    with pytest.raises(ConfigurationError, match="changed after it was written"):
        planfile.read(file, KEY)


@pytest.mark.parametrize("key", [b"", b"another firm's key"])
def test_a_hash_made_without_the_firms_key_is_refused(file, key):
    told = json.loads(file.read_text())
    del told["hash"]
    told["entries"] = told["entries"][:1]
    text = json.dumps(told, sort_keys=True).encode()
    for forged in (
        hashlib.sha256(text).hexdigest(),
        planfile._digest(told, key),
        hmac.digest(KEY, text, "sha256").hex(),  # the key's, for another purpose
    ):
        file.write_text(json.dumps({**told, "hash": forged}))
        with pytest.raises(ConfigurationError, match="changed after it was written"):
            planfile.read(file, KEY)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"hash": 1, "entries": 3}'])
def test_what_is_no_plan_is_refused(tmp_path, text):
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="no plan that Tieout wrote"):
        planfile.read(path, KEY)
