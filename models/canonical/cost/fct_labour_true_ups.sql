-- Grain: one row per person, project and month for which payroll has landed: what the
-- entries it pays for cost less what they were held to cost. Posted when payroll lands.
-- What had no rate before was accrued as 0; what has no rate of exchange stays as accrued.
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
    cast(coalesce(sum(burden_actualisation_amount), 0) as decimal(18, 4))
        as burden_actualisation_amount,
    cast(sum(actual_amount) - coalesce(sum(provisional_amount), 0) as decimal(18, 4))
        as true_up_amount
from {{ ref('fct_labour_costs') }}
where
    is_actual
    and project_key is not null
    and actual_amount is not null
group by
    resource_key,
    project_key,
    project_code,
    legal_entity_code,
    period_month,
    currency_code
