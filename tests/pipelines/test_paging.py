"""However a system cuts, reorders, delays or moves what it says: nothing is lost.

Each vendor's own protocol over real HTTP, by a server whose whims are drawn (see
``hostile``). What a reading must have is what was there all the time; that something
came or went meanwhile may be seen or not.
"""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain, repeat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import example, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from dlt_pipelines.core.errors import BadAnswer
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.vendors.adp import client as adp
from dlt_pipelines.vendors.certinia import client as certinia
from dlt_pipelines.vendors.certinia.source import LISTINGS
from dlt_pipelines.vendors.coupa import client as coupa
from dlt_pipelines.vendors.dynamics365 import client as dynamics365
from dlt_pipelines.vendors.feeds import Window
from dlt_pipelines.vendors.http import ApiClient
from dlt_pipelines.vendors.kantata import client as kantata
from dlt_pipelines.vendors.kantata.client import Shifted
from dlt_pipelines.vendors.kantata.source import by_change, complete
from dlt_pipelines.vendors.netsuite import client as netsuite
from dlt_pipelines.vendors.oracle_fusion import client as oracle_fusion
from dlt_pipelines.vendors.s4hana import client as s4hana
from dlt_pipelines.vendors.salesforce import client as salesforce
from dlt_pipelines.vendors.tryton import client as tryton
from dlt_pipelines.vendors.workday import client as workday
from tests.conftest import examples
from tests.pipelines import hostile

UNTIL = datetime(2026, 4, 1, tzinfo=UTC)
WHOLE = Window(None, UNTIL, lambda _: set())
KEY = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    .decode()
)
OPTIONS = {
    kantata: {"access_token": "a-token-for-tests"},
    certinia: {"client_id": "us", "client_secret": "a-secret"},
    coupa: {"client_id": "us", "client_secret": "a-secret", "token_settles": "0"},
    adp: {"client_id": "us", "client_secret": "a-secret"},
    dynamics365: {"client_id": "us", "client_secret": "a-secret", "tenant_id": "t"},
    netsuite: {"client_id": "us", "certificate_id": "c", "private_key": KEY},
    oracle_fusion: {"client_id": "us", "client_secret": "a-secret"},
    s4hana: {"username": "us", "password": "secret"},
    salesforce: {"client_id": "us", "client_secret": "a-secret"},
    tryton: {"database": "db", "username": "us", "password": "a-password"},
    workday: {
        "tenant": "t",
        "report_owner": "o",
        "username": "us",
        "password": "a-password",
    },
}


[PRACTICES] = [it for it in LISTINGS if it.table == "practices"]


def connected(module, system: hostile.Hostile) -> ApiClient:
    """A client of a vendor that is in no hurry and never sleeps."""
    options = {"base_url": system.url, "token_url": f"{system.url}/token"}
    vendor = module.__name__.split(".")[-2]
    client = module.connect(Instance("it", vendor, options | OPTIONS[module]))
    client.longest_wait = 0.0
    return client


def of_batches(read) -> Callable[[ApiClient], Iterator[list[dict]]]:
    return lambda client: (batch.rows for batch in read(client, WHOLE))


VENDORS = {
    "kantata, all of it": (kantata, hostile.Kantata, of_batches(complete("roles"))),
    "kantata, by change": (
        kantata,
        hostile.Kantata,
        of_batches(by_change("workspace_resources", {})),
    ),
    "certinia": (certinia, hostile.Certinia, of_batches(PRACTICES.read)),
    "coupa": (coupa, hostile.Coupa, lambda it: it.changed("suppliers", None, UNTIL)),
    "adp": (adp, hostile.Adp, lambda it: [it.workers()]),
    "dynamics365": (
        dynamics365,
        hostile.Dynamics365,
        lambda it: it.pages("LegalEntities", ["id"]),
    ),
    "netsuite": (
        netsuite,
        hostile.NetSuite,
        lambda it: it.pages("select id from account where {after}", ("id",)),
    ),
    "oracle_fusion": (
        oracle_fusion,
        hostile.OracleFusion,
        lambda it: it.pages("suppliers", "id"),
    ),
    "s4hana": (s4hana, hostile.S4Hana, lambda it: it.pages("/x", ("id",), ("id",))),
    "salesforce": (
        salesforce,
        hostile.Salesforce,
        lambda it: it.query_all("SELECT Id FROM User"),
    ),
    "tryton": (tryton, hostile.Tryton, lambda it: it.pages("party.party", ["id"])),
    "workday": (workday, hostile.Workday, lambda it: [it.report("Tieout_Holidays")]),
}


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch):
    monkeypatch.setattr(adp, "MutualTls", lambda instance: HTTPAdapter())
    monkeypatch.setattr(coupa.CoupaClient, "per_second", 1e6)


@pytest.mark.parametrize("vendor", VENDORS)
def test_all_that_stayed_is_read_however_it_is_served(vendor):
    module, served, read = VENDORS[vendor]

    @settings(max_examples=examples(20))
    @given(seed=st.integers(0, 10**9))
    @example(seed=45)  # a row left while the page had but the row that overlaps
    @example(seed=181893)  # pages of one row
    @example(seed=253)  # another order each time, in which that row came first again
    @example(seed=336)  # a row that was seen left, and one was not seen yet
    def holds(seed):
        with served(seed) as system:
            client = connected(module, system)
            found = [row["id"] for rows in read(client) for row in rows]
            client.session.close()
        assert system.stayed <= set(found)
        if not system.moves and not system.may_repeat:
            assert len(found) == len(system.stayed), "nothing comes twice"

    holds()


def cut_short(system: hostile.Hostile) -> None:
    """Take away the end of every page, in the middle of what there is."""
    system.moves = system.is_moody = False
    system.most = 10
    system.draw = random.Random(1)
    system.rows = [system.row(number) for number in range(1, 61)]


@pytest.mark.parametrize(
    ("vendor", "spoil", "said"),
    [
        (
            "kantata, all of it",
            lambda path, told: told | {"results": told["results"][:0]},
            "kept changing",
        ),
        (
            "netsuite",
            lambda path, told: told | {"hasMore": False},
            "of the 60 rows",
        ),
        ("netsuite", lambda path, told: told | {"items": []}, "without rows"),
        (
            "s4hana",
            lambda path, told: {"d": told["d"] | {"results": []}},
            "0 of the 60 rows",
        ),
        ("oracle_fusion", lambda path, told: told | {"items": []}, "0 of the"),
        (
            "dynamics365",
            lambda path, told: told | {"@odata.nextLink": ""},
            "of the 60 rows",
        ),
        *(
            (
                vendor,
                lambda path, told: told | {"done": True, "nextRecordsUrl": None},
                "of the 60 rows",
            )
            for vendor in ("salesforce", "certinia")
        ),
    ],
)
def test_an_answer_that_contradicts_itself_is_an_error_and_no_end(
    vendor, spoil, said, monkeypatch
):
    module, served, read = VENDORS[vendor]
    monkeypatch.setattr(kantata, "READINGS", 3)
    with served(7) as system:
        cut_short(system)
        told = system.answer

        def spoilt(path, query, body):
            status, answer, headers = told(path, query, body)
            if "access_token" in answer:
                return status, answer, headers
            return status, spoil(path, answer), headers

        system.answer = spoilt
        client = connected(module, system)
        with pytest.raises(BadAnswer, match=said):
            list(read(client))
        client.session.close()


@pytest.mark.parametrize("vendor", sorted(VENDORS.keys() - {"workday"}))
def test_a_system_that_heeds_no_beginning_of_a_page_is_not_read_for_ever(vendor):
    module, served, read = VENDORS[vendor]
    with served(7) as system:
        cut_short(system)
        told, first = system.answer, {}

        def stuck(path, query, body):
            """The first page of the listing, whichever is asked for."""
            given = told(path, query, body)
            if "a-" in str(given[1]) or "company_filter" in str(given[1]):
                return given  # who it is talking to
            return first.setdefault("page", given)

        system.answer = stuck
        client = connected(module, system)
        with pytest.raises((BadAnswer, Shifted)):
            list(read(client))
        client.session.close()


def test_no_content_in_the_middle_is_not_the_end(monkeypatch):
    """ADP ends by no content; where it comes in the middle, all is read again."""
    with hostile.Adp(3) as system:
        cut_short(system)
        told, asked = system.answer, []

        def empty_once(path, query, body):
            asked.append(query.get("$skip"))
            if len(asked) == 4:
                return 204, None, {}
            return told(path, query, body)

        system.answer = empty_once
        client = connected(adp, system)
        found = {row["id"] for row in client.workers()}
        client.session.close()
    assert found == {str(number) for number in range(1, 61)}


# -- what each vendor does, by name ---------------------------------------------------


def short_pages(system: hostile.Hostile) -> None:
    """Ten rows at most, whatever is asked for."""


def not_now(whim: str) -> Callable[[hostile.Hostile], None]:
    """Twice before each answer of a listing comes what is none."""

    def spoil(system: hostile.Hostile) -> None:
        left: dict = {}

        def asked_again(method, asked):
            left[asked] = left.get(asked, 3) - 1
            is_due = left[asked] > 0 and (method == "GET" or "202" not in whim)
            return whim if is_due else None

        system.whim = asked_again

    return spoil


def empty_page(system: hostile.Hostile) -> None:
    """The third page of the listing has no rows; the rest is behind its link."""
    told, answers = system.answer, []
    if isinstance(system, hostile.Salesforce | hostile.Dynamics365):
        sizes = chain([10, 10, 0], repeat(10))
        system.draw.randint = lambda *_: next(sizes)
        return
    system.may_repeat = True  # who begins anew

    def emptied(path, query, body):
        status, answer, headers = told(path, query, body)
        if not has_rows(answer):
            return status, answer, headers
        answers.append(answer)
        if len(answers) != 3:
            return status, answer, headers
        if isinstance(system, hostile.Adp):
            return 204, None, {}
        return status, without_rows(answer), headers

    system.answer = emptied


def has_rows(answer) -> bool:
    """Whether an answer is a page of the listing, and not of who is asking."""
    return "a-" not in str(answer) and "company_filter" not in str(answer)


def without_rows(answer):
    """The same answer but for its rows."""
    if isinstance(answer, list):
        return []
    if "d" in answer:
        return {"d": answer["d"] | {"results": []}}
    rows = ROWS & answer.keys()
    return answer | {name: [] for name in rows}


ROWS = {"items", "records", "result", "results", "value", "workers", "Report_Entry"}


def ties(system: hostile.Hostile) -> None:
    """All changed at one moment, and come in another order in each answer."""
    moment = hostile.START.isoformat()
    for row in system.rows:
        row |= {
            name: moment for name in ("updated_at", "SystemModstamp") if name in row
        }
    system.shuffles = system.may_repeat = True


BEHAVIOURS = {
    "a page shorter than asked for": short_pages,
    "an empty page in the middle": empty_page,
    "503": not_now("503"),
    "429 without Retry-After": not_now("429 alone"),
    "a Retry-After that has passed": not_now("429"),
    "202 with a place to ask": not_now("202 elsewhere"),
    "a page for people with 200": not_now("page"),
    "ties in any order": ties,
}
POSTED = "its listings are asked for by POST, which nobody sends again for a 202"
ONE_ANSWER = "a report is one answer"
BY_KEY = "its pages begin behind a key, by which its rows are ordered"
THE_END = "a page without rows is how it says that a listing ends"
CANNOT = {
    ("netsuite", "202 with a place to ask"): POSTED,
    ("tryton", "202 with a place to ask"): POSTED,
    ("workday", "a page shorter than asked for"): ONE_ANSWER,
    ("workday", "an empty page in the middle"): ONE_ANSWER,
    ("workday", "ties in any order"): ONE_ANSWER,
    ("coupa", "an empty page in the middle"): THE_END,
    ("tryton", "an empty page in the middle"): THE_END,
    ("coupa", "ties in any order"): BY_KEY,
    ("netsuite", "ties in any order"): BY_KEY,
    ("oracle_fusion", "ties in any order"): BY_KEY,
    ("s4hana", "ties in any order"): BY_KEY,
    ("tryton", "ties in any order"): BY_KEY,
    (
        "adp",
        "ties in any order",
    ): "it has no order; what moves is read again (see above)",
    ("dynamics365", "ties in any order"): "its links hold on to the rows they tell",
    ("salesforce", "ties in any order"): "a result is kept until it is read",
}
# An empty page that its own words contradict is an error: nothing is taken for gone.
CONTRADICTIONS = {
    ("netsuite", "an empty page in the middle"): "without rows",
    ("oracle_fusion", "an empty page in the middle"): "gave 0 of the",
    ("s4hana", "an empty page in the middle"): "gave 0 of the",
}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("vendor", VENDORS)
def test_nothing_is_lost_where_a_vendor_gives(vendor, behaviour, monkeypatch):
    if why := CANNOT.get((vendor, behaviour)):
        assert why
        return
    monkeypatch.setattr("time.sleep", lambda _: None)
    module, served, read = VENDORS[vendor]
    with served(7) as system:
        cut_short(system)
        served_ids = {row["id"] for row in system.rows}
        BEHAVIOURS[behaviour](system)
        client = connected(module, system)
        client.patience = 600.0
        pages = (row["id"] for rows in read(client) for row in rows)
        if said := CONTRADICTIONS.get((vendor, behaviour)):
            with pytest.raises(BadAnswer, match=said):
                list(pages)
        else:
            found = list(pages)
            assert set(found) == served_ids
            assert system.may_repeat or len(found) == len(served_ids)
        client.session.close()
