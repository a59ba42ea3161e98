-- Grain: one row per plan, as it was known, and day that it is spread over, with the day's
-- weight: the minutes that the person works on it, holidays left out. Who has no capacity
-- (contractors, a seat that nobody is named for) is planned for weekdays that are no holidays
-- where they are; an allocation with no such day for weekdays, one without a weekday for its
-- days. Absence does not move a plan: it may be booked long after the month.
with

spans as (
    select
        plan_key,
        resource_key,
        start_date,
        greatest(start_date, end_date) as end_date
    from {{ ref('int_plans') }}
),

days as (
    select
        spans.plan_key,
        dates.date_day,
        coalesce(working_days.working_minutes - working_days.holiday_minutes, 0)
            as working_minutes,
        case when dates.is_weekday and holidays.holiday_date is null then 1 else 0 end
            as is_open_day,
        case when dates.is_weekday then 1 else 0 end as is_week_day
    from spans
    inner join {{ ref('dim_dates') }} as dates
        on spans.start_date <= dates.date_day
        and spans.end_date >= dates.date_day
    left join {{ ref('int_working_days') }} as working_days
        on spans.resource_key = working_days.resource_key
        and dates.date_day = working_days.date_day
    left join {{ ref('dim_resource_assignments') }} as assignments
        on spans.resource_key = assignments.resource_key
        and dates.date_day >= assignments.valid_from
        and dates.date_day < assignments.valid_to
    left join {{ ref('dim_holidays') }} as holidays
        on assignments.source_instance = holidays.source_instance
        and assignments.country_code = holidays.country_code
        and dates.date_day = holidays.holiday_date
),

weighed as (
    select
        plan_key,
        date_day,
        case
            when sum(working_minutes) over by_plan > 0 then working_minutes
            when sum(is_open_day) over by_plan > 0 then is_open_day
            when sum(is_week_day) over by_plan > 0 then is_week_day
            else 1
        end as weight
    from days
    window by_plan as (partition by plan_key)
)

select
    plan_key,
    date_day,
    cast(weight as bigint) as weight
from weighed
where weight > 0
