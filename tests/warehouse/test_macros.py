"""The macros money goes through, as DuckDB computes them, on arbitrary figures."""

import csv
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from types import SimpleNamespace

import duckdb
import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_pipelines.core.settings import ROOT
from dlt_pipelines.sandbox.firm.costing import spread
from dlt_pipelines.warehouse.warehouse import SEEDS

pytestmark = pytest.mark.soak

CENT = Decimal("0.01")
DIGITS = {"USD": 2, "JPY": 0, "BHD": 3, "CLF": 4}  # as ISO 4217 has them
amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False)
prices = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False)
quantities = st.decimals(min_value=0, max_value=10**9, places=4, allow_nan=False)


@pytest.fixture(scope="module")
def macros():
    """The project's macros, rendered for DuckDB."""
    adapter = SimpleNamespace()
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals |= {"adapter": adapter, "return": lambda value: value}
    text = "\n".join(
        file.read_text() for file in sorted((ROOT / "dbt_project/macros").glob("*.sql"))
    )
    module = environment.from_string(text).module

    def dispatch(name, _):
        own = getattr(module, f"duckdb__{name}", None)
        return own or getattr(module, f"default__{name}")

    adapter.dispatch = dispatch
    return module


@pytest.fixture(scope="module")
def db():
    with duckdb.connect() as connection:
        yield connection


def value(db, expression: str):
    [(found,)] = db.execute(f"select {expression}").fetchall()
    return found


def literal(number: Decimal, scale: int = 4, digits: int = 18) -> str:
    return f"cast('{number:f}' as decimal({digits}, {scale}))"


def half_up(number: Fraction, places: int) -> Decimal:
    """A fraction rounded half away from zero."""
    scaled = abs(number) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return (Decimal(whole) if number >= 0 else -Decimal(whole)).scaleb(-places)


@given(
    currency=st.sampled_from(list(DIGITS)),
    minor=st.integers(-(10**13), 10**13),
    weights=st.lists(
        st.integers(0, 100_000) | st.integers(0, 10**15), min_size=1, max_size=30
    ).filter(any),
)
def test_an_allocation_foots_and_is_the_largest_remainders(
    macros, db, currency, minor, weights
):
    amount = Decimal(minor).scaleb(-DIGITS[currency])
    rows = ", ".join(
        f"('{currency}', {literal(amount)}, cast({weight} as bigint), {place:03})"
        for place, weight in enumerate(weights)
    )
    sql = macros.allocate_amount(
        "shared",
        key=["currency"],
        amount="amount",
        weight="weight",
        ties=["place"],
        currency="currency",
    )
    found = dict(
        db.execute(
            f"with shared(currency, amount, weight, place) as (values {rows})"
            f" select place, allocated_amount from ({sql})"
        ).fetchall()
    )
    assert sum(found.values()) == amount
    pairs = [(weight, place) for place, weight in enumerate(weights)]
    expected = spread(minor, pairs)
    assert found == {
        place: Decimal(part).scaleb(-DIGITS[currency])
        for place, part in expected.items()
    }


def test_a_currency_has_the_minor_units_of_its_row_in_the_seed(macros, db):
    with (SEEDS / "currencies.csv").open() as file:
        told = [
            (r["currency_code"], int(r["minor_unit_digits"]))
            for r in csv.DictReader(file)
        ]
    for code, digits in told:
        assert value(db, macros.minor_units(f"'{code}'")) == 10**digits, code


@pytest.mark.parametrize(
    ("minutes", "rate", "currency", "worth"),
    [
        (50, "8345", "JPY", "6954"),  # 6,954.1667
        (50, "8345", "EUR", "6954.17"),
        (30, "24.69", "BHD", "12.345"),
        (1, "0.03", "BHD", "0.001"),  # half a fils goes up
        (30, "0.0001", "CLF", "0.0001"),
        (30, "3", "JPY", "2"),  # half a yen goes up
        (75, "185.50", "EUR", "231.88"),  # halves of more than 18 digits before they
        (30, "20000000.01", "EUR", "10000000.01"),  # are divided
    ],
)
def test_work_is_worth_whole_minor_units(macros, db, minutes, rate, currency, worth):
    units = macros.minor_units(f"'{currency}'")
    sql = macros.minutes_at_rate(str(minutes), literal(Decimal(rate), 6), units)
    assert value(db, sql) == Decimal(worth)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("12.3445", "BHD", "12.345"),
        ("12.345", "EUR", "12.35"),
        ("-12.345", "EUR", "-12.35"),
        ("12.5", "JPY", "13"),
        ("-0.5", "JPY", "-1"),
    ],
)
def test_money_is_rounded_to_its_minor_unit(macros, db, amount, currency, rounded):
    sql = macros.round_money(literal(Decimal(amount)), f"'{currency}'")
    assert value(db, sql) == Decimal(rounded)


@pytest.mark.parametrize(
    ("currency", "text"),
    [("USD", "1600.00"), ("JPY", "1600"), ("BHD", "1600.000"), ("CLF", "1600.0000")],
)
def test_an_amount_is_told_with_the_decimals_of_its_currency(
    macros, db, currency, text
):
    sql = macros.amount_text(literal(Decimal(1600)), f"'{currency}'")
    assert value(db, sql) == text


@given(a=amounts, b=amounts.filter(bool), scale=st.sampled_from([0, 2, 6, 10]))
def test_a_ratio_is_rounded_once_half_away_from_zero(macros, db, a, b, scale):
    found = value(db, macros.ratio(literal(a), literal(b), scale))
    assert found == half_up(Fraction(a) / Fraction(b), scale)


@given(
    whole=st.integers(-(10**5), 10**5),
    b=amounts.filter(bool),  # with 12 decimals the dividend must stay below 10^14
    scale=st.sampled_from([1, 2, 6]),
    off=st.integers(-2, 2),
)
def test_a_ratio_beside_a_half_falls_on_the_side_it_is_on(
    macros, db, whole, b, scale, off
):
    half = (Decimal(whole) + Decimal("0.5")).scaleb(-scale)
    a = (half * b).quantize(Decimal("1e-12")) + Decimal(off).scaleb(-12)
    sql = macros.ratio(literal(a, 12, 38), literal(b), scale)
    assert value(db, sql) == half_up(Fraction(a) / Fraction(b), scale)


@given(
    minutes=st.integers(0, 24 * 60),
    rate=st.decimals(min_value=0, max_value=10_000, places=6, allow_nan=False),
    factor=st.decimals(min_value=0, max_value=9, places=6, allow_nan=False),
    digits=st.sampled_from([0, 2, 3, 4]),
)
def test_minutes_at_a_rate_are_rounded_once(macros, db, minutes, rate, factor, digits):
    sql = macros.minutes_at_rate(
        str(minutes), literal(rate, 6), str(10**digits), literal(factor, 6)
    )
    exact = Fraction(minutes, 60) * Fraction(rate) * Fraction(factor)
    assert value(db, sql) == half_up(exact, digits)


@given(
    cents=st.integers(0, 10**8),
    minutes=st.integers(1, 24 * 60),
    factor=st.sampled_from(["1", "1.25", "1.3", "1.333333"]),
    off=st.integers(-1, 1),
)
def test_minutes_at_a_rate_beside_half_a_cent_fall_on_the_side_they_are_on(
    macros, db, cents, minutes, factor, off
):
    half = (Decimal(cents) + Decimal("0.5")) * CENT
    rate = (half * 60 / minutes / Decimal(factor)).quantize(Decimal("1e-6"))
    rate = max(rate + Decimal(off).scaleb(-6), Decimal(0))
    sql = macros.minutes_at_rate(str(minutes), literal(rate, 6), "100", factor)
    exact = Fraction(minutes, 60) * Fraction(rate) * Fraction(factor)
    assert value(db, sql) == half_up(exact, 2)


@given(
    cents=st.integers(-(10**9), 10**9),
    rate=st.decimals(min_value="0.00000001", max_value=20_000, places=8)
    | st.sampled_from([Decimal("0.5"), Decimal("1.25"), Decimal("1.005")]),
    target=st.sampled_from(list(DIGITS)),
)
def test_an_amount_is_translated_and_rounded_once(macros, db, cents, rate, target):
    amount = cents * CENT
    sql = macros.translated(literal(amount), "'EUR'", f"'{target}'", literal(rate, 8))
    exact = Fraction(amount) * Fraction(rate)
    assert value(db, sql) == half_up(exact, DIGITS[target])
    assert (
        value(db, macros.translated(literal(amount), "'USD'", "'USD'", "null"))
        == amount
    )


@given(
    price=prices,
    done=quantities,
    to_come=quantities,
    base_done=quantities,
    share=st.decimals(min_value=0, max_value=1, places=4, allow_nan=False),
)
def test_revenue_to_date_never_exceeds_the_price_nor_loses_its_base(
    macros, db, price, done, to_come, base_done, share
):
    base = (price * share).quantize(CENT, ROUND_HALF_UP)
    found = value(
        db,
        macros.recognised_to_date(
            literal(price),
            literal(done),
            literal(min(done + to_come, Decimal(10**12))),
            literal(base_done),
            literal(base),
            "'USD'",
        ),
    )
    assert base <= found <= price


@given(
    shown=st.lists(
        st.tuples(
            st.integers(0, 3),
            st.decimals(min_value=0, max_value=1, places=6, allow_nan=False),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_burden_adds_within_a_level_and_multiplies_across_levels(macros, db, shown):
    rows = ", ".join(f"({level}, {literal(rate, 6)})" for level, rate in shown)
    sql = macros.burden_factor("rate")
    found = value(db, f"(select {sql} from (values {rows}) as pools(precedence, rate))")
    product = Fraction(1)
    for level in range(4):
        product *= 1 + sum(Fraction(rate) for at, rate in shown if at == level)
    assert found == half_up(product, 6)
