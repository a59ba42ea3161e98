"""How figures are written."""

from datetime import date
from decimal import Decimal

import pytest

from dashboards import formats


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("1234.50"), "1,235"),
        (Decimal("-1234.50"), "−1,235"),
        (Decimal("-0.4"), "0"),
        (Decimal(0), "0"),
        (None, "–"),
    ],
)
def test_amounts_in_text_round_half_up_with_a_real_minus(value, written):
    assert formats.amount(value) == written


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        ("-1234.5", "USD", "−1,234.50"),
        ("6954.0000", "JPY", "6,954"),
        ("12.3450", "BHD", "12.345"),
        ("1234.5", None, "1,234.50"),
    ],
)
def test_an_exact_amount_has_the_decimals_of_its_currency(value, currency, written):
    assert formats.cents(Decimal(value), currency) == written


def test_a_table_has_the_decimals_of_its_currencies_at_most():
    columns = {"amount": formats.amounts("Net"), "hours": formats.hours("Approved")}

    def shown(*currencies):
        told = formats.in_currencies(columns, currencies)
        return told["amount"]["type_config"]["format"]

    assert shown("USD", "GBP") == shown("USD", "JPY") == shown() == "accounting"
    assert shown("JPY") == "%,.0f"
    assert shown("USD", "BHD") == "%,.3f"
    assert formats.in_currencies(columns, ["JPY"])["hours"] == columns["hours"]


def test_a_column_of_one_currency_has_its_decimals():
    def shown(currency):
        return formats.amounts("Net", currency)["type_config"]["format"]

    assert [shown(c) for c in ("USD", "JPY", "BHD")] == ["accounting", "%,.0f", "%,.3f"]


def test_percentages_have_one_decimal_and_their_changes_are_points():
    assert formats.percent(Decimal("31.45")) == "31.5 %"
    assert formats.percent(Decimal("-5")) == "−5.0 %"
    assert formats.percent(None) == "–"
    assert formats.points(Decimal("-1.24")) == "−1.2 pts"
    assert formats.points(Decimal("0.96")) == "+1.0 pts"
    assert formats.points(Decimal("0.01")) == "0.0 pts"


def test_periods_are_named_in_full():
    assert formats.period(date(2026, 5, 1)) == "May 2026"
    assert formats.period(date(2026, 5, 4), "week") == "W19 2026 (4 May)"


def test_text_of_the_data_cannot_become_markdown():
    assert "![" not in formats.plain("![x](http://a.example/b.png)")
    assert formats.plain(":red[x] *y*") == "\\:\u2060red\\[x\\] \\*y\\*"
