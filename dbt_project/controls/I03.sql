{{ config(tags=['control'], severity='error', meta={'control_id': 'I03'}) }}

-- Rows and minutes of what the PSA holds alive equal those in canonical: a join on the
-- way may neither drop a row (an unknown project) nor double it (a match made twice).
with

stacked as (
    select
        'time_entries' as measure,
        count(*) as staged_rows,
        coalesce(sum(worked_minutes), 0) as staged_minutes,
        0 as carried_rows,
        0 as carried_minutes
    from {{ ref('psa_time_entries') }}
    where not is_deleted

    union all

    select
        'time_entries' as measure,
        0 as staged_rows,
        0 as staged_minutes,
        count(*) as carried_rows,
        coalesce(sum(worked_minutes), 0) as carried_minutes
    from {{ ref('fct_time_entries') }}

    union all

    select
        'allocations' as measure,
        count(*) as staged_rows,
        coalesce(sum(planned_minutes), 0) as staged_minutes,
        0 as carried_rows,
        0 as carried_minutes
    from {{ ref('psa_allocations') }}
    where not is_deleted

    union all

    select
        'allocations' as measure,
        0 as staged_rows,
        0 as staged_minutes,
        count(*) as carried_rows,
        coalesce(sum(planned_minutes), 0) as carried_minutes
    from {{ ref('fct_allocations') }}
)

select
    measure,
    sum(staged_rows) as staged_rows,
    sum(carried_rows) as carried_rows,
    sum(staged_minutes) as staged_minutes,
    sum(carried_minutes) as carried_minutes
from stacked
group by measure
having
    sum(staged_rows) != sum(carried_rows)
    or sum(staged_minutes) != sum(carried_minutes)
