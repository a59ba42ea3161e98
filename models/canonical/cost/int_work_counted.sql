-- Grain: one row per project, month seen at its end and person with work done or due by then:
-- the minutes worked that the plan due by then is worked off by. Those beyond all that was due
-- by the end of the month they were worked in took longer than planned and count for nothing:
-- of the person's own plan, and of everybody's on the project. The plan is the one known then.
with

seen as (select * from {{ ref('int_plan_months') }}),

monthly_worked as (
    select
        project_key,
        resource_key,
        period_month,
        sum(worked_minutes) as worked_minutes
    from {{ ref('fct_time_entries') }}
    where is_approved and project_key is not null
    group by project_key, resource_key, period_month
),

due_and_worked as (

    select
        planned.project_key,
        seen.period_month,
        coalesce(planned.resource_key, '') as person,
        planned.due_month as in_month,
        planned.planned_minutes as due_minutes,
        0 as worked_minutes
    from {{ ref('int_planned_work') }} as planned
    inner join seen
        on planned.project_key = seen.project_key
        and planned.due_month <= seen.period_month
    cross join {{ ref('dim_as_of') }} as as_of
    where
        not planned.is_to_come
        and {{ was_known('planned', 'seen.measured_to_date', 'as_of.as_of_date') }}

    union all

    select
        seen.project_key,
        seen.period_month,
        coalesce(monthly_worked.resource_key, '') as person,
        monthly_worked.period_month as in_month,
        0 as due_minutes,
        monthly_worked.worked_minutes
    from seen
    inner join monthly_worked
        on seen.project_key = monthly_worked.project_key
        and seen.period_month >= monthly_worked.period_month

),

-- By how much work was ahead of the plan at the end of each month until then.
ahead as (
    select
        *,
        sum(worked_minutes - due_minutes) over (
            partition by project_key, period_month, person
            order by in_month nulls last
            range between unbounded preceding and current row
        ) as ahead_of_own_minutes,
        sum(worked_minutes - due_minutes) over (
            partition by project_key, period_month
            order by in_month nulls last
            range between unbounded preceding and current row
        ) as ahead_of_all_minutes
    from due_and_worked
),

by_person as (
    select
        project_key,
        period_month,
        person,
        sum(worked_minutes) as worked_minutes,
        max(ahead_of_own_minutes) as ahead_of_own_minutes,
        max(ahead_of_all_minutes) as ahead_of_all_minutes
    from ahead
    group by project_key, period_month, person
),

by_project as (
    select
        *,
        sum(worked_minutes) over (partition by project_key, period_month)
            as worked_by_all_minutes,
        greatest(
            0, max(ahead_of_all_minutes) over (partition by project_key, period_month)
        ) as beyond_plan_minutes
    from by_person
)

select
    project_key,
    period_month,
    person,
    cast(worked_minutes - greatest(0, ahead_of_own_minutes) as decimal(18, 4))
        as counted_minutes,
    cast(worked_by_all_minutes - beyond_plan_minutes as decimal(18, 4))
        as counted_by_all_minutes,
    cast(beyond_plan_minutes as decimal(18, 4)) as beyond_plan_minutes
from by_project
