"""The running simulation: the firm, today's date, what is scheduled, who works where.

Everything here that the firm's systems do not hold (a deal's outcome, a project's
effort, a person's load) is hidden state of the simulation.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from dlt_pipelines.sandbox.firm.calendars import at
from dlt_pipelines.sandbox.firm.costing import Fx, assignment_on
from dlt_pipelines.sandbox.firm.faults import FaultPlanter
from dlt_pipelines.sandbox.firm.model import (
    Allocation,
    Assignment,
    ExpenseLine,
    Fault,
    Firm,
    JournalLine,
    LedgerTransaction,
    Person,
    PurchaseOrder,
    Task,
    TimeEntry,
)
from dlt_pipelines.sandbox.firm.policies import ENTITY_SHARES, FIRM
from dlt_pipelines.sandbox.firm.situations import Situations
from dlt_pipelines.sandbox.firm.streams import mixed, stream

Event = Callable[..., object]  # of the world and what it is about
Planned = tuple[Event, tuple[object, ...]]


class Changing(Protocol):
    """A record that says when it changed last."""

    updated_at: datetime


@dataclass(slots=True)
class ProjectPlan:
    """What management believes about a project and no system says."""

    months: int
    fte: float  # planned full-time equivalents
    discount: float  # off the standard rates
    effort: float  # hours needed ÷ hours planned
    tasks: list[Task] = field(default_factory=list)
    team: dict[str, float] = field(default_factory=dict)  # person → share of time
    acceptance: Task | None = None  # the customer's, of a fixed fee
    billed_cents: int = 0
    waived_cents: int = 0  # taken off the price and not yet off an invoice
    is_untold: bool = False  # planned, and no system says so
    is_kept: bool = True  # its manager moves what was not worked


class World:
    """A firm in motion: ``today`` moves on, scheduled events happen on their day."""

    def __init__(
        self,
        firm: Firm,
        with_faults: bool,
        pay: int = 0,
        calendar: str = "months",
        wild: bool = False,
        shares: tuple[tuple[str, int], ...] = ENTITY_SHARES[FIRM],
    ):
        self.firm = firm
        self.shares = shares  # of people, customers and deals by entity
        self.calendar = calendar  # the ERP's fiscal one
        self.pay = pay
        self.seed = firm.seed
        self.scale = firm.scale
        self.today: date = firm.start
        self.faults = FaultPlanter(firm, with_faults)
        self.situations = Situations(firm, wild)
        self.fx = Fx()
        self.agenda: dict[date, list[Planned]] = defaultdict(list)
        self.counters: dict[str, int] = {}
        self.plans: dict[str, ProjectPlan] = {}  # by project code
        self.load: dict[tuple[str, date], float] = defaultdict(float)
        self.staffed: dict[tuple[str, date], list[Allocation]] = defaultdict(list)
        # what is left of an allocation, planned for the month after
        self.moved: dict[str, Allocation] = {}
        self.idle: set[tuple[str, str, date]] = set()  # person, project, month
        self.internal: dict[str, list[str]] = defaultdict(list)  # codes by entity
        self.week: dict[str, list[TimeEntry]] = defaultdict(list)  # not yet submitted
        self.sheet_entries: dict[str, list[TimeEntry]] = {}
        self.worked: dict[tuple[str, date], list[TimeEntry]] = defaultdict(list)
        self.billable: dict[str, list[TimeEntry]] = defaultdict(list)
        self.recharges: dict[str, list[ExpenseLine]] = defaultdict(list)
        self.report_lines: dict[str, list[ExpenseLine]] = defaultdict(list)
        self.orders: dict[tuple[str, str], PurchaseOrder] = {}
        self.unsaid: set[str] = set()  # orders whose bills state no month
        self.held_back: dict[str, int] = {}  # minutes of an order not billed yet
        self.arrears: dict[str, int] = {}  # cents owed to a person for months past
        self.absent: dict[tuple[str, date], float] = {}
        self.journals: dict[tuple[str, date], list[JournalLine]] = {}
        # receivables in the ERP by invoice
        self.booked: dict[str, LedgerTransaction] = {}
        self.credits: dict[str, str] = {}  # the credit of an invoice or bill, by id
        self.payables: dict[str, LedgerTransaction] = {}  # in the ERP by bill
        self.walk: dict[str, float] = defaultdict(float)  # exchange rates' way so far
        self.unknown: dict[str, Fault] = {}  # people only payroll knows
        self.forgotten: dict[str, Fault] = {}  # milestones that nobody invoices
        self.assigned: dict[str, tuple[date, Assignment]] = {}

    def at(self, day: date, event: Event, *arguments: object) -> None:
        """Let ``event(world, *arguments)`` happen on ``day``, today at the earliest."""
        self.agenda[max(day, self.today)].append((event, arguments))

    def after(self, days: int, event: Event, *arguments: object) -> None:
        """Let ``event(world, *arguments)`` happen ``days`` days from now."""
        self.at(self.today + timedelta(days=days), event, *arguments)

    def happen(self) -> None:
        """Let today's scheduled events happen, those they cause today included."""
        events = self.agenda[self.today]
        for event, arguments in events:
            event(self, *arguments)
        del self.agenda[self.today]

    def count(self, kind: str, first: int = 1) -> int:
        """Return the next number of a kind of object."""
        value = self.counters.get(kind, first)
        self.counters[kind] = value + 1
        return value

    def draw(self, name: str, about: object = "") -> random.Random:
        """Return today's random stream of ``name`` about a record."""
        text = f"{self.today.toordinal()}|{name}|{about}"
        return random.Random(mixed(self.seed, text))

    def chance(self, name: str, about: object) -> float:
        """Return the first number of such a stream, 0 ≤ x < 1, at little cost."""
        text = f"{self.today.toordinal()}?{name}|{about}"
        return mixed(self.seed, text) / 2**32

    def fixed(self, *name: object) -> random.Random:
        """Return the random stream of ``name`` whatever the day."""
        return stream(self.seed, *name)

    def paid(self, number: str, amount: Decimal) -> Decimal:
        """Return what somebody gets for ``amount`` in this draw of pay: in the first
        the same, in any other more than a quarter more or less."""
        if not self.pay:
            return amount
        draw = self.fixed("paid", self.pay, number)
        less, more = draw.randrange(60, 72), draw.randrange(138, 160)
        return amount * draw.choice((less, more)) / 100

    def moment(
        self, name: str, about: object = "", first: int = 8, last: int = 18
    ) -> datetime:
        """Return a moment of today between two hours, always the same for a name."""
        text = f"{self.today.toordinal()}@{name}|{about}"
        minute = mixed(self.seed, text) % ((last - first) * 60)
        return at(self.today, first * 60 + minute)

    def assignment(self, person: Person) -> Assignment:
        """Return the person's assignment today (on the first day if not yet here)."""
        known = self.assigned.get(person.number)
        if known is None or known[0] != self.today:
            found = assignment_on(person, self.today) or person.assignments[0]
            known = self.assigned[person.number] = (self.today, found)
        return known[1]

    def is_here(self, person: Person) -> bool:
        """Say whether the person is employed or engaged today."""
        return person.hired <= self.today and (
            person.left is None or person.left >= self.today
        )


def touch(record: Changing, when: datetime) -> None:
    """Mark a record as changed; time never runs backwards."""
    record.updated_at = max(record.updated_at, when)
