-- Grain: one row per payroll run and person who has no approved minutes in its days:
-- pay that no project bears.
with

payroll_costs as (
    select * from {{ ref('fct_payroll_costs') }}
    where resource_key is not null
),

spread as (
    select distinct
        payroll_run_id,
        associate_pseudonym
    from {{ ref('int_payroll_costs_spread') }}
)

select
    payroll_costs.resource_key,
    payroll_costs.payroll_run_id,
    payroll_costs.associate_pseudonym,
    payroll_costs.legal_entity_code,
    {{ month_start('payroll_costs.period_end_date') }} as period_month,
    payroll_costs.currency_code,
    cast(payroll_costs.payroll_cost_amount as decimal(18, 4)) as amount
from payroll_costs
left join spread
    on payroll_costs.payroll_run_id = spread.payroll_run_id
    and payroll_costs.associate_pseudonym = spread.associate_pseudonym
where spread.payroll_run_id is null
