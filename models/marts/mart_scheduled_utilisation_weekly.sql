-- Grain: one row per legal entity, practice, grade and ISO week to come: allocated over
-- capacity.
with

weekly as (
    select
        legal_entity_code,
        practice_code,
        grade_code,
        week_start_date,
        cast(count(distinct resource_key) as integer) as people_count,
        sum(capacity_minutes) as capacity_minutes,
        sum(scheduled_minutes) as scheduled_minutes,
        sum(target_minutes) as target_minutes,
        max(amber_width_rate) as amber_width_rate
    from {{ ref('fct_scheduled_weekly') }}
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
    cast({{ ratio('weekly.capacity_minutes', '60', 2) }} as decimal(18, 2)) as capacity_hours,
    cast({{ ratio('weekly.scheduled_minutes', '60', 2) }} as decimal(18, 2)) as scheduled_hours,
    cast({{ ratio('weekly.target_minutes', '60', 2) }} as decimal(18, 2)) as target_hours,
    {{ against_target('weekly', 'scheduled', 'capacity') }}
from weekly
left join {{ ref('dim_legal_entities') }} as legal_entities
    on weekly.legal_entity_code = legal_entities.legal_entity_code
left join {{ ref('practices') }} as practices
    on weekly.practice_code = practices.practice_code
