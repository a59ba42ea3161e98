"""What an ERP takes, as its vendor's target declares it; the plan holds the rest."""

import functools
import importlib


@functools.cache
def takes_foreign_currencies(vendor: str) -> bool:
    """Whether a journal may be in another currency than its books'."""
    target = importlib.import_module(f"dlt_pipelines.vendors.{vendor}.target")
    return target.TAKES_FOREIGN_CURRENCIES
