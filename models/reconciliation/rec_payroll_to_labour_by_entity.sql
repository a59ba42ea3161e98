-- Control C04 without persons. Grain: one row per legal entity, payroll run and
-- outcome, so that what ties is never netted against what does not. The amounts of a
-- few people are somebody's pay: below the smallest group they are left out.
with

summed as (
    select
        control_id,
        payroll_run_id,
        legal_entity_code,
        min(period_month) as period_month,
        cast(count(*) as integer) as people_count,
        cast(sum(left_amount) as decimal(18, 4)) as left_amount,
        cast(sum(right_amount) as decimal(18, 4)) as right_amount,
        cast(sum(difference_amount) as decimal(18, 4)) as difference_amount,
        currency_code,
        match_status,
        reason,
        owner,
        -- Every row of a run names the run.
        min(source_ids) as source_ids
    from {{ ref('rec_payroll_to_labour') }}
    group by
        control_id,
        payroll_run_id,
        legal_entity_code,
        currency_code,
        match_status,
        reason,
        owner
)

select
    control_id,
    coalesce(legal_entity_code, 'NO ENTITY') || '|' || payroll_run_id || '|'
    || match_status || coalesce('|' || reason, '') as difference_key,
    payroll_run_id,
    legal_entity_code,
    period_month,
    cast(null as varchar) as project_code,
    people_count,
    case when people_count >= {{ var('smallest_group') }} then left_amount end
        as left_amount,
    case when people_count >= {{ var('smallest_group') }} then right_amount end
        as right_amount,
    case when people_count >= {{ var('smallest_group') }} then difference_amount end
        as difference_amount,
    currency_code,
    match_status,
    reason,
    owner,
    source_ids
from summed
