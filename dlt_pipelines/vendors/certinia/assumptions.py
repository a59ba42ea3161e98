"""What we take for granted about Certinia without having seen it confirmed.

Read in published metadata of the package: the objects, fields and types that tables.yml
names, that Scheduled Hours of a schedule is stored and made of its dates, pattern and
exceptions, and which flags an approval sets. The rest is here, with where it is relied
on.
"""

# Splits are deleted and made anew when a timecard's hours or dates change; one that was
# made later speaks for all its days (certinia__int_timecard_days). A timecard with
# hours has its splits from the moment that it is saved (a test of its staging model).

# Time is approved when the timecard is Approved and counts in financials. The flags are
# set together; where they disagree it waits, whatever its status says.

# The approval processes of timecards are Salesforce's own, so ProcessInstance has when
# they were decided; where a tenant approves otherwise, approved_at is not known.
APPROVED_OBJECT = "pse__Timecard_Header__c"

# An exception of a schedule without a last day is of one day; of several that are of
# one day the last by its id counts (certinia__int_schedule_parts). Scheduled Hours are
# without the holidays of the work calendar, so a part of a schedule has its share.

# What a project is sold for are its budgets of the type Customer Purchase Order, what
# its expenses may come to those of the type Internal Budget; each with its Change
# Request, and those that are in financials. A budget has its own currency.

# Billing events with one invoice number and currency are on one invoice
# (certinia__int_billed_events). What is not invoiced is a draft, released or not.

# A rate card for one customer, region, practice or group is no price of its set for
# everybody (certinia__psa_bill_rates).

# Percent Hours Completed For Recognition is what counts as a project's stated progress:
# the package fills it, and a manager may.

# The junction of rate cards and sets is pse__Rate_Card_Set_Junction__c with
# pse__Rate_Card__c and pse__Rate_Card_Set__c; the values that a resource's role may
# have are the picklist of Contact.pse__Resource_Role__c.
ROLE_FIELD = ("Contact", "pse__Resource_Role__c")
