-- Grain: one row per final run that is not over, person whom it pays for its period, and
-- whether the days have come: which days these are, with their weight, the minutes that the
-- person works on them, holidays left out; who has no such day is paid for weekdays.
with

as_of as (select * from {{ ref('dim_as_of') }}),

days as (
    select
        earned.source_instance,
        earned.payroll_run_id,
        earned.associate_pseudonym,
        dates.date_day,
        dates.date_day > as_of.as_of_date as is_to_come,
        coalesce(working_days.working_minutes - working_days.holiday_minutes, 0)
            as working_minutes,
        case when dates.is_weekday then 1 else 0 end as is_week_day
    from {{ ref('int_payroll_earned') }} as earned
    inner join as_of on earned.last_date > as_of.as_of_date
    inner join {{ ref('dim_dates') }} as dates
        on earned.first_date <= dates.date_day
        and earned.last_date >= dates.date_day
    left join {{ ref('int_working_days') }} as working_days
        on earned.resource_key = working_days.resource_key
        and earned.legal_entity_code = working_days.legal_entity_code
        and dates.date_day = working_days.date_day
    where earned.pay_class = 'worked'
),

weighed as (
    select
        *,
        case
            when
                sum(working_minutes) over (
                    partition by source_instance, payroll_run_id, associate_pseudonym
                ) > 0
                then working_minutes
            else is_week_day
        end as weight
    from days
)

select
    source_instance,
    payroll_run_id,
    associate_pseudonym,
    is_to_come,
    min(date_day) as first_date,
    max(date_day) as last_date,
    cast(sum(weight) as bigint) as weight
from weighed
group by source_instance, payroll_run_id, associate_pseudonym, is_to_come
having sum(weight) > 0
