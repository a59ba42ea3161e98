"""The truth's revenue: a small function per method, cumulative by month.

Each returns revenue to date in cents of the functional currency, by month.
"""

from collections.abc import Callable
from datetime import date

from dlt_pipelines.sandbox.calendars import month_end
from dlt_pipelines.sandbox.costing import cents, half_up, scaled
from dlt_pipelines.sandbox.policies import REVENUE_METHODS
from dlt_pipelines.sandbox.truth_books import Books

PROGRESS = 10**10  # progress has ten decimals


def revenue_to_date(books: Books, code: str, months: list[date]) -> dict[date, int]:
    """Return revenue recognised to the end of each month by the project's method."""
    method = REVENUE_METHODS[books.contract_type(code)]
    return METHODS[method](books, code, months)


def to_date(
    books: Books, code: str, months: list[date], measures: tuple[str, ...]
) -> dict[date, int]:
    """Return the sum of measures from the first month to each month's end."""
    total, sums = 0, {}
    for month in months:
        fact = books.facts[code].get(month, {})
        total += sum(fact.get(measure, 0) for measure in measures)
        sums[month] = total
    return sums


def cost_to_date(books: Books, code: str, months: list[date]) -> dict[date, int]:
    """Return labour (actual, else provisional) + subcontractors + expenses to date."""
    return to_date(books, code, months, ("labour", "subcontractor", "expenses"))


def none(books: Books, code: str, months: list[date]) -> dict[date, int]:
    """Internal work earns nothing."""
    return dict.fromkeys(months, 0)


def time_and_materials(books: Books, code: str, months: list[date]) -> dict[date, int]:
    """Σ round2(hours × bill rate) → functional + rechargeable expenses."""
    return to_date(books, code, months, ("value",))


def capped(books: Books, code: str, months: list[date]) -> dict[date, int]:
    """min(time and materials to date, cap)."""
    cap = _in_functional(books, code, books.terms(code).cap_amount)
    value = time_and_materials(books, code, months)
    return {month: min(value[month], cap) for month in months}


def cost_to_cost(books: Books, code: str, months: list[date]) -> dict[date, int]:
    """round2(price × min(1, round10(cost to date ÷ (cost to date + ETC)))).

    ETC(m) = Σ planned cost of allocations that start after month m.
    """
    price = _in_functional(books, code, books.terms(code).amount)
    cost = cost_to_date(books, code, months)
    planned = books.planned[code]
    earned = {}
    for month in months:
        etc = sum(amount for start, amount in planned.items() if start > month)
        estimate = cost[month] + etc
        progress = half_up(cost[month] * PROGRESS, estimate) if estimate else 0
        earned[month] = half_up(price * min(progress, PROGRESS), PROGRESS)
    return earned


def milestone(books: Books, code: str, months: list[date]) -> dict[date, int]:
    """Σ amounts of the milestones accepted to date."""
    return to_date(books, code, months, ("accepted",))


def straight_line(books: Books, code: str, months: list[date]) -> dict[date, int]:
    """round2(price × round10(elapsed ÷ total service days)), both ends included."""
    terms = books.terms(code)
    price = _in_functional(books, code, terms.amount)
    total = (terms.service_end - terms.service_start).days + 1
    earned = {}
    for month in months:
        last = min(month_end(month), books.as_of, terms.service_end)
        elapsed = max((last - terms.service_start).days + 1, 0)
        progress = half_up(elapsed * PROGRESS, total)
        earned[month] = half_up(price * progress, PROGRESS)
    return earned


def cost_plus(books: Books, code: str, months: list[date]) -> dict[date, int]:
    """min(round2(cost to date × (1 + fee rate)), cost to date + fee ceiling)."""
    terms = books.terms(code)
    fee = 10**6 + scaled(terms.fee_rate, 10**6)
    cost = cost_to_date(books, code, months)
    earned = {month: half_up(cost[month] * fee, 10**6) for month in months}
    if terms.fee_ceiling is None:
        return earned
    ceiling = _in_functional(books, code, terms.fee_ceiling)
    return {month: min(earned[month], cost[month] + ceiling) for month in months}


def _in_functional(books: Books, code: str, amount) -> int:
    """Return a contract amount → functional at the rate of the first service day."""
    terms = books.terms(code)
    day = terms.service_start
    return books.to_functional(code, cents(amount), terms.currency, day)


METHODS: dict[str, Callable[[Books, str, list[date]], dict[date, int]]] = {
    "time_and_materials": time_and_materials,
    "time_and_materials_capped": capped,
    "cost_to_cost": cost_to_cost,
    "milestone": milestone,
    "straight_line": straight_line,
    "cost_plus": cost_plus,
    "none": none,
}
