-- Grain: one row per year that has work, done or planned, up to the as-of date: from when
-- to when its standard rates hold, half-open, and the day they are set on: its first, or
-- that of the first month with work.
with

worked as (

    select min(work_date) as first_date
    from {{ ref('fct_time_entries') }}

    union all

    select min(start_date) as first_date
    from {{ ref('fct_allocations') }}

),

bounds as (
    select
        {{ month_start('min(worked.first_date)') }} as first_date,
        greatest(max(as_of.as_of_date), min(worked.first_date)) as last_date
    from worked
    cross join {{ ref('dim_as_of') }} as as_of
),

years as (
    select
        {{ year_start('dates.date_day') }} as valid_from,
        min(dates.date_day) as set_on
    from {{ ref('dim_dates') }} as dates
    inner join bounds
        on dates.date_day >= bounds.first_date
        and dates.date_day <= bounds.last_date
    group by {{ year_start('dates.date_day') }}
)

select
    valid_from,
    lead(valid_from, 1, date '9999-12-31') over (order by valid_from nulls last)
        as valid_to,
    set_on
from years
