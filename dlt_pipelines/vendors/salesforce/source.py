"""Accounts, opportunities and users, by the moment Salesforce last touched them.

``SystemModstamp`` also moves when automation writes or a row is deleted, so an
ordered window on it over ``queryAll`` finds changes and soft deletions alike. Three
things it cannot show: a row committed after a later one (the overlap covers it), what
a field takes from another record (a product's list price, a tenant's formula), and a
purge of the recycle bin, which leaves no trace. For these all is read once a week.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from dlt_pipelines.core.errors import BadAnswer
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.tenant_settings import as_declared, names_of
from dlt_pipelines.vendors.feeds import Batch, Feed, Window
from dlt_pipelines.vendors.salesforce.client import (
    LocatorExpired,
    QueryTimedOut,
    SalesforceClient,
)

OVERLAP = timedelta(minutes=10)
OLDEST = datetime(1999, 1, 1, tzinfo=UTC)  # before there was a Salesforce
SHORTEST_WINDOW = timedelta(seconds=1)
RESTARTS = 3  # of one window, when the server forgets its result
BATCH_ROWS = 2000

OBJECTS = {
    "accounts": "Account",
    "opportunities": "Opportunity",
    "opportunity_lines": "OpportunityLineItem",
    "users": "User",
}
DELETABLE = frozenset(OBJECTS) - {"users"}  # a user can only be deactivated
CURSOR = "SystemModstamp"
# A field of the type percent has 8 for 8 per cent, one of the type number what it says.
SHARES = {"opportunities": ("Fee_Rate__c",)}

Row = dict[str, Any]


def read(table: str, client: SalesforceClient, window: Window) -> Iterator[Batch]:
    """What changed in one object since ``window.since``, oldest change first.

    The cursor is the last ``SystemModstamp`` seen, Salesforce's clock and not ours.
    """
    if window.since and _monday(window.since) < _monday(window.until):
        yield from _whole(client, table, window)
        return
    since = window.since - OVERLAP if window.since else OLDEST
    for live, deleted in _batches(_changed(client, table, since, window.until)):
        yield Batch(table, deleted, deleted=True)
        yield Batch(table, live, cursor=_newest(live + deleted))


def _whole(client: SalesforceClient, table: str, window: Window) -> Iterator[Batch]:
    """All rows, and tombstones for those that are not even in the recycle bin any more.

    The cursor comes with the last: what breaks off before is read whole again.
    """
    known, there = window.ids(table), set()
    newest = window.since
    # Nothing is younger than tomorrow, whatever clock is right.
    every = _changed(client, table, OLDEST, window.until + timedelta(days=1))
    for live, deleted in _batches(every):
        there |= {row["Id"] for row in live + deleted}
        newest = _newest(live + deleted)
        yield Batch(table, deleted, deleted=True)
        yield Batch(table, live)
    if known and not there:
        raise BadAnswer(
            f"{client.instance.name} shows none of the {len(known)} {table} it had",
            "check that the integration user may still view all of them; nothing has "
            "been marked as deleted.",
        )
    yield Batch(table, [{"Id": key} for key in sorted(known - there)], deleted=True)
    yield Batch(table, [], cursor=newest)


def _batches(rows: Iterator[Row]) -> Iterator[tuple[list[Row], list[Row]]]:
    """Some rows at a time: those to keep as they are, and those that were deleted.

    What was merged is kept as it is: a tombstone has the values of before, which do not
    say what it became.
    """
    while some := list(islice(rows, BATCH_ROWS)):
        deleted = [row for row in some if _is_gone(row)]
        yield [row for row in some if not _is_gone(row)], deleted


def _is_gone(row: Row) -> bool:
    return bool(row.get("IsDeleted") and not row.get("MasterRecordId"))


def _newest(rows: list[Row]) -> datetime:
    return max(_moment(row[CURSOR]) for row in rows)


def _changed(
    client: SalesforceClient, table: str, since: datetime, until: datetime
) -> Iterator[Row]:
    """Rows of the half-open window; halves it when it is too much for one query."""
    names = _names(client, table)
    percents = _percents(client, table, names)
    restarts = 0
    while True:
        try:
            for row in _rows(client, table, names, since, until):
                yield row | {name: _share(row[name]) for name in percents}
                since = max(since, _moment(row[CURSOR]))
            return
        except LocatorExpired:
            restarts += 1
            if restarts > RESTARTS:
                raise
        except QueryTimedOut:
            if until - since < SHORTEST_WINDOW:
                raise
            middle = since + (until - since) / 2
            yield from _changed(client, table, since, middle)
            since = middle


def _rows(
    client: SalesforceClient,
    table: str,
    names: dict[str, str],
    since: datetime,
    until: datetime,
) -> Iterator[Row]:
    asked = dict.fromkeys(own for own in names.values() if own)
    soql = (
        f"SELECT {', '.join(asked)} FROM {OBJECTS[table]} "
        f"WHERE {CURSOR} >= {_literal(since)} AND {CURSOR} < {_literal(until)} "
        f"ORDER BY {CURSOR} ASC, Id ASC"
    )
    for page in client.query_all(soql):
        for row in page:
            yield as_declared(row, names)


def _names(client: SalesforceClient, table: str) -> dict[str, str]:
    """The fields to ask for, as declared, each with what this organisation calls it."""
    columns = declared_tables("salesforce")[table].columns
    declared = [column.path[0] for column in columns]
    declared += ["IsDeleted"] if table in DELETABLE else []
    own_names = names_of(client.instance, OBJECTS[table])
    return {name: own_names.get(name, name) for name in declared}


def _percents(client: SalesforceClient, table: str, names: dict[str, str]) -> list[str]:
    """What is declared as a share and is a percentage in this organisation."""
    shares = [name for name in SHARES.get(table, ()) if names[name]]
    types = client.types(OBJECTS[table]) if shares else {}
    return [name for name in shares if types.get(names[name]) == "percent"]


def _share(percentage: str | None) -> str | None:
    return percentage and f"{Decimal(percentage) / 100:f}"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _literal(moment: datetime) -> str:
    """A SOQL datetime: unquoted, to the millisecond, in UTC."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z"


def _monday(moment: datetime) -> datetime:
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def read_accounts(client: SalesforceClient, window: Window) -> Iterator[Batch]:
    """Customers, with their parents and owners."""
    return read("accounts", client, window)


def read_opportunities(client: SalesforceClient, window: Window) -> Iterator[Batch]:
    """Deals; a won one carries the terms its project is sold on."""
    return read("opportunities", client, window)


def read_opportunity_lines(client: SalesforceClient, window: Window) -> Iterator[Batch]:
    """Products of deals; those of a won one are its performance obligations."""
    return read("opportunity_lines", client, window)


def read_users(client: SalesforceClient, window: Window) -> Iterator[Batch]:
    """Owners of accounts and deals."""
    return read("users", client, window)


FEEDS = (
    Feed("accounts", read_accounts),
    Feed("opportunities", read_opportunities),
    Feed("opportunity_lines", read_opportunity_lines),
    Feed("users", read_users),
)
