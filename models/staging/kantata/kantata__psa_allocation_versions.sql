-- Grain: one row per Kantata allocation and version of it that was landed, which is of a
-- seat on a project; whoever holds the seat is planned.
select
    allocations.allocation_id,
    allocations.project_id,
    seats.user_id as person_id,
    allocations.start_date,
    allocations.end_date,
    allocations.allocated_minutes as planned_minutes,
    coalesce(allocations.is_hard, false) as is_committed,
    {{ role_lineage('allocations') }}
from {{ ref('stg_kantata__allocation_versions') }} as allocations
left join {{ ref('stg_kantata__project_resources') }} as seats
    on allocations.source_instance = seats.source_instance
    and allocations.project_resource_id = seats.project_resource_id
