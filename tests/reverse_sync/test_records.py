"""Writing records to the sandbox's Kantata and NetSuite over HTTP: once, and right."""

import contextlib
import io
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb
import polars as pl
import pytest
import requests
from rich.console import Console

from dlt_pipelines.core.settings import Instance, Paths
from dlt_pipelines.landing import landing
from dlt_pipelines.reverse_sync import landed, record_recovery, record_run, show
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.record_plan import compare
from dlt_pipelines.reverse_sync.records import RecordWrite
from dlt_pipelines.sandbox.serving import server
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.kantata.client import connect as kantata
from dlt_pipelines.vendors.netsuite.client import RECORD_PATH
from dlt_pipelines.vendors.netsuite.client import connect as netsuite
from dlt_pipelines.vendors.netsuite.records import NetSuiteRecords
from tests.reverse_sync import books

JOB = {
    "code": "P1003", "name": "Project P1003", "customer_id": "502",
    "subsidiary_id": "1", "currency_code": "USD", "department_id": "2",
    "start_date": "2026-01-01", "end_date": "2026-12-31",
    "contract_type": "time_and_materials", "billing_method": "time_and_expenses",
    "tax_code": "US-SERVICES-EXEMPT", "segment_code": "S-DOMESTIC",
}  # fmt: skip
WORKSPACE = {
    "code": "P2001", "name": "Rollout \"A\"", "customer_id": "5002",
    "manager_id": "9001", "currency_code": "USD", "price_amount": "1250.50",
    "start_date": "2026-06-01", "end_date": "2026-12-31",
    "legal_entity_code": "US10", "practice_code": "PR-1",
    "contract_type": "fixed_fee", "billing_method": "milestones",
    "tax_code": "US-SERVICES-EXEMPT", "segment_code": "S-DOMESTIC",
}  # fmt: skip
DRAFT = {
    "customer_id": "502", "project_id": "701", "subsidiary_id": "1",
    "currency_code": "USD", "department_id": "1", "tax_code": "US-SERVICES-EXEMPT",
    "segment_code": "S-DOMESTIC", "description": "Design accepted",
    "amount_milestone": "9000.10", "amount_time": "0",
}  # fmt: skip


def row(kind, system, record_type, fields, record_id=None, **changes) -> dict:
    """A row of adj_desired_records."""
    return {
        "posting_key": f"{kind}|{system}|{record_id or fields.get('code')}",
        "kind": kind, "target_system": system, "record_type": record_type,
        "record_id": record_id, "record_fields": json.dumps(fields),
        "legal_entity_code": "US10", "project_code": fields.get("code"),
        "period_month": date(2026, 6, 1), "posting_date": date(2026, 6, 9),
        "policy_action": "post", "hold_reason": None, "hold_owner": None,
        "correlation_id": "project:P1", **changes,
    }  # fmt: skip


SHELLS = {
    "netsuite": row("project_shell", "netsuite", "project", JOB),
    "kantata": row("project_shell", "kantata", "project", WORKSPACE),
}
PROPOSAL = row("invoice_proposal", "netsuite", "invoice", DRAFT,
               posting_key="invoice_proposal|US10|P1001|milestone|7")  # fmt: skip


@dataclass
class Systems:
    """The sandbox's Kantata and NetSuite."""

    address: str
    instances: list[Instance]

    def disturb(self, kind: str, path: str, **more) -> None:
        answer = requests.post(
            self.address + "/_sandbox/disturb",
            json={"path": path, "kind": kind, **more},
            timeout=5,
        )
        answer.raise_for_status()

    def workspaces(self, code: str) -> list[str]:
        """The projects of Kantata that have a code."""
        client = kantata(self.instances[0])
        pages = client.listing("custom_field_values", {"subject_type": "workspace"})
        return [
            str(value["subject_id"])
            for page in pages
            for value in page.rows
            if (value["custom_field_name"], value["value"]) == ("Project Code", code)
        ]

    def asked(self, suiteql: str) -> list[dict]:
        """Rows of NetSuite."""
        found = netsuite(self.instances[1]).query(suiteql)["items"]
        return [{k: v for k, v in item.items() if k != "links"} for item in found]

    def held(self, system: str) -> int:
        """How many records of P2001 or P1003 there are."""
        if system == "kantata":
            return len(self.workspaces("P2001"))
        return len(self.asked("select id from job where entityid = 'P1003'"))


@pytest.fixture
def systems(tmp_path):
    firm = books.firm()
    for number, customer in enumerate(firm.customers.values(), 5001):
        customer.kantata_id = str(number)
    for number, project in enumerate(firm.projects.values(), 3701):
        project.kantata_id = str(number)
    firm.people["E1"].kantata_id = "9001"
    host = Host(firm, tmp_path / "written.sqlite")
    with server.running(host, only={"netsuite", "kantata"}) as addresses:
        instances = [addresses.instance(v) for v in ("kantata", "netsuite")]
        yield Systems(addresses.plain, instances)


def write(rows, ledger, systems, landed=(), **options):
    planned = compare(rows, ledger, **options)
    return record_run.post_records(
        planned, ledger, systems.instances, landed, wait=lambda _: None
    )


@pytest.mark.parametrize("width", [80, 100])
def test_a_plan_of_records_is_readable_on_a_narrow_terminal(ledger, width):
    key = "invoice_proposal|US10|P1001|kantata:kantata:milestone:66001"
    edited = row("master_data", "kantata", "project", {"name": "R"}, "701",
                 policy_action="hold", hold_reason="edited in kantata, which does "
                 "not own it", hold_owner="Project management office")  # fmt: skip
    out = io.StringIO()
    planned = compare([{**PROPOSAL, "posting_key": key}, edited], ledger)
    Console(file=out, width=width).print(show.records(planned))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert max(map(len, lines)) <= width
    assert {key, "  post"} <= set(lines), "a key can be copied"
    text = " ".join(" ".join(lines).split())
    assert "netsuite, invoice new: customer_id 502, project_id 701," in text
    assert "description Design accepted, amount_milestone 9000.10," in text
    assert (
        "master_data|kantata|701 hold: edited in kantata, which does not own it"
        " (Project management office) kantata, project 701: name R"
    ) in text


def test_what_a_system_lacks_in_which_nobody_writes_is_held_for_a_person(tmp_path):
    paths = Paths(tmp_path)
    paths.published.parent.mkdir()
    rows = [SHELLS["kantata"], {**SHELLS["netsuite"], "target_system": "books"}]
    with duckdb.connect(paths.published) as db:
        db.register("desired", pl.DataFrame(rows, infer_schema_length=None))
        db.execute("create schema adjustments; create schema publication")
        db.execute("create table adjustments.adj_desired_records as from desired")
        db.execute(
            "create table publication.sources as select * from (values"
            " ('kantata', 'kantata'), ('books', 'tryton'))"
            " as told (source_instance, source_system)"
        )
    planned = record_run.make_plan(paths)
    assert [e.desired["target_system"] for e in planned.to_post] == ["kantata"]
    [(held, why)] = [(e.desired["target_system"], e.reason) for e in planned.held]
    assert (held, why) == ("books", record_run.BY_HAND)


def test_a_job_is_created_with_its_dimensions_and_shows_in_suiteql(ledger, systems):
    (report,) = write([SHELLS["netsuite"]], ledger, systems)
    assert report.refused == []
    (job,) = systems.asked(
        "select id, companyname, customer, subsidiary, custentity_department "
        "from job where entityid = 'P1003'"
    )
    assert job == {"id": report.posted[0].erp_id or ledger.postings()[0].erp_id,
                   "companyname": "Project P1003", "customer": "502",
                   "subsidiary": "1", "custentity_department": "2"}  # fmt: skip


def test_a_workspace_is_created_with_its_custom_fields(ledger, systems):
    write([SHELLS["kantata"]], ledger, systems)
    (id_,) = systems.workspaces("P2001")
    assert ledger.postings()[0].erp_id == id_
    client = kantata(systems.instances[0])
    params = {"include": "primary_maven,primary_workspace_group"}
    (made,) = client.page(f"workspaces/{id_}", params).rows
    assert (made["title"], made["price_in_cents"]) == ('Rollout "A"', 125050)
    assert made["primary_maven_id"] == "9001"
    assert made["primary_workspace_group_id"] == "5002"
    values = client.page("custom_field_values", {"subject_type": "workspace"}).rows
    own = {v["custom_field_name"]: v["value"] for v in values
           if str(v["subject_id"]) == id_}  # fmt: skip
    assert own["Legal Entity"] == "US10"
    assert own["Billing Method"] == "milestones"
    assert own["Tax Code"] == "US-SERVICES-EXEMPT"


@pytest.mark.parametrize("system", SHELLS)
def test_a_repeat_creates_nothing(ledger, systems, system):
    for _ in range(3):
        write([SHELLS[system]], ledger, systems)
    assert systems.held(system) == 1


@pytest.mark.parametrize("kind", ["lose_answer", "500", "429"])
@pytest.mark.parametrize(
    ("system", "path", "skip"),
    # Kantata: the first request to /workspaces is the create; NetSuite: the second.
    [("kantata", "v1/workspaces", 0), ("netsuite", "v1/job", 1)],
)
def test_a_lost_answer_is_asked_for(ledger, systems, system, path, skip, kind):
    systems.disturb(kind, path, skip=skip)
    (report,) = write([SHELLS[system]], ledger, systems)
    assert len(report.posted) == 1
    assert systems.held(system) == 1
    outcomes = [r["outcome"] for r in ledger.history(report.posted[0].posting_id)]
    assert "uncertain" in outcomes
    assert outcomes[-1] == "posted"


@pytest.mark.parametrize("system", SHELLS)
@pytest.mark.parametrize("sent", [False, True])
def test_a_killed_writer_is_finished_by_the_next(ledger, systems, system, sent):
    """Killed at the door of the call, or with the answer on its way."""
    planned = compare([SHELLS[system]], ledger)
    (entry,) = planned.to_post
    known = {i.name: i for i in systems.instances}
    target = record_run.open_target(known[system])
    ledger.intend(entry.intents, target.name)
    if sent:
        target.post([entry.intents[0].document])
    (report,) = write([SHELLS[system]], ledger, systems)
    assert len(report.resolved) == 1
    assert systems.held(system) == 1
    assert write([SHELLS[system]], ledger, systems) == []


# A ledger that was lost ---------------------------------------------------------------


@pytest.fixture
def lost(ledger):
    """A new ledger in the place of one that is lost."""
    with contextlib.closing(Ledger(ledger.path.with_name("lost.sqlite"))) as opened:
        yield opened


def raw_of(ledger, path):
    """What raw is told of a ledger, by a landing."""
    landing.declare(Paths(path))
    with contextlib.closing(duckdb.connect(Paths(path).land)) as raw:
        for row in landed.rows(ledger)["postings"]:
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            raw.execute(
                f"insert into raw.ledger__postings ({names}) values ({marks})",
                list(row.values()),
            )
    return record_recovery.landed(Paths(path).land)


def take_up(rows, ledger, systems, known=()):
    for instance in systems.instances:
        target = record_run.open_target(instance)
        ours = [r for r in rows if r["target_system"] == instance.name]
        told = record_recovery.recover(target, ledger, ours, known)
        ledger.recover(told.found, told.ends, target.name)


def stopped(rows, ledger, systems, known=()):
    """Nothing is written, and the run says so."""
    before = len(ledger.postings())
    reports = write(rows, ledger, systems, landed=known)
    errors = [error for report in reports for error in report.errors]
    assert {error.exit_code for error in errors} == {4}
    assert "tieout ledger recover" in errors[0].do
    assert len(ledger.postings()) == before


CREATED = {**SHELLS, "invoice": PROPOSAL}


@pytest.mark.parametrize("name", CREATED)
def test_a_lost_ledger_writes_nothing_until_it_knows_what_was_created(
    ledger, lost, systems, name
):
    made = CREATED[name]
    new = {
        "netsuite": row("master_data", "netsuite", "project", {"name": "N"}, "701"),
        "kantata": row("master_data", "kantata", "project", {"name": "N"}, "3702"),
    }[made["target_system"]]
    write([made], ledger, systems)
    stopped([made, new], lost, systems)
    take_up([made, new], lost, systems)
    (known,) = lost.postings()
    assert (known.status, known.detail) == ("posted", "recovered from the ERP")
    assert known.erp_id == ledger.postings()[0].erp_id
    assert known.external_id == ledger.postings()[0].external_id
    assert compare([made], lost).entries == []
    (report,) = write([made, new], lost, systems)
    assert [p.posting_key for p in report.posted] == [new["posting_key"]]


@pytest.mark.parametrize("system", SHELLS)
def test_what_was_created_under_a_later_version_is_not_created_again(
    ledger, lost, systems, system
):
    refused = {"netsuite": {"customer_id": "4"}, "kantata": {"manager_id": "9"}}[system]
    fields = json.loads(SHELLS[system]["record_fields"])
    wrong = SHELLS[system] | {"record_fields": json.dumps(fields | refused)}
    write([wrong], ledger, systems)
    write([SHELLS[system]], ledger, systems)
    assert [p.status for p in ledger.postings()] == ["failed", "posted"]
    stopped([SHELLS[system]], lost, systems)
    take_up([SHELLS[system]], lost, systems)
    assert [p.version for p in lost.postings()] == [2]
    assert write([SHELLS[system]], lost, systems) == []
    assert systems.held(system) == 1


def named(name: str) -> dict:
    return row("master_data", "netsuite", "project", {"name": name}, "701",
               posting_key="master_data|netsuite|project|P1001|name")  # fmt: skip


def name_of_701(systems) -> str:
    ((told),) = systems.asked("select companyname from job where id = 701")
    return told["companyname"]


def edited(systems, name: str) -> None:
    """A person changes the name in NetSuite."""
    client = netsuite(systems.instances[1])
    client.send("PATCH", f"{RECORD_PATH}/job/701", json={"companyName": name})


@pytest.mark.parametrize("is_older", [False, True])
def test_what_a_person_changed_since_is_not_overwritten_after_a_loss(
    ledger, lost, systems, tmp_path, is_older
):
    """The snapshot is of before the person's edit; raw knows what was written."""
    if is_older:
        for one in (ledger, lost):
            write([named("First")], one, systems)
    write([named("Ours")], ledger, systems)
    edited(systems, "Theirs")
    known = raw_of(ledger, tmp_path / "raw")
    stopped([named("Ours")], lost, systems, known)
    assert name_of_701(systems) == "Theirs"
    take_up([named("Ours")], lost, systems, known)
    assert write([named("Ours")], lost, systems, landed=known) == []
    assert name_of_701(systems) == "Theirs"
    write([named("Later")], lost, systems, landed=known)  # its owner's new word
    assert name_of_701(systems) == "Later"


def test_versions_are_taken_up_in_their_order(ledger, lost, systems, tmp_path):
    write([named("Ours")], ledger, systems)
    (told,) = raw_of(ledger, tmp_path / "raw")
    versions = [told | {"version": n, "external_id": f"TIEOUT-{n}"} for n in (10, 2)]
    take_up([named("Ours")], lost, systems, versions)
    assert [p.version for p in lost.postings()] == [2, 10]


def test_a_record_that_a_person_deleted_since_is_known_by_raw(
    ledger, lost, systems, tmp_path, monkeypatch
):
    write([SHELLS["netsuite"]], ledger, systems)
    known = raw_of(ledger, tmp_path / "raw")
    monkeypatch.setattr(NetSuiteRecords, "held", lambda self: [])
    stopped([SHELLS["netsuite"]], lost, systems, known)
    take_up([SHELLS["netsuite"]], lost, systems, known)
    assert compare([SHELLS["netsuite"]], lost).entries == []


def test_a_value_of_which_an_earlier_release_landed_no_content_waits_for_somebody(
    ledger, lost, systems, tmp_path
):
    write([named("Ours")], ledger, systems)
    edited(systems, "Theirs")
    known = [
        told | {"content_hash": None, "target": None}
        for told in raw_of(ledger, tmp_path / "raw")
    ]
    stopped([named("Ours")], lost, systems, known)
    take_up([named("Ours")], lost, systems, known)
    (held,) = compare([named("Ours")], lost).held
    assert "as what nobody knows" in held.reason
    write([named("Ours")], lost, systems, landed=known, retry_refused=True)
    assert name_of_701(systems) == "Ours"


@pytest.mark.parametrize("system", SHELLS)
def test_records_of_other_books_and_of_keys_nobody_desires_stop_nothing(
    ledger, systems, system, tmp_path
):
    """Another firm's, or those of another region that writes in the same system."""
    with contextlib.closing(Ledger(tmp_path / "b.sqlite", books="bbbb")) as theirs:
        write([SHELLS[system]], theirs, systems)
    ledger.books = "aaaa"
    other = row("master_data", system, "project", {"name": "N"},
                {"netsuite": "701", "kantata": "3702"}[system])  # fmt: skip
    (report,) = write([other], ledger, systems)
    assert (len(report.posted), report.errors) == (1, [])
    take_up([SHELLS[system], other], ledger, systems)
    assert len(ledger.postings()) == 1
    ledger.books = "bbbb"
    assert write([other], ledger, systems) == []


def test_raw_without_a_ledger_tells_of_no_records(tmp_path):
    assert record_recovery.landed(tmp_path / "none.duckdb") == []
    duckdb.connect(tmp_path / "empty.duckdb").close()
    assert record_recovery.landed(tmp_path / "empty.duckdb") == []


# --------------------------------------------------------------------------------------


def test_journals_can_be_posted_to_a_job_that_was_created(ledger, systems):
    write([SHELLS["netsuite"]], ledger, systems)
    client = netsuite(systems.instances[1])
    body = {
        "externalId": "TIEOUT-1", "subsidiary": {"id": "1"}, "tranDate": "2026-06-09",
        "line": {"items": [
            {"account": {"id": "104"}, "debit": 5,
             "entity": {"id": ledger.postings()[0].erp_id}},
            {"account": {"id": "102"}, "credit": 5},
        ]},
    }  # fmt: skip
    client.send("POST", f"{RECORD_PATH}/journalEntry", json=body)
    entity = "select entity from transactionline where entity = "
    assert systems.asked(f"{entity}{ledger.postings()[0].erp_id}")


def test_a_milestone_becomes_one_draft_invoice_that_does_not_post(ledger, systems):
    for _ in range(3):
        write([PROPOSAL], ledger, systems)
    (draft,) = systems.asked(
        "select id, type, posting, entity, externalid from transaction "
        "where type = 'CustInvc'"
    )
    assert draft["posting"] == "F"
    assert draft["entity"] == "502"
    assert draft["externalid"].startswith("TIEOUT-")
    (income,) = systems.asked(
        "select credit, posting from transactionaccountingline "
        f"where transaction = {draft['id']} and credit is not null"
    )
    assert income == {"credit": "9000.10", "posting": "F"}


def test_a_changed_proposal_makes_no_second_draft_and_says_so(ledger, systems):
    write([PROPOSAL], ledger, systems)
    more = PROPOSAL | {
        "record_fields": json.dumps(DRAFT | {"amount_milestone": "1.00"})
    }
    (held,) = compare([more], ledger).held
    assert "has changed since" in held.reason
    assert write([more], ledger, systems) == []


def test_values_are_set_in_a_record_that_exists(ledger, systems):
    rows = [
        row("master_data", "netsuite", "project", {"name": "New name"}, "701"),
        row("master_data", "netsuite", "customer", {"parent_id": "502"}, "501"),
        row("master_data", "kantata", "project", {"name": "Other"}, "3702"),
    ]
    reports = write(rows, ledger, systems)
    assert [len(report.posted) for report in reports] == [1, 2]
    assert systems.asked("select companyname from job where id = 701") == [
        {"companyname": "New name"}
    ]
    assert systems.asked("select parent from customer where id = 501") == [
        {"parent": "502"}
    ]
    (changed,) = kantata(systems.instances[0]).page("workspaces/3702", {}).rows
    assert changed["title"] == "Other"


def test_a_record_that_has_its_value_already_is_sent_nothing(ledger, systems):
    same = row("master_data", "netsuite", "project", {"name": "Project P1001"}, "701")
    (report,) = write([same], ledger, systems)
    (posting,) = report.posted
    assert [r["outcome"] for r in ledger.history(posting.posting_id)] == ["posted"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (row("project_shell", "netsuite", "project", JOB | {"customer_id": "4"}),
         "Invalid Field Value 4"),
        (row("project_shell", "kantata", "project", WORKSPACE | {"manager_id": "9"}),
         "primary_maven_id is invalid"),
        (row("master_data", "kantata", "project", {"name": "x"}, "404404"), "404"),
    ],
)  # fmt: skip
def test_what_a_system_refuses_is_held_until_it_changes(ledger, systems, wrong, told):
    (report,) = write([wrong], ledger, systems)
    ((_, why),) = report.refused
    assert told in why
    (held,) = compare([wrong], ledger).held
    assert held.reason.startswith("refused by")
    assert write([wrong], ledger, systems) == []


def test_a_new_value_is_written_on_top_and_back_again(ledger, systems):
    for name in ("B", "C", "B"):
        change = row("master_data", "netsuite", "project", {"name": name}, "701")
        write([change], ledger, systems)
        assert systems.asked("select companyname from job where id = 701") == [
            {"companyname": name}
        ]
    assert [p.version for p in ledger.postings()] == [1, 2, 3]


def test_what_is_held_by_policy_is_never_sent(ledger, systems):
    held = SHELLS["netsuite"] | {"policy_action": "hold", "hold_reason": "policy"}
    assert write([held], ledger, systems) == []
    assert ledger.postings() == []
    assert systems.held("netsuite") == 0


def test_a_write_survives_the_ledger_to_the_last_letter(ledger):
    entry = compare([SHELLS["kantata"]], ledger).to_post[0]
    (posting,) = ledger.intend(entry.intents, "kantata.records")
    assert posting.document == entry.intents[0].document
    assert isinstance(posting.document, RecordWrite)
    assert posting.amount == Decimal(0)


def test_a_written_value_that_was_edited_since_is_an_exception(ledger, systems):
    wanted = row("master_data", "netsuite", "project", {"name": "Renamed"}, "701")
    write([wanted], ledger, systems)
    assert compare([wanted], ledger).entries == []
    reason = "edited in netsuite, which does not own it"
    edited = wanted | {"policy_action": "hold", "hold_reason": reason}
    (held,) = compare([edited], ledger).held
    assert held.reason == reason
    assert write([edited], ledger, systems) == []


def test_what_was_created_stays_so_when_policy_holds_its_kind_later(ledger, systems):
    write([PROPOSAL], ledger, systems)
    assert compare([PROPOSAL | {"policy_action": "hold"}], ledger).entries == []
