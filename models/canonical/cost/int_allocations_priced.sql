-- Grain: one row per allocation: the plan as of now, at cost.
select
    allocation_key,
    plan_key,
    project_key,
    obligation_key,
    resource_key,
    start_date,
    end_date,
    period_month,
    planned_minutes,
    currency_code,
    planned_cost_amount,
    is_priced,
    source_instance,
    source_id
from {{ ref('int_plans_priced') }}
where is_current
