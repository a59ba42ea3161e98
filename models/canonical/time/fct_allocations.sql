-- Grain: one row per live allocation: planned work of one person on one project. One
-- that nobody is named for has no resource.
select
    {{ entity_key('allocation', ['allocations.source_instance', 'allocations.allocation_id']) }}
        as allocation_key,
    {{ entity_key('project', ['crosswalk_projects.project_code']) }} as project_key,
    {{ entity_key('resource', ['crosswalk_resources.employee_number']) }} as resource_key,
    crosswalk_projects.project_code,
    allocations.start_date,
    allocations.end_date,
    {{ period_start('periods', 'allocations.start_date') }} as period_month,
    allocations.planned_minutes,
    allocations.is_committed as is_hard,
    {{ correlation_id('allocations', 'allocation') }} as correlation_id,
    {{ source_coordinates('allocations') }}
from {{ ref('psa_allocations') }} as allocations
left join {{ ref('crosswalk_projects') }} as crosswalk_projects
    on crosswalk_projects.role = 'psa'
    and allocations.source_instance = crosswalk_projects.source_instance
    and allocations.project_id = crosswalk_projects.record_id
left join {{ ref('crosswalk_resources') }} as crosswalk_resources
    on crosswalk_resources.role = 'psa'
    and allocations.source_instance = crosswalk_resources.source_instance
    and allocations.person_id = crosswalk_resources.record_id
left join {{ ref('dim_projects') }} as projects
    on crosswalk_projects.project_code = projects.project_code
{{ join_period('periods', 'projects.legal_entity_code', 'allocations.start_date') }}
where not allocations.is_deleted
