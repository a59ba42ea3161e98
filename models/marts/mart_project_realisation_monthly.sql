-- Grain: one row per sold project and month, to the as-of month. Amounts in the functional
-- currency of its entity.
select
    projects.project_key,
    projects.project_code,
    projects.project_name,
    projects.customer_name,
    projects.practice_code,
    projects.practice_name,
    projects.service_line,
    projects.legal_entity_code,
    projects.region,
    projects.contract_type,
    projects.manager_name,
    monthly.period_month,
    projects.currency_code,
    {{ realisation_measures('monthly') }}
from {{ ref('fct_realisation_monthly') }} as monthly
inner join {{ ref('int_projects_labelled') }} as projects
    on monthly.project_key = projects.project_key
