"""Two ERPs over HTTP, whose ids are the same: each gets its own, exactly once."""

import contextlib
from dataclasses import replace
from decimal import Decimal

import pytest

from dlt_pipelines.core.errors import ConfigurationError, Unreachable
from dlt_pipelines.reverse_sync import choosing, lacking, planfile, recovery, run
from dlt_pipelines.reverse_sync.choosing import Filter
from dlt_pipelines.reverse_sync.dispatch import dispatch
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import Plan, compare
from dlt_pipelines.reverse_sync.planfile import PlanOvertaken
from dlt_pipelines.reverse_sync.postings import NOUGHT, Decision
from dlt_pipelines.sandbox.serving.host import Host
from tests.reverse_sync import books
from tests.reverse_sync.conftest import Erp, desired

US, EU = "erp_us", "erp_eu"
CHARGE = {
    "kind": "intercompany",
    "project_code": None,
    "erp_project_id": None,
    "erp_department_id": None,
    "desired_hours": Decimal(0),
    "desired_amount": Decimal("90.00"),
}
OTHERS = {
    "legal_entity_code": "UK20",
    "target_instance": EU,  # whose subsidiary 1 it is
    "posting_key": "labour_cost_accrual|UK20|P1001|2026-05",
}


@pytest.fixture
def erps(tmp_path):
    """Both ERPs by name."""
    with contextlib.ExitStack() as stack:
        made = {}
        for name in (US, EU):
            host = Host(books.firm(), tmp_path / f"{name}.sqlite")
            at = stack.enter_context(books.serving(host))
            instance = replace(at.instance("netsuite"), name=name)
            made[name] = Erp(host, at.plain, instance)
        yield made


def ours(**changes) -> dict:
    return desired(target_instance=US, **changes)


def theirs(**changes) -> dict:
    return desired(**{**OTHERS, **changes})


def legs(us=(), eu=()) -> list[dict]:
    """Both legs of what UK20 owes US10 for May."""
    due = "intercompany|US10|-|2026-05|to UK20"
    owed = "intercompany|UK20|-|2026-05|from US10"
    return [
        ours(**{**CHARGE, "posting_key": due, **dict(us)}),
        theirs(**{**CHARGE, "posting_key": owed, **dict(eu)}),
    ]


def post(rows, ledger, erps, **options):
    """Plan and post as the commands do."""

    def sessions(name):
        if name not in erps:
            raise ConfigurationError(f"there is no {name}", "configure it.")
        return erps[name].targets()

    plan = compare(rows, ledger, **options.pop("plan", {}))
    return dispatch(plan, ledger, sessions, wait=lambda _: None, **options)


def silent(erp: Erp) -> Erp:
    """The ERP where nobody answers."""
    options = {**erp.instance.options, "base_url": "http://127.0.0.1:9"}
    return replace(erp, instance=replace(erp.instance, options=options))


def decide(entry, ledger, what, by) -> None:
    row = (entry.posting_key, entry.content_hash, what, by, None, entry.largest, "USD")
    ledger.decide([Decision(*row)])


def held(erps) -> dict[str, int]:
    return {name: len(erp.journals()) for name, erp in erps.items()}


def reasons(rows, ledger) -> dict[str, str]:
    return {
        e.desired["legal_entity_code"]: e.reason for e in compare(rows, ledger).held
    }


def test_each_posting_reaches_the_erp_of_its_entity_and_no_other(ledger, erps):
    rows = [
        ours(),
        ours(month=6, posting_key="k|US10|-|2026-06"),
        theirs(amount="7.00"),
    ]
    reports = post(rows, ledger, erps)
    assert held(erps) == {US: 2, EU: 1}
    assert run.lines(reports) == [
        f"{EU}: UK20: 1 journal posted, 7.00 USD",
        f"{US}: US10: 2 journals posted, 374.10 USD",
    ]
    assert {p.target for p in ledger.postings()} == {US, EU}
    post(rows, ledger, erps)
    assert held(erps) == {US: 2, EU: 1}


def test_an_erp_that_is_silent_does_not_stop_the_other(ledger, erps):
    rows = [ours(), theirs()]
    reports = post(rows, ledger, {**erps, EU: silent(erps[EU])})
    assert isinstance(reports[EU].stopped, Unreachable)
    assert reports[US].errors == []
    assert held(erps) == {US: 1, EU: 0}
    post(rows, ledger, erps)
    assert held(erps) == {US: 1, EU: 1}


def test_nothing_goes_to_an_erp_that_could_not_be_landed(ledger, erps):
    rows = [ours(), theirs(), *legs()]
    reports = post(rows, ledger, erps, away={EU})
    assert held(erps) == {US: 1, EU: 0}
    told = "\n".join(run.lines(reports))
    assert "not posted intercompany|US10|-|2026-05|to UK20: its other leg" in told
    post(rows, ledger, erps)
    assert held(erps) == {US: 2, EU: 2}


def test_an_erp_that_nobody_configured_is_named_and_stops_itself_alone(ledger, erps):
    reports = post([ours(), theirs(target_instance="gone")], ledger, erps)
    assert reports["gone"].errors[0].what == "there is no gone"
    assert held(erps) == {US: 1, EU: 0}


def test_what_is_held_asks_no_erp_that_nobody_configured(ledger, erps):
    no_erp = {"policy_action": "hold", "hold_reason": "no ERP"}
    assert post([theirs(target_instance="gone", **no_erp)], ledger, erps) == {}
    post([ours()], ledger, erps)
    assert compare([], ledger).held[0].target == US  # no model mentions it any more
    assert post([], ledger, {}) == {}


def test_what_one_erp_holds_and_the_ledger_lacks_stops_only_there(
    ledger, erps, tmp_path
):
    rows = [ours(), theirs()]
    with contextlib.closing(Ledger(tmp_path / "lost.sqlite")) as lost:
        post([theirs()], lost, erps)
    reports = post(rows, ledger, erps)
    (stop,) = reports[EU].lacking
    assert (stop.subsidiary_id, stop.legal_entity_code) == ("1", "UK20")
    assert (reports[US].errors, held(erps)) == ([], {US: 1, EU: 1})
    for name, count in ((US, 0), (EU, 1)):
        (target,) = erps[name].targets()
        mine = [row for row in rows if row["target_instance"] == name]
        found = recovery.recover(target, ledger, mine, set())
        assert [intent.legal_entity_code for intent in found.found] == ["UK20"] * count
        ledger.recover(found.found, found.ends, name)
    assert post(rows, ledger, erps) == {}
    assert held(erps) == {US: 1, EU: 1}


def test_a_journal_that_another_erp_was_sent_is_lacking_and_never_taken_up(
    ledger, erps
):
    post([ours()], ledger, erps)
    (target,) = erps[EU].targets()
    target.post([ledger.postings()[0].document])  # by hand, say
    plan = Plan(compare([theirs()], ledger).entries)
    (stop,) = lacking.journals(target, ledger, plan)
    assert len(stop.journals) == 1
    found = recovery.recover(target, ledger, [theirs()], set())
    assert not found
    assert found.unclear[0][1].endswith(f"sent to {US}")


def test_an_entity_whose_erp_changed_is_held_while_the_old_one_holds_postings(
    ledger, erps
):
    post([ours()], ledger, erps)
    moved = desired(target_instance=EU)
    assert reasons([moved], ledger) == {"US10": f"posted in another ERP: {US}"}
    more = desired("200.00", target_instance=EU)
    assert reasons([more], ledger) == {"US10": f"posted in another ERP: {US}"}
    post([ours(amount="0", hours="0")], ledger, erps)  # taken back where it stands
    post([more], ledger, erps)
    assert held(erps) == {US: 2, EU: 1}


def test_an_entity_without_an_erp_is_held(ledger):
    row = desired(target_instance=None, erp_subsidiary_id=None)
    assert reasons([row], ledger) == {"US10": "legal entity has no ERP"}


def test_both_legs_of_a_charge_are_posted_each_in_its_books(ledger, erps):
    post(legs(), ledger, erps)
    assert held(erps) == {US: 1, EU: 1}
    assert post(legs(), ledger, erps) == {}


def test_a_plan_in_a_file_has_both_legs_or_is_refused(ledger, tmp_path):
    file, key = tmp_path / "plan.json", b"key"
    in_balance = legs(eu={"desired_amount": Decimal(0)})
    planfile.write(compare(in_balance, ledger), file, key, snapshot="s", user="ada")
    assert (
        len(planfile.read(file, key).execute(compare(in_balance, ledger)).to_post) == 1
    )
    with pytest.raises(PlanOvertaken, match="the other leg is in the file"):
        planfile.read(file, key).execute(compare(legs(), ledger))


def test_a_leg_waits_for_one_that_may_not_go(ledger, erps):
    held_by_policy = {"policy_action": "hold", "hold_reason": "period closed"}
    rows = legs(eu=held_by_policy)
    post(rows, ledger, erps)
    assert held(erps) == {US: 0, EU: 0}
    owed = rows[1]["posting_key"]
    told = f"its other leg waits: {owed}, hold: period closed"
    assert reasons(rows, ledger)["US10"] == told
    waiting = legs(eu={"approval_threshold_amount": None, "approvals_needed": 1})
    assert "approve: " in reasons(waiting, ledger)["US10"]


def test_legs_of_other_periods_wait_for_each_other_all_together(ledger, erps):
    """US10 has calendar months, UK20 periods of four weeks: two end in May."""
    due, *_ = legs()
    begun, ended = (
        theirs(**{**CHARGE, "posting_key": f"intercompany|UK20|-|{day}|from US10"})
        for day in ("2026-04-06", "2026-05-04")
    )
    held_by_policy = {"policy_action": "hold", "hold_reason": "period closed"}
    rows = [due, begun, {**ended, **held_by_policy}]
    post(rows, ledger, erps)
    assert held(erps) == {US: 0, EU: 0}
    assert (
        f"its other leg waits: {ended['posting_key']}" in reasons(rows, ledger)["US10"]
    )
    rows = [due, begun, ended]
    post(rows, ledger, {**erps, EU: silent(erps[EU])})
    assert held(erps) == {US: 0, EU: 0}
    post(rows, ledger, erps)
    assert held(erps) == {US: 1, EU: 2}
    later = {**CHARGE, "posting_key": "intercompany|UK20|-|2026-06-01|from US10"}
    more = [*rows, {**theirs(**later), **held_by_policy}]
    assert [entry.posting_key for entry in compare(more, ledger).entries] == [
        later["posting_key"]
    ]  # what stands is not said to stand alone


@pytest.mark.parametrize("name", [US, EU])
def test_no_leg_goes_while_one_of_the_erps_is_silent(ledger, erps, name):
    reports = post(legs(), ledger, {**erps, name: silent(erps[name])})
    assert held(erps) == {US: 0, EU: 0}
    assert ledger.postings() == []
    assert sum(len(report.left) for report in reports.values()) == 2
    post(legs(), ledger, erps)
    assert held(erps) == {US: 1, EU: 1}


def test_no_leg_goes_where_the_ledger_lacks_journals_of_its_entity(
    ledger, erps, tmp_path
):
    with contextlib.closing(Ledger(tmp_path / "lost.sqlite")) as lost:
        post([theirs()], lost, erps)
    reports = post(legs(), ledger, erps)
    assert held(erps) == {US: 0, EU: 1}
    assert reports[EU].errors[0].exit_code == 4


def test_an_entity_that_is_stopped_keeps_its_name_when_charges_are_posted_beside_it(
    ledger, erps, tmp_path
):
    stopped = theirs(legal_entity_code="DE30", erp_subsidiary_id="2",
                     posting_key="labour_cost_accrual|DE30|P1001|2026-05")  # fmt: skip
    with contextlib.closing(Ledger(tmp_path / "lost.sqlite")) as lost:
        post([stopped], lost, erps)
    reports = post([stopped, *legs()], ledger, erps)
    assert held(erps) == {US: 1, EU: 2}
    assert [stop.legal_entity_code for stop in reports[EU].lacking] == ["DE30"]


def test_a_leg_whose_answer_was_late_is_not_said_to_be_missing(ledger, erps):
    """UK20's is posted, and what reads it back gets no answer."""

    class Dies:
        def __init__(self, target):
            self.target, self.has_posted = target, False

        def __getattr__(self, name):
            return getattr(self.target, name)

        def post(self, documents):
            self.has_posted = True
            return self.target.post(documents)

        def find(self, documents):
            if self.has_posted:
                raise Unreachable("no answer", "wait")
            return self.target.find(documents)

    def sessions(name):
        (target, *_) = erps[name].targets()
        return [Dies(target) if name == EU else target]

    rows = legs()
    reports = dispatch(compare(rows, ledger), ledger, sessions, wait=lambda _: None)
    assert held(erps) == {US: 0, EU: 1}
    due, owed = (row["posting_key"] for row in rows)
    assert (reports[US].left, reports[EU].left) == ([(due, f"{owed} is, alone")], [])
    post(rows, ledger, erps)
    assert held(erps) == {US: 1, EU: 1}


def test_a_ledger_that_is_gone_in_the_end_takes_no_report_with_it(
    ledger, erps, monkeypatch
):
    postings = ledger.postings

    def gone_once_all_is_posted():
        held = postings()
        if [p.status for p in held] == ["posted", "posted"]:
            raise Unreachable("the ledger's server went away", "start it.")
        return held

    monkeypatch.setattr(ledger, "postings", gone_once_all_is_posted)
    reports = post(legs(), ledger, erps)
    assert [len(report.posted) for report in reports.values()] == [1, 1]


def test_a_leg_that_is_refused_keeps_the_other_from_going(ledger, erps):
    # UK20's goes first, as its key does.
    post(legs(eu={"debit_account_number": "9999"}), ledger, erps)
    assert held(erps) == {US: 0, EU: 0}


def test_a_leg_that_stands_alone_is_named_until_the_other_is_posted(ledger, erps):
    broken = legs(us={"debit_account_number": "9999"})
    reports = post(broken, ledger, erps)
    assert held(erps) == {US: 0, EU: 1}
    due, owed = (row["posting_key"] for row in broken)
    assert reports[US].left == [(due, f"{owed} is, alone")]
    assert reasons(broken, ledger)["US10"].startswith("refused by ERP: ")
    (alone,) = compare(broken, ledger).to_approve
    assert alone.posting_key == owed
    assert f"its other leg is not as desired: {due}, hold: refused" in alone.reason
    post(legs(), ledger, erps)  # the account was corrected
    assert held(erps) == {US: 1, EU: 1}
    assert compare(legs(), ledger).entries == []


def test_a_leg_that_stands_alone_is_taken_back_by_whoever_names_it(ledger, erps):
    broken = legs(us={"debit_account_number": "9999"})
    post(broken, ledger, erps)
    (alone,) = compare(broken, ledger).to_approve
    assert (alone.amount, alone.action) == (Decimal("-90.00"), "approve")
    choice = choosing.choose([alone], Filter(kind="intercompany"), lambda _: None)
    assert choice.entries == []
    decide(alone, ledger, "prepared", "ada@example.com")
    decide(alone, ledger, "approved", "bob@example.com")
    post(broken, ledger, erps)
    assert held(erps) == {US: 0, EU: 2}
    assert ledger.positions()[alone.posting_key].posted == NOUGHT
    told = reasons(broken, ledger)
    assert told["UK20"].startswith("its other leg waits: ")
    post(broken, ledger, erps)
    assert held(erps) == {US: 0, EU: 2}
    post(legs(), ledger, erps)
    assert held(erps) == {US: 1, EU: 3}
    assert compare(legs(), ledger).entries == []
