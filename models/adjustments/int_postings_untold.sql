-- Grain: one row per posting key that would change what was posted of a project, or take back
-- what others booked, and no PSA has the project, or none under this code: it was cleared or
-- renamed, or is not read. What is told no more is not gone; the kind is one that the PSA's
-- records make.
with

told as (
    select distinct project_code
    from {{ ref('crosswalk_projects') }}
    where role = 'psa'
),

kind_needs as (
    {{ posting_needs() }}
)

select postings.posting_key
from {{ ref('int_postings_dimensioned') }} as postings
inner join kind_needs
    on postings.kind = kind_needs.kind
    and kind_needs.prerequisite = 'psa'
left join told on postings.project_code = told.project_code
left join told as credited on postings.credit_project_code = credited.project_code
where
    (
        (postings.project_code is not null and told.project_code is null)
        or (postings.credit_project_code is not null and credited.project_code is null)
    )
    and (
        (postings.own_posted_amount != 0 and postings.desired_amount != postings.own_posted_amount)
        or {{ takes_back('postings') }}
    )
