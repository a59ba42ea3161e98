"""Nothing of fewer than five people can be had from what a region hands over."""

from decimal import Decimal
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dlt_pipelines.warehouse.residency.folding import Cell, folded

SMALLEST = 5
PEOPLE = "abcdefghij"


def cell(entity: str, practice: str | None, people: str, amount: int = 0) -> Cell:
    return Cell(
        entity,
        practice,
        f"{entity}D",
        frozenset(people),
        {"cost_amount": Decimal(amount)},
        {"cost_amount": Decimal(2 * amount)},
    )


def rows(*cells: Cell) -> dict[tuple, tuple]:
    return {
        (row.entity, row.practice, row.currency): (
            row.amounts["cost_amount"],
            row.reporting["cost_amount"],
            len(row.people),
        )
        for row in folded(cells, "USD", SMALLEST)
    }


def test_a_cell_of_four_takes_the_next_smallest_with_it():
    told = rows(
        cell("UK", "P1", "abcd", 4),
        cell("UK", "P2", "efghij", 6),
        cell("UK", "P3", "abcdefg", 7),
    )
    assert told == {("UK", None, "UKD"): (10, 20, 10), ("UK", "P3", "UKD"): (7, 14, 7)}


def test_small_cells_that_are_enough_together_leave_the_others_alone():
    told = rows(
        cell("UK", "P1", "abc", 3),
        cell("UK", "P2", "de", 2),
        cell("UK", "P3", "abcde", 5),
    )
    assert told == {("UK", None, "UKD"): (5, 10, 5), ("UK", "P3", "UKD"): (5, 10, 5)}


def test_the_same_people_in_two_cells_are_counted_once():
    told = rows(cell("UK", "P1", "abc", 1), cell("UK", "P2", "abcd", 1))
    assert told == {}


def test_an_entity_of_four_goes_into_the_regions_rest_in_the_groups_currency():
    told = rows(
        cell("DE", "P1", "abcd", 4),
        cell("UK", "P1", "efghi", 5),
        cell("UK", "P2", "abcdefg", 7),
    )
    assert told == {(None, None, "USD"): (32, 32, 9)}


def test_a_third_entity_stays_as_it_is_beside_the_regions_rest():
    told = rows(
        cell("DE", "P1", "ab", 1),
        cell("FR", "P1", "cde", 1),
        cell("UK", "P1", "efghi", 5),
    )
    assert told == {(None, None, "USD"): (4, 4, 5), ("UK", "P1", "UKD"): (5, 10, 5)}


def test_of_a_region_of_four_nothing_is_told():
    assert rows(cell("DE", "P1", "abcd", 4)) == {}


def test_a_cell_without_a_practice_is_always_in_the_rest():
    told = rows(cell("UK", None, "abcdef", 6), cell("UK", "P1", "abcde", 5))
    assert told == {("UK", None, "UKD"): (6, 12, 6), ("UK", "P1", "UKD"): (5, 10, 5)}


def test_a_balance_on_which_nobody_works_any_more_is_in_the_rest():
    told = rows(cell("UK", "P1", "", 9), cell("UK", "P2", "abcde", 5))
    assert told == {("UK", None, "UKD"): (14, 28, 5)}


def test_a_cell_with_nothing_in_it_is_no_row():
    assert rows(cell("UK", "P1", ""), cell("UK", "P2", "abcde", 5)) == {
        ("UK", "P2", "UKD"): (5, 10, 5)
    }


REGIONS = st.dictionaries(
    st.tuples(
        st.sampled_from(["DE", "FR", "UK"]), st.sampled_from(["P1", "P2", "P3", None])
    ),
    st.frozensets(st.sampled_from(PEOPLE), max_size=9),
)


@given(REGIONS)
@settings(max_examples=60, deadline=None)
def test_no_sum_or_difference_of_rows_is_about_fewer_than_five_people(region):
    """Each person's part in each cell is an unknown; a row says what some add up to.

    Whatever can be worked out of rows and their totals is a combination of them. One
    that is about four people alone would lie in the rows' span and touch nobody else's
    parts: there is none for any four.
    """
    parts = [
        (key, person)
        for key, people in sorted(region.items(), key=str)
        for person in people
    ]
    unit = {part: Decimal(2**place) for place, part in enumerate(parts)}
    cells = [
        cell(
            entity,
            practice,
            "".join(people),
            int(sum(unit[(entity, practice), p] for p in people)),
        )
        for (entity, practice), people in region.items()
    ]
    told = folded(cells, "USD", SMALLEST)
    known = np.array([_parts_in(row, unit) for row in told]).reshape(
        len(told), len(parts)
    )
    for four in combinations(PEOPLE, SMALLEST - 1):
        others = [i for i, (_, person) in enumerate(parts) if person not in four]
        assert _rank(known[:, others]) == _rank(known), four


def _parts_in(row: Cell, unit: dict) -> list[int]:
    """Which parts a row adds up, read off its amount: each part is a bit of it."""
    amount = int(row.reporting["cost_amount"]) // 2
    return [amount >> place & 1 for place in range(len(unit))]


def _rank(matrix: np.ndarray) -> int:
    return int(np.linalg.matrix_rank(matrix)) if matrix.size else 0


@given(REGIONS)
@settings(max_examples=100, deadline=None)
def test_what_is_told_adds_up_to_the_region_or_nothing_is_told(region):
    cells = [cell(*key, "".join(people), len(people)) for key, people in region.items()]
    told = folded(cells, "USD", SMALLEST)
    whole = frozenset().union(*region.values())
    expected = sum(2 * len(people) for people in region.values())
    assert sum(row.reporting["cost_amount"] for row in told) == (
        expected if len(whole) >= SMALLEST else 0
    )
    assert all(len(row.people) >= SMALLEST for row in told)
