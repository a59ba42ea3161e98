-- Grain: one row per project and period it has figures of: those of int_project_months, and
-- before them closed ones whose facts are gone and whose figures stay.
with

months as (select * from {{ ref('int_project_months') }}),

firsts as (
    select
        project_key,
        min(period_month) as first_month
    from months
    group by project_key
),

told as (
    select
        project_key,
        min(period_month) as first_month
    from {{ ref('fct_project_activity_daily') }}
    group by project_key
),

before as (
    select
        told.project_key,
        told.first_month,
        {{ open_end('firsts.first_month') }} as until_month
    from told
    left join firsts on told.project_key = firsts.project_key
)

select
    project_key,
    project_code,
    period_month,
    period_end_date,
    measured_to_date,
    currency_code
from months

union all

select
    projects.project_key,
    projects.project_code,
    periods.period_month,
    periods.period_end_date,
    cast(least(periods.period_end_date, as_of.as_of_date) as date) as measured_to_date,
    projects.functional_currency_code as currency_code
from before
inner join {{ ref('dim_projects') }} as projects
    on before.project_key = projects.project_key
inner join {{ ref('dim_periods') }} as periods
    on projects.legal_entity_code = periods.legal_entity_code
    and before.first_month <= periods.period_month
    and before.until_month > periods.period_month
cross join {{ ref('dim_as_of') }} as as_of
where periods.period_month <= as_of.as_of_date
