-- Grain: one row per calendar day, from the first to the last day anything is dated.
with

days as (
    {{ every_day() }}
),

mentioned as (

    select
        min(hire_date) as first_date,
        max(hire_date) as last_date
    from {{ ref('dim_resources') }}

    union all

    select
        min(service_start_date) as first_date,
        max(service_end_date) as last_date
    from {{ ref('dim_projects') }}

    union all

    select
        min(effective_date) as first_date,
        max(greatest(effective_date, service_end_date)) as last_date
    from {{ ref('fct_contract_modifications') }}

    union all

    select
        min(work_date) as first_date,
        max(work_date) as last_date
    from {{ ref('fct_time_entries') }}

    union all

    select
        min(expense_date) as first_date,
        max(expense_date) as last_date
    from {{ ref('fct_expenses') }}

    union all

    select
        min(least(service_month, bill_date)) as first_date,
        max(greatest(service_month, bill_date)) as last_date
    from {{ ref('fct_vendor_bills') }}

    union all

    select
        min(start_date) as first_date,
        max(end_date) as last_date
    from {{ ref('int_plans') }}

    union all

    select
        min(invoice_date) as first_date,
        max(invoice_date) as last_date
    from {{ ref('fct_invoices') }}

    union all

    select
        min(period_start_date) as first_date,
        max(period_end_date) as last_date
    from {{ ref('payroll_runs') }}
    where is_final

    union all

    select
        as_of_date as first_date,
        as_of_date as last_date
    from {{ ref('dim_as_of') }}

),

-- Whole weeks and months, so that the first and last ones are complete.
bounds as (
    select
        {{ week_start(month_start('min(first_date)')) }} as first_date,
        greatest(
            {{ month_end('max(last_date)') }},
            cast({{ dbt.dateadd('day', 6, week_start('max(last_date)')) }} as date)
        ) as last_date
    from mentioned
)

select
    days.date_day,
    {{ week_start('days.date_day') }} as week_start_date,
    {{ month_start('days.date_day') }} as period_month,
    {{ dbt.datediff(week_start('days.date_day'), 'days.date_day', 'day') }} < 5
        as is_weekday
from days
inner join bounds
    on days.date_day >= bounds.first_date
    and days.date_day <= bounds.last_date
