-- Grain: one row per approved time entry of an employee. Provisional is the rate in
-- force on the day with all burden; actual is the entry's share of the payroll, when it
-- has landed, and the burden that payroll does not hold; at standard cost both are the
-- rate of the person's group with all burden. Contractors are in fct_subcontractor_costs.
with

basis as (select * from {{ ref('dim_cost_basis') }}),

resources as (select * from {{ ref('dim_resources') }}),

projects as (select * from {{ ref('dim_projects') }}),

cost_rates as (select * from {{ ref('dim_cost_rates') }}),

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
        sum(home_gross_amount) as home_gross_amount,
        sum(home_payroll_amount) as home_payroll_amount
    from {{ ref('int_payroll_costs_spread') }}
    where bearer = 'work'
    group by time_entry_key
),

rated as (
    select
        time_entries.time_entry_key,
        time_entries.project_key,
        time_entries.obligation_key,
        time_entries.project_code,
        time_entries.resource_key,
        projects.legal_entity_code,
        time_entries.home_legal_entity_code,
        time_entries.work_date,
        time_entries.period_month,
        time_entries.home_period_month,
        time_entries.week_start_date,
        time_entries.worked_minutes,
        time_entries.worked_hours,
        coalesce(sold.cost_minutes, time_entries.worked_minutes) as cost_minutes,
        cost_rates.cost_rate,
        case when payroll_shares.time_entry_key is not null then cost_rates.cost_rate end
            as borne_cost_rate,
        burden_rates.burden_rate,
        burden_rates.borne_rate,
        burden_rates.borne_provisional_rate,
        cost_rates.currency_code as rate_currency_code,
        {{ minor_units('cost_rates.currency_code') }} as rate_units,
        payroll_shares.currency_code as payroll_currency_code,
        projects.functional_currency_code as currency_code,
        payroll_shares.home_gross_amount,
        payroll_shares.home_payroll_amount
    from time_entries
    left join projects on time_entries.project_key = projects.project_key
    left join cost_rates
        on time_entries.resource_key = cost_rates.resource_key
        and time_entries.work_date >= cost_rates.valid_from
        and time_entries.work_date < cost_rates.valid_to
    left join burden_rates
        on time_entries.home_legal_entity_code = burden_rates.legal_entity_code
        and time_entries.work_date >= burden_rates.valid_from
        and time_entries.work_date < burden_rates.valid_to
    left join {{ ref('int_time_sold') }} as sold
        on time_entries.time_entry_key = sold.time_entry_key
    left join payroll_shares
        on time_entries.time_entry_key = payroll_shares.time_entry_key
),

priced as (
    select
        *,
        {{ minutes_at_rate('cost_minutes', 'cost_rate', 'rate_units') }}
            as home_raw_amount,
        {{ minutes_at_rate(
            'cost_minutes', 'cost_rate', 'rate_units', '(1 + burden_rate)'
        ) }} as home_provisional_amount,
        {{ minutes_at_rate(
            'worked_minutes', 'borne_cost_rate', 'rate_units', 'borne_rate'
        ) }} as home_borne_amount,
        {{ minutes_at_rate(
            'worked_minutes', 'borne_cost_rate', 'rate_units', 'borne_provisional_rate'
        ) }} as home_borne_provisional_amount
    from rated
),

in_functional_currency as (
    select
        priced.*,
        basis.cost_basis = 'standard' as is_standard,
        {{ translated_from_home(
            ['raw', 'provisional'], 'priced', 'priced.rate_currency_code', 'rate_fx'
        ) }},
        {{ translated_from_home(
            ['gross', 'payroll', 'borne', 'borne_provisional'], 'priced',
            'priced.payroll_currency_code', 'payroll_fx'
        ) }}
    from priced
    cross join basis
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
    obligation_key,
    project_code,
    resource_key,
    legal_entity_code,
    home_legal_entity_code,
    work_date,
    period_month,
    home_period_month,
    week_start_date,
    worked_minutes,
    worked_hours,
    cast(cost_minutes as decimal(18, 4)) as cost_minutes,
    cost_rate,
    burden_rate,
    borne_rate,
    coalesce(rate_currency_code, payroll_currency_code) as home_currency_code,
    home_raw_amount,
    home_provisional_amount,
    cast(home_payroll_amount as decimal(18, 4)) as home_payroll_amount,
    cast(
        case
            when is_standard then home_provisional_amount
            else home_payroll_amount + coalesce(home_borne_amount, 0)
        end as decimal(18, 4)
    ) as home_actual_amount,
    currency_code,
    cast(raw_amount as decimal(18, 4)) as raw_provisional_amount,
    cast(provisional_amount as decimal(18, 4)) as provisional_amount,
    cast(case when is_standard then raw_amount else gross_amount end as decimal(18, 4))
        as raw_actual_amount,
    cast(
        case
            when is_standard then provisional_amount
            else payroll_amount + coalesce(borne_amount, 0)
        end as decimal(18, 4)
    ) as actual_amount,
    cast(borne_amount - borne_provisional_amount as decimal(18, 4))
        as burden_actualisation_amount,
    cast(
        case
            when home_payroll_amount is null then provisional_amount
            else payroll_amount + coalesce(borne_amount, 0)
        end as decimal(18, 4)
    ) as cost_amount,
    is_standard or home_payroll_amount is not null as is_actual
from in_functional_currency
