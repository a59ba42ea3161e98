"""The ERP's frame: exchange rates, fiscal periods, accounts."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

from dlt_pipelines.sandbox.firm.calendars import (
    add_months,
    at,
    monday_of,
    month_end,
    month_of,
    on_weekday,
)
from dlt_pipelines.sandbox.firm.model import FxRate, Period
from dlt_pipelines.sandbox.firm.policies import (
    ACCOUNTS,
    FIRM_START,
    PERIOD_CLOSE_DAY,
    PROLOGUE_START,
)
from dlt_pipelines.sandbox.firm.world import World

CURRENCIES = ("USD", "GBP", "EUR")
_OPENING = {"USD": 1.0, "GBP": 1.27, "EUR": 1.06}  # in dollars
_FIRST_PERIOD = 200


def found(world: World) -> None:
    """Set up accounts, the rates before the first day and two fiscal years."""
    world.firm.accounts = {account.number: account for account in ACCOUNTS}
    monday = PROLOGUE_START
    while monday <= world.firm.start:
        _quote(world, monday)
        monday += timedelta(days=7)
    for month in range(13):
        _open_period(world, add_months(month_of(FIRM_START), month))


def keep(world: World) -> None:
    """Publish Monday's rates, open next year's periods, close old ones."""
    today = world.today
    if today.weekday() == 0:
        _quote(world, today)
    if (today.month, today.day) == (11, 15):
        for month in range(12):
            _open_period(world, add_months(date(today.year + 1, 1, 1), month))
    if today == on_weekday(today.replace(day=PERIOD_CLOSE_DAY)):
        _close_period(world, add_months(month_of(today), -2))


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


def _open_period(world: World, month: date) -> None:
    number = _FIRST_PERIOD + (month.year - 2024) * 12 + month.month
    day = min(world.today, FIRM_START)
    world.firm.periods[number] = Period(
        id=number,
        name=f"{month:%b %Y}",
        start=month,
        end=month_end(month),
        is_closed=False,
        closed_on=None,
        updated_at=at(max(day, monday_of(world.today)), 480),
    )


def period_id(day: date) -> int:
    """Return the id of the fiscal period ``day`` lies in."""
    return _FIRST_PERIOD + (day.year - 2024) * 12 + day.month


def _close_period(world: World, month: date) -> None:
    period = world.firm.periods.get(period_id(month))
    if period is not None:
        period.is_closed = True
        period.closed_on = world.today
        period.updated_at = world.moment("close", period.id)
