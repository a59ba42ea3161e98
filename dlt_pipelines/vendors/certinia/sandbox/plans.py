"""The firm's plans as assignments with schedules, and its standard rates as rate cards.

What is planned for a person on a project and month is an assignment with a schedule: a
week's pattern, and where the pattern is even over the days that the person works an
exception for each public holiday. An assignment's dates and hours are formulas over its
schedule, so a change of plan moves the schedule's stamp and not the assignment's.
"""

from datetime import date, timedelta
from decimal import Decimal

from dlt_pipelines.sandbox.firm.calendars import DAY, at, holiday_dates
from dlt_pipelines.sandbox.firm.model import Allocation, Firm, Person
from dlt_pipelines.sandbox.firm.policies import ENTITY_COUNTRY
from dlt_pipelines.vendors.certinia.sandbox.records import Row, id_of, kept
from dlt_pipelines.vendors.certinia.sandbox.timecards import DAYS, Timecard, hours

WEEKDAYS = DAYS[:5]


def role_on(person: Person, day: date) -> str | None:
    """A person's role on a day; before the first one, the first."""
    held = [a for a in person.assignments if a.effective_date <= day]
    latest = max(held, key=lambda a: (a.effective_date, a.entered_at), default=None)
    if latest is None and person.assignments:
        latest = person.assignments[0]
    return latest.role if latest else None


class Seats:
    """Which assignment a timecard was entered under."""

    def __init__(self, firm: Firm) -> None:
        """Look plans up in ``firm`` as it is now."""
        self.firm = firm
        self.planned: dict[tuple[str, str], list[Allocation]] = {}
        for allocation in firm.allocations.values():
            seat = (allocation.project, allocation.person)
            self.planned.setdefault(seat, []).append(allocation)

    def of(self, card: Timecard) -> str | None:
        """The assignment's id; None where time needs none.

        A person who has had one role only is put on the firm's own projects by nobody.
        """
        first = card.first
        person = self.firm.people[first.person]
        planned = self.planned.get((first.project, first.person), [])
        for allocation in planned:
            covers = allocation.start <= first.day <= allocation.end
            if covers and role_on(person, allocation.start) == first.role:
                return id_of("assignment", allocation.id)
        if not planned and {a.role for a in person.assignments} == {first.role}:
            return None
        return standing_id(first.project, first.person, first.role)


def assignments(firm: Firm, cards: list[Timecard]) -> list[Row]:
    """Everybody's assignments: the planned ones, and those of time without a plan."""
    rows = [_planned(firm, allocation) for allocation in firm.allocations.values()]
    seats, standing = Seats(firm), {}
    for card in cards:
        first = card.first
        id_ = standing_id(first.project, first.person, first.role)
        if id_ not in standing and seats.of(card) == id_:
            row = _assignment(
                firm, id_, first.project, first.person, first.role, schedule=None
            )
            created = card.made[0]
            standing[id_] = {
                **row,
                "pse__Status__c": "Closed",
                **kept(created, created),
            }
    return rows + list(standing.values())


def standing_id(project: str, person: str, role: str) -> str:
    """The id of an assignment without a plan."""
    return id_of("assignment", project, person, role)


def _planned(firm: Firm, allocation: Allocation) -> Row:
    id_ = id_of("assignment", allocation.id)
    role = role_on(firm.people[allocation.person], allocation.start)
    schedule = id_of("schedule", allocation.id)
    row = _assignment(firm, id_, allocation.project, allocation.person, role, schedule)
    planned = hours(allocation.minutes)
    formulas = {
        "pse__Start_Date__c": allocation.start,
        "pse__End_Date__c": allocation.end,
        "pse__Scheduled_Hours__c": planned,
    }
    return {**row, **formulas, **kept(allocation.created_at, allocation.created_at)}


def _assignment(
    firm: Firm,
    id_: str,
    project: str,
    person: str,
    role: str | None,
    schedule: str | None,
) -> Row:
    return {
        "Id": id_,
        "Name": f"{person} on {project}",
        "pse__Project__c": id_of("project", project),
        "pse__Resource__c": id_of("contact", person),
        "pse__Schedule__c": schedule,
        "pse__Role__c": role,
        "pse__Status__c": "Scheduled",
        "pse__Is_Billable__c": firm.projects[project].contract_type != "non_billable",
        "pse__Start_Date__c": None,
        "pse__End_Date__c": None,
        "pse__Scheduled_Hours__c": None,
    }


def schedules(firm: Firm) -> list[Row]:
    """A schedule for each planned assignment."""
    return [_schedule(firm, allocation) for allocation in firm.allocations.values()]


def _schedule(firm: Firm, allocation: Allocation) -> Row:
    pattern = dict.fromkeys(DAYS, Decimal(0))
    working = working_days(firm, allocation)
    if working:
        each = (Decimal(allocation.minutes) / 60 / len(working)).quantize(
            Decimal("0.01")
        )
        pattern |= dict.fromkeys(WEEKDAYS, each)
    return {
        "Id": id_of("schedule", allocation.id),
        "Name": f"Schedule {allocation.id}",
        "pse__Start_Date__c": allocation.start,
        "pse__End_Date__c": allocation.end,
        **{f"pse__{day}_Hours__c": pattern[day] for day in DAYS},
        "pse__Scheduled_Hours__c": hours(allocation.minutes),
        "pse__Scheduled_Days__c": Decimal(len(working)),
        **kept(allocation.created_at, allocation.updated_at),
    }


def schedule_exceptions(firm: Firm) -> list[Row]:
    """No hours on public holidays, where the plan is the same on each working day."""
    return [
        {
            "Id": id_of("exception", allocation.id, day),
            "Name": f"Holiday {day}",
            "pse__Schedule__c": id_of("schedule", allocation.id),
            "pse__Date__c": day,
            "pse__End_Date__c": None if day.day % 2 else day,
            "pse__Exception_Hours__c": Decimal(0),
            **{f"pse__{name}_Hours__c": None for name in DAYS},
            **kept(allocation.created_at, allocation.updated_at, not is_even),
        }
        for allocation in firm.allocations.values()
        for is_even in [_is_even(firm, allocation)]
        for day in _holidays(firm, allocation)
    ]


def holidays_kept(firm: Firm, allocation: Allocation) -> list[date]:
    """The public holidays that a plan states as exceptions."""
    return _holidays(firm, allocation) if _is_even(firm, allocation) else []


def _is_even(firm: Firm, allocation: Allocation) -> bool:
    """Whether a plan is worth the same in parts as whole.

    Each working day has as many whole minutes, the person stays as they are and is paid
    in the currency of the project's books: a part is translated at its first day.
    """
    person, working = firm.people[allocation.person], working_days(firm, allocation)
    changes = [held.effective_date for held in person.assignments]
    changes += [held.effective_date for held in person.pay]
    moves = any(allocation.start < day <= allocation.end for day in changes)
    here = person.hired <= allocation.start
    books = {firm.projects[allocation.project].entity}
    books |= {held.entity for held in person.assignments}
    is_even = bool(working) and allocation.minutes % len(working) == 0
    return (
        is_even
        and here
        and not moves
        and len({firm.entities[entity].currency for entity in books}) == 1
    )


def working_days(firm: Firm, allocation: Allocation) -> list[date]:
    """The days that a plan has hours on."""
    off = _off(firm, allocation)
    return [d for d in _days(allocation) if d.weekday() < 5 and d not in off]


def _holidays(firm: Firm, allocation: Allocation) -> list[date]:
    off = _off(firm, allocation)
    return [d for d in _days(allocation) if d.weekday() < 5 and d in off]


def _days(allocation: Allocation) -> list[date]:
    span = (allocation.end - allocation.start).days + 1
    return [allocation.start + timedelta(days=more) for more in range(span)]


def _off(firm: Firm, allocation: Allocation) -> frozenset[date]:
    placed = firm.people[allocation.person].assignments
    held = [a for a in placed if a.effective_date <= allocation.start] or placed[:1]
    return holiday_dates(ENTITY_COUNTRY[held[-1].entity]) if held else frozenset()


def rate_card_sets(firm: Firm) -> list[Row]:
    """A set for each currency, and one that a single customer agreed to."""
    start = at(firm.start, 0)
    currencies = sorted({rate.currency for rate in firm.bill_rates})
    return [
        {
            "Id": id_of("set", currency),
            "Name": f"Standard rates ({currency})",
            **kept(start, start),
        }
        for currency in currencies
    ]


def rate_cards(firm: Firm) -> list[Row]:
    """A card for each role and range of days; one more for a customer of its own."""
    cards = []
    for rate in firm.bill_rates:
        later = [
            other.effective_date
            for other in firm.bill_rates
            if (other.role, other.currency) == (rate.role, rate.currency)
            and other.effective_date > rate.effective_date
        ]
        cards.append(
            {
                "Id": id_of("rate card", rate.role, rate.currency, rate.effective_date),
                "Name": f"RC {rate.role} {rate.currency}",
                "pse__Account__c": None,
                "pse__Region__c": None,
                "pse__Practice__c": None,
                "pse__Group__c": None,
                "pse__Role__c": rate.role,
                "pse__Start_Date__c": rate.effective_date,
                "pse__End_Date__c": min(later) - DAY if later else None,
                "CurrencyIsoCode": rate.currency,
                "pse__Suggested_Bill_Rate__c": rate.rate,
                **kept(at(firm.start, 0), at(firm.start, 0)),
            }
        )
    customer = min(firm.customers.values(), key=lambda c: c.number, default=None)
    if customer and cards:
        agreed = {
            "Id": id_of("rate card", "agreed", customer.number),
            "pse__Account__c": customer.salesforce_id,
            "pse__Suggested_Bill_Rate__c": Decimal("99.5"),
        }
        cards.append(cards[0] | agreed)
    return cards


def rate_card_set_members(firm: Firm) -> list[Row]:
    """Each card is in the set of its currency."""
    return [
        {
            "Id": id_of("member", card["Id"]),
            "pse__Rate_Card_Set__c": id_of("set", card["CurrencyIsoCode"]),
            "pse__Rate_Card__c": card["Id"],
            **kept(card["CreatedDate"], card["SystemModstamp"]),
        }
        for card in rate_cards(firm)
    ]
