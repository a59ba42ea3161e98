"""What we take for granted about Kantata without having seen it confirmed.

Everything here is used by the connector and by the sandbox, so a real account that
disagrees is corrected in this one place.
"""

from datetime import timedelta

# ``limit`` with ``offset`` wins over ``page`` with ``per_page`` (documented); that it
# has the same maximum is not. The client goes on with the size it really gets.
MOST_PER_PAGE = 200

# Whether ``updated_after`` includes its own moment is not documented, and a change may
# become visible after its timestamp. Every reading starts this much earlier.
OVERLAP = timedelta(minutes=15)

# Events come late and out of order; deletions are few, so look back a whole day.
EVENT_OVERLAP = timedelta(days=1)

# The feed forgets events after nine days (documented).
EVENT_RETENTION = timedelta(days=9)

# Including this association on /stories (only together with ``only=``) gives each
# story ``story_state_change_ids`` and a map of that name with id, state, created_at
# and updated_at. The change's own ``story_id`` needs an include of its own, which a
# side-loaded object cannot have, so it is taken from the story.
STATE_CHANGES = "story_state_changes"
STATE_CHANGE_IDS = "story_state_change_ids"

# Including these associations on /invoices gives each invoice lists of their ids and
# maps of these names with id, amount_in_cents, notes, story_id and workspace_id. The
# item's own invoice is not among them, so it is taken from the invoice; only expenses
# have a currency of their own. With time and milestones, which name their invoice
# themselves, these are all that an invoice adds up.
INVOICE_ITEMS = {
    "additional_items": "additional_item_ids",
    "fixed_fee_items": "fixed_fee_item_ids",
    "expenses": "expense_ids",
}
EXPENSES = "expenses"

# What is corrected of time once it is locked: /time_adjustments lists all of it, also
# of archived projects. Its ``time`` is taken to be in minutes, as all other time is,
# below 0 where hours are taken back, and to be of ``original_date``; whoever may adjust
# locked time has approved it. Its invoice is the active one.
ADJUSTMENTS = "time_adjustments"

# A project is one once its stage, which is shown when asked for, is no «estimate».

# custom_field_values of tasks are asked for with this subject type.
TASK_FIELDS = "Story"

# The types of custom fields whose value is a list: ids of choices, and minor units with
# the code of their currency (both documented). display_value is taken to be what a
# choice is called, of several choices their names.
CHOICES = ("single", "multi")
MONEY = "currency"

# Users and roles hide leavers and retired roles unless they are asked for (documented).
# That ``on_my_account`` shows leavers too when it is asked with show_disabled is not.
# Of several invoices that a billing milestone was put on ``invoice_id`` may be any: the
# list, which is taken to be in their order, and their states say which one stands.
# A version's default rate of 0 is taken for none.

# A rate card's amounts are «in cents per hour» with no base unit beside them: they are
# taken to be in minor units of the card's currency, as other amounts are by their
# currency_base_unit (kantata__psa_bill_rates).

# Keys of workspaces.status: 130 and 310 are recorded, the key of Completed is not.
STATUS_KEYS = {"Not Started": 130, "In Progress": 310, "Completed": 530}

# Filters of an endpoint that are unknown are taken to be ignored, not refused.
# /billing_milestones has no updated filter.

# Calls a second to /workspaces and /custom_field_values before 429; that these have a
# limit of their own is documented, its size is not.
LIMITED_PATHS = ("workspaces", "custom_field_values")
LIMITED_CALLS_PER_SECOND = 20

# -- writing ----------------------------------------------------------------------
# The price of a project that is created: whole units of its currency (1) or minor
# ones (100). The documentation does not say: try it on one project before the first
# shell is created.
CREATE_PRICE_BASE_UNIT = 1

# Nothing guards a create against repeats (documented); an external reference is made
# with it and looked up by GET /external_references with these filters. How soon a
# reference is found is not documented.
SERVICE_NAME = "tieout"
REFERENCES = "external_references"
REFERENCE_LIMIT = 64  # characters of it that are kept; the limit is not documented
LOOKUP_LAG = timedelta(seconds=30)

# GET /custom_fields with subject_type lists the account's own fields with id and name.
CUSTOM_FIELDS = "custom_fields"

# A user's role is changed by PUT /users/{id} with role_id.
