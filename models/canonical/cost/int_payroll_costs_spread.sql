-- Grain: one row per payroll run, person and approved entry of the run's days. The
-- person's payroll cost is spread by minutes, internal projects included, and adds up
-- to the payroll to the cent. Who has no approved minutes is in fct_bench_costs.
with

time_entries as (
    select
        time_entry_key,
        time_entry_id,
        resource_key,
        work_date,
        worked_minutes
    from {{ ref('fct_time_entries') }}
    where is_approved and worked_minutes > 0
),

payroll_costs as (
    select * from {{ ref('fct_payroll_costs') }}
    where resource_key is not null
),

-- A period's last day belongs to it.
covered as (
    select
        payroll_costs.payroll_run_id,
        payroll_costs.associate_pseudonym,
        payroll_costs.resource_key,
        payroll_costs.legal_entity_code,
        payroll_costs.currency_code,
        payroll_costs.payroll_cost_amount,
        time_entries.time_entry_key,
        time_entries.time_entry_id,
        time_entries.worked_minutes
    from time_entries
    inner join payroll_costs
        on time_entries.resource_key = payroll_costs.resource_key
        and time_entries.work_date >= payroll_costs.period_start_date
        and time_entries.work_date <= payroll_costs.period_end_date
),

allocated as (
    {{ allocate_cents(
        'covered', key=['payroll_run_id', 'associate_pseudonym'],
        amount='payroll_cost_amount', weight='worked_minutes', ties=['time_entry_id']
    ) }}
)

select
    payroll_run_id,
    associate_pseudonym,
    time_entry_key,
    resource_key,
    legal_entity_code,
    worked_minutes,
    currency_code,
    cast(allocated_amount as decimal(18, 4)) as home_actual_amount
from allocated
