"""Versions: a deletion is neither counted twice nor lost."""

from datetime import UTC, datetime

import duckdb
import pytest

from dlt_pipelines.core.errors import BadAnswer
from dlt_pipelines.landing.declarations import Column, Table
from dlt_pipelines.landing.typed_columns import conform
from dlt_pipelines.landing.versions import Versions

NOW = datetime(2026, 6, 10, 6, tzinfo=UTC)
TABLE = Table(
    "crm", "accounts", "", ("id",), None, False, (Column("id", "text", ("id",)),)
)


@pytest.fixture
def raw():
    with duckdb.connect() as raw:
        columns = ", ".join(f"{c} {t}" for c, t in TABLE.sql_columns().items())
        raw.execute("create schema raw")
        raw.execute(f"create table raw.crm__accounts ({columns})")
        landed = versions(raw, "L1").changed(frame("1", "2"))
        raw.execute("insert into raw.crm__accounts from landed")
        del landed
        yield raw


def versions(raw, load_id: str = "L2", instance: str = "o'brien") -> Versions:
    return Versions(TABLE, instance, load_id, NOW, raw)


def frame(*keys: str):
    return conform(TABLE, [{"id": key} for key in keys], b"key")[0]


def test_a_deletion_told_twice_is_one_version(raw):
    reading = versions(raw)
    assert reading.tombstones({"1"}).height == 1
    assert reading.tombstones({"1", "2"})["_key"].to_list() == ["2"]
    assert reading.rows_landed == 2


def test_a_row_that_is_back_after_its_deletion_is_a_version_after_it(raw):
    reading = versions(raw)
    reading.tombstones({"1"})
    assert reading.changed(frame("1"))["_version"].to_list() == [3]


def test_a_row_read_and_then_deleted_is_left_to_the_next_landing(raw):
    reading = versions(raw)
    reading.changed(frame("3"))
    assert reading.live_keys() == {"1", "2", "3"}
    assert reading.tombstones({"3"}).is_empty()
    assert reading.deletions_left


def test_two_instances_of_a_vendor_do_not_meet(raw):
    other = versions(raw, instance="emea")
    assert other.live_keys() == set()
    assert other.changed(frame("1"))["_version"].to_list() == [1]


def held(raw, number: int) -> Versions:
    """A reading of a table of so many rows."""
    landed = versions(raw, "L1b").changed(frame(*map(str, range(3, number + 1))))
    raw.execute("insert into raw.crm__accounts from landed")
    del landed
    return versions(raw)


def keys(number: int) -> set[str]:
    return {str(n) for n in range(1, number + 1)}


@pytest.mark.parametrize(
    ("rows", "gone", "is_believed"),
    [
        (115, 20, True),
        (115, 46, False),  # a report narrowed by rights
        (1000, 20, True),
        (1000, 21, False),
        (2000, 40, True),
        (2000, 41, False),
        (20, 20, True),
        (21, 10, True),
        (21, 11, False),  # most of what a small table has
    ],
)
def test_deletions_are_believed_in_proportion(raw, rows, gone, is_believed):
    reading = held(raw, rows)
    if is_believed:
        assert reading.tombstones(keys(gone)).height == gone
        return
    with pytest.raises(BadAnswer, match=rf"{gone} of the {rows} rows .* deleted at"):
        reading.tombstones(keys(gone))


def test_deletions_told_bit_by_bit_are_as_many(raw):
    reading = held(raw, 1000)
    assert reading.tombstones(keys(15)).height == 15
    with pytest.raises(BadAnswer, match="21 of the 1000 rows"):
        reading.tombstones(keys(21))


def test_what_a_complete_reading_lacks_waits_until_somebody_confirms(raw):
    reading = held(raw, 115)
    reading.changed(frame(*keys(69)))
    with pytest.raises(BadAnswer, match="46 of the 115") as told:
        reading.missing()
    assert "--accept-deletions o'brien.accounts" in told.value.do
    confirmed = held(raw, 115)
    confirmed.accepts_deletions = True
    confirmed.changed(frame(*keys(69)))
    assert confirmed.missing().height == 46


NAMED = Table(
    "crm",
    "named",
    "",
    ("id",),
    None,
    True,
    tuple(Column(name, "text", (name,)) for name in ("id", "code", "note")),
)


@pytest.fixture
def named(raw):
    """Seven rows of which all have a code and three a note."""
    columns = ", ".join(f"{c} {t}" for c, t in NAMED.sql_columns().items())
    raw.execute(f"create table raw.crm__named ({columns})")
    rows = [{"id": str(n), "code": f"P{n}"} for n in range(7)]
    rows[:3] = [row | {"note": "x"} for row in rows[:3]]
    landed = Versions(NAMED, "crm", "L1", NOW, raw).changed(
        conform(NAMED, rows, b"key")[0]
    )
    raw.execute("insert into raw.crm__named from landed")
    del landed
    reading = Versions(NAMED, "crm", "L2", NOW, raw)
    reading.changed(conform(NAMED, [{"id": "0", "code": "P0"}], b"key")[0])
    return reading


def test_a_field_that_most_rows_had_and_none_has_is_no_value_that_was_emptied(named):
    """Case V6 of the case book: a field renamed by the tenant."""
    with pytest.raises(BadAnswer, match=r"no row has code \(in 7 of 7 rows before\)"):
        named.require_fields(named.fields() - {"id", "note", "Projektkennung"})
    named.require_fields(named.fields() - {"id", "code"})  # few had a note


def test_a_reading_without_rows_lacks_rows_and_no_field(raw, named):
    reading = Versions(NAMED, "crm", "L3", NOW, raw)
    reading.require_fields(reading.fields())
