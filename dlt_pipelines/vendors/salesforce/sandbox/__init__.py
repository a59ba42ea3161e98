"""Salesforce as the sandbox firm has it: accounts, deals and who owns them."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from starlette.routing import Route

from dlt_pipelines.sandbox.firm.model import Customer, Firm, Opportunity, Person
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.organisation import (
    DAY,
    FLAG,
    NUMBER,
    PERCENT,
    STAMPS,
    STRING,
    Contents,
    Organisation,
    record_id,
)

# Constants of the sandbox, secrets of nobody.
CLIENT_ID = "sandbox-salesforce-connected-app"
CLIENT_SECRET = "sandbox-salesforce-secret"

STAGES = {  # forecast category, closed, won
    "Prospecting": ("Pipeline", False, False),
    "Proposal": ("Best Case", False, False),
    "Negotiation": ("Commit", False, False),
    "Closed Won": ("Closed", True, True),
    "Closed Lost": ("Omitted", True, False),
}
FIELDS: dict[str, dict[str, str]] = {
    "Account": {
        **dict.fromkeys(
            ("Id", "MasterRecordId", "Name", "AccountNumber", "Type", "Industry"),
            STRING,
        ),
        **dict.fromkeys(
            ("ParentId", "OwnerId", "BillingCountry", "CurrencyIsoCode"), STRING
        ),
        "IsDeleted": FLAG,
        **STAMPS,
    },
    "Opportunity": {
        **dict.fromkeys(
            ("Id", "Name", "AccountId", "OwnerId", "StageName", "CurrencyIsoCode"),
            STRING,
        ),
        "ForecastCategoryName": STRING,
        "Probability": PERCENT,
        "Amount": NUMBER,
        **dict.fromkeys(("IsClosed", "IsWon", "IsDeleted"), FLAG),
        "CloseDate": DAY,
        **dict.fromkeys(
            ("Contract_Type__c", "Project_Code__c", "Legal_Entity__c", "Practice__c"),
            STRING,
        ),
        **dict.fromkeys(("Type", "Amends__c", "Treatment__c", "Obligation__c"), STRING),
        "Effective_Date__c": DAY,
        **dict.fromkeys(("Cap_Amount__c", "Fee_Ceiling__c"), NUMBER),
        "Fee_Rate__c": PERCENT,
        **dict.fromkeys(("Service_Start__c", "Service_End__c"), DAY),
        **STAMPS,
    },
    "OpportunityLineItem": {
        **dict.fromkeys(("Id", "OpportunityId", "ProductCode", "Name"), STRING),
        **dict.fromkeys(("Quantity", "ListPrice", "UnitPrice", "TotalPrice"), NUMBER),
        **dict.fromkeys(("Obligation__c", "Contract_Type__c"), STRING),
        "Included_Hours__c": NUMBER,
        **dict.fromkeys(("Service_Start__c", "Service_End__c"), DAY),
        "IsDeleted": FLAG,
        **STAMPS,
    },
    "User": {
        **dict.fromkeys(
            ("Id", "Username", "Name", "Email", "EmployeeNumber", "Title"), STRING
        ),
        "IsActive": FLAG,
        **STAMPS,
    },
}


def settings(base_url: str, certificates: Path) -> dict[str, str]:
    """The options with which a client reaches this sandbox."""
    return {
        "base_url": f"{base_url}/login",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }


def routes(host: Host) -> list[Route]:
    """The organisation's login host and instance, on different paths."""
    return organisation(host).routes()


def organisation(host: Host) -> Organisation:
    """The organisation with the firm's customers and deals."""
    contents = Contents("salesforce", CLIENT_ID, CLIENT_SECRET, FIELDS, RECORDS)
    return Organisation(host, contents)


def _accounts(firm: Firm) -> list[dict[str, Any]]:
    ids = {c.number: c.salesforce_id for c in firm.customers.values()}
    rows = []
    for customer in firm.customers.values():
        parent = ids.get(customer.parent) if customer.parent else None
        rows.append(_account(customer, parent, firm))
    return _with_twice(rows, firm, {"customers", "accounts"}, ids)


def _account(customer: Customer, parent: str | None, firm: Firm) -> dict[str, Any]:
    return {
        "Id": customer.salesforce_id,
        "MasterRecordId": None,
        "Name": customer.name,
        "AccountNumber": customer.number,
        "Type": "Customer",
        "Industry": None,
        "ParentId": parent,
        "OwnerId": _owner(customer.owner, firm),
        "BillingCountry": customer.country,
        "CurrencyIsoCode": customer.currency,
        "IsDeleted": False,
        **_stamps(customer.created_at, customer.updated_at),
    }


def _opportunities(firm: Firm) -> list[dict[str, Any]]:
    rows = []
    for number, deal in enumerate(firm.opportunities.values()):
        rows.append(_opportunity(deal, firm))
        if number % MISTAKEN_EVERY == 0:
            rows.append(_mistaken_copy(rows[-1], number, firm))
    return _with_twice(rows, firm, {"opportunities"}, {})


# One deal in so many was cloned by mistake; the copy is noticed and deleted later.
MISTAKEN_EVERY = 6
NOTICED_AFTER = timedelta(days=11)


def _mistaken_copy(row: dict[str, Any], number: int, firm: Firm) -> dict[str, Any]:
    cloned = row["CreatedDate"] + timedelta(minutes=2)
    noticed = cloned + NOTICED_AFTER
    deleted = noticed <= firm.clock
    none = [name for name in row if name.endswith("__c")]
    return {
        **row,
        **dict.fromkeys(none),
        "Id": record_id("006", 9_000_000 + number),
        "Name": f"{row['Name']} (copy)",
        "StageName": "Prospecting",
        "ForecastCategoryName": "Pipeline",
        "Probability": 10,
        "CloseDate": (cloned + timedelta(days=90)).date(),
        "IsClosed": False,
        "IsWon": False,
        "Amount": None,
        "IsDeleted": deleted,
        **_stamps(cloned, noticed if deleted else cloned),
    }


def _opportunity(deal: Opportunity, firm: Firm) -> dict[str, Any]:
    category, closed, won = STAGES[deal.stage]
    customer = firm.customers.get(deal.customer)
    return {
        "Id": deal.salesforce_id,
        "Name": deal.name,
        "AccountId": customer.salesforce_id if customer else None,
        "OwnerId": _owner(deal.owner, firm),
        "StageName": deal.stage,
        "ForecastCategoryName": category,
        "Probability": deal.probability,
        "IsClosed": closed,
        "IsWon": won,
        "IsDeleted": False,
        "CloseDate": deal.close_date,
        "Amount": deal.amount,
        "CurrencyIsoCode": deal.currency,
        "Type": "Amendment" if deal.amends else "New Business",
        "Amends__c": deal.amends,
        "Effective_Date__c": deal.effective_date,
        "Treatment__c": deal.treatment,
        "Obligation__c": None,
        "Contract_Type__c": deal.contract_type,
        "Project_Code__c": deal.project_code,
        "Legal_Entity__c": deal.entity,
        "Practice__c": deal.practice,
        "Cap_Amount__c": deal.cap_amount,
        "Fee_Rate__c": None if deal.fee_rate is None else deal.fee_rate * 100,
        "Fee_Ceiling__c": deal.fee_ceiling,
        "Service_Start__c": deal.service_start,
        "Service_End__c": deal.service_end,
        **_stamps(deal.created_at, deal.updated_at),
    }


def _opportunity_lines(firm: Firm) -> list[dict[str, Any]]:
    return [
        {
            "Id": line.salesforce_id,
            "OpportunityId": deal.salesforce_id,
            "ProductCode": line.contract_type.upper(),
            "Name": f"{deal.name} {line.name}",
            "Quantity": 1,
            "ListPrice": line.list_price,
            "UnitPrice": line.total_price,
            "TotalPrice": line.total_price,
            "Obligation__c": line.obligation,
            "Contract_Type__c": line.contract_type,
            "Included_Hours__c": line.included_hours,
            "Service_Start__c": line.service_start,
            "Service_End__c": line.service_end,
            "IsDeleted": False,
            **_stamps(line.created_at, line.updated_at),
        }
        for deal in firm.opportunities.values()
        for line in deal.lines
    ]


def _users(firm: Firm) -> list[dict[str, Any]]:
    staff = [p for p in firm.people.values() if p.in_hr and not p.is_contractor]
    return [_user(person, firm) for person in staff]


def _user(person: Person, firm: Firm) -> dict[str, Any]:
    created = min(person.created_at, firm.clock)
    modified = max(person.updated_at, created)
    # The account is closed at the end of the last day.
    closed = datetime.combine(person.left, time(23, 59), UTC) if person.left else None
    active = closed is None or closed > firm.clock
    current = [a for a in person.assignments if a.effective_date <= firm.clock.date()]
    title = max(current, key=lambda a: (a.effective_date, a.entered_at), default=None)
    if title:  # HR's change reaches Salesforce on the day it takes effect
        modified = max(modified, datetime.combine(title.effective_date, time(), UTC))
    if closed and not active:
        modified = max(modified, closed)
    return {
        "Id": user_id(person.number),
        "Username": person.email,
        "Name": f"{person.first_name} {person.last_name}",
        "Email": person.email,
        "EmployeeNumber": person.number,
        "Title": title.title if title else None,
        "IsActive": active,
        **_stamps(created, modified),
    }


RECORDS: dict[str, Callable[[Firm], list[dict[str, Any]]]] = {
    "Account": _accounts,
    "Opportunity": _opportunities,
    "OpportunityLineItem": _opportunity_lines,
    "User": _users,
}


def _owner(number: str, firm: Firm) -> str | None:
    return user_id(number) if number in firm.people else None


def _stamps(created: datetime, modified: datetime) -> dict[str, datetime]:
    return {
        "CreatedDate": created,
        "LastModifiedDate": modified,
        "SystemModstamp": modified,
    }


def _with_twice(
    rows: list[dict[str, Any]], firm: Firm, kinds: Iterable[str], ids: dict[str, str]
) -> list[dict[str, Any]]:
    """The rows, some of them twice, as when rows shift between pages."""
    named = {name for kind in kinds for name in firm.served_twice.get(kind, ())}
    twice = named | {ids[name] for name in named if name in ids}
    return [*rows, *(row for row in rows if row["Id"] in twice)]


def user_id(employee_number: str) -> str:
    """The 18-character id of an employee's user."""
    digits = "".join(c for c in employee_number if c.isdigit())
    return record_id("005", int(digits or 0))
