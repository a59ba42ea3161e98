"""What is read of Certinia: the package's objects, by what changed of them.

Formulas and roll-ups change without a stamp, so none is read: a plan's dates and hours
are its schedule's, hours are their splits'. Splits are deleted and made anew, which
``queryAll`` shows. Contacts that are customers' people are not read.
"""

from collections.abc import Iterator
from functools import partial

from dlt_pipelines.core.errors import BadAnswer
from dlt_pipelines.landing.tenant_settings import in_force
from dlt_pipelines.vendors.certinia.assumptions import APPROVED_OBJECT, ROLE_FIELD
from dlt_pipelines.vendors.feeds import Batch, Feed, Window
from dlt_pipelines.vendors.soql import SoqlClient
from dlt_pipelines.vendors.soql_changes import Listing

PROJECT = "pse__Proj__c"
HISTORY = "values.milestone_history"

_listing = partial(Listing, "certinia")
_priced = partial(_listing, as_on={"CurrencyIsoCode": PROJECT})

LISTINGS = (
    _listing("accounts", "Account"),
    _listing("contacts", "Contact", "pse__Is_Resource__c = true"),
    _listing("practices", "pse__Practice__c"),
    _priced("projects", PROJECT),
    _priced("budgets", "pse__Budget__c"),
    _listing("project_tasks", "pse__Project_Task__c"),
    _listing("assignments", "pse__Assignment__c"),
    _listing("schedules", "pse__Schedule__c"),
    _listing("schedule_exceptions", "pse__Schedule_Exception__c"),
    _listing("timecards", "pse__Timecard_Header__c"),
    _priced("timecard_splits", "pse__Timecard__c"),
    _listing("task_times", "pse__Task_Time__c"),
    _listing(
        "approvals",
        "ProcessInstance",
        f"TargetObject.Type = '{APPROVED_OBJECT}'",
        is_log=True,
    ),
    _priced("milestones", "pse__Milestone__c"),
    _priced("billing_events", "pse__Billing_Event__c"),
    _priced("billing_event_items", "pse__Billing_Event_Item__c"),
    _priced("rate_cards", "pse__Rate_Card__c"),
    _listing("rate_card_sets", "pse__Rate_Card_Set__c"),
    _listing("rate_card_set_members", "pse__Rate_Card_Set_Junction__c"),
)


def read_roles(client: SoqlClient, window: Window) -> Iterator[Batch]:
    """The values that the role of a resource may have, retired ones too."""
    del window  # read whole each time
    entity, name = ROLE_FIELD
    shown = {field["name"]: field for field in client.described(entity)}
    if name not in shown:
        raise BadAnswer(
            f"{client.instance.name} shows no field {name} of {entity}",
            "give the integration user read access to it; no role was taken for gone.",
        )
    yield Batch("roles", shown[name]["picklistValues"])


def read_milestone_changes(client: SoqlClient, window: Window) -> Iterator[Batch]:
    """When milestones were approved and that was taken back, where that is tracked."""
    if history := in_force(client.instance)[HISTORY]:
        yield from Listing(
            "certinia",
            "milestone_changes",
            history,
            "Field = 'pse__Approved__c'",
            cursor="CreatedDate",
            is_log=True,
            has_bin=False,
        ).read(client, window)


FEEDS: tuple[Feed, ...] = (
    Feed("roles", read_roles),
    *(listing.feed() for listing in LISTINGS),
    Feed("milestone_changes", read_milestone_changes),
)
