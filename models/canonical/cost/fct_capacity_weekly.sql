-- Grain: one row per person and ISO week, from hire to the as-of date or termination.
-- A weekday holds a fifth of the weekly hours in force, less the holidays of the
-- entity's country, less approved absence (never below 0 on a day).
with

as_of as (select as_of_date from {{ ref('dim_as_of') }}),

resources as (select * from {{ ref('dim_resources') }}),

assignments as (select * from {{ ref('dim_resource_assignments') }}),

weekdays as (
    select * from {{ ref('dim_dates') }}
    where is_weekday
),

holidays as (select * from {{ ref('dim_holidays') }}),

absences as (
    select
        resource_key,
        absence_date,
        sum(absence_hours) as absence_hours
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
        assignments.weekly_hours,
        greatest(assignments.valid_from, resources.hire_date) as first_date,
        least(
            {{ open_end('assignments.valid_to') }},
            {{ open_end(
                'cast(' ~ dbt.dateadd('day', 1, 'resources.termination_date') ~ ' as date)'
            ) }},
            cast({{ dbt.dateadd('day', 1, 'as_of.as_of_date') }} as date)
        ) as end_date
    from assignments
    inner join resources on assignments.resource_key = resources.resource_key
    cross join as_of
),

days as (
    select
        employed.resource_key,
        employed.legal_entity_code,
        employed.practice_code,
        employed.grade_code,
        employed.country_code,
        weekdays.date_day,
        weekdays.week_start_date,
        cast(employed.weekly_hours * cast(0.2 as decimal(2, 1)) as decimal(9, 4))
            as working_hours
    from employed
    inner join weekdays
        on employed.first_date <= weekdays.date_day
        and employed.end_date > weekdays.date_day
),

reduced as (
    select
        days.*,
        case when holidays.holiday_date is null then 0 else days.working_hours end
            as holiday_hours,
        case
            when holidays.holiday_date is null
                then least(coalesce(absences.absence_hours, 0), days.working_hours)
            else 0
        end as absence_hours
    from days
    left join holidays
        on days.country_code = holidays.country_code
        and days.date_day = holidays.holiday_date
    left join absences
        on days.resource_key = absences.resource_key
        and days.date_day = absences.absence_date
)

select
    resource_key,
    week_start_date,
    max_by(legal_entity_code, date_day) as legal_entity_code,
    max_by(practice_code, date_day) as practice_code,
    max_by(grade_code, date_day) as grade_code,
    cast(sum(working_hours) as decimal(9, 2)) as working_hours,
    cast(sum(holiday_hours) as decimal(9, 2)) as holiday_hours,
    cast(sum(absence_hours) as decimal(9, 2)) as absence_hours,
    cast(sum(working_hours) - sum(holiday_hours) - sum(absence_hours) as decimal(9, 2))
        as capacity_hours
from reduced
group by resource_key, week_start_date
