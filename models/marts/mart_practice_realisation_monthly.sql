-- Grain: one row per practice, legal entity and month, to the as-of month. Amounts in the
-- functional currency of the entity.
with

monthly as (
    select
        projects.practice_code,
        projects.legal_entity_code,
        realisation.period_month,
        realisation.currency_code,
        {{ summed_realisation() }}
    from {{ ref('fct_realisation_monthly') }} as realisation
    inner join {{ ref('dim_projects') }} as projects
        on realisation.project_key = projects.project_key
    group by
        projects.practice_code,
        projects.legal_entity_code,
        realisation.period_month,
        realisation.currency_code
)

select
    monthly.practice_code,
    practices.practice_name,
    practices.service_line,
    monthly.legal_entity_code,
    monthly.period_month,
    monthly.currency_code,
    {{ realisation_measures('monthly') }}
from monthly
left join {{ ref('practices') }} as practices
    on monthly.practice_code = practices.practice_code
