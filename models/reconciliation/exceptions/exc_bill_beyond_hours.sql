-- Contractors' bills that are for more than the approved hours that they cover come to at
-- the order's rate. The amount is what the hours do not explain.
{{ exceptions_of_bills(
    'bill_beyond_hours',
    "': the approved hours that it covers come to ' || coalesce("
    ~ amount_text('billed.accrued_amount', 'billed.currency_code')
    ~ ", 'an unknown amount') || ' at the order''s rate'"
) }}
