"""Cells of few people folded together, so that nothing handed over tells of fewer.

What is left is a partition: each cell is in exactly one row, and each row is of at
least ``smallest`` people. Whoever adds rows up or takes them from a total is left with
whole rows, so there is no figure of fewer people to be had from one month's rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby


@dataclass(frozen=True)
class Cell:
    """Figures of a legal entity and practice in a month, and whom they are about.

    A practice of None is the rest of the entity, an entity of None the rest of the
    region. ``reporting`` are the same amounts in the currency of the group.
    """

    entity: str | None
    practice: str | None
    currency: str | None
    people: frozenset[str]
    amounts: dict[str, Decimal]
    reporting: dict[str, Decimal]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        amounts = (*self.amounts.values(), *self.reporting.values())
        return not self.people and not any(amounts)


def folded(cells: Iterable[Cell], group_currency: str, smallest: int) -> list[Cell]:
    """The rows a region hands over of its cells of one month.

    Cells of fewer people become their entity's rest, entities of fewer people in all
    the region's, in the group's currency: amounts of several do not add up. There are
    no rows at all when the whole region has fewer people.
    """
    told = sorted((c for c in cells if not c.is_empty), key=_entity)
    by_entity = {entity: list(of) for entity, of in groupby(told, key=_entity)}
    wholes = [_together(of) for of in by_entity.values()]
    hidden, shown = _divided(wholes, smallest)
    rows = [
        row
        for whole in shown
        for row in _of_entity(by_entity[_entity(whole)], smallest)
    ]
    rest = _together([_in_group_currency(whole, group_currency) for whole in hidden])
    if len(rest.people) >= smallest:
        rows.append(replace(rest, entity=None))
    return rows


def _of_entity(cells: list[Cell], smallest: int) -> list[Cell]:
    nameless = [cell for cell in cells if cell.practice is None]
    named = [cell for cell in cells if cell.practice is not None]
    hidden, shown = _divided(named, smallest, nameless)
    return [*shown, _together(hidden)] if hidden else shown


def _divided(
    cells: list[Cell], smallest: int, nameless: Iterable[Cell] = ()
) -> tuple[list[Cell], list[Cell]]:
    """Which cells to fold together, the nameless in any case, and which to show.

    To the small ones the next smallest are added until together they are of enough
    people: their sum follows from the whole, so it must not be of few people either.
    """
    shown = sorted(cells, key=lambda c: (len(c.people), f"{c.entity} {c.practice}"))
    hidden = list(nameless)
    while shown and (
        len(shown[0].people) < smallest
        or (hidden and len(_together(hidden).people) < smallest)
    ):
        hidden.append(shown.pop(0))
    return hidden, shown


def _together(cells: list[Cell]) -> Cell:
    """One cell of several, of no practice of its own."""
    one = cells[0] if cells else None
    return Cell(
        entity=one.entity if one else None,
        practice=None,
        currency=one.currency if one else None,
        people=frozenset().union(*(c.people for c in cells)),
        amounts=_summed(c.amounts for c in cells),
        reporting=_summed(c.reporting for c in cells),
    )


def _summed(amounts: Iterable[dict[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for each in amounts:
        for name, amount in each.items():
            sums[name] = sums.get(name, Decimal(0)) + amount
    return sums


def _in_group_currency(cell: Cell, currency: str) -> Cell:
    return replace(cell, currency=currency, amounts={**cell.amounts, **cell.reporting})


def _entity(cell: Cell) -> str:
    return str(cell.entity)
