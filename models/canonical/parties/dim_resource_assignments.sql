-- Grain: one row per person and range of days: where they work, half-open. Of several
-- records effective on one day the one entered last counts.
with

in_force as (
    select *
    from {{ ref('stg_workday__assignments') }}
    where not is_deleted
),

assignments as (
    {{ first_of_each(
        'in_force', key=['source_instance', 'employee_id', 'effective_date'],
        order=['entered_at desc nulls last', 'source_id desc nulls last']
    ) }}
)

select
    resources.resource_key,
    assignments.effective_date as valid_from,
    lead(assignments.effective_date, 1, date '9999-12-31') over (
        partition by resources.resource_key
        order by assignments.effective_date nulls last
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
from assignments
inner join {{ ref('dim_resources') }} as resources
    on assignments.employee_id = resources.employee_number
left join {{ ref('dim_legal_entities') }} as legal_entities
    on assignments.legal_entity_code = legal_entities.legal_entity_code
