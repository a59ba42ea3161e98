"""Currencies and the decimals that amounts in them have, as ISO 4217 says.

``seeds/currencies.csv`` is the list; no firm decides about it.
"""

import csv
from decimal import Decimal
from functools import cache

CENTS = 2  # decimals of an amount whose currency nobody knows, as the models have it


@cache
def minor_unit_digits() -> dict[str, int]:
    """The decimals of an amount by the currency's code: 2, in yen 0, in dinars 3."""
    # Not at the top: settings read policies, which read this.
    from dlt_pipelines.core.settings import ROOT

    with (ROOT / "seeds" / "currencies.csv").open(encoding="utf-8") as file:
        return {
            row["currency_code"]: int(row["minor_unit_digits"])
            for row in csv.DictReader(file)
        }


def minor_unit(currency_code: str | None) -> Decimal:
    """The least amount of a currency: 0.01, in yen 1, in dinars 0.001."""
    return Decimal(1).scaleb(-digits(currency_code))


def written(amount: Decimal, currency_code: str | None) -> str:
    """An amount with the decimals of its currency: 1,234.50, in yen 1,234."""
    return f"{amount:,.{digits(currency_code)}f}"


def with_code(amount: Decimal, currency_code: str | None) -> str:
    """An amount and its currency: 1,234.50 USD, 1,234 JPY."""
    return f"{written(amount, currency_code)} {currency_code}"


def plain(amount: Decimal, currency_code: str | None) -> str:
    """An amount for another program: 1234.50, in yen 1234."""
    return f"{amount:.{digits(currency_code)}f}"


def digits(currency_code: str | None) -> int:
    """The decimals of an amount; 2 where the currency is none that ISO 4217 lists."""
    return minor_unit_digits().get(currency_code or "", CENTS)
