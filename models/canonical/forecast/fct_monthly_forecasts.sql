-- Grain: one row per project and month, from the as-of month to the last with anything
-- planned: the revenue, cost and margin it is expected to show. The as-of month is what
-- it shows so far and what is still to come. Margin is before provisions for losses.
with

as_of as (
    select
        projects.project_key,
        {{ period_start('periods', 'as_of.as_of_date') }} as as_of_month
    from {{ ref('dim_projects') }} as projects
    cross join {{ ref('dim_as_of') }} as as_of
    {{ join_period('periods', 'projects.legal_entity_code', 'as_of.as_of_date') }}
),

stacked as (

    select
        activity.project_key,
        activity.period_month,
        activity.recognised_amount as revenue_amount,
        activity.total_cost_amount as cost_amount,
        0 as scheduled_amount,
        0 as to_come_amount
    from {{ ref('fct_project_activity_daily') }} as activity
    inner join as_of
        on activity.project_key = as_of.project_key
        and activity.period_month = as_of.as_of_month

    union all

    select
        project_key,
        period_month,
        scheduled_amount as revenue_amount,
        0 as cost_amount,
        scheduled_amount,
        0 as to_come_amount
    from {{ ref('fct_revenue_schedule') }}

    union all

    select
        project_key,
        period_month,
        0 as revenue_amount,
        cost_amount,
        0 as scheduled_amount,
        cost_amount as to_come_amount
    from {{ ref('int_costs_scheduled') }}

    union all

    select
        months.project_key,
        months.period_month,
        0 as revenue_amount,
        0 as cost_amount,
        0 as scheduled_amount,
        0 as to_come_amount
    from {{ ref('int_project_months') }} as months
    inner join as_of
        on months.project_key = as_of.project_key
        and months.period_month = as_of.as_of_month

),

summed as (
    select
        project_key,
        period_month,
        sum(revenue_amount) as revenue_amount,
        sum(cost_amount) as cost_amount,
        sum(scheduled_amount) as scheduled_amount,
        sum(to_come_amount) as to_come_amount
    from stacked
    group by project_key, period_month
),

estimates as (
    {{ first_of_each(
        ref('int_project_forecasts'), key=['project_key'],
        order=['period_month desc nulls last']
    ) }}
)

select
    summed.project_key,
    projects.project_code,
    summed.period_month,
    projects.functional_currency_code as currency_code,
    cast(summed.scheduled_amount as decimal(18, 4)) as scheduled_revenue_amount,
    cast(summed.to_come_amount as decimal(18, 4)) as scheduled_cost_amount,
    cast(summed.revenue_amount as decimal(18, 4)) as forecast_revenue_amount,
    cast(summed.cost_amount as decimal(18, 4)) as forecast_cost_amount,
    cast(summed.revenue_amount - summed.cost_amount as decimal(18, 4))
        as forecast_margin_amount,
    cast(estimates.eac_amount as decimal(18, 4)) as eac_amount
from summed
inner join {{ ref('dim_projects') }} as projects
    on summed.project_key = projects.project_key
left join estimates on summed.project_key = estimates.project_key
