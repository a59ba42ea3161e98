"""A vendor's rows become typed columns, and nothing is lost or rounded on the way."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_pipelines.core.errors import ConfigurationError
from dlt_pipelines.core.settings import Instance
from dlt_pipelines.landing.declarations import (
    Column,
    Table,
    declared_tables,
    vendor_names,
)
from dlt_pipelines.landing.notation import Notation
from dlt_pipelines.landing.typed_columns import conform, pseudonym
from dlt_pipelines.vendors.http import Numeral

KEY = b"a key"


def table(*columns: Column, ignored: tuple[str, ...] = ()) -> Table:
    id_ = Column("id", "text", ("id",))
    return Table(
        "vendor", "t", "", ("id",), None, False, (id_, *columns), frozenset(ignored)
    )


def one(column: Column, value) -> tuple[object, str | None]:
    frame, _ = conform(table(column), [{"id": "1", column.path[0]: value}], KEY)
    return frame[column.name][0], frame["_variant"][0]


@pytest.mark.parametrize("text", ["0.10", "-4.25", "99999999999999.9999", "3"])
def test_money_arrives_as_the_vendor_wrote_it(text):
    value, variant = one(Column("amount", "decimal(18,4)", ("amount",)), text)
    assert (value, variant) == (Decimal(text), None)


@pytest.mark.soak
@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_any_amount_with_four_decimals_is_kept_exactly(amount):
    value, variant = one(
        Column("amount", "decimal(18,4)", ("amount",)), format(amount, "f")
    )
    assert (value, variant) == (amount, None)


def test_a_digit_beyond_the_scale_is_kept_as_text_rather_than_rounded_away():
    value, variant = one(Column("amount", "decimal(18,4)", ("amount",)), "1.23456")
    assert value is None
    assert json.loads(variant) == {"amount": "1.23456"}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.2345678E7", "12345678"),  # as Salesforce writes from eight digits on
        ("12e-2", "0.12"),
        (" 12.50 ", "12.50"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1 234", "1234"),
        ("1\u202f234,5", "1234.5"),
        ("1'234'567.25", "1234567.25"),
        ("1,234,567", "1234567"),
        ("12,5", "12.5"),
        ("1234,567", "1234.567"),
        ("(1,234.50)", "-1234.50"),
        ("\u22125", "-5"),
        ("+7", "7"),
    ],
)
def test_a_number_written_otherwise_is_read_where_it_can_mean_one_thing(text, amount):
    value, variant = one(Column("amount", "decimal(18,4)", ("amount",)), text)
    assert (value, variant) == (Decimal(amount), None)


@pytest.mark.parametrize(
    "text",
    ["1,234", "-999,000", "1.2.3", "1,23,456", "12 5", "TBD", "(-5)", "1e99", "1E-9"],
)
def test_a_number_that_may_be_another_is_kept_as_text(text):
    value, variant = one(Column("amount", "decimal(18,4)", ("amount",)), text)
    assert (value, json.loads(variant)) == (None, {"amount": text})


def test_beside_a_decimal_comma_a_dot_may_mark_thousands():
    column = Column("amount", "decimal(18,4)", ("amount",))
    said = ["1.234,50", "1.234", "12.5"]
    rows = [{"id": str(n), "amount": text} for n, text in enumerate(said)]
    frame, _ = conform(table(column), rows, KEY)
    read = frame["amount"].to_list()
    assert read == [Decimal("1234.50"), None, Decimal("12.5")]
    assert json.loads(frame["_variant"][1]) == {"amount": "1.234"}


@pytest.mark.parametrize(("text", "count"), [("12.0", 12), ("1E3", 1000), ("7", 7)])
def test_a_whole_number_is_one_however_it_is_written(text, count):
    assert one(Column("count", "bigint", ("count",)), text) == (count, None)


@pytest.mark.parametrize("text", ["12.5", "1E30", "1,234"])
def test_what_is_no_whole_number_is_kept_as_text(text):
    value, variant = one(Column("count", "bigint", ("count",)), text)
    assert (value, json.loads(variant)) == (None, {"count": text})


@pytest.mark.parametrize(
    ("word", "is_so"), [("TRUE", True), ("yes", True), ("No ", False), ("f", False)]
)
def test_yes_and_no_are_read_in_any_case(word, is_so):
    assert one(Column("is_so", "bool", ("is_so",)), word) == (is_so, None)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_year_are_days(day):
    value, variant = one(Column("day", "date", ("day",)), day)
    assert (str(value), variant) == (day, None)


def test_half_a_character_loses_neither_the_row_nor_the_rest_of_its_text():
    rows = [
        {"id": "1", "name": "half \ud83d", "other": ["\ude00"]},
        {"id": "2", "name": "whole \ud83d\ude00"},
    ]
    frame, _ = conform(table(Column("name", "text", ("name",))), rows, KEY)
    assert frame["name"].to_list() == ["half \ufffd", "whole \U0001f600"]
    assert json.loads(frame["_unknown"][0]) == {"other": ["\ufffd"]}


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-04T10:15:00-08:00", "2026-03-04 18:15:00"),
        ("2026-03-04T10:15:00.000+0000", "2026-03-04 10:15:00"),
        ("2026-03-04T10:15:00Z", "2026-03-04 10:15:00"),
    ],
)
def test_moments_are_utc_whatever_offset_they_came_with(text, utc):
    value, _ = one(Column("at", "timestamp", ("at",)), text)
    assert str(value) == utc


def test_a_date_keeps_its_day_and_drops_its_zone():
    value, _ = one(Column("day", "date", ("day",)), "2000-01-01-07:00")
    assert str(value) == "2000-01-01"


def test_an_empty_date_is_no_date_and_no_drift():
    value, variant = one(Column("day", "date", ("day",)), "")
    assert (value, variant) == (None, None)


def test_a_value_of_another_type_is_kept_and_reported():
    count = Column("count", "bigint", ("count",))
    frame, drift = conform(table(count), [{"id": "1", "count": "many"}], KEY)
    assert json.loads(frame["_variant"][0]) == {"count": "many"}
    assert [(d.column, d.kind, d.rows) for d in drift] == [
        ("count", "variant_value", 1)
    ]


def test_a_field_nobody_declared_is_kept_and_reported():
    frame, drift = conform(table(), [{"id": "1", "extra": 5}], KEY)
    assert json.loads(frame["_unknown"][0]) == {"extra": 5}
    assert [(d.column, d.kind, d.rows) for d in drift] == [
        ("extra", "unknown_column", 1)
    ]


def test_a_field_knowingly_left_out_is_no_drift():
    _, drift = conform(table(ignored=("links",)), [{"id": "1", "links": []}], KEY)
    assert drift == []


def test_a_member_nobody_declared_of_a_declared_object_is_kept_and_reported():
    """Of a renamed one the old name is missing and the new one is this."""
    code = Column("project_code", "text", ("custom", "project", "code"))
    custom = {"project": {"code": None, "kürzel": "P1"}, "region": "EU"}
    frame, drift = conform(table(code), [{"id": "1", "custom": custom}], KEY)
    kept = {"custom.project.kürzel": "P1", "custom.region": "EU"}
    assert json.loads(frame["_unknown"][0]) == kept
    assert [(d.column, d.kind, d.rows) for d in drift] == [
        (name, "unknown_column", 1) for name in kept
    ]


@pytest.mark.parametrize(
    ("whole", "ignored"), [(False, "supplier.*"), (False, "supplier.name"), (True, "")]
)
def test_members_knowingly_left_out_or_taken_whole_are_no_drift(whole, ignored):
    columns = [Column("supplier_id", "text", ("supplier", "id"))]
    columns += [Column("supplier", "json", ("supplier",))] if whole else []
    told = table(*columns, ignored=(ignored,) if ignored else ())
    row = {"id": "1", "supplier": {"id": "7", "name": "Fisher"}}
    frame, drift = conform(told, [row], KEY)
    assert (frame["supplier_id"][0], frame["_unknown"][0], drift) == ("7", None, [])


def test_a_nested_value_is_found_by_its_path():
    code = Column("currency_code", "text", ("currency", "code"))
    frame, _ = conform(table(code), [{"id": "1", "currency": {"code": "EUR"}}], KEY)
    assert frame["currency_code"][0] == "EUR"


def test_a_pseudonym_is_stable_and_does_not_show_the_value():
    who = Column("who", "text", ("who",), None, "personal", True)
    value, _ = one(who, "000123")
    assert value == pseudonym("000123", KEY)
    assert "000123" not in value


def test_the_content_hash_tells_null_from_empty():
    name = Column("name", "text", ("name",))
    rows = [{"id": "1", "name": None}, {"id": "1", "name": ""}]
    frame, _ = conform(table(name), rows, KEY)
    assert frame["_content_hash"].n_unique() == 2


def test_an_unknown_field_in_a_pay_table_is_not_readable():
    pay = Column("amount", "decimal(18,4)", ("amount",), None, "pay")
    frame, _ = conform(table(pay), [{"id": "1", "iban": "DE00SECRET"}], KEY)
    assert "DE00SECRET" not in frame["_unknown"][0]


AMOUNT = Column("amount", "decimal(18,4)", ("amount",))
MOMENT = Column("changed_at", "timestamp", ("changed_at",))


def written(column: Column, *values, **notation):
    """The column's values, and which rows are kept as text, by a system's notation."""
    rows = [{"id": str(n), column.path[0]: value} for n, value in enumerate(values)]
    frame, _ = conform(table(column), rows, KEY, Notation(**notation))
    return frame[column.name].to_list(), frame["_variant"].is_not_null().to_list()


def test_a_decimal_comma_that_is_configured_makes_a_dot_a_mark_of_thousands():
    """A German tenant's column in which every number is d.ddd means thousands."""
    values, kept = written(AMOUNT, "1.234", "12.500", "−3,5", decimal_mark=",")
    assert values == [Decimal(1234), Decimal(12500), Decimal("-3.5")]
    assert kept == [False, False, False]


def test_what_json_says_of_a_number_no_notation_changes():
    values, kept = written(AMOUNT, Numeral("1.234"), 12, decimal_mark=",")
    assert values == [Decimal("1.234"), Decimal(12)]
    assert kept == [False, False]


@pytest.mark.parametrize(
    ("text", "mark"), [("1.5", ","), ("1,234.50", ","), ("1.234,50", "."), ("1,5", ".")]
)
def test_a_number_in_another_notation_than_configured_is_kept_as_text(text, mark):
    assert written(AMOUNT, text, decimal_mark=mark) == ([None], [True])


def test_a_comma_marks_thousands_where_the_point_is_configured():
    assert written(AMOUNT, "1,234", decimal_mark=".")[0] == [Decimal(1234)]


def test_a_moment_without_a_zone_is_of_the_system_s():
    told = ["2026-07-01T10:00:00", "2026-01-01 10:00:00.5", "2026-07-01T10:00:00+00:00"]
    values, kept = written(MOMENT, *told, time_zone="Europe/Berlin")
    assert [str(value) for value in values] == [
        "2026-07-01 08:00:00", "2026-01-01 09:00:00.500000", "2026-07-01 10:00:00",
    ]  # fmt: skip
    assert kept == [False] * 3
    assert written(MOMENT, told[0]) == ([None], [True])


@pytest.mark.parametrize("text", ["2026-10-25T02:30:00", "2026-03-29T02:30:00"])
def test_an_hour_that_a_zone_has_twice_or_never_is_kept_as_text(text):
    assert written(MOMENT, text, time_zone="Europe/Berlin") == ([None], [True])


def test_a_row_is_a_new_version_where_a_notation_changes_what_it_means():
    rows = [{"id": "1", "amount": "1.234"}, {"id": "2", "amount": "7"}]
    before, _ = conform(table(AMOUNT), rows, KEY)
    after, _ = conform(table(AMOUNT), rows, KEY, Notation(decimal_mark=","))
    changed = before["_content_hash"] != after["_content_hash"]
    assert changed.to_list() == [True, False]


@pytest.mark.parametrize(
    "options", [{"decimal_mark": ";"}, {"time_zone": "Berlin"}, {"time_zone": "../x"}]
)
def test_a_notation_that_there_is_not_is_refused(options):
    with pytest.raises(ConfigurationError, match="of psa is") as raised:
        Notation.of(Instance("psa", "kantata", options))
    assert "[sources.psa]" in raised.value.do


def test_a_text_that_became_an_object_is_kept_and_reported():
    label = Column("label", "text", ("label",))
    told = [{"id": "1", "label": {"name": "Ada"}}, {"id": "2", "label": "Ada"}]
    frame, drift = conform(table(label), told, KEY)
    assert frame["label"].to_list() == [None, "Ada"]
    assert json.loads(frame["_variant"][0]) == {"label": '{"name": "Ada"}'}
    assert [(d.column, d.kind, d.rows) for d in drift] == [
        ("label", "variant_value", 1)
    ]


def test_what_is_declared_as_json_may_be_an_object():
    labels = Column("labels", "json", ("labels",))
    value, variant = one(labels, [1, 2])
    assert (value, variant) == ("[1, 2]", None)


def row_of(table: Table, key: str, said: str) -> dict:
    """A row of a vendor's whose every value that is no text says something else."""
    row: dict = {}
    for column in table.columns:
        *way, last = column.path
        at = row
        for member in way:
            at = at.setdefault(member, {})
            if not isinstance(at, dict):
                break
        else:
            is_key = column.name in table.key
            is_text = column.type in ("text", "json")
            if is_key or not is_text:
                at[last] = key if is_key and is_text else said
    return row


@pytest.mark.parametrize(
    "table",
    [
        table
        for vendor in vendor_names()
        for table in declared_tables(vendor).values()
        if {c.type for c in table.columns if c.name not in table.key} - {"text", "json"}
    ],
    ids=lambda table: table.raw_name,
)
def test_a_record_of_any_vendor_that_cannot_be_read_lands_beside_its_neighbours(table):
    rows = [row_of(table, key, said) for key, said in (("1", ""), ("2", "TBD"))]
    frame, drift = conform(table, [*rows, row_of(table, "3", "")], KEY)
    assert frame["_variant"].is_not_null().to_list() == [False, True, False]
    kinds = {what.kind for what in drift if what.kind != "missing_column"}
    assert "variant_value" in kinds
