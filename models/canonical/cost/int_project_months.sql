-- Grain: one row per project and month, from the month of its first fact, or of the
-- service start it was sold with if that is earlier (once the PSA has it), to the as-of
-- month (later, if facts are).
with

as_of as (select as_of_date from {{ ref('dim_as_of') }}),

projects as (select * from {{ ref('dim_projects') }}),

fact_months as (

    select
        project_key,
        {{ month_start('service_start_date') }} as period_month,
        false as is_fact
    from projects
    where
        service_start_date is not null
        and contract_type != 'non_billable'
        and psa_project_id is not null

    union all

    select
        project_key,
        period_month,
        true as is_fact
    from {{ ref('fct_time_entries') }}

    union all

    select
        project_key,
        period_month,
        true as is_fact
    from {{ ref('fct_obligation_costs_daily') }}

    union all

    select
        project_key,
        period_month,
        true as is_fact
    from {{ ref('fct_invoices') }}
    where is_billed

    union all

    select
        project_key,
        {{ month_start('accepted_date') }} as period_month,
        true as is_fact
    from {{ ref('dim_milestones') }}
    where is_accepted

),

spans as (
    select
        fact_months.project_key,
        min(fact_months.period_month) as first_month,
        greatest(
            max(case when fact_months.is_fact then fact_months.period_month end),
            {{ month_start('max(as_of.as_of_date)') }}
        ) as last_month
    from fact_months
    cross join as_of
    where fact_months.project_key is not null
    group by fact_months.project_key
),

months as (
    select distinct period_month
    from {{ ref('dim_dates') }}
)

select
    spans.project_key,
    projects.project_code,
    months.period_month,
    cast(least({{ month_end('months.period_month') }}, as_of.as_of_date) as date)
        as measured_to_date,
    projects.functional_currency_code as currency_code
from spans
inner join projects on spans.project_key = projects.project_key
inner join months
    on spans.first_month <= months.period_month
    and spans.last_month >= months.period_month
cross join as_of
