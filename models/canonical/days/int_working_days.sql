-- Grain: one row per employee and weekday, from hire, or the first month that time, pay or
-- a plan is known of, to termination or the last day anything is dated. A weekday holds a
-- fifth of the weekly hours in force; a holiday takes all of it, as the HR that has the
-- person gives it to the entity's country; approved absence what is left. Who works four
-- days of the week is absent longer on one than it holds: what a day does not, the other
-- days of its week do. Contractors are bought by the hour and have no capacity.
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
    union all
    select min(start_date) as first_date from {{ ref('int_plans') }}
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

-- Who is hired again has the new date of hire in HR. Days that a payroll paid before it
-- were days of employment all the same.
paid_before as (
    select distinct
        payroll_costs.resource_key,
        payroll_costs.period_start_date,
        payroll_costs.period_end_date
    from {{ ref('fct_payroll_costs') }} as payroll_costs
    inner join resources
        on payroll_costs.resource_key = resources.resource_key
        and payroll_costs.period_end_date < resources.hire_date
),

first_paid as (
    select
        resource_key,
        min(period_start_date) as first_date
    from paid_before
    group by resource_key
),

employed as (
    select
        assignments.resource_key,
        resources.hire_date,
        assignments.legal_entity_code,
        assignments.practice_code,
        assignments.grade_code,
        assignments.country_code,
        assignments.source_instance,
        cast(round(assignments.weekly_hours * 12, 0) as bigint) as daily_minutes,
        greatest(
            assignments.valid_from, coalesce(first_paid.first_date, resources.hire_date)
        ) as first_date,
        least(
            {{ open_end('assignments.valid_to') }},
            {{ open_end(
                'cast(' ~ dbt.dateadd('day', 1, 'resources.termination_date') ~ ' as date)'
            ) }}
        ) as end_date
    from assignments
    inner join resources on assignments.resource_key = resources.resource_key
    left join first_paid on assignments.resource_key = first_paid.resource_key
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
    where
        weekdays.date_day >= employed.hire_date
        or employed.hire_date is null
        or exists (
            select 1 from paid_before
            where
                paid_before.resource_key = employed.resource_key
                and paid_before.period_start_date <= weekdays.date_day
                and paid_before.period_end_date >= weekdays.date_day
        )
),

placed as (
    select
        days.*,
        holidays.holiday_date is not null as is_holiday,
        least(coalesce(absences.absence_minutes, 0), days.daily_minutes) as own_minutes,
        case
            when holidays.holiday_date is null
                then greatest(days.daily_minutes - coalesce(absences.absence_minutes, 0), 0)
            else 0
        end as room_minutes
    from days
    left join holidays
        on days.source_instance = holidays.source_instance
        and days.country_code = holidays.country_code
        and days.date_day = holidays.holiday_date
    left join absences
        on days.resource_key = absences.resource_key
        and days.date_day = absences.absence_date
),

weekly_absences as (
    select
        employed.resource_key,
        {{ week_start('absences.absence_date') }} as week_start_date,
        sum(absences.absence_minutes) as absence_minutes
    from absences
    inner join start on absences.absence_date >= start.first_date
    inner join employed
        on absences.resource_key = employed.resource_key
        and absences.absence_date >= employed.first_date
        and absences.absence_date < employed.end_date
    group by employed.resource_key, {{ week_start('absences.absence_date') }}
),

-- What is beyond their days fills the room of the week, from its first day on.
beyond as (
    select
        placed.*,
        coalesce(weekly_absences.absence_minutes, 0)
        - sum(placed.own_minutes)
            over (
                partition by placed.resource_key, placed.week_start_date
            )
        - coalesce(
            sum(placed.room_minutes) over (
                partition by placed.resource_key, placed.week_start_date
                order by placed.date_day nulls last
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as beyond_minutes
    from placed
    left join weekly_absences
        on placed.resource_key = weekly_absences.resource_key
        and placed.week_start_date = weekly_absences.week_start_date
),

absent as (
    select
        *,
        cast(greatest(least(beyond_minutes, room_minutes), 0) as bigint)
            as carried_minutes
    from beyond
)

select
    resource_key,
    date_day,
    week_start_date,
    period_month,
    legal_entity_code,
    practice_code,
    grade_code,
    daily_minutes as working_minutes,
    case when is_holiday then daily_minutes else 0 end as holiday_minutes,
    case when is_holiday then 0 else own_minutes + carried_minutes end as absence_minutes,
    room_minutes - carried_minutes as capacity_minutes
from absent
