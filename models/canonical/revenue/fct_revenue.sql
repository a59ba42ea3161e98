-- Grain: one row per project and thing that earned on a day: a time entry, an expense,
-- a milestone, or a day's share of a month that is measured cumulatively. The month is
-- spread over its days by their cost; a month without cost earns on its last day.
with

projects as (select * from {{ ref('dim_projects') }}),

months as (select * from {{ ref('int_project_months') }}),

dated as (

    select
        project_key,
        revenue_date,
        source_id,
        recognised_amount
    from {{ ref('int_revenue_time_and_materials') }}

    union all

    select
        project_key,
        revenue_date,
        source_id,
        recognised_amount
    from {{ ref('int_revenue_milestone') }}

),

monthly as (

    select
        project_key,
        period_month,
        recognised_amount
    from {{ ref('int_revenue_capped') }}

    union all

    select
        project_key,
        period_month,
        recognised_amount
    from {{ ref('int_revenue_cost_to_cost') }}

    union all

    select
        project_key,
        period_month,
        recognised_amount
    from {{ ref('int_revenue_straight_line') }}

    union all

    select
        project_key,
        period_month,
        recognised_amount
    from {{ ref('int_revenue_cost_plus') }}

),

earning as (
    select
        monthly.project_key,
        monthly.period_month,
        monthly.recognised_amount,
        months.measured_to_date
    from monthly
    inner join months
        on monthly.project_key = months.project_key
        and monthly.period_month = months.period_month
    where monthly.recognised_amount != 0
),

cost_days as (
    select
        earning.project_key,
        earning.period_month,
        earning.recognised_amount,
        daily_costs.cost_date,
        cast(round(daily_costs.total_cost_amount * 100, 0) as bigint) as cost_cents
    from earning
    inner join {{ ref('fct_project_costs_daily') }} as daily_costs
        on earning.project_key = daily_costs.project_key
        and earning.period_month = daily_costs.period_month
    where daily_costs.total_cost_amount > 0
),

allocated as (
    {{ allocate_cents(
        'cost_days', key=['project_key', 'period_month'], amount='recognised_amount',
        weight='cost_cents', ties=['cost_date']
    ) }}
),

months_with_cost as (
    select distinct
        project_key,
        period_month
    from cost_days
),

stacked as (

    select
        project_key,
        revenue_date,
        source_id,
        recognised_amount
    from dated

    union all

    select
        project_key,
        cost_date as revenue_date,
        'month:' || cast(period_month as varchar) as source_id,
        allocated_amount as recognised_amount
    from allocated
    where allocated_amount != 0

    union all

    select
        earning.project_key,
        earning.measured_to_date as revenue_date,
        'month:' || cast(earning.period_month as varchar) as source_id,
        earning.recognised_amount
    from earning
    left join months_with_cost
        on earning.project_key = months_with_cost.project_key
        and earning.period_month = months_with_cost.period_month
    where months_with_cost.project_key is null

)

select
    {{ entity_key(
        'revenue', ['projects.project_code', 'stacked.source_id', 'stacked.revenue_date']
    ) }} as revenue_key,
    stacked.project_key,
    projects.project_code,
    projects.legal_entity_code,
    projects.revenue_method,
    stacked.revenue_date,
    {{ month_start('stacked.revenue_date') }} as period_month,
    {{ week_start('stacked.revenue_date') }} as week_start_date,
    projects.functional_currency_code as currency_code,
    cast(stacked.recognised_amount as decimal(18, 4)) as recognised_amount,
    stacked.source_id
from stacked
inner join projects on stacked.project_key = projects.project_key
