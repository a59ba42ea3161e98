-- Grain: one row per project, full month and lead: what was forecast for the month and
-- what it shows today, in the reporting currency at the month's average rate. The last
-- day kept of a month speaks for it; lead is how many months ahead that was. A project
-- not known then was forecast to show nothing. Work that nobody bought has no plan.
with

as_of as (
    select {{ month_start('as_of_date') }} as as_of_month
    from {{ ref('dim_as_of') }}
),

kept as (
    select
        forecasts.*,
        {{ month_start('forecasts.as_of_date') }} as forecast_month
    from {{ ref('stg_kept__forecasts') }} as forecasts
),

counted as (
    select
        forecast_month,
        max(as_of_date) as forecast_date
    from kept
    group by forecast_month
),

forecasts as (
    select
        projects.project_key,
        kept.forecast_month,
        kept.period_month,
        {{ translated(
            'kept.revenue_amount', 'kept.currency_code', reporting_currency(),
            'reporting.average_rate'
        ) }} as revenue_amount,
        {{ translated(
            'kept.cost_amount', 'kept.currency_code', reporting_currency(),
            'reporting.average_rate'
        ) }} as cost_amount
    from kept
    inner join counted on kept.as_of_date = counted.forecast_date
    inner join {{ ref('dim_projects') }} as projects
        on kept.project_code = projects.project_code
    {{ join_reporting_rate('reporting', 'kept.currency_code', 'kept.period_month') }}
),

actuals as (
    select
        project_key,
        period_month,
        sum(reporting_recognised_amount) as revenue_amount,
        sum(
            reporting_labour_cost_amount + reporting_subcontractor_amount
            + reporting_expense_amount
        ) as cost_amount
    from {{ ref('fct_project_activity_daily') }}
    group by project_key, period_month
),

stacked as (

    select
        project_key,
        forecast_month,
        period_month,
        revenue_amount as forecast_revenue_amount,
        cost_amount as forecast_cost_amount,
        0 as actual_revenue_amount,
        0 as actual_cost_amount
    from forecasts

    union all

    select
        actuals.project_key,
        counted.forecast_month,
        actuals.period_month,
        0 as forecast_revenue_amount,
        0 as forecast_cost_amount,
        actuals.revenue_amount as actual_revenue_amount,
        actuals.cost_amount as actual_cost_amount
    from actuals
    inner join counted on actuals.period_month >= counted.forecast_month

),

summed as (
    select
        project_key,
        forecast_month,
        period_month,
        sum(forecast_revenue_amount) as forecast_revenue_amount,
        sum(forecast_cost_amount) as forecast_cost_amount,
        sum(actual_revenue_amount) as actual_revenue_amount,
        sum(actual_cost_amount) as actual_cost_amount
    from stacked
    group by project_key, forecast_month, period_month
)

select
    summed.project_key,
    projects.project_code,
    projects.practice_code,
    summed.forecast_month,
    summed.period_month,
    cast(
        {{ dbt.datediff('summed.forecast_month', 'summed.period_month', 'month') }}
        as integer
    ) as lead_months,
    cast({{ reporting_currency() }} as varchar) as reporting_currency_code,
    cast(summed.forecast_revenue_amount as decimal(18, 4)) as forecast_revenue_amount,
    cast(summed.actual_revenue_amount as decimal(18, 4)) as actual_revenue_amount,
    cast(summed.forecast_cost_amount as decimal(18, 4)) as forecast_cost_amount,
    cast(summed.actual_cost_amount as decimal(18, 4)) as actual_cost_amount,
    cast(summed.forecast_revenue_amount - summed.forecast_cost_amount as decimal(18, 4))
        as forecast_margin_amount,
    cast(summed.actual_revenue_amount - summed.actual_cost_amount as decimal(18, 4))
        as actual_margin_amount
from summed
inner join {{ ref('dim_projects') }} as projects
    on summed.project_key = projects.project_key
cross join as_of
where
    summed.period_month < as_of.as_of_month
    and projects.contract_type != 'non_billable'
