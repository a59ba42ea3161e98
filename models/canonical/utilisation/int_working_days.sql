-- Grain: one row per employee and weekday, from hire, or the first month that time or pay
-- is known of, to termination or the last day anything is dated. A weekday holds a fifth
-- of the weekly hours in force; a holiday takes all of it, as the HR that has the person
-- gives it to the entity's country; approved absence at most what is left. Contractors are
-- bought by the hour and have no capacity.
with

resources as (
    select * from {{ ref('dim_resources') }}
    where coalesce(worker_type, 'employee') != 'contingent'
),

assignments as (select * from {{ ref('dim_resource_assignments') }}),

known as (
    select min(work_date) as first_date from {{ ref('fct_time_entries') }}
    union all
    select min(period_start_date) as first_date from {{ ref('fct_payroll_costs') }}
),

start as (
    {{ first_of_period('select min(first_date) as first_date from known') }}
),

weekdays as (
    select dates.*
    from {{ ref('dim_dates') }} as dates
    inner join start on dates.date_day >= start.first_date
    where dates.is_weekday
),

holidays as (select * from {{ ref('dim_holidays') }}),

absences as (
    select
        resource_key,
        absence_date,
        cast(round(sum(absence_hours) * 60, 0) as bigint) as absence_minutes
    from {{ ref('fct_absences') }}
    where is_approved
    group by resource_key, absence_date
),

employed as (
    select
        assignments.resource_key,
        assignments.legal_entity_code,
        assignments.practice_code,
        assignments.grade_code,
        assignments.country_code,
        assignments.source_instance,
        cast(round(assignments.weekly_hours * 12, 0) as bigint) as daily_minutes,
        greatest(assignments.valid_from, resources.hire_date) as first_date,
        least(
            {{ open_end('assignments.valid_to') }},
            {{ open_end(
                'cast(' ~ dbt.dateadd('day', 1, 'resources.termination_date') ~ ' as date)'
            ) }}
        ) as end_date
    from assignments
    inner join resources on assignments.resource_key = resources.resource_key
),

days as (
    select
        employed.*,
        weekdays.date_day,
        weekdays.week_start_date,
        {{ period_start('periods', 'weekdays.date_day') }} as period_month
    from employed
    inner join weekdays
        on employed.first_date <= weekdays.date_day
        and employed.end_date > weekdays.date_day
    {{ join_period('periods', 'employed.legal_entity_code', 'weekdays.date_day') }}
)

select
    days.resource_key,
    days.date_day,
    days.week_start_date,
    days.period_month,
    days.legal_entity_code,
    days.practice_code,
    days.grade_code,
    days.daily_minutes as working_minutes,
    case when holidays.holiday_date is null then 0 else days.daily_minutes end
        as holiday_minutes,
    case
        when holidays.holiday_date is null
            then least(coalesce(absences.absence_minutes, 0), days.daily_minutes)
        else 0
    end as absence_minutes,
    case
        when holidays.holiday_date is null
            then greatest(days.daily_minutes - coalesce(absences.absence_minutes, 0), 0)
        else 0
    end as capacity_minutes
from days
left join holidays
    on days.source_instance = holidays.source_instance
    and days.country_code = holidays.country_code
    and days.date_day = holidays.holiday_date
left join absences
    on days.resource_key = absences.resource_key
    and days.date_day = absences.absence_date
