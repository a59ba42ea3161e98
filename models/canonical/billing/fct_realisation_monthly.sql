-- Grain: one row per sold project and month: standard value, what was billed in the month
-- and what has been collected of those invoices, revenue and hours; and the same to date.
with

activity as (
    select
        project_key,
        period_month,
        sum(approved_minutes) as approved_minutes,
        sum(standard_value_amount) as standard_value_amount,
        sum(recognised_amount) as recognised_amount,
        sum(billed_amount) as billed_amount
    from {{ ref('fct_project_activity_daily') }}
    group by project_key, period_month
),

collections as (
    select
        project_key,
        period_month,
        sum(collected_amount) as collected_amount
    from {{ ref('fct_collections') }}
    group by project_key, period_month
),

monthly as (
    select
        months.project_key,
        months.project_code,
        months.period_month,
        months.currency_code,
        coalesce(activity.approved_minutes, 0) as approved_minutes,
        coalesce(activity.standard_value_amount, 0) as standard_value_amount,
        coalesce(activity.recognised_amount, 0) as recognised_amount,
        coalesce(activity.billed_amount, 0) as billed_amount,
        coalesce(collections.collected_amount, 0) as collected_amount
    from {{ ref('int_project_periods') }} as months
    inner join {{ ref('dim_projects') }} as projects
        on months.project_key = projects.project_key
        and coalesce(projects.contract_type, '') != 'non_billable'
    left join activity
        on months.project_key = activity.project_key
        and months.period_month = activity.period_month
    left join collections
        on months.project_key = collections.project_key
        and months.period_month = collections.period_month
)

select
    project_key,
    project_code,
    period_month,
    currency_code,
    cast(approved_minutes as bigint) as approved_minutes,
    cast(standard_value_amount as decimal(18, 4)) as standard_value_amount,
    cast(recognised_amount as decimal(18, 4)) as recognised_amount,
    cast(billed_amount as decimal(18, 4)) as billed_amount,
    cast(collected_amount as decimal(18, 4)) as collected_amount,
    cast(sum(approved_minutes) over so_far as bigint) as approved_minutes_to_date,
    cast(sum(standard_value_amount) over so_far as decimal(18, 4))
        as standard_value_to_date_amount,
    cast(sum(recognised_amount) over so_far as decimal(18, 4))
        as recognised_to_date_amount,
    cast(sum(billed_amount) over so_far as decimal(18, 4)) as billed_to_date_amount,
    cast(sum(collected_amount) over so_far as decimal(18, 4)) as collected_to_date_amount
from monthly
window so_far as (
    partition by project_key
    order by period_month nulls last
    rows between unbounded preceding and current row
)
