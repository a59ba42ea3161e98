-- Grain: one row per legal entity, practice, month and currency: what actual cost, and
-- what follows from it, takes from the margin beyond standard cost. In a database at
-- actual cost there is nothing between the two; finance's file has it from the other.
with

actual as (select * from {{ ref('int_actual_margins') }}),

stacked as (

    select
        project_key,
        period_month,
        revenue_amount,
        labour_amount,
        subcontractor_amount,
        provided_amount,
        0 as standard_revenue_amount,
        0 as standard_labour_amount,
        0 as standard_subcontractor_amount,
        0 as standard_provided_amount
    from actual

    union all

    select
        project_key,
        period_month,
        0 as revenue_amount,
        0 as labour_amount,
        0 as subcontractor_amount,
        0 as provided_amount,
        recognised_amount as standard_revenue_amount,
        labour_cost_amount as standard_labour_amount,
        subcontractor_amount as standard_subcontractor_amount,
        loss_provision_amount - deferred_cost_amount as standard_provided_amount
    from {{ ref('fct_project_activity_daily') }}

),

summed as (
    select
        projects.legal_entity_code,
        projects.practice_code,
        projects.practice_name,
        stacked.period_month,
        projects.currency_code,
        sum(stacked.labour_amount) as labour_amount,
        sum(stacked.standard_labour_amount) as standard_labour_amount,
        sum(stacked.labour_amount - stacked.standard_labour_amount)
            as labour_absorption_amount,
        sum(stacked.subcontractor_amount - stacked.standard_subcontractor_amount)
            as subcontractor_absorption_amount,
        sum(stacked.standard_revenue_amount - stacked.revenue_amount)
            as revenue_absorption_amount,
        sum(stacked.provided_amount - stacked.standard_provided_amount)
            as provision_absorption_amount
    from stacked
    inner join {{ ref('int_projects_labelled') }} as projects
        on stacked.project_key = projects.project_key
    group by
        projects.legal_entity_code,
        projects.practice_code,
        projects.practice_name,
        stacked.period_month,
        projects.currency_code
)

select
    legal_entity_code,
    practice_code,
    practice_name,
    period_month,
    currency_code,
    cast(labour_amount as decimal(18, 4)) as actual_labour_amount,
    cast(standard_labour_amount as decimal(18, 4)) as standard_labour_amount,
    cast(labour_absorption_amount as decimal(18, 4)) as labour_absorption_amount,
    cast(subcontractor_absorption_amount as decimal(18, 4))
        as subcontractor_absorption_amount,
    cast(revenue_absorption_amount as decimal(18, 4)) as revenue_absorption_amount,
    cast(provision_absorption_amount as decimal(18, 4)) as provision_absorption_amount,
    cast(
        labour_absorption_amount + subcontractor_absorption_amount
        + revenue_absorption_amount + provision_absorption_amount as decimal(18, 4)
    ) as absorption_amount
from summed
