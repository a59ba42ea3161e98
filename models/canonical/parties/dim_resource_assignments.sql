-- Grain: one row per person and range of days: where they work, half-open. Of two places
-- from one day on the one with most of the person's time counts; the other has no
-- days. What is gone from HR counts for the days before the first that stands.
with

assignments as (
    {{ last_known('hr_assignments', 'worker_id') }}
)

select
    {{ entity_key('resource', ['crosswalk.employee_number']) }} as resource_key,
    assignments.valid_from,
    lead(assignments.valid_from, 1, date '9999-12-31') over (
        partition by crosswalk.employee_number
        order by
            assignments.valid_from asc nulls last,
            assignments.fte_rate asc nulls first,
            assignments.legal_entity_code desc nulls first
    ) as valid_to,
    assignments.legal_entity_code,
    assignments.practice_code,
    assignments.cost_centre_code,
    assignments.grade_code,
    assignments.role_name,
    assignments.business_title,
    legal_entities.country_code,
    assignments.weekly_hours,
    assignments.fte_rate,
    assignments.is_deleted,
    {{ source_coordinates('assignments') }}
from assignments
inner join {{ ref('crosswalk_resources') }} as crosswalk
    on crosswalk.role = 'hr'
    and assignments.source_instance = crosswalk.source_instance
    and assignments.worker_id = crosswalk.record_id
    and crosswalk.employee_number is not null
left join {{ ref('dim_legal_entities') }} as legal_entities
    on assignments.legal_entity_code = legal_entities.legal_entity_code
