"""The Oracle Fusion connector against the sandbox's Oracle Fusion, over real HTTP."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import requests

from dlt_pipelines.core.errors import BadAnswer, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.sandbox.firm.model import JournalLine
from dlt_pipelines.sandbox.serving import server
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.feeds import Window
from dlt_pipelines.vendors.oracle_fusion import client as oracle
from dlt_pipelines.vendors.oracle_fusion.source import FEEDS, OVERLAP
from tests.pipelines.small_firm import small_firm
from tests.reverse_sync import books

FEED = {feed.name: feed for feed in FEEDS}
ONE = {"limit": "1", "onlyData": "true"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    host = Host(books.firm(), tmp_path_factory.mktemp("oracle") / "store.sqlite")
    with server.running(host, only={"oracle_fusion"}) as addresses:
        yield host, addresses


@pytest.fixture
def host(sandbox):
    sandbox[0].replace(books.firm())
    return sandbox[0]


@pytest.fixture
def client(sandbox, host):
    return oracle.connect(sandbox[1].instance("oracle_fusion"))


def altered(client, **options):
    told = client.instance
    return oracle.connect(Instance(told.name, told.vendor, {**told.options, **options}))


def read(client, name, since=None, ids=None):
    window = Window(since, books.CLOCK, lambda table: (ids or {}).get(table, set()))
    rows: dict = {}
    cursor = None
    for batch in FEED[name].read(client, window):
        key = f"{batch.table} deleted" if batch.deleted else batch.table
        rows.setdefault(key, []).extend(batch.rows)
        cursor = batch.cursor
    return rows, cursor


# -- access -----------------------------------------------------------------------


def test_a_token_is_bought_and_an_ended_one_renewed_once(client):
    assert client.ping() == "3 ledgers"
    client._token = "ended"
    assert client.ping() == "3 ledgers"


@pytest.mark.parametrize("option", ["client_id", "client_secret", "scope"])
def test_a_wrong_client_is_told_what_to_check_and_not_its_secret(client, option):
    with pytest.raises(Refused, match="check token_url, scope, client_id") as error:
        altered(client, **{option: "s3cret-and-wrong"}).ping()
    assert "s3cret-and-wrong" not in str(error.value)


def test_a_report_that_is_not_there_says_what_the_user_needs(client):
    with pytest.raises(Refused, match="the role that reads this resource, or runs"):
        altered(client, report_folder="Custom/Elsewhere").ping()


def test_a_chart_without_a_named_account_is_missing(client):
    wanted = {"accountCombinationsLOV": {"account", "mainAccount"}}
    assert client.missing_fields(wanted) == {("accountCombinationsLOV", "mainAccount")}


# -- what the sandbox does as the vendor does -----------------------------------------


def test_a_page_has_25_rows_and_never_more_than_500(host, client):
    host.replace(small_firm(600))
    path = "receivablesCustomerAccountActivities"
    page = client.get(path, {"orderBy": "AccountId"})
    assert (page["count"], page["limit"], page["hasMore"]) == (25, 25, True)
    assert "totalResults" not in page
    page = client.get(path, {"orderBy": "AccountId", "limit": "9999"})
    assert (page["count"], page["limit"]) == (500, 500)


def test_a_list_of_values_answers_two_conditions_with_nothing_and_no_error(client):
    one = {"q": "ApplicationId=101"}
    two = {"q": "ApplicationId=101 and PeriodYear=2026"}
    assert client.get("accountingPeriodStatusLOV", ONE | one)["items"]
    assert client.get("accountingPeriodStatusLOV", ONE | two)["items"] == []


def test_errors_have_details_from_version_4_on_and_are_text_before(client):
    address = f"{client.base_url}{oracle.RESOURCES}/projects?q=A=1;B=2"
    headers = client.authorise()
    old = requests.get(address, headers=headers, timeout=5)
    new = requests.get(address, headers=headers | oracle.FRAMEWORK, timeout=5)
    assert (old.status_code, old.headers["Content-Type"].split(";")[0]) == (
        400,
        "text/plain",
    )
    assert new.json()["o:errorDetails"][0]["o:errorCode"] == "27520"
    with pytest.raises(Refused, match="27520 URL request parameter q"):
        client.get("projects", {"q": "A=1;B=2"})


def test_a_link_leads_to_the_configured_pod_and_nowhere_else():
    row = {
        "links": [
            {
                "rel": "child",
                "name": "values",
                "href": "https://elsewhere.example/fscmRestApi/resources/latest/valueSets/1/child/values",
            }
        ]
    }
    assert oracle.child_link(row, "values") == "valueSets/1/child/values"


# -- reading ----------------------------------------------------------------------


def test_reads_past_the_page_and_every_row_once(host, client):
    host.replace(small_firm(1203))
    rows, _ = read(client, "customers")
    numbers = [row["AccountNumber"] for row in rows["customers"]]
    assert len(numbers) == len(set(numbers)) == 1203


def test_less_than_it_counts_is_not_taken_for_all(client, monkeypatch):
    page = {"items": [{}], "count": 2, "hasMore": False}
    monkeypatch.setattr(client, "get", lambda *_: page)
    with pytest.raises(BadAnswer, match="gave 1 of the 2 rows"):
        list(client.pages("suppliers", "SupplierId"))


def test_a_page_without_rows_that_says_there_are_more_ends_it(client, monkeypatch):
    page = {"items": [], "count": 0, "hasMore": True}
    monkeypatch.setattr(client, "get", lambda *_: page)
    with pytest.raises(BadAnswer, match="on the page before"):
        list(client.pages("suppliers", "SupplierId"))


def test_lines_beyond_the_first_page_of_children_are_read(host, client):
    made = books.firm()
    one = Decimal("0.01")
    made.ledger[1000].lines = [
        *(JournalLine("5000", one, Decimal(0), project="P1001") for _ in range(59)),
        JournalLine("2100", Decimal(0), 59 * one),
    ]
    host.replace(made)
    rows, _ = read(client, "journals")
    lines = [r for r in rows["journal_lines"] if r["JournalName"] == "JE1000 USD"]
    assert [r["JeLineNumber"] for r in lines] == list(range(1, 61))


def test_children_without_a_link_to_the_rest_are_not_taken_for_all(client):
    row = {"journalLines": {"items": [{}], "hasMore": True}}
    with pytest.raises(BadAnswer, match="said that there are more, and not where"):
        client.children(row, "journalLines", "JeLineNumber")


def test_money_and_hours_are_read_exactly(client):
    rows, cursor = read(client, "journals")
    debit, credit = rows["journal_lines"][:2]
    assert (debit["AccountedDr"], debit["AccountedCr"]) == ("1187.10", None)
    assert debit["StatAmount"] == "7.50"
    assert debit["AccountCombination"] == "US10.PR-1.5000.P1001.000.000"
    assert credit["ReconciliationReference"] == "L1"
    assert cursor == max(t.updated_at for t in books.firm().ledger.values())


def test_a_journal_that_a_subledger_transferred_is_left_to_it(host, client):
    made = books.firm()
    made.ledger[5000] = books.invoice(5000)  # transferred: its number ends on 0
    host.replace(made)
    rows, _ = read(client, "journals")
    names = {row["BatchName"] for row in client.rows("journalBatches", "JeBatchId")}
    assert any(" Receivables " in name for name in names)
    assert {row["UserJeSourceName"] for row in rows["journals"]} == {"Manual"}
    rows, _ = read(client, "accounting_lines")
    assert [row["ACCOUNTED_DR"] for row in rows["accounting_lines"]] == ["900.00", None]


def test_only_what_changed_is_read_with_its_overlap(host, client):
    made = books.firm()
    late = made.ledger[1001]
    late.updated_at = books.CLOCK
    host.replace(made)
    rows, cursor = read(client, "journals", since=books.CLOCK)
    assert {row["JeBatchId"] for row in rows["journals"]} == {300_000_000_001_001}
    assert cursor == books.CLOCK
    late.updated_at = books.CLOCK - OVERLAP
    host.replace(made)
    rows, _ = read(client, "journals", since=books.CLOCK)
    assert len(rows["journals"]) == 1
    late.updated_at -= timedelta(seconds=1)
    host.replace(made)
    rows, cursor = read(client, "journals", since=books.CLOCK)
    assert rows["journals"] == []
    assert cursor == books.CLOCK


def test_accounted_lines_are_asked_for_a_month_at_a_time(host, client, monkeypatch):
    made = books.firm()
    made.ledger[5000] = books.invoice(5000)
    made.ledger[5001] = books.invoice(5001)
    made.ledger[5001].updated_at = books.CLOCK
    host.replace(made)
    asked = []
    real = client.report
    monkeypatch.setattr(
        client, "report", lambda name, **told: asked.append(told) or real(name, **told)
    )
    rows, cursor = read(client, "accounting_lines")
    assert len(rows["accounting_lines"]) == 4
    assert cursor == books.CLOCK
    assert asked[0] == {
        "P_SINCE": "1990-01-01T00:00:00+00:00",
        "P_UNTIL": "2026-01-01T00:00:00+00:00",
    }
    ends = [told["P_UNTIL"] for told in asked]
    assert [told["P_SINCE"] for told in asked[1:]] == ends[:-1]
    assert ends[-1] > books.CLOCK.isoformat()
    rows, _ = read(client, "accounting_lines", since=books.CLOCK)
    assert [row["AE_HEADER_ID"] for row in rows["accounting_lines"]] == ["5001"] * 2


def test_a_line_that_a_changed_journal_lost_is_deleted(client):
    name = "300000000001001|JE1001 USD"
    held = {"journal_lines": {f"{name}|1", f"{name}|3", "9|Other|1"}}
    since = datetime(2026, 1, 1, tzinfo=UTC)
    rows, _ = read(client, "journals", since=since, ids=held)
    (gone,) = rows["journal_lines deleted"]
    assert (gone["JournalName"], gone["JeLineNumber"]) == ("JE1001 USD", "3")


def test_only_the_general_ledgers_periods_are_read(client):
    rows, _ = read(client, "period_statuses")
    found = {
        (row["PeriodNameId"], row["ClosingStatus"])
        for row in rows["period_statuses"]
        if row["LedgerId"] == 300_000_000_000_101
    }
    assert ("Apr 2026", "C") in found
    assert ("Jun 2026", "O") in found
    assert {row["ApplicationId"] for row in rows["period_statuses"]} == {101}


def test_rates_are_asked_for_between_currencies_of_ledgers_and_projects(client):
    rows, _ = read(client, "currency_rates")
    pairs = {(r["FromCurrency"], r["ToCurrency"]) for r in rows["currency_rates"]}
    assert pairs == {("GBP", "USD")}
    assert len(rows["currency_rates"]) == 6


@pytest.mark.parametrize(
    "text", ["", "A,B\r\n1,2\r\n", "A,END\r\n1,\r\n", "A,END\r\n1"]
)
def test_a_report_that_was_cut_off_is_not_believed(client, monkeypatch, text):
    told = {"reportBytes": base64.b64encode(text.encode()).decode()}
    monkeypatch.setattr(client, "send", lambda *_, **__: None)
    monkeypatch.setattr(client, "json", lambda _: told)
    with pytest.raises(BadAnswer, match="gave no whole report"):
        client.report("accounting_lines.xdo")


def test_an_answer_that_is_no_report_is_not_believed(client, monkeypatch):
    monkeypatch.setattr(client, "send", lambda *_, **__: None)
    for told in ({}, [], {"reportBytes": "no base64"}, {"reportBytes": None}):
        monkeypatch.setattr(client, "json", lambda _, told=told: told)
        with pytest.raises(BadAnswer, match="gave no whole report"):
            client.report("accounting_lines.xdo")


def test_a_value_set_that_is_not_there_says_which_setting_names_it(client):
    with pytest.raises(BadAnswer, match=r"shows no value set Account1.*account_values"):
        read(altered(client, values={"account_values": "Account1"}), "accounts")


def test_every_attribute_that_is_read_is_declared_or_ignored(host, client):
    made = books.firm()
    made.ledger[5000] = books.invoice(5000)
    made.ledger[5001] = replace(books.invoice(5001), kind="CustPymt", settles={
        5000: Decimal("900.00"),
    })  # fmt: skip
    made.ledger[5002] = replace(books.invoice(5002), kind="VendBill", party="V001")
    made.ledger[5003] = replace(
        books.invoice(5003),
        kind="VendPymt",
        party="V001",
        settles={5002: Decimal("900.00")},
    )
    made.ledger[5004] = replace(books.invoice(5004), kind="CustCred")
    host.replace(made)
    tables = declared_tables("oracle_fusion")
    for name in FEED:
        rows, _ = read(client, name)
        for table, found in rows.items():
            assert found, table
            known = {column.path[0] for column in tables[table].columns}
            unknown = set(found[0]) - known - tables[table].ignored
            assert unknown == set(), table
