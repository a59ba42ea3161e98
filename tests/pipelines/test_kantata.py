"""The Kantata connector against its sandbox API, over real HTTP on loopback."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
import requests

from dlt_pipelines.core.errors import BadAnswer, Refused
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.typed_columns import conform
from dlt_pipelines.sandbox.firm.model import (
    Allocation,
    Assignment,
    BillRate,
    Customer,
    Firm,
    Invoice,
    InvoiceItem,
    LegalEntity,
    Milestone,
    Person,
    Project,
    Task,
    TimeAdjustment,
    TimeEntry,
    Timesheet,
)
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.server import running
from dlt_pipelines.vendors.feeds import Window
from dlt_pipelines.vendors.kantata import client as client_module
from dlt_pipelines.vendors.kantata import source
from dlt_pipelines.vendors.kantata.client import connect
from dlt_pipelines.vendors.kantata.sandbox import TOKEN_WITHOUT_MONEY

CLOCK = datetime(2026, 6, 10, 6, tzinfo=UTC)
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
ENTRIES = 450  # three pages
FEEDS = {feed.name: feed for feed in source.FEEDS}


def person(number: str, role: str, *, contractor: bool = False) -> Person:
    hired = date(2025, 1, 1)
    return Person(
        number=number,
        first_name="Ada",
        last_name=number,
        email=f"{number}@example.test",
        is_contractor=contractor,
        hired=hired,
        left=None,
        workday_id=f"{number:0>32}",
        kantata_id=f"82{number[1:]}",
        adp_id=None,
        payroll_file=None,
        netsuite_id=1,
        supplier=None,
        assignments=[
            Assignment(
                effective_date=hired,
                entered_at=START,
                entity="US10",
                practice="PR-1",
                cost_centre="CC1",
                title=role,
                grade="G1",
                role=role,
                fte=Decimal(1),
                weekly_hours=Decimal(40),
            )
        ],
        created_at=START,
        updated_at=START,
    )


def project(code: str, *, archived: bool = False, contract: str = "milestone"):
    internal = contract == "non_billable"
    return Project(
        code=code,
        name=f"Project {code}",
        customer="C0000" if internal else "C0001",
        entity="US10",
        practice="PR-1",
        contract_type=contract,
        currency="USD",
        price=Decimal(0) if internal else Decimal("50000.50"),
        cap_amount=None,
        fee_rate=None,
        fee_ceiling=None,
        start=date(2026, 1, 5),
        end=date(2026, 12, 31),
        status="In Progress",
        is_archived=archived,
        manager="E1",
        opportunity=None if internal else "006",
        kantata_id=f"38{code[1:]}",
        netsuite_id=None,
        erp_department=None,
        created_at=START,
        updated_at=START,
    )


def task(id_: str, **changes) -> Task:
    plain = Task(
        id=id_,
        project="P1001",
        title=f"Task {id_}",
        kind="task",
        state="started",
        is_billable=True,
        is_fixed_fee=False,
        start=date(2026, 1, 5),
        due=date(2026, 3, 31),
        completed_at=None,
        deleted_at=None,
        created_at=START,
        updated_at=START + timedelta(days=1),
    )
    return replace(plain, **changes)


def entry(place: int) -> TimeEntry:
    created = START + timedelta(minutes=7 * place)
    return TimeEntry(
        id=str(1000 + place),
        person="E1",
        project=("P1001", "P1002", "P1003")[place % 3],
        task="1" if place % 3 == 0 else None,
        day=date(2026, 1, 5) + timedelta(days=place // 10),
        minutes=60 + place,
        is_billable=True,
        bill_rate=None if place == 5 else Decimal("187.25"),
        role="Consultant",
        timesheet=str(70 + place % 4),
        invoice="90" if place % 3 == 0 else None,
        created_at=created,
        updated_at=created,
    )


def timesheet(place: int, status: str) -> Timesheet:
    first = date(2026, 1, 5) + timedelta(weeks=place)
    return Timesheet(
        id=str(70 + place),
        person="E1",
        project="P1001",
        start=first,
        end=first + timedelta(days=6),
        status=status,
        created_at=START,
        # The earliest week was decided on last: dates do not follow changes.
        updated_at=START + timedelta(days=10 - place),
    )


def invoice(id_: str, status: str) -> Invoice:
    return Invoice(
        id=id_,
        number=f"INV-{id_}",
        project="P1001",
        invoice_date=date(2026, 2, 1),
        due_date=date(2026, 3, 3),
        status=status,
        currency="USD",
        amount=Decimal("1234.56"),
        created_at=START,
        updated_at=START,
    )


def discount(id_: str, amount: str) -> InvoiceItem:
    return InvoiceItem(id_, Decimal(amount), "Goodwill", START, START)


def small_firm() -> Firm:
    firm = Firm(seed=1, scale=1, start=date(2026, 1, 1), clock=CLOCK)
    firm.entities["US10"] = LegalEntity("US10", "US", "US", "USD", 2080, "US1")
    firm.people = {
        p.number: p
        for p in (
            person("E1", "Consultant"),
            person("E2", "Manager"),
            person("X3", "Consultant", contractor=True),
        )
    }
    firm.people["E9"] = replace(person("E9", "Manager"), in_psa=False)
    firm.customers["C0001"] = Customer(
        number="C0001",
        name="Harbour",
        parent=None,
        country="US",
        currency="USD",
        owner="E1",
        salesforce_id="001000000000001AAA",
        kantata_id="41",
        netsuite_id=1,
        created_at=START,
        updated_at=START,
    )
    projects = (
        replace(project("P1001"), expense_budget=Decimal(1200)),
        project("P1002", archived=True, contract="time_and_materials"),
        project("P1003", contract="non_billable"),
    )
    firm.projects = {p.code: p for p in projects}
    accepted = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
    tasks = (
        task("1", obligation="02", changes=[("started", START)]),
        task(
            "2",
            kind="milestone",
            state="completed",
            completed_at=accepted,
            changes=[
                ("started", START),
                ("completed", accepted - timedelta(days=20)),
                ("started", accepted - timedelta(days=10)),
                ("completed", accepted),
            ],
        ),
        task("3", deleted_at=START + timedelta(days=2), obligation="01"),
        task("4", project="P1002"),
    )
    firm.tasks = {t.id: t for t in tasks}
    firm.milestones["66"] = Milestone(
        id="66",
        project="P1001",
        task="2",
        title="Milestone 1",
        due=date(2026, 3, 31),
        amount=Decimal("-250.10"),
        currency="USD",
        accepted_on=accepted.date(),
        invoice="90",
        created_at=START,
        updated_at=START,
    )
    firm.allocations["52"] = Allocation(
        id="52",
        project="P1001",
        person="E1",
        start=date(2026, 6, 1),
        end=date(2026, 6, 30),
        minutes=4800,
        created_at=START,
        updated_at=START,
    )
    for day, rate in ((date(2026, 1, 1), "187.25"), (date(2026, 4, 1), "190")):
        firm.bill_rates.append(BillRate("Consultant", "USD", day, Decimal(rate)))
    firm.bill_rates.append(BillRate("Manager", "USD", date(2026, 1, 1), Decimal("250")))
    for place, status in enumerate(("approved", "pending", "rejected", "cancelled")):
        sheet = timesheet(place, status)
        firm.timesheets[sheet.id] = sheet
    firm.time_entries = {e.id: e for e in map(entry, range(ENTRIES))}
    firm.invoices = {
        i.id: i for i in (invoice("90", "new"), invoice("91", "cancelled"))
    }
    firm.invoices["90"].items = [discount("951", "-100.25"), discount("952", "-0.50")]
    firm.time_adjustments["71"] = TimeAdjustment(
        id="71",
        person="E1",
        project="P1001",
        task="2",
        day=date(2026, 3, 30),
        posted_on=date(2026, 4, 2),
        minutes=-90,
        is_billable=True,
        bill_rate=Decimal("187.25"),
        invoice="90",
        created_at=START,
        updated_at=START,
    )
    return firm


@pytest.fixture
def host(tmp_path) -> Host:
    return Host(small_firm(), tmp_path / "store.sqlite")


@pytest.fixture
def sandbox(host):
    with running(host, only=("kantata",)) as addresses:
        yield addresses


@pytest.fixture
def client(sandbox):
    return connect(sandbox.instance("kantata"))


def with_token(sandbox, token: str):
    instance = sandbox.instance("kantata")
    return connect(
        replace(instance, options={**instance.options, "access_token": token})
    )


def window(since: datetime | None = None, known: dict | None = None) -> Window:
    return Window(since, CLOCK, lambda table: set((known or {}).get(table, ())))


def batches(client, feed: str, since: datetime | None = None, known=None) -> list:
    return list(FEEDS[feed].read(client, window(since, known)))


def rows(client, feed: str, since: datetime | None = None, table=None) -> list[dict]:
    wanted = table or feed
    return [
        row
        for batch in batches(client, feed, since)
        for row in batch.rows
        if batch.table == wanted and not batch.deleted
    ]


def one(found: list[dict], id_: str) -> dict:
    [row] = [row for row in found if row["id"] == id_]
    return row


def disturb(sandbox, path: str, kind: str, **plan) -> None:
    body = {"path": path, "kind": kind, **plan}
    requests.post(f"{sandbox.plain}/_sandbox/disturb", json=body, timeout=5)


# Authorisation and rights


def test_a_wrong_token_is_refused_in_kantatas_words(sandbox):
    with pytest.raises(Refused, match="oauth Invalid OAuth 2 Request") as refused:
        with_token(sandbox, "wrong").ping()
    assert "X-Request-Id" in refused.value.what
    assert "access_token" in refused.value.do


def test_no_token_at_all_gets_the_vendors_error_body(sandbox):
    url = f"{sandbox.instance('kantata').option('base_url')}/users/me"
    answer = requests.get(url, timeout=5)
    assert answer.status_code == 401
    expected = {"errors": [{"type": "oauth", "message": "Invalid OAuth 2 Request"}]}
    assert answer.json() == expected


@pytest.mark.parametrize(
    "feed",
    ["workspaces", "time_entries", "invoices", "billing_milestones", "rate_card_roles"],
)
def test_a_token_that_sees_no_money_is_refused_before_any_row_lands(sandbox, feed):
    blind = with_token(sandbox, TOKEN_WITHOUT_MONEY)
    with pytest.raises(Refused, match="no financial visibility"):
        batches(blind, feed)


def test_an_unpriced_entry_alone_does_not_look_like_missing_rights(client):
    assert one(rows(client, "time_entries"), "1005")["rate_in_cents"] is None


def test_ping_says_who_and_that_money_is_visible(client):
    assert client.ping() == "signed in as user 821, sees money"


# Reading whole listings


def test_reads_past_the_page_cap_in_the_order_of_change(client):
    found = rows(client, "time_entries")
    assert [row["id"] for row in found] == [str(1000 + n) for n in range(ENTRIES)]


def test_the_page_cap_is_the_vendors(client):
    assert len(client.page("time_entries", {}, limit=5000).rows) == 200


def test_page_and_per_page_give_the_same_listing(client):
    order = {"order": "created_at:asc", "from_archived_workspaces": "true"}
    url = f"{client.base_url}/time_entries.json"
    ids = []
    for page in (1, 2, 3):
        params = {**order, "per_page": 200, "page": page}
        answer = client.send("GET", url, params=params).json()
        ids += [result["id"] for result in answer["results"]]
        assert answer["meta"]["page_count"] == 3
    assert ids == [str(1000 + n) for n in range(ENTRIES)]


def test_archived_projects_and_their_time_are_hidden_unless_asked_for(client):
    assert client.page("time_entries", {}).count == ENTRIES * 2 // 3
    assert client.page("workspaces", {}).count == 2
    assert [row["archived"] for row in rows(client, "workspaces")].count(True) == 1


def test_only_results_are_listed_not_what_is_side_loaded_beside_them(client):
    page = client.page("time_entries", {**source.TIME_ENTRIES, "only": "1000,1001"})
    assert [row["id"] for row in page.rows] == ["1000", "1001"]
    assert page.maps["workspaces"].keys() == {"381001", "381002"}
    assert page.maps["timesheet_submissions"].keys() == {"70", "71"}


def test_associations_show_their_ids_only_when_included(client):
    plain = client.page("time_entries", {"only": "1000"}).rows[0]
    assert "role_id" not in plain
    assert "active_submission_id" not in plain
    assert plain["workspace_id"] == "381001"  # as recorded, without any include


def test_a_rejected_timesheet_is_recent_but_not_active(client):
    found = rows(client, "time_entries")
    by_sheet = {row["recent_submission_id"]: row for row in found[:4]}
    active = {id_: row["active_submission_id"] for id_, row in by_sheet.items()}
    assert active == {"70": "70", "71": "71", "72": None, "73": None}
    assert [by_sheet[str(n)]["approved"] for n in range(70, 74)] == [True] + [False] * 3


def test_an_entry_served_twice_in_one_listing_comes_twice(host, client):
    host.firm.served_twice = {"time_entries": ["1199"]}  # the last row of a page
    ids = [row["id"] for row in rows(client, "time_entries")]
    assert len(ids) == ENTRIES + 1
    assert ids.count("1199") == 2


def test_cancelled_invoices_stay_visible(client):
    statuses = {row["id"]: row["status"] for row in rows(client, "invoices")}
    assert statuses == {"90": "new", "91": "cancelled"}


def test_people_without_a_user_are_not_listed(client):
    found = rows(client, "users")
    assert {row["id"] for row in found} == {"821", "822", "823"}
    assert one(found, "823")["classification"] == "External"


def test_who_left_is_listed_and_marked_whatever_project_they_are_on(host, client):
    firm = small_firm()
    firm.people["E1"].left = firm.people["E2"].left = date(2026, 5, 31)
    host.replace(firm)
    shown = {row["id"] for page in client.listing("users", {}) for row in page.rows}
    assert shown == set(), "Kantata hides leavers, and members who are on no project"
    found = {row["id"]: row["disabled"] for row in rows(client, "users")}
    assert found == {"821": True, "822": True, "823": False}


def test_who_helps_out_from_another_account_is_listed(host, client):
    firm = small_firm()
    firm.time_entries["1000"].person = "X3"
    host.replace(firm)
    pages = client.listing("users", {"on_my_account": "true"})
    assert "823" not in {row["id"] for page in pages for row in page.rows}
    assert "823" in {row["id"] for row in rows(client, "users")}


def test_retired_roles_are_listed_with_the_day_they_ended(host, client):
    firm = small_firm()
    firm.people["E2"].assignments.insert(
        0,
        replace(
            firm.people["E2"].assignments[0],
            role="Analyst",
            effective_date=date(2024, 1, 1),
        ),
    )
    host.replace(firm)
    shown = [row["name"] for page in client.listing("roles", {}) for row in page.rows]
    assert "Analyst" not in shown
    told = {row["name"]: row["deleted_at"] for row in rows(client, "roles")}
    assert told["Analyst"].startswith("2024-12-31T16:00:00-08:00")
    assert told["Consultant"] is None


def test_a_milestone_that_was_billed_again_is_on_the_invoice_that_stands(client):
    [page] = client.listing("billing_milestones", {"include": "invoices"})
    [shown] = page.rows
    assert (shown["invoice_id"], shown["invoice_ids"]) == ("91", ["91", "90"])
    [milestone] = rows(client, "billing_milestones")
    assert milestone["invoice_id"] == "90"
    assert "currency_base_unit" not in milestone


def test_milestones_bring_every_change_of_their_state(client):
    found = rows(client, "stories", table="story_state_changes")
    assert [(row["story_id"], row["state"]) for row in found] == [
        ("2", "started"),
        ("2", "completed"),
        ("2", "started"),
        ("2", "completed"),
    ]
    assert len({row["id"] for row in found}) == 4
    assert found[1]["created_at"] == "2026-03-11T16:30:00-07:00"
    assert found[3]["created_at"] == "2026-03-31T16:30:00-07:00"


def test_a_deliverable_that_is_billed_brings_its_changes_of_state(host, client):
    firm = small_firm()
    firm.milestones["66"].task = "7"
    done = START + timedelta(days=3)
    told = [("started", START), ("completed", done)]
    firm.tasks["7"] = task("7", kind="deliverable", state="completed", changes=told)
    host.replace(firm)
    changes = rows(client, "billing_milestones", table="story_state_changes")
    assert [row["state"] for row in changes if row["story_id"] == "7"] == [
        "started",
        "completed",
    ]


def test_what_was_corrected_of_locked_time_is_read(client):
    [told] = rows(client, "time_adjustments")
    assert (told["workspace_id"], told["user_id"], told["story_id"]) == (
        "381001", "821", "2"
    )  # fmt: skip
    assert (told["time"], told["original_date"]) == (-90, "2026-03-30")
    assert (told["bill_rate_in_cents"], told["active_invoice_id"]) == (18725, "90")


def test_invoices_bring_their_additional_items(client):
    found = rows(client, "invoices", table="invoice_items")
    told = [(i["invoice_id"], i["id"], i["amount_in_cents"]) for i in found]
    assert told == [("90", "951", -10025), ("90", "952", -50)]
    assert {(i["currency"], i["currency_base_unit"], i["notes"]) for i in found} == {
        ("USD", 100, "Goodwill")
    }


def test_an_invoice_brings_fixed_fees_and_expenses_too(host, client):
    """Ids of the kinds of items are apart at Kantata: one id, three amounts."""
    firm = small_firm()
    firm.invoices["90"].items = [
        discount("951", "-100.25"),
        replace(discount("951", "4000"), kind="fixed_fee_items", notes="Phase 1"),
        replace(discount("951", "312.40"), kind="expenses", notes="Flight"),
    ]
    host.replace(firm)
    found = rows(client, "invoices", table="invoice_items")
    assert [(i["id"], i["kind"], i["amount_in_cents"], i["notes"]) for i in found] == [
        ("951", "additional_items", -10025, "Goodwill"),
        ("fixed_fee_items:951", "fixed_fee_items", 400000, "Phase 1"),
        ("expenses:951", "expenses", 31240, "Flight"),
    ]
    assert {(i["currency"], i["currency_base_unit"]) for i in found} == {("USD", 100)}
    frame, drift = conform(declared_tables("kantata")["invoice_items"], found, b"key")
    assert drift == []
    assert frame["_key"].n_unique() == 3


def test_an_item_its_invoice_no_longer_lists_is_gone(host, client):
    known = {"invoice_items": {"90|951", "90|952", "91|960", "92|970"}}
    host.firm.invoices["90"].items.pop()
    host.firm.invoices["90"].updated_at = CLOCK
    since = CLOCK - timedelta(hours=1)
    found = batches(client, "invoices", since, known)
    gone = [row for b in found if b.deleted for row in b.rows]
    assert gone == [{"invoice_id": "90", "id": "952"}]
    kept = [row["id"] for b in found if not b.deleted for row in b.rows]
    assert kept == ["951", "90"]


def test_a_rate_card_version_knows_the_day_it_starts(client):
    found = rows(client, "rate_card_versions")
    dates = {row["rate_card_set_version"]["effective_date"] for row in found}
    assert dates == {"2026-01-01", "2026-04-01"}


def test_a_version_of_a_rate_card_is_a_copy_of_all_its_rates(client):
    rates = sorted(row["rate"] for row in rows(client, "rate_card_roles"))
    assert rates == [18725, 19000, 25000, 25000]


def test_custom_fields_carry_the_codes_of_other_systems(client):
    values = {
        (row["subject_type"], row["subject_id"], row["custom_field_name"]): row["value"]
        for row in rows(client, "custom_field_values")
    }
    assert values["workspace", 381001, "Project Code"] == "P1001"
    assert values["workspace_group", 41, "CRM Account ID"] == "001000000000001AAA"
    assert values["user", 821, "Employee ID"] == "E1"


def test_custom_fields_say_what_the_firm_plans_and_what_it_promised(client):
    found = rows(client, "custom_field_values")
    budgets = {
        (row["subject_type"], row["subject_id"]): (row["amount"], row["currency_code"])
        for row in found
        if row["custom_field_name"] == "Expense Budget"
    }
    obligations = {
        (row["subject_type"], row["subject_id"]): row["value"]
        for row in found
        if row["custom_field_name"] == "Obligation"
    }
    assert budgets == {("workspace", 381001): ("1200.00", "USD")}
    assert obligations == {("story", 1): "02"}, "not those of a deleted task"


@pytest.mark.parametrize(
    ("kind", "value", "shown", "told"),
    [
        ("string", "1.200", "1.200", ("1.200", "1.200", None)),
        ("number", "1200.5", "1,200.50", ("1200.5", "1200.5", None)),
        ("currency", [120050, "EUR"], "1,200.50", ("1200.50", "1200.50", "EUR")),
        ("currency", [1200, "JPY"], "1,200", ("1200", "1200", "JPY")),
        ("currency", [12345, "BHD"], "12.345", ("12.345", "12.345", "BHD")),
        ("currency", None, None, (None, None, None)),
        ("string", "TBD", "TBD", ("TBD", "TBD", None)),
        ("single", [77], "1200", ("1200", "1200", None)),
    ],
)
def test_a_field_of_any_type_says_what_people_read(
    client, monkeypatch, kind, value, shown, told
):
    answered = {
        "custom_field_name": "Expense Budget", "type": kind, "value": value,
        "display_value": shown,
    }  # fmt: skip
    block = [client_module.Page([answered], {}, 1)]
    monkeypatch.setattr(source, "whole", lambda *_: iter([block]))
    [row, *_] = rows(client, "custom_field_values")
    assert (row["value"], row["amount"], row["currency_code"]) == told


# Incremental reading


def test_a_second_reading_takes_only_what_changed_and_the_overlap(host, client):
    cursor = batches(client, "time_entries")[-1].cursor
    host.firm.time_entries["1007"].updated_at = CLOCK
    host.replace(host.firm)
    ids = [row["id"] for row in rows(client, "time_entries", cursor)]
    assert ids == ["1447", "1448", "1449", "1007"]


def test_the_cursor_is_the_last_change_that_was_yielded(client):
    [batch] = batches(client, "time_entries")
    assert batch.cursor == START + timedelta(minutes=7 * (ENTRIES - 1))


def test_batches_along_the_way_carry_cursors_that_never_go_back(client, monkeypatch):
    monkeypatch.setattr(source, "BATCH_ROWS", 200)
    cursors = [batch.cursor for batch in batches(client, "time_entries")]
    assert len(cursors) == 2  # 200 rows, 199 and 51: gathered to at least 200
    assert cursors == sorted(cursors)


def test_timesheets_are_listed_by_date_so_their_cursor_is_the_newest(client):
    [batch] = batches(client, "timesheet_submissions")
    assert [row["id"] for row in batch.rows] == ["70", "71", "72", "73"]
    assert batch.cursor == START + timedelta(days=10)


def test_timesheets_decided_since_are_read_whatever_their_week(client):
    since = START + timedelta(days=9, hours=12)
    assert [r["id"] for r in rows(client, "timesheet_submissions", since)] == ["70"]


def test_rows_that_move_between_pages_are_not_lost(host, client, monkeypatch):
    monkeypatch.setattr(client_module, "PAGES_AHEAD", 1)
    page = client.page
    moving = iter(["1003", "1150", "1300"])

    def then_something_changes(*args, **kwargs):
        got = page(*args, **kwargs)
        moved = next(moving, None) if args[0] == "time_entries" else None
        if moved:
            host.firm.time_entries[moved].updated_at = CLOCK + timedelta(
                seconds=int(moved)
            )
            host.replace(host.firm)
        return got

    monkeypatch.setattr(client, "page", then_something_changes)
    ids = [row["id"] for row in rows(client, "time_entries")]
    assert set(ids) == {str(1000 + n) for n in range(ENTRIES)}
    assert ids.count("1000") == 1, "goes on, does not begin again"


@pytest.mark.parametrize(
    "pages",
    [
        [([], 300)],
        [(["1"], 300)],
        [(["1", "2", "3"], 300), (["3"], 300)],
        [(["1", "2", "3"], 5), (["3", "4"], 5), (["4"], 5)],
    ],
)
def test_fewer_rows_than_kantata_counts_are_not_taken_for_all(
    client, monkeypatch, pages
):
    monkeypatch.setattr(client_module, "PAGES_AHEAD", 1)
    left = iter(pages)

    def page(*_):
        ids, count = next(left, ([], 300))
        return client_module.Page([{"id": i} for i in ids], {}, count)

    monkeypatch.setattr(client, "page", page)
    with pytest.raises(client_module.Shifted):
        list(client.listing("roles", {}))


def test_a_listing_that_never_rests_is_given_up_with_advice(client, monkeypatch):
    page, number = client.page, count()

    def another_one_each_time(path, params, offset=0, limit=0):
        got = page(path, params, offset, limit)
        row = {"id": str(next(number))}
        return client_module.Page([row], got.maps, 2)

    monkeypatch.setattr(client, "page", another_one_each_time)
    with pytest.raises(BadAnswer, match="kept changing"):
        batches(client, "roles")


# Deletions


def test_a_deleted_task_comes_as_a_tombstone(client):
    gone = [b for b in batches(client, "stories") if b.deleted]
    assert [(b.table, [row["id"] for row in b.rows]) for b in gone] == [
        ("stories", ["3"])
    ]
    assert "3" not in {row["id"] for row in rows(client, "stories")}


def known_ids(host) -> dict[str, set[str]]:
    return {"time_entries": set(host.firm.time_entries), "stories": {"1", "2", "4"}}


def deleted(client, since, known) -> dict[str, list[str]]:
    found = batches(client, "deletions", since, known)
    return {b.table: [row["id"] for row in b.rows] for b in found if b.deleted}


def lives_on(host) -> None:
    """Something happens every few days, so the events feed is never empty."""
    for id_, days in (("1100", 8.5), ("1101", 4), ("1102", 0.1)):
        host.firm.time_entries[id_].updated_at = CLOCK - timedelta(days=days)


def test_deleted_entries_are_learnt_from_the_events(host, client):
    lives_on(host)
    host.firm.time_entries["1200"].deleted_at = CLOCK - timedelta(days=2)
    found = batches(client, "deletions", CLOCK - timedelta(days=3), known_ids(host))
    assert [row["id"] for b in found for row in b.rows] == ["1200"]
    assert found[-1].cursor == CLOCK - timedelta(days=0.1)
    assert client.requests_sent == 3, "the feed's two ends and the deletions"


def test_a_deleted_project_makes_all_ids_be_compared_once(host, client):
    lives_on(host)
    host.firm.projects["P1003"].deleted_at = CLOCK - timedelta(days=1)
    known = known_ids(host)
    del host.firm.time_entries["1200"]  # gone with it, without an event of its own
    since = CLOCK - timedelta(days=3)
    seen_project = {**known, "workspaces": {"381003"}}
    assert deleted(client, since, seen_project) == {"time_entries": ["1200"]}
    assert deleted(client, since, known) == {}


def test_events_of_things_never_landed_say_nothing(host, client):
    lives_on(host)
    host.firm.time_entries["1200"].deleted_at = CLOCK - timedelta(days=2)
    assert deleted(client, CLOCK - timedelta(days=3), {}) == {}


def test_events_older_than_their_retention_make_all_ids_be_compared(host, client):
    lives_on(host)
    host.firm.time_entries["1200"].deleted_at = CLOCK - timedelta(days=30)
    gone = deleted(client, CLOCK - timedelta(days=40), known_ids(host))
    assert gone == {"time_entries": ["1200"]}


def test_comparing_ids_finds_a_task_that_is_marked_deleted(host, client):
    known = {"stories": {"1", "2", "3", "4"}}
    assert deleted(client, CLOCK - timedelta(days=40), known) == {"stories": ["3"]}


def test_a_closed_events_feed_means_comparing_ids_once_a_day(host, sandbox):
    host.firm.time_entries["1200"].deleted_at = CLOCK - timedelta(days=2)
    blind = with_token(sandbox, TOKEN_WITHOUT_MONEY)  # not an administrator either
    found = batches(blind, "deletions", None, known_ids(host))
    assert [row["id"] for b in found for row in b.rows] == ["1200"]
    assert found[-1].cursor == CLOCK
    assert (
        batches(blind, "deletions", CLOCK - timedelta(hours=3), known_ids(host)) == []
    )


def test_deletions_are_read_before_anything_else():
    assert source.FEEDS[0].name == "deletions"


# Limits and errors


def test_calls_beyond_the_limit_get_429_without_a_delay_and_are_tried_again(client):
    url = f"{client.base_url}/workspaces"
    answers = [
        client.session.get(url, headers=client.authorise(), timeout=5)
        for _ in range(120)
    ]
    refused = [a for a in answers if a.status_code == 429]
    assert refused
    assert "Retry-After" not in refused[0].headers
    assert refused[0].json()["errors"][0]["type"] == "system"
    assert len(rows(client, "workspaces")) == 3


def test_a_delay_that_is_told_is_honoured(sandbox, client):
    disturb(sandbox, "/roles", "429", retry_after="0")
    assert len(rows(client, "roles")) == 2
    assert client.requests_sent == 2


@pytest.mark.parametrize("kind", ["truncate", "cut", "503"])
def test_a_broken_answer_is_asked_for_again(sandbox, client, kind):
    disturb(sandbox, "/time_entries", kind, skip=1)
    assert len(rows(client, "time_entries")) == ENTRIES


def test_an_answer_that_stays_cut_short_is_an_error_and_lands_nothing(sandbox, client):
    disturb(sandbox, "/roles", "truncate", times=10)
    with pytest.raises(BadAnswer, match="not whole JSON"):
        batches(client, "roles")


def test_an_unknown_path_and_a_bad_parameter_get_the_vendors_errors(client):
    with pytest.raises(Refused, match="HTTP 404 system"):
        client.page("nothing", {})
    with pytest.raises(Refused, match="updated_after must be in ISO 8601"):
        client.page("time_entries", {"updated_after": "yesterday"})


def test_something_that_is_not_kantata_is_recognised(sandbox):
    instance = sandbox.instance("kantata")
    wrong = {**instance.options, "base_url": f"{sandbox.plain}/_sandbox"}
    with pytest.raises(BadAnswer, match="base_url"):
        connect(replace(instance, options=wrong)).page("clock", {})


def test_every_answer_names_its_request(client):
    answer = client.send("GET", "/roles")
    assert answer.headers["X-Request-Id"]
    assert float(answer.headers["X-Runtime"]) >= 0


def test_what_the_endpoint_hides_is_not_found_by_id(client):
    with pytest.raises(Refused, match="HTTP 404"):
        client.send("GET", "/workspaces/381002")


# Declared tables


@pytest.fixture
def landed(client) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for feed in source.FEEDS:
        for batch in feed.read(client, window()):
            found.setdefault(batch.table, []).extend(batch.rows)
    return found


def test_every_declared_column_is_served_and_no_other_field(landed):
    for name, table in declared_tables("kantata").items():
        assert landed[name], name
        served = {field for row in landed[name] for field in row}
        declared = {column.path[0] for column in table.columns}
        assert declared <= served, name
        assert served <= declared | table.ignored, name


def test_all_values_fit_their_declared_types(landed):
    drift = []
    for name, table in declared_tables("kantata").items():
        drift += conform(table, landed[name], b"key")[1]
    assert drift == []


def test_times_land_in_utc_and_empty_dates_as_missing(landed):
    tables = declared_tables("kantata")
    entries, _ = conform(tables["time_entries"], landed["time_entries"], b"key")
    assert entries["created_at"][0] == START.replace(tzinfo=None)
    projects, _ = conform(tables["workspaces"], landed["workspaces"], b"key")
    assert projects["due_date"].to_list() == [date(2026, 12, 31)] * 2 + [None]


def test_a_task_is_completed_on_the_account_s_day_and_not_on_that_of_utc(host, client):
    firm = small_firm()
    evening = datetime(2026, 4, 1, 2, 30, tzinfo=UTC)  # 19:30 on the 31st, there
    firm.tasks["2"].changes = [("completed", evening)]
    firm.tasks["2"].updated_at = evening
    host.replace(firm)
    tables = declared_tables("kantata")
    changes = rows(client, "stories", table="story_state_changes")
    changes, _ = conform(tables["story_state_changes"], changes, b"key")
    assert changes["created_date"].to_list() == [date(2026, 3, 31)]
    assert changes["created_at"].to_list() == [evening.replace(tzinfo=None)]
    tasks, _ = conform(tables["stories"], rows(client, "stories"), b"key")
    by_id = dict(zip(tasks["id"], tasks["updated_date"], strict=True))
    assert by_id["2"] == date(2026, 3, 31)


def test_both_offsets_of_the_accounts_zone_occur(landed):
    assert landed["time_entries"][0]["created_at"].endswith("-08:00")
    changes = landed["story_state_changes"]
    assert any(row["created_at"].endswith("-07:00") for row in changes)


def test_ids_that_come_as_integers_land_as_the_text_they_refer_to(landed):
    tables = declared_tables("kantata")
    values, _ = conform(
        tables["custom_field_values"], landed["custom_field_values"], b"key"
    )
    projects, _ = conform(tables["workspaces"], landed["workspaces"], b"key")
    assert set(projects["id"]) <= set(values["subject_id"])


def test_minor_units_land_exactly(landed):
    tables = declared_tables("kantata")
    milestones, _ = conform(
        tables["billing_milestones"], landed["billing_milestones"], b"key"
    )
    assert milestones["amount_in_cents"].to_list() == [-25010]
    invoices, _ = conform(tables["invoices"], landed["invoices"], b"key")
    assert invoices["workspace_id"].to_list() == ["381001", "381001"]


def test_no_cost_rate_of_a_person_is_landed():
    for table in declared_tables("kantata").values():
        assert not [c.name for c in table.columns if "cost" in c.name]
        assert not table.holds_pay


@pytest.mark.parametrize("seed", range(3))
def test_any_page_size_the_vendor_really_gives_reads_everything_once(
    client, monkeypatch, seed
):
    size = random.Random(seed).randrange(2, 60)
    page = client.page
    monkeypatch.setattr(
        client,
        "page",
        lambda path, params, offset=0, limit=0: page(
            path, params, offset, min(limit or size, size)
        ),
    )
    ids = [row["id"] for row in rows(client, "time_entries")]
    assert ids == [str(1000 + n) for n in range(ENTRIES)]
