-- Grain: one row per version of an assignment's plan and part of its schedule that has one
-- pattern of days: from the schedule's start, an exception's first day or the day after one,
-- to the day before the next. Hours are those that the pattern has in the part.
with

plans as (select * from {{ ref('certinia__int_plan_moments') }}),

seen_schedules as (
    select
        schedules.*,
        plans.assignment_id,
        plans.moment
    from plans
    inner join {{ ref('stg_certinia__schedule_versions') }} as schedules
        on plans.source_instance = schedules.source_instance
        and plans.schedule_id = schedules.schedule_id
        and plans.moment >= schedules.landed_at
),

schedules as (
    {{ first_of_each(
        'seen_schedules', key=['source_instance', 'assignment_id', 'moment'],
        order=['source_version desc nulls last']
    ) }}
),

seen_exceptions as (
    select
        exceptions.*,
        plans.assignment_id,
        plans.moment,
        coalesce(exceptions.end_date, exceptions.start_date) as last_date
    from plans
    inner join {{ ref('stg_certinia__schedule_exception_versions') }} as exceptions
        on plans.source_instance = exceptions.source_instance
        and plans.schedule_id = exceptions.schedule_id
        and plans.moment >= exceptions.landed_at
),

exceptions as (
    {{ first_of_each(
        'seen_exceptions',
        key=['source_instance', 'assignment_id', 'schedule_exception_id', 'moment'],
        order=['source_version desc nulls last']
    ) }}
),

begins as (

    select
        source_instance,
        assignment_id,
        moment,
        start_date as part_start
    from schedules

    union distinct

    select
        source_instance,
        assignment_id,
        moment,
        start_date as part_start
    from exceptions
    where not is_deleted

    union distinct

    select
        source_instance,
        assignment_id,
        moment,
        cast({{ dbt.dateadd('day', 1, 'last_date') }} as date) as part_start
    from exceptions
    where not is_deleted

),

parts as (
    select
        schedules.*,
        begins.part_start,
        coalesce(
            {{ day_before('lead(begins.part_start) over parts_of') }}, schedules.end_date
        ) as part_end,
        row_number() over parts_of as part_no
    from begins
    inner join schedules
        on begins.source_instance = schedules.source_instance
        and begins.assignment_id = schedules.assignment_id
        and begins.moment = schedules.moment
        and begins.part_start >= schedules.start_date
        and begins.part_start <= schedules.end_date
    window parts_of as (
        partition by begins.source_instance, begins.assignment_id, begins.moment
        order by begins.part_start
    )
),

-- Of several exceptions of one day the last one by its id counts.
excepted as (
    select
        parts.source_instance,
        parts.assignment_id,
        parts.moment,
        parts.part_no,
        max(exceptions.schedule_exception_id) as schedule_exception_id
    from parts
    inner join exceptions
        on parts.source_instance = exceptions.source_instance
        and parts.assignment_id = exceptions.assignment_id
        and parts.moment = exceptions.moment
        and parts.part_start >= exceptions.start_date
        and parts.part_start <= exceptions.last_date
    where not exceptions.is_deleted
    group by
        parts.source_instance, parts.assignment_id, parts.moment, parts.part_no
),

weekdays as (
    select cast(range as integer) as weekday_no
    from range(7)
),

patterns as (
    select
        parts.source_instance,
        parts.assignment_id,
        parts.moment,
        parts.part_no,
        {{ dbt.datediff('parts.part_start', 'parts.part_end', 'day') }} + 1 as days_count,
        mod(
            weekdays.weekday_no
            - mod({{ dbt.datediff("date '1900-01-01'", 'parts.part_start', 'day') }}, 7) + 7,
            7
        ) as first_place,
        case weekdays.weekday_no
            when 0
                then coalesce(breaks.monday_hours, breaks.exception_hours, parts.monday_hours)
            when 1
                then coalesce(breaks.tuesday_hours, breaks.exception_hours, parts.tuesday_hours)
            when 2
                then coalesce(breaks.wednesday_hours, breaks.exception_hours, parts.wednesday_hours)
            when 3
                then coalesce(breaks.thursday_hours, breaks.exception_hours, parts.thursday_hours)
            when 4
                then coalesce(breaks.friday_hours, breaks.exception_hours, parts.friday_hours)
            when 5
                then coalesce(breaks.saturday_hours, breaks.exception_hours, parts.saturday_hours)
            else coalesce(breaks.sunday_hours, breaks.exception_hours, parts.sunday_hours)
        end as day_hours
    from parts
    cross join weekdays
    left join excepted
        on parts.source_instance = excepted.source_instance
        and parts.assignment_id = excepted.assignment_id
        and parts.moment = excepted.moment
        and parts.part_no = excepted.part_no
    left join exceptions as breaks
        on excepted.source_instance = breaks.source_instance
        and excepted.assignment_id = breaks.assignment_id
        and excepted.moment = breaks.moment
        and excepted.schedule_exception_id = breaks.schedule_exception_id
),

summed as (
    select
        source_instance,
        assignment_id,
        moment,
        part_no,
        max(days_count) as days_count,
        sum(day_hours * (cast(floor((days_count - 1 - first_place) / 7.0) as bigint) + 1))
            as pattern_hours
    from patterns
    group by source_instance, assignment_id, moment, part_no
)

select
    parts.source_instance,
    parts.assignment_id,
    parts.moment,
    parts.part_no,
    parts.part_start as start_date,
    parts.part_end as end_date,
    parts.scheduled_hours,
    parts.is_deleted,
    parts.source_updated_at,
    summed.days_count,
    coalesce(summed.pattern_hours, 0) as pattern_hours
from parts
inner join summed
    on parts.source_instance = summed.source_instance
    and parts.assignment_id = summed.assignment_id
    and parts.moment = summed.moment
    and parts.part_no = summed.part_no
