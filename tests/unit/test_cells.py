"""A cell means one thing, or somebody is asked what it means."""

import pytest

from dlt_pipelines.warehouse.policies import cells

RATE, AMOUNT = "decimal(18,6)", "decimal(18,4)"


def read(text, type_=AMOUNT, column="limit_amount", **more):
    return cells.read(text, type_, column, **more)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1000", "1000"),
        ("0.70", "0.70"),
        (".5", ".5"),
        ("-3", "-3"),
        ("−3", "-3"),
        ("+3", "3"),
        (" 5000\u00a0", "5000"),
        ("1,000.00", "1000.00"),
        ("1.000,00", "1000.00"),
        ("1,000,000", "1000000"),
        ("20.000.000", "20000000"),
        ("1 000 000", "1000000"),
        ("1\u202f000,5", "1000.5"),
        ("1'000'000.50", "1000000.50"),
        ("12,5", "12.5"),
        ("0,125", "0.125"),
    ],
)
def test_an_amount_that_means_one_thing_is_read_as_that(written, meant):
    assert read(written) == meant


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("1,000", "may be 1000 or 1: write 1000 or 1"),
        ("5.000", "may be 5000 or 5"),
        ("61,505", "may be 61505 or 61.505: write 61505 or 61.5050"),
        ("2E+07", r"is no decimal\(18,4\)"),
        ("(12)", "is no decimal"),
        ("€ 12", "is no decimal"),
        ("1,00,000", "is no decimal"),
        ("NaN", "is no decimal"),
        ("7 %", "is a percentage, which it may not be"),
        ("123456789012345", "is no decimal"),
        ("0.12345", "is no decimal"),
        ("1\u200b2", r"has a sign in it that nobody sees \(U\+200B\)"),
    ],
)
def test_an_amount_that_may_mean_another_is_asked_about(written, why):
    with pytest.raises(cells.Doubt, match=why):
        read(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0.0765", "0.0765"),
        ("7.65 %", "0.0765"),
        ("7,65%", "0.0765"),
        ("145 %", "1.45"),
        ("1", "1"),
        ("-0.12", "-0.12"),
    ],
)
def test_a_share_may_be_written_as_a_percentage(written, meant):
    assert read(written, RATE, "rate", is_share=True) == meant


@pytest.mark.parametrize("written", ["7.65", "12", "1.45", "7,650"])
def test_a_share_above_one_must_be_written_as_a_percentage(written):
    with pytest.raises(cells.Doubt, match=r"would be [\d.]+ %: write [\d.]+ % or"):
        read(written, RATE, "rate", is_share=True)


@pytest.mark.parametrize(
    ("written", "type_", "column", "meant"),
    [
        ("\ufeffPR-1 ", "varchar", "practice_code", "PR-1"),
        ("usd", "varchar", "currency_code", "USD"),
        ("us", "varchar", "country_code", "US"),
        ("CFO@Firm.example", "varchar", "approver", "cfo@firm.example"),
        ("TRUE", "boolean", "is_allowable", "true"),
        ("2026-05-01 00:00:00", "date", "valid_from", "2026-05-01"),
        ("1,000", "integer", "grace_days", "1000"),
        ("15.0", "integer", "grace_days", "15"),
        ("Ask anyone, twice", "varchar", "remedy", "Ask anyone, twice"),
    ],
)
def test_what_a_spreadsheet_left_is_read_as_meant(written, type_, column, meant):
    assert read(written, type_, column) == meant


@pytest.mark.parametrize(
    ("written", "type_", "column", "why"),
    [
        ("USX", "varchar", "currency_code", "is no currency of ISO 4217"),
        ("0202-01-01", "date", "valid_from", "is not between 1990 and 2099: correct"),
        ("9999-12-31", "date", "valid_to", "between 1990 and 2099: leave it empty"),
        ("05/01/2026", "date", "valid_from", "is no date"),
        ("yes", "boolean", "is_allowable", "is no boolean"),
        ("1.5", "integer", "grace_days", "is no integer"),
        ("two", "integer", "grace_days", "is no integer"),
        ("one\ntwo", "varchar", "remedy", r"nobody sees \(U\+000A\)"),
    ],
)
def test_what_can_not_be_read_says_why(written, type_, column, why):
    with pytest.raises(cells.Doubt, match=why):
        read(written, type_, column)


def test_capitals_do_not_count_where_one_code_is_meant():
    codes = {"US10", "uk20", "UK20"}
    assert read("us10", "varchar", "legal_entity_code", codes=codes) == "US10"
    assert read("UK20", "varchar", "legal_entity_code", codes=codes) == "UK20"
    assert read("Uk20", "varchar", "legal_entity_code", codes=codes) == "Uk20"
