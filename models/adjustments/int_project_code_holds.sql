-- Grain: one row per posting key that waits because a project's code is not what it was. What
-- was posted of a project, or others booked, is not changed while no PSA has it, or none under
-- this code: it was cleared or renamed, or is not read. What is told no more is not gone
-- (orders need no project in a PSA: what they accrue goes on where none ever was). And what
-- stands on a job under a code that the ERP does not have any more is not posted there again
-- under the job's new one.
with

told as (
    select distinct project_code
    from {{ ref('crosswalk_projects') }}
    where role = 'psa'
),

-- Kinds that the PSA's records make.
kind_needs as (
    {{ posting_needs() }}
),

once_told as (
    select distinct project_code
    from {{ ref('fct_postings') }}
    where status = 'posted' and kind in ('labour_cost_accrual', 'labour_cost_true_up')
),

untold as (
    select postings.posting_key
    from {{ ref('int_postings_dimensioned') }} as postings
    inner join kind_needs
        on postings.kind = kind_needs.kind
        and kind_needs.prerequisite = 'psa'
    left join told on postings.project_code = told.project_code
    left join told as credited on postings.credit_project_code = credited.project_code
    left join once_told on postings.project_code = once_told.project_code
    where
        (postings.kind != 'subcontractor_accrual' or once_told.project_code is not null)
        and (
            (postings.project_code is not null and told.project_code is null)
            or (
                postings.credit_project_code is not null and credited.project_code is null
            )
        )
        and (
            (
                postings.own_posted_amount != 0
                and postings.desired_amount != postings.own_posted_amount
            )
            or {{ takes_back('postings') }}
        )
),

jobs as (
    select
        source_instance,
        record_id,
        project_code
    from {{ ref('crosswalk_projects') }}
    where role = 'erp'
),

recoded as (
    select distinct
        jobs.source_instance,
        jobs.project_code
    from {{ ref('fct_postings') }} as postings
    inner join {{ ref('int_own_postings') }} as own_postings
        on postings.posting_key = own_postings.posting_key
        and own_postings.own_posted_amount != 0
    inner join jobs
        on postings.target_instance = jobs.source_instance
        and case
            when postings.amount > 0 then postings.debited_project_id
            else postings.credited_project_id
        end = jobs.record_id
    left join jobs as same_code
        on postings.target_instance = same_code.source_instance
        and postings.project_code = same_code.project_code
    where
        postings.status = 'posted'
        and same_code.record_id is null
)

select
    postings.posting_key,
    case
        when untold.posting_key is not null then 'project not in the PSA'
        else 'project posted under another code'
    end as hold_reason
from {{ ref('int_postings_dimensioned') }} as postings
left join untold on postings.posting_key = untold.posting_key
left join recoded
    on postings.target_instance = recoded.source_instance
    and recoded.project_code in (postings.project_code, postings.credit_project_code)
    and postings.desired_amount != postings.own_posted_amount
where untold.posting_key is not null or recoded.project_code is not null
