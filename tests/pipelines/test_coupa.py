"""Coupa's client and feeds, over HTTP against the sandbox tenant."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import requests

from dlt_pipelines.core.errors import BadAnswer, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.typed_columns import conform
from dlt_pipelines.sandbox.firm.model import (
    ExpenseLine,
    ExpenseReport,
    Firm,
    LegalEntity,
    PurchaseOrder,
    Receipt,
    Supplier,
    VendorBill,
)
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.server import running
from dlt_pipelines.vendors.coupa import sandbox as sandbox_module
from dlt_pipelines.vendors.coupa import source
from dlt_pipelines.vendors.coupa.client import CoupaClient, connect
from dlt_pipelines.vendors.coupa.sandbox import WAITING, Queue, tenant
from dlt_pipelines.vendors.feeds import Window

NOW = datetime(2026, 6, 10, 6, tzinfo=UTC)
REPORTS = 60
MONTH_AGO = NOW - timedelta(days=30)


def report(number: int, changed: datetime = MONTH_AGO) -> ExpenseReport:
    return ExpenseReport(
        id=str(number),
        person_number="E001",
        entity="UK20",
        status="approved_for_payment",
        currency="GBP",
        submitted_at=MONTH_AGO,
        created_at=MONTH_AGO,
        updated_at=changed,
    )


def line(number: int, on: int, amount: str = "10.10", **other) -> ExpenseLine:
    given = {
        "project": "P1001",
        "cost_centre": "CC1",
        "foreign_amount": None,
        "foreign_currency": None,
        "updated_at": MONTH_AGO,
    }
    return ExpenseLine(
        id=str(number),
        report=str(on),
        day=date(2026, 5, 4),
        category="Travel",
        amount=Decimal(amount),
        currency="GBP",
        is_reimbursable=True,
        is_rechargeable=False,
        created_at=MONTH_AGO,
        **(given | other),
    )


def firm() -> Firm:
    made = Firm(seed=1, scale=1, start=date(2024, 12, 1), clock=NOW)
    made.entities["UK20"] = LegalEntity("UK20", "UK", "GB", "GBP", 1950, "UKP")
    for number in range(1, REPORTS + 1):
        made.expense_reports[str(number)] = report(number)
        for offset in (0, 1):
            own = line(1000 + 2 * number + offset, number)
            made.expense_lines[own.id] = own
    made.suppliers["V001"] = Supplier("V001", "Ada Ltd", 71, 81, "GBP")
    made.purchase_orders["501"] = PurchaseOrder(
        id="501",
        number="PO1",
        supplier="V001",
        person="E900",
        project="P1001",
        entity="UK20",
        currency="GBP",
        hourly_rate=Decimal("90.00"),
        quantity=Decimal(100),
        status="issued",
        created_at=MONTH_AGO,
        updated_at=MONTH_AGO,
    )
    made.purchase_orders["502"] = replace(
        made.purchase_orders["501"],
        id="502",
        number="PO2",
        person=None,
        hourly_rate=None,
        quantity=None,
        amount=Decimal("2400.00"),
        is_pass_through=True,
    )
    made.receipts["73001"] = receipt(73001, "1000.00")
    return made


def receipt(number: int, amount: str, changed: datetime = MONTH_AGO) -> Receipt:
    return Receipt(
        id=str(number),
        order="502",
        day=date(2026, 5, 20),
        amount=Decimal(amount),
        created_at=changed,
        updated_at=changed,
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coupa")
    host = Host(firm(), folder / "store.sqlite")
    with running(host, certificates=folder / "certificates") as addresses:
        yield host, addresses


@pytest.fixture
def host(served):
    served[0].replace(firm())
    return served[0]


@pytest.fixture
def sandbox(served, host):
    return served[1]


@pytest.fixture
def instance(sandbox) -> Instance:
    return sandbox.instance("coupa")


@pytest.fixture
def client(instance) -> CoupaClient:
    return connect(instance)


def window(since: datetime | None = None, known: set[str] = frozenset()) -> Window:
    return Window(since=since, until=NOW, ids=lambda table: set(known))


def read(feed, client, asked) -> tuple[dict[str, list[dict]], dict[str, list], object]:
    rows, gone, cursor = {}, {}, None
    for batch in feed(client, asked):
        place = gone if batch.deleted else rows
        place.setdefault(batch.table, []).extend(batch.rows)
        cursor = batch.cursor or cursor
    return rows, gone, cursor


def with_options(instance: Instance, **options) -> Instance:
    return replace(instance, options=instance.options | options)


def lacking(instance: Instance) -> dict[str, str]:
    """What an instance lacks: the resource of each, by the name of its setting."""
    return {s.name: s.of for s in tenant_settings.missing(instance)}


@pytest.fixture
def renamed(monkeypatch):
    """An instance that has one custom field of another name and one of none."""
    expense_line, order_line = tenant._line, tenant._order_line

    def of_expense(*told):
        line = expense_line(*told)
        custom = line["custom-fields"]
        custom["engagement"] = custom.pop("project-code")
        return line

    def of_order(*told):
        line = order_line(*told)
        line["custom-field-3"] = line["custom-fields"].pop("employee-number")
        return line

    monkeypatch.setattr(tenant, "_line", of_expense)
    monkeypatch.setattr(tenant, "_order_line", of_order)
    itemised = tenant._itemised
    monkeypatch.setattr(
        tenant, "_itemised", lambda *told: {**itemised(*told), "custom-fields": {}}
    )


def test_every_field_that_an_instance_lacks_is_named(instance, renamed):
    assert lacking(instance) == {
        "fields.expense_project_code": "expense_lines",
        "fields.order_employee_number": "purchase_order_lines",
    }


def test_where_there_is_no_row_nobody_knows_which_fields_there_are(instance, host):
    empty = firm()
    empty.purchase_orders.clear()
    host.replace(empty)
    assert lacking(instance) == {}


@pytest.mark.parametrize("since", [None, MONTH_AGO])
def test_an_instances_own_names_land_as_declared(instance, renamed, since):
    fields = {
        "expense_project_code": "engagement",
        "expense_rechargeable": "",
        "order_employee_number": "custom-field-3",
    }
    own = with_options(instance, fields=fields)
    assert lacking(own) == {}
    rows, _, _ = read(source.read_expenses, connect(own), window(since))
    told = next(r["custom-fields"] for r in rows["expense_lines"] if r["custom-fields"])
    assert told == {"project-code": "P1001", "cost-centre": "CC1"}
    rows, _, _ = read(source.read_purchase_orders, connect(own), window(since))
    for line in rows["purchase_order_lines"]:
        assert "custom-field-3" not in line
    numbers = {
        r["custom-fields"]["employee-number"] for r in rows["purchase_order_lines"]
    }
    assert numbers == {"E900", None}


def test_a_first_reading_has_every_report_and_line_past_the_page_cap(client):
    rows, _, cursor = read(source.read_expenses, client, window())
    assert sorted(row["id"] for row in rows["expense_reports"]) == [
        *range(1, REPORTS + 1)
    ]
    plain = [r for r in rows["expense_lines"] if not r["itemized-expense-lines"]]
    assert len(plain) == len({row["id"] for row in plain}) == 2 * REPORTS
    assert cursor == MONTH_AGO


@pytest.mark.parametrize("cap", [1, 25, 40])
def test_a_page_shorter_than_asked_for_is_not_the_end(client, monkeypatch, cap):
    monkeypatch.setattr(client, "per_second", 1e6)
    monkeypatch.setattr(sandbox_module, "CAP", cap)
    rows, _, _ = read(source.read_expenses, client, window())
    assert sorted(row["id"] for row in rows["expense_reports"]) == [
        *range(1, REPORTS + 1)
    ]


def test_reading_again_asks_little_and_only_for_the_overlap(client, host):
    host.firm.expense_reports["7"] = report(7, NOW - timedelta(minutes=30))
    rows, _, cursor = read(
        source.read_expenses, client, window(NOW - timedelta(minutes=10))
    )
    assert [row["id"] for row in rows["expense_reports"]] == [7]
    assert cursor == NOW - timedelta(minutes=10)
    assert client.requests_sent == 4  # token, reports, no more of them, lines


def test_a_line_changed_without_its_report_is_read(client, host):
    changed = line(1014, 7, "12.00", updated_at=NOW - timedelta(minutes=5))
    host.firm.expense_lines["1014"] = changed
    rows, _, cursor = read(
        source.read_expenses, client, window(NOW - timedelta(minutes=10))
    )
    assert rows.get("expense_reports", []) == []
    assert [(r["id"], r["amount"]) for r in rows["expense_lines"]] == [(1014, "12.00")]
    assert cursor == changed.updated_at


def test_a_change_after_the_landing_began_waits_for_the_next(client, host):
    host.firm.expense_reports["7"] = report(7, NOW + timedelta(seconds=1))
    rows, _, _ = read(source.read_expenses, client, window())
    assert 7 not in [row["id"] for row in rows["expense_reports"]]


def test_a_line_its_report_no_longer_lists_is_gone(client, host):
    del host.firm.expense_lines["1014"]
    host.firm.expense_reports["7"] = report(7, NOW - timedelta(minutes=5))
    known = {"7|1014", "7|1015", "8|1016"}
    asked = window(NOW - timedelta(minutes=10), known)
    _, gone, _ = read(source.read_expenses, client, asked)
    assert gone["expense_lines"] == [{"expense-report-id": 7, "id": 1014}]


def test_a_line_that_moved_is_gone_from_the_report_it_was_on(client, host):
    moved = line(1014, 8, updated_at=NOW - timedelta(minutes=5))
    host.firm.expense_lines["1014"] = moved
    asked = window(NOW - timedelta(minutes=10), {"7|1014", "7|1015"})
    rows, gone, _ = read(source.read_expenses, client, asked)
    assert [row["expense-report-id"] for row in rows["expense_lines"]] == [8]
    assert gone["expense_lines"] == [{"expense-report-id": 7, "id": 1014}]


def test_a_line_reads_the_same_in_its_report_and_in_its_own_listing(client):
    rows, _, _ = read(source.read_expenses, client, window())
    table = declared_tables("coupa")["expense_lines"]
    inline, _ = conform(table, rows["expense_lines"], b"key")
    known = window(since=NOW - timedelta(days=60))
    again = source._batches(client, "expense_lines", known)
    own = [
        r for page in again for r in source._as_declared(client, "expense_lines", page)
    ]
    listed, _ = conform(table, own, b"key")
    columns = ["_key", "_content_hash"]
    assert set(inline[columns].rows()) == set(listed[columns].rows())


CHOICES = [
    ({"name": "Ärzte", "external-ref-num": "P1", "external-ref-code": "A-P1"}, "P1"),
    ({"name": "P2", "external-ref-num": None, "external-ref-code": None}, "P2"),
    ({"login": "ada", "employee-number": "E900"}, "E900"),
    ([{"name": "One", "external-ref-num": "P3"}], "P3"),
    ([], None),
    (None, None),
    ("P4", "P4"),
]


@pytest.mark.parametrize(("chosen", "code"), CHOICES)
def test_a_choice_lands_as_its_code(client, monkeypatch, chosen, code):
    monkeypatch.setattr(tenant, "_lookup_value", lambda *_: chosen)
    rows, _, _ = read(source.read_expenses, client, window())
    line = next(r for r in rows["expense_lines"] if r["id"] == 1014)
    frame, drift = conform(declared_tables("coupa")["expense_lines"], [line], b"key")
    assert frame["project_code"].to_list() == [code]
    assert drift == []


def test_several_choices_are_no_code_and_reported(client, monkeypatch):
    several = [{"external-ref-num": "P1"}, {"external-ref-num": "P2"}]
    monkeypatch.setattr(tenant, "_lookup_value", lambda *_: several)
    rows, _, _ = read(source.read_expenses, client, window())
    line = next(r for r in rows["expense_lines"] if r["id"] == 1014)
    frame, drift = conform(declared_tables("coupa")["expense_lines"], [line], b"key")
    assert frame["project_code"].to_list() == [None]
    assert [(d.column, d.kind) for d in drift] == [("project_code", "variant_value")]


def test_an_itemised_line_names_its_parts_and_they_name_it(client):
    rows, _, _ = read(source.read_expenses, client, window())
    lines = [r for r in rows["expense_lines"] if r["expense-report-id"] == 10]
    (parent,) = [r for r in lines if r["itemized-expense-lines"]]
    parts = [r for r in lines if r["parent-expense-line-id"] == parent["id"]]
    assert [p["id"] for p in parts] == [1020, 1021]
    assert Decimal(parent["amount"]) == sum(Decimal(p["amount"]) for p in parts)


def test_a_line_served_twice_arrives_twice_with_the_same_content(client, host):
    host.firm.served_twice["expense_lines"] = ["1014"]
    rows, _, _ = read(source.read_expenses, client, window())
    twice = [r for r in rows["expense_lines"] if r["id"] == 1014]
    assert len(twice) == 2
    (seventh,) = [r for r in rows["expense_reports"] if r["id"] == 7]
    assert seventh["total"] == "20.20"


def test_foreign_money_moments_and_custom_fields_land_typed(client, host):
    spent = {"foreign_amount": Decimal("12.50"), "foreign_currency": "EUR"}
    host.firm.expense_lines["1014"] = line(1014, 7, **spent, project=None)
    rows, _, _ = read(source.read_expenses, client, window())
    wanted = [r for r in rows["expense_lines"] if r["id"] == 1014]
    frame, drift = conform(declared_tables("coupa")["expense_lines"], wanted, b"key")
    (row,) = frame.to_dicts()
    assert drift == []
    assert row["_key"] == "7|1014"
    assert row["accounting_total"] == Decimal("10.10")
    assert row["accounting_currency_code"] == "GBP"
    assert row["exchange_rate"] == Decimal("0.808")
    assert row["expense_date"] == date(2026, 5, 4)
    assert row["updated_at"] == MONTH_AGO.replace(tzinfo=None)
    assert (row["project_code"], row["cost_centre"]) == (None, "CC1")
    assert row["rechargeable"] is False


def test_a_bill_changes_the_order_line_and_not_the_order(client, host):
    host.firm.vendor_bills["b1"] = VendorBill(
        id="b1",
        number="INV-1",
        order="PO1",
        supplier="V001",
        person="E900",
        project="P1001",
        entity="UK20",
        currency="GBP",
        service_month=date(2026, 5, 1),
        amount=Decimal("4500.00"),
        bill_date=date(2026, 6, 3),
        created_at=NOW - timedelta(minutes=5),
        updated_at=NOW - timedelta(minutes=5),
    )
    asked = window(NOW - timedelta(minutes=10))
    rows, _, _ = read(source.read_purchase_orders, client, asked)
    assert rows.get("purchase_orders", []) == []
    (row,) = rows["purchase_order_lines"]
    assert (row["order-header-id"], row["invoiced"]) == (501, "4500.00")


def test_an_order_was_raised_on_the_tenants_day_and_says_its_unit(client, host):
    evening = datetime(2026, 5, 1, 2, tzinfo=UTC)  # of 30 April in Los Angeles
    order = replace(host.firm.purchase_orders["501"], created_at=evening)
    host.firm.purchase_orders["501"] = order
    rows, _, _ = read(source.read_purchase_orders, client, window())
    declared = declared_tables("coupa")
    orders, _ = conform(declared["purchase_orders"], rows["purchase_orders"], b"key")
    lines, _ = conform(
        declared["purchase_order_lines"], rows["purchase_order_lines"], b"key"
    )
    assert orders["created_date"].to_list()[0] == date(2026, 4, 30)
    assert lines["uom_code"].to_list() == ["HR", None]


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("purchase_order_lines", "price"),
        ("purchase_order_lines", "quantity"),
        ("purchase_order_lines", "invoiced"),
        ("purchase_order_lines", "received"),
        ("receiving_transactions", "total"),
    ],
)
def test_what_coupa_tells_to_six_decimals_is_not_lost(table, column):
    row = {"id": 1, column: "33.333333"}
    frame, drift = conform(declared_tables("coupa")[table], [row], b"key")
    assert frame[column].to_list() == [Decimal("33.333333")]
    assert drift == []


def test_a_receipt_names_its_order_line_and_lands_typed(client):
    rows, _, cursor = read(source.read_receipts, client, window())
    orders, _, _ = read(source.read_purchase_orders, client, window())
    (own,) = [
        row for row in orders["purchase_order_lines"] if row["order-header-id"] == 502
    ]
    assert (own["price"], own["quantity"], own["total"]) == ("2400.00", None, "2400.00")
    assert (own["received"], own["invoiced"]) == ("1000.00", "0.00")
    assert own["custom-fields"]["pass-through"] is True
    table = declared_tables("coupa")["receiving_transactions"]
    frame, drift = conform(table, rows["receiving_transactions"], b"key")
    (row,) = frame.to_dicts()
    assert drift == []
    assert row["po_line_id"] == str(own["id"])
    assert (row["total"], row["currency_code"]) == (Decimal("1000.0000"), "GBP")
    assert row["transaction_date"] == date(2026, 5, 20)
    assert cursor == MONTH_AGO


def test_receipts_since_the_last_reading_alone_are_read(client, host):
    host.firm.receipts["73002"] = receipt(73002, "400.50", NOW - timedelta(minutes=5))
    rows, _, _ = read(source.read_receipts, client, window(NOW - timedelta(hours=1)))
    assert [row["id"] for row in rows["receiving_transactions"]] == [73002]


def test_hours_of_a_contractor_are_received_as_they_are_billed(client):
    rows, _, _ = read(source.read_purchase_orders, client, window())
    hours, goods = rows["purchase_order_lines"]
    assert hours["received"] == hours["invoiced"] == "0.00"
    assert hours["custom-fields"]["employee-number"] == "E900"
    assert hours["custom-fields"]["pass-through"] is False
    assert goods["custom-fields"]["employee-number"] is None


@pytest.mark.parametrize("feed", source.FEEDS, ids=lambda feed: feed.name)
def test_every_declared_column_is_served_and_nothing_undeclared(client, host, feed):
    host.firm.expense_lines["1014"] = line(
        1014, 7, foreign_amount=Decimal("12.50"), foreign_currency="EUR"
    )
    rows, _, _ = read(feed.read, client, window())
    for name in feed.tables:
        table = declared_tables("coupa")[name]
        frame, drift = conform(table, rows[name], b"key")
        assert drift == []
        empty = {c.name for c in table.columns if frame[c.name].is_null().all()}
        assert empty <= {"original_id"}  # nothing is voided in part here


def test_a_wrong_secret_is_refused_in_oauths_words(instance):
    with pytest.raises(Refused, match="invalid_client: Client authentication failed"):
        connect(with_options(instance, client_secret="wrong")).ping()


def test_a_missing_scope_is_named(instance):
    bare = with_options(instance, scope="core.common.read core.supplier.read")
    with pytest.raises(Refused, match=r"core\.expense\.read") as refused:
        connect(bare).ping()
    assert "scopes" in refused.value.do


def test_a_token_no_longer_accepted_is_renewed_once(client):
    client.ping()
    client._token = "expired"
    assert client.ping() == "suppliers and expense reports can be read"


def test_validation_names_the_field(client):
    with pytest.raises(Refused, match="HTTP 400 updated-at: is not a valid date"):
        client.rows("suppliers", **{"updated_at[gt]": "yesterday"})
    with pytest.raises(Refused, match="is not a known attribute"):
        client.rows("suppliers", colour="red")


def test_an_empty_result_is_an_empty_list(client):
    assert client.rows("suppliers", name="nobody") == []


def test_filters_take_underscores_nesting_and_a_date_without_a_zone(client):
    assert client.rows("purchase_orders", **{"supplier[name][contains]": "Ada"})
    assert client.rows("purchase_orders", **{"updated_at[gt]": "2026-05-01"})
    assert not client.rows("purchase_orders", **{"status[not_in]": "issued,closed"})
    assert client.rows("expense_lines", offset=119 + 6, limit=50) != []


def test_without_the_json_headers_the_answer_is_xml(client):
    token = client.authorise()["Authorization"]
    url = f"{client.base_url}/api/suppliers"
    answer = requests.get(url, headers={"Authorization": token}, timeout=5)
    assert answer.headers["content-type"].startswith("application/xml")
    assert "<name>Ada Ltd</name>" in answer.text
    none = requests.get(
        url, {"name": "nobody"}, headers={"Authorization": token}, timeout=5
    )
    assert none.status_code == 404
    assert "No results" in none.text


def test_too_many_requests_at_once_are_turned_away(client):
    headers = client.authorise()
    url = f"{client.base_url}/api/suppliers"

    def ask(_: int) -> int:
        return requests.get(url, headers=headers, timeout=10).status_code

    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(ask, range(50)))
    assert {200, 429} == set(statuses)
    assert statuses.count(200) >= WAITING
    assert client.rows("suppliers")  # patience gets through


def test_the_queue_admits_twenty_waiting_and_empties_at_its_pace():
    queue = Queue()
    waits = [queue.admit(100.0) for _ in range(30)]
    assert sum(wait is not None for wait in waits) == WAITING + 1
    assert queue.admit(102.0) == 0


def test_a_throttled_page_is_asked_for_again(client, sandbox):
    plan = {"path": "/coupa/api/suppliers", "kind": "429", "retry_after": "0"}
    requests.post(f"{sandbox.plain}/_sandbox/disturb", json=plan, timeout=5)
    rows, _, _ = read(source.read_suppliers, client, window())
    assert [row["number"] for row in rows["suppliers"]] == ["V001"]


def test_a_truncated_page_is_not_taken_for_a_short_one(client, sandbox):
    plan = {"path": "/coupa/api/expense_reports", "kind": "truncate"}
    requests.post(f"{sandbox.plain}/_sandbox/disturb", json=plan, timeout=5)
    with pytest.raises(BadAnswer):
        read(source.read_expenses, client, window())


def test_an_empty_tenant_is_read_without_a_cursor(client, host):
    host.replace(Firm(seed=1, scale=1, start=date(2024, 12, 1), clock=NOW))
    rows, gone, cursor = read(source.read_expenses, client, window())
    assert rows == {"expense_reports": []}
    assert gone == {"expense_lines": []}
    assert cursor is None
