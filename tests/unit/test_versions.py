"""Versions: a deletion is neither counted twice nor lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from dlt_pipelines.core.errors import BadAnswer
from dlt_pipelines.landing import deletions
from dlt_pipelines.landing.declarations import Column, Table
from dlt_pipelines.landing.deletions import DELIVERED, InDoubt
from dlt_pipelines.landing.landing import LANDINGS
from dlt_pipelines.landing.typed_columns import conform
from dlt_pipelines.landing.versions import Versions, has_field

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
        own = ", ".join(f"{c} {t}" for c, t in LANDINGS.items())
        raw.execute(f"create table raw._landings ({own})")
        land(raw, versions(raw, "L1").changed(frame("1", "2")))
        yield raw


def versions(
    raw, load_id: str = "L2", instance: str = "o'brien", table=TABLE, days: int = 0
) -> Versions:
    return Versions(table, instance, load_id, NOW + timedelta(days=days), raw)


def frame(*keys: str, table=TABLE):
    return conform(table, [{"id": key} for key in keys], b"key")[0]


def land(raw, landed) -> None:
    if landed.height:
        raw.execute("insert into raw.crm__accounts from landed")


def bury(reading: Versions, *keys: str):
    reading.tell_gone(set(keys))
    return reading.tombstones()


def test_a_deletion_told_twice_is_one_version(raw):
    reading = versions(raw)
    assert bury(reading, "1").height == 1
    assert bury(reading, "1", "2")["_key"].to_list() == ["2"]
    assert reading.rows_landed == 2


def test_a_row_that_is_read_after_its_deletion_is_there(raw):
    reading = versions(raw)
    reading.tell_gone({"1"})
    assert reading.live_keys() == {"2"}
    assert reading.changed(frame("1")).is_empty()
    assert reading.tombstones().is_empty()


def test_a_row_that_is_back_after_its_deletion_is_a_version_after_it(raw):
    land(raw, bury(versions(raw), "1"))
    assert versions(raw, "L3").changed(frame("1"))["_version"].to_list() == [3]


def test_a_row_read_and_then_deleted_is_left_to_the_next_landing(raw):
    reading = versions(raw)
    reading.changed(frame("3"))
    assert reading.live_keys() == {"1", "2", "3"}
    assert bury(reading, "3").is_empty()
    assert reading.deletions_left


def test_two_instances_of_a_vendor_do_not_meet(raw):
    other = versions(raw, instance="emea")
    assert other.live_keys() == set()
    assert other.changed(frame("1"))["_version"].to_list() == [1]


def held(raw, number: int, **of) -> Versions:
    """A reading of a table of so many rows."""
    land(raw, versions(raw, "L1b").changed(frame(*map(str, range(3, number + 1)))))
    return versions(raw, **of)


def keys(number: int, first: int = 1) -> set[str]:
    return {str(n) for n in range(first, number + 1)}


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
        assert bury(reading, *keys(gone)).height == gone
        return
    with pytest.raises(InDoubt, match=rf"{gone} of the {rows:,} rows .* deleted at"):
        bury(reading, *keys(gone))
    assert (reading.waiting, reading.deletions) == (keys(gone), "waiting")


def test_deletions_told_bit_by_bit_are_as_many(raw):
    reading = held(raw, 1000)
    reading.tell_gone(keys(15))
    reading.tell_gone(keys(21))
    with pytest.raises(InDoubt, match=r"21 of the 1,000 rows .* such as 1, 10, 11 "):
        reading.tombstones()


def test_another_feed_of_the_table_does_not_make_little_of_what_waits(raw):
    reading = held(raw, 1000)
    with pytest.raises(InDoubt):
        bury(reading, *keys(21))
    with pytest.raises(InDoubt, match="22 of the 1,000 rows"):
        bury(reading, "22")


def test_a_bite_a_day_is_as_much(raw):
    held(raw, 1000)
    for day in (1, 2):
        bitten = keys(10 * day, 10 * day - 9)
        land(raw, bury(versions(raw, f"D{day}", days=day), *bitten))
    with pytest.raises(InDoubt, match=r"25 of the 1,000 .*, 20 of them within 7 days"):
        bury(versions(raw, "D3", days=3), *keys(25, 21))
    assert bury(versions(raw, "D8", days=8), *keys(30, 21)).height == 10


def test_what_was_confirmed_counts_in_no_window(raw):
    held(raw, 1000)
    confirmed = versions(raw)
    confirmed.confirmed = frozenset(keys(100))
    land(raw, bury(confirmed, *keys(100)))
    assert confirmed.deletions == "confirmed"
    raw.execute(
        "insert into raw._landings by name select 'L2' as load_id, 'o''brien' as"
        " source_instance, 'accounts' as table_name, 'confirmed' as deletions"
    )
    assert bury(versions(raw, "L3", days=1), *keys(118, 101)).height == 18


def test_what_was_confirmed_is_what_was_told_and_no_more(raw):
    reading = held(raw, 115)
    reading.confirmed = frozenset(keys(46))
    with pytest.raises(InDoubt, match="24 of the 115 rows"):
        bury(reading, *keys(70))
    again = held(raw, 115)
    again.confirmed = frozenset(keys(46))
    assert bury(again, *keys(45)).height == 45  # one is back


WHOLE = Table(
    "crm", "accounts", "", ("id",), None, True, (Column("id", "text", ("id",)),)
)


def test_what_a_complete_reading_lacks_waits_until_somebody_confirms(raw):
    reading = held(raw, 115, table=WHOLE)
    reading.hold(frame(*keys(69)))
    assert reading.whole()[0].is_empty()
    with pytest.raises(InDoubt, match="46 of the 115") as told:
        reading.tombstones()
    assert "--accept-deletions o'brien.accounts" in told.value.do
    confirmed = held(raw, 115, table=WHOLE)
    confirmed.confirmed = frozenset(reading.waiting)
    confirmed.hold(frame(*keys(69)))
    confirmed.whole()
    assert confirmed.tombstones().height == 46


def test_a_tables_own_policy_wins_over_its_systems_and_that_over_the_rest():
    def row(instance, table, few):
        return {
            "source_instance": instance,
            "table_name": table,
            "few_rows": few,
            "largest_share": "0.1",
            "largest_share_of_few": "0.5",
            "window_days": "0",
        }

    rows = [row("*", "*", "1"), row("crm", "*", "2"), row("*", "deals", "3")]
    few = [
        deletions.limits(asked, "crm", "deals").few
        for asked in (rows[:1], rows[::2], rows, [*rows, row("crm", "deals", "4")])
    ]
    assert few == [1, 3, 2, 4]
    assert deletions.limits([]) == DELIVERED


CHANGING = Table(
    "crm",
    "accounts",
    "",
    ("id",),
    "changed_on",
    True,
    (Column("id", "text", ("id",)), Column("changed_on", "timestamp", ("at",))),
)


@pytest.mark.parametrize(
    ("moments", "kept"),
    [
        (("2026-06-02T00:00:00Z", "2026-06-01T00:00:00Z"), "2026-06-02"),
        ((None, "2026-06-01T00:00:00Z"), "2026-06-01"),
        (("2026-06-01T00:00:00Z", "2026-06-03T00:00:00Z"), "2026-06-03"),
    ],
)
def test_of_two_rows_of_one_key_that_changed_last_counts(raw, moments, kept):
    raw.execute("alter table raw.crm__accounts add column changed_on timestamp")
    for load, new in (("L2", 1), ("L3", 0)):  # and is no news when it is told again
        reading = versions(raw, load, table=CHANGING)
        for moment in moments:
            row = {"id": "7", "at": moment}
            reading.hold(conform(CHANGING, [row], b"key")[0])
        fresh, repeated = reading.whole()
        assert (fresh.height, repeated) == (new, 1)
        if new:
            assert str(fresh["changed_on"][0]).startswith(kept)
            raw.execute("insert into raw.crm__accounts by name from fresh")


def test_of_two_rows_of_one_key_without_a_date_the_one_that_came_last_counts(
    named, raw
):
    for load, new in (("L3", 1), ("L4", 0)):
        reading = Versions(NAMED, "crm", load, NOW, raw)
        for code in ("A", "A", "B"):
            row = {"id": "9", "code": code}
            reading.hold(conform(NAMED, [row], b"key")[0])
        fresh, repeated = reading.whole()
        assert (fresh["code"].to_list(), repeated) == (["B"] * new, 1)
        raw.execute("insert into raw.crm__named by name from fresh")


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
    reading.hold(conform(NAMED, [{"id": "0", "code": "P0"}], b"key")[0])
    return reading


def test_a_field_that_most_rows_had_and_none_has_is_no_value_that_was_emptied(named):
    """Case V6 of the case book: a field renamed by the tenant."""
    with pytest.raises(BadAnswer, match=r"no row has code \(in 7 of 7 rows before\)"):
        named.require_fields({("code",)})
    named.require_fields({("note",)})  # few had one


@pytest.mark.parametrize(("count", "told"), [(19, []), (20, [("code", "7 of 7 rows")])])
def test_many_changed_rows_without_a_field_that_most_had_tell_so(
    raw, named, count, told
):
    reading = Versions(replace(NAMED, complete=False), "crm", "L3", NOW, raw)
    rows = [{"id": f"new {n}"} for n in range(count)]
    reading.changed(conform(NAMED, rows, b"key")[0])
    assert reading.usual([("code",), ("note",)]) == told


@pytest.mark.parametrize(
    ("row", "has"),
    [
        ({"custom": {"code": None}}, True),
        ({"custom": {"kürzel": "P1"}}, False),
        ({"custom": None}, True),
        ({"custom": [1]}, True),
        ({"custom": "P1"}, False),
        ({}, False),
    ],
)
def test_a_member_of_an_object_is_a_field_as_any(row, has):
    assert has_field(row, ("custom", "code")) is has


def test_a_reading_without_rows_lacks_rows_and_no_field(raw, named):
    reading = Versions(NAMED, "crm", "L3", NOW, raw)
    reading.require_fields(reading.fields())
