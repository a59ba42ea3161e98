"""What is true of a firm in yen or dinars, from the same business in cents."""

import dataclasses
from typing import Any

from dlt_pipelines.sandbox.firm.costing import denominated
from dlt_pipelines.sandbox.firm.denominations import DENOMINATIONS
from dlt_pipelines.sandbox.firm.model import Firm
from tests.truth.truth import Truth, truth


def truth_in(firm: Firm, name: str) -> Truth:
    """The truth of a firm in cents, told as that of the firm in yen or dinars."""
    into = DENOMINATIONS[name]
    with denominated(into.digits):
        return _named(truth(firm), into.currencies)


def _named(thing: Any, currencies: dict[str, str]) -> Any:
    if isinstance(thing, str):
        return currencies.get(thing, thing)
    if isinstance(thing, dict):
        return {
            _named(key, currencies): _named(value, currencies)
            for key, value in thing.items()
        }
    if isinstance(thing, set | list | tuple):
        return type(thing)(_named(value, currencies) for value in thing)
    if not dataclasses.is_dataclass(thing):
        return thing
    values = {
        column.name: _named(getattr(thing, column.name), currencies)
        for column in dataclasses.fields(thing)
    }
    return dataclasses.replace(thing, **values)
