-- Grain: one row per approved time entry of an employee. Provisional is the rate in
-- force on the day with burden; actual is the entry's share of the payroll, when it
-- has landed. Contractors are in fct_subcontractor_costs.
with

resources as (select * from {{ ref('dim_resources') }}),

projects as (select * from {{ ref('dim_projects') }}),

cost_rates as (select * from {{ ref('dim_cost_rates') }}),

assignments as (select * from {{ ref('dim_resource_assignments') }}),

burden_rates as (select * from {{ ref('dim_burden_rates') }}),

time_entries as (
    select time_entries.*
    from {{ ref('fct_time_entries') }} as time_entries
    left join resources on time_entries.resource_key = resources.resource_key
    where
        time_entries.is_approved
        and coalesce(resources.worker_type, 'employee') != 'contingent'
),

payroll_shares as (
    select
        time_entry_key,
        max(currency_code) as currency_code,
        sum(home_actual_amount) as home_actual_amount
    from {{ ref('int_payroll_costs_spread') }}
    group by time_entry_key
),

priced as (
    select
        time_entries.time_entry_key,
        time_entries.project_key,
        time_entries.project_code,
        time_entries.resource_key,
        projects.legal_entity_code,
        time_entries.work_date,
        time_entries.period_month,
        time_entries.week_start_date,
        time_entries.worked_minutes,
        time_entries.worked_hours,
        cost_rates.currency_code as rate_currency_code,
        payroll_shares.currency_code as payroll_currency_code,
        projects.functional_currency_code as currency_code,
        {{ minutes_at_rate(
            'time_entries.worked_minutes', 'cost_rates.cost_rate',
            '(1 + burden_rates.burden_rate)'
        ) }} as home_provisional_amount,
        payroll_shares.home_actual_amount
    from time_entries
    left join projects on time_entries.project_key = projects.project_key
    left join cost_rates
        on time_entries.resource_key = cost_rates.resource_key
        and time_entries.work_date >= cost_rates.valid_from
        and time_entries.work_date < {{ open_end('cost_rates.valid_to') }}
    left join assignments
        on time_entries.resource_key = assignments.resource_key
        and time_entries.work_date >= assignments.valid_from
        and time_entries.work_date < {{ open_end('assignments.valid_to') }}
    left join burden_rates
        on assignments.legal_entity_code = burden_rates.legal_entity_code
        and time_entries.work_date >= burden_rates.valid_from
        and time_entries.work_date < {{ open_end('burden_rates.valid_to') }}
    left join payroll_shares
        on time_entries.time_entry_key = payroll_shares.time_entry_key
),

in_functional_currency as (
    select
        priced.*,
        {{ translated(
            'priced.home_provisional_amount', 'priced.rate_currency_code',
            'priced.currency_code', 'rate_fx.fx_rate'
        ) }} as provisional_amount,
        {{ translated(
            'priced.home_actual_amount', 'priced.payroll_currency_code',
            'priced.currency_code', 'payroll_fx.fx_rate'
        ) }} as actual_amount
    from priced
    {{ join_fx_rate(
        'rate_fx', 'priced.rate_currency_code', 'priced.currency_code',
        'priced.work_date'
    ) }}
    {{ join_fx_rate(
        'payroll_fx', 'priced.payroll_currency_code', 'priced.currency_code',
        'priced.work_date'
    ) }}
)

select
    time_entry_key,
    project_key,
    project_code,
    resource_key,
    legal_entity_code,
    work_date,
    period_month,
    week_start_date,
    worked_minutes,
    worked_hours,
    coalesce(rate_currency_code, payroll_currency_code) as home_currency_code,
    home_provisional_amount,
    cast(home_actual_amount as decimal(18, 4)) as home_actual_amount,
    currency_code,
    cast(provisional_amount as decimal(18, 4)) as provisional_amount,
    cast(actual_amount as decimal(18, 4)) as actual_amount,
    cast(
        case
            when home_actual_amount is null then provisional_amount
            else actual_amount
        end as decimal(18, 4)
    ) as cost_amount,
    home_actual_amount is not null as is_actual
from in_functional_currency
