"""How fast entries are planned and intents made durable: no ERP takes part."""

import contextlib
import tempfile
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from dlt_pipelines.reverse_sync.ledger import Ledger
from dlt_pipelines.reverse_sync.plan import Plan, compare
from dlt_pipelines.reverse_sync.posting import GROUP
from dlt_pipelines.reverse_sync.postings import POSTED, Attempt

ENTRIES = 5_000  # of two lines each


def planning_and_intents() -> tuple[float, float, float]:
    """Seconds to plan 10,000 journal lines anew, and again on top of as many posted
    ones; intents per second that a SQLite ledger made durable."""
    with (
        tempfile.TemporaryDirectory(dir=Path.cwd()) as folder,
        contextlib.closing(Ledger(Path(folder) / "ledger.sqlite")) as ledger,
    ):
        first, anew = _planned("100.00", ledger)
        per_second = _intended(first, ledger)
        second, on_top = _planned("60.00", ledger)
        assert len(second.to_post) == len(first.to_post) == ENTRIES
        return anew, on_top, per_second


def _planned(amount: str, ledger: Ledger) -> tuple[Plan, float]:
    rows = [_row(number, Decimal(amount)) for number in range(ENTRIES)]
    started = time.monotonic()
    planned = compare(rows, ledger)
    return planned, time.monotonic() - started


def _intended(planned: Plan, ledger: Ledger) -> float:
    intents = [intent for entry in planned.to_post for intent in entry.intents]
    started = time.monotonic()
    taken = [
        posting
        for first in range(0, len(intents), GROUP)
        for posting in ledger.intend(intents[first : first + GROUP], "erp")
    ]
    seconds = time.monotonic() - started
    ledger.record(Attempt(p.posting_id, 1, POSTED, "1") for p in taken if p)
    return len(intents) / seconds


def _row(number: int, amount: Decimal) -> dict[str, Any]:
    project = f"P{number:05}"
    return {
        "posting_key": f"labour_cost_accrual|US10|{project}|2026-05",
        "kind": "labour_cost_accrual",
        "legal_entity_code": "US10",
        "target_instance": "erp",
        "erp_subsidiary_id": "1",
        "project_code": project,
        "erp_project_id": str(number),
        "credit_erp_project_id": None,
        "erp_department_id": "1",
        "period_month": date(2026, 5, 1),
        "period_state": "open",
        "posting_period_month": date(2026, 5, 1),
        "posting_date": date(2026, 5, 31),
        "currency_code": "USD",
        "debit_account_number": "5000",
        "credit_account_number": "2100",
        "desired_amount": amount,
        "desired_hours": Decimal("2.00"),
        "correction_policy": "delta",
        "policy_action": "post",
        "hold_reason": None,
        "hold_owner": None,
        "policy_currency_code": "USD",
        "policy_rate": Decimal(1),
        "approval_threshold_amount": None,
        "approvals_needed": 0,
        "limit_amount": None,
        "take_back_rate": None,
        "correlation_id": None,
    }
