"""The types of the fields that the sandbox's Certinia has, by object."""

from dlt_pipelines.sandbox.serving.organisation import (
    DAY,
    FLAG,
    NUMBER,
    PERCENT,
    STAMPS,
    STRING,
)
from dlt_pipelines.sandbox.serving.organisation import MOMENT as WHEN
from dlt_pipelines.vendors.certinia.sandbox.timecards import DAYS

OF_DAYS = {f"pse__{day}_Hours__c": NUMBER for day in DAYS}
KEPT = {"IsDeleted": FLAG, **STAMPS}
NAMED = {"Id": STRING, "Name": STRING}
MONEY = {"CurrencyIsoCode": STRING}


def _texts(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, STRING)


def _flags(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, FLAG)


def _days(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, DAY)


def _numbers(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, NUMBER)


FIELDS: dict[str, dict[str, str]] = {
    "Account": {**NAMED, **_texts("ParentId"), **KEPT},
    "Contact": {
        **NAMED,
        **_texts("Email", "pse__ERP_Worker_Correlation_Id__c", "pse__Resource_Role__c"),
        **_texts("pse__Practice__c"),
        **_flags("pse__Is_Resource__c", "pse__Is_Resource_Active__c"),
        **_flags("pse__External_Resource__c"),
        **KEPT,
    },
    "pse__Practice__c": {
        **NAMED,
        **_texts("Practice_Code__c", "pse__Parent_Practice__c"),
        **KEPT,
    },
    "pse__Proj__c": {
        **NAMED,
        **_texts("pse__Account__c", "pse__Project_Manager__c", "pse__Practice__c"),
        **_texts("pse__Rate_Card_Set__c", "Project_Code__c", "Legal_Entity__c"),
        **_texts("Contract_Type__c", "pse__Billing_Type__c", "pse__Stage__c"),
        **_days("pse__Start_Date__c", "pse__End_Date__c"),
        **MONEY,
        "pse__Percent_Hours_Completed_For_Recognition__c": PERCENT,
        **_flags("pse__Is_Active__c", "pse__Is_Billable__c", "pse__Is_Template__c"),
        **KEPT,
    },
    "pse__Budget__c": {
        **NAMED,
        **_texts("pse__Project__c", "pse__Type__c", "pse__Status__c"),
        **MONEY,
        **_numbers("pse__Amount__c", "pse__Expense_Amount__c"),
        **_flags("pse__Include_In_Financials__c"),
        **KEPT,
    },
    "pse__Project_Task__c": {
        **NAMED,
        **_texts("pse__Project__c", "pse__Status__c", "Obligation__c"),
        **KEPT,
    },
    "pse__Milestone__c": {
        **NAMED,
        **_texts("pse__Project__c", "pse__Billing_Event_Item__c", "pse__Status__c"),
        **_texts("Obligation__c"),
        **_days("pse__Target_Date__c", "pse__Actual_Date__c"),
        **MONEY,
        **_numbers("pse__Milestone_Amount__c"),
        **_flags("pse__Approved__c", "pse__Include_In_Financials__c"),
        **_flags("pse__Exclude_from_Billing__c"),
        **KEPT,
    },
    "pse__Milestone__History": {
        **_texts("Id", "ParentId", "Field"),
        **_flags("OldValue", "NewValue"),
        "CreatedDate": WHEN,
    },
    "pse__Assignment__c": {
        **NAMED,
        **_texts("pse__Project__c", "pse__Resource__c", "pse__Schedule__c"),
        **_texts("pse__Role__c", "pse__Status__c"),
        **_flags("pse__Is_Billable__c"),
        **_days("pse__Start_Date__c", "pse__End_Date__c"),
        **_numbers("pse__Scheduled_Hours__c"),
        **KEPT,
    },
    "pse__Schedule__c": {
        **NAMED,
        **_days("pse__Start_Date__c", "pse__End_Date__c"),
        **OF_DAYS,
        **_numbers("pse__Scheduled_Hours__c", "pse__Scheduled_Days__c"),
        **KEPT,
    },
    "pse__Schedule_Exception__c": {
        **NAMED,
        **_texts("pse__Schedule__c"),
        **_days("pse__Date__c", "pse__End_Date__c"),
        **_numbers("pse__Exception_Hours__c"),
        **OF_DAYS,
        **KEPT,
    },
    "pse__Timecard_Header__c": {
        **NAMED,
        **_texts("pse__Resource__c", "pse__Project__c", "pse__Assignment__c"),
        **_texts("pse__Milestone__c", "pse__Status__c"),
        **_days("pse__Start_Date__c", "pse__End_Date__c"),
        **OF_DAYS,
        **_numbers("pse__Total_Hours__c", "pse__Bill_Rate__c"),
        **_flags("pse__Daily_Bill_Rate__c", "pse__Billable__c"),
        **_flags("pse__Exclude_from_Billing__c", "pse__Submitted__c"),
        **_flags("pse__Approved__c", "pse__Include_In_Financials__c"),
        **KEPT,
    },
    "pse__Timecard__c": {
        **NAMED,
        **_texts("pse__Timecard_Header__c", "pse__Project__c"),
        **_texts("pse__Billing_Event_Item__c"),
        **_days("pse__Start_Date__c", "pse__End_Date__c"),
        **MONEY,
        **OF_DAYS,
        **_numbers("pse__Total_Hours__c", "pse__Total_Billable_Amount__c"),
        **_flags("pse__Billed__c", "pse__Invoiced__c"),
        **KEPT,
    },
    "pse__Task_Time__c": {
        **NAMED,
        **_texts("pse__Timecard__c", "pse__Project_Task__c"),
        **OF_DAYS,
        **_numbers("pse__Total_Hours__c"),
        **KEPT,
    },
    "ProcessInstance": {
        **_texts("Id", "TargetObjectId", "TargetObject.Type", "Status"),
        "CompletedDate": WHEN,
        **KEPT,
    },
    "pse__Billing_Event__c": {
        **NAMED,
        **_texts("pse__Project__c", "pse__Billing_Event_Batch__c", "pse__Status__c"),
        **_days("pse__Date__c", "pse__Invoice_Date__c"),
        **_texts("pse__Invoice_Number__c", "ERP_Invoice__c"),
        **MONEY,
        **_numbers("pse__Summary_Amount__c", "pse__Rounded_Summary_Amount__c"),
        **_flags("pse__Is_Approved__c", "pse__Is_Released__c", "pse__Invoiced__c"),
        **KEPT,
    },
    "pse__Billing_Event_Batch__c": {
        **NAMED,
        **_texts("pse__Account__c"),
        **_flags("pse__Is_Released__c"),
        **KEPT,
    },
    "pse__Billing_Event_Item__c": {
        **NAMED,
        **_texts("pse__Billing_Event__c", "pse__Project__c", "pse__Milestone__c"),
        **_texts("pse__Timecard_Split__c", "pse__Object_Id__c", "pse__Category__c"),
        **_texts("pse__Description__c"),
        **MONEY,
        **_numbers("pse__Amount__c", "pse__Rounded_Amount__c"),
        **KEPT,
    },
    "pse__Rate_Card__c": {
        **NAMED,
        **_texts("pse__Account__c", "pse__Region__c", "pse__Practice__c"),
        **_texts("pse__Group__c", "pse__Role__c"),
        **_days("pse__Start_Date__c", "pse__End_Date__c"),
        **MONEY,
        **_numbers("pse__Suggested_Bill_Rate__c"),
        **KEPT,
    },
    "pse__Rate_Card_Set__c": {**NAMED, **KEPT},
    "pse__Rate_Card_Set_Junction__c": {
        **_texts("Id", "pse__Rate_Card_Set__c", "pse__Rate_Card__c"),
        **KEPT,
    },
}
