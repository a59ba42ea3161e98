"""The faults planted in the firm's records: their names, rates and bookkeeping.

A kind strikes once in each block of ``1 ÷ rate`` records, at a place drawn from the
seed, so its number hardly depends on luck. Where and how a fault is made is told by
the part of the business it happens in.
"""

from dlt_pipelines.sandbox.firm.model import Fault, Firm
from dlt_pipelines.sandbox.firm.striking import Striking

FAULT_RATES: dict[str, float] = {
    # per time entry
    "late_time": 1 / 5000,
    "closed_period": 1 / 8000,
    "correction_after_approval": 1 / 5000,
    "correction_after_posting": 1 / 6000,
    "deletion": 1 / 6000,
    "wrong_project": 1 / 6000,
    "changed_rate": 1 / 6000,
    "duplicate_time_entry": 1 / 4000,
    # per expense line, report
    "missing_project_code": 1 / 120,
    "missing_cost_centre": 1 / 150,
    "cost_booked_twice": 1 / 200,
    "duplicate_expense_line": 1 / 300,
    "unknown_employee_expense": 1 / 120,
    # per project, employee, milestone, invoice
    "plan_not_kept": 1 / 1,
    "missing_cost_centre_job": 1 / 40,
    "project_not_in_erp": 1 / 40,
    "unknown_employee": 1 / 40,
    "milestone_not_invoiced": 1 / 10,
    "invoice_not_in_erp": 1 / 60,
    "amount_mismatch": 1 / 70,
    # per intercompany journal
    "intercompany_leg_missing": 1 / 40,
}
TIME_FAULTS = tuple(FAULT_RATES)[:8]
# what a counted kind is called where several of them are one kind of fault
FAULT_NAMES = {
    "duplicate_time_entry": "duplicate_delivery",
    "duplicate_expense_line": "duplicate_delivery",
    "unknown_employee_expense": "unknown_employee",
    "missing_cost_centre_job": "missing_cost_centre",
}
FAULT_KINDS = tuple(dict.fromkeys(FAULT_NAMES.get(kind, kind) for kind in FAULT_RATES))


class FaultPlanter(Striking):
    """Decides which records a fault strikes and records those it struck."""

    def __init__(self, firm: Firm, enabled: bool):
        super().__init__("fault", firm.seed, FAULT_RATES, enabled)
        self._firm = firm

    def plant(
        self,
        kind: str,
        records: dict[str, str],
        control: str | None = None,
        keys: tuple[str, ...] = (),
        note: str = "",
    ) -> Fault:
        """Record a fault of today on the firm; its keys may still grow."""
        day = self._firm.clock.date()
        name = FAULT_NAMES.get(kind, kind)
        fault = Fault(name, day, records, control, list(keys), note)
        self._firm.faults.append(fault)
        return fault
