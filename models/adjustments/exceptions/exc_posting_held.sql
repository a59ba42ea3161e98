-- Postings that are not made because something stands against them, other than a decision
-- of policy or a period that has not begun. The amount is what is not posted. What waits for a
-- project's code is told as that.
{{ exceptions_of_held_postings(
    'posting_held',
    "postings.hold_reason not in (
        'held by policy', 'period closed', 'period to come', 'project not in the PSA',
        'project posted under another code'
    )
    and postings.hold_reason not like 'exception: %'", ''
) }}
