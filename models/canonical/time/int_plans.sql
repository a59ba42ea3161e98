-- Grain: one row per allocation and state of it that was known for some days: what was
-- planned, from the day that landing saw it to the day that it saw something else. What
-- landing saw when it first saw plans of a PSA stands for all that was before it; what has no
-- versions, for all time. A deleted plan is none from the day on that it was seen to be gone.
with

current_plans as (select * from {{ ref('psa_allocations') }}),

-- Of a version that could not be read what was known before stays.
versions as (
    select * from {{ ref('psa_allocation_versions') }}
    where
        is_deleted
        or (
            start_date is not null
            and end_date is not null
            and planned_minutes is not null
        )
),

ranged as (
    {{ known_states(
        'versions', 'current_plans', key='allocation_id',
        columns=[
            'project_id', 'person_id', 'start_date', 'end_date', 'planned_minutes',
            'is_deleted', 'source_system', 'source_id', 'source_version'
        ],
        order_by='source_version nulls last'
    ) }}
)

select
    {{ entity_key('plan', [
        'ranged.source_instance', 'ranged.allocation_id', 'ranged.source_version'
    ]) }} as plan_key,
    {{ entity_key('allocation', ['ranged.source_instance', 'ranged.allocation_id']) }}
        as allocation_key,
    {{ entity_key('project', ['crosswalk_projects.project_code']) }} as project_key,
    {{ entity_key('resource', ['crosswalk_resources.employee_number']) }} as resource_key,
    ranged.start_date,
    ranged.end_date,
    {{ period_start('periods', 'ranged.start_date') }} as period_month,
    ranged.planned_minutes,
    ranged.known_from,
    ranged.known_to,
    ranged.is_current,
    {{ correlation_id('ranged', 'allocation') }} as correlation_id,
    {{ source_coordinates('ranged') }}
from ranged
left join {{ ref('crosswalk_projects') }} as crosswalk_projects
    on crosswalk_projects.role = 'psa'
    and ranged.source_instance = crosswalk_projects.source_instance
    and ranged.project_id = crosswalk_projects.record_id
left join {{ ref('crosswalk_resources') }} as crosswalk_resources
    on crosswalk_resources.role = 'psa'
    and ranged.source_instance = crosswalk_resources.source_instance
    and ranged.person_id = crosswalk_resources.record_id
left join {{ ref('dim_projects') }} as projects
    on crosswalk_projects.project_code = projects.project_code
{{ join_period('periods', 'projects.legal_entity_code', 'ranged.start_date') }}
where not ranged.is_deleted and ranged.known_from < ranged.known_to
