"""NetSuite through SuiteQL: lists complete each time, the ledger by what changed.

A line has no change date of its own that can be trusted to move with every change, so
lines are read by the change date of their transaction; lines that a changed
transaction no longer has are deletions. Deleted transactions come from
``deletedrecord`` or, where that is not readable, from the ids that are gone.

Columns that tenants define stand here under the names that ``settings.yml`` declares;
the client asks for them under the tenant's own.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from dlt_pipelines.core.errors import Refused
from dlt_pipelines.vendors.feeds import Batch, Feed, Window
from dlt_pipelines.vendors.netsuite.client import (
    CURRENCY,
    ONLY_CURRENCY,
    ONLY_ENTITY,
    SUBSIDIARY,
    UNVERIFIED,
    NetSuiteClient,
)

# SuiteQL tells moments in the account's time zone, and a request may take a quarter of
# an hour to commit. A day and two hours covers both, whatever zone is configured.
OVERLAP = timedelta(hours=26)
BATCH_ROWS = 5000
ASKED_AT_ONCE = 500  # ids in one query: a condition may list 1,000 values
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
LEDGER_TABLES = ("transactions", "transaction_lines", "accounting_lines")

Rows = list[dict[str, Any]]


def _day(column: str, name: str | None = None) -> str:
    name = name or column.rpartition(".")[2]
    return f"to_char({column}, 'YYYY-MM-DD') as {name}"


def _moment(column: str) -> str:
    name = column.rpartition(".")[2]
    return f"to_char({column}, 'YYYY-MM-DD HH24:MI:SS') as {name}"


CHANGED = _moment("lastmodifieddate")
NAME = "nvl(companyname, altname) as companyname"  # a person has no company's name
LISTS = {
    "subsidiaries": (
        f"id, externalid, name, country, currency, isinactive, {CHANGED}",
        "subsidiary",
    ),
    "departments": (f"id, externalid, name, isinactive, {CHANGED}", "department"),
    "currencies": ("id, symbol, name, currencyprecision", "currency"),
    "currency_rates": (
        "id, basecurrency, transactioncurrency, exchangerate, " + _day("effectivedate"),
        "currencyrate",
    ),
    "accounting_periods": (
        "id, periodname, parent, closed, alllocked, isposting, isquarter, isyear, "
        "isadjust, "
        f"{_day('startdate')}, {_day('enddate')}, {_day('closedondate')}, {CHANGED}",
        "accountingperiod",
    ),
    "accounts": (
        f"id, acctnumber, accttype, fullname, isinactive, {CHANGED}",
        "account",
    ),
    "customers": (
        f"id, entityid, {NAME}, parent, currency, isinactive, {CHANGED}",
        "customer",
    ),
    "vendors": (
        f"id, entityid, {NAME}, currency, isjobresourcevend, isinactive, {CHANGED}",
        "vendor",
    ),
    "employees": (
        "id, entityid, firstname, lastname, email, subsidiary, department, isinactive",
        "employee",
    ),
    "projects": (
        "id, entityid, companyname, customer, subsidiary, currency, isinactive, "
        "custentity_department, "
        f"{_day('startdate')}, {_day('enddate')}, {CHANGED}",
        "job",
    ),
}

# Only accounts that keep rates of several types for a day have this column.
RATE_TYPE = "currencyratetype"

SINCE = "t.lastmodifieddate >= to_timestamp(?, 'YYYY-MM-DD HH24:MI:SS')"
CHANGED_WITH = f"{_moment('t.lastmodifieddate')}"
TRANSACTIONS = (
    "select t.id, t.tranid, t.type, t.externalid, t.postingperiod, t.posting, "
    "t.currency, t.exchangerate, t.entity, t.memo, "
    f"{_day('t.trandate')}, {_day('t.duedate')}, {_day('t.closedate')}, "
    f"{_moment('t.createddate')}, {CHANGED_WITH} "
    f"from transaction t where {SINCE} and {{after}} order by t.id"
)
LINES = (
    "select tl.transaction, tl.id, tl.entity, tl.department, tl.subsidiary, "
    "tl.foreignamount, tl.memo, tl.custcol_hours, tl.custcol_source_line, "
    f"{_day('tl.custcol_service_month')}, {CHANGED_WITH} "
    "from transactionline tl inner join transaction t on t.id = tl.transaction "
    f"where {SINCE} and {{after}} order by tl.transaction, tl.id"
)
AMOUNTS = (
    "select tal.transaction, tal.transactionline, tal.accountingbook, tal.account, "
    f"tal.debit, tal.credit, tal.posting, {CHANGED_WITH} "
    "from transactionaccountingline tal "
    "inner join transaction t on t.id = tal.transaction "
    f"where tal.accountingbook = {UNVERIFIED['primary_book']} and {SINCE} "
    "and {after} order by tal.transaction, tal.transactionline"
)


# What pays or credits a document is linked to it line by line. The links have no change
# date of their own, so they are read whole.
LINK_KEYS = ("previousdoc", "previousline", "nextdoc", "nextline")
LINKS = (
    f"select {', '.join(LINK_KEYS)}, nexttype, linktype, foreignamount "
    f"from nexttransactionlinelink where linktype = '{UNVERIFIED['payment_link']}' "
    f"and {{after}} order by {', '.join(LINK_KEYS)}"
)


def read_links(client: NetSuiteClient, window: Window) -> Iterator[Batch]:
    """What payments and credits settle of invoices and bills, whole each time."""
    del window
    for rows in _gathered(client.pages(LINKS, LINK_KEYS)):
        yield Batch("transaction_links", rows)


def read_list(table: str) -> Callable[[NetSuiteClient, Window], Iterator[Batch]]:
    """The reader of a list that is read whole each time."""
    columns, record = LISTS[table]

    def read(client: NetSuiteClient, window: Window) -> Iterator[Batch]:
        del window  # complete each time
        if record == SUBSIDIARY and client.only_entity:
            yield Batch(table, [_only_entity(client)])
            return
        if client.only_currency and record in (CURRENCY, "currencyrate"):
            yield Batch(table, _only_currency(client) if record == CURRENCY else [])
            return
        asked = columns
        if table == "currency_rates" and client.has(record, {RATE_TYPE}):
            asked = f"{columns}, {RATE_TYPE}"
        suiteql = f"select {asked} from {record} where {{after}} order by id"
        for rows in _gathered(client.pages(suiteql, ("id",))):
            yield Batch(table, _in_utc(client, rows))

    return read


def _only_entity(client: NetSuiteClient) -> dict[str, Any]:
    """The one entity of an account without subsidiaries, whose currency is the base."""
    if client.only_currency:
        base = _only_currency(client)
    else:
        bases = "select id from currency where isbasecurrency = 'T'"
        base = client.query(bases)["items"]
    return {
        "links": [],
        "id": ONLY_ENTITY,
        "externalid": client.only_entity,
        "name": client.only_entity,
        "country": None,
        "currency": base[0]["id"] if base else None,
        "isinactive": "F",
        "lastmodifieddate": None,
    }


def _only_currency(client: NetSuiteClient) -> Rows:
    """The one currency of an account without Multiple Currencies, which lists none."""
    code = client.only_currency
    return [
        {
            "links": [],
            "id": ONLY_CURRENCY,
            "symbol": code,
            "name": code,
            "currencyprecision": None,
        }
    ]


def read_ledger(client: NetSuiteClient, window: Window) -> Iterator[Batch]:
    """Transactions changed since the cursor, with all their lines and amounts.

    The cursor is the latest change seen, so it is the vendor's clock that counts.
    """
    since = window.since - OVERLAP if window.since else LONG_AGO
    params = (client.local(since),)
    latest = window.since
    changed: set[str] = set()
    for rows in _gathered(client.pages(TRANSACTIONS, ("t.id",), params)):
        rows = _in_utc(client, rows)
        changed |= {row["id"] for row in rows}
        seen = max(datetime.fromisoformat(row["lastmodifieddate"]) for row in rows)
        latest = max(latest, seen) if latest else seen
        yield Batch("transactions", rows)
    listings = (
        ("transaction_lines", LINES, ("tl.transaction", "tl.id")),
        ("accounting_lines", AMOUNTS, ("tal.transaction", "tal.transactionline")),
    )
    for table, suiteql, keys in listings:
        read: set[str] = set()
        for rows in _gathered(client.pages(suiteql, keys, params)):
            read |= {_line_key(table, row) for row in rows}
            yield Batch(table, _in_utc(client, rows))
        if window.since:
            gone = {
                key
                for key in window.ids(table) - read
                if key.partition("|")[0] in changed
            }
            yield from _tombstones(table, gone)
    yield Batch("transactions", [], cursor=latest)


def read_deletions(client: NetSuiteClient, window: Window) -> Iterator[Batch]:
    """Transactions deleted since the cursor, with their lines and amounts.

    Without the right to read ``deletedrecord`` the ids of all transactions are read
    and those that raw holds and NetSuite does not are gone.
    """
    held = window.ids("transactions")
    if not held:
        return
    deleted, latest = _deleted(client, window, held)
    for table in LEDGER_TABLES:
        gone = {key for key in window.ids(table) if key.partition("|")[0] in deleted}
        yield from _tombstones(table, gone)
    yield Batch("transactions", [], cursor=latest)


def _deleted(
    client: NetSuiteClient, window: Window, held: set[str]
) -> tuple[set[str], datetime | None]:
    """Ids that raw holds and NetSuite deleted, and the latest deletion seen."""
    since = window.since - OVERLAP if window.since else LONG_AGO
    try:
        rows = _all_pages(client, UNVERIFIED["deleted_query"], client.local(since))
    except Refused:
        listing = "select id from transaction where {after} order by id"
        pages = client.pages(listing, ("id",))
        # Known to here: next time what was deleted since is asked for, which is less
        # than the 100,000 rows that a query may have.
        return held - {row["id"] for page in pages for row in page}, window.until
    told = [
        datetime.fromisoformat(client.utc(row["deleteddate"]))
        for row in rows
        if row.get("deleteddate")
    ]
    latest = max([*told, *([window.since] if window.since else [])], default=None)
    # Records of every kind are told of, and those of two kinds may have the same id.
    gone = {row["recordid"] for row in rows} & held
    return gone - _there(client, gone), latest


def _there(client: NetSuiteClient, ids: set[str]) -> set[str]:
    """Which of the ids are of transactions that NetSuite has."""
    found: set[str] = set()
    asked = sorted(ids)
    for first in range(0, len(asked), ASKED_AT_ONCE):
        some = ", ".join(str(int(id_)) for id_ in asked[first : first + ASKED_AT_ONCE])
        listing = (
            f"select id from transaction where id in ({some}) and {{after}} order by id"
        )
        found |= {row["id"] for page in client.pages(listing, ("id",)) for row in page}
    return found


def _all_pages(client: NetSuiteClient, suiteql: str, *params: str) -> Rows:
    rows: Rows = []
    while True:
        page = client.query(suiteql, params, offset=len(rows))
        rows += page["items"]
        if not page["hasMore"]:
            return rows
        told = page["totalResults"]
        client.require_progress("a query", bool(page["items"]) and len(rows) < told)


def _gathered(pages: Iterator[Rows]) -> Iterator[Rows]:
    """Several pages together: landing's cost is per batch."""
    held: Rows = []
    for page in pages:
        held += page
        if len(held) >= BATCH_ROWS:
            yield held
            held = []
    if held:
        yield held


def _in_utc(client: NetSuiteClient, rows: Rows) -> Rows:
    for row in rows:
        for column in ("lastmodifieddate", "createddate"):
            if row.get(column):
                row[column] = client.utc(row[column])
    return rows


def _line_key(table: str, row: dict[str, Any]) -> str:
    if table == "transaction_lines":
        return f"{row['transaction']}|{row['id']}"
    return f"{row['transaction']}|{row['transactionline']}|{row['accountingbook']}"


VENDOR_KEYS = {
    "transactions": ("id",),
    "transaction_lines": ("transaction", "id"),
    "accounting_lines": ("transaction", "transactionline", "accountingbook"),
}


def _tombstones(table: str, keys: set[str]) -> Iterator[Batch]:
    if not keys:
        return
    names = VENDOR_KEYS[table]
    rows = [dict(zip(names, key.split("|"), strict=True)) for key in sorted(keys)]
    yield Batch(table, rows, deleted=True)


FEEDS: tuple[Feed, ...] = (
    *(Feed(table, read_list(table)) for table in LISTS),
    Feed("transaction_links", read_links),
    Feed("ledger", read_ledger, LEDGER_TABLES),
    Feed("deletions", read_deletions, LEDGER_TABLES),
)
