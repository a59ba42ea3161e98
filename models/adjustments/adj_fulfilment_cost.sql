-- Grain: one row per project and month in which cost was put off until the customer accepts,
-- or became cost when they did: the change of what is carried as an asset.
with

summed as (
    select
        legal_entity_code,
        project_code,
        period_month,
        sum(deferred_amount) as desired_amount
    from {{ ref('fct_deferred_costs') }}
    group by legal_entity_code, project_code, period_month
)

select
    {{ desired_posting('fulfilment_cost') }}
from summed
where desired_amount != 0
