-- Grain: one row per legal entity and month, and one a month that eliminates what the
-- entities charge each other, in the reporting currency only. The group is the sum of a
-- month's rows: revenue from customers less what the projects cost.
with

eliminated as (
    select
        period_month,
        sum(reporting_charge_amount) as reporting_charge_amount
    from {{ ref('fct_intercompany_monthly') }}
    group by period_month
),

months as (
    select distinct
        period_month,
        reporting_currency_code
    from {{ ref('fct_entity_margins_monthly') }}
),

stacked as (

    select
        margins.period_month,
        margins.legal_entity_code,
        legal_entities.legal_entity_name,
        legal_entities.region,
        margins.currency_code,
        margins.revenue_amount,
        margins.intercompany_revenue_amount,
        margins.cost_amount,
        margins.intercompany_cost_amount,
        margins.loss_provision_amount,
        margins.reporting_currency_code,
        margins.reporting_revenue_amount,
        margins.reporting_intercompany_revenue_amount,
        margins.reporting_cost_amount,
        margins.reporting_intercompany_cost_amount,
        margins.reporting_loss_provision_amount,
        false as is_elimination
    from {{ ref('fct_entity_margins_monthly') }} as margins
    inner join {{ ref('dim_legal_entities') }} as legal_entities
        on margins.legal_entity_code = legal_entities.legal_entity_code

    union all

    select
        months.period_month,
        'ELIMINATION' as legal_entity_code,
        'Intercompany elimination' as legal_entity_name,
        null as region,
        null as currency_code,
        null as revenue_amount,
        null as intercompany_revenue_amount,
        null as cost_amount,
        null as intercompany_cost_amount,
        null as loss_provision_amount,
        months.reporting_currency_code,
        0 as reporting_revenue_amount,
        -coalesce(eliminated.reporting_charge_amount, 0)
            as reporting_intercompany_revenue_amount,
        0 as reporting_cost_amount,
        -coalesce(eliminated.reporting_charge_amount, 0)
            as reporting_intercompany_cost_amount,
        0 as reporting_loss_provision_amount,
        true as is_elimination
    from months
    left join eliminated on months.period_month = eliminated.period_month

)

select
    period_month,
    legal_entity_code,
    legal_entity_name,
    region,
    currency_code,
    cast(revenue_amount as decimal(18, 4)) as revenue_amount,
    cast(intercompany_revenue_amount as decimal(18, 4)) as intercompany_revenue_amount,
    cast(cost_amount as decimal(18, 4)) as cost_amount,
    cast(intercompany_cost_amount as decimal(18, 4)) as intercompany_cost_amount,
    cast(loss_provision_amount as decimal(18, 4)) as loss_provision_amount,
    cast(
        revenue_amount + intercompany_revenue_amount - cost_amount
        - intercompany_cost_amount - loss_provision_amount as decimal(18, 4)
    ) as margin_amount,
    reporting_currency_code,
    cast(reporting_revenue_amount as decimal(18, 4)) as reporting_revenue_amount,
    cast(reporting_intercompany_revenue_amount as decimal(18, 4))
        as reporting_intercompany_revenue_amount,
    cast(reporting_cost_amount as decimal(18, 4)) as reporting_cost_amount,
    cast(reporting_intercompany_cost_amount as decimal(18, 4))
        as reporting_intercompany_cost_amount,
    cast(reporting_loss_provision_amount as decimal(18, 4))
        as reporting_loss_provision_amount,
    cast(
        reporting_revenue_amount + reporting_intercompany_revenue_amount
        - reporting_cost_amount - reporting_intercompany_cost_amount
        - reporting_loss_provision_amount as decimal(18, 4)
    ) as reporting_margin_amount,
    is_elimination,
    not exists (
        select 1
        from {{ ref('fct_margins_incomplete') }} as incomplete
        where
            incomplete.legal_entity_code = stacked.legal_entity_code
            and incomplete.period_month = stacked.period_month
    ) as is_complete
from stacked
