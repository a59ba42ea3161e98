"""A firm of a few customers, for tests that need real systems but no real business."""

from datetime import UTC, date, datetime, timedelta

from dlt_pipelines.sandbox.firm.model import Customer, Firm

NOW = datetime(2026, 6, 10, 6, tzinfo=UTC)


def customer(number: int, *, name: str = "", changed: datetime | None = None):
    code = f"C{number:04}"
    return Customer(
        number=code,
        name=name or f"Customer {number}",
        parent=None,
        country="US",
        currency="USD",
        owner="E001",
        salesforce_id=f"001{number:015}",
        kantata_id=str(5000 + number),
        netsuite_id=700 + number,
        created_at=NOW - timedelta(days=90),
        updated_at=changed or NOW - timedelta(days=30),
    )


def small_firm(customers: int = 300) -> Firm:
    """A firm with customers only; every other listing is empty."""
    firm = Firm(seed=1, scale=1, start=date(2025, 1, 1), clock=NOW)
    firm.customers = {c.number: c for c in map(customer, range(1, customers + 1))}
    return firm
