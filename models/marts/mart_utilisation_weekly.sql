-- Grain: one row per employee and ISO week with capacity or time. Where the person was on
-- the last of its days names the entity, practice and grade.
with

weekly as (
    select
        resource_key,
        week_start_date,
        max_by(legal_entity_code, date_day) as legal_entity_code,
        max_by(practice_code, date_day) as practice_code,
        max_by(grade_code, date_day) as grade_code,
        {{ summed_utilisation() }}
    from {{ ref('fct_utilisation_daily') }}
    group by resource_key, week_start_date
)

select
    weekly.resource_key,
    resources.resource_name,
    resources.employee_number,
    weekly.practice_code,
    weekly.legal_entity_code,
    weekly.grade_code,
    weekly.week_start_date,
    {{ utilisation_measures('weekly') }}
from weekly
left join {{ ref('dim_resources') }} as resources
    on weekly.resource_key = resources.resource_key
