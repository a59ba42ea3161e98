-- Grain: one row per timecard, day and task (or none) with hours: splits have the hours, task
-- times say what of a day's was for which task. Splits are deleted and made anew when hours
-- change, so a day goes by its timecard, and a split that was made later speaks for all its
-- days, be the earlier one gone yet or not.
with

followed as (
    select distinct
        earlier.source_instance,
        earlier.timecard_split_id
    from {{ ref('stg_certinia__timecard_splits') }} as earlier
    inner join {{ ref('stg_certinia__timecard_splits') }} as later
        on earlier.source_instance = later.source_instance
        and earlier.timecard_id = later.timecard_id
        and earlier.created_at < later.created_at
        and earlier.start_date <= later.end_date
        and earlier.end_date >= later.start_date
    where not later.is_deleted
),

dated as (
    select
        splits.source_instance,
        splits.timecard_id,
        splits.timecard_split_id,
        splits.created_at,
        worked.work_date,
        worked.worked_hours,
        splits.is_deleted
        or timecards.is_deleted
        or followed.timecard_split_id is not null as is_gone
    from {{ ref('certinia__int_worked_days') }} as worked
    inner join {{ ref('stg_certinia__timecard_splits') }} as splits
        on worked.source_instance = splits.source_instance
        and worked.timecard_split_id = splits.timecard_split_id
    inner join {{ ref('stg_certinia__timecards') }} as timecards
        on splits.source_instance = timecards.source_instance
        and splits.timecard_id = timecards.timecard_id
    left join followed
        on splits.source_instance = followed.source_instance
        and splits.timecard_split_id = followed.timecard_split_id
),

day_totals as (
    {{ first_of_each(
        'dated', key=['source_instance', 'timecard_id', 'work_date'],
        order=[
            'is_gone', 'created_at desc nulls last', 'timecard_split_id desc nulls last'
        ]
    ) }}
),

on_tasks as (
    select
        day_totals.source_instance,
        day_totals.timecard_id,
        day_totals.timecard_split_id,
        day_totals.work_date,
        day_totals.is_gone,
        task_days.task_id,
        task_days.worked_hours
    from day_totals
    inner join {{ ref('certinia__int_worked_days') }} as task_days
        on day_totals.source_instance = task_days.source_instance
        and day_totals.timecard_id = task_days.timecard_id
        and day_totals.work_date = task_days.work_date
    where task_days.task_id is not null
),

told as (
    select
        source_instance,
        timecard_id,
        work_date,
        sum(worked_hours) as worked_hours
    from on_tasks
    group by source_instance, timecard_id, work_date
)

select * from on_tasks

union all

select
    day_totals.source_instance,
    day_totals.timecard_id,
    day_totals.timecard_split_id,
    day_totals.work_date,
    day_totals.is_gone,
    cast(null as varchar) as task_id,
    day_totals.worked_hours - coalesce(told.worked_hours, 0) as worked_hours
from day_totals
left join told
    on day_totals.source_instance = told.source_instance
    and day_totals.timecard_id = told.timecard_id
    and day_totals.work_date = told.work_date
where day_totals.worked_hours != coalesce(told.worked_hours, 0)
