"""Accounts, opportunities and users of an organisation, by what changed of them.

A won opportunity carries the terms its project is sold on, its products are the
performance obligations. Users own accounts and deals; one can only be deactivated.
"""

from functools import partial

from dlt_pipelines.vendors.soql_changes import Listing

_listing = partial(Listing, "salesforce")

FEEDS = tuple(
    listing.feed()
    for listing in (
        _listing("accounts", "Account"),
        _listing("opportunities", "Opportunity", shares=("Fee_Rate__c",)),
        _listing("opportunity_lines", "OpportunityLineItem"),
        _listing("users", "User", has_bin=False),
    )
)
