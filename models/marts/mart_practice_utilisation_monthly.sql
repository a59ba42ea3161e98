-- Grain: one row per legal entity, practice, grade and month: employees by where they were
-- on each day. Closed periods are as they were published, and what was learned of them later
-- is in the period that took it.
with

monthly as (
    select
        legal_entity_code,
        practice_code,
        grade_code,
        period_month,
        cast(max(people_count) as integer) as people_count,
        {{ summed_utilisation() }}
    from {{ ref('int_utilisation_as_closed') }}
    where period_month is not null or closed_period_month is null
    group by legal_entity_code, practice_code, grade_code, period_month
)

select
    monthly.legal_entity_code,
    legal_entities.region,
    monthly.practice_code,
    practices.practice_name,
    practices.service_line,
    monthly.grade_code,
    monthly.period_month,
    monthly.people_count,
    {{ utilisation_measures('monthly') }}
from monthly
left join {{ ref('dim_legal_entities') }} as legal_entities
    on monthly.legal_entity_code = legal_entities.legal_entity_code
left join {{ ref('practices') }} as practices
    on monthly.practice_code = practices.practice_code
