-- Grain: one row per project, month seen at its end and part of an allocation of which
-- something is still to come then: what is planned for later, and what is overdue, by the
-- plan as it was known then (ASC 250-10-45-17: a later one changes no earlier month). Worked
-- hours are taken from the oldest of the person's own plan, what is more from the oldest of
-- others'; what is left of the plan by then is overdue. By policy (`overdue_plan`) it is
-- carried or dropped, and nothing is overdue of an obligation that is finished.
with

seen as (select * from {{ ref('int_plan_months') }}),

parts as (
    select
        planned.*,
        seen.period_month,
        coalesce(planned.resource_key, '') as person,
        planned.due_month <= seen.period_month and not planned.is_to_come as is_due
    from {{ ref('int_planned_work') }} as planned
    inner join seen on planned.project_key = seen.project_key
    cross join {{ ref('dim_as_of') }} as as_of
    where {{ was_known('planned', 'seen.measured_to_date', 'as_of.as_of_date') }}
),

by_own_work as (
    select
        parts.*,
        counted.counted_by_all_minutes,
        greatest(
            0,
            least(
                parts.planned_minutes,
                sum(parts.planned_minutes) over (
                    partition by parts.project_key, parts.period_month, parts.person
                    order by
                        parts.due_month nulls last, parts.start_date nulls last,
                        parts.source_id nulls last, parts.source_instance nulls last
                    rows between unbounded preceding and current row
                ) - counted.counted_minutes
            )
        ) as open_minutes
    from parts
    inner join {{ ref('int_work_counted') }} as counted
        on parts.project_key = counted.project_key
        and parts.period_month = counted.period_month
        and parts.person = counted.person
    where parts.is_due
),

-- What people worked for others is all that counts less what it took of their own plan.
by_all_work as (
    select
        by_own_work.*,
        sum(by_own_work.open_minutes) over (
            partition by by_own_work.project_key, by_own_work.period_month
            order by
                by_own_work.due_month nulls last, by_own_work.start_date nulls last,
                by_own_work.source_id nulls last, by_own_work.source_instance nulls last
            rows between unbounded preceding and current row
        ) - (
            by_own_work.counted_by_all_minutes
            - sum(by_own_work.planned_minutes - by_own_work.open_minutes) over (
                partition by by_own_work.project_key, by_own_work.period_month
            )
        ) as open_so_far_minutes
    from by_own_work
),

overdue as (
    select
        *,
        cast(least(open_minutes, open_so_far_minutes) as decimal(18, 4)) as minutes
    from by_all_work
),

stacked as (

    select
        project_key,
        period_month,
        plan_key,
        allocation_key,
        obligation_key,
        resource_key,
        start_date,
        due_month,
        false as is_overdue,
        sum(planned_minutes) as minutes,
        currency_code,
        sum(planned_cost_amount) as cost_amount,
        is_priced,
        source_instance
    from parts
    where not is_due
    group by
        project_key,
        period_month,
        plan_key,
        allocation_key,
        obligation_key,
        resource_key,
        start_date,
        due_month,
        currency_code,
        is_priced,
        source_instance

    union all

    select
        overdue.project_key,
        overdue.period_month,
        overdue.plan_key,
        overdue.allocation_key,
        overdue.obligation_key,
        overdue.resource_key,
        overdue.start_date,
        overdue.due_month,
        true as is_overdue,
        overdue.minutes,
        overdue.currency_code,
        {{ amount_ratio(
            'cast(overdue.planned_cost_amount as decimal(20, 4)) * overdue.minutes',
            'overdue.planned_minutes', 'overdue.currency_code'
        ) }} as cost_amount,
        overdue.is_priced,
        overdue.source_instance
    from overdue
    inner join {{ ref('dim_obligations') }} as obligations
        on overdue.obligation_key = obligations.obligation_key
        and obligations.overdue_plan = 'carry'
    left join {{ ref('int_obligations_finished') }} as finished
        on overdue.obligation_key = finished.obligation_key
        and overdue.period_month = finished.period_month
    where overdue.minutes > 0 and finished.obligation_key is null

)

select
    project_key,
    period_month,
    plan_key,
    allocation_key,
    obligation_key,
    resource_key,
    start_date,
    due_month,
    is_overdue,
    cast(minutes as decimal(18, 4)) as minutes,
    currency_code,
    cast(cost_amount as decimal(18, 4)) as cost_amount,
    is_priced,
    source_instance
from stacked
where minutes > 0 or cost_amount > 0 or not is_priced
