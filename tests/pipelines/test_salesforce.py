"""Salesforce, against the sandbox's organisation over real HTTP."""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import requests
from starlette.applications import Starlette

from dlt_pipelines.core.errors import BadAnswer, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.typed_columns import conform
from dlt_pipelines.sandbox.firm.model import (
    Customer,
    Firm,
    Opportunity,
    OpportunityLine,
    Person,
)
from dlt_pipelines.sandbox.serving import organisation as serving
from dlt_pipelines.sandbox.serving import soql
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.feeds import Window
from dlt_pipelines.vendors.salesforce import sandbox
from dlt_pipelines.vendors.salesforce.client import connect
from dlt_pipelines.vendors.salesforce.source import FEEDS
from dlt_pipelines.vendors.soql import LocatorExpired, SoqlClient

CLOCK = datetime(2026, 6, 10, 6, tzinfo=UTC)
FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
DEALS = 400


def account_id(number: int) -> str:
    return serving.record_id("001", number)


def deal_id(number: int) -> str:
    return serving.record_id("006", number)


def customer(number: int, parent: str | None = None) -> Customer:
    return Customer(
        number=f"C{number:04d}",
        name=f"Customer {number}",
        parent=parent,
        country="US",
        currency="USD",
        owner="E0001",
        salesforce_id=account_id(number),
        kantata_id=str(number),
        netsuite_id=number,
        created_at=FIRST,
        updated_at=FIRST,
    )


def deal(number: int) -> Opportunity:
    changed = FIRST + timedelta(hours=number)
    return Opportunity(
        salesforce_id=deal_id(number),
        name=f"Deal {number}",
        customer="C0002",
        owner="E0001",
        stage="Closed Won",
        close_date=date(2026, 2, 1),
        amount=Decimal("120000.10"),
        currency="USD",
        probability=100,
        entity="US10",
        practice="PR-1",
        contract_type="cost_plus",
        project_code=f"P{1000 + number}",
        cap_amount=None,
        fee_rate=Decimal("0.085"),
        fee_ceiling=Decimal("9999.99"),
        service_start=date(2026, 2, 1),
        service_end=date(2026, 8, 31),
        created_at=changed,
        updated_at=changed,
    )


def amendment(number: int, of: int) -> Opportunity:
    return dataclasses.replace(
        deal(number),
        amends=deal_id(of),
        effective_date=date(2026, 4, 15),
        treatment="prospective",
        amount=Decimal("-2500"),
        contract_type="time_and_materials_capped",
        cap_amount=Decimal("-2500"),
    )


def line(number: int, code: str, price: str, hours: str | None) -> OpportunityLine:
    changed = FIRST + timedelta(hours=number)
    return OpportunityLine(
        salesforce_id=serving.record_id("00k", number),
        obligation=code,
        name="Support",
        contract_type="retainer_rollover",
        list_price=Decimal("1000.25"),
        total_price=Decimal(price),
        included_hours=Decimal(hours) if hours else None,
        service_start=date(2026, 2, 1),
        service_end=date(2026, 8, 31),
        created_at=changed,
        updated_at=changed,
    )


def person(number: str, left: date | None = None) -> Person:
    return Person(
        number=number,
        first_name="Ada",
        last_name="Example",
        email=f"{number.lower()}@firm.example",
        is_contractor=False,
        hired=date(2024, 1, 1),
        left=left,
        workday_id="0" * 32,
        kantata_id="1",
        adp_id=None,
        payroll_file=None,
        netsuite_id=1,
        supplier=None,
        created_at=FIRST,
        updated_at=FIRST,
    )


@pytest.fixture
def firm() -> Firm:
    made = Firm(
        seed=1,
        scale=1,
        start=date(2025, 1, 1),
        clock=CLOCK,
        people={"E0001": person("E0001"), "E0002": person("E0002", date(2026, 6, 1))},
        customers={"C0001": customer(1), "C0002": customer(2, parent="C0001")},
        opportunities={deal_id(n): deal(n) for n in range(DEALS)},
    )
    made.opportunities[deal_id(8)] = amendment(8, of=7)
    made.opportunities[deal_id(7)].lines = [
        line(1, "01", "900.10", None),
        line(2, "02", "120000.50", "160.5"),
    ]
    return made


@pytest.fixture
def organisation(firm, tmp_path):
    return sandbox.organisation(Host(firm, tmp_path / "store.sqlite"))


@pytest.fixture
def instance(served, organisation, tmp_path):
    served["now"] = Starlette(routes=organisation.routes())
    options = sandbox.settings(served["url"], tmp_path)
    return Instance("crm", "salesforce", options)


def changed_options(instance, **options):
    return Instance(instance.name, instance.vendor, {**instance.options, **options})


def read(instance, table, since=None, until=CLOCK, known=()):
    feed = next(feed for feed in FEEDS if feed.name == table)
    window = Window(since, until, ids=lambda _: set(known))
    return list(feed.read(connect(instance), window))


def rows(batches, deleted=False):
    return [row for b in batches if b.deleted is deleted for row in b.rows]


NEVER_SAID = {
    "accounts": {"industry", "master_record_id"},
    "opportunities": {"obligation"},
    "users": {"title"},
}


def test_every_declared_field_is_served_and_no_other(instance):
    for name, table in declared_tables("salesforce").items():
        frame, drift = conform(table, rows(read(instance, name)), b"key")
        assert frame.height, name
        assert drift == [], name
        # Nothing of this firm is merged or in an industry, and no deal says which
        # obligation it changes.
        empty = {
            c.name for c in table.columns if frame[c.name].null_count() == len(frame)
        }
        assert empty <= NEVER_SAID.get(name, set()), name


def test_types_survive_the_wire(instance):
    table = declared_tables("salesforce")["opportunities"]
    frame, _ = conform(table, rows(read(instance, "opportunities")), b"key")
    first = frame.filter(frame["id"] == deal_id(1)).row(0, named=True)
    assert first["amount"] == Decimal("120000.10")
    assert first["fee_rate"] == Decimal("0.085")
    assert first["service_end"] == date(2026, 8, 31)
    assert first["system_modstamp"] == datetime(2026, 1, 5, 10)  # noqa: DTZ001
    assert first["is_won"] is True


def test_an_amendment_says_what_it_changes_from_when_and_how(instance):
    table = declared_tables("salesforce")["opportunities"]
    frame, _ = conform(table, rows(read(instance, "opportunities")), b"key")
    told = {
        row["id"]: (row["type"], row["amends"], row["effective_date"], row["treatment"])
        for row in frame.to_dicts()
    }
    assert told[deal_id(7)] == ("New Business", None, None, None)
    changed = ("Amendment", deal_id(7), date(2026, 4, 15), "prospective")
    assert told[deal_id(8)] == changed
    row = frame.filter(frame["id"] == deal_id(8)).row(0, named=True)
    assert row["amount"] == row["cap_amount"] == Decimal("-2500")


def test_the_products_of_a_deal_are_its_obligations(instance):
    table = declared_tables("salesforce")["opportunity_lines"]
    frame, drift = conform(table, rows(read(instance, "opportunity_lines")), b"key")
    assert drift == []
    first, second = frame.sort("obligation").to_dicts()
    assert {first["opportunity_id"], second["opportunity_id"]} == {deal_id(7)}
    assert (first["obligation"], second["obligation"]) == ("01", "02")
    prices = (first["list_price"], first["total_price"])
    assert prices == (Decimal("1000.25"), Decimal("900.10"))
    hours = (first["included_hours"], second["included_hours"])
    assert hours == (None, Decimal("160.5"))
    assert second["contract_type"] == "retainer_rollover"
    assert second["service_end"] == date(2026, 8, 31)


def test_products_changed_since_alone_are_read_again(instance):
    since = FIRST + timedelta(hours=2)
    until = since + timedelta(hours=1)
    found = rows(read(instance, "opportunity_lines", since, until))
    assert [row["Obligation__c"] for row in found] == ["02"]


def test_a_product_that_was_purged_is_found_by_the_weekly_sweep(instance):
    known = [serving.record_id("00k", number) for number in (1, 2, 3)]
    monday = datetime(2026, 6, 8, tzinfo=UTC)
    since = monday - timedelta(days=1)
    swept = read(instance, "opportunity_lines", since, CLOCK, known)
    assert rows(swept, deleted=True) == [{"Id": known[2]}]


def test_a_list_price_that_moves_no_stamp_is_read_within_the_week(instance, firm):
    monday = datetime(2026, 6, 8, tzinfo=UTC)
    held = firm.opportunities[deal_id(7)].lines[0]
    held.list_price = Decimal("1100")
    assert rows(read(instance, "opportunity_lines", monday)) == []
    batches = read(instance, "opportunity_lines", monday - timedelta(days=1))
    prices = {row["Id"]: row["ListPrice"] for row in rows(batches)}
    assert Decimal(prices[held.salesforce_id]) == Decimal("1100")
    cursors = [batch.cursor for batch in batches if batch.cursor]
    assert cursors == [FIRST + timedelta(hours=2)], "with the last batch alone"


@pytest.mark.parametrize(("of", "share"), [("percent", "0.085"), ("number", "8.5")])
def test_a_fee_in_percent_is_a_share_as_its_field_s_type_says(
    instance, monkeypatch, of, share
):
    monkeypatch.setitem(sandbox.FIELDS["Opportunity"], "Fee_Rate__c", of)
    table = declared_tables("salesforce")["opportunities"]
    frame, _ = conform(table, rows(read(instance, "opportunities")), b"key")
    assert set(frame["fee_rate"].drop_nulls()) == {Decimal(share)}


def test_a_hierarchy_and_owners_refer_to_other_records(instance):
    children = [r for r in rows(read(instance, "accounts")) if r["ParentId"]]
    assert [r["ParentId"] for r in children] == [account_id(1)]
    users = {r["Id"]: r["EmployeeNumber"] for r in rows(read(instance, "users"))}
    assert users[children[0]["OwnerId"]] == "E0001"


def test_a_user_who_left_is_inactive_and_was_touched_then(instance):
    users = {r["EmployeeNumber"]: r for r in rows(read(instance, "users"))}
    assert [users[n]["IsActive"] for n in ("E0001", "E0002")] == [True, False]
    assert users["E0002"]["SystemModstamp"].startswith("2026-06-01T23:59")


def test_reads_on_past_pages_of_any_size_in_order(instance, organisation):
    read_rows = rows(read(instance, "opportunities"))
    deals = [r["Id"] for r in read_rows if r["Project_Code__c"]]
    assert deals == [deal_id(n) for n in range(DEALS)]
    assert organisation.used > 1


def test_a_later_reading_repeats_the_overlap_and_no_more(instance):
    since = FIRST + timedelta(hours=DEALS - 1)
    until = since + timedelta(hours=1)
    batches = read(instance, "opportunities", since, until)
    later = [r["Id"] for r in rows(batches)]
    assert deal_id(DEALS - 1) in later
    assert deal_id(DEALS - 2) not in later
    just_past = since + timedelta(minutes=10)
    assert deal_id(DEALS - 1) in [
        r["Id"] for r in rows(read(instance, "opportunities", just_past, until))
    ]


def test_the_window_ends_before_its_end(instance):
    until = FIRST + timedelta(hours=3)
    read_ids = [r["Id"] for r in rows(read(instance, "opportunities", until=until))]
    assert deal_id(2) in read_ids
    assert deal_id(3) not in read_ids


def test_the_cursor_is_the_last_change_seen(instance):
    batches = read(instance, "opportunities")
    newest = max(r["SystemModstamp"] for b in batches for r in b.rows)
    assert batches[-1].cursor == datetime.fromisoformat(newest)


def test_deleted_records_come_as_tombstones(instance):
    batches = read(instance, "opportunities")
    gone = rows(batches, deleted=True)
    assert gone
    assert all(r["IsDeleted"] for r in gone)
    assert not any(r["IsDeleted"] for r in rows(batches))


def test_a_merged_account_comes_as_it_is_and_says_what_it_became(instance, monkeypatch):
    """The loser of a merge is deleted and names the winner in MasterRecordId."""
    accounts = sandbox.RECORDS["Account"]

    def merged(firm):
        loser = {**accounts(firm)[1], "Id": account_id(3), "IsDeleted": True}
        return [*accounts(firm), {**loser, "MasterRecordId": account_id(1)}]

    monkeypatch.setitem(sandbox.RECORDS, "Account", merged)
    batches = read(instance, "accounts")
    became = {r["Id"]: r["MasterRecordId"] for r in rows(batches)}
    assert became == {
        account_id(1): None, account_id(2): None, account_id(3): account_id(1)
    }  # fmt: skip
    assert rows(batches, deleted=True) == []


def test_query_alone_hides_the_recycle_bin(instance, organisation):
    client = connect(instance)
    shown = client.get(
        "/services/data/v61.0/query",
        params={"q": "SELECT Id, IsDeleted FROM Opportunity"},
    )
    assert not any(r["IsDeleted"] for r in shown["records"])


def test_a_purged_record_is_found_by_the_weekly_sweep(instance):
    known = [account_id(1), account_id(2), account_id(77)]
    monday = datetime(2026, 6, 8, tzinfo=UTC)
    swept = read(instance, "accounts", monday - timedelta(days=1), CLOCK, known)
    assert rows(swept, deleted=True) == [{"Id": account_id(77)}]
    same_week = read(instance, "accounts", monday, CLOCK, known)
    assert rows(same_week, deleted=True) == []


def test_a_sweep_that_sees_nothing_deletes_nothing(instance, firm):
    firm.customers.clear()
    with pytest.raises(BadAnswer, match="none of the 1 accounts"):
        read(instance, "accounts", FIRST, CLOCK, [account_id(1)])


def test_a_record_served_twice_comes_twice(instance, firm):
    firm.served_twice["opportunities"] = [deal_id(7)]
    ids = [r["Id"] for r in rows(read(instance, "opportunities"))]
    assert ids.count(deal_id(7)) == 2


@pytest.mark.parametrize(
    ("option", "error"),
    [("client_secret", "invalid_client:"), ("client_id", "invalid_client_id:")],
)
def test_wrong_credentials_are_refused_in_salesforce_s_words(instance, option, error):
    with pytest.raises(Refused, match=error) as refused:
        connect(changed_options(instance, **{option: "wrong"})).ping()
    assert "client_secret" in refused.value.do
    assert sandbox.CLIENT_SECRET not in str(refused.value)


def test_the_login_host_holds_no_data(instance):
    url = f"{instance.option('base_url')}/services/data/v61.0/limits"
    assert requests.get(url, timeout=5).status_code == 404


def test_an_ended_session_is_opened_again_once(instance, organisation):
    client = connect(instance)
    client.ping()
    organisation.sessions.clear()
    assert "calls of the day left" in client.ping()


def test_the_daily_limit_stops_at_once_and_says_so(instance, organisation):
    client = connect(instance)
    client.ping()
    organisation.daily_calls = organisation.used
    sent = client.requests_sent
    with pytest.raises(Refused, match="TotalRequests Limit exceeded") as refused:
        client.ping()
    assert client.requests_sent == sent + 1
    assert "24 hours" in refused.value.do


def test_the_last_calls_of_the_day_are_left_to_others(instance, organisation):
    organisation.daily_calls = 1
    client = connect(instance)
    client.ping()
    with pytest.raises(Refused, match="used 1 of the 1 calls"):
        client.ping()


def lacking(instance: Instance) -> dict[str, str]:
    """What an organisation lacks: the object of each, by the name of its setting."""
    return {s.name: s.of for s in tenant_settings.missing(instance)}


@pytest.fixture
def renamed(monkeypatch):
    """An organisation that calls two fields otherwise, and has no currencies."""
    own = {
        "Opportunity": {"Contract_Type__c": "Pricing__c", "CurrencyIsoCode": None},
        "OpportunityLineItem": {"Contract_Type__c": "Line_Pricing__c"},
    }
    for name, changed in own.items():
        fields = {changed.get(k, k): v for k, v in sandbox.FIELDS[name].items()}
        fields.pop(None, None)
        monkeypatch.setitem(sandbox.FIELDS, name, fields)
        made = sandbox.RECORDS[name]

        def records(firm, made=made, changed=changed):
            return [{changed.get(k, k): v for k, v in r.items()} for r in made(firm)]

        monkeypatch.setitem(sandbox.RECORDS, name, records)


def test_every_field_that_an_organisation_lacks_is_named(instance, renamed):
    assert lacking(instance) == {
        "fields.contract_type": "Opportunity",
        "fields.currency": "Opportunity",
        "fields.line_contract_type": "OpportunityLineItem",
    }
    with pytest.raises(Refused, match="No such column") as refused:
        read(instance, "opportunities")
    assert "tieout doctor" in refused.value.do


def test_its_own_names_are_asked_for_and_land_as_declared(instance, renamed):
    own = changed_options(
        instance,
        fields={
            "contract_type": "Pricing__c",
            "line_contract_type": "Line_Pricing__c",
            "currency": "",
            # One field says two things, of which one is declared by its own name.
            "effective_date": "CloseDate",
        },
    )
    assert lacking(own) == {}
    deal = next(r for r in rows(read(own, "opportunities")) if r["Contract_Type__c"])
    assert deal["Contract_Type__c"] == "cost_plus"
    assert deal["Effective_Date__c"] == deal["CloseDate"]
    assert not {"Pricing__c", "CurrencyIsoCode"} & deal.keys()
    line = rows(read(own, "opportunity_lines"))[0]
    assert line["Contract_Type__c"]
    assert "Line_Pricing__c" not in line


def test_a_forgotten_result_is_asked_for_again(instance, organisation, monkeypatch):
    whole, forgotten = organisation._page, []

    def forget_once(request, locator, start):
        if start and not forgotten:
            forgotten.append(locator)
            return serving.error(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return whole(request, locator, start)

    monkeypatch.setattr(organisation, "_page", forget_once)
    ids = {r["Id"] for r in rows(read(instance, "opportunities"))}
    assert forgotten
    assert {deal_id(n) for n in range(DEALS)} <= ids


def test_only_the_latest_results_are_kept(instance, organisation, monkeypatch):
    monkeypatch.setattr(serving, "LOCATORS_KEPT", 1)
    client = connect(instance)
    pages = client.query_all("SELECT Id FROM Opportunity")
    next(pages)
    list(client.query_all("SELECT Id FROM User"))
    with pytest.raises(LocatorExpired):
        next(pages)


def test_a_query_that_times_out_is_halved(instance, organisation, monkeypatch):
    first_page = organisation._first_page
    asked = []

    def slow(request, deleted):
        asked.append(request.query_params["q"])
        if len(asked) <= 3:
            message = "Your query request was running for too long."
            return serving.error(400, "QUERY_TIMEOUT", message)
        return first_page(request, deleted)

    monkeypatch.setattr(organisation, "_first_page", slow)
    ids = [r["Id"] for r in rows(read(instance, "opportunities"))]
    assert {deal_id(n) for n in range(DEALS)} <= set(ids)
    assert len(ids) == len(set(ids))


def test_fewer_rows_than_it_tells_of_are_not_taken_for_all(instance, monkeypatch):
    client = connect(instance)
    pages = iter(
        [
            {"totalSize": 400, "done": False, "nextRecordsUrl": "/next", "records": []},
            {"totalSize": 400, "done": True, "records": [{"Id": "1"}] * 100},
        ]
    )
    monkeypatch.setattr(client, "get", lambda *_, **__: next(pages))
    with pytest.raises(BadAnswer, match="gave 100 of the 400 rows"):
        list(client.query_all("SELECT Id FROM Account"))


def test_an_answer_that_is_no_page_is_named(instance, organisation, monkeypatch):
    monkeypatch.setattr(organisation, "_page", lambda *_: serving.as_json({"ok": True}))
    with pytest.raises(BadAnswer, match="without records and done"):
        read(instance, "users")


def test_a_page_cut_short_lands_nothing(instance, organisation, monkeypatch):
    whole = organisation._page

    def cut(*request):
        response = whole(*request)
        return serving.Response(response.body[:-20], media_type="application/json")

    monkeypatch.setattr(organisation, "_page", cut)
    with pytest.raises(BadAnswer, match="not whole JSON"):
        read(instance, "users")


@pytest.mark.parametrize("status", [406, 429, 503])
def test_a_busy_gateway_is_asked_again(instance, organisation, monkeypatch, status):
    monkeypatch.setattr(SoqlClient, "longest_wait", 0.01)
    answers = [serving.Response(status_code=status)] * 2
    whole = organisation._page
    monkeypatch.setattr(
        organisation, "_page", lambda *r: answers.pop() if answers else whole(*r)
    )
    assert len(rows(read(instance, "users"))) == 2


def test_the_concurrency_cap_passes(instance, organisation, monkeypatch):
    monkeypatch.setattr(SoqlClient, "longest_wait", 0.01)
    message = "ConcurrentPerOrgLongTxn Limit exceeded."
    answers = [serving.error(403, "REQUEST_LIMIT_EXCEEDED", message)]
    whole = organisation._page
    monkeypatch.setattr(
        organisation, "_page", lambda *r: answers.pop() if answers else whole(*r)
    )
    assert len(rows(read(instance, "users"))) == 2


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Nothing FROM User", "INVALID_FIELD"),
        ("SELECT IsDeleted FROM User", "INVALID_FIELD"),
        ("SELECT Id FROM User WHERE SystemModstamp > '2026-01-01'", "INVALID_FIELD"),
        ("SELECT * FROM User", "MALFORMED_QUERY"),
        ("SELECT Id FROM User WHERE", "MALFORMED_QUERY"),
        ("SELECT Id User", "MALFORMED_QUERY"),
        ("SELECT Id FROM User ORDER Name", "MALFORMED_QUERY"),
        ("", "MALFORMED_QUERY"),
    ],
)
def test_soql_is_read_strictly(instance, query, code):
    with pytest.raises(Refused, match=code):
        list(connect(instance).query_all(query))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT n FROM T ORDER BY n DESC", [3, 2, 1, None]),
        ("SELECT n FROM T ORDER BY n ASC LIMIT 2", [None, 1]),
        ("SELECT n FROM T WHERE n >= 2 AND s = 'it\\'s' ORDER BY n", [3]),
        ("SELECT n FROM T WHERE n = null", [None]),
        ("SELECT N FROM T WHERE d < 2026-01-02 AND f = TRUE", [1]),
    ],
)
def test_soql_selects_filters_and_orders(query, expected):
    types = {"n": "number", "s": "string", "d": "date", "f": "boolean"}
    days = [date(2026, 1, n) for n in (1, 2, 3, 4)]
    values = [(1, "a", days[0]), (3, "it's", days[2]), (None, None, days[3])]
    values.insert(1, (2, "b", days[1]))
    table = [{"n": n, "s": s, "d": d, "f": n == 1} for n, s, d in values]
    assert [r["n"] for r in soql.answer(soql.parse(query), table, types)] == expected
