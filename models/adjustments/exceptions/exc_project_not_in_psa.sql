-- Postings that wait because no PSA has their project, or none under its code.
{{ exceptions_of_held_postings(
    'project_not_in_psa', "postings.hold_reason = 'project not in the PSA'", ' of an entity'
) }}
