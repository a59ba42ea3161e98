"""The NetSuite connector against the sandbox's NetSuite, over real HTTP."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import jwt
import orjson
import pytest
import requests
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from dlt_pipelines.core.errors import BadAnswer, ConfigurationError, Refused
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.reverse_sync.journal import Journal, Line
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.feeds import Window
from dlt_pipelines.vendors.netsuite import client as netsuite
from dlt_pipelines.vendors.netsuite import sandbox as sandbox_module
from dlt_pipelines.vendors.netsuite.sandbox import books as sql
from dlt_pipelines.vendors.netsuite.sandbox.books import WrongQuery
from dlt_pipelines.vendors.netsuite.sandbox.journals import Failure, amount_of
from dlt_pipelines.vendors.netsuite.source import FEEDS, OVERLAP
from dlt_pipelines.vendors.netsuite.target import NetSuiteTarget, exact
from tests.reverse_sync import books

RECORD = "/services/rest/record/v1/journalEntry"
FEED = {feed.name: feed for feed in FEEDS}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    host = Host(books.firm(), tmp_path_factory.mktemp("netsuite") / "store.sqlite")
    with books.serving(host) as addresses:
        yield host, addresses


@pytest.fixture
def host(sandbox):
    sandbox[0].replace(books.firm())
    return sandbox[0]


@pytest.fixture
def client(sandbox, host):
    return netsuite.connect(sandbox[1].instance("netsuite"))


@pytest.fixture
def disturb(sandbox):
    def plan(**what):
        address = sandbox[1].plain + "/_sandbox/disturb"
        requests.post(address, json=what, timeout=5).raise_for_status()

    return plan


def read(client, name, since=None, ids=None):
    window = Window(since, books.CLOCK, lambda table: (ids or {}).get(table, set()))
    batches = list(FEED[name].read(client, window))
    rows: dict = {}
    for batch in batches:
        key = f"{batch.table} deleted" if batch.deleted else batch.table
        rows.setdefault(key, []).extend(batch.rows)
    return rows, batches[-1].cursor if batches else None


def altered(instance, **options):
    return Instance(instance.name, instance.vendor, {**instance.options, **options})


def journal(external_id="T-1", day="2026-05-31", amount="187.05", **changes):
    return {
        "externalId": external_id,
        "subsidiary": {"id": "1"},
        "tranDate": day,
        "memo": "accrual",
        "line": {
            "items": [
                {
                    "account": {"id": "104"},
                    "debit": orjson.Fragment(amount),
                    "entity": {"id": "701"},
                    "department": {"id": "1"},
                    "custcol_hours": orjson.Fragment("2.25"),
                },
                {"account": {"id": "102"}, "credit": orjson.Fragment(amount)},
            ]
        },
        **changes,
    }


def write(client, method, path, body, strict=True):
    headers = {"Content-Type": "application/json", **client.authorise()}
    if strict:
        headers["X-NetSuite-PropertyNameValidation"] = "Error"
    return client.session.request(
        method, client.base_url + path, data=orjson.dumps(body), headers=headers
    )


# -- access -----------------------------------------------------------------------


def test_a_token_is_bought_with_a_ps256_assertion(client):
    assert jwt.get_unverified_header(client.assertion())["alg"] == "PS256"
    assert client.ping() == "2 subsidiaries"


def test_elliptic_keys_sign_es256(client):
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    other = netsuite.connect(altered(client.instance, private_key=pem.decode()))
    assert jwt.get_unverified_header(other.assertion())["alg"] == "ES256"
    with pytest.raises(Refused, match="invalid_grant"):
        other.ping()


@pytest.mark.parametrize("option", ["client_id", "certificate_id"])
def test_a_wrong_mapping_is_refused_with_what_to_check(client, option):
    wrong = netsuite.connect(altered(client.instance, **{option: "other"}))
    with pytest.raises(Refused, match=r"invalid_grant.*certificate mapping"):
        wrong.ping()


def test_a_key_that_is_no_key_says_so_without_showing_it(client):
    with pytest.raises(ConfigurationError) as error:
        netsuite.connect(altered(client.instance, private_key="s3cret")).ping()
    assert "s3cret" not in str(error.value)


def test_an_ended_token_is_renewed_once(client):
    client.ping()
    client._token = "ended"
    assert client.ping() == "2 subsidiaries"


def test_a_bad_token_gets_the_vendors_body(client):
    answer = requests.post(
        client.base_url + netsuite.SUITEQL_PATH,
        headers={"Authorization": "Bearer no", "Prefer": "transient"},
        json={"q": "select id from account"},
        timeout=5,
    )
    assert answer.status_code == 401
    assert answer.json()["o:errorDetails"][0]["o:errorCode"] == "INVALID_LOGIN"


# -- SuiteQL ----------------------------------------------------------------------


def test_suiteql_wants_prefer_transient(client):
    answer = write(client, "POST", netsuite.SUITEQL_PATH, {"q": "select 1"})
    assert answer.status_code == 400


def test_values_are_text_nulls_are_left_out_and_dates_are_american(client):
    page = client.query("select id, parent, datecreated from customer order by id")
    assert page["items"][0] == {"links": [], "id": "501", "datecreated": "1/2/2026"}
    assert page["items"][1]["parent"] == "501"
    assert (page["count"], page["hasMore"], page["totalResults"]) == (2, False, 2)


@pytest.mark.parametrize(
    "query",
    ["delete from account", "select nothing from account", "select id from nowhere"],
)
def test_a_query_that_netsuite_would_not_run_is_refused(client, query):
    with pytest.raises(Refused, match="INVALID_PARAMETER"):
        client.query(query)


def test_an_offset_off_the_page_grid_is_refused(client):
    with pytest.raises(Refused, match="multiple of limit"):
        client.query("select id from account", offset=7)


def test_rows_beyond_the_cap_of_a_query_are_refused(client):
    with pytest.raises(Refused, match="100,000"):
        client.query("select id from account", offset=100_000)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"items": [], "hasMore": True}, "said that there are more"),
        ({"items": [{"id": "1"}], "totalResults": 3}, "gave 1 of the 3 rows"),
    ],
)
def test_less_than_it_tells_of_is_not_taken_for_all(client, monkeypatch, told, said):
    page = {"hasMore": False, "totalResults": 0, **told}
    monkeypatch.setattr(client, "query", lambda *_: page)
    with pytest.raises(BadAnswer, match=said):
        list(client.pages("select id from job where {after}", ("id",)))


def test_reads_past_the_page_and_in_key_order(host, client):
    host.replace(books.firm(journals=1203))
    rows, cursor = read(client, "ledger")
    assert len(rows["transactions"]) == 1203
    keys = [(int(r["transaction"]), int(r["id"])) for r in rows["transaction_lines"]]
    assert len(set(keys)) == 2406
    assert keys == sorted(keys)
    assert len(rows["accounting_lines"]) == 2406
    assert cursor == max(t.updated_at for t in host.firm.ledger.values())


def test_money_and_hours_are_read_exactly(client):
    rows, _ = read(client, "ledger")
    assert rows["accounting_lines"][0]["debit"] == "1187.10"
    assert "credit" not in rows["accounting_lines"][0]
    assert rows["transaction_lines"][0]["custcol_hours"] == "7.50"
    assert rows["transaction_lines"][1]["custcol_service_month"] == "2026-05-01"


def test_only_what_changed_is_read_with_its_overlap(host, client):
    made = books.firm()
    late = made.ledger[1001]
    late.updated_at = books.CLOCK
    host.replace(made)
    rows, cursor = read(client, "ledger", since=books.CLOCK - timedelta(hours=1))
    assert [r["id"] for r in rows["transactions"]] == ["1001"]
    assert {r["transaction"] for r in rows["transaction_lines"]} == {"1001"}
    assert cursor == books.CLOCK
    late.updated_at = books.CLOCK - OVERLAP
    host.replace(made)
    rows, cursor = read(client, "ledger", since=books.CLOCK)
    assert [r["id"] for r in rows["transactions"]] == ["1001"]
    assert cursor == books.CLOCK


def test_the_account_time_zone_is_an_option(client):
    pacific = netsuite.connect(
        altered(client.instance, time_zone="America/Los_Angeles")
    )
    assert pacific.utc("2026-06-10 06:00:00") == "2026-06-10T13:00:00+00:00"
    assert pacific.local(books.CLOCK) == "2026-06-09 23:00:00"


def test_a_line_that_a_changed_transaction_lost_is_deleted(client):
    held = {
        "transaction_lines": {"1001|1", "1001|2", "1001|3", "9|1"},
        "accounting_lines": {"1001|1|1", "1001|3|1"},
    }
    since = datetime(2026, 1, 3, tzinfo=UTC)
    rows, _ = read(client, "ledger", since=since, ids=held)
    assert rows["transaction_lines deleted"] == [{"transaction": "1001", "id": "3"}]
    assert [r["transactionline"] for r in rows["accounting_lines deleted"]] == ["3"]


def test_a_deleted_transaction_takes_its_lines_with_it(client):
    answer = write(client, "POST", RECORD, journal("T-deleted"))
    number = answer.headers["Location"].rpartition("/")[2]
    write(client, "DELETE", f"{RECORD}/{number}", {})
    held = {
        "transactions": {number, "1000"},
        "transaction_lines": {f"{number}|1", f"{number}|2", "1000|1"},
        "accounting_lines": {f"{number}|1|1"},
    }
    rows, cursor = read(client, "deletions", ids=held)
    assert [r["id"] for r in rows["transactions deleted"]] == [number]
    assert len(rows["transaction_lines deleted"]) == 2
    assert len(rows["accounting_lines deleted"]) == 1
    assert cursor == books.CLOCK


def test_a_record_of_another_kind_with_its_id_deletes_no_transaction(client):
    told = "select recordid, recordtypeid from deletedrecord where recordid = 1000"
    [contact] = client.query(told)["items"]
    assert contact["recordtypeid"] == "contact"
    rows, cursor = read(client, "deletions", ids={"transactions": {"1000", "1001"}})
    assert rows == {"transactions": []}
    assert cursor == books.CLOCK


def test_without_deletedrecord_the_ids_that_are_gone_are_deleted(client, monkeypatch):
    monkeypatch.setitem(netsuite.UNVERIFIED, "deleted_query", "select x from nowhere")
    held = {"transactions": {"77", "1000", "1001"}, "transaction_lines": {"77|1"}}
    rows, cursor = read(client, "deletions", ids=held)
    assert cursor == books.CLOCK, "the next time less is asked for"
    assert rows["transactions deleted"] == [{"id": "77"}]
    assert rows["transaction_lines deleted"] == [{"transaction": "77", "id": "1"}]


def test_a_transaction_shown_twice_in_a_listing_arrives_twice(host, client):
    made = books.firm()
    made.served_twice = {"transactions": ["1000"]}
    host.replace(made)
    rows, _ = read(client, "ledger")
    assert [r["id"] for r in rows["transactions"]] == ["1000", "1000", "1001"]


def test_an_invoice_says_when_it_is_due_and_when_it_was_paid(host, client):
    made = books.firm()
    made.ledger[1002] = books.invoice(1002)
    made.ledger[1003] = books.invoice(1003, paid=date(2026, 6, 2))
    host.replace(made)
    rows, _ = read(client, "ledger")
    told = {
        row["id"]: (row.get("trandate"), row.get("duedate"), row.get("closedate"))
        for row in rows["transactions"]
    }
    assert told == {
        "1000": ("2026-05-31", None, None),
        "1001": ("2026-05-31", None, None),
        "1002": ("2026-05-04", "2026-06-03", None),
        "1003": ("2026-05-04", "2026-06-03", "2026-06-02"),
    }


def test_what_is_paid_in_part_is_linked_to_what_pays_it(host, client):
    made = books.firm()
    made.ledger[1002] = books.invoice(1002)
    made.ledger[1003] = replace(books.invoice(1003), kind="CustPymt")
    made.ledger[1003].settles[1002] = Decimal("300.50")
    host.replace(made)
    rows, _ = read(client, "transaction_links")
    [link] = rows["transaction_links"]
    assert (link["previousdoc"], link["nextdoc"]) == ("1002", "1003")
    assert (link["nexttype"], link["foreignamount"]) == ("CustPymt", "300.50")


def test_a_supplier_who_is_a_person_goes_by_their_own_name(host, client):
    made = books.firm()
    made.people = {
        number: replace(person, is_contractor=True, supplier="V001")
        for number, person in made.people.items()
    }
    host.replace(made)
    [shown] = client.query("select companyname, altname from vendor")["items"]
    assert shown == {"links": [], "altname": "Contracting Co"}
    [supplier] = read(client, "vendors")[0]["vendors"]
    assert supplier["companyname"] == "Contracting Co"


def test_a_rate_says_its_type_where_the_account_keeps_several(
    host, client, monkeypatch
):
    """Documented: only with Currency Exchange Rate Types is there such a field."""

    def types():
        landed, _ = read(client, "currency_rates")
        return {row.get("currencyratetype") for row in landed["currency_rates"]}

    assert types() == {"1", "2"}
    columns = sql.COLUMNS["currencyrate"].removesuffix(", currencyratetype")
    monkeypatch.setitem(sql.COLUMNS, "currencyrate", columns)
    rates = sql.TABLES["currencyrate"]
    current = lambda *of: (row[:-1] for row in rates(*of) if row[-1] == sql.CURRENT)  # noqa: E731
    monkeypatch.setitem(sql.TABLES, "currencyrate", current)
    host.replace(books.firm())
    assert types() == {None}


def test_an_account_without_subsidiaries_has_one_entity(host, client, monkeypatch):
    """It knows neither the table nor the columns, and what asks for them is refused."""
    made = books.firm()
    made.entities = {"US10": made.entities["US10"]}
    host.replace(made)
    answered = sandbox_module.Books.query

    def without_oneworld(self, suiteql, *arguments):
        if re.search(r"\bsubsidiary\b", suiteql.replace(" as subsidiary", "")):
            raise WrongQuery("Field 'subsidiary' was not found. Reason: NOT_EXPOSED")
        return answered(self, suiteql, *arguments)

    monkeypatch.setattr(sandbox_module.Books, "query", without_oneworld)
    with pytest.raises(Refused, match="NOT_EXPOSED"):
        read(client, "ledger")
    one = netsuite.connect(altered(client.instance, values={"only_entity": "US10"}))
    assert one.ping().endswith("currencies")
    rows = {feed.name: read(one, feed.name)[0] for feed in FEEDS}
    [entity] = rows["subsidiaries"]["subsidiaries"]
    symbols = {row["id"]: row["symbol"] for row in rows["currencies"]["currencies"]}
    assert (entity["externalid"], symbols[entity["currency"]]) == ("US10", "USD")
    placed = [
        *rows["ledger"]["transaction_lines"],
        *rows["projects"]["projects"],
        *rows["employees"]["employees"],
    ]
    assert {row["subsidiary"] for row in placed} == {entity["id"]}


def test_an_account_without_multiple_currencies_has_one(host, client, monkeypatch):
    """It has no list of currencies or rates, nor a currency or rate of anything."""
    made = books.firm()
    made.entities = {"US10": made.entities["US10"]}
    host.replace(made)
    answered = sandbox_module.Books.query

    def without_currencies(self, suiteql, *arguments):
        asked = re.sub(r" as (currency|exchangerate)\b", "", suiteql)
        if found := re.search(r"\b(currency|currencyrate|exchangerate)\b", asked):
            raise WrongQuery(f"Field '{found[1]}' was not found. Reason: NOT_EXPOSED")
        return answered(self, suiteql, *arguments)

    monkeypatch.setattr(sandbox_module.Books, "query", without_currencies)
    with pytest.raises(Refused, match="NOT_EXPOSED"):
        read(client, "ledger")
    values = {"only_entity": "US10", "only_currency": "USD"}
    one = netsuite.connect(altered(client.instance, values=values))
    assert one.ping().endswith("accounts")
    rows = {feed.name: read(one, feed.name)[0] for feed in FEEDS}
    [currency] = rows["currencies"]["currencies"]
    assert currency["symbol"] == "USD"
    assert rows["currency_rates"]["currency_rates"] == []
    [entity] = rows["subsidiaries"]["subsidiaries"]
    booked = [
        *rows["ledger"]["transactions"],
        *rows["customers"]["customers"],
        *rows["projects"]["projects"],
    ]
    assert {row["currency"] for row in [*booked, entity]} == {currency["id"]}
    assert all(row["foreignamount"] for row in rows["ledger"]["transaction_lines"])


@pytest.mark.parametrize("only_currency", ["", "USD"])
@pytest.mark.parametrize("only_entity", ["", "US10"])
def test_a_journal_names_a_subsidiary_and_currency_where_there_are_any(
    client, monkeypatch, only_entity, only_currency
):
    line = Line(
        account_number="6000",
        debit=Decimal("1"),
        credit=Decimal(0),
        project_id=None,
        department_id=None,
        hours=None,
        memo="",
    )
    entry = Journal("T-9", "", "1", "USD", date(2026, 5, 31), "", (line,))
    target = NetSuiteTarget(
        altered(
            client.instance,
            values={"only_entity": only_entity, "only_currency": only_currency},
        )
    )
    sent = []

    def send(*_, data, **__):
        sent.append(orjson.loads(data))
        raise Refused("not now", "")

    monkeypatch.setattr(target.writer, "send", send)
    monkeypatch.setattr(target.writer, "last_status", 403)
    monkeypatch.setattr(target, "_accounts", {"6000": "104"})
    with pytest.raises(Refused, match="not now"):
        target.post([entry])
    [body] = sent
    assert ("subsidiary" in body) is not bool(only_entity)
    assert ("currency" in body) is not bool(only_currency)


def test_every_declared_column_is_served_and_nothing_else(host, client):
    made = books.firm()
    made.ledger[1002] = books.invoice(1002, paid=date(2026, 6, 2))
    made.ledger[1001].settles[1002] = Decimal(300)
    host.replace(made)
    served: dict[str, set] = {}
    for feed in FEEDS:
        rows, _ = read(client, feed.name)
        for table, found in rows.items():
            served.setdefault(table, set()).update(*[row.keys() for row in found])
    for name, table in declared_tables("netsuite").items():
        declared = {column.path[0] for column in table.columns}
        assert served[name] == declared | {"links"}, name


def test_declarations_name_no_pay(client):
    text = (netsuite.Path(netsuite.__file__).parent / "tables.yml").read_text()
    assert all(
        column.get("class") != "pay"
        for table in yaml.safe_load(text).values()
        for column in table["columns"].values()
    )


# -- limits -----------------------------------------------------------------------


def test_the_sixth_request_at_once_is_refused_and_retried(host, client, monkeypatch):
    client.ping()
    slow = sandbox_module.Books.query

    def slowly(self, *arguments):
        time.sleep(0.3)
        return slow(self, *arguments)

    monkeypatch.setattr(sandbox_module.Books, "query", slowly)
    seen = []
    judge = netsuite.NetSuiteClient.judge

    def watch(self, response):
        seen.append((response.status_code, response.headers.get("Retry-After")))
        return judge(self, response)

    monkeypatch.setattr(netsuite.NetSuiteClient, "judge", watch)
    with ThreadPoolExecutor(7) as pool:
        answers = list(pool.map(lambda _: client.ping(), range(7)))
    assert answers == ["2 subsidiaries"] * 7
    assert (429, None) in seen


def test_server_errors_and_html_are_retried(client, disturb):
    disturb(path="suiteql", kind="503")
    disturb(path="suiteql", kind="429", retry_after="0")
    assert client.ping() == "2 subsidiaries"


# -- the journal record -----------------------------------------------------------


def test_a_journal_is_kept_to_the_cent_and_read_back_three_ways(client):
    answer = write(client, "POST", RECORD, journal("T-kept", amount="0.1"))
    assert answer.status_code == 204
    location = answer.headers["Location"]
    shown = client.json(client.send("GET", f"{RECORD}/eid:T-kept"))
    assert location.endswith("/" + shown["id"])
    whole = client.json(client.send("GET", location + "?expandSubResources=true"))
    assert whole["line"]["items"][0]["debit"] == "0.10"
    rows, _ = read(client, "ledger")
    headers = {r["id"]: r for r in rows["transactions"]}
    assert headers[shown["id"]]["externalid"] == "T-kept"
    line = next(r for r in rows["transaction_lines"] if r["transaction"] == shown["id"])
    assert (line["entity"], line["department"]) == ("701", "1")
    assert (line["custcol_hours"], line["subsidiary"]) == ("2.25", "1")
    amounts = [r for r in rows["accounting_lines"] if r["transaction"] == shown["id"]]
    assert [r.get("debit") for r in amounts] == ["0.10", None]
    assert sum(Decimal(r["amount"]) if "amount" in r else 0 for r in amounts) == 0


def without(name):
    body = journal(f"T-no-{name}")
    del body[name]
    return body


def with_line(**changes):
    body = journal("T-line")
    body["line"]["items"][0] |= changes
    return body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (journal("T-closed", day="2026-04-30"), "not within the date range"),
        (journal("T-future", day="2031-01-31"), "not within the date range"),
        (journal("T|bar"), "Invalid external id"),
        (without("subsidiary"), "Please enter value"),
        (journal("T-sub", subsidiary={"id": "9"}), "Invalid Field Value 9"),
        (with_line(account={"id": "12345"}), "Invalid Field Value 12345"),
        (with_line(account={"id": "199"}), "Invalid Field Value 199"),
        (with_line(entity={"id": "4"}), "Invalid Field Value 4"),
        (with_line(department={"id": "7"}), "Invalid Field Value 7"),
        (with_line(debit=orjson.Fragment("187.06")), "must balance"),
        (with_line(debit=orjson.Fragment("1e30")), "Invalid value|must balance"),
        (with_line(colour="red"), "Invalid property"),
        (journal("T-one", line={"items": []}), "at least two lines"),
    ],
)
def test_what_netsuite_would_not_keep_is_refused(client, body, words):
    answer = write(client, "POST", RECORD, body)
    assert answer.status_code == 400
    detail = answer.json()["o:errorDetails"][0]
    assert detail["o:errorCode"] in {"USER_ERROR", "INVALID_CONTENT"}
    assert re.search(words, detail["detail"])


@pytest.mark.parametrize(
    ("amount", "currency"), [("6954.5", "JPY"), ("12.3455", "BHD"), ("0.001", "USD")]
)
def test_a_part_of_a_minor_unit_is_refused(amount, currency):
    with pytest.raises(Failure) as refused:
        amount_of(amount, "line.items[0].debit", currency)
    assert refused.value.detail == f"Invalid value {amount} for an amount"


@pytest.mark.parametrize(
    ("amount", "told"),
    [("6954.0000", "6954"), ("100.0000", "100"), ("12.3450", "12.345")],
)
def test_an_amount_goes_out_with_the_decimals_it_has(amount, told):
    body = orjson.dumps({"debit": Decimal(amount)}, default=exact)
    assert body == f'{{"debit":{told}}}'.encode()


def test_an_external_id_has_one_owner(client):
    assert write(client, "POST", RECORD, journal("T-once")).status_code == 204
    answer = write(client, "POST", RECORD, journal("T-once"))
    assert answer.status_code == 400
    assert "already exists" in answer.text


def test_unknown_properties_are_dropped_with_a_warning_unless_strict(client):
    body = journal("T-loose", colour="red")
    answer = write(client, "POST", RECORD, body, strict=False)
    assert answer.status_code == 204
    assert "colour" in answer.headers["X-NetSuite-Warning"]


def test_a_repeated_upsert_doubles_the_lines_unless_replace_is_said(client):
    path = f"{RECORD}/eid:T-upsert"
    body = journal()
    del body["externalId"]

    def lines():
        shown = client.send("GET", path + "?expandSubResources=true")
        return len(client.json(shown)["line"]["items"])

    assert write(client, "PUT", path, body).status_code == 204
    assert lines() == 2
    assert write(client, "PUT", path, body).status_code == 204
    assert lines() == 4
    assert write(client, "PUT", path + "?replace=line", body).status_code == 204
    assert lines() == 2


def test_patch_changes_what_it_names(client):
    write(client, "POST", RECORD, journal("T-patch"))
    path = f"{RECORD}/eid:T-patch"
    assert write(client, "PATCH", path, {"memo": "other"}).status_code == 204
    assert client.json(client.send("GET", path))["memo"] == "other"


def test_an_unknown_external_id_does_not_exist(client):
    with pytest.raises(Refused, match="NONEXISTENT_ID"):
        client.send("GET", f"{RECORD}/eid:T-nobody")


def test_journals_outlive_the_server(tmp_path):
    store = tmp_path / "store.sqlite"
    for attempt in range(2):
        with books.serving(Host(books.firm(), store)) as addresses:
            client = netsuite.connect(addresses.instance("netsuite"))
            if attempt == 0:
                write(client, "POST", RECORD, journal("T-stays"))
            shown = client.json(client.send("GET", f"{RECORD}/eid:T-stays"))
            assert shown["memo"] == "accrual"
