"""The group's file is the sum of what its regions hand over, or it is not written."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.warehouse.residency import group, groupfile, manifest
from dlt_pipelines.warehouse.residency.manifest import Manifest

FORGER = Ed25519PrivateKey.generate()
NOW = datetime(2026, 4, 11, 8, tzinfo=UTC)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "group.duckdb"


def built(regions, out, **options) -> None:
    group.build([region.file for region in regions], out, NOW, **options)


def rows(out, query: str) -> list[tuple]:
    with duckdb.connect(out, read_only=True) as db:
        return db.execute(query).fetchall()


def refused(regions, out, match: str, **options) -> None:
    with pytest.raises(ConfigurationError, match=match):
        built(regions, out, **options)
    assert list(out.parent.glob("group*")) == []


def rewritten(region, **changes) -> None:
    """A manifest that somebody changed to fit, and signed with a key of their own."""
    file = manifest.manifest_of(region.file)
    told = Manifest(**json.loads(file.read_text()) | changes)
    manifest.write_manifest(told.signed_with(FORGER), region.file)


def with_rows(region, statement: str) -> None:
    """Rows that somebody changed, and the hash in the manifest with them."""
    with duckdb.connect() as db:
        db.execute(f"create table rows as from '{region.file}'")
        db.execute(statement)
        db.table("rows").write_parquet(str(region.file))
    rewritten(region, sha256=manifest.digest(region.file))


def test_it_holds_what_the_regions_hand_over_and_ties_to_it(regions, out):
    built(regions, out)
    shown = (
        "select region, legal_entity_code, practice_code, currency_code,"
        " money_people_count, recognised_revenue_amount::integer,"
        " reporting_margin_amount::integer, approved_minutes"
        " from marts.mart_group_monthly order by all"
    )
    assert rows(out, shown) == [
        ("Americas", "US10", "PR-1", "USD", 9, 1000, 100, 600),
        ("Europe", "DE30", "PR-1", "EUR", 7, 70, 189, 600),
        ("Europe", "UK20", "PR-1", "GBP", 6, 600, 400, 600),
        ("Europe", "UK20", None, "GBP", 8, 100, 40, 1200),
    ]
    assert rows(
        out,
        "select currency_code, regions_amount::integer, group_amount::integer"
        " from publication.control_totals where measure = 'recognised_revenue_amount'",
    ) == [("EUR", 70, 70), ("GBP", 700, 700), ("USD", 1000, 1000)]
    assert rows(out, "select control_id, status from publication.controls") == [
        ("G01", "passed")
    ]
    assert rows(
        out,
        "select region, legal_entity_codes, rows_count, withheld"
        " from publication.hand_overs order by all",
    ) == [("Americas", "US10", 1, ""), ("Europe", "DE30 UK20", 3, "")]


def test_it_is_written_for_duckdb_from_1_2_on(regions, out):
    built(regions, out)
    written = (
        "select tags['storage_version'] from duckdb_databases() where not internal"
    )
    with duckdb.connect(out, read_only=True) as db:
        assert db.execute(written).fetchall() == [("v1.2.0+",)]


def test_a_month_of_four_people_in_a_region_is_withheld_and_said_so(
    regions, out, monkeypatch
):
    europe, americas = regions
    americas.has("US10", "PR-1", 4, revenue=10, cost=9, month="2026-02-01")
    told = americas.hands_over(monkeypatch)
    assert told.rows == 1
    built((europe, americas), out)
    assert rows(
        out, "select withheld from publication.hand_overs where region = 'Americas'"
    ) == [("minutes of 2026-02, money of 2026-02",)]


def test_a_byte_that_was_changed_is_found(regions, out):
    content = bytearray(regions[0].file.read_bytes())
    content[100] ^= 1
    regions[0].file.write_bytes(content)
    refused(regions, out, r"Europe\.parquet is not the file that its manifest")


def test_rows_changed_with_their_hash_do_not_add_up_to_the_manifest(regions, out):
    with_rows(regions[0], "update rows set total_cost_amount = total_cost_amount - 1")
    refused(regions, out, r"Europe\.parquet does not add up to the totals")


def test_a_row_that_was_removed_is_found(regions, out):
    with_rows(regions[0], "delete from rows where practice_code is null")
    refused(regions, out, r"Europe\.parquet has 2 rows, not 3")


def test_a_row_of_four_people_is_refused_whoever_wrote_it(regions, out):
    with_rows(regions[1], "update rows set money_people_count = 4")
    refused(regions, out, r"Americas\.parquet has a row about 4 people")


def test_a_row_of_an_entity_that_the_manifest_does_not_name_is_refused(regions, out):
    with_rows(regions[1], "update rows set legal_entity_code = 'UK20'")
    refused(regions, out, r"Americas\.parquet has a row of UK20")


def test_a_file_with_other_columns_is_no_hand_over(regions, out):
    with_rows(regions[1], "alter table rows drop column margin_amount")
    refused(regions, out, r"does not have the columns of a hand-over")


def test_a_manifest_that_is_missing_or_damaged_is_named(regions, out):
    file = manifest.manifest_of(regions[0].file)
    file.write_text("{}")
    refused(regions, out, r"Europe\.json is no manifest of a hand-over")
    file.unlink()
    refused(regions, out, r"there is no .*Europe\.json")


def test_a_word_changed_in_a_manifest_is_not_what_was_signed(regions, out):
    file = manifest.manifest_of(regions[0].file)
    file.write_text(file.read_text().replace("2026-04-10", "2026-04-11"))
    refused(regions, out, r"Europe\.json does not say what was signed")


def test_who_signs_with_another_key_is_found_by_the_keys_the_group_knows(
    regions, out, monkeypatch
):
    keys = [manifest.read(region.file).manifest.key for region in regions]
    monkeypatch.setenv("TIEOUT__HAND_OVER_KEYS", " ".join(keys))
    built(regions, out)
    out.unlink()
    rewritten(regions[1])
    refused(regions, out, r"Americas\.parquet is signed by key \w+, which is none of")


def test_an_entity_is_handed_over_once(regions, out):
    europe, americas = regions
    refused((europe, americas, europe), out, r"DE30 is in .*Europe.* and in .*Europe")


def test_a_region_that_hands_over_nothing_is_named(regions, out):
    refused(regions[:1], out, "Americas handed over nothing")
    built(regions[:1], out, without=frozenset({"Americas"}))
    assert rows(out, "select distinct region from marts.mart_group_monthly") == [
        ("Europe",)
    ]


def test_leaving_out_a_region_that_does_not_exist_is_a_mistake(regions, out):
    refused(
        regions, out, "the policy knows no region Asia", without=frozenset({"Asia"})
    )


def test_a_region_lacks_no_entity_of_the_policy(regions, out):
    rewritten(regions[0], entities=["UK20"])
    refused(regions, out, r"Europe\.parquet has a row of DE30")
    with_rows(regions[0], "delete from rows where legal_entity_code = 'DE30'")
    told = [t for t in totals_of(regions[0]) if t["currency"] != "EUR"]
    rewritten(regions[0], rows=2, totals=told)
    refused(regions, out, "hands over UK20 as Europe, where the policy has DE30, UK20")


def totals_of(region) -> list[dict]:
    with duckdb.connect() as db:
        found = db.read_parquet(str(region.file))
        columns, values = found.columns, found.fetchall()
    return manifest.stated(
        manifest.totals([dict(zip(columns, row, strict=True)) for row in values], "USD")
    )


def test_regions_of_different_days_are_one_group_only_when_said_so(
    regions, out, monkeypatch
):
    regions[1].publishes(as_of="2026-04-09")
    regions[1].hands_over(monkeypatch)
    refused(regions, out, "Europe as of 2026-04-10, Americas as of 2026-04-09")
    built(regions, out, allow_different_days=True)
    assert rows(out, "select as_of_date::varchar from publication.snapshot") == [
        ("2026-04-09",)
    ]


def test_a_hand_over_of_another_firm_is_refused(regions, folder, out, monkeypatch):
    other = folder("Other", firm="another firm")
    other.name = "Americas"
    other.has("US10", "PR-1", people=9, revenue=5, cost=4)
    other.hands_over(monkeypatch)
    refused((regions[0], other), out, "are not of one firm")


def test_a_group_that_does_not_add_up_is_not_written_over_the_last_one(regions, out):
    built(regions, out)
    before = out.read_bytes()
    hand_overs = [manifest.read(region.file) for region in regions]
    totals = [{**hand_overs[0].manifest.totals[0], "amount": "1"}]
    hand_overs[0] = replace(
        hand_overs[0], manifest=replace(hand_overs[0].manifest, totals=totals)
    )
    with pytest.raises(ConfigurationError, match="and the regions hand over"):
        groupfile.write(hand_overs, out, NOW)
    assert out.read_bytes() == before
    assert [file.name for file in out.parent.glob("group*")] == ["group.duckdb"]
