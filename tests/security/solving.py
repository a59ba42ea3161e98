"""Rates that explain figures: by least squares, robustly, beyond the rate card, up to a
factor of each place, and by rows on which one person worked alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tests.security.figures import Figures

WINDOWS = (35, 92, 183, 10_000)  # days up to the last: pay holds for a while
TURNS = 12  # of the robust solution
PLAUSIBLE = (8.0, 500.0)  # what an hour can cost, in any currency


@dataclass(frozen=True)
class Solution:
    """A rate and its standard error (as a share) by unknown; nan where it has none."""

    source: str
    since: np.datetime64
    until: np.datetime64
    rates: np.ndarray
    errors: np.ndarray


@dataclass(frozen=True)
class _Rows:
    """Figures of a window, only of those who worked in it."""

    of: Figures
    source: str
    sums: np.ndarray
    hours: np.ndarray
    present: np.ndarray
    places: np.ndarray
    card: np.ndarray  # the mean rate of everybody's hours by the rate card
    since: np.datetime64
    until: np.datetime64

    def solution(
        self, i: int, how: str, rates: np.ndarray, errors: np.ndarray, told: np.ndarray
    ) -> Solution:
        """What the figures of a name say of whom they tell."""
        every = np.full((2, self.of.hours.shape[1]), np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            every[:, self.present] = np.where(
                told, (rates, errors / np.abs(rates)), np.nan
            )
        source = f"{self.source}: {self.of.names[i]}{how}"
        return Solution(source, self.since, self.until, *every)


def solutions(found: Figures) -> Iterator[Solution]:
    """What each window of each figure says about rates."""
    for rows in _windows(found):
        if len(rows.sums) > len(rows.present):
            yield from _least_squares(rows)
        yield from _alone(rows)


def _windows(found: Figures) -> Iterator[_Rows]:
    until, sizes = found.days.max(), set()
    for days in WINDOWS:
        kept = found.days > until - np.timedelta64(days, "D")
        if kept.sum() not in sizes:
            sizes.add(kept.sum())
            hours = found.hours[kept]
            present = np.flatnonzero(hours.any(axis=0))
            source = f"{found.source} in {days} days"
            since = max(found.days.min(), until - np.timedelta64(days, "D"))
            with np.errstate(invalid="ignore", divide="ignore"):
                card = found.at_card[kept].sum(axis=0) / hours.sum(axis=0)
            yield _Rows(
                found, source, found.sums[kept], hours[:, present], present,
                found.places[kept], card, since, until,
            )  # fmt: skip


def _least_squares(rows: _Rows) -> Iterator[Solution]:
    inverse, told, left = _inverted(rows.hours.T @ rows.hours, len(rows.hours))
    rates = inverse @ (rows.hours.T @ rows.sums)
    off = ((rows.sums - rows.hours @ rates) ** 2).sum(axis=0)
    errors = np.sqrt(np.abs(np.diag(inverse))[:, None] * off / left)
    explained = 1 - off / np.maximum((rows.sums**2).sum(axis=0), 1e-9)
    typical = np.median(rates, axis=0)
    for i in range(len(typical)):
        yield rows.solution(i, "", rates[:, i], errors[:, i], told)
        if explained[i] > 0.6 and PLAUSIBLE[0] < typical[i] < PLAUSIBLE[1]:
            yield _robust(rows, i, rates[:, i])


def _inverted(gram: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray, int]:
    """A pseudo-inverse, which unknowns it tells, and the degrees of freedom left."""
    inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
    told = np.diag(inverse @ gram)
    return inverse, told > 0.999, max(rows - round(told.sum()), 1)


def _robust(rows: _Rows, i: int, rates: np.ndarray) -> Solution:
    """Least absolute differences: rows that hold something else too weigh nothing."""
    for _ in range(TURNS):
        weights = 1 / np.maximum(np.abs(rows.sums[:, i] - rows.hours @ rates), 0.05)
        weighted = rows.hours * weights[:, None]
        gram = rows.hours.T @ weighted
        steady = gram + np.eye(len(gram)) * gram.trace() * 1e-12
        rates = np.linalg.solve(steady, weighted.T @ rows.sums[:, i])
    inverse, told, left = _inverted(gram, len(rows.hours))
    off = (weights * (rows.sums[:, i] - rows.hours @ rates) ** 2).sum()
    errors = np.sqrt(np.abs(np.diag(inverse)) * off / left)
    return rows.solution(i, ", robustly", rates, errors, told)


def _alone(rows: _Rows) -> Iterator[Solution]:
    """Rows on which one person worked alone, each divided by its hours."""
    alone = (rows.hours > 0).sum(axis=1) == 1
    if not alone.any():
        return
    who = rows.hours[alone].argmax(axis=1)
    each = rows.sums[alone] / rows.hours[alone].max(axis=1)[:, None]
    shape = (rows.hours.shape[1], each.shape[1])
    rates, errors = np.full(shape, np.nan), np.full(shape, np.nan)
    for person in np.unique(who):
        mine = each[who == person]
        rates[person] = np.median(mine, axis=0)
        errors[person] = np.median(np.abs(mine - rates[person]), axis=0)
    for i in range(each.shape[1]):
        yield rows.solution(i, ", alone", rates[:, i], errors[:, i], errors[:, i] >= 0)


def beyond_card(found: Figures, factor: np.ndarray, called: str) -> Iterator[Solution]:
    """What figures say when what the hours cost by the rate card is taken off first.

    What is left is by how much somebody's pay is another, and nothing of everybody who
    is shown at the card. ``factor``: what a rate is multiplied by in the figures, and
    what that is ``called``.
    """
    less = (found.at_card * factor).sum(axis=1)
    source = f"{found.source} beyond the {called} card"
    own = [i for i, name in enumerate(found.names) if " - " not in name]
    names, sums = [found.names[i] for i in own], found.sums[:, own] - less[:, None]
    rest = replace(found, source=source, names=names, sums=sums)
    for rows in _windows(rest):
        if len(rows.sums) > len(rows.present):
            for apart in _least_squares(rows):
                rates = apart.rates + rows.card * factor
                with np.errstate(invalid="ignore", divide="ignore"):
                    errors = np.abs(apart.errors * apart.rates / rates)
                yield replace(apart, rates=rates, errors=errors)


def up_to_factors(found: Figures, own: dict[int, float]) -> Iterator[Solution]:
    """What figures say to somebody who knows one rate, if each place has a factor.

    Progress by cost gives revenue that is labour times price ÷ cost at completion; a
    fee, a burden, a margin is a factor as well. With a rate known it is a linear system
    in the other rates and in one factor a place, for which all of the time is needed.
    ``own``: that rate, by its unknown.
    """
    *_, rows = _windows(found)
    mine = [place for place in own if place in rows.present]
    if mine and len(rows.sums) > len(rows.present) + len(np.unique(rows.places)):
        for i, name in enumerate(found.names):
            if " - " not in name:
                yield _factored(rows, i, mine[0], own[mine[0]])


def _factored(rows: _Rows, i: int, me: int, rate: float) -> Solution:
    at = int(np.flatnonzero(rows.present == me)[0])
    _, place = np.unique(rows.places, return_inverse=True)
    factors = np.zeros((len(rows.sums), place.max() + 1))
    factors[np.arange(len(place)), place] = -rows.sums[:, i]
    system = np.column_stack([np.delete(rows.hours, at, axis=1), factors])
    known = -rows.hours[:, at] * rate
    inverse, told, left = _inverted(system.T @ system, len(system))
    found = inverse @ (system.T @ known)
    off = ((known - system @ found) ** 2).sum()
    errors = np.sqrt(np.abs(np.diag(inverse)) * off / left)
    others = (a[: len(rows.present) - 1] for a in (found, errors, told))
    with_me = (np.insert(a, at, 0) for a in others)  # of whom nothing is told
    return rows.solution(i, ", by factors", *with_me)
