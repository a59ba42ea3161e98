"""What Certinia says in a PSA's words, landed twice: what the firm did, all of it.

The firm's time, plans and bills go to its organisation and come back as contracts, by
its feeds, real landing and the SQL of its models, without dbt.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from dlt_pipelines.core.settings import ROOT, Paths
from dlt_pipelines.landing.landing import Landing, land
from dlt_pipelines.sandbox.firm.model import Firm
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.server import running
from dlt_pipelines.sandbox.simulation import simulate
from dlt_pipelines.vendors.certinia.sandbox.records import id_of
from tests.mutants.rendering import Renderer

VENDOR = "certinia"
FOLDERS = ("models/staging/certinia", "models/staging/landing")
STATES = {"cancelled": "unsubmitted"}  # a timecard that was recalled is saved again
# Two days of one week: the second time only what changed is read.
CLOCKS = [datetime(2025, 1, day, 6, tzinfo=UTC) for day in (14, 16)]


def contracts(landed: Paths) -> duckdb.DuckDBPyConnection:
    """The vendor's models as views over what was landed."""
    renderer = Renderer()
    renderer._env.globals["source"] = lambda of, table: (
        f"land.raw._{table}" if of == "landing" else f"land.raw.{of}__{table}"
    )
    for folder in FOLDERS:
        files = (ROOT / folder).glob("*.sql")
        renderer.models |= {file.stem: file for file in files}
    db = duckdb.connect()
    db.execute(f"attach '{landed.land}' as land (read_only)")
    db.execute("create schema given")
    made: set[str] = set()

    def make(model: str) -> None:
        sql, reads = renderer.render(model), sorted(renderer.relations)
        for read in reads:
            if read not in made:
                make(read)
        db.execute(f"create view given.{model} as {sql}")
        made.add(model)

    for model in sorted(renderer.models):
        if model.startswith(f"{VENDOR}__psa_") and model not in made:
            make(model)
    return db


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """The firm of each clock, and what the contracts say of it once it is landed."""
    folder = tmp_path_factory.mktemp("certinia")
    paths, told = Paths(folder), []
    host = Host(simulate(7, 1, CLOCKS[0]), folder / "written.sqlite")
    with running(host, only={VENDOR}) as at:
        for nth, clock in enumerate(CLOCKS):
            host.replace(simulate(7, 1, clock))
            moment = clock + timedelta(seconds=1)
            run = Landing(paths, f"L{nth}", moment, moment.date(), b"key")
            report = land([at.instance(VENDOR)], run)
            assert report.errors == []
            with contracts(paths) as db:
                told.append((host.firm, told_by(db)))
    return told


def told_by(db: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    queries = {
        "time": "project_id, person_id, task_id, invoice_id, role_name, work_date,"
        " approval_status, approved_at, worked_minutes, is_billable, bill_rate,"
        " currency_code from given.certinia__psa_time_entries where not is_deleted",
        "plans": "project_id, person_id, sum(planned_minutes)"
        " from given.certinia__psa_allocations where not is_deleted group by all",
        "versions": "allocation_id, planned_minutes, is_deleted"
        " from given.certinia__psa_allocation_versions",
        "invoices": "invoice_id, project_id, net_amount, currency_code, is_draft"
        " from given.certinia__psa_invoices where not is_deleted",
        "lines": "invoice_id, sum(net_amount) from given.certinia__psa_invoice_lines"
        " where not is_deleted group by all",
        "milestones": "milestone_id, amount, currency_code, invoice_id"
        " from given.certinia__psa_billing_milestones where not is_deleted",
        "turns": "task_id, event_date, direction from given.certinia__psa_acceptances",
        "people": "person_id, employee_number, role_name, is_active"
        " from given.certinia__psa_people where not is_deleted",
    }
    return {name: db.execute(f"select {q}").fetchall() for name, q in queries.items()}


def event(invoice: str | None) -> str | None:
    return id_of("event", invoice) if invoice else None


def time_of(firm: Firm) -> Counter:
    """Every live time entry, by what the contract says of it."""
    found: Counter = Counter()
    for entry in firm.time_entries.values():
        if entry.deleted_at is not None:
            continue
        sheet = firm.timesheets.get(entry.timesheet or "")
        status = STATES.get(sheet.status, sheet.status) if sheet else "unsubmitted"
        decided = sheet.updated_at.replace(tzinfo=None) if sheet else None
        found[
            id_of("project", entry.project),
            id_of("contact", entry.person),
            id_of("task", entry.task) if entry.task else None,
            event(entry.invoice),
            entry.role,
            entry.day,
            status,
            decided if status == "approved" else None,
            entry.minutes,
            entry.is_billable,
            entry.bill_rate,
            firm.projects[entry.project].currency,
        ] += 1
    return found


def test_every_entry_is_told_once_as_it_was_made(said):
    for firm, told in said:
        assert Counter(told["time"]) == time_of(firm)


def test_all_that_is_planned_is_told(said):
    for firm, told in said:
        planned: Counter = Counter()
        for plan in firm.allocations.values():
            whose = id_of("project", plan.project), id_of("contact", plan.person)
            planned[whose] += plan.minutes
        assert {tuple(whose): int(m) for *whose, m in told["plans"]} == planned
    dates = Counter(id_ for id_, *_ in said[0][1]["versions"])
    assert max(dates.values()) == 1, "a part of a plan was landed once"


def test_invoices_are_what_was_billed_and_their_lines_add_up_to_them(said):
    for firm, told in said:
        issued = [i for i in firm.invoices.values() if i.status != "cancelled"]
        assert sorted(told["invoices"]) == sorted(
            (event(i.id), id_of("project", i.project), i.amount, i.currency, False)
            for i in issued
        )
        assert dict(told["lines"]) == {event(i.id): i.amount for i in issued}


def test_milestones_are_worth_and_accepted_what_and_when_they_were(said):
    for firm, told in said:
        assert sorted(told["milestones"], key=str) == sorted(
            (
                (id_of("milestone", m.task), m.amount, m.currency, event(m.invoice))
                for m in firm.milestones.values()
            ),
            key=str,
        )
        standing: Counter = Counter()
        for task, _, direction in told["turns"]:
            standing[task] += direction
        assert {task for task, times in standing.items() if times} == {
            id_of("milestone", task.id)
            for task in firm.tasks.values()
            if task.kind == "milestone" and task.state == "completed"
        }


def test_people_are_who_enters_time(said):
    for firm, told in said:
        today = firm.clock.date()
        here = {
            (id_of("contact", p.number), p.number, p.left is None or p.left >= today)
            for p in firm.people.values()
            if p.in_psa
        }
        assert {
            (id_, number, active) for id_, number, _, active in told["people"]
        } == here
