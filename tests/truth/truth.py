"""The truth: the firm's economics and its systems' differences, in plain Python.

It reads the simulation's objects and the constants of ``policies``; it shares no code
with the SQL and reads no seed. All money is whole cents until the end.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from decimal import Decimal
from pathlib import Path

from dlt_pipelines.sandbox.firm.calendars import monday_of
from dlt_pipelines.sandbox.firm.costing import money
from dlt_pipelines.sandbox.firm.model import Fault, Firm, Situation
from tests.truth.controls import differences
from tests.truth.facts.books import Books, Facts
from tests.truth.facts.burden import Burden, BurdenPool
from tests.truth.facts.revenue import Earned, earned, loss_provisions, position
from tests.truth.figures.balances import (
    REPORTING,
    Balance,
    Forecast,
    PeriodRates,
    Roll,
    backlog,
    forecast,
)
from tests.truth.figures.closed_sums import ClosedSums
from tests.truth.figures.closing import (
    Closings,
    Corrections,
    Days,
    with_corrections,
)
from tests.truth.figures.currency import Revaluation, revaluations
from tests.truth.figures.exceptions import Exceptional, exceptions
from tests.truth.figures.group import (
    EntityMonth,
    Overheads,
    OverheadShare,
    entity_months,
    overhead_shares,
)
from tests.truth.figures.intercompany import (
    IntercompanyMonth,
    intercompany_months,
    legs,
    lent,
)
from tests.truth.figures.proposals import InvoiceProposal, proposals
from tests.truth.figures.realisation import (
    LockUp,
    Realisation,
    TimeToInvoice,
    lock_ups,
    realisations,
    times_to_invoice,
)
from tests.truth.figures.schedule import (
    MonthForecast,
    Plans,
    ProjectSchedule,
    ScheduledRevenue,
)
from tests.truth.figures.usage import Schedule, Usage, Utilisation, groups
from tests.truth.figures.waterfall import Waterfall, waterfalls
from tests.truth.periods import counted_by, month_of

COSTS = ("labour", "subcontractor", "expenses")
REPORTED = ("revenue", "let off", "billed", *COSTS, "provision")


@dataclass(frozen=True)
class ProjectMonth:
    """A project's month in the functional currency of its entity."""

    project_code: str
    period_month: date  # first day
    currency_code: str
    hours: Decimal  # approved, employees and contractors
    standard_value: Decimal
    labour_raw_provisional: Decimal
    labour_provisional: Decimal
    labour_raw_actual: Decimal  # gross pay of the entries payroll has landed for
    labour_actual: Decimal  # of the entries payroll has landed for
    burden_actualisation: Decimal
    labour_cost: Decimal  # actual where there is one, else provisional
    subcontractor: Decimal
    expenses: Decimal
    revenue: Decimal  # net of what was let off
    write_down: Decimal
    billed: Decimal
    loss_provision: Decimal  # the month's change
    provisional_cost: Decimal  # what payroll or a bill may still change
    margin: Decimal
    reporting_revenue: Decimal
    reporting_cost: Decimal
    reporting_margin: Decimal
    opening: Decimal
    earned: Decimal
    fx: Decimal
    closing: Decimal
    unbilled: Decimal  # at the month's end, ≥ 0
    deferred: Decimal  # at the month's end, ≥ 0
    contract_closing: Decimal
    translation_adjustment: Decimal
    reporting_closing: Decimal
    age_0_30: Decimal  # contract currency
    age_31_60: Decimal
    age_61_90: Decimal
    age_over_90: Decimal
    etc: Decimal
    eac: Decimal
    bac: Decimal
    eac_cpi: Decimal | None
    eac_cpi_spi: Decimal | None
    backlog: Decimal | None
    overhead: Decimal | None  # None until its entity has booked the month's
    contribution: Decimal | None


@dataclass(frozen=True)
class ProjectWeek:
    """A project's ISO week in the functional currency of its entity."""

    project_code: str
    week_start: date
    revenue: Decimal
    cost: Decimal
    margin: Decimal
    reporting_margin: Decimal


@dataclass
class Truth:
    """What is so, whatever the systems say.

    ``differences`` maps control → key → reason, before Tieout has posted anything;
    ``causes`` maps the same keys to why the systems differ: a lag or a fault's kind.
    """

    as_of: date
    project_months: list[ProjectMonth]
    project_weeks: list[ProjectWeek]
    faults: list[Fault]
    differences: dict[str, dict[str, str]]
    causes: dict[str, dict[str, str]] = field(default_factory=dict)
    revaluations: list[Revaluation] = field(default_factory=list)
    intercompany_months: list[IntercompanyMonth] = field(default_factory=list)
    overhead_shares: list[OverheadShare] = field(default_factory=list)
    entity_months: list[EntityMonth] = field(default_factory=list)
    revenue_schedule: list[ScheduledRevenue] = field(default_factory=list)
    month_forecasts: list[MonthForecast] = field(default_factory=list)
    invoice_proposals: list[InvoiceProposal] = field(default_factory=list)
    utilisation_weeks: list[Utilisation] = field(default_factory=list)  # of groups
    utilisation_months: list[Utilisation] = field(default_factory=list)  # of groups
    utilisation_people: list[Utilisation] = field(default_factory=list)  # by week
    schedules: list[Schedule] = field(default_factory=list)
    waterfalls: list[Waterfall] = field(default_factory=list)
    realisations: list[Realisation] = field(default_factory=list)
    times_to_invoice: list[TimeToInvoice] = field(default_factory=list)
    lock_ups: list[LockUp] = field(default_factory=list)
    burden_pools: list[BurdenPool] = field(default_factory=list)
    exceptions: list[Exceptional] = field(default_factory=list)
    situations: list[Situation] = field(default_factory=list)

    def to_json(self) -> str:
        """Return everything as JSON; amounts and dates are strings."""
        content = {each.name: getattr(self, each.name) for each in fields(self)}
        for name, rows in content.items():
            if isinstance(rows, list):
                content[name] = [asdict(row) for row in rows]
        return json.dumps(content, default=str, ensure_ascii=False, indent=1)

    def write(self, path: Path) -> None:
        """Write ``to_json`` to ``path``; folders must exist."""
        path.write_text(self.to_json() + "\n", encoding="utf-8")


def truth(
    firm: Firm, earlier: Sequence[Firm] = (), published: Sequence[Firm] = ()
) -> Truth:
    """Return the truth about ``firm`` as of its clock's date, by its fiscal periods.

    ``earlier`` is the same firm as it was each time that it was landed before: what was
    planned then is what a month's estimate rests on. ``published`` are those of them
    that a snapshot was published of: what it showed of closed periods stays.
    """
    with counted_by(firm):
        closings, charges, usage = Closings(), ClosedSums(), ClosedSums()
        for before in published:
            landed = [other for other in earlier if other.clock < before.clock]
            books, projects, rates = _projects(Books(before, landed), closings)
            closings.close(books, projects)
            charges.close(legs(lent(books, rates)), books)
            usage.close(Usage(books).sums(month_of), books)
        return _counted(firm, earlier, closings, charges, usage)


def _projects(
    books: Books, closings: Closings
) -> tuple[Books, list["ProjectTruth"], PeriodRates]:
    rates = PeriodRates(books.fx, books.as_of)
    codes = sorted(books.firm.projects)
    return books, [ProjectTruth(books, rates, code, closings) for code in codes], rates


def _counted(
    firm: Firm,
    earlier: Sequence[Firm],
    closings: Closings,
    charges: ClosedSums,
    used: ClosedSums,
) -> Truth:
    books, projects, rates = _projects(Books(firm, earlier), closings)
    activity, balances = {}, {}
    for project in projects:
        for month in project.spine:
            activity[project.code, month] = project.activity[month]
            balances[project.code, month] = project.known_balances[month]
    shares = overhead_shares(books, activity)
    overheads = Overheads(books, shares)
    pairs = lent(books, rates)
    plans = Plans(books)
    schedules = [project.schedule(plans) for project in projects]
    found, causes = differences(firm, books)
    usage = Usage(books)
    months = [row for p in projects for row in p.months(overheads)]
    return Truth(
        as_of=books.as_of,
        project_months=months,
        project_weeks=[row for project in projects for row in project.weeks()],
        faults=list(firm.faults),
        differences=found,
        causes=causes,
        revaluations=revaluations(books, rates, balances),
        intercompany_months=intercompany_months(pairs),
        overhead_shares=shares,
        entity_months=entity_months(
            books, activity, charges.shown(legs(pairs), books.as_of)
        ),
        revenue_schedule=[row for p in schedules for row in p.revenue()],
        month_forecasts=[row for p in projects for row in p.month_forecasts(plans)],
        invoice_proposals=proposals(books, {p.code: p.revenues for p in projects}),
        utilisation_weeks=groups(usage.sums(monday_of)),
        utilisation_months=groups(used.shown(usage.sums(month_of), books.as_of)),
        utilisation_people=usage.people(),
        schedules=usage.scheduled(),
        waterfalls=waterfalls(books),
        realisations=realisations(books, months, activity),
        times_to_invoice=times_to_invoice(books, rates),
        lock_ups=lock_ups(books, months),
        burden_pools=Burden(books).pools(),
        exceptions=exceptions(books),
        situations=list(firm.situations),
    )


class ProjectTruth:
    """A project day by day: what it earned, cost, billed and was let off."""

    def __init__(self, books: Books, rates: PeriodRates, code: str, closings: Closings):
        self.books = books
        self.rates = rates
        self.code = code
        self.currency = books.currency(code)
        self.spine = books.months(code)
        self.obligations = books.contracts.of(code)
        self.revenues = {o.code: earned(books, o, self.spine) for o in self.obligations}
        self.days: dict[date, Facts] = defaultdict(lambda: defaultdict(int))
        for obligation in self.obligations:
            for day, facts in books.daily[code, obligation.code].items():
                for measure, amount in facts.items():
                    self.days[day][measure] += amount
            self._add_revenue(self.revenues[obligation.code])
        self._add_provisions()
        for day in list(self.days):
            facts = self.days[day]
            facts["revenue"] = facts["earned"] - facts["let off"]
            facts["cost"] = sum(facts[name] for name in COSTS)
            for name in REPORTED:
                facts[f"reported {name}"] = rates.average(
                    facts[name], self.currency, REPORTING, month_of(day)
                )
        self.known_balances = dict(self._rolled(self.days, {}))  # what is posted
        self.own_days, self.corrections = closings.shown(code, self.days, books.as_of)
        self.days = with_corrections(self.own_days, self.corrections)
        self.closed_forecasts = closings.forecasts
        self.activity = self._by_month(self.days)
        self.balances = dict(self._rolled(self.own_days, self.corrections))

    def _add_revenue(self, revenue: Earned) -> None:
        for day, amount in revenue.contract.items():
            self.days[day]["contract earned"] += amount
        for day, amount in revenue.functional.items():
            self.days[day]["earned"] += amount

    def _add_provisions(self) -> None:
        for obligation in self.obligations:
            revenue = self.revenues[obligation.code]
            held = loss_provisions(self.books, obligation, self.spine, revenue)
            before = 0
            for month in self.spine:
                day = self.books.measured_to(month)
                if held[month] != before:
                    self.days[day]["provision"] += held[month] - before
                before = held[month]

    def _by_month(self, days: Days) -> dict[date, Facts]:
        return {
            month: _summed(days, lambda day, month=month: month_of(day) == month)
            for month in self.spine
        }

    def weeks(self) -> list[ProjectWeek]:
        """The weeks with any activity."""
        found = []
        for week in sorted({monday_of(day) for day in self.days}):
            facts = _summed(self.days, lambda day, week=week: monday_of(day) == week)
            found.append(
                ProjectWeek(
                    self.code,
                    week,
                    money(facts["revenue"]),
                    money(facts["cost"]),
                    money(_margin(facts)),
                    money(_margin(facts, "reported ")),
                )
            )
        return found

    def months(self, overheads: Overheads) -> list[ProjectMonth]:
        """The months from the project's first to the as-of month."""
        return [
            self._month(month, self.forecast(month), overheads.of(self.code, month))
            for month in self.spine
        ]

    def _rolled(
        self, own: Days, corrections: Corrections
    ) -> Iterator[tuple[date, Balance]]:
        """The balance at each month's end."""
        roll = Roll(self.books, self.rates, self.code)
        days = with_corrections(own, corrections)
        for month, facts in self._by_month(days).items():
            corrected = corrections.get(month, {})  # as old as what it corrects
            gross = {
                day: facts["contract earned"]
                for day, facts in (*own.items(), *corrected.items())
                if month_of(day) == month or day in corrected
            }
            reported = (
                facts["reported revenue"] + facts["reported let off"],
                facts["reported let off"],
                facts["reported billed"],
            )
            yield month, roll.month(month, facts, gross, reported)

    def schedule(self, plans: Plans) -> ProjectSchedule:
        """What is still to be earned and spent."""
        project = self.books.firm.projects[self.code]
        return ProjectSchedule(self.books, plans, project, self.spine, self.revenues)

    def month_forecasts(self, plans: Plans) -> list[MonthForecast]:
        """The months from the as-of month on."""
        today = month_of(self.books.as_of)
        eac = self.forecast(today).eac if self.spine else None
        return self.schedule(plans).forecast(self.activity.get(today, {}), eac)

    def forecast(self, month: date) -> Forecast:
        """The estimates at a month's end, of a closed one as they were published."""
        if (self.code, month) in self.closed_forecasts:
            return self.closed_forecasts[self.code, month]
        positions = [position(self.books, o, month) for o in self.obligations]
        backlogs = [
            backlog(self.books, o, self.revenues[o.code], month)
            for o in self.obligations
        ]
        return forecast(positions, [left for left in backlogs if left is not None])

    def _month(
        self, month: date, estimate: Forecast, overhead: int | None
    ) -> ProjectMonth:
        facts, balance = self.activity[month], self.balances[month]
        return ProjectMonth(
            self.code,
            month,
            self.currency,
            (Decimal(facts["minutes"]) / 60).quantize(Decimal("0.01")),
            money(facts["standard"]),
            money(facts["raw provisional"]),
            money(facts["provisional"]),
            money(facts["raw actual"]),
            money(facts["actual"]),
            money(facts["actualisation"]),
            money(facts["labour"]),
            money(facts["subcontractor"]),
            money(facts["expenses"]),
            money(facts["revenue"]),
            money(facts["let off"]),
            money(facts["billed"]),
            money(facts["provision"]),
            money(facts["labour"] - facts["actual"] + facts["accrual"]),
            money(_margin(facts)),
            money(facts["reported revenue"]),
            money(sum(facts[f"reported {name}"] for name in COSTS)),
            money(_margin(facts, "reported ")),
            money(balance.opening),
            money(balance.earned),
            money(balance.fx),
            money(balance.closing),
            money(max(balance.closing, 0)),
            money(max(-balance.closing, 0)),
            money(balance.contract_closing),
            money(balance.translation_adjustment),
            money(balance.reporting_closing),
            *map(money, balance.ages),
            money(estimate.etc),
            money(estimate.eac),
            money(estimate.bac),
            _known(estimate.eac_cpi),
            _known(estimate.eac_cpi_spi),
            _known(estimate.backlog),
            _known(overhead),
            None if overhead is None else money(_margin(facts) - overhead),
        )


def _summed(days: Days, keep: Callable[[date], bool]) -> Facts:
    total: Facts = defaultdict(int)
    for day, facts in days.items():
        if keep(day):
            for measure, amount in facts.items():
                total[measure] += amount
    return total


def _margin(facts: Facts, prefix: str = "") -> int:
    cost = sum(facts[f"{prefix}{name}"] for name in COSTS)
    return facts[f"{prefix}revenue"] - cost - facts[f"{prefix}provision"]


def _known(amount: int | None) -> Decimal | None:
    return None if amount is None else money(amount)
