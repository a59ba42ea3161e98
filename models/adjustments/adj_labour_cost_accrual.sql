-- Grain: one row per person and day that worked for a project, at provisional cost, and
-- one per project and month for what others booked on the labour account, taken off.
with

labour_costs as (
    select * from {{ ref('fct_labour_costs') }}
    where project_code is not null
),

booked as (
    select
        gl_entries.legal_entity_code,
        gl_entries.project_code,
        gl_entries.period_month,
        sum(gl_entries.net_amount) as booked_amount,
        sum(
            case
                when gl_entries.net_amount < 0
                    then -abs(coalesce(gl_entries.worked_hours, 0))
                else coalesce(gl_entries.worked_hours, 0)
            end
        ) as booked_hours
    from {{ ref('fct_gl_entries') }} as gl_entries
    inner join {{ ref('int_account_purposes') }} as purposes
        on gl_entries.legal_entity_code = purposes.legal_entity_code
        and gl_entries.account_number = purposes.account_number
        and purposes.purpose = 'labour_cost'
    where gl_entries.project_code is not null and not gl_entries.is_own_posting
    group by
        gl_entries.legal_entity_code, gl_entries.project_code, gl_entries.period_month
),

stacked as (

    select
        legal_entity_code,
        project_code,
        resource_key,
        work_date,
        period_month,
        sum(coalesce(provisional_amount, 0)) as desired_amount,
        sum(worked_minutes) as desired_minutes,
        0 as taken_hours,
        count(*) as source_entry_count
    from labour_costs
    group by legal_entity_code, project_code, resource_key, work_date, period_month

    union all

    select
        legal_entity_code,
        project_code,
        cast(null as varchar) as resource_key,
        cast(null as date) as work_date,
        period_month,
        -booked_amount as desired_amount,
        0 as desired_minutes,
        booked_hours as taken_hours,
        0 as source_entry_count
    from booked

)

select
    {{ desired_posting(
        'labour_cost_accrual', minutes='desired_minutes', hours_taken='taken_hours',
        resource='resource_key', day='work_date', sources='source_entry_count'
    ) }}
from stacked
