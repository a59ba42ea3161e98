-- Grain: one row per project and day on which anything happened, and, of what was learned of
-- a closed period later, that period. Closed periods are as they were published; weeks and
-- months are exact sums of it, and what a project did in all is what is known now.
select
    told.project_key,
    projects.project_code,
    told.activity_date,
    told.period_month,
    told.closed_period_month,
    {{ week_start('told.activity_date') }} as week_start_date,
    projects.contract_currency_code,
    projects.functional_currency_code as currency_code,
    {{ told_typed('told') }}
from {{ ref('int_activity_as_closed') }} as told
inner join {{ ref('dim_projects') }} as projects
    on told.project_key = projects.project_key
    and told.legal_entity_code is not distinct from projects.legal_entity_code
