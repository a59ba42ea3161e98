"""Whether the business controls find what differs in truth: all of it, nothing else."""

import re
from collections.abc import Iterable
from dataclasses import astuple

import duckdb

from dlt_pipelines.core.books import SANDBOX_KEY
from dlt_pipelines.landing.typed_columns import pseudonym
from dlt_pipelines.sandbox.firm.model import Firm as Business
from tests.end_to_end.conftest import Firm
from tests.truth.figures.exceptions import KINDS
from tests.truth.truth import Truth

MODELS = {
    "C01": "rec_labour_time_to_gl",
    "C02": "rec_invoices_psa_to_erp",
    "C03": "rec_expenses_to_erp",
    "C04": "rec_payroll_to_labour",
    "C05": "rec_employees_hr_psa_payroll",
    "C06": "rec_projects_crm_psa_erp",
    "C08": "rec_expense_coding",
    "C09": "rec_milestones_to_invoices",
    "C11": "rec_intercompany_mirror",
}

INSTANCE = (  # as the sandbox has it
    r"\b(adp|coupa|kantata|netsuite|oracle_fusion|salesforce|workday):"
)


def wrongly_found(firm: Firm, truth: Truth, business: Business) -> dict[str, list[str]]:
    """The keys that only the control or only the truth names, by control."""
    assert truth.differences.keys() == MODELS.keys()
    payees = pseudonyms(business)
    wrong = {
        control: sorted(found(firm, control) ^ landed_keys(expected, payees))
        for control, expected in truth.differences.items()
    }
    return {control: keys for control, keys in wrong.items() if keys}


def missed(firm: Firm, business: Business) -> list[tuple[str, str]]:
    """Planted faults that the control which covers them did not find."""
    payees = pseudonyms(business)
    reported = {control: found(firm, control) for control in MODELS}
    return [
        (fault.kind, key)
        for fault in business.faults
        if fault.control
        for key in landed_keys(fault.keys, payees) - reported[fault.control]
    ]


def exceptions_wrong(firm: Firm, truth: Truth) -> list[tuple]:
    """The exceptions that only Tieout or only the truth names, of the truth's kinds."""
    rows = firm.rows(
        "select kind, source_id, project_code, amount, currency_code"
        " from reconciliation.rec_exceptions"
    )
    told = {astuple(row) for row in truth.exceptions}
    return sorted({row for row in rows if row[0] in KINDS} ^ told, key=str)


def found(firm: Firm, control: str) -> set[str]:
    """The keys a control reports; C04 is per person and stays in the build database."""
    query = (
        f"select difference_key from reconciliation.{MODELS[control]}"
        " where match_status != 'matched'"
    )
    with duckdb.connect(firm.work / "build.duckdb", read_only=True) as db:
        return {of_one_firm(key) for (key,) in db.execute(query).fetchall()}


def of_one_firm(key: str) -> str:
    """A control's key as the truth has it, which knows one system of each kind."""
    return re.sub(INSTANCE, "", key)


def pseudonyms(business: Business) -> dict[str, str]:
    """The truth's key of a person in a payroll run, and what landing makes of it."""
    payees = {}
    for line in business.payroll_lines:
        run, person = business.payroll_runs[line.run], business.people[line.person]
        key = f"{run.id}|PAYROLL:{run.group}:{person.payroll_file}"
        payees[key] = f"{run.id}|{hidden(person.adp_id)}"
    return payees


def landed_keys(keys: Iterable[str], payees: dict[str, str]) -> set[str]:
    """The truth's keys as landing leaves them: payroll identifiers as pseudonyms."""
    return {payees.get(key) or _file_hidden(key) for key in keys}


def _file_hidden(key: str) -> str:
    if not key.startswith("PAYROLL:"):
        return key
    kind, group, file = key.split(":")
    return f"{kind}:{group}:{hidden(file)}"


def hidden(identifier: str) -> str:
    return pseudonym(identifier, SANDBOX_KEY.encode())
