"""A vendor's rows become typed columns, and nothing is lost or rounded on the way."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_pipelines.landing.declarations import Column, Table
from dlt_pipelines.landing.typed_columns import conform, pseudonym

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
