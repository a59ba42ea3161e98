"""Where ADP keeps what we need, and the one place that says so.

Members marked «unconfirmed» are in no public description of the payroll output: ADP
documents that the amounts are there, not what they are called. A tenant that calls
them otherwise is served by correcting this file; until then a complete run whose pay
cannot be found is an error of the landing, so nothing is missed in silence; the runs
beside it land.

Rows are built member by member: a payroll answer holds names, addresses and bank
details that must not be written anywhere. A member nobody listed here is reported as
drift by its name alone, its value withheld.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from dlt_pipelines.core.errors import BadAnswer

WITHHELD = "withheld"
COMPLETE = "NTC"  # net complete: the only status with all of a run's data

Row = dict[str, Any]

# Workers: confirmed.
WORKER_MEMBERS = frozenset(
    {"associateOID", "workerID", "workerStatus", "workerDates", "workAssignments"}
    | {"person", "businessCommunication", "customFieldGroup", "photos", "links"}
)

# Payroll output: confirmed, but for the three dates.
RUN_MEMBERS = frozenset(
    {"itemID", "payrollProcessingJobID", "alternateJobIDs", "payrollRegionCode"}
    | {"payrollGroupCode", "payrollScheduleReference", "associatePayments"}
    | {"payrollProcessingJobStatusCode"}
    | {"payPeriodStartDate", "payPeriodEndDate", "payDate"}
)
PERIOD_START = ("payPeriodStartDate",)  # unconfirmed
PERIOD_END = ("payPeriodEndDate",)  # unconfirmed; confirmed as a filter's name
PAY_DATE = ("payDate",)  # unconfirmed

# What was paid: all unconfirmed below associatePayments.
ASSOCIATE = ("associateOID",)
PAYMENTS = ("payments",)
AMOUNT = "amountValue"
CURRENCY = "currencyCode"


@dataclass(frozen=True)
class Amount:
    """Where one of our sections finds its lines within a payment."""

    section: str  # ours
    member: str  # the payment's list
    code: tuple[str, ...]
    amount: str  # the item's member, an object of amountValue and currencyCode
    hours: tuple[str, ...] = ()


EARNING_CODE = ("earningClassificationCode", "codeValue")
DEDUCTION_CODE = ("deductionCode", "codeValue")
TAKEN = "associateDeductionTakenAmount"
EMPLOYER = "employerPaidAmount"
WORKED = ("timeWorkedQuantity", "value")
AMOUNTS = (
    Amount("earnings", "earnings", EARNING_CODE, "earningAmount", WORKED),
    Amount("employer_taxes", "statutoryDeductions", DEDUCTION_CODE, EMPLOYER),
    Amount("employee_deductions", "statutoryDeductions", DEDUCTION_CODE, TAKEN),
    Amount(
        "employer_contributions", "nonStatutoryDeductions", DEDUCTION_CODE, EMPLOYER
    ),
    Amount("employee_deductions", "nonStatutoryDeductions", DEDUCTION_CODE, TAKEN),
)
PAYMENT_MEMBERS = frozenset(amount.member for amount in AMOUNTS)
SAID = (  # by a line, in the order in which lines are told apart
    *("associate_pseudonym", "section", "pay_code"),
    *("currency_code", "paid_hours", "amount"),
)
ITEM_MEMBERS = frozenset(
    {amount.code[0] for amount in AMOUNTS}
    | {amount.amount for amount in AMOUNTS}
    | {amount.hours[0] for amount in AMOUNTS if amount.hours}
    | {"configurationTags"}
)


def worker(body: Row) -> Row:
    """A worker as a row: identifiers, status and dates; no name, no pay.

    Raises BadAnswer for a worker without an associate id.
    """
    associate = body.get("associateOID")
    if not associate:
        raise BadAnswer(
            "ADP returned a worker without associateOID", "ask ADP; it is their key."
        )
    assignment = _primary(body.get("workAssignments") or [])
    return {
        "associate_pseudonym": associate,
        "payroll_file_pseudonym": assignment.get("payrollFileNumber"),
        "payroll_group_code": assignment.get("payrollGroupCode"),
        "status": _at(body, ("workerStatus", "statusCode", "codeValue")),
        "hire_date": _at(body, ("workerDates", "originalHireDate")),
        "rehire_date": _at(body, ("workerDates", "rehireDate")),
        "termination_date": _at(body, ("workerDates", "terminationDate")),
    } | _unlisted(body, WORKER_MEMBERS)


def run(body: Row) -> Row:
    """A payroll run as a row.

    Raises BadAnswer for a run without an id, or a complete one without its period.
    """
    schedule = body.get("payrollScheduleReference") or {}
    row = {
        "item_id": body.get("itemID"),
        "payroll_group_code": _at(body, ("payrollGroupCode", "codeValue")),
        "payroll_region_code": _at(body, ("payrollRegionCode", "codeValue")),
        "status_code": status(body),
        "period_start_date": _day(_at(body, PERIOD_START)),
        "period_end_date": _day(_at(body, PERIOD_END)),
        "pay_date": _day(_at(body, PAY_DATE)),
        "schedule_entry_id": schedule.get("scheduleEntryID"),
        "payroll_year": schedule.get("payrollYear"),
        "payroll_week_number": schedule.get("payrollWeekNumber"),
        "payroll_run_number": schedule.get("payrollRunNumber"),
        "job_id": body.get("payrollProcessingJobID"),
    } | _unlisted(body, RUN_MEMBERS)
    needed = ["item_id"]
    if row["status_code"] == COMPLETE:
        needed += ["period_start_date", "period_end_date"]
    absent = [name for name in needed if not row[name]]
    if absent:
        raise BadAnswer(
            f"ADP's payroll run {row['item_id']} has no {' and no '.join(absent)}",
            "compare an answer with dlt_pipelines/vendors/adp/layout.py, which says "
            "where these are looked for.",
        )
    return row


def status(body: Row) -> str | None:
    """A run's job status code."""
    return _at(body, ("payrollProcessingJobStatusCode", "codeValue"))


def lines(body: Row) -> list[Row]:
    """What a complete run paid, one row an amount.

    Numbered in the order of what they say: nothing else tells lines apart, and an
    answer may give them in another order each time. Raises BadAnswer when associates
    were paid and no amount of theirs was found.
    """
    found: list[Row] = []
    paid = _listed(body, ("associatePayments",))
    for associate in paid:
        for amount, item in _items(associate):
            value = _at(item, (amount.amount, AMOUNT))
            if value is None:
                continue
            found.append(
                {
                    "item_id": body["itemID"],
                    "associate_pseudonym": _at(associate, ASSOCIATE),
                    "section": amount.section,
                    "pay_code": _at(item, amount.code),
                    "currency_code": _at(item, (amount.amount, CURRENCY)),
                    "paid_hours": _at(item, amount.hours) if amount.hours else None,
                    "amount": value,
                }
            )
    if paid and not (found and all(r["associate_pseudonym"] for r in found)):
        raise BadAnswer(
            f"ADP's payroll run {body['itemID']} pays {len(paid)} associates, but "
            "amounts with an associate were not found where they are looked for",
            "correct the member names in dlt_pipelines/vendors/adp/layout.py; nothing "
            "of this run was landed.",
        )
    found.sort(key=lambda row: [str(row[name] or "") for name in SAID])
    return [row | {"line_number": number} for number, row in enumerate(found, 1)]


def unlisted_pay(body: Row) -> Row:
    """The members of payments and of their items that nobody listed, by their names
    alone: where else a tenant may keep amounts."""
    names: set[str] = set()
    for associate in _listed(body, ("associatePayments",)):
        for payment in _listed(associate, PAYMENTS):
            names |= payment.keys() - PAYMENT_MEMBERS
        for amount, item in _items(associate):
            names |= {f"{amount.member}.{n}" for n in item.keys() - ITEM_MEMBERS}
    return dict.fromkeys((f"payments.{name}" for name in names), WITHHELD)


def _items(associate: Row) -> Iterator[tuple[Amount, Row]]:
    for payment in _listed(associate, PAYMENTS):
        for amount in AMOUNTS:
            for item in _listed(payment, (amount.member,)):
                yield amount, item


def _listed(body: Any, path: tuple[str, ...]) -> list[Row]:
    """The objects in a list; none where there is something else."""
    found = _at(body, path)
    return [o for o in found if isinstance(o, dict)] if isinstance(found, list) else []


def _day(told: Any) -> str | None:
    """A day as ISO 8601 writes it; ADP's filters have it without hyphens. None for what
    is no day."""
    text = str(told or "")
    for length in (10, 8):
        with contextlib.suppress(ValueError):
            return date.fromisoformat(text[:length]).isoformat()
    return None


def _primary(assignments: list[Row]) -> Row:
    primary = (a for a in assignments if a.get("primaryIndicator"))
    return next(primary, assignments[0] if assignments else {})


def _at(body: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        body = body.get(step) if isinstance(body, dict) else None
    return body


def _unlisted(body: Row, listed: frozenset[str]) -> Row:
    return dict.fromkeys(body.keys() - listed, WITHHELD)
