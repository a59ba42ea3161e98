-- Grain: one row per employee and weekday, from hire, or the first month that time or pay
-- is known of, to the as-of date or termination.
with

known as (
    select min(work_date) as first_date from {{ ref('fct_time_entries') }}
    union all
    select min(period_start_date) as first_date from {{ ref('fct_payroll_costs') }}
),

start as (
    select {{ month_start('min(first_date)') }} as first_date
    from known
)

select working_days.*
from {{ ref('int_working_days') }} as working_days
inner join {{ ref('dim_as_of') }} as as_of
    on working_days.date_day <= as_of.as_of_date
inner join start on working_days.date_day >= start.first_date
