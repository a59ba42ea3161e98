"""The truth's intercompany charges: one entity's people at work for another."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dlt_pipelines.sandbox.accounting.transfers import TransferPrices
from dlt_pipelines.sandbox.firm.costing import assignment_on, cents, money
from dlt_pipelines.sandbox.firm.model import Firm, TimeEntry
from dlt_pipelines.sandbox.firm.policies import DUE_FROM, DUE_TO, ENTITY_CURRENCY
from tests.truth.facts.books import Books, Facts
from tests.truth.figures.balances import REPORTING, PeriodRates
from tests.truth.periods import month_of

Pair = tuple[str, str, date]  # provider, receiver, month
_COUNTERPARTIES = {
    account: (side, code)
    for side, accounts in (("from", DUE_FROM), ("to", DUE_TO))
    for code, account in accounts.items()
}


@dataclass
class Lent:
    """A pair's month in cents: of the provider's currency, the receiver's, reported."""

    minutes: int = 0
    charge: int = 0
    cost: int = 0
    receiver_charge: int = 0
    receiver_cost: int = 0
    reporting_charge: int = 0
    reporting_cost: int = 0


@dataclass(frozen=True)
class IntercompanyMonth:
    """What a provider charges a receiver for a month, and what its people cost."""

    provider_entity_code: str
    receiver_entity_code: str
    period_month: date
    currency_code: str  # the provider's
    hours: Decimal
    charge: Decimal
    cost: Decimal
    receiver_charge: Decimal  # in the receiver's currency, at the closing rate
    receiver_cost: Decimal  # as its projects bear it
    reporting_charge: Decimal  # the same for both, at the average rate
    reporting_cost: Decimal


def lent(books: Books, rates: PeriodRates) -> dict[Pair, Lent]:
    """Return what every pair's months come to."""
    found: dict[Pair, Lent] = defaultdict(Lent)
    prices = TransferPrices(books.firm, books.rates, books.fx)
    for entry in books.approved:
        charge = prices.charge(entry)
        if charge is None:
            continue
        pair = found[charge.provider, charge.receiver, month_of(entry.day)]
        own, theirs = _cost(books, entry)
        pair.minutes += entry.minutes
        pair.charge += charge.cents
        pair.cost += own
        pair.receiver_cost += theirs
    for (provider, receiver, month), pair in found.items():
        own, theirs = ENTITY_CURRENCY[provider], ENTITY_CURRENCY[receiver]
        pair.receiver_charge = rates.closing(pair.charge, own, theirs, month)
        pair.reporting_charge = rates.average(pair.charge, own, REPORTING, month)
        pair.reporting_cost = rates.average(
            pair.receiver_cost, theirs, REPORTING, month
        )
    return found


def _cost(books: Books, entry: TimeEntry) -> tuple[int, int]:
    """Return what an entry costs at home, and in its project's currency."""
    place = assignment_on(books.firm.people[entry.person], entry.day)
    currency = ENTITY_CURRENCY[place.entity]
    parts = [books.rates.provisional(entry.person, entry.day, entry.minutes)[0]]
    if entry.id in books.shares.entries:
        known, _ = books.rates.borne(entry.person, entry.day, entry.minutes)
        parts = [books.shares.entries[entry.id], known]
    theirs = [
        books.to_functional(entry.project, part, currency, entry.day) for part in parts
    ]
    return sum(parts), sum(theirs)


def legs(found: dict[Pair, Lent]) -> dict[tuple[tuple[str, str, str], date], Facts]:
    """Each side of the pairs' months in cents: by leg, entity and counterpart."""
    sides = {}
    for (provider, receiver, month), pair in found.items():
        reported = {
            "reported charge": pair.reporting_charge,
            "reported cost": pair.reporting_cost,
        }
        sides[("provided", provider, receiver), month] = {
            "charge": pair.charge,
            "cost": pair.cost,
            **reported,
        }
        sides[("received", receiver, provider), month] = {
            "charge": pair.receiver_charge,
            "cost": pair.receiver_cost,
            **reported,
        }
    return sides


def intercompany_months(found: dict[Pair, Lent]) -> list[IntercompanyMonth]:
    """Return the pairs' months as rows."""
    return [
        IntercompanyMonth(
            provider,
            receiver,
            month,
            ENTITY_CURRENCY[provider],
            (Decimal(pair.minutes) / 60).quantize(Decimal("0.01")),
            money(pair.charge),
            money(pair.cost),
            money(pair.receiver_charge),
            money(pair.receiver_cost),
            money(pair.reporting_charge),
            money(pair.reporting_cost),
        )
        for (provider, receiver, month), pair in sorted(found.items())
    ]


def booked(firm: Firm) -> tuple[dict[str, int], dict[str, int]]:
    """Return what providers' books say is due from receivers, and receivers' books due
    to providers, by pair and month of posting, in cents of the provider's currency."""
    due: dict[str, dict[str, int]] = {"from": {}, "to": {}}
    for posted in firm.ledger.values():
        month = firm.periods[posted.period].start
        for line in posted.lines:
            if line.account not in _COUNTERPARTIES:
                continue
            side, other = _COUNTERPARTIES[line.account]
            pair = (posted.entity, other) if side == "from" else (other, posted.entity)
            amount = cents(line.foreign) * (1 if line.debit else -1)
            key = pair_key(*pair, month)
            sign = 1 if side == "from" else -1
            due[side][key] = due[side].get(key, 0) + sign * amount
    return due["from"], due["to"]


def pair_key(provider: str, receiver: str, month: date) -> str:
    """Return how a control names a pair's month."""
    return f"{provider}>{receiver}|{month.isoformat()}"
