"""Rows of an organisation's objects, by the moment it last touched them.

``SystemModstamp`` also moves when automation writes or a row is deleted, so an
ordered window on it over ``queryAll`` finds changes and soft deletions alike. Three
things it cannot show: a row committed after a later one (the overlap covers it), what
a field takes from another record (a list price, a formula), and a purge of the recycle
bin, which leaves no trace. For these all is read once a week.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from dlt_pipelines.core.errors import BadAnswer
from dlt_pipelines.landing.declarations import declared_tables
from dlt_pipelines.landing.tenant_settings import as_declared, names_of
from dlt_pipelines.vendors.feeds import Batch, Feed, Window
from dlt_pipelines.vendors.soql import LocatorExpired, QueryTimedOut, SoqlClient

OVERLAP = timedelta(minutes=10)
OLDEST = datetime(1999, 1, 1, tzinfo=UTC)  # before there was such an organisation
SHORTEST_WINDOW = timedelta(seconds=1)
RESTARTS = 3  # of one window, when the server forgets its result
BATCH_ROWS = 2000

Row = dict[str, Any]


@dataclass(frozen=True)
class Listing:
    """A declared table and the object that it is read from.

    ``condition``: SOQL that its rows meet. ``is_log``: old rows are purged though what
    they tell still happened, so it is never swept. ``has_bin``: rows can be deleted.
    ``shares``: declared as a share (0.085); a field of the type percent has 8.5 for it,
    one of the type number what it says. ``as_on``: fields that an organisation has on
    all objects or on none, each with the object whose setting says so.
    """

    vendor: str
    table: str
    entity: str
    condition: str = ""
    cursor: str = "SystemModstamp"
    is_log: bool = False
    has_bin: bool = True
    shares: tuple[str, ...] = ()
    as_on: Mapping[str, str] = field(default_factory=dict)

    def feed(self) -> Feed:
        """The feed that fills the table."""
        return Feed(self.table, self.read)

    def read(self, client: SoqlClient, window: Window) -> Iterator[Batch]:
        """What changed since ``window.since``, oldest change first.

        The cursor is the last change seen, by the organisation's clock and not ours.
        """
        is_due = window.since and _monday(window.since) < _monday(window.until)
        if is_due and not self.is_log:
            yield from self._whole(client, window)
            return
        since = window.since - OVERLAP if window.since else OLDEST
        for live, deleted in _batches(self._changed(client, since, window.until)):
            yield Batch(self.table, deleted, deleted=True)
            yield Batch(self.table, live, cursor=self._newest(live + deleted))

    def _whole(self, client: SoqlClient, window: Window) -> Iterator[Batch]:
        """All rows, and tombstones for those that are not even in the recycle bin.

        The cursor comes with the last: what breaks off before is read whole again.
        """
        table = self.table
        known, there = window.ids(table), set()
        newest = window.since
        # Nothing is younger than tomorrow, whatever clock is right.
        every = self._changed(client, OLDEST, window.until + timedelta(days=1))
        for live, deleted in _batches(every):
            there |= {row["Id"] for row in live + deleted}
            newest = self._newest(live + deleted)
            yield Batch(table, deleted, deleted=True)
            yield Batch(table, live)
        if known and not there:
            raise BadAnswer(
                f"{client.instance.name} shows none of the {len(known)} {table} it had",
                "check that the integration user may still view all of them; nothing "
                "has been marked as deleted.",
            )
        gone = [{"Id": key} for key in sorted(known - there)]
        yield Batch(table, gone, deleted=True)
        yield Batch(table, [], cursor=newest)

    def _newest(self, rows: list[Row]) -> datetime:
        return max(_moment(row[self.cursor]) for row in rows)

    def _changed(
        self, client: SoqlClient, since: datetime, until: datetime
    ) -> Iterator[Row]:
        """Rows of the half-open window; halves it when it is too much for one query."""
        names = self._names(client)
        percents = self._percents(client, names)
        restarts = 0
        while True:
            try:
                for row in self._rows(client, names, since, until):
                    yield row | {name: _share(row[name]) for name in percents}
                    since = max(since, _moment(row[self.cursor]))
                return
            except LocatorExpired:
                restarts += 1
                if restarts > RESTARTS:
                    raise
            except QueryTimedOut:
                if until - since < SHORTEST_WINDOW:
                    raise
                middle = since + (until - since) / 2
                yield from self._changed(client, since, middle)
                since = middle

    def _rows(
        self,
        client: SoqlClient,
        names: dict[str, str],
        since: datetime,
        until: datetime,
    ) -> Iterator[Row]:
        asked = dict.fromkeys(own for own in names.values() if own)
        meets = f"{self.condition} AND " if self.condition else ""
        soql = (
            f"SELECT {', '.join(asked)} FROM {self.entity} WHERE {meets}"
            f"{self.cursor} >= {_literal(since)} AND {self.cursor} < {_literal(until)} "
            f"ORDER BY {self.cursor} ASC, Id ASC"
        )
        for page in client.query_all(soql):
            for row in page:
                yield as_declared(row, names)

    def _names(self, client: SoqlClient) -> dict[str, str]:
        """The fields to ask for, as declared, each with this organisation's name."""
        columns = declared_tables(self.vendor)[self.table].columns
        declared = [column.path[0] for column in columns]
        declared += ["IsDeleted"] if self.has_bin else []
        own_names = names_of(client.instance, self.entity)
        for name, entity in self.as_on.items():
            own_names[name] = names_of(client.instance, entity).get(name, name)
        return {name: own_names.get(name, name) for name in declared}

    def _percents(self, client: SoqlClient, names: dict[str, str]) -> list[str]:
        """What is declared as a share and is a percentage in this organisation."""
        shares = [name for name in self.shares if names[name]]
        types = client.types(self.entity) if shares else {}
        return [name for name in shares if types.get(names[name]) == "percent"]


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
