-- Grain: one row per obligation with planned work and month, seen at its end: all that is
-- planned for it as it was known then, the part that was due by then, and what is still to
-- come.
with

stacked as (

    select
        planned.obligation_key,
        months.period_month,
        planned.planned_minutes,
        planned.planned_cost_amount as planned_amount,
        case
            when planned.due_month <= months.period_month and not planned.is_to_come
                then planned.planned_cost_amount
            else 0
        end as planned_to_date_amount,
        0 as scheduled_minutes,
        0 as overdue_minutes,
        0 as unpriced_minutes,
        0 as scheduled_amount,
        0 as overdue_amount
    from {{ ref('int_planned_work') }} as planned
    inner join {{ ref('int_plan_months') }} as months
        on planned.project_key = months.project_key
    cross join {{ ref('dim_as_of') }} as as_of
    where {{ was_known('planned', 'months.measured_to_date', 'as_of.as_of_date') }}

    union all

    select
        obligation_key,
        period_month,
        0 as planned_minutes,
        0 as planned_amount,
        0 as planned_to_date_amount,
        minutes as scheduled_minutes,
        case when is_overdue then minutes else 0 end as overdue_minutes,
        case when is_priced then 0 else minutes end as unpriced_minutes,
        cost_amount as scheduled_amount,
        case when is_overdue then cost_amount else 0 end as overdue_amount
    from {{ ref('int_work_to_come') }}

)

select
    obligation_key,
    period_month,
    cast(sum(planned_minutes) as decimal(18, 4)) as planned_minutes,
    cast(sum(planned_amount) as decimal(18, 4)) as planned_amount,
    cast(sum(planned_to_date_amount) as decimal(18, 4)) as planned_to_date_amount,
    cast(sum(scheduled_minutes) as decimal(18, 4)) as scheduled_minutes,
    cast(sum(overdue_minutes) as decimal(18, 4)) as overdue_minutes,
    cast(sum(unpriced_minutes) as decimal(18, 4)) as unpriced_minutes,
    cast(sum(scheduled_amount) as decimal(18, 4)) as scheduled_amount,
    cast(sum(overdue_amount) as decimal(18, 4)) as overdue_amount
from stacked
group by obligation_key, period_month
