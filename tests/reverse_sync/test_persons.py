"""Who approves on the command line: the account that runs it, and nothing it says."""

import contextlib
import csv
import json
import os
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.reverse_sync import approvals
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import plan
from dlt_pipelines.warehouse.policies.people import Person
from tests.dashboards import stub
from tests.end_to_end.conftest import Firm
from tests.policy_seeds import seeds_with
from tests.product import copy_of_product

KEY = "labour_cost_accrual|US10|P1004|2026-05"
CFO = {"LOGNAME": "cfo@firm.example", "USER": "cfo@firm.example", "SUDO_UID": "1"}
TWO_ARE_NEEDED = "update adjustments.adj_desired_postings set approvals_needed = 2"
SERVICE = Person("service@firm.example", frozenset({"service@firm.example"}), True)


@pytest.fixture
def firm(tmp_path) -> Firm:
    """A firm with a snapshot in which an entry waits for its approval."""
    firm = Firm(tmp_path / "work")
    firm.published.parent.mkdir(parents=True)
    stub.build(firm.published)
    return firm


@pytest.fixture
def of_people(firm, tmp_path):
    """The same firm, in whose seeds these are the people."""

    def with_rows(*rows: str) -> Firm:
        root = copy_of_product(tmp_path / "root")
        people = "person,account_uid,approver_role,owner\n" + "\n".join(rows)
        seeds_with(root, people=people)
        return Firm(firm.work, root)

    return with_rows


def decisions(work: Path) -> list[tuple[str, str]]:
    with contextlib.closing(Ledger(work / "ledger.sqlite")) as ledger:
        return [(d.decision, d.decided_by) for d in ledger.decisions()]


def test_a_name_in_the_environment_approves_nothing_that_the_account_prepared(firm):
    firm.done("plan", "--submit")
    for variables in ({}, CFO):
        run = firm.tieout("approve", KEY, "--reason", "mine", env=variables)
        assert run.code == 2
        assert f"uid:{os.getuid()} is nobody that seeds/people.csv knows" in run.err
    assert decisions(firm.work) == [("prepared", f"uid:{os.getuid()}")]


def test_a_person_with_a_row_approves_once_under_whatever_name(of_people):
    me = f"controller@firm.example,{os.getuid()},,Finance"
    firm = of_people(me, "cfo@firm.example,,,Finance")
    with duckdb.connect(str(firm.published)) as snapshot:
        snapshot.execute(TWO_ARE_NEEDED)
    with contextlib.closing(Ledger(firm.work / "ledger.sqlite")) as ledger:
        approvals.prepare(plan(firm.published, ledger).to_approve, ledger, SERVICE)
    firm.done("approve", KEY, "--reason", "agreed")
    again = firm.tieout("approve", KEY, "--reason", "and again", env=CFO)
    assert (again.code, "controller@firm.example has approved" in again.err) == (
        2,
        True,
    )
    assert decisions(firm.work)[1:] == [("approved", "controller@firm.example")]


def test_what_a_persons_account_submitted_he_may_not_approve_by_it(of_people):
    firm = of_people(f"controller@firm.example,{os.getuid()},,Finance")
    firm.done("plan", "--submit")
    run = firm.tieout("approve", KEY, "--reason", "mine", env=CFO)
    assert (run.code, "controller@firm.example prepared" in run.err) == (2, True)
    several = firm.tieout("approve", "--entity", "US10", "--reason", "mine", "--yes")
    assert (several.code, "1 left out: prepared by you" in several.out) == (2, True)
    assert [what for what, _ in decisions(firm.work)] == ["prepared"]


def test_several_are_summed_and_asked_about_before_any_is_approved(of_people):
    firm = of_people(f"controller@firm.example,{os.getuid()},,Finance")
    with contextlib.closing(Ledger(firm.work / "ledger.sqlite")) as ledger:
        approvals.prepare(plan(firm.published, ledger).to_approve, ledger, SERVICE)
    chosen = ("approve", "--kind", "labour_cost_accrual", "--period", "2026-05",
              "--below", "30000", "--reason", "the month is checked")  # fmt: skip
    unanswered = firm.tieout(*chosen)
    assert unanswered.code == 1
    assert "Approve these 1 as controller@firm.example?" in unanswered.out
    assert [what for what, _ in decisions(firm.work)] == ["prepared"]

    told = firm.done(*chosen, "--yes").out
    assert (
        "labour cost accrual   US10     USD         1   25,000.00   25,000.00" in told
    )
    assert KEY in told
    assert decisions(firm.work)[1:] == [("approved", "controller@firm.example")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Name posting keys, or choose by"),
        ((KEY, "--entity", "US10"), "not both"),
        (("--below", "lots"), "«lots» is no amount"),
        (("--below", "25000"), "nothing that awaits approval is chosen"),
        (("--period", "May"), "«May» is no month"),
    ],
)
def test_a_choice_that_takes_nothing_or_everything_decides_nothing(firm, words, said):
    firm.done("plan", "--submit")
    run = firm.tieout("reject", *words, "--reason", "no", "--yes")
    assert (run.code, said in run.err) == (2, True)


def test_the_plan_shows_the_key_that_approve_asks_for(firm):
    told = firm.tieout("plan", env={"COLUMNS": "100"}).out
    assert f" {KEY} " in told
    rows = json.loads(firm.done("plan", "--format", "json").out)
    listed = list(csv.DictReader(firm.done("plan", "--format", "csv").out.splitlines()))
    assert [row["posting_key"] for row in rows] == [r["posting_key"] for r in listed]
    waits = next(row for row in listed if row["posting_key"] == KEY)
    assert (waits["amount"], waits["action"]) == ("25000.00", "approve")
