-- Postings that wait because their job in the ERP has another code than it was posted under.
{{ exceptions_of_held_postings(
    'project_recoded_in_erp', "postings.hold_reason = 'project posted under another code'",
    ' of an entity'
) }}
