"""What one legal entity of the firm charges another for its people's hours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from dlt_pipelines.sandbox.firm.costing import (
    CostRates,
    Fx,
    assignment_on,
    half_up,
    minutes_at_rate,
    scaled,
)
from dlt_pipelines.sandbox.firm.model import Firm, TimeEntry
from dlt_pipelines.sandbox.firm.policies import (
    ENTITY_CURRENCY,
    TRANSFER_PRICES,
    TRANSFER_RATES,
)

_SHARE = 10**6
Rate = TypeVar("Rate", Decimal, Decimal | None)


@dataclass(frozen=True)
class Charge:
    """An hour's price between two entities, in cents of the provider's currency."""

    provider: str
    receiver: str
    method: str
    cents: int


class TransferPrices:
    """Transfer prices by the policies of the firm."""

    def __init__(self, firm: Firm, rates: CostRates, fx: Fx):
        self.firm = firm
        self.rates = rates
        self.fx = fx
        self._standard = {
            (r.role, r.currency, r.effective_date): r.rate for r in firm.bill_rates
        }
        self._cards = sorted({r.effective_date for r in firm.bill_rates})

    def charge(self, entry: TimeEntry) -> Charge | None:
        """Return what an entry is charged at; None when it stays in one entity."""
        person = self.firm.people[entry.person]
        project = self.firm.projects[entry.project]
        place = assignment_on(person, entry.day)
        if person.is_contractor or place is None or place.entity == project.entity:
            return None
        provider, receiver = place.entity, project.entity
        prices = TRANSFER_PRICES.get((provider, receiver))
        method, rate = _on(prices or TRANSFER_PRICES[provider, "*"], entry.day)
        if rate is None:  # by the rate card
            currency, hourly = _on(TRANSFER_RATES[provider, place.grade], entry.day)
            value = minutes_at_rate(entry.minutes, hourly)
            own = ENTITY_CURRENCY[provider]
            amount = self.fx.convert(value, currency, own, entry.day)
        elif method == "cost_plus_percent":
            cost, _ = self.rates.provisional(entry.person, entry.day, entry.minutes)
            amount = half_up(cost * (_SHARE + scaled(rate, _SHARE)), _SHARE)
        else:
            value = self._value(entry, ENTITY_CURRENCY[provider])
            amount = half_up(value * scaled(rate, _SHARE), _SHARE)
        return Charge(provider, receiver, method, amount)

    def _value(self, entry: TimeEntry, currency: str) -> int:
        """What the entry bills, or would at the standard rate, in a currency."""
        project = self.firm.projects[entry.project]
        rate = entry.bill_rate if entry.is_billable else None
        if rate is None:
            since = max(day for day in self._cards if day <= entry.day)
            rate = self._standard[entry.role, project.currency, since]
        value = minutes_at_rate(entry.minutes, rate)
        return self.fx.convert(value, project.currency, currency, entry.day)


def _on(ranges: Iterable[tuple[str, Rate, date, date]], day: date) -> tuple[str, Rate]:
    """The first two members of the range a day lies in."""
    return next(row[:2] for row in ranges if row[2] <= day < row[3])
