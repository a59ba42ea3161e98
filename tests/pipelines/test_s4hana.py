"""The S/4HANA connector against the sandbox's S/4HANA, over real HTTP."""

import contextlib
import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
import requests

from dlt_pipelines.core.errors import BadAnswer, Refused, Unreachable
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.reverse_sync import external_ids
from dlt_pipelines.reverse_sync.dispatch import dispatch
from dlt_pipelines.reverse_sync.journal import Journal, Kept, Line, Refusal
from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import compare
from dlt_pipelines.reverse_sync.records import RecordWrite
from dlt_pipelines.sandbox.firm.model import FxRate
from dlt_pipelines.sandbox.serving import server
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.vendors.feeds import Window
from dlt_pipelines.vendors.s4hana import assumptions, sandbox
from dlt_pipelines.vendors.s4hana import client as s4hana
from dlt_pipelines.vendors.s4hana.records import S4Records
from dlt_pipelines.vendors.s4hana.sandbox import books as shown
from dlt_pipelines.vendors.s4hana.source import FEEDS, OVERLAP
from dlt_pipelines.vendors.s4hana.target import S4Target
from tests.reverse_sync import books
from tests.reverse_sync.conftest import desired

FEED = {feed.name: feed for feed in FEEDS}
ID = "TIEOUT-abcd-0123456789abc"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The sandbox, and its S/4HANA from within."""
    made = []

    class Known(sandbox.Api):
        def __init__(self, host):
            super().__init__(host)
            made.append(self)

    host = Host(books.firm(), tmp_path_factory.mktemp("s4hana") / "store.sqlite")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "Api", Known)
        with server.running(host, only={"s4hana"}) as addresses:
            yield host, addresses, made[0]


@pytest.fixture
def host(served):
    """The small firm, with account 1100 for what customers owe and 2000 for bills."""
    made = books.firm()
    made.accounts["1100"] = replace(made.accounts["1100"], kind="AcctRec")
    made.accounts["1000"] = replace(made.accounts["1000"], kind="Bank")
    served[0].replace(made)
    return served[0]


@pytest.fixture
def inside(served):
    """The served S/4HANA; what a test turns is turned back."""
    api = served[2]
    yield api
    api.page_size = 1000
    api.service.lies_for, api.service.guards_repeats = 0, False
    api.service.process_all()


@pytest.fixture
def instance(served, host) -> Instance:
    return served[1].instance("s4hana")


@pytest.fixture
def client(instance):
    return s4hana.connect(instance)


@pytest.fixture
def target(instance, inside) -> S4Target:
    opened = S4Target(instance)
    opened.polls = (0.0, 0.0, 0.0)
    opened.reader.longest_wait = 0.05
    return opened


@pytest.fixture
def disturb(served):
    def plan(**what):
        address = served[1].plain + "/_sandbox/disturb"
        requests.post(address, json=what, timeout=5).raise_for_status()

    return plan


def altered(instance, **options):
    return replace(instance, options={**instance.options, **options})


def read(client, name, since=None):
    window = Window(since, books.CLOCK, lambda _: set())
    batches = list(FEED[name].read(client, window))
    rows: dict = {}
    for batch in batches:
        assert not batch.deleted
        rows.setdefault(batch.table, []).extend(batch.rows)
    return rows, batches[-1].cursor if batches else None


def paid_firm(host, paid=date(2026, 6, 2)):
    """An invoice, and a payment that clears it or, while it is open, is for part."""
    made = host.firm
    made.ledger[1002] = books.invoice(1002, paid=paid)
    payment = replace(
        books.invoice(1003),
        kind="CustPymt",
        date=date(2026, 6, 2),
        period=6,
        external_id=None,
        lines=[
            replace(made.ledger[1002].lines[1], account="1000", project=None),
            replace(made.ledger[1002].lines[0], project="P1001"),
        ],
    )
    payment.lines = [
        replace(line, debit=line.credit, credit=line.debit) for line in payment.lines
    ]
    payment.settles[1002] = Decimal("900.00")
    made.ledger[1003] = payment
    host.replace(made)


# -- reading ------------------------------------------------------------------------


def test_a_ping_counts_the_company_codes_and_asks_every_view(client, monkeypatch):
    assert client.ping() == "2 company codes"
    lacking = tuple(map(assumptions.CUSTOM_VIEW.format, ("ELSEWHERE", "NOWHERE")))
    monkeypatch.setattr(s4hana, "OWN_VIEWS", (*s4hana.OWN_VIEWS, *lacking))
    with pytest.raises(Refused) as error:
        client.ping()
    assert "make the custom views YY1_ELSEWHERE" in error.value.do
    assert "YY1_NOWHERE" in error.value.do
    assert "JOURNALENTRY" not in error.value.do.upper()


def test_a_wrong_password_and_a_missing_arrangement_say_what_to_do(instance, disturb):
    with pytest.raises(Refused, match="401 Logon failed") as error:
        s4hana.connect(altered(instance, password="wrong")).ping()
    assert "wrong" not in str(error.value)
    disturb(path="A_CompanyCode", kind="403")
    with pytest.raises(Refused) as error:
        s4hana.connect(instance).ping()
    assert "communication arrangement" in error.value.do


def test_every_page_is_read_whatever_its_size_and_keys(client, inside):
    inside.page_size = 2
    rows, _ = read(client, "gl_accounts")
    numbers = [row["GLAccount"] for row in rows["gl_accounts"]]
    assert len(numbers) == len(set(numbers)) == 7
    assert client.requests_sent == 4
    rates = read(client, "exchange_rates")[0]["exchange_rates"]
    days = [(r["ExchangeRateType"], r["ValidityStartDate"][:10]) for r in rates]
    assert len(set(days)) == len(days) == 12


def test_an_answer_without_a_list_or_a_count_is_none(client, monkeypatch):
    monkeypatch.setattr(client, "json", lambda _: {"d": {"results": []}})
    with pytest.raises(BadAnswer, match="no list that is counted"):
        client.ping()


def test_a_text_with_a_quote_is_one_condition(client):
    condition = f"ProfitCenterName eq {s4hana.quoted('O' + chr(39) + 'Hara')}"
    fields = ("ProfitCenter",)
    pages = client.pages(assumptions.PROFIT_CENTERS, fields, fields, condition)
    assert list(pages) == []


def test_an_unknown_property_is_refused_in_saps_words(client):
    with pytest.raises(Refused, match="Property Colour not found"):
        list(client.pages(assumptions.COMPANY_CODES, ("Colour",), ("CompanyCode",)))


def test_every_declared_column_is_served_and_nothing_else(host, client):
    paid_firm(host)
    served: dict[str, set] = {}
    for name in FEED:
        for table, rows in read(client, name)[0].items():
            served.setdefault(table, set()).update(*[row.keys() for row in rows])
    for name, table in declared_tables("s4hana").items():
        declared = {column.path[0] for column in table.columns}
        assert served[name] == declared | {"__metadata"}, name


def test_an_item_is_of_the_leading_ledger_and_has_its_side(host, client):
    rows, _ = read(client, "entries")
    [entry] = [r for r in rows["journal_entries"] if r["FiscalPeriod"] == "005"][:1]
    assert entry["AccountingDocument"] == "0000001000"
    items = [r for r in rows["journal_items"] if r["AccountingDocument"][-2:] == "00"]
    assert [
        (r["DebitCreditCode"], r["AmountInCompanyCodeCurrency"], r["GLAccount"])
        for r in items
    ] == [("S", "1187.10", "0000005000"), ("H", "-1187.10", "0000002100")]
    other = s4hana.connect(altered(client.instance, values={"leading_ledger": "9X"}))
    assert "journal_items" not in read(other, "entries")[0]


def test_only_what_changed_is_read_again(host, client):
    _, cursor = read(client, "entries")
    assert cursor == books.CREATED + timedelta(minutes=1001)
    made = host.firm
    late = cursor + OVERLAP + timedelta(minutes=5)
    made.ledger[1001] = replace(made.ledger[1001], updated_at=late)
    host.replace(made)
    rows, reached = read(client, "entries", since=late)
    assert [r["AccountingDocument"] for r in rows["journal_entries"]] == ["0000001001"]
    assert {r["AccountingDocument"] for r in rows["journal_items"]} == {"0000001001"}
    assert reached == late


def test_an_entry_shown_twice_in_a_listing_arrives_twice(host, client):
    made = host.firm
    made.served_twice = {"transactions": ["1000"]}
    host.replace(made)
    rows, _ = read(client, "entries")
    assert [r["AccountingDocument"][-4:] for r in rows["journal_entries"]] == [
        "1000", "1000", "1001",
    ]  # fmt: skip


def test_what_is_cleared_is_read_whole_and_a_reset_undoes_it(host, client):
    paid_firm(host)
    [invoice, payment] = read(client, "cleared_items")[0]["cleared_items"]
    for item in (invoice, payment):
        assert item["ClearingJournalEntry"] == "0000001003"
        assert item["ClearingDate"][:10] == "2026-06-02"
    paid_firm(host, paid=None)
    assert read(client, "cleared_items")[0] == {}
    items = read(client, "entries")[0]["journal_items"]
    named = {r["AccountingDocument"]: r["InvoiceReference"] for r in items}
    assert named["0000001003"] in ("0000001002", "")
    assert "0000001002" in {r["InvoiceReference"] for r in items}


def test_a_field_of_another_name_arrives_under_the_declared_one(instance):
    own = {"source_line": "DocumentItemText", "service_date": ""}
    client = s4hana.connect(altered(instance, fields=own))
    items = read(client, "entries")[0]["journal_items"]
    assert {r["AssignmentReference"] for r in items} == {""}
    assert all("ServicesRenderedDate" not in r for r in items)
    lacking = client.missing_fields(
        {"I_JournalEntryItem": {"DocumentItemText", "YY1_LINE"}}
    )
    assert lacking == {("I_JournalEntryItem", "YY1_LINE")}


def test_a_rate_fits_into_five_decimals_and_comes_back_whole():
    """By their ratio, whichever way they are quoted."""
    draw = random.Random(4)
    eighth = Decimal("1e-8")
    for base, currency in (("USD", "GBP"), ("EUR", "USD")):
        for _ in range(200):
            rate = Decimal(draw.uniform(0.12, 9)).quantize(eighth)
            quoted = shown._quoted(FxRate(base, currency, date(2026, 1, 1), rate))
            stated, ours, theirs = quoted.values()
            assert abs(stated) < 10_000, "four digits before the point"
            assert stated == stated.quantize(Decimal("1e-5"))
            told = stated * theirs / ours if stated > 0 else theirs / (-stated * ours)
            assert told.quantize(eighth, ROUND_HALF_UP) == rate
    assert stated > 0, "this pair is quoted directly, the other one is not"


def test_special_periods_follow_the_last_and_have_an_interval_of_their_own(host):
    made = host.firm
    last = date(2026, 6, 30)
    adjusting = replace(made.periods[6], id=13, start=last, end=last)
    made.periods[13] = replace(adjusting, name="Adjust", is_adjustment=True)
    calendar = shown.Calendar(made)
    assert [row["FiscalPeriod"] for row in calendar.rows()][-1] == "013"
    [everything, *_] = calendar.open_rows()
    assert (everything["FromPeriod2"], everything["ToPeriod2"]) == (13, 13)


# -- the sandbox's rules --------------------------------------------------------------


def test_nobody_writes_by_odata_without_the_token_of_the_session(served, instance):
    address = instance.options["base_url"] + assumptions.COMPANY_CODES
    who = (sandbox.USERNAME, sandbox.PASSWORD)
    refused = requests.post(address, json={}, auth=who, timeout=5)
    assert (refused.status_code, refused.headers["x-csrf-token"]) == (403, "Required")
    with requests.Session() as session:
        session.auth = who
        asked = session.get(address, headers={"x-csrf-token": "Fetch"}, timeout=5)
        token = {"x-csrf-token": asked.headers["x-csrf-token"]}
        assert session.post(address, headers=token, timeout=5).status_code == 405
    assert requests.post(address, headers=token, auth=who, timeout=5).status_code == 403


def name_of(project: str, name: str, **changes) -> RecordWrite:
    told = {"record_type": "project", "record_id": project, "fields": {"name": name}}
    return RecordWrite("R-1", "f" * 64, memo="m", posting_date=date(2026, 6, 10),
                       **(told | changes))  # fmt: skip


def test_a_projects_name_is_set_by_odata_and_a_token_that_ended_is_fetched_anew(
    client, instance, inside
):
    target = S4Records(instance, "s4hana.records")
    first = name_of("P1001", "Kilo 'n' Lima")
    assert target.find([first]) == {}
    assert target.post([first]) == [Kept("P1001")]
    assert set(target.find([first])) == {"R-1"}
    inside.tokens.clear()
    assert target.post([name_of("P1002", "Mike")]) == [Kept("P1002")]
    rows = read(client, "projects")[0]["projects"]
    assert {r["Project"]: r["ProjectDescription"] for r in rows} == {
        "P1001": "Kilo 'n' Lima",
        "P1002": "Mike",
    }


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (name_of("P7777", "No"), "has no project P7777"),
        (name_of("P1001", "x" * 61), "60 characters"),
        (name_of("P1001", "No", record_id=None), "by hand"),
        (name_of("P1001", "No", record_type="invoice"), "by hand"),
    ],
)
def test_any_other_record_is_refused(instance, write, words):
    [refusal] = S4Records(instance, "s4hana.records").post([write])
    assert words in refusal.what


# -- posting --------------------------------------------------------------------------


def line(account="5000", amount="187.05", **more) -> Line:
    told = Decimal(amount)
    side = {"debit": max(told, Decimal(0)), "credit": max(-told, Decimal(0))}
    known = {
        "project_id": None,
        "department_id": None,
        "hours": None,
        "memo": "accrual",
    }
    return Line(account_number=account, **(known | side | more))


def journal(external_id=ID, amount="187.05", **changes) -> Journal:
    lines = (
        line("5000", amount, project_id="P1001", department_id="PR-1",
             hours=Decimal("2.25")),
        line("2100", f"-{amount}", department_id="PR-1"),
    )  # fmt: skip
    made = Journal(
        external_id, f"{external_id[-4:]:x<64}", "US10", "USD", date(2026, 5, 31),
        "Tieout", lines,
    )  # fmt: skip
    return replace(made, **changes)


def numbered(number: int) -> str:
    return f"TIEOUT-abcd-{number:013x}"


def test_a_journal_is_kept_to_the_cent_and_read_back(client, target):
    wanted = numbered(1)
    entry = journal(wanted, content_hash="f" * 64)
    [kept] = target.post([entry])
    found = target.find([entry])[wanted]
    assert (kept.erp_id, found.content_hash) == (found.erp_id, "f" * 16)
    assert found in target.held()
    [told] = target.read([found])
    assert told == replace(
        entry, content_hash="f" * 16, memo=found.memo, lines=told.lines
    )
    assert told.lines == entry.lines
    rows, _ = read(client, "entries")
    [head] = [
        r
        for r in rows["journal_entries"]
        if r["AccountingDocumentHeaderText"] == wanted
    ]
    assert (head["FiscalPeriod"], head["AccountingDocumentType"]) == ("005", "SA")


def test_each_journal_of_a_message_is_posted_or_not_for_itself(host, target):
    good, bad = (
        journal(numbered(2)),
        journal(numbered(3), posting_date=date(2026, 4, 30)),
    )
    first, second = target.post([good, bad])
    assert isinstance(first, Kept)
    assert isinstance(second, Refusal)
    assert "609(RW) Error in document" in second.what
    assert "201(F5) Period 04/2026 is not open" in second.what
    assert set(target.find([good, bad])) == {good.external_id}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subsidiary_id": "XX99"}, "Company code XX99"),
        ({"currency_code": "CHF"}, "Enter rate CHF / USD"),
        ({"posting_date": date(2031, 1, 31)}, "not open"),
        ({"lines": (line(), line("2100", "-187.06"))}, "Balance in transaction"),
        ({"lines": (line("7777"), line("2100", "-187.05"))}, "G/L account 0000007777"),
        ({"lines": (line("9999"), line("2100", "-187.05"))}, "G/L account 0000009999"),
        ({"lines": (line("1100"), line("2100", "-187.05"))}, "reconciliation account"),
        (
            {"lines": (line(project_id="P1003"), line("2100", "-187.05"))},
            "WBS element P1003",
        ),
        (
            {"lines": (line(department_id="PR-9"), line("2100", "-187.05"))},
            "Profit center PR-9",
        ),
    ],
)
def test_what_sap_would_not_post_is_refused_with_its_reasons(target, changes, words):
    [refusal] = target.post([journal(numbered(4), **changes)])
    assert isinstance(refusal, Refusal)
    assert words in refusal.what
    assert not refusal.says_it_exists


def test_yen_go_out_without_decimals(host, target):
    made = host.firm
    made.fx_rates.append(FxRate("USD", "JPY", date(2026, 1, 1), Decimal("0.0067")))
    host.replace(made)
    entry = journal(numbered(5), amount="6954.0000", currency_code="JPY")
    [kept] = target.post([entry])
    assert isinstance(kept, Kept)
    [told] = target.read(list(target.find([entry]).values()))
    assert [x.debit - x.credit for x in told.lines] == [6954, -6954]


def test_a_fault_of_the_senders_ends_the_run_and_any_other_is_nobodys_no(
    target, monkeypatch
):
    entry = journal(numbered(6) + "-too-long")
    with pytest.raises(Refused, match="500 DocumentHeaderText is longer"):
        target.post([entry])
    answered = s4hana._fault

    def of_the_servers(response):
        return answered(response)[0].replace("Client", "Server"), "dumped"

    monkeypatch.setattr(s4hana, "_fault", of_the_servers)
    with pytest.raises(Unreachable, match="500 dumped"):
        target.post([entry])


def test_a_long_line_text_is_cut_and_the_id_fits(target):
    entry = journal(numbered(7), lines=(line(memo="x" * 80), line("2100", "-187.05")))
    sent = external_ids.sent_as(
        replace(entry, external_id="TIEOUT-" + "7" * 16),
        "abcd",
        target.external_id_limit,
    )
    assert len(sent.external_id) == 25
    [kept] = target.post([sent])
    [told] = target.read(list(target.find([sent]).values()))
    assert isinstance(kept, Kept)
    assert told.lines[0].memo == "x" * 50


def test_a_confirmation_is_waited_for_but_not_for_ever(inside, target):
    inside.service.lies_for = 2
    [kept] = target.post([journal(numbered(8))])
    assert isinstance(kept, Kept)
    inside.service.lies_for = 99
    entry = journal(numbered(9))
    with pytest.raises(BadAnswer, match="has not confirmed it within"):
        target.post([entry])
    assert target.find([entry]) == {}
    inside.service.process_all()
    assert set(target.find([entry])) == {entry.external_id}


def test_the_synchronous_service_confirms_at_once(instance, inside):
    options = {"journal_path": "", "confirmations_path": ""}
    target = S4Target(altered(instance, **options))
    [kept, refusal] = target.post(
        [journal(numbered(10)), journal(numbered(11), subsidiary_id="XX99")]
    )
    assert isinstance(kept, Kept)
    assert isinstance(refusal, Refusal)
    asynchronous = S4Target(altered(instance, confirmations_path=""))
    with pytest.raises(BadAnswer, match="took a message and confirmed nothing"):
        asynchronous.post([journal(numbered(12))])


def test_half_a_confirmation_and_one_that_lacks_a_journal_are_no_answer(
    target, disturb, monkeypatch
):
    disturb(path="/confirmations/", kind="truncate")
    with pytest.raises(BadAnswer, match="no whole XML"):
        target.post([journal(numbered(13))])
    fetched = target._fetched

    def of_another(message_id):
        return fetched(message_id).replace(numbered(14).encode(), b"another")

    monkeypatch.setattr(target, "_fetched", of_another)
    with pytest.raises(BadAnswer, match=f"what became of {numbered(14)}"):
        target.post([journal(numbered(14))])


def test_where_sap_knows_a_repeat_it_posts_nothing_twice(inside, target):
    inside.service.guards_repeats = True
    entry = journal(numbered(15))
    first = target.post([entry])
    with pytest.raises(BadAnswer):
        target._fetched("a message that nobody sent")
    again = target.post([entry])
    assert again == first
    assert sum(r.external_id == entry.external_id for r in target.held()) == 1


def row(number: int, **changes):
    """A desired posting of the small firm in this ERP; each has a key of its own."""
    return desired(
        target_instance="s4hana",
        erp_subsidiary_id="US10",
        erp_project_id="P1001",
        erp_department_id="PR-1",
        posting_key=f"labour_cost_accrual|US10|P1001|2026-05|{number}",
        **changes,
    )


@pytest.mark.parametrize(
    "disturbance",
    [
        {"path": "journalentrybulk", "kind": "lose_answer"},
        {"path": "journalentrybulk", "kind": "503"},
        {"path": "/confirmations/", "kind": "lose_answer", "times": 9},
        {"path": "/confirmations/", "kind": "truncate"},
    ],
)
def test_whatever_is_lost_a_journal_stands_once(tmp_path, monkeypatch, disturbance):
    monkeypatch.setattr(S4Target, "lookup_lag", 0.05)
    monkeypatch.setattr(S4Target, "polls", (0.0,))
    host = Host(books.firm(), tmp_path / "store.sqlite")
    rows = [row(1), row(2, amount="12.34", hours="1.00")]
    with (
        server.running(host, only={"s4hana"}) as at,
        contextlib.closing(Ledger(tmp_path / "ledger.sqlite")) as ledger,
    ):
        target = S4Target(at.instance("s4hana"))
        target.reader.attempts = 1
        address = at.plain + "/_sandbox/disturb"
        requests.post(address, json=disturbance, timeout=5).raise_for_status()
        for _ in range(2):
            plan = compare(rows, ledger)
            dispatch(plan, ledger, lambda _: [target], wait=lambda _: None)
        assert [p.status for p in ledger.postings()] == ["posted", "posted"]
        held = [record.external_id for record in target.held()]
    assert len(held) == len(set(held)) == 2
