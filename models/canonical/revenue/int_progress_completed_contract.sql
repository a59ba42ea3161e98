-- Grain: one row per obligation recognised on acceptance and month: nothing is done until
-- all its acceptance tasks are completed, then all; undone when one is taken back. An
-- acceptance task is a delivery milestone that no billing milestone hangs on; an obligation
-- without one is accepted with all that its billing milestones hang on.
with

months as (
    select * from {{ ref('int_obligation_months') }}
    where revenue_method = 'completed_contract'
),

delivered as (
    select
        dim_tasks.obligation_key,
        dim_tasks.task_key,
        count(milestones.milestone_key) > 0 as is_billed,
        min(count(milestones.milestone_key)) over (
            partition by dim_tasks.obligation_key
        ) > 0 as is_all_billed
    from {{ ref('dim_tasks') }} as dim_tasks
    left join {{ ref('dim_milestones') }} as milestones
        on dim_tasks.task_key = milestones.task_key
    where dim_tasks.task_type = 'milestone'
    group by dim_tasks.obligation_key, dim_tasks.task_key
),

acceptance_tasks as (
    select * from delivered
    where is_billed = is_all_billed
),

accepted as (
    select
        months.obligation_key,
        months.period_month,
        count(distinct acceptance_tasks.task_key) as tasks_count,
        coalesce(sum(completions.direction), 0) as completed_count
    from months
    inner join acceptance_tasks
        on months.obligation_key = acceptance_tasks.obligation_key
    left join {{ ref('int_task_completions') }} as completions
        on acceptance_tasks.task_key = completions.task_key
        and months.measured_to_date >= completions.event_date
    group by months.obligation_key, months.period_month
)

select
    months.obligation_key,
    months.period_month,
    cast(
        case when accepted.completed_count = accepted.tasks_count then 1 else 0 end
        as decimal(18, 4)
    ) as done_quantity,
    cast(1 as decimal(18, 4)) as total_quantity
from months
left join accepted
    on months.obligation_key = accepted.obligation_key
    and months.period_month = accepted.period_month
