-- Grain: one row per assignment with a schedule and moment at which it, its schedule or an
-- exception of this was landed: a version of the plan.
with

linked as (
    select
        source_instance,
        assignment_id,
        schedule_id,
        landed_at
    from {{ ref('stg_certinia__assignment_versions') }}
    where schedule_id is not null
),

stacked as (

    select
        source_instance,
        assignment_id,
        landed_at as moment
    from linked

    union distinct

    select
        linked.source_instance,
        linked.assignment_id,
        schedules.landed_at as moment
    from linked
    inner join {{ ref('stg_certinia__schedule_versions') }} as schedules
        on linked.source_instance = schedules.source_instance
        and linked.schedule_id = schedules.schedule_id

    union distinct

    select
        linked.source_instance,
        linked.assignment_id,
        exceptions.landed_at as moment
    from linked
    inner join {{ ref('stg_certinia__schedule_exception_versions') }} as exceptions
        on linked.source_instance = exceptions.source_instance
        and linked.schedule_id = exceptions.schedule_id

),

seen as (
    select
        assignments.*,
        stacked.moment
    from stacked
    inner join {{ ref('stg_certinia__assignment_versions') }} as assignments
        on stacked.source_instance = assignments.source_instance
        and stacked.assignment_id = assignments.assignment_id
        and stacked.moment >= assignments.landed_at
),

known as (
    {{ first_of_each(
        'seen', key=['source_instance', 'assignment_id', 'moment'],
        order=['source_version desc nulls last']
    ) }}
)

select
    assignment_id,
    project_id,
    contact_id,
    schedule_id,
    assignment_status,
    source_system,
    source_instance,
    is_deleted,
    source_updated_at,
    moment,
    row_number() over (
        partition by source_instance, assignment_id order by moment
    ) as moment_no
from known
