"""Tryton's answers that a real one gives too seldom to wait for. (The real one is asked
in tests/tryton.)"""

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import requests

from dlt_pipelines.core.errors import BadAnswer, Refused, Throttled, Unreachable
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.reverse_sync.journal import (
    Journal,
    Kept,
    Line,
    PostedRecord,
    Refusal,
)
from dlt_pipelines.vendors.feeds import Window
from dlt_pipelines.vendors.tryton.client import SaidNo, connect
from dlt_pipelines.vendors.tryton.source import GROWING, LISTS, read_growing
from dlt_pipelines.vendors.tryton.target import open_target

OPTIONS = {
    "base_url": "http://127.0.0.1:9",
    "database": "books",
    "username": "tieout",
    "password": "s3cret-s3cret",
}
USER = {"id": 7, "company": 1, "companies": [1], "company_filter": "one"}
NO = ["UserError", ["Nein.", "", None]]
STUMBLE = ["KeyError: 'Ada earns 9000'", "Traceback: Ada earns 9000"]


class Tryton:
    """Answers each method as told; a list is answered one after the other."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list]] = []
        self.authorisations: list[str | None] = []
        self.told = {
            "common.db.login": {"result": [7, "token", None]},
            "model.res.user.read": {"result": [USER]},
        }

    def request(self, method, url, *, data, headers, **_):
        assert (method, url) == ("POST", "http://127.0.0.1:9/books/rpc/")
        body = json.loads(data)
        assert set(body) == {"id", "method", "params"}
        self.asked.append((body["method"], body["params"]))
        self.authorisations.append(headers.get("Authorization"))
        told = self.told[body["method"]]
        if callable(told):
            told = told(*body["params"])
        if isinstance(told, list):
            told = told.pop(0)
        if isinstance(told, Exception):
            raise told
        if body["method"].endswith(".search_read") and isinstance(told, dict):
            told = after(told, body["params"][0][-1])
        return told if isinstance(told, requests.Response) else answer(200, told)

    def calls(self, method):
        return [params for name, params in self.asked if name == method]


def after(told, condition):
    """Of what is told the records after the id that a page is asked to begin after."""
    field, sign, last = condition
    assert (field, sign) == ("id", ">")
    return {"result": [record for record in told["result"] if record["id"] > last]}


def answer(status, body="", **headers):
    response = requests.Response()
    response.status_code = status
    text = body if isinstance(body, str) else json.dumps(body)
    response._content = text.encode()
    response.headers.update(headers)
    return response


@pytest.fixture
def tryton():
    return Tryton()


@pytest.fixture
def client(tryton):
    made = connect(Instance("erp", "tryton", OPTIONS))
    made.session.request = tryton.request
    made.attempts, made.longest_wait = 2, 0.01
    return made


# -- the client -------------------------------------------------------------------


def test_a_session_is_bought_once_and_carried(tryton, client):
    tryton.told["model.party.party.search"] = {"result": [1]}
    assert client.call("party.party.search", []) == [1]
    assert client.call("party.party.search", []) == [1]
    assert len(tryton.calls("common.db.login")) == 1
    carried = tryton.authorisations[-1].removeprefix("Session ")
    assert base64.b64decode(carried) == b"tieout:7:token"
    context = {"company": 1, "companies": [1]}
    assert tryton.calls("model.party.party.search")[0] == [[], context]


def test_values_travel_as_tryton_writes_them(tryton, client):
    tryton.told["model.x.write"] = {
        "result": {
            "amount": {"__class__": "Decimal", "decimal": "900.00"},
            "day": {"__class__": "date", "year": 2026, "month": 5, "day": 1},
            "time": {"__class__": "timedelta", "seconds": 27000.0},
            "party.": {"id": 1, "code": "C1"},
            "changed": {
                "__class__": "datetime", "year": 2026, "month": 5, "day": 1,
                "hour": 7, "minute": 0, "second": 1, "microsecond": 5,
            },
        }
    }  # fmt: skip
    east = datetime(2026, 5, 1, 9, tzinfo=timezone(timedelta(hours=2)))
    told = client.call("x.write", Decimal("300.2500"), date(2026, 5, 1), east)
    assert told == {
        "amount": "900.00",
        "day": "2026-05-01",
        "time": "27000.0",
        "party": {"id": 1, "code": "C1"},
        "changed": "2026-05-01T07:00:01.000005+00:00",
    }
    amount, day, moment, _ = tryton.calls("model.x.write")[0]
    assert amount == {"__class__": "Decimal", "decimal": "300.25"}
    assert day == {"__class__": "date", "year": 2026, "month": 5, "day": 1}
    assert (moment["hour"], moment["minute"]) == (7, 0)


@pytest.mark.parametrize(
    ("told", "error", "says"),
    [
        ({"error": NO}, SaidNo, "Nein"),
        ({"error": ["UserWarning", ["key", "Sicher?", ""]]}, SaidNo, "Sicher"),
        ({"error": ["ConcurrencyException", "geändert"]}, Unreachable, "changing"),
        ({"error": STUMBLE}, BadAnswer, "stumbled on x.read"),
        (answer(403, "<html>"), Refused, "HTTP 403"),
        (answer(429, "<html>"), Throttled, "HTTP 429"),
        (answer(503, "<html>"), Unreachable, "HTTP 503"),
        (answer(504, "<html>"), Unreachable, "HTTP 504"),
        (answer(200, '{"id": 1, "resu'), BadAnswer, "not whole JSON"),
        (answer(200, "<html>Wartung</html>"), BadAnswer, "not whole JSON"),
    ],
)
def test_what_tryton_says_is_told_for_what_it_is(tryton, client, told, error, says):
    tryton.told["model.x.read"] = told
    with pytest.raises(error, match=says) as raised:
        client.call("x.read")
    assert "Ada earns" not in str(raised.value)
    assert OPTIONS["password"] not in str(raised.value)


def test_a_wrong_password_is_not_tried_again_and_again(tryton, client):
    tryton.told["common.db.login"] = answer(401, "<html>")
    with pytest.raises(Refused, match="HTTP 401"):
        client.ping()
    assert len(tryton.calls("common.db.login")) == 1


def test_a_user_who_logs_in_otherwise_is_told_so(tryton, client):
    tryton.told["common.db.login"] = {"error": ["LoginException", ["sms", "Code?"]]}
    with pytest.raises(Refused, match="no password login"):
        client.ping()


# -- the source -------------------------------------------------------------------


def test_what_a_person_costs_is_not_asked_for():
    asked = {field for _, fields in (LISTS | GROWING).values() for field in fields}
    assert [field for field in asked if "cost" in field or "price" in field] == []


def window(*ids, since=None):
    now = datetime(2026, 6, 10, tzinfo=UTC)
    return Window(since=since, until=now, ids=lambda _: set(ids))


def test_changes_are_asked_for_by_either_date_with_an_overlap(tryton, client):
    tryton.told["model.account.move.search_read"] = {"result": []}
    since = datetime(2026, 6, 9, 12, tzinfo=UTC)
    [batch] = read_growing("moves")(client, window(since=since))
    (either, *conditions), _ = tryton.calls("model.account.move.search_read")[0][0]
    assert either == "OR"
    assert [field for field, _, _ in conditions] == ["write_date", "create_date"]
    assert {moment["hour"] for _, _, moment in conditions} == {10}
    assert batch.cursor == since


# -- the target -------------------------------------------------------------------


@pytest.fixture
def target(tryton):
    made = open_target(Instance("erp", "tryton", OPTIONS))
    for session in (made.reader, made.writer):
        session.session.request = tryton.request
        session.longest_wait = 0.01
    rights = dict.fromkeys(("read", "write", "create", "delete"), 1)
    models = ("account.move", "account.move.line", "analytic_account.line")
    year = {"id": 3, "company": 1, "start_date": "2026-01-01", "end_date": "2026-12-31"}
    accounts = [
        {"id": 40 + n, "company": 1, "code": code, "type.": {"statement": statement}}
        for n, (code, statement) in enumerate({"5": "income", "2": "balance"}.items())
    ]
    tryton.told |= {
        "model.ir.model.access.get_access": {"result": dict.fromkeys(models, rights)},
        "model.account.account.search_read": {"result": accounts},
        "model.account.period.search_read": {"result": [year]},
        "model.company.company.search_read": {
            "result": [{"id": 1, "currency.": {"code": "USD"}}]
        },
        "model.account.journal.search_read": {"result": [{"id": 9, "code": "MISC"}]},
        "model.account.move.search_read": lambda *_: {"result": []},
        "model.account.move.create": lambda moves, _: {
            "result": [int(move["description"][7:9]) for move in moves]
        },
        "model.account.move.post": lambda *_: {"result": None},
        "model.account.move.delete": lambda *_: {"result": None},
    }
    return made


def journal(number, **changes):
    told = {
        "external_id": f"TIEOUT-{number}",
        "content_hash": "c" * 64,
        "subsidiary_id": "1",
        "currency_code": "USD",
        "posting_date": date(2026, 5, 31),
        "memo": "Labour [cccccccccccccccc]",
        "lines": (
            Line("5", Decimal("10.00"), Decimal(0), "11", None, Decimal("2.50"), "L"),
            Line("2", Decimal(0), Decimal("10.00"), "11", None, None, "L"),
        ),
    }
    return Journal(**told | changes)


def journals(count):
    return [journal(number) for number in range(10, 10 + count)]


def test_a_journal_is_a_move_with_its_project_on_the_income_statement(tryton, target):
    assert target.post([journal(10)]) == [Kept("10")]
    [[move]] = [params[0] for params in tryton.calls("model.account.move.create")]
    assert (move["company"], move["journal"], move["period"]) == (1, 9, 3)
    assert move["description"] == "TIEOUT-10 Labour [cccccccccccccccc]"
    [[_, [debit, credit]]] = move["lines"]
    ten = {"__class__": "Decimal", "decimal": "10"}
    assert (debit["account"], debit["debit"]) == (40, ten)
    assert debit["description"] == "L, 2.50 h"
    [[_, [project]]] = debit["analytic_lines"]
    assert (project["account"], project["debit"]) == (11, ten)
    assert project["date"]["day"] == 31
    assert "analytic_lines" not in credit


@pytest.mark.parametrize("step", ["create", "post"])
def test_refused_ones_are_found_among_many_and_their_drafts_removed(
    tryton, target, step
):
    def refuse(given, _):
        told = [
            int(one["description"][7:9]) if isinstance(one, dict) else one
            for one in given
        ]
        if {13, 16} & set(told):
            return {"error": NO}
        return {"result": told if step == "create" else None}

    tryton.told[f"model.account.move.{step}"] = refuse
    results = target.post(journals(8))
    assert [n for n, r in enumerate(results, 10) if r == Refusal("Nein.")] == [13, 16]
    assert results.count(Refusal("Nein.")) == 2
    deleted = [params[0] for params in tryton.calls("model.account.move.delete")]
    assert deleted == ([] if step == "create" else [[13, 16]])


def test_one_that_tryton_stumbles_over_lets_the_others_through_and_stays_unknown(
    tryton, target
):
    posted = []

    def stumble(drafts, _):
        if 12 in drafts:
            return {"error": STUMBLE}
        posted.extend(drafts)
        return {"result": None}

    tryton.told["model.account.move.post"] = stumble
    with pytest.raises(BadAnswer, match="stumbled"):
        target.post(journals(5))
    assert posted == [10, 11, 13, 14]
    assert tryton.calls("model.account.move.delete") == []


def test_a_draft_that_cannot_be_removed_stays_unknown(tryton, target):
    draft = {"id": 77, "description": "TIEOUT-10 Labour [c]", "state": "draft"}
    tryton.told["model.account.move.search_read"] = lambda *_: {"result": [draft]}
    tryton.told["model.account.move.delete"] = {"error": NO}
    with pytest.raises(BadAnswer, match=r"moves 77.*Nein"):
        target.post([journal(10)])
    assert tryton.calls("model.account.move.create") == []


def test_a_move_whose_lines_the_user_may_not_see_is_named(tryton, target):
    for model in ("account.move", "account.move.line", "analytic_account.line"):
        tryton.told[f"model.{model}.search_read"] = {"result": []}
    with pytest.raises(BadAnswer, match="lists moves 9 and shows no lines"):
        target.read([PostedRecord("9", "TIEOUT-1", "memo")])


def test_of_a_move_and_its_copy_the_first_is_what_was_posted(tryton, target):
    copies = [
        {"id": number, "description": "TIEOUT-1 memo", "state": "posted"}
        for number in (5, 9)
    ]
    tryton.told["model.account.move.search_read"] = {"result": copies}
    assert target.find([journal(1)])["TIEOUT-1"].erp_id == "5"


def test_what_was_posted_meanwhile_is_not_withdrawn(tryton, target):
    move = {"id": 77, "description": "TIEOUT-10 Labour [c]", "state": "posted"}
    tryton.told["model.account.move.search_read"] = lambda *_: {"result": [move]}
    with pytest.raises(BadAnswer, match="TIEOUT-10"):
        target.withdraw(["TIEOUT-10"])
    assert tryton.calls("model.account.move.delete") == []


def test_what_is_posted_is_not_sent_again(tryton, target):
    move = {
        "id": 77,
        "description": "TIEOUT-10 L [cccccccccccccccc]",
        "state": "posted",
    }
    tryton.told["model.account.move.search_read"] = lambda *_: {"result": [move]}
    other = journal(10, content_hash="d" * 64)
    assert target.post([journal(10)]) == [Kept("77")]
    assert isinstance(target.post([other])[0], Refusal)
    assert tryton.calls("model.account.move.create") == []


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (answer(429), Throttled),
        (answer(502), Unreachable),
        (requests.ConnectionError(), Unreachable),
        (requests.Timeout(), Unreachable),
        (answer(403), Refused),
    ],
)
@pytest.mark.parametrize("step", ["create", "post"])
def test_a_write_is_sent_once_and_its_outcome_told(tryton, target, step, told, error):
    tryton.told[f"model.account.move.{step}"] = told
    with pytest.raises(error):
        target.post([journal(10)])
    assert len(tryton.calls(f"model.account.move.{step}")) == 1


def test_without_the_rights_nothing_is_sent(tryton, target):
    rights = {"read": 1, "write": 0, "create": 1, "delete": 0}
    told = tryton.told["model.ir.model.access.get_access"]["result"]
    told["account.move.line"] = rights
    with pytest.raises(Refused, match=r"may not write, delete account.move.line"):
        target.post([journal(10)])
    assert tryton.calls("model.account.move.create") == []


def test_books_without_the_journal_that_postings_go_to_are_refused(tryton, target):
    tryton.told["model.account.journal.search_read"] = {"result": []}
    with pytest.raises(Refused, match="no journal MISC"):
        target.post([journal(10)])


def test_an_external_id_is_looked_up_as_it_stands(tryton, target):
    target.find([replace(journal(10), external_id="TIEOUT-5%_")])
    [[domain, *_]] = tryton.calls("model.account.move.search_read")
    assert domain[0] == ["OR", ["description", "like", r"TIEOUT-5\%\_ %"]]
