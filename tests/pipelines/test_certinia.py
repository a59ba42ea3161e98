"""Certinia, against the sandbox's organisation over real HTTP."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from starlette.applications import Starlette

from dlt_pipelines.core.errors import BadAnswer, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.typed_columns import conform
from dlt_pipelines.sandbox.firm.model import Firm, TimeEntry, Timesheet
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.simulation import simulate
from dlt_pipelines.vendors.certinia import sandbox
from dlt_pipelines.vendors.certinia.client import connect
from dlt_pipelines.vendors.certinia.sandbox.fields import FIELDS
from dlt_pipelines.vendors.certinia.sandbox.records import id_of
from dlt_pipelines.vendors.certinia.source import FEEDS
from dlt_pipelines.vendors.feeds import Window

CLOCK = datetime(
    2025, 1, 24, 6, tzinfo=UTC
)  # a year's end, a milestone, an invoice run
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.fixture(scope="module")
def business() -> Firm:
    return simulate(7, 1, CLOCK, faults=False)


@pytest.fixture(scope="module")
def organisation(business, tmp_path_factory):
    host = Host(business, tmp_path_factory.mktemp("certinia") / "store.sqlite")
    return sandbox.organisation(host)


@pytest.fixture
def instance(served, organisation, tmp_path):
    served["now"] = Starlette(routes=organisation.routes())
    return Instance("psa", "certinia", sandbox.settings(served["url"], tmp_path))


def changed_options(instance, **options):
    return Instance(instance.name, instance.vendor, {**instance.options, **options})


def read(instance, table, since=None, until=CLOCK, known=()):
    feed = next(feed for feed in FEEDS if feed.name == table)
    window = Window(since, until, ids=lambda _: set(known))
    return list(feed.read(connect(instance), window))


def rows(batches, deleted=False):
    return [row for b in batches if b.deleted is deleted for row in b.rows]


def landed(instance, table, **window):
    """The live rows of a table, as they are typed."""
    batches = read(instance, table, **window)
    frame, drift = conform(declared_tables("certinia")[table], rows(batches), b"key")
    assert drift == [], table
    return frame


NEVER_SAID = {
    "contacts": {"practice_id"},
    "projects": {"contract_type"},
    "timecards": {"milestone_id"},
    "milestones": {"actual_date"},
    "rate_cards": {"region_id", "practice_id", "group_id"},
    "schedule_exceptions": {f"{day}_hours" for day in DAYS},
}


def test_every_declared_field_is_served_and_no_other(instance):
    for name in declared_tables("certinia"):
        frame = landed(instance, name)
        assert frame.height, name
        empty = {c for c in frame.columns if frame[c].null_count() == len(frame)}
        declared = {column.name for column in declared_tables("certinia")[name].columns}
        assert empty & declared == NEVER_SAID.get(name, set()), name


def test_the_hours_of_live_splits_are_all_that_was_entered(instance, business):
    frame = landed(instance, "timecard_splits")
    worked = sum(frame[f"{day}_hours"].sum() for day in DAYS)
    entered = sum(e.minutes for e in business.time_entries.values())
    assert worked == frame["total_hours"].sum() == Decimal(entered) / 60


def test_a_week_over_a_month_s_end_is_split_and_weeks_may_begin_on_sundays(instance):
    weeks = landed(instance, "timecards")
    assert {day.isoweekday() for day in weeks["start_date"]} == {1, 7}
    splits = landed(instance, "timecard_splits")
    ends = [s for s in splits.to_dicts() if s["end_date"] == date(2024, 12, 31)]
    assert any(split["tuesday_hours"] for split in ends)
    assert not any(split["wednesday_hours"] for split in ends)
    begun = {s["timecard_id"] for s in splits.to_dicts() if s["start_date"].day == 1}
    assert begun & {split["timecard_id"] for split in ends}, "the rest of the week"


def test_time_that_comes_late_makes_the_splits_of_a_week_anew(instance):
    batches = read(instance, "timecard_splits")
    gone = rows(batches, deleted=True)
    live = {row["pse__Timecard_Header__c"] for row in rows(batches)}
    assert [row for row in gone if row["pse__Timecard_Header__c"] in live]


def test_contacts_of_customers_are_not_read(instance, business):
    frame = landed(instance, "contacts")
    assert set(frame["is_resource"]) == {True}
    people = [p for p in business.people.values() if p.in_psa]
    assert frame.height == len(people)


def test_only_approvals_of_timecards_are_read(instance):
    of = set(landed(instance, "approvals")["timecard_id"])
    assert of == {key for key in of if key.startswith("a2C")}


def test_every_role_is_read_that_may_and_that_may_not_be_chosen(
    instance, business, organisation, monkeypatch
):
    monkeypatch.setitem(
        organisation.contents.choices,
        sandbox.ROLE_FIELD,
        lambda _: {"Analyst": True, "Scribe": False},
    )
    organisation.host.replace(business)
    roles = landed(instance, "roles").select("value", "active").rows()
    assert roles == [("Analyst", True), ("Scribe", False)]


def test_roles_that_are_not_shown_are_not_taken_for_gone(instance, monkeypatch):
    shown = {k: v for k, v in FIELDS["Contact"].items() if "Role" not in k}
    monkeypatch.setitem(FIELDS, "Contact", shown)
    with pytest.raises(BadAnswer, match="no field pse__Resource_Role__c of Contact"):
        read(instance, "roles")


def test_a_changed_plan_moves_its_schedule_alone(instance, business, organisation):
    plan = next(iter(business.allocations.values()))
    was, moved = replace(plan), CLOCK - timedelta(hours=1)
    plan.minutes, plan.updated_at = plan.minutes + 15, moved
    organisation.host.replace(business)
    since = moved - timedelta(minutes=5)
    try:
        [schedule] = rows(read(instance, "schedules", since=since))
        assert schedule["Id"] == id_of("schedule", plan.id)
        assert rows(read(instance, "assignments", since=since)) == []
    finally:
        business.allocations[plan.id] = was
        organisation.host.replace(business)


def test_field_history_of_milestones_is_read_where_it_is_kept(instance, business):
    changes = landed(instance, "milestone_changes")
    done = sum(
        state == "completed"
        for task in business.tasks.values()
        if task.kind == "milestone"
        for state, _ in task.changes
    )
    assert Counter(changes["new_value"])["true"] == done > 0
    assert read(changed_options(instance, values={}), "milestone_changes") == []


def test_what_is_purged_of_history_and_approvals_is_not_gone(instance):
    monday = datetime(2025, 1, 20, tzinfo=UTC)
    week = {"since": monday - timedelta(days=1), "known": ["purged"]}
    for table in ("milestone_changes", "approvals"):
        assert rows(read(instance, table, **week), deleted=True) == []
    purged = rows(read(instance, "projects", **week), deleted=True)
    assert purged == [{"Id": "purged"}], "a project that is purged is"


def test_a_field_that_the_organisation_lacks_is_named(instance, monkeypatch):
    for entity, lacks in {
        "pse__Proj__c": {"Legal_Entity__c", "CurrencyIsoCode"},
        "pse__Billing_Event__c": {"ERP_Invoice__c", "CurrencyIsoCode"},
    }.items():
        fields = {k: v for k, v in FIELDS[entity].items() if k not in lacks}
        monkeypatch.setitem(FIELDS, entity, fields)
    assert {s.name: s.of for s in tenant_settings.missing(instance)} == {
        "fields.legal_entity": "pse__Proj__c",
        "fields.currency": "pse__Proj__c",
        "fields.erp_invoice": "pse__Billing_Event__c",
    }
    with pytest.raises(Refused, match="No such column"):
        read(instance, "projects")
    without = dict.fromkeys(("legal_entity", "currency", "erp_invoice"), "")
    own = changed_options(instance, fields=without)
    assert tenant_settings.missing(own) == []
    for table in ("projects", "billing_events"):
        assert not {"CurrencyIsoCode"} & rows(read(own, table))[0].keys(), table


def entry(id_: str, day: int, minutes: int, **other) -> TimeEntry:
    moment = datetime(2025, 1, day, 17, tzinfo=UTC)
    told = {
        "id": id_,
        "person": "E1",
        "project": "P1",
        "task": None,
        "day": date(2025, 1, day),
        "minutes": minutes,
        "is_billable": True,
        "bill_rate": Decimal(100),
        "role": "Analyst",
        "timesheet": "7",
        "invoice": None,
        "created_at": moment,
        "updated_at": moment,
    }
    return TimeEntry(**(told | other))


@pytest.fixture
def week(business) -> Firm:
    """A firm with one person's time of one week."""
    project = next(p for p in business.projects.values() if p.entity == "UK20")
    moment = datetime(2025, 1, 10, 20, tzinfo=UTC)
    sheet = Timesheet(
        "7", "E1", "P1", date(2025, 1, 6), date(2025, 1, 12), "approved", moment, moment
    )
    return replace(
        business,
        projects={"P1": replace(project, code="P1")},
        timesheets={"7": sheet},
        time_entries={},
    )


def enter(firm: Firm, *entries: TimeEntry) -> list[sandbox.Timecard]:
    firm.time_entries = {e.id: e for e in entries}
    return sandbox.timecards(firm)


def test_what_is_alike_in_a_week_is_one_timecard(week):
    alike = entry("1", 6, 480), entry("2", 7, 450), entry("3", 7, 30, task="t")
    others = (
        entry("4", 8, 60, bill_rate=Decimal(120)),
        entry("5", 8, 60, is_billable=False),
        entry("6", 8, 60, role="Manager"),
        entry("7", 6, 60),  # the day has no more room
        entry("8", 8, 60, timesheet=None),
        entry("9", 8, 60, deleted_at=CLOCK),
        entry("10", 13, 60),
    )
    cards = enter(week, *alike, *others)
    assert [[e.id for e in card.entries] for card in cards] == [
        ["1", "2", "3"], *([e.id] for e in others),
    ]  # fmt: skip


def test_what_leaves_a_timecard_touches_what_stays(week):
    moved = datetime(2025, 1, 20, 9, tzinfo=UTC)
    left = entry("2", 7, 450, role="Manager", updated_at=moved)
    stayed, gone = enter(week, entry("1", 6, 480), left)
    assert stayed.touched == gone.touched == moved
