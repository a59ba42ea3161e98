-- Grain: one row per split of a timecard and day that it has hours of, and one per task and
-- day of task time: hours stand by the day of the week, a task's in its timecard's week.
with

weekdays as (
    select cast(range as integer) as weekday_no
    from range(7)
),

split_days as (
    select
        splits.source_instance,
        splits.timecard_id,
        splits.timecard_split_id,
        cast(null as varchar) as task_id,
        splits.start_date,
        weekdays.weekday_no,
        {{ dbt.datediff("date '1900-01-01'", 'splits.start_date', 'day') }} as days_since_monday,
        case weekdays.weekday_no
            when 0 then splits.monday_hours
            when 1 then splits.tuesday_hours
            when 2 then splits.wednesday_hours
            when 3 then splits.thursday_hours
            when 4 then splits.friday_hours
            when 5 then splits.saturday_hours
            else splits.sunday_hours
        end as worked_hours
    from {{ ref('stg_certinia__timecard_splits') }} as splits
    cross join weekdays
),

task_days as (
    select
        times.source_instance,
        times.timecard_id,
        cast(null as varchar) as timecard_split_id,
        times.task_id,
        timecards.start_date,
        weekdays.weekday_no,
        {{ dbt.datediff("date '1900-01-01'", 'timecards.start_date', 'day') }}
            as days_since_monday,
        case weekdays.weekday_no
            when 0 then times.monday_hours
            when 1 then times.tuesday_hours
            when 2 then times.wednesday_hours
            when 3 then times.thursday_hours
            when 4 then times.friday_hours
            when 5 then times.saturday_hours
            else times.sunday_hours
        end as worked_hours
    from {{ ref('stg_certinia__task_times') }} as times
    inner join {{ ref('stg_certinia__timecards') }} as timecards
        on times.source_instance = timecards.source_instance
        and times.timecard_id = timecards.timecard_id
    cross join weekdays
    where not times.is_deleted
),

stacked as (
    select * from split_days
    union all
    select * from task_days
),

dated as (
    select
        source_instance,
        timecard_id,
        timecard_split_id,
        task_id,
        worked_hours,
        cast({{ dbt.dateadd(
            'day', 'mod(weekday_no - mod(days_since_monday, 7) + 7, 7)', 'start_date'
        ) }} as date) as work_date
    from stacked
    where worked_hours != 0
)

select
    source_instance,
    timecard_id,
    timecard_split_id,
    task_id,
    work_date,
    sum(worked_hours) as worked_hours
from dated
group by source_instance, timecard_id, timecard_split_id, task_id, work_date
