"""The truth's balances: WIP in three currencies, forecasts and backlog, by month.

All amounts are whole cents.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from dlt_pipelines.sandbox.firm.costing import Fx, half_up, scaled
from dlt_pipelines.sandbox.firm.policies import UNBILLED_IS_MONETARY
from tests.truth.facts.books import Books, Facts
from tests.truth.facts.contracts import Obligation
from tests.truth.facts.plans import UNIT
from tests.truth.facts.revenue import Earned, Position
from tests.truth.periods import month_end, month_of

REPORTING = "USD"
_FX = 10**8
AGES = (30, 60, 90)


class PeriodRates:
    """Average and closing rates by month, in 10⁻⁸."""

    def __init__(self, fx: Fx, as_of: date):
        self._fx = fx
        self._as_of = as_of
        self._averages: dict[tuple[str, str, date], int] = {}

    def average(self, amount: int, currency: str, to: str, month: date) -> int:
        """Return round2(amount × the mean of the rates of the month's days)."""
        if currency == to:
            return amount
        key = (currency, to, month)
        if key not in self._averages:
            last = self._last(month)
            days = [month + timedelta(days=n) for n in range((last - month).days + 1)]
            rates = [scaled(self._fx.rate(currency, to, day), _FX) for day in days]
            self._averages[key] = half_up(sum(rates), len(days))
        return half_up(amount * self._averages[key], _FX)

    def closing(self, amount: int, currency: str, to: str, month: date) -> int:
        """Return round2(amount × the rate of the month's last day)."""
        return self._fx.convert(amount, currency, to, self._last(month))

    def _last(self, month: date) -> date:
        return self._as_of if month == month_of(self._as_of) else month_end(month)


@dataclass(frozen=True)
class Balance:
    """A contract's balance at a month's end and how it got there."""

    opening: int
    earned: int
    written_off: int
    billed: int
    fx: int
    closing: int
    booked: int  # the closing at what it was booked at, before any revaluation
    contract_closing: int
    reporting_closing: int
    translation_adjustment: int
    ages: tuple[int, int, int, int]  # contract cents: 0–30, 31–60, 61–90, older


class Roll:
    """Rolls a project's balance forward, month by month."""

    def __init__(self, books: Books, rates: PeriodRates, code: str):
        self.books = books
        self.rates = rates
        project = books.firm.projects[code]
        self.contract, self.own = project.currency, books.currency(code)
        self.is_monetary = UNBILLED_IS_MONETARY[project.entity]
        self.days: list[tuple[date, int]] = []  # gross earnings, contract cents
        self.closing = self.reporting = 0
        self.in_contract = 0
        self.net = [0, 0]  # earned less let off to date: contract, functional
        self.billed = [0, 0]

    def month(
        self,
        month: date,
        flows: Facts,
        gross: dict[date, int],
        reported: tuple[int, int, int],
    ) -> Balance:
        """Take in a month: its flows in both currencies, gross earnings by day in
        contract cents, and (earned, let off, billed) as reported."""
        self.days += sorted((day, part) for day, part in gross.items() if part > 0)
        self.net[0] += flows["contract earned"] - flows["contract let off"]
        self.net[1] += flows["earned"] - flows["let off"]
        self.billed[0] += flows["contract billed"]
        self.billed[1] += flows["billed"]
        self.in_contract = self.net[0] - self.billed[0]
        opening, was_reported = self.closing, self.reporting
        self.closing = self._valued(month)
        flow = flows["earned"] - flows["let off"] - flows["billed"]
        fx = self.closing - opening - flow
        rates = self.rates
        self.reporting = rates.closing(self.closing, self.own, REPORTING, month)
        moved = reported[0] - reported[1] - reported[2]
        moved += rates.average(fx, self.own, REPORTING, month)
        return Balance(
            opening,
            flows["earned"],
            flows["let off"],
            flows["billed"],
            fx,
            self.closing,
            self._booked(),
            self.in_contract,
            self.reporting,
            self.reporting - was_reported - moved,
            self._ages(month),
        )

    def _valued(self, month: date) -> int:
        """An asset at the closing rate, or at what it was earned for; a liability at
        what it was billed for."""
        left = self.in_contract
        if left > 0 and self.is_monetary:
            return self.rates.closing(left, self.contract, self.own, month)
        return self._booked()

    def _booked(self) -> int:
        """Worth what made it: earnings an asset, billings a liability; where there are
        none of these, what was taken back of the other."""
        left = self.in_contract
        if self.contract == self.own or not left:
            return left
        sides = (self.net, self.billed) if left > 0 else (self.billed, self.net)
        held = sides[0] if sides[0][0] > 0 else sides[1]
        return half_up_signed(left * held[1], held[0])

    def _ages(self, month: date) -> tuple[int, int, int, int]:
        left, day = max(self.in_contract, 0), self.books.measured_to(month)
        within = [
            min(left, sum(part for when, part in self.days if (day - when).days <= age))
            for age in AGES
        ]
        parts = [within[0], within[1] - within[0], within[2] - within[1]]
        return (*parts, left - within[2])


def half_up_signed(numerator: int, denominator: int) -> int:
    """Return numerator ÷ denominator of any sign, rounded half away from zero."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    return half_up(numerator, denominator)


@dataclass(frozen=True)
class Forecast:
    """A project's estimates at a month's end, in functional cents."""

    etc: int
    eac: int
    bac: int
    eac_cpi: int | None
    eac_cpi_spi: int | None
    backlog: int | None


def forecast(positions: list[Position], backlogs: list[int]) -> Forecast:
    """Return the estimates of a project from its obligations' positions.

    EV = BAC × approved ÷ (approved + scheduled); PV = BAC × planned labour to date ÷
    planned labour; BAC ÷ CPI; cost + (BAC − EV) ÷ (CPI × SPI). Nothing is rounded
    before the end.
    """
    names = "cost etc minutes scheduled planned planned_to_date ordered budget"
    total = {
        name: sum(getattr(position, name) for position in positions)
        for name in names.split()
    }
    cost, bac = total["cost"], total["planned"] + total["ordered"] + total["budget"]
    worked = total["minutes"] * UNIT
    value = _share(bac, worked, worked + total["scheduled"])
    plan = _share(bac, total["planned_to_date"], total["planned"])
    cpi = None if value is None or not cost else value / cost
    spi = None if value is None or not plan else value / plan
    combined = None
    if cpi and spi:
        combined = cost + _whole((bac - value) / (cpi * spi))
    return Forecast(
        total["etc"],
        cost + total["etc"],
        bac,
        _whole(bac / cpi) if cpi else None,
        combined,
        sum(backlogs) if backlogs else None,
    )


def _share(amount: int, part: int, whole: int) -> Fraction | None:
    return Fraction(amount * part, whole) if whole else None


def _whole(amount: Fraction) -> int:
    return half_up_signed(amount.numerator, amount.denominator)


def backlog(
    books: Books, obligation: Obligation, revenue: Earned, month: date
) -> int | None:
    """Return signed less recognised, in functional cents at the month's end."""
    if obligation.method == "none":
        return None
    day = books.measured_to(month)
    is_capped = obligation.method == "time_and_materials_capped"
    signed = (obligation.cap_on if is_capped else obligation.price_on)(day)
    done = sum(
        part for when, part in revenue.of_price.items() if month_of(when) <= month
    )
    left = max(signed - done, 0)
    code, currency = obligation.project.code, obligation.project.currency
    return books.to_functional(code, left, currency, day)
