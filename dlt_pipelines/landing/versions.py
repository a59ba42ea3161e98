"""Raw keeps every version of a row once: what of a reading is new, and what is gone."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import duckdb
import polars as pl

from dlt_pipelines.core.errors import BadAnswer
from dlt_pipelines.landing.declarations import SYSTEM_COLUMNS, Table
from dlt_pipelines.landing.deletions import DELIVERED, Limits, in_doubt

FEW_VALUES = 5  # that no row has a field any more says nothing of one that few had
MANY_ROWS = 20  # nor do few rows of a reading that is not complete

Field = tuple[str, ...]  # where a vendor's row has it


class Latest(NamedTuple):
    """The latest version that raw holds of a row."""

    content_hash: str
    version: int
    deleted: bool


def has_field(row: Any, path: Field) -> bool:
    """Whether a vendor's row has a field, be it empty; in a list it may have any."""
    for step in path:
        if not isinstance(row, dict):
            return row is None or isinstance(row, list)
        if step not in row:
            return False
        row = row[step]
    return True


@dataclass
class Versions:
    """The versions of one table of one instance, during one landing.

    ``raw`` is a read-only connection to the landing database, where the table is
    declared.
    """

    table: Table
    instance: str
    load_id: str
    landed_at: datetime
    raw: duckdb.DuckDBPyConnection
    limits: Limits = DELIVERED
    confirmed: frozenset[str] = frozenset()  # rows that are meant to be gone
    seen: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)  # as told, not believed yet
    waiting: set[str] = field(default_factory=set)  # too many to be believed
    deletions: str | None = None  # waiting or confirmed
    rows_read: int = 0
    rows_landed: int = 0
    # A row was read and then reported as deleted in one landing: its values are not in
    # raw yet, so its deletion is left to the next one.
    deletions_left: bool = False
    _told: dict[str, Latest] = field(default_factory=dict)
    _at_once: list[pl.DataFrame] = field(default_factory=list)  # not in _told yet
    _held: list[pl.DataFrame] = field(default_factory=list)

    def changed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of a conformed frame that raw does not hold as they are."""
        self.rows_read += frame.height
        return self._fresh(frame)

    def hold(self, frame: pl.DataFrame) -> None:
        """Take rows of a complete reading, which is believed once it is whole."""
        self.rows_read += frame.height
        self._held.append(frame)

    def whole(self) -> tuple[pl.DataFrame, int]:
        """What is new in all that was held, and how many keys it had several rows of.

        Of those the row that changed last counts, of equals the one that came last.
        What it no longer had is gone.
        """
        read, self._held = self._held, []
        fresh, repeated = pl.DataFrame(), 0
        if read:
            rows, repeated = self._one_of_each(pl.concat(read))
            fresh = self._fresh(rows)
        self.gone |= self.live_keys() - self.seen
        return fresh, repeated

    def _one_of_each(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        kinds = rows.group_by("_key").agg(pl.col("_content_hash").n_unique())
        repeated = kinds.filter(pl.col("_content_hash") > 1).height
        if self.table.changed:
            rows = rows.sort(self.table.changed, maintain_order=True)  # nulls first
        return rows.unique("_key", keep="last", maintain_order=True), repeated

    def _fresh(self, frame: pl.DataFrame) -> pl.DataFrame:
        keys = frame["_key"].to_list()
        if (frame["_key"].str.strip_chars("|") == "").any():
            raise BadAnswer(
                f"{self.instance}: a row of {self.table.name} has no value in its key "
                f"({', '.join(self.table.key)})",
                "correct the key in tables.yml or the record at the vendor.",
            )
        told = set(keys)
        are_new = self.seen.isdisjoint(told) and self._told.keys().isdisjoint(told)
        self.seen |= told
        self.gone -= told
        self.waiting -= told
        if are_new and len(told) == len(keys):
            return self._fresh_at_once(frame)
        latest = self._latest(keys)
        picked, versions = [], []
        for position, (key, content) in enumerate(
            zip(keys, frame["_content_hash"].to_list(), strict=True)
        ):
            last = self._emitted.get(key) or latest.get(key)
            if last and last.content_hash == content and not last.deleted:
                continue
            version = last.version + 1 if last else 1
            self._emitted[key] = Latest(content, version, deleted=False)
            picked.append(position)
            versions.append(version)
        return self._stamp(frame[picked], versions, deleted=False)

    def _fresh_at_once(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same for rows of which each key is new to this landing."""
        latest = self._latest_frame(frame.select("_key"))
        beside = frame.select("_key", "_content_hash").join(
            latest, on="_key", how="left", suffix="_before", maintain_order="left"
        )
        is_held = (pl.col("_content_hash") == pl.col("_content_hash_before")) & ~pl.col(
            "_deleted"
        )
        new = beside.select(~is_held.fill_null(False))["_content_hash"]
        versions = (beside["_version"].fill_null(0) + 1).filter(new).to_list()
        stamped = self._stamp(frame.filter(new), versions, deleted=False)
        self._at_once.append(stamped.select("_key", "_content_hash", "_version"))
        return stamped

    @property
    def _emitted(self) -> dict[str, Latest]:
        """What this landing told of rows last, by their keys."""
        for frame in self._at_once:
            for key, content, version in frame.iter_rows():
                self._told[key] = Latest(content, version, deleted=False)
        self._at_once.clear()
        return self._told

    def tell_gone(self, keys: set[str]) -> None:
        """The vendor says that rows are gone; those that are not known were never."""
        if not keys:
            return
        read = {key for key, last in self._emitted.items() if not last.deleted}
        self.deletions_left |= not keys.isdisjoint(read)  # too early: alive in no raw
        latest = self._latest(list(keys))
        held = {key for key, last in latest.items() if not last.deleted}
        self.gone |= held - self._emitted.keys()

    def tombstones(self) -> pl.DataFrame:
        """A deleted version of each row that is gone, its last values kept.

        Raises InDoubt when so many are gone that none of them is believed: they wait.
        """
        if not self.gone:
            return pl.DataFrame()
        told, self.gone = self.gone | self.waiting, set()
        self.waiting, self.deletions = told, "waiting"
        self._believe(told - self.confirmed)
        is_confirmed = not told.isdisjoint(self.confirmed)
        self.waiting, self.deletions = set(), "confirmed" if is_confirmed else None
        wanted = pl.DataFrame({"_key": sorted(told)})
        rows = self.raw.sql(self._current("wanted")).pl()
        versions = [version + 1 for version in rows["_version"].to_list()]
        for key, version in zip(rows["_key"].to_list(), versions, strict=True):
            self._emitted[key] = Latest("", version, deleted=True)
        declared = [c.name for c in self.table.columns]
        kept = rows.select(
            *declared, "_unknown", "_variant", "_key", pl.col("_content_hash") + "-"
        )
        del wanted
        return self._stamp(kept, versions, deleted=True)

    def fields(self) -> set[Field]:
        """The fields of the vendor's rows that declared columns are read from."""
        return {column.path for column in self.table.columns}

    def require_fields(self, lacking: Collection[Field]) -> None:
        """Raises BadAnswer when a complete reading lacks a field that most rows had.

        ``lacking`` are the fields that none of its rows had: one that the tenant
        renamed, or closed to the integration's user, comes in none.
        """
        if usual := self.usual(lacking):
            told = ", ".join(f"{field} (in {rows} before)" for field, rows in usual)
            raise BadAnswer(
                f"{self.instance}.{self.table.name}: no row has {told}",
                "see whether the field was renamed or is closed to the integration's "
                "user; what was known of the table stays.",
            )

    def usual(self, lacking: Collection[Field]) -> list[tuple[str, str]]:
        """Of the fields that no row of a reading had those that most rows had before.

        Each with how many of them. A few rows lack what they lack.
        """
        gone = [c for c in self.table.columns if c.path in lacking]
        enough = 1 if self.table.complete else MANY_ROWS
        if not gone or self.rows_read < enough:
            return []
        counts = ", ".join(f"count({column.name})" for column in gone)
        [(known, *filled)] = self.raw.sql(
            f"select count(*), {counts} from ({self._current()}) where not _deleted"
        ).fetchall()
        return [
            (".".join(column.path), f"{had} of {known} rows")
            for column, had in zip(gone, filled, strict=True)
            if had >= FEW_VALUES and 2 * had > known
        ]

    def _believe(self, gone: set[str]) -> None:
        if not gone:
            return
        believed = {key for key, last in self._emitted.items() if last.deleted}
        before = self._gone_lately() + len(believed - self.confirmed)
        known = len(self.live_keys()) + before
        if self.limits.are_exceeded(len(gone) + before, known):
            name = f"{self.instance}.{self.table.name}"
            named = not self.table.holds_pay
            raise in_doubt(name, gone, before, known, self.limits, named=named)

    def _gone_lately(self) -> int:
        """How many rows are gone since the window began, but for those confirmed.

        A table that loses a little each day loses much, too.
        """
        [(number,)] = self.raw.execute(
            f"select count(*) from ({self._current()})"
            " where _deleted and _landed_at > ? and _load_id not in ("
            " select load_id from raw._landings where source_instance = ?"
            " and table_name = ? and deletions = 'confirmed')",
            [
                self.landed_at.replace(tzinfo=None) - self.limits.window,
                self.instance,
                self.table.name,
            ],
        ).fetchall()
        return int(number)

    def held(self) -> duckdb.DuckDBPyRelation:
        """The rows that raw holds and that are not deleted, as last landed."""
        return self.raw.sql(f"select * from ({self._current()}) where not _deleted")

    def live_keys(self) -> set[str]:
        """The keys whose latest version is not a deletion, this landing's included."""
        query = f"select _key from ({self._current()}) where not _deleted"
        held = {key for (key,) in self.raw.sql(query).fetchall()}
        read = {key for key, last in self._emitted.items() if not last.deleted}
        return (held - self._emitted.keys() - self.gone) | read

    def _latest(self, keys: list[str]) -> dict[str, Latest]:
        wanted = pl.DataFrame({"_key": keys}, schema={"_key": pl.String}).unique()
        rows = self._latest_frame(wanted).iter_rows()
        return {key: Latest(*rest) for key, *rest in rows}

    def _latest_frame(self, wanted: pl.DataFrame) -> pl.DataFrame:
        """Of the rows with a ``_key`` that is wanted the latest versions in raw."""
        return self.raw.sql(
            "select _key, _content_hash, _version, _deleted"
            f" from ({self._current('wanted')})"
        ).pl()

    def _current(self, wanted: str | None = None) -> str:
        # Keys are picked before versions are ranked: a batch must not sort the table.
        picked = f" and _key in (select _key from {wanted})" if wanted else ""
        instance = self.instance.replace("'", "''")
        return (
            f"select * from raw.{self.table.raw_name}"
            f" where source_instance = '{instance}'{picked}"
            " qualify row_number() over (partition by _key order by _version desc) = 1"
        )

    def _stamp(
        self, frame: pl.DataFrame, versions: list[int], *, deleted: bool
    ) -> pl.DataFrame:
        self.rows_landed += frame.height
        landed_at = pl.lit(self.landed_at.replace(tzinfo=None), pl.Datetime("us"))
        # A deletion has no date of its own: it is as new as the landing that saw it.
        changed = self.table.changed
        changed_at = pl.col(changed) if changed and not deleted else landed_at
        stamped = frame.with_columns(
            pl.lit(self.instance).alias("source_instance"),
            pl.Series("_version", versions, dtype=pl.Int64),
            changed_at.cast(pl.Datetime("us")).alias("_changed_at"),
            landed_at.alias("_landed_at"),
            pl.lit(self.load_id).alias("_load_id"),
            pl.lit(deleted).alias("_deleted"),
        )
        # The same for the same version however often it is landed.
        events = self.raw.sql(
            "select md5(concat_ws(chr(31), source_instance, $table, _key, _version,"
            " _content_hash)) as _event_id from stamped",
            params={"table": self.table.raw_name},
        ).pl()
        order = [c.name for c in self.table.columns] + list(SYSTEM_COLUMNS)
        return stamped.with_columns(events["_event_id"]).select(order)
