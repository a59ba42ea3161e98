"""Customers, and deals from the first call to the signature."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dlt_pipelines.sandbox.firm.calendars import add_months, at, month_of, on_weekday
from dlt_pipelines.sandbox.firm.model import (
    Customer,
    Opportunity,
    OpportunityLine,
    Person,
)
from dlt_pipelines.sandbox.firm.names import (
    COMPANY_FORMS,
    COMPANY_KINDS,
    COMPANY_WORDS,
    ENGAGEMENTS,
)
from dlt_pipelines.sandbox.firm.policies import (
    CONTRACT_MIX,
    ENTITY_COUNTRY,
    ENTITY_CURRENCY,
    FIXED_CONTRACTS,
    FLAGSHIP,
    LEADING_ROLES,
    PRACTICES,
    ROLES,
    STANDARD_RATES,
)
from dlt_pipelines.sandbox.firm.streams import deck, salesforce_id
from dlt_pipelines.sandbox.firm.world import World, touch
from dlt_pipelines.sandbox.projects import delivery

CUSTOMERS = 60
INTERNAL_CUSTOMER = "C0000"
OPENING_PROJECTS = 23
DEALS_PER_WEEKDAY = 0.375
HOURS_PER_MONTH = 146
BUSY_SHARE = 0.94  # of everybody's time the firm wants to sell
IDLE_SHARE = 0.36  # of an entity's idle time a new project takes up
_PRACTICE_SHARES = tuple((practice.code, 1) for practice in PRACTICES)
_MONTHS = {
    "time_and_materials": (3, 9),
    "time_and_materials_capped": (3, 7),
    "fixed_fee": (3, 8),
    "milestone": (4, 9),
    "retainer": (6, 12),
    "retainer_rollover": (5, 10),
    "cost_plus": (4, 9),
}
_FOREIGN = {"USD": ("GBP", "EUR"), "GBP": ("EUR", "USD"), "EUR": ("USD", "GBP")}


@dataclass(slots=True)
class Deal:
    """What will become of an opportunity, known to the simulation alone."""

    wins: bool
    months: int
    discount: float
    effort: float
    fte: float = 2.0
    is_flagship: bool = False  # the first deal, which Finance decides about by name


def found_customers(world: World) -> None:
    """Set up the customers."""
    for count in range(CUSTOMERS * world.scale + 1):
        _customer(world, count)


def found_projects(world: World) -> None:
    """Set up the projects already sold on the first day."""
    for _ in range(OPENING_PROJECTS * world.scale):
        _opening_project(world)


def sell(world: World) -> None:
    """Open today's new opportunities; their later steps are put on the agenda."""
    if world.today.weekday() > 4:
        return
    rate = DEALS_PER_WEEKDAY * world.scale
    day = world.count("selling day")
    for _ in range(int(day * rate) - int((day - 1) * rate)):
        _open_deal(world)


def _customer(world: World, count: int) -> None:
    """Create the ``count``-th customer; every fourth belongs to an earlier one."""
    number = f"C{count:04d}"
    draw = world.fixed("customer", number)
    entity = deck(world.seed, "customer entity", count, world.shares)
    country = ENTITY_COUNTRY[entity]
    word, kind = count % len(COMPANY_WORDS), count // len(COMPANY_WORDS)
    name = " ".join(
        (
            COMPANY_WORDS[word],
            COMPANY_KINDS[(word * 7 + kind) % len(COMPANY_KINDS)],
            COMPANY_FORMS[country],
        )
    )
    parent = None
    if number == INTERNAL_CUSTOMER:
        name = "Meridian Advisory (internal)"
    elif count > 8 and count % 4 == 0:
        parent = f"C{draw.randrange(1, 8):04d}"
    created = at(world.firm.start - timedelta(days=draw.randrange(90, 900)), 600)
    world.firm.customers[number] = Customer(
        number=number,
        name=name,
        parent=parent,
        country=country,
        currency=ENTITY_CURRENCY[entity],
        owner=_leader(world, entity, draw).number,
        salesforce_id=salesforce_id("001", 1000 + count),
        kantata_id=str(410_000 + count),
        netsuite_id=20_000 + count,
        created_at=created,
        updated_at=created,
    )


def _leader(world: World, entity: str, draw: random.Random) -> Person:
    """Return a manager or director of the entity who stays."""
    leaders = [
        person
        for person in world.firm.people.values()
        if not person.is_contractor
        and person.in_hr
        and person.left is None
        and person.assignments[0].entity == entity
        and person.assignments[0].role in LEADING_ROLES
    ]
    return draw.choice(leaders)


def _opening_project(world: World) -> None:
    """Sell a project in the months before the first day and set it up today."""
    count = world.counters.get("opportunity", 1)
    draw = world.fixed("opening", count)
    today = world.today
    closed = world.firm.start - timedelta(days=draw.randrange(8, 50))
    world.today = on_weekday(closed - timedelta(days=draw.randrange(30, 80)))
    deal, opportunity = _opportunity(world, wins=True)
    world.today = on_weekday(closed)
    deal.months = max(1, deal.months - draw.randrange(0, 4))
    _agree_scope(world, opportunity, deal, today)
    _win(world, opportunity, deal, world.firm.start)
    world.today = today


def _open_deal(world: World) -> None:
    """Create an opportunity and schedule how it moves through the stages."""
    wins = deck(world.seed, "outcome", world.counters.get("opportunity", 1), _OUTCOMES)
    deal, opportunity = _opportunity(world, wins=wins == "won")
    draw = world.fixed("cycle", opportunity.salesforce_id)
    proposal = draw.randrange(8, 25)
    negotiation = proposal + draw.randrange(8, 30)
    decision = negotiation + draw.randrange(5, 20)
    opportunity.close_date = on_weekday(world.today + timedelta(days=decision))
    world.after(proposal, _move, opportunity, "Proposal", 40)
    world.after(negotiation, _negotiate, opportunity, deal)
    world.at(opportunity.close_date, _decide, opportunity, deal)


_OUTCOMES = (("won", 11), ("lost", 9))


def _opportunity(world: World, wins: bool) -> tuple[Deal, Opportunity]:
    """Create an opportunity of today with its first estimate."""
    count = world.count("opportunity")
    draw, now = world.fixed("deal", count), world.moment("opportunity", count)
    is_flagship = count == 1
    wins = wins or is_flagship
    kind = "fixed_fee" if is_flagship else _contract_type(world, draw, wins)
    entity = deck(world.seed, "deal entity", count, world.shares)
    entity = "DE30" if is_flagship else entity
    practice = deck(world.seed, "deal practice", count, _PRACTICE_SHARES)
    customer = _customer_for(world, entity, draw)
    currency = ENTITY_CURRENCY[entity]
    is_sold = wins and not is_flagship
    is_foreign = is_sold and _is_foreign(world, kind)
    is_unkind = world.situations.strikes(
        "priced_in_another_currency", is_sold and not is_foreign
    )
    if is_foreign or is_unkind:
        currency = draw.choice(_FOREIGN[currency])
    deal = Deal(wins, draw.randint(*_MONTHS[kind]), *_conditions(draw, count, kind))
    deal.is_flagship = is_flagship
    opportunity = Opportunity(
        salesforce_id=salesforce_id("006", 5000 + count),
        name=f"{draw.choice(ENGAGEMENTS[practice])} {customer.name.split()[0]}",
        customer=customer.number,
        owner=_leader(world, entity, draw).number,
        stage="Prospecting",
        close_date=world.today + timedelta(days=60),
        amount=_amount(deal, currency),
        currency=currency,
        probability=10,
        entity=entity,
        practice=practice,
        contract_type=kind,
        project_code=None,
        cap_amount=None,
        fee_rate=None,
        fee_ceiling=None,
        service_start=None,
        service_end=None,
        created_at=now,
        updated_at=now,
    )
    world.firm.opportunities[opportunity.salesforce_id] = opportunity
    if is_unkind:
        world.situations.record(
            "priced_in_another_currency", opportunity=opportunity.salesforce_id
        )
    return deal, opportunity


def _contract_type(world: World, draw: random.Random, wins: bool) -> str:
    """Return the contract type: winners share the types out exactly."""
    if wins:
        count = world.count("won type", 0)
        return deck(world.seed, "contract", count, CONTRACT_MIX)
    return draw.choice([kind for kind, _ in CONTRACT_MIX])


def _is_foreign(world: World, kind: str) -> bool:
    """Say whether a contract is in a currency not the entity's own."""
    if kind == "time_and_materials":
        return world.count("hourly contract") % 8 == 3
    return kind != "cost_plus" and world.count("other contract") % 9 == 2


def _conditions(draw: random.Random, count: int, kind: str) -> tuple[float, float]:
    """Return (discount, effort) of a deal; about every eleventh is a bad one."""
    if count % 11 == 5:
        return draw.uniform(0.38, 0.48), draw.uniform(1.35, 1.65)
    if kind in FIXED_CONTRACTS:
        return draw.uniform(0.16, 0.32), draw.uniform(1.0, 1.25)
    return draw.uniform(0.08, 0.26), draw.uniform(0.92, 1.22)


def _customer_for(world: World, entity: str, draw: random.Random) -> Customer:
    """Return a customer of the entity's country."""
    country = ENTITY_COUNTRY[entity]
    return draw.choice(
        [
            customer
            for customer in world.firm.customers.values()
            if customer.country == country and customer.number != INTERNAL_CUSTOMER
        ]
    )


def _amount(deal: Deal, currency: str) -> Decimal:
    """Return planned hours × average standard rate × (1 − discount), rounded."""
    shares = [share for _, share in ROLES.values()]
    rates = STANDARD_RATES[currency]
    rate = sum(map(float.__mul__, map(float, shares), map(float, rates))) / 100
    hours = deal.fte * deal.months * HOURS_PER_MONTH
    return Decimal(round(hours * rate * (1 - deal.discount) / 500) * 500)


def _move(world: World, opportunity: Opportunity, stage: str, chance: int) -> None:
    opportunity.stage = stage
    opportunity.probability = chance
    touch(opportunity, world.moment("stage", opportunity.salesforce_id))


def _negotiate(world: World, opportunity: Opportunity, deal: Deal) -> None:
    """Fix the scope by the people who will be free."""
    _agree_scope(world, opportunity, deal, opportunity.close_date)
    _move(world, opportunity, "Negotiation", 70)


def _agree_scope(
    world: World, opportunity: Opportunity, deal: Deal, close: date
) -> None:
    """Size the deal so that new work takes up a share of the idle time."""
    month = add_months(month_of(max(close, world.firm.start)), 1)
    idle = sum(
        BUSY_SHARE - world.load[person.number, month]
        for person in world.firm.people.values()
        if person.assignments[0].entity == opportunity.entity and person.left is None
    )
    draw = world.fixed("scope", opportunity.salesforce_id)
    wanted = idle * IDLE_SHARE / world.scale * draw.uniform(0.7, 1.3)
    smallest, largest = draw.uniform(0.8, 1.3), draw.uniform(2.4, 4.6)
    if opportunity.stage == "Proposal" and world.today < world.firm.start:
        largest = smallest + 0.5  # the first day's book takes up the time there is
    deal.fte = round(min(max(wanted, smallest), largest), 2)
    opportunity.amount = _amount(deal, opportunity.currency)


def _decide(world: World, opportunity: Opportunity, deal: Deal) -> None:
    """Close the deal, won or lost."""
    if not deal.wins:
        _move(world, opportunity, "Closed Lost", 0)
        return
    start = world.today + timedelta(
        days=world.fixed("start", opportunity.salesforce_id).randrange(4, 18)
    )
    _win(world, opportunity, deal, on_weekday(max(start, world.firm.start)))


def _win(world: World, opportunity: Opportunity, deal: Deal, start: date) -> None:
    """Sign: complete the terms and hand over to delivery."""
    draw = world.fixed("win", opportunity.salesforce_id)
    opportunity.close_date = world.today
    _set_extreme_price(world, opportunity, deal)
    days = (start, _set_terms(opportunity, deal, start, draw))
    _set_lines(world, opportunity, deal, days)
    code = FLAGSHIP if deal.is_flagship else delivery.next_code(world)
    opportunity.project_code = code
    _move(world, opportunity, "Closed Won", 100)
    plan = delivery.ProjectPlan(deal.months, deal.fte, deal.discount, deal.effort)
    world.at(
        max(world.today + timedelta(days=draw.randrange(0, 3)), world.firm.start),
        delivery.set_up,
        code,
        days,
        opportunity,
        plan,
    )


def _set_extreme_price(world: World, opportunity: Opportunity, deal: Deal) -> None:
    """Let some deals be worth a thousand others, and some next to nothing."""
    for kind in ("price_very_large", "price_very_small"):
        if world.situations.strikes(kind, not deal.is_flagship):
            is_large = kind == "price_very_large"
            opportunity.amount = opportunity.amount * 1000 if is_large else Decimal(25)
            world.situations.record(kind, opportunity=opportunity.salesforce_id)


def _set_terms(
    opportunity: Opportunity, deal: Deal, start: date, draw: random.Random
) -> date:
    """Fill in service dates, cap, fee and ceiling as the contract type needs.

    Returns the last day of service.
    """
    kind, amount = opportunity.contract_type, opportunity.amount
    end = add_months(month_of(start), deal.months) - timedelta(days=1)
    if not kind.startswith("retainer") and draw.random() >= 0.6:
        end = on_weekday(end - timedelta(days=draw.randrange(15)))
    opportunity.service_start, opportunity.service_end = start, end
    if kind == "time_and_materials_capped":
        cap = amount * Decimal(str(round(draw.uniform(0.8, 1.02), 3)))
        opportunity.cap_amount = cap.quantize(Decimal(1))
    if kind == "cost_plus":
        opportunity.fee_rate = Decimal(draw.choice(("0.10", "0.12", "0.15", "0.18")))
        ceiling = amount * opportunity.fee_rate * Decimal("0.60")
        opportunity.fee_ceiling = ceiling.quantize(Decimal(1))
    return end


def _set_lines(
    world: World, opportunity: Opportunity, deal: Deal, days: tuple[date, date]
) -> None:
    """List what is sold, where the deal is more than one thing or sells hours.

    Every fourth fixed fee deal is a delivery and the support of what was delivered;
    the support is sold below its own price, which the accounts will not follow.
    """
    kind, amount = opportunity.contract_type, opportunity.amount
    start, end = days
    if kind == "retainer_rollover":
        hours = Decimal(round(deal.fte * deal.months * HOURS_PER_MONTH))
        _line(world, opportunity, "01", kind, (amount, amount), days, hours)
    elif kind == "fixed_fee" and world.count("fixed fee", 0) % 4 == 1:
        if deal.months < 3:
            return
        handover = add_months(month_of(start), round(deal.months * 0.65))
        support = (amount * Decimal("0.18")).quantize(Decimal(1))
        delivered = (amount - support, (amount * Decimal("0.9")).quantize(Decimal(1)))
        supported = (support, (support * Decimal("1.4")).quantize(Decimal(1)))
        before = handover - timedelta(days=1)
        _line(world, opportunity, "01", "fixed_fee", delivered, (start, before))
        _line(world, opportunity, "02", "retainer", supported, (handover, end))


def _line(
    world: World,
    opportunity: Opportunity,
    code: str,
    kind: str,
    prices: tuple[Decimal, Decimal],
    days: tuple[date, date],
    hours: Decimal | None = None,
) -> None:
    """Add a line with (price in the deal, price alone) and its service days."""
    now = world.moment("deal line", f"{opportunity.salesforce_id} {code}")
    opportunity.lines.append(
        OpportunityLine(
            salesforce_id=salesforce_id("00k", world.count("deal line", 100)),
            obligation=code,
            name="Support" if code == "02" else "Delivery",
            contract_type=kind,
            list_price=prices[1],
            total_price=prices[0],
            included_hours=hours,
            service_start=days[0],
            service_end=days[1],
            created_at=now,
            updated_at=now,
        )
    )
