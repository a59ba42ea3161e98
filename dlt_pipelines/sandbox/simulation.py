"""The simulation: the firm's business, day by day, from a seed up to a clock.

Every day is drawn from streams of its own, so a firm simulated to a later clock is the
firm of the earlier clock plus what happened since.
"""

from datetime import UTC, datetime, timedelta

from dlt_pipelines.sandbox.accounting import (
    billing,
    expenses,
    finance,
    ledger,
    payroll,
    purchasing,
)
from dlt_pipelines.sandbox.accounting.fiscal import CALENDARS
from dlt_pipelines.sandbox.firm.calendars import DAY, at, holidays
from dlt_pipelines.sandbox.firm.model import BillRate, Firm
from dlt_pipelines.sandbox.firm.policies import (
    ENTITIES_OF,
    ENTITY_SHARES,
    FIRM,
    FIRM_START,
    PRACTICES,
    PROLOGUE_START,
    RATE_CARD_DATES,
    ROLES,
    STANDARD_RATES,
)
from dlt_pipelines.sandbox.firm.world import World
from dlt_pipelines.sandbox.projects import (
    delivery,
    people,
    sales,
    timekeeping,
    timesheets,
)


def simulate(
    seed: int,
    scale: int,
    clock: datetime,
    *,
    faults: bool = True,
    pay: int = 0,
    calendar: str = "months",
    wild: bool = False,
    name: str = FIRM,
) -> Firm:
    """Return the firm as it stands at ``clock`` (aware UTC), every whole day done.

    ``scale`` multiplies people, customers and projects; ``faults=False`` gives a firm
    whose systems differ by their normal lags only. ``pay`` other than 0 gives the same
    business with everybody paid something else. ``calendar`` is the ERP's fiscal one
    (``accounting.fiscal``). A ``wild`` firm gets into the situations of real ones
    (``firm.situations``). ``name`` says which firm: the default one, or the group with
    a company more.
    """
    if clock.tzinfo is None:
        raise ValueError(f"The clock {clock} has no time zone: give it in UTC")
    if scale < 1:
        raise ValueError(f"The scale is {scale}: give a whole number from 1 up")
    if calendar not in CALENDARS:
        raise ValueError(f"No fiscal calendar {calendar}: {', '.join(CALENDARS)}")
    clock = clock.astimezone(UTC)
    if clock < at(FIRM_START + DAY, 0):
        raise ValueError(f"At {clock} no day is over: give a clock after {FIRM_START}")
    firm = Firm(seed=seed, scale=scale, start=FIRM_START, clock=clock)
    world = World(firm, faults, pay, calendar, wild, ENTITY_SHARES[name])
    firm.entities = {entity.code: entity for entity in ENTITIES_OF[name]}
    _found(world)
    day = PROLOGUE_START
    while at(day, 0) + DAY <= clock:
        world.today = day
        firm.clock = at(day, 0)
        _live(world)
        day += timedelta(days=1)
    firm.clock = clock
    return firm


def _found(world: World) -> None:
    """Set up what is there before the first day."""
    firm = world.firm
    firm.clock = at(PROLOGUE_START, 0)
    world.today = PROLOGUE_START
    firm.practices = {practice.code: practice for practice in PRACTICES}
    countries = {entity.country for entity in firm.entities.values()}
    firm.holidays = [day for day in holidays() if day.country in countries]
    firm.bill_rates = [
        BillRate(role, currency, start, timesheets.standard_rate(role, currency, start))
        for start, _ in RATE_CARD_DATES
        for currency in STANDARD_RATES
        for role in ROLES
    ]
    if world.situations.strikes("rate_card_drafted"):
        day = firm.start + 45 * DAY
        world.situations.record("rate_card_drafted", effective=f"{day}")
        firm.drafted_rates = [
            BillRate(rate.role, rate.currency, day, rate.rate * 2)
            for rate in firm.bill_rates
            if rate.effective_date == min(r.effective_date for r in firm.bill_rates)
        ]
    people.found(world)


def _live(world: World) -> None:
    """Let one day happen; before the first day only deals are negotiated."""
    if world.today < world.firm.start:
        if not world.firm.customers:
            sales.found_customers(world)
        sales.sell(world)
        world.happen()
        return
    if world.today == world.firm.start:
        finance.found(world)
        delivery.found(world)
        sales.found_projects(world)
    finance.keep(world)
    people.live(world)
    sales.sell(world)
    world.happen()
    delivery.deliver(world)
    timekeeping.work(world)
    delivery.keep_plans(world)
    expenses.spend(world)
    payroll.pay_people(world)
    billing.bill_monthly(world)
    purchasing.receive_bills(world)
    ledger.accrue_labour(world)
    ledger.post_overheads(world)
