"""Contract modifications: a deal that changes another one after it was won."""

from datetime import date, timedelta
from decimal import Decimal

from dlt_pipelines.sandbox.accounting import invoices
from dlt_pipelines.sandbox.firm.calendars import (
    DAY,
    add_months,
    month_end,
    month_of,
    on_weekday,
)
from dlt_pipelines.sandbox.firm.costing import cents, money
from dlt_pipelines.sandbox.firm.model import Opportunity, Project
from dlt_pipelines.sandbox.firm.streams import salesforce_id
from dlt_pipelines.sandbox.firm.world import World, touch
from dlt_pipelines.sandbox.projects import delivery

AMENDED_SHARE = 0.3
AMENDED_CONTRACTS = (
    "time_and_materials_capped",
    "fixed_fee",
    "milestone",
    "retainer",
    "retainer_rollover",
)
SIGNED_AFTER = 8  # days


def plan(world: World, project: Project) -> None:
    """Let some contracts be changed half-way."""
    draw = world.fixed("amend", project.code)
    wanted = (
        project.contract_type in AMENDED_CONTRACTS and draw.random() < AMENDED_SHARE
    )
    if not wanted:
        return
    span = (project.end - project.start).days
    day = project.start + timedelta(days=int(span * draw.uniform(0.35, 0.6)))
    world.at(on_weekday(day), _propose, project)


def _propose(world: World, project: Project) -> None:
    """Offer the change: mostly more work, now and then less."""
    count = world.count("amendment")
    draw = world.fixed("amendment", project.code)
    now = world.moment("amendment", count)
    assert project.opportunity is not None  # only what was sold is amended
    original = world.firm.opportunities[project.opportunity]
    share = Decimal(str(round(draw.uniform(0.08, 0.3), 3)))
    if project.contract_type in ("fixed_fee", "retainer") and draw.random() < 0.25:
        share = -share / 2
    change = (project.price * share / 500).quantize(Decimal(1)) * 500
    if not change:
        return
    end = None
    if share > 0 and draw.random() < 0.7 and len(original.lines) < 2:
        end = month_end(add_months(month_of(project.end), 1))
    treatment = draw.choice((None, None, "catch_up", "prospective"))
    currency = original.currency
    if world.situations.strikes("amended_in_another_currency"):
        own = [entity.currency for entity in world.firm.entities.values()]
        others = [code for code in own if code != currency]
        currency = draw.choice(others)
    amendment = Opportunity(
        salesforce_id=salesforce_id("006", 900_000 + count),
        name=f"{original.name}: change {count}",
        customer=original.customer,
        owner=original.owner,
        stage="Negotiation",
        close_date=on_weekday(world.today + SIGNED_AFTER * DAY),
        amount=change,
        currency=currency,
        probability=80,
        entity=original.entity,
        practice=original.practice,
        contract_type=original.contract_type,
        project_code=project.code,
        cap_amount=change if original.cap_amount is not None else None,
        fee_rate=None,
        fee_ceiling=None,
        service_start=None,
        service_end=end,
        created_at=now,
        updated_at=now,
        amends=original.salesforce_id,
        treatment=treatment,
    )
    world.firm.opportunities[amendment.salesforce_id] = amendment
    world.at(amendment.close_date, _sign, amendment, project)


def _sign(world: World, amendment: Opportunity, project: Project) -> None:
    """Let the change take effect today: price, end, staff, tasks and billing."""
    amendment.stage, amendment.probability = "Closed Won", 100
    amendment.effective_date = world.today
    touch(amendment, world.moment("sign", amendment.salesforce_id))
    change = _in_contract(world, project, amendment, amendment.amount)
    project.price += change
    if project.cap_amount is not None and amendment.cap_amount is not None:
        project.cap_amount += _in_contract(
            world, project, amendment, amendment.cap_amount
        )
    if amendment.currency != project.currency:
        world.situations.record(
            "amended_in_another_currency", opportunity=amendment.salesforce_id
        )
    if amendment.service_end is not None and amendment.service_end > project.end:
        _extend(world, project, amendment.service_end)
    touch(project, world.moment("amended", project.code))
    if project.contract_type == "milestone":
        title, due = "Change request", project.end
        task = delivery.plan_task(world, project, title, world.today, due, "milestone")
        task.is_fixed_fee = True
        delivery.add_milestone(world, project, task, change, due + 3 * DAY)
    elif project.contract_type != "time_and_materials_capped":
        _bill(world, project, change)


def _in_contract(
    world: World, project: Project, amendment: Opportunity, amount: Decimal
) -> Decimal:
    """An amount of an amendment in the contract's currency, at today's rate."""
    signed = cents(amount)
    into = project.currency
    return money(world.fx.convert(signed, amendment.currency, into, world.today))


def _bill(world: World, project: Project, change: Decimal) -> None:
    """Invoice more at once; take less off the invoices still to come."""
    if change > 0:
        world.after(5, invoices.invoice, project.code, cents(change))
    else:
        world.plans[project.code].waived_cents -= cents(change)


def _extend(world: World, project: Project, end: date) -> None:
    project.end = end
    plan_ = world.plans[project.code]
    for task in plan_.tasks[-1:] if plan_.tasks[0].obligation else plan_.tasks:
        task.due = end
        touch(task, world.moment("extend", task.id))
    delivery.staff(world, project, plan_.fte * 0.8, [month_of(end)])
