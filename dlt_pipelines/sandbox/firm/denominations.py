"""The demo firm in currencies without decimals, or with three: the same business.

A cent of the firm is a yen of the firm in yen and a thousandth of a dinar of the one in
dinars, so every amount is the same number of minor units, rates of exchange stay, and
what is true of the one firm is true of the others.
"""

import dataclasses
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dlt_pipelines.sandbox.firm.model import BillRate, Firm

# The decimals that amounts have, where it is not two (ISO 4217).
DIGITS = {"JPY": 0, "KRW": 0, "ISK": 0, "BHD": 3, "KWD": 3, "JOD": 3}
MONEY = {
    "amount", "foreign_amount", "list_price", "total_price", "price", "cap_amount",
    "fee_ceiling", "expense_budget", "bill_rate", "hourly_rate", "debit", "credit",
    "foreign", "settles",
}  # fmt: skip
CURRENCY = {"currency", "foreign_currency", "base", "currency_code"}


@dataclass(frozen=True)
class Denomination:
    """What the firm's currencies are called, and the decimals they have."""

    currencies: dict[str, str]
    digits: int

    def amount(self, value: Decimal) -> Decimal:
        """An amount of the firm in cents, of the same number of minor units."""
        return value.scaleb(2 - self.digits).quantize(Decimal(1).scaleb(-self.digits))


DENOMINATIONS = {
    "cents": Denomination({}, 2),
    "yen": Denomination({"USD": "JPY", "GBP": "KRW", "EUR": "ISK"}, 0),
    "dinars": Denomination({"USD": "BHD", "GBP": "KWD", "EUR": "JOD"}, 3),
}


def digits_of(currency: str) -> int:
    """The decimals that amounts in a currency have."""
    return DIGITS.get(currency, 2)


def least_of(currency: str) -> Decimal:
    """The least amount of a currency."""
    return Decimal(1).scaleb(-digits_of(currency))


def redenominated(firm: Firm, name: str) -> Firm:
    """The firm's business in other currencies; ``cents`` is the firm as it is."""
    if name == "cents":
        return firm
    return _told(firm, DENOMINATIONS[name])


def _told(thing: Any, into: Denomination) -> Any:
    if isinstance(thing, dict):
        return {key: _told(value, into) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return type(thing)(_told(value, into) for value in thing)
    if not dataclasses.is_dataclass(thing) or isinstance(thing, type):
        return thing
    changes = {}
    for column in dataclasses.fields(thing):
        value = getattr(thing, column.name)
        is_money = column.name in MONEY or (
            isinstance(thing, BillRate) and column.name == "rate"
        )
        if column.name in CURRENCY:
            changes[column.name] = into.currencies.get(value, value)
        elif is_money and isinstance(
            value, dict
        ):  # what a payment settles, by document
            changes[column.name] = {key: into.amount(v) for key, v in value.items()}
        elif is_money and value is not None:
            changes[column.name] = into.amount(value)
        elif isinstance(value, dict | list | tuple) or dataclasses.is_dataclass(value):
            changes[column.name] = _told(value, into)
    return dataclasses.replace(thing, **changes) if changes else thing
