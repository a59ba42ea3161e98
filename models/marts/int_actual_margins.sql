-- Grain: one row per project and month: what its margin is made of at actual cost, and
-- the margin as its mart has it. The pass at standard cost leaves it as it is.
with

facts as (
    select
        project_key,
        period_month,
        sum(recognised_amount) as revenue_amount,
        sum(labour_cost_amount) as labour_amount,
        sum(subcontractor_amount) as subcontractor_amount,
        sum(loss_provision_amount - deferred_cost_amount) as provided_amount
    from {{ ref('fct_project_activity_daily') }}
    group by project_key, period_month
)

select
    margins.project_key,
    margins.legal_entity_code,
    margins.practice_code,
    margins.practice_name,
    margins.period_month,
    margins.currency_code,
    cast(coalesce(facts.revenue_amount, 0) as decimal(18, 4)) as revenue_amount,
    cast(coalesce(facts.labour_amount, 0) as decimal(18, 4)) as labour_amount,
    cast(coalesce(facts.subcontractor_amount, 0) as decimal(18, 4)) as subcontractor_amount,
    cast(coalesce(facts.provided_amount, 0) as decimal(18, 4)) as provided_amount,
    margins.margin_amount
from {{ ref('mart_project_margin_monthly') }} as margins
left join facts
    on margins.project_key = facts.project_key
    and margins.period_month = facts.period_month
