"""The truth's contracts: what was promised, at what price, and what changed of it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from dlt_pipelines.sandbox.firm.costing import Fx, cents, spread
from dlt_pipelines.sandbox.firm.model import Firm, Opportunity, Project
from dlt_pipelines.sandbox.firm.policies import (
    ENTITY_REVENUE_METHODS,
    PROJECT_REVENUE_METHODS,
    REVENUE_METHODS,
)

SOLD_BY_TIME = (
    "time_and_materials",
    "time_and_materials_capped",
    "cost_plus",
    "straight_line",
    "none",
)


def _is_complete(changes: list, day: date) -> bool:
    past = [state for state, when in changes if when.date() <= day]
    return bool(past) and past[-1] == "completed"


@dataclass(frozen=True)
class Modification:
    """A change of price, cap or end from a day on; amounts in contract cents."""

    effective: date
    price_change: int
    cap_change: int
    end: date | None
    treatment: str  # catch_up | prospective
    number: str


@dataclass
class Obligation:
    """A performance obligation; amounts in cents of the contract currency."""

    project: Project
    code: str
    contract_type: str
    method: str
    treatment: str
    price: int | None
    terms: Opportunity | None  # None: nobody sold it
    start: date | None
    end: date | None
    included_minutes: int | None
    is_first: bool
    modifications: list[Modification] = field(default_factory=list)

    def price_on(self, day: date) -> int:
        """The transaction price in force."""
        return self.price + sum(m.price_change for m in self._in_force(day))

    def cap_on(self, day: date) -> int:
        """The cap in force."""
        own = cents(self.terms.cap_amount)
        return own + sum(m.cap_change for m in self._in_force(day))

    def end_on(self, day: date) -> date:
        """The last day of service in force."""
        ends = [m for m in self._in_force(day) if m.end is not None]
        if not ends:
            return self.end
        return max(ends, key=lambda m: (m.effective, m.number)).end

    def segments(self, after: date | None, until: date) -> list[date]:
        """The days on which prospective modifications begin to hold, in order."""
        days = {
            m.effective for m in self._in_force(until) if m.treatment == "prospective"
        }
        return sorted(day for day in days if after is None or day > after)

    def _in_force(self, day: date) -> list[Modification]:
        return [m for m in self.modifications if m.effective <= day]


class Contracts:
    """The obligations of every project, and which of them work belongs to."""

    def __init__(self, firm: Firm):
        self.firm = firm
        self.fx = Fx(firm.fx_rates)
        self.by_project = {
            code: _obligations(firm, project) for code, project in firm.projects.items()
        }
        for deal in firm.opportunities.values():
            if deal.amends and deal.stage == "Closed Won":
                code = firm.opportunities[deal.amends].project_code
                self._modify(code, deal)

    def of(self, code: str) -> list[Obligation]:
        """A project's obligations, in the order of their codes."""
        return self.by_project[code]

    def of_task(self, code: str, task: str | None) -> str:
        """The obligation that work on a task belongs to."""
        marked = self.firm.tasks[task].obligation if task else None
        known = [o.code for o in self.of(code)]
        return marked if marked in known else known[0]

    def of_plan(self, code: str, day: date) -> str:
        """The obligation in service on a day: the first of several or of none."""
        served = [o.code for o in self.of(code) if o.start and o.start <= day <= o.end]
        return served[0] if served else self.of(code)[0].code

    def is_finished(self, code: str, obligation: str, day: date) -> bool:
        """Whether nothing is left to do of an obligation at the end of a day.

        What is sold by time is over with its service; a result once the customer has
        accepted it, or milestones that come to its price.
        """
        [one] = [each for each in self.of(code) if each.code == obligation]
        by_time = one.method in SOLD_BY_TIME or one.included_minutes is not None
        if by_time and one.end is not None and day >= one.end_on(day):
            return True
        billed = {m.task for m in self.firm.milestones.values()}
        tasks = [
            task
            for task in self.firm.tasks.values()
            if task.project == code
            and task.kind == "milestone"
            and task.deleted_at is None
            and self.of_task(code, task.id) == obligation
        ]
        acceptances = [task.changes for task in tasks if task.id not in billed]
        if acceptances and all(_is_complete(each, day) for each in acceptances):
            return True
        own = {task.id for task in tasks}
        accepted = sum(
            cents(milestone.amount) * (1 if is_accepted else -1)
            for milestone in self.firm.milestones.values()
            if milestone.task in own
            for when, is_accepted in milestone.acceptances
            if when <= day
        )
        return one.price is not None and 0 < one.price_on(day) <= accepted

    def _modify(self, code: str, deal: Opportunity) -> None:
        """Take in a change, in another currency at the rate of the day it counts."""
        if code not in self.by_project:
            return
        first, signed = self.of(code)[0], deal.effective_date
        pair = (deal.currency, first.project.currency, signed)
        first.modifications.append(
            Modification(
                signed,
                self.fx.convert(cents(deal.amount), *pair),
                self.fx.convert(cents(deal.cap_amount or Decimal(0)), *pair),
                deal.service_end,
                deal.treatment or first.treatment,
                deal.salesforce_id,
            )
        )


def _obligations(firm: Firm, project: Project) -> list[Obligation]:
    terms = firm.opportunities[project.opportunity] if project.opportunity else None
    if terms is None:
        return [_obligation(project, None, "01", "non_billable", None, True)]
    if not terms.lines:
        price = cents(terms.amount)
        return [_obligation(project, terms, "01", terms.contract_type, price, True)]
    alone = [(cents(line.list_price), line.obligation) for line in terms.lines]
    prices = spread(cents(terms.amount), alone)
    found = []
    for place, line in enumerate(sorted(terms.lines, key=lambda line: line.obligation)):
        code = line.obligation
        kind, price = line.contract_type, prices[code]
        obligation = _obligation(project, terms, code, kind, price, place == 0)
        obligation.start, obligation.end = line.service_start, line.service_end
        if line.included_hours is not None:
            obligation.included_minutes = int(line.included_hours * 60)
        found.append(obligation)
    return found


def _obligation(
    project: Project,
    terms: Opportunity | None,
    code: str,
    kind: str,
    price: int | None,
    is_first: bool,
) -> Obligation:
    method, treatment = (
        PROJECT_REVENUE_METHODS.get((project.code, code))
        or ENTITY_REVENUE_METHODS.get((project.entity, kind))
        or REVENUE_METHODS[kind]
    )
    return Obligation(
        project,
        code,
        kind,
        method,
        treatment,
        price,
        terms,
        terms.service_start if terms else None,
        terms.service_end if terms else None,
        None,
        is_first,
    )
