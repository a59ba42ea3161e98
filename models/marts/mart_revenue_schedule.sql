-- Grain: one row per project and month with revenue still to be recognised, and what is
-- left after it. In the reporting currency at the closing rate of the as-of month.
with

monthly as (
    select
        project_key,
        period_month,
        contract_currency_code,
        currency_code,
        sum(contract_scheduled_amount) as contract_scheduled_amount,
        sum(scheduled_amount) as scheduled_amount
    from {{ ref('fct_revenue_schedule') }}
    group by project_key, period_month, contract_currency_code, currency_code
),

running as (
    select
        *,
        sum(scheduled_amount) over (
            partition by project_key
            order by period_month desc nulls last
            rows between unbounded preceding and current row
        ) - scheduled_amount as left_after_amount
    from monthly
)

select
    projects.project_key,
    projects.project_code,
    projects.project_name,
    projects.customer_name,
    projects.practice_code,
    projects.practice_name,
    projects.service_line,
    projects.legal_entity_code,
    projects.region,
    projects.contract_type,
    projects.revenue_method,
    projects.manager_name,
    running.period_month,
    running.contract_currency_code,
    cast(running.contract_scheduled_amount as decimal(18, 4)) as contract_scheduled_amount,
    running.currency_code,
    cast(running.scheduled_amount as decimal(18, 4)) as scheduled_amount,
    cast(running.left_after_amount as decimal(18, 4)) as left_after_amount,
    cast({{ reporting_currency() }} as varchar) as reporting_currency_code,
    cast({{ translated(
        'running.scheduled_amount', 'running.currency_code', reporting_currency(),
        'reporting.closing_rate'
    ) }} as decimal(18, 4)) as reporting_scheduled_amount
from running
cross join {{ ref('dim_as_of') }} as as_of
inner join {{ ref('int_projects_labelled') }} as projects
    on running.project_key = projects.project_key
{{ join_period('periods', 'projects.legal_entity_code', 'as_of.as_of_date') }}
{{ join_reporting_rate(
    'reporting', 'running.currency_code', 'periods', 'as_of.as_of_date'
) }}
