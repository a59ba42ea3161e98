-- Grain: one row per legal entity and fiscal period, and one a month of the group that
-- eliminates what the entities charge each other, in the reporting currency only. The
-- group is the sum of a group month's rows: revenue from customers less what the projects
-- cost. Quarter and year to date are by the entity's fiscal year.
with

margins as (
    select
        margins.*,
        periods.period_end_date,
        periods.group_month,
        periods.quarter_start_date,
        periods.fiscal_year_start_date,
        periods.fiscal_year,
        periods.quarter_no,
        periods.period_no
    from {{ ref('fct_entity_margins_monthly') }} as margins
    inner join {{ ref('dim_periods') }} as periods
        on margins.legal_entity_code = periods.legal_entity_code
        and margins.period_month = periods.period_month
),

months as (
    select distinct
        group_month,
        reporting_currency_code
    from margins
),

charged as (
    select
        periods.group_month,
        case when charges.leg = 'provided' then charges.reporting_charge_amount else 0 end
            as reporting_revenue_amount,
        case when charges.leg = 'received' then charges.reporting_charge_amount else 0 end
            as reporting_cost_amount
    from {{ ref('int_charges_as_closed') }} as charges
    inner join {{ ref('dim_periods') }} as periods
        on charges.legal_entity_code = periods.legal_entity_code
        and charges.period_month = periods.period_month
),

eliminated as (
    select
        group_month,
        {{ known_sum('reporting_revenue_amount') }} as reporting_revenue_amount,
        {{ known_sum('reporting_cost_amount') }} as reporting_cost_amount
    from charged
    group by group_month
),

stacked as (

    select
        margins.period_month,
        margins.period_end_date,
        margins.group_month,
        margins.quarter_start_date,
        margins.fiscal_year_start_date,
        margins.fiscal_year,
        margins.quarter_no,
        margins.period_no,
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
    from margins
    inner join {{ ref('dim_legal_entities') }} as legal_entities
        on margins.legal_entity_code = legal_entities.legal_entity_code

    union all

    select
        months.group_month as period_month,
        cast(null as date) as period_end_date,
        months.group_month,
        cast(null as date) as quarter_start_date,
        cast(null as date) as fiscal_year_start_date,
        cast(null as integer) as fiscal_year,
        cast(null as integer) as quarter_no,
        cast(null as integer) as period_no,
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
        -{{ or_nothing('eliminated', 'reporting_revenue_amount', 'group_month') }}
            as reporting_intercompany_revenue_amount,
        0 as reporting_cost_amount,
        -{{ or_nothing('eliminated', 'reporting_cost_amount', 'group_month') }}
            as reporting_intercompany_cost_amount,
        0 as reporting_loss_provision_amount,
        true as is_elimination
    from months
    left join eliminated on months.group_month = eliminated.group_month

),

measured as (
    select
        *,
        revenue_amount + intercompany_revenue_amount - cost_amount
        - intercompany_cost_amount - loss_provision_amount as margin_amount,
        not exists (
            select 1
            from {{ ref('fct_margins_incomplete') }} as incomplete
            where
                incomplete.legal_entity_code = stacked.legal_entity_code
                and incomplete.period_month = stacked.period_month
        )
        -- what is eliminated is no entity's, so it tells itself
        and (
            not is_elimination
            or reporting_intercompany_revenue_amount
            + reporting_intercompany_cost_amount is not null
        ) as is_complete
    from stacked
)

select
    period_month,
    period_end_date,
    group_month,
    fiscal_year,
    quarter_no,
    period_no,
    legal_entity_code,
    legal_entity_name,
    region,
    currency_code,
    cast(revenue_amount as decimal(18, 4)) as revenue_amount,
    cast(intercompany_revenue_amount as decimal(18, 4)) as intercompany_revenue_amount,
    cast(cost_amount as decimal(18, 4)) as cost_amount,
    cast(intercompany_cost_amount as decimal(18, 4)) as intercompany_cost_amount,
    cast(loss_provision_amount as decimal(18, 4)) as loss_provision_amount,
    cast(margin_amount as decimal(18, 4)) as margin_amount,
    {{ to_date_amounts(
        {'revenue': 'revenue_amount', 'margin': 'margin_amount'}
    ) }},
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
    is_complete,
    {{ to_date_complete('is_complete') }}
from measured
window {{ so_far(['legal_entity_code'], 'measured') }}
