"""What we take for granted about Coupa without having seen it confirmed by the vendor.

Used by the connector and by the sandbox, so a real instance that disagrees is corrected
in this one place.
"""

# A custom field of a lookup is served as the chosen lookup value, an object, and one of
# several choices as a list of them: integrations in public read them so, the vendor's
# pages show fields of text alone. What says the choice is its external reference; a
# lookup without references is told by name. Fields of users and of records are taken to
# be objects too, with the number that other systems know them by.
CODES_OF_A_CHOICE = (
    "external-ref-num",
    "employee-number",
    "external-reference-number",
    "number",
    "code",
    "name",
)

# Types of receiving transactions are the vendor's («Void…», «…ReturnToSupplier»); that
# a void or a return is listed beside what it takes back, and under which sign, is not.
# So coupa__spend_receipts takes the sign from the type, and no void of what is voided.
# The member is documented as original_transaction_id, and taken to be hyphenated.
ORIGINAL = "original-transaction-id"

# Statuses of order lines are in no vendor's list: soft_closed_for_invoicing, closed and
# cancelled are those that integrations in public take for a line's end, and so does
# coupa__spend_purchase_order_lines. Its codes of units of time are guesses, too.
# Of the documented statuses of orders draft and buyer_hold are taken for not ordered
# yet, and so are those of approval; other holds are of orders that are only not sent.
