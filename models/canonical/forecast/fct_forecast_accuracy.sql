-- Grain: one row per project, full period and lead: what was forecast for the period and
-- what it shows today, in the reporting currency at its average rate. The last day kept
-- of a period speaks for it; lead is how many periods ahead that was. A project
-- not known then was forecast to show nothing. Work that nobody bought has no plan.
with

-- The days that forecasts were kept on, by the periods of each project's entity; the last
-- of a period speaks for it.
kept_days as (select distinct as_of_date from {{ ref('stg_kept__forecasts') }}),

counted as (
    select
        projects.project_key,
        {{ period_start('periods', 'kept_days.as_of_date') }} as forecast_month,
        max(kept_days.as_of_date) as forecast_date
    from {{ ref('dim_projects') }} as projects
    cross join kept_days
    {{ join_period('periods', 'projects.legal_entity_code', 'kept_days.as_of_date') }}
    group by projects.project_key, {{ period_start('periods', 'kept_days.as_of_date') }}
),

forecasts as (
    select
        projects.project_key,
        counted.forecast_month,
        kept.period_month,
        {{ reported_amount(
            'kept.revenue_amount', 'kept.currency_code', 'reporting.average_rate'
        ) }} as revenue_amount,
        {{ reported_amount(
            'kept.cost_amount', 'kept.currency_code', 'reporting.average_rate'
        ) }} as cost_amount
    from {{ ref('stg_kept__forecasts') }} as kept
    inner join {{ ref('dim_projects') }} as projects
        on kept.project_code = projects.project_code
    inner join counted
        on projects.project_key = counted.project_key
        and kept.as_of_date = counted.forecast_date
    {{ join_period('periods', 'projects.legal_entity_code', 'kept.period_month') }}
    {{ join_reporting_rate(
        'reporting', 'kept.currency_code', 'periods', 'kept.period_month'
    ) }}
),

actuals as (
    select
        project_key,
        period_month,
        {{ known_sum('reporting_recognised_amount') }} as revenue_amount,
        {{ known_sum(
            'reporting_labour_cost_amount + reporting_subcontractor_amount'
            ~ ' + reporting_expense_amount'
        ) }} as cost_amount
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
    inner join counted
        on actuals.project_key = counted.project_key
        and actuals.period_month >= counted.forecast_month

),

summed as (
    select
        project_key,
        forecast_month,
        period_month,
        {{ known_sum('forecast_revenue_amount') }} as forecast_revenue_amount,
        {{ known_sum('forecast_cost_amount') }} as forecast_cost_amount,
        {{ known_sum('actual_revenue_amount') }} as actual_revenue_amount,
        {{ known_sum('actual_cost_amount') }} as actual_cost_amount
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
        coalesce(
            shown.period_index - told.period_index,
            {{ dbt.datediff('summed.forecast_month', 'summed.period_month', 'month') }}
        ) as integer
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
cross join {{ ref('dim_as_of') }} as as_of
{{ join_period('running', 'projects.legal_entity_code', 'as_of.as_of_date') }}
left join {{ ref('dim_periods') }} as told
    on projects.legal_entity_code = told.legal_entity_code
    and summed.forecast_month = told.period_month
left join {{ ref('dim_periods') }} as shown
    on projects.legal_entity_code = shown.legal_entity_code
    and summed.period_month = shown.period_month
where
    summed.period_month < {{ period_start('running', 'as_of.as_of_date') }}
    and coalesce(projects.contract_type, '') != 'non_billable'
