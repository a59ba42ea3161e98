"""The situations of a wild firm come about; the truth reads them as the case book."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dlt_pipelines.sandbox.firm.model import Firm, Invoice, TimeEntry
from dlt_pipelines.sandbox.firm.situations import SITUATION_KINDS
from dlt_pipelines.sandbox.simulation import simulate
from tests.truth.facts.books import Hours, cover
from tests.truth.facts.credits import Credits

pytestmark = pytest.mark.xdist_group("truth")

THREE_MONTHS = datetime(2025, 3, 10, 6, tzinfo=UTC)
NOW = datetime(2026, 6, 30, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def wild():
    return simulate(7, 1, THREE_MONTHS, wild=True)


def test_every_situation_comes_about_in_three_months(wild):
    assert {found.kind for found in wild.situations} == set(SITUATION_KINDS)


@pytest.mark.parametrize("seed", [11, 23])
def test_hardly_a_situation_is_left_to_luck(seed):
    found = {f.kind for f in simulate(seed, 1, THREE_MONTHS, wild=True).situations}
    assert set(SITUATION_KINDS) - found <= {"price_very_large", "price_very_small"}


def test_a_kind_firm_is_in_no_situation():
    assert simulate(7, 1, THREE_MONTHS).situations == []


def test_the_books_of_a_wild_firm_balance(wild):
    for posted in wild.ledger.values():
        debit = sum(line.debit for line in posted.lines)
        assert debit == sum(line.credit for line in posted.lines) > 0
        assert all((line.debit == 0) != (line.credit == 0) for line in posted.lines)


def _credited(*amounts: int, hours: dict[str, tuple[int, int]]) -> Credits:
    """Invoices of a project, day by day; ``hours`` name theirs: (place, hours)."""
    firm = Firm(7, 1, date(2026, 1, 1), NOW)
    for place, amount in enumerate(amounts):
        day = date(2026, 6, 1 + place)
        number = str(place)
        firm.invoices[number] = Invoice(
            number, number, "P1", day, day, "new", "USD", Decimal(amount), NOW, NOW
        )
    entries = [
        TimeEntry(
            name, "E1", "P1", None, date(2026, 5, 4 + place), hours * 60, True,
            Decimal(200), "Consultant", None, str(invoice), NOW, NOW,
        )
        for place, (name, (invoice, hours)) in enumerate(hours.items())
    ]  # fmt: skip
    return Credits(firm, entries)


def test_a_part_credit_opens_the_newest_hours_again():
    """B1: 12 h of 2,400, 600 credited: 1,800 billed, 600 open again."""
    found = _credited(2_400, -600, hours={"a": (0, 10), "b": (0, 2)})
    assert found.left == {"0": 180_000, "1": 0}
    assert dict(found.credited) == {"b": 40_000, "a": 20_000}
    assert found.billed == {"a": 180_000, "b": 0}


def test_a_credit_that_says_nothing_takes_back_what_was_billed_last():
    """B1last: all of the invoice of 800, and 200 of the one before."""
    found = _credited(2_000, 800, -1_000, hours={"a": (0, 10), "b": (1, 4)})
    assert found.left == {"0": 180_000, "1": 0, "2": 0}


def test_a_credit_of_an_invoices_amount_is_for_that_one():
    """Billed again: the hours of the first invoice are on the last one now."""
    found = _credited(2_000, 800, -2_000, 2_000, hours={"a": (3, 10), "b": (1, 4)})
    assert found.left == {"0": 0, "1": 80_000, "2": 0, "3": 200_000}
    assert not any(found.credited.values())


@pytest.mark.parametrize(
    ("bill", "covered", "left"),
    [(1_600, 1_600, 0), (1_500, 1_600, 0), (800, 800, 800), (2_400, 1_600, 0)],
)
def test_a_bill_covers_hours_within_a_tenth_or_in_part(bill, covered, left):
    """S1: 20 h × 80 in March, the bill dated 7 April."""
    march = [
        Hours(date(2026, 3, 11), "01", 64_000, 64_000),
        Hours(date(2026, 3, 12), "01", 96_000, 96_000),
    ]
    assert cover(march, bill * 100, date(2026, 4, 7)) == {"01": covered * 100}
    assert sum(held.stated - held.done for held in march) == left * 100


def test_a_bill_covers_the_hours_of_two_months():
    """S1both: 1,600 of March and 800 of April; 30 is more than they cost."""
    hours = [
        Hours(date(2026, 3, 12), "01", 160_000, 160_000),
        Hours(date(2026, 4, 14), "01", 80_000, 80_000),
    ]
    assert cover(hours, 243_000, date(2026, 5, 7)) == {"01": 240_000}
