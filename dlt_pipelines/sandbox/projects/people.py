"""People: hires, leavers, assignments, pay, absences, and the contractors."""

from datetime import date, timedelta
from decimal import Decimal

from dlt_pipelines.sandbox.firm.calendars import (
    DAY,
    add_months,
    add_weekdays,
    at,
    holiday_dates,
    on_weekday,
)
from dlt_pipelines.sandbox.firm.costing import assignment_on, group_of, pay_on
from dlt_pipelines.sandbox.firm.model import Absence, Assignment, Pay, Person, Supplier
from dlt_pipelines.sandbox.firm.names import FIRST_NAMES, LAST_NAMES, SUPPLIER_FORMS
from dlt_pipelines.sandbox.firm.policies import (
    ENTITY_COUNTRY,
    ENTITY_CURRENCY,
    LEADING_ROLES,
    PAY_BANDS,
    PRACTICES,
    ROLES,
    WEEKLY_HOURS,
)
from dlt_pipelines.sandbox.firm.streams import associate_id, deck, hex_id
from dlt_pipelines.sandbox.firm.world import World, touch

EMPLOYEES, CONTRACTORS = 84, 15
HIRES_PER_MONTH, LEAVERS_PER_MONTH = 0.8, 0.45
_PRACTICE_SHARES = tuple((practice.code, 1) for practice in PRACTICES)
_ROLE_SHARES = tuple((role, share) for role, (_, share) in ROLES.items())


def found(world: World) -> None:
    """Engage the people the firm starts with."""
    for _ in range(EMPLOYEES * world.scale):
        draw = world.fixed("tenure", world.counters.get("employee", 1))
        hired = world.firm.start - timedelta(days=draw.randrange(40, 2400))
        hire(world, hired.replace(day=1))
    for _ in range(CONTRACTORS * world.scale):
        engage(world, world.firm.start - timedelta(days=30))


def live(world: World) -> None:
    """Let today's hires, departures, raises and absences happen."""
    today = world.today
    if today.day == 5:
        _decide_hires(world)
        _decide_leavers(world)
    if today.day == 10 and today.month in (3, 12):
        _review_pay(world)
    if today.day == 2:
        _raise_mid_month(world)
    if today.day == 9:
        _raise_for_months_past(world)
    if today.day == 20:
        _change_hours(world)
    if today.day == 7 and today.month % 4 == 2:
        _transfer(world)
    if today.weekday() < 5:
        _take_leave(world)


def hire(world: World, hired: date, in_systems: bool = True) -> Person:
    """Create an employee; ``in_systems`` False makes one only payroll knows."""
    count = world.count("employee" if in_systems else "unknown employee")
    entity = deck(world.seed, "entity", count - 1, world.shares)
    role = deck(world.seed, "role", count - 1, _ROLE_SHARES)
    number = f"E{count:04d}" if in_systems else f"E9{count:03d}"
    person = _person(world, number, entity, hired, is_contractor=False)
    person.adp_id = associate_id(world.seed, person.number)
    person.in_hr = person.in_psa = in_systems
    practice = deck(world.seed, "practice", count - 1, _PRACTICE_SHARES)
    draw = world.fixed("hire", number)
    fte = Decimal("0.8") if draw.random() < 0.08 else Decimal(1)
    _assign(person, hired, entity, practice, role, fte)
    low, high = PAY_BANDS[entity][role]
    annual = world.paid(number, Decimal(draw.randrange(low, high, 500)) * fte)
    if entity == "US10" and role == "Analyst" and draw.random() < 0.4:
        hourly = (annual / fte / 2080).quantize(Decimal("0.25"))
        person.pay.append(Pay(hired, person.created_at, hourly, "USD", "Hourly"))
    else:
        currency = ENTITY_CURRENCY[entity]
        person.pay.append(Pay(hired, person.created_at, annual, currency, "Annual"))
    person.payroll_file = _payroll_file(world, entity, person.pay[0].frequency)
    if in_systems and world.faults.strikes("unknown_employee"):
        _hire_unknown(world)
    return person


def _payroll_file(world: World, entity: str, frequency: str) -> str:
    """Return the next file number of the payroll group that will pay somebody."""
    group = group_of(world.firm.entities[entity], frequency)
    return f"{world.count('payroll ' + group, 101):06d}"


def _hire_unknown(world: World) -> None:
    """Put somebody on the payroll whom neither HR nor the PSA knows."""
    hired = max(world.today, world.firm.start).replace(day=1)
    person = hire(world, hired, in_systems=False)
    entity = world.firm.entities[person.assignments[0].entity]
    group = group_of(entity, person.pay[0].frequency)
    key = f"PAYROLL:{group}:{person.payroll_file}"
    records = {"person": person.number}
    world.faults.plant("unknown_employee", records, "C05", (key,), "on the payroll")
    world.unknown[person.number] = world.faults.plant(
        "unknown_employee", records, "C04", note="is paid"
    )


def engage(world: World, hired: date) -> Person:
    """Create a contractor and the supplier the contractor works through."""
    count = world.count("contractor")
    entity = deck(world.seed, "contractor entity", count - 1, world.shares)
    draw = world.fixed("engage", count)
    person = _person(world, f"X{count:04d}", entity, hired, is_contractor=True)
    practice = deck(world.seed, "contractor practice", count - 1, _PRACTICE_SHARES)
    role = draw.choice(("Consultant", "Senior Consultant"))
    _assign(person, hired, entity, practice, role, Decimal(1))
    number = f"V{count:03d}"
    form = SUPPLIER_FORMS[ENTITY_COUNTRY[entity]]
    name = f"{person.last_name} Consulting {form}"
    currency = ENTITY_CURRENCY[entity]
    world.firm.suppliers[number] = Supplier(
        number, name, 700 + count, 3000 + count, currency
    )
    person.supplier = number
    return person


def _person(
    world: World, number: str, entity: str, hired: date, is_contractor: bool
) -> Person:
    """Create the record of a person, its identifiers in every system."""
    draw = world.fixed("name", number)
    first = draw.choice(FIRST_NAMES[entity])
    last = draw.choice(LAST_NAMES[entity])
    count = world.count("person")
    known = min(world.today, hired - timedelta(days=20))
    created = at(known, 9 * 60 + count % 480)
    person = Person(
        number=number,
        first_name=first,
        last_name=last,
        email=f"{number.lower()}@meridian-advisory.example",
        is_contractor=is_contractor,
        hired=hired,
        left=None,
        workday_id=hex_id(world.seed, "workday", number),
        kantata_id=str(8_200_000 + count),
        adp_id=None,
        payroll_file=None,
        netsuite_id=5000 + count,
        supplier=None,
        created_at=created,
        updated_at=created,
    )
    world.firm.people[number] = person
    return person


def _assign(
    person: Person, day: date, entity: str, practice: str, role: str, fte: Decimal
) -> None:
    """Place a person in an entity, practice and role from ``day``."""
    person.assignments.append(
        Assignment(
            effective_date=day,
            entered_at=person.updated_at,
            entity=entity,
            practice=practice,
            cost_centre=f"CC-{entity}-{practice}",
            title=f"{role} (contract)" if person.is_contractor else role,
            grade=ROLES[role][0],
            role=role,
            fte=fte,
            weekly_hours=(WEEKLY_HOURS[entity] * fte).quantize(Decimal("0.01")),
        )
    )


def _employees(world: World) -> list[Person]:
    """Return the employees HR knows who are here and have not given notice."""
    return [
        person
        for person in world.firm.people.values()
        if not person.is_contractor
        and person.in_hr
        and person.left is None
        and person.hired <= world.today
    ]


def _decide_hires(world: World) -> None:
    """Sign the month's contracts: work starts on the 1st or 15th of the next."""
    draw = world.draw("hires")
    wanted = HIRES_PER_MONTH * world.scale
    number = int(wanted) + (draw.random() < wanted % 1)
    for _ in range(number):
        month = add_months(world.today.replace(day=1), 1)
        hire(world, month if draw.random() < 0.7 else month.replace(day=15))


def _decide_leavers(world: World) -> None:
    """Let people give notice; they leave at the end of next month or on its 15th."""
    draw = world.draw("leavers")
    wanted = LEAVERS_PER_MONTH * world.scale
    staff = [
        person
        for person in _employees(world)
        if world.assignment(person).role not in LEADING_ROLES
    ]
    for _ in range(int(wanted) + (draw.random() < wanted % 1)):
        person = staff.pop(draw.randrange(len(staff)))
        month = add_months(world.today.replace(day=1), 1)
        last = month.replace(day=15) if draw.random() < 0.3 else None
        person.left = last or add_months(month, 1) - DAY
        touch(person, world.moment("notice", person.number))


def _raise(world: World, person: Person, day: date, factor: float) -> None:
    """Enter a raise from ``day``; now and then a wrong one is rescinded first."""
    now = world.moment("raise", person.number, first=9, last=16)
    pay = pay_on(person, day)
    assert pay is not None  # employees have pay from their first day
    step = Decimal("0.25") if pay.frequency == "Hourly" else Decimal(100)
    amount = (pay.amount * Decimal(str(factor)) / step).quantize(Decimal(1)) * step
    if world.draw("slip", person.number).random() < 0.05:
        slip = Pay(day, now, amount * 2, pay.currency, pay.frequency)
        slip.is_rescinded = True
        person.pay.append(slip)
    entered = now + timedelta(minutes=30)
    person.pay.append(Pay(day, entered, amount, pay.currency, pay.frequency))
    touch(person, entered)


def _review_pay(world: World) -> None:
    """Give half of the staff a raise on the first of next month, some a new role."""
    month = add_months(world.today.replace(day=1), 1)
    roles = list(ROLES)
    for person in _employees(world):
        draw = world.draw("review", person.number)
        if draw.random() > 0.5 or person.hired > world.today - timedelta(days=120):
            continue
        assignment = world.assignment(person)
        rank = roles.index(assignment.role)
        if world.today.month == 12 and rank < 3 and draw.random() < 0.12:
            role = roles[rank + 1]
            touch(person, world.moment("promote", person.number))
            place = (assignment.entity, assignment.practice, role, assignment.fte)
            _assign(person, month, *place)
            _raise(world, person, month, draw.uniform(1.15, 1.22))
        else:
            _raise(world, person, month, draw.uniform(1.02, 1.06))


def _raise_mid_month(world: World) -> None:
    """Give a few people a raise from the 16th."""
    for person in _employees(world):
        draw = world.draw("mid-month", person.number)
        if draw.random() < 0.006:
            _raise(world, person, world.today.replace(day=16), draw.uniform(1.03, 1.1))


def _raise_for_months_past(world: World) -> None:
    """Raise a few people from the first of the month before last; the next payroll
    pays what it was more for the two months gone by."""
    first = add_months(world.today.replace(day=1), -2)
    for person in _employees(world):
        pay = pay_on(person, first)
        is_eligible = (
            pay is not None
            and pay.frequency == "Annual"
            and pay is pay_on(person, world.today)
            and first >= world.firm.start
        )
        struck = world.situations.strikes("raised_for_months_past", is_eligible)
        if struck and pay is not None:
            more = (pay.amount / 2000).quantize(Decimal(1)) * 100
            now = world.moment("raised", person.number)
            person.pay.append(
                Pay(first, now, pay.amount + more, pay.currency, pay.frequency)
            )
            touch(person, now)
            world.arrears[person.number] = int(more * 100) * 2 // 12
            world.situations.record("raised_for_months_past", person=person.number)


def _change_hours(world: World) -> None:
    """Let a few people change between full time and four days from the first."""
    for person in _employees(world):
        draw = world.draw("hours", person.number)
        if draw.random() > 0.003:
            continue
        month = add_months(world.today.replace(day=1), 1)
        old, pay = assignment_on(person, month), pay_on(person, month)
        assert old is not None  # who works here today has both
        assert pay is not None
        fte = Decimal(1) if old.fte < 1 else Decimal("0.8")
        now = world.moment("hours", person.number)
        touch(person, now)
        _assign(person, month, old.entity, old.practice, old.role, fte)
        if pay.frequency == "Annual":
            amount = (pay.amount / old.fte * fte).quantize(Decimal(1))
            person.pay.append(Pay(month, now, amount, pay.currency, "Annual"))


def _transfer(world: World) -> None:
    """Let somebody move to another entity in the middle of next month.

    Pay, currency and payroll change on that day; the projects stay for now.
    """
    draw = world.draw("transfer")
    for _ in range(world.scale):
        staff = [
            person
            for person in _employees(world)
            if world.assignment(person).role not in LEADING_ROLES
            and (pay := pay_on(person, world.today)) is not None
            and pay.frequency == "Annual"
            and person.hired < world.today - timedelta(days=120)
            and len({a.entity for a in person.assignments}) == 1
        ]
        if not staff:
            return
        person = draw.choice(staff)
        old = world.assignment(person)
        others = [code for code in world.firm.entities if code != old.entity]
        entity = draw.choice(others)
        day = on_weekday(add_months(world.today.replace(day=1), 1).replace(day=12))
        now = world.moment("transfer", person.number)
        touch(person, now)
        _assign(person, day, entity, old.practice, old.role, old.fte)
        low, high = PAY_BANDS[entity][old.role]
        amount = world.paid(
            person.number, Decimal(draw.randrange(low, high, 500)) * old.fte
        )
        person.pay.append(Pay(day, now, amount, ENTITY_CURRENCY[entity], "Annual"))
        world.at(day, _change_payroll, person, entity)


def _change_payroll(world: World, person: Person, entity: str) -> None:
    person.payroll_file = _payroll_file(world, entity, "Annual")
    touch(person, world.moment("payroll", person.number))


def _take_leave(world: World) -> None:
    """Record today's sickness and plan holidays weeks ahead."""
    for person in world.firm.people.values():
        if not person.in_hr or not world.is_here(person):
            continue
        chance = world.chance("leave", person.number)
        if chance < 0.018:
            _absent(world, person, world.today, "sick")
        elif chance < 0.043:
            draw = world.draw("leave", person.number)
            _plan_holiday(world, person, draw.choice((1, 2, 3, 5, 5, 10)))


def _plan_holiday(world: World, person: Person, days: int) -> None:
    """Request ``days`` working days off, three weeks from now."""
    day = on_weekday(world.today + timedelta(days=21))
    off = holiday_dates(ENTITY_COUNTRY[world.assignment(person).entity])
    for _ in range(days):
        if day not in off and (person.left is None or day <= person.left):
            _absent(world, person, day, "vacation")
        day = add_weekdays(day, 1)


def _absent(world: World, person: Person, day: date, kind: str) -> None:
    """Record a day's absence; holidays await approval for a few days."""
    if (person.number, day) in world.absent:
        return
    hours = (world.assignment(person).weekly_hours / 5).quantize(Decimal("0.01"))
    status = "Approved" if kind == "sick" else "Submitted"
    absence = Absence(
        id=hex_id(world.seed, "absence", person.number, day),
        day=day,
        hours=hours,
        kind=kind,
        status=status,
        updated_at=world.moment("absence", person.number),
    )
    person.absences.append(absence)
    world.absent[person.number, day] = 1.0
    if kind == "vacation":
        world.after(3, _approve_absence, absence)


def _approve_absence(world: World, absence: Absence) -> None:
    absence.status = "Approved"
    touch(absence, world.moment("approve", absence.id))
