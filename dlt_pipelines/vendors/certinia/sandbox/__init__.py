"""Certinia as the sandbox firm has it: its package's objects in an organisation."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from starlette.routing import Route

from dlt_pipelines.sandbox.firm.calendars import at
from dlt_pipelines.sandbox.firm.model import (
    Customer,
    Firm,
    Milestone,
    Person,
    Project,
    Task,
    TimeEntry,
)
from dlt_pipelines.sandbox.serving.host import Host
from dlt_pipelines.sandbox.serving.organisation import Contents, Organisation
from dlt_pipelines.vendors.certinia.assumptions import APPROVED_OBJECT, ROLE_FIELD
from dlt_pipelines.vendors.certinia.sandbox import billing, plans
from dlt_pipelines.vendors.certinia.sandbox.fields import FIELDS
from dlt_pipelines.vendors.certinia.sandbox.records import Row, id_of, kept
from dlt_pipelines.vendors.certinia.sandbox.timecards import (
    Timecard,
    by_day,
    charged,
    hours,
    sheet_of,
    status_of,
    timecards,
)

ON_REQUEST = True  # takes the place of the default firm's PSA

# Constants of the sandbox, secrets of nobody.
CLIENT_ID = "sandbox-certinia-connected-app"
CLIENT_SECRET = "sandbox-certinia-secret"

REMEMBERED = timedelta(days=60)  # how long a timecard that went into another is deleted
DECIDED_WITHIN = timedelta(days=20)  # what is changed later may leave a timecard
BY_HAND = 10  # one timecard in so many that wait has its flag set by hand
ACTUAL_DATES = 4  # one milestone in so many says on which day it was completed


def settings(base_url: str, certificates: Path) -> dict[str, Any]:
    """The options with which a client reaches this sandbox."""
    del certificates  # plain HTTP
    return {
        "base_url": f"{base_url}/login",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "values": {"milestone_history": "pse__Milestone__History"},
    }


def routes(host: Host) -> list[Route]:
    """The organisation's login host and instance, on different paths."""
    return organisation(host).routes()


def organisation(host: Host) -> Organisation:
    """The organisation with the firm's projects, plans, time and bills."""
    cards = partial(host.cached, ("certinia", "timecards"), timecards)

    def of_cards(made: Callable[[Firm, list[Timecard]], list[Row]]) -> Any:
        return lambda firm: made(firm, cards())

    records = RECORDS | {name: of_cards(made) for name, made in OF_TIMECARDS.items()}
    contents = Contents(
        "certinia", CLIENT_ID, CLIENT_SECRET, FIELDS, records, {ROLE_FIELD: _roles}
    )
    return Organisation(host, contents)


def _accounts(firm: Firm) -> list[Row]:
    return [
        {
            "Id": customer.salesforce_id,
            "Name": customer.name,
            "ParentId": None,
            **kept(customer.created_at, customer.updated_at),
        }
        for customer in firm.customers.values()
    ]


def _contacts(firm: Firm) -> list[Row]:
    """Resources, and the people of customers, who are contacts too."""
    resources = [_resource(firm, p) for p in firm.people.values() if p.in_psa]
    return resources + [_outsider(customer) for customer in firm.customers.values()]


def _resource(firm: Firm, person: Person) -> Row:
    today = firm.clock.date()
    moved = [a.effective_date for a in person.assignments if a.effective_date <= today]
    touched = [min(person.created_at, firm.clock), *(at(day, 0) for day in moved)]
    has_left = person.left is not None and person.left < today
    if person.left is not None and has_left:
        touched.append(datetime.combine(person.left, time(23, 59), UTC))
    return {
        "Id": id_of("contact", person.number),
        "Name": f"{person.first_name} {person.last_name}",
        "Email": person.email.title(),
        "pse__ERP_Worker_Correlation_Id__c": person.number,
        "pse__Resource_Role__c": plans.role_on(person, today),
        "pse__Practice__c": None,
        "pse__Is_Resource__c": True,
        "pse__Is_Resource_Active__c": not has_left,
        "pse__External_Resource__c": person.is_contractor,
        **kept(touched[0], max(touched)),
    }


def _outsider(customer: Customer) -> Row:
    nothing = dict.fromkeys(FIELDS["Contact"])
    return {
        **nothing,
        "Id": id_of("contact", "of", customer.number),
        "Name": f"Buyer of {customer.name}",
        "pse__Is_Resource__c": False,
        "pse__Is_Resource_Active__c": False,
        "pse__External_Resource__c": False,
        **kept(customer.created_at, customer.updated_at),
    }


def _roles(firm: Firm) -> dict[str, bool]:
    """Roles in use; one that nobody holds and no rate is for may not be chosen."""
    today = firm.clock.date()
    priced = {rate.role for rate in firm.bill_rates}
    here = [p for p in firm.people.values() if p.left is None or p.left >= today]
    chosen = priced | {plans.role_on(person, today) for person in here}
    known = priced | {a.role for p in firm.people.values() for a in p.assignments}
    return {role: role in chosen for role in sorted(known)}


def _practices(firm: Firm) -> list[Row]:
    start = at(firm.start, 0)
    return [
        {
            "Id": id_of("practice", practice.code),
            "Name": practice.name,
            "Practice_Code__c": practice.code,
            "pse__Parent_Practice__c": None,
            **kept(start, start),
        }
        for practice in firm.practices.values()
    ]


def _projects(firm: Firm) -> list[Row]:
    rows = [_project(firm, project) for project in firm.projects.values()]
    if rows:
        pattern = {"Id": id_of("project", "template"), "pse__Is_Template__c": True}
        rows.append(rows[0] | pattern | {"Name": "Template", "Project_Code__c": None})
    return rows


def _project(firm: Firm, project: Project) -> Row:
    customer = firm.customers.get(project.customer)
    is_sold = project.contract_type != "non_billable"
    by_time = project.contract_type.startswith("time_and_materials")
    return {
        "Id": id_of("project", project.code),
        "Name": project.name,
        "pse__Account__c": customer.salesforce_id if customer else None,
        "pse__Project_Manager__c": id_of("contact", project.manager),
        "pse__Practice__c": id_of("practice", project.practice),
        "pse__Rate_Card_Set__c": id_of("set", project.currency) if is_sold else None,
        "Project_Code__c": project.code,
        "Legal_Entity__c": project.entity,
        "Contract_Type__c": None,
        "pse__Billing_Type__c": "Time and Materials" if by_time else "Fixed Price",
        "pse__Stage__c": STAGES[project.status],
        "pse__Start_Date__c": project.start,
        "pse__End_Date__c": project.end,
        "CurrencyIsoCode": project.currency,
        "pse__Percent_Hours_Completed_For_Recognition__c": (
            100 if project.status == "Completed" else 0
        ),
        "pse__Is_Active__c": not project.is_archived,
        "pse__Is_Billable__c": is_sold,
        "pse__Is_Template__c": False,
        **kept(project.created_at, project.updated_at),
    }


STAGES = {
    "Not Started": "Planned",
    "In Progress": "In Progress",
    "Completed": "Completed",
}


def _budgets(firm: Firm) -> list[Row]:
    """What a project is sold for, and what its expenses may come to."""
    rows = []
    for project in firm.projects.values():
        if project.opportunity is not None:
            sold = _budget(project, "Customer Purchase Order", project.currency)
            rows.append(sold | {"pse__Amount__c": project.price})
        if project.expense_budget is not None:
            currency = firm.entities[project.entity].currency
            spent = _budget(project, "Internal Budget", currency)
            rows.append(spent | {"pse__Expense_Amount__c": project.expense_budget})
            asked = _budget(project, "Internal Budget Change Request", currency)
            rows.append(
                asked
                | {
                    "pse__Expense_Amount__c": project.expense_budget,
                    "pse__Status__c": "Draft",
                    "pse__Include_In_Financials__c": False,
                }
            )
    return rows


def _budget(project: Project, type_: str, currency: str) -> Row:
    return {
        "Id": id_of("budget", project.code, type_),
        "Name": f"{type_} {project.code}",
        "pse__Project__c": id_of("project", project.code),
        "pse__Type__c": type_,
        "pse__Status__c": "Approved",
        "CurrencyIsoCode": currency,
        "pse__Amount__c": None,
        "pse__Expense_Amount__c": None,
        "pse__Include_In_Financials__c": True,
        **kept(project.created_at, project.updated_at),
    }


def _tasks(firm: Firm) -> list[Row]:
    return [
        {
            "Id": id_of("task", task.id),
            "Name": task.title,
            "pse__Project__c": id_of("project", task.project),
            "pse__Status__c": TASK_STATES[task.state],
            "Obligation__c": task.obligation,
            **kept(task.created_at, task.updated_at, task.deleted_at is not None),
        }
        for task in firm.tasks.values()
        if task.kind != "milestone"
    ]


TASK_STATES = {"not started": "Planned", "started": "Started", "completed": "Complete"}


def _milestones(firm: Firm) -> list[Row]:
    """What the customer accepts; what some of it bills."""
    amounts = {m.task: m for m in firm.milestones.values()}
    accepted = [t for t in firm.tasks.values() if t.kind == "milestone"]
    return [
        _milestone(task, number, amounts, firm) for number, task in enumerate(accepted)
    ]


def _milestone(
    task: Task, number: int, amounts: dict[str, Milestone], firm: Firm
) -> Row:
    billed = amounts.get(task.id)
    done = task.completed_at is not None
    says_when = done and number % ACTUAL_DATES == 0
    touched = max(task.updated_at, billed.updated_at if billed else task.updated_at)
    return {
        "Id": id_of("milestone", task.id),
        "Name": task.title,
        "pse__Project__c": id_of("project", task.project),
        "pse__Billing_Event_Item__c": billing.item_of_milestone(billed),
        "pse__Status__c": "Approved" if done else "Open",
        "Obligation__c": task.obligation,
        "pse__Target_Date__c": task.due,
        "pse__Actual_Date__c": (
            task.completed_at.date() if task.completed_at and says_when else None
        ),
        "CurrencyIsoCode": firm.projects[task.project].currency,
        "pse__Milestone_Amount__c": billed.amount if billed else None,
        "pse__Approved__c": done,
        "pse__Include_In_Financials__c": done,
        "pse__Exclude_from_Billing__c": False,
        **kept(task.created_at, touched, task.deleted_at is not None),
    }


def _milestone_changes(firm: Firm) -> list[Row]:
    """Field history: only what turned, and only of what is tracked."""
    rows = []
    for task in firm.tasks.values():
        was = False
        for place, (state, moment) in enumerate(task.changes):
            now = state == "completed"
            if task.kind == "milestone" and now != was:
                change = {
                    "Id": id_of("change", task.id, place),
                    "ParentId": id_of("milestone", task.id),
                    "Field": "pse__Approved__c",
                    "OldValue": was,
                    "NewValue": now,
                    "CreatedDate": moment,
                }
                rows.append(change)
            was = now
    return rows


def _timecards(firm: Firm, cards: list[Timecard]) -> list[Row]:
    """Timecards; of those that went into another one, that they are gone."""
    seats = plans.Seats(firm)
    twice = set(firm.served_twice.get("time_entries", ()))
    rows = []
    for card in cards:
        row = _timecard(firm, card, seats)
        rows += [row, row] if card.first.id in twice else [row]
        if card.touched > firm.clock - REMEMBERED:
            for entry in card.entries[1:]:
                gone = {"Id": id_of("timecard", entry.id), "IsDeleted": True}
                rows.append(row | gone)
    return rows


def _timecard(firm: Firm, card: Timecard, seats: plans.Seats) -> Row:
    first, status = card.first, status_of(firm, card)
    is_approved = status == "Approved"
    # Somebody has set the flag of a few by hand: they are in no figures yet.
    by_hand = status == "Submitted" and int(first.id) % BY_HAND == 0
    total = sum(entry.minutes for entry in card.entries)
    return {
        "Id": id_of("timecard", first.id),
        "Name": f"TCH-{first.id}",
        "pse__Resource__c": id_of("contact", first.person),
        "pse__Project__c": id_of("project", first.project),
        "pse__Assignment__c": seats.of(card),
        "pse__Milestone__c": None,
        "pse__Start_Date__c": card.start,
        "pse__End_Date__c": card.end,
        **by_day(card, card.entries),
        "pse__Total_Hours__c": hours(total),
        "pse__Status__c": status,
        "pse__Bill_Rate__c": first.bill_rate,
        "pse__Daily_Bill_Rate__c": False,
        "pse__Billable__c": first.is_billable,
        "pse__Exclude_from_Billing__c": False,
        "pse__Submitted__c": status in ("Submitted", "Approved"),
        "pse__Approved__c": is_approved or by_hand,
        "pse__Include_In_Financials__c": is_approved,
        **kept(card.made[0], card.touched, card.is_deleted),
    }


def _splits(firm: Firm, cards: list[Timecard]) -> list[Row]:
    """Each part of a week in one month, as often as it was made: the last one lives."""
    return [
        row
        for card in cards
        for start, last, entries in card.splits
        for row in _made(firm, card, start, last, entries)
    ]


def _made(
    firm: Firm, card: Timecard, start: date, last: date, entries: list[TimeEntry]
) -> list[Row]:
    currency = firm.projects[card.first.project].currency
    rows = []
    for made, since in enumerate(card.made, start=1):
        until = card.made[made] if made < len(card.made) else None
        told = [e for e in entries if until is None or e.created_at < until]
        live = until is None and bool(told) and not card.is_deleted
        rows.append(
            {
                "Id": billing.split_id(card, start, made),
                "Name": f"TC-{card.first.id}-{made}",
                "pse__Timecard_Header__c": id_of("timecard", card.first.id),
                "pse__Project__c": id_of("project", card.first.project),
                "pse__Billing_Event_Item__c": (
                    billing.item_of_split(card, start) if live else None
                ),
                "pse__Start_Date__c": start,
                "pse__End_Date__c": last,
                "CurrencyIsoCode": currency,
                **by_day(card, told),
                "pse__Total_Hours__c": hours(sum(e.minutes for e in told)),
                "pse__Total_Billable_Amount__c": charged(told, currency),
                "pse__Billed__c": live and card.first.invoice is not None,
                "pse__Invoiced__c": live and card.first.invoice is not None,
                **kept(since, until or card.touched, not live),
            }
        )
    return rows


def _task_times(firm: Firm, cards: list[Timecard]) -> list[Row]:
    """Hours by task; of a week that was changed late, that no other task has hours."""
    of_project: dict[str, set[str]] = {}
    for task in firm.tasks.values():
        of_project.setdefault(task.project, set()).add(task.id)
    rows = []
    for card in cards:
        tasks = {entry.task for entry in card.entries if entry.task}
        if card.touched > card.made[0] + DECIDED_WITHIN:
            tasks |= of_project.get(card.first.project, set())
        rows += [_task_time(card, task) for task in sorted(tasks)]
    return rows


def _task_time(card: Timecard, task: str) -> Row:
    told = [entry for entry in card.entries if entry.task == task]
    created = min((entry.created_at for entry in told), default=card.touched)
    return {
        "Id": id_of("task time", card.first.id, task),
        "Name": f"TT-{card.first.id}",
        "pse__Timecard__c": id_of("timecard", card.first.id),
        "pse__Project_Task__c": id_of("task", task),
        **by_day(card, told),
        "pse__Total_Hours__c": hours(sum(entry.minutes for entry in told)),
        **kept(created, card.touched, not told or card.is_deleted),
    }


def _approvals(firm: Firm, cards: list[Timecard]) -> list[Row]:
    """One process for each timecard that was handed in, and a deal's among them."""
    rows = []
    for card in cards:
        sheet = sheet_of(firm, card)
        if sheet is None or card.is_deleted:
            continue
        is_decided = sheet.status in ("approved", "rejected")
        rows.append(
            {
                "Id": id_of("process", sheet.id, card.first.id),
                "TargetObjectId": id_of("timecard", card.first.id),
                "TargetObject.Type": APPROVED_OBJECT,
                "Status": PROCESSES[sheet.status],
                "CompletedDate": sheet.updated_at if is_decided else None,
                **kept(sheet.created_at, max(sheet.updated_at, card.touched)),
            }
        )
    for deal in firm.opportunities.values():
        rows.append(
            {
                "Id": id_of("process", deal.salesforce_id),
                "TargetObjectId": deal.salesforce_id,
                "TargetObject.Type": "Opportunity",
                "Status": "Approved",
                "CompletedDate": deal.updated_at,
                **kept(deal.created_at, deal.updated_at),
            }
        )
    return rows


PROCESSES = {
    "pending": "Pending",
    "approved": "Approved",
    "rejected": "Rejected",
    "cancelled": "Removed",
}

RECORDS: dict[str, Callable[[Firm], list[Row]]] = {
    "Account": _accounts,
    "Contact": _contacts,
    "pse__Practice__c": _practices,
    "pse__Proj__c": _projects,
    "pse__Budget__c": _budgets,
    "pse__Project_Task__c": _tasks,
    "pse__Milestone__c": _milestones,
    "pse__Milestone__History": _milestone_changes,
    "pse__Schedule__c": plans.schedules,
    "pse__Schedule_Exception__c": plans.schedule_exceptions,
    "pse__Billing_Event__c": billing.billing_events,
    "pse__Billing_Event_Batch__c": billing.billing_event_batches,
    "pse__Rate_Card__c": plans.rate_cards,
    "pse__Rate_Card_Set__c": plans.rate_card_sets,
    "pse__Rate_Card_Set_Junction__c": plans.rate_card_set_members,
}
OF_TIMECARDS: dict[str, Callable[[Firm, list[Timecard]], list[Row]]] = {
    "pse__Assignment__c": plans.assignments,
    "pse__Timecard_Header__c": _timecards,
    "pse__Timecard__c": _splits,
    "pse__Task_Time__c": _task_times,
    "ProcessInstance": _approvals,
    "pse__Billing_Event_Item__c": billing.billing_event_items,
}
