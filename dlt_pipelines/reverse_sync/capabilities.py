"""What an ERP takes, as its vendor's target declares it; the plan holds the rest."""

import functools
import importlib

from dlt_pipelines.landing.declarations import VENDORS


def can_be_posted_to(vendor: str) -> bool:
    """Whether postings can be made in a vendor's systems."""
    return (VENDORS / vendor / "target.py").exists()


@functools.cache
def takes_foreign_currencies(vendor: str) -> bool:
    """Whether a journal may be in another currency than its books'."""
    target = importlib.import_module(f"dlt_pipelines.vendors.{vendor}.target")
    return target.TAKES_FOREIGN_CURRENCIES
