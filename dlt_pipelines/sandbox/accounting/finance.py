"""The ERP's frame: exchange rates, fiscal periods, accounts."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

from dlt_pipelines.sandbox.accounting.fiscal import fiscal_year
from dlt_pipelines.sandbox.firm.calendars import (
    add_months,
    at,
    monday_of,
    month_of,
    on_weekday,
)
from dlt_pipelines.sandbox.firm.model import Firm, FxRate, Period
from dlt_pipelines.sandbox.firm.policies import (
    FIRM_START,
    PERIOD_CLOSE_DAY,
    PROLOGUE_START,
    accounts_of,
)
from dlt_pipelines.sandbox.firm.world import World

CURRENCIES = ("USD", "GBP", "EUR")
_OPENING = {"USD": 1.0, "GBP": 1.27, "EUR": 1.06}  # in dollars
_FIRST_PERIOD = 200


def found(world: World) -> None:
    """Set up accounts, the rates before the first day and two fiscal years."""
    world.firm.accounts = accounts_of(world.firm.entities)
    monday = PROLOGUE_START
    while monday <= world.firm.start:
        _quote(world, monday)
        monday += timedelta(days=7)
    for year in _opened_at_first(world.calendar):
        _open_year(world, year)


def keep(world: World) -> None:
    """Publish Monday's rates, open next year's periods, close old ones."""
    today = world.today
    if today.weekday() == 0:
        _quote(world, today)
    if (today.month, today.day) == (11, 15):
        _open_year(world, today.year + (2 if world.calendar == "april" else 1))
    if today == on_weekday(today.replace(day=PERIOD_CLOSE_DAY)):
        _close_periods(world, add_months(month_of(today), -1))


def _quote(world: World, monday: date) -> None:
    """Publish every ordered pair's rate from ``monday``."""
    dollars = {name: _in_dollars(world, name, monday) for name in CURRENCIES}
    for base, currency in permutations(CURRENCIES, 2):
        rate = Decimal(dollars[currency] / dollars[base]).quantize(Decimal("1e-8"))
        quoted = FxRate(base, currency, monday, rate)
        world.firm.fx_rates.append(quoted)
        world.fx.add(quoted)


def _in_dollars(world: World, currency: str, monday: date) -> float:
    """Return a currency's price: a walk of small weekly steps drawn from the seed."""
    if currency == "USD":
        return 1.0
    step = world.fixed("fx", currency, monday).gauss(0, 0.006)
    world.walk[currency] += step - world.walk[currency] * 0.02  # drawn back to 0
    return _OPENING[currency] * (1 + world.walk[currency])


def _opened_at_first(calendar: str) -> tuple[int, ...]:
    """The fiscal years that are open when the firm starts, in December 2024."""
    return (2025, 2026) if calendar == "april" else (2024, 2025)


def _open_year(world: World, year: int) -> None:
    day = min(world.today, FIRM_START)
    for slot in fiscal_year(world.calendar, year):
        if world.calendar == "months":
            if slot.end < FIRM_START:
                continue
            number = _FIRST_PERIOD + (year - 2024) * 12 + slot.number
        else:
            number = _FIRST_PERIOD + (year - 2024) * 20 + slot.number
        world.firm.periods[number] = Period(
            id=number,
            name=slot.name,
            start=slot.start,
            end=slot.end,
            is_closed=False,
            closed_on=None,
            updated_at=at(max(day, monday_of(world.today)), 480),
            fiscal_year=year,
            quarter=slot.quarter,
            is_adjustment=slot.number == 0,
        )


def period_of(firm: Firm, day: date) -> Period | None:
    """Return the fiscal period that ``day`` lies in; none is for adjustments."""
    for period in firm.periods.values():
        if period.start <= day <= period.end and not period.is_adjustment:
            return period
    return None


def _close_periods(world: World, before: date) -> None:
    """Close the periods that ended before a day."""
    for period in world.firm.periods.values():
        if period.end < before and not period.is_closed:
            period.is_closed = True
            period.closed_on = world.today
            period.updated_at = world.moment("close", period.id)
