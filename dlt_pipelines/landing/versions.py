"""Raw keeps every version of a row once: what of a reading is new, and what is gone."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import polars as pl

from dlt_pipelines.core.errors import BadAnswer
from dlt_pipelines.landing.declarations import SYSTEM_COLUMNS, Table

# Deletions are believed in proportion: more of a table than this at once wait until
# somebody says that they are meant, whoever tells of them.
MANY_ROWS, LARGEST_SHARE = 20, 0.02
SMALL_TABLE, LARGEST_LOSS = 20, 0.5  # of a table that has few rows to lose
FEW_VALUES = 5  # that no row has a field any more says nothing of one that few had


@dataclass(frozen=True)
class Latest:
    """The latest version that raw holds of a row."""

    content_hash: str
    version: int
    deleted: bool


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
    seen: set[str] = field(default_factory=set)
    rows_read: int = 0
    rows_landed: int = 0
    rows_gone: int = 0
    accepts_deletions: bool = False  # however many: somebody has looked
    # A row was read and then reported as deleted in one landing: its values are not in
    # raw yet, so its deletion is left to the next one.
    deletions_left: bool = False
    _emitted: dict[str, Latest] = field(default_factory=dict)

    def changed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of a conformed frame that raw does not hold as they are."""
        self.rows_read += frame.height
        keys = frame["_key"].to_list()
        if not all(key.strip("|") for key in keys):
            raise BadAnswer(
                f"{self.instance}: a row of {self.table.name} has no value in its key "
                f"({', '.join(self.table.key)})",
                "correct the key in tables.yml or the record at the vendor.",
            )
        self.seen.update(keys)
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

    def missing(self) -> pl.DataFrame:
        """Tombstones of the rows that a complete reading no longer had.

        Raises BadAnswer as ``tombstones`` does.
        """
        return self.tombstones(self.live_keys() - self.seen)

    def tombstones(self, keys: set[str]) -> pl.DataFrame:
        """A deleted version of each live row among ``keys``, its last values kept.

        Raises BadAnswer when so many are gone in this landing that it is in doubt.
        """
        if not keys:
            return pl.DataFrame()
        wanted = pl.DataFrame({"_key": sorted(keys)})
        rows = self.raw.sql(
            f"select * from ({self._current('wanted')}) where not _deleted"
        ).pl()
        # Emitted before: as a tombstone, which is enough, or alive, which is too early.
        self.deletions_left |= any(
            key in self._emitted and not self._emitted[key].deleted for key in keys
        )
        rows = rows.filter(~pl.col("_key").is_in(list(self._emitted)))
        self._believe(rows.height)
        versions = [version + 1 for version in rows["_version"].to_list()]
        for key, version in zip(rows["_key"].to_list(), versions, strict=True):
            self._emitted[key] = Latest("", version, deleted=True)
        declared = [c.name for c in self.table.columns]
        kept = rows.select(
            *declared, "_unknown", "_variant", "_key", pl.col("_content_hash") + "-"
        )
        del wanted
        return self._stamp(kept, versions, deleted=True)

    def fields(self) -> set[str]:
        """The fields of the vendor's rows that declared columns are read from."""
        return {column.path[0] for column in self.table.columns}

    def require_fields(self, lacking: Collection[str]) -> None:
        """Raises BadAnswer when a complete reading lacks a field that most rows had.

        ``lacking`` are the fields that none of its rows had: one that the tenant
        renamed, or closed to the integration's user, comes in none.
        """
        gone = [c for c in self.table.columns if c.path[0] in lacking]
        if not gone or not self.rows_read:
            return
        counts = ", ".join(f"count({column.name})" for column in gone)
        [(known, *filled)] = self.raw.sql(
            f"select count(*), {counts} from ({self._current()}) where not _deleted"
        ).fetchall()
        usual = [
            f"{column.path[0]} (in {had} of {known} rows before)"
            for column, had in zip(gone, filled, strict=True)
            if had >= FEW_VALUES and 2 * had > known
        ]
        if usual:
            raise BadAnswer(
                f"{self.instance}.{self.table.name}: no row has {', '.join(usual)}",
                "see whether the field was renamed or is closed to the integration's "
                "user; what was known of the table stays.",
            )

    def _believe(self, gone: int) -> None:
        before = self.rows_gone
        self.rows_gone += gone
        if self.accepts_deletions or self.rows_gone <= LARGEST_LOSS * SMALL_TABLE:
            return  # few of any table: how many it has need not be asked
        known = len(self.live_keys()) + before
        is_much = self.rows_gone > max(MANY_ROWS, LARGEST_SHARE * known)
        is_most = known > SMALL_TABLE and self.rows_gone > LARGEST_LOSS * known
        if is_much or is_most:
            name = f"{self.instance}.{self.table.name}"
            raise BadAnswer(
                f"{name}: {self.rows_gone} of the {known} rows that were known would "
                "count as deleted at once",
                "check that the integration's rights still cover every row. They stay "
                "as they were last known; if they are meant to be gone, "
                f"`tieout land --accept-deletions {name}`.",
            )

    def live_keys(self) -> set[str]:
        """The keys whose latest version is not a deletion, this landing's included."""
        query = f"select _key from ({self._current()}) where not _deleted"
        held = {key for (key,) in self.raw.sql(query).fetchall()}
        read = {key for key, last in self._emitted.items() if not last.deleted}
        return (held - self._emitted.keys()) | read

    def _latest(self, keys: list[str]) -> dict[str, Latest]:
        wanted = pl.DataFrame({"_key": keys}).unique()
        rows = self.raw.sql(
            "select _key, _content_hash, _version, _deleted"
            f" from ({self._current('wanted')})"
        ).fetchall()
        del wanted
        return {key: Latest(*rest) for key, *rest in rows}

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
        events = [
            _event_id(self.instance, self.table.raw_name, *version)
            for version in stamped.select("_key", "_version", "_content_hash").rows()
        ]
        order = [c.name for c in self.table.columns] + list(SYSTEM_COLUMNS)
        return stamped.with_columns(
            pl.Series("_event_id", events, dtype=pl.String)
        ).select(order)


def _event_id(instance: str, table: str, key: str, version: int, content: str) -> str:
    """The same for the same version however often it is landed."""
    text = f"{instance}\x1f{table}\x1f{key}\x1f{version}\x1f{content}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
