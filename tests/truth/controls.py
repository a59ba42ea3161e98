"""The truth's differences: what each control must show before Tieout posts anything.

Both sides come from the firm's objects: what a system holds against what another does.
Reasons are the controls' own words; causes say why, a normal lag or a planted fault.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from dlt_pipelines.sandbox.firm.costing import cents, payroll_group_on
from dlt_pipelines.sandbox.firm.model import Firm, Invoice, LedgerTransaction
from dlt_pipelines.sandbox.firm.policies import CLIENT_CATEGORIES, MILESTONE_GRACE_DAYS
from tests.truth.facts.books import COUNTED_REPORTS, Books
from tests.truth.figures.balances import PeriodRates
from tests.truth.figures.intercompany import booked, lent, pair_key

Found = dict[str, str]
LAGS = (  # causes that are no faults
    "not_posted_yet",
    "left_out_of_the_journal",
    "approved_after_the_journal",
    "project_not_set_up_yet",
)


def differences(firm: Firm, books: Books) -> tuple[dict[str, Found], dict[str, Found]]:
    """Return (reasons, causes), each by control and key."""
    found = {control: find(firm, books) for control, find in CONTROLS.items()}
    planted: dict[tuple[str, str], str] = {}
    for fault in firm.faults:
        planted |= {(fault.control, key): fault.kind for key in fault.keys}
    missing_jobs = {
        fault.records["project"]
        for fault in firm.faults
        if fault.kind == "project_not_in_erp"
    }
    causes: dict[str, Found] = {}
    for control, keys in found.items():
        causes[control] = {
            key: planted.get((control, key)) or _lag(books, control, key, missing_jobs)
            for key in keys
        }
    return found, causes


def _lag(books: Books, control: str, key: str, missing_jobs: set[str]) -> str:
    """Return why a difference no fault explains is there."""
    if control == "C06":
        return "project_not_set_up_yet"
    if control == "C11":
        due_from, _ = booked(books.firm)
        is_booked = key.rpartition("|")[0] in due_from
        return "approved_after_the_journal" if is_booked else "not_posted_yet"
    if control != "C01":
        return "not_posted_yet"
    code, month = key.split("|")
    if code in missing_jobs:
        return "project_not_in_erp"
    if (books.firm.projects[code].entity, month) not in _journals(books):
        return "not_posted_yet"
    if (code, month) not in books.labour_in_erp:
        return "left_out_of_the_journal"
    return "approved_after_the_journal"


def _journals(books: Books) -> set[tuple[str, str]]:
    """Return (entity, month) of the labour journals the ERP holds."""
    projects = books.firm.projects
    return {(projects[code].entity, month) for code, month in books.labour_in_erp}


def compare(left: dict[str, object], right: dict[str, object], names: tuple) -> Found:
    """Return key → reason where two sides differ; ``names`` are the sides' names."""
    found = {}
    for key in left.keys() | right.keys():
        if key not in left:
            found[key] = f"missing_in_{names[0]}"
        elif key not in right:
            found[key] = f"missing_in_{names[1]}"
        elif left[key] != right[key]:
            found[key] = "amount_differs"
    return dict(sorted(found.items()))


def labour_to_ledger(firm: Firm, books: Books) -> Found:
    """C01: approved hours at provisional cost against account 5000, by month."""
    psa = {}
    for code in firm.projects:
        for month, fact in books.by_month(code).items():
            if fact["labour minutes"]:
                hours = Decimal(fact["labour minutes"]) / 60
                psa[f"{code}|{month}"] = (fact["provisional"], hours)
    erp = {
        f"{code}|{month}": held for (code, month), held in books.labour_in_erp.items()
    }
    return compare(psa, erp, ("psa", "erp"))


def invoices_to_ledger(firm: Firm, books: Books) -> Found:
    """C02: invoices not cancelled against the receivables of the ERP's invoices."""
    psa = {
        invoice.id: _functional(books, invoice)
        for invoice in firm.invoices.values()
        if invoice.status != "cancelled"
    }
    erp: dict[str, int] = defaultdict(int)
    for posted in firm.ledger.values():
        if posted.kind in ("CustInvc", "CustCred"):
            number = (posted.external_id or "").removeprefix("KANTATA-INV-")
            key = number if number in psa else f"ERP:{posted.id}"
            erp[key] += _receivable(posted)
    return compare(psa, erp, ("psa", "erp"))


def _functional(books: Books, invoice: Invoice) -> int:
    amount, day = cents(invoice.amount), invoice.invoice_date
    return books.to_functional(invoice.project, amount, invoice.currency, day)


def _receivable(posted: LedgerTransaction) -> int:
    lines = [line for line in posted.lines if line.account == "1100"]
    return sum(cents(line.debit) - cents(line.credit) for line in lines)


def expenses_to_ledger(firm: Firm, books: Books) -> Found:
    """C03: approved expense lines against all debits that name them."""
    coupa = {
        line.id: cents(line.amount)
        for line in firm.expense_lines.values()
        if firm.expense_reports[line.report].status in COUNTED_REPORTS
    }
    erp: dict[str, int] = defaultdict(int)
    for posted in firm.ledger.values():
        for place, line in enumerate(posted.lines, 1):
            if line.source_line and line.debit:
                known = line.source_line in coupa
                key = line.source_line if known else f"ERP:{posted.id}:{place}"
                erp[key] += cents(line.debit)
    return compare(coupa, erp, ("expenses", "erp"))


def payroll_to_labour(firm: Firm, books: Books) -> Found:
    """C04: final payroll of people HR does not know bears no labour or bench cost."""
    found = {}
    for line in firm.payroll_lines:
        run, person = firm.payroll_runs[line.run], firm.people[line.person]
        if run.status == "NTC" and not person.in_hr:
            key = f"{run.id}|PAYROLL:{run.group}:{person.payroll_file}"
            found[key] = "unknown_employee"
    return found


def employees(firm: Firm, books: Books) -> Found:
    """C05: who is active is in HR, in the PSA and, employees, in payroll."""
    found = {}
    for person in firm.people.values():
        if person.left is not None and person.left < books.as_of:
            continue
        if not person.in_hr:
            group = payroll_group_on(firm, person, books.as_of)
            found[f"PAYROLL:{group}:{person.payroll_file}"] = "missing_in_hr"
        elif not person.in_psa:
            found[person.number] = "missing_in_psa"
        elif person.payroll_file is None and not person.is_contractor:
            found[person.number] = "missing_in_payroll"
    return found


def projects(firm: Firm, books: Books) -> Found:
    """C06: projects won, set up in the PSA, and in the ERP with a department."""
    found = {}
    for opportunity in firm.opportunities.values():
        code = opportunity.project_code
        if code is not None and code not in firm.projects:
            found[code] = "missing_in_psa"
    for project in firm.projects.values():
        if project.netsuite_id is None:
            found[project.code] = "missing_in_erp"
        elif project.erp_department is None:
            found[project.code] = "missing_cost_centre"
    return found


def expense_coding(firm: Firm, books: Books) -> Found:
    """C08: approved lines have a known person, a project if for a client, a centre."""
    numbers = {person.number for person in firm.people.values() if person.in_hr}
    found = {}
    for line in firm.expense_lines.values():
        report = firm.expense_reports[line.report]
        if report.status not in COUNTED_REPORTS:
            continue
        if report.person_number not in numbers:
            found[line.id] = "unknown_employee"
        elif line.project is not None and line.project not in firm.projects:
            found[line.id] = "unknown_project"
        elif line.project is None and line.category in CLIENT_CATEGORIES:
            found[line.id] = "missing_project_code"
        elif line.cost_centre is None:
            found[line.id] = "missing_cost_centre"
    return found


def milestones(firm: Firm, books: Books) -> Found:
    """C09: milestones accepted 15 days ago or more that no live invoice bills whole."""
    limit = books.as_of - timedelta(days=MILESTONE_GRACE_DAYS)
    found = {}
    for milestone in firm.milestones.values():
        accepted = milestone.accepted_on
        if accepted is None or accepted > limit:
            continue
        invoice = firm.invoices.get(milestone.invoice or "")
        is_live = invoice is not None and invoice.status != "cancelled"
        if not is_live or books.credits.unbilled(milestone):
            found[milestone.id] = "missing_invoice"
    return found


def intercompany(firm: Firm, books: Books) -> Found:
    """C11: charges against the provider's books, and both entities' books."""
    charges = {
        pair_key(*pair): month.charge
        for pair, month in lent(books, PeriodRates(books.fx, books.as_of)).items()
    }
    due_from, due_to = booked(firm)
    charged = compare(charges, due_from, ("psa", "erp"))
    mirrored = compare(due_from, due_to, ("provider", "receiver"))
    found = {f"{key}|charge": reason for key, reason in charged.items()}
    found |= {f"{key}|mirror": reason for key, reason in mirrored.items()}
    return dict(sorted(found.items()))


CONTROLS: dict[str, Callable[[Firm, Books], Found]] = {
    "C01": labour_to_ledger,
    "C02": invoices_to_ledger,
    "C03": expenses_to_ledger,
    "C04": payroll_to_labour,
    "C05": employees,
    "C06": projects,
    "C08": expense_coding,
    "C09": milestones,
    "C11": intercompany,
}
