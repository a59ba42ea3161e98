"""A firm small enough to read: what a NetSuite sandbox needs, and nothing else."""

import contextlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from dlt_pipelines.sandbox.firm.model import (
    Account,
    Assignment,
    Customer,
    Firm,
    FxRate,
    JournalLine,
    LedgerTransaction,
    LegalEntity,
    Period,
    Person,
    Practice,
    Project,
    Supplier,
)
from dlt_pipelines.sandbox.serving import server
from dlt_pipelines.sandbox.serving.host import Host

CLOCK = datetime(2026, 6, 10, 6, tzinfo=UTC)
CREATED = datetime(2026, 1, 2, 9, tzinfo=UTC)


def firm(journals: int = 2) -> Firm:
    """Two entities, two projects, April closed, May and June open."""
    made = Firm(seed=1, scale=1, start=date(2026, 1, 1), clock=CLOCK)
    made.entities = {
        "US10": LegalEntity("US10", "US Inc", "US", "USD", 2080, "U1"),
        "UK20": LegalEntity("UK20", "UK Ltd", "GB", "GBP", 1950, "U2"),
    }
    made.practices = {
        "PR-1": Practice("PR-1", "Strategy"),
        "PR-2": Practice("PR-2", "Data"),
    }
    made.customers = {
        "C0001": _customer("C0001", None, 501),
        "C0002": _customer("C0002", "C0001", 502),
    }
    made.suppliers = {"V001": Supplier("V001", "Contracting Co", 1, 601, "USD")}
    made.people = {"E1": _person()}
    made.projects = {
        "P1001": _project("P1001", "US10", "PR-1", 701),
        "P1002": _project("P1002", "UK20", None, 702),
        "P1003": _project("P1003", "US10", "PR-2", None),
    }
    numbers = ("1000", "1100", "2100", "4000", "5000", "6000")
    made.accounts = {
        number: Account(100 + n, number, f"Account {number}", "Expense")
        for n, number in enumerate(numbers)
    }
    made.accounts["9999"] = Account(199, "9999", "Old", "Expense", is_inactive=True)
    made.periods = {
        month: _period(month, is_closed=month == 4) for month in range(1, 7)
    }
    made.fx_rates = [
        FxRate("USD", "GBP", date(2026, month, 1), Decimal("1.27500000"))
        for month in range(1, 7)
    ]
    made.ledger = {1000 + n: _journal(1000 + n) for n in range(journals)}
    return made


def _customer(number: str, parent: str | None, netsuite_id: int) -> Customer:
    return Customer(
        number, f"Customer {number}", parent, "US", "USD", "E1", "0" * 18,
        f"k{number}", netsuite_id, CREATED, CREATED,
    )  # fmt: skip


def _person() -> Person:
    place = Assignment(
        date(2026, 1, 1), CREATED, "US10", "PR-1", "CC1", "Consultant", "G1",
        "Consultant", Decimal(1), Decimal(40),
    )  # fmt: skip
    return Person(
        "E1", "Ada", "Byron", "ada@example.com", False, date(2026, 1, 1), None,
        "w" * 32, "k-e1", "a-e1", "000001", 801, None, CREATED, CREATED,
        assignments=[place],
    )  # fmt: skip


def _project(
    code: str, entity: str, department: str | None, netsuite_id: int | None
) -> Project:
    return Project(
        code=code, name=f"Project {code}", customer="C0002", entity=entity,
        practice="PR-1", contract_type="time_and_materials", currency="USD",
        price=Decimal(0), cap_amount=None, fee_rate=None, fee_ceiling=None,
        start=date(2026, 1, 1), end=date(2026, 12, 31), status="In Progress",
        is_archived=False, manager="E1", opportunity=None, kantata_id=f"k{code}",
        netsuite_id=netsuite_id, erp_department=department, created_at=CREATED,
        updated_at=CREATED,
    )  # fmt: skip


def _period(month: int, *, is_closed: bool) -> Period:
    start = date(2026, month, 1)
    end = date(2026, month + 1, 1) - timedelta(days=1)
    closed_on = date(2026, month + 1, 8) if is_closed else None
    return Period(month, f"{start:%b %Y}", start, end, is_closed, closed_on, CREATED)


def _journal(number: int) -> LedgerTransaction:
    moment = CREATED + timedelta(minutes=number)
    amount = Decimal("187.10") + number
    return LedgerTransaction(
        id=number, kind="Journal", number=f"JE{number}", entity="US10",
        date=date(2026, 5, 31), period=5, currency="USD", exchange_rate=Decimal(1),
        external_id=None, party=None, memo="Payroll to projects",
        lines=[
            JournalLine("5000", amount, Decimal(0), project="P1001", practice="PR-1",
                        hours=Decimal("7.50")),
            JournalLine("2100", Decimal(0), amount, service_month=date(2026, 5, 1),
                        source_line="L1"),
        ],
        created_at=moment, updated_at=moment,
    )  # fmt: skip


def invoice(number: int, paid: date | None = None) -> LedgerTransaction:
    """An invoice of the first project to its customer, with all an invoice can say."""
    moment, amount = CREATED + timedelta(minutes=number), Decimal("900.00")
    return LedgerTransaction(
        id=number, kind="CustInvc", number=f"INV{number}", entity="US10",
        date=date(2026, 5, 4), period=5, currency="USD", exchange_rate=Decimal(1),
        external_id=f"KANTATA-INV-{number}", party="C0002", memo="May",
        lines=[
            JournalLine("1100", amount, Decimal(0), memo="Receivable"),
            JournalLine("4000", Decimal(0), amount, project="P1001", practice="PR-1",
                        memo="Services"),
        ],
        created_at=moment, updated_at=moment, closed_on=paid,
    )  # fmt: skip


@contextlib.contextmanager
def serving(host: Host):
    """The sandbox with NetSuite as its only system."""
    with server.running(host, only={"netsuite"}) as addresses:
        yield addresses
