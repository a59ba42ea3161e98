-- Grain: one row per project, or practice, and lead time: how far forecasts were from
-- what the months show today. WAPE = sum |F - A| / sum |A|, bias = sum (F - A) / sum A.
-- A practice's month is the sum of its projects', so that their errors net; its
-- projects' errors do not.
with

monthly as (

    select
        'project' as scope,
        project_code as scope_code,
        forecast_month,
        period_month,
        lead_months,
        reporting_currency_code,
        {{ forecast_sides() }}
    from {{ ref('fct_forecast_accuracy') }}
    group by
        project_code, forecast_month, period_month, lead_months, reporting_currency_code

    union all

    select
        'practice' as scope,
        practice_code as scope_code,
        forecast_month,
        period_month,
        lead_months,
        reporting_currency_code,
        {{ forecast_sides() }}
    from {{ ref('fct_forecast_accuracy') }}
    where practice_code is not null
    group by
        practice_code, forecast_month, period_month, lead_months, reporting_currency_code

),

summed as (
    select
        scope,
        scope_code,
        lead_months,
        reporting_currency_code,
        count(*) as months_count,
        {{ forecast_errors() }}
    from monthly
    group by scope, scope_code, lead_months, reporting_currency_code
)

select
    cast(summed.scope as varchar) as scope,
    summed.scope_code,
    case
        when summed.scope = 'project' then projects.project_name
        else practices.practice_name
    end as scope_name,
    case
        when summed.scope = 'project' then projects.practice_code
        else summed.scope_code
    end as practice_code,
    summed.lead_months,
    cast(summed.months_count as bigint) as months_count,
    summed.reporting_currency_code,
    {{ accuracy_measures('summed') }}
from summed
left join {{ ref('int_projects_labelled') }} as projects
    on summed.scope_code = projects.project_code
left join {{ ref('practices') }} as practices
    on summed.scope_code = practices.practice_code
