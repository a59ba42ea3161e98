"""Situations that a kind firm does not get into: their names, rates and bookkeeping.

A fault is a slip that a control must find; a situation is business as real firms do it,
which every figure must be right for. Like faults they are struck in blocks of records
(see ``striking``); where and how one comes about is told by the part of the business it
happens in.
"""

from dlt_pipelines.sandbox.firm.model import Firm, Situation
from dlt_pipelines.sandbox.firm.striking import Striking

SITUATION_RATES: dict[str, float] = {
    # per invoice
    "invoice_credited": 1 / 14,
    "invoice_billed_again": 1 / 12,
    "invoice_credited_in_part": 1 / 7,
    # per person planned on a project, project, and person's month of a plan
    "planned_over_months": 1 / 6,
    "not_planned": 1 / 9,
    "plan_not_worked": 1 / 40,
    # per contractor's order, and month of hours that its supplier bills
    "bills_without_month": 1 / 3,
    "billed_late": 1 / 9,
    "billed_for_two_months": 1 / 9,
    "billed_in_part": 1 / 9,
    "bill_credited": 1 / 7,
    # per expense of a project with a price
    "recharged_beside_a_price": 1 / 4,
    # per time entry
    "taken_back_before_payroll": 1 / 400,
    "taken_back_after_payroll": 1 / 400,
    "moved_after_billing": 1 / 150,
    "approved_for_a_day_to_come": 1 / 1500,
    # per person and payroll run, and per employee and month
    "paid_a_bonus_by_itself": 1 / 45,
    "paid_arrears": 1 / 60,
    "raised_for_months_past": 1 / 40,
    # per deal that is won
    "priced_in_another_currency": 1 / 4,
    "price_very_large": 1 / 14,
    "price_very_small": 1 / 14,
    # per amendment, and per firm
    "amended_in_another_currency": 1 / 2,
    "rate_card_drafted": 1 / 1,
}
SITUATION_KINDS = tuple(SITUATION_RATES)


class Situations(Striking):
    """Decides which records get into a situation and records those that did."""

    def __init__(self, firm: Firm, enabled: bool):
        super().__init__("situation", firm.seed, SITUATION_RATES, enabled)
        self._firm = firm

    def record(self, kind: str, **records: str) -> None:
        """Keep that a situation came about today, and with which records."""
        day = self._firm.clock.date()
        self._firm.situations.append(Situation(kind, day, records))
