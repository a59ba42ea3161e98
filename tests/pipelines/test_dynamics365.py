"""The Dynamics 365 connector against the sandbox's environment, over real HTTP.

What must hold is taken from the vendor's documentation of OData and from its metadata.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dlt_pipelines.core.errors import (
    BadAnswer,
    ConfigurationError,
    Refused,
    Throttled,
    Unreachable,
)
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing import tenant_settings
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.operations import doctor
from dlt_pipelines.sandbox.firm.model import JournalLine
from dlt_pipelines.sandbox.serving import server
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.dynamics365 import client as dynamics
from dlt_pipelines.vendors.dynamics365 import sandbox as served_by
from dlt_pipelines.vendors.dynamics365.assumptions import LEDGER_ENTRIES
from dlt_pipelines.vendors.dynamics365.source import FEEDS, first_open_day
from dlt_pipelines.vendors.feeds import Window
from tests.reverse_sync import books

FEED = {feed.name: feed for feed in FEEDS}
JOURNALS = 12  # of two lines each


def firm():
    """The small firm, with accounts of every kind that is told apart."""
    made = books.firm(journals=JOURNALS)
    made.accounts["1100"].kind = "AcctRec"
    made.ledger[1900] = books.invoice(1900)
    return made


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    host = Host(firm(), tmp_path_factory.mktemp("dynamics365") / "store.sqlite")
    with server.running(host, only={"dynamics365"}) as addresses:
        yield host, addresses


@pytest.fixture
def host(sandbox):
    sandbox[0].replace(firm())
    return sandbox[0]


@pytest.fixture
def client(sandbox, host):
    client = dynamics.connect(sandbox[1].instance("dynamics365"))
    client.longest_wait = 0.05
    return client


@pytest.fixture
def disturb(sandbox):
    def plan(**what):
        address = sandbox[1].plain + "/_sandbox/disturb"
        requests.post(address, json=what, timeout=5).raise_for_status()

    return plan


def read(client, name, ids=(), since=None):
    window = Window(since, books.CLOCK, lambda table: set(ids))
    rows, gone = [], []
    for batch in FEED[name].read(client, window):
        (gone if batch.deleted else rows).extend(batch.rows)
    return rows, gone


def altered(client, **options):
    instance = client.instance
    return dynamics.connect(
        Instance(instance.name, instance.vendor, {**instance.options, **options})
    )


def keys(rows):
    return {
        f"{row['dataAreaId']}|{row['GeneralJournalAccountEntryRecId']}" for row in rows
    }


# -- access -----------------------------------------------------------------------


def test_a_token_is_bought_and_the_doctor_counts_companies_and_journals(client):
    assert client.ping() == "2 companies, journal GenJrn in 2"


@pytest.mark.parametrize("option", ["client_id", "client_secret"])
def test_wrong_credentials_are_refused_without_showing_them(client, option):
    wrong = altered(client, **{option: "s3cret-and-wrong"})
    with pytest.raises(Refused, match="AADSTS") as error:
        wrong.ping()
    assert "s3cret-and-wrong" not in str(error.value)
    assert "client_secret" in error.value.do


def test_an_ended_token_is_renewed_once(client):
    client.ping()
    client._token = "ended"
    assert client.ping().startswith("2 companies")


def test_a_journal_name_that_no_company_has_is_named(client):
    with pytest.raises(ConfigurationError, match="no company has a journal name X"):
        altered(client, journal_name="X").ping()


def test_a_busy_environment_is_waited_for_as_long_as_it_asks(client, disturb):
    client.ping()
    client.patience = 60.0
    asked = []
    client.waiting = lambda reason, seconds: asked.append(seconds)
    disturb(path="LegalEntities", kind="429", retry_after="1")
    assert client.count("LegalEntities") == 2
    assert asked == [1.0]


def test_a_system_that_stays_busy_says_that_it_asks_for_patience(client, disturb):
    client.ping()
    client.attempts = 2
    disturb(path="LegalEntities", kind="429", times=2, retry_after="0.01")
    with pytest.raises(Throttled, match="2 tries"):
        client.count("LegalEntities")


# -- OData ------------------------------------------------------------------------


def test_without_cross_company_only_the_users_own_company_is_told_of(client):
    asked = {"headers": client.authorise(), "timeout": 5}
    told = requests.get(f"{client.base_url}/data/ProjectsV2", **asked).json()["value"]
    assert {row["dataAreaId"] for row in told} == {"us10"}
    rows, _ = read(client, "projects")
    assert {row["dataAreaId"] for row in rows} == {"us10", "uk20"}


def test_pages_are_followed_by_their_links(client, monkeypatch):
    monkeypatch.setattr(served_by, "MOST_IN_PAGE", 5)
    rows, _ = read(client, "ledger_entries")
    assert len(keys(rows)) == len(rows) == 2 * JOURNALS + 2


def test_less_than_was_counted_is_not_taken_for_all(client, monkeypatch):
    page = {"@odata.count": 3, "value": [{"LegalEntityId": "US10"}]}
    monkeypatch.setattr(client, "_page", lambda _: page)
    with pytest.raises(BadAnswer, match="gave 1 of the 3 rows"):
        list(client.pages("LegalEntities", ["LegalEntityId"]))


def test_a_link_that_leads_to_its_own_page_ends_the_reading(client, monkeypatch):
    page = {"value": [{"LegalEntityId": "US10"}], "@odata.nextLink": "here"}
    monkeypatch.setattr(client, "_page", lambda _: page)
    with pytest.raises(BadAnswer, match="again"):
        list(client.pages("LegalEntities", ["LegalEntityId"]))


def test_a_filter_has_no_in_and_stars_in_texts(client):
    def number(where):
        return client.count("MainAccounts", where)

    assert number("MainAccountId eq '1*'") == 2
    assert number("MainAccountId eq '1000' or (Name eq 'Old' and IsSuspended eq "
                  "Microsoft.Dynamics.DataEntities.NoYes'Yes')") == 2  # fmt: skip
    with pytest.raises(Refused, match="Syntax error"):
        number("MainAccountId in ('1000')")


def test_every_declared_column_is_served_and_nothing_else(host, client):
    made = firm()
    made.ledger[1901] = replace(books.invoice(1901), kind="CustPymt")
    made.ledger[1901].lines = [
        JournalLine("1000", Decimal(900), Decimal(0)),
        JournalLine("1100", Decimal(0), Decimal(900)),
    ]
    made.ledger[1901].settles[1900] = Decimal(900)
    made.accounts["2100"].kind = "AcctPay"
    made.ledger[1902] = replace(books.invoice(1902), kind="VendBill", party="V001")
    made.ledger[1902].lines = [
        JournalLine("5000", Decimal(70), Decimal(0)),
        JournalLine("2100", Decimal(0), Decimal(70)),
    ]
    made.ledger[1903] = replace(made.ledger[1902], id=1903, kind="VendPymt")
    made.ledger[1903].settles = {1902: Decimal(70)}
    host.replace(made)
    for name, table in declared_tables("dynamics365").items():
        rows, _ = read(client, name)
        assert rows, name
        served = set().union(*[row.keys() for row in rows])
        declared = {column.path[0] for column in table.columns}
        assert served == declared, name


def test_money_hours_and_rates_are_read_exactly(client):
    rows, _ = read(client, "ledger_entries")
    first = next(r for r in rows if r["GeneralJournalAccountEntryRecId"] == 1000001)
    assert first["AccountingCurrencyAmount"] == "1187.10"
    assert first["Quantity"] == "7.50"
    [rate, *_] = read(client, "exchange_rates")[0]
    assert (rate["Rate"], rate["ConversionFactor"]) == ("127.50000000", "Hundred")


# -- dimensions -------------------------------------------------------------------


def test_a_lines_dimensions_are_read_of_its_display_value(client):
    rows, _ = read(client, "ledger_entries")
    by_id = {row["GeneralJournalAccountEntryRecId"]: row for row in rows}
    assert by_id[1000001]["AccountDisplayValue"] == "5000|PR-1|P1001"
    assert by_id[1000001]["Dimensions"] == {
        "MainAccount": "5000", "Department": "PR-1", "Project": "P1001",
    }  # fmt: skip
    assert by_id[1000002]["Dimensions"] == {
        "MainAccount": "2100", "Department": None, "Project": None,
    }  # fmt: skip
    assert by_id[1000002]["Own"] == {
        "source_line": "L1", "service_month": "2026-05-01T12:00:00Z",
    }  # fmt: skip


def test_a_format_of_another_order_is_read_by_it(client):
    swapped = altered(
        client,
        values={
            "dimension_delimiter": "|",
            "dimension_format": "MainAccount-Project-Department",
        },
    )
    rows, _ = read(swapped, "ledger_entries")
    first = next(r for r in rows if r["GeneralJournalAccountEntryRecId"] == 1000001)
    assert first["Dimensions"]["Project"] == "PR-1"


def test_a_display_value_of_more_parts_than_its_format_stops_the_reading(client):
    values = {"dimension_delimiter": "|", "dimension_format": "MainAccount-Project"}
    with pytest.raises(BadAnswer, match="more parts than MainAccount-Project"):
        read(altered(client, values=values), "ledger_entries")


@pytest.mark.parametrize(
    ("display", "parts"),
    [
        ("50-A\\-1-P1", {"MainAccount": "50", "Department": "A-1", "Project": "P1"}),
        ("5000", {"MainAccount": "5000"}),
        ("5000--P1", {"MainAccount": "5000", "Project": "P1"}),
        ("", {}),
    ],
)  # fmt: skip
def test_a_display_value_says_what_its_parts_are(client, display, parts):
    dimensions = dynamics.Dimensions(
        "MainAccount-Department-Project", "-", client.instance
    )
    assert dimensions.parts(display) == parts
    assert dimensions.parts(dimensions.display(parts)) == parts


def test_a_column_of_the_environments_own_counts_before_the_display_value(
    client, monkeypatch
):
    made = served_by.Books
    column = {"ProjectColumn": "P9", "DepartmentColumn": ""}

    def extended(firm):
        shown = made(firm)
        shown.sets[LEDGER_ENTRIES] = [
            {**row, **column} for row in shown.sets[LEDGER_ENTRIES]
        ]
        return shown

    monkeypatch.setattr("dlt_pipelines.vendors.dynamics365.sandbox.Books", extended)
    values = {
        "project_field": "ProjectColumn",
        "department_field": "DepartmentColumn",
        "dimension_delimiter": "|",
    }
    own = altered(
        client, values=values, fields={"source_line": "", "service_month": ""}
    )
    assert own.ping().startswith("2 companies")
    rows, _ = read(own, "ledger_entries")
    assert {row["Dimensions"]["Project"] for row in rows} == {"P9"}
    assert {row["Dimensions"]["Department"] for row in rows} == {""}
    assert all(row["Own"] == {} for row in rows)


def test_a_dimensions_column_that_is_not_there_is_named(client):
    values = {"project_field": "NoSuchColumn"}
    with pytest.raises(ConfigurationError, match="has no NoSuchColumn"):
        altered(client, values=values).ping()


def test_all_that_an_environment_lacks_is_said_in_one_run(client):
    values = {"project_field": "NoProject", "department_field": "NoDepartment"}
    fields = {"source_line": "NoLine"}
    lacking = altered(client, values=values, fields=fields, journal_name="X").instance
    told = doctor.system(lacking)
    for what in ("NoProject", "NoDepartment", "journal name X", "has no NoLine"):
        assert what in told.seen
    assert "the expense line that a line books" in told.seen
    assert "journal_name" in told.do
    assert "fields]" in told.do


def test_a_column_that_the_environment_lacks_is_named(client):
    lacking = altered(client, fields={"source_line": "NoSuchColumn"})
    [field] = tenant_settings.missing(lacking.instance)
    assert field.name == "fields.source_line"


# -- what is posted only grows ----------------------------------------------------


def test_the_days_are_read_again_that_can_still_be_posted_to(client):
    assert first_open_day(client) == date(2026, 1, 1)
    rows, _ = read(client, "ledger_entries")
    again, gone = read(client, "ledger_entries", keys(rows))
    assert (len(again), gone) == (len(rows), [])


def closed_but(host, month):
    made = firm()
    for period in made.periods.values():
        period.is_closed = period.start.month != month
    for number, transaction in list(made.ledger.items())[:3]:
        made.ledger[number] = replace(transaction, date=date(2026, 2, 3))
    host.replace(made)
    return made


def test_of_closed_days_nothing_is_read_while_the_numbers_agree(host, client):
    made = closed_but(host, month=5)
    held = keys(read(client, "ledger_entries")[0])
    rows, gone = read(client, "ledger_entries", held)
    assert {row["AccountingDate"][:7] for row in rows} == {"2026-05"}
    assert gone == []
    late = replace(made.ledger[1003], id=4000, date=date(2026, 2, 9))
    made.ledger[4000] = late
    host.replace(made)
    rows, gone = read(client, "ledger_entries", held)
    assert "us10|4000001" in keys(rows), "posted to a period that was open meanwhile"
    assert gone == []


def test_entries_that_were_archived_are_deleted(host, client):
    made = closed_but(host, month=5)
    held = keys(read(client, "ledger_entries")[0])
    del made.ledger[1000]
    host.replace(made)
    _, gone = read(client, "ledger_entries", held)
    assert {row["GeneralJournalAccountEntryRecId"] for row in gone} == {
        "1000001", "1000002",
    }  # fmt: skip


def test_what_is_posted_while_it_is_read_asks_for_no_second_reading(
    host, client, monkeypatch
):
    made = closed_but(host, month=5)
    held = keys(read(client, "ledger_entries")[0])
    counted = client.count
    late = replace(made.ledger[1005], id=4001)

    def count(entity_set, where=None):
        told = counted(entity_set, where)
        made.ledger[4001] = late
        host.replace(made)
        return told

    monkeypatch.setattr(client, "count", count)
    rows, gone = read(client, "ledger_entries", held)
    assert "us10|4001001" in keys(rows)
    assert {row["AccountingDate"][:7] for row in rows} == {"2026-05"}
    assert gone == []


# -- errors -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"message": "", "innererror": {"message": "Infolog: N"}}}, Refused),
        ({"error": {"message": "An error has occurred."}}, Unreachable),
        (None, Unreachable),
    ],
)  # fmt: skip
def test_a_500_is_a_rule_of_the_business_or_an_outage_by_its_words(
    served, client, body, kind
):
    def answer(request):
        if request.url.path == "/token":
            return JSONResponse({"access_token": "t", "expires_in": 3599})
        return JSONResponse(body, 500) if body else Response("<html>", 500)

    routes = [Route("/{path:path}", answer, methods=["GET", "POST"])]
    served["now"] = Starlette(routes=routes)
    url = served["url"]
    asked = altered(client, base_url=url, token_url=f"{url}/token")
    asked.attempts = 1
    with pytest.raises(kind) as error:
        asked.count("LegalEntities")
    assert type(error.value) is kind


def test_dates_of_the_sandbox_are_the_middle_of_the_day_and_1900_is_none(client):
    [row] = read(client, "customer_transactions")[0]
    assert row["TransDate"] == "2026-05-04T12:00:00Z"
    assert row["Closed"] == "1900-01-01T12:00:00Z"
    assert row["DueDate"][:10] == str(date(2026, 5, 4) + timedelta(days=30))
