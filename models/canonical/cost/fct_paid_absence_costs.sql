-- Grain: one row per payroll run, person and month: what the run pays for paid absence.
-- The home practice is the one of the last day of the month that the run pays.
with

costs as (
    select * from {{ ref('int_payroll_costs_spread') }}
    where bearer = 'paid_absence'
),

practices as (
    select
        runs.payroll_run_id,
        runs.associate_pseudonym,
        capacity_daily.period_month,
        max_by(capacity_daily.practice_code, capacity_daily.date_day) as practice_code
    from {{ ref('fct_payroll_costs') }} as runs
    inner join {{ ref('fct_capacity_daily') }} as capacity_daily
        on runs.resource_key = capacity_daily.resource_key
        and runs.legal_entity_code = capacity_daily.legal_entity_code
        and runs.period_start_date <= capacity_daily.date_day
        and runs.period_end_date >= capacity_daily.date_day
    group by runs.payroll_run_id, runs.associate_pseudonym, capacity_daily.period_month
)

select
    costs.resource_key,
    costs.payroll_run_id,
    costs.associate_pseudonym,
    costs.legal_entity_code,
    practices.practice_code,
    costs.period_month,
    costs.minutes,
    costs.currency_code,
    costs.home_payroll_amount as amount
from costs
left join practices
    on costs.payroll_run_id = practices.payroll_run_id
    and costs.associate_pseudonym = practices.associate_pseudonym
    and costs.period_month = practices.period_month
