-- Grain: one row per person, project and month that payroll has landed for: what the
-- work cost more than was accrued, but for what burden pools' actual rates made of it.
select
    {{ desired_posting('labour_cost_true_up', amount='desired_amount', resource='resource_key') }}
from (
    select
        legal_entity_code,
        project_code,
        resource_key,
        period_month,
        true_up_amount - burden_actualisation_amount as desired_amount
    from {{ ref('fct_labour_true_ups') }}
    where project_code is not null
) as true_ups
