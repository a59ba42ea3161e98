-- Grain: one row per person and range of days: where they work, half-open.
select
    resources.resource_key,
    assignments.valid_from,
    lead(assignments.valid_from, 1, date '9999-12-31') over (
        partition by resources.resource_key
        order by assignments.valid_from nulls last
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
    {{ source_coordinates('assignments') }}
from {{ ref('hr_assignments') }} as assignments
inner join {{ ref('dim_resources') }} as resources
    on assignments.employee_number = resources.employee_number
left join {{ ref('dim_legal_entities') }} as legal_entities
    on assignments.legal_entity_code = legal_entities.legal_entity_code
