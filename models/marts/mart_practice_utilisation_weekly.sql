-- Grain: one row per legal entity, practice, grade and ISO week: employees by where they were
-- on each day.
with

weekly as (
    select
        legal_entity_code,
        practice_code,
        grade_code,
        week_start_date,
        cast(count(distinct resource_key) as integer) as people_count,
        {{ summed_utilisation() }}
    from {{ ref('fct_utilisation_daily') }}
    group by legal_entity_code, practice_code, grade_code, week_start_date
)

select
    weekly.legal_entity_code,
    legal_entities.region,
    weekly.practice_code,
    practices.practice_name,
    practices.service_line,
    weekly.grade_code,
    weekly.week_start_date,
    weekly.people_count,
    {{ utilisation_measures('weekly') }}
from weekly
left join {{ ref('dim_legal_entities') }} as legal_entities
    on weekly.legal_entity_code = legal_entities.legal_entity_code
left join {{ ref('practices') }} as practices
    on weekly.practice_code = practices.practice_code
