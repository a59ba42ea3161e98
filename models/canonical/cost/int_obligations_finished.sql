-- Grain: one row per obligation and month by whose end nothing is left to do of it, whatever
-- was planned: what is sold by time is over with its service; what is sold as a result, once
-- all its tasks are completed, or the customer has accepted all of it: every acceptance task
-- (a delivery milestone that no billing milestone hangs on), or milestones of the whole price.
with

months as (select * from {{ ref('int_obligation_months') }}),

-- Several milestones may be billed on one task.
billed as (
    select
        task_key,
        sum(contract_amount) as contract_amount
    from {{ ref('dim_milestones') }}
    group by task_key
),

signs as (
    select
        dim_tasks.obligation_key,
        dim_tasks.task_key,
        case
            when dim_tasks.task_type != 'milestone' then 'task'
            when billed.task_key is null then 'acceptance'
            else 'milestone'
        end as sign,
        billed.contract_amount
    from {{ ref('dim_tasks') }} as dim_tasks
    left join billed on dim_tasks.task_key = billed.task_key
),

completed as (
    select
        months.obligation_key,
        months.period_month,
        signs.sign,
        sum(completions.direction) as completed_count,
        sum(completions.direction * signs.contract_amount) as accepted_amount
    from months
    inner join signs on months.obligation_key = signs.obligation_key
    inner join {{ ref('int_task_completions') }} as completions
        on signs.task_key = completions.task_key
        and months.measured_to_date >= completions.event_date
    group by months.obligation_key, months.period_month, signs.sign
),

counted as (
    select
        obligation_key,
        sign,
        count(*) as tasks_count
    from signs
    group by obligation_key, sign
),

stacked as (

    select
        obligation_key,
        period_month
    from months
    where
        measured_to_date >= service_end_date
        and (
            included_minutes is not null
            or revenue_method in (
                'time_and_materials', 'time_and_materials_capped', 'cost_plus',
                'straight_line', 'none'
            )
        )

    union all

    select
        completed.obligation_key,
        completed.period_month
    from completed
    inner join counted
        on completed.obligation_key = counted.obligation_key
        and completed.sign = counted.sign
    inner join months
        on completed.obligation_key = months.obligation_key
        and completed.period_month = months.period_month
    where
        (completed.sign != 'milestone' and completed.completed_count = counted.tasks_count)
        or (
            completed.sign = 'milestone'
            and months.price_amount > 0
            and completed.accepted_amount >= months.price_amount
        )

)

select distinct
    obligation_key,
    period_month
from stacked
