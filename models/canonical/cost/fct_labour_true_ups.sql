-- Grain: one row per person, project and month for which payroll has landed: what the
-- entries it pays for cost less what they were held to cost. Posted when payroll lands.
select
    resource_key,
    project_key,
    project_code,
    legal_entity_code,
    period_month,
    cast(sum(worked_minutes) as bigint) as worked_minutes,
    currency_code,
    cast(sum(provisional_amount) as decimal(18, 4)) as provisional_amount,
    cast(sum(actual_amount) as decimal(18, 4)) as actual_amount,
    cast(sum(burden_actualisation_amount) as decimal(18, 4)) as burden_actualisation_amount,
    cast(sum(actual_amount) - sum(provisional_amount) as decimal(18, 4)) as true_up_amount
from {{ ref('fct_labour_costs') }}
where
    is_actual
    and project_key is not null
    -- without an ERP nothing is posted, and what lacks an exchange rate is not known
    and (actual_amount is not null or {{ has_role('erp') }})
group by
    resource_key,
    project_key,
    project_code,
    legal_entity_code,
    period_month,
    currency_code
