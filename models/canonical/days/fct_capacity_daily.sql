-- Grain: one row per employee and weekday, from hire, or the first month that time or pay
-- is known of, to the as-of date or termination. Of a week's absence each day has the same
-- share unpaid.
with

weekly_absences as (
    select
        resource_key,
        {{ week_start('absence_date') }} as week_start_date,
        cast(sum(absence_hours) as decimal(9, 2)) as absence_hours,
        cast(sum(case when is_paid then 0 else absence_hours end) as decimal(9, 2))
            as unpaid_hours
    from {{ ref('fct_absences') }}
    where is_approved
    group by resource_key, {{ week_start('absence_date') }}
)

select
    working_days.*,
    working_days.holiday_minutes + working_days.absence_minutes
    - cast(coalesce({{ rounded_product(
        ['cast(working_days.absence_minutes as decimal(9, 0))', 'weekly_absences.unpaid_hours'],
        0,
        divided_by='weekly_absences.absence_hours'
    ) }}, 0) as bigint) as paid_absence_minutes
from {{ ref('int_working_days') }} as working_days
inner join {{ ref('dim_as_of') }} as as_of
    on working_days.date_day <= as_of.as_of_date
left join weekly_absences
    on working_days.resource_key = weekly_absences.resource_key
    and working_days.week_start_date = weekly_absences.week_start_date
