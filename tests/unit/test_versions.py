"""Versions: a deletion is neither counted twice nor lost."""

from datetime import UTC, datetime

import duckdb
import pytest

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
