-- Grain: one row per part of an assignment's schedule and version of the plan that was landed.
-- All parts are as long as Certinia says that the schedule is, which has left out holidays;
-- each has its share by its pattern. A part that the plan has no more is flagged as deleted.
with

plans as (select * from {{ ref('certinia__int_plan_moments') }}),

weighed as (
    select
        *,
        case when sum(pattern_hours) over plan > 0 then pattern_hours else days_count end as weight,
        coalesce(scheduled_hours, sum(pattern_hours) over plan) * 60 as plan_minutes
    from {{ ref('certinia__int_schedule_parts') }}
    window plan as (partition by source_instance, assignment_id, moment)
),

summed as (
    select
        *,
        sum(weight) over (
            partition by source_instance, assignment_id, moment
        ) as whole_weight,
        sum(weight) over (
            partition by source_instance, assignment_id, moment order by part_no
            rows between unbounded preceding and current row
        ) as weight_to_here
    from weighed
),

parts as (
    select
        *,
        {{ ratio('plan_minutes * weight_to_here', 'whole_weight', 0) }}
        - {{ ratio('plan_minutes * (weight_to_here - weight)', 'whole_weight', 0) }}
            as planned_minutes
    from summed
),

-- Every part that a plan ever had, in each version from the first that had it.
numbered as (
    select
        source_instance,
        assignment_id,
        part_no,
        min(moment) as first_moment
    from parts
    group by source_instance, assignment_id, part_no
)

select
    plans.assignment_id || ':' || cast(numbered.part_no as varchar) as allocation_id,
    plans.project_id,
    plans.contact_id as person_id,
    parts.start_date,
    parts.end_date,
    cast(parts.planned_minutes as bigint) as planned_minutes,
    coalesce(plans.assignment_status != 'Tentative', false) as is_committed,
    plans.source_system,
    plans.source_instance,
    plans.assignment_id || ':' || cast(numbered.part_no as varchar) as source_id,
    plans.moment_no as source_version,
    plans.is_deleted or coalesce(parts.is_deleted, true) as is_deleted,
    greatest(plans.source_updated_at, coalesce(parts.source_updated_at, plans.source_updated_at))
        as source_updated_at,
    plans.moment as landed_at
from plans
inner join numbered
    on plans.source_instance = numbered.source_instance
    and plans.assignment_id = numbered.assignment_id
    and plans.moment >= numbered.first_moment
left join parts
    on plans.source_instance = parts.source_instance
    and plans.assignment_id = parts.assignment_id
    and plans.moment = parts.moment
    and numbered.part_no = parts.part_no
