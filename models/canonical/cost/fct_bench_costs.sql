-- Grain: one row per payroll run, person and month: what the run pays for unworked capacity.
select
    resource_key,
    source_instance,
    payroll_run_id,
    associate_pseudonym,
    legal_entity_code,
    practice_code,
    period_month,
    minutes,
    currency_code,
    home_payroll_amount as amount
from {{ ref('int_payroll_costs_spread') }}
where bearer = 'bench'
